package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// PullOnce takes one page of a feed; more: there is more to take now. Where the
// centre was put back from a backup it first offers what is held here (Offer),
// and leaves the cursor as it is until that is done: the next pull finds it
// again. A replica that differs from the writer's takes a snapshot.
func (s *Step) PullOnce(ctx context.Context, lane string, feed hall.Feed) (more bool, err error) {
	cur := s.o.Store.Cursor(lane, feed)
	q := url.Values{"lane": {lane}, "feed": {string(feed)}, "hash": {cur.Hash},
		"epoch": {fmt.Sprint(cur.Epoch)}, "after": {fmt.Sprint(cur.Row)}}
	var page sync.Page
	err = s.get(ctx, s.pageLimit(cur), "rows", q, &page)
	if err == nil {
		return s.take(ctx, page)
	}
	p := problemOf(err)
	if p == nil {
		return false, err
	}
	switch p.Code {
	case sync.ProblemEpoch:
		if err := s.again(ctx); err != nil { // a term begins when the centre was put back
			return false, err
		}
		return true, local("note the new epoch", s.o.Store.NewEpoch(ctx, lane, feed, p.Epoch))
	case sync.ProblemRewind:
		s.o.Logger.Warn("the centre was put back from a backup: offering what it lost and taking a snapshot", "lane", lane, "feed", feed)
		if err := s.again(ctx); err != nil { // first: if it fails, the old cursor finds REWIND again
			return false, err
		}
		return true, s.SnapshotOnce(ctx, lane, feed)
	case sync.ProblemGone:
		return true, s.SnapshotOnce(ctx, lane, feed)
	}
	return false, err
}

// again offers what a centre that was put back may have lost, operations and
// files.
func (s *Step) again(ctx context.Context) error {
	if err := s.Offer(ctx); err != nil {
		return err
	}
	return local("send files again", s.o.Store.UploadAgain(ctx))
}

// pageLimit is short for a follower that is up to date (then it is the probe of
// the line) and long for one that has a whole log to fetch.
func (s *Step) pageLimit(cur sync.Cursor) time.Duration {
	if cur.Row == 0 {
		return 15 * time.Second
	}
	return 2 * s.o.Timeout
}

func (s *Step) take(ctx context.Context, page sync.Page) (more bool, err error) {
	err = s.o.Store.Apply(ctx, page)
	switch {
	case errors.Is(err, sync.ErrStale):
		return true, err
	case errors.Is(err, sync.ErrDiverged):
		s.o.Logger.Warn("the replica differs from the writer: taking a snapshot", "lane", page.Lane, "feed", page.Feed)
		return true, s.SnapshotOnce(ctx, page.Lane, page.Feed)
	}
	return page.More, local("take rows in", err)
}

// SnapshotOnce replaces a feed by the writer's state of it. The outbox stays.
func (s *Step) SnapshotOnce(ctx context.Context, lane string, feed hall.Feed) error {
	var snap sync.Snapshot
	if err := s.get(ctx, 30*time.Second, "snapshot", url.Values{"lane": {lane}, "feed": {string(feed)}}, &snap); err != nil {
		return err
	}
	return local("take a snapshot in", s.o.Store.ApplySnapshot(ctx, snap))
}

// TakeEvent reads one event of the wake stream: ok says that the lane may have
// more rows. Events may be lost, doubled or out of order, and may say anything:
// they only say «there is more».
func (s *Step) TakeEvent(name, data string) (w sync.Wake, ok bool) {
	if name != "wake" || json.Unmarshal([]byte(data), &w) != nil || w.Lane == "" {
		return sync.Wake{}, false
	}
	return w, true
}
