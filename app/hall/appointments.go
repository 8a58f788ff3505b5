package hall

import (
	"slices"
	"strconv"
	"time"
)

// BookDay is a day that can be booked. Provisional: its calendar year is not
// published yet. Weekday 0 is Sunday.
type BookDay struct {
	Day         string `json:"day"`
	Weekday     int    `json:"weekday"`
	Provisional bool   `json:"provisional"`
}

// BookableDays lists the working days that can be booked: at least
// MinDaysAhead days from today, and within the next MaxDaysAhead working days.
func BookableDays(cat *Catalogue, now time.Time) []BookDay {
	today := DayOf(now)
	first, err := DayStart(today)
	if err != nil {
		return nil
	}
	last, _ := AddWorkingDays(cat.Calendar, today, cat.Booking.MaxDaysAhead)
	var days []BookDay
	for t := first.AddDate(0, 0, max(cat.Booking.MinDaysAhead, 0)); DayOf(t) <= last; t = t.AddDate(0, 0, 1) {
		working, provisional := WorkingDay(cat.Calendar, DayOf(t))
		if working {
			days = append(days, BookDay{DayOf(t), int(t.Weekday()), provisional})
		}
	}
	return days
}

// SlotID names the counter of a slot.
func SlotID(day, item, start string) string { return day + "/" + item + "/" + start }

// SlotClosed says why a slot of an item cannot be booked now (a code of
// "reason.<code>"), or nothing when it can. Taken is how many are booked.
func SlotClosed(cat *Catalogue, item, day, start string, taken int, now time.Time) (Text, bool) {
	it, ok := cat.Item(item)
	switch {
	case !ok:
		return text("unknown_item"), true
	case !it.Bookable:
		return text("item_not_bookable"), true
	case !slices.Contains(cat.Booking.Slots, start):
		return text("unknown_slot"), true
	case !slices.ContainsFunc(BookableDays(cat, now), func(d BookDay) bool { return d.Day == day }):
		return text("day_not_bookable", "day", day), true
	}
	at, err := At(day, start)
	switch {
	case err != nil:
		return text("unknown_slot"), true
	case !at.After(now):
		return text("slot_past", "slot", start), true
	case taken >= it.Quota:
		return text("slot_full", "slot", start), true
	}
	return Text{}, false
}

// book makes an appointment (预约).
func (d *decision) book(body BookBody) error {
	if body.IDLookup == "" || body.PhoneLook == "" || body.CodeLook == "" || body.PersonLook == "" || len(d.op.Sealed) == 0 {
		d.reject("malformed", "what", "person")
		return nil
	}
	if _, known, err := Load[Appointment](d.w, EntityAppointment, d.op.Entity); known || err != nil {
		if err == nil {
			d.noop("already_booked")
		}
		return err
	}
	id := SlotID(body.Day, body.Item, body.Slot)
	slot, _, err := Load[Slot](d.w, EntitySlot, id)
	if err != nil {
		return err
	}
	if why, no := SlotClosed(d.cat, body.Item, body.Day, body.Slot, slot.Taken, d.now); no {
		d.out = Outcome{Status: Rejected, Reason: why}
		return nil
	}
	person, _, err := Load[Person](d.w, EntityPerson, body.PersonLook)
	if err != nil {
		return err
	}
	if d.barred(person, body.Day) {
		return nil
	}
	return d.writeBooking(body, slot, id, person)
}

// barred applies «n per day per person» and the limit of no-shows.
func (d *decision) barred(p Person, day string) bool {
	rules := d.cat.Booking
	if rules.PerPersonDay > 0 && p.Bookings[day] >= rules.PerPersonDay {
		d.reject("booked_that_day", "day", day, "max", strconv.Itoa(rules.PerPersonDay))
		return true
	}
	since := DayOf(d.now.AddDate(0, 0, -rules.NoShowDays))
	missed := 0
	for _, noShow := range p.NoShows {
		if noShow >= since {
			missed++
		}
	}
	if rules.NoShowLimit > 0 && missed >= rules.NoShowLimit {
		d.reject("too_many_no_shows", "count", strconv.Itoa(missed), "days", strconv.Itoa(rules.NoShowDays))
		return true
	}
	return false
}

func (d *decision) writeBooking(body BookBody, slot Slot, slotID string, person Person) error {
	item, _ := d.cat.Item(body.Item)
	at, err := At(body.Day, body.Slot)
	if err != nil {
		d.reject("unknown_slot")
		return nil
	}
	a := Appointment{
		ID: d.op.Entity, Day: body.Day, Slot: body.Slot, SlotAt: at, Item: item.ID, Group: item.Group,
		State: Booked, IDLookup: body.IDLookup, PhoneLook: body.PhoneLook, CodeLook: body.CodeLook,
		SealedIn: d.op.ID,
	}
	if err := d.emit(FeedCheckIn, "appointment.booked", EntityAppointment, a.ID, a); err != nil {
		return err
	}
	slot = Slot{Day: body.Day, Item: item.ID, Start: body.Slot, Quota: item.Quota, Taken: slot.Taken + 1}
	if err := d.emit(FeedBooking, "slot.taken", EntitySlot, slotID, slot); err != nil {
		return err
	}
	person = person.booked(body.Day, 1, DayOf(d.now))
	if err := d.emit(FeedBooking, "person.booked", EntityPerson, body.PersonLook, person); err != nil {
		return err
	}
	b := Booking{Appointment: a.ID, Person: body.PersonLook, Day: body.Day, Slot: slotID}
	if err := d.emit(FeedBooking, "booking.made", EntityBooking, a.ID, b); err != nil {
		return err
	}
	_, closes := CheckInWindow(a, d.cat.Booking)
	return d.deadline(AppointmentNoShow, a.ID, 1, closes)
}

// booked counts a booking in or out, and forgets the days before today.
func (p Person) booked(day string, n int, today string) Person {
	next := Person{Bookings: map[string]int{}, NoShows: p.NoShows}
	for at, count := range p.Bookings {
		if at >= today {
			next.Bookings[at] = count
		}
	}
	if next.Bookings[day] += n; next.Bookings[day] <= 0 {
		delete(next.Bookings, day)
	}
	return next
}

// cancelBooking frees the slot, until CancelHours before; the hall may always.
func (d *decision) cancelBooking(body CancelBookingBody) error {
	a, ok, err := d.appointment()
	if !ok || err != nil {
		return err
	}
	switch {
	case a.State == Cancelled:
		return nil
	case a.State != Booked:
		d.reject("appointment_state", "state", string(a.State))
		return nil
	case body.ByHall && d.op.Actor.Role == RoleCitizen:
		d.reject("forbidden")
		return nil
	}
	hours := d.cat.Booking.CancelHours
	if !body.ByHall && d.now.After(a.SlotAt.Add(-time.Duration(hours)*time.Hour)) {
		d.reject("too_late_to_cancel", "hours", strconv.Itoa(hours))
		return nil
	}
	a.State = Cancelled
	if err := d.emit(FeedCheckIn, "appointment.cancelled", EntityAppointment, a.ID, a); err != nil {
		return err
	}
	return d.freeSlot(a)
}

func (d *decision) freeSlot(a Appointment) error {
	b, ok, err := Load[Booking](d.w, EntityBooking, a.ID)
	if !ok || err != nil {
		return err
	}
	slot, ok, err := Load[Slot](d.w, EntitySlot, b.Slot)
	if err != nil {
		return err
	}
	if ok && slot.Taken > 0 {
		slot.Taken--
		if err := d.emit(FeedBooking, "slot.freed", EntitySlot, b.Slot, slot); err != nil {
			return err
		}
	}
	person, ok, err := Load[Person](d.w, EntityPerson, b.Person)
	if !ok || err != nil {
		return err
	}
	return d.emit(FeedBooking, "person.freed", EntityPerson, b.Person, person.booked(a.Day, -1, DayOf(d.now)))
}

// appointmentNoShow is the deadline of an appointment (爽约).
func (d *decision) appointmentNoShow(AppointmentNoShowBody) error {
	a, ok, err := d.appointment()
	if !ok || err != nil {
		return err
	}
	if a.State != Booked {
		return nil
	}
	if _, closes := CheckInWindow(a, d.cat.Booking); d.now.Before(closes) {
		d.reject("too_early")
		return nil
	}
	a.State = NoShow
	if err := d.emit(FeedCheckIn, "appointment.no_show", EntityAppointment, a.ID, a); err != nil {
		return err
	}
	return d.withPerson(a, func(p *Person) {
		p.NoShows = append(slices.Clone(p.NoShows), a.Day)
		slices.Sort(p.NoShows)
	})
}

// forgiveNoShow takes a no-show back that was none.
func (d *decision) forgiveNoShow(a Appointment) error {
	return d.withPerson(a, func(p *Person) {
		if i := slices.Index(p.NoShows, a.Day); i >= 0 {
			p.NoShows = slices.Delete(slices.Clone(p.NoShows), i, i+1)
		}
	})
}

func (d *decision) withPerson(a Appointment, change func(*Person)) error {
	b, ok, err := Load[Booking](d.w, EntityBooking, a.ID)
	if !ok || err != nil || b.Person == "" { // not known any more, see Reseat
		return err
	}
	p, _, err := Load[Person](d.w, EntityPerson, b.Person)
	if err != nil {
		return err
	}
	change(&p)
	return d.emit(FeedBooking, "person.no_shows", EntityPerson, b.Person, p)
}

func (d *decision) appointment() (Appointment, bool, error) {
	a, ok, err := Load[Appointment](d.w, EntityAppointment, d.op.Entity)
	if !ok && err == nil {
		d.reject("unknown_appointment")
	}
	return a, ok, err
}
