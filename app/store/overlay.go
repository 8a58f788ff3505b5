package store

import (
	"encoding/json"
	"maps"
	"slices"

	"hallway/app/hall"
	"hallway/sync"
)

// overlays says whether an operation is shown before its verdict: what
// happened, and what may be done without the writer.
func overlays(info hall.KindInfo) bool { return info.Nature == hall.Witness || info.Offline }

// shownQueue is the queue of a day under the overlay, inside the transaction.
func (t *tx) shownQueue(day string) (*hall.Queue, error) {
	if q, ok := t.next.shown[day]; ok {
		return q, nil
	}
	q, ok := t.next.confirmed[day]
	if !ok {
		var err error
		if q, err = loadQueue(t.each, day); err != nil {
			return nil, err
		}
	}
	q = q.Clone()
	over := t.fresh
	if over == nil {
		over = t.next.live.over
	}
	if err := applyOverlay(q, over); err != nil {
		return nil, err
	}
	if err := applyOverlay(q, t.delta); err != nil {
		return nil, err
	}
	t.next.shown = maps.Clone(t.next.shown)
	t.next.shown[day] = q
	trimDays(t.next.shown)
	return q, nil
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

// cast steps one operation over the state of this transaction and writes what
// it changes into the overlay. What the rules refuse casts nothing: the writer
// decides.
func (t *tx) cast(sh shadow) error {
	out, err := hall.Step(txWorld{t}, sh.op, hall.Context{Now: sh.op.Stamp.At, Row: hall.OverlayRow + sh.pos})
	if err != nil {
		return err
	}
	for _, c := range out.Changes {
		v := c.Value
		if sync.Gone(v) {
			v = nil
		}
		k := entityKey{c.Kind, c.ID}
		t.delta[k] = v
		if err := t.exec("INSERT INTO overlay (kind, id, value) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value",
			k.kind, k.id, []byte(v)); err != nil {
			return err
		}
		if err := t.castQueue(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) castQueue(c hall.Change) error {
	if c.Kind != hall.EntityTicket && c.Kind != hall.EntityWindow {
		return nil
	}
	if c.Kind == hall.EntityTicket {
		if day := dayOf(c.Kind, c.Value); day != "" {
			if _, err := t.shownQueue(day); err != nil {
				return err
			}
		}
	}
	t.next.shown = maps.Clone(t.next.shown)
	for day, q := range t.next.shown {
		q = q.Clone()
		if err := q.Apply(c); err != nil {
			return err
		}
		t.next.shown[day] = q
	}
	return nil
}

// rebuild throws the overlay away and makes it again from the outbox.
// Operations whose rows have arrived leave it first.
func (t *tx) rebuild() error {
	had := len(t.next.live.shadows) > 0 || len(t.next.live.over) > 0
	kept := make([]shadow, 0, len(t.shadows))
	for _, sh := range t.shadows {
		if sh.row > 0 && t.reached(sh.op.Lane, sh.row) {
			if err := t.exec("UPDATE outbox SET shadow = 0, live = 0 WHERE pos = ?", sh.pos); err != nil {
				return err
			}
			continue
		}
		kept = append(kept, sh)
	}
	if had || len(t.shadows) > 0 || t.loading {
		if err := t.exec("DELETE FROM overlay"); err != nil {
			return err
		}
	}
	t.fresh, t.delta = map[entityKey]json.RawMessage{}, map[entityKey]json.RawMessage{}
	t.next.shown = maps.Clone(t.next.confirmed)
	for _, sh := range kept {
		if err := t.cast(sh); err != nil {
			return err
		}
	}
	t.shadows = kept
	return nil
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
	if json.Unmarshal(value, &v) != nil {
		return ""
	}
	return v.Day
}
