package hall

import (
	"slices"
	"strconv"
	"time"
)

// takeTicket issues a ticket (取号). The slip is already in the person's hand:
// as long as the terminal owned the number, the ticket is taken in.
func (d *decision) takeTicket(body TakeTicketBody) error {
	t, ok, err := d.arriving(body)
	if !ok || err != nil {
		return err
	}
	return d.emitTicket(issuedEvent(t, "ticket.issued"), t)
}

func issuedEvent(t Ticket, usual string) string {
	if t.Note.Code == NoteNumberConflict {
		return "ticket.number_conflict"
	}
	return usual
}

// Notes on tickets: codes of Ticket.Note.
const (
	NoteNumberConflict = "number_conflict" // number: printed twice, by a copied terminal
	NoteUnknownGroup   = "unknown_group"   // the group is no longer in the catalogue
	NoteDayOver        = "day_over"        // arrived when its day was already over
	NoteClosedWithDay  = "closed_with_day" // still being served when the day was closed
	// "appointment_<outcome>" with slot: why an appointment gave no preference.
)

// arriving makes the ticket of a slip; not ok when the outcome is settled.
func (d *decision) arriving(body TakeTicketBody) (t Ticket, ok bool, err error) {
	if what := body.fault(); what != "" {
		d.reject("malformed", "what", what)
		return t, false, nil
	}
	if old, known, err := Load[Ticket](d.w, EntityTicket, d.op.Entity); known || err != nil {
		if err == nil {
			d.noop("ticket_known", "number", old.Number)
		}
		return t, false, err
	}
	if owned, err := d.owns(body); !owned || err != nil {
		if err == nil {
			d.reject("number_not_owned", "number", body.Number)
		}
		return t, false, err
	}
	t = Ticket{
		ID: d.op.Entity, Number: body.Number, Day: body.Day, Group: body.Group, Home: body.Group,
		Item: body.Item, Class: body.Class, State: TicketIssued, Order: d.ctx.order(),
		Terminal: d.op.Terminal, Offline: body.Offline, IssuedAt: d.now, TakenAt: d.op.Stamp,
	}
	if slices.Contains(Locales(), body.Locale) {
		t.Locale = body.Locale
	}
	if t.Class != ClassPriority {
		t.Class = ClassOrdinary // an appointment is proved by check_in alone
	}
	return t, true, d.annotate(&t)
}

// annotate notes what a person has to look after.
func (d *decision) annotate(t *Ticket) error {
	if _, ok := d.cat.Group(t.Group); !ok {
		t.Note = text(NoteUnknownGroup)
	}
	if t.Day < DayOf(d.now) {
		t.State, t.DoneAt, t.Note = TicketAbandoned, d.now, text(NoteDayOver)
	}
	twice, err := numberTaken(d.w, t.Day, t.Number)
	if err != nil {
		return err
	}
	if twice {
		t.Note = text(NoteNumberConflict, "number", t.Number)
	}
	return nil
}

// fault names what is not well formed, or "".
func (b TakeTicketBody) fault() string {
	prefix, seq, err := ParseNumber(b.Number)
	switch {
	case err != nil || FormatNumber(prefix, seq) != b.Number || seq != b.Seq:
		return "number"
	case !isDay(b.Day):
		return "day"
	case b.Group == "" || len(b.Group) > 64:
		return "group"
	case b.Lease == "":
		return "lease"
	case b.Class != ClassPriority && b.Class != ClassOrdinary && b.Class != ClassAppointment:
		return "class"
	}
	return ""
}

// owns reports whether the terminal owns the number that it printed.
func (d *decision) owns(b TakeTicketBody) (bool, error) {
	lease, ok, err := Load[Lease](d.w, EntityLease, b.Lease)
	if err != nil {
		return false, err
	}
	if !ok {
		return d.ctx.Overlay(), nil
	}
	return lease.Terminal == d.op.Terminal && lease.Day == b.Day && lease.Group == b.Group &&
		lease.From <= b.Seq && b.Seq <= lease.To && b.Number == FormatNumber(lease.Prefix, b.Seq), nil
}

// checkIn issues the ticket of an appointment (预约取号). Whatever is wrong with
// the appointment, the slip is printed: then it is an ordinary ticket with a
// note that says why.
func (d *decision) checkIn(body CheckInBody) error {
	t, ok, err := d.arriving(body.TakeTicketBody)
	if !ok || err != nil {
		return err
	}
	a, known, err := Load[Appointment](d.w, EntityAppointment, body.Appointment)
	if err != nil {
		return err
	}
	came := d.witnessed()
	outcome := "unknown"
	if known {
		outcome = CheckInOutcome(a.beforeNoShow(), d.cat.Booking, came)
		t.Appointment = a.ID
	}
	if outcome != OnTime {
		if t.Note.Code == "" {
			t.Note = text("appointment_"+outcome, "slot", a.Slot)
		}
		return d.emitTicket(issuedEvent(t, "ticket.issued"), t)
	}
	t.SlotAt = a.SlotAt
	if t.Class != ClassPriority {
		t.Class = ClassAppointment
	}
	if err := d.emitTicket(issuedEvent(t, "ticket.checked_in"), t); err != nil {
		return err
	}
	if a.State == NoShow {
		if err := d.forgiveNoShow(a); err != nil {
			return err
		}
	}
	a.State, a.Ticket = CheckedIn, t.ID
	return d.emit(FeedCheckIn, "appointment.checked_in", EntityAppointment, a.ID, a)
}

// beforeNoShow looks at an appointment as it was before its deadline ran: a
// person who checked in on time at a terminal without a line is no no-show.
func (a Appointment) beforeNoShow() Appointment {
	if a.State == NoShow {
		a.State = Booked
	}
	return a
}

// Outcomes of a check-in.
const (
	OnTime    = "on_time"
	Early     = "early"
	Late      = "late"
	WrongDay  = "wrong_day"
	Used      = "used"
	WasCancel = "cancelled"
)

// CheckInOutcome says what checking in to an appointment now would give:
// on_time, early, late, wrong_day, used or cancelled. The window is
// [slot − EarlyMinutes, slot + LateMinutes], both ends inside.
func CheckInOutcome(a Appointment, rules BookingRules, now time.Time) string {
	opens, closes := CheckInWindow(a, rules)
	switch {
	case a.State == CheckedIn || a.State == Completed:
		return Used
	case a.State == Cancelled || a.State == Rescheduled:
		return WasCancel
	case DayOf(now) != a.Day:
		return WrongDay
	case now.Before(opens):
		return Early
	case a.State == NoShow || now.After(closes):
		return Late
	}
	return OnTime
}

// CheckInWindow is when an appointment can be checked in.
func CheckInWindow(a Appointment, rules BookingRules) (opens, closes time.Time) {
	return a.SlotAt.Add(-time.Duration(rules.EarlyMinutes) * time.Minute),
		a.SlotAt.Add(time.Duration(rules.LateMinutes) * time.Minute)
}

// slipPrinted keeps what became of a slip. A reprint (补打) is counted.
func (d *decision) slipPrinted(body SlipPrintedBody) error {
	switch body.Outcome {
	case "confirmed", "parsed", "failed", "unknown":
	default:
		d.reject("malformed", "what", "outcome")
		return nil
	}
	t, ok, err := Load[Ticket](d.w, EntityTicket, d.op.Entity)
	if err != nil {
		return err
	}
	if !ok {
		d.reject("unknown_ticket")
		return nil
	}
	s, _, err := Load[Slip](d.w, EntitySlip, t.ID)
	if err != nil {
		return err
	}
	if s.Job == body.Job && s.Outcome == body.Outcome {
		return nil
	}
	event := "slip.printed"
	if body.Reprint && s.Job != body.Job {
		s.Reprints++
		event = "slip.reprinted"
	}
	s.Ticket, s.Job, s.Outcome = t.ID, body.Job, body.Outcome
	return d.emit(FeedRating, event, EntitySlip, t.ID, s)
}

// The most numbers that one lease may hold. The online reserve is small, so
// that numbers follow arrival.
const (
	maxLease  = 500
	maxOnline = 20
)

func mostLeased(offline bool) int {
	if offline {
		return maxLease
	}
	return maxOnline
}

// leaseDaysAhead is how early a terminal may own the numbers of a day.
// Terminals ask for today and tomorrow.
const leaseDaysAhead = 2

// leaseNumbers gives a terminal numbers of its own (号段). No number of a
// series is ever given twice; what is not used stays a gap.
func (d *decision) leaseNumbers(body LeaseNumbersBody) error {
	group, ok := d.cat.Group(body.Group)
	if !ok {
		d.reject("unknown_group")
		return nil
	}
	prefix, day, ok := SplitSeries(d.op.Entity)
	switch {
	case !ok || body.Series != d.op.Entity || body.Day != day ||
		prefix[:1] != group.Prefix || (len(prefix) == 2) != body.Offline:
		d.reject("malformed", "what", "series")
		return nil
	case body.Count < 1 || body.Count > mostLeased(body.Offline):
		d.reject("lease_size", "max", strconv.Itoa(mostLeased(body.Offline)))
		return nil
	case day < DayOf(d.now) || day > DayOf(d.now.AddDate(0, 0, leaseDaysAhead)):
		d.reject("lease_day", "day", day)
		return nil
	}
	s, _, err := Load[Series](d.w, EntitySeries, d.op.Entity)
	if err != nil {
		return err
	}
	if mine, err := d.mayLease(s, prefix); !mine || err != nil {
		return err
	}
	return d.grant(s, body, prefix)
}

// mayLease keeps a terminal's own letter to itself.
func (d *decision) mayLease(s Series, prefix string) (bool, error) {
	if len(prefix) == 1 {
		return true, nil
	}
	if s.Terminal != "" && s.Terminal != d.op.Terminal {
		d.reject("series_of_other")
		return false, nil
	}
	t, ok, err := Load[Terminal](d.w, EntityTerminal, d.op.Terminal)
	if err != nil {
		return false, err
	}
	if ok && t.Letter != prefix[1:] {
		d.reject("series_of_other")
		return false, nil
	}
	return true, nil
}

func (d *decision) grant(s Series, body LeaseNumbersBody, prefix string) error {
	d.newTerm(&s, skipQueue, body.Day <= d.ctx.grantedUntil())
	from := d.from(&s, body.Count)
	lease := Lease{
		ID: string(d.op.ID), Series: body.Series, Group: body.Group, Day: body.Day,
		Terminal: d.op.Terminal, Offline: body.Offline,
		From: from, To: from + body.Count - 1, Prefix: prefix,
	}
	s.ID = body.Series
	if body.Offline {
		s.Terminal = d.op.Terminal
	}
	if err := d.emit(FeedLease, "series.leased", EntitySeries, s.ID, s); err != nil {
		return err
	}
	if err := d.emit(FeedLease, "lease.granted", EntityLease, lease.ID, lease); err != nil {
		return err
	}
	return d.result(LeaseResult{Lease: lease})
}
