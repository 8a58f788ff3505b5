package terminal

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
)

// hallTime is a time by the centre's clock.
type hallTime = time.Time

// verdictWait is how long an act waits for its verdict before it is shown as
// pending.
const verdictWait = 3 * time.Second

// claim writes a claim down and waits, bounded, for its verdict. A refusal is a
// Problem «refused» with the reason; no verdict in time is no error: the view
// shows the act as pending.
func (c *core) claim(ctx context.Context, d Draft) error {
	return c.claimThen(ctx, d, nil)
}

// claimThen also tells the operation's identity, before anybody waits.
func (c *core) claimThen(ctx context.Context, d Draft, written func(hall.OpID)) error {
	op, err := c.Store.Propose(ctx, d)
	if err != nil {
		return c.storeProblem(err, d.Kind)
	}
	if written != nil {
		written(op.ID)
	}
	c.changed()
	wait, cancel := context.WithTimeout(ctx, verdictWait)
	defer cancel()
	v, err := c.Store.Await(wait, op.ID)
	if err != nil {
		if wait.Err() != nil {
			return nil // pending, and shown as such
		}
		return c.storeProblem(err, d.Kind)
	}
	if v.Status == hall.Rejected || v.Status == hall.RejectedDependency {
		// The person has the answer; it need not also wait in the work list.
		if err := c.Store.Dismiss(ctx, string(op.ID)); err != nil {
			c.Logger.Warn("answered refusal stays in the work list", "op", op.ID, "err", err)
		}
		reason := v.Reason
		return &Problem{Status: http.StatusConflict, Code: "refused", Reason: &reason}
	}
	return nil
}

// actDraft is an act on a window or a ticket.
type actDraft struct {
	kind   hall.Kind
	entity string
	body   any
}

// may says whether an act may be done now, and why not: the line, an act of
// ours that waits for its verdict, the table of permissions; then the rules
// themselves are asked, by trying the act on the confirmed state.
func (c *core) may(w hall.World, now time.Time, actor hall.Actor, role string, d actDraft) Act {
	info, _ := hall.KindOf(d.kind)
	switch {
	case !info.Offline && !c.online():
		return deny("offline")
	case c.Store.PendingFor(d.entity):
		return deny("pending")
	case !hall.May(d.kind, actor.Role, role):
		return deny("forbidden")
	}
	return c.try(w, now, actor, d, nil)
}

// try asks the rules about an act, by trying it on a state; nothing is changed.
func (c *core) try(w hall.World, now time.Time, actor hall.Actor, d actDraft, sealed []byte) Act {
	out, err := c.step(w, now, actor, d, sealed)
	if err != nil {
		c.Logger.Error("a rule could not be asked", "kind", d.kind, "err", err)
		return deny("malformed")
	}
	if out.Status != hall.Applied {
		return Act{Why: &out.Reason}
	}
	return allow()
}

// step is what the rules would make of an act.
func (c *core) step(w hall.World, now time.Time, actor hall.Actor, d actDraft, sealed []byte) (hall.Outcome, error) {
	cat, err := w.Catalogue()
	if err != nil || cat == nil {
		return hall.Outcome{Status: hall.Rejected, Reason: text("no_catalogue")}, nil
	}
	body, err := json.Marshal(d.body)
	if err != nil {
		return hall.Outcome{}, err
	}
	info, _ := hall.KindOf(d.kind)
	return hall.Step(w, hall.Op{ID: "try", Kind: d.kind, Schema: info.Schema, Entity: d.entity,
		Hall: cat.Code, Actor: actor, Terminal: c.Config.Terminal, Body: body, Sealed: sealed},
		hall.Context{Now: now, Row: 1 << 62})
}

// storeProblem is a Problem for what the store could not do, by its code.
func (c *core) storeProblem(err error, kind hall.Kind) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	code := store.CodeOf(err)
	switch code {
	case store.CodeNoNumbers, store.CodeNeverSynced:
		return refused(deny(code))
	case store.CodeClosed:
		return Fail(http.StatusServiceUnavailable, code)
	}
	c.Logger.Error("operation could not be written down", "kind", kind, "err", err)
	if code == "" {
		code = store.CodeFailed
	}
	return Fail(http.StatusInsufficientStorage, code)
}

// refused is the Problem of an act that may not be done now.
func refused(a Act) error {
	p := Fail(http.StatusConflict, "refused_now")
	p.Why = a.Why
	return p
}

func (c *core) online() bool {
	up, _ := c.Uplink.Online()
	return up
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func holds(list []hall.Appointment, id string) bool {
	return slices.ContainsFunc(list, func(a hall.Appointment) bool { return a.ID == id })
}

func sortAppointments(list []hall.Appointment) {
	slices.SortFunc(list, func(a, b hall.Appointment) int {
		if n := strings.Compare(a.Slot, b.Slot); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
}

func itoa(n int) string { return strconv.Itoa(n) }

// digits keeps the digits of what was typed, full-width ones too.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		}
		return -1
	}, s)
}
