package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
)

// readVerdict reads the verdict of an operation.
func readVerdict(ctx context.Context, q querier, id hall.OpID, seq int64) (sync.Verdict, bool, error) {
	v := sync.Verdict{OpID: id, Seq: seq}
	var status, reason string
	var result []byte
	var at int64
	err := q.QueryRowContext(ctx, `SELECT status, reason, result, row_no, at_us, arrival FROM op WHERE op_id = $1`, string(id)).Scan(&status, &reason, &result, &v.Row, &at, &v.Order)
	if errors.Is(err, sql.ErrNoRows) {
		return sync.Verdict{}, false, nil
	}
	if err != nil {
		return sync.Verdict{}, false, fmt.Errorf("verdict: %w", err)
	}
	v.Status, v.At = hall.VerdictStatus(status), microTime(at)
	if len(result) > 0 {
		v.Result = result
	}
	if reason != "" {
		if err := hall.Decode([]byte(reason), &v.Reason); err != nil {
			return sync.Verdict{}, false, fmt.Errorf("reason: %w", err)
		}
	}
	return v, true, nil
}

// Verdict returns the verdict of an operation, if it was decided.
func (w *Writer) Verdict(ctx context.Context, id hall.OpID) (sync.Verdict, bool, error) {
	return readVerdict(ctx, reader{w}, id, 0)
}

// ErrNoOp means that the writer does not hold an operation.
var ErrNoOp = errors.New("writer: there is no such operation here")

// Op returns an operation as it came.
func (w *Writer) Op(ctx context.Context, id hall.OpID) (hall.Op, error) {
	var body []byte
	err := reader{w}.QueryRowContext(ctx, `SELECT body FROM op WHERE op_id = $1`, string(id)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return hall.Op{}, ErrNoOp
	}
	if err != nil {
		return hall.Op{}, fmt.Errorf("writer: operation: %w", err)
	}
	var op hall.Op
	if err := hall.Decode(body, &op); err != nil {
		return hall.Op{}, ErrNoOp
	}
	return op, nil
}

// OpenSealed opens the personal part of an operation (a hall.PersonSealed). The
// caller has checked who may see it, and records that they did. ErrErased says
// that it was erased; ErrNoOp that there is none.
func (w *Writer) OpenSealed(ctx context.Context, id hall.OpID) ([]byte, error) {
	op, err := w.Op(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(op.Sealed) == 0 {
		return nil, ErrErased
	}
	return seal.Open(w.opts.Keys.Seal, seal.Info(op.ID, op.Kind), op.Sealed)
}
