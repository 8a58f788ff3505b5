package terminal

import (
	"context"
	"time"

	"hallway/app/hall"
	"hallway/devices"
)

// askWithin: a confirmation that comes later than this finds nobody at the
// evaluator any more; the service is then «not rated».
const askWithin = time.Minute

// settle looks for services of this window that are done and not rated: those
// finished here just now are asked for; those of before a restart are «not
// rated», because nobody stands there any more. It never presses a default.
func (c *Counter) settle() {
	now := c.now()
	q := c.queueOf(c.Store.Confirmed(), now)
	for _, t := range q.Unrated() {
		if t.Window != c.window || c.Store.PendingFor(t.ID) {
			continue
		}
		c.mu.Lock()
		since, ours := c.asked[t.ID]
		taken := ours && since.IsZero()
		c.asked[t.ID] = time.Time{}
		c.mu.Unlock()
		if taken {
			continue
		}
		a := asking{ticket: t.ID, number: t.Number, at: now}
		if ours && c.Clock().Sub(since) < askWithin {
			select {
			case c.ask <- a:
				continue
			default: // more than a queue of them: nobody is there
			}
		}
		c.spawn(func(ctx context.Context) { c.rated(ctx, a, 0) })
	}
}

// rate asks the evaluator, one person after the other.
func (c *Counter) rate(ctx context.Context) {
	for {
		select {
		case a := <-c.ask:
			c.askOne(ctx, a)
		case <-ctx.Done():
			return
		}
	}
}

func (c *Counter) askOne(ctx context.Context, a asking) {
	if !c.Devices.usable(devices.KindEvaluator, "no_evaluator").Allowed {
		c.rated(ctx, a, 0)
		c.setRating("unavailable", a.number)
		return
	}
	c.setRating("asking", a.number)
	timeout := time.Duration(c.Config.Evaluator.TimeoutSeconds) * time.Second
	bounded, cancel := context.WithTimeout(ctx, timeout+10*time.Second)
	defer cancel()
	answer, err := c.Devices.Evaluator.Ask(bounded, a.ticket, timeout)
	if ctx.Err() != nil {
		return // after the restart it is «not rated»
	}
	level := answer.Level
	state := "rated"
	switch {
	case err != nil:
		c.Logger.Warn("the evaluator could not ask", "ticket", a.ticket, "err", err)
		state, level = "unavailable", 0
	case answer.Ref != a.ticket || level < 1 || level > 5:
		state, level = "not_rated", 0
	}
	c.rated(ctx, a, level)
	c.setRating(state, a.number)
}

// rated writes the rating down, or that there is none.
func (c *Counter) rated(ctx context.Context, a asking, level int) {
	actor := citizenActor()
	if level == 0 {
		actor = deviceActor()
	}
	body := hall.RateBody{Level: level, Channel: "evaluator", AskedAt: a.at}
	if e := c.Devices.Evaluator; e != nil {
		body.Device = e.Status().ID
	}
	draft := Draft{Kind: hall.Rate, Entity: a.ticket, Actor: actor, Body: body}
	if _, err := c.Store.Propose(ctx, draft); err != nil {
		c.Logger.Error("rating could not be written down", "ticket", a.ticket, "err", err)
		if level > 0 { // a key was pressed: the disk may take it later
			c.spawn(func(life context.Context) { c.rateLater(life, draft, level) })
			return
		}
		c.mu.Lock()
		delete(c.asked, a.ticket) // the next round tries again, as «not rated»
		c.mu.Unlock()
		return
	}
	c.Metrics.rated(level)
}

// rateLater writes a rating down as soon as the disk takes it.
func (c *Counter) rateLater(ctx context.Context, draft Draft, level int) {
	tick := time.NewTicker(c.Tick)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if _, err := c.Store.Propose(ctx, draft); err == nil {
			c.Metrics.rated(level)
			return
		}
	}
}

func (c *Counter) setRating(state, number string) {
	c.mu.Lock()
	c.rating = RatingView{State: state, Number: number}
	c.mu.Unlock()
	c.changed()
}
