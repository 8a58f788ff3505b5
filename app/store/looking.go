package store

import (
	"encoding/json"
	"slices"

	"hallway/app/hall"
)

// looking is the state as an operation at pos finds it: the replica, and over
// it what the operations before made of it. It notes what was looked at.
type looking struct {
	t     *tx
	pos   int64
	top   bool
	reads []read
}

func (w *looking) note(k entityKey, seen uint64) {
	if !slices.ContainsFunc(w.reads, func(r read) bool { return r.key == k }) {
		w.reads = append(w.reads, read{k, seen})
	}
}

// Entity implements hall.World.
func (w *looking) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	k := entityKey{kind, id}
	v, ok, err := w.t.valueAt(k, w.pos)
	w.note(k, seenAs(v))
	return v, ok, err
}

// Queue implements hall.World.
func (w *looking) Queue(day string) (*hall.Queue, error) {
	w.note(entityKey{partQueue, day}, 0)
	w.note(entityKey{partQueue, ""}, 0)
	return w.queue(day)
}

// NumberTaken implements hall.NumberWorld: who only asks for one number does
// not depend on the whole queue.
func (w *looking) NumberTaken(day, number string) (bool, error) {
	w.note(entityKey{partNumber, day + "/" + number}, 0)
	q, err := w.queue(day)
	if err != nil {
		return false, err
	}
	_, taken := q.ByNumber(number)
	return taken, nil
}

func (w *looking) queue(day string) (*hall.Queue, error) {
	if w.top {
		return w.t.shownQueue(day)
	}
	return w.t.queueAt(day, w.pos)
}

// Catalogue implements hall.World. A new one casts everything again.
func (w *looking) Catalogue() (*hall.Catalogue, error) { return w.t.next.cat, nil }

// valueAt is an entity as the operation at pos finds it.
func (t *tx) valueAt(k entityKey, pos int64) (json.RawMessage, bool, error) {
	if v, ok := t.layers.before(k, pos); ok {
		return v, v != nil, nil
	}
	return t.replicaValue(k.kind, k.id)
}

// walk is a queue on its way through the layers.
type walk struct {
	q    *hall.Queue
	next int // of todo.pos
}

// queueAt is the queue of a day as the operation at pos finds it. Operations
// are cast again in their order, so it only ever goes on.
func (t *tx) queueAt(day string, pos int64) (*hall.Queue, error) {
	if t.todo.walks == nil {
		t.todo.walks, t.todo.pos = map[string]*walk{}, t.layers.inOrder()
	}
	w := t.todo.walks[day]
	if w == nil {
		q, err := t.confirmedQueue(day)
		if err != nil {
			return nil, err
		}
		w = &walk{q: q}
		t.todo.walks[day] = w
	}
	for ; w.next < len(t.todo.pos) && t.todo.pos[w.next] < pos; w.next++ {
		for _, wr := range t.layers.at[t.todo.pos[w.next]].writes {
			if err := w.q.Apply(hall.Change{Kind: wr.key.kind, ID: wr.key.id, Value: wr.value}); err != nil {
				return nil, err
			}
		}
	}
	return w.q, nil
}

// txWorld is the state inside a transaction: replica, then overlay.
type txWorld struct{ t *tx }

func (w txWorld) Entity(kind hall.EntityKind, id string) (json.RawMessage, bool, error) {
	return w.t.valueAt(entityKey{kind, id}, last)
}

func (w txWorld) Queue(day string) (*hall.Queue, error) { return w.t.shownQueue(day) }

func (w txWorld) Catalogue() (*hall.Catalogue, error) { return w.t.next.cat, nil }
