package writer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// append adds one change to the log of a lane: number, chain, MAC, entity,
// state sum, hot queues.
func (t *txn) append(ls *laneState, id hall.OpID, c *hall.Change) error {
	return t.appendAt(ls, id, c, t.now)
}

// appendAt is append of what happened at another time.
func (t *txn) appendAt(ls *laneState, id hall.OpID, c *hall.Change, at time.Time) error {
	value := c.Value
	f := ls.feed(c.Feed)
	if !ls.dirty {
		ls.dirty = true
		ls.fresh = fresh{from: ls.row}
		t.dirty = append(t.dirty, ls)
	}
	ls.row++
	r := sync.Row{Lane: ls.lane, Row: ls.row, Feed: c.Feed, Event: c.Event, Kind: c.Kind, ID: c.ID, Value: value, OpID: id, At: at, Epoch: ls.epoch, PrevHash: f.hash}
	r.Hash = sync.RowHash(r)
	r.MAC = sync.RowMAC(t.w.opts.Keys.MAC, r.Hash, r.Epoch)
	t.rows = append(t.rows, []any{r.Lane, r.Row, string(r.Feed), r.Event, string(r.Kind), r.ID, []byte(value), string(id),
		r.At.UnixMicro(), r.Epoch, r.PrevHash, r.Hash, r.MAC})
	ls.fresh.add(r)
	if r.Kind == hall.EntityTicket || r.Kind == hall.EntityWindow {
		t.queued = append(t.queued, r)
	}
	old, err := t.replace(ls, c, value)
	if err != nil {
		return fmt.Errorf("entity %s: %w", c.Kind, err)
	}
	f.row, f.hash, f.dirty = r.Row, r.Hash, true
	f.sum.Replace(c.Kind, c.ID, old, value)
	if ls.row%sync.StateEvery == 0 {
		t.stateHashes(ls)
	}
	return ls.apply(hall.Change{Feed: c.Feed, Event: c.Event, Kind: c.Kind, ID: c.ID, Value: value})
}

// replace stores the new value of an entity and returns the old one.
func (t *txn) replace(ls *laneState, c *hall.Change, value json.RawMessage) (json.RawMessage, error) {
	e, err := t.entity(entityKey{ls.lane, string(c.Kind), c.ID})
	if err != nil {
		return nil, err
	}
	if e.found && e.feed != string(c.Feed) {
		return nil, fmt.Errorf("it lives in feed %s and cannot move to %s", e.feed, c.Feed)
	}
	old := e.value
	t.change(e)
	e.found, e.feed, e.value, e.row = value != nil, string(c.Feed), value, ls.row
	if e.part = ""; e.found {
		e.part = partOf(value)
	}
	return old, nil
}

// stateHashes records the sum of every feed of the lane at its present row.
func (t *txn) stateHashes(ls *laneState) {
	for name, f := range ls.feeds {
		t.states = append(t.states, []any{ls.lane, ls.row, string(name), f.sum.String()})
	}
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
	if !bytes.Contains(v, []byte(`"day"`)) {
		return ""
	}
	var p struct {
		Day string `json:"day"`
	}
	if hall.Decode(v, &p) != nil || len(p.Day) > 10 || !goodText(p.Day) {
		return ""
	}
	return p.Day
}
