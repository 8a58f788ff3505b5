package writer

import (
	"context"
	"database/sql"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
)

// Snapshot is the whole state of one feed, read at one moment.
func (w *Writer) Snapshot(ctx context.Context, lane string, feed hall.Feed) (sync.Snapshot, error) {
	s := sync.Snapshot{Lane: lane, Feed: feed, Entities: []sync.EntityValue{}}
	db := w.Reader()
	if db == nil {
		return s, errClosed()
	}
	tx, err := db.BeginTx(ctx, w.snapshotTx())
	if err != nil {
		return s, fmt.Errorf("writer: snapshot: %w", err)
	}
	defer tx.Rollback() // only reads
	if s.Row, s.Epoch, err = headOf(ctx, tx, lane); err != nil {
		return s, err
	}
	if s.Hash, err = feedHash(ctx, tx, lane, feed, s.Row); err != nil {
		return s, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT kind, id, value FROM entity WHERE lane = $1 AND feed = $2 ORDER BY row_no, kind, id`, lane, string(feed))
	if err != nil {
		return s, fmt.Errorf("writer: snapshot: %w", err)
	}
	all, err := collect(rows, func(r *sql.Rows) (e sync.EntityValue, err error) {
		var kind string
		var value []byte
		err = r.Scan(&kind, &e.ID, &value)
		e.Kind, e.Value = hall.EntityKind(kind), value
		return e, err
	})
	if err != nil {
		return s, fmt.Errorf("writer: snapshot: %w", err)
	}
	var sum sync.StateSum
	for _, e := range all {
		sum.Replace(e.Kind, e.ID, nil, e.Value)
	}
	s.Entities, s.StateHash = append(s.Entities, all...), sum.String()
	return s, nil
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
