package central

import (
	"context"
	"errors"
	gosync "sync"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

// caseBooks keeps the case book of the present catalogue. Another catalogue has
// other limits: a book of it is made beside the one that is there, which answers
// until then.
type caseBooks struct {
	mu       gosync.Mutex // held to follow and to look, never to make a book
	book     *caseBook
	building chan struct{} // closed when the book that somebody makes is done
}

// What of a book is followed before a look.
const (
	onlyCases = 1  // the feed of the cases
	allFeeds  = -1 // of cases and papers
)

// read catches up with the feeds and gives what f makes of the book. Who finds none,
// or one of another catalogue, makes it; others wait only where there is none.
func (s *caseBooks) read(ctx context.Context, w *writer.Writer, cat func() *hall.Catalogue, feeds int, f func(*caseBook)) error {
	for {
		done, building, err := s.look(ctx, w, cat, feeds, f)
		switch {
		case done || err != nil:
			return err
		case building == nil:
			if err := s.build(ctx, w, cat()); err != nil && !isAnotherLog(err) {
				return err
			}
			continue
		}
		select {
		case <-building:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look looks into the book. Not done: there is none, and the caller makes it when
// nobody else does.
func (s *caseBooks) look(ctx context.Context, w *writer.Writer, cat func() *hall.Catalogue, feeds int, f func(*caseBook)) (done bool, building chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.book; b != nil && (s.building != nil || b.watch.cat.Version == cat().Version) {
		err := b.follow(ctx, w, feeds)
		if err == nil {
			f(b)
		}
		if !isAnotherLog(err) {
			return err == nil, nil, err
		}
		s.book = nil // all feeds from their beginning
	}
	if building = s.building; building == nil {
		s.building = make(chan struct{})
	}
	return false, building, nil
}

// isAnotherLog reports whether the log is another than the one that was followed.
func isAnotherLog(err error) bool {
	var p *sync.Problem
	return errors.As(err, &p) && (p.Code == sync.ProblemRewind || p.Code == sync.ProblemEpoch)
}

// build makes the book of a catalogue and puts it in the place of the one before.
func (s *caseBooks) build(ctx context.Context, w *writer.Writer, cat *hall.Catalogue) (err error) {
	made := false
	b := newCaseBook(cat)
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if made {
			s.book = b
		}
		close(s.building)
		s.building = nil
	}()
	for _, feed := range b.feeds {
		if err := b.snapshot(ctx, w, sync.HallLane(cat.Code), feed); err != nil {
			return err
		}
	}
	err = b.follow(ctx, w, allFeeds) // what was written meanwhile
	made = err == nil
	return err
}

// follow catches up with the first feeds.
func (b *caseBook) follow(ctx context.Context, w *writer.Writer, feeds int) error {
	if feeds == allFeeds {
		feeds = len(b.feeds)
	}
	for _, feed := range b.feeds[:feeds] {
		if err := b.followOne(ctx, w, feed); err != nil {
			return err
		}
	}
	return nil
}

func (b *caseBook) followOne(ctx context.Context, w *writer.Writer, feed hall.Feed) error {
	for c := b.at[feed]; ; {
		page, err := w.Rows(ctx, c, 0)
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			if err := b.put(r.Kind, r.ID, r.Value); err != nil {
				return err
			}
			c.Hash = r.Hash
		}
		c.Row, c.Epoch = page.To, page.Epoch
		b.at[feed] = c
		if !page.More {
			return nil
		}
	}
}

func (b *caseBook) snapshot(ctx context.Context, w *writer.Writer, lane string, feed hall.Feed) error {
	s, err := w.Snapshot(ctx, lane, feed)
	if err != nil {
		return err
	}
	for _, e := range s.Entities {
		if err := b.put(e.Kind, e.ID, e.Value); err != nil {
			return err
		}
	}
	b.at[feed] = sync.Cursor{Lane: lane, Feed: feed, Epoch: s.Epoch, Row: s.Row, Hash: s.Hash}
	return nil
}
