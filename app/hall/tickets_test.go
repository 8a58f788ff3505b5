package hall

import (
	"encoding/json"
	"testing"
	"time"
)

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
	later := m.slip(t, "social", ClassOrdinary)
	later.Number, later.Seq = good.Number, good.Seq
	m.refuse(t, "number_not_owned", m.op(TakeTicket, "T-before", citizen, "kiosk-1", later))
	row := m.row + 1
	m.must(t, m.op(TakeTicket, "T1", citizen, "kiosk-1", good))
	if k := m.ticket(t, "T1"); k.Order != row || k.State != TicketIssued || !k.IssuedAt.Equal(m.now) || k.Home != "social" {
		t.Errorf("ticket %+v", k)
	}
	m.idle(t, m.op(TakeTicket, "T1", citizen, "kiosk-1", good))
	for locale, want := range map[string]string{"": "", "pt": "pt", "zh-Hant": "zh-Hant", "fr": "", "<b>": ""} {
		body := m.slip(t, "social", ClassOrdinary)
		body.Locale = locale
		m.must(t, m.op(TakeTicket, "T-locale-"+locale, citizen, "kiosk-1", body))
		if got := m.ticket(t, "T-locale-"+locale).Locale; got != want {
			t.Errorf("a number taken in %q is of somebody who speaks %q", locale, got)
		}
	}

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
	m.refuse(t, "too_early", m.op(AppointmentNoShow, "AP1", system, AtCentre, AppointmentNoShowBody{}))
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
