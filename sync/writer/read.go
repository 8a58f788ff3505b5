package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
)

// Limits of one page of rows.
const (
	DefaultRows = 500
	MaxRows     = 2000
	maxRowBytes = 1 << 20
)

// headOf reads the last row and the epoch of a lane: (0, 1) for one that is
// empty.
func headOf(ctx context.Context, q querier, lane string) (row, epoch int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT last_row, epoch FROM lane WHERE lane = $1`, lane).Scan(&row, &epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 1, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("writer: head of %s: %w", lane, err)
	}
	return row, epoch, nil
}

// Head is the last row and the epoch of a lane.
func (w *Writer) Head(ctx context.Context, lane string) (row, epoch int64, err error) {
	return headOf(ctx, reader{w}, lane)
}

// Rows gives a follower what comes after its cursor. A follower that is ahead
// of this log or on another chain gets the Problem REWIND, one of another term
// EPOCH: it asks again under the new epoch, and goes on if its hash is known.
// limit 0 is DefaultRows.
func (w *Writer) Rows(ctx context.Context, c sync.Cursor, limit int) (sync.Page, error) {
	q := reader{w}
	head, epoch, err := headOf(ctx, q, c.Lane)
	if err != nil {
		return sync.Page{}, err
	}
	if err := checkCursor(ctx, q, c, head, epoch); err != nil {
		return sync.Page{}, err
	}
	if limit <= 0 {
		limit = DefaultRows
	}
	limit = min(limit, MaxRows)
	page := sync.Page{Epoch: epoch, Lane: c.Lane, Feed: c.Feed, From: c.Row, To: head, Rows: []sync.Row{}}
	// A page ends at the next row whose state is hashed.
	if at := (c.Row/sync.StateEvery + 1) * sync.StateEvery; at <= head {
		page.To, page.More = at, at < head
	}
	if err := w.fillPage(ctx, q, &page, limit); err != nil {
		return sync.Page{}, fmt.Errorf("writer: rows of %s: %w", c.Lane, err)
	}
	if page.To%sync.StateEvery == 0 && page.To > page.From {
		err := q.QueryRowContext(ctx, `SELECT state_sum FROM state_hash WHERE lane = $1 AND row_no = $2 AND feed = $3`, c.Lane, page.To, string(c.Feed)).Scan(&page.StateHash)
		if errors.Is(err, sql.ErrNoRows) { // the feed had no row yet
			page.StateHash, err = sync.StateSum{}.String(), nil
		}
		if err != nil {
			return sync.Page{}, fmt.Errorf("writer: state hash: %w", err)
		}
		page.StateRow = page.To
	}
	return page, nil
}

func (w *Writer) fillPage(ctx context.Context, q querier, page *sync.Page, limit int) error {
	rows, err := q.QueryContext(ctx, `SELECT row_no, event, kind, id, value, op_id, at_us, epoch, prev_hash, hash, mac FROM log
		WHERE lane = $1 AND feed = $2 AND row_no > $3 AND row_no <= $4 ORDER BY row_no LIMIT $5`,
		page.Lane, string(page.Feed), page.From, page.To, limit+1)
	if err != nil {
		return err
	}
	defer rows.Close() // the error that counts is Err's
	bytes := 0
	for rows.Next() {
		if len(page.Rows) == limit || bytes > maxRowBytes {
			page.To, page.More = page.Rows[len(page.Rows)-1].Row, true
			return nil
		}
		r := sync.Row{Lane: page.Lane, Feed: page.Feed}
		if err := scanRow(rows, &r); err != nil {
			return err
		}
		bytes += len(r.Value)
		page.Rows = append(page.Rows, r)
	}
	return rows.Err()
}

func scanRow(rows *sql.Rows, r *sync.Row) error {
	var kind, op string
	var value []byte
	var at int64
	if err := rows.Scan(&r.Row, &r.Event, &kind, &r.ID, &value, &op, &at, &r.Epoch, &r.PrevHash, &r.Hash, &r.MAC); err != nil {
		return err
	}
	r.Kind, r.OpID, r.Value, r.At = hall.EntityKind(kind), hall.OpID(op), value, microTime(at)
	return nil
}

// checkCursor holds a follower's cursor to this log.
func checkCursor(ctx context.Context, q querier, c sync.Cursor, head, epoch int64) error {
	rewind := &sync.Problem{
		Code: sync.ProblemRewind, Epoch: epoch, Message: "the follower is ahead of this log or on another chain: the centre was restored from a backup",
		Hint: "keep the outbox and what was acknowledged, take a snapshot, and send again what the centre does not know",
	}
	if c.Row < 0 || c.Feed == "" || !goodText(string(c.Feed)) || !goodText(c.Lane) || c.Lane == "" {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "the cursor is malformed", Hint: "correct the client"}
	}
	if c.Epoch == 0 && c.Row == 0 && c.Hash == "" {
		return nil // a new follower
	}
	if c.Epoch > epoch || c.Row > head {
		return rewind
	}
	if c.Epoch < epoch {
		return &sync.Problem{Code: sync.ProblemEpoch, Epoch: epoch, Message: "the writer's term changed", Hint: "ask again under the new epoch"}
	}
	hash, err := feedHash(ctx, q, c.Lane, c.Feed, c.Row)
	if err != nil {
		return err
	}
	if hash != c.Hash {
		return rewind
	}
	return nil
}

// feedHash is the hash of the last row of a feed at or before row.
func feedHash(ctx context.Context, q querier, lane string, feed hall.Feed, row int64) (string, error) {
	var hash string
	err := q.QueryRowContext(ctx, `SELECT hash FROM log WHERE lane = $1 AND feed = $2 AND row_no <= $3 ORDER BY row_no DESC LIMIT 1`, lane, string(feed), row).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("writer: chain of %s: %w", lane, err)
	}
	return hash, nil
}

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

// Entity is one value of the confirmed state.
type Entity struct {
	Kind  hall.EntityKind
	ID    string
	Value json.RawMessage
	Row   int64 // of its last change
}

// Filter of Entities; zero fields do not restrict.
type Filter struct {
	Prefix string // of the id
	Day    string // that the value carries
}

// Entities lists the entities of one kind in a lane, in order of their ids.
func (w *Writer) Entities(ctx context.Context, lane string, kind hall.EntityKind, f Filter) ([]Entity, error) {
	query, args := `SELECT id, value, row_no FROM entity WHERE lane = $1 AND kind = $2`, []any{lane, string(kind)}
	if f.Day != "" {
		query, args = query+` AND part = $3`, append(args, f.Day)
	}
	rows, err := reader{w}.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("writer: entities: %w", err)
	}
	all, err := collect(rows, func(r *sql.Rows) (Entity, error) {
		e := Entity{Kind: kind}
		var value []byte
		err := r.Scan(&e.ID, &value, &e.Row)
		e.Value = value
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("writer: entities: %w", err)
	}
	out := all[:0]
	for _, e := range all {
		if strings.HasPrefix(e.ID, f.Prefix) {
			out = append(out, e)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, nil
}

// readVerdict reads the verdict of an operation.
func readVerdict(ctx context.Context, q querier, id hall.OpID, seq int64) (sync.Verdict, bool, error) {
	v := sync.Verdict{OpID: id, Seq: seq}
	var status, reason string
	var result []byte
	var at int64
	err := q.QueryRowContext(ctx, `SELECT status, reason, result, row_no, at_us FROM op WHERE op_id = $1`, string(id)).Scan(&status, &reason, &result, &v.Row, &at)
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
		if err := json.Unmarshal([]byte(reason), &v.Reason); err != nil {
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
	if err := json.Unmarshal(body, &op); err != nil {
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
