package writer

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hallway/sync"
)

// generationEvery is how often the generation file follows the database.
const generationEvery = time.Second

// generation is what the file outside of the database remembers of it.
type generation struct {
	Database string          `json:"database"`
	Lanes    map[string]head `json:"lanes"`
}

// heads is the last row and the term of every lane.
func heads(ctx context.Context, q querier) (map[string]head, error) {
	rows, err := q.QueryContext(ctx, `SELECT lane, last_row, epoch FROM lane`)
	if err != nil {
		return nil, err
	}
	out := map[string]head{}
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var lane string
		var h head
		err := r.Scan(&lane, &h.Row, &h.Epoch)
		out[lane] = h
		return struct{}{}, err
	})
	return out, err
}

// Lanes lists the lanes of the database.
func (w *Writer) Lanes(ctx context.Context) ([]string, error) {
	all, err := heads(ctx, reader{w})
	return slices.Sorted(maps.Keys(all)), err
}

// head is how far a lane has come.
type head struct {
	Epoch int64 `json:"epoch"`
	Row   int64 `json:"row"`
}

func (h head) before(o head) bool { return h.Epoch < o.Epoch || h.Epoch == o.Epoch && h.Row < o.Row }

// readGeneration reads the file; the zero value when there is none.
func readGeneration(path string) (g generation, err error) {
	if path == "" {
		return g, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return g, err
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return generation{}, fmt.Errorf("generation file: %w", err)
	}
	return g, nil
}

// keepGeneration writes down, outside of the database, how far it has come: a
// database that is put back is behind its file. The file may be a moment
// behind itself; then what terminals hold gives the restore away.
func (w *Writer) keepGeneration(id string) {
	if w.opts.Generation == "" {
		return
	}
	var last []byte
	tick := time.NewTicker(generationEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-tick.C:
		}
		lanes, err := heads(w.ctx, reader{w})
		if err != nil {
			continue // the database is away: nothing new is in it either
		}
		now, err := json.Marshal(generation{id, lanes})
		if err == nil && !bytes.Equal(now, last) {
			err = writeWhole(w.opts.Generation, now)
		}
		if err != nil {
			w.log.Warn("the generation file cannot be written: a database that was put back may be noticed later", "error", err)
			continue
		}
		last = now
	}
}

// writeWhole puts a file in place, durably, whole or not at all.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".generation-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// MarkRestored notes in a database, before it is opened by a writer, that it
// was put back from a backup.
func MarkRestored(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('restored', 'yes') ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	if err != nil {
		return fmt.Errorf("writer: mark the restore: %w", err)
	}
	return nil
}

// putBack is what tells, when a database is opened, that it was put back.
type putBack struct {
	now    map[string]head
	was    generation // zero: of another database, or none
	marked bool
}

// lookBack reads what tells of a restore.
func (w *Writer) lookBack(ctx context.Context, q querier) (p putBack, err error) {
	if p.now, err = heads(ctx, q); err != nil {
		return p, fmt.Errorf("writer: lanes: %w", err)
	}
	var n int
	if err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM meta WHERE name = 'restored'`).Scan(&n); err != nil {
		return p, fmt.Errorf("writer: meta: %w", err)
	}
	p.marked = n > 0
	was, err := readGeneration(w.opts.Generation)
	if err != nil {
		w.log.Warn("the generation file cannot be read: a database that was put back may be noticed later", "error", err)
	}
	if was.Database == w.centre {
		p.was = was
	}
	return p, nil
}

// noticeRestore begins a new term of every lane when this database is older
// than what the generation file saw, or was marked by the restore command.
func (w *Writer) noticeRestore(ctx context.Context, p putBack) error {
	lanes := map[string]bool{}
	for lane, h := range p.now {
		lanes[lane] = p.marked || h.before(p.was.Lanes[lane])
	}
	for lane := range p.was.Lanes {
		if _, there := p.now[lane]; !there {
			lanes[lane] = true
		}
	}
	for _, lane := range slices.Sorted(maps.Keys(lanes)) {
		was := p.was.Lanes[lane]
		if !lanes[lane] {
			continue
		}
		if err := w.Recover(ctx, lane, max(p.now[lane].Epoch, was.Epoch, 1)); err != nil {
			return err
		}
		w.seenAhead(sync.Cursor{Lane: lane, Epoch: was.Epoch, Row: was.Row})
	}
	if !p.marked {
		return nil
	}
	return w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = 'restored'`)
		return err
	})
}
