//go:build linux

package sim

import (
	"context"
	"encoding/json"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
)

// fact is an operation that was acknowledged: somebody was told that it is done
// or asked for.
type fact struct {
	op      hall.Op
	at      *terminal
	number  string      // that was printed
	needs   []hall.OpID // what the act depended on, as it was meant
	verdict *sync.Verdict
	gone    bool // its disk was put back or lost on purpose: it may be lost
}

// witness knows what was promised. No fault reaches it.
type witness struct {
	facts map[hall.OpID]*fact
	order []hall.OpID
	twins [][2]hall.OpID
}

func newWitness() *witness { return &witness{facts: map[hall.OpID]*fact{}} }

// acknowledged: the store said that the operation is written down.
func (v *witness) acknowledged(x *terminal, op hall.Op, number string, needs []hall.OpID) {
	x.w.note("%s %s %s %s %s", x.name, op.Kind, op.ID, op.Entity, number)
	v.facts[op.ID] = &fact{op: op, at: x, number: number, needs: needs}
	v.order = append(v.order, op.ID)
	x.w.history.asked(x.w, op)
}

// forgets: a terminal's disk was put back to what it was when so much was known.
func (v *witness) forgets(x *terminal, upTo int) {
	for _, id := range v.order[upTo:] {
		if f := v.facts[id]; f.at == x {
			f.gone = true
		}
	}
}

// heard: a terminal was given a verdict and has kept it.
func (v *witness) heard(w *world, who string, verdict sync.Verdict) {
	f := v.facts[verdict.OpID]
	if f == nil {
		return // of an operation whose terminal died before it could tell anybody
	}
	w.history.answered(w, f.op, verdict)
	if f.verdict == nil {
		f.verdict = &verdict
		w.note("%s hears of %s: %s %s", who, verdict.OpID, verdict.Status, verdict.Reason.Code)
		return
	}
	if f.at.putBack && w.done.restores > 0 {
		// Both disks that held the verdict are gone. Its rows came back from others,
		// so the operation that comes again finds its work done: noop.
		f.verdict = &verdict
	}
	if why := w.differs(*f.verdict, verdict); why != "" {
		w.wrong("%s was %s and is now %s: another %s", verdict.OpID, f.verdict.Status, verdict.Status, why)
	}
}

// heardByCentre: the same for what the centre does itself.
func (v *witness) heardByCentre(w *world, op hall.Op, verdict sync.Verdict) {
	w.history.asked(w, op)
	w.history.answered(w, op, verdict)
}

// differs says in what a verdict is not the one that was given before. Rows
// have other numbers after a restore. The place in the order of arrival is new when
// a copy of the terminal, which had no verdict yet, brings the operation first then.
func (w *world) differs(was, now sync.Verdict) string {
	switch {
	case was.Status != now.Status:
		return "status"
	case was.Reason.Code != now.Reason.Code:
		return "reason"
	case string(was.Result) != string(now.Result):
		return "result"
	case was.Order != now.Order && (w.done.restores == 0 || w.done.clones == 0):
		return "order"
	}
	return ""
}

// heard is a terminal's store as the client has it; it lets the witness listen.
type heard struct {
	*store.Store
	x *terminal
}

// Record takes verdicts in.
func (h *heard) Record(c context.Context, verdicts []sync.Verdict) error {
	err := h.Store.Record(c, verdicts)
	if err == nil && !h.x.proc.Dead() {
		for _, v := range verdicts {
			h.x.w.witness.heard(h.x.w, h.x.name, v)
		}
	}
	return err
}

func decode[T any](w *world, raw []byte) (v T) {
	w.must("value", json.Unmarshal(raw, &v))
	return v
}

// same: two operations are one act.
func (v *witness) same(first, again hall.OpID) { v.twins = append(v.twins, [2]hall.OpID{first, again}) }
