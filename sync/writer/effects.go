package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hallway/app/hall"
)

// EffectHole is the kind of the effect that a declared hole leaves: a work item
// for a person. Its payload is a Hole.
const EffectHole = "hole"

// Hole names operations that their sender declared lost (HOLE).
type Hole struct {
	Terminal    string `json:"terminal"`
	Incarnation string `json:"incarnation"`
	Lane        string `json:"lane"`
	From        int64  `json:"from"`
	To          int64  `json:"to"`
}

// StoredEffect is an effect that waits in the outbox of the centre.
type StoredEffect struct {
	hall.Effect
	Lane     string
	Op       hall.OpID
	Attempts int64
}

// effect writes one effect in the transaction; the same id again is the same
// effect.
func (t *txn) effect(lane string, op hall.OpID, e hall.Effect) {
	if t.effectIDs[e.ID] {
		return
	}
	t.effectIDs[e.ID] = true
	payload := e.Payload
	if payload == nil {
		payload = json.RawMessage("null")
	}
	due := int64(0)
	if !e.Due.IsZero() {
		due = e.Due.UnixMicro()
	}
	t.effects = append(t.effects, []any{e.ID, lane, string(op), e.Kind, []byte(payload), due, int64(0), int64(0), ""})
}

// EffectFilter narrows DueEffectsOf by kind: only some, or all but some. The
// zero value takes all.
type EffectFilter struct {
	Only, Except []string
}

// clause is the condition in SQL, with placeholders from n on.
func (f EffectFilter) clause(n int) (string, []any) {
	kinds, in := f.Only, " AND kind IN ("
	if len(kinds) == 0 {
		kinds, in = f.Except, " AND kind NOT IN ("
	}
	if len(kinds) == 0 {
		return "", nil
	}
	var marks []string
	var args []any
	for i, k := range kinds {
		marks, args = append(marks, fmt.Sprintf("$%d", n+i)), append(args, k)
	}
	return in + strings.Join(marks, ", ") + ")", args
}

// DueEffects lists effects that are due at now and not completed, oldest due
// first.
func (w *Writer) DueEffects(ctx context.Context, now time.Time, limit int) ([]StoredEffect, error) {
	return w.DueEffectsOf(ctx, now, EffectFilter{}, limit)
}

// DueEffectsOf is DueEffects of some kinds, so that those that wait for
// somebody outside hide no others.
func (w *Writer) DueEffectsOf(ctx context.Context, now time.Time, f EffectFilter, limit int) ([]StoredEffect, error) {
	// SQLite numbers $n by where they first stand: they stand in their order.
	clause, kinds := f.clause(2)
	args := append(append([]any{now.UnixMicro()}, kinds...), limit)
	rows, err := reader{w}.QueryContext(ctx, `SELECT `+effectColumns+` FROM effect WHERE done_us = 0 AND due_us <= $1`+
		clause+fmt.Sprintf(` ORDER BY due_us, id LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("writer: effects: %w", err)
	}
	return collect(rows, func(r *sql.Rows) (e StoredEffect, err error) { return e, scanEffect(r, &e) })
}

const effectColumns = `id, lane, op_id, kind, payload, due_us, attempts`

// scanEffect reads effectColumns, and what was asked for behind them.
func scanEffect(r *sql.Rows, e *StoredEffect, more ...any) error {
	var due int64
	var op string
	var payload []byte
	err := r.Scan(append([]any{&e.ID, &e.Lane, &op, &e.Kind, &payload, &due, &e.Attempts}, more...)...)
	e.Op, e.Payload = hall.OpID(op), payload
	if due != 0 {
		e.Due = time.UnixMicro(due).UTC()
	}
	return err
}

// NextEffect says when the next effect is due; ok is false when none waits.
func (w *Writer) NextEffect(ctx context.Context) (due time.Time, ok bool, err error) {
	var us sql.NullInt64
	if err := (reader{w}).QueryRowContext(ctx, `SELECT MIN(due_us) FROM effect WHERE done_us = 0`).Scan(&us); err != nil {
		return time.Time{}, false, fmt.Errorf("writer: effects: %w", err)
	}
	return time.UnixMicro(us.Int64).UTC(), us.Valid, nil
}

// CompleteEffect marks an effect as done. Doing it again changes nothing.
func (w *Writer) CompleteEffect(ctx context.Context, id string) error {
	at := max(w.now().UnixMicro(), 1)
	return w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE effect SET done_us = $1 WHERE id = $2 AND done_us = 0`, at, id)
		return err
	})
}

// DeferEffect puts an effect that failed off to a later time, when any centre may
// claim it; note says why, without personal data.
func (w *Writer) DeferEffect(ctx context.Context, id string, until time.Time, note string) error {
	return w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE effect SET due_us = $1, attempts = attempts + 1, note = $2, claimed_by = '', claimed_us = 0 WHERE id = $3 AND done_us = 0`, until.UnixMicro(), note, id)
		return err
	})
}
