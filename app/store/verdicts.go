package store

import (
	"context"
	"database/sql"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Record takes verdicts in, in one transaction: the operations leave the
// outbox, granted numbers become owned, and what was rejected goes to the work
// list. Verdicts that are known already change nothing.
func (s *Store) Record(ctx context.Context, verdicts []sync.Verdict) error {
	if len(verdicts) == 0 {
		return nil
	}
	return s.write(ctx, func(t *tx) error {
		for _, v := range verdicts {
			if err := t.record(v); err != nil {
				return err
			}
		}
		return t.settle()
	})
}

// record takes one verdict in.
func (t *tx) record(v sync.Verdict) error {
	var pos int64
	var kind hall.Kind
	var entity string
	var disowned, acked bool
	ok, err := t.one("SELECT pos, kind, entity, disowned, acked FROM outbox WHERE op_id = ?", []any{v.OpID}, &pos, &kind, &entity, &disowned, &acked)
	if err != nil || !ok {
		return err // not ours: a verdict for nothing
	}
	if acked { // a writer that was put back may have decided anew
		known, err := t.one("SELECT 1 FROM verdicts WHERE op_id = ? AND status = ? AND row = ? AND at = ? AND mac = ? AND IFNULL(result, x'') = ?",
			[]any{v.OpID, v.Status, v.Row, v.At.UnixMilli(), v.MAC, append([]byte{}, v.Result...)}, new(int))
		if err != nil || known {
			return err
		}
	}
	reason, err := marshal(v.Reason)
	if err != nil {
		return err
	}
	if err := t.exec(`INSERT INTO verdicts (op_id, seq, status, reason, result, row, at, arrival, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (op_id) DO UPDATE SET seq = excluded.seq, status = excluded.status, reason = excluded.reason,
		result = excluded.result, row = excluded.row, at = excluded.at, arrival = excluded.arrival, mac = excluded.mac`,
		v.OpID, v.Seq, v.Status, reason, []byte(v.Result), v.Row, v.At.UnixMilli(), v.Order, v.MAC); err != nil {
		return err
	}
	t.dirty = true
	t.after = append(t.after, func(l *live) { l.drop(v.OpID) })
	if err := t.consequences(v, kind, entity, disowned); err != nil {
		return err
	}
	l := t.layers.at[pos]
	keep := l != nil && v.Status == hall.Applied && v.Row > 0 && !t.reached(l.op.Lane, v.Row)
	switch {
	case keep:
		now := *l
		now.row = v.Row
		t.put(pos, &now)
	case l != nil:
		t.lift(pos)
	}
	return t.exec("UPDATE outbox SET acked = 1, acked_at = ?, shadow = ?, live = ? WHERE pos = ?",
		t.s.nowMilli(), keep, keep, pos)
}

func (t *tx) consequences(v sync.Verdict, kind hall.Kind, entity string, disowned bool) error {
	rejected := v.Status == hall.Rejected || v.Status == hall.RejectedDependency
	if kind == hall.NumberCase && rejected {
		t.s.opt.Logger.Warn("the centre refuses a case's application number; trying another later", "case", entity, "why", v.Reason.Code)
		t.s.leaveAlone(numberOf(entity), refusedFor)
		return nil
	}
	if kind == hall.LeaseNumbers || kind == hall.LeaseApplicationNumbers {
		if rejected {
			t.s.leaveAlone(entity, refusedFor)
			return nil
		}
		var res hall.LeaseResult
		if disowned || len(v.Result) == 0 {
			return nil
		}
		if err := hall.Decode(v.Result, &res); err != nil {
			return fail(CodeFailed, "the granted numbers cannot be read", "update the terminal", err)
		}
		return t.own(res.Lease)
	}
	if !rejected {
		return nil
	}
	return t.addWork(string(v.OpID), kind, entity, v.Reason, v.At)
}

// Verdict returns the verdict of an operation, when there is one.
func (s *Store) Verdict(ctx context.Context, id hall.OpID) (sync.Verdict, bool, error) {
	v := sync.Verdict{OpID: id}
	var reason string
	var result []byte
	var at int64
	err := s.readers.Load().QueryRowContext(ctx, "SELECT seq, status, reason, result, row, at FROM verdicts WHERE op_id = ?", id).
		Scan(&v.Seq, &v.Status, &reason, &result, &v.Row, &at)
	if err == sql.ErrNoRows {
		return v, false, nil
	}
	if err != nil {
		return v, false, disk("read the verdict", err)
	}
	v.Result, v.At = result, time.UnixMilli(at).In(hall.Zone)
	return v, true, hall.Decode([]byte(reason), &v.Reason)
}

// Await waits for the verdict of an operation, also one of an earlier start.
// After «applied» it waits a moment longer, at most a second, until the rows
// have arrived, so that World shows what was decided. A caller that shows a
// rejection to the person itself dismisses it with Dismiss(op_id).
func (s *Store) Await(ctx context.Context, id hall.OpID) (sync.Verdict, error) {
	for {
		ring := s.bell.next()
		if s.closed.Load() {
			return sync.Verdict{}, fail(CodeClosed, "the store was closed", "restart the terminal", nil)
		}
		v, ok, err := s.Verdict(ctx, id)
		if err != nil {
			return v, err
		}
		if ok {
			return v, s.settle(ctx, id, v)
		}
		s.mu.RLock()
		_, known := s.state.Load().live.pending[id]
		s.mu.RUnlock()
		if !known {
			if v, ok, err := s.Verdict(ctx, id); ok || err != nil { // it came between the two looks
				return v, err
			}
			return v, fail(CodeUnknownOp, "there is no such operation", "look at the work list", nil)
		}
		select {
		case <-ring:
		case <-ctx.Done():
			return sync.Verdict{}, ctx.Err()
		}
	}
}

func (s *Store) settle(ctx context.Context, id hall.OpID, v sync.Verdict) error {
	if v.Status != hall.Applied || v.Row == 0 {
		return nil
	}
	var lane string
	if err := s.readers.Load().QueryRowContext(ctx, "SELECT lane FROM outbox WHERE op_id = ?", id).Scan(&lane); err != nil {
		return disk("read the outbox", err)
	}
	limit := time.NewTimer(settleFor)
	defer limit.Stop()
	for {
		ring := s.bell.next()
		if s.state.Load().reached(lane, v.Row) || s.closed.Load() {
			return nil
		}
		select {
		case <-ring:
		case <-limit.C:
			return nil
		case <-ctx.Done():
			return nil // the verdict is there; that is what was asked for
		}
	}
}
