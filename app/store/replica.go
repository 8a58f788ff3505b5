package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"

	"hallway/app/hall"
	"hallway/sync"
)

// Cursor is how far the replica has come in a feed; Row 0 at the beginning.
func (s *Store) Cursor(lane string, feed hall.Feed) sync.Cursor {
	if c, ok := s.state.Load().cursors[feedKey{lane, feed}]; ok {
		return c.Cursor
	}
	return sync.Cursor{Lane: lane, Feed: feed}
}

// Apply takes a page of rows in, in one transaction with the overlay that it
// makes. CodeStale: the page does not begin at the cursor. CodeDiverged: the
// rows are not on this replica's chain, or the state that they make is not the
// writer's: take a snapshot.
func (s *Store) Apply(ctx context.Context, p sync.Page) error {
	if c := s.Cursor(p.Lane, p.Feed); len(p.Rows) == 0 && p.To == c.Row && p.From == c.Row && p.StateRow == 0 {
		return nil // nothing new
	}
	return s.write(ctx, func(t *tx) error { return t.apply(p) })
}

// ApplyAll takes pages of several feeds in, in one transaction: all or none.
func (s *Store) ApplyAll(ctx context.Context, pages []sync.Page) error {
	return s.write(ctx, func(t *tx) error {
		for _, p := range pages {
			if err := t.apply(p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) apply(p sync.Page) error {
	key := feedKey{p.Lane, p.Feed}
	c := t.next.cursors[key]
	c.Lane, c.Feed = p.Lane, p.Feed
	if c.Row != p.From || p.To < p.From || c.Epoch != 0 && p.Epoch != c.Epoch {
		return fail(CodeStale, "the rows do not follow the last one", "ask again from the cursor", sync.ErrStale)
	}
	c.Epoch = p.Epoch
	for _, r := range p.Rows {
		if r.Row <= c.Row || r.Row > p.To || r.Lane != p.Lane || r.Feed != p.Feed || r.PrevHash != c.Hash || sync.RowHash(r) != r.Hash {
			return fail(CodeDiverged, "a row is not on the chain", "take a snapshot", sync.ErrDiverged)
		}
		old, err := t.putEntity(p.Lane, p.Feed, r.Kind, r.ID, r.Value)
		if err != nil {
			return err
		}
		if err := t.keepRow(r); err != nil {
			return err
		}
		c.sum.Replace(r.Kind, r.ID, old, r.Value)
		c.Row, c.Hash = r.Row, r.Hash
	}
	c.Row = p.To
	if p.StateRow == p.To && p.StateHash != "" && c.sum.String() != p.StateHash {
		return fail(CodeDiverged, "the replica is not what the writer has", "take a snapshot", sync.ErrDiverged)
	}
	return t.moved(key, c, len(p.Rows) > 0)
}

// moved sets a cursor and makes the overlay follow.
func (t *tx) moved(key feedKey, c cursor, rows bool) error {
	t.next.cursors = maps.Clone(t.next.cursors)
	t.next.cursors[key] = c
	t.dirty = true
	arrived, err := t.liftArrived()
	if err != nil || !rows && !arrived {
		return err
	}
	if err := t.exec(`INSERT INTO cursors (lane, feed, epoch, row, hash, sum) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (lane, feed) DO UPDATE SET epoch = excluded.epoch, row = excluded.row, hash = excluded.hash, sum = excluded.sum`,
		c.Lane, c.Feed, c.Epoch, c.Row, c.Hash, c.sum.String()); err != nil {
		return err
	}
	return t.settle()
}

// putEntity sets one entity of the replica and of what is in memory.
func (t *tx) putEntity(lane string, feed hall.Feed, kind hall.EntityKind, id string, value json.RawMessage) (old json.RawMessage, err error) {
	if old, _, err = t.replicaValue(kind, id); err != nil {
		return nil, err
	}
	if sync.Gone(value) {
		value = nil
		err = t.exec("DELETE FROM replica WHERE kind = ? AND id = ?", kind, id)
	} else {
		err = t.exec(`INSERT INTO replica (kind, id, lane, feed, day, value) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (kind, id) DO UPDATE SET lane = excluded.lane, feed = excluded.feed, day = excluded.day, value = excluded.value`,
			kind, id, lane, feed, dayOf(kind, value), []byte(value))
	}
	if err != nil {
		return nil, err
	}
	if err := t.place(kind, id, old, value); err != nil {
		return nil, err
	}
	t.touched = append(t.touched, entityKey{kind, id})
	t.mark(entityKey{kind, id}, 0, old, value)
	switch kind {
	case hall.EntityTicket, hall.EntityWindow:
		return old, t.confirm(hall.Change{Feed: feed, Kind: kind, ID: id, Value: value})
	case hall.EntityCatalogue:
		t.todo.all = true
		return old, t.loadCatalogue()
	}
	return old, nil
}

// confirm takes a change into the confirmed queues in memory.
func (t *tx) confirm(c hall.Change) error {
	day := dayOf(c.Kind, c.Value)
	queues := maps.Clone(t.next.confirmed)
	if _, ok := queues[day]; !ok && day != "" {
		q, err := loadQueue(t.each, day) // has the change already
		if err != nil {
			return err
		}
		queues[day] = q
		trimDays(queues)
	}
	for d, q := range queues {
		q = q.Clone()
		if err := q.Apply(c); err != nil {
			return fail(CodeDiverged, "a row cannot be read", "update the terminal", errors.Join(sync.ErrDiverged, err))
		}
		queues[d] = q
	}
	t.next.confirmed = queues
	return nil
}

// reread makes the memory of the replica again.
func (t *tx) reread() error {
	t.bulk, t.todo.all = true, true
	queues := map[string]*hall.Queue{}
	days := maps.Clone(t.next.confirmed)
	days[t.s.today()] = nil
	for day := range days {
		q, err := loadQueue(t.each, day)
		if err != nil {
			return err
		}
		queues[day] = q
	}
	t.next.confirmed = queues
	trimDays(t.next.confirmed)
	return t.loadCatalogue()
}

// NewEpoch notes that the writer's term changed and the chain went on.
func (s *Store) NewEpoch(ctx context.Context, lane string, feed hall.Feed, epoch int64) error {
	return s.write(ctx, func(t *tx) error {
		key := feedKey{lane, feed}
		c := t.next.cursors[key]
		c.Lane, c.Feed, c.Epoch = lane, feed, epoch
		return t.moved(key, c, true)
	})
}

// Appointments lists the appointments of a day in the replica, under the
// overlay. They hold keyed hashes, no person.
func (s *Store) Appointments(ctx context.Context, day string) ([]hall.Appointment, error) {
	var ids []string
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT id FROM replica WHERE kind = 'appointment' AND day = ? ORDER BY id", day)
	err = collect(rows, err)(func(r *sql.Rows) error {
		ids = append(ids, "")
		return r.Scan(&ids[len(ids)-1])
	})
	if err != nil {
		return nil, disk("read the appointments", err)
	}
	w := s.World()
	var out []hall.Appointment
	for _, id := range ids {
		a, ok, err := hall.Load[hall.Appointment](w, hall.EntityAppointment, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, a)
		}
	}
	return out, nil
}
