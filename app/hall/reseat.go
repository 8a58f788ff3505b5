package hall

import "fmt"

// Reseat makes again what follows from an entity that came back from a follower
// after a restore (design §2 rule 5), and that only the centre kept, when nobody
// holds the operation itself: the place that an appointment takes in its slot, so
// that the slot is not booked twice over, and its deadline. Who booked it is not
// known any more; what the person may book is counted without it.
func Reseat(w World, kind EntityKind, id string) (Outcome, error) {
	out := Outcome{Status: Applied}
	if kind != EntityAppointment {
		return out, nil
	}
	a, ok, err := Load[Appointment](w, EntityAppointment, id)
	if !ok || err != nil {
		return out, err
	}
	cat, err := w.Catalogue()
	if err != nil || cat == nil {
		return out, err
	}
	_, seated, err := Load[Booking](w, EntityBooking, id)
	d := &decision{w: w, op: Op{Lane: hallLane + cat.Code}, cat: cat, out: out}
	switch {
	case err != nil:
		return out, err
	case seated && a.State == Cancelled:
		err := d.freeSlot(a)
		return d.out, err
	case seated || a.State == Cancelled:
		return out, nil
	}
	slotID := SlotID(a.Day, a.Item, a.Slot)
	slot, known, err := Load[Slot](w, EntitySlot, slotID)
	if err != nil {
		return out, err
	}
	if !known {
		slot = Slot{Day: a.Day, Item: a.Item, Start: a.Slot}
		if item, ok := cat.Item(a.Item); ok {
			slot.Quota = item.Quota
		}
	}
	slot.Taken++
	if err := d.emit(FeedBooking, "slot.taken", EntitySlot, slotID, slot); err != nil {
		return out, err
	}
	if err := d.emit(FeedBooking, "booking.came_back", EntityBooking, a.ID, Booking{Appointment: a.ID, Day: a.Day, Slot: slotID}); err != nil {
		return out, err
	}
	if a.State == Booked {
		_, closes := CheckInWindow(a, cat.Booking)
		if err := d.deadline(AppointmentNoShow, a.ID, 1, closes); err != nil {
			return out, fmt.Errorf("hall: deadline of an appointment: %w", err)
		}
	}
	return d.out, nil
}
