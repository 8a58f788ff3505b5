// Package bench is the device bench: simulators of every device of a hall,
// speaking the real wire protocols over pseudo-terminals and TCP, and an API
// that puts cards on readers, scans codes, pulls paper and cables, and shows
// what was printed.
//
// Guarantees: an unplugged device is gone for its driver (the pseudo-terminal
// hangs up and its link disappears, the TCP port refuses); a line that is down
// refuses new connections and resets the open ones; links and ports are the
// same after a restart, so that drivers find their devices again. Everything
// random comes from the seed.
//
// Expects: loopback only; nobody else writes into the run folder.
//
// Source: design §1 and §4, protocol sheet §A–§D; issue 2, steps 6 and 7.
package bench

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Bench is the bench. Make it with New, then Run it.
type Bench struct {
	config  Config
	log     *slog.Logger
	clock   func() time.Time
	devices []*device
	lines   []*line
	done    chan struct{}   // closed when Run begins to end
	life    context.Context // of Run: what takes time ends with it
	end     context.CancelFunc

	mu   sync.Mutex
	rev  int64
	subs map[chan struct{}]struct{}
}

// Options of a bench.
type Options struct {
	Config Config
	Log    *slog.Logger
	Clock  func() time.Time // nil: the machine's
}

// New makes a bench; nothing is opened before Run.
func New(o Options) (*Bench, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bench{config: o.Config, log: o.Log, clock: o.Clock, done: make(chan struct{}), subs: map[chan struct{}]struct{}{}}
	b.life, b.end = context.WithCancel(context.Background())
	for i, d := range o.Config.Device {
		dev, err := newDevice(b, d, o.Config.Seed+uint64(i)+1)
		if err != nil {
			return nil, err
		}
		b.devices = append(b.devices, dev)
	}
	for _, l := range o.Config.Line {
		b.lines = append(b.lines, newLine(b, l))
	}
	return b, nil
}

// Run opens every device and line and serves them until ctx ends. It returns
// when all goroutines have ended; ready is called once everything is open.
func (b *Bench) Run(ctx context.Context, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	context.AfterFunc(ctx, func() { b.end(); close(b.done) })
	for _, d := range b.devices {
		if err := d.open(); err != nil {
			cancel()
			return errors.Join(err, g.Wait())
		}
		g.Go(func() error { return d.run(ctx) })
	}
	for _, l := range b.lines {
		if err := l.open(); err != nil {
			cancel()
			return errors.Join(err, g.Wait())
		}
		g.Go(func() error { return l.run(ctx) })
	}
	if ready != nil {
		ready()
	}
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// State is everything that the page shows.
func (b *Bench) State() State {
	b.mu.Lock()
	s := State{Rev: b.rev}
	b.mu.Unlock()
	s.Now = b.clock()
	s.Devices = make([]DeviceState, 0, len(b.devices))
	for _, d := range b.devices {
		s.Devices = append(s.Devices, d.state())
	}
	s.Lines = make([]LineState, 0, len(b.lines))
	for _, l := range b.lines {
		s.Lines = append(s.Lines, l.state())
	}
	return s
}

// changed tells every subscriber that there is a newer State.
func (b *Bench) changed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rev++
	for c := range b.subs {
		select {
		case c <- struct{}{}:
		default: // it already knows
		}
	}
}

func (b *Bench) subscribe() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	b.subs[c] = struct{}{}
	b.mu.Unlock()
	return c, func() {
		b.mu.Lock()
		delete(b.subs, c)
		b.mu.Unlock()
	}
}

func (b *Bench) device(id, kind string) (*device, error) {
	i := slices.IndexFunc(b.devices, func(d *device) bool { return d.config.ID == id })
	if i < 0 {
		return nil, problem(http.StatusNotFound, "bench_no_device", "id", id)
	}
	d := b.devices[i]
	if kind != "" && d.config.Kind != kind {
		return nil, problem(http.StatusConflict, "bench_wrong_kind", "id", id, "kind", d.config.Kind)
	}
	return d, nil
}
