package writer

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// txn is one transaction of the writer.
type txn struct {
	*pending
	w     *Writer
	hot   *hotState
	now   time.Time
	dirty []*laneState // lanes that got rows
	stats Stats
}

// lock takes the lane's counter row, and catches up with what another writer
// put into the log since.
func (t *txn) lock(lane string) error {
	ls := t.hot.lanes[lane]
	if ls == nil {
		if err := t.conn.exec(`INSERT INTO lane (lane, last_row, epoch) VALUES ($1, 0, 1) ON CONFLICT DO NOTHING`, lane); err != nil {
			return err
		}
	}
	var row, epoch int64
	err := t.conn.QueryRowContext(t.conn.ctx, `UPDATE lane SET last_row = last_row WHERE lane = $1 RETURNING last_row, epoch`, lane).Scan(&row, &epoch)
	if err != nil {
		return err
	}
	if ls != nil && (ls.epoch != epoch || ls.row > row) {
		ls = nil // restored or raised under us: nothing in memory holds
	}
	if ls != nil && ls.open {
		if err := ls.loadRecovery(t.conn.ctx, t.conn); err != nil {
			return err
		}
	}
	t.locked[lane] = true
	if ls != nil && ls.row == row {
		return t.settleRecovery(ls)
	}
	if ls == nil {
		t.hot.known.dropLane(lane)
		ls = newLaneState(lane, row, epoch)
		if err := ls.loadRecovery(t.conn.ctx, t.conn); err != nil {
			return err
		}
		t.hot.lanes[lane] = ls
	}
	if err := ls.loadFeeds(t.conn.ctx, t.conn); err != nil {
		return err
	}
	if err := ls.catchUp(t.conn.ctx, t.conn, row, t.hot.known); err != nil {
		return err
	}
	return t.settleRecovery(ls)
}

// committed makes the transaction known.
func (t *txn) committed() {
	for _, ls := range t.dirty {
		ls.dirty = false
		t.w.hub.notify(ls.fresh.commit(ls))
		ls.fresh = fresh{}
	}
	t.remember()
	t.w.stats.ops.Add(t.stats.Ops)
	t.w.stats.resent.Add(t.stats.Resent)
	t.w.stats.forks.Add(t.stats.Forks)
	t.w.stats.rejected.Add(t.stats.Rejected)
}

// push does a push: verdicts in order, until a Problem stops it.
func (t *txn) push(r *request) (sync.PushReply, error) {
	p := r.push
	reply := sync.PushReply{Verdicts: []sync.Verdict{}}
	s, err := t.sender(senderKey{p.Terminal, p.Incarnation, p.Lane})
	if err != nil {
		return reply, err
	}
	for i := range p.Ops {
		v, problem, err := t.envelope(p, i, &r.ops[i], s)
		if err != nil {
			return reply, err
		}
		if problem != nil {
			if problem.Code == sync.ProblemFork {
				t.stats.Forks++
			}
			reply.Problem = problem
			return reply, nil
		}
		reply.Verdicts = append(reply.Verdicts, v)
	}
	return reply, nil
}

// envelope does one envelope of a push by the rules of the sequence.
func (t *txn) envelope(p *sync.Push, i int, a *admitted, s *sender) (sync.Verdict, *sync.Problem, error) {
	e := &p.Ops[i]
	if !a.whole {
		return sync.Verdict{}, &sync.Problem{
			Code: sync.ProblemInvalid, Message: fmt.Sprintf("operation %d does not match its envelope: it was damaged on the way", e.Seq),
			Hint: "send it again; if it stays so, the outbox of the terminal is damaged",
		}, nil
	}
	if e.Seq <= s.seq {
		return t.again(e)
	}
	if e.Seq > s.seq+1 {
		if i != 0 || p.HoleFrom != s.seq+1 {
			return sync.Verdict{}, &sync.Problem{
				Code: sync.ProblemGap, Message: fmt.Sprintf("operation %d came, %d is next", e.Seq, s.seq+1),
				Hint: "resend from the one that is missing, or declare a hole", ResendFrom: s.seq + 1,
			}, nil
		}
		if err := t.hole(e, s); err != nil {
			return sync.Verdict{}, nil, err
		}
	}
	if e.PrevHash != s.hash {
		return sync.Verdict{}, fork(e.Seq), nil
	}
	if problem, err := t.waits(e, a); problem != nil || err != nil {
		return sync.Verdict{}, problem, err
	}
	v, err := t.decide(e, a)
	if problem := (&recovering{}); errors.As(err, problem) {
		return sync.Verdict{}, problem.Problem, nil
	}
	if err != nil {
		return sync.Verdict{}, nil, err
	}
	s.seq, s.hash, s.dirty = e.Seq, e.Hash, true
	t.spill()
	return v, nil, nil
}

func fork(seq int64) *sync.Problem {
	return &sync.Problem{
		Code: sync.ProblemFork, Message: fmt.Sprintf("operation %d is known here with other content: this disk was cloned or set back", seq),
		Hint: "take a new incarnation and send the outbox again; what was decided keeps its verdict",
	}
}

// hole records what a sender declared lost, as a work item for a person.
func (t *txn) hole(e *sync.Envelope, s *sender) error {
	from, to := s.seq+1, e.Seq-1
	t.holes = append(t.holes, []any{e.Terminal, e.Incarnation, e.Lane, from, to, t.now.UnixMicro()})
	payload, err := json.Marshal(Hole{Terminal: e.Terminal, Incarnation: e.Incarnation, Lane: e.Lane, From: from, To: to})
	if err != nil {
		return fmt.Errorf("hole: %w", err)
	}
	t.effect(e.Lane, "", hall.Effect{ID: fmt.Sprintf("hole/%s/%s/%s/%d", e.Terminal, e.Incarnation, e.Lane, from), Kind: EffectHole, Payload: payload})
	s.seq, s.hash, s.dirty = to, e.PrevHash, true
	return nil
}

// propose gives an operation of the centre the next number of the centre's own
// sequence; the same op_id again gets its verdict without one.
func (t *txn) propose(r *request) (sync.PushReply, error) {
	a := &r.ops[0]
	v, found, err := t.stored(a.op.ID, 0)
	if err != nil {
		return sync.PushReply{}, err
	}
	if !found && t.hot.lanes[r.lane].recovering(t.now) {
		return sync.PushReply{Problem: stillRecovering(t.hot.lanes[r.lane])}, nil
	}
	if !found {
		s, err := t.sender(senderKey{Centre, t.w.centre, r.lane})
		if err != nil {
			return sync.PushReply{}, err
		}
		e := sync.Envelope{Terminal: Centre, Incarnation: t.w.centre, Lane: r.lane, Seq: s.seq + 1, PrevHash: s.hash, Body: r.own}
		e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
		if v, err = t.decide(&e, a); err != nil {
			return sync.PushReply{}, err
		}
		s.seq, s.hash, s.dirty = e.Seq, e.Hash, true
	} else {
		t.stats.Resent++
	}
	return sync.PushReply{Verdicts: []sync.Verdict{v}}, nil
}
