package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
)

// What became of a row that a follower brought (column held.state).
const (
	heldWaits    = 0
	heldWritten  = 1
	heldThere    = 2
	heldOvertook = 3
	heldAside    = 4
)

// authenticRow says whether this writer wrote a row.
func (w *Writer) authenticRow(r *sync.Row) bool {
	return r.Hash != "" && sync.RowHash(*r) == r.Hash && sync.RowMAC(w.opts.Keys.MAC, r.Hash, r.Epoch) == r.MAC
}

// Held takes what a terminal keeps of a lane, and says which rows of the given
// feeds are wanted of it: those of after the backup that the lane was last put
// back from, until the terminal has offered all it holds. A row that this writer
// wrote in this very term, and does not know, proves that it was put back.
func (w *Writer) Held(ctx context.Context, h sync.Held, feeds []hall.Feed) (sync.HeldReply, error) {
	for _, rows := range [][]sync.Row{h.Newest, h.Rows} {
		for i := range rows {
			if r := &rows[i]; r.Lane != h.Lane || !w.authenticRow(r) {
				return sync.HeldReply{}, &sync.Problem{Code: sync.ProblemInvalid, Message: fmt.Sprintf("row %d was not written by this centre", r.Row),
					Hint: "nothing of the page was taken; the terminal goes on with its operations"}
			}
		}
	}
	for i := range h.Newest {
		if err := w.knows(ctx, &h.Newest[i]); err != nil {
			return sync.HeldReply{}, err
		}
	}
	last, err := lastRecovery(ctx, reader{w}, h.Lane)
	if err != nil || last == nil {
		return sync.HeldReply{}, err
	}
	var offered int64
	if err := (reader{w}).QueryRowContext(ctx, `SELECT COUNT(*) FROM offered WHERE lane = $1 AND epoch = $2 AND terminal = $3`, h.Lane, last.epoch, h.Terminal).Scan(&offered); err != nil {
		return sync.HeldReply{}, fmt.Errorf("writer: held: %w", err)
	}
	if offered > 0 {
		return sync.HeldReply{}, nil
	}
	if err := w.keepHeld(ctx, h.Rows, last); err != nil {
		return sync.HeldReply{}, err
	}
	var out sync.HeldReply
	for _, feed := range feeds {
		after, err := w.heldUntil(ctx, h.Lane, feed, last)
		if err != nil {
			return sync.HeldReply{}, fmt.Errorf("writer: held: %w", err)
		}
		out.Wants = append(out.Wants, sync.Want{Feed: feed, After: after, Before: sync.ArrivalOrder(last.epoch, 0)})
	}
	return out, nil
}

// knows holds the newest row of a follower to this log: BUSY when it proves that
// the lane was put back, and a recovery begins.
func (w *Writer) knows(ctx context.Context, r *sync.Row) error {
	_, epoch, err := headOf(ctx, reader{w}, r.Lane)
	if err != nil || r.Epoch < epoch {
		return err
	}
	if base, err := baseOf(ctx, reader{w}, r.Lane); err != nil || r.Row <= base {
		return err
	}
	var hash string
	err = reader{w}.QueryRowContext(ctx, `SELECT hash FROM log WHERE lane = $1 AND row_no = $2`, r.Lane, r.Row).Scan(&hash)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && hash != r.Hash:
		w.recoverSoon(r.Lane, r.Epoch)
		return stillRecovering(&laneState{epoch: epoch})
	case err != nil:
		return fmt.Errorf("writer: held: %w", err)
	}
	return nil
}

// since is where a restore put the lane back to: what stands after it, in terms
// before the one that began, was lost.
func (r *backTo) since() int64 { return sync.ArrivalOrder(r.was, r.from) }

// backTo is a restore as far as rows are concerned.
type backTo struct{ epoch, was, from int64 }

// lastRecovery is the last restore of a lane, nil when there was none.
func lastRecovery(ctx context.Context, q querier, lane string) (*backTo, error) {
	r := &backTo{}
	err := q.QueryRowContext(ctx, `SELECT epoch, was, from_row FROM recovery WHERE lane = $1 ORDER BY epoch DESC LIMIT 1`, lane).Scan(&r.epoch, &r.was, &r.from)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("writer: recovery of %s: %w", lane, err)
	}
	return r, nil
}

// keepHeld stores rows of after the backup until the end of the recovery; one
// that several followers bring is kept once.
func (w *Writer) keepHeld(ctx context.Context, rows []sync.Row, last *backTo) error {
	var put []sync.Row
	for _, r := range rows {
		if o := r.Order(); o > last.since() && r.Epoch < last.epoch {
			put = append(put, r)
		}
	}
	if len(put) == 0 {
		return nil
	}
	return w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, `INSERT INTO held (lane, epoch, row_no, hash, prev_hash, feed, event, kind, id, value, op_id, at_us, state, new_row)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0) ON CONFLICT DO NOTHING`)
		if err != nil {
			return err
		}
		defer stmt.Close() // the transaction ends it too
		for _, r := range put {
			value := []byte(r.Value)
			if sync.Gone(r.Value) {
				value = nil
			}
			if _, err := stmt.ExecContext(ctx, r.Lane, r.Epoch, r.Row, r.Hash, r.PrevHash, string(r.Feed), r.Event, string(r.Kind), r.ID, value, string(r.OpID), r.At.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// heldUntil is how far the chain of a feed is kept without a gap from the backup
// on, so that one follower need not bring what another has brought.
func (w *Writer) heldUntil(ctx context.Context, lane string, feed hall.Feed, last *backTo) (int64, error) {
	after := last.since()
	base, err := feedHash(ctx, reader{w}, lane, feed, last.from)
	if err != nil {
		return 0, err
	}
	rows, err := reader{w}.QueryContext(ctx, `SELECT epoch, row_no, prev_hash, hash FROM held WHERE lane = $1 AND feed = $2 AND epoch < $3 ORDER BY epoch, row_no`,
		lane, string(feed), last.epoch)
	if err != nil {
		return 0, err
	}
	known, gap := map[string]bool{base: true}, false
	_, err = collect(rows, func(s *sql.Rows) (struct{}, error) {
		var epoch, row int64
		var prev, hash string
		err := s.Scan(&epoch, &row, &prev, &hash)
		order := sync.ArrivalOrder(epoch, row)
		if gap = gap || order > last.since() && !known[prev]; order > last.since() && !gap {
			known[hash], after = true, order
		}
		return struct{}{}, err
	})
	return after, err
}
