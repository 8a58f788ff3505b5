package writer

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"hallway/app/hall"
	"hallway/sync"
)

// append adds one change to the log of a lane: number, chain, MAC, entity,
// state sum, hot queues.
func (t *txn) append(ls *laneState, id hall.OpID, c *hall.Change) error {
	value, err := canonical(c.Value)
	if err != nil {
		return fmt.Errorf("value of %s: %w", c.Kind, err)
	}
	f, err := ls.feed(t.ctx, t.tx, c.Feed)
	if err != nil {
		return fmt.Errorf("feed %s: %w", c.Feed, err)
	}
	if !ls.dirty {
		ls.dirty = true
		t.dirty = append(t.dirty, ls)
	}
	ls.row++
	r := sync.Row{Lane: ls.lane, Row: ls.row, Feed: c.Feed, Event: c.Event, Kind: c.Kind, ID: c.ID, Value: value, OpID: id, At: t.now, Epoch: ls.epoch, PrevHash: f.hash}
	r.Hash = sync.RowHash(r)
	r.MAC = sync.RowMAC(t.w.opts.Keys.MAC, r.Hash, r.Epoch)
	const q = `INSERT INTO log (lane, row_no, feed, event, kind, id, value, op_id, at_us, epoch, prev_hash, hash, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	if _, err := t.tx.ExecContext(t.ctx, q, r.Lane, r.Row, string(r.Feed), r.Event, string(r.Kind), r.ID, []byte(value), string(id),
		r.At.UnixMicro(), r.Epoch, r.PrevHash, r.Hash, r.MAC); err != nil {
		return fmt.Errorf("row: %w", err)
	}
	old, err := t.replace(ls, c, value)
	if err != nil {
		return fmt.Errorf("entity %s: %w", c.Kind, err)
	}
	f.row, f.hash, f.dirty = r.Row, r.Hash, true
	f.sum.Replace(c.Kind, c.ID, old, value)
	if ls.row%sync.StateEvery == 0 {
		if err := t.stateHashes(ls); err != nil {
			return fmt.Errorf("state hash: %w", err)
		}
	}
	if c.Kind == hall.EntityCatalogue {
		t.hot.forgetCatalogue(c.ID)
	}
	return ls.apply(hall.Change{Feed: c.Feed, Event: c.Event, Kind: c.Kind, ID: c.ID, Value: value})
}

// replace stores the new value of an entity and returns the old one.
func (t *txn) replace(ls *laneState, c *hall.Change, value json.RawMessage) (json.RawMessage, error) {
	var old []byte
	var feed string
	err := t.tx.QueryRowContext(t.ctx, `SELECT value, feed FROM entity WHERE lane = $1 AND kind = $2 AND id = $3`, ls.lane, string(c.Kind), c.ID).Scan(&old, &feed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err == nil && feed != string(c.Feed) {
		return nil, fmt.Errorf("it lives in feed %s and cannot move to %s", feed, c.Feed)
	}
	if value == nil {
		_, err = t.tx.ExecContext(t.ctx, `DELETE FROM entity WHERE lane = $1 AND kind = $2 AND id = $3`, ls.lane, string(c.Kind), c.ID)
		return old, err
	}
	const q = `INSERT INTO entity (lane, kind, id, feed, part, value, row_no) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (lane, kind, id) DO UPDATE SET part = excluded.part, value = excluded.value, row_no = excluded.row_no`
	_, err = t.tx.ExecContext(t.ctx, q, ls.lane, string(c.Kind), c.ID, string(c.Feed), partOf(value), []byte(value), ls.row)
	return old, err
}

// stateHashes records the sum of every feed of the lane at its present row.
func (t *txn) stateHashes(ls *laneState) error {
	rows, err := t.tx.QueryContext(t.ctx, `SELECT feed FROM feed WHERE lane = $1`, ls.lane)
	if err != nil {
		return err
	}
	names, err := collect(rows, func(r *sql.Rows) (f string, err error) { return f, r.Scan(&f) })
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := ls.feed(t.ctx, t.tx, hall.Feed(name)); err != nil {
			return err
		}
	}
	for name, f := range ls.feeds {
		if _, err := t.tx.ExecContext(t.ctx, `INSERT INTO state_hash (lane, row_no, feed, state_sum) VALUES ($1, $2, $3, $4)`,
			ls.lane, ls.row, string(name), f.sum.String()); err != nil {
			return err
		}
	}
	return nil
}

// canonical is the form in which a value is hashed and sent: compact, with the
// escapes of encoding/json, so that no transport changes a byte of it.
func canonical(v json.RawMessage) (json.RawMessage, error) {
	if sync.Gone(v) {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil || bytes.Equal(b, []byte("null")) {
		return nil, err
	}
	return b, nil
}

// partOf is the day that a value carries, for reading by day.
func partOf(v json.RawMessage) string {
	var p struct {
		Day string `json:"day"`
	}
	if json.Unmarshal(v, &p) != nil || len(p.Day) > 10 || !goodText(p.Day) {
		return ""
	}
	return p.Day
}
