package client

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	gosync "sync"
	"sync/atomic"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/secure"
)

// Store is what the client needs of the terminal's store.
type Store interface {
	Terminal() string
	Incarnation() string
	// BootTime is the monotonic clock of the anchors.
	BootTime() time.Duration
	// Greeted takes a hello in; sent and received are BootTime around it.
	Greeted(ctx context.Context, h sync.HelloReply, sent, received time.Duration) error
	Follows() []sync.LaneFeeds
	Now() (time.Time, hall.Stamp)
	LookupKey(day string) ([]byte, bool)
	SetLine(up bool)

	Outbox() int
	Pending(ctx context.Context, limit, maxBytes int) (sync.Push, error)
	From(ctx context.Context, lane, incarnation string, seq int64, limit, maxBytes int) (sync.Push, error)
	Chains(ctx context.Context) ([]sync.Push, error)
	Record(ctx context.Context, verdicts []sync.Verdict) error
	Hole(ctx context.Context, lane, incarnation string, from, to int64) error
	Fork(ctx context.Context) error

	Cursor(lane string, feed hall.Feed) sync.Cursor
	// Apply answers sync.ErrStale or sync.ErrDiverged for a page that it cannot
	// take in.
	Apply(ctx context.Context, p sync.Page) error
	// ApplyAll is Apply of pages of several feeds, all or none.
	ApplyAll(ctx context.Context, pages []sync.Page) error
	// Fetching is the snapshot that is being fetched of a feed, and which of its
	// pieces are missing. Fetch begins one, Fetched keeps a piece (sync.ErrChunk:
	// it is not what its name says), ApplyFetched puts it in the place of the feed.
	Fetching(ctx context.Context, lane string, feed hall.Feed) (m sync.Manifest, missing []sync.Chunk, ok bool, err error)
	Fetch(ctx context.Context, m sync.Manifest) error
	Fetched(ctx context.Context, lane string, feed hall.Feed, c sync.Chunk, packed []byte) error
	ApplyFetched(ctx context.Context, lane string, feed hall.Feed) error
	NewEpoch(ctx context.Context, lane string, feed hall.Feed, epoch int64) error
	// Newest and Tail read the rows that are kept for a centre that is put back.
	Newest(ctx context.Context, lane string) ([]sync.Row, error)
	Tail(ctx context.Context, lane string, feed hall.Feed, after, before int64, maxBytes int) ([]sync.Row, error)

	EnsureLeases(ctx context.Context) (int, error)
	// NumberTemporaries replaces temporary numbers by owned ones.
	NumberTemporaries(ctx context.Context) (int, error)
	Files
	Prune(ctx context.Context) error
	Watch(f func()) (stop func())
}

// Options of New. URL, Token and Store are required.
type Options struct {
	URL     string // of the centre, without path
	Token   string // of this terminal
	Store   Store
	Version string // of the program, for the centre's list
	// Status is what the terminal tells of itself; nil tells nothing. It is asked
	// at once after StatusChanged and after changes of the store, and every
	// StatusEvery. It must not block.
	Status func() sync.TerminalStatus
	Logger *slog.Logger
	// TLS is this terminal's end; nil is the machine's.
	TLS *tls.Config
	// Transport is the HTTP transport; nil makes one with short time-outs.
	Transport http.RoundTripper

	Timeout     time.Duration // of a connect, and half of a probe's; 0 = 1 s
	Poll        time.Duration // behind the wake stream; 0 = 1 min
	StatusEvery time.Duration // 0 = 5 min
	HelloEvery  time.Duration // a fresh clock anchor; 0 = 15 min
}

// Client keeps one terminal in touch with its centre.
type Client struct {
	o    Options
	step *Step
	own  []*http.Transport // for requests and for files; none when one was given

	push, lease, status kick
	uploads             kick

	last atomic.Int64 // when the centre was heard last, on this machine's clock

	mu      gosync.Mutex
	online  bool
	since   time.Time
	problem *sync.Problem
	takesIn bool // see Recovering
	watch   map[int]func()
	watchN  int
}

// New makes a client; Run starts it.
func New(o Options) *Client {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Timeout, time.Second)
	def(&o.Poll, time.Minute)
	def(&o.StatusEvery, 5*time.Minute)
	def(&o.HelloEvery, 15*time.Minute)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{o: o, since: time.Now(), watch: map[int]func(){}, push: newKick(), lease: newKick(), status: newKick(), uploads: newKick()}
	steps := StepOptions{URL: o.URL, Token: o.Token, Version: o.Version, Store: o.Store, Transport: o.Transport, Timeout: o.Timeout, Logger: o.Logger}
	if o.Transport == nil {
		c.own = []*http.Transport{secure.Transport(transport(o.Timeout), o.TLS), secure.Transport(transport(o.Timeout), o.TLS)}
		steps.Transport, steps.FileTransport = c.own[0], c.own[1]
	}
	c.step = NewStep(steps)
	return c
}

func transport(timeout time.Duration) *http.Transport {
	return &http.Transport{DialContext: (&net.Dialer{Timeout: timeout, KeepAlive: 5 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 2 * timeout, ForceAttemptHTTP2: false}
}

// hangUp closes the connections that nobody uses.
func (c *Client) hangUp() {
	for _, t := range c.own {
		t.CloseIdleConnections()
	}
}

// Online says whether the line is up, and since when that is so.
func (c *Client) Online() (online bool, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.online, c.since
}

// Problem is what the centre last said against this terminal (an unknown token, a
// certificate of another), or what is wrong with the centre's own end of TLS; nil
// while all is well, or the line is down.
func (c *Client) Problem() *sync.Problem {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.problem
}

// Recovering says that the centre was put back from a backup and takes in what
// the terminals hold. What is done here waits in the outbox until that is over.
func (c *Client) Recovering() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.takesIn
}

// LookupKey is the keyed-hash key of a day, when the centre gave it.
func (c *Client) LookupKey(day string) ([]byte, bool) { return c.o.Store.LookupKey(day) }

// StatusChanged asks for the status to be told to the centre at once.
func (c *Client) StatusChanged() { c.status.now() }

// Watch calls f when the line comes or goes; f must not block.
func (c *Client) Watch(f func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchN++
	n := c.watchN
	c.watch[n] = f
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watch, n)
	}
}

func (c *Client) setOnline(up bool, problem *sync.Problem) {
	c.mu.Lock()
	turned := c.online != up
	takesIn := up && c.step.takesIn.Load()
	changed := turned || codeOf(c.problem) != codeOf(problem) || c.takesIn != takesIn
	c.takesIn = takesIn
	if c.online != up {
		c.online, c.since = up, time.Now()
	}
	was := c.problem
	c.problem = problem
	fs := make([]func(), 0, len(c.watch))
	for _, f := range c.watch {
		fs = append(fs, f)
	}
	c.mu.Unlock()
	if problem != nil && codeOf(was) != problem.Code { // once, not at every try
		c.o.Logger.Warn("the centre refuses this terminal", "code", problem.Code, "why", problem.Message, "do", problem.Hint)
	}
	if turned {
		c.o.Store.SetLine(up)
	}
	if !changed {
		return
	}
	for _, f := range fs {
		f()
	}
}

func codeOf(p *sync.Problem) string {
	if p == nil {
		return ""
	}
	return p.Code
}

// Backoff between attempts to reach the centre.
const (
	firstWait = 200 * time.Millisecond
	maxWait   = 2 * time.Second
	authWait  = 5 * time.Second
)

// Run keeps the terminal in touch until ctx ends; then it returns nil, with no
// goroutine left.
func (c *Client) Run(ctx context.Context) error {
	defer func() {
		c.setOnline(false, nil)
		c.hangUp()
	}()
	stop := c.o.Store.Watch(func() { c.push.now(); c.lease.now(); c.status.now(); c.uploads.now() })
	defer stop()
	wait := firstWait
	for ctx.Err() == nil {
		err := c.greet(ctx)
		if err == nil {
			wait = firstWait
			c.heard()
			c.setOnline(true, nil)
			err = c.session(ctx)
			c.hangUp()
			if ctx.Err() != nil {
				break
			}
			c.o.Logger.Debug("the line was lost", "err", err)
			hangs := errors.Is(err, context.DeadlineExceeded)
			if !hangs && c.greet(ctx) == nil { // it may have been only a restart of the stream
				if sleep(ctx, jitter(firstWait)) != nil {
					break
				}
				continue
			}
		}
		p := lineProblem(err)
		c.setOnline(false, p)
		d := jitter(wait)
		if p != nil && p.Code != sync.ProblemBusy { // it stays so until somebody does something
			d = jitter(authWait)
		}
		wait = min(wait*8/5, maxWait)
		if sleep(ctx, d) != nil {
			break
		}
	}
	return nil
}

// greet says hello. A terminal that cannot write it down but knows what it
// follows goes on: that is its own disk, not the line.
func (c *Client) greet(ctx context.Context) error {
	err := c.step.Greet(ctx)
	var own *LocalError
	if errors.As(err, &own) && len(c.o.Store.Follows()) > 0 {
		c.o.Logger.Error("the terminal's store cannot "+own.Doing, "err", own.Err)
		return nil
	}
	return err
}

func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// kick is «do it soon»: it never blocks, and many kicks are one.
type kick chan struct{}

func newKick() kick { return make(kick, 1) }

func (k kick) now() {
	select {
	case k <- struct{}{}:
	default:
	}
}
