package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/sync"
)

// labelled is what a paper's label says.
func labelled(n int) hall.Label {
	return hall.Label{Number: hall.ApplicationNumber{Area: "01", Service: "01", Kind: "01", Serial: n}.String(), Material: "M2", Attempt: 1}
}

// manyPapers is a snapshot of a department's feed with n papers in transit, each
// in a batch of its own.
func manyPapers(t testing.TB, n int) sync.Snapshot {
	t.Helper()
	snap := sync.Snapshot{Epoch: 1, Lane: lane, Feed: hall.CustodyFeed("civil"), Row: int64(n), Hash: "h"}
	put := func(kind hall.EntityKind, id string, v any) {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		snap.Entities = append(snap.Entities, sync.EntityValue{Kind: kind, ID: id, Value: raw})
	}
	for i := 1; i <= n; i++ {
		l := labelled(i)
		p := hall.Paper{ID: l.ID(), Case: fmt.Sprint("case", i), Number: l.Number, Item: "licence", Material: "M2", Code: "M2", Attempt: 1,
			Department: "civil", Custody: hall.InTransit, Due: noon.Add(72 * time.Hour),
			Seen: []hall.Observation{{Op: hall.OpID(fmt.Sprint("out", i)), Kind: hall.SignOut, Staff: "O1", Terminal: "SO", At: noon}}}
		put(hall.EntityPaper, p.ID, p)
		b := hall.Batch{ID: hall.BatchID(l.Number, "civil"), Case: p.Case, Number: l.Number, Department: "civil", State: hall.BatchOut,
			Papers: []hall.BatchPaper{{ID: p.ID, Custody: hall.InTransit}}, OpenedAt: noon.Add(time.Duration(i) * time.Second)}
		put(hall.EntityBatch, b.ID, b)
	}
	return snap
}

func scan(n int) Draft {
	l := labelled(n)
	return Draft{Kind: hall.SignIn, Entity: l.ID(), Actor: signIn, Body: hall.ScanBody{Label: hall.EncodeLabel(l), Copies: 1}}
}

func TestListsFollowScans(t *testing.T) {
	h := newCaseHall(t, 4)
	st := h.station(t)
	ctx := context.Background()
	st.meet()
	if err := st.s.ApplySnapshot(ctx, manyPapers(t, 300)); err != nil {
		t.Fatal(err)
	}
	st.s.SetLine(false)
	before, err := st.s.Papers(ctx, "civil")
	if err != nil || len(before) != 300 || !slices.IsSortedFunc(before, func(a, b hall.Paper) int { return compare(a.ID, b.ID) }) {
		t.Fatalf("%d papers: %v", len(before), err)
	}
	if again, err := st.s.Papers(ctx, "civil"); err != nil || &again[0] != &before[0] {
		t.Errorf("nothing changed, and the list was made again: %v", err)
	}
	for n := 1; n <= 40; n++ {
		if _, err := st.s.Propose(ctx, scan(n)); err != nil {
			t.Fatal(err)
		}
	}
	held := map[hall.Custody]int{}
	after, err := st.s.Papers(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range after {
		held[p.Custody]++
	}
	if held[hall.AtHall] != 40 || held[hall.InTransit] != 260 {
		t.Errorf("custody %v", held)
	}
	if before[0].Custody != hall.InTransit {
		t.Error("a list that was given out was changed")
	}
	batches, err := st.s.Batches(ctx, "civil")
	if err != nil || len(batches) != 300 || batches[0].State != hall.BatchIn || batches[40].State != hall.BatchOut {
		t.Errorf("batches %d: %v", len(batches), err)
	}
	if other, err := st.s.Papers(ctx, "police"); err != nil || len(other) != 0 {
		t.Errorf("papers of another department: %d %v", len(other), err)
	}
	// A restart finds the same.
	st.reopen()
	if again, err := st.s.Papers(ctx, ""); err != nil || !reflect.DeepEqual(again, after) {
		t.Errorf("after a start the papers differ: %v", err)
	}
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// A department's scan: not known here, wrong label, twice. The overlay shows
// what the rules make of it, and nothing is lost.
func TestScansOfAStationAreWitnesses(t *testing.T) {
	h := newCaseHall(t, 4)
	st := h.station(t)
	ctx := context.Background()
	st.meet()
	st.s.SetLine(false)
	if _, err := st.s.Propose(ctx, scan(7)); err != nil { // nobody has heard of it
		t.Fatal(err)
	}
	if _, err := st.s.Propose(ctx, Draft{Kind: hall.OpenConsignment, Entity: "trip-1", Actor: signOut, Body: hall.OpenConsignmentBody{Department: "civil"}}); err != nil {
		t.Fatal(err)
	}
	trips, err := st.s.Consignments(ctx, "civil")
	if err != nil || len(trips) != 1 || trips[0].State != hall.ConsignmentOpen {
		t.Fatalf("trips %+v: %v", trips, err)
	}
	st.reopen()
	if trips, err := st.s.Consignments(ctx, ""); err != nil || len(trips) != 1 {
		t.Fatalf("trips after a start %+v: %v", trips, err)
	}
	for _, v := range st.drain() {
		if v.Status != hall.Applied {
			t.Errorf("%s: %s %v", v.OpID, v.Status, v.Reason)
		}
	}
	st.pull()
	if trips, err := st.s.Consignments(ctx, ""); err != nil || len(trips) != 1 || len(st.s.WorkList()) != 0 {
		t.Errorf("trips after the verdict %+v: %v", trips, err)
	}
}

func TestCasesAreFound(t *testing.T) {
	h := newCaseHall(t, 40)
	c := h.counter(t)
	ctx := context.Background()
	c.meet()
	for i := range 12 {
		id := c.begin(fmt.Sprint("case", i))
		if i%2 == 0 {
			c.receive(id)
		}
	}
	check := func(when string) {
		t.Helper()
		for name, q := range map[string]struct {
			q           CaseQuery
			list, total int
		}{
			"all":      {CaseQuery{}, 12, 12},
			"received": {CaseQuery{States: []hall.CaseState{hall.CaseReceived, hall.CasePending}}, 6, 6},
			"limit":    {CaseQuery{Limit: 5}, 5, 12},
			"number":   {CaseQuery{Text: " 010101000003 "}, 1, 1},
			"part":     {CaseQuery{Text: "00000"}, 6, 6},
			"none":     {CaseQuery{Text: "99999"}, 0, 0},
		} {
			list, total, err := c.s.Cases(ctx, q.q)
			if err != nil || len(list) != q.list || total != q.total {
				t.Errorf("%s, %s: %d of %d, want %d of %d: %v", when, name, len(list), total, q.list, q.total, err)
			}
		}
	}
	check("pending")
	c.meet()
	check("confirmed")
	c.reopen()
	check("after a start")
}

// The lists are what the world says, whatever happened.
func TestListsProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newCaseHall(t, 4)
		c := h.counter(t)
		c.meet()
		defer c.close()
		count := 0
		someSteps(rt, map[string]func(*rapid.T){
			"open":    func(*rapid.T) { count++; c.begin(fmt.Sprint("case", count)) },
			"receive": func(*rapid.T) { count++; c.receive(c.begin(fmt.Sprint("case", count))) },
			"hand in": func(r *rapid.T) {
				if count == 0 {
					return
				}
				id := fmt.Sprint("case", rapid.IntRange(1, count).Draw(r, "case"))
				if _, err := c.s.Propose(context.Background(), Draft{Kind: hall.HandIn, Entity: id, Actor: clerkS1,
					Body: hall.HandInBody{Material: "M1", Way: hall.MethodOriginal}}); err != nil {
					rt.Fatal(err)
				}
			},
			"meet":    func(*rapid.T) { c.meet() },
			"push":    func(*rapid.T) { c.drain() },
			"restart": func(*rapid.T) { c.reopen() },
			"snapshot": func(*rapid.T) {
				snap, err := h.w.Snapshot(context.Background(), lane, hall.FeedCase)
				if err == nil {
					err = c.s.ApplySnapshot(context.Background(), snap)
				}
				if err != nil {
					rt.Fatal(err)
				}
			},
			"": func(*rapid.T) {
				list, _, err := c.s.Cases(context.Background(), CaseQuery{})
				if err != nil || len(list) != count {
					rt.Fatalf("%d cases, want %d: %v", len(list), count, err)
				}
				for _, k := range list {
					want, ok, err := hall.Load[hall.Case](c.s.World(), hall.EntityCase, k.ID)
					if err != nil || !ok || !reflect.DeepEqual(k, want) {
						rt.Fatalf("%s is listed as %+v, is %+v", k.ID, k, want)
					}
				}
			},
		})
	})
}
