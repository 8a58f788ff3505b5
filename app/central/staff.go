package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"hallway/app/hall"
	"hallway/sync/writer"
)

// signIn makes a session. With a terminal's token it is a session at that
// terminal; naming a terminal without its token is refused.
func (c *Centre) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	p := principalOf(ctx)
	if !c.limits.signIn.allow(ctx, p.address) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	if in.Body.Terminal != "" && (p.terminal == nil || p.terminal.ID != in.Body.Terminal) {
		return nil, problem(http.StatusForbidden, "forbidden")
	}
	s, err := c.sessions.signIn(ctx, in.Body.Staff, in.Body.Password, p.terminal)
	if err != nil {
		return nil, c.fail(ctx, "sign in", err)
	}
	return &sessionOutput{CacheControl: "no-store", Body: s}, nil
}

// signOut ends the session.
func (c *Centre) signOut(ctx context.Context, _ *emptyInput) (*struct{}, error) {
	if err := c.sessions.end(ctx, *principalOf(ctx).session); err != nil {
		return nil, c.fail(ctx, "sign out", err)
	}
	return nil, nil
}

// me says who is signed in.
func (c *Centre) me(ctx context.Context, _ *emptyInput) (*meOutput, error) {
	p := principalOf(ctx)
	s := p.session
	return &meOutput{CacheControl: "no-store", Body: Me{
		ID: s.id, Staff: s.staff.ID, Name: s.staff.Name, Roles: s.staff.Roles, Windows: s.staff.Windows, Expires: s.expires, Acts: actsOf(p),
	}}, nil
}

// ticketPerson shows the person of a ticket in full to the clerk at whose
// window it is, and to nobody else. Every reading and every refusal leaves an
// audit row; without the row there is no answer.
func (c *Centre) ticketPerson(ctx context.Context, in *personInput) (*personOutput, error) {
	p := principalOf(ctx)
	person, err := c.personOf(ctx, p, in.ID)
	row := audit{
		at: c.now(), staff: p.session.staff.ID, session: p.session.id, terminal: p.terminal.ID,
		act: "read_person", subj: in.ID, allowed: err == nil,
	}
	var refusal *Problem
	if errors.As(err, &refusal) {
		row.reason = refusal.Code
	} else if err != nil {
		row.reason = "failed"
	}
	if auditErr := c.store.writeAudit(ctx, row); auditErr != nil {
		return nil, c.fail(ctx, "audit", auditErr)
	}
	if err != nil {
		return nil, c.fail(ctx, "person of a ticket", err)
	}
	return &personOutput{CacheControl: "no-store", Body: person}, nil
}

// witnessed says whether somebody was ever signed in where they witnessed
// something. Who was not is told to the manager and in the trail: the operation
// is kept, and a person must look.
func (c *Centre) witnessed(ctx context.Context, terminal string, actor hall.Actor) (bool, error) {
	if c.sessions.ever(terminal, actor) {
		return true, nil
	}
	staff := actor.ID
	if !validID(staff) {
		staff = "?" // whatever a terminal sent
	}
	c.log.WarnContext(ctx, "a terminal tells of somebody who was never signed in there", "terminal", terminal, "staff", staff)
	c.tele.note(hall.Text{Code: "witness_unattested", Params: map[string]string{"terminal": terminal, "staff": staff}})
	return false, c.store.writeAudit(ctx, audit{at: c.now(), staff: staff, terminal: terminal, act: "witness", subj: staff, reason: "no_session"})
}

// personOf finds and opens the sealed part, if this clerk may see it now.
func (c *Centre) personOf(ctx context.Context, p principal, ticket string) (TicketPerson, error) {
	w := c.writer.HallWorld(ctx, c.hallCode)
	t, ok, err := hall.Load[hall.Ticket](w, hall.EntityTicket, ticket)
	if err != nil {
		return TicketPerson{}, err
	}
	if !ok || !inHands(t, p) {
		return TicketPerson{}, problem(http.StatusForbidden, "not_at_your_window")
	}
	if t.Appointment == "" {
		return TicketPerson{}, problem(http.StatusNotFound, "no_person")
	}
	a, ok, err := hall.Load[hall.Appointment](w, hall.EntityAppointment, t.Appointment)
	if err != nil {
		return TicketPerson{}, err
	}
	// The ticket of somebody who came late names the appointment too; a ticket
	// for an appointment that another ticket used, or that was cancelled, shows
	// nobody.
	if !ok || a.Ticket != t.ID && (a.Ticket != "" || a.State == hall.Cancelled) {
		return TicketPerson{}, problem(http.StatusNotFound, "no_person")
	}
	plain, err := c.writer.OpenSealed(ctx, a.SealedIn)
	if errors.Is(err, writer.ErrErased) || errors.Is(err, writer.ErrNoOp) {
		return TicketPerson{}, problem(http.StatusNotFound, "no_person")
	}
	if err != nil {
		return TicketPerson{}, err
	}
	var sealed hall.PersonSealed
	if err := json.Unmarshal(plain, &sealed); err != nil {
		return TicketPerson{}, fmt.Errorf("sealed part of %s cannot be read", a.SealedIn)
	}
	return TicketPerson{Name: sealed.Name, DocKind: sealed.DocKind, DocNo: sealed.DocNo, Phone: sealed.Phone}, nil
}

// inHands says whether a ticket is being handled at this clerk's window.
func inHands(t hall.Ticket, p principal) bool {
	switch t.State {
	case hall.TicketCalled, hall.TicketRecalled, hall.TicketServing, hall.TicketHeld:
		return t.Window != "" && t.Window == p.terminal.Window && t.Staff == p.session.staff.ID
	}
	return false
}
