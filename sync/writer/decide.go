package writer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// again answers an envelope that was decided before.
func (t *txn) again(e *sync.Envelope) (sync.Verdict, *sync.Problem, error) {
	known, err := t.decided(e)
	if err != nil {
		return sync.Verdict{}, nil, err
	}
	if known == nil || known.hash != e.Hash {
		return sync.Verdict{}, fork(e.Seq), nil // also: inside a declared hole
	}
	t.stats.Resent++
	if known.conflict != 0 {
		return conflictVerdict(hall.OpID(known.opID), e.Seq, microTime(known.at)), nil, nil
	}
	v, found, err := t.stored(hall.OpID(known.opID), e.Seq)
	if err == nil && !found {
		err = fmt.Errorf("operation %s has an envelope and no verdict", known.opID)
	}
	return v, nil, err
}

// stored is the verdict of an operation.
func (t *txn) stored(id hall.OpID, seq int64) (sync.Verdict, bool, error) {
	o, err := t.op(id)
	if err != nil || o == nil {
		return sync.Verdict{}, false, err
	}
	v := o.verdict
	v.Seq = seq
	return v, true, nil
}

func conflictVerdict(id hall.OpID, seq int64, at time.Time) sync.Verdict {
	return sync.Verdict{OpID: id, Seq: seq, Status: hall.Rejected, Reason: hall.Text{Code: "op_id_conflict"}, At: at}
}

// decide gives an envelope its first verdict. The caller has checked that it is
// the next one of its sender.
func (t *txn) decide(e *sync.Envelope, a *admitted) (sync.Verdict, error) {
	id := a.op.ID
	if !a.ok {
		id = malformedID(e)
	}
	known, err := t.op(id)
	switch {
	case err != nil:
		return sync.Verdict{}, err
	case known == nil:
		v, err := t.first(e, a, id)
		if err != nil {
			return v, err
		}
		t.record(e, id, 0)
		return v, nil
	case known.bodyHash != a.bodyHash: // two operations under one identity: the second is none
		t.stats.Ops++
		t.stats.Rejected++
		t.record(e, id, 1)
		return conflictVerdict(id, e.Seq, t.now), nil
	}
	// The same operation under a new incarnation, or sent twice by its terminal.
	t.stats.Resent++
	t.record(e, id, 0)
	v := known.verdict
	v.Seq = e.Seq
	return v, nil
}

// malformedID names an operation whose body cannot be read.
func malformedID(e *sync.Envelope) hall.OpID { return hall.OpID("malformed:" + e.Hash) }

// record remembers which envelope carried which operation.
func (t *txn) record(e *sync.Envelope, id hall.OpID, conflict int64) {
	at := t.now.UnixMicro()
	t.envelopes[envelopeKey{senderKey{e.Terminal, e.Incarnation, e.Lane}, e.Seq}] = &storedEnvelope{e.Hash, string(id), conflict, at}
	t.newEnvelopes = append(t.newEnvelopes, []any{e.Terminal, e.Incarnation, e.Lane, e.Seq, e.Hash, string(id), conflict, at})
}

// first decides an operation that nobody has seen before, and stores it with
// its verdict.
func (t *txn) first(e *sync.Envelope, a *admitted, id hall.OpID) (sync.Verdict, error) {
	ls := t.hot.lanes[e.Lane]
	v := sync.Verdict{OpID: id, Seq: e.Seq, At: t.now, Order: sync.ArrivalOrder(ls.epoch, ls.row+1)}
	var out hall.Outcome
	var err error
	if held := t.authentic(e, id); held != nil {
		v.At = held.At
		if held.Order > 0 {
			v.Order = held.Order
		}
		out, err = t.asItWas(e, a, ls, held)
	} else {
		out, err = t.outcome(e, a, ls, hall.Context{Now: t.now, Order: v.Order})
		if err == nil {
			out, err = t.asRowsSay(ls, &v, out)
		}
		if err == nil {
			out, err = t.untilBack(e, a, ls, out)
		}
	}
	if err != nil {
		return sync.Verdict{}, err
	}
	v.Status, v.Reason, v.Result = out.Status, out.Reason, out.Result
	for i := range out.Changes {
		if err := t.append(ls, id, &out.Changes[i]); err != nil {
			return sync.Verdict{}, err
		}
		v.Row = ls.row
	}
	for _, ef := range out.Effects {
		t.effect(e.Lane, id, ef)
	}
	reason := ""
	if v.Reason.Code != "" {
		b, err := json.Marshal(v.Reason)
		if err != nil {
			return sync.Verdict{}, fmt.Errorf("reason: %w", err)
		}
		reason = string(b)
	}
	kind, entity, actor := "", "", ""
	if a.ok {
		kind, entity, actor = string(a.op.Kind), a.op.Entity, string(a.op.Actor.Kind)+"/"+a.op.Actor.ID
	}
	t.newOps = append(t.newOps, []any{string(id), e.Lane, kind, entity, e.Terminal, actor, append([]byte{}, e.Body...), a.bodyHash,
		string(v.Status), reason, []byte(v.Result), v.Row, v.At.UnixMicro(), v.Order})
	t.ops[id] = &storedOp{bodyHash: a.bodyHash, verdict: v}
	t.stats.Ops++
	if v.Status == hall.Rejected || v.Status == hall.RejectedDependency {
		t.stats.Rejected++
	}
	return v, nil
}

func reject(code string) hall.Outcome {
	return hall.Outcome{Status: hall.Rejected, Reason: hall.Text{Code: code}}
}

// outcome is what becomes of an operation: shape, permission, dependencies,
// then the rules. The error is only for what makes the transaction fail.
func (t *txn) outcome(e *sync.Envelope, a *admitted, ls *laneState, c hall.Context) (hall.Outcome, error) {
	if !a.ok {
		return reject("malformed"), nil
	}
	op := a.op
	info, known := t.w.opts.kindOf(op.Kind)
	switch {
	case !known:
		return reject("unknown_kind"), nil
	case op.Terminal != e.Terminal, op.Lane != e.Lane, !homeLane(info, op):
		return reject("malformed"), nil
	case a.denied.Code != "":
		return hall.Outcome{Status: hall.Rejected, Reason: a.denied}, nil
	case op.Schema > info.Schema && info.Nature == hall.Witness:
		t.keep(e, a)
		return hall.Outcome{Status: hall.Applied, Reason: hall.Text{Code: keptReason}}, nil
	case op.Schema > info.Schema:
		return reject("newer_schema"), nil
	}
	if out, stop, err := t.dependencies(op, info); stop || err != nil {
		return out, err
	}
	world := t.world(ls, hallOf(e.Lane, op.Hall))
	c.Row, c.Unattested = ls.row+1, a.unattested
	c.Term, c.Restored = ls.recovery.term, ls.recovery.day
	out, err := t.w.safeStep(world, op, c)
	if world.err != nil {
		return hall.Outcome{}, world.err
	}
	if err != nil {
		t.w.log.Error("the rules could not decide an operation", "op", op.ID, "kind", op.Kind, "error", err)
		return reject("rules_failed"), nil
	}
	if err := t.sound(ls, out); err != nil {
		t.w.log.Error("the rules gave an impossible outcome", "op", op.ID, "kind", op.Kind, "error", err)
		return reject("rules_failed"), nil
	}
	return out, nil
}

// world is the state of a lane with what this transaction did to it.
func (t *txn) world(ls *laneState, code string) *world {
	return &world{
		lane: ls.lane, hall: code,
		entity:    t.value,
		queue:     func(day string) (*hall.Queue, error) { return t.queue(ls, day) },
		catalogue: func(code string) (*hall.Catalogue, error) { return t.catalogue(t, code) },
	}
}

// safeStep holds a panic of the rules to the operation that caused it: it must
// not stop a hall.
func (w *Writer) safeStep(world hall.World, op hall.Op, c hall.Context) (out hall.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("the rules panicked", "op", op.ID, "kind", op.Kind, "panic", fmt.Sprint(p))
			out, err = reject("rules_failed"), nil
		}
	}()
	return w.step(world, op, c)
}

// dependencies stops an operation whose depends_on was rejected; a claim also
// when it is not known (its sender lost it).
func (t *txn) dependencies(op hall.Op, info hall.KindInfo) (hall.Outcome, bool, error) {
	for _, id := range op.DependsOn {
		v, found, err := t.stored(id, 0)
		if err != nil {
			return hall.Outcome{}, true, err
		}
		code := ""
		switch {
		case found && (v.Status == hall.Rejected || v.Status == hall.RejectedDependency):
			code = "dependency_rejected"
		case !found && info.Nature == hall.Claim:
			code = "dependency_unknown"
		default:
			continue
		}
		return hall.Outcome{Status: hall.RejectedDependency, Reason: hall.Text{Code: code, Params: map[string]string{"op": string(id)}}}, true, nil
	}
	return hall.Outcome{}, false, nil
}

// homeLane says whether an operation is in the lane that its kind names.
func homeLane(info hall.KindInfo, op hall.Op) bool {
	if info.Lane == laneShared {
		return op.Lane == sync.SharedLane
	}
	code, ok := strings.CutPrefix(op.Lane, sync.HallLane(""))
	return ok && code != "" && (op.Hall == "" || op.Hall == code)
}

func hallOf(lane, named string) string {
	if code, ok := strings.CutPrefix(lane, sync.HallLane("")); ok {
		return code
	}
	return named
}

// sound checks what the rules promise before anything is written, and brings
// values into the form in which they are hashed.
func (t *txn) sound(ls *laneState, out hall.Outcome) error {
	if !slices.Contains([]hall.VerdictStatus{hall.Applied, hall.Noop, hall.Rejected, hall.RejectedDependency}, out.Status) {
		return fmt.Errorf("status %q", out.Status)
	}
	if out.Status != hall.Applied && len(out.Changes)+len(out.Effects) > 0 {
		return fmt.Errorf("status %s with changes or effects", out.Status)
	}
	for i := range out.Changes {
		c := &out.Changes[i]
		if c.Kind == "" || c.ID == "" || c.Feed == "" || !goodText(string(c.Kind)) || !goodText(c.ID) || !goodText(c.Event) || !goodText(string(c.Feed)) {
			return errors.New("a change without a usable kind, id or feed")
		}
		var err error
		if c.Value, err = canonical(c.Value); err != nil {
			return fmt.Errorf("value of %s is not JSON: %w", c.Kind, err)
		}
	}
	for _, e := range out.Effects {
		if e.ID == "" || !goodText(e.ID) || !goodText(e.Kind) {
			return errors.New("an effect without a usable id or kind")
		}
	}
	return nil
}
