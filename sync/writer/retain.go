package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// letGoAtOnce bounds how many rows one transaction deletes.
const letGoAtOnce = 2000

// Retain lets rows of a lane go that are older than a moment, from its beginning up
// to a row whose state was hashed. The chain goes on from the hashes that are kept
// of them. A follower that has not come so far is told GONE, and takes a snapshot.
// Operations and their verdicts stay: a resend is answered after a year too. It
// says how many rows the lane has no more.
func (w *Writer) Retain(ctx context.Context, lane string, before time.Time) (base int64, err error) {
	if base, err = baseOf(ctx, reader{w}, lane); err != nil {
		return 0, err
	}
	head, _, err := headOf(ctx, reader{w}, lane)
	if err != nil {
		return base, err
	}
	var first sql.NullInt64 // that is young enough
	err = reader{w}.QueryRowContext(ctx, `SELECT MIN(row_no) FROM log WHERE lane = $1 AND at_us >= $2`, lane, before.UnixMicro()).Scan(&first)
	if err != nil {
		return base, fmt.Errorf("writer: retention: %w", err)
	}
	upTo := head
	if first.Valid {
		upTo = first.Int64 - 1
	}
	if upTo = upTo / sync.StateEvery * sync.StateEvery; upTo > base {
		if err := w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error { return moveBase(ctx, tx, lane, upTo) }); err != nil {
			return base, fmt.Errorf("writer: retention: %w", err)
		}
		base = upTo
	}
	return base, w.letGo(ctx, lane, base)
}

// moveBase keeps the end of each feed's chain at a row. Nothing is deleted before
// that is durable.
func moveBase(ctx context.Context, tx *sql.Tx, lane string, row int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT feed FROM feed WHERE lane = $1 ORDER BY feed`, lane)
	if err != nil {
		return err
	}
	feeds, err := collect(rows, func(r *sql.Rows) (feed string, err error) { return feed, r.Scan(&feed) })
	if err != nil {
		return err
	}
	for _, feed := range append(feeds, "") {
		hash := ""
		if feed != "" {
			if hash, err = feedHash(ctx, tx, lane, hall.Feed(feed), row); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO log_base (lane, feed, row_no, hash) VALUES ($1, $2, $3, $4)
			ON CONFLICT (lane, feed) DO UPDATE SET row_no = excluded.row_no, hash = excluded.hash WHERE log_base.row_no < excluded.row_no`, lane, feed, row, hash); err != nil {
			return err
		}
	}
	return nil
}

// letGo deletes what is behind the base, also what an earlier call left.
func (w *Writer) letGo(ctx context.Context, lane string, base int64) error {
	for {
		var first sql.NullInt64
		err := reader{w}.QueryRowContext(ctx, `SELECT MIN(row_no) FROM log WHERE lane = $1 AND row_no <= $2`, lane, base).Scan(&first)
		if err == nil && first.Valid {
			upTo := min(first.Int64+letGoAtOnce-1, base)
			err = w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, `DELETE FROM log WHERE lane = $1 AND row_no <= $2`, lane, upTo); err != nil {
					return err
				}
				_, err := tx.ExecContext(ctx, `DELETE FROM state_hash WHERE lane = $1 AND row_no < $2`, lane, upTo)
				return err
			})
		}
		if err != nil {
			return fmt.Errorf("writer: retention: %w", err)
		}
		if !first.Valid {
			return nil
		}
	}
}

// baseOf is the last row of a lane that is no longer kept, 0 when all are.
func baseOf(ctx context.Context, q querier, lane string) (row int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT row_no FROM log_base WHERE lane = $1 AND feed = ''`, lane).Scan(&row)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("writer: beginning of %s: %w", lane, err)
	}
	return row, nil
}

// gone is told to a follower that is behind what is kept.
func gone() *sync.Problem {
	return &sync.Problem{Code: sync.ProblemGone, Message: "the rows after this cursor are no longer kept", Hint: "take a snapshot; the outbox stays"}
}
