package terminal

import (
	"context"
	"errors"
	"net/http"

	"hallway/app/hall"
)

func (c *Counter) onWindow(kind hall.Kind, body any) actDraft {
	return actDraft{kind, c.window, body}
}

// onTicket is an act on the ticket at the window; without one its entity is "".
func (c *Counter) onTicket(st counterState, kind hall.Kind) actDraft {
	d := actDraft{kind: kind, body: hall.TicketActBody{Window: c.window}}
	if st.ticket != nil {
		d.entity = st.ticket.ID
	}
	return d
}

// may says whether the signed-in clerk may do an act now, and why not.
func (c *Counter) may(st counterState, s *Session, d actDraft) Act {
	switch {
	case s == nil:
		return deny("not_signed_in")
	case st.cat == nil:
		return deny("no_catalogue")
	case d.entity == "":
		return deny("no_ticket")
	case c.Store.PendingFor(c.window):
		return deny("pending")
	}
	return c.core.may(st.world, st.now, staffActor(s), RoleCounter, d)
}

// act does one act of the signed-in clerk: one at a time, checked again now.
func (c *Counter) act(ctx context.Context, draft func(counterState) actDraft) (counterState, error) {
	defer c.show()
	c.busy.Lock()
	defer c.busy.Unlock()
	s := c.signedIn()
	if s == nil {
		return counterState{}, Fail(http.StatusForbidden, "not_signed_in")
	}
	st := c.state()
	d := draft(st)
	if a := c.may(st, s, d); !a.Allowed {
		return st, refused(a)
	}
	err := c.claim(ctx, Draft{Kind: d.kind, Entity: d.entity, Actor: staffActor(s), Body: d.body})
	var p *Problem
	if errors.As(err, &p) && p.Reason != nil && p.Reason.Code == sessionEnded {
		c.forget() // the centre no longer knows the session: sign in again
	}
	return st, err
}

// sessionEnded is the writer's reason when a clerk's session is over.
const sessionEnded = "session_ended"

// forget signs the clerk out here.
func (c *Counter) forget() {
	c.mu.Lock()
	c.session, c.person = nil, personOf{}
	c.mu.Unlock()
	c.forgetDesk()
	c.Tell()
}

// Open opens the window, or goes on after a pause.
func (c *Counter) Open(ctx context.Context) error {
	_, err := c.act(ctx, func(counterState) actDraft { return c.onWindow(hall.OpenWindow, hall.OpenWindowBody{}) })
	return err
}

// Pause pauses the window (暂停服务).
func (c *Counter) Pause(ctx context.Context) error {
	_, err := c.act(ctx, func(counterState) actDraft {
		return c.onWindow(hall.CloseWindow, hall.CloseWindowBody{Pause: true})
	})
	return err
}

// Close closes the window.
func (c *Counter) Close(ctx context.Context) error {
	_, err := c.act(ctx, func(counterState) actDraft { return c.onWindow(hall.CloseWindow, hall.CloseWindowBody{}) })
	return err
}

// Next calls the next person, or a named ticket (叫号).
func (c *Counter) Next(ctx context.Context, r NextRequest) error {
	_, err := c.act(ctx, func(counterState) actDraft {
		return c.onWindow(hall.CallNext, hall.CallNextBody{Ticket: r.Ticket})
	})
	if err == nil {
		c.mu.Lock()
		if c.rating.State != "asking" {
			c.rating = RatingView{State: "none"}
		}
		c.mu.Unlock()
	}
	return err
}

func (c *Counter) ticketAct(ctx context.Context, kind hall.Kind) error {
	_, err := c.act(ctx, func(st counterState) actDraft { return c.onTicket(st, kind) })
	return err
}

// Recall calls the same person again (重呼).
func (c *Counter) Recall(ctx context.Context) error { return c.ticketAct(ctx, hall.Recall) }

// Start begins the service: the person is here.
func (c *Counter) Start(ctx context.Context) error { return c.ticketAct(ctx, hall.StartService) }

// Miss: nobody came (过号).
func (c *Counter) Miss(ctx context.Context) error { return c.ticketAct(ctx, hall.MissTicket) }

// Hold puts the ticket aside (挂起).
func (c *Counter) Hold(ctx context.Context) error { return c.ticketAct(ctx, hall.HoldTicket) }

// Resume goes on with a held ticket.
func (c *Counter) Resume(ctx context.Context, r TicketRequest) error {
	_, err := c.act(ctx, func(counterState) actDraft {
		return actDraft{hall.ResumeTicket, r.Ticket, hall.TicketActBody{Window: c.window}}
	})
	return err
}

// Requeue puts a missed ticket back into the queue.
func (c *Counter) Requeue(ctx context.Context, r TicketRequest) error {
	_, err := c.act(ctx, func(counterState) actDraft {
		return actDraft{hall.RequeueTicket, r.Ticket, hall.TicketActBody{Window: c.window}}
	})
	return err
}

// Transfer sends the person to another group, with the same number (转窗).
func (c *Counter) Transfer(ctx context.Context, r TransferRequest) error {
	_, err := c.act(ctx, func(st counterState) actDraft {
		d := c.onTicket(st, hall.TransferTicket)
		d.body = hall.TransferTicketBody{Window: c.window, Group: r.Group}
		return d
	})
	return err
}

// Finish ends the service and has the evaluator ask for a rating.
func (c *Counter) Finish(ctx context.Context) error {
	finishing := ""
	_, err := c.act(ctx, func(st counterState) actDraft {
		d := c.onTicket(st, hall.FinishService)
		if finishing = d.entity; finishing != "" {
			c.mu.Lock()
			c.asked[finishing] = c.Clock() // settle asks as soon as it is confirmed
			c.mu.Unlock()
		}
		return d
	})
	if err != nil && finishing != "" {
		c.mu.Lock()
		delete(c.asked, finishing)
		c.mu.Unlock()
	}
	if err == nil {
		c.settle()
		c.show()
	}
	return err
}

// Dismiss takes a refusal off the work list: it was dealt with.
func (c *Counter) Dismiss(ctx context.Context, id string) error {
	defer c.show()
	if c.signedIn() == nil {
		return Fail(http.StatusForbidden, "not_signed_in")
	}
	return c.Store.Dismiss(ctx, id)
}
