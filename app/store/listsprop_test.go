package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/sync"
)

// fataler is a test, or a check of a property.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// placesAreRight holds what is stored of places against the values.
func placesAreRight(t fataler, s *Store) {
	t.Helper()
	want, tallies := map[string]string{}, map[string]int{}
	rows, err := s.readers.Load().Query("SELECT kind, id, value FROM replica")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind hall.EntityKind
		var id string
		var value []byte
		if err := rows.Scan(&kind, &id, &value); err != nil {
			t.Fatalf("%v", err)
		}
		places, err := hall.PlacesOf(kind, value)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, p := range places {
			if p.List != "" {
				want[fmt.Sprint(p.List, " ", p.At, " ", id)] = p.Note
			}
			if p.Count != "" {
				tallies[fmt.Sprint(p.Count, " ", dayAt(p.At))]++
			}
		}
	}
	got, counted := map[string]string{}, map[string]int{}
	var list, id, note string
	var at int64
	var n int
	scanAll(t, s, "SELECT list, at, id, note FROM places", func() { got[fmt.Sprint(list, " ", at, " ", id)] = note }, &list, &at, &id, &note)
	scanAll(t, s, "SELECT name, day, n FROM tallies", func() { counted[fmt.Sprint(list, " ", at)] = n }, &list, &at, &n)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("places %v\nwant   %v", got, want)
	}
	if !reflect.DeepEqual(counted, tallies) {
		t.Fatalf("tallies %v\nwant    %v", counted, tallies)
	}
}

func scanAll(t fataler, s *Store, query string, take func(), into ...any) {
	t.Helper()
	rows, err := s.readers.Load().Query(query)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatalf("%v", err)
		}
		take()
	}
}

// casesAreListed holds lists of cases against a look at every case.
func casesAreListed(t fataler, s *Store, ids []string) {
	t.Helper()
	ctx := context.Background()
	var all []hall.Case
	for _, id := range ids {
		c, ok, err := hall.Load[hall.Case](s.World(), hall.EntityCase, id)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if ok {
			all = append(all, c)
		}
	}
	for _, now := range []time.Time{{}, noon, noon.Add(24*time.Hour + time.Minute), time.Now().Add(48 * time.Hour)} {
		for _, lists := range [][]hall.CaseList{nil, {hall.CasesPending}, {hall.CasesReview}, {hall.CasesDone}, {hall.CasesBegun},
			{hall.CasesOf("S1")}, {hall.CasesWaiting("S1"), hall.CasesAt("1")}, {hall.CasesTemporary("C1")}} {
			for _, text := range []string{"", "0003", "T", "T370", "01000002", "1010", "010101000002"} {
				q := CaseQuery{Lists: lists, Text: text, Now: now, Limit: 5}
				found, err := s.Cases(ctx, q)
				want := bruteCases(all, q)
				if err != nil || len(found)+len(want) > 0 && !reflect.DeepEqual(found, want) {
					t.Fatalf("%v %q at %v: %v, want %v: %v", lists, text, now, caseIDs(found), caseIDs(want), err)
				}
			}
		}
		n, err := s.CaseCounts(ctx, now)
		var want CaseCounts
		for _, c := range all {
			switch {
			case c.State == hall.CasePending && len(c.Anomaly(now)) > 0:
				want.Pending, want.Anomalies = want.Pending+1, want.Anomalies+1
			case c.State == hall.CasePending:
				want.Pending++
			case c.State == hall.CaseApplied || c.State == hall.CasePreReview:
				want.Reviews++
			}
		}
		if err != nil || n != want {
			t.Fatalf("counted %+v, want %+v: %v", n, want, err)
		}
	}
}

func caseIDs(all []hall.Case) (ids []string) {
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids
}

// bruteCases is what a query means.
func bruteCases(all []hall.Case, q CaseQuery) (out []hall.Case) {
	for _, c := range all {
		in := len(q.Lists) == 0 || slices.ContainsFunc(c.Places(), func(p hall.Place) bool {
			return slices.ContainsFunc(q.Lists, func(l hall.CaseList) bool { return strings.HasPrefix(p.List, l.Part("")) })
		})
		if in && (strings.Contains(c.Number, q.Text) || strings.Contains(c.TempNumber, q.Text)) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b hall.Case) int {
		at := func(c hall.Case) int64 { return c.Places()[0].At }
		if q.Now.IsZero() {
			return cmp.Or(cmp.Compare(at(b), at(a)), strings.Compare(b.ID, a.ID))
		}
		odd := func(c hall.Case) int { return min(1, len(c.Anomaly(q.Now))) }
		return cmp.Or(odd(b)-odd(a), cmp.Compare(at(a), at(b)), strings.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), q.Limit)]
}

// The lists are what a look at every case says, whatever happened.
func TestListsProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newCaseHall(t, 4)
		c := h.counter(t)
		c.meet()
		defer c.close()
		ctx, mark := context.Background(), int64(0)
		var ids []string
		shown := map[string]hall.Case{}
		begin := func() string {
			ids = append(ids, fmt.Sprint("case", len(ids)+1))
			return c.begin(ids[len(ids)-1])
		}
		act := func(r *rapid.T, kind hall.Kind, body func(hall.Case) any) {
			if len(ids) == 0 {
				return
			}
			k, ok, err := hall.Load[hall.Case](c.s.World(), hall.EntityCase, rapid.SampledFrom(ids).Draw(r, "case"))
			if err == nil && ok {
				_, err = c.s.Propose(ctx, Draft{Kind: kind, Entity: k.ID, Actor: clerkS1, Body: body(k)})
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		someSteps(rt, map[string]func(*rapid.T){
			"open":    func(*rapid.T) { begin() },
			"receive": func(*rapid.T) { c.receive(begin()) },
			"hand in": func(r *rapid.T) {
				act(r, hall.HandIn, func(hall.Case) any { return hall.HandInBody{Material: "M1", Way: hall.MethodOriginal} })
			},
			"all in": func(r *rapid.T) {
				act(r, hall.HandIn, func(hall.Case) any { return hall.HandInBody{Material: "M2", Way: hall.MethodOriginal} })
			},
			"choose": func(r *rapid.T) {
				act(r, hall.ChooseSharing, func(k hall.Case) any {
					return hall.ChooseSharingBody{Edit: hall.Edit{Version: k.Version}, Material: "M2", Method: hall.MethodPaper}
				})
			},
			"accept": func(r *rapid.T) {
				act(r, hall.AcceptCase, func(k hall.Case) any { return hall.AcceptCaseBody{Edit: hall.Edit{Version: k.Version}} })
			},
			"cancel": func(r *rapid.T) {
				act(r, hall.CancelCase, func(k hall.Case) any { return hall.CancelCaseBody{Edit: hall.Edit{Version: k.Version}} })
			},
			"meet":    func(*rapid.T) { c.meet() },
			"push":    func(*rapid.T) { c.drain() },
			"restart": func(*rapid.T) { c.reopen() },
			"snapshot": func(*rapid.T) {
				snap, err := h.w.Snapshot(ctx, lane, hall.FeedCase)
				if err == nil {
					err = c.s.ApplySnapshot(ctx, snap)
				}
				if err != nil {
					rt.Fatal(err)
				}
			},
			"": func(*rapid.T) {
				placesAreRight(rt, c.s)
				casesAreListed(rt, c.s, ids)
				changed, next, known := c.s.CaseChanges(mark)
				mark = next
				for _, id := range ids {
					k, _, err := hall.Load[hall.Case](c.s.World(), hall.EntityCase, id)
					if err != nil {
						rt.Fatal(err)
					}
					if known && !slices.Contains(changed, id) && !reflect.DeepEqual(k, shown[id]) {
						rt.Fatalf("%s changed and was not told of: %v", id, changed)
					}
					shown[id] = k
				}
			},
		})
	})
}

// The lists of papers are what a look at every paper says.
func TestPaperListsProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newCaseHall(t, 4)
		st := h.station(t)
		st.meet()
		defer st.close()
		ctx := context.Background()
		st.s.SetLine(false)
		const papers = 12
		someSteps(rt, map[string]func(*rapid.T){
			"snapshot": func(r *rapid.T) {
				if err := st.s.ApplySnapshot(ctx, anyPapers(r, papers)); err != nil {
					rt.Fatal(err)
				}
			},
			"scan": func(r *rapid.T) {
				d := scan(rapid.IntRange(1, papers).Draw(r, "paper"))
				d.Kind = rapid.SampledFrom([]hall.Kind{hall.SignIn, hall.ReturnOut, hall.FilePaper}).Draw(r, "kind")
				if _, err := st.s.Propose(ctx, d); err != nil {
					rt.Fatal(err)
				}
			},
			"restart": func(*rapid.T) { st.reopen(); st.s.SetLine(false) },
			"":        func(*rapid.T) { placesAreRight(rt, st.s); papersAreListed(rt, st.s, papers) },
		})
	})
}

// anyPapers is a snapshot of papers in any state.
func anyPapers(r *rapid.T, n int) sync.Snapshot {
	snap := sync.Snapshot{Epoch: 1, Lane: lane, Feed: hall.CustodyFeed("civil"), Row: 1, Hash: "h"}
	for i := 1; i <= n; i++ {
		if rapid.IntRange(0, 4).Draw(r, "there") == 0 {
			continue
		}
		l := labelled(i)
		p := hall.Paper{ID: l.ID(), Case: fmt.Sprint("case", i), Number: l.Number, Item: rapid.SampledFrom([]string{"licence", "other"}).Draw(r, "item"),
			Material: "M2", Code: "M2", Attempt: 1, Department: "civil",
			Custody: rapid.SampledFrom([]hall.Custody{hall.AtDepartment, hall.InTransit, hall.AtHall, hall.InTransitBack, hall.Unverified, hall.Disputed, hall.Filed}).Draw(r, "custody"),
			Due:     noon.Add(time.Duration(rapid.IntRange(0, 300).Draw(r, "due")) * time.Minute),
			Only:    rapid.Bool().Draw(r, "only"), Attention: rapid.Bool().Draw(r, "attention")}
		if p.Custody != hall.AtDepartment {
			p.Seen = []hall.Observation{{Op: hall.OpID(fmt.Sprint("out", i)), Kind: hall.SignOut, Staff: "O1", Terminal: "SO", At: noon}}
		}
		raw, err := json.Marshal(p)
		if err != nil {
			r.Fatal(err)
		}
		snap.Entities = append(snap.Entities, sync.EntityValue{Kind: hall.EntityPaper, ID: p.ID, Value: raw})
	}
	return snap
}

// papersAreListed holds counts and lists against a look at every paper.
func papersAreListed(t fataler, s *Store, papers int) {
	t.Helper()
	ctx := context.Background()
	var all []hall.Paper
	for i := 1; i <= papers; i++ {
		p, ok, err := hall.Load[hall.Paper](s.World(), hall.EntityPaper, labelled(i).ID())
		if err != nil {
			t.Fatalf("%v", err)
		}
		if ok {
			all = append(all, p)
		}
	}
	for _, now := range []time.Time{noon, noon.Add(2*time.Hour + 7*time.Minute), noon.Add(24 * time.Hour)} {
		var want PaperCounts
		for _, p := range all {
			for n, is := range map[*int]bool{&want.ToDo: p.Custody == hall.AtDepartment && p.Wanted(), &want.Out: p.Custody == hall.InTransit,
				&want.Unverified: p.Custody == hall.Unverified, &want.Attention: p.Attention, &want.Overdue: p.Overdue(now)} {
				if is {
					*n++
				}
			}
		}
		if n, err := s.PaperCounts(ctx, []string{"civil"}, now); err != nil || n != want {
			t.Fatalf("counted %+v, want %+v: %v", n, want, err)
		}
	}
	slices.SortFunc(all, func(a, b hall.Paper) int {
		return cmp.Or(strings.Compare(a.Item, b.Item), a.Due.Compare(b.Due), strings.Compare(a.ID, b.ID))
	})
	for list, in := range map[hall.PaperList]func(hall.Paper) bool{
		hall.PapersToDo: func(p hall.Paper) bool { return p.Custody == hall.AtDepartment && p.Wanted() },
		hall.PapersOut:  func(p hall.Paper) bool { return p.Custody == hall.InTransit },
		hall.PapersBack: hall.Paper.GoesBack,
	} {
		var want []string
		for _, p := range all {
			if in(p) && len(want) < 3 {
				want = append(want, hall.BatchID(p.Number, "civil"))
			}
		}
		if got, err := s.BatchesOf(ctx, []string{"other", "civil"}, 3, list); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v: %v", list, got, want, err)
		}
	}
}

// A store of a program that knew no places gets them when it is opened, also when
// the process dies on the way.
func TestPlacesAreMadeForWhatIsThere(t *testing.T) {
	h := newCaseHall(t, 4)
	st := h.station(t)
	st.meet()
	if err := st.s.ApplySnapshot(t.Context(), manyPapers(t, 40)); err != nil {
		t.Fatal(err)
	}
	for _, pieces := range []int{0, 1, 4, 6} {
		err := st.s.write(t.Context(), func(tx *tx) error {
			if err := tx.exec("DELETE FROM places WHERE id > '0101010000'"); err != nil {
				return err
			}
			return tx.setMeta(placesMeta, "0")
		})
		for range pieces {
			if err == nil {
				err = st.s.write(t.Context(), func(tx *tx) error { return tx.fillPlaces(strconv.Itoa(hall.PlacesVersion), 15) })
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		st.reopen()
		placesAreRight(t, st.s)
	}
}

// Every part of every number finds what a look at every case finds, wherever the
// part begins and however long the numbers are.
func TestPartsOfNumbersAreFound(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	c.meet()
	snap := sync.Snapshot{Epoch: 1, Lane: lane, Feed: hall.FeedCase, Row: 1, Hash: "h"}
	var all []hall.Case
	texts := map[string]bool{"": true, "nobody": true, "T3701": true}
	for i, serial := range []int{1, 311, 3110, 3111, 10311, 23110, 31103, 99999, 100000, 123456, 654321, 1234567, 12345678, 999999999} {
		k := hall.Case{ID: fmt.Sprint("case", i), State: hall.CasePending, SubmittedAt: noon.Add(time.Duration(i) * time.Minute),
			Number: hall.ApplicationNumber{Area: "01", Service: "01", Kind: fmt.Sprintf("%02d", 1+i%2), Serial: serial}.String()}
		if i%5 == 0 {
			k.TempNumber = fmt.Sprintf("T37010001-C1-20260302-%03d", i+1)
		}
		for from := range k.Number {
			for to := from + 1; to <= len(k.Number); to++ {
				texts[k.Number[from:to]] = true
			}
		}
		raw, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, k)
		snap.Entities = append(snap.Entities, sync.EntityValue{Kind: hall.EntityCase, ID: k.ID, Value: raw})
	}
	if err := c.s.ApplySnapshot(t.Context(), snap); err != nil {
		t.Fatal(err)
	}
	for text := range texts {
		q := CaseQuery{Lists: []hall.CaseList{hall.CasesPending}, Text: text, Now: noon.Add(24*time.Hour + 5*time.Minute), Limit: 50}
		found, err := c.s.Cases(t.Context(), q)
		want := bruteCases(all, q)
		if i := slices.IndexFunc(all, func(k hall.Case) bool { return k.Number == text }); i >= 0 {
			want = all[i : i+1]
		}
		if err != nil || !slices.Equal(caseIDs(found), caseIDs(want)) {
			t.Errorf("%q: %v, want %v: %v", text, caseIDs(found), caseIDs(want), err)
		}
	}
}
