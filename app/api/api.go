// Package api is the one door of the terminal's user interface: an
// http.Handler with JSON acts, whole views, an event stream and the embedded
// pages.
//
// Guarantees:
//   - one route table (routes.go) gives the handlers and the OpenAPI document;
//   - every route under /api/v1 but the door itself needs the terminal's bearer
//     token, compared in constant time; no cookies are read or written;
//   - in the browser door a foreign Host or Origin is refused, so that neither
//     another site nor DNS rebinding reaches a terminal;
//   - an error is always a terminal.Problem: a code with its parameters, never
//     the cause and never personal data;
//   - the event stream pushes the whole view on each change and a heartbeat every
//     five seconds, and ends when a write fails (the webview never cancels a request);
//   - what a document camera sees is a stream of its own, only while its pages are
//     being taken; no picture is cached on the way.
//
// Expects: the roles' use-cases (package terminal) and the built pages as fs.FS.
//
// Source: design §5; facts on Wails (no cookies, no http.Flusher, the request
// context is not cancelled).
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hallway/app/terminal"
)

// Source is where a role's view comes from: the newest view, and a channel
// that is closed when there is a newer one.
type Source interface {
	Snapshot() (rev int64, view any, changed <-chan struct{})
}

// Kiosk is what the kiosk's page may do (self-service, 自助取号).
type Kiosk interface {
	Source
	View() terminal.KioskView
	Begin(ctx context.Context) error
	Take(ctx context.Context, r terminal.TakeRequest) error
	CheckIn(ctx context.Context, r terminal.CheckInRequest) error
	Phone(ctx context.Context, r terminal.PhoneRequest) error
	Requeue(ctx context.Context) error
	Replace(ctx context.Context, r terminal.ReplaceRequest) error
	Extend(ctx context.Context) error
	End(ctx context.Context) error
	Help(ctx context.Context) error
	Progress
	Applying
}

// Counter is what the counter's page may do (综合窗口).
type Counter interface {
	Source
	View() terminal.CounterView
	SignIn(ctx context.Context, r terminal.SignInRequest) error
	SignOut(ctx context.Context) error
	Open(ctx context.Context) error
	Pause(ctx context.Context) error
	Close(ctx context.Context) error
	Next(ctx context.Context, r terminal.NextRequest) error
	Recall(ctx context.Context) error
	Start(ctx context.Context) error
	Miss(ctx context.Context) error
	Hold(ctx context.Context) error
	Resume(ctx context.Context, r terminal.TicketRequest) error
	Transfer(ctx context.Context, r terminal.TransferRequest) error
	Finish(ctx context.Context) error
	Requeue(ctx context.Context, r terminal.TicketRequest) error
	Dismiss(ctx context.Context, id string) error
	Desk
	Capturing
}

// Display is what the display's page shows (大厅显示屏).
type Display interface {
	Source
	View() terminal.DisplayView
}

// Evaluator is what the evaluator's screen may do (评价屏).
type Evaluator interface {
	Source
	View() terminal.EvaluatorView
	Rate(ctx context.Context, r terminal.RateRequest) error
}

// Options wires the handler. Only the use-cases of the terminal's role are set.
type Options struct {
	Boot    func() terminal.Boot
	Role    string // of the terminal, told to the page in its first line
	Kiosk   Kiosk
	Counter Counter
	Display Display
	Station Station
	Rating  Evaluator
	Speech  Speech // kiosk, counter, station
	Pages   fs.FS  // frontend/dist
	// Door guards a loopback listener. Nil: the handler is only reachable from
	// inside this process (the desktop window), and asks for no token.
	Door    *Door
	Metrics http.Handler // nil: no /metrics
	Devices http.Handler // nil: no /devices.json
	Bench   *Bench       // demo only: the simulated devices beside this terminal
	Logger  *slog.Logger
	// Ping is the heartbeat of the event stream; 0 = 5 s.
	Ping time.Duration
}

// Handler is the terminal's whole user interface.
type Handler struct {
	opts Options
	mux  *http.ServeMux
	api  huma.API
	quit chan struct{}
}

// New builds the handler.
func New(opts Options) *Handler {
	if opts.Ping <= 0 {
		opts.Ping = 5 * time.Second
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Boot == nil {
		opts.Boot = func() terminal.Boot { return terminal.Boot{} }
	}
	h := &Handler{opts: opts, mux: http.NewServeMux(), quit: make(chan struct{})}
	h.api = humago.New(h.mux, humaConfig(opts.Boot().Version))
	h.register()
	h.plain()
	return h
}

// guard sets what every answer carries.
func guard(w http.ResponseWriter) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cache-Control", "no-store")
}

// ServeHTTP serves one request, through the door's checks first.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guard(w)
	if h.opts.Door != nil {
		if p := h.opts.Door.refuse(r); p != nil {
			writeProblem(w, p)
			return
		}
	}
	h.mux.ServeHTTP(w, r)
}

// Stop ends all event streams, so that a server can shut down.
func (h *Handler) Stop() {
	select {
	case <-h.quit:
	default:
		close(h.quit)
	}
}

// Document is the OpenAPI document as JSON.
func Document(version string) ([]byte, error) {
	h := New(Options{Boot: func() terminal.Boot { return terminal.Boot{Version: version} }})
	return h.api.OpenAPI().MarshalJSON()
}

// humaConfig: plain JSON, no $schema links, no docs pages, arrays never null,
// errors as terminal.Problem.
func humaConfig(version string) huma.Config {
	huma.DefaultArrayNullable = false
	huma.NewError = newError
	config := huma.DefaultConfig("Hallway terminal", version)
	config.CreateHooks = nil
	config.DocsPath = ""
	config.SchemasPath = ""
	config.OpenAPIPath = "/openapi"
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"terminal": {Type: "http", Scheme: "bearer"},
	}
	return config
}

// newError turns what huma finds wrong with a request into a Problem.
func newError(status int, msg string, errs ...error) huma.StatusError {
	for _, err := range errs {
		if p := terminal.AsProblem(err); p != nil && p.Code != "internal" {
			return p
		}
	}
	code := "internal"
	switch {
	case status == http.StatusNotFound:
		code = "not_found"
	case status >= 400 && status < 500:
		code = "invalid_request"
	}
	return terminal.Fail(status, code)
}
