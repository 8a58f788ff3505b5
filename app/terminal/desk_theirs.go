package terminal

import (
	"context"
	"slices"
	"time"

	"hallway/app/hall"
)

// seekCases asks the centre in the background for the cases of the applicant whose
// card was just read: what was begun at a kiosk goes on here. What a clerk types is
// no proof, so nothing is asked for it (requirements C-14).
func (c *Counter) seekCases(p person) {
	centre, can := c.Centre.(ApplyCentre)
	if !can || !c.online() {
		return
	}
	c.spawn(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		found, err := centre.Applications(ctx, ProgressAsk{DocKind: p.DocKind, DocNo: hall.Secret(p.DocNo)})
		if err != nil {
			c.Logger.Debug("the cases of an applicant are not known", "err", err)
			return
		}
		c.desk.mu.Lock()
		if who := c.desk.who; who != nil && who.source == fromCard && who.DocKind == p.DocKind && who.DocNo == p.DocNo {
			c.desk.theirs = nil
			for _, k := range found {
				c.desk.theirs = append(c.desk.theirs, k.ID)
			}
		}
		c.desk.mu.Unlock()
		c.changed()
	})
}

// theirCases are the cases of the applicant that a clerk can still go on with, as
// this terminal has them.
func (c *Counter) theirCases(st counterState, s *Session) []CaseRow {
	rows := []CaseRow{}
	c.desk.mu.Lock()
	ids := slices.Clone(c.desk.theirs)
	c.desk.mu.Unlock()
	w := c.Store.World()
	for _, id := range ids {
		k, ok, err := hall.Load[hall.Case](w, hall.EntityCase, id)
		if err == nil && ok && k.State.BeforeAcceptance() {
			rows = append(rows, c.caseRow(st, s, k))
		}
	}
	return rows
}
