package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/sync"
)

// errNothing ends a transaction that only looked.
var errNothing = errors.New("nothing is to be written")

// sameAsRebuilt checks that the overlay, the layers and the queues shown are what throwing all of it away and casting every
// operation again would give.
func sameAsRebuilt(r *rapid.T, s *Store, when string) {
	// Told outside: a test that ended inside the transaction would hold it.
	err := s.write(context.Background(), func(t *tx) error {
		over := maps.Clone(t.next.live.over)
		shown := map[string]string{}
		for day, q := range t.next.shown {
			shown[day] = text([]any{q.Tickets(), q.Windows()})
		}
		had := t.layers
		t.todo.all = true
		if err := t.settle(); err != nil {
			return err
		}
		for k, vs := range t.layers.versions {
			v, ok := over[k]
			if !ok || !sameValue(v, vs[len(vs)-1].value) {
				return fmt.Errorf("%s: %v is %s (%v), rebuilt it is %s", when, k, v, ok, vs[len(vs)-1].value)
			}
		}
		if len(over) != len(t.layers.versions) {
			return fmt.Errorf("%s: %d values, rebuilt %d", when, len(over), len(t.layers.versions))
		}
		for pos, l := range t.layers.at {
			if a, b := fmt.Sprintf("%+v %+v %d", had.at[pos].reads, had.at[pos].writes, had.at[pos].row), fmt.Sprintf("%+v %+v %d", l.reads, l.writes, l.row); a != b {
				return fmt.Errorf("%s: operation %d (%s) is\n%s\nrebuilt\n%s", when, pos, l.op.Kind, a, b)
			}
		}
		if a, b := fmt.Sprint(had.readers), fmt.Sprint(t.layers.readers); a != b || len(had.at) != len(t.layers.at) || !maps.Equal(had.acked, t.layers.acked) {
			return fmt.Errorf("%s: readers %s\nrebuilt %s", when, a, b)
		}
		for day, q := range t.next.shown {
			if now := text([]any{q.Tickets(), q.Windows()}); shown[day] != "" && shown[day] != now {
				return fmt.Errorf("%s: the queue of %s is\n%s\nrebuilt\n%s", when, day, shown[day], now)
			}
		}
		return errNothing
	})
	if !errors.Is(err, errNothing) {
		r.Fatal(err)
	}
}

// anyCentre answers a terminal with whatever comes: verdicts of every kind, and
// rows that say what the terminal guessed, or something else.
type anyCentre struct {
	r    *rapid.T
	s    *Store
	row  int64
	made int
}

func (a *anyCentre) feeds() []hall.Feed {
	for _, lf := range a.s.Follows() {
		if lf.Lane == lane {
			return lf.Feeds
		}
	}
	return nil
}

// verdicts decides some of the oldest operations.
func (a *anyCentre) verdicts() {
	p, err := a.s.Pending(context.Background(), rapid.IntRange(1, 4).Draw(a.r, "batch"), 1<<20)
	if err != nil {
		a.r.Fatal(err)
	}
	var vs []sync.Verdict
	for _, e := range p.Ops {
		var op hall.Op
		if err := json.Unmarshal(e.Body, &op); err != nil {
			a.r.Fatal(err)
		}
		v := sync.Verdict{OpID: op.ID, Seq: e.Seq, Status: hall.Applied, At: noon}
		switch rapid.SampledFrom([]string{"row", "row", "row", "applied", "noop", "rejected"}).Draw(a.r, "verdict") {
		case "row":
			a.row++
			v.Row = a.row
		case "noop":
			v.Status = hall.Noop
		case "rejected":
			v.Status, v.Reason = hall.Rejected, hall.Text{Code: "any"}
		}
		vs = append(vs, v)
	}
	if err := a.s.Record(context.Background(), vs); err != nil {
		a.r.Fatal(err)
	}
}

// value is something that the centre may say of an entity of the overlay or
// of the replica: what is guessed here, another value, or that it is gone.
func (a *anyCentre) value() (k entityKey, v json.RawMessage) {
	a.s.mu.RLock()
	over := maps.Clone(a.s.state.Load().live.over)
	a.s.mu.RUnlock()
	keys := slices.Collect(maps.Keys(over))
	rows, err := a.s.readers.Load().Query("SELECT kind, id, value FROM replica WHERE lane = ?", lane)
	if err != nil {
		a.r.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var k entityKey
		var raw []byte
		if err := rows.Scan(&k.kind, &k.id, &raw); err != nil {
			a.r.Fatal(err)
		}
		if _, ok := over[k]; !ok {
			keys, over[k] = append(keys, k), raw
		}
	}
	if len(keys) == 0 {
		return k, nil
	}
	slices.SortFunc(keys, func(a, b entityKey) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	k = rapid.SampledFrom(keys).Draw(a.r, "entity")
	v = over[k]
	switch what := rapid.SampledFrom([]string{"as it is", "as it is", "otherwise", "gone"}).Draw(a.r, "value"); {
	case what == "gone":
		return k, nil
	case what == "otherwise" && v != nil:
		var m map[string]any
		if err := json.Unmarshal(v, &m); err != nil {
			a.r.Fatal(err)
		}
		a.made++
		m["made"] = a.made
		switch k.kind {
		case hall.EntityTicket:
			m["number"] = a.number(keys, over)
			m["order"] = a.row
		case hall.EntityPaper:
			m["custody"] = rapid.SampledFrom([]hall.Custody{hall.AtDepartment, hall.InTransit}).Draw(a.r, "custody")
		}
		if v, err = json.Marshal(m); err != nil {
			a.r.Fatal(err)
		}
	}
	return k, v
}

// number is the number of any ticket.
func (a *anyCentre) number(keys []entityKey, over map[entityKey]json.RawMessage) string {
	all := []string{"A001"}
	for _, k := range keys {
		var t hall.Ticket
		if k.kind == hall.EntityTicket && json.Unmarshal(over[k], &t) == nil {
			all = append(all, t.Number)
		}
	}
	return rapid.SampledFrom(all).Draw(a.r, "number")
}

// rows sends the next page of one feed, damaged now and then.
func (a *anyCentre) rows() {
	feed := rapid.SampledFrom(a.feeds()).Draw(a.r, "feed")
	c := a.s.Cursor(lane, feed)
	p := sync.Page{Epoch: max(c.Epoch, 1), Lane: lane, Feed: feed, From: c.Row}
	a.row = max(a.row, c.Row)
	at, hash := c.Row, c.Hash
	for range rapid.IntRange(0, 4).Draw(a.r, "rows") {
		k, v := a.value()
		if k.kind == "" {
			break
		}
		at++
		row := sync.Row{Lane: lane, Row: at, Feed: feed, Event: "any", Kind: k.kind, ID: k.id, Value: v, At: noon, Epoch: p.Epoch, PrevHash: hash}
		row.Hash = sync.RowHash(row)
		hash = row.Hash
		p.Rows = append(p.Rows, row)
	}
	a.row = max(a.row, at)
	p.To = rapid.Int64Range(at, a.row).Draw(a.r, "to")
	if damaged := rapid.IntRange(0, 5).Draw(a.r, "damage") == 0 && len(p.Rows) > 0; damaged {
		p.Rows[len(p.Rows)-1].Hash += "x"
		if err := a.s.Apply(context.Background(), p); !errors.Is(err, sync.ErrDiverged) {
			a.r.Fatalf("a damaged page: %v", err)
		}
		return
	}
	if err := a.s.Apply(context.Background(), p); err != nil {
		a.r.Fatal(err)
	}
}

func (a *anyCentre) snapshot() {
	feed := rapid.SampledFrom(a.feeds()).Draw(a.r, "feed")
	a.row = max(a.row, a.s.Cursor(lane, feed).Row)
	snap := sync.Snapshot{Epoch: 1, Lane: lane, Feed: feed, Row: a.row, Hash: fmt.Sprint("h", a.row)}
	if err := a.s.ApplySnapshot(context.Background(), snap); err != nil {
		a.r.Fatal(err)
	}
}

// TestOverlayIsWhatARebuildGives, at a kiosk: tickets and slips.
func TestOverlayIsWhatARebuildGives(t *testing.T) {
	d := newDesk(t, 400)
	ids := 0
	rapid.Check(t, func(r *rapid.T) {
		ids++
		p := &place{t: t, opt: Options{Dir: fmt.Sprintf("%s/k%d", t.TempDir(), ids), Terminal: "K1", Machine: "machine-1"}}
		p.open()
		defer p.close()
		d.meet(p.s)
		a := &anyCentre{r: r, s: p.s}
		var tickets []string
		for range rapid.IntRange(3, 30).Draw(r, "steps") {
			step := rapid.SampledFrom([]string{"issue", "issue", "issue", "slip", "verdicts", "rows", "rows", "snapshot", "line", "restart", "undone"}).Draw(r, "step")
			switch step {
			case "issue":
				if out, err := p.s.Issue(context.Background(), ticket()); err == nil {
					tickets = append(tickets, out.Ticket)
				} else if CodeOf(err) != CodeNoNumbers {
					r.Fatal(err)
				}
			case "slip":
				if len(tickets) > 0 {
					if _, err := p.s.Propose(context.Background(), rating(rapid.SampledFrom(tickets).Draw(r, "ticket"))); err != nil {
						r.Fatal(err)
					}
				}
			case "verdicts":
				a.verdicts()
			case "rows":
				a.rows()
			case "snapshot":
				a.snapshot()
			case "line":
				p.s.SetLine(!p.s.online.Load())
			case "restart":
				a.s = p.reopen()
			case "undone":
				undone(r, p.s, ticketLike(tickets))
			}
			sameAsRebuilt(r, p.s, step)
		}
	})
}

func ticketLike(tickets []string) Draft {
	if len(tickets) == 0 {
		return rating("none")
	}
	return rating(tickets[len(tickets)-1])
}

// undone writes something down, and then the transaction fails.
func undone(r *rapid.T, s *Store, d Draft) {
	err := s.write(context.Background(), func(t *tx) error {
		if _, err := t.propose(d); err != nil {
			return err
		}
		for _, pos := range t.layers.inOrder() {
			t.lift(pos)
			break
		}
		if err := t.settle(); err != nil {
			return err
		}
		return errNothing
	})
	if !errors.Is(err, errNothing) {
		r.Fatal(err)
	}
}

// TestOverlayOfScans, at a station: papers, batches and trips, where one
// operation looks at what many before it wrote.
func TestOverlayOfScans(t *testing.T) {
	h := newCaseHall(t, 4)
	ids := 0
	rapid.Check(t, func(r *rapid.T) {
		ids++
		st := h.terminal(t, "ST", "station", stationFollows)
		defer st.close()
		ctx := context.Background()
		st.meet()
		if err := st.s.ApplySnapshot(ctx, manyPapers(t, 4)); err != nil {
			r.Fatal(err)
		}
		a := &anyCentre{r: r, s: st.s, row: 4}
		var scans []hall.Op
		propose := func(d Draft) {
			op, err := st.s.Propose(ctx, d)
			if err != nil {
				r.Fatal(err)
			}
			scans = append(scans, op)
		}
		for range rapid.IntRange(3, 30).Draw(r, "steps") {
			step := rapid.SampledFrom([]string{"in", "in", "out", "undo", "trip", "send", "close", "verdicts", "rows", "rows", "snapshot", "restart", "undone"}).Draw(r, "step")
			n := rapid.IntRange(1, 5).Draw(r, "paper") // 5 is unknown
			trip := fmt.Sprint("trip", rapid.IntRange(1, 2).Draw(r, "trip"))
			l := labelled(n)
			switch step {
			case "in":
				propose(scan(n))
			case "out":
				propose(Draft{Kind: hall.SignOut, Entity: l.ID(), Actor: signOut, Body: hall.ScanBody{Label: hall.EncodeLabel(l), Consignment: trip, Copies: 1}})
			case "undo":
				if len(scans) > 0 {
					op := rapid.SampledFrom(scans).Draw(r, "scan")
					propose(Draft{Kind: hall.SignInUndone, Entity: op.Entity, Actor: signIn, Body: hall.UndoScanBody{Scan: op.ID}})
				}
			case "trip":
				propose(Draft{Kind: hall.OpenConsignment, Entity: trip, Actor: signOut, Body: hall.OpenConsignmentBody{Department: "civil"}})
			case "send":
				propose(Draft{Kind: hall.SendConsignment, Entity: trip, Actor: signOut, Body: hall.SendConsignmentBody{Courier: "O1"}})
			case "close":
				propose(Draft{Kind: hall.CloseConsignment, Entity: trip, Actor: signIn, Body: hall.CloseConsignmentBody{}})
			case "verdicts":
				a.verdicts()
			case "rows":
				a.rows()
			case "snapshot":
				a.snapshot()
			case "restart":
				a.s = st.reopen()
			case "undone":
				undone(r, st.s, scan(n))
			}
			sameAsRebuilt(r, st.s, step)
		}
	})
}

// TestDrainIsLinear: an outbox of twenty thousand operations goes over in
// twice the time of one of ten thousand, not in four times; also the rows come
// in between. Here the work is counted, not the time.
func TestDrainIsLinear(t *testing.T) {
	work := func(n int) int {
		h := newCaseHall(t, 4)
		st := h.station(t)
		st.meet()
		if err := st.s.ApplySnapshot(t.Context(), manyPapers(t, n)); err != nil {
			t.Fatal(err)
		}
		fill(t, st.s, n)
		before := st.s.state.Load().live.layers.casts
		drainAny(t, st.s, hall.CustodyFeed("civil"))
		if left := overlaid(t, st.s); left != 0 || st.s.Outbox() != 0 {
			t.Errorf("%d values of the overlay and %d operations are left", left, st.s.Outbox())
		}
		return st.s.state.Load().live.layers.casts - before
	}
	if one, two := work(500), work(1000); two > 2*one+10 || two > 2000 {
		t.Errorf("%d casts for 500 operations, %d for 1000", one, two)
	}
}

// fill writes scans of n papers down, many in one transaction.
func fill(t testing.TB, s *Store, n int) {
	t.Helper()
	for i := 1; i <= n; {
		var ds []Draft
		for ; i <= n && len(ds) < 500; i++ {
			ds = append(ds, scan(i))
		}
		if _, err := s.Witness(context.Background(), ds, func(int, hall.Outcome) bool { return true }); err != nil {
			t.Fatal(err)
		}
	}
}

// drainAny answers everything with «applied», 256 at a time, and sends the
// rows that the terminal guessed, as of the centre's clock.
func drainAny(t testing.TB, s *Store, feed hall.Feed) {
	t.Helper()
	ctx := context.Background()
	row := s.Cursor(lane, feed).Row
	for s.Outbox() > 0 {
		p, err := s.Pending(ctx, 256, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		page := sync.Page{Epoch: 1, Lane: lane, Feed: feed, From: row}
		hash := s.Cursor(lane, feed).Hash
		var vs []sync.Verdict
		for _, e := range p.Ops {
			var op hall.Op
			if err := json.Unmarshal(e.Body, &op); err != nil {
				t.Fatal(err)
			}
			paper, _, err := hall.Load[hall.Paper](s.World(), hall.EntityPaper, op.Entity)
			if err != nil {
				t.Fatal(err)
			}
			paper.Due = paper.Due.Add(time.Millisecond) // as the centre sees it
			raw, err := json.Marshal(paper)
			if err != nil {
				t.Fatal(err)
			}
			row++
			r := sync.Row{Lane: lane, Row: row, Feed: feed, Event: "any", Kind: hall.EntityPaper, ID: op.Entity, Value: raw, At: noon, Epoch: 1, PrevHash: hash}
			r.Hash = sync.RowHash(r)
			hash = r.Hash
			page.Rows = append(page.Rows, r)
			vs = append(vs, sync.Verdict{OpID: op.ID, Seq: e.Seq, Status: hall.Applied, Row: row, At: noon})
		}
		page.To = row
		if err := s.Record(ctx, vs); err != nil {
			t.Fatal(err)
		}
		for _, f := range []hall.Feed{feed, hall.CustodyFeed(hall.NoDepartment)} {
			q := page
			if q.Feed = f; f != feed {
				q.From, q.Rows = s.Cursor(lane, f).Row, nil
			}
			if err := s.Apply(ctx, q); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// BenchmarkDrain is a station that comes back with twenty thousand scans:
// verdicts and rows taken in, 256 at a time. The centre's work is not in it.
func BenchmarkDrain(b *testing.B) {
	for _, n := range []int{5_000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				h := newCaseHall(b, 4)
				st := h.station(b)
				st.meet()
				if err := st.s.ApplySnapshot(context.Background(), manyPapers(b, n)); err != nil {
					b.Fatal(err)
				}
				fill(b, st.s, n)
				b.StartTimer()
				drainAny(b, st.s, hall.CustodyFeed("civil"))
			}
		})
	}
}
