package central

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
)

// bookingInfo says what can be booked, and when.
func (c *Centre) bookingInfo(ctx context.Context, _ *emptyInput) (*bookingInfoOutput, error) {
	cat, err := c.catalogue(ctx)
	if err != nil {
		return nil, c.fail(ctx, "booking info", err)
	}
	now := c.now()
	info := BookingInfo{Hall: cat.Name, Area: cat.Area, Now: now, Items: []BookingItem{}, Days: []BookingDay{}, Rules: cat.Booking}
	for _, it := range cat.Items {
		if it.Bookable {
			info.Items = append(info.Items, BookingItem{ID: it.ID, Group: it.Group, Name: it.Name, Hint: it.Hint})
		}
	}
	for _, d := range hall.BookableDays(cat, now) {
		info.Days = append(info.Days, BookingDay{Day: d.Day, Weekday: d.Weekday, Provisional: d.Provisional})
	}
	return &bookingInfoOutput{CacheControl: "no-store", Body: info}, nil
}

// bookingSlots lists the slots of an item on a day with the places left.
func (c *Centre) bookingSlots(ctx context.Context, in *slotsInput) (*slotsOutput, error) {
	if !c.limits.slots.allow(ctx, principalOf(ctx).address) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	cat, err := c.catalogue(ctx)
	if err != nil {
		return nil, c.fail(ctx, "booking slots", err)
	}
	item, ok := cat.Item(in.Item)
	if !ok {
		return nil, problem(http.StatusNotFound, "unknown_item")
	}
	w, now := c.writer.HallWorld(ctx, c.hallCode), c.now()
	out := []BookingSlot{}
	for _, start := range cat.Booking.Slots {
		slot, _, err := hall.Load[hall.Slot](w, hall.EntitySlot, hall.SlotID(in.Day, in.Item, start))
		if err != nil {
			return nil, c.fail(ctx, "booking slots", err)
		}
		s := BookingSlot{Start: start, End: slotEnd(start, cat.Booking.SlotMinutes), Left: max(0, item.Quota-slot.Taken)}
		why, closed := hall.SlotClosed(cat, in.Item, in.Day, start, slot.Taken, now)
		if s.Open = !closed; closed {
			s.Why = &why
		}
		out = append(out, s)
	}
	return &slotsOutput{CacheControl: "no-store", Body: out}, nil
}

// slotEnd is the end of a slot, HH:MM.
func slotEnd(start string, minutes int) string {
	t, err := time.Parse("15:04", start)
	if err != nil {
		return start
	}
	return t.Add(time.Duration(minutes) * time.Minute).Format("15:04")
}

// booking is a request that was checked, with everything derived from it.
type booking struct {
	req                   BookingRequest
	person                hall.PersonSealed
	id                    string // of the appointment
	code, secret          string
	opID                  hall.OpID
	idLook, phoneLook     string
	codeLook, personsLook string
}

// book makes an appointment. The same Key again is the same booking and gets
// the same answer, also when the first answer was lost.
func (c *Centre) book(ctx context.Context, in *bookInput) (*bookOutput, error) {
	if !c.limits.book.allow(ctx, principalOf(ctx).address) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	b, err := c.checkBooking(in.Body)
	if err != nil {
		return nil, err
	}
	cat, err := c.catalogue(ctx)
	if err != nil {
		return nil, c.fail(ctx, "book", err)
	}
	item, ok := cat.Item(b.req.Item)
	if !ok {
		return nil, problem(http.StatusUnprocessableEntity, "unknown_item")
	}
	reply, err := b.reply(c.hallCode, item)
	if err != nil {
		return nil, c.fail(ctx, "book", err)
	}
	known, err := c.sameBooking(ctx, b)
	if err != nil {
		return nil, c.fail(ctx, "book", err)
	}
	if !known {
		if err := c.proposeBooking(ctx, b); err != nil {
			return nil, c.fail(ctx, "book", err)
		}
		// Two requests with one Key may have met at the writer: the second was
		// «already so», which is right only for the same booking.
		if _, err := c.sameBooking(ctx, b); err != nil {
			return nil, c.fail(ctx, "book", err)
		}
	}
	return &bookOutput{CacheControl: "no-store", Body: reply}, nil
}

// checkBooking checks what the person typed. Its errors name the field and
// never repeat what was in it.
func (c *Centre) checkBooking(r BookingRequest) (booking, error) {
	field := func(name string, err error) error {
		var in *hall.InputError
		if errors.As(err, &in) {
			return problem(http.StatusUnprocessableEntity, in.Code, "field", name)
		}
		return problem(http.StatusUnprocessableEntity, "bad_request", "field", name)
	}
	if !goodKey(r.Key) {
		return booking{}, field("key", nil)
	}
	name, err := hall.ParseName(r.Name)
	if err != nil {
		return booking{}, field("name", err)
	}
	doc, err := hall.ParseDocument(r.DocKind, r.DocNo)
	if err != nil {
		return booking{}, field("doc_no", err)
	}
	if id, err := hall.ParseIDNumber(doc.Number()); err == nil && !id.BornBy(c.now()) {
		return booking{}, problem(http.StatusUnprocessableEntity, "id_date", "field", "doc_no")
	}
	phone, err := hall.ParsePhone(r.Phone)
	if err != nil {
		return booking{}, field("phone", err)
	}
	if _, err := hall.At(r.Day, r.Slot); err != nil {
		return booking{}, field("slot", err)
	}
	b := booking{req: r, person: hall.PersonSealed{Name: name, DocKind: doc.Kind, DocNo: doc.Number(), Phone: phone}}
	b.derive(c.writer.Keys().Lookup, c.hallCode)
	return b, nil
}

// goodKey accepts keys that cannot be guessed: 16 to 64 plain characters.
func goodKey(k string) bool {
	if len(k) < 16 || len(k) > 64 {
		return false
	}
	for _, r := range k {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// derive makes identity, code and secret from the Key under the centre's
// secret: the same request gives the same, and nothing of it need be stored.
func (b *booking) derive(master []byte, hallCode string) {
	from := func(purpose string) []byte {
		m := hmac.New(sha256.New, master)
		for _, part := range []string{"booking", purpose, hallCode, b.req.Key} {
			m.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
			m.Write([]byte(part))
		}
		return m.Sum(nil)
	}
	enc := base32.StdEncoding.WithPadding(base32.NoPadding)
	b.id = "ap" + strings.ToLower(enc.EncodeToString(from("id")[:15]))
	b.opID = hall.OpID("book-" + b.id)
	b.secret = enc.EncodeToString(from("qr")[:20])
	b.code = fmt.Sprintf("%06d", binary.BigEndian.Uint64(from("code"))%1_000_000)
	day := seal.DayKey(master, hallCode, b.req.Day)
	b.idLook = seal.Lookup(day, "doc", b.person.DocKind, b.person.DocNo)
	b.phoneLook = seal.Lookup(day, "phone", b.person.Phone, b.code)
	b.codeLook = seal.Lookup(day, "qr", b.secret)
	b.personsLook = seal.Lookup(seal.LongKey(master, hallCode), "person", b.person.DocKind, b.person.DocNo)
}

// reply is what the person is shown, once.
func (b booking) reply(hallCode string, item hall.Item) (BookingReply, error) {
	text := hall.EncodeCode(hall.Code{Type: hall.CodeAppointment, Hall: hallCode, Day: b.req.Day, Value: b.secret})
	svg, err := qrSVG(text)
	if err != nil {
		return BookingReply{}, err
	}
	return BookingReply{
		ID: b.id, Item: item.Name, Day: b.req.Day, Slot: b.req.Slot, Code: b.code,
		QR: text, QRSVG: svg, Name: hall.MaskName(b.person.Name),
	}, nil
}

// sameBooking says whether this very booking is there already. The Key of
// another one is refused.
func (c *Centre) sameBooking(ctx context.Context, b booking) (bool, error) {
	a, ok, err := hall.Load[hall.Appointment](c.writer.HallWorld(ctx, c.hallCode), hall.EntityAppointment, b.id)
	if err != nil || !ok {
		return false, err
	}
	if a.Day != b.req.Day || a.Slot != b.req.Slot || a.Item != b.req.Item || a.IDLookup != b.idLook {
		return false, problem(http.StatusConflict, "key_used")
	}
	if a.State == hall.Cancelled {
		return false, problem(http.StatusConflict, "booking_cancelled")
	}
	return true, nil
}

// proposeBooking seals the person and lets the writer decide.
func (c *Centre) proposeBooking(ctx context.Context, b booking) error {
	plain, err := json.Marshal(b.person)
	if err != nil {
		return fmt.Errorf("booking: %w", err)
	}
	pub, _, err := c.writer.Keys().Public()
	if err != nil {
		return err
	}
	opID := attempt(b.opID)
	sealed, err := seal.Seal(pub, seal.Info(opID, hall.Book), plain)
	if err != nil {
		return err
	}
	body, err := json.Marshal(hall.BookBody{
		Item: b.req.Item, Day: b.req.Day, Slot: b.req.Slot,
		IDLookup: b.idLook, PhoneLook: b.phoneLook, CodeLook: b.codeLook, PersonLook: b.personsLook,
	})
	if err != nil {
		return fmt.Errorf("booking: %w", err)
	}
	return c.propose(ctx, hall.Op{
		ID: opID, Kind: hall.Book, Hall: c.hallCode, Entity: b.id,
		Actor: hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}, Body: body, Sealed: sealed,
	})
}

// propose hands an operation to the writer; a refusal becomes a Problem with
// the reason's code.
func (c *Centre) propose(ctx context.Context, op hall.Op) error {
	v, err := c.writer.Propose(ctx, op)
	if err != nil {
		return err
	}
	switch v.Status {
	case hall.Applied, hall.Noop:
		return nil
	}
	p := &Problem{Status: http.StatusConflict, Code: v.Reason.Code, Params: v.Reason.Params}
	if p.Code == "" {
		p.Code = "refused"
	}
	return p
}

// cancelBooking cancels by phone and code. An unknown booking and a wrong code
// get the same answer.
func (c *Centre) cancelBooking(ctx context.Context, in *cancelInput) (*struct{}, error) {
	if !c.limits.cancelAddress.allow(ctx, principalOf(ctx).address) || !c.limits.cancelBooking.allow(ctx, in.ID) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	phone, err := hall.ParsePhone(in.Body.Phone)
	if err != nil {
		return nil, problem(http.StatusUnprocessableEntity, "phone_form", "field", "phone")
	}
	a, ok, err := hall.Load[hall.Appointment](c.writer.HallWorld(ctx, c.hallCode), hall.EntityAppointment, in.ID)
	if err != nil {
		return nil, c.fail(ctx, "cancel", err)
	}
	look := seal.Lookup(seal.DayKey(c.writer.Keys().Lookup, c.hallCode, a.Day), "phone", phone, strings.TrimSpace(in.Body.Code))
	if !ok || subtle.ConstantTimeCompare([]byte(look), []byte(a.PhoneLook)) != 1 {
		return nil, problem(http.StatusForbidden, "wrong_code")
	}
	body, err := json.Marshal(hall.CancelBookingBody{})
	if err != nil {
		return nil, c.fail(ctx, "cancel", err)
	}
	err = c.propose(ctx, hall.Op{
		ID: attempt(hall.OpID("cancel-" + in.ID)), Kind: hall.CancelBooking, Hall: c.hallCode, Entity: in.ID,
		Actor: hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}, Body: body,
	})
	if err != nil {
		return nil, c.fail(ctx, "cancel", err)
	}
	return nil, nil
}

// attempt names one try of an operation whose refusal may turn out otherwise
// later (a slot that was full has a place again). What was applied is known by
// its entity, not by the name of the try.
func attempt(id hall.OpID) hall.OpID {
	return id + "-" + hall.OpID(strings.ToLower(rand.Text()[:16]))
}

// hallLane is the lane of this hall.
func (c *Centre) hallLane() string { return sync.HallLane(c.hallCode) }
