package writer

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// putBackAtOnce bounds how many rows one transaction writes again.
const putBackAtOnce = 4000

// heldRow is a row that a follower brought.
type heldRow struct {
	sync.Row
	state, newRow int64
}

var heldTable = newTable("held", 4, update, "lane", "epoch:i", "row_no:i", "hash", "prev_hash", "feed", "event", "kind", "id", "value:b", "op_id", "at_us:i", "state:i", "new_row:i")

// settleRecovery writes again what followers brought when a recovery is over, in
// steps: as long as something waits, the lane takes in nothing new.
func (t *txn) settleRecovery(ls *laneState) error {
	if !ls.open || t.now.Before(ls.until) {
		return nil
	}
	more, err := t.putBack(ls)
	if err != nil {
		return fmt.Errorf("rows of before the restore: %w", err)
	}
	if ls.putting = more; more {
		t.w.settleSoon(ls.lane)
		return nil
	}
	ls.open = false
	return t.conn.exec(`UPDATE recovery SET done_us = $1 WHERE lane = $2 AND epoch = $3`, max(t.now.UnixMicro(), 1), ls.lane, ls.since)
}

// putBack writes rows that followers brought, in their old order, as they were:
// value, event, time and operation; number, term and chain are new. A row is left
// out when its entity is so already, when a later one is there, and when somebody
// has changed the entity since. Operations that came back in the meantime were
// decided on what the backup had: where a row has more than they knew, it is
// written, and those that stood behind it are made again upon it (remake).
func (t *txn) putBack(ls *laneState) (more bool, err error) {
	last, err := lastRecovery(t.conn.ctx, t.conn, ls.lane)
	if err != nil || last == nil {
		return false, err
	}
	rows, err := t.heldRows(ls.lane)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	places, err := t.oldPlaces(ls.lane, rows, last)
	if err != nil {
		return false, err
	}
	upon := map[entityKey]int64{}
	written := 0
	for i := range rows {
		r := &rows[i]
		k := entityKey{ls.lane, string(r.Kind), r.ID}
		if r.state, err = t.placed(r, k, places[k], last); err != nil {
			return false, err
		}
		if r.state != heldWritten {
			continue
		}
		c := hall.Change{Feed: r.Feed, Event: r.Event, Kind: r.Kind, ID: r.ID, Value: r.Value}
		if sync.Gone(r.Value) {
			c.Value = nil
		}
		if err := t.appendAt(ls, r.OpID, &c, r.At); err != nil {
			return false, err
		}
		r.newRow, upon[k] = ls.row, r.Order()
		written++
	}
	if err := t.remake(ls, places, upon); err != nil {
		return false, err
	}
	if err := t.conn.now(bulk{table: heldTable, put: settled(ls.lane, rows)}); err != nil {
		return false, err
	}
	t.w.log.Info("rows of before the restore that followers kept are back", "lane", ls.lane, "rows", len(rows), "written", written)
	return len(rows) == putBackAtOnce, t.reseat(ls, rows, last)
}

// settled is what is kept of rows that wait no more.
func settled(lane string, rows []heldRow) (put [][]any) {
	for i := range rows {
		r := &rows[i]
		put = append(put, []any{lane, r.Epoch, r.Row.Row, r.Hash, r.PrevHash, string(r.Feed), r.Event, string(r.Kind), r.ID, []byte(r.Value), string(r.OpID),
			r.At.UnixMicro(), r.state, r.newRow})
	}
	return put
}

// lateRows writes what a follower brought when the recovery was over already.
func (t *txn) lateRows(lane string) error {
	ls := t.hot.lanes[lane]
	if ls.open { // it is not over, or goes on by itself
		return nil
	}
	more, err := t.putBack(ls)
	if more {
		t.w.settleSoon(lane)
	}
	return err
}

// settleSoon goes on with the rows that wait, outside of this transaction.
func (w *Writer) settleSoon(lane string) {
	w.aside.Go(func() {
		if err := w.settle(w.ctx, lane); err != nil && w.ctx.Err() == nil {
			w.log.Error("rows that followers brought cannot be written yet; it is tried again at the next hello", "lane", lane, "error", err)
		}
	})
}

// settle writes the rows that wait, when the recovery is over.
func (w *Writer) settle(ctx context.Context, lane string) error {
	_, err := w.send(ctx, &request{lane: lane, rows: true, reply: make(chan result, 1)})
	return err
}

// heldRows reads what waits, in its old order.
func (t *txn) heldRows(lane string) ([]heldRow, error) {
	rows, err := t.conn.QueryContext(t.conn.ctx, `SELECT epoch, row_no, hash, prev_hash, feed, event, kind, id, value, op_id, at_us FROM held
		WHERE lane = $1 AND state = 0 ORDER BY epoch, row_no LIMIT $2`, lane, putBackAtOnce)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(s *sql.Rows) (r heldRow, err error) {
		var feed, kind, op string
		var value []byte
		var at int64
		err = s.Scan(&r.Epoch, &r.Row.Row, &r.Hash, &r.PrevHash, &feed, &r.Event, &kind, &r.ID, &value, &op, &at)
		r.Lane, r.Feed, r.Kind, r.OpID, r.Value, r.At = lane, hall.Feed(feed), hall.EntityKind(kind), hall.OpID(op), value, microTime(at)
		return r, err
	})
}

// reseat makes what follows from rows whose operations nobody held, and that
// only the centre kept (hall.Reseat).
func (t *txn) reseat(ls *laneState, rows []heldRow, last *backTo) error {
	done := map[entityKey]bool{}
	for i := len(rows) - 1; i >= 0; i-- {
		r := &rows[i]
		k := entityKey{ls.lane, string(r.Kind), r.ID}
		if r.state != heldWritten || done[k] {
			continue
		}
		done[k] = true
		if known, err := t.op(r.OpID); err != nil || known != nil {
			if err != nil {
				return err
			}
			continue
		}
		world := t.world(ls, hallOf(ls.lane, ""))
		out, err := hall.Reseat(world, r.Kind, r.ID)
		if world.err != nil {
			err = world.err
		}
		if err == nil {
			err = t.sound(ls, out)
		}
		if err != nil {
			return fmt.Errorf("what follows from %s: %w", r.Kind, err)
		}
		for i := range out.Changes {
			if err := t.append(ls, r.OpID, &out.Changes[i]); err != nil {
				return err
			}
		}
		for _, e := range out.Effects {
			t.effect(ls.lane, r.OpID, e)
		}
	}
	return nil
}

// bare are the changes of an operation of before the restore that came after the
// recovery was over, without those that are in a row that was put back.
func (t *txn) bare(ls *laneState, changes []hall.Change, order int64) ([]hall.Change, error) {
	if ls.open || ls.recovery.term == 0 {
		return changes, nil
	}
	out := changes[:0:0]
	for _, c := range changes {
		var epoch, row int64
		err := t.conn.QueryRowContext(t.conn.ctx, `SELECT epoch, row_no FROM held WHERE lane = $1 AND kind = $2 AND id = $3 AND state IN ($4, $5) ORDER BY epoch DESC, row_no DESC LIMIT 1`,
			ls.lane, string(c.Kind), c.ID, heldWritten, heldThere).Scan(&epoch, &row)
		if err != nil && err != sql.ErrNoRows {
			return nil, err
		}
		if err == sql.ErrNoRows || sync.ArrivalOrder(epoch, row) < order {
			out = append(out, c)
		}
	}
	return out, nil
}

// asRowsSay is the outcome of an operation that comes, without its verdict, after
// a restore: when rows of it are back already it was applied, whatever the rules
// make of it now, and is not applied twice. Its verdict gets the time and the
// place in the order of arrival of the first of them.
func (t *txn) asRowsSay(ls *laneState, v *sync.Verdict, out hall.Outcome) (hall.Outcome, error) {
	if ls.recovery.term == 0 || out.Status == hall.Applied {
		return out, nil
	}
	var epoch, row, at int64
	err := t.conn.QueryRowContext(t.conn.ctx, `SELECT epoch, row_no, at_us FROM held WHERE op_id = $1 AND state > 0 ORDER BY epoch, row_no LIMIT 1`,
		string(v.OpID)).Scan(&epoch, &row, &at)
	if err == sql.ErrNoRows {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	v.Order, v.At = sync.ArrivalOrder(epoch, row), time.UnixMicro(at).UTC()
	return hall.Outcome{Status: hall.Applied}, nil
}

// hasRows says whether rows of an operation are back without it.
func (t *txn) hasRows(id hall.OpID) (bool, error) {
	var n int64
	err := t.conn.QueryRowContext(t.conn.ctx, `SELECT COUNT(*) FROM held WHERE op_id = $1 AND state > 0`, string(id)).Scan(&n)
	return n > 0, err
}
