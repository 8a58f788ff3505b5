package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"hallway/app/hall"
	"hallway/sync"
)

// errRegreet ends a session so that a new one begins with what is to be
// followed now.
var errRegreet = errors.New("client: what this terminal follows has changed")

// wakeSilence is how long the wake stream may be silent: two heartbeats.
const wakeSilence = 35 * time.Second

// session is one time on the line: it ends with the first loop that fails.
func (c *Client) session(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	follows := c.o.Store.Follows()
	kicks := map[string][]kick{}
	var lanes []string
	for _, lf := range follows {
		lanes = append(lanes, lf.Lane)
		for _, feed := range lf.Feeds {
			k := newKick()
			kicks[lf.Lane] = append(kicks[lf.Lane], k)
			g.Go(func() error { return c.follow(ctx, lf.Lane, feed, k) })
		}
	}
	g.Go(func() error { return c.wake(ctx, lanes, kicks) })
	g.Go(func() error { return c.pushLoop(ctx, kicks) })
	g.Go(func() error { return c.leaseLoop(ctx) })
	g.Go(func() error { return c.uploadLoop(ctx) })
	g.Go(func() error { return c.helloLoop(ctx, follows) })
	if c.o.Status != nil {
		g.Go(func() error { return c.statusLoop(ctx) })
	}
	return g.Wait()
}

// wake reads the wake stream; its end is the end of the line.
func (c *Client) wake(ctx context.Context, lanes []string, kicks map[string][]kick) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(wakeSilence, cancel)
	defer silence.Stop()
	resp, err := c.send(ctx, http.MethodGet, "wake", url.Values{"lane": lanes}, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // whatever came of it
		return problemFrom(resp.StatusCode, b)
	}
	lines := bufio.NewScanner(resp.Body)
	event := ""
	for lines.Scan() {
		silence.Reset(wakeSilence)
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case name == "event":
			event = value
		case name == "data" && event == "wake":
			var w sync.Wake
			if json.Unmarshal([]byte(value), &w) != nil {
				continue // it only says «there is more»; the poll will see
			}
			for _, k := range kicks[w.Lane] {
				k.now()
			}
		}
	}
	return fmt.Errorf("client: the wake stream ended: %w", cmpErr(lines.Err(), io.EOF))
}

func cmpErr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// follow keeps one feed of the replica up to date.
func (c *Client) follow(ctx context.Context, lane string, feed hall.Feed, k kick) error {
	poll := time.NewTicker(c.o.Poll)
	defer poll.Stop()
	for {
		more, err := c.pull(ctx, lane, feed)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		select {
		case <-k:
		case <-poll.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pull takes one page. An error is the line's; what the store could not take is
// tried again.
func (c *Client) pull(ctx context.Context, lane string, feed hall.Feed) (more bool, err error) {
	cur := c.o.Store.Cursor(lane, feed)
	q := url.Values{"lane": {lane}, "feed": {string(feed)}, "hash": {cur.Hash},
		"epoch": {fmt.Sprint(cur.Epoch)}, "after": {fmt.Sprint(cur.Row)}}
	var page sync.Page
	err = c.get(ctx, c.pageLimit(cur), "rows", q, &page)
	if again, err := busy(ctx, err); again || err == nil {
		if again || err != nil {
			return true, err
		}
		return c.take(ctx, page)
	}
	p := problemOf(err)
	if p == nil {
		return false, err
	}
	switch p.Code {
	case sync.ProblemEpoch:
		if err := c.offer(ctx); err != nil { // a term begins when the centre was put back
			return false, err
		}
		if err := c.local(ctx, "send files again", c.o.Store.UploadAgain(ctx)); err != nil {
			return false, err
		}
		return true, c.local(ctx, "note the new epoch", c.o.Store.NewEpoch(ctx, lane, feed, p.Epoch))
	case sync.ProblemRewind:
		c.o.Logger.Warn("the centre was put back from a backup: offering what it lost and taking a snapshot", "lane", lane, "feed", feed)
		if err := c.offer(ctx); err != nil { // first: if it fails, the old cursor finds REWIND again
			return false, err
		}
		if err := c.local(ctx, "send files again", c.o.Store.UploadAgain(ctx)); err != nil {
			return false, err
		}
		return true, c.snapshot(ctx, lane, feed)
	case sync.ProblemGone:
		return true, c.snapshot(ctx, lane, feed)
	}
	return false, err
}

// pageLimit is short for a follower that is up to date (then it is the probe of
// the line) and long for one that has a whole log to fetch.
func (c *Client) pageLimit(cur sync.Cursor) time.Duration {
	if cur.Row == 0 {
		return 15 * time.Second
	}
	return 2 * c.o.Timeout
}

func (c *Client) take(ctx context.Context, page sync.Page) (more bool, err error) {
	err = c.o.Store.Apply(ctx, page)
	switch {
	case errors.Is(err, sync.ErrStale):
		return true, sleep(ctx, 20*time.Millisecond)
	case errors.Is(err, sync.ErrDiverged):
		c.o.Logger.Warn("the replica differs from the writer: taking a snapshot", "lane", page.Lane, "feed", page.Feed)
		return true, c.snapshot(ctx, page.Lane, page.Feed)
	case err != nil:
		return true, c.local(ctx, "take rows in", err)
	}
	return page.More, nil
}

func (c *Client) snapshot(ctx context.Context, lane string, feed hall.Feed) error {
	var snap sync.Snapshot
	if err := c.get(ctx, 30*time.Second, "snapshot", url.Values{"lane": {lane}, "feed": {string(feed)}}, &snap); err != nil {
		return err
	}
	return c.local(ctx, "take a snapshot in", c.o.Store.ApplySnapshot(ctx, snap))
}

// local waits out a fault of this terminal's own disk: it is not the line's.
func (c *Client) local(ctx context.Context, doing string, err error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	c.o.Logger.Error("the terminal's store cannot "+doing+"; trying again", "err", err)
	return sleep(ctx, time.Second)
}

func (c *Client) leaseLoop(ctx context.Context) error {
	slow := time.NewTicker(5 * time.Second)
	defer slow.Stop()
	var pruned time.Time
	for {
		if time.Since(pruned) > 24*time.Hour { // also at the start of a session
			if err := c.local(ctx, "forget what is old", c.o.Store.Prune(ctx)); err != nil {
				return err
			}
			pruned = time.Now()
		}
		_, err := c.o.Store.EnsureLeases(ctx)
		if err := c.local(ctx, "ask for numbers", err); err != nil {
			return err
		}
		_, err = c.o.Store.NumberTemporaries(ctx)
		if err := c.local(ctx, "number cases", err); err != nil {
			return err
		}
		select {
		case <-c.lease:
		case <-slow.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// helloLoop refreshes the clock anchor, and the day's key when the day turns.
func (c *Client) helloLoop(ctx context.Context, follows []sync.LaneFeeds) error {
	day := func() string { now, _ := c.o.Store.Now(); return hall.DayOf(now) }
	at, last := day(), time.Now()
	for {
		if err := sleep(ctx, min(c.o.HelloEvery, time.Second)); err != nil {
			return err
		}
		if day() == at && time.Since(last) < c.o.HelloEvery {
			continue
		}
		if again, err := busy(ctx, c.greet(ctx)); err != nil {
			return err
		} else if again {
			continue
		}
		at, last = day(), time.Now()
		if !slices.EqualFunc(follows, c.o.Store.Follows(), func(a, b sync.LaneFeeds) bool {
			return a.Lane == b.Lane && slices.Equal(a.Feeds, b.Feeds)
		}) {
			return errRegreet
		}
	}
}

// statusLoop tells the centre how the terminal is: at once on a change, and
// every StatusEvery.
func (c *Client) statusLoop(ctx context.Context) error {
	var told []byte
	due := time.NewTicker(c.o.StatusEvery)
	defer due.Stop()
	for {
		s := c.o.Status()
		s.At = time.Time{}
		now, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("client: write the status: %w", err)
		}
		if string(now) != string(told) {
			s.At, _ = c.o.Store.Now()
			if err := c.post(ctx, 2*c.o.Timeout, "status", s, nil); err != nil {
				if again, err := busy(ctx, err); !again || err != nil {
					return err
				}
				continue
			}
			told = now
		}
		select {
		case <-c.status:
			if err := sleep(ctx, 50*time.Millisecond); err != nil { // many changes are one
				return err
			}
		case <-due.C:
			told = nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
