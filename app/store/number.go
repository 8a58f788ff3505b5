package store

import (
	"context"
	"crypto/rand"
	"math/big"
	"slices"
	"time"

	"hallway/app/hall"
)

// NumberedDraft is an operation that gives a case its application number
// (统一申办流水号): receive_case, apply_case, submit_case or number_case.
type NumberedDraft struct {
	Kind   hall.Kind
	Case   string
	Nature string // of the item version (01–99); "" takes it from the case
	Actor  hall.Actor
	Window string
	Ticket string
	Edit   hall.Edit // of submit_case: what the person saw, and who it is
	// Paper is the kind of the paper that is printed of it; its job is queued in
	// the same transaction. "" prints nothing.
	Paper string
}

// Numbered is what a case was given: a number, or a temporary one (临时编号)
// when this terminal owned none.
type Numbered struct {
	Op        hall.Op
	Number    string
	Temporary string
	Job       Job // zero without NumberedDraft.Paper
}

// ProposeNumbered spends one application number that this terminal owns, in the
// transaction of the operation. Without one it prints a temporary number, which
// NumberTemporaries replaces. A case that has a number already keeps it.
func (s *Store) ProposeNumbered(ctx context.Context, d NumberedDraft) (Numbered, error) {
	switch d.Kind {
	case hall.ReceiveCase, hall.ApplyCase, hall.SubmitCase, hall.NumberCase:
	default:
		return Numbered{}, fail(CodeUnknownKind, string(d.Kind)+" gives no application number", "report this", nil)
	}
	var out Numbered
	err := s.write(ctx, func(t *tx) (err error) {
		out, err = t.number(d)
		return err
	})
	if err != nil {
		return Numbered{}, err
	}
	return out, nil
}

func (t *tx) number(d NumberedDraft) (Numbered, error) {
	if t.next.cat == nil {
		return Numbered{}, fail(CodeNeverSynced, "this terminal has never met its centre", "connect the line once", nil)
	}
	c, known, err := hall.Load[hall.Case](txWorld{t}, hall.EntityCase, d.Case)
	if err != nil {
		return Numbered{}, err
	}
	out := Numbered{Number: c.Number, Temporary: c.TempNumber}
	body := hall.NumberBody{Window: d.Window, Ticket: d.Ticket}
	switch {
	case !known && d.Nature == "":
		return Numbered{}, fail(CodeUnknownCase, "this terminal does not know the case", "wait until it is there, then try again", nil)
	case !known, wantsNumber(c, d.Kind):
		if err := t.give(&body, &out, d, c); err != nil {
			return Numbered{}, err
		}
	}
	draft := Draft{Kind: d.Kind, Entity: d.Case, Actor: d.Actor, Body: body}
	if d.Kind == hall.SubmitCase {
		draft.Body = hall.SubmitCaseBody{Edit: d.Edit, NumberBody: body}
	}
	if out.Op, err = t.propose(draft); err != nil || d.Paper == "" {
		return out, err
	}
	out.Job, err = t.queuePaper(PaperJob{Kind: d.Paper, Key: d.Case}, out.Op.ID, out.Op.Lane)
	return out, err
}

// wantsNumber says whether an operation would use a number. For any other the
// writer decides without one, so that none is spent in vain.
func wantsNumber(c hall.Case, kind hall.Kind) bool {
	if kind == hall.NumberCase {
		return c.Number == "" && c.TempNumber != ""
	}
	return c.State == hall.CaseDraft && c.Number == "" && c.TempNumber == ""
}

// give puts an owned number, or else a temporary one, into a body.
func (t *tx) give(body *hall.NumberBody, out *Numbered, d NumberedDraft, c hall.Case) error {
	nature := d.Nature
	if nature == "" {
		it, _ := t.next.cat.Item(c.Item)
		v, _ := it.Version(c.ItemVersion)
		nature = v.Nature
	}
	if !hall.MayIssueKind(nature) {
		return fail(CodeNature, "items of nature "+nature+" get no application number", "correct the item at the centre", nil)
	}
	if i := t.applicationLease(); i >= 0 {
		l := t.next.leases[i]
		area, _ := hall.AreaOfDivision(t.next.cat.Area)
		n := hall.ApplicationNumber{Area: area, Service: t.next.cat.Cases.Service, Kind: nature, Serial: l.Next}
		body.Number, body.Lease = n.String(), l.ID
		out.Number = body.Number
		return t.spend(i)
	}
	if d.Kind == hall.NumberCase || d.Kind == hall.SubmitCase { // with the line nobody needs a temporary one
		return fail(CodeNoNumbers, "this terminal owns no application number", "connect the line", nil)
	}
	var err error
	body.Number, err = t.temporary()
	out.Temporary = body.Number
	return err
}

// applicationLease is the index of the lease to spend from, -1 when there is
// none. A lease of another series (the hall was given another service or area)
// is never spent.
func (t *tx) applicationLease() int {
	if t.next.blocked || t.next.cat == nil || t.next.cat.Cases.Service == "" {
		return -1
	}
	series := hall.ApplicationSeries(t.next.cat)
	return slices.IndexFunc(t.next.leases, func(l Lease) bool { return l.Series == series && l.Left() > 0 })
}

// temporary spends the next temporary number of the day. A database that was
// copied or put back begins far away from where it may have been (setTemps).
func (t *tx) temporary() (string, error) {
	at, _ := t.s.Now()
	day := hall.DayOf(at)
	var n int
	if _, err := t.one("INSERT INTO temps (day, n) VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET n = n + 1 RETURNING n", []any{day}, &n); err != nil {
		return "", err
	}
	t.spent = true
	t.s.temps.Store(true)
	return hall.TemporaryNumber{Hall: t.next.meta["hall"], Terminal: t.s.opt.Terminal, Day: day, N: n}.String(), nil
}

// tempPlaces are the places, a thousand numbers each, that setTemps chooses from.
const tempPlaces = 9000

// setTemps moves the temporary numbers of today and what follows to a place
// that no other copy of this database is likely to be at, and that it was not at
// itself: it goes on, as long as there are places.
func (t *tx) setTemps() error {
	at, _ := t.s.Now()
	var place int64
	if _, err := t.one("SELECT COALESCE(MAX(n), 0) / 1000 FROM temps WHERE day >= ?", []any{hall.DayOf(at)}, &place); err != nil {
		return err
	}
	if place >= tempPlaces {
		place = 0
	}
	far, err := rand.Int(rand.Reader, big.NewInt(tempPlaces-place))
	if err != nil {
		return fail(CodeFailed, "there is no randomness", "restart the terminal", err)
	}
	place += far.Int64() + 1
	for day := range 2 {
		if err := t.exec("INSERT INTO temps (day, n) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET n = excluded.n",
			hall.DayOf(at.AddDate(0, 0, day)), place*1000); err != nil {
			return err
		}
	}
	return nil
}

// ApplicationNumbers counts the application numbers that this terminal owns.
func (s *Store) ApplicationNumbers() int {
	st := s.state.Load()
	if st.cat == nil || st.blocked {
		return 0
	}
	return st.applicationLeft(hall.ApplicationSeries(st.cat))
}

func (st *state) applicationLeft(series string) int {
	left := 0
	for _, l := range st.leases {
		if l.Series == series {
			left += l.Left()
		}
	}
	return left
}

// applicationWant is the block of application numbers to ask for now: a counter
// and a kiosk keep at least half a block.
func (s *Store) applicationWant(st *state) (hall.LeaseApplicationNumbersBody, bool) {
	var none hall.LeaseApplicationNumbersBody
	if st.cat == nil || st.blocked || !s.online.Load() || !takesCases(st.terminal.Role) || st.cat.Cases.Service == "" {
		return none, false
	}
	block := st.cat.Cases.NumberBlock
	if block <= 0 {
		block = defaultBlock
	}
	series := hall.ApplicationSeries(st.cat)
	if st.applicationLeft(series) >= (block+1)/2 || s.PendingFor(series) || s.wasRefused(series) {
		return none, false
	}
	return hall.LeaseApplicationNumbersBody{Count: block}, true
}

// NumberTemporaries gives every case that this terminal printed a temporary
// number for its application number, as far as it owns some and the line is
// up. It returns how many it wrote down; the client calls it beside
// EnsureLeases.
func (s *Store) NumberTemporaries(ctx context.Context) (int, error) {
	st := s.state.Load()
	if st.cat == nil || st.blocked || !takesCases(st.terminal.Role) || !s.online.Load() || s.ApplicationNumbers() == 0 {
		return 0, nil
	}
	if st.terminal.Role == hall.AtKiosk {
		return s.numberApplied(ctx)
	}
	var wanted []string
	found, err := s.Cases(ctx, CaseQuery{Lists: []hall.CaseList{hall.CasesTemporary(s.opt.Terminal), hall.CasesTemporaryAtKiosks}})
	for _, c := range found {
		if s.numbersFor(&c) && !s.PendingFor(c.ID) && !s.wasRefused(numberOf(c.ID)) {
			wanted = append(wanted, c.ID)
		}
	}
	if err != nil || len(wanted) == 0 {
		return 0, err
	}
	n := 0
	err = s.write(ctx, func(t *tx) error {
		for _, id := range wanted {
			if t.applicationLease() < 0 {
				return nil
			}
			c, ok, err := hall.Load[hall.Case](txWorld{t}, hall.EntityCase, id)
			if err != nil {
				return err
			}
			if !ok || c.Number != "" || c.TempNumber == "" || s.PendingFor(id) {
				continue
			}
			if _, err := t.number(NumberedDraft{Kind: hall.NumberCase, Case: id, Actor: device}); err != nil {
				return err
			}
			s.leaveAlone(numberOf(id), time.Minute) // its row comes after its verdict
			n++
		}
		return nil
	})
	return n, err
}

// takesCases says whether applications are made at a terminal of a role.
func takesCases(role string) bool { return role == hall.AtCounter || role == hall.AtKiosk }

// numberOf names the wish for a case's number among what was refused.
func numberOf(caseID string) string { return "number/" + caseID }
