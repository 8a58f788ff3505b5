package store

import (
	"container/heap"
	"encoding/json"
	"maps"
	"slices"

	"hallway/app/hall"
	"hallway/sync"
)

// overlays says whether an operation is shown before its verdict: what
// happened, and what may be done without the writer.
func overlays(info hall.KindInfo) bool { return info.Nature == hall.Witness || info.Offline }

// recast is what a transaction still has to do to the overlay.
type recast struct {
	marks map[int64][]entityKey  // operations to look at again, and why
	order places                 // of marks
	keys  map[entityKey]struct{} // entities that may look otherwise now
	all   bool                   // everything is to be cast again
	undo  []func()               // what was done to the layers
	walks map[string]*walk       // queues on their way through the layers
	pos   []int64                // of the layers, for walks
}

// places is a heap of positions.
type places []int64

func (p places) Len() int           { return len(p) }
func (p places) Less(i, j int) bool { return p[i] < p[j] }
func (p places) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *places) Push(x any)        { *p = append(*p, x.(int64)) }
func (p *places) Pop() any {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}

// mark notes that what stands at k after from is another value now.
func (t *tx) mark(k entityKey, from int64, values ...json.RawMessage) {
	if t.todo.keys == nil {
		t.todo.keys, t.todo.marks = map[entityKey]struct{}{}, map[int64][]entityKey{}
	}
	t.todo.keys[k] = struct{}{}
	for _, k := range append(queueParts(k, values...), k) {
		for _, pos := range t.layers.looked(k, from) {
			if t.todo.marks[pos] == nil {
				heap.Push(&t.todo.order, pos)
			}
			t.todo.marks[pos] = append(t.todo.marks[pos], k)
		}
	}
}

// put sets a layer, or takes one away, and marks who looked at what it wrote.
func (t *tx) put(pos int64, now *layer) {
	was := t.layers.at[pos]
	t.todo.undo = append(t.todo.undo, t.layers.put(pos, now))
	var before, after []write
	if was != nil {
		before = was.writes
	}
	if now != nil {
		after = now.writes
	}
	for _, w := range before {
		i := slices.IndexFunc(after, func(a write) bool { return a.key == w.key })
		if i < 0 {
			t.mark(w.key, pos, w.value)
		} else if !sameValue(after[i].value, w.value) {
			t.mark(w.key, pos, w.value, after[i].value)
		}
	}
	for _, a := range after {
		if !slices.ContainsFunc(before, func(w write) bool { return w.key == a.key }) {
			t.mark(a.key, pos, a.value)
		}
	}
}

// lift takes an operation out of the overlay.
func (t *tx) lift(pos int64) { t.put(pos, nil) }

// liftArrived takes out the operations whose rows have arrived.
func (t *tx) liftArrived() (any bool, err error) {
	for _, pos := range slices.Sorted(maps.Keys(t.layers.acked)) {
		l := t.layers.at[pos]
		if !t.reached(l.op.Lane, l.row) {
			continue
		}
		if err := t.exec("UPDATE outbox SET shadow = 0, live = 0 WHERE pos = ?", pos); err != nil {
			return any, err
		}
		t.lift(pos)
		any = true
	}
	return any, nil
}

// settle makes the overlay what the operations in it make of the replica as it
// is now.
func (t *tx) settle() error {
	if t.todo.all {
		if err := t.castAll(); err != nil {
			return err
		}
	}
	for t.todo.order.Len() > 0 {
		pos := heap.Pop(&t.todo.order).(int64)
		why := t.todo.marks[pos]
		delete(t.todo.marks, pos)
		l := t.layers.at[pos]
		if l == nil {
			continue
		}
		if same, err := t.looksTheSame(l, why); same || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		now, err := t.cast(l.shadow, false)
		if err != nil {
			return err
		}
		t.put(pos, now)
	}
	t.todo.walks, t.todo.pos = nil, nil
	return t.show()
}

// looksTheSame says whether an operation would look at what it looked at.
func (t *tx) looksTheSame(l *layer, why []entityKey) (bool, error) {
	for _, k := range why {
		if isQueuePart(k) {
			return false, nil
		}
		v, _, err := t.valueAt(k, l.pos)
		if err != nil {
			return false, err
		}
		if i := slices.IndexFunc(l.reads, func(r read) bool { return r.key == k }); i >= 0 && l.reads[i].seen != seenAs(v) {
			return false, nil
		}
	}
	return true, nil
}

// castAll throws every layer away and casts them again, in their order.
func (t *tx) castAll() error {
	old, keys := t.layers, t.todo.keys
	t.layers = newLayers()
	if keys == nil {
		keys = map[entityKey]struct{}{}
	}
	for k := range old.versions {
		keys[k] = struct{}{}
	}
	t.todo = recast{keys: keys, marks: map[int64][]entityKey{}, undo: t.todo.undo}
	t.next.shown = map[string]*hall.Queue{}
	for day, q := range t.next.confirmed {
		t.next.shown[day] = q.Clone()
	}
	for _, pos := range old.inOrder() {
		l, err := t.castLast(old.at[pos].shadow)
		if err != nil {
			return err
		}
		for _, w := range l.writes {
			if err := t.showQueues(hall.Change{Kind: w.key.kind, ID: w.key.id, Value: w.value}); err != nil {
				return err
			}
		}
	}
	return nil
}

// castLast puts an operation on top of all others, which are settled.
func (t *tx) castLast(sh shadow) (*layer, error) {
	l, err := t.cast(sh, true)
	if err == nil {
		t.put(sh.pos, l)
	}
	return l, err
}

// cast steps one operation over what is before it. What the rules refuse casts
// nothing: the writer decides. top: nothing is above it, so that the queue is
// the one that is shown.
func (t *tx) cast(sh shadow, top bool) (*layer, error) {
	t.layers.casts++
	w := &looking{t: t, pos: sh.pos, top: top}
	out, err := hall.Step(w, sh.op, hall.Context{Now: sh.op.Stamp.At, Row: hall.OverlayRow + sh.pos})
	if err != nil {
		return nil, err
	}
	l := &layer{shadow: sh, reads: w.reads}
	for _, c := range out.Changes {
		v := c.Value
		if sync.Gone(v) {
			v = nil
		}
		k := entityKey{c.Kind, c.ID}
		if i := slices.IndexFunc(l.writes, func(w write) bool { return w.key == k }); i >= 0 {
			l.writes[i].value = v
		} else {
			l.writes = append(l.writes, write{k, v})
		}
	}
	return l, nil
}

// show brings what is shown up to the layers: the overlay and the queues.
func (t *tx) show() error {
	var changes []hall.Change
	for k := range t.todo.keys {
		v, over := t.layers.before(k, last)
		t.lay(k, v, over)
		if k.kind != hall.EntityTicket && k.kind != hall.EntityWindow {
			continue
		}
		if !over {
			var err error
			if v, _, err = t.replicaValue(k.kind, k.id); err != nil {
				return err
			}
		}
		changes = append(changes, hall.Change{Kind: k.kind, ID: k.id, Value: v})
	}
	t.todo.keys, t.todo.all = nil, false
	oldest := ""
	if len(t.next.shown) >= keepDays {
		oldest = slices.Min(slices.Collect(maps.Keys(t.next.shown)))
	}
	for day := range t.next.confirmed {
		if day > oldest {
			if _, err := t.shownQueue(day); err != nil {
				return err
			}
		}
	}
	return t.showQueues(changes...)
}

// lay puts one value of the overlay in place, or takes it away.
func (t *tx) lay(k entityKey, v json.RawMessage, over bool) {
	was, had := t.delta[k]
	if !had && !t.bare[k] {
		was, had = t.next.live.over[k] // only the writer changes it, and that is us
	}
	switch {
	case over == had && sameValue(was, v):
	case over:
		delete(t.bare, k)
		t.delta[k] = v
	default:
		delete(t.delta, k)
		t.bare[k] = true
	}
}

// showQueues takes changes into the queues that are shown.
func (t *tx) showQueues(changes ...hall.Change) error {
	changes = slices.DeleteFunc(changes, func(c hall.Change) bool { return c.Kind != hall.EntityTicket && c.Kind != hall.EntityWindow })
	if len(changes) == 0 {
		return nil
	}
	for _, c := range changes {
		if day := dayOf(c.Kind, c.Value); day != "" {
			if _, err := t.shownQueue(day); err != nil {
				return err
			}
		}
	}
	t.next.shown = maps.Clone(t.next.shown)
	for day, q := range t.next.shown {
		q = q.Clone()
		for _, c := range changes {
			if err := q.Apply(c); err != nil {
				return err
			}
		}
		t.next.shown[day] = q
	}
	return nil
}

// shownQueue is the queue of a day under the overlay, inside the transaction.
func (t *tx) shownQueue(day string) (*hall.Queue, error) {
	if q, ok := t.next.shown[day]; ok {
		return q, nil
	}
	q, err := t.confirmedQueue(day)
	if err != nil {
		return nil, err
	}
	for k, vs := range t.layers.versions {
		if err := q.Apply(hall.Change{Kind: k.kind, ID: k.id, Value: vs[len(vs)-1].value}); err != nil {
			return nil, err
		}
	}
	t.next.shown = maps.Clone(t.next.shown)
	t.next.shown[day] = q
	trimDays(t.next.shown)
	return q, nil
}

// confirmedQueue is a queue of a day of the replica that may be changed.
func (t *tx) confirmedQueue(day string) (*hall.Queue, error) {
	if q, ok := t.next.confirmed[day]; ok {
		return q.Clone(), nil
	}
	return loadQueue(t.each, day)
}

// trimDays keeps the latest days of a map of queues.
func trimDays(m map[string]*hall.Queue) {
	if len(m) <= keepDays {
		return
	}
	days := slices.Sorted(maps.Keys(m))
	for _, d := range days[:len(days)-keepDays] {
		delete(m, d)
	}
}

// reached says whether every followed feed of a lane has come to a row.
func (t *tx) reached(lane string, row int64) bool { return t.next.reached(lane, row) }

func (st *state) reached(lane string, row int64) bool {
	for _, lf := range st.lanes {
		if lf.Lane != lane {
			continue
		}
		for _, f := range lf.Feeds {
			if st.cursors[feedKey{lane, f}].Row < row {
				return false
			}
		}
	}
	return true
}

// dayOf is the day in the value of a ticket or appointment, for the index.
func dayOf(kind hall.EntityKind, value json.RawMessage) string {
	if kind != hall.EntityTicket && kind != hall.EntityAppointment || sync.Gone(value) {
		return ""
	}
	var v struct {
		Day string `json:"day"`
	}
	if hall.Decode(value, &v) != nil {
		return ""
	}
	return v.Day
}
