package terminal

import (
	"context"
	"net/http"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/printer"
)

// printWait bounds one print job; the driver has its own shorter time-outs.
const printWait = 60 * time.Second

// Take takes a number for a service without an appointment (取号). Pressed
// twice, it is one number.
func (k *Kiosk) Take(ctx context.Context, r TakeRequest) error {
	defer k.show()
	cat := k.catalogue()
	if cat == nil {
		return refused(deny("no_catalogue"))
	}
	g, ok := cat.Group(r.Group)
	if !ok {
		return Fail(http.StatusNotFound, "group_unknown")
	}
	var item hall.Names
	if r.Item != "" {
		it, ok := cat.Item(r.Item)
		if !ok || it.Group != g.ID {
			return Fail(http.StatusNotFound, "item_unknown")
		}
		item = it.Name
	}
	return k.issue(ctx, TicketDraft{Actor: citizenActor(), Group: g.ID, Item: r.Item,
		Class: hall.ClassOrdinary, Locale: k.locale(r.Locale)}, item)
}

// CheckIn checks in with an appointment that was found for the person of this
// session (预约签到).
func (k *Kiosk) CheckIn(ctx context.Context, r CheckInRequest) error {
	defer k.show()
	cat := k.catalogue()
	if cat == nil {
		return refused(deny("no_catalogue"))
	}
	k.mu.Lock()
	if k.s == nil || !holds(k.s.found, r.Appointment) {
		k.mu.Unlock()
		return Fail(http.StatusNotFound, "appointment_not_open")
	}
	done := k.s.phase == phasePrinting || k.s.phase == phaseTicket
	way := k.s.way
	k.mu.Unlock()
	if done {
		return nil // pressed twice
	}
	raw, ok, err := hall.Load[hall.Appointment](k.Store.World(), hall.EntityAppointment, r.Appointment)
	if err != nil {
		return err
	}
	if !ok {
		return Fail(http.StatusNotFound, "appointment_not_open")
	}
	if a := k.checkInAct(raw, cat, k.now()); !a.Allowed {
		return refused(a)
	}
	it, _ := cat.Item(raw.Item)
	return k.issue(ctx, TicketDraft{Actor: citizenActor(), Group: raw.Group, Item: raw.Item,
		Class: hall.ClassAppointment, Locale: k.locale(r.Locale), Appointment: raw.ID, Way: way}, it.Name)
}

// checkInAct: may this appointment be checked in with now? A late one may: it
// becomes an ordinary ticket (requirements G5), and the page says so.
func (k *Kiosk) checkInAct(a hall.Appointment, cat *hall.Catalogue, now time.Time) Act {
	switch outcome := hall.CheckInOutcome(a, cat.Booking, now); outcome {
	case "on_time", "late":
		return k.takeAct(k.issueAct(cat, now), a.Group)
	case "early":
		return deny("appointment_early", "from", k.checkInFrom(a))
	default:
		return deny("appointment_" + outcome)
	}
}

// checkInFrom is the time from which one can check in, HH:MM.
func (k *Kiosk) checkInFrom(a hall.Appointment) string {
	early := 0
	if cat := k.catalogue(); cat != nil {
		early = cat.Booking.EarlyMinutes
	}
	return a.SlotAt.Add(-time.Duration(early) * time.Minute).In(hall.Zone).Format("15:04")
}

func (k *Kiosk) locale(asked string) string {
	if asked != "" {
		return asked
	}
	return k.Config.Locale
}

// issue spends a number and prints its slip. The printer, the hours and the
// numbers are asked again here, right before the number is spent.
func (k *Kiosk) issue(ctx context.Context, d TicketDraft, item hall.Names) error {
	now := k.now()
	k.mu.Lock()
	if k.s == nil {
		k.open("")
	}
	s := k.s
	if s.phase == phasePrinting || s.phase == phaseTicket && !s.asked {
		k.mu.Unlock()
		return nil // pressed twice: the number is there
	}
	if a := k.takeAct(k.issueAct(k.catalogue(), now), d.Group); !a.Allowed {
		k.mu.Unlock()
		return refused(a)
	}
	before := s.phase
	s.phase, s.notice, s.asked, s.ticket = phasePrinting, nil, false, nil
	if s.person != nil {
		person := *s.person
		d.Person = &person
	}
	k.touch()
	k.mu.Unlock()

	// The page may go away; the number is being spent all the same. Who spends it
	// also prints: nothing else is done between the press and the first byte.
	done := make(chan error, 1)
	ctx = context.WithoutCancel(ctx)
	if !k.spawn(func(life context.Context) { k.spend(ctx, life, s, before, d, item, done) }) {
		k.unspent(s, before)
		return Fail(http.StatusServiceUnavailable, store.CodeClosed) // the program ends
	}
	late := time.NewTimer(tellAfter)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		k.show()
		return <-done
	}
}

// tellAfter: a number that is spent sooner is shown with its slip, without a view
// of its own before it.
const tellAfter = 50 * time.Millisecond

// spend writes the number and its job down, in one transaction because the printer
// was just ready, says so, and prints the slip.
func (k *Kiosk) spend(ctx, life context.Context, s *session, before string, d TicketDraft, item hall.Names, done chan<- error) {
	d.Begun = true
	issued, err := k.Store.Issue(ctx, d)
	if d.Person != nil {
		*d.Person = hall.PersonSealed{}
	}
	if err != nil {
		k.unspent(s, before)
		done <- k.storeProblem(err, hall.TakeTicket)
		return
	}
	k.Metrics.issued(d.Class, issued.Offline)
	k.mu.Lock()
	if k.s == s {
		s.job = issued.Job
		s.ticket = &KioskTicket{ID: issued.Ticket, Number: issued.Number, Class: d.Class, Offline: issued.Offline, Slip: "printing"}
	}
	k.mu.Unlock()
	done <- nil
	k.print(life, s, Job{ID: issued.Job, Ticket: issued.Ticket, Begun: d.Begun}, k.slip(issued.Ticket, d.Locale, item))
}

// unspent goes back to where the session was before a number that was not spent.
func (k *Kiosk) unspent(s *session, before string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != s {
		return
	}
	s.phase = before
	if before == phaseTicket {
		s.phase = phaseChoose
	}
}

// slip gathers what the slip of a ticket says, once its number is durable.
// Nothing on it tells who the person is.
func (k *Kiosk) slip(ticket, locale string, item hall.Names) print.Slip {
	now := k.now()
	cat, q := k.catalogue(), k.queue(now)
	t, _ := q.Ticket(ticket)
	ahead := q.Ahead(t.ID, cat, now)
	wait := waitOf(q, cat, t.Group, ahead, now)
	g, _ := cat.Group(t.Group)
	s := print.Slip{Locale: locale, Hall: cat.Name, Number: t.Number, Group: g.Name, Item: item, Class: t.Class,
		Ahead: ahead, Wait: print.Wait{Known: wait.Known, Low: wait.Low, High: wait.High}, Offline: t.Offline, At: now,
		MaxCalls: cat.Queue.MaxCalls,
		Code:     hall.EncodeCode(hall.Code{Type: hall.CodeTicket, Hall: cat.Code, Day: t.Day, Value: t.ID})}
	if !t.SlotAt.IsZero() && t.Class == hall.ClassAppointment {
		s.Appointment = t.SlotAt.In(hall.Zone).Format("15:04")
	}
	if cat.Queue.MaxRequeues > 0 {
		s.Behind = cat.Queue.RequeueBehind
	}
	return s
}

// print prints the slip and records what became of it.
func (k *Kiosk) print(life context.Context, s *session, job Job, slip print.Slip) {
	ctx, cancel := context.WithTimeout(life, printWait)
	defer cancel()
	slip.Reprint = job.Reprint
	outcome, err := k.roll(ctx, printer.Job{ID: job.ID, Doc: k.layout(slip),
		Begin: func() error {
			if job.Begun {
				return nil
			}
			return k.Store.JobBegun(ctx, job.ID)
		}})
	if err != nil {
		k.Logger.Warn("slip not certainly printed", "ticket", job.Ticket, "job", job.ID, "outcome", outcome, "err", err)
	}
	k.Metrics.slip(outcome)
	// Also when the program is about to stop: it must not look like a begun job.
	if err := k.Store.JobEnded(context.WithoutCancel(life), job.ID, string(outcome)); err != nil {
		k.Logger.Error("outcome of a slip could not be written down", "job", job.ID, "err", err)
	}
	k.mu.Lock()
	if s == nil {
		k.owe(job.Ticket, slip.Number, outcome)
	} else if k.s == s && s.ticket != nil {
		s.ticket.Slip = string(outcome)
		s.phase, s.notice = phaseTicket, slipNotice(outcome, slip.Number)
		k.touch()
	}
	k.mu.Unlock()
	k.show()
}

// slipNotice is what a person is told of a slip that is not certainly out.
func slipNotice(outcome printer.Outcome, number string) *Notice {
	switch outcome {
	case printer.NotPrinted:
		return notice(devices.Error, "slip_failed", "number", number)
	case printer.Unknown:
		return notice(devices.Warn, "slip_unknown", "number", number)
	}
	return nil
}

// owed is a slip of before a restart of which the page has not told yet that it
// is not certainly out.
type owed struct {
	ticket, number string
	outcome        printer.Outcome
}

// owe notes a slip that went wrong while the page belonged to somebody else;
// k.mu is held.
func (k *Kiosk) owe(ticket, number string, outcome printer.Outcome) {
	if slipNotice(outcome, number) != nil {
		k.owes = append(k.owes, owed{ticket, number, outcome})
	}
}

// tellOwed tells of one such slip as soon as nobody is here.
func (k *Kiosk) tellOwed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != nil || len(k.owes) == 0 {
		return
	}
	o := k.owes[0]
	k.owes = k.owes[1:]
	k.tell(KioskTicket{ID: o.ticket, Number: o.number, Slip: string(o.outcome)}, "", o.outcome)
}

// tell opens the page on a slip of before, for the person who may still stand
// there; whoever comes next need not ask. k.mu is held.
func (k *Kiosk) tell(t KioskTicket, job string, outcome printer.Outcome) {
	k.open("")
	k.s.phase, k.s.job, k.s.asked = phaseTicket, job, true
	k.s.ticket, k.s.notice = &t, slipNotice(outcome, t.Number)
	k.touch()
}

// printerWait: how long a slip of before a restart waits for the printer.
const printerWait = 20 * time.Second

// resumeJobs prints the slips that were waiting for the printer just before a
// restart: the person may still stand there. The store has settled the others;
// nothing that has begun is printed again. A number is spent with its job begun, so
// that these are jobs of an earlier version of the program.
func (k *Kiosk) resumeJobs(ctx context.Context) {
	jobs, err := k.Store.OpenJobs(ctx)
	if err != nil {
		k.Logger.Error("open print jobs cannot be read", "err", err)
		return
	}
	for _, job := range jobs {
		if job.Begun {
			continue // of this life: whoever spent the number prints it
		}
		if !k.resumeJob(ctx, job) && ctx.Err() == nil {
			if err := k.Store.JobEnded(ctx, job.ID, string(printer.NotPrinted)); err != nil {
				k.Logger.Error("outcome of a slip could not be written down", "job", job.ID, "err", err)
			}
			if t, ok := k.queue(k.now()).Ticket(job.Ticket); ok && t.Waiting() {
				k.mu.Lock()
				k.owe(t.ID, t.Number, printer.NotPrinted)
				k.mu.Unlock()
			}
		}
	}
}

// lostFor: how long after a kill the person is told what became of the slip.
const lostFor = 2 * time.Minute

// tellLost shows the number whose slip was being printed when the program was
// killed: it counts, with or without paper.
func (k *Kiosk) tellLost(ctx context.Context) {
	lost, err := k.Store.LostJobs(ctx, lostFor)
	if err != nil {
		k.Logger.Error("lost print jobs cannot be read", "err", err)
		return
	}
	if len(lost) == 0 {
		return
	}
	t, ok := k.queue(k.now()).Ticket(lost[0].Ticket)
	if !ok || !t.Waiting() {
		return
	}
	k.mu.Lock()
	if k.s == nil {
		k.tell(KioskTicket{ID: t.ID, Number: t.Number, Slip: string(printer.Unknown)}, lost[0].ID, printer.Unknown)
	}
	k.mu.Unlock()
	k.show()
}

func (k *Kiosk) resumeJob(ctx context.Context, job Job) bool {
	wait, cancel := context.WithTimeout(ctx, printerWait)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		if t, ok := k.queue(k.now()).Ticket(job.Ticket); ok && !t.Closed() && k.catalogue() != nil && k.printerAct().Allowed {
			tick.Stop()
			break
		}
		select {
		case <-tick.C:
		case <-wait.Done():
			tick.Stop()
			return false
		}
	}
	slip := k.slip(job.Ticket, k.Config.Locale, nil)
	k.mu.Lock()
	var s *session
	if k.s == nil || k.s.phase == phaseTicket && k.s.asked { // what was told of another slip makes room
		if k.s != nil {
			k.wipe()
		}
		k.open("")
		s = k.s
		s.phase, s.job = phasePrinting, job.ID
		s.ticket = &KioskTicket{ID: job.Ticket, Number: slip.Number, Slip: "printing"}
	}
	k.mu.Unlock()
	k.show()
	k.print(ctx, s, job, slip)
	return true
}
