package terminal

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/app/hall"
	"hallway/app/store"
	wire "hallway/sync"
	"hallway/sync/seal"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if fontsMade != "" {
			_ = os.RemoveAll(fontsMade)
		}
		os.Exit(code)
	}))
}

// day and clock of the tests: a Monday that is worked.
var testDay = "2026-03-02"

func at(clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", testDay+" "+clock, hall.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func testCatalogue() *hall.Catalogue {
	n := func(s string) hall.Names { return hall.Names{"zh-Hans": s} }
	return &hall.Catalogue{Version: "1", Code: "37010001", Area: "370100", Name: n("示例市政务服务中心"),
		Groups: []hall.Group{{ID: "social", Prefix: "A", Name: n("社保"), ServiceMinutes: 5},
			{ID: "tax", Prefix: "B", Name: n("税务"), ServiceMinutes: 8}},
		Items: []hall.Item{{ID: "pension", Group: "social", Name: n("养老"), Bookable: true, Quota: 2},
			{ID: "invoice", Group: "tax", Name: n("发票")}},
		Windows: []hall.WindowDef{{ID: "1", Name: n("1 号窗口"), Groups: []string{"social", "tax"}},
			{ID: "2", Name: n("2 号窗口"), Groups: []string{"social", "tax"}}},
		Calendar: []hall.CalendarYear{{Year: 2026}},
		Hours:    []hall.OpenHours{{From: "08:30", To: "17:30"}},
		Booking:  hall.BookingRules{EarlyMinutes: 30, LateMinutes: 15, Slots: []string{"10:00"}, SlotMinutes: 30},
		Queue:    hall.QueueRules{Policy: hall.PolicyStrict, MaxCalls: 3, RequeueBehind: 1, MaxRequeues: 1}}
}

// world is the confirmed state of a small hall and, in one, its writer.
type world struct {
	mu       sync.Mutex
	cat      *hall.Catalogue
	entities map[string]json.RawMessage
	queues   map[string]*hall.Queue
	row      int64
	ops      []hall.Op
	verdicts map[hall.OpID]wire.Verdict
	watchers map[int]func()
	seq      int
}

func newWorld() *world {
	return &world{cat: testCatalogue(), entities: map[string]json.RawMessage{}, queues: map[string]*hall.Queue{},
		verdicts: map[hall.OpID]wire.Verdict{}, watchers: map[int]func(){}}
}

func (w *world) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	raw, ok := w.entities[string(kind)+"/"+id]
	return raw, ok, nil
}

func (w *world) Queue(day string) (*hall.Queue, error) {
	q, ok := w.queues[day]
	if !ok {
		q = hall.NewQueue(day)
		w.queues[day] = q
	}
	return q, nil
}

func (w *world) Catalogue() (*hall.Catalogue, error) { return w.cat, nil }

// locked is the world behind its lock, for readers.
type locked struct{ w *world }

func (l locked) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.Entity(kind, id)
}

func (l locked) Queue(day string) (*hall.Queue, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	q, err := l.w.Queue(day)
	return q.Clone(), err
}

func (l locked) Catalogue() (*hall.Catalogue, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.Catalogue()
}

// decide applies an operation and keeps its verdict.
func (w *world) decide(op hall.Op, now time.Time) (wire.Verdict, error) {
	w.mu.Lock()
	out, err := hall.Step(w, op, hall.Context{Now: now, Row: w.row + 1})
	if err != nil {
		w.mu.Unlock()
		return wire.Verdict{}, err
	}
	w.ops = append(w.ops, op)
	for _, c := range out.Changes {
		w.put(c)
	}
	v := wire.Verdict{OpID: op.ID, Status: out.Status, Reason: out.Reason, Result: out.Result, At: now}
	w.verdicts[op.ID] = v
	var tell []func()
	for _, f := range w.watchers {
		tell = append(tell, f)
	}
	w.mu.Unlock()
	for _, f := range tell {
		f()
	}
	return v, nil
}

func (w *world) put(c hall.Change) {
	w.row++
	w.entities[string(c.Kind)+"/"+c.ID] = c.Value
	for _, day := range []string{testDay} {
		q, _ := w.Queue(day)
		if err := q.Apply(c); err != nil {
			panic(err)
		}
	}
}

// kinds lists the kinds of the operations, in order.
func (w *world) kinds(kind hall.Kind) []hall.Op {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []hall.Op
	for _, op := range w.ops {
		if op.Kind == kind {
			list = append(list, op)
		}
	}
	return list
}

// book puts an appointment there.
func (w *world) book(t *testing.T, id, slot, docNo, phone, code, secret string) hall.Appointment {
	t.Helper()
	slotAt := at(slot)
	a := hall.Appointment{ID: id, Day: testDay, Slot: slot, SlotAt: slotAt, Item: "pension", Group: "social", State: hall.Booked,
		IDLookup: seal.Lookup(testKey, "doc", "111", docNo), PhoneLook: seal.Lookup(testKey, "phone", phone, code),
		CodeLook: seal.Lookup(testKey, "qr", secret)}
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put(hall.Change{Feed: hall.FeedCheckIn, Event: "booked", Kind: hall.EntityAppointment, ID: id, Value: raw})
	return a
}

var testKey = []byte("0123456789abcdef0123456789abcdef")

// fakeStore is one terminal's store over the shared world. hold keeps
// operations without a verdict until release.
type fakeStore struct {
	w        *world
	terminal string
	clock    func() time.Time

	mu         sync.Mutex
	hold       bool
	noKey      bool
	held       []hall.Op
	numbers    map[string]int
	jobs       map[string]string
	ticketOf   map[string]string
	open, lost []Job
	sealed     []hall.PersonSealed
	failing    error
	refuse     string
	work       []Rejection
	paperOf    map[string]PaperState // of jobs
	files      map[string][]byte
	typed      []TypedText
	slow       chan struct{} // not nil: numbers are spent when it is closed
}

func newFakeStore(w *world, terminal string, clock func() time.Time) *fakeStore {
	return &fakeStore{w: w, terminal: terminal, clock: clock, numbers: map[string]int{"social": 100, "tax": 100}, jobs: map[string]string{}, ticketOf: map[string]string{}, paperOf: map[string]PaperState{}, files: map[string][]byte{}}
}

func (s *fakeStore) next(prefix string) string {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.seq++
	return fmt.Sprintf("%s%04d", prefix, s.w.seq)
}

func (s *fakeStore) Propose(_ context.Context, d Draft) (hall.Op, error) {
	s.mu.Lock()
	failing, hold := s.failing, s.hold
	s.mu.Unlock()
	if failing != nil {
		return hall.Op{}, failing
	}
	body, err := json.Marshal(d.Body)
	if err != nil {
		return hall.Op{}, err
	}
	info, _ := hall.KindOf(d.Kind)
	op := hall.Op{ID: hall.OpID(s.next("OP")), Kind: d.Kind, Schema: info.Schema, Lane: "hall/37010001", Hall: "37010001",
		Entity: d.Entity, Actor: d.Actor, Terminal: s.terminal, Stamp: hall.Stamp{At: s.clock(), Trust: hall.TrustSynced}, Body: body}
	s.mu.Lock()
	if who, ok := d.Sealed.(hall.PersonSealed); ok {
		s.sealed = append(s.sealed, who)
		op.Sealed = []byte("sealed")
	}
	if d.Sealed != nil {
		op.Sealed = []byte("sealed")
	}
	refuse := s.refuse
	s.mu.Unlock()
	if refuse != "" {
		s.w.mu.Lock()
		s.w.verdicts[op.ID] = wire.Verdict{OpID: op.ID, Status: hall.Rejected, Reason: hall.Text{Code: refuse}}
		s.w.mu.Unlock()
		return op, nil
	}
	if hold {
		s.mu.Lock()
		s.held = append(s.held, op)
		s.mu.Unlock()
		return op, nil
	}
	_, err = s.w.decide(op, s.clock())
	return op, err
}

func (s *fakeStore) release() {
	s.mu.Lock()
	held := s.held
	s.held, s.hold = nil, false
	s.mu.Unlock()
	for _, op := range held {
		if _, err := s.w.decide(op, s.clock()); err != nil {
			panic(err)
		}
	}
}

func (s *fakeStore) Issue(ctx context.Context, d TicketDraft) (Issued, error) {
	if s.slow != nil {
		<-s.slow
	}
	s.mu.Lock()
	if s.failing != nil {
		defer s.mu.Unlock()
		return Issued{}, s.failing
	}
	if s.numbers[d.Group] == 0 {
		s.mu.Unlock()
		return Issued{}, &store.Error{Code: store.CodeNoNumbers}
	}
	s.numbers[d.Group]--
	seq := 100 - s.numbers[d.Group]
	if d.Person != nil {
		s.sealed = append(s.sealed, *d.Person)
	}
	s.mu.Unlock()
	g, _ := s.w.cat.Group(d.Group)
	id, job := s.next("TICKET"), s.next("JOB")
	lease := hall.Lease{ID: "lease-" + g.Prefix, Series: hall.SeriesID(g.Prefix, testDay), Group: g.ID, Day: testDay,
		Terminal: s.terminal, From: 1, To: 100, Prefix: g.Prefix}
	raw, _ := json.Marshal(lease)
	s.w.mu.Lock()
	s.w.entities["lease/"+lease.ID] = raw
	s.w.mu.Unlock()
	body := hall.TakeTicketBody{Number: hall.FormatNumber(g.Prefix, seq), Lease: lease.ID, Seq: seq, Day: testDay, Group: d.Group,
		Item: d.Item, Class: d.Class, Locale: d.Locale}
	draft := Draft{Kind: hall.TakeTicket, Entity: id, Actor: d.Actor, Body: body}
	if d.Appointment != "" {
		draft.Kind, draft.Body = hall.CheckIn, hall.CheckInBody{TakeTicketBody: body, Appointment: d.Appointment, Way: d.Way}
	}
	s.mu.Lock()
	s.jobs[job], s.ticketOf[job] = store.JobQueued, id
	if d.Begun {
		s.jobs[job] = store.JobBegun
	}
	s.mu.Unlock()
	op, err := s.Propose(ctx, draft)
	return Issued{Op: op, Ticket: id, Number: body.Number, Job: job}, err
}

func (s *fakeStore) Await(ctx context.Context, id hall.OpID) (wire.Verdict, error) {
	for {
		s.w.mu.Lock()
		v, ok := s.w.verdicts[id]
		s.w.mu.Unlock()
		if ok {
			return v, nil
		}
		select {
		case <-ctx.Done():
			return wire.Verdict{}, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *fakeStore) World() hall.World     { return locked{s.w} }
func (s *fakeStore) Confirmed() hall.World { return locked{s.w} }

func (s *fakeStore) Appointments(context.Context, string) ([]hall.Appointment, error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	var list []hall.Appointment
	for key, raw := range s.w.entities {
		var a hall.Appointment
		if len(key) > 12 && key[:12] == "appointment/" {
			if err := json.Unmarshal(raw, &a); err != nil {
				return nil, err
			}
			list = append(list, a)
		}
	}
	return list, nil
}

func (s *fakeStore) Numbers(group string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.numbers[group] > 0
}

func (s *fakeStore) JobBegun(_ context.Context, job string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs[job] != store.JobQueued {
		return &store.Error{Code: store.CodeJobState}
	}
	s.jobs[job] = store.JobBegun
	return nil
}

func (s *fakeStore) JobEnded(ctx context.Context, job, outcome string) error {
	s.mu.Lock()
	s.jobs[job] = outcome
	ticket := s.ticketOf[job]
	paper := s.paperOf[job].Kind != ""
	s.mu.Unlock()
	if paper {
		return nil
	}
	_, err := s.Propose(ctx, Draft{Kind: hall.SlipPrinted, Entity: ticket, Actor: deviceActor(),
		Body: hall.SlipPrintedBody{Job: job, Outcome: outcome}})
	return err
}

func (s *fakeStore) OpenJobs(context.Context) ([]Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.open
	s.open = nil
	return open, nil
}

func (s *fakeStore) LostJobs(context.Context, time.Duration) ([]Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost, nil
}

func (s *fakeStore) Outbox() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held)
}

func (s *fakeStore) PendingFor(entity string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range s.held {
		if op.Entity == entity {
			return true
		}
	}
	return false
}

func (s *fakeStore) WorkList() []Rejection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Rejection(nil), s.work...)
}

func (s *fakeStore) Dismiss(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, w := range s.work {
		if w.ID == id {
			s.work = append(s.work[:i], s.work[i+1:]...)
			break
		}
	}
	return nil
}

func (s *fakeStore) Now() (time.Time, hall.Stamp) {
	return s.clock(), hall.Stamp{At: s.clock(), Trust: hall.TrustSynced}
}

func (s *fakeStore) Watch(f func()) func() {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.seq++
	id := s.w.seq
	s.w.watchers[id] = f
	return func() {
		s.w.mu.Lock()
		defer s.w.mu.Unlock()
		delete(s.w.watchers, id)
	}
}

// fakeLine is a line that is up until it is cut.
type fakeLine struct {
	mu         sync.Mutex
	down       bool
	problem    *wire.Problem
	recovering bool
}

func (l *fakeLine) Problem() *wire.Problem {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.problem
}

func (l *fakeLine) Recovering() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.recovering
}

func (l *fakeLine) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
}

func (l *fakeLine) Online() (bool, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.down, at("08:00")
}

func (s *fakeStore) LookupKey(day string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return testKey, day == testDay && !s.noKey
}

func (l *fakeLine) Watch(func()) func() { return func() {} }

// clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}
