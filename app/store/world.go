package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"hallway/app/hall"
)

// World is the confirmed state under this terminal's overlay.
func (s *Store) World() hall.World { return &world{s: s, over: true} }

// Confirmed is the confirmed state alone.
func (s *Store) Confirmed() hall.World { return &world{s: s} }

// world reads beside the writer, without waiting for it.
type world struct {
	s    *Store
	over bool
}

func (w *world) each(query string, args []any, scan func(*sql.Rows) error) error {
	return collect(w.s.readers.Load().QueryContext(context.Background(), query, args...))(scan)
}

// Entity implements hall.World.
func (w *world) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	if w.over {
		w.s.mu.RLock()
		v, ok := w.s.state.Load().live.over[entityKey{kind, id}]
		w.s.mu.RUnlock()
		if ok {
			return v, v != nil, nil
		}
	}
	var value []byte
	err := w.s.readers.Load().QueryRowContext(context.Background(),
		"SELECT value FROM replica WHERE kind = ? AND id = ?", kind, id).Scan(&value)
	if err == sql.ErrNoRows {
		return nil, false, nil
	}
	return value, err == nil, disk("read the replica", err)
}

// Queue implements hall.World. The queues of the latest days are in memory.
func (w *world) Queue(day string) (*hall.Queue, error) {
	st := w.s.state.Load()
	queues := st.confirmed
	if w.over {
		queues = st.shown
	}
	if q, ok := queues[day]; ok {
		return q, nil
	}
	q, err := loadQueue(w.each, day)
	if err != nil || !w.over {
		return q, disk("read the queue", err)
	}
	w.s.mu.RLock()
	defer w.s.mu.RUnlock()
	return q, applyOverlay(q, w.s.state.Load().live.over)
}

// Catalogue implements hall.World; nil before the first sync.
func (w *world) Catalogue() (*hall.Catalogue, error) { return w.s.state.Load().cat, nil }

func applyOverlay(q *hall.Queue, over map[entityKey]json.RawMessage) error {
	for k, v := range over {
		if k.kind == hall.EntityTicket || k.kind == hall.EntityWindow {
			if err := q.Apply(hall.Change{Kind: k.kind, ID: k.id, Value: v}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) replicaValue(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	var value []byte
	ok, err := t.one("SELECT value FROM replica WHERE kind = ? AND id = ?", []any{kind, id}, &value)
	return value, ok, err
}
