package terminal

import (
	"context"
	"slices"
	"time"

	"hallway/app/hall"
)

// opinions is what was said in the approval of the case in hand, as the centre
// told: held in memory, as long as the case is in the hand.
type opinions struct {
	have  []hall.OpID // the operations that it is of
	said  map[hall.OpID]string
	tried time.Time
	asker string // session for which it is
}

// How it stands with the opinions: OfficeView.Opinions.
const (
	opinionsNone    = "none"
	opinionsShown   = "shown"
	opinionsAsked   = "asked"
	opinionsOffline = "offline"
	opinionsClosed  = "closed" // not for who is signed in
)

// opinionsOf is what was said in the approval of the case in hand, by operation,
// and notes how it stands with it. It is shown with the line only, to who has the
// next step.
func (c *Counter) opinionsOf(k caseState, v *OfficeView) map[hall.OpID]string {
	ops := k.Opinions()
	d := c.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case len(ops) == 0:
		v.Opinions = opinionsNone
		return nil
	case d.hand != k.ID || d.centre == nil || k.staff == nil || !k.cat.SeesOpinions(k.Case, k.staff.Staff):
		v.Opinions = opinionsClosed
		return nil
	case !c.online():
		d.opinion = opinions{}
		v.Opinions = opinionsOffline
		return nil
	case slices.Equal(d.opinion.have, ops):
		v.Opinions = opinionsShown
		return d.opinion.said
	}
	v.Opinions = opinionsAsked
	if now := c.Clock(); d.opinion.tried.IsZero() || now.Sub(d.opinion.tried) > 10*time.Second || len(d.opinion.have) > 0 {
		id, token := k.ID, k.staff.Token
		d.opinion = opinions{tried: now, asker: token}
		c.spawn(func(ctx context.Context) { c.fetchOpinions(ctx, id, ops, token) })
	}
	return nil
}

func (c *Counter) fetchOpinions(ctx context.Context, id string, ops []hall.OpID, token string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	said, err := c.desk.centre.CaseOpinions(ctx, id, token)
	if err != nil {
		c.Logger.Debug("what was said in an approval is not known", "case", id, "err", err)
		return
	}
	c.desk.mu.Lock()
	if d := c.desk; d.hand == id && d.opinion.asker == token {
		d.opinion.have, d.opinion.said = ops, said
	}
	c.desk.mu.Unlock()
	c.changed()
}
