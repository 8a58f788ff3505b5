package terminal

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices"
	"hallway/devices/idcard"
)

// desk is the work on cases (办件) at a counter: who sits in front of the clerk,
// the case in hand, 帮我传, papers and news. Of a person it holds what the card
// said or the clerk typed, in memory, as long as the ticket is in hand; then
// everything is let go of.
type desk struct {
	store  DeskStore
	centre DeskCentre
	pdf    func() (*print.PDF, error)

	mu     sync.Mutex
	ticket string  // that the applicant belongs to; "" without one
	who    *person // applicant (办件人)
	// of tells whose the cases are that passed through the hand: those opened
	// here, and the one in hand when the centre told.
	of      map[string]*person
	opened  []string // cases opened for the applicant
	theirs  []string // cases of the applicant, as the centre told when the card was read
	hand    string   // case in hand
	tried   time.Time
	said    saidWords // of the case in hand
	opinion opinions  // of the case in hand
	form    heldForm  // of the case in hand
	notice  *Notice
	help    *helping
	asked   map[string]query  // of materials of the case in hand
	auto    map[autoPaper]int // papers that print by themselves when their act has come back: version of the case that it was done to
	news    []CaseNews
	watch   watch // of the cases of this clerk or window
	scans   scanFolder
	capture *captures // pages for a material of the case in hand
	typing  typing
	reads   int // cards and codes that were told of
}

// person is somebody whose case it is.
type person struct {
	hall.PersonSealed
	source     string // card, typed, centre
	validUntil string
}

// errNoDesk: this terminal's store follows no cases.
func errNoDesk() error { return Fail(http.StatusServiceUnavailable, "no_desk") }

func newDesk(d Deps) *desk {
	k := &desk{of: map[string]*person{}, asked: map[string]query{}, auto: map[autoPaper]int{}, watch: newWatch("")}
	k.store, _ = d.Store.(DeskStore)
	k.centre, _ = d.Centre.(DeskCentre)
	k.pdf = d.PDF
	k.scans.dir = d.Config.Counter.Scans
	return k
}

// wipe forgets the persons and puts the case out of the hand; k.mu is held.
func (k *desk) wipe() {
	if k.who != nil {
		*k.who = person{}
	}
	k.ticket, k.who, k.opened, k.theirs = "", nil, nil, nil
	for id, p := range k.of {
		*p = person{}
		delete(k.of, id)
	}
	k.leave()
	k.notice = nil
	k.typing.of, k.typing.text = typedOf{}, nil
	clear(k.auto)
}

// leave puts the case out of the hand; k.mu is held. Whose it is stays known
// only for the applicant who still sits here.
func (k *desk) leave() {
	if p := k.of[k.hand]; p != nil && p.source == fromCentre {
		*p = person{}
		delete(k.of, k.hand)
	}
	k.hand, k.help, k.tried, k.said, k.opinion = "", nil, time.Time{}, saidWords{}, opinions{}
	k.form.wipe()
	k.capture.end()
	clear(k.asked)
}

// take puts a case into the hand; k.mu is held.
func (k *desk) take(id string) {
	if k.hand != id {
		k.leave()
		k.hand = id
	}
	k.notice = nil
}

// forgetDesk forgets everything about the clerk's work here.
func (c *Counter) forgetDesk() {
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	c.desk.wipe()
	c.desk.news, c.desk.watch = nil, newWatch("")
}

// deskTicket follows the ticket at the window: when it goes, whoever sat there
// is forgotten, so that two persons are never mixed.
func (c *Counter) deskTicket(st counterState) {
	now := ticketOf(st)
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	if c.desk.ticket == now {
		return
	}
	// Somebody slower may look with older eyes: what stands here is wiped for what is
	// there now, and nothing else.
	if now = ticketOf(c.state()); c.desk.ticket == now {
		return
	}
	c.desk.wipe()
	c.desk.ticket = now
}

// ticketOf is the id of the ticket at the window.
func ticketOf(st counterState) string {
	if st.ticket == nil {
		return ""
	}
	return st.ticket.ID
}

// Sources of what is known of a person.
const (
	fromCard   = "card"
	fromTyped  = "typed"
	fromCentre = "centre"
)

// setApplicant takes who it is, for the ticket at the window.
func (c *Counter) setApplicant(p person) Act {
	st := c.state()
	switch {
	case c.signedIn() == nil:
		return deny("not_signed_in")
	case st.ticket == nil:
		return deny("no_ticket")
	}
	c.deskTicket(st)
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	k := c.desk
	if k.who == nil || k.who.DocKind != p.DocKind || k.who.DocNo != p.DocNo {
		k.opened, k.theirs = nil, nil // of somebody else
	}
	k.who, k.notice = &p, nil
	return allow()
}

// readCards takes every card that is put on the counter's reader (刷证).
func (c *Counter) readCards(ctx context.Context) {
	for {
		select {
		case ev := <-c.Devices.Reader.Events():
			c.card(ev)
		case <-ctx.Done():
			return
		}
	}
}

// card handles one placing of a card.
func (c *Counter) card(ev idcard.Event) {
	defer c.show()
	if !c.takesCases() {
		ev.Card.Wipe()
		return
	}
	c.read()
	if ev.Err != "" || ev.Card == nil {
		switch ev.Err {
		case idcard.ErrOtherKind, idcard.ErrSuspect, idcard.ErrBadNumber:
		default:
			ev.Err = idcard.ErrUnreadable
		}
		c.tell(devices.Warn, "card_"+ev.Err)
		return
	}
	defer ev.Card.Wipe()
	facts := hall.CardFacts{Kind: string(ev.Card.Kind), Number: ev.Card.Number, NumberOK: ev.Card.NumberOK,
		ValidFrom: ev.Card.ValidFrom, ValidUntil: ev.Card.ValidUntil}
	why, usable := hall.CardUsable(facts, c.now())
	doc, err := hall.CardDocument(facts.Kind, ev.Card.Number)
	if !usable || err != nil {
		c.tellText(devices.Warn, why)
		return
	}
	who := person{PersonSealed: hall.PersonSealed{Name: ev.Card.Name, DocKind: doc.Kind, DocNo: doc.Number()},
		source: fromCard, validUntil: ev.Card.ValidUntil}
	a := c.setApplicant(who)
	if !a.Allowed {
		c.tell(devices.Warn, "desk_"+a.Why.Code)
		return
	}
	c.seekCases(who)
	c.sent(c.life, placeApplicant) // the card says it
	c.tell(devices.Info, "card_taken")
}

// read counts a card or a code, so that what comes of it is told even when it
// is the same as before.
func (c *Counter) read() {
	c.desk.mu.Lock()
	c.desk.reads++
	c.desk.mu.Unlock()
}

// takesCases reports whether there is anything to do here with a card.
func (c *Counter) takesCases() bool {
	cat := c.catalogue()
	return c.desk.store != nil && cat != nil && cat.Cases.Service != ""
}

// tell shows a notice on the desk, to whoever is signed in.
func (c *Counter) tell(s devices.Severity, code string, pairs ...string) {
	if c.signedIn() == nil {
		return
	}
	c.desk.mu.Lock()
	c.desk.notice = notice(s, code, pairs...)
	c.desk.mu.Unlock()
}

func (c *Counter) tellText(s devices.Severity, t hall.Text) {
	if c.signedIn() == nil {
		return
	}
	c.desk.mu.Lock()
	c.desk.notice = &Notice{Severity: s, Code: t.Code, Params: t.Params}
	c.desk.mu.Unlock()
}

// Applicant takes an applicant that the clerk types, where no card can be read
// (录入办件人信息).
func (c *Counter) Applicant(ctx context.Context, r ApplicantRequest) error {
	defer c.show()
	if !c.takesCases() {
		return errNoDesk()
	}
	name, err := hall.ParseName(r.Name)
	if err != nil {
		return inputProblem(err, "name")
	}
	doc, err := hall.ParseDocument(r.DocKind, r.DocNo)
	if err != nil {
		return inputProblem(err, "doc_no")
	}
	phone := ""
	if r.Phone != "" {
		if phone, err = hall.ParsePhone(r.Phone); err != nil {
			return inputProblem(err, "phone")
		}
	}
	a := c.setApplicant(person{PersonSealed: hall.PersonSealed{Name: name, DocKind: doc.Kind, DocNo: doc.Number(), Phone: phone},
		source: fromTyped})
	if !a.Allowed {
		return refused(a)
	}
	c.sent(ctx, placeApplicant)
	return nil
}

// inputProblem says which field is wrong, and how; never what was typed.
func inputProblem(err error, field string) error {
	code := "invalid_request"
	var in *hall.InputError
	if errors.As(err, &in) {
		code = in.Code
	}
	return Fail(http.StatusUnprocessableEntity, code, "field", field)
}

// ClearApplicant forgets the applicant and puts the case out of the hand.
func (c *Counter) ClearApplicant(ctx context.Context) error {
	defer c.show()
	c.sent(ctx, placeApplicant)
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	ticket, of, text := c.desk.ticket, c.desk.typing.of, c.desk.typing.text
	c.desk.wipe()
	c.desk.ticket, c.desk.typing.of, c.desk.typing.text = ticket, of, text
	return nil
}
