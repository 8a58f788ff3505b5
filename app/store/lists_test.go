package store

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

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
	check := func(when string, in int) {
		t.Helper()
		n, err := st.s.PaperCounts(ctx, []string{"civil"}, noon.Add(73*time.Hour))
		if want := (PaperCounts{Out: 300 - in, Overdue: 300 - in}); err != nil || n != want {
			t.Errorf("%s: %+v, want %+v: %v", when, n, want, err)
		}
		batches, err := st.s.BatchesOf(ctx, []string{"civil", "police"}, 100, hall.PapersOut, hall.PapersBack)
		if err != nil || len(batches) != 100 || batches[0] != hall.BatchID(labelled(in+1).Number, "civil") || batches[99] != hall.BatchID(labelled(in+100).Number, "civil") {
			t.Errorf("%s: batches %v: %v", when, batches, err)
		}
	}
	check("known", 0)
	before, err := st.s.Papers(ctx, labelled(1).ID())
	if err != nil || before[0] == nil {
		t.Fatal(before, err)
	}
	if again, err := st.s.Papers(ctx, labelled(1).ID()); err != nil || again[0] != before[0] {
		t.Errorf("nothing changed, and the paper was read again: %v", err)
	}
	for n := 1; n <= 40; n++ {
		if _, err := st.s.Propose(ctx, scan(n)); err != nil {
			t.Fatal(err)
		}
	}
	check("scanned", 40)
	after, err := st.s.Papers(ctx, labelled(1).ID(), labelled(41).ID(), "no such")
	if err != nil || after[0].Custody != hall.AtHall || after[1].Custody != hall.InTransit || after[2] != nil {
		t.Errorf("papers %+v: %v", after, err)
	}
	if before[0].Custody != hall.InTransit {
		t.Error("a paper that was given out was changed")
	}
	batches, err := st.s.Batches(ctx, hall.BatchID(labelled(1).Number, "civil"), hall.BatchID(labelled(41).Number, "civil"))
	if err != nil || batches[0].State != hall.BatchIn || batches[1].State != hall.BatchOut {
		t.Errorf("batches %+v: %v", batches, err)
	}
	if n, err := st.s.PaperCounts(ctx, []string{"police"}, noon); err != nil || n != (PaperCounts{}) {
		t.Errorf("papers of another department: %+v %v", n, err)
	}
	st.reopen()
	check("after a start", 40)
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
	trips := func(when string, sent int) {
		t.Helper()
		all, err := st.s.Consignments(ctx, "trip-1")
		if err != nil || all[0] == nil || (all[0].State == hall.ConsignmentSent) != (sent > 0) {
			t.Errorf("trips %s %+v: %v", when, all[0], err)
		}
		if out, err := st.s.TripsSent(ctx, "civil", 20); err != nil || len(out) != sent {
			t.Errorf("trips on the road %s %v: %v", when, out, err)
		}
	}
	trips("begun", 0)
	st.reopen()
	trips("after a start", 0)
	if _, err := st.s.Propose(ctx, Draft{Kind: hall.SendConsignment, Entity: "trip-1", Actor: signOut, Body: hall.SendConsignmentBody{Courier: "O1"}}); err != nil {
		t.Fatal(err)
	}
	trips("sent", 1)
	for _, v := range st.drain() {
		if v.Status != hall.Applied {
			t.Errorf("%s: %s %v", v.OpID, v.Status, v.Reason)
		}
	}
	st.pull()
	if trips("after the verdict", 1); len(st.s.WorkList()) != 0 {
		t.Errorf("work %+v", st.s.WorkList())
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
			q    CaseQuery
			list int
		}{
			"all":      {CaseQuery{}, 12},
			"received": {CaseQuery{Keep: func(c *hall.Case) bool { return c.State == hall.CaseReceived }}, 6},
			"begun":    {CaseQuery{Lists: []hall.CaseList{hall.CasesBegun}}, 12},
			"done":     {CaseQuery{Lists: []hall.CaseList{hall.CasesDone}}, 0},
			"clerk":    {CaseQuery{Lists: []hall.CaseList{hall.CasesOf("S1"), hall.CasesBegun}}, 12},
			"limit":    {CaseQuery{Limit: 5}, 5},
			"number":   {CaseQuery{Text: " 010101000003 "}, 1},
			"of list":  {CaseQuery{Text: "010101000003", Lists: []hall.CaseList{hall.CasesDone}}, 0},
			"part":     {CaseQuery{Text: "00000"}, 6},
			"none":     {CaseQuery{Text: "99999"}, 0},
		} {
			list, err := c.s.Cases(ctx, q.q)
			if err != nil || len(list) != q.list {
				t.Errorf("%s, %s: %d, want %d: %v", when, name, len(list), q.list, err)
			}
		}
	}
	check("pending")
	c.meet()
	check("confirmed")
	c.reopen()
	check("after a start")
}
