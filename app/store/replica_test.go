package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/sync"
)

// TestDamagedPages: a page that is not the writer's is refused whole.
func TestDamagedPages(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	for range 3 {
		issue(t, p.s)
	}
	d.push(p.s, 256, false)
	good := d.page(p.s, lane, hall.FeedQueue, 0)
	if len(good.Rows) != 3 {
		t.Fatalf("%d rows", len(good.Rows))
	}
	cursor := p.s.Cursor(lane, hall.FeedQueue)
	for _, c := range []struct {
		name   string
		damage func(*sync.Page)
		want   error
	}{
		{"a value was changed", func(p *sync.Page) {
			p.Rows[1].Value = bytes.Replace(p.Rows[1].Value, []byte("ISSUED"), []byte("DONE"), 1)
		}, sync.ErrDiverged},
		{"a row is missing", func(p *sync.Page) { p.Rows = slices.Delete(p.Rows, 1, 2) }, sync.ErrDiverged},
		{"the first row is missing", func(p *sync.Page) { p.Rows = p.Rows[1:] }, sync.ErrDiverged},
		{"rows changed places", func(p *sync.Page) { p.Rows[0], p.Rows[1] = p.Rows[1], p.Rows[0] }, sync.ErrDiverged},
		{"a row twice", func(p *sync.Page) { p.Rows = append(p.Rows[:1], p.Rows...) }, sync.ErrDiverged},
		{"a row of another feed", func(p *sync.Page) { p.Rows[0].Feed = hall.FeedCheckIn }, sync.ErrDiverged},
		{"a row beyond the page", func(p *sync.Page) { p.To = p.Rows[0].Row }, sync.ErrDiverged},
		{"another state", func(p *sync.Page) { p.StateRow, p.StateHash = p.To, sync.StateSum{}.String() }, sync.ErrDiverged},
		{"it begins later", func(p *sync.Page) { p.From++ }, sync.ErrStale},
		{"it ends before it begins", func(p *sync.Page) { p.Rows, p.To = nil, p.From-1 }, sync.ErrStale},
		{"another term", func(p *sync.Page) { p.Epoch++ }, sync.ErrStale},
	} {
		bad := good
		bad.Rows = slices.Clone(good.Rows)
		c.damage(&bad)
		if err := p.s.Apply(t.Context(), bad); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if p.s.Cursor(lane, hall.FeedQueue) != cursor {
			t.Fatalf("%s: the cursor moved", c.name)
		}
	}
	if err := p.s.Apply(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if err := p.s.Apply(t.Context(), good); !errors.Is(err, sync.ErrStale) {
		t.Errorf("the same page again: %v", err)
	}
}

// TestSnapshotHeals: a replica that was damaged on disk is found by the hash of
// the state, and a snapshot makes it whole while the outbox stays.
func TestSnapshotHeals(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	out := issue(t, p.s)
	d.push(p.s, 256, false)
	d.pull(p.s)
	waiting := issue(t, p.s)
	if _, err := p.s.w.conn.ExecContext(t.Context(), "DELETE FROM replica WHERE kind = 'ticket'"); err != nil {
		t.Fatal(err)
	}
	snap, err := d.w.Snapshot(t.Context(), lane, hall.FeedQueue)
	if err != nil {
		t.Fatal(err)
	}
	broken := snap
	broken.Entities = nil
	if err := p.s.ApplySnapshot(t.Context(), broken); !errors.Is(err, sync.ErrDiverged) {
		t.Errorf("a snapshot that is not whole: %v", err)
	}
	if err := p.s.ApplySnapshot(t.Context(), snap); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{out.Ticket, waiting.Ticket} {
		if _, ok, err := p.s.World().Entity(hall.EntityTicket, id); err != nil || !ok {
			t.Errorf("ticket %s: %v %v", id, ok, err)
		}
	}
	if p.s.Outbox() != 1 {
		t.Errorf("outbox %d", p.s.Outbox())
	}
	issue(t, p.s)
	d.push(p.s, 256, false)
	d.pull(p.s) // goes on from the snapshot
}

func TestCheckInOffline(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.book("appointment-1")
	d.meet(p.s)
	p.s.SetLine(false)
	all, err := p.s.Appointments(t.Context(), today)
	if err != nil || len(all) != 1 || all[0].State != hall.Booked {
		t.Fatalf("%+v %v", all, err)
	}
	td := ticket()
	td.Appointment, td.Way, td.Class, td.Item = all[0].ID, "card", hall.ClassAppointment, "i"
	out, err := p.s.Issue(t.Context(), td)
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, s *Store) {
		t.Helper()
		all, err := s.Appointments(t.Context(), today)
		if err != nil || len(all) != 1 || all[0].State != hall.CheckedIn || all[0].Ticket != out.Ticket {
			t.Errorf("%s: %+v %v", when, all, err)
		}
	}
	check("at once", p.s)
	s := p.reopen()
	check("after a restart", s)
	d.push(s, 256, false)
	check("with a verdict, without rows", s)
	if n := overlaid(t, s); n == 0 {
		t.Error("the overlay went before the rows came")
	}
	d.pull(s)
	check("confirmed", s)
	if n := overlaid(t, s); n != 0 {
		t.Errorf("%d values are left in the overlay", n)
	}
}

func overlaid(t testing.TB, s *Store) int {
	t.Helper()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.state.Load().live.over)
}

// TestAnyOrder: whatever the order of tickets, lost answers, late rows and
// restarts, what is shown has every ticket once, the memory is what the disk
// says, and in the end the terminal and the centre agree.
func TestAnyOrder(t *testing.T) {
	d := newDesk(t, 400)
	ids := 0
	rapid.Check(t, func(r *rapid.T) {
		ids++
		p := &place{t: t, opt: Options{Dir: fmt.Sprintf("%s/k%d", t.TempDir(), ids), Terminal: "K1", Machine: "machine-1"}}
		p.open()
		defer p.close()
		d.meet(p.s)
		issued := map[string]string{}
		for range rapid.IntRange(3, 25).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"issue", "issue", "issue", "push", "lose", "rows", "line", "restart", "end"}).Draw(r, "step") {
			case "issue":
				if out, err := p.s.Issue(context.Background(), ticket()); err == nil {
					if was := issued[out.Number]; was != "" {
						r.Fatalf("%s twice", out.Number)
					}
					issued[out.Number] = out.Ticket
				} else if CodeOf(err) != CodeNoNumbers {
					r.Fatal(err)
				}
			case "push":
				d.push(p.s, rapid.IntRange(1, 4).Draw(r, "batch"), false)
			case "lose":
				d.push(p.s, rapid.IntRange(1, 4).Draw(r, "batch"), true)
			case "rows":
				if err := p.s.Apply(context.Background(), d.page(p.s, lane, hall.FeedQueue, rapid.IntRange(1, 3).Draw(r, "rows"))); err != nil {
					r.Fatal(err)
				}
			case "line":
				p.s.SetLine(!p.s.online.Load())
			case "restart":
				p.reopen()
			case "end":
				if open, err := p.s.OpenJobs(context.Background()); err != nil {
					r.Fatal(err)
				} else if len(open) > 0 {
					if err := p.s.JobEnded(context.Background(), open[0].ID, JobParsed); err != nil {
						r.Fatal(err)
					}
				}
			}
			shown(r, p.s, issued)
		}
		for p.s.Outbox() > 0 {
			d.push(p.s, 256, false)
		}
		d.pull(p.s)
		shown(r, p.s, issued)
		if n := overlaid(t, p.s); n != 0 {
			r.Fatalf("%d values are left in the overlay", n)
		}
		agree(r, d, p.s)
	})
}

// shown checks that every issued ticket is shown once, and that the queue in
// memory is the one that the disk gives.
func shown(r *rapid.T, s *Store, issued map[string]string) {
	q, err := s.World().Queue(today)
	if err != nil {
		r.Fatal(err)
	}
	for number, id := range issued {
		if tk, ok := q.Ticket(id); !ok || tk.Number != number {
			r.Fatalf("%s is not shown: %+v %v", number, tk, ok)
		}
	}
	w := &world{s: s}
	fromDisk, err := loadQueue(w.each, today)
	if err != nil {
		r.Fatal(err)
	}
	inMemory, err := s.Confirmed().Queue(today)
	if err != nil {
		r.Fatal(err)
	}
	if a, b := text(fromDisk.Tickets()), text(inMemory.Tickets()); a != b {
		r.Fatalf("on disk %s\nin memory %s", a, b)
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// agree checks that the replica is the writer's state.
func agree(r *rapid.T, d *desk, s *Store) {
	snap, err := d.w.Snapshot(context.Background(), lane, hall.FeedQueue)
	if err != nil {
		r.Fatal(err)
	}
	st := s.state.Load()
	if c := st.cursors[feedKey{lane, hall.FeedQueue}]; c.sum.String() != snap.StateHash {
		r.Fatalf("the terminal at row %d differs from the centre at row %d", c.Row, snap.Row)
	}
}
