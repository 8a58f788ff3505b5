package hall

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestKindTable(t *testing.T) {
	seen := map[Kind]bool{}
	for _, k := range Kinds() {
		if seen[k.Kind] || rules[k.Kind] == nil || k.Schema < 1 || len(k.Roles) == 0 || len(k.Terminals) == 0 || k.Aggregate == "" {
			t.Errorf("row of %s is not whole", k.Kind)
		}
		if k.Lane != "hall" && k.Lane != "shared" {
			t.Errorf("%s: lane %q", k.Kind, k.Lane)
		}
		if k.Offline != (k.Nature == Witness) {
			t.Errorf("%s: only what has happened can be done without the writer", k.Kind)
		}
		seen[k.Kind] = true
	}
	if len(seen) != len(rules) {
		t.Errorf("%d kinds, %d rules", len(seen), len(rules))
	}
	witnesses := []Kind{TakeTicket, CheckIn, SlipPrinted, Rate}
	for _, k := range Kinds() {
		if (k.Nature == Witness) != slices.Contains(witnesses, k.Kind) {
			t.Errorf("%s is a %s", k.Kind, k.Nature)
		}
	}
	for _, c := range []struct {
		kind     Kind
		role     Role
		terminal string
		may      bool
	}{
		{TakeTicket, RoleCitizen, AtKiosk, true},
		{TakeTicket, RoleCitizen, "display", false},
		{CallNext, RoleClerk, AtCounter, true},
		{CallNext, RoleClerk, AtKiosk, false},
		{CallNext, RoleCitizen, AtCounter, false},
		{Rate, RoleCitizen, AtEvaluator, true},
		{Rate, RoleClerk, AtCounter, false}, // never by the clerk's side
		{CloseDay, RoleSystem, AtCentre, true},
		{CloseDay, RoleHallManager, AtCentre, false},
		{PublishCatalogue, RoleClerk, AtCentre, false},
		{"demolish", RoleSysAdmin, AtCentre, false},
	} {
		if May(c.kind, c.role, c.terminal) != c.may {
			t.Errorf("%s by %s at %s: may %v", c.kind, c.role, c.terminal, !c.may)
		}
	}
}

// The half-day of one person with and one without an appointment.
func TestHalfDay(t *testing.T) {
	m := newMemory()
	m.book(t, "AP1", "09:30")
	ordinary := m.issue(t, "social", ClassOrdinary)
	m.now = at("09:10")
	body := CheckInBody{TakeTicketBody: m.slip(t, "social", ClassAppointment), Appointment: "AP1", Way: "card"}
	m.must(t, m.op(CheckIn, body.Number, citizen, "kiosk-1", body))
	if a := load[Appointment](t, m, EntityAppointment, "AP1"); a.State != CheckedIn || a.Ticket != body.Number {
		t.Errorf("appointment %s with ticket %s", a.State, a.Ticket)
	}
	m.open(t, "1", "S1")
	first := m.next(t, "1", "S1")
	if first.ID != body.Number || fmt.Sprint(first.Why) != fmt.Sprint(text(WhyAppointmentFirst, "slot", "09:30", "before", ordinary)) {
		t.Fatalf("called %s because %v", first.ID, first.Why)
	}
	m.now = at("09:11")
	m.must(t, m.act(Recall, first.ID, "1", "S1"))
	m.must(t, m.act(StartService, first.ID, "1", "S1"))
	m.idle(t, m.act(StartService, first.ID, "1", "S1"))
	m.now = at("09:20")
	m.must(t, m.act(FinishService, first.ID, "1", "S1"))
	m.idle(t, m.act(FinishService, first.ID, "1", "S1"))
	done := m.ticket(t, first.ID)
	if done.State != TicketDone || done.Calls != 2 || !done.FirstCalledAt.Equal(at("09:10")) || !done.CalledAt.Equal(at("09:11")) || done.Staff != "S1" {
		t.Errorf("done ticket %+v", done)
	}
	if a := load[Appointment](t, m, EntityAppointment, "AP1"); a.State != Completed {
		t.Errorf("appointment %s", a.State)
	}
	m.must(t, m.op(Rate, first.ID, citizen, "counter-1", RateBody{Level: 2, Channel: "evaluator"}))
	m.idle(t, m.op(Rate, first.ID, citizen, "counter-1", RateBody{Level: 5, Channel: "evaluator"}))
	r := load[Rating](t, m, EntityRating, first.ID)
	if r.Level != 2 || r.Staff != "S1" || r.Window != "1" || r.Number != body.Number {
		t.Errorf("rating %+v", r)
	}
	if next := m.serve(t, "1", "S1"); next.ID != ordinary {
		t.Errorf("then %s", next.ID)
	}
	m.must(t, m.op(Rate, ordinary, device, "counter-1", RateBody{Channel: "evaluator"}))
	if r := load[Rating](t, m, EntityRating, ordinary); r.Level != NotRated {
		t.Errorf("no key gives level %d", r.Level)
	}
}

func TestTakeTicket(t *testing.T) {
	m := newMemory()
	good := m.slip(t, "social", ClassOrdinary)
	with := func(change func(*TakeTicketBody)) TakeTicketBody {
		b := good
		change(&b)
		return b
	}
	for _, c := range []struct {
		name, terminal, code string
		body                 TakeTicketBody
	}{
		{"no number", "kiosk-1", "malformed", with(func(b *TakeTicketBody) { b.Number = "" })},
		{"another spelling", "kiosk-1", "malformed", with(func(b *TakeTicketBody) { b.Number = "A1" })},
		{"number and seq differ", "kiosk-1", "malformed", with(func(b *TakeTicketBody) { b.Seq = 2 })},
		{"no day", "kiosk-1", "malformed", with(func(b *TakeTicketBody) { b.Day = "2026-11-31" })},
		{"no class", "kiosk-1", "malformed", with(func(b *TakeTicketBody) { b.Class = "vip" })},
		{"no lease", "kiosk-1", "malformed", with(func(b *TakeTicketBody) { b.Lease = "" })},
		{"made-up lease", "kiosk-1", "number_not_owned", with(func(b *TakeTicketBody) { b.Lease = "x" })},
		{"outside the lease", "kiosk-1", "number_not_owned", with(func(b *TakeTicketBody) { b.Number, b.Seq = "A002", 2 })},
		{"another letter", "kiosk-1", "number_not_owned", with(func(b *TakeTicketBody) { b.Number = "B001" })},
		{"another group", "kiosk-1", "number_not_owned", with(func(b *TakeTicketBody) { b.Group = "house" })},
		{"another terminal's lease", "kiosk-2", "number_not_owned", good},
		{"another day", "kiosk-1", "number_not_owned", with(func(b *TakeTicketBody) { b.Day = "2026-11-24" })},
	} {
		out := m.do(t, m.op(TakeTicket, "T-"+c.name, citizen, c.terminal, c.body))
		if out.Status != Rejected || out.Reason.Code != c.code || len(out.Changes) != 0 {
			t.Errorf("%s: %s %v, want %s", c.name, out.Status, out.Reason, c.code)
		}
	}
	row := m.row + 1
	m.must(t, m.op(TakeTicket, "T1", citizen, "kiosk-1", good))
	if k := m.ticket(t, "T1"); k.Order != row || k.State != TicketIssued || !k.IssuedAt.Equal(m.now) || k.Home != "social" {
		t.Errorf("ticket %+v", k)
	}
	m.idle(t, m.op(TakeTicket, "T1", citizen, "kiosk-1", good))

	// An overlay has no leases to read; a wrong number it would still notice at the writer.
	out, err := Step(newMemory(), m.op(TakeTicket, "T9", citizen, "kiosk-1", good), Context{Now: m.now, Row: OverlayRow + 1})
	if err != nil || out.Status != Applied {
		t.Errorf("overlay: %s %v %v", out.Status, out.Reason, err)
	}
}

func TestWitnessedSlipsAreNeverLost(t *testing.T) {
	t.Run("a copied terminal prints a number again", func(t *testing.T) {
		m := newMemory()
		body := m.slip(t, "social", ClassOrdinary)
		m.must(t, m.op(TakeTicket, "T1", citizen, "kiosk-1", body))
		out := m.must(t, m.op(TakeTicket, "T2", citizen, "kiosk-1", body))
		if k := m.ticket(t, "T2"); k.Note.Code != NoteNumberConflict || out.Changes[0].Event != "ticket.number_conflict" || !k.Waiting() {
			t.Errorf("second ticket %v, event %s", k.Note, out.Changes[0].Event)
		}
		if q, _ := m.Queue(today); len(q.AllByNumber(body.Number)) != 2 || q.WaitingIn("social") != 2 {
			t.Error("one of the two is lost")
		}
	})
	t.Run("the group has gone", func(t *testing.T) {
		m := newMemory()
		body := m.slip(t, "house", ClassOrdinary)
		m.cat.Groups = m.cat.Groups[:1]
		m.must(t, m.op(TakeTicket, "T1", citizen, "kiosk-1", body))
		if k := m.ticket(t, "T1"); k.Note.Code != NoteUnknownGroup || !k.Waiting() {
			t.Errorf("%s %v", k.State, k.Note)
		}
	})
	t.Run("it comes the day after", func(t *testing.T) {
		m := newMemory()
		body := m.slip(t, "social", ClassOrdinary)
		m.now = m.now.AddDate(0, 0, 1)
		m.must(t, m.op(TakeTicket, "T1", citizen, "kiosk-1", body))
		if k := m.ticket(t, "T1"); k.State != TicketAbandoned || k.Note.Code != NoteDayOver || k.Day != today {
			t.Errorf("%s %s %v", k.Day, k.State, k.Note)
		}
	})
	t.Run("an ordinary slip cannot claim an appointment", func(t *testing.T) {
		m := newMemory()
		id := m.issue(t, "social", ClassAppointment)
		if k := m.ticket(t, id); k.Class != ClassOrdinary {
			t.Errorf("class %s", k.Class)
		}
	})
}

func TestCheckInOutcomes(t *testing.T) {
	minute := func(clock string) time.Time { return at(clock) }
	for _, c := range []struct {
		name    string
		state   AppointmentState
		now     time.Time
		outcome string
		class   Class
		after   AppointmentState
	}{
		{"first minute of the window", Booked, minute("09:00"), OnTime, ClassAppointment, CheckedIn},
		{"last minute of the window", Booked, minute("09:45"), OnTime, ClassAppointment, CheckedIn},
		{"early", Booked, minute("09:00").Add(-time.Second), Early, ClassOrdinary, Booked},
		{"late", Booked, minute("09:45").Add(time.Second), Late, ClassOrdinary, Booked},
		{"wrong day", Booked, minute("09:30").AddDate(0, 0, 1), WrongDay, ClassOrdinary, Booked},
		{"used", CheckedIn, minute("09:30"), Used, ClassOrdinary, CheckedIn},
		{"over", Completed, minute("09:30"), Used, ClassOrdinary, Completed},
		{"cancelled", Cancelled, minute("09:30"), WasCancel, ClassOrdinary, Cancelled},
		{"no-show already", NoShow, minute("10:30"), Late, ClassOrdinary, NoShow},
	} {
		m := newMemory()
		m.book(t, "AP1", "09:30")
		a := load[Appointment](t, m, EntityAppointment, "AP1")
		a.State = c.state
		raw, _ := json.Marshal(a)
		m.take(t, Outcome{Changes: []Change{{Kind: EntityAppointment, ID: "AP1", Value: raw}}})
		if got := CheckInOutcome(a, m.cat.Booking, c.now); got != c.outcome {
			t.Errorf("%s: %s, want %s", c.name, got, c.outcome)
		}
		m.now = c.now
		body := CheckInBody{TakeTicketBody: m.slip(t, "social", ClassAppointment), Appointment: "AP1", Way: "qr"}
		m.must(t, m.op(CheckIn, "T1", citizen, "kiosk-1", body))
		k := m.ticket(t, "T1")
		note := ""
		if c.outcome != OnTime {
			note = "appointment_" + c.outcome
		}
		if k.Class != c.class || k.Note.Code != note || !k.Waiting() {
			t.Errorf("%s: class %s note %v state %s", c.name, k.Class, k.Note, k.State)
		}
		if a := load[Appointment](t, m, EntityAppointment, "AP1"); a.State != c.after {
			t.Errorf("%s: appointment is %s, want %s", c.name, a.State, c.after)
		}
	}
	m := newMemory()
	body := CheckInBody{TakeTicketBody: m.slip(t, "social", ClassPriority), Appointment: "nobody's"}
	m.must(t, m.op(CheckIn, "T1", citizen, "kiosk-1", body))
	if k := m.ticket(t, "T1"); k.Class != ClassPriority || k.Note.Code != "appointment_unknown" {
		t.Errorf("unknown appointment: class %s note %v", k.Class, k.Note)
	}
}

// A kiosk without a line checks somebody in on time; the writer hears of it
// after the deadline has run.
func TestCheckedInOfflineIsNoNoShow(t *testing.T) {
	m := newMemory()
	m.book(t, "AP1", "09:30")
	person := func() Person {
		b := load[Booking](t, m, EntityBooking, "AP1")
		return load[Person](t, m, EntityPerson, b.Person)
	}
	body := CheckInBody{TakeTicketBody: m.slip(t, "social", ClassAppointment), Appointment: "AP1", Way: "card"}
	m.now = at("09:25")
	late := m.op(CheckIn, "T1", citizen, "kiosk-1", body)
	if len(m.effects) != 1 || m.effects[0].Kind != EffectDeadline || !m.effects[0].Due.Equal(at("09:45")) {
		t.Fatalf("effects %+v", m.effects)
	}
	var deadline Op
	if err := json.Unmarshal(m.effects[0].Payload, &deadline); err != nil {
		t.Fatal(err)
	}
	m.now = at("09:44")
	m.refuse(t, "too_early", deadline)
	m.now = at("09:45")
	m.must(t, deadline)
	m.idle(t, deadline)
	if p := person(); len(p.NoShows) != 1 {
		t.Errorf("no-shows %v", p.NoShows)
	}
	m.now = at("10:30")
	m.must(t, late)
	if a := load[Appointment](t, m, EntityAppointment, "AP1"); a.State != CheckedIn {
		t.Errorf("appointment %s", a.State)
	}
	if k := m.ticket(t, "T1"); k.Class != ClassAppointment || len(person().NoShows) != 0 {
		t.Errorf("class %s, no-shows %v", k.Class, person().NoShows)
	}
	if again := DeadlineOpID("AP1", 1, AppointmentNoShow); again != deadline.ID || again == DeadlineOpID("AP1", 2, AppointmentNoShow) {
		t.Error("the deadline's identity is not its own")
	}
}

func TestUntrustedTimeDoesNotMakeSomebodyLate(t *testing.T) {
	m := newMemory()
	m.book(t, "AP1", "09:30")
	m.now = at("09:20")
	for _, stamp := range []Stamp{{}, {At: at("09:20").AddDate(-10, 0, 0), Trust: TrustUntrusted}, {At: at("09:20").AddDate(10, 0, 0), Trust: TrustSynced}} {
		body := CheckInBody{TakeTicketBody: m.slip(t, "social", ClassAppointment), Appointment: "AP1"}
		op := m.op(CheckIn, body.Number, citizen, "kiosk-1", body)
		op.Stamp = stamp
		out, err := Step(m, op, Context{Now: m.now, Row: m.row + 1})
		if err != nil || out.Changes[0].Event != "ticket.checked_in" {
			t.Errorf("%v: %v %v", stamp.Trust, out.Reason, err)
		}
	}
}

func TestSlipPrinted(t *testing.T) {
	m := newMemory()
	id := m.issue(t, "social", ClassOrdinary)
	print := func(job, outcome string, reprint bool) Op {
		return m.op(SlipPrinted, id, device, "kiosk-1", SlipPrintedBody{Job: job, Outcome: outcome, Reprint: reprint})
	}
	m.must(t, print("J1", "unknown", false))
	m.idle(t, print("J1", "unknown", false))
	m.must(t, print("J1", "confirmed", false))
	m.must(t, print("J2", "confirmed", true))
	m.idle(t, print("J2", "confirmed", true))
	if s := load[Slip](t, m, EntitySlip, id); s.Reprints != 1 || s.Outcome != "confirmed" || s.Job != "J2" {
		t.Errorf("slip %+v", s)
	}
	m.refuse(t, "malformed", print("J3", "perhaps", false))
	m.refuse(t, "unknown_ticket", m.op(SlipPrinted, "T9", device, "kiosk-1", SlipPrintedBody{Outcome: "failed"}))
}

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

func TestMalformedAndForeign(t *testing.T) {
	m := newMemory()
	op := m.op(CallNext, "1", clerk("S1"), "counter-1", CallNextBody{})
	for _, c := range []struct {
		name, code string
		change     func(*Op)
	}{
		{"broken body", "malformed", func(o *Op) { o.Body = json.RawMessage(`{`) }},
		{"no body", "malformed", func(o *Op) { o.Body = nil }},
		{"body of another shape", "malformed", func(o *Op) { o.Body = json.RawMessage(`{"ticket":7}`) }},
		{"no entity", "malformed", func(o *Op) { o.Entity = "" }},
		{"endless entity", "malformed", func(o *Op) { o.Entity = strings.Repeat("x", 129) }},
		{"unknown kind", "unknown_kind", func(o *Op) { o.Kind = "demolish" }},
		{"newer schema", "newer_schema", func(o *Op) { o.Schema = 2 }},
		{"another hall", "other_hall", func(o *Op) { o.Hall = "37020001" }},
		{"another lane", "other_hall", func(o *Op) { o.Lane = "hall/37020001" }},
		{"shared kind in a hall's lane", "malformed", func(o *Op) { o.Kind = EnrolTerminal }},
	} {
		bad := op
		c.change(&bad)
		out := m.do(t, bad)
		if out.Status != Rejected || out.Reason.Code != c.code {
			t.Errorf("%s: %s %v, want %s", c.name, out.Status, out.Reason, c.code)
		}
	}
	m.cat = nil
	m2 := *m
	if out, err := Step(&m2, op, Context{Now: m.now}); err != nil || out.Reason.Code != "no_catalogue" {
		t.Errorf("without a catalogue: %v %v", out.Reason, err)
	}
}

// broken is a World that cannot be read.
type broken struct{ *memory }

var errDisk = errors.New("disk")

func (broken) Entity(EntityKind, string) (json.RawMessage, bool, error) { return nil, false, errDisk }

func TestUnreadableWorldIsAnErrorNotAVerdict(t *testing.T) {
	m := newMemory()
	for _, k := range Kinds() {
		body := map[string]any{}
		entity := "1"
		switch k.Kind {
		case PublishCatalogue:
			body["catalogue"], entity = m.cat, m.cat.Code
		case EnrolTerminal:
			body["role"] = AtKiosk
		case Book:
			for _, f := range []string{"id_lookup", "phone_look", "code_look", "person_look"} {
				body[f] = "x"
			}
		case LeaseNumbers:
			entity = SeriesID("A", today)
			body["series"], body["group"], body["day"], body["count"] = entity, "social", today, 1
		case TakeTicket, CheckIn:
			body = map[string]any{"number": "A001", "seq": 1, "day": today, "group": "social", "lease": "l", "class": "ordinary"}
		case SlipPrinted:
			body["outcome"] = "failed"
		case Rate:
			body["channel"] = "qr"
		case CloseDay:
			continue // reads the queue alone
		}
		op := m.op(k.Kind, entity, clerk("S1"), "counter-1", body)
		op.Sealed = []byte("sealed")
		out, err := Step(broken{m}, op, Context{Now: m.now, Row: 1})
		if !errors.Is(err, errDisk) || len(out.Changes) != 0 {
			t.Errorf("%s: %s %v %v", k.Kind, out.Status, out.Reason, err)
		}
	}
}

// Step gives the same outcome every time, and writes nothing by itself.
func TestStepIsPure(t *testing.T) {
	m := newMemory()
	for range 5 {
		m.issue(t, "social", ClassOrdinary)
	}
	m.open(t, "1", "S1")
	op := m.op(CallNext, "1", clerk("S1"), "counter-1", CallNextBody{})
	ctx := Context{Now: m.now, Row: m.row + 1}
	before := fmt.Sprint(m.entities, m.row)
	one, err := Step(m, op, ctx)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Step(m, op, ctx)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(one)
	b, _ := json.Marshal(two)
	if string(a) != string(b) || fmt.Sprint(m.entities, m.row) != before {
		t.Error("the same operation was decided in two ways, or changed the world")
	}
}

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
