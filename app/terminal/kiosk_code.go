package terminal

import (
	"context"
	"errors"
	"net/http"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/scanner"
	"hallway/sync/seal"
)

// code handles one scan (扫码): an appointment's code, a slip's code, or
// something that is not ours.
func (k *Kiosk) code(ctx context.Context, sc scanner.Scan) {
	if sc.Broken {
		k.codeError("code_damaged")
		return
	}
	if number, err := progressNumberOf(sc.Text); err == nil {
		k.progressCode(number)
		return
	}
	c, err := hall.DecodeCode(sc.Text)
	switch {
	case errors.Is(err, hall.ErrCodeDamaged):
		k.codeError("code_damaged")
		return
	case err != nil:
		k.codeError("code_foreign")
		return
	}
	cat := k.catalogue()
	switch {
	case cat == nil:
		k.codeError("lookup_offline") // this kiosk does not know yet which hall it is in
		return
	case c.Hall != cat.Code:
		k.codeError("code_other_hall")
		return
	}
	switch c.Type {
	case hall.CodeAppointment:
		k.appointmentCode(ctx, sc, c)
	case hall.CodeTicket:
		k.ticketCode(sc, c)
	default:
		k.codeError("code_foreign")
	}
}

// codeError tells what is the matter with a code; the session goes on.
func (k *Kiosk) codeError(code string, pairs ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.admit("", arrival{}) {
		k.say(devices.Warn, code, pairs...)
	}
}

// appointmentCode: the code of the booking page.
func (k *Kiosk) appointmentCode(ctx context.Context, sc scanner.Scan, c hall.Code) {
	now := k.now()
	if today := hall.DayOf(now); c.Day != today {
		if c.Day < today {
			k.codeError("appointment_past", "day", c.Day)
		} else {
			k.codeError("appointment_wrong_day", "day", c.Day)
		}
		return
	}
	key, known := k.Store.LookupKey(c.Day)
	if !known {
		k.codeError("lookup_offline")
		return
	}
	look := seal.Lookup(key, "qr", c.Value)
	found, err := k.find(ctx, func(a hall.Appointment) bool { return a.CodeLook == look })
	if err != nil {
		k.Logger.Error("appointments cannot be read", "err", err)
		k.codeError("lookup_failed")
		return
	}
	if len(found) == 0 {
		k.codeError(k.notFound("appointment_unknown"))
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	who := "appointment:" + found[0].ID
	if s := k.s; s != nil && s.who != "" && (s.idLook == found[0].IDLookup || holds(s.found, found[0].ID)) {
		who = s.who // the same person, known by the card
	}
	if !k.admit(who, arrival{scan: &sc}) {
		return
	}
	if k.s.person == nil {
		k.s.way = "qr"
	}
	k.s.ticket, k.s.asked = nil, false
	k.offer(found, true, nil, now)
}

// ticketCode: the code of a slip; where is this number now?
func (k *Kiosk) ticketCode(sc scanner.Scan, c hall.Code) {
	now := k.now()
	if c.Day != "" && c.Day != hall.DayOf(now) {
		k.codeError("ticket_other_day", "day", c.Day)
		return
	}
	t, ok := k.queue(now).Ticket(c.Value)
	if !ok {
		k.codeError("ticket_unknown")
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.admit("ticket:"+t.ID, arrival{scan: &sc}) {
		return
	}
	s := k.s
	s.phase, s.notice, s.asked = phaseTicket, nil, true
	s.ticket = &KioskTicket{ID: t.ID}
	k.touch()
}

// Requeue puts the missed number that was scanned back into the queue (过号重排).
func (k *Kiosk) Requeue(ctx context.Context) error {
	defer k.show()
	k.mu.Lock()
	s := k.s
	if s == nil || !s.asked || s.ticket == nil {
		k.mu.Unlock()
		return Fail(http.StatusConflict, "session_over")
	}
	id := s.ticket.ID
	k.touch()
	k.mu.Unlock()
	if a := k.requeueAct(id); a == nil || !a.Allowed {
		if a == nil {
			return Fail(http.StatusConflict, "refused_now", "why", "not_missed")
		}
		return refused(*a)
	}
	return k.claim(ctx, Draft{Kind: hall.RequeueTicket, Entity: id, Actor: citizenActor(), Body: hall.TicketActBody{}})
}

// requeueAct: nil when the ticket is not a missed one.
func (k *Kiosk) requeueAct(id string) *Act {
	now := k.now()
	t, ok := k.queue(now).Ticket(id)
	if !ok || t.State != hall.TicketMissed {
		return nil
	}
	a := k.may(k.Store.Confirmed(), now, citizenActor(), RoleKiosk,
		actDraft{hall.RequeueTicket, id, hall.TicketActBody{}})
	return &a
}
