package client

import (
	"context"
	"encoding/json"
	"errors"
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

// pushLoop pushes the outbox whenever there is something in it, and first of all
// what the centre may have lost while the line was down: a cursor that had not
// come as far as the last verdicts does not find REWIND.
func (c *Client) pushLoop(ctx context.Context, kicks map[string][]kick) error {
	if err := c.offer(ctx); err != nil {
		return err
	}
	for _, ks := range kicks {
		for _, k := range ks {
			k.now()
		}
	}
	slow := time.NewTicker(c.o.Poll)
	defer slow.Stop()
	for {
		for c.o.Store.Outbox() > 0 {
			p, err := c.o.Store.Pending(ctx, maxOps, maxBytes)
			if err := c.local(ctx, "read the outbox", err); err != nil {
				return err
			}
			if len(p.Ops) == 0 {
				break
			}
			if _, err := c.pushBatch(ctx, p); err != nil {
				return err
			}
			for _, k := range kicks[p.Lane] { // the rows of these verdicts are there now
				k.now()
			}
		}
		select {
		case <-c.push:
		case <-slow.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pushBatch pushes one batch, and before it whatever the writer asks for. Not
// done: the writer asked for patience, and was given some.
func (c *Client) pushBatch(ctx context.Context, p sync.Push) (done bool, err error) {
	c.pushing.Lock() // one batch in flight, also while lost operations are offered
	defer c.pushing.Unlock()
	want := p.Ops[len(p.Ops)-1].Seq // come so far
	for {
		reply, err := c.submit(ctx, p)
		if err != nil {
			return false, err
		}
		if n := len(reply.Verdicts); n > 0 && reply.Verdicts[n-1].Seq >= want {
			return true, nil
		}
		if reply.Problem == nil {
			last := p.Ops[len(p.Ops)-1].Seq
			if p, err = c.o.Store.From(ctx, p.Lane, p.Incarnation, last+1, maxOps, maxBytes); err != nil || len(p.Ops) == 0 {
				return true, c.local(ctx, "read the outbox", err)
			}
			continue
		}
		next, done, err := c.settle(ctx, p, reply.Problem)
		if done || err != nil {
			return reply.Problem.Code != sync.ProblemBusy, err
		}
		p = next
	}
}

// submit sends one batch and takes the verdicts in.
func (c *Client) submit(ctx context.Context, p sync.Push) (sync.PushReply, error) {
	for {
		var reply sync.PushReply
		err := c.post(ctx, pushLimit, "ops", p, &reply)
		if again, err := busy(ctx, err); again {
			if err != nil {
				return reply, err
			}
			continue
		}
		if err != nil {
			return reply, err
		}
		if reply.Problem == nil && len(reply.Verdicts) != len(p.Ops) {
			return reply, errors.New("client: the centre gave no verdict and no reason; update the centre or the terminal")
		}
		nameOurs(reply.Verdicts, p.Ops)
		for {
			err := c.o.Store.Record(ctx, reply.Verdicts)
			if err == nil {
				return reply, nil
			}
			if err := c.local(ctx, "take verdicts in", err); err != nil {
				return reply, err
			}
		}
	}
}

// nameOurs gives each verdict the identity that this terminal knows its
// operation by: the writer cannot name one whose body it could not read.
func nameOurs(verdicts []sync.Verdict, ops []sync.Envelope) {
	for i := range min(len(verdicts), len(ops)) {
		var own struct {
			ID hall.OpID `json:"op_id"`
		}
		if verdicts[i].Seq == ops[i].Seq && json.Unmarshal(ops[i].Body, &own) == nil && own.ID != "" {
			verdicts[i].OpID = own.ID
		}
	}
}

// settle answers a Problem: the batch to send next, or done.
func (c *Client) settle(ctx context.Context, p sync.Push, problem *sync.Problem) (next sync.Push, done bool, err error) {
	s := c.o.Store
	switch problem.Code {
	case sync.ProblemGap:
		if problem.ResendFrom < 1 || problem.ResendFrom >= p.Ops[0].Seq {
			return p, true, fmt.Errorf("client: the centre asks for operations from %d, which it was just sent", problem.ResendFrom)
		}
		next, err := s.From(ctx, p.Lane, p.Incarnation, problem.ResendFrom, maxOps, maxBytes)
		if err == nil { // it lost operations, and perhaps files
			err = s.UploadAgain(ctx)
		}
		if err != nil || len(next.Ops) == 0 {
			return p, true, c.local(ctx, "read the outbox", err)
		}
		if next.HoleFrom > 0 {
			err = s.Hole(ctx, p.Lane, p.Incarnation, next.HoleFrom, next.Ops[0].Seq-1)
			c.o.Logger.Warn("the centre asks for operations that are no longer kept", "from", next.HoleFrom, "to", next.Ops[0].Seq-1)
			if err != nil {
				return p, true, c.local(ctx, "note the hole", err)
			}
		}
		return next, false, nil
	case sync.ProblemFork:
		if p.Incarnation != s.Incarnation() {
			return p, true, nil // an earlier life; nothing to do about it
		}
		c.o.Logger.Warn("the centre knows this incarnation with other operations: taking a new one")
		if err := s.Fork(ctx); err != nil {
			return p, true, c.local(ctx, "take a new incarnation", err)
		}
		return p, true, c.greet(ctx) // the new one is met before it spends anything
	case sync.ProblemBusy:
		_, err := busy(ctx, problem)
		return p, true, err
	}
	return p, true, problem
}

// offer sends the last operation with a verdict of every chain again: a writer
// that was put back answers GAP, and gets everything that it lost. A chain that
// the centre no longer takes (of another hall) holds nothing up. Then it says
// that this is all.
func (c *Client) offer(ctx context.Context) error {
	chains, err := c.o.Store.Chains(ctx)
	if err != nil {
		return c.local(ctx, "read the outbox", err)
	}
	for _, p := range chains {
		if len(p.Ops) == 0 {
			continue
		}
		var err error
		for done := false; !done && err == nil; {
			done, err = c.pushBatch(ctx, p)
		}
		if problem := problemOf(err); problem != nil && (problem.Code == sync.ProblemAuth || problem.Code == sync.ProblemInvalid) {
			c.o.Logger.Debug("the centre does not take a chain", "lane", p.Lane, "incarnation", p.Incarnation, "why", problem.Message)
			continue
		}
		if err != nil {
			return err
		}
	}
	return c.offered(ctx)
}

// offered says that the centre has been sent all that is held here. A centre
// that does not recover takes no notice; one of an earlier version does not
// know the question.
func (c *Client) offered(ctx context.Context) error {
	for {
		again, err := busy(ctx, c.post(ctx, 2*c.o.Timeout, "offered", struct{}{}, nil))
		if p := problemOf(err); p != nil && p.Code == sync.ProblemInvalid {
			return nil
		}
		if !again || err != nil {
			return err
		}
	}
}
