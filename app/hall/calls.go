package hall

import (
	"slices"
	"strconv"
	"time"
)

// callNext calls the next person to a window (叫号), or a named one.
func (d *decision) callNext(body CallNextBody) error {
	w, ok, err := d.windowAtWork(d.op.Entity)
	if !ok || err != nil {
		return err
	}
	if d.handFull(w) {
		return nil
	}
	day := DayOf(d.now)
	q, err := d.w.Queue(day)
	if err != nil {
		return err
	}
	t, run, ok := d.pick(q, w, body.Ticket)
	if !ok {
		return nil
	}
	t.State, t.Window, t.Staff = TicketCalled, w.ID, w.Staff
	t.CallsBefore, t.Calls, t.CalledAt = t.Calls, t.Calls+1, d.now
	if t.FirstCalledAt.IsZero() {
		t.FirstCalledAt = d.now
	}
	t.Behind = 0
	if err := d.emitTicket("ticket.called", t); err != nil {
		return err
	}
	w.Ticket, w.Number, w.Day, w.Since, w.Run = t.ID, t.Number, day, d.now, run
	if err := d.emitWindow("window.called", w); err != nil {
		return err
	}
	if err := d.moveUp(q, t); err != nil {
		return err
	}
	return d.result(CallResult{Ticket: t})
}

// pick finds who is called and why, and where the round of the ratio stands.
func (d *decision) pick(q *Queue, w Window, named string) (Ticket, int, bool) {
	v := q.view(w.ID, d.cat)
	v.run = w.Run
	if len(w.Groups) > 0 {
		v.groups = w.Groups
	}
	if named != "" {
		return d.pickNamed(q, v, named)
	}
	c := q.caller(v, d.cat, d.now)
	next, ok := c.next()
	if !ok {
		d.reject("nobody_waiting")
		return Ticket{}, 0, false
	}
	next.Ticket.Why = next.Why
	return next.Ticket, c.run, true
}

// pickNamed is the only way back for a missed number besides re-entry, so
// that nobody is called again by accident.
func (d *decision) pickNamed(q *Queue, v view, id string) (Ticket, int, bool) {
	t, ok := q.Ticket(id)
	switch {
	case !ok:
		d.reject("unknown_ticket")
	case !t.Waiting() && t.State != TicketMissed:
		d.reject("ticket_not_waiting", "number", t.Number, "state", string(t.State))
	case !slices.Contains(v.groups, t.Group):
		d.reject("group_not_served", "number", t.Number)
	default:
		t.Why = Text{Code: WhyNamed}
		return t, v.run, true
	}
	return Ticket{}, 0, false
}

// moveUp counts the call for those who re-entered behind others of the group.
func (d *decision) moveUp(q *Queue, called Ticket) error {
	var err error
	q.group(called.Group).delayed.each(func(_ place, t *Ticket) bool {
		if t.ID == called.ID {
			return true
		}
		moved := *t
		moved.Behind--
		err = d.emitTicket("ticket.moved_up", moved)
		return err == nil
	})
	return err
}

// inHand loads the ticket of an act at a window and the window that has it.
func (d *decision) inHand(body TicketActBody, states ...TicketState) (t Ticket, w Window, ok bool, err error) {
	t, ok, err = d.ticket()
	if !ok || err != nil {
		return t, w, false, err
	}
	if !slices.Contains(states, t.State) {
		d.wrongState(t)
		return t, w, false, nil
	}
	if body.Window != "" && body.Window != t.Window {
		d.reject("ticket_elsewhere", "number", t.Number, "window", t.Window)
		return t, w, false, nil
	}
	w, known, err := Load[Window](d.w, EntityWindow, t.Window)
	if err != nil {
		return t, w, false, err
	}
	if !known || w.Ticket != t.ID {
		d.reject("ticket_elsewhere", "number", t.Number, "window", t.Window)
		return t, w, false, nil
	}
	return t, w, d.mayActAt(w), nil
}

func (d *decision) ticket() (Ticket, bool, error) {
	t, ok, err := Load[Ticket](d.w, EntityTicket, d.op.Entity)
	if !ok && err == nil {
		d.reject("unknown_ticket")
	}
	return t, ok, err
}

func (d *decision) wrongState(t Ticket) {
	d.reject("ticket_state", "number", t.Number, "state", string(t.State))
}

// recall calls the same person again.
func (d *decision) recall(body TicketActBody) error {
	t, w, ok, err := d.inHand(body, TicketCalled, TicketRecalled)
	if !ok || err != nil {
		return err
	}
	rules := d.cat.Queue
	if most := rules.MaxCalls; most > 0 && t.Calls-t.CallsBefore >= most {
		d.reject("calls_used_up", "max", strconv.Itoa(most))
		return nil
	}
	pause := time.Duration(rules.RecallSeconds) * time.Second
	if left := pause - d.now.Sub(t.CalledAt); left > 0 {
		d.reject("recall_too_soon", "seconds", strconv.Itoa(int((left+time.Second-1)/time.Second)))
		return nil
	}
	t.State, t.Calls, t.CalledAt = TicketRecalled, t.Calls+1, d.now
	w.Since = d.now
	if err := d.emitTicket("ticket.recalled", t); err != nil {
		return err
	}
	return d.emitWindow("window.called", w)
}

// startService: the person is at the window (办理中).
func (d *decision) startService(body TicketActBody) error {
	t, w, ok, err := d.inHand(body, TicketCalled, TicketRecalled, TicketServing)
	if !ok || err != nil || t.State == TicketServing {
		return err
	}
	t.State, t.ServedAt, t.Staff = TicketServing, d.now, w.Staff
	w.Since = d.now
	if err := d.emitTicket("ticket.started", t); err != nil {
		return err
	}
	return d.emitWindow("window.serving", w)
}

// missTicket: nobody came (过号).
func (d *decision) missTicket(body TicketActBody) error {
	t, w, ok, err := d.inHand(body, TicketCalled, TicketRecalled)
	if !ok || err != nil {
		return err
	}
	t.State = TicketMissed
	return d.letGo("ticket.missed", t, w)
}

// letGo writes a ticket that leaves its window, and the free window.
func (d *decision) letGo(event string, t Ticket, w Window) error {
	if err := d.emitTicket(event, t); err != nil {
		return err
	}
	w.Ticket, w.Number, w.Day, w.Since = "", "", "", d.now
	return d.emitWindow("window.freed", w)
}

// requeueTicket lets a missed person wait again, behind so many numbers.
func (d *decision) requeueTicket(TicketActBody) error {
	t, ok, err := d.ticket()
	if !ok || err != nil {
		return err
	}
	rules := d.cat.Queue
	switch {
	case t.Waiting() && t.Requeues > 0:
		return nil
	case t.State != TicketMissed:
		d.wrongState(t)
		return nil
	case t.Requeues >= rules.MaxRequeues:
		d.reject("requeues_used_up", "number", t.Number, "max", strconv.Itoa(rules.MaxRequeues))
		return nil
	}
	t.State, t.Window, t.Staff = TicketIssued, "", ""
	t.Behind = max(rules.RequeueBehind, 0)
	t.Requeues++
	return d.emitTicket("ticket.requeued", t)
}

// holdTicket sets a service aside (挂起); the window is free meanwhile.
func (d *decision) holdTicket(body TicketActBody) error {
	t, w, ok, err := d.inHand(body, TicketServing)
	if !ok || err != nil {
		return err
	}
	t.State = TicketHeld
	return d.letGo("ticket.held", t, w)
}

// resumeTicket goes on with a service that was set aside, at this window.
func (d *decision) resumeTicket(body TicketActBody) error {
	t, ok, err := d.ticket()
	if !ok || err != nil {
		return err
	}
	at := body.Window
	if at == "" {
		at = t.Window
	}
	if t.State == TicketServing && t.Window == at {
		return nil
	}
	if t.State != TicketHeld {
		d.wrongState(t)
		return nil
	}
	w, ok, err := d.windowAtWork(at)
	if !ok || err != nil || d.handFull(w) {
		return err
	}
	t.State, t.Window, t.Staff = TicketServing, w.ID, w.Staff
	if err := d.emitTicket("ticket.resumed", t); err != nil {
		return err
	}
	w.Ticket, w.Number, w.Day, w.Since = t.ID, t.Number, t.Day, d.now
	return d.emitWindow("window.serving", w)
}

// transferTicket sends a person on to another group (转窗). The number stays,
// and so does the place by arrival; First puts it before everyone.
func (d *decision) transferTicket(body TransferTicketBody) error {
	t, w, ok, err := d.inHand(TicketActBody{Window: body.Window}, TicketServing)
	if !ok || err != nil {
		return err
	}
	if _, known := d.cat.Group(body.Group); !known {
		d.reject("unknown_group")
		return nil
	}
	if body.Group == t.Group {
		d.reject("same_group", "number", t.Number)
		return nil
	}
	t.State, t.Group, t.Window, t.Staff, t.Behind = TicketTransferred, body.Group, "", "", 0
	t.ServedAt = time.Time{}
	if body.First {
		t.Behind = -1
	}
	return d.letGo("ticket.transferred", t, w)
}

// finishService ends a service (服务结束); the evaluator may ask now.
func (d *decision) finishService(body TicketActBody) error {
	t, w, ok, err := d.finishing(body)
	if !ok || err != nil {
		return err
	}
	t.State, t.DoneAt = TicketDone, d.now
	if err := d.letGo("ticket.done", t, w); err != nil {
		return err
	}
	return d.completeAppointment(t)
}

func (d *decision) finishing(body TicketActBody) (Ticket, Window, bool, error) {
	t, ok, err := Load[Ticket](d.w, EntityTicket, d.op.Entity)
	if err != nil {
		return t, Window{}, false, err
	}
	if ok && t.State == TicketDone {
		return t, Window{}, false, nil
	}
	return d.inHand(body, TicketServing)
}

// completeAppointment follows a ticket that gave its appointment preference.
func (d *decision) completeAppointment(t Ticket) error {
	if t.Appointment == "" {
		return nil
	}
	a, ok, err := Load[Appointment](d.w, EntityAppointment, t.Appointment)
	if !ok || err != nil || a.State != CheckedIn || a.Ticket != t.ID {
		return err
	}
	a.State = Completed
	return d.emit(FeedCheckIn, "appointment.completed", EntityAppointment, a.ID, a)
}

// voidTicket takes an open ticket out (作废).
func (d *decision) voidTicket(body TicketActBody) error {
	t, ok, err := d.ticket()
	if !ok || err != nil {
		return err
	}
	if t.State == TicketVoid {
		return nil
	}
	if t.Closed() {
		d.wrongState(t)
		return nil
	}
	held := t.InHand()
	t.State, t.DoneAt, t.Behind = TicketVoid, d.now, 0
	if !held {
		return d.emitTicket("ticket.void", t)
	}
	w, _, err := Load[Window](d.w, EntityWindow, t.Window)
	if err != nil {
		return err
	}
	if w.Ticket != t.ID {
		return d.emitTicket("ticket.void", t)
	}
	if !d.mayActAt(w) {
		return nil
	}
	return d.letGo("ticket.void", t, w)
}
