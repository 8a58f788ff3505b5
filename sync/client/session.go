package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"hallway/app/hall"
	"hallway/sync"
)

// errRegreet ends a session so that a new one begins with what is to be
// followed now.
var errRegreet = errors.New("client: what this terminal follows has changed")

// wakeSilence is how long the wake stream may be silent: two heartbeats.
const wakeSilence = 45 * time.Second

// session is one time on the line: it ends with the first loop that fails.
func (c *Client) session(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	follows := c.o.Store.Follows()
	kicks := kicks{}
	var lanes []string
	for _, lf := range follows {
		lanes = append(lanes, lf.Lane)
		kicks[lf.Lane] = map[hall.Feed]kick{}
		for _, feed := range lf.Feeds {
			k := newKick()
			kicks[lf.Lane][feed] = k
			g.Go(func() error { return c.follow(ctx, lf.Lane, feed, k) })
		}
	}
	g.Go(func() error { return c.wake(ctx, lanes, kicks) })
	g.Go(func() error { return c.headsLoop(ctx, kicks) })
	g.Go(func() error { return c.pushLoop(ctx, kicks) })
	g.Go(func() error { return c.leaseLoop(ctx) })
	g.Go(func() error { return c.uploadLoop(ctx) })
	g.Go(func() error { return c.helloLoop(ctx, follows) })
	if c.o.Status != nil {
		g.Go(func() error { return c.statusLoop(ctx) })
	}
	return g.Wait()
}

// wake reads the wake stream; its end is the end of the line. Reading waits for
// nothing: events that the store does not keep up with are pulled together.
func (c *Client) wake(ctx context.Context, lanes []string, kicks kicks) error {
	g, ctx := errgroup.WithContext(ctx)
	events := make(chan wakeEvent, 8)
	stream := c.step.Stream(lanes)
	g.Go(func() error { return c.takeEvents(ctx, stream, events, kicks) })
	g.Go(func() error { return c.readEvents(ctx, stream, events, kicks) })
	return g.Wait()
}

// wakeEvent is one event of the wake stream.
type wakeEvent struct {
	name string
	data []byte
}

func (c *Client) takeEvents(ctx context.Context, stream *Stream, events <-chan wakeEvent, kicks kicks) error {
	for {
		select {
		case e := <-events:
			behind, err := stream.Take(ctx, e.name, e.data)
			kicks.lane(behind)
			if _, err := c.patient(ctx, err); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Client) readEvents(ctx context.Context, stream *Stream, events chan<- wakeEvent, kicks kicks) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(wakeSilence, cancel)
	defer silence.Stop()
	resp, err := c.step.send(ctx, http.MethodGet, "wake", stream.query(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // whatever came of it
		return problemFrom(resp.StatusCode, b)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Split(eventLines)
	name := ""
	for lines.Scan() {
		silence.Reset(wakeSilence)
		c.heard()
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			select {
			case events <- wakeEvent{name, bytes.Clone(value)}:
			default: // the store is slower than the hall
				kicks.all()
			}
		}
	}
	return fmt.Errorf("client: the wake stream ended: %w", cmpErr(lines.Err(), io.EOF))
}

// eventLines splits at LF alone: packed bytes may end in anything else.
func eventLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF { // a broken line is none
		return len(data), nil, nil
	}
	return 0, nil, nil
}

func cmpErr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// kicks wake the followers, by lane and feed.
type kicks map[string]map[hall.Feed]kick

// lane wakes all of one lane.
func (ks kicks) lane(name string) {
	for _, k := range ks[name] {
		k.now()
	}
}

// all wakes everybody.
func (ks kicks) all() {
	for lane := range ks {
		ks.lane(lane)
	}
}

// ownPoll is how often the terminal looks at its own queues, behind the store's
// word that they changed. It costs no line.
const ownPoll = time.Second

// quiet is how long the centre may have said nothing before an act that waits is
// preceded by a probe: a push alone would find a line that hangs much later.
const quiet = 5 * time.Second

// headsLoop stands behind the wake stream: a slow poll of where the lanes end.
func (c *Client) headsLoop(ctx context.Context, kicks kicks) error {
	for {
		if err := sleep(ctx, c.o.Poll); err != nil {
			return err
		}
		if err := c.heads(ctx, kicks); err != nil {
			return err
		}
	}
}

// heads asks where the lanes end and wakes who is behind.
func (c *Client) heads(ctx context.Context, kicks kicks) error {
	behind, err := c.step.HeadsOnce(ctx)
	if _, err := c.patient(ctx, err); err != nil {
		return err
	}
	c.heard()
	for _, lf := range behind {
		for _, feed := range lf.Feeds {
			if k, ok := kicks[lf.Lane][feed]; ok {
				k.now()
			}
		}
	}
	return nil
}

// probe asks for a sign of life when something waits to be pushed and the centre
// has said nothing for a while.
func (c *Client) probe(ctx context.Context, kicks kicks) error {
	if c.o.Store.Outbox() == 0 || time.Since(time.Unix(0, c.last.Load())) < quiet {
		return nil
	}
	return c.heads(ctx, kicks)
}

// heard notes that the centre said something.
func (c *Client) heard() { c.last.Store(time.Now().UnixNano()) }

// follow keeps one feed of the replica up to date.
func (c *Client) follow(ctx context.Context, lane string, feed hall.Feed, k kick) error {
	for {
		more, err := c.step.PullOnce(ctx, lane, feed)
		again, err := c.patient(ctx, err)
		if err != nil {
			return err
		}
		if again || more {
			continue
		}
		select {
		case <-k:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pushLoop pushes the outbox whenever there is something in it, and first of all
// what the centre may have lost while the line was down: a cursor that had not
// come as far as the last verdicts does not find REWIND.
func (c *Client) pushLoop(ctx context.Context, kicks kicks) error {
	if err := c.untilDone(ctx, c.step.Offer); err != nil {
		return err
	}
	kicks.all()
	slow := time.NewTicker(ownPoll)
	defer slow.Stop()
	late := newExpected()
	defer late.timer.Stop()
	for {
		if err := c.probe(ctx, kicks); err != nil {
			return err
		}
		sent, err := c.step.PushOnce(ctx)
		again, err := c.patient(ctx, err)
		if err != nil {
			return err
		}
		if !again && sent.Ops > 0 {
			c.heard()
		}
		late.add(sent)
		if again || sent.Ops > 0 {
			select {
			case <-late.timer.C:
				late.pull(c.o.Store, kicks)
			default:
			}
			continue
		}
		select {
		case <-c.push:
		case <-slow.C:
		case <-late.timer.C:
			late.pull(c.o.Store, kicks)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// rowsWithin is how long the rows of verdicts may take to ride in before they are
// pulled.
const rowsWithin = 250 * time.Millisecond

// expected are rows of verdicts that ride in or, when the timer rings, are pulled:
// the last of each lane.
type expected struct {
	rows  map[string]int64
	timer *time.Timer
}

func newExpected() *expected {
	e := &expected{rows: map[string]int64{}, timer: time.NewTimer(rowsWithin)}
	e.timer.Stop()
	return e
}

func (e *expected) add(sent Pushed) {
	if sent.Row == 0 {
		return
	}
	if len(e.rows) == 0 {
		e.timer.Reset(rowsWithin)
	}
	e.rows[sent.Lane] = max(e.rows[sent.Lane], sent.Row)
}

// pull wakes the followers that are not there yet.
func (e *expected) pull(store Store, kicks kicks) {
	for lane, row := range e.rows {
		for feed, k := range kicks[lane] {
			if store.Cursor(lane, feed).Row < row {
				k.now()
			}
		}
	}
	clear(e.rows)
}

// uploadLoop carries files to the centre, one after the other, on connections
// of its own. It holds up no operation, and no fault of a file ends the
// session: one that cannot be sent now is tried again after the others.
func (c *Client) uploadLoop(ctx context.Context) error {
	wait := uploadWait
	var after int64
	for {
		u, err := c.step.UploadOnce(ctx, after)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if u.Moved || u.Found && err == nil {
			wait = uploadWait
		}
		switch {
		case err != nil && u.Found:
			c.o.Logger.Info("a file could not be sent now; it is tried again", "err", err)
			after, wait = u.Pos, min(2*wait, uploadMax)
		case err != nil:
			if _, err := c.patient(ctx, err); err != nil {
				return err
			}
		case u.Found:
		case after > 0: // once round: those that failed, after a pause
			after = 0
			if err := c.pause(ctx, wait, false); err != nil {
				return err
			}
		default:
			wait = uploadWait
			if err := c.pause(ctx, ownPoll, true); err != nil {
				return err
			}
		}
	}
}

// pause waits, or until a file was put into the queue.
func (c *Client) pause(ctx context.Context, d time.Duration, early bool) error {
	t := time.NewTimer(d)
	defer t.Stop()
	kick := c.uploads
	if !early {
		kick = nil
	}
	select {
	case <-kick:
		return nil
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// patient waits after a step that failed for a reason that passes (again). Any
// other error is the line's, or the centre's word against this terminal.
func (c *Client) patient(ctx context.Context, err error) (again bool, _ error) {
	var busy *Busy
	var own *LocalError
	switch {
	case err == nil:
		return false, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.As(err, &busy):
		return true, sleep(ctx, jitter(min(max(busy.RetryAfter, 100*time.Millisecond), 10*time.Second)))
	case errors.Is(err, sync.ErrStale):
		return true, sleep(ctx, 20*time.Millisecond)
	case errors.As(err, &own):
		c.o.Logger.Error("the terminal's store cannot "+own.Doing+"; trying again", "err", own.Err)
		return true, sleep(ctx, time.Second)
	}
	return false, err
}

// untilDone repeats a step as long as only patience is needed.
func (c *Client) untilDone(ctx context.Context, step func(context.Context) error) error {
	for {
		again, err := c.patient(ctx, step(ctx))
		if !again || err != nil {
			return err
		}
	}
}

func (c *Client) leaseLoop(ctx context.Context) error {
	slow := time.NewTicker(5 * time.Second)
	defer slow.Stop()
	prune := func(ctx context.Context) error { return local("forget what is old", c.o.Store.Prune(ctx)) }
	var pruned time.Time
	for {
		if time.Since(pruned) > 24*time.Hour { // also at the start of a session
			if _, err := c.patient(ctx, prune(ctx)); err != nil {
				return err
			}
			pruned = time.Now()
		}
		if _, err := c.patient(ctx, c.step.Numbers(ctx)); err != nil {
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
		if day() == at && time.Since(last) < c.o.HelloEvery && !c.step.takesIn.Load() {
			continue
		}
		if again, err := c.patient(ctx, c.greet(ctx)); err != nil {
			return err
		} else if again {
			continue
		}
		c.setOnline(true, nil) // it may have taken in all by now
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
			if again, err := c.patient(ctx, c.step.Status(ctx, s)); err != nil {
				return err
			} else if again {
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
