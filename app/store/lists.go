package store

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
)

// CaseQuery picks cases (办件). The zero value is all of them.
type CaseQuery struct {
	Lists []hall.CaseList // any of them; none: every case
	// Text is a part of the application number or of the temporary one. A whole
	// number finds its case alone.
	Text string
	// Now puts what is an anomaly (材料异常) at that moment first, and then what
	// waits longest. Zero: the latest submission first.
	Now   time.Time
	Keep  func(*hall.Case) bool // nil: all; it must not ask the store
	Limit int                   // 0: all
}

// Cases lists the cases that this terminal knows, under the overlay. What is inside
// a case must not be changed. The first fifty of a list cost what they cost, however
// many there are behind them.
func (s *Store) Cases(ctx context.Context, q CaseQuery) (out []hall.Case, err error) {
	err = s.list(ctx, "cases", func(l *listing) error {
		return l.caseIDs(q, func(at spot) (bool, error) {
			c, ok, err := get[hall.Case](l, hall.EntityCase, at.id)
			if err != nil || !ok || q.Keep != nil && !q.Keep(c) {
				return err == nil, err
			}
			out = append(out, *c)
			return q.Limit <= 0 || len(out) < q.Limit, nil
		})
	})
	return out, err
}

// caseIDs walks the places of the cases that a query picks, each case once.
func (l *listing) caseIDs(q CaseQuery, f func(spot) (bool, error)) error {
	lists := q.Lists
	if len(lists) == 0 {
		lists = []hall.CaseList{hall.CasesPending, hall.CasesReview, hall.CasesDone, hall.CasesBegun}
	}
	text := strings.ToUpper(strings.TrimSpace(q.Text))
	if text != "" {
		found, all, err := l.search(text)
		if err != nil {
			return err
		}
		if all {
			return inOrder(found, lists, q.Now, f)
		}
	}
	var first, then []span
	for _, list := range lists {
		for _, part := range caseParts {
			whole := span{list: list.Part(part), from: math.MinInt64, to: math.MaxInt64, text: text, desc: q.Now.IsZero()}
			switch {
			case q.Now.IsZero() || part == hall.AnomalyAlways:
				first = append(first, whole)
			case part == hall.AnomalyNever:
				then = append(then, whole)
			default:
				late, early := whole, whole
				late.to = hall.PlaceBefore(hall.AnomalyBefore(q.Now))
				early.from = late.to
				first, then = append(first, late), append(then, early)
			}
		}
	}
	seen := map[string]bool{}
	for _, spans := range [][]span{first, then} {
		more, err := l.walk(spans, func(at spot) (bool, error) {
			if seen[at.id] {
				return true, nil
			}
			seen[at.id] = true
			return f(at)
		})
		if !more || err != nil {
			return err
		}
	}
	return nil
}

// CasePlace is where a case stands in a list.
type CasePlace struct {
	ID   string
	At   time.Time // submitted
	Part string    // hall.AnomalyNever and so on
}

// CasePlaces lists where cases of some lists stand, of those that were submitted in
// [from, to), under the overlay; each once. A zero time is no bound.
func (s *Store) CasePlaces(ctx context.Context, lists []hall.CaseList, part string, from, to time.Time) (out []CasePlace, err error) {
	var spans []span
	for _, list := range lists {
		one := span{list: list.Part(part), from: math.MinInt64, to: math.MaxInt64}
		if !from.IsZero() {
			one.from = hall.PlaceBefore(from)
		}
		if !to.IsZero() {
			one.to = hall.PlaceBefore(to)
		}
		spans = append(spans, one)
	}
	err = s.list(ctx, "cases", func(l *listing) error {
		last := ""
		_, err := l.walk(spans, func(at spot) (bool, error) {
			if at.id != last { // the same place in two lists comes in a row
				out = append(out, CasePlace{at.id, time.UnixMicro(at.at), part})
			}
			last = at.id
			return true, nil
		})
		return err
	})
	return out, err
}

// CaseCounts are how many cases there are.
type CaseCounts struct {
	Pending   int // 受理中
	Anomalies int // of these
	Reviews   int // began online, and nobody has received them
}

// CaseCounts counts cases under the overlay, as they are at a moment.
func (s *Store) CaseCounts(ctx context.Context, now time.Time) (n CaseCounts, err error) {
	err = s.list(ctx, "cases", func(l *listing) error {
		for _, part := range caseParts {
			n.Pending += l.count(hall.CasesPending.Part(part), math.MaxInt64)
			n.Reviews += l.count(hall.CasesReview.Part(part), math.MaxInt64)
		}
		n.Anomalies = l.count(hall.CasesPending.Part(hall.AnomalyAlways), math.MaxInt64) +
			l.countRows(hall.CasesPending.Part(hall.AnomalyLater), hall.PlaceBefore(hall.AnomalyBefore(now)))
		return l.err
	})
	return n, err
}

// CaseChanges lists the cases that changed, under the overlay, since a mark, and
// gives the next mark. Not known: anything may have changed; ask so with 0.
func (s *Store) CaseChanges(since int64) (ids []string, mark int64, known bool) {
	return s.lists.changes(since)
}

// PaperCounts are how many papers of a department there are, or of all.
type PaperCounts struct {
	ToDo       int // wanted, at the department
	Out        int // on the road to the hall
	Unverified int
	Attention  int
	Overdue    int
}

// PaperCounts counts the papers of some departments under the overlay.
func (s *Store) PaperCounts(ctx context.Context, departments []string, now time.Time) (n PaperCounts, err error) {
	err = s.list(ctx, "papers", func(l *listing) error {
		for _, d := range departments {
			n.ToDo += l.count(hall.PapersToDo.Of(d), math.MaxInt64)
			n.Out += l.count(hall.PapersOut.Of(d), math.MaxInt64)
			n.Unverified += l.count(hall.PapersUnverified.Of(d), math.MaxInt64)
			n.Attention += l.count(hall.PapersAttention.Of(d), math.MaxInt64)
			n.Overdue += l.countRows(hall.PapersDue.Of(d), hall.PlaceBefore(now))
		}
		return l.err
	})
	return n, err
}

// BatchesOf lists the batches (批次) that have papers in some lists of some
// departments, by item and then by what is due first, at most so many.
func (s *Store) BatchesOf(ctx context.Context, departments []string, limit int, lists ...hall.PaperList) (out []string, err error) {
	err = s.list(ctx, "papers", func(l *listing) error {
		var spans []span
		for _, d := range departments {
			for _, list := range lists {
				spans = append(spans, span{list: list.Of(d) + "/", under: true})
			}
		}
		_, err := l.walk(spans, func(at spot) (bool, error) {
			if !slices.Contains(out, at.note) {
				out = append(out, at.note)
			}
			return len(out) < limit, nil
		})
		return err
	})
	return out, err
}

// BatchesDropped lists the batches of a department that are not closed, of which
// papers stay there, begun after a time, the latest first, at most so many.
func (s *Store) BatchesDropped(ctx context.Context, department string, after time.Time, limit int) ([]string, error) {
	return s.ids(ctx, span{list: hall.BatchesDropped(department), from: hall.PlaceAt(after) + 1, to: math.MaxInt64, desc: true}, limit)
}

// TripsSent lists the trips (交接单) of a department that are on the road, the latest
// first, at most so many.
func (s *Store) TripsSent(ctx context.Context, department string, limit int) ([]string, error) {
	return s.ids(ctx, span{list: hall.TripsSent(department), from: math.MinInt64, to: math.MaxInt64, desc: true}, limit)
}

func (s *Store) ids(ctx context.Context, one span, limit int) (out []string, err error) {
	err = s.list(ctx, "papers", func(l *listing) error {
		_, err := l.walk([]span{one}, func(at spot) (bool, error) {
			out = append(out, at.id)
			return len(out) < limit, nil
		})
		return err
	})
	return out, err
}

// Look gives values under the overlay, by their ids: nil where there is none. They
// are shared and must not be changed. What was looked at lately costs no disk.
func Look[T any](ctx context.Context, s *Store, kind hall.EntityKind, ids ...string) (out []*T, err error) {
	err = s.list(ctx, string(kind), func(l *listing) error {
		for _, id := range ids {
			v, ok, err := get[T](l, kind, id)
			if err != nil {
				return err
			}
			if !ok {
				v = nil
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// Papers looks at papers, Batches at batches and Consignments at trips: see Look.
func (s *Store) Papers(ctx context.Context, ids ...string) ([]*hall.Paper, error) {
	return Look[hall.Paper](ctx, s, hall.EntityPaper, ids...)
}

// Batches looks at batches.
func (s *Store) Batches(ctx context.Context, ids ...string) ([]*hall.Batch, error) {
	return Look[hall.Batch](ctx, s, hall.EntityBatch, ids...)
}

// Consignments looks at trips.
func (s *Store) Consignments(ctx context.Context, ids ...string) ([]*hall.Consignment, error) {
	return Look[hall.Consignment](ctx, s, hall.EntityConsignment, ids...)
}

// Departments lists the departments whose papers this terminal follows.
func (s *Store) Departments() (out []string) {
	from := hall.PlacesFrom(hall.CustodyFeed(""))
	from = from[:len(from)-1]
	for _, lf := range s.Follows() {
		for _, feed := range lf.Feeds {
			if d, ok := strings.CutPrefix(string(feed), from); ok && d != hall.NoDepartment {
				out = append(out, d)
			}
		}
	}
	return out
}

// list runs f over the lists as they are now.
func (s *Store) list(ctx context.Context, what string, f func(*listing) error) error {
	s.lists.mu.Lock()
	defer s.lists.mu.Unlock()
	l, err := s.lists.begin(ctx, s)
	if err == nil {
		err = errors.Join(f(l), l.end())
	}
	if err != nil {
		s.lists.reset() // what was taken in may be half of it
	}
	return disk("read the list of "+what, err)
}

// spot is a value in a list.
type spot struct {
	list     string
	at       int64
	id, note string
}

// span is a part of a list, or of all lists whose names begin so.
type span struct {
	list     string
	under    bool
	from, to int64  // of one list: in [from, to)
	text     string // in what is searched
	name     string // in the ends of names
	desc     bool
}

// holds reports whether a spot is of the span.
func (x span) holds(at spot) bool {
	if x.under {
		return strings.HasPrefix(at.list, x.list) && x.named(at.list)
	}
	return at.list == x.list && at.at >= x.from && at.at < x.to && (x.text == "" || strings.Contains(at.note, x.text))
}

// order is how spots come: in one list by place; in many by the ends of their
// names, and then by place.
func (x span) order(a, b spot) int {
	n := 0
	if x.under {
		n = strings.Compare(a.list, b.list)
	}
	n = cmp.Or(n, cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id))
	if x.desc {
		return -n
	}
	return n
}
