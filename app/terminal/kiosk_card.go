package terminal

import (
	"context"
	"net/http"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/idcard"
	"hallway/sync/seal"
)

// card handles one placing of a card (刷证).
func (k *Kiosk) card(ctx context.Context, ev idcard.Event) {
	if ev.Err != "" || ev.Card == nil {
		k.cardError(ev.Err)
		return
	}
	c := ev.Card
	now := k.now()
	facts := hall.CardFacts{Kind: string(c.Kind), Number: c.Number, NumberOK: c.NumberOK,
		ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil}
	why, usable := hall.CardUsable(facts, now)
	doc, err := hall.CardDocument(facts.Kind, c.Number)
	who := "card:" + seal.Lookup(k.salt, "card", doc.Kind, doc.Number())
	if err != nil {
		who = "" // not somebody, as far as we can tell
	}
	k.mu.Lock()
	if !k.admit(who, arrival{card: &ev}) {
		k.mu.Unlock()
		return
	}
	s := k.s
	s.found, s.notice, s.ticket, s.asked = nil, nil, nil, false
	if !usable || err != nil {
		k.sayText(devices.Warn, why)
		c.Wipe()
		k.mu.Unlock()
		return
	}
	s.person = &hall.PersonSealed{Name: c.Name, DocKind: doc.Kind, DocNo: doc.Number()}
	s.masked = hall.MaskName(c.Name)
	s.way = "card"
	c.Wipe()
	key, known := k.Store.LookupKey(hall.DayOf(now))
	look := ""
	if known {
		look = seal.Lookup(key, "doc", doc.Kind, doc.Number())
	}
	if s.apply != nil {
		s.idLook, s.phase = look, phaseApply
		if s.apply.step == applyIdentify {
			k.applyByCard(s)
		}
		k.mu.Unlock()
		return
	}
	if s.progress != nil {
		s.idLook = look
		k.progressByCard(s)
		k.mu.Unlock()
		return
	}
	s.phase = phaseReading
	k.mu.Unlock()
	k.show()
	found, err := k.find(ctx, func(a hall.Appointment) bool { return known && a.IDLookup == look })

	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != s {
		return // ended or replaced while we looked
	}
	s.idLook = look
	k.offer(found, known, err, now)
}

// cardError tells why a card could not be read; the session goes on.
func (k *Kiosk) cardError(code string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.admit("", arrival{}) {
		return
	}
	switch code {
	case idcard.ErrOtherKind, idcard.ErrSuspect, idcard.ErrBadNumber:
	default:
		code = idcard.ErrUnreadable
	}
	k.say(devices.Warn, "card_"+code)
}

// find lists today's appointments that match.
func (k *Kiosk) find(ctx context.Context, match func(hall.Appointment) bool) ([]hall.Appointment, error) {
	all, err := k.Store.Appointments(ctx, hall.DayOf(k.now()))
	if err != nil {
		return nil, err
	}
	var found []hall.Appointment
	for _, a := range all {
		if match(a) {
			found = append(found, a)
		}
	}
	sortAppointments(found)
	return found, nil
}

// offer shows what was found for the person of the session, or says that
// nothing was and what to do; k.mu is held.
func (k *Kiosk) offer(found []hall.Appointment, known bool, err error, now hallTime) {
	s := k.s
	k.touch()
	switch {
	case err != nil:
		k.Logger.Error("appointments cannot be read", "err", err)
		k.say(devices.Error, "lookup_failed")
	case !known:
		k.say(devices.Warn, "lookup_offline")
	case len(found) == 0 && !k.online():
		k.say(devices.Warn, k.notFound("no_appointment"))
	case len(found) == 0:
		k.say(devices.Info, "no_appointment")
	default:
		s.found, s.phase, s.notice = found, phaseChoose, nil
		if a, outcome, ok := k.single(found, now); ok {
			k.tellAppointment(a, outcome)
		}
	}
}

// notFound is the code of an appointment that is not here: while the line is
// cut nobody can say that there is none, it may have been booked since.
func (k *Kiosk) notFound(code string) string {
	if !k.online() {
		return "lookup_offline"
	}
	return code
}

// single is the only appointment and its outcome, if there is one only.
func (k *Kiosk) single(found []hall.Appointment, now hallTime) (hall.Appointment, string, bool) {
	cat := k.catalogue()
	if len(found) != 1 || cat == nil {
		return hall.Appointment{}, "", false
	}
	return found[0], hall.CheckInOutcome(found[0], cat.Booking, now), true
}

// tellAppointment says what is the matter with an appointment that is not
// simply on time; k.mu is held.
func (k *Kiosk) tellAppointment(a hall.Appointment, outcome string) {
	switch outcome {
	case "late":
		k.say(devices.Warn, "appointment_late", "slot", a.Slot)
	case "early":
		k.say(devices.Info, "appointment_early", "slot", a.Slot, "from", k.checkInFrom(a))
	case "wrong_day":
		k.say(devices.Warn, "appointment_wrong_day", "day", a.Day)
	case "cancelled":
		k.say(devices.Warn, "appointment_cancelled")
	case "used":
		number := ""
		if t, ok := k.queue(k.now()).Ticket(a.Ticket); ok {
			number = t.Number
		}
		k.say(devices.Info, "appointment_used", "number", number)
	}
}

// Phone looks for an appointment by phone and six-digit code (手机号 + 预约码).
func (k *Kiosk) Phone(ctx context.Context, r PhoneRequest) error {
	defer k.show()
	now := k.now()
	k.mu.Lock()
	if k.s == nil {
		k.open("")
	}
	s := k.s
	switch {
	case s.phase == phasePrinting || s.phase == phaseTicket:
		k.mu.Unlock()
		return Fail(http.StatusConflict, "ticket_taken")
	case s.tries <= 0 || !k.phone.open():
		k.mu.Unlock()
		return Fail(http.StatusTooManyRequests, "phone_locked")
	}
	k.touch()
	phone, err := hall.ParsePhone(r.Phone)
	if err != nil {
		k.mu.Unlock()
		return Fail(http.StatusUnprocessableEntity, "phone_form")
	}
	k.mu.Unlock()

	key, known := k.Store.LookupKey(hall.DayOf(now))
	if !known {
		return Fail(http.StatusServiceUnavailable, "lookup_offline")
	}
	look := seal.Lookup(key, "phone", phone, digits(r.Code))
	found, err := k.find(ctx, func(a hall.Appointment) bool { return a.PhoneLook == look })

	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != s {
		return Fail(http.StatusConflict, "session_over")
	}
	if err != nil {
		return err
	}
	if len(found) == 0 {
		s.tries--
		k.phone.fail()
		if s.tries <= 0 || !k.phone.open() {
			return Fail(http.StatusTooManyRequests, "phone_locked")
		}
		if !k.online() {
			return Fail(http.StatusServiceUnavailable, "lookup_offline")
		}
		return Fail(http.StatusNotFound, "phone_unknown", "left", itoa(s.tries))
	}
	if s.idLook != "" && found[0].IDLookup != s.idLook {
		return Fail(http.StatusConflict, "other_person")
	}
	if s.who == "" {
		s.who = "appointment:" + found[0].ID
	}
	s.way = "phone"
	k.offer(found, true, nil, now)
	return nil
}
