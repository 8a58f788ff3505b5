package hall

import "slices"

// openWindow: a clerk begins work at a window, or goes on after a pause. A
// counter that was killed opens again and finds the ticket in hand.
func (d *decision) openWindow(body OpenWindowBody) error {
	def, ok := d.cat.Window(d.op.Entity)
	if !ok {
		d.reject("unknown_window", "window", d.op.Entity)
		return nil
	}
	for _, g := range body.Groups {
		if _, ok := d.cat.Group(g); !ok {
			d.reject("unknown_group")
			return nil
		}
	}
	if !d.mayWorkAt(def.ID) {
		return nil
	}
	w, _, err := Load[Window](d.w, EntityWindow, def.ID)
	if err != nil {
		return err
	}
	if w.Open && !w.Paused && w.Staff != d.op.Actor.ID && w.Terminal != d.op.Terminal {
		d.reject("window_taken", "window", def.ID)
		return nil
	}
	if w.Open && !w.Paused && w.Staff == d.op.Actor.ID && w.Terminal == d.op.Terminal &&
		slices.Equal(w.Groups, body.Groups) && (w.Ticket == "" || w.Day == DayOf(d.now)) {
		return nil
	}
	if w.Ticket != "" && w.Day != DayOf(d.now) {
		w.Ticket, w.Number, w.Day = "", "", ""
	}
	if DayOf(w.Since) != DayOf(d.now) {
		w.Run = 0
	}
	if !w.Open || w.Ticket == "" {
		w.Since = d.now
	}
	w.ID, w.Open, w.Paused = def.ID, true, false
	w.Staff, w.Terminal, w.Groups = d.op.Actor.ID, d.op.Terminal, body.Groups
	return d.emitWindow("window.opened", w)
}

// mayWorkAt keeps staff to the windows that the catalogue gives them.
func (d *decision) mayWorkAt(window string) bool {
	s, known := d.cat.StaffByID(d.op.Actor.ID)
	if known && len(s.Windows) > 0 && !slices.Contains(s.Windows, window) {
		d.reject("window_not_yours", "window", window)
		return false
	}
	return true
}

// closeWindow: work at a window ends or pauses. It may pause with a person in
// hand, but not end.
func (d *decision) closeWindow(body CloseWindowBody) error {
	w, ok, err := Load[Window](d.w, EntityWindow, d.op.Entity)
	if err != nil {
		return err
	}
	if !ok || !w.Open || body.Pause && w.Paused {
		return nil
	}
	if !d.mayActAt(w) {
		return nil
	}
	if body.Pause {
		w.Paused, w.Since = true, d.now
		return d.emitWindow("window.paused", w)
	}
	if d.handFull(w) {
		return nil
	}
	return d.emitWindow("window.closed", Window{ID: w.ID, Since: d.now})
}

// windowAtWork loads a window that is open for calls by this actor.
func (d *decision) windowAtWork(id string) (w Window, ok bool, err error) {
	if _, known := d.cat.Window(id); !known {
		d.reject("unknown_window", "window", id)
		return w, false, nil
	}
	w, _, err = Load[Window](d.w, EntityWindow, id)
	switch {
	case err != nil:
		return w, false, err
	case !w.Open:
		d.reject("window_closed", "window", id)
		return w, false, nil
	case w.Paused:
		d.reject("window_paused", "window", id)
		return w, false, nil
	}
	return w, d.mayActAt(w), nil
}

// mayActAt: at an open window only its clerk acts; the hall manager and the
// system may close it.
func (d *decision) mayActAt(w Window) bool {
	a := d.op.Actor
	if a.Kind == ActorStaff && a.Role == RoleClerk && w.Staff != "" && w.Staff != a.ID {
		d.reject("window_not_yours", "window", w.ID)
		return false
	}
	return true
}

// handFull rejects when the window has a ticket of today in hand.
func (d *decision) handFull(w Window) bool {
	if w.Ticket == "" || w.Day != DayOf(d.now) {
		return false
	}
	d.reject("ticket_in_hand", "window", w.ID, "number", w.Number)
	return true
}

// closeDay closes what is left of a day: who still waits has left (弃号), who
// is being served is done, and the windows close.
func (d *decision) closeDay(body CloseDayBody) error {
	if body.Day != d.op.Entity || !isDay(body.Day) {
		d.reject("malformed", "what", "day")
		return nil
	}
	if body.Day > DayOf(d.now) {
		d.reject("day_not_begun", "day", body.Day)
		return nil
	}
	q, err := d.w.Queue(body.Day)
	if err != nil {
		return err
	}
	if err := d.closeTickets(q); err != nil {
		return err
	}
	for _, w := range q.Windows() {
		if w.Ticket != "" && w.Day > body.Day || !w.Open && w.Ticket == "" {
			continue
		}
		if w.Ticket == "" && DayOf(w.Since) > body.Day {
			continue
		}
		if err := d.emitWindow("window.closed", Window{ID: w.ID, Since: d.now}); err != nil {
			return err
		}
	}
	return nil
}

func (d *decision) closeTickets(q *Queue) error {
	for _, t := range q.In(TicketIssued, TicketTransferred, TicketCalled, TicketRecalled, TicketMissed, TicketHeld, TicketServing) {
		event := "ticket.abandoned"
		if t.State == TicketServing || t.State == TicketHeld {
			event = "ticket.done"
			t.State, t.Note = TicketDone, text(NoteClosedWithDay)
		} else {
			t.State = TicketAbandoned
		}
		t.DoneAt, t.Behind = d.now, 0
		if err := d.emitTicket(event, t); err != nil {
			return err
		}
		if t.State == TicketDone {
			if err := d.completeAppointment(t); err != nil {
				return err
			}
		}
	}
	return nil
}
