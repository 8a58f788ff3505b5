package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hallway/app/central/departments"
	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

// Pace of the engine.
const (
	effectsEvery  = time.Second
	effectsAtMost = 50 * time.Millisecond
	effectsAtOnce = 200
	daysLookBack  = 31
	// keepRows is how many days the log goes back: longer than terminals keep what
	// they hold. A terminal that was away for longer takes a snapshot.
	keepRows = 35
)

// runEffects makes due effects into what they ask for, and closes days that
// are over, until the centre stops. Killing it between doing and noting is
// harmless: deadlines carry their own op_id, so that they happen once.
func (c *Centre) runEffects() {
	tick := time.NewTicker(effectsEvery)
	defer tick.Stop()
	rows, stop := c.writer.Subscribe(c.hallLane())
	defer stop()
	closedBefore := ""
	for {
		if err := c.dueEffects(c.ctx); err != nil && c.ctx.Err() == nil {
			c.log.Error("due effects could not be done", "error", err)
		}
		if today := hall.DayOf(c.now()); today != closedBefore || c.now().Second() == 0 {
			err := c.closeDays(c.ctx, today)
			if err == nil && today != closedBefore {
				err = c.forgetOld(c.ctx)
			}
			if err == nil {
				closedBefore = today
			} else if c.ctx.Err() == nil {
				c.log.Error("a day could not be closed", "error", err)
			}
		}
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
			continue
		case <-rows: // somebody may wait for the answer of a department
		}
		select { // let a burst of rows become one look
		case <-c.ctx.Done():
			return
		case <-time.After(effectsAtMost):
		}
	}
}

// dueEffects does what is due now. What departments are to be asked or told
// goes to their own workers; it stays due until they have noted it as done, so
// it is read apart from everything else and hides nothing. Of several centres one
// does each effect: what is claimed here is claimed again at each look.
func (c *Centre) dueEffects(ctx context.Context) error {
	outside, err := c.writer.ClaimEffects(ctx, c.now(), writer.EffectFilter{Only: departments.EffectKinds()}, effectsAtOnce+c.departments.Busy())
	if err != nil {
		return err
	}
	c.departments.Take(outside)
	due, err := c.writer.ClaimEffects(ctx, c.now(), writer.EffectFilter{Except: departments.EffectKinds()}, effectsAtOnce)
	if err != nil {
		return err
	}
	for _, e := range due {
		err := c.effect(ctx, e)
		if err == nil {
			err = c.writer.CompleteEffect(ctx, e.ID)
		} else if ctx.Err() == nil {
			c.log.Error("an effect failed and is tried again", "effect", e.ID, "kind", e.Kind, "attempts", e.Attempts+1, "error", err)
			err = c.writer.DeferEffect(ctx, e.ID, c.now().Add(backoff(e.Attempts)), "failed, see the log")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// backoff doubles from two seconds to an hour.
func backoff(attempts int64) time.Duration {
	return min(2*time.Second<<min(attempts, 20), time.Hour)
}

// effect does one effect.
func (c *Centre) effect(ctx context.Context, e writer.StoredEffect) error {
	switch e.Kind {
	case hall.EffectDeadline:
		var op hall.Op
		if err := json.Unmarshal(e.Payload, &op); err != nil {
			return fmt.Errorf("deadline: %w", err)
		}
		v, err := c.writer.Propose(ctx, op)
		if err != nil {
			return err
		}
		if v.Status == hall.Rejected || v.Status == hall.RejectedDependency {
			c.log.Warn("a deadline was refused", "op", op, "reason", v.Reason.Code)
		}
		return nil
	case hall.EffectCaseNotice, hall.EffectCaseAccepted:
		return c.caseNews(ctx, e)
	case writer.EffectHole:
		var h writer.Hole
		if err := json.Unmarshal(e.Payload, &h); err != nil {
			return fmt.Errorf("hole: %w", err)
		}
		return c.reportHole(ctx, h)
	default:
		return errors.New("no part of this program does this kind of effect; it is newer than the program")
	}
}

// reportHole puts operations that a terminal lost into the audit trail and
// before the manager's eyes: a person must look.
func (c *Centre) reportHole(ctx context.Context, h writer.Hole) error {
	lost := strconv.FormatInt(h.To-h.From+1, 10)
	c.log.Warn("a terminal lost operations", "terminal", h.Terminal, "lane", h.Lane, "from", h.From, "to", h.To)
	c.tele.note(hall.Text{Code: "operations_lost", Params: map[string]string{"terminal": h.Terminal, "count": lost}})
	return c.store.writeAudit(ctx, audit{
		at: c.now(), terminal: h.Terminal, act: "operations_lost", subj: fmt.Sprintf("%s %d-%d", h.Lane, h.From, h.To),
	})
}

// closeDays ends what days before today left open. The op_id is made of the
// day and of what came last, so that a ticket that a terminal brings from
// yesterday closes too, and nothing is closed twice.
func (c *Centre) closeDays(ctx context.Context, today string) error {
	start, err := hall.DayStart(today)
	if err != nil {
		return err
	}
	for d := 1; d <= daysLookBack; d++ {
		day := hall.DayOf(start.AddDate(0, 0, -d))
		last, open, err := c.leftOpen(ctx, day)
		if err != nil {
			return err
		}
		if !open {
			continue
		}
		body, err := json.Marshal(hall.CloseDayBody{Day: day})
		if err != nil {
			return err
		}
		v, err := c.writer.Propose(ctx, hall.Op{
			ID: hall.DeadlineOpID(day+"#"+strconv.FormatInt(last, 10), 1, hall.CloseDay), Kind: hall.CloseDay, Hall: c.hallCode, Entity: day,
			Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: body,
		})
		if err != nil {
			return err
		}
		if v.Status == hall.Rejected {
			return fmt.Errorf("closing %s was refused: %s", day, v.Reason.Code)
		}
		c.log.Info("day closed", "day", day)
	}
	return nil
}

// forgetOld lets go, once a day, what nobody asks for any more.
func (c *Centre) forgetOld(ctx context.Context) error {
	for _, lane := range []string{sync.SharedLane, c.hallLane()} {
		base, err := c.writer.Retain(ctx, lane, c.now().AddDate(0, 0, -keepRows))
		if err != nil {
			return err
		}
		if base > 0 {
			c.log.Info("rows that are old enough are no longer kept", "lane", lane, "up_to", base)
		}
	}
	return c.store.forgetShared(ctx, c.tele.real(), c.now())
}

// leftOpen says whether a day has open tickets or windows, and a number that
// grows with what came last.
func (c *Centre) leftOpen(ctx context.Context, day string) (last int64, open bool, err error) {
	q, err := c.writer.HallWorld(ctx, c.hallCode).Queue(day)
	if err != nil {
		return 0, false, err
	}
	for _, t := range q.Tickets() {
		last = max(last, t.Order)
		open = open || !t.Closed()
	}
	for _, w := range q.Windows() {
		if w.Open && hall.DayOf(w.Since) <= day {
			open, last = true, max(last, w.Since.UnixMilli())
		}
	}
	return last, open, nil
}
