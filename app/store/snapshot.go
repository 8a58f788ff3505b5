package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
)

// Fetching is the snapshot of a feed that is being fetched, and which of its
// pieces are still missing; not ok when none is.
func (s *Store) Fetching(ctx context.Context, lane string, feed hall.Feed) (m sync.Manifest, missing []sync.Chunk, ok bool, err error) {
	var text string
	r := s.readers.Load()
	err = r.QueryRowContext(ctx, "SELECT manifest FROM fetching WHERE lane = ? AND feed = ?", lane, feed).Scan(&text)
	if isNoRows(err) {
		return m, nil, false, nil
	}
	if err != nil {
		return m, nil, false, disk("read what is being fetched", err)
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, nil, false, disk("read what is being fetched", err)
	}
	have := map[string]bool{}
	rows, err := r.QueryContext(ctx, "SELECT sha256 FROM parts WHERE lane = ? AND feed = ?", lane, feed)
	err = collect(rows, err)(func(r *sql.Rows) error {
		var sha string
		err := r.Scan(&sha)
		have[sha] = true
		return err
	})
	if err != nil {
		return m, nil, false, disk("read what is being fetched", err)
	}
	for _, c := range m.Chunks {
		if !have[c.SHA256] {
			missing = append(missing, c)
			have[c.SHA256] = true // the same piece may stand in a snapshot twice
		}
	}
	return m, missing, true, nil
}

// Fetch begins to fetch a snapshot: what came of another of the same feed is
// kept as far as this one names it too.
func (s *Store) Fetch(ctx context.Context, m sync.Manifest) error {
	text, err := marshal(m)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		if err := t.exec("DELETE FROM parts WHERE lane = ? AND feed = ? AND sha256 NOT IN (SELECT c.value ->> 'sha256' FROM json_each(?, '$.chunks') c)", m.Lane, m.Feed, text); err != nil {
			return err
		}
		return t.exec("INSERT INTO fetching (lane, feed, manifest) VALUES (?, ?, ?) ON CONFLICT (lane, feed) DO UPDATE SET manifest = excluded.manifest", m.Lane, m.Feed, text)
	})
}

// Fetched keeps a piece of a snapshot. sync.ErrChunk: it is not what its name says.
func (s *Store) Fetched(ctx context.Context, lane string, feed hall.Feed, c sync.Chunk, packed []byte) error {
	if err := c.Check(packed); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		return t.exec("INSERT INTO parts (lane, feed, sha256, packed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", lane, feed, c.SHA256, packed)
	})
}

// ApplyFetched replaces a feed by the snapshot that was fetched, in one
// transaction, and forgets its pieces. The outbox stays. A snapshot that is
// damaged is forgotten: the next is fetched whole.
func (s *Store) ApplyFetched(ctx context.Context, lane string, feed hall.Feed) error {
	m, missing, ok, err := s.Fetching(ctx, lane, feed)
	if err != nil {
		return err
	}
	if !ok || len(missing) > 0 {
		return fail(CodeFailed, fmt.Sprintf("%d pieces of the snapshot are missing", len(missing)), "fetch them first", nil)
	}
	err = s.write(ctx, func(t *tx) error {
		err := t.replaceFeed(sync.Snapshot{Epoch: m.Epoch, Lane: lane, Feed: feed, Row: m.Row, Hash: m.Hash, StateHash: m.StateHash},
			func(put func([]sync.EntityValue) error) error { return t.eachPart(m, put) })
		if err != nil {
			return err
		}
		return t.forgetParts(lane, feed)
	})
	if CodeOf(err) == CodeDiverged {
		if err := s.write(ctx, func(t *tx) error { return t.forgetParts(lane, feed) }); err != nil {
			return err
		}
	}
	return err
}

// eachPart opens the pieces in their order.
func (t *tx) eachPart(m sync.Manifest, put func([]sync.EntityValue) error) error {
	for _, c := range m.Chunks {
		var packed []byte
		if _, err := t.one("SELECT packed FROM parts WHERE lane = ? AND feed = ? AND sha256 = ?", []any{m.Lane, m.Feed, c.SHA256}, &packed); err != nil {
			return err
		}
		entities, err := c.Open(packed)
		if err != nil {
			return fail(CodeDiverged, "a piece of the snapshot is damaged", "fetch it again", err)
		}
		if err := put(entities); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) forgetParts(lane string, feed hall.Feed) error {
	if err := t.exec("DELETE FROM parts WHERE lane = ? AND feed = ?", lane, feed); err != nil {
		return err
	}
	return t.exec("DELETE FROM fetching WHERE lane = ? AND feed = ?", lane, feed)
}

// ApplySnapshot replaces a feed by the writer's state of it. The outbox stays.
func (s *Store) ApplySnapshot(ctx context.Context, snap sync.Snapshot) error {
	return s.write(ctx, func(t *tx) error {
		return t.replaceFeed(snap, func(put func([]sync.EntityValue) error) error { return put(snap.Entities) })
	})
}

// replaceFeed puts a snapshot in the place of a feed; each gives its entities. So
// many pages are touched that SQLite has room for them meanwhile: with its usual
// 2 MB it would write and read them again and again.
func (t *tx) replaceFeed(snap sync.Snapshot, each func(put func([]sync.EntityValue) error) error) error {
	if err := t.exec("PRAGMA cache_size = -32768"); err != nil {
		return err
	}
	err := t.putFeed(snap, each)
	if usual := t.exec("PRAGMA cache_size = -2000"); err == nil {
		err = usual
	}
	return err
}

func (t *tx) putFeed(snap sync.Snapshot, each func(put func([]sync.EntityValue) error) error) error {
	c := cursor{Cursor: sync.Cursor{Epoch: snap.Epoch, Lane: snap.Lane, Feed: snap.Feed, Row: snap.Row, Hash: snap.Hash}}
	if err := t.exec("DELETE FROM replica WHERE lane = ? AND feed = ?", snap.Lane, snap.Feed); err != nil {
		return err
	}
	if err := t.unplace(snap.Feed); err != nil {
		return err
	}
	places := t.placing()
	err := each(func(entities []sync.EntityValue) error {
		return places.beside(entities, func() error {
			for _, e := range entities {
				if err := t.exec("INSERT INTO replica (kind, id, lane, feed, day, value) VALUES (?, ?, ?, ?, ?, ?)",
					e.Kind, e.ID, snap.Lane, snap.Feed, dayOf(e.Kind, e.Value), []byte(e.Value)); err != nil {
					return err
				}
				c.sum.Replace(e.Kind, e.ID, nil, e.Value)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	if snap.StateHash != "" && c.sum.String() != snap.StateHash {
		return fail(CodeDiverged, "the snapshot does not have its own hash", "ask for it again", sync.ErrDiverged)
	}
	if err := places.write(); err != nil {
		return err
	}
	if err := t.reread(); err != nil {
		return err
	}
	return t.moved(feedKey{snap.Lane, snap.Feed}, c, true)
}
