package store

import (
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// TestTail: every row of the hall is kept as the writer sent it, in order, over
// restarts and snapshots; the oldest of a feed go when they are too many or too
// old.
func TestTail(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	for range 3 {
		issue(t, p.s)
	}
	d.push(p.s, 256, false)
	d.book("a1")
	want := map[hall.Feed][]sync.Row{hall.FeedQueue: d.page(p.s, lane, hall.FeedQueue, 0).Rows, hall.FeedCheckIn: d.page(p.s, lane, hall.FeedCheckIn, 0).Rows}
	d.pull(p.s)
	same := func(a, b sync.Row) bool {
		return a.MAC == b.MAC && a.Hash == b.Hash && sync.RowHash(a) == a.Hash && a.PrevHash == b.PrevHash
	}
	kept := func(feed hall.Feed, after, before int64, maxBytes int) []sync.Row {
		t.Helper()
		rows, err := p.s.Tail(t.Context(), lane, feed, after, before, maxBytes)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	const all = 1 << 30
	check := func(when string) {
		t.Helper()
		for feed, rows := range want {
			if got := kept(feed, 0, 1<<60, all); len(rows) == 0 || !slices.EqualFunc(got, rows, same) {
				t.Errorf("%s: %s keeps %d rows, %d came", when, feed, len(got), len(rows))
			}
		}
	}
	check("at once")
	if rows, err := p.s.Tail(t.Context(), sync.SharedLane, hall.FeedCatalogue, 0, 1<<60, all); err != nil || len(rows) > 0 {
		t.Errorf("%d rows of what all halls share: %v", len(rows), err)
	}
	snap, err := d.w.Snapshot(t.Context(), lane, hall.FeedQueue)
	if err == nil {
		err = p.s.ApplySnapshot(t.Context(), snap)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.reopen()
	check("after a snapshot and a restart")
	q := want[hall.FeedQueue]
	if got := kept(hall.FeedQueue, q[0].Order(), q[2].Order(), all); len(got) != 1 || !same(got[0], q[1]) {
		t.Errorf("between the first and the third: %d", len(got))
	}
	if got := kept(hall.FeedQueue, 0, 1<<60, 1); len(got) != 1 || !same(got[0], q[0]) {
		t.Errorf("one byte: %d rows", len(got))
	}
	d.hello(p.s)
	newest, err := p.s.Newest(t.Context(), lane)
	if err != nil || len(newest) != 2 || !same(newest[0], q[2]) || !same(newest[1], want[hall.FeedCheckIn][0]) {
		t.Errorf("newest: %+v %v", newest, err)
	}

	var size int64
	if err := p.s.readers.Load().QueryRow("SELECT SUM(size) FROM tail WHERE feed = 'queue'").Scan(&size); err != nil {
		t.Fatal(err)
	}
	now, _ := p.s.Now()
	prune := func(now time.Time, most int64) {
		t.Helper()
		if err := p.s.write(t.Context(), func(tx *tx) error { return tx.pruneTail(now, most) }); err != nil {
			t.Fatal(err)
		}
	}
	prune(now, size)
	check("as many as may be")
	prune(now, size-1)
	if got := kept(hall.FeedQueue, 0, 1<<60, all); len(got) != 2 || !same(got[0], q[1]) {
		t.Errorf("one byte too many: %d rows are left", len(got))
	}
	prune(now.Add(keepAcked-time.Hour), size)
	if got := kept(hall.FeedQueue, 0, 1<<60, all); len(got) != 2 {
		t.Errorf("before 30 days %d rows are left", len(got))
	}
	prune(now.Add(keepAcked+time.Hour), size)
	if got := kept(hall.FeedQueue, 0, 1<<60, all); len(got) != 0 {
		t.Errorf("after 30 days %d rows are left", len(got))
	}
}
