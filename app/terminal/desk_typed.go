package terminal

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"hallway/app/hall"
)

// What a clerk has typed and not sent (草稿) is kept by the terminal, encrypted
// on its disk, so that neither the page nor the program can lose it. It belongs
// to one member of staff and to the ticket in hand: it is erased when it was
// sent or cleared, when the ticket leaves the window for good, when somebody
// else signs in, at the sign-out, and after typedKept at the latest. A ticket
// that is put aside (挂起) takes it along and brings it back.

// typedKept: how long it is kept at most.
const typedKept = 12 * time.Hour

// Bounds of one place.
const (
	typedFields = 64  // a notice of what is missing says something about every material
	typedLong   = 400 // characters of a field
)

// Places of the page in which something is typed.
const (
	placeApplicant = "applicant"
	placeItems     = "items"
	placeCancel    = "cancel"
	placeReplace   = "replace"
	placeBring     = "bring"
	placeMissing   = "missing"
	placeRefuse    = "refuse"
	placeOffice    = "office" // what is asked before an act of the office
)

// typing is what was typed and not sent, as the page shows it.
type typing struct {
	turn sync.Mutex // one change at a time; taken before desk.mu
	of   typedOf    // guarded by desk.mu, as is what follows
	text map[string]map[string]string
}

// typedOf is whose it is; the zero value is nobody's.
type typedOf struct {
	staff, ticket string
}

// KeepDraft keeps what the clerk has typed in one place; without a text in it,
// what was kept there is erased. What was typed for a person who has left is
// not kept.
func (c *Counter) KeepDraft(ctx context.Context, r DraftRequest) error {
	defer c.show()
	k, s := c.desk, c.signedIn()
	switch {
	case k.store == nil:
		return errNoDesk()
	case s == nil:
		return Fail(http.StatusForbidden, "not_signed_in")
	case !r.fits():
		return Fail(http.StatusUnprocessableEntity, "invalid_request", "field", r.Place)
	}
	k.typing.turn.Lock()
	defer k.typing.turn.Unlock()
	st := c.state()
	c.followTyped(st, s)
	if now := ticketOf(st); r.Ticket != "" && r.Ticket != now {
		return nil
	}
	return c.keepTyped(context.WithoutCancel(ctx), r.Place, r.Fields)
}

// fits bounds what is kept.
func (r DraftRequest) fits() bool {
	for _, text := range r.Fields {
		if utf8.RuneCountInString(text) > typedLong {
			return false
		}
	}
	return len(r.Fields) <= typedFields
}

// keepTyped keeps or erases one place of whom it is of; the turn is held.
func (c *Counter) keepTyped(ctx context.Context, place string, fields map[string]string) error {
	k := c.desk
	k.mu.Lock()
	of := k.typing.of
	k.mu.Unlock()
	if of.staff == "" {
		return nil
	}
	if err := k.store.KeepTyped(ctx, TypedText{Staff: of.staff, Ticket: of.ticket, Place: place, Fields: fields}); err != nil {
		return c.storeProblem(err, hall.OpenCase)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	text := maps.Clone(k.typing.text)
	if text == nil {
		text = map[string]map[string]string{}
	}
	delete(text, place)
	for _, one := range fields {
		if one != "" {
			text[place] = maps.Clone(fields)
		}
	}
	k.typing.text = text
	return nil
}

// sent erases what was typed in a place: it was sent, or is wanted no more.
func (c *Counter) sent(ctx context.Context, place string) {
	if c.desk.store == nil {
		return
	}
	c.desk.typing.turn.Lock()
	defer c.desk.typing.turn.Unlock()
	if err := c.keepTyped(context.WithoutCancel(ctx), place, nil); err != nil {
		c.Logger.Error("what was typed and sent cannot be erased", "place", place, "err", err)
	}
}

// sentIf erases it when the act that sent it went through.
func (c *Counter) sentIf(ctx context.Context, place string, err error) error {
	if err == nil {
		c.sent(ctx, place)
	}
	return err
}

// settleTyped follows who is signed in and the ticket in hand.
func (c *Counter) settleTyped(st counterState, s *Session) {
	c.desk.typing.turn.Lock()
	defer c.desk.typing.turn.Unlock()
	c.followTyped(st, s)
}

// followTyped reads what was typed for the ticket in hand, and erases what is
// over; the turn is held.
func (c *Counter) followTyped(st counterState, s *Session) {
	k, of := c.desk, typedOf{s.Staff, ticketOf(st)}
	k.mu.Lock()
	same := k.typing.of == of
	k.mu.Unlock()
	if same {
		return
	}
	err := k.store.EraseTyped(c.life, func(staff, ticket string, at time.Time) bool {
		return staff != s.Staff || c.typedOver(st, ticket) || st.now.Sub(at) > typedKept
	})
	if of.ticket != "" {
		err = errors.Join(err, k.store.GiveTyped(c.life, of.staff, of.ticket))
	}
	all, rerr := k.store.AllTyped(c.life)
	if err = errors.Join(err, rerr); err != nil {
		if c.life.Err() == nil {
			c.Logger.Error("what was typed cannot be read", "err", err)
		}
		return // and is tried again
	}
	text := map[string]map[string]string{}
	for _, one := range all {
		if one.Staff == of.staff && one.Ticket == of.ticket {
			text[one.Place] = one.Fields
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.typing.of, k.typing.text = of, text
}

// typedOver reports whether a ticket has left this window for good.
func (c *Counter) typedOver(st counterState, ticket string) bool {
	t, known := st.queue.Ticket(ticket)
	here := t.Window == c.window && (t.InHand() || t.State == hall.TicketHeld)
	return ticket != "" && known && !here
}

// eraseTyped erases what is not of this member of staff ("" = nobody), of a
// ticket that is put aside, and young enough.
func (c *Counter) eraseTyped(ctx context.Context, staff string) {
	if c.desk.store == nil {
		return
	}
	c.desk.typing.turn.Lock()
	defer c.desk.typing.turn.Unlock()
	st := c.state()
	err := c.desk.store.EraseTyped(context.WithoutCancel(ctx), func(of, ticket string, at time.Time) bool {
		return of != staff || ticket == "" || c.typedOver(st, ticket) || st.now.Sub(at) > typedKept
	})
	if err != nil {
		c.Logger.Error("what was typed cannot be erased", "err", err)
	}
}

// draftView is what was typed and not sent, when it is this clerk's and for
// this ticket; k.mu is held.
func (k *desk) draftView(st counterState, s *Session) *DeskDraft {
	if k.typing.of != (typedOf{s.Staff, ticketOf(st)}) {
		return nil
	}
	return &DeskDraft{Ticket: k.typing.of.ticket, Places: k.typing.text}
}
