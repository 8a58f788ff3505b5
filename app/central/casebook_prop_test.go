package central

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
)

// A list in pieces is a sorted list.
func TestRankedProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var r ranked
		has := map[rank]bool{}
		for range rapid.IntRange(0, 3000).Draw(rt, "steps") {
			x := rank{rapid.Int64Range(0, 40).Draw(rt, "at"), fmt.Sprint(rapid.IntRange(0, 60).Draw(rt, "id"))}
			if rapid.IntRange(0, 2).Draw(rt, "drop") == 0 {
				r.drop(x)
				delete(has, x)
			} else {
				r.put(x)
				has[x] = true
			}
		}
		var all []rank
		for x := range has {
			all = append(all, x)
		}
		slices.SortFunc(all, compareRanks)
		if got := r.first(len(all)+1, math.MaxInt64); !slices.Equal(got, all) {
			rt.Fatalf("%v, want %v", got, all)
		}
		for at := range int64(42) {
			n := 0
			for _, x := range all {
				if x.at < at {
					n++
				}
			}
			if got, first := r.before(at), r.first(5, at); got != n || !slices.Equal(first, all[:min(5, n)]) {
				rt.Fatalf("%d and %v before %d of %v", got, first, at, all)
			}
		}
	})
}

var bookDay = time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)

func bookCatalogue() *hall.Catalogue {
	return &hall.Catalogue{Departments: []hall.Department{{ID: "civil"}, {ID: "police"}},
		Materials: []hall.MaterialDef{{Code: "M1", Department: "civil"}, {Code: "M2", Department: "police"}, {Code: "M3"}}}
}

// What is counted row after row is what a look at everything counts.
func TestCaseBookProperty(t *testing.T) {
	cat := bookCatalogue()
	rapid.Check(t, func(rt *rapid.T) {
		b := newCaseBook(cat)
		cases, papers := map[string]hall.Case{}, map[string]hall.Paper{}
		put := func(kind hall.EntityKind, id string, v any) {
			raw, err := json.Marshal(v)
			if err == nil {
				err = b.put(kind, id, raw)
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 60).Draw(rt, "rows") {
			id := fmt.Sprint(rapid.IntRange(1, 15).Draw(rt, "id"))
			if rapid.Bool().Draw(rt, "case") {
				cases[id] = anyCase(rt, id)
				put(hall.EntityCase, id, cases[id])
			} else {
				papers[id] = anyPaper(rt, id)
				put(hall.EntityPaper, id, papers[id])
			}
		}
		for _, now := range []time.Time{bookDay, bookDay.Add(26 * time.Hour), bookDay.Add(31 * time.Hour)} {
			got, err := json.Marshal(b.view(cat, now))
			if err != nil {
				rt.Fatal(err)
			}
			if want, err := json.Marshal(lookAtAll(cases, papers, cat, now)); err != nil || !bytes.Equal(got, want) {
				rt.Fatalf("%s\nwant %s", got, want)
			}
		}
	})
}

func anyCase(r *rapid.T, id string) hall.Case {
	c := hall.Case{ID: id, Number: "n" + id, State: rapid.SampledFrom(hall.CaseStates()).Draw(r, "state"),
		SubmittedAt: bookDay.Add(time.Duration(rapid.IntRange(0, 600).Draw(r, "at")) * time.Minute)}
	if rapid.Bool().Draw(r, "pending") {
		c.State = hall.CasePending
	}
	for i := range 3 {
		code := fmt.Sprint("M", i+1)
		c.Materials = append(c.Materials, hall.Material{Key: code, Code: code, Required: true,
			State:    rapid.SampledFrom([]hall.MaterialState{hall.MaterialPrepare, hall.MaterialWaitOut, hall.MaterialTimeout, hall.MaterialMissing, hall.MaterialDone}).Draw(r, "material"),
			Attempts: []hall.Attempt{{No: 1, Method: rapid.SampledFrom([]hall.Method{hall.MethodPaper, hall.MethodOriginal}).Draw(r, "way"), State: hall.AttemptActive}}})
	}
	return c
}

func anyPaper(r *rapid.T, id string) hall.Paper {
	p := hall.Paper{ID: id, Number: "n" + id, Code: "M1", Department: "civil", Only: rapid.Bool().Draw(r, "only"), Attention: rapid.Bool().Draw(r, "attention"),
		Custody: rapid.SampledFrom([]hall.Custody{hall.AtDepartment, hall.InTransit, hall.AtHall, hall.Filed, hall.InTransitBack, hall.Returned, hall.Unverified, hall.Disputed}).Draw(r, "custody"),
		Due:     bookDay.Add(time.Duration(rapid.IntRange(0, 40).Draw(r, "due")) * time.Hour)}
	if rapid.Bool().Draw(r, "seen") {
		p.Seen = []hall.Observation{{At: bookDay.Add(time.Duration(rapid.IntRange(0, 9).Draw(r, "at")) * time.Minute)}}
	}
	return p
}

// lookAtAll is the manager's view by a look at every case and paper.
func lookAtAll(cases map[string]hall.Case, papers map[string]hall.Paper, cat *hall.Catalogue, now time.Time) ManagerCases {
	v := ManagerCases{Counts: []ManagerCaseCount{}, Pending: []ManagerCase{}, Attention: []ManagerPaper{},
		Departments: []ManagerDepartmentWork{{ID: "civil"}, {ID: "police"}}, Trips: []ManagerTrip{}}
	for _, s := range hall.CaseStates() {
		n := 0
		for _, c := range cases {
			if c.State == s {
				n++
			}
		}
		if n > 0 {
			v.Counts = append(v.Counts, ManagerCaseCount{s, n})
		}
	}
	for _, c := range cases {
		if why := c.Anomaly(now); c.State == hall.CasePending && len(why) > 0 {
			v.Pending = append(v.Pending, ManagerCase{Number: c.Number, Summary: c.Summary(), Anomaly: why, Submitted: c.SubmittedAt})
		}
		for i, m := range c.Materials[:2] {
			if a, _ := m.Newest(); !c.State.BeforeAcceptance() || !a.Method.Shared() {
				continue
			}
			if late := m.State == hall.MaterialTimeout; late {
				v.Departments[i].Open, v.Departments[i].Overdue = v.Departments[i].Open+1, v.Departments[i].Overdue+1
			} else if m.Waits() {
				v.Departments[i].Open++
			}
		}
	}
	n := &v.Papers
	for _, p := range papers {
		if p.Custody == hall.Filed || p.Custody == hall.Returned {
			continue
		}
		for count, is := range map[*int]bool{&n.Waiting: p.Custody == hall.AtDepartment && p.Wanted(), &n.InTransit: p.Custody == hall.InTransit || p.Custody == hall.InTransitBack,
			&n.AtCounter: p.Custody == hall.AtHall, &n.Unverified: p.Custody == hall.Unverified, &n.Disputed: p.Custody == hall.Disputed,
			&n.Attention: p.Attention, &n.Overdue: p.Overdue(now)} {
			if is {
				*count++
			}
		}
		if p.Attention {
			v.Attention = append(v.Attention, ManagerPaper{Paper: p.ID, Number: p.Number, Material: p.Code, Department: p.Department, Custody: p.Custody, Since: looked(p)})
		}
	}
	slices.SortFunc(v.Pending, func(a, b ManagerCase) int {
		return cmp.Or(a.Submitted.Compare(b.Submitted), strings.Compare(a.Number, b.Number))
	})
	slices.SortFunc(v.Attention, func(a, b ManagerPaper) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Paper, b.Paper))
	})
	return v
}

// BenchmarkManagerCases is the manager's look at few cases and at many, after one
// change.
func BenchmarkManagerCases(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cat := bookCatalogue()
			book := newCaseBook(cat)
			var changed []json.RawMessage
			for i := range n {
				at := bookDay.Add(-time.Duration(n-i) * 200 * 24 * time.Hour / time.Duration(n))
				c := hall.Case{ID: fmt.Sprint(i), Number: fmt.Sprint(i), State: hall.CasePending, SubmittedAt: at,
					Materials: []hall.Material{{Key: "M1", Code: "M1", State: hall.MaterialWaitOut, Attempts: []hall.Attempt{{No: 1, Method: hall.MethodPaper}}}}}
				p := hall.Paper{ID: fmt.Sprint(i), Code: "M1", Department: "civil", Custody: hall.AtDepartment, Due: at.Add(72 * time.Hour), Attention: i%50 == 0}
				for kind, v := range map[hall.EntityKind]any{hall.EntityCase: c, hall.EntityPaper: p} {
					raw, err := json.Marshal(v)
					if err == nil {
						err = book.put(kind, c.ID, raw)
					}
					if err != nil {
						b.Fatal(err)
					}
					if kind == hall.EntityCase && i < 2 {
						changed = append(changed, raw)
					}
				}
			}
			for i := 0; b.Loop(); i++ {
				if err := book.put(hall.EntityCase, fmt.Sprint(i%2), changed[i%2]); err != nil {
					b.Fatal(err)
				}
				if v := book.view(cat, bookDay); len(v.Pending) != maxCaseLines {
					b.Fatal(len(v.Pending))
				}
			}
		})
	}
}
