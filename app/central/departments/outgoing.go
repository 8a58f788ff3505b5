package departments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync/writer"
)

// Back-off of what is tried again.
const (
	firstRetry = 2 * time.Second
	lastRetry  = 2 * time.Minute
	// withdrawals are given up: the department passes over what it does not know.
	maxWithdrawals = 2000
)

// retryAfter doubles from two seconds to two minutes.
func retryAfter(attempts int64) time.Duration {
	return min(firstRetry<<min(attempts, 10), lastRetry)
}

// dispatch reads an effect and puts it into the right queue; false when there
// is no room now, or nothing more to do.
func (a *Adapter) dispatch(e writer.StoredEffect) bool {
	department, do, err := a.plan(e)
	if err != nil {
		a.log.Error("an effect cannot be read and is tried again", "effect", e.ID, "kind", e.Kind, "error", err)
		a.later(a.ctx, e, "unreadable")
		return false
	}
	l, ok := a.lines[department], false
	if department != "" {
		l, ok = a.lineOf(department)
	}
	if e.Kind == hall.EffectShareQuery {
		// A person waits: a query that finds no room is answered, not kept.
		until := a.real().Add(a.opt.QueryTimeout)
		if ok && put(l.queries, task{e.ID, func(ctx context.Context) { a.query(ctx, l, e, until) }}) {
			return true
		}
		a.query(a.ctx, nil, e, until)
		return false
	}
	switch {
	case department == "": // nobody can be told
		a.settle(a.ctx, e, nil)
	case !ok:
		a.later(a.ctx, e, "no address")
	case put(l.deliveries, task{e.ID, func(ctx context.Context) { a.deliver(ctx, l, e, do) }}):
		return true
	default: // so that a long queue of one department hides no effect of another
		a.later(a.ctx, e, "queue")
	}
	return false
}

func put(queue chan<- task, t task) bool {
	select {
	case queue <- t:
		return true
	default:
		return false
	}
}

// delivery sends one message, unless it is not wanted any more.
type delivery func(ctx context.Context, l *line) error

// plan reads an effect: whose it is and how it is delivered.
func (a *Adapter) plan(e writer.StoredEffect) (department string, do delivery, err error) {
	switch e.Kind {
	case hall.EffectShareQuery, hall.EffectShareRequest:
		q, err := payload[hall.ShareQuery](e)
		return q.Department, func(ctx context.Context, l *line) error { return a.order(ctx, l, q) }, err
	case hall.EffectPaperNotice:
		n, err := payload[hall.PaperNotice](e)
		return n.Department, func(ctx context.Context, l *line) error { return a.notice(ctx, l, e.ID, n) }, err
	}
	n, err := payload[hall.PaperNotice](e)
	if err != nil {
		return "", nil, err
	}
	if n.Department == "" && len(n.Requests) > 0 {
		if n.Department, err = a.departmentOf(a.ctx, n.Case, n.Requests[0]); err != nil {
			return "", nil, err
		}
	}
	return n.Department, func(ctx context.Context, l *line) error { return a.withdraw(ctx, e.ID, n) }, nil
}

func payload[T any](e writer.StoredEffect) (T, error) {
	var v T
	if err := json.Unmarshal(e.Payload, &v); err != nil {
		return v, fmt.Errorf("departments: %s: %w", e.Kind, err)
	}
	return v, nil
}

// query asks and proposes the answer. With no line nothing is asked.
func (a *Adapter) query(ctx context.Context, l *line, e writer.StoredEffect, until time.Time) {
	q, err := payload[hall.ShareQuery](e)
	if err != nil {
		a.failed(ctx, e, err)
		return
	}
	answer, reason := hall.AnswerFailed, ""
	wanted, err := a.asked(ctx, q)
	if err == nil && wanted && l != nil {
		answer, reason, err = a.inquire(ctx, l, q, until)
	}
	if err != nil || ctx.Err() != nil {
		a.failed(ctx, e, err)
		return
	}
	if wanted {
		err = a.propose(ctx, hall.ShareAnswered, hall.DeadlineOpID(string(q.Ask), 1, hall.ShareAnswered), q.Case,
			hall.ShareAnsweredBody{Material: q.Material, Ask: q.Ask, Answer: answer, Reason: reason})
	}
	a.settle(ctx, e, err)
}

// inquire asks a department within what is left of the time.
func (a *Adapter) inquire(ctx context.Context, l *line, q hall.ShareQuery, until time.Time) (answer, reason string, err error) {
	left := until.Sub(a.real())
	if left <= 0 {
		return hall.AnswerFailed, "", nil
	}
	s, err := a.subject(ctx, q.Case)
	if errors.Is(err, ErrErased) {
		return hall.AnswerFailed, "", nil
	}
	if err != nil {
		return "", "", err
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	answer, reason = a.ask(ctx, l, Query{Request: string(q.Ask), Subject: s, Item: q.Item, Material: q.Code, Method: string(q.Method)})
	return answer, reason, nil
}

// asked says whether the answer to a query is still waited for.
func (a *Adapter) asked(ctx context.Context, q hall.ShareQuery) (bool, error) {
	c, ok, err := hall.Load[hall.Case](a.opt.Writer.HallWorld(ctx, a.opt.Hall), hall.EntityCase, q.Case)
	if err != nil || !ok {
		return false, err
	}
	m, there := c.Material(q.Material)
	return there && m.Ask.Op == q.Ask, nil
}

// deliver sends a message and notes what came of it.
func (a *Adapter) deliver(ctx context.Context, l *line, e writer.StoredEffect, do delivery) {
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	err := do(ctx, l)
	if a.ctx.Err() != nil {
		return // still in the outbox
	}
	ctx = a.ctx
	if err != nil {
		var refused *statusError
		if errors.As(err, &refused) || errors.Is(err, errNoAddress) {
			a.log.Warn("a department did not take a message, which is tried again", "department", l.ID, "kind", e.Kind, "attempts", e.Attempts+1, "error", err)
		}
		if e.Kind != hall.EffectNoticeWithdrawn || e.Attempts < maxWithdrawals {
			a.later(ctx, e, "department")
			return
		}
	}
	a.settle(ctx, e, nil)
}

// settle notes that an effect was done, or that it was not.
func (a *Adapter) settle(ctx context.Context, e writer.StoredEffect, err error) {
	if err == nil {
		err = a.opt.Writer.CompleteEffect(ctx, e.ID)
	}
	if err != nil {
		a.failed(ctx, e, err)
	}
}

// failed puts an effect off after a fault of ours.
func (a *Adapter) failed(ctx context.Context, e writer.StoredEffect, err error) {
	if ctx.Err() != nil {
		return // still in the outbox
	}
	a.log.Error("an effect failed and is tried again", "effect", e.ID, "kind", e.Kind, "attempts", e.Attempts+1, "error", err)
	a.later(ctx, e, "failed, see the log")
}

// later puts an effect off.
func (a *Adapter) later(ctx context.Context, e writer.StoredEffect, note string) {
	if err := a.opt.Writer.DeferEffect(ctx, e.ID, a.opt.Now().Add(retryAfter(e.Attempts)), note); err != nil && ctx.Err() == nil {
		a.log.Error("an effect could not be put off", "effect", e.ID, "error", err)
	}
}

// propose decides an operation of the system. The same op_id again has the
// verdict that it had.
func (a *Adapter) propose(ctx context.Context, kind hall.Kind, id hall.OpID, entity string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("departments: %s: %w", kind, err)
	}
	v, err := a.opt.Writer.Propose(ctx, hall.Op{
		ID: id, Kind: kind, Hall: a.opt.Hall, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw,
	})
	if err == nil && (v.Status == hall.Rejected || v.Status == hall.RejectedDependency) {
		a.log.Warn("the answer of a department was refused", "kind", kind, "entity", entity, "reason", v.Reason.Code)
	}
	return err
}
