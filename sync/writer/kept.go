package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
)

// Reasons of the verdict of what is kept.
const (
	keptReason     = "kept_until_update" // its schema is newer than this writer
	keptBackReason = "kept_until_back"   // what it names was lost in a restore, and somebody may hold it
)

// onlyKept says whether a verdict is of what was kept and not decided.
func onlyKept(status hall.VerdictStatus, reason string) bool {
	return status == hall.Applied && (reason == keptReason || reason == keptBackReason)
}

// keep notes a witness that cannot be decided yet. It must not wait at its
// terminal: everything behind it would. So it has its verdict, applied, with one of
// the reasons above and no row; it is decided when a writer that knows the schema
// starts, or when a terminal has brought what it held; terminals learn of that by
// its rows.
func (t *txn) keep(e *sync.Envelope, a *admitted) {
	unattested := int64(0)
	if a.unattested {
		unattested = 1
	}
	t.kept = append(t.kept, []any{string(a.op.ID), e.Lane, string(a.op.Kind), int64(a.op.Schema), e.Terminal, e.Incarnation, e.Seq, unattested, t.now.UnixMicro()})
}

// untilBack keeps a witness that names what is not here, when the lane was put
// back and terminals that may hold it have not come: it happened, and is not
// refused because somebody else is late.
func (t *txn) untilBack(e *sync.Envelope, a *admitted, ls *laneState, out hall.Outcome) (hall.Outcome, error) {
	waits, err := t.mayComeBack(a, ls, out)
	if err != nil || !waits {
		return out, err
	}
	t.keep(e, a)
	return hall.Outcome{Status: hall.Applied, Reason: hall.Text{Code: keptBackReason}}, nil
}

// mayComeBack says whether what a refused witness does not find may still come.
func (t *txn) mayComeBack(a *admitted, ls *laneState, out hall.Outcome) (bool, error) {
	if out.Status != hall.Rejected || ls.recovery.term == 0 || !a.ok || !t.witnessed(a.op.Kind) || !hall.MayBeHeld(out.Reason) {
		return false, nil
	}
	missing, err := waitedFor(t.conn.ctx, t.conn, ls.lane, ls.since)
	return len(missing) > 0, err
}

// keptSoon decides what is kept, as far as it can be now, beside everything else.
func (w *Writer) keptSoon() {
	w.aside.Go(func() {
		all, err := w.knownKept(w.ctx)
		for _, r := range all {
			if err == nil {
				r.reply = make(chan result, 1)
				_, err = w.send(w.ctx, r)
			}
		}
		if err != nil && w.ctx.Err() == nil {
			w.log.Error("what was kept until a terminal comes cannot be decided; it is tried again with the next terminal that comes", "error", err)
		}
	})
}

// decideKept decides what was kept and is known now, in the order in which it
// came. It runs before the first request.
func (w *Writer) decideKept() {
	ctx, cancel := context.WithTimeout(w.ctx, batchTimeout)
	defer cancel()
	all, err := w.knownKept(ctx)
	if err != nil {
		w.log.Error("what was kept from newer terminals cannot be read; it is tried again at the next start", "error", err)
		return
	}
	for len(all) > 0 && w.ctx.Err() == nil {
		n := min(len(all), 256)
		if err := w.attempt(all[:n]); err != nil {
			for _, r := range all[:n] {
				if err := w.attempt([]*request{r}); err != nil {
					w.log.Error("an operation that was kept from a newer terminal cannot be decided; it stays kept", "op", r.ops[0].op.ID, "error", err)
				}
			}
		}
		all = all[n:]
	}
}

func (w *Writer) knownKept(ctx context.Context) ([]*request, error) {
	rows, err := reader{w}.QueryContext(ctx, `SELECT k.kind, k.schema_no, k.lane, k.terminal, k.incarnation, k.seq, k.unattested, o.body
		FROM kept AS k JOIN op AS o ON o.op_id = k.op_id ORDER BY k.at_us, k.terminal, k.incarnation, k.seq`)
	if err != nil {
		return nil, err
	}
	all, err := collect(rows, func(r *sql.Rows) (*request, error) {
		var kind string
		var schema, unattested int64
		e := &sync.Envelope{}
		var body []byte
		if err := r.Scan(&kind, &schema, &e.Lane, &e.Terminal, &e.Incarnation, &e.Seq, &unattested, &body); err != nil {
			return nil, err
		}
		info, known := w.opts.kindOf(hall.Kind(kind))
		a := admitted{unattested: unattested != 0}
		if e.Body = json.RawMessage(body); !known || int64(info.Schema) < schema || !readable(body, &a.op) {
			return nil, nil
		}
		a.ok = true
		a.weigh(body)
		return &request{lane: e.Lane, late: e, ops: []admitted{a}}, nil
	})
	out := all[:0]
	for _, r := range all {
		if r != nil {
			out = append(out, r)
		}
	}
	return out, err
}

// late decides an operation that was kept; its verdict stays what it is.
func (t *txn) late(r *request) error {
	e, a := r.late, &r.ops[0]
	still := false
	err := t.conn.find(&keptOf, [][]any{{string(a.op.ID)}}, func([]any) error { still = true; return nil })
	if err != nil || !still { // another writer was faster
		return err
	}
	ls := t.hot.lanes[e.Lane]
	out, err := t.outcome(e, a, ls, hall.Context{Now: t.now, Order: sync.ArrivalOrder(ls.epoch, ls.row+1)})
	if err != nil {
		return err
	}
	if still, err := t.mayComeBack(a, ls, out); still || err != nil {
		return err
	}
	if out.Status == hall.Rejected || out.Status == hall.RejectedDependency {
		t.w.log.Warn("what was witnessed and kept does not fit now; somebody must look", "op", a.op.ID, "kind", a.op.Kind,
			"terminal", e.Terminal, "entity", a.op.Entity, "reason", out.Reason.Code)
	}
	for i := range out.Changes {
		if err := t.append(ls, a.op.ID, &out.Changes[i]); err != nil {
			return fmt.Errorf("kept operation %s: %w", a.op.ID, err)
		}
	}
	for _, ef := range out.Effects {
		t.effect(e.Lane, a.op.ID, ef)
	}
	t.notKept = append(t.notKept, []any{string(a.op.ID)})
	return nil
}
