package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// load reads the memory from the database and rebuilds the overlay.
func (s *Store) load(ctx context.Context) error {
	t := &tx{s: s, w: s.w, loading: true, delta: map[entityKey]json.RawMessage{}, bare: map[entityKey]bool{}, layers: newLayers(), heads: map[chainKey]chainHead{}}
	t.next = state{meta: map[string]string{}, cursors: map[feedKey]cursor{}, live: newLive(),
		confirmed: map[string]*hall.Queue{}, shown: map[string]*hall.Queue{}}
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return disk("read the database", err)
	}
	if err := t.loadAll(); err != nil {
		_ = t.exec("ROLLBACK") // nothing of it is kept
		return disk("read the database", err)
	}
	if err := t.exec("COMMIT"); err != nil {
		return disk("read the database", err)
	}
	t.publish()
	return ctx.Err()
}

func (t *tx) loadAll() error {
	for _, step := range []func() error{t.loadMeta, t.loadCursors, t.loadCatalogue, t.loadLeases, t.loadOutbox, t.loadWork} {
		if err := step(); err != nil {
			return err
		}
	}
	day := t.s.today()
	q, err := loadQueue(t.each, day)
	if err != nil {
		return err
	}
	t.next.confirmed[day] = q
	t.todo.all = true
	if _, err := t.liftArrived(); err != nil {
		return err
	}
	return t.settle()
}

func (t *tx) loadMeta() error {
	n := &t.next
	err := t.each("SELECT key, value FROM meta", nil, func(r *sql.Rows) error {
		var k, v string
		err := r.Scan(&k, &v)
		n.meta[k] = v
		return err
	})
	if err != nil {
		return err
	}
	n.incarnation, n.blocked = n.meta["incarnation"], n.meta["blocked"] != ""
	for key, into := range map[string]any{"enrolled": &n.terminal, "lanes": &n.lanes} {
		if v := n.meta[key]; v != "" {
			if err := hall.Decode([]byte(v), into); err != nil {
				return fail(CodeDamaged, "meta "+key+" cannot be read", "start with an empty data folder", err)
			}
		}
	}
	if v := n.meta["anchor"]; v != "" {
		a := new(anchor)
		if err := hall.Decode([]byte(v), a); err != nil {
			return fail(CodeDamaged, "the clock anchor cannot be read", "start with an empty data folder", err)
		}
		t.s.anchor.Store(a)
	}
	if day := n.meta["lookup_day"]; day != "" {
		if key, ok := t.s.box.open(n.meta["lookup_key"], "lookup/"+day); ok {
			n.lookupDay, n.lookupKey = day, key
		}
	}
	if v := n.meta["owner_key"]; v != "" {
		n.ownerKey, _ = t.s.box.open(v, "owner/"+n.meta["hall"]) // of another machine: the next hello gives it again
	}
	return nil
}

func (t *tx) loadCursors() error {
	return t.each("SELECT lane, feed, epoch, row, hash, sum FROM cursors", nil, func(r *sql.Rows) error {
		var c cursor
		var sum string
		if err := r.Scan(&c.Lane, &c.Feed, &c.Epoch, &c.Row, &c.Hash, &sum); err != nil {
			return err
		}
		var ok bool
		if c.sum, ok = sync.ParseStateSum(sum); !ok {
			return fail(CodeDamaged, "the sum of a feed cannot be read", "start with an empty data folder", nil)
		}
		t.next.cursors[feedKey{c.Lane, c.Feed}] = c
		return nil
	})
}

func (t *tx) loadCatalogue() error {
	t.next.cat = nil
	code := t.next.meta["hall"]
	if code == "" {
		return nil
	}
	raw, ok, err := t.replicaValue(hall.EntityCatalogue, code)
	if err != nil || !ok {
		return err
	}
	cat := new(hall.Catalogue)
	if err := hall.Decode(raw, cat); err != nil {
		return fail(CodeDamaged, "the catalogue cannot be read", "start the newer program", err)
	}
	t.next.cat = cat
	return nil
}

func (t *tx) loadLeases() error {
	t.next.leases = nil
	return t.each("SELECT id, series, grp, day, offline, prefix, next, last FROM leases WHERE next <= last AND (day >= ? OR day = '') ORDER BY day, next, id",
		[]any{t.s.today()}, func(r *sql.Rows) error {
			var l Lease
			err := r.Scan(&l.ID, &l.Series, &l.Group, &l.Day, &l.Offline, &l.Prefix, &l.Next, &l.Last)
			t.next.leases = append(t.next.leases, l)
			return err
		})
}

func (t *tx) loadOutbox() error {
	l := t.next.live
	return t.each(`SELECT o.pos, o.op_id, o.entity, o.body, o.acked, o.shadow, COALESCE(v.row, 0)
		FROM outbox o LEFT JOIN verdicts v ON v.op_id = o.op_id WHERE o.live = 1 ORDER BY o.pos`, nil,
		func(r *sql.Rows) error {
			var pos, row int64
			var id, entity string
			var body []byte
			var acked, shadowed bool
			if err := r.Scan(&pos, &id, &entity, &body, &acked, &shadowed, &row); err != nil {
				return err
			}
			if !acked {
				l.put(hall.OpID(id), entity)
			}
			if !shadowed {
				return nil
			}
			sh := shadow{pos: pos}
			if acked {
				sh.row = row
			}
			if err := hall.Decode(body, &sh.op); err != nil {
				return fail(CodeDamaged, "an operation of the outbox cannot be read", "keep the file for the administrator", err)
			}
			t.layers.put(pos, &layer{shadow: sh})
			return nil
		})
}

func (t *tx) loadWork() error {
	t.next.work = nil
	return t.each("SELECT id, kind, entity, reason, at FROM work WHERE dismissed = 0 ORDER BY at, id", nil, func(r *sql.Rows) error {
		var w Rejection
		var reason string
		var at int64
		if err := r.Scan(&w.ID, &w.Kind, &w.Entity, &reason, &at); err != nil {
			return err
		}
		w.At = time.UnixMilli(at).In(hall.Zone)
		t.next.work = append(t.next.work, w)
		return hall.Decode([]byte(reason), &t.next.work[len(t.next.work)-1].Reason)
	})
}

// eachFunc runs a query, inside a transaction or beside it.
type eachFunc func(query string, args []any, scan func(*sql.Rows) error) error

// loadQueue builds the confirmed queue of a day from the replica.
func loadQueue(each eachFunc, day string) (*hall.Queue, error) {
	q := hall.NewQueue(day)
	err := each(`SELECT kind, id, feed, value FROM replica WHERE kind = 'window' OR (kind = 'ticket' AND day = ?)`, []any{day},
		func(r *sql.Rows) error {
			var c hall.Change
			var value []byte
			if err := r.Scan(&c.Kind, &c.ID, &c.Feed, &value); err != nil {
				return err
			}
			c.Value = value
			return q.Apply(c)
		})
	return q, err
}
