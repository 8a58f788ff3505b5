package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// keepTail is how many bytes of rows are kept of each feed, besides keepAcked.
const keepTail = 64 << 20

// keepRow keeps a row as the writer sent it, with its MAC. Of what all halls
// share the centre has its own files.
func (t *tx) keepRow(r sync.Row) error {
	if r.Lane == sync.SharedLane || r.MAC == "" {
		return nil
	}
	b, err := json.Marshal(r)
	if err != nil {
		return fail(CodeFailed, "a row cannot be written", "report this", err)
	}
	return t.exec("INSERT INTO tail (lane, feed, arrival, kept, size, row) VALUES (?, ?, ?, ?, ?, ?)", r.Lane, r.Feed, r.Order(), t.s.nowMilli(), len(b), b)
}

// Newest is the newest row that is kept of each feed of a lane.
func (s *Store) Newest(ctx context.Context, lane string) ([]sync.Row, error) {
	var out []sync.Row
	for _, lf := range s.Follows() {
		if lf.Lane != lane {
			continue
		}
		for _, feed := range lf.Feeds {
			rows, err := s.tail(ctx, "SELECT row FROM tail WHERE lane = ? AND feed = ? ORDER BY arrival DESC LIMIT 1", 1<<30, lane, feed)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
	}
	return out, nil
}

// Tail lists rows of a feed that are kept, between two places in their order (both
// excluded), oldest first, as many as fit in maxBytes and one at least.
func (s *Store) Tail(ctx context.Context, lane string, feed hall.Feed, after, before int64, maxBytes int) ([]sync.Row, error) {
	return s.tail(ctx, "SELECT row FROM tail WHERE lane = ? AND feed = ? AND arrival > ? AND arrival < ? ORDER BY arrival LIMIT 2048", maxBytes, lane, feed, after, before)
}

func (s *Store) tail(ctx context.Context, query string, maxBytes int, args ...any) ([]sync.Row, error) {
	var out []sync.Row
	size := 0
	rows, err := s.readers.Load().QueryContext(ctx, query, args...)
	err = collect(rows, err)(func(r *sql.Rows) error {
		var b []byte
		if err := r.Scan(&b); err != nil {
			return err
		}
		if size += len(b); size > maxBytes && len(out) > 0 {
			return nil
		}
		var row sync.Row
		if err := hall.Decode(b, &row); err != nil {
			return err
		}
		out = append(out, row)
		return nil
	})
	return out, disk("read the rows that are kept", err)
}

// pruneTail forgets rows that are older than 30 days, and the oldest of a feed of
// which more than most bytes are kept.
func (t *tx) pruneTail(now time.Time, most int64) error {
	if err := t.exec("DELETE FROM tail WHERE kept < ?", now.Add(-keepAcked).UnixMilli()); err != nil {
		return err
	}
	type feed struct {
		key  feedKey
		over int64
	}
	var all []feed
	err := t.each("SELECT lane, feed, SUM(size) FROM tail GROUP BY lane, feed HAVING SUM(size) > ?", []any{most}, func(r *sql.Rows) error {
		var f feed
		var bytes int64
		err := r.Scan(&f.key.lane, &f.key.feed, &bytes)
		f.over = bytes - most
		all = append(all, f)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range all {
		var upTo int64
		_, err := t.one(`SELECT MIN(arrival) FROM (SELECT arrival, SUM(size) OVER (ORDER BY arrival) AS sum FROM tail WHERE lane = ? AND feed = ?) WHERE sum >= ?`,
			[]any{f.key.lane, f.key.feed, f.over}, &upTo)
		if err != nil {
			return err
		}
		if err := t.exec("DELETE FROM tail WHERE lane = ? AND feed = ? AND arrival <= ?", f.key.lane, f.key.feed, upTo); err != nil {
			return err
		}
	}
	return nil
}
