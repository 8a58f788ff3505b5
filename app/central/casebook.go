package central

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// caseBook follows the hall's cases and papers for the manager's page, as a
// terminal would: a snapshot once, then row after row, so that one scan costs
// one row however many papers there are. Of what is over only the count is
// kept. What the page counts and lists is kept beside the values, so that a look
// costs the same however many there are.
type caseBook struct {
	feeds []hall.Feed // that of the cases first
	at    map[hall.Feed]sync.Cursor

	states map[string]hall.CaseState
	counts map[hall.CaseState]int
	open   map[string]hall.Case        // before acceptance
	papers map[string]hall.Paper       // neither filed nor returned
	trips  map[string]hall.Consignment // sent
	temps  map[string]string           // temporary number → case

	pending map[string]*ranked // parts of 受理中 (hall.AnomalyAlways and so on), by the submission
	asked   map[string]work    // by material: what departments were asked for
	custody map[hall.Custody]int
	wanted  int    // at a department, and asked for
	due     ranked // papers that are late from their limit on
	looks   ranked // papers that a person must look at, by the latest scan

	watch *watchBook
}

// work is how much a department was asked for, and what of it is late.
type work struct{ open, overdue int }

func newCaseBook(cat *hall.Catalogue) *caseBook {
	b := &caseBook{feeds: []hall.Feed{hall.FeedCase, hall.CustodyFeed(hall.NoDepartment)}, at: map[hall.Feed]sync.Cursor{},
		states: map[string]hall.CaseState{}, counts: map[hall.CaseState]int{}, open: map[string]hall.Case{},
		papers: map[string]hall.Paper{}, trips: map[string]hall.Consignment{}, temps: map[string]string{},
		pending: map[string]*ranked{hall.AnomalyNever: {}, hall.AnomalyAlways: {}, hall.AnomalyLater: {}},
		asked:   map[string]work{}, custody: map[hall.Custody]int{}, watch: newWatchBook(cat)}
	for _, d := range cat.Departments {
		b.feeds = append(b.feeds, hall.CustodyFeed(d.ID))
	}
	return b
}

// put takes over one value.
func (b *caseBook) put(kind hall.EntityKind, id string, value json.RawMessage) error {
	if len(value) == 0 || string(value) == "null" {
		return nil // cases and papers are never gone
	}
	switch kind {
	case hall.EntityCase:
		c, err := read[hall.Case](kind, value)
		if err != nil {
			return err
		}
		was, known := b.states[id]
		if known {
			b.counts[was]--
		}
		b.watch.put(c, !known, known && was.Decided())
		b.states[id] = c.State
		b.counts[c.State]++
		if c.TempNumber != "" {
			b.temps[c.TempNumber] = id
		}
		if was, open := b.open[id]; open {
			b.countCase(was, -1)
		}
		if keep(b.open, id, c, c.State.BeforeAcceptance()) {
			b.countCase(c, 1)
		}
	case hall.EntityPaper:
		p, err := read[hall.Paper](kind, value)
		if err != nil {
			return err
		}
		if was, known := b.papers[id]; known {
			b.countPaper(was, -1)
		}
		if keep(b.papers, id, p, p.Custody != hall.Filed && p.Custody != hall.Returned) {
			b.countPaper(p, 1)
		}
	case hall.EntityConsignment:
		t, err := read[hall.Consignment](kind, value)
		if err != nil {
			return err
		}
		keep(b.trips, id, t, t.State == hall.ConsignmentSent)
	}
	return nil
}

// keep holds a value, or lets it go; it tells which.
func keep[T any](m map[string]T, id string, v T, wanted bool) bool {
	if wanted {
		m[id] = v
	} else {
		delete(m, id)
	}
	return wanted
}

// countCase counts an open case, or takes it back (n -1).
func (b *caseBook) countCase(c hall.Case, n int) {
	for _, m := range c.Materials {
		a, ok := m.Newest()
		late := m.State == hall.MaterialTimeout
		if !ok || !a.Method.Shared() || !m.Waits() && !late {
			continue
		}
		w := b.asked[m.Code]
		if w.open += n; late {
			w.overdue += n
		}
		b.asked[m.Code] = w
	}
	if c.State != hall.CasePending {
		return
	}
	for _, p := range c.Places() {
		if part, ok := strings.CutPrefix(p.List, hall.CasesPending.Part("")); ok {
			b.pending[part].count(rank{p.At, c.ID}, n)
		}
	}
}

// countPaper counts a paper by who holds it, or takes it back.
func (b *caseBook) countPaper(p hall.Paper, n int) {
	b.custody[p.Custody] += n
	if p.Custody == hall.AtDepartment && p.Wanted() {
		b.wanted += n
	}
	if p.Overdue(p.Due.Add(1)) {
		b.due.count(rank{hall.PlaceAt(p.Due), p.ID}, n)
	}
	if p.Attention {
		b.looks.count(rank{hall.PlaceAt(looked(p)), p.ID}, n)
	}
}

// looked is when a paper was scanned last.
func looked(p hall.Paper) (at time.Time) {
	if k := len(p.Seen); k > 0 {
		at = p.Seen[k-1].At
	}
	return at
}

func read[T any](kind hall.EntityKind, value json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(value, &v); err != nil {
		return v, fmt.Errorf("stored %s cannot be read: %w", kind, err)
	}
	return v, nil
}
