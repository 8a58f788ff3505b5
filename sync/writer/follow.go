package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
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

// Sent is, by lane, the number of the last operation that is here of a terminal's
// incarnation.
func (w *Writer) Sent(ctx context.Context, terminal, incarnation string) (map[string]int64, error) {
	rows, err := reader{w}.QueryContext(ctx, "SELECT lane, last_seq FROM sender WHERE terminal = $1 AND incarnation = $2", terminal, incarnation)
	if err != nil {
		return nil, fmt.Errorf("writer: what %s has sent: %w", terminal, err)
	}
	defer rows.Close()
	sent := map[string]int64{}
	for rows.Next() {
		var lane string
		var seq int64
		if err := rows.Scan(&lane, &seq); err != nil {
			return nil, fmt.Errorf("writer: what %s has sent: %w", terminal, err)
		}
		sent[lane] = seq
	}
	return sent, rows.Err()
}

// NewLives counts the incarnations of all terminals after the first of each.
func (w *Writer) NewLives(ctx context.Context) (n int64, err error) {
	err = reader{w}.QueryRowContext(ctx, `
		SELECT COUNT(*) - COUNT(DISTINCT terminal)
		FROM (SELECT DISTINCT terminal, incarnation FROM sender WHERE terminal <> $1) AS lives`, Centre).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("writer: incarnations of terminals: %w", err)
	}
	return n, nil
}

// Rows gives a follower what comes after its cursor. A follower that is ahead
// of this log or on another chain gets the Problem REWIND, one of another term
// EPOCH: it asks again under the new epoch, and goes on if its hash is known. One
// that is behind what is kept gets GONE.
// limit 0 is DefaultRows.
func (w *Writer) Rows(ctx context.Context, c sync.Cursor, limit int) (sync.Page, error) {
	q := reader{w}
	head, epoch, err := headOf(ctx, q, c.Lane)
	if err != nil {
		return sync.Page{}, err
	}
	if err := checkCursor(ctx, q, c, head, epoch); err != nil {
		if c.Epoch > 0 && c.Epoch < epoch {
			w.seenAhead(c)
		}
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
	if base, err := baseOf(ctx, q, c.Lane); err != nil || base > c.Row { // they went while they were read
		if err == nil {
			err = gone()
		}
		return sync.Page{}, err
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
	base, err := baseOf(ctx, q, c.Lane)
	if err != nil {
		return err
	}
	if c.Epoch == 0 && c.Row == 0 && c.Hash == "" { // a new follower
		if base > 0 {
			return gone()
		}
		return nil
	}
	if c.Epoch > epoch || c.Row > head {
		return rewind
	}
	if c.Epoch < epoch {
		return &sync.Problem{Code: sync.ProblemEpoch, Epoch: epoch, Message: "the writer's term changed", Hint: "ask again under the new epoch"}
	}
	if c.Row < base {
		return gone()
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
	if errors.Is(err, sql.ErrNoRows) { // it has none, or none is kept
		err = q.QueryRowContext(ctx, `SELECT hash FROM log_base WHERE lane = $1 AND feed = $2 AND row_no <= $3`, lane, string(feed), row).Scan(&hash)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("writer: chain of %s: %w", lane, err)
	}
	return hash, nil
}
