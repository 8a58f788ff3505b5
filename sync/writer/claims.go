package writer

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// claimFor is how long an effect belongs to the centre that claimed it last. One
// that lives claims again what it has not done after a third of that.
const claimFor = 30 * time.Second

// ClaimEffects lists effects that are due at now and this centre's to do: of
// several over one database one alone gets each, until it has completed or put it
// off, gives it up, or has not claimed it again for claimFor. A centre calls it
// again and again while it works. One without a name (Options.Node) is the only
// one, and all are its own.
func (w *Writer) ClaimEffects(ctx context.Context, now time.Time, f EffectFilter, limit int) ([]StoredEffect, error) {
	if w.opts.Node == "" {
		return w.DueEffectsOf(ctx, now, f, limit)
	}
	due, err := w.claimable(ctx, now, f, limit)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	var want []string
	for _, e := range due {
		if !e.mine {
			want = append(want, e.ID)
		}
	}
	got := map[string]bool{}
	if len(want) > 0 {
		err = w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
			clear(got)
			at := w.now()
			for _, id := range want { // in the same order at every centre
				res, err := tx.ExecContext(ctx, `UPDATE effect SET claimed_by = $1, claimed_us = $2 WHERE id = $3 AND done_us = 0 AND due_us <= $4 AND (claimed_by = $1 OR claimed_us < $5)`,
					w.opts.Node, at.UnixMicro(), id, now.UnixMicro(), at.Add(-claimFor).UnixMicro())
				if err != nil {
					return err
				}
				n, err := res.RowsAffected()
				if err != nil {
					return err
				}
				got[id] = n == 1
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("writer: claim effects: %w", err)
		}
	}
	var out []StoredEffect
	for _, e := range due {
		if e.mine || got[e.ID] {
			out = append(out, e.StoredEffect)
		}
	}
	return out, nil
}

// claimableEffect is an effect that nobody else holds; mine: this centre does,
// and need not claim it again yet.
type claimableEffect struct {
	StoredEffect
	mine bool
}

func (w *Writer) claimable(ctx context.Context, now time.Time, f EffectFilter, limit int) ([]claimableEffect, error) {
	at := w.now()
	clause, kinds := f.clause(4)
	args := append(append([]any{now.UnixMicro(), w.opts.Node, at.Add(-claimFor).UnixMicro()}, kinds...), limit)
	rows, err := reader{w}.QueryContext(ctx, `SELECT `+effectColumns+`, claimed_by, claimed_us FROM effect WHERE done_us = 0 AND due_us <= $1 AND (claimed_by = $2 OR claimed_us < $3)`+
		clause+fmt.Sprintf(` ORDER BY due_us, id LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("writer: effects: %w", err)
	}
	return collect(rows, func(r *sql.Rows) (e claimableEffect, err error) {
		var by string
		var us int64
		err = scanEffect(r, &e.StoredEffect, &by, &us)
		e.mine = by == w.opts.Node && us > at.Add(-claimFor/3).UnixMicro()
		return e, err
	})
}

// ReleaseEffects gives up what this centre has claimed and not done: it stops.
func (w *Writer) ReleaseEffects(ctx context.Context) error {
	return w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE effect SET claimed_by = '', claimed_us = 0 WHERE claimed_by = $1 AND done_us = 0`, w.opts.Node)
		return err
	})
}
