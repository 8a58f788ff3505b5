package terminal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/scanner"
	"hallway/sync/seal"
)

// caseState is a case as this counter shows it: confirmed under its own overlay.
type caseState struct {
	hall.Case
	counterState
	staff   *Session
	world   hall.World // holds the case, read once
	item    hall.Item
	version hall.ItemVersion
	waits   bool // an act of ours has no verdict yet
}

// oneCase is a World whose case was read already.
type oneCase struct {
	hall.World
	id  string
	raw json.RawMessage
}

// Entity implements hall.World.
func (w oneCase) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	if kind == hall.EntityCase && id == w.id {
		return w.raw, true, nil
	}
	return w.World.Entity(kind, id)
}

// caseOf reads a case.
func (c *Counter) caseOf(st counterState, s *Session, id string) (caseState, bool) {
	if c.desk.store == nil || id == "" || st.cat == nil {
		return caseState{}, false
	}
	// Asked before the case is read: without a verdict to wait for, what is read has
	// all of ours in it.
	waits := c.Store.PendingFor(id)
	w := c.Store.World()
	raw, ok, err := w.Entity(hall.EntityCase, id)
	if err != nil {
		c.Logger.Error("case cannot be read", "case", id, "err", err)
	}
	k := caseState{counterState: st, staff: s, world: oneCase{w, id, raw}, waits: waits}
	if err != nil || !ok || json.Unmarshal(raw, &k.Case) != nil || k.ID == "" {
		return caseState{}, false
	}
	k.item, _ = st.cat.Item(k.Item)
	k.version, _ = k.item.Version(k.ItemVersion)
	return k, true
}

// inHand is the case in hand.
func (c *Counter) inHand(st counterState, s *Session) (caseState, bool) {
	c.desk.mu.Lock()
	id := c.desk.hand
	c.desk.mu.Unlock()
	return c.caseOf(st, s, id)
}

// mayCase says whether the clerk may do an act with a case now, and why not. What was
// witnessed waits for no verdict; a claim needs the line and its turn.
func (c *Counter) mayCase(k caseState, kind hall.Kind, body any) Act {
	return c.maySealed(k, kind, body, nil)
}

// maySealed is mayCase for an act with a sealed part.
func (c *Counter) maySealed(k caseState, kind hall.Kind, body any, sealed []byte) Act {
	if a := c.mayDesk(k.staff, kind); !a.Allowed {
		return a
	}
	if info, _ := hall.KindOf(kind); !info.Offline && k.waits {
		return deny("pending")
	}
	return c.try(k.world, k.now, actorFor(k.staff, kind), actDraft{kind, k.ID, body}, sealed)
}

// mayDesk: the sign-in, the line and the table of permissions.
func (c *Counter) mayDesk(s *Session, kind hall.Kind) Act {
	info, _ := hall.KindOf(kind)
	switch {
	case s == nil:
		return deny("not_signed_in")
	case !info.Offline && !c.online():
		return deny("offline")
	case !hall.May(kind, actorFor(s, kind).Role, RoleCounter):
		return deny("forbidden")
	}
	return allow()
}

// openAct says whether a case could be begun now.
func (c *Counter) openAct(st counterState, s *Session) Act {
	if a := c.mayDesk(s, hall.OpenCase); !a.Allowed {
		return a
	}
	c.desk.mu.Lock()
	who := c.desk.who
	c.desk.mu.Unlock()
	if _, known := c.desk.store.OwnerKey(); !known {
		return deny("never_synced")
	}
	switch {
	case st.ticket == nil:
		return deny("no_ticket")
	case who == nil:
		return deny("no_applicant")
	}
	return allow()
}

// OpenCase begins a case of an item for the applicant (开办件): its materials
// are in preparation. It needs no line.
func (c *Counter) OpenCase(ctx context.Context, r OpenCaseRequest) error {
	defer c.show()
	c.busy.Lock()
	defer c.busy.Unlock()
	st, s := c.state(), c.signedIn()
	switch {
	case c.desk.store == nil || st.cat == nil:
		return errNoDesk()
	case s == nil:
		return Fail(http.StatusForbidden, "not_signed_in")
	}
	c.deskTicket(st)
	if a := c.openAct(st, s); !a.Allowed {
		return refused(a)
	}
	it, ok := st.cat.Item(r.Item)
	version, published := it.Published()
	if !ok || !published {
		return Fail(http.StatusNotFound, "item_unknown")
	}
	c.desk.mu.Lock()
	who := person{}
	if c.desk.who != nil {
		who = *c.desk.who
	}
	c.desk.mu.Unlock()
	if who.DocNo == "" {
		return refused(deny("no_applicant")) // gone since it was asked
	}
	return c.openFor(ctx, st, s, who, hall.OpenCaseBody{Item: it.ID, ItemVersion: version.Version, Applicants: r.Applicants,
		Window: c.window, Ticket: ticketOf(st)})
}

// openFor writes the case down and takes it into the hand.
func (c *Counter) openFor(ctx context.Context, st counterState, s *Session, who person, body hall.OpenCaseBody) error {
	k := c.desk
	key, _ := k.store.OwnerKey()
	id := rand.Text()
	body.Owner = seal.OwnerLook(key, who.DocKind, who.DocNo)
	body.PasswordLook = seal.PasswordLook(key, id, seal.QueryPassword(key, id))
	if a := c.try(c.Store.World(), st.now, staffActor(s), actDraft{hall.OpenCase, id, body}, []byte("sealed")); !a.Allowed {
		return refused(a)
	}
	_, err := c.Store.Propose(context.WithoutCancel(ctx), Draft{Kind: hall.OpenCase, Entity: id, Actor: staffActor(s), Body: body, Sealed: who.PersonSealed})
	if err != nil {
		return c.storeProblem(err, hall.OpenCase)
	}
	c.sent(ctx, placeItems)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ticket == body.Ticket { // the person may have left meanwhile
		k.take(id)
		k.of[id] = &who
		k.opened = append(k.opened, id)
	}
	return nil
}

// ShowCase takes a case into the hand, by its id, application number, temporary
// number or by what a scanner read of a label.
func (c *Counter) ShowCase(ctx context.Context, r CaseRequest) error {
	defer c.show()
	if c.signedIn() == nil {
		return Fail(http.StatusForbidden, "not_signed_in")
	}
	id, err := c.findCase(ctx, r.Case)
	if err != nil {
		return err
	}
	c.deskTicket(c.state())
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	if c.captures.keeps(id) {
		return refused(deny("capture_open"))
	}
	c.desk.take(id)
	return nil
}

// findCase is the id of the case that was named.
func (c *Counter) findCase(ctx context.Context, named string) (string, error) {
	if c.desk.store == nil {
		return "", errNoDesk()
	}
	named = strings.TrimSpace(named)
	if _, ok, err := hall.Load[hall.Case](c.Store.World(), hall.EntityCase, named); err == nil && ok {
		return named, nil
	}
	number, err := caseNumber(named)
	if err != nil {
		return "", err
	}
	found, err := c.desk.store.Cases(ctx, CaseQuery{Lists: []hall.CaseList{hall.CasesNumbered(number)}, Limit: 1})
	if err != nil {
		return "", c.storeProblem(err, hall.OpenCase)
	}
	if len(found) == 0 {
		return "", Fail(http.StatusNotFound, "case_unknown")
	}
	return found[0].ID, nil
}

// caseNumber reads what names a case: a label, a temporary number, or an
// application number as it is typed.
func caseNumber(s string) (string, error) {
	if l, err := hall.DecodeLabel(s); err == nil {
		return l.Number, nil
	} else if errors.Is(err, hall.ErrCodeDamaged) {
		return "", Fail(http.StatusUnprocessableEntity, "code_damaged")
	}
	if n, err := hall.ParseTemporaryNumber(s); err == nil {
		return n.String(), nil
	}
	n, err := hall.ParseTypedApplicationNumber(s)
	if err != nil {
		return "", inputProblem(err, "case")
	}
	return n.String(), nil
}

// LeaveCase puts the case out of the hand.
func (c *Counter) LeaveCase(context.Context) error {
	defer c.show()
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	c.desk.leave()
	c.desk.notice = nil
	return nil
}

// readScans takes what the counter's scanner reads: a label or a number brings
// its case into the hand.
func (c *Counter) readScans(ctx context.Context) {
	for {
		select {
		case scan := <-c.Devices.Scanner.Scans():
			if c.signedIn() == nil || strings.TrimSpace(scan.Text) == "" && !scan.Broken {
				continue
			}
			c.scanned(ctx, scan)
		case <-ctx.Done():
			return
		}
	}
}

// TakeCode takes a code that a scanner has typed into the page, as the
// counter's own scanner would have read it.
func (c *Counter) TakeCode(ctx context.Context, r CodeRequest) error {
	if c.signedIn() == nil {
		return Fail(http.StatusForbidden, "not_signed_in")
	}
	c.scanned(ctx, scanner.Scan{Text: r.Text})
	return nil
}

// scanned takes one code, and says what came of it.
func (c *Counter) scanned(ctx context.Context, scan scanner.Scan) {
	defer c.show()
	c.read()
	if scan.Broken {
		c.tell(devices.Warn, "code_damaged")
		return
	}
	if err := c.ShowCase(ctx, CaseRequest{Case: scan.Text}); err != nil {
		c.tellScan(AsProblem(err))
		return
	}
	c.tell(devices.Info, "scan_case")
}

// tellScan says why a scan brought no case.
func (c *Counter) tellScan(p *Problem) {
	switch p.Code {
	case "case_unknown", "code_damaged":
		c.tell(devices.Warn, p.Code)
	case "refused_now": // only while pages of another case wait
		c.tell(devices.Warn, "capture_open")
	default:
		c.tell(devices.Warn, "code_foreign")
	}
}

// personOf is whose case it is; asked of the centre in the background when
// another clerk opened it, and known only while the case is in the hand.
func (c *Counter) personOf(id string, s *Session) *person {
	k := c.desk
	k.mu.Lock()
	defer k.mu.Unlock()
	if p := k.of[id]; p != nil {
		known := *p
		return &known
	}
	if k.hand != id || k.centre == nil || s == nil || !c.online() {
		return nil
	}
	if now := c.Clock(); k.tried.IsZero() || now.Sub(k.tried) > 10*time.Second {
		k.tried = now
		token := s.Token
		c.spawn(func(ctx context.Context) { c.fetchApplicant(ctx, id, token) })
	}
	return nil
}

func (c *Counter) fetchApplicant(ctx context.Context, id, token string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	who, err := c.desk.centre.CaseApplicant(ctx, id, token)
	if err != nil {
		c.Logger.Debug("the applicant of a case is not known", "case", id, "err", err)
		return
	}
	c.desk.mu.Lock()
	if c.desk.hand == id && c.desk.of[id] == nil {
		c.desk.of[id] = &person{PersonSealed: who, source: fromCentre}
	}
	c.desk.mu.Unlock()
	c.changed()
}
