package writer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	gosync "sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// counting is a rule of its own: every operation writes as many rows as its
// body says, into the feeds in turn, so that the log can be tested without a
// hall.
func counting(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
	var body struct{ Rows int }
	if err := json.Unmarshal(op.Body, &body); err != nil {
		return hall.Outcome{Status: hall.Rejected, Reason: hall.Text{Code: "malformed"}}, nil
	}
	out := hall.Outcome{Status: hall.Applied}
	for i := range body.Rows {
		feed := []hall.Feed{hall.FeedQueue, hall.FeedLease, hall.FeedRating}[i%3]
		id := fmt.Sprintf("%s/%d", feed, i%7)
		old, _, err := w.Entity("counter", id)
		if err != nil {
			return hall.Outcome{}, err
		}
		value := json.RawMessage(fmt.Sprintf(`{"n":%d,"was":%d}`, c.Row+int64(i), len(old)))
		if i%5 == 4 {
			value = nil
		}
		out.Changes = append(out.Changes, hall.Change{Feed: feed, Event: "counted", Kind: "counter", ID: id, Value: value})
	}
	return out, nil
}

func countOp(d *device, rows int) hall.Op {
	op := d.op(hall.TakeTicket, "e", struct{}{})
	op.Body = fmt.Appendf(nil, `{"rows":%d}`, rows)
	return op
}

func TestRowsAreGapFreeAndStateHashesHold(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn, func(o *Options) { o.Step = counting })
		const devices, ops, rows = 8, 30, 9
		var wg gosync.WaitGroup
		for i := range devices {
			wg.Go(func() {
				k := kiosk(t)
				k.id = fmt.Sprint("K", i)
				for range ops {
					reply, err := n.Submit(context.Background(), k.push(k.seal(countOp(k, rows))), k.origin())
					if err != nil || reply.Problem != nil || reply.Verdicts[0].Status != hall.Applied {
						t.Errorf("submit: %v %+v", err, reply)
						return
					}
				}
			})
		}
		wg.Wait()
		total := int64(devices * ops * rows)
		if row, epoch, err := n.Head(t.Context(), hallLane); err != nil || row != total || epoch != 1 {
			t.Fatalf("head %d epoch %d %v, want %d", row, epoch, err, total)
		}
		seen := map[int64]bool{}
		for _, feed := range []hall.Feed{hall.FeedQueue, hall.FeedLease, hall.FeedRating} {
			for _, limit := range []int{0, 7} {
				got := all(t, n, hallLane, feed, limit)
				if int64(len(got)) != total/3 {
					t.Errorf("feed %s: %d rows, want %d", feed, len(got), total/3)
				}
				for _, r := range got {
					seen[r.Row] = true
				}
			}
		}
		if int64(len(seen)) != total || total < 2*sync.StateEvery {
			t.Errorf("%d different rows of %d", len(seen), total)
		}
		if s := n.Stats(); s.Ops != devices*ops || s.Transactions >= s.Ops {
			t.Errorf("no group commit: %+v", s)
		}
		n.verify()
		n.restart()
		n.verify()
	})
}

// The same push many times at once (a lost reply, a proxy that repeats): one
// decision, the same verdicts for all.
func TestSamePushAtOnce(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn, func(o *Options) { o.Step = counting })
		k := kiosk(t)
		var es []sync.Envelope
		for range 20 {
			es = append(es, k.seal(countOp(k, 2)))
		}
		replies := make([]sync.PushReply, 16)
		var wg gosync.WaitGroup
		for i := range replies {
			wg.Go(func() {
				for {
					reply, err := n.Submit(context.Background(), k.push(es...), k.origin())
					var p *sync.Problem
					if errors.As(err, &p) && p.Code == sync.ProblemBusy {
						runtime.Gosched() // one is being decided: the others come again
						continue
					}
					if replies[i] = reply; err != nil {
						t.Error(err)
					}
					return
				}
			})
		}
		wg.Wait()
		for i, r := range replies {
			if r.Problem != nil || len(r.Verdicts) != 20 || !reflect.DeepEqual(r, replies[0]) {
				t.Errorf("%d: %+v", i, r)
			}
		}
		if n.head() != 40 {
			t.Errorf("head %d", n.head())
		}
		n.verify()
	})
}

func TestFollowerIsToldRewindAndEpoch(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn, func(o *Options) { o.Step = counting })
		k := kiosk(t)
		k.submit(n, k.seal(countOp(k, 9)))
		rows := all(t, n, hallLane, hall.FeedQueue, 0)
		last := rows[len(rows)-1]
		good := sync.Cursor{Epoch: 1, Lane: hallLane, Feed: hall.FeedQueue, Row: 9, Hash: last.Hash}
		ask := func(change func(*sync.Cursor)) string {
			t.Helper()
			c := good
			change(&c)
			_, err := n.Rows(t.Context(), c, 0)
			var p *sync.Problem
			if err != nil && !errors.As(err, &p) {
				t.Fatal(err)
			}
			if p == nil {
				return ""
			}
			return p.Code
		}
		for name, c := range map[string]struct {
			change func(*sync.Cursor)
			want   string
		}{
			"up to date":        {func(*sync.Cursor) {}, ""},
			"between its rows":  {func(c *sync.Cursor) { c.Row, c.Hash = 8, rows[2].Hash }, ""},
			"ahead":             {func(c *sync.Cursor) { c.Row = 10 }, sync.ProblemRewind},
			"on another chain":  {func(c *sync.Cursor) { c.Hash = "ff" }, sync.ProblemRewind},
			"of a later term":   {func(c *sync.Cursor) { c.Epoch = 2 }, sync.ProblemRewind},
			"without a term":    {func(c *sync.Cursor) { c.Epoch = 0 }, sync.ProblemEpoch},
			"negative":          {func(c *sync.Cursor) { c.Row = -1 }, sync.ProblemInvalid},
			"without a feed":    {func(c *sync.Cursor) { c.Feed = "" }, sync.ProblemInvalid},
			"new, empty feed":   {func(c *sync.Cursor) { *c = sync.Cursor{Lane: hallLane, Feed: "other"} }, ""},
			"past empty feed":   {func(c *sync.Cursor) { c.Feed, c.Hash = "other", "" }, ""},
			"lane without rows": {func(c *sync.Cursor) { *c = sync.Cursor{Lane: "hall/9", Feed: "queue"} }, ""},
		} {
			if got := ask(c.change); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		if epoch, err := n.RaiseEpoch(t.Context(), hallLane, 0); err != nil || epoch != 2 {
			t.Fatalf("epoch %d %v", epoch, err)
		}
		if got := ask(func(*sync.Cursor) {}); got != sync.ProblemEpoch {
			t.Errorf("old term: %q", got)
		}
		if got := ask(func(c *sync.Cursor) { c.Epoch = 2 }); got != "" {
			t.Errorf("new term, known hash: %q", got)
		}
		k.submit(n, k.seal(countOp(k, 1)))
		rows = all(t, n, hallLane, hall.FeedQueue, 0)
		if last := rows[len(rows)-1]; last.Epoch != 2 || last.Row != 10 {
			t.Errorf("first row of the new term: %+v", last)
		}
		n.verify()
	})
}

func TestTamperingIsFound(t *testing.T) {
	for name, sql := range map[string]string{
		"value":    `UPDATE log SET value = '{"n":0}' WHERE row_no = 3`,
		"row gone": `DELETE FROM log WHERE row_no = 3`,
		"last":     `DELETE FROM log WHERE row_no = 9`,
		"mac":      `UPDATE log SET mac = '00' WHERE row_no = 3`,
		"epoch":    `UPDATE log SET epoch = 3 WHERE row_no = 3`,
		"entity":   `UPDATE entity SET value = '{"n":0}' WHERE id = 'queue/0'`,
		"extra":    `INSERT INTO entity (lane, kind, id, feed, part, value, row_no) VALUES ('` + hallLane + `', 'counter', 'x', 'queue', '', '1', 1)`,
	} {
		n := start(t, "sqlite:"+t.TempDir()+"/c.db", func(o *Options) { o.Step = counting })
		k := kiosk(t)
		k.submit(n, k.seal(countOp(k, 9)))
		if err := n.Verify(t.Context(), hallLane); err != nil {
			t.Fatalf("%s: before: %v", name, err)
		}
		if _, err := n.db.write.Exec(sql); err != nil {
			t.Fatal(err)
		}
		if err := n.Verify(t.Context(), hallLane); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
	n := start(t, "sqlite:"+t.TempDir()+"/c.db", func(o *Options) { o.Step = counting })
	k := kiosk(t)
	k.submit(n, k.seal(countOp(k, 9)))
	n.opts.Keys = testKeys(t)
	n.restart()
	if err := n.Verify(t.Context(), hallLane); err == nil {
		t.Error("rows of another writer are taken for its own")
	}
}

func TestSnapshotEqualsReplay(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn, func(o *Options) { o.Step = counting })
		k := kiosk(t)
		for i := range 20 {
			k.submit(n, k.seal(countOp(k, i)))
		}
		state := map[string]json.RawMessage{}
		var sum sync.StateSum
		rows := all(t, n, hallLane, hall.FeedQueue, 0)
		for _, r := range rows {
			sum.Replace(r.Kind, r.ID, state[r.ID], r.Value)
			if state[r.ID] = r.Value; sync.Gone(r.Value) {
				delete(state, r.ID)
			}
		}
		s, err := n.Snapshot(t.Context(), hallLane, hall.FeedQueue)
		if err != nil || s.StateHash != sum.String() || len(s.Entities) != len(state) || s.Row != 190 || s.Hash != rows[len(rows)-1].Hash {
			t.Fatalf("snapshot %+v %v; %d entities, sum %s", s, err, len(state), sum)
		}
		for _, e := range s.Entities {
			if !bytes.Equal(e.Value, state[e.ID]) {
				t.Errorf("%s: %s, want %s", e.ID, e.Value, state[e.ID])
			}
		}
		// The cursor of a snapshot goes on.
		if _, err := n.Rows(t.Context(), sync.Cursor{Epoch: s.Epoch, Lane: s.Lane, Feed: s.Feed, Row: s.Row, Hash: s.Hash}, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestSubscribe(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn, func(o *Options) { o.Step = counting })
		k := kiosk(t)
		ch, stop := n.Subscribe(hallLane)
		other, stopOther := n.Subscribe("hall/other")
		defer stopOther()
		for range 5 { // nobody reads: only the latest is kept
			k.submit(n, k.seal(countOp(k, 2)))
		}
		select {
		case row := <-ch:
			if row != 10 {
				t.Errorf("woken at row %d", row)
			}
		case <-time.After(time.Minute):
			t.Fatal("not woken")
		}
		select {
		case row := <-other:
			t.Errorf("another lane woke at %d", row)
		default:
		}
		stop()
		stop()
		if _, open := <-ch; open {
			t.Error("open after stop")
		}
		third, stopThird := n.Subscribe(hallLane)
		defer stopThird()
		n.restart()
		if _, open := <-third; open {
			t.Error("open after Close")
		}
	})
}
