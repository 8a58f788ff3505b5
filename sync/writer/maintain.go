package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"hallway/app/hall"
)

// ErrErased means that an operation has no personal part, or no longer.
var ErrErased = errors.New("writer: the operation holds no personal part; it may have been erased")

// EraseSealed removes the personal part of an operation for good (PIPL art. 47).
// The chain does not break: it runs over rows, and the hash of the body as it
// came stays. On SQLite the log file is cut, so that no copy is left in it;
// on PostgreSQL the old version goes with the next vacuum.
func (w *Writer) EraseSealed(ctx context.Context, id hall.OpID) error {
	at := w.now().UnixMicro()
	err := w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var body []byte
		err := tx.QueryRowContext(ctx, `SELECT body FROM op WHERE op_id = $1`, string(id)).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoOp
		}
		if err != nil {
			return err
		}
		var op hall.Op
		if err := hall.Decode(body, &op); err != nil {
			return ErrNoOp
		}
		op.Sealed = nil
		if body, err = json.Marshal(op); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE op SET body = $1, erased_us = $2 WHERE op_id = $3`, body, at, string(id))
		return err
	})
	if err != nil {
		return err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.db == nil || w.db.postgres {
		return nil
	}
	var blocked, inLog, moved int
	err = w.db.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&blocked, &inLog, &moved)
	if err == nil && blocked != 0 {
		err = errors.New("somebody is reading")
	}
	if err != nil {
		return fmt.Errorf("writer: erased, but the log file could not be cut; erase again later: %w", err)
	}
	return nil
}
