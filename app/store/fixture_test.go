package store

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
	"hallway/sync/writer"
)

func TestMain(m *testing.M) {
	if dir := childDir(); dir != "" {
		child(dir)
		return
	}
	rounds("25") // each opens databases; -rapid.checks asks for more
	if flag.Parse(); testing.Short() {
		rounds("60") // a fifth of which is drawn
	}
	goleak.VerifyTestMain(m)
}

// rounds is how often a property is drawn.
func rounds(n string) {
	if err := flag.Set("rapid.checks", n); err != nil {
		panic(err)
	}
}

const (
	hallCode = "37010001"
	lane     = "hall/" + hallCode
	today    = "2026-03-02"
)

var (
	noon    = time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)
	citizen = hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}
	follows = []sync.LaneFeeds{{Lane: sync.SharedLane, Feeds: []hall.Feed{hall.FeedCatalogue}},
		{Lane: lane, Feeds: []hall.Feed{hall.FeedQueue, hall.FeedCheckIn}}}
)

// desk is a real writer at arm's length: the tests carry operations and rows.
type desk struct {
	t    testing.TB
	w    *writer.Writer
	n    int
	keys writer.Keys
}

func newDesk(t testing.TB, block int) *desk {
	t.Helper()
	keys, err := writer.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, keys: keys}
	d.w, err = writer.Open(context.Background(), writer.Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "centre.db"), Keys: keys,
		Clock: func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.w.Close(); err != nil {
			t.Error(err)
		}
	})
	cat := hall.Catalogue{Version: "1", Code: hallCode, Area: "370100", Name: hall.Names{"zh-Hans": "示例市政务服务中心"},
		Groups:  []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5}},
		Items:   []hall.Item{{ID: "i", Group: "g", Name: hall.Names{"zh-Hans": "事项"}, Bookable: true, Quota: 9}},
		Windows: []hall.WindowDef{{ID: "1", Name: hall.Names{"zh-Hans": "1号窗口"}, Groups: []string{"g"}}},
		Hours:   []hall.OpenHours{{From: "09:00", To: "17:00"}},
		Booking: hall.BookingRules{MaxDaysAhead: 5, PerPersonDay: 1, EarlyMinutes: 30, LateMinutes: 15, Slots: []string{"10:20"}, SlotMinutes: 60},
		Queue:   hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: block}}
	d.own(hall.PublishCatalogue, hallCode, hall.PublishCatalogueBody{Catalogue: cat})
	d.own(hall.EnrolTerminal, "K1", hall.EnrolTerminalBody{Role: "kiosk", Letter: "K"})
	return d
}

func (d *desk) own(kind hall.Kind, entity string, body any) {
	d.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	d.n++
	info, _ := hall.KindOf(kind)
	op := hall.Op{ID: hall.OpID("own-" + string(kind) + "-" + entity), Kind: kind, Schema: 1, Lane: lane, Hall: hallCode, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Terminal: writer.Centre,
		Stamp: hall.Stamp{At: noon, Trust: hall.TrustSynced}, Body: raw}
	if info.Lane == "shared" {
		op.Lane = sync.SharedLane
	}
	if kind == hall.Book {
		pub, _, err := d.keys.Public()
		if err == nil {
			op.Sealed, err = seal.Seal(pub, seal.Info(op.ID, kind), []byte(`{"name":"测试乙"}`))
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
	v, err := d.w.Propose(context.Background(), op)
	if err != nil || v.Status != hall.Applied {
		d.t.Fatalf("%s: %v %v %v", kind, v.Status, v.Reason, err)
	}
}

// book makes an appointment for 10:20 today.
func (d *desk) book(id string) {
	d.t.Helper()
	key := seal.DayKey(d.keys.Lookup, hallCode, today)
	d.own(hall.Book, id, hall.BookBody{Item: "i", Day: today, Slot: "10:20", IDLookup: seal.Lookup(key, "doc", "111", id),
		PhoneLook: seal.Lookup(key, "phone", id, "1"), CodeLook: seal.Lookup(key, "qr", id), PersonLook: seal.Lookup(seal.LongKey(d.keys.Lookup, hallCode), "person", "111", id)})
}

func (d *desk) hello(s *Store) {
	d.t.Helper()
	pub, id, err := d.keys.Public()
	if err != nil {
		d.t.Fatal(err)
	}
	boot := s.BootTime()
	if err := s.Greeted(context.Background(), sync.HelloReply{ServerTime: noon, Epoch: 1, Hall: hallCode,
		Terminal: hall.Terminal{ID: "K1", Role: "kiosk", Letter: "K"}, Lanes: follows, SealKey: pub, SealKeyID: id,
		LookupDay: today, LookupKey: seal.DayKey(d.keys.Lookup, hallCode, today)}, boot, boot); err != nil {
		d.t.Fatal(err)
	}
}

// push carries at most n operations to the writer; the verdicts come back
// unless lost.
func (d *desk) push(s *Store, n int, lost bool) {
	d.t.Helper()
	p, err := s.Pending(context.Background(), n, 1<<20)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(p.Ops) == 0 {
		return
	}
	reply, err := d.w.Submit(context.Background(), p, writer.Origin{Terminal: "K1", Role: "kiosk", Lanes: []string{lane}})
	if err != nil || reply.Problem != nil {
		d.t.Fatalf("%v %v", err, reply.Problem)
	}
	if lost {
		return
	}
	if err := s.Record(context.Background(), reply.Verdicts); err != nil {
		d.t.Fatal(err)
	}
}

// page fetches the next rows of a feed.
func (d *desk) page(s *Store, ln string, feed hall.Feed, limit int) sync.Page {
	d.t.Helper()
	p, err := d.w.Rows(context.Background(), s.Cursor(ln, feed), limit)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func (d *desk) pull(s *Store) {
	d.t.Helper()
	for _, lf := range follows {
		for _, feed := range lf.Feeds {
			for more := true; more; {
				p := d.page(s, lf.Lane, feed, 0)
				if err := s.Apply(context.Background(), p); err != nil {
					d.t.Fatal(err)
				}
				more = p.More
			}
		}
	}
}

// meet is a whole sync: afterwards the store owns its numbers.
func (d *desk) meet(s *Store) {
	d.t.Helper()
	d.hello(s)
	s.SetLine(true)
	d.pull(s)
	if _, err := s.EnsureLeases(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	for s.Outbox() > 0 {
		d.push(s, 256, false)
	}
	d.pull(s)
}

// place is a terminal's disk in a test.
type place struct {
	t   testing.TB
	opt Options
	s   *Store
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{t: t, opt: Options{Dir: filepath.Join(t.TempDir(), "k1"), Terminal: "K1", Machine: "machine-1"}}
	p.open()
	t.Cleanup(func() { p.close() })
	return p
}

func (p *place) open() *Store {
	p.t.Helper()
	s, err := Open(context.Background(), p.opt)
	if err != nil {
		p.t.Fatal(err)
	}
	p.s = s
	return s
}

func (p *place) close() {
	p.t.Helper()
	if p.s == nil {
		return
	}
	if err := p.s.Close(); err != nil {
		p.t.Error(err)
	}
	p.s = nil
}

func (p *place) reopen() *Store { p.close(); return p.open() }

func ticket() TicketDraft {
	return TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary}
}

func issue(t testing.TB, s *Store) Issued {
	t.Helper()
	out, err := s.Issue(context.Background(), ticket())
	if err != nil {
		t.Fatal(err)
	}
	return out
}
