package client

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pack"
)

// Stream reads the events of one wake stream. They may be lost, doubled or out of
// order, and may say anything: what they bring is taken in only where it goes on
// from every cursor of its lane, by the chain; everything else is pulled.
type Stream struct {
	step  *Step
	lanes []string
	told  []sync.LaneFeeds // whose rows ride in it, as the centre says
}

// Stream begins to read a wake stream of some lanes.
func (s *Step) Stream(lanes []string) *Stream { return &Stream{step: s, lanes: lanes} }

// query asks for the stream.
func (st *Stream) query() url.Values { return url.Values{"lane": st.lanes, "rows": {"1"}} }

// Take does one event. behind is a lane of which there may be more than was taken,
// "" when there is none. The error is a *LocalError: then the lane is behind too.
func (st *Stream) Take(ctx context.Context, name string, data []byte) (behind string, err error) {
	switch name {
	case "feeds":
		var told []sync.LaneFeeds
		if hall.Decode(data, &told) == nil {
			st.told = told
		}
	case "wake":
		var w sync.Wake
		if hall.Decode(data, &w) == nil {
			return w.Lane, nil
		}
	case "rows":
		c, ok := readCommit(data)
		if !ok { // whose it was is not known
			return "", nil
		}
		taken, err := st.ride(ctx, c)
		if !taken {
			return c.Lane, err
		}
	}
	return "", nil
}

// maxCommit bounds what an event may hold.
const maxCommit = 1 << 20

func readCommit(data []byte) (c sync.Commit, ok bool) {
	b, err := sync.Unescape(data)
	if err == nil {
		b, err = pack.Open(b, maxCommit)
	}
	return c, err == nil && hall.Decode(b, &c) == nil && c.Rides()
}

// ride takes a commit in, if every feed of its lane is where it begins.
func (st *Stream) ride(ctx context.Context, c sync.Commit) (taken bool, err error) {
	store := st.step.o.Store
	var cursors []sync.Cursor
	for _, feed := range feedsOf(store.Follows(), c.Lane) {
		cur := store.Cursor(c.Lane, feed)
		if cur.Row != c.From || cur.Epoch != c.Epoch || !slices.Contains(feedsOf(st.told, c.Lane), feed) {
			return false, nil
		}
		cursors = append(cursors, cur)
	}
	if len(cursors) == 0 {
		return true, nil // nobody follows it
	}
	err = store.ApplyAll(ctx, c.Pages(cursors))
	if errors.Is(err, sync.ErrStale) || errors.Is(err, sync.ErrDiverged) {
		return false, nil // the pull finds out why
	}
	return err == nil, local("take rows in", err)
}

// feedsOf are the feeds of a lane.
func feedsOf(all []sync.LaneFeeds, lane string) []hall.Feed {
	for _, lf := range all {
		if lf.Lane == lane {
			return lf.Feeds
		}
	}
	return nil
}
