package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	gosync "sync"
	"sync/atomic"
	"time"

	"hallway/sync"
	"hallway/sync/secure"
)

// StepOptions of NewStep. URL, Token, Store and Transport are required.
type StepOptions struct {
	URL     string // of the centre, without path
	Token   string // of this terminal
	Version string // of the program, for the centre's list
	Store   Store
	// Transport carries the requests; FileTransport those of files, nil is the
	// same.
	Transport, FileTransport http.RoundTripper
	// Within bounds one exchange; nil is context.WithTimeout. It is the only
	// clock of a step: who has a clock of his own gives none of it away here.
	Within  func(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
	Timeout time.Duration // half of a probe's; 0 = 1 s
	Logger  *slog.Logger  // nil drops
}

// Step is the terminal's protocol as single steps, each of which does what it
// does and returns: none sleeps, starts a goroutine or waits for patience that
// the centre asks for. Client calls them in its loops, the simulation by hand.
// Every step may be repeated, left out or broken off anywhere: what it had to
// do is found again from the store.
//
// The error of a step is one of:
//
//   - *Busy: the centre asks for patience; the same step later
//   - *LocalError: this terminal's own store failed; the same step later
//   - sync.ErrStale: another step was quicker; the same step again
//   - *sync.Problem: the centre refuses
//   - any other: the line
//
// Steps may be called from several goroutines; of pushes one is in flight.
// Whether the line is up (Store.SetLine) is the caller's to judge.
type Step struct {
	o       StepOptions
	http    *http.Client
	files   *http.Client
	pushing gosync.Mutex
	unmet   atomic.Bool  // a new incarnation that the centre has not met
	packs   atomic.Value // string: the best coding that the centre opens
	takesIn atomic.Bool  // the centre was put back, and takes in what terminals hold
}

// NewStep makes the steps of one terminal.
func NewStep(o StepOptions) *Step {
	o.URL = strings.TrimRight(o.URL, "/")
	if o.FileTransport == nil {
		o.FileTransport = o.Transport
	}
	if o.Within == nil {
		o.Within = context.WithTimeout
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Step{o: o, http: &http.Client{Transport: o.Transport}, files: &http.Client{Transport: o.FileTransport}}
}

// Busy is a centre that asks for patience.
type Busy struct {
	RetryAfter time.Duration // as the centre said, 0 = it said nothing
	Problem    *sync.Problem
}

func (b *Busy) Error() string { return b.Problem.Error() }
func (b *Busy) Unwrap() error { return b.Problem }

// busyOf makes the typed value of a Problem that asks for patience.
func busyOf(p *sync.Problem) error {
	if p.Code != sync.ProblemBusy {
		return p
	}
	return &Busy{RetryAfter: time.Duration(p.RetryMS) * time.Millisecond, Problem: p}
}

// LocalError is a fault of this terminal's own store: it is not the line's.
type LocalError struct {
	Doing string // what the store could not do
	Err   error
}

func (e *LocalError) Error() string {
	return "client: the terminal's store cannot " + e.Doing + ": " + e.Err.Error()
}
func (e *LocalError) Unwrap() error { return e.Err }

func local(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &LocalError{doing, err}
}

// Greet says hello: the clock anchor, keys and what to follow.
func (s *Step) Greet(ctx context.Context) error {
	st := s.o.Store
	in := sync.Hello{Terminal: st.Terminal(), Incarnation: st.Incarnation(), Version: s.o.Version}
	var out sync.HelloReply
	sent := st.BootTime()
	if err := s.post(ctx, 2*s.o.Timeout, "hello", in, &out); err != nil {
		return err
	}
	s.takesIn.Store(out.Recovering)
	if err := st.Greeted(ctx, out, sent, st.BootTime()); err != nil {
		return local("take the centre's hello in", err)
	}
	if in.Incarnation == st.Incarnation() {
		s.unmet.Store(false)
		return nil
	}
	s.o.Logger.Warn("the centre has more of this incarnation than there is here: taking a new one")
	s.unmet.Store(true)
	return s.Greet(ctx) // the new one is met before it spends anything
}

// Status tells the centre how the terminal is.
func (s *Step) Status(ctx context.Context, status sync.TerminalStatus) error {
	return s.post(ctx, 2*s.o.Timeout, "status", status, nil)
}

// Numbers keeps numbers owned: it writes down what is to be asked for, which
// then waits in the outbox, and replaces temporary numbers.
func (s *Step) Numbers(ctx context.Context) error {
	if _, err := s.o.Store.EnsureLeases(ctx); err != nil {
		return local("ask for numbers", err)
	}
	_, err := s.o.Store.NumberTemporaries(ctx)
	return local("number cases", err)
}

func problemOf(err error) *sync.Problem {
	var p *sync.Problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// lineProblem is also what is wrong with the centre's end of TLS.
func lineProblem(err error) *sync.Problem {
	if p := problemOf(err); p != nil {
		return p
	}
	return secure.Fault(err)
}

// errNoReason is an answer that the protocol does not have.
func errNoReason(what string) error {
	return fmt.Errorf("client: the centre gave %s and no reason; update the centre or the terminal", what)
}
