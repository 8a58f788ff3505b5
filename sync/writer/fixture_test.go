package writer

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
)

const (
	hallCode = "37010001"
	hallLane = "hall/" + hallCode
	today    = "2026-03-02"
)

// noon is a working Monday in the hall.
var noon = time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)

func testKeys(t testing.TB) Keys {
	t.Helper()
	k, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// node is a writer under test that can be killed and opened again.
type node struct {
	*Writer
	t    testing.TB
	opts Options
}

func start(t testing.TB, dsn string, change ...func(*Options)) *node {
	t.Helper()
	o := Options{DSN: dsn, Keys: testKeys(t), Clock: func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&o)
	}
	n := &node{t: t, opts: o}
	n.open()
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func (n *node) open() {
	n.t.Helper()
	w, err := Open(n.t.Context(), n.opts)
	if err != nil {
		n.t.Fatal(err)
	}
	n.Writer = w
}

// restart closes the database and opens it again: nothing in memory survives.
func (n *node) restart() {
	n.t.Helper()
	if err := n.Close(); err != nil {
		n.t.Fatal(err)
	}
	n.open()
}

func (n *node) verify(lanes ...string) {
	n.t.Helper()
	for _, lane := range append(lanes, hallLane, sync.SharedLane) {
		if err := n.Verify(context.Background(), lane); err != nil {
			n.t.Error(err)
		}
	}
}

// head is the last row of the hall's lane.
func (n *node) head() int64 {
	n.t.Helper()
	row, _, err := n.Head(context.Background(), hallLane)
	if err != nil {
		n.t.Fatal(err)
	}
	return row
}

// furnish publishes a hall with some windows and enrols a kiosk and a counter
// per window.
func (n *node) furnish(windows int) {
	n.t.Helper()
	cat := hall.Catalogue{
		Version: "1", Code: hallCode, Area: "370100", Name: hall.Names{"zh-Hans": "示例市政务服务中心"},
		Groups: []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5}},
		Items:  []hall.Item{{ID: "i", Group: "g", Name: hall.Names{"zh-Hans": "事项"}, Bookable: true, Quota: 2}},
		Hours:  []hall.OpenHours{{From: "09:00", To: "17:00"}},
		Booking: hall.BookingRules{MinDaysAhead: 0, MaxDaysAhead: 5, PerPersonDay: 1, CancelHours: 0, EarlyMinutes: 30, LateMinutes: 15,
			Slots: []string{"11:00", "14:00"}, SlotMinutes: 60},
		Queue: hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 50},
	}
	for i := range windows {
		id := fmt.Sprint(i + 1)
		cat.Windows = append(cat.Windows, hall.WindowDef{ID: id, Name: hall.Names{"zh-Hans": id + "号窗口"}, Groups: []string{"g"}})
		cat.Staff = append(cat.Staff, hall.Staff{ID: "s" + id, Name: "员工", Roles: []hall.Role{hall.RoleClerk}})
	}
	n.own(hall.PublishCatalogue, "cat-1", hallCode, hall.PublishCatalogueBody{Catalogue: cat})
	n.own(hall.EnrolTerminal, "enrol-k", "K1", hall.EnrolTerminalBody{Role: "kiosk", Letter: "K"})
}

// own proposes an operation of the centre that must be applied.
func (n *node) own(kind hall.Kind, id, entity string, body any) sync.Verdict {
	n.t.Helper()
	v, err := n.Propose(context.Background(), centreOp(n.t, kind, id, entity, body))
	if err != nil {
		n.t.Fatal(err)
	}
	if v.Status != hall.Applied {
		n.t.Fatalf("%s %s: %s %v", kind, id, v.Status, v.Reason)
	}
	return v
}

func centreOp(t testing.TB, kind hall.Kind, id, entity string, body any) hall.Op {
	t.Helper()
	return hall.Op{ID: hall.OpID(id), Kind: kind, Hall: hallCode, Entity: entity, Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw(t, body)}
}

func raw(t testing.TB, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// device is a terminal with its own sequence in the hall's lane.
type device struct {
	t           testing.TB
	id, role    string
	incarnation string
	sent        []sync.Envelope
	n           int
}

func kiosk(t testing.TB) *device { return &device{t: t, id: "K1", role: "kiosk", incarnation: "i1"} }

func counter(t testing.TB, window int) *device {
	return &device{t: t, id: fmt.Sprintf("C%d", window), role: "counter", incarnation: "i1"}
}

func (d *device) origin() Origin {
	return Origin{Terminal: d.id, Role: d.role, Lanes: []string{hallLane}, Session: func(_ context.Context, a hall.Actor) (bool, error) {
		return a.Session == "live", nil
	}}
}

// op makes an operation of this terminal by the actor that its kind is for.
func (d *device) op(kind hall.Kind, entity string, body any) hall.Op {
	d.t.Helper()
	d.n++
	op := hall.Op{
		ID: hall.OpID(fmt.Sprintf("%s-%s-%d", d.id, d.incarnation, d.n)), Kind: kind, Schema: 1, Lane: hallLane, Hall: hallCode, Entity: entity,
		Terminal: d.id, Stamp: hall.Stamp{At: noon, Trust: hall.TrustSynced}, Body: raw(d.t, body),
	}
	switch kind {
	case hall.LeaseNumbers, hall.SlipPrinted:
		op.Actor = hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice}
	case hall.TakeTicket, hall.CheckIn, hall.Rate:
		op.Actor = hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}
	default:
		op.Actor = hall.Actor{Kind: hall.ActorStaff, ID: "s" + d.id[1:], Role: hall.RoleClerk, Session: "live"}
	}
	return op
}

// seal puts an operation at the end of the terminal's sequence.
func (d *device) seal(op hall.Op) sync.Envelope {
	d.t.Helper()
	return d.sealBytes(raw(d.t, op))
}

func (d *device) sealBytes(body []byte) sync.Envelope {
	e := sync.Envelope{Terminal: d.id, Incarnation: d.incarnation, Lane: hallLane, Seq: int64(len(d.sent) + 1), Body: body}
	if len(d.sent) > 0 {
		e.PrevHash = d.sent[len(d.sent)-1].Hash
	}
	e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
	d.sent = append(d.sent, e)
	return e
}

func (d *device) push(es ...sync.Envelope) sync.Push {
	return sync.Push{Terminal: d.id, Incarnation: d.incarnation, Lane: hallLane, Ops: es}
}

// submit pushes envelopes that must not meet a Problem.
func (d *device) submit(n *node, es ...sync.Envelope) []sync.Verdict {
	d.t.Helper()
	reply, err := n.Submit(context.Background(), d.push(es...), d.origin())
	if err != nil || reply.Problem != nil {
		d.t.Fatalf("%s: %v, problem %v", d.id, err, reply.Problem)
	}
	return reply.Verdicts
}

// do seals and submits one operation.
func (d *device) do(n *node, kind hall.Kind, entity string, body any) sync.Verdict {
	d.t.Helper()
	return d.submit(n, d.seal(d.op(kind, entity, body)))[0]
}

// lease owns numbers of the terminal's own letter.
func (d *device) lease(n *node, count int) hall.Lease {
	d.t.Helper()
	v := d.do(n, hall.LeaseNumbers, "AK/"+today, hall.LeaseNumbersBody{Series: "AK/" + today, Group: "g", Day: today, Count: count, Offline: true})
	if v.Status != hall.Applied {
		d.t.Fatalf("lease: %s %v", v.Status, v.Reason)
	}
	var r hall.LeaseResult
	if err := json.Unmarshal(v.Result, &r); err != nil {
		d.t.Fatal(err)
	}
	return r.Lease
}

// ticket is the operation that issues a number of a lease.
func (d *device) ticket(l hall.Lease, seq int) hall.Op {
	d.t.Helper()
	number := hall.FormatNumber(l.Prefix, seq)
	return d.op(hall.TakeTicket, "t-"+number, hall.TakeTicketBody{Number: number, Lease: l.ID, Seq: seq, Day: today, Group: "g", Item: "i", Class: hall.ClassOrdinary, Offline: true})
}

// all reads a feed from its start, and checks the chain as a follower would.
func all(t testing.TB, n *node, lane string, feed hall.Feed, limit int) []sync.Row {
	t.Helper()
	c := sync.Cursor{Lane: lane, Feed: feed}
	var out []sync.Row
	var sum sync.StateSum
	state := map[string]json.RawMessage{}
	for {
		page, err := n.Rows(context.Background(), c, limit)
		if err != nil {
			t.Fatal(err)
		}
		if page.From != c.Row || page.To < page.From {
			t.Fatalf("page %d–%d after cursor %d", page.From, page.To, c.Row)
		}
		for _, r := range page.Rows {
			if r.Row <= c.Row || r.Row > page.To || r.PrevHash != c.Hash || sync.RowHash(r) != r.Hash {
				t.Fatalf("row %d does not follow %d", r.Row, c.Row)
			}
			c.Row, c.Hash = r.Row, r.Hash
			key := string(r.Kind) + "/" + r.ID
			sum.Replace(r.Kind, r.ID, state[key], r.Value)
			state[key] = r.Value
			out = append(out, r)
		}
		c.Row, c.Epoch = page.To, page.Epoch
		if page.StateRow != 0 && (page.StateRow != page.To || page.StateHash != sum.String()) {
			t.Fatalf("state at row %d is %s, the page says %s", page.StateRow, sum, page.StateHash)
		}
		if !page.More {
			return out
		}
	}
}

func sealPerson(t testing.TB, n *node, id hall.OpID, kind hall.Kind, p hall.PersonSealed) []byte {
	t.Helper()
	pub, _, err := n.Keys().Public()
	if err != nil {
		t.Fatal(err)
	}
	b, err := seal.Seal(pub, seal.Info(id, kind), raw(t, p))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
