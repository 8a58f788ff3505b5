package writer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// TestRetain: rows that are old enough go, in steps of the state hashes; what stays
// verifies, followers that have come so far go on, others are told GONE and go on
// from a snapshot; a resend of what is gone has its verdict.
func TestRetain(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		now := noon
		n := start(t, dsn, fixedKeys, func(o *Options) { o.Step, o.Clock = counting, func() time.Time { return now } })
		k := kiosk(t)
		rows := func(count int) {
			t.Helper()
			for n.head() < int64(count) {
				var es []sync.Envelope
				for range 100 {
					es = append(es, k.seal(countOp(k, 3)))
				}
				k.submit(n, es...)
			}
		}
		feeds, err := heads(t.Context(), reader{n.Writer})
		if err != nil || len(feeds) != 0 {
			t.Fatal(feeds, err)
		}
		rows(1500)
		feed := feedsOf(t, n)[0]
		early := sync.Cursor{Lane: hallLane, Feed: feed}
		page, err := n.Rows(t.Context(), early, 100)
		if err != nil {
			t.Fatal(err)
		}
		last := page.Rows[len(page.Rows)-1]
		early = sync.Cursor{Lane: hallLane, Feed: feed, Epoch: page.Epoch, Row: last.Row, Hash: last.Hash}
		at := n.head()
		hash, err := feedHash(t.Context(), reader{n.Writer}, hallLane, feed, at)
		if err != nil {
			t.Fatal(err)
		}
		late := sync.Cursor{Lane: hallLane, Feed: feed, Epoch: 1, Row: at, Hash: hash}

		now = noon.AddDate(0, 0, 40)
		rows(3500)
		retain := func(before time.Time, want int64) {
			t.Helper()
			base, err := n.Retain(t.Context(), hallLane, before)
			if err != nil || base != want {
				t.Fatalf("the log begins after %d, not %d: %v", base, want, err)
			}
			var left int64
			if err := n.Reader().QueryRow(`SELECT MIN(row_no) FROM log WHERE lane = $1`, hallLane).Scan(&left); err != nil || left != want+1 {
				t.Errorf("the first row is %d: %v", left, err)
			}
			n.verify()
		}
		retain(noon.AddDate(0, 0, -1), 0)
		retain(noon.AddDate(0, 0, 10), 1000)
		retain(noon.AddDate(0, 0, 10), 1000)
		for name, c := range map[string]sync.Cursor{"a follower that was away": early, "a new one": {Lane: hallLane, Feed: feed}} {
			var p *sync.Problem
			if _, err := n.Rows(t.Context(), c, 0); !errors.As(err, &p) || p.Code != sync.ProblemGone {
				t.Errorf("%s: %v", name, err)
			}
		}
		if page, err := n.Rows(t.Context(), late, 0); err != nil || page.From != at || len(page.Rows) == 0 || page.Rows[0].PrevHash != hash {
			t.Errorf("one that had come so far: %v", err)
		}
		again := k.submit(n, k.sent[3])[0]
		if again.Status != hall.Applied || again.Row == 0 || again.Row > 1000 {
			t.Errorf("a resend: %+v", again)
		}
		retain(now.AddDate(0, 0, 1), 3000)
		snap, err := n.Snapshot(t.Context(), hallLane, feed)
		if err != nil {
			t.Fatal(err)
		}
		rows(4200)
		if page, err := n.Rows(t.Context(), sync.Cursor{Lane: hallLane, Feed: feed, Epoch: 1, Row: snap.Row, Hash: snap.Hash}, 0); err != nil || len(page.Rows) == 0 || page.Rows[0].PrevHash != snap.Hash {
			t.Errorf("after a snapshot: %v", err)
		}
		n.restart()
		n.verify()
		// What is no longer explained by rows is still held to its sum.
		if _, err := n.db.write.Exec(`UPDATE entity SET value = $1 WHERE lane = $2 AND row_no = (SELECT MIN(row_no) FROM entity WHERE lane = $2)`, []byte(`{"n":-1}`), hallLane); err != nil {
			t.Fatal(err)
		}
		if err := n.Verify(t.Context(), hallLane); err == nil || !strings.Contains(err.Error(), "not") {
			t.Errorf("a changed entity: %v", err)
		}
	})
}

func feedsOf(t *testing.T, n *node) (out []hall.Feed) {
	t.Helper()
	rows, err := n.Reader().Query(`SELECT feed FROM feed WHERE lane = $1 ORDER BY last_row`, hallLane)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var feed string
		if err := rows.Scan(&feed); err != nil {
			t.Fatal(err)
		}
		out = append(out, hall.Feed(feed))
	}
	if len(out) == 0 {
		t.Fatal(fmt.Errorf("no feed: %w", rows.Err()))
	}
	return out
}
