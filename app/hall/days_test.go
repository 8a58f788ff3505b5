package hall

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Fifty windows press «next» for everyone: nobody is called twice, nobody is
// lost, and replaying the log gives the same queue.
func TestManyWindowsCallEachOnce(t *testing.T) {
	const windows, people = 50, 1000
	m := newMemory()
	m.cat.Queue.Policy = PolicyRatio
	m.cat.Windows, m.cat.Staff = nil, nil
	for w := range windows {
		m.cat.Windows = append(m.cat.Windows, WindowDef{ID: fmt.Sprint(w), Name: names("x"), Groups: []string{"social", "house"}})
	}
	issued := map[string]bool{}
	for i := range people {
		id := m.issue(t, []string{"social", "house"}[i%2], []Class{ClassOrdinary, ClassPriority}[i%3%2])
		issued[id] = true
	}
	if len(issued) != people {
		t.Fatalf("%d numbers for %d people", len(issued), people)
	}
	for w := range windows {
		m.open(t, fmt.Sprint(w), "S1")
	}
	called := map[string]bool{}
	for i := 0; len(called) < people; i++ {
		k := m.serve(t, fmt.Sprint(i*7%windows), "S1")
		if called[k.ID] || !issued[k.ID] {
			t.Fatalf("%s called again or never issued", k.ID)
		}
		called[k.ID] = true
	}
	q, _ := m.Queue(today)
	again := NewQueue(today)
	for _, c := range m.log {
		if err := again.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(again.Tickets(), again.Windows()) != fmt.Sprint(q.Tickets(), q.Windows()) {
		t.Error("the replayed log gives another queue")
	}
}

// A random day by random clerks keeps its rules, and its log replays.
func TestRandomDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory()
		m.cat.Queue.Policy = rapid.SampledFrom(Policies()).Draw(rt, "policy")
		for _, w := range []string{"1", "2", "10"} {
			m.open(t, w, "S2")
		}
		var ids []string
		for range rapid.IntRange(10, 80).Draw(rt, "steps") {
			m.now = m.now.Add(time.Duration(rapid.IntRange(0, 120).Draw(rt, "seconds")) * time.Second)
			window := rapid.SampledFrom([]string{"1", "2", "10"}).Draw(rt, "window")
			kind := rapid.SampledFrom([]Kind{TakeTicket, TakeTicket, CallNext, CallNext, Recall, StartService, StartService, MissTicket,
				RequeueTicket, HoldTicket, ResumeTicket, TransferTicket, FinishService, FinishService, VoidTicket, Rate}).Draw(rt, "kind")
			if kind == TakeTicket || len(ids) == 0 {
				ids = append(ids, m.issue(t, rapid.SampledFrom([]string{"social", "house"}).Draw(rt, "group"),
					rapid.SampledFrom([]Class{ClassOrdinary, ClassPriority}).Draw(rt, "class")))
				continue
			}
			m.random(t, rt, kind, window, rapid.SampledFrom(ids).Draw(rt, "ticket"))
			m.check(rt)
		}
		q, _ := m.Queue(today)
		replay := NewQueue(today)
		for _, c := range m.log {
			if err := replay.Apply(c); err != nil {
				rt.Fatal(err)
			}
		}
		for _, w := range []string{"1", "2", "10"} {
			if fmt.Sprint(q.Order(w, m.cat, m.now)) != fmt.Sprint(replay.Order(w, m.cat, m.now)) {
				rt.Fatalf("window %s: the replayed log gives another order", w)
			}
		}
		if q.Stats("social") != replay.Stats("social") {
			rt.Fatalf("measured %+v, replayed %+v", q.Stats("social"), replay.Stats("social"))
		}
	})
}

func (m *memory) random(t testing.TB, rt *rapid.T, kind Kind, window, ticket string) {
	switch kind {
	case CallNext:
		named := ""
		if rapid.IntRange(0, 5).Draw(rt, "named") == 0 {
			named = ticket
		}
		m.do(t, m.op(CallNext, window, clerk("S2"), "counter-"+window, CallNextBody{Ticket: named}))
	case TransferTicket:
		m.do(t, m.op(kind, ticket, clerk("S2"), "counter-"+window, TransferTicketBody{Window: window,
			Group: rapid.SampledFrom([]string{"social", "house"}).Draw(rt, "to"), First: rapid.Bool().Draw(rt, "first")}))
	case Rate:
		m.do(t, m.op(kind, ticket, citizen, "counter-"+window, RateBody{Level: rapid.IntRange(0, 5).Draw(rt, "level"), Channel: "evaluator"}))
	default:
		m.do(t, m.act(kind, ticket, window, "S2"))
	}
}

// check holds what must be true after every operation.
func (m *memory) check(rt *rapid.T) {
	q, _ := m.Queue(today)
	inHand := map[string]string{}
	for _, w := range q.Windows() {
		if w.Ticket == "" {
			continue
		}
		k, ok := q.Ticket(w.Ticket)
		if !ok || !k.InHand() || k.Window != w.ID || inHand[k.ID] != "" {
			rt.Fatalf("window %s has %s, which is %s at %s", w.ID, k.ID, k.State, k.Window)
		}
		inHand[k.ID] = w.ID
	}
	for _, k := range q.Tickets() {
		if k.InHand() && inHand[k.ID] == "" {
			rt.Fatalf("%s is %s at window %s, which does not have it", k.ID, k.State, k.Window)
		}
		if k.Behind != 0 && !k.Waiting() {
			rt.Fatalf("%s is %s and still stands behind %d", k.ID, k.State, k.Behind)
		}
		if stored, ok, err := Load[Ticket](m, EntityTicket, k.ID); err != nil || !ok || fmt.Sprint(stored) != fmt.Sprint(k) {
			rt.Fatalf("%s differs between queue and store", k.ID)
		}
	}
}
