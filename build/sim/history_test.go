//go:build linux

package sim

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/anishathalye/porcupine"

	"hallway/app/hall"
	"hallway/sync"
)

// history is who asked for what and when, and when it was answered; what came of
// it is read from the log at the end.
type history struct {
	tick  int64
	calls map[hall.OpID]*call
	order []hall.OpID
}

type call struct {
	op           hall.Op
	asked, heard int64
}

func (h *history) next() int64 {
	h.tick++
	return h.tick
}

// asked: somebody began an operation.
func (h *history) asked(_ *world, op hall.Op) {
	if h.calls == nil {
		h.calls = map[hall.OpID]*call{}
	}
	if h.calls[op.ID] == nil {
		h.calls[op.ID] = &call{op: op, asked: h.next()}
		h.order = append(h.order, op.ID)
	}
}

// answered: its verdict came, the first time.
func (h *history) answered(_ *world, op hall.Op, _ sync.Verdict) {
	if c := h.calls[op.ID]; c != nil && c.heard == 0 {
		c.heard = h.next()
	}
}

// moves are what an operation of a kind can mean for a material: one event, or
// two where the second was seen before the first was heard of.
var moves = map[hall.Kind][][]hall.MaterialEvent{
	hall.ShareAnswered:   {{hall.EvAskedE}, {hall.EvAskedPaper}, {hall.EvRefusedE}, {hall.EvRefusedPaper}, {hall.EvFailedE}, {hall.EvFailedPaper}},
	hall.DropMethod:      {{hall.EvDropped}},
	hall.HandIn:          {{hall.EvHandedIn}, {hall.EvDropped}}, // of a file that is on its way, the second first
	hall.FileStored:      {{hall.EvHandedIn}},
	hall.ReplaceMaterial: {{hall.EvReplaced}},
	hall.SignOut:         {{hall.EvSignedOut}, {hall.EvSignedOut, hall.EvSignedIn}},
	hall.SignIn:          {{hall.EvSignedIn}},
	hall.SignOutUndone:   {{hall.EvOutUndone}},
	hall.SignInUndone:    {{hall.EvInUndone}},
	hall.ReturnOut:       {{hall.EvSignedIn}},
	hall.ReturnIn:        {{hall.EvSignedOut}, {hall.EvSignedOut, hall.EvSignedIn}},
	hall.MaterialArrived: {{hall.EvArrived}},
	hall.MaterialRefused: {{hall.EvNotSupplied}},
	hall.MaterialDue:     {{hall.EvELate}},
	hall.PaperDue:        {{hall.EvPaperLate}},
	hall.RefusePaper:     {{hall.EvNotReleased}},
}

// move is what became of one material by one operation.
type move struct {
	kind hall.Kind
	to   hall.MaterialState
}

// materialModel is the state machine of one material, by the table of the rules.
var materialModel = porcupine.Model{
	Init: func() any { return hall.MaterialPrepare },
	Step: func(state, input, output any) (bool, any) {
		m := output.(move)
		return slices.ContainsFunc(moves[input.(hall.Kind)], func(all []hall.MaterialEvent) bool {
			at, ok := state.(hall.MaterialState), true
			for _, e := range all {
				if at, ok = hall.NextMaterialState(at, e); !ok {
					return false
				}
			}
			return at == m.to
		}), m.to
	},
}

// check reads from the log what each operation made of each material, and looks
// for an order of all of them that the table allows and that contradicts nobody
// who saw one end before another began. After a restore the centre takes in what
// terminals hold as they come, so that order is not kept: then it is left out.
func (h *history) check(w *world) {
	if w.done.restores > 0 {
		return
	}
	was := map[string]hall.MaterialState{}
	all := map[string][]porcupine.Operation{}
	w.rows(w.centre.any(), "SELECT id, op_id, value FROM log WHERE kind = 'case' ORDER BY lane, row_no", func(r *sql.Rows) error {
		var id string
		var op hall.OpID
		var raw []byte
		if err := r.Scan(&id, &op, &raw); err != nil {
			return err
		}
		for _, m := range decode[hall.Case](w, raw).Materials {
			key := id + "/" + m.Key
			if before := was[key]; before != "" && before != m.State {
				all[key] = append(all[key], h.operation(w, op, m.State))
			}
			was[key] = m.State
		}
		return nil
	})
	for _, key := range sortedKeys(all) {
		if !porcupine.CheckOperations(materialModel, all[key]) {
			w.wrong("the history of %s is not linearizable: %+v", key, all[key])
		}
	}
	w.done.moved = len(all)
	w.note("%d materials moved", len(all))
}

func (h *history) operation(w *world, id hall.OpID, to hall.MaterialState) porcupine.Operation {
	c := h.calls[id]
	if c == nil { // its terminal died before it could tell anybody, or it came of the centre itself
		op := decode[hall.Op](w, w.bodyOf(id))
		c = &call{op: op}
	}
	heard := c.heard
	if heard == 0 {
		heard = h.tick + 1
	}
	return porcupine.Operation{Input: c.op.Kind, Output: move{c.op.Kind, to}, Call: c.asked, Return: heard}
}

func (w *world) bodyOf(id hall.OpID) (body []byte) {
	w.must("operation", w.centre.any().wr.Reader().QueryRowContext(ctx, "SELECT body FROM op WHERE op_id = $1", string(id)).Scan(&body))
	return body
}

// The model can say no: to a move that the table does not have, and to an order
// that contradicts who saw what end before what began.
func TestModelRefuses(t *testing.T) {
	op := func(kind hall.Kind, to hall.MaterialState, from, until int64) porcupine.Operation {
		return porcupine.Operation{Input: kind, Output: move{kind, to}, Call: from, Return: until}
	}
	asked := op(hall.ShareAnswered, hall.MaterialWaitOut, 1, 2)
	out := op(hall.SignOut, hall.MaterialWaitIn, 3, 4)
	in := op(hall.SignIn, hall.MaterialDone, 5, 6)
	for name, c := range map[string]struct {
		all  []porcupine.Operation
		want bool
	}{
		"as it should be":         {[]porcupine.Operation{asked, out, in}, true},
		"heard of in any order":   {[]porcupine.Operation{asked, op(hall.SignIn, hall.MaterialDone, 3, 9), op(hall.SignOut, hall.MaterialWaitIn, 4, 8)}, true},
		"signed in and never out": {[]porcupine.Operation{asked, in}, false},
		"out after it was in":     {[]porcupine.Operation{asked, op(hall.SignIn, hall.MaterialDone, 3, 4), op(hall.SignOut, hall.MaterialWaitIn, 5, 6)}, false},
	} {
		if got := porcupine.CheckOperations(materialModel, c.all); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
