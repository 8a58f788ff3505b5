package client

import (
	"context"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Limits of a batch.
const (
	maxOps    = 256
	maxBytes  = 1 << 20
	pushLimit = 15 * time.Second
)

// Pushed is what PushOnce sent.
type Pushed struct {
	Lane string // whose rows the verdicts made; "" when nothing waited
	Ops  int    // that were sent of the batch
	Row  int64  // the last of those rows, 0 = none
}

// PushOnce pushes the oldest operations without a verdict, at most 256 of them
// and 1 MiB, and follows what the writer answers: GAP sends again from where it
// asks (with HOLE for what is no longer kept), FORK takes a new incarnation and
// says hello with it.
func (s *Step) PushOnce(ctx context.Context) (Pushed, error) {
	if s.unmet.Load() {
		if err := s.Greet(ctx); err != nil {
			return Pushed{}, err
		}
	}
	if s.o.Store.Outbox() == 0 {
		return Pushed{}, nil
	}
	p, err := s.o.Store.Pending(ctx, maxOps, maxBytes)
	if err != nil || len(p.Ops) == 0 {
		return Pushed{}, local("read the outbox", err)
	}
	row, err := s.pushBatch(ctx, p)
	return Pushed{p.Lane, len(p.Ops), row}, err
}

// pushBatch pushes one batch, and before it whatever the writer asks for. row is
// the last that the verdicts name.
func (s *Step) pushBatch(ctx context.Context, p sync.Push) (row int64, err error) {
	s.pushing.Lock() // one batch in flight, also while lost operations are offered
	defer s.pushing.Unlock()
	want := p.Ops[len(p.Ops)-1].Seq // come so far
	for {
		reply, err := s.submit(ctx, p)
		if err != nil {
			return row, err
		}
		for _, v := range reply.Verdicts {
			row = max(row, v.Row)
		}
		if n := len(reply.Verdicts); n > 0 && reply.Verdicts[n-1].Seq >= want {
			return row, nil
		}
		if reply.Problem == nil {
			last := p.Ops[len(p.Ops)-1].Seq
			if p, err = s.o.Store.From(ctx, p.Lane, p.Incarnation, last+1, maxOps, maxBytes); err != nil || len(p.Ops) == 0 {
				return row, local("read the outbox", err)
			}
			continue
		}
		next, done, err := s.settle(ctx, p, reply.Problem)
		if done || err != nil {
			return row, err
		}
		p = next
	}
}

// submit sends one batch and takes the verdicts in.
func (s *Step) submit(ctx context.Context, p sync.Push) (sync.PushReply, error) {
	var reply sync.PushReply
	if err := s.post(ctx, pushLimit, "ops", p, &reply); err != nil {
		return reply, err
	}
	if reply.Problem == nil && len(reply.Verdicts) != len(p.Ops) {
		return reply, errNoReason("no verdict")
	}
	nameOurs(reply.Verdicts, p.Ops)
	return reply, local("take verdicts in", s.o.Store.Record(ctx, reply.Verdicts))
}

// nameOurs gives each verdict the identity that this terminal knows its
// operation by: the writer cannot name one whose body it could not read.
func nameOurs(verdicts []sync.Verdict, ops []sync.Envelope) {
	for i := range min(len(verdicts), len(ops)) {
		var own struct {
			ID hall.OpID `json:"op_id"`
		}
		if verdicts[i].Seq == ops[i].Seq && hall.Decode(ops[i].Body, &own) == nil && own.ID != "" {
			verdicts[i].OpID = own.ID
		}
	}
}

// settle answers a Problem: the batch to send next, or done.
func (s *Step) settle(ctx context.Context, p sync.Push, problem *sync.Problem) (next sync.Push, done bool, err error) {
	st := s.o.Store
	switch problem.Code {
	case sync.ProblemGap:
		if problem.ResendFrom < 1 || problem.ResendFrom >= p.Ops[0].Seq {
			return p, true, fmt.Errorf("client: the centre asks for operations from %d, which it was just sent", problem.ResendFrom)
		}
		next, err := st.From(ctx, p.Lane, p.Incarnation, problem.ResendFrom, maxOps, maxBytes)
		if err == nil { // it lost operations, and perhaps files
			err = st.UploadAgain(ctx)
		}
		if err != nil || len(next.Ops) == 0 {
			return p, true, local("read the outbox", err)
		}
		if next.HoleFrom > 0 {
			err = st.Hole(ctx, p.Lane, p.Incarnation, next.HoleFrom, next.Ops[0].Seq-1)
			s.o.Logger.Warn("the centre asks for operations that are no longer kept", "from", next.HoleFrom, "to", next.Ops[0].Seq-1)
			if err != nil {
				return p, true, local("note the hole", err)
			}
		}
		return next, false, nil
	case sync.ProblemFork:
		if p.Incarnation != st.Incarnation() {
			return p, true, nil // an earlier life; nothing to do about it
		}
		s.o.Logger.Warn("the centre knows this incarnation with other operations: taking a new one")
		if err := st.Fork(ctx); err != nil {
			return p, true, local("take a new incarnation", err)
		}
		s.unmet.Store(true)
		return p, true, s.Greet(ctx) // the new one is met before it spends anything
	}
	return p, true, busyOf(problem)
}

// Offer sends the last operation with a verdict of every chain again: a writer
// that was put back answers GAP, and gets everything that it lost. A chain that
// the centre no longer takes (of another hall) holds nothing up. Before them come
// the rows that it lost (Held). Then it says that this is all.
func (s *Step) Offer(ctx context.Context) error {
	if err := s.Held(ctx); err != nil {
		return err
	}
	chains, err := s.o.Store.Chains(ctx)
	if err != nil {
		return local("read the outbox", err)
	}
	for _, p := range chains {
		if len(p.Ops) == 0 {
			continue
		}
		_, err := s.pushBatch(ctx, p)
		if problem := problemOf(err); problem != nil && (problem.Code == sync.ProblemAuth || problem.Code == sync.ProblemInvalid) {
			s.o.Logger.Debug("the centre does not take a chain", "lane", p.Lane, "incarnation", p.Incarnation, "why", problem.Message)
			continue
		}
		if err != nil {
			return err
		}
	}
	// A centre that does not recover takes no notice; one of an earlier version
	// does not know the question.
	err = s.post(ctx, 2*s.o.Timeout, "offered", struct{}{}, nil)
	if p := problemOf(err); p != nil && p.Code == sync.ProblemInvalid {
		return nil
	}
	return err
}
