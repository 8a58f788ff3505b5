package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
		"epoch": {fmt.Sprint(cur.Epoch)}, "after": {fmt.Sprint(cur.Row)}, "brief": {"1"}}
	var page sync.Page
	err = s.get(ctx, s.pageLimit(cur), "rows", q, &page)
	if err == nil {
		page.Fill(cur.Hash)
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
	s.takesIn.Store(true) // the next hello knows
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
		return true, s.snapshot(ctx, page.Lane, page.Feed, page.To) // past what it could not take
	}
	return page.More, local("take rows in", err)
}

// snapshotTries bounds how often one SnapshotOnce begins anew because a piece of
// the last manifest is gone.
const snapshotTries = 3

// SnapshotOnce replaces a feed by the writer's state of it. The outbox stays. The
// pieces that came are kept: broken off anywhere, also by the end of the program,
// it goes on where it was.
func (s *Step) SnapshotOnce(ctx context.Context, lane string, feed hall.Feed) error {
	return s.snapshot(ctx, lane, feed, 0)
}

// snapshot is SnapshotOnce, of row from or later; in any case of none before the
// cursor.
func (s *Step) snapshot(ctx context.Context, lane string, feed hall.Feed, from int64) error {
	st := s.o.Store
	for try := 0; ; try++ {
		m, missing, ok, err := st.Fetching(ctx, lane, feed)
		if err != nil {
			return local("read what is being fetched", err)
		}
		cur := st.Cursor(lane, feed)
		from = max(from, cur.Row)
		if !ok || try > 0 || m.Epoch < cur.Epoch || m.Epoch == cur.Epoch && m.Row < from {
			if missing, err = s.manifest(ctx, lane, feed, from); err != nil {
				return err
			}
		}
		err = s.chunks(ctx, lane, feed, missing)
		p := problemOf(err)
		switch {
		case err == nil:
			return local("take a snapshot in", st.ApplyFetched(ctx, lane, feed))
		case p == nil || p.Code != sync.ProblemGone:
			return err
		case try == snapshotTries:
			return &Busy{RetryAfter: time.Second, Problem: p}
		}
	}
}

// manifest begins to fetch the snapshot that the writer has now, of row from or
// later; it names the pieces that are not here yet.
func (s *Step) manifest(ctx context.Context, lane string, feed hall.Feed, from int64) ([]sync.Chunk, error) {
	var m sync.Manifest
	q := url.Values{"lane": {lane}, "feed": {string(feed)}, "from": {fmt.Sprint(from)}}
	if err := s.get(ctx, snapshotLimit, "manifest", q, &m); err != nil {
		return nil, err
	}
	if m.Lane != lane || m.Feed != feed {
		return nil, errNoReason("another snapshot than was asked for")
	}
	if err := s.o.Store.Fetch(ctx, m); err != nil {
		return nil, local("begin a snapshot", err)
	}
	_, missing, _, err := s.o.Store.Fetching(ctx, lane, feed)
	return missing, local("read what is being fetched", err)
}

// chunks fetches pieces of a snapshot.
func (s *Step) chunks(ctx context.Context, lane string, feed hall.Feed, missing []sync.Chunk) error {
	q := url.Values{"lane": {lane}, "feed": {string(feed)}}
	for _, c := range missing {
		packed, err := s.exchange(ctx, snapshotLimit, http.MethodGet, "chunk/"+url.PathEscape(c.SHA256), q, nil)
		if err != nil {
			return err
		}
		err = s.o.Store.Fetched(ctx, lane, feed, c, packed)
		if errors.Is(err, sync.ErrChunk) { // it broke on its way
			return fmt.Errorf("client: %w", err)
		}
		if err != nil {
			return local("keep a piece of a snapshot", err)
		}
	}
	return nil
}

// snapshotLimit bounds one answer: the first may have to be made.
const snapshotLimit = 30 * time.Second

// HeadsOnce asks where the lanes end, and names the feeds whose cursor is not
// there: they have something to pull. It is the probe of a line on which nothing
// else happens.
func (s *Step) HeadsOnce(ctx context.Context) ([]sync.LaneFeeds, error) {
	var heads sync.Heads
	err := s.get(ctx, 2*s.o.Timeout, "heads", nil, &heads)
	if p := problemOf(err); p != nil && p.Code == sync.ProblemInvalid {
		return s.o.Store.Follows(), nil // a centre of an earlier version: pull all
	}
	if err != nil {
		return nil, err
	}
	ends := map[string]sync.Head{}
	for _, h := range heads.Heads {
		ends[h.Lane] = h
	}
	var out []sync.LaneFeeds
	for _, lf := range s.o.Store.Follows() {
		behind := sync.LaneFeeds{Lane: lf.Lane}
		for _, feed := range lf.Feeds {
			if c := s.o.Store.Cursor(lf.Lane, feed); c.Row != ends[lf.Lane].Row || c.Epoch != ends[lf.Lane].Epoch {
				behind.Feeds = append(behind.Feeds, feed)
			}
		}
		if len(behind.Feeds) > 0 {
			out = append(out, behind)
		}
	}
	return out, nil
}
