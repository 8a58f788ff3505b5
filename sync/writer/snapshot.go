package writer

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	gosync "sync"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Snapshot is the whole state of one feed, read at one moment.
func (w *Writer) Snapshot(ctx context.Context, lane string, feed hall.Feed) (sync.Snapshot, error) {
	s := sync.Snapshot{Lane: lane, Feed: feed, Entities: []sync.EntityValue{}}
	m, err := w.eachEntity(ctx, lane, feed, func(e sync.EntityValue) error {
		s.Entities = append(s.Entities, e)
		return nil
	})
	s.Epoch, s.Row, s.Hash, s.StateHash = m.Epoch, m.Row, m.Hash, m.StateHash
	return s, err
}

// eachEntity walks the entities of a feed as they are at one moment, and says
// which that is.
func (w *Writer) eachEntity(ctx context.Context, lane string, feed hall.Feed, f func(sync.EntityValue) error) (sync.Manifest, error) {
	m := sync.Manifest{Lane: lane, Feed: feed, Chunks: []sync.Chunk{}}
	db := w.Reader()
	if db == nil {
		return m, errClosed()
	}
	tx, err := db.BeginTx(ctx, w.snapshotTx())
	if err != nil {
		return m, fmt.Errorf("writer: snapshot: %w", err)
	}
	defer tx.Rollback() // only reads
	if m.Row, m.Epoch, err = headOf(ctx, tx, lane); err != nil {
		return m, err
	}
	if m.Hash, err = feedHash(ctx, tx, lane, feed, m.Row); err != nil {
		return m, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT kind, id, value FROM entity WHERE lane = $1 AND feed = $2 ORDER BY kind, id`, lane, string(feed))
	if err != nil {
		return m, fmt.Errorf("writer: snapshot: %w", err)
	}
	defer rows.Close() // the error that counts is Err's
	var sum sync.StateSum
	for rows.Next() {
		var e sync.EntityValue
		var kind string
		var value []byte
		if err := rows.Scan(&kind, &e.ID, &value); err != nil {
			return m, fmt.Errorf("writer: snapshot: %w", err)
		}
		e.Kind, e.Value = hall.EntityKind(kind), value
		sum.Replace(e.Kind, e.ID, nil, e.Value)
		if err := f(e); err != nil {
			return m, err
		}
	}
	if err := rows.Err(); err != nil {
		return m, fmt.Errorf("writer: snapshot: %w", err)
	}
	m.StateHash = sum.String()
	return m, nil
}

// snapshotTx asks for one moment: SQLite's readers have that by themselves.
func (w *Writer) snapshotTx() *sql.TxOptions {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.db == nil || !w.db.postgres {
		return nil
	}
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// A snapshot in chunks is made once and given to all who ask in the next while,
// as long as not much has happened since: the rows since then follow it.
const (
	snapshotFor  = 5 * time.Minute
	snapshotRows = 5000
)

// Chunks end where the entities say (at one in chunkEvery, by their names), so
// that a change of one entity changes one chunk: who comes back for the next
// snapshot has most of it. And at chunkBytes.
const (
	chunkEvery = 256
	chunkBytes = 1 << 20
)

// snapshots are those that were made in chunks.
type snapshots struct {
	mu   gosync.Mutex
	made map[cutKey]*cut
}

type cutKey struct {
	lane string
	feed hall.Feed
}

// cut is one, or is being made.
type cut struct {
	done     chan struct{} // closed when the rest may be read
	manifest sync.Manifest
	chunks   map[string][]byte
	err      error
	at       time.Time
	forget   *time.Timer
}

// Manifest is the snapshot of a feed in chunks, which Chunk then gives, of row
// from or later: a follower that is so far is not set back.
func (w *Writer) Manifest(ctx context.Context, lane string, feed hall.Feed, from int64) (sync.Manifest, error) {
	c, err := w.cutOf(ctx, lane, feed, from)
	if err != nil {
		return sync.Manifest{}, err
	}
	return c.manifest, nil
}

// Chunk is the packed bytes of a chunk of the feed's snapshot: also of one that
// another writer of this database made, or this one before it was started again,
// as long as what it holds is as it was. Else the Problem GONE: begin with a
// manifest again, and keep the chunks that it names too.
func (w *Writer) Chunk(ctx context.Context, lane string, feed hall.Feed, sha string) ([]byte, error) {
	c, err := w.cutOf(ctx, lane, feed, 0)
	if err != nil {
		return nil, err
	}
	if b, ok := c.chunks[sha]; ok {
		return b, nil
	}
	return nil, &sync.Problem{Code: sync.ProblemGone, Message: "there is no such piece of a snapshot any more", Hint: "ask for the manifest again, and for the pieces that are new in it"}
}

// cutOf finds the snapshot of a feed or makes one.
func (w *Writer) cutOf(ctx context.Context, lane string, feed hall.Feed, from int64) (*cut, error) {
	key := cutKey{lane, feed}
	for {
		row, epoch, err := w.Head(ctx, lane)
		if err != nil {
			return nil, err
		}
		c, mine := w.snapshots.find(key, func(c *cut) bool { return c.stale(w.now(), row, epoch, min(from, row)) })
		if mine {
			w.makeCut(c, key)
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if c.err != nil || !c.stale(w.now(), row, epoch, min(from, row)) {
			return c, c.err
		}
	}
}

// find gives the snapshot of a feed; mine: it is new, and the caller's to make.
func (s *snapshots) find(key cutKey, stale func(*cut) bool) (c *cut, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.made[key]; c != nil && !stale(c) {
		return c, false
	}
	if s.made == nil {
		s.made = map[cutKey]*cut{}
	}
	c = &cut{done: make(chan struct{})}
	s.made[key] = c
	return c, true
}

// stale says whether one that is done is too old for a lane's head, or for who
// asks.
func (c *cut) stale(now time.Time, row, epoch, from int64) bool {
	select {
	case <-c.done:
	default:
		return false // it will be fresh
	}
	age := now.Sub(c.at)
	return c.err != nil || age < 0 || age > snapshotFor || c.manifest.Epoch != epoch || row-c.manifest.Row > snapshotRows || row < c.manifest.Row || c.manifest.Row < from
}

// makeCut cuts a snapshot into chunks. Others may wait for it, so that it goes on
// when the one who asked first goes away.
func (w *Writer) makeCut(c *cut, key cutKey) {
	defer close(c.done)
	c.chunks, c.at = map[string][]byte{}, w.now()
	var chunks []sync.Chunk
	var some []sync.EntityValue
	size := 0
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		chunk, packed, err := sync.PackChunk(some)
		if err != nil {
			return err
		}
		chunks, c.chunks[chunk.SHA256] = append(chunks, chunk), packed
		some, size = some[:0], 0
		return nil
	}
	c.manifest, c.err = w.eachEntity(w.ctx, key.lane, key.feed, func(e sync.EntityValue) error {
		if size > 0 && size+len(e.Value) > chunkBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		some, size = append(some, e), size+len(e.Value)
		if endsChunk(e) {
			return flush()
		}
		return nil
	})
	if c.err == nil {
		c.err = flush()
	}
	if c.err == nil {
		c.manifest.Chunks = append(c.manifest.Chunks, chunks...)
	}
	w.snapshots.mu.Lock()
	defer w.snapshots.mu.Unlock()
	c.forget = time.AfterFunc(snapshotFor, func() { w.snapshots.drop(key, c) })
}

// endsChunk says whether a chunk ends after an entity, by its name alone.
func endsChunk(e sync.EntityValue) bool {
	h := fnv.New64a()
	_, _ = h.Write([]byte(e.Kind)) // a hash takes everything
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(e.ID))
	return h.Sum64()%chunkEvery == 0
}

func (s *snapshots) drop(key cutKey, c *cut) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made[key] == c {
		delete(s.made, key)
	}
}

// end forgets all.
func (s *snapshots) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.made {
		if c.forget != nil {
			c.forget.Stop()
		}
	}
	s.made = nil
}
