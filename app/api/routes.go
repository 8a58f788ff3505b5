package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/hall"
	"hallway/app/terminal"
)

// prefix of every JSON route.
const prefix = "/api/v1"

// maxBody bounds what a page may send.
const maxBody = 16 << 10

type empty struct{}

type in[T any] struct {
	Body T
}

// maybe is a body that may be left out.
type maybe[T any] struct {
	Body *T
}

type out[T any] struct {
	Body T
}

type idInput struct {
	ID string `path:"id" maxLength:"64"`
}

// DoorRequest exchanges the code of the start address for the token.
type DoorRequest struct {
	Code string `json:"code" minLength:"1" maxLength:"100"`
}

// DoorReply carries the token; the page keeps it in memory and sends it as
// «Authorization: Bearer».
type DoorReply struct {
	Token string `json:"token"`
}

// register puts every route into the table.
func (h *Handler) register() {
	h.registerCommon()
	h.registerKiosk()
	h.registerCounter()
	h.registerDisplay()
	h.registerStation()
	h.registerEvaluator()
	h.registerSay()
}

func (h *Handler) registerCommon() {
	huma.Register(h.api, huma.Operation{
		OperationID: "door", Method: http.MethodPost, Path: prefix + "/door",
		Summary: "Exchange the start address's code for the token", Tags: []string{"door"}, MaxBodyBytes: maxBody,
	}, func(_ context.Context, r *in[DoorRequest]) (*out[DoorReply], error) {
		if h.opts.Door == nil {
			return &out[DoorReply]{}, nil
		}
		token, p := h.opts.Door.exchange(r.Body.Code)
		if p != nil {
			return nil, p
		}
		return &out[DoorReply]{Body: DoorReply{Token: token}}, nil
	})
	get(h, "boot", "/boot", "The role of this terminal", "door", func() (terminal.Boot, *terminal.Problem) {
		return h.boot(), nil
	})
	h.describeEvents()
}

// boot is the answer of /boot.
func (h *Handler) boot() terminal.Boot {
	b := h.opts.Boot()
	if b.Hall == nil {
		b.Hall = hall.Names{} // never met the centre: no name yet, and never null
	}
	return b
}

// get registers a read.
func get[V any](h *Handler, id, path, summary, tag string, read func() (V, *terminal.Problem)) {
	huma.Register(h.api, operation(id, http.MethodGet, path, summary, tag),
		func(context.Context, *empty) (*out[V], error) {
			view, p := read()
			if p != nil {
				return nil, p
			}
			return &out[V]{Body: view}, nil
		})
}

func operation(id, method, path, summary, tag string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: prefix + path, Summary: summary,
		Tags: []string{tag}, MaxBodyBytes: maxBody, Security: []map[string][]string{{"terminal": {}}},
	}
}

// otherRole answers a route of a role that this terminal does not have.
func (h *Handler) otherRole() *terminal.Problem {
	return terminal.Fail(http.StatusNotFound, "other_role", "role", h.opts.Boot().Role)
}

func (h *Handler) registerKiosk() {
	view := func() (terminal.KioskView, *terminal.Problem) {
		if h.opts.Kiosk == nil {
			return terminal.KioskView{}, h.otherRole()
		}
		return h.opts.Kiosk.View(), nil
	}
	get(h, "kiosk-view", "/kiosk/view", "The whole kiosk", "kiosk", view)
	k := func() Kiosk { return h.opts.Kiosk }
	act(h, view, "kiosk-begin", "/kiosk/begin", "A person touched the screen", func(ctx context.Context) error { return k().Begin(ctx) })
	actWith(h, view, "kiosk-take", "/kiosk/take", "Take a number", func(ctx context.Context, r terminal.TakeRequest) error { return k().Take(ctx, r) })
	actWith(h, view, "kiosk-checkin", "/kiosk/checkin", "Check in with an appointment that was found", func(ctx context.Context, r terminal.CheckInRequest) error { return k().CheckIn(ctx, r) })
	actWith(h, view, "kiosk-phone", "/kiosk/phone", "Find appointments by phone and code", func(ctx context.Context, r terminal.PhoneRequest) error { return k().Phone(ctx, r) })
	act(h, view, "kiosk-requeue", "/kiosk/requeue", "Queue again with the missed number that was scanned", func(ctx context.Context) error { return k().Requeue(ctx) })
	actWith(h, view, "kiosk-replace", "/kiosk/replace", "Another card or code is waiting: begin with it, or go on", func(ctx context.Context, r terminal.ReplaceRequest) error { return k().Replace(ctx, r) })
	act(h, view, "kiosk-extend", "/kiosk/extend", "More time", func(ctx context.Context) error { return k().Extend(ctx) })
	act(h, view, "kiosk-end", "/kiosk/end", "Finish and forget the person", func(ctx context.Context) error { return k().End(ctx) })
	act(h, view, "kiosk-help", "/kiosk/help", "Call a member of staff", func(ctx context.Context) error { return k().Help(ctx) })
	h.registerProgress(view)
	h.registerApply(view)
}

func (h *Handler) registerCounter() {
	view := func() (terminal.CounterView, *terminal.Problem) {
		if h.opts.Counter == nil {
			return terminal.CounterView{}, h.otherRole()
		}
		return h.opts.Counter.View(), nil
	}
	get(h, "counter-view", "/counter/view", "The whole counter", "counter", view)
	c := func() Counter { return h.opts.Counter }
	actWith(h, view, "counter-signin", "/counter/signin", "Sign a clerk in through the centre", func(ctx context.Context, r terminal.SignInRequest) error { return c().SignIn(ctx, r) })
	act(h, view, "counter-signout", "/counter/signout", "Sign out", func(ctx context.Context) error { return c().SignOut(ctx) })
	act(h, view, "counter-open", "/counter/open", "Open the window", func(ctx context.Context) error { return c().Open(ctx) })
	act(h, view, "counter-pause", "/counter/pause", "Pause the window", func(ctx context.Context) error { return c().Pause(ctx) })
	act(h, view, "counter-close", "/counter/close", "Close the window", func(ctx context.Context) error { return c().Close(ctx) })
	huma.Register(h.api, operation("counter-next", http.MethodPost, "/counter/next", "Call the next person, or a named ticket", "counter"),
		func(ctx context.Context, r *maybe[terminal.NextRequest]) (*out[terminal.CounterView], error) {
			var next terminal.NextRequest
			if r.Body != nil {
				next = *r.Body
			}
			return perform(view, func() error { return c().Next(ctx, next) })
		})
	act(h, view, "counter-recall", "/counter/recall", "Call again", func(ctx context.Context) error { return c().Recall(ctx) })
	act(h, view, "counter-start", "/counter/start", "The person is here: begin service", func(ctx context.Context) error { return c().Start(ctx) })
	act(h, view, "counter-miss", "/counter/miss", "Nobody came", func(ctx context.Context) error { return c().Miss(ctx) })
	act(h, view, "counter-hold", "/counter/hold", "Hold the ticket", func(ctx context.Context) error { return c().Hold(ctx) })
	actWith(h, view, "counter-resume", "/counter/resume", "Go on with a held ticket", func(ctx context.Context, r terminal.TicketRequest) error { return c().Resume(ctx, r) })
	actWith(h, view, "counter-transfer", "/counter/transfer", "Send the person to another group", func(ctx context.Context, r terminal.TransferRequest) error { return c().Transfer(ctx, r) })
	act(h, view, "counter-finish", "/counter/finish", "Finish the service; asks for a rating", func(ctx context.Context) error { return c().Finish(ctx) })
	actWith(h, view, "counter-requeue", "/counter/requeue", "Put a missed ticket back into the queue", func(ctx context.Context, r terminal.TicketRequest) error { return c().Requeue(ctx, r) })
	huma.Register(h.api, operation("counter-dismiss", http.MethodPost, "/counter/work/{id}/dismiss", "A work item was dealt with", "counter"),
		func(ctx context.Context, r *idInput) (*out[terminal.CounterView], error) {
			return perform(view, func() error { return c().Dismiss(ctx, r.ID) })
		})
	h.registerDesk(view)
	registerCapture(h, view, "counter", func() Capturing {
		if h.opts.Counter == nil {
			return nil
		}
		return h.opts.Counter
	})
}

func (h *Handler) registerDisplay() {
	get(h, "display-view", "/display/view", "The whole display", "display", func() (terminal.DisplayView, *terminal.Problem) {
		if h.opts.Display == nil {
			return terminal.DisplayView{}, h.otherRole()
		}
		return h.opts.Display.View(), nil
	})
}

func (h *Handler) registerEvaluator() {
	view := func() (terminal.EvaluatorView, *terminal.Problem) {
		if h.opts.Rating == nil {
			return terminal.EvaluatorView{}, h.otherRole()
		}
		return h.opts.Rating.View(), nil
	}
	get(h, "evaluator-view", "/evaluator/view", "The whole evaluator's screen", "evaluator", view)
	actWith(h, view, "evaluator-rate", "/evaluator/rate", "A key was pressed", func(ctx context.Context, r terminal.RateRequest) error { return h.opts.Rating.Rate(ctx, r) })
}

// act registers an act without a body. It answers with the view after it.
func act[V any](h *Handler, view func() (V, *terminal.Problem), id, path, summary string, do func(context.Context) error) {
	huma.Register(h.api, operation(id, http.MethodPost, path, summary, tagOf(id)),
		func(ctx context.Context, _ *empty) (*out[V], error) {
			return perform(view, func() error { return do(ctx) })
		})
}

// actWith registers an act with a body.
func actWith[V, R any](h *Handler, view func() (V, *terminal.Problem), id, path, summary string, do func(context.Context, R) error) {
	huma.Register(h.api, operation(id, http.MethodPost, path, summary, tagOf(id)),
		func(ctx context.Context, r *in[R]) (*out[V], error) {
			return perform(view, func() error { return do(ctx, r.Body) })
		})
}

func tagOf(id string) string {
	for i := range id {
		if id[i] == '-' {
			return id[:i]
		}
	}
	return id
}

// perform does an act of a role that this terminal has.
func perform[V any](view func() (V, *terminal.Problem), do func() error) (*out[V], error) {
	if _, p := view(); p != nil {
		return nil, p
	}
	if err := do(); err != nil {
		return nil, terminal.AsProblem(err)
	}
	after, p := view()
	if p != nil {
		return nil, p
	}
	return &out[V]{Body: after}, nil
}
