package hall

import (
	"slices"
	"testing"
	"time"
)

func TestWindows(t *testing.T) {
	m := newMemory()
	a := m.issue(t, "social", ClassOrdinary)
	callAs := func(staff, window string) Op {
		return m.op(CallNext, window, clerk(staff), "counter-"+window, CallNextBody{})
	}
	closeAs := func(staff, window string, pause bool) Op {
		return m.op(CloseWindow, window, clerk(staff), "counter-"+window, CloseWindowBody{Pause: pause})
	}
	openAs := func(staff, window, terminal string) Op {
		return m.op(OpenWindow, window, clerk(staff), terminal, OpenWindowBody{})
	}
	m.refuse(t, "window_closed", callAs("S1", "1"))
	m.refuse(t, "unknown_window", callAs("S1", "99"))
	m.refuse(t, "unknown_window", openAs("S1", "99", "counter-1"))
	m.refuse(t, "window_not_yours", openAs("S1", "10", "counter-10"))
	m.refuse(t, "unknown_group", m.op(OpenWindow, "1", clerk("S1"), "counter-1", OpenWindowBody{Groups: []string{"x"}}))
	m.must(t, openAs("S1", "1", "counter-1"))
	m.idle(t, openAs("S1", "1", "counter-1"))
	m.refuse(t, "window_taken", openAs("S2", "1", "counter-9"))
	m.refuse(t, "window_not_yours", callAs("S2", "1"))
	m.must(t, closeAs("S1", "1", true))
	m.idle(t, closeAs("S1", "1", true))
	m.refuse(t, "window_paused", callAs("S1", "1"))
	m.must(t, openAs("S1", "1", "counter-1"))
	if k := m.next(t, "1", "S1"); k.ID != a {
		t.Errorf("called %s", k.ID)
	}
	m.refuse(t, "ticket_in_hand", callAs("S1", "1"))
	m.refuse(t, "ticket_in_hand", closeAs("S1", "1", false))
	// The counter was killed and comes back; then another clerk takes over at it.
	m.idle(t, openAs("S1", "1", "counter-1"))
	m.must(t, openAs("S2", "1", "counter-1"))
	if w := load[Window](t, m, EntityWindow, "1"); w.Ticket != a || w.Staff != "S2" {
		t.Errorf("window %+v", w)
	}
	m.refuse(t, "window_not_yours", m.act(StartService, a, "1", "S1"))
	m.must(t, m.act(MissTicket, a, "1", "S2"))
	m.must(t, closeAs("S2", "1", false))
	m.idle(t, closeAs("S2", "1", false))
	// A ticket in hand of yesterday holds nobody up.
	m.must(t, openAs("S2", "1", "counter-1"))
	m.issue(t, "social", ClassOrdinary)
	m.next(t, "1", "S2")
	m.now = m.now.AddDate(0, 0, 1)
	m.must(t, m.op(TakeTicket, "T-next", citizen, "kiosk-1", m.slip(t, "social", ClassOrdinary)))
	m.must(t, openAs("S2", "1", "counter-1"))
	if k := m.next(t, "1", "S2"); k.ID != "T-next" {
		t.Errorf("the next day calls %s", k.ID)
	}
	m.now = m.now.AddDate(0, 0, 1)
	m.must(t, m.op(TakeTicket, "T-third", citizen, "kiosk-1", m.slip(t, "social", ClassOrdinary)))
	if k := m.next(t, "1", "S2"); k.ID != "T-third" {
		t.Errorf("the third day, without opening again, calls %s", k.ID)
	}
}

func TestRecallMissRequeue(t *testing.T) {
	m := newMemory()
	m.cat.Queue.Policy = PolicyFirstCome
	var ids []string
	for range 5 {
		ids = append(ids, m.issue(t, "social", ClassOrdinary))
	}
	m.open(t, "1", "S1")
	k := m.next(t, "1", "S1")
	m.refuse(t, "recall_too_soon", m.act(Recall, k.ID, "1", "S1"))
	for range 2 {
		m.now = m.now.Add(10 * time.Second)
		m.must(t, m.act(Recall, k.ID, "1", "S1"))
	}
	m.now = m.now.Add(10 * time.Second)
	m.refuse(t, "calls_used_up", m.act(Recall, k.ID, "1", "S1"))
	m.refuse(t, "ticket_state", m.act(RequeueTicket, k.ID, "1", "S1"))
	m.must(t, m.act(MissTicket, k.ID, "1", "S1"))
	m.refuse(t, "ticket_state", m.act(Recall, k.ID, "1", "S1"))
	m.must(t, m.act(RequeueTicket, k.ID, "1", "S1"))
	m.idle(t, m.act(RequeueTicket, k.ID, "1", "S1"))
	var called []string
	var why Text
	for range 3 {
		s := m.serve(t, "1", "S1")
		called, why = append(called, s.ID), s.Why
	}
	if want := []string{ids[1], ids[2], ids[0]}; !slices.Equal(called, want) || why.Code != WhyRequeued {
		t.Errorf("called %v because %v, want %v", called, why, want)
	}
	if again := m.ticket(t, k.ID); again.Calls != 4 || again.CallsBefore != 3 {
		t.Errorf("calls %d of which earlier %d", again.Calls, again.CallsBefore)
	}
	// Once only; after that only by name.
	second := m.next(t, "1", "S1")
	m.must(t, m.act(MissTicket, second.ID, "1", "S1"))
	m.must(t, m.act(RequeueTicket, second.ID, "1", "S1"))
	m.now = m.now.Add(time.Minute)
	last := m.next(t, "1", "S1")
	m.must(t, m.act(MissTicket, last.ID, "1", "S1"))
	again := m.next(t, "1", "S1") // nobody else: it need not wait for two more
	if again.ID != second.ID {
		t.Fatalf("called %s, want %s", again.ID, second.ID)
	}
	m.must(t, m.act(MissTicket, again.ID, "1", "S1"))
	m.refuse(t, "requeues_used_up", m.act(RequeueTicket, again.ID, "1", "S1"))
	m.refuse(t, "nobody_waiting", m.op(CallNext, "1", clerk("S1"), "counter-1", CallNextBody{}))
	m.must(t, m.op(CallNext, "1", clerk("S1"), "counter-1", CallNextBody{Ticket: again.ID}))
	if k := m.ticket(t, again.ID); k.State != TicketCalled || k.Why.Code != WhyNamed {
		t.Errorf("%s because %v", k.State, k.Why)
	}
}

func TestNamedCalls(t *testing.T) {
	m := newMemory()
	a, b, c := m.issue(t, "social", ClassOrdinary), m.issue(t, "social", ClassOrdinary), m.issue(t, "house", ClassOrdinary)
	m.open(t, "1", "S1")
	named := func(id string) Op { return m.op(CallNext, "1", clerk("S1"), "counter-1", CallNextBody{Ticket: id}) }
	m.refuse(t, "unknown_ticket", named("T9"))
	m.refuse(t, "group_not_served", named(c))
	m.must(t, named(b))
	m.must(t, m.act(StartService, b, "1", "S1"))
	m.must(t, m.act(FinishService, b, "1", "S1"))
	m.refuse(t, "ticket_not_waiting", named(b))
	if k := m.next(t, "1", "S1"); k.ID != a {
		t.Errorf("then %s", k.ID)
	}
}

func TestHoldResumeTransferVoid(t *testing.T) {
	m := newMemory()
	m.cat.Queue.Policy = PolicyFirstCome
	a, b := m.issue(t, "social", ClassOrdinary), m.issue(t, "social", ClassOrdinary)
	m.open(t, "1", "S1")
	m.open(t, "2", "S2")
	m.next(t, "1", "S1")
	m.refuse(t, "ticket_state", m.act(HoldTicket, a, "1", "S1"))
	m.refuse(t, "ticket_state", m.act(FinishService, a, "1", "S1"))
	m.must(t, m.act(StartService, a, "1", "S1"))
	m.refuse(t, "ticket_elsewhere", m.act(HoldTicket, a, "2", "S2"))
	m.refuse(t, "window_not_yours", m.act(HoldTicket, a, "1", "S2"))
	m.must(t, m.act(HoldTicket, a, "1", "S1"))
	m.next(t, "1", "S1")
	m.refuse(t, "ticket_in_hand", m.act(ResumeTicket, a, "1", "S1"))
	m.must(t, m.act(ResumeTicket, a, "2", "S2"))
	m.idle(t, m.act(ResumeTicket, a, "2", "S2"))
	m.refuse(t, "ticket_state", m.act(ResumeTicket, b, "2", "S2"))
	if k := m.ticket(t, a); k.Window != "2" || k.State != TicketServing {
		t.Errorf("%s at %s", k.State, k.Window)
	}
	move := func(group string, first bool) Op {
		return m.op(TransferTicket, a, clerk("S2"), "counter-2", TransferTicketBody{Window: "2", Group: group, First: first})
	}
	m.refuse(t, "unknown_group", move("x", false))
	m.refuse(t, "same_group", move("social", false))
	m.must(t, move("house", false))
	k := m.ticket(t, a)
	if k.State != TicketTransferred || k.Group != "house" || k.Home != "social" || k.Number != "A001" || k.Window != "" {
		t.Errorf("transferred %+v", k)
	}
	c := m.issue(t, "house", ClassPriority)
	m.open(t, "10", "S2")
	q, _ := m.Queue(today)
	if got := idsOf(q.Order("10", m.cat, m.now)); !slices.Equal(got, []string{a, c}) {
		t.Errorf("by arrival it stands at %v", got)
	}
	m.refuse(t, "window_not_yours", m.act(VoidTicket, b, "1", "S2")) // in hand of window 1
	m.must(t, m.act(VoidTicket, b, "1", "S1"))
	m.idle(t, m.act(VoidTicket, b, "1", "S1"))
	if w := load[Window](t, m, EntityWindow, "1"); w.Ticket != "" || !w.Open {
		t.Errorf("window after void %+v", w)
	}
	m.must(t, m.act(VoidTicket, c, "", "S2"))
	m.refuse(t, "ticket_state", m.act(RequeueTicket, c, "", "S2"))
	m.refuse(t, "unknown_ticket", m.act(VoidTicket, "T9", "", "S2"))
}

func TestTransferToTheFront(t *testing.T) {
	m := newMemory()
	p := m.issue(t, "house", ClassPriority)
	a := m.issue(t, "social", ClassOrdinary)
	m.open(t, "1", "S1")
	m.next(t, "1", "S1")
	m.must(t, m.act(StartService, a, "1", "S1"))
	m.must(t, m.op(TransferTicket, a, clerk("S1"), "counter-1", TransferTicketBody{Window: "1", Group: "house", First: true}))
	m.open(t, "10", "S2")
	if k := m.next(t, "10", "S2"); k.ID != a || k.Why.Code != WhyTransferredFirst || k.Behind != 0 {
		t.Errorf("called %s because %v, want %s before %s", k.ID, k.Why, a, p)
	}
}

func TestRatings(t *testing.T) {
	m := newMemory()
	id := m.issue(t, "social", ClassOrdinary)
	rate := func(b RateBody) Op { return m.op(Rate, id, citizen, "counter-1", b) }
	m.refuse(t, "not_served", rate(RateBody{Level: 1, Channel: "evaluator"}))
	m.open(t, "1", "S1")
	m.serve(t, "1", "S1")
	for name, b := range map[string]RateBody{
		"level 6": {Level: 6, Channel: "evaluator"}, "level -1": {Level: -1, Channel: "evaluator"}, "no channel": {Level: 1},
		"an empty option": {Level: 4, Channel: "qr", Options: []string{""}}, "options without a level": {Channel: "qr", Options: []string{"a"}},
		"too many options": {Level: 4, Channel: "qr", Options: make([]string, 21)},
	} {
		if out := m.do(t, rate(b)); out.Reason.Code != "malformed" {
			t.Errorf("%s: %s %v", name, out.Status, out.Reason)
		}
	}
	m.must(t, rate(RateBody{Level: 4, Channel: "screen", Options: []string{"slow"}}))
	if !BadRating(4) || !BadRating(5) || BadRating(3) || BadRating(NotRated) {
		t.Error("which ratings are bad")
	}
	m.refuse(t, "unknown_ticket", m.op(Rate, "T9", citizen, "counter-1", RateBody{Level: 1, Channel: "qr"}))
}

func TestCloseDay(t *testing.T) {
	m := newMemory()
	m.cat.Queue.Policy = PolicyFirstCome
	var ids []string
	for range 6 {
		ids = append(ids, m.issue(t, "social", ClassOrdinary))
	}
	m.open(t, "1", "S1")
	m.open(t, "2", "S2")
	m.serve(t, "1", "S1")
	m.next(t, "1", "S1")
	m.must(t, m.act(MissTicket, ids[1], "1", "S1"))
	m.next(t, "1", "S1")
	m.must(t, m.act(StartService, ids[2], "1", "S1"))
	m.next(t, "2", "S2")
	closing := func(day string) Op { return m.op(CloseDay, day, system, AtCentre, CloseDayBody{Day: day}) }
	m.refuse(t, "day_not_begun", closing("2026-11-24"))
	m.refuse(t, "malformed", m.op(CloseDay, today, system, AtCentre, CloseDayBody{Day: "2026-11-22"}))
	m.now = at("17:30")
	m.must(t, closing(today))
	want := []TicketState{TicketDone, TicketAbandoned, TicketDone, TicketAbandoned, TicketAbandoned, TicketAbandoned}
	for i, id := range ids {
		if k := m.ticket(t, id); k.State != want[i] {
			t.Errorf("%s is %s, want %s", id, k.State, want[i])
		}
	}
	for _, w := range []string{"1", "2"} {
		if w := load[Window](t, m, EntityWindow, w); w.Open || w.Ticket != "" {
			t.Errorf("window %+v", w)
		}
	}
	m.idle(t, closing(today))
	// Closing a day late leaves what was opened today.
	m.now = at("08:50").AddDate(0, 0, 1)
	m.open(t, "1", "S1")
	m.idle(t, closing(today))
}
