package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
)

// Verify reads a whole lane again: gap-free numbers, chains, MACs, state
// hashes, and that the entities are what the rows give. Of rows that are no longer
// kept (Retain) it has the end of each chain, and of the entities that have not
// changed since, their sum. It returns the first thing that does not hold.
func (w *Writer) Verify(ctx context.Context, lane string) error {
	db := w.Reader()
	if db == nil {
		return errClosed()
	}
	tx, err := db.BeginTx(ctx, w.snapshotTx())
	if err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	defer tx.Rollback() // only reads
	head, _, err := headOf(ctx, tx, lane)
	if err != nil {
		return err
	}
	v := verifier{key: w.opts.Keys.MAC, lane: lane, hash: map[hall.Feed]string{}, sum: map[hall.Feed]*sync.StateSum{}, value: map[string]json.RawMessage{}}
	if err := v.hashes(ctx, tx); err != nil {
		return err
	}
	if err := v.begin(ctx, tx); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT row_no, event, kind, id, value, op_id, at_us, epoch, prev_hash, hash, mac, feed FROM log WHERE lane = $1 AND row_no > $2 ORDER BY row_no`, lane, v.base)
	if err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	defer rows.Close() // the error that counts is Err's
	for rows.Next() {
		if err := v.row(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	if v.last != head {
		return fmt.Errorf("writer: lane %s ends at row %d, its counter says %d", lane, v.last, head)
	}
	return v.entities(ctx, tx)
}

type verifier struct {
	key   []byte
	lane  string
	base  int64 // the last row that is no longer kept
	last  int64
	hash  map[hall.Feed]string
	sum   map[hall.Feed]*sync.StateSum
	value map[string]json.RawMessage
	saved map[string]string // "row/feed" → state sum
}

func (v *verifier) hashes(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `SELECT row_no, feed, state_sum FROM state_hash WHERE lane = $1`, v.lane)
	if err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	v.saved = map[string]string{}
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var row int64
		var feed, sum string
		err := r.Scan(&row, &feed, &sum)
		v.saved[fmt.Sprint(row, "/", feed)] = sum
		return struct{}{}, err
	})
	return err
}

// begin reads where the log begins.
func (v *verifier) begin(ctx context.Context, q querier) (err error) {
	if v.base, err = baseOf(ctx, q, v.lane); err != nil || v.base == 0 {
		return err
	}
	v.last = v.base
	rows, err := q.QueryContext(ctx, `SELECT feed, hash FROM log_base WHERE lane = $1 AND feed <> ''`, v.lane)
	if err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var feed, hash string
		err := r.Scan(&feed, &hash)
		v.hash[hall.Feed(feed)] = hash
		return struct{}{}, err
	})
	return err
}

func (v *verifier) row(rows *sql.Rows) error {
	r := sync.Row{Lane: v.lane}
	var kind, op, feed string
	var value []byte
	var at int64
	if err := rows.Scan(&r.Row, &r.Event, &kind, &r.ID, &value, &op, &at, &r.Epoch, &r.PrevHash, &r.Hash, &r.MAC, &feed); err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	r.Kind, r.OpID, r.Value, r.At, r.Feed = hall.EntityKind(kind), hall.OpID(op), value, microTime(at), hall.Feed(feed)
	switch {
	case r.Row != v.last+1:
		return fmt.Errorf("writer: lane %s: row %d follows row %d", v.lane, r.Row, v.last)
	case r.PrevHash != v.hash[r.Feed] || sync.RowHash(r) != r.Hash:
		return fmt.Errorf("writer: lane %s: the chain breaks at row %d", v.lane, r.Row)
	case sync.RowMAC(v.key, r.Hash, r.Epoch) != r.MAC:
		return fmt.Errorf("writer: lane %s: row %d was not written by this writer", v.lane, r.Row)
	}
	v.last, v.hash[r.Feed] = r.Row, r.Hash
	sum := v.sum[r.Feed]
	if sum == nil {
		sum = &sync.StateSum{}
		v.sum[r.Feed] = sum
	}
	key := kind + "\x00" + r.ID
	sum.Replace(r.Kind, r.ID, v.value[key], r.Value)
	if v.value[key] = r.Value; sync.Gone(r.Value) {
		delete(v.value, key)
	}
	if r.Row%sync.StateEvery == 0 && v.base == 0 {
		for feed, s := range v.sum {
			if saved := v.saved[fmt.Sprint(r.Row, "/", string(feed))]; saved != s.String() {
				return fmt.Errorf("writer: lane %s: the state of feed %s at row %d is not the one that was hashed", v.lane, feed, r.Row)
			}
		}
	}
	return nil
}

func (v *verifier) entities(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `SELECT kind, id, value, row_no, feed FROM entity WHERE lane = $1`, v.lane)
	if err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	n, sums := 0, map[string]*sync.StateSum{}
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var kind, id, feed string
		var value []byte
		var row int64
		if err := r.Scan(&kind, &id, &value, &row, &feed); err != nil {
			return struct{}{}, err
		}
		if sums[feed] == nil {
			sums[feed] = &sync.StateSum{}
		}
		sums[feed].Replace(hall.EntityKind(kind), id, nil, value)
		if row <= v.base {
			return struct{}{}, nil
		}
		n++
		if string(v.value[kind+"\x00"+id]) != string(value) {
			return struct{}{}, fmt.Errorf("writer: lane %s: an entity of kind %s is not what the rows give", v.lane, kind)
		}
		return struct{}{}, nil
	})
	if err == nil && n != len(v.value) {
		err = fmt.Errorf("writer: lane %s holds %d entities, its rows give %d", v.lane, n, len(v.value))
	}
	if err != nil {
		return err
	}
	return v.sums(ctx, q, sums)
}

// sums holds the entities of each feed to the sum that is kept of it.
func (v *verifier) sums(ctx context.Context, q querier, have map[string]*sync.StateSum) error {
	rows, err := q.QueryContext(ctx, `SELECT feed, state_sum FROM feed WHERE lane = $1`, v.lane)
	if err != nil {
		return fmt.Errorf("writer: verify: %w", err)
	}
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var feed, sum string
		if err := r.Scan(&feed, &sum); err != nil {
			return struct{}{}, err
		}
		if have[feed] == nil {
			have[feed] = &sync.StateSum{}
		}
		if have[feed].String() != sum {
			return struct{}{}, fmt.Errorf("writer: lane %s: the entities of feed %s are not those of its sum", v.lane, feed)
		}
		return struct{}{}, nil
	})
	return err
}
