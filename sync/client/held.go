package client

import (
	"context"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// heldLimit bounds the exchange of one page.
const heldLimit = 30 * time.Second

// Held brings the centre what this terminal keeps of the rows that it followed,
// when the centre was put back from a backup and wants them. It is part of Offer,
// and may be called by itself. A centre that was not put back wants nothing; one
// of an earlier version does not know the question.
func (s *Step) Held(ctx context.Context) error {
	st := s.o.Store
	for _, lf := range st.Follows() {
		if lf.Lane == sync.SharedLane {
			continue
		}
		if err := s.heldOf(ctx, lf.Lane); err != nil {
			p := problemOf(err)
			if p == nil || p.Code != sync.ProblemInvalid && p.Code != sync.ProblemAuth {
				return err
			}
			s.o.Logger.Warn("the centre does not take the rows that are kept here", "lane", lf.Lane, "why", p.Message)
		}
	}
	return nil
}

func (s *Step) heldOf(ctx context.Context, lane string) error {
	newest, err := s.o.Store.Newest(ctx, lane)
	if err != nil {
		return local("read the rows that are kept", err)
	}
	if len(newest) == 0 {
		return nil
	}
	page := sync.Held{Terminal: s.o.Store.Terminal(), Lane: lane, Newest: newest}
	told := map[hall.Feed]int64{}
	for {
		var reply sync.HeldReply
		if err := s.post(ctx, heldLimit, "held", page, &reply); err != nil {
			return err
		}
		page = sync.Held{Terminal: page.Terminal, Lane: lane}
		for _, want := range reply.Wants {
			rows, err := s.o.Store.Tail(ctx, lane, want.Feed, max(want.After, told[want.Feed]), want.Before, maxBytes)
			if err != nil {
				return local("read the rows that are kept", err)
			}
			if len(rows) > 0 {
				page.Feed, page.Rows = want.Feed, rows
				break
			}
		}
		if len(page.Rows) == 0 {
			return nil
		}
		told[page.Feed] = page.Rows[len(page.Rows)-1].Order()
	}
}
