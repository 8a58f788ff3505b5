package hall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func (m *memory) booking(id, day, slot, person string) Op {
	op := m.op(Book, id, system, AtCentre, BookBody{Item: "pension", Day: day, Slot: slot,
		IDLookup: "id-" + person, PhoneLook: "phone-" + person, CodeLook: "code-" + id, PersonLook: "look-" + person})
	op.Sealed = []byte("sealed")
	return op
}

// book makes an appointment of today, as if from yesterday.
func (m *memory) book(t testing.TB, id, slot string) {
	t.Helper()
	now := m.now
	m.now = at("08:00")
	m.must(t, m.booking(id, today, slot, id))
	m.now = now
}

func TestBook(t *testing.T) {
	m := newMemory()
	m.now = at("09:00")
	for _, c := range []struct {
		name, code string
		change     func(*BookBody)
	}{
		{"item that cannot be booked", "item_not_bookable", func(b *BookBody) { b.Item = "deed" }},
		{"unknown item", "unknown_item", func(b *BookBody) { b.Item = "x" }},
		{"unknown slot", "unknown_slot", func(b *BookBody) { b.Slot = "09:15" }},
		{"slot that has begun", "slot_past", func(b *BookBody) { b.Slot = "09:00" }},
		{"Sunday", "day_not_bookable", func(b *BookBody) { b.Day = "2026-11-29" }},
		{"yesterday", "day_not_bookable", func(b *BookBody) { b.Day = "2026-11-20" }},
		{"too far ahead", "day_not_bookable", func(b *BookBody) { b.Day = "2026-12-01" }},
		{"no person", "malformed", func(b *BookBody) { b.PersonLook = "" }},
	} {
		b := BookBody{Item: "pension", Day: today, Slot: "09:30", IDLookup: "i", PhoneLook: "p", CodeLook: "c", PersonLook: "l"}
		c.change(&b)
		op := m.op(Book, "AP", system, AtCentre, b)
		op.Sealed = []byte("sealed")
		out := m.do(t, op)
		if out.Status != Rejected || out.Reason.Code != c.code {
			t.Errorf("%s: %s %v, want %s", c.name, out.Status, out.Reason, c.code)
		}
	}
	unsealed := m.booking("AP", today, "09:30", "a")
	unsealed.Sealed = nil
	m.refuse(t, "malformed", unsealed)

	m.must(t, m.booking("AP1", today, "09:30", "a"))
	m.idle(t, m.booking("AP1", today, "09:30", "a"))
	m.refuse(t, "booked_that_day", m.booking("AP2", today, "10:00", "a"))
	m.must(t, m.booking("AP2", "2026-11-24", "10:00", "a"))
	m.refuse(t, "booked_that_day", m.booking("AP3", today, "10:00", "a"))
	m.must(t, m.booking("AP3", today, "09:30", "b"))
	m.refuse(t, "slot_full", m.booking("AP4", today, "09:30", "c"))
	if s := load[Slot](t, m, EntitySlot, SlotID(today, "pension", "09:30")); s.Taken != 2 || s.Quota != 2 {
		t.Errorf("slot %+v", s)
	}
	a := load[Appointment](t, m, EntityAppointment, "AP1")
	if a.State != Booked || a.Group != "social" || !a.SlotAt.Equal(at("09:30")) || a.SealedIn == "" {
		t.Errorf("appointment %+v", a)
	}
}

func TestCancelBooking(t *testing.T) {
	m := newMemory()
	m.now = at("07:00")
	m.must(t, m.booking("AP1", today, "09:30", "a"))
	cancel := func(id string, actor Actor, byHall bool) Op {
		return m.op(CancelBooking, id, actor, AtCentre, CancelBookingBody{ByHall: byHall})
	}
	m.refuse(t, "unknown_appointment", cancel("AP9", citizen, false))
	m.now = at("07:31")
	m.refuse(t, "too_late_to_cancel", cancel("AP1", citizen, false))
	m.refuse(t, "forbidden", cancel("AP1", citizen, true))
	m.must(t, cancel("AP1", Actor{Kind: ActorStaff, ID: "S9", Role: RoleHallManager}, true))
	m.idle(t, cancel("AP1", citizen, false))
	if s := load[Slot](t, m, EntitySlot, SlotID(today, "pension", "09:30")); s.Taken != 0 {
		t.Errorf("slot %+v", s)
	}
	m.must(t, m.booking("AP2", today, "10:00", "a")) // the day is free again
	m.must(t, cancel("AP2", citizen, false))
	m.book(t, "AP3", "09:30")
	m.now = at("09:45")
	m.must(t, m.op(AppointmentNoShow, "AP3", system, AtCentre, AppointmentNoShowBody{}))
	m.refuse(t, "appointment_state", cancel("AP3", citizen, false))
	m.refuse(t, "unknown_appointment", m.op(AppointmentNoShow, "AP9", system, AtCentre, AppointmentNoShowBody{}))
	for _, c := range m.log {
		if (c.Kind == EntityPerson || c.Kind == EntityBooking || c.Kind == EntitySlot) && c.Feed != FeedBooking {
			t.Errorf("%s is in feed %s", c.Event, c.Feed)
		}
	}
}

func TestTooManyNoShows(t *testing.T) {
	m := newMemory()
	for i, day := range []string{"2026-11-23", "2026-11-24"} {
		id := fmt.Sprint("AP", i)
		m.now, _ = At(day, "08:00")
		m.must(t, m.booking(id, day, "09:00", "a"))
		m.now, _ = At(day, "09:15")
		m.must(t, m.op(AppointmentNoShow, id, system, AtCentre, AppointmentNoShowBody{}))
	}
	m.now, _ = At("2026-11-25", "08:00")
	m.refuse(t, "too_many_no_shows", m.booking("AP9", "2026-11-25", "09:00", "a"))
	m.must(t, m.booking("AP9", "2026-11-25", "09:00", "b"))
	m.now, _ = At("2027-02-23", "08:00")
	m.must(t, m.booking("AP10", "2027-02-23", "09:00", "a"))
}

func TestBookableDays(t *testing.T) {
	cat := testCatalogue()
	list := func(change func(*BookingRules), day string) string {
		rules := cat.Booking
		c := *cat
		change(&rules)
		c.Booking = rules
		now, err := At(day, "10:00")
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, d := range BookableDays(&c, now) {
			mark := ""
			if d.Provisional {
				mark = "?"
			}
			all = append(all, d.Day[5:]+mark)
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		name, day string
		change    func(*BookingRules)
		want      string
	}{
		{"from today", today, func(*BookingRules) {}, "11-23 11-24 11-25 11-26 11-27 11-30"},
		{"a day ahead, five working days", today, func(b *BookingRules) { b.MinDaysAhead = 1 }, "11-24 11-25 11-26 11-27 11-30"},
		{"today only", today, func(b *BookingRules) { b.MaxDaysAhead = 0 }, "11-23"},
		{"from a Sunday", "2026-11-22", func(b *BookingRules) { b.MaxDaysAhead = 2 }, "11-23 11-24"},
		{"over National Day", "2026-09-30", func(b *BookingRules) { b.MinDaysAhead, b.MaxDaysAhead = 1, 3 }, "10-08 10-09 10-10"},
		{"past the calendar", "2026-12-31", func(b *BookingRules) { b.MaxDaysAhead = 2 }, "12-31 01-01? 01-04?"},
	} {
		if got := list(c.change, c.day); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLeases(t *testing.T) {
	m := newMemory()
	lease := func(terminal, series string, change func(*LeaseNumbersBody)) Op {
		b := LeaseNumbersBody{Series: series, Group: "social", Day: today, Count: 1, Offline: strings.Index(series, "/") == 2}
		if change != nil {
			change(&b)
		}
		return m.op(LeaseNumbers, series, device, terminal, b)
	}
	online, own := SeriesID("A", today), SeriesID("AK", today)
	for _, c := range []struct {
		name, code, series string
		change             func(*LeaseNumbersBody)
	}{
		{"unknown group", "unknown_group", online, func(b *LeaseNumbersBody) { b.Group = "x" }},
		{"letter of another group", "malformed", online, func(b *LeaseNumbersBody) { b.Group = "house" }},
		{"day of another series", "malformed", online, func(b *LeaseNumbersBody) { b.Day = "2026-11-24" }},
		{"offline from the online series", "malformed", online, func(b *LeaseNumbersBody) { b.Offline = true }},
		{"no series", "malformed", "A", nil},
		{"none", "lease_size", online, func(b *LeaseNumbersBody) { b.Count = 0 }},
		{"too many online", "lease_size", online, func(b *LeaseNumbersBody) { b.Count = maxOnline + 1 }},
		{"too many", "lease_size", own, func(b *LeaseNumbersBody) { b.Count = maxLease + 1 }},
		{"yesterday", "lease_day", "A/2026-11-22", func(b *LeaseNumbersBody) { b.Day = "2026-11-22" }},
		{"next year", "lease_day", "A/2027-11-22", func(b *LeaseNumbersBody) { b.Day = "2027-11-22" }},
	} {
		out := m.do(t, lease("kiosk-1", c.series, c.change))
		if out.Status != Rejected || out.Reason.Code != c.code {
			t.Errorf("%s: %s %v, want %s", c.name, out.Status, out.Reason, c.code)
		}
	}
	one := m.lease(t, "kiosk-1", "social", "AK", 50)
	two := m.lease(t, "kiosk-1", "social", "AK", 50)
	if one.From != 1 || one.To != 50 || two.From != 51 || two.To != 100 || !one.Offline || one.Prefix != "AK" {
		t.Errorf("blocks %+v %+v", one, two)
	}
	m.refuse(t, "series_of_other", lease("kiosk-2", own, nil))
	m.must(t, m.op(EnrolTerminal, "kiosk-3", system, AtCentre, EnrolTerminalBody{Role: AtKiosk, Letter: "L"}))
	m.refuse(t, "series_of_other", lease("kiosk-3", SeriesID("AM", today), nil))
	m.must(t, lease("kiosk-3", SeriesID("AL", today), nil))
}

// No number of a series is ever given twice, whoever asks for how many.
func TestSeriesNeverGivesANumberTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory()
		given := map[string]bool{}
		for range rapid.IntRange(1, 60).Draw(rt, "asks") {
			terminal := rapid.SampledFrom([]string{"K", "L", "M"}).Draw(rt, "terminal")
			group := rapid.SampledFrom(m.cat.Groups).Draw(rt, "group")
			prefix, count := group.Prefix, rapid.IntRange(1, 5).Draw(rt, "count")
			if rapid.Bool().Draw(rt, "offline") {
				prefix += terminal
			}
			l := m.lease(t, "kiosk-"+terminal, group.ID, prefix, count)
			if l.To-l.From+1 != count {
				rt.Fatalf("asked for %d, got %+v", count, l)
			}
			for n := l.From; n <= l.To; n++ {
				number := FormatNumber(l.Prefix, n)
				if given[number] {
					rt.Fatalf("%s was given twice", number)
				}
				given[number] = true
			}
		}
	})
}

func TestCatalogueValidation(t *testing.T) {
	if faults := testCatalogue().Validate(); len(faults) != 0 {
		t.Fatalf("the test's own catalogue: %v", faults)
	}
	for _, c := range []struct {
		name, at string
		change   func(*Catalogue)
	}{
		{"code", "code:", func(c *Catalogue) { c.Code = "370100" }},
		{"code of another area", "code:", func(c *Catalogue) { c.Code = "37020001" }},
		{"area", "area:", func(c *Catalogue) { c.Area = "3701" }},
		{"name", "name:", func(c *Catalogue) { c.Name = Names{"en": "x"} }},
		{"locale", "name:", func(c *Catalogue) { c.Name["fr"] = "x" }},
		{"no hours", "hours:", func(c *Catalogue) { c.Hours = nil }},
		{"hours backwards", "hours[0]", func(c *Catalogue) { c.Hours[0] = OpenHours{"12:00", "09:00"} }},
		{"hour form", "hours[0].from", func(c *Catalogue) { c.Hours[0].From = "9:00" }},
		{"no groups", "groups:", func(c *Catalogue) { c.Groups = nil }},
		{"group twice", "groups[1]", func(c *Catalogue) { c.Groups[1].ID = "social" }},
		{"letter twice", "prefix", func(c *Catalogue) { c.Groups[1].Prefix = "A" }},
		{"two letters", "prefix", func(c *Catalogue) { c.Groups[1].Prefix = "BB" }},
		{"minutes", "service_minutes", func(c *Catalogue) { c.Groups[0].ServiceMinutes = 0 }},
		{"item's group", "items[0]", func(c *Catalogue) { c.Items[0].Group = "x" }},
		{"quota", "quota", func(c *Catalogue) { c.Items[0].Quota = 0 }},
		{"window's group", "windows[0]", func(c *Catalogue) { c.Windows[0].Groups = []string{"x"} }},
		{"window without groups", "windows[0]", func(c *Catalogue) { c.Windows[0].Groups = nil }},
		{"window's policy", "policy", func(c *Catalogue) { c.Windows[0].Policy = "random" }},
		{"staff's role", "staff[0]", func(c *Catalogue) { c.Staff[0].Roles = []Role{RoleSystem} }},
		{"staff without a role", "staff[0]", func(c *Catalogue) { c.Staff[0].Roles = nil }},
		{"staff's window", "staff[0]", func(c *Catalogue) { c.Staff[0].Windows = []string{"9"} }},
		{"calendar day", "calendar[0]", func(c *Catalogue) { c.Calendar = []CalendarYear{{Year: 2026, Off: []string{"2026-02-30"}}} }},
		{"off and worked", "calendar[0]", func(c *Catalogue) {
			c.Calendar = []CalendarYear{{Year: 2026, Off: []string{"2026-02-03"}, Worked: []string{"2026-02-03"}}}
		}},
		{"slot", "booking.slots[0]", func(c *Catalogue) { c.Booking.Slots = []string{"9"} }},
		{"slot minutes", "booking.slot_minutes", func(c *Catalogue) { c.Booking.SlotMinutes = 0 }},
		{"policy", "queue.policy", func(c *Catalogue) { c.Queue.Policy = "x" }},
		{"ratio", "queue.ratio", func(c *Catalogue) { c.Queue.Ratio = []int{2, 0} }},
		{"ratio of four", "queue.ratio", func(c *Catalogue) { c.Queue.Ratio = []int{2, 1, 1, 1} }},
		{"ageing without an age", "queue.age_minutes", func(c *Catalogue) { c.Queue.Policy, c.Queue.AgeMinutes = PolicyAgeing, 0 }},
		{"no calls", "queue.max_calls", func(c *Catalogue) { c.Queue.MaxCalls = 0 }},
	} {
		raw, _ := json.Marshal(testCatalogue())
		var cat Catalogue
		if err := json.Unmarshal(raw, &cat); err != nil {
			t.Fatal(err)
		}
		c.change(&cat)
		if faults := cat.Validate(); !slices.ContainsFunc(faults, func(err error) bool { return strings.Contains(err.Error(), c.at) }) {
			t.Errorf("%s: %v, want one about %s", c.name, faults, c.at)
		}
	}
}

func TestPublishAndEnrol(t *testing.T) {
	m := newMemory()
	publish := func(c *Catalogue) Op {
		return m.op(PublishCatalogue, "37010001", system, AtCentre, PublishCatalogueBody{Catalogue: *c})
	}
	out := m.must(t, publish(m.cat))
	if out.Changes[0].Feed != FeedCatalogue {
		t.Errorf("feed %s", out.Changes[0].Feed)
	}
	m.idle(t, publish(m.cat))
	next := *m.cat
	next.Version = "2"
	m.must(t, publish(&next))
	next.Version, next.Hours = "3", nil
	m.refuse(t, "bad_catalogue", publish(&next))
	m.refuse(t, "other_hall", m.op(PublishCatalogue, "37020001", system, AtCentre, PublishCatalogueBody{Catalogue: *m.cat}))

	enrol := func(id string, b EnrolTerminalBody) Op { return m.op(EnrolTerminal, id, system, AtCentre, b) }
	m.must(t, enrol("kiosk-1", EnrolTerminalBody{Role: AtKiosk, Letter: "K"}))
	m.idle(t, enrol("kiosk-1", EnrolTerminalBody{Role: AtKiosk, Letter: "K"}))
	m.refuse(t, "letter_taken", enrol("kiosk-2", EnrolTerminalBody{Role: AtKiosk, Letter: "K"}))
	m.refuse(t, "malformed", enrol("kiosk-2", EnrolTerminalBody{Role: AtKiosk, Letter: "k"}))
	m.refuse(t, "malformed", enrol("kiosk-2", EnrolTerminalBody{Role: "toaster"}))
	m.must(t, enrol("counter-1", EnrolTerminalBody{Role: AtCounter, Window: "1"}))
	m.must(t, enrol("counter-1", EnrolTerminalBody{Role: AtCounter, Window: "2"}))
	if k := load[Terminal](t, m, EntityTerminal, "counter-1"); k.Window != "2" {
		t.Errorf("terminal %+v", k)
	}
	if g, ok := m.cat.Group("social"); !ok || g.Name.In("pt") != "社会保险" {
		t.Error("a missing text is not in Simplified Chinese")
	}
	var none *Catalogue
	if _, ok := none.Group("x"); ok {
		t.Error("no catalogue has a group")
	}
}
