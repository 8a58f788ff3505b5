package hall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"
)

// memory is a World with a writer's habits: it decides, then applies.
type memory struct {
	entities map[EntityKind]map[string]json.RawMessage
	queues   map[string]*Queue
	cat      *Catalogue
	row      int64
	now      time.Time
	ops      int
	log      []Change
	effects  []Effect
}

func (m *memory) Entity(kind EntityKind, id string) (json.RawMessage, bool, error) {
	v, ok := m.entities[kind][id]
	return v, ok, nil
}

func (m *memory) Queue(day string) (*Queue, error) {
	if q, ok := m.queues[day]; ok {
		return q, nil
	}
	q := NewQueue(day)
	for id, v := range m.entities[EntityWindow] {
		if err := q.Apply(Change{Kind: EntityWindow, ID: id, Value: v}); err != nil {
			return nil, err
		}
	}
	m.queues[day] = q
	return q, nil
}

func (m *memory) Catalogue() (*Catalogue, error) { return m.cat, nil }

// take applies an outcome.
func (m *memory) take(t testing.TB, out Outcome) {
	t.Helper()
	for _, c := range out.Changes {
		m.row++
		if m.entities[c.Kind] == nil {
			m.entities[c.Kind] = map[string]json.RawMessage{}
		}
		m.entities[c.Kind][c.ID] = c.Value
		for _, q := range m.queues {
			if err := q.Apply(c); err != nil {
				t.Fatalf("apply %s: %v", c.Event, err)
			}
		}
		m.log = append(m.log, c)
	}
	m.effects = append(m.effects, out.Effects...)
}

// day of the tests: Monday 2026-11-23, a working day.
const today = "2026-11-23"

func at(clock string) time.Time {
	t, err := At(today, clock)
	if err != nil {
		panic(err)
	}
	return t
}

func newMemory() *memory {
	return &memory{
		entities: map[EntityKind]map[string]json.RawMessage{},
		queues:   map[string]*Queue{},
		cat:      testCatalogue(),
		now:      at("09:00"),
	}
}

func names(s string) Names { return Names{"zh-Hans": s} }

func testCatalogue() *Catalogue {
	return &Catalogue{
		Version: "1", Code: "37010001", Area: "370100", Name: names("示例市政务服务中心"),
		Groups: []Group{
			{ID: "social", Prefix: "A", Name: names("社会保险"), ServiceMinutes: 10},
			{ID: "house", Prefix: "B", Name: names("不动产"), ServiceMinutes: 20},
		},
		Items: []Item{
			{ID: "pension", Group: "social", Name: names("养老保险"), Bookable: true, Quota: 2},
			{ID: "deed", Group: "house", Name: names("不动产登记")},
		},
		Windows: []WindowDef{
			{ID: "1", Name: names("1 号窗口"), Groups: []string{"social"}},
			{ID: "2", Name: names("2 号窗口"), Groups: []string{"social", "house"}},
			{ID: "10", Name: names("10 号窗口"), Groups: []string{"house"}},
		},
		Staff: []Staff{
			{ID: "S1", Name: "甲", Roles: []Role{RoleClerk}, Windows: []string{"1", "2"}},
			{ID: "S2", Name: "乙", Roles: []Role{RoleClerk}},
		},
		Calendar: []CalendarYear{calendar2025, calendar2026},
		Hours:    []OpenHours{{"09:00", "12:00"}, {"13:00", "17:00"}},
		Booking: BookingRules{MaxDaysAhead: 5, PerPersonDay: 1, CancelHours: 2, EarlyMinutes: 30, LateMinutes: 15,
			Slots: []string{"09:00", "09:30", "10:00"}, SlotMinutes: 30, NoShowLimit: 2, NoShowDays: 90},
		Queue: QueueRules{Policy: PolicyStrict, Ratio: []int{2, 1}, AgeMinutes: 30, MaxCalls: 3, RecallSeconds: 10,
			RequeueBehind: 2, MaxRequeues: 1, OfflineBlock: 50},
	}
}

var (
	citizen = Actor{Kind: ActorCitizen, Role: RoleCitizen}
	device  = Actor{Kind: ActorDevice, Role: RoleDevice}
	system  = Actor{Kind: ActorSystem, Role: RoleSystem}
)

func clerk(id string) Actor { return Actor{Kind: ActorStaff, ID: id, Role: RoleClerk} }

// op makes an operation as a terminal would.
func (m *memory) op(kind Kind, entity string, actor Actor, terminal string, body any) Op {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	m.ops++
	info, _ := KindOf(kind)
	lane := info.Lane
	if lane == "hall" {
		lane = hallLane + m.cat.Code
	}
	return Op{ID: OpID(fmt.Sprintf("OP%06d", m.ops)), Kind: kind, Schema: 1, Lane: lane, Hall: m.cat.Code,
		Entity: entity, Actor: actor, Terminal: terminal, Stamp: Stamp{At: m.now, Trust: TrustSynced}, Body: raw}
}

// do decides and applies.
func (m *memory) do(t testing.TB, op Op) Outcome {
	t.Helper()
	out, err := Step(m, op, Context{Now: m.now, Row: m.row + 1})
	if err != nil {
		t.Fatalf("%s: %v", op.Kind, err)
	}
	info, _ := KindOf(op.Kind)
	for _, c := range out.Changes {
		if c.Kind != info.Aggregate && !slices.Contains(info.Touches, c.Kind) {
			t.Errorf("%s writes %s, which its row in the table of kinds does not name", op.Kind, c.Kind)
		}
	}
	m.take(t, out)
	return out
}

func (m *memory) must(t testing.TB, op Op) Outcome {
	t.Helper()
	out := m.do(t, op)
	if out.Status != Applied {
		t.Fatalf("%s of %s: %s %v, want applied", op.Kind, op.Entity, out.Status, out.Reason)
	}
	return out
}

// refuse expects a rejection with a code.
func (m *memory) refuse(t testing.TB, code string, op Op) {
	t.Helper()
	if out := m.do(t, op); out.Status != Rejected || out.Reason.Code != code {
		t.Fatalf("%s of %s: %s %v, want rejected %s", op.Kind, op.Entity, out.Status, out.Reason, code)
	}
}

func (m *memory) idle(t testing.TB, op Op) {
	t.Helper()
	if out := m.do(t, op); out.Status != Noop || len(out.Changes) != 0 {
		t.Fatalf("%s of %s: %s %v with %d changes, want noop", op.Kind, op.Entity, out.Status, out.Reason, len(out.Changes))
	}
}

func load[T any](t testing.TB, m *memory, kind EntityKind, id string) T {
	t.Helper()
	v, ok, err := Load[T](m, kind, id)
	if err != nil || !ok {
		t.Fatalf("%s %s: found %v, error %v", kind, id, ok, err)
	}
	return v
}

func (m *memory) ticket(t testing.TB, id string) Ticket { return load[Ticket](t, m, EntityTicket, id) }

// lease owns numbers for a terminal.
func (m *memory) lease(t testing.TB, terminal, group, prefix string, count int) Lease {
	t.Helper()
	series := SeriesID(prefix, DayOf(m.now))
	out := m.must(t, m.op(LeaseNumbers, series, device, terminal, LeaseNumbersBody{
		Series: series, Group: group, Day: DayOf(m.now), Count: count, Offline: len(prefix) == 2}))
	var r LeaseResult
	if err := json.Unmarshal(out.Result, &r); err != nil {
		t.Fatal(err)
	}
	return r.Lease
}

// slip is the body of a ticket with one owned number.
func (m *memory) slip(t testing.TB, group string, class Class) TakeTicketBody {
	t.Helper()
	g, _ := m.cat.Group(group)
	l := m.lease(t, "kiosk-1", group, g.Prefix, 1)
	return TakeTicketBody{Number: FormatNumber(l.Prefix, l.From), Lease: l.ID, Seq: l.From, Day: l.Day, Group: group, Class: class}
}

// issue puts a ticket into the queue and gives its id, which is its number.
func (m *memory) issue(t testing.TB, group string, class Class) string {
	t.Helper()
	body := m.slip(t, group, class)
	m.must(t, m.op(TakeTicket, body.Number, citizen, "kiosk-1", body))
	return body.Number
}

func (m *memory) open(t testing.TB, window, staff string) {
	t.Helper()
	m.must(t, m.op(OpenWindow, window, clerk(staff), "counter-"+window, OpenWindowBody{}))
}

func (m *memory) act(kind Kind, ticket, window, staff string) Op {
	return m.op(kind, ticket, clerk(staff), "counter-"+window, TicketActBody{Window: window})
}

// next calls at a window and gives the ticket.
func (m *memory) next(t testing.TB, window, staff string) Ticket {
	t.Helper()
	out := m.must(t, m.op(CallNext, window, clerk(staff), "counter-"+window, CallNextBody{}))
	var r CallResult
	if err := json.Unmarshal(out.Result, &r); err != nil {
		t.Fatal(err)
	}
	return r.Ticket
}

// serve calls, serves and finishes.
func (m *memory) serve(t testing.TB, window, staff string) Ticket {
	t.Helper()
	k := m.next(t, window, staff)
	m.must(t, m.act(StartService, k.ID, window, staff))
	m.must(t, m.act(FinishService, k.ID, window, staff))
	return k
}

// put adds a waiting ticket straight to a queue, for tests of order alone.
func put(t testing.TB, q *Queue, k Ticket) {
	t.Helper()
	if k.Day == "" {
		k.Day = q.Day()
	}
	if k.State == "" {
		k.State = TicketIssued
	}
	if k.Number == "" {
		k.Number = k.ID
	}
	if k.Group == "" {
		k.Group = "social"
	}
	raw, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Apply(Change{Kind: EntityTicket, ID: k.ID, Value: raw}); err != nil {
		t.Fatal(err)
	}
}

func idsOf(list []Candidate) []string {
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.Ticket.ID
	}
	return ids
}

func pad(n int) string { return strconv.Itoa(100000 + n) }

var calendar2025 = CalendarYear{Year: 2025,
	Off: join([]string{"2025-01-01"}, days("2025-01-28", "2025-02-04"), days("2025-04-04", "2025-04-06"), days("2025-05-01", "2025-05-05"),
		days("2025-05-31", "2025-06-02"), days("2025-10-01", "2025-10-08")),
	Worked: []string{"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"}}

var calendar2026 = CalendarYear{Year: 2026,
	Off: join(days("2026-01-01", "2026-01-03"), days("2026-02-15", "2026-02-23"), days("2026-04-04", "2026-04-06"), days("2026-05-01", "2026-05-05"),
		days("2026-06-19", "2026-06-21"), days("2026-09-25", "2026-09-27"), days("2026-10-01", "2026-10-07")),
	Worked: []string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}}

func days(from, to string) []string {
	var list []string
	t, err := DayStart(from)
	if err != nil {
		panic(err)
	}
	for ; DayOf(t) <= to; t = t.AddDate(0, 0, 1) {
		list = append(list, DayOf(t))
	}
	return list
}

func join(lists ...[]string) []string {
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
