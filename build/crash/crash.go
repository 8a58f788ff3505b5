package crash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"hallway/build/demo/stage"
	"hallway/sync/pgtest/pgserver"
)

// Options of Run.
type Options struct {
	Dir       string // everything is written here
	Bin       string // folder with the programs
	HallFiles string
	Kills     int
	Seed      uint64
	// Postgres: two centres over a PostgreSQL of their own, not one over SQLite.
	Postgres bool
	// Victims are the programs that are killed; empty: all.
	Victims []string
	// AtOnce is how many are killed at once, at most; 0 is 3.
	AtOnce int
	// KillEvery is the pause between kills, about; 0 is a third of a second.
	KillEvery time.Duration
	// Enough ends the killing early when it is closed; what was done so far is checked.
	Enough <-chan struct{}
	// Troubles is how often lines between terminals and centre go bad; they lead
	// through toxiproxy then, whose program is Toxiproxy.
	Troubles  int
	Toxiproxy string
	// Disk: the disks of the kiosk, a counter and the centre fail (strace), at each
	// place; with DiskSample at so many of each kind.
	Disk       bool
	DiskSample int
	// besides is what else happens while people act.
	besides func(ctx, people context.Context, h *house) error
	Out     io.Writer // progress; nil tells nothing
	Log     *slog.Logger
}

// Report says what happened.
type Report struct {
	Kills    int
	Troubles map[string]int // of the lines, by name
	Disk     map[string]int // faults, by program and what it did
	Offline  int            // numbers that were told by a kiosk without a line
	Facts    map[string]int // by what they say
	Rows     int64          // of the hall's log
	Ops      int64
	Killing  time.Duration
	Draining time.Duration
}

// AllTroubles counts the troubles of the lines.
func (r Report) AllTroubles() (n int) {
	for _, k := range r.Troubles {
		n += k
	}
	return n
}

// AllFaults counts the faults of the disks.
func (r Report) AllFaults() (n int) {
	for _, k := range r.Disk {
		n += k
	}
	return n
}

// house is a hall under attack.
type house struct {
	Options
	stage   *stage.Stage
	witness *witness
	ways    *ways
	people  int                 // numbers of persons begin here
	copies  []string            // folders of copied terminals that run
	others  map[string][]string // by terminal: further disks that it has or had

	mu       sync.Mutex
	keys     map[string]bool // of bookings that were tried
	troubles map[string]int
	offline  map[string]bool // numbers
	heard    map[string]int  // codes of refusals
	faults   map[string]int  // what programs did at faults of the disk
}

func (h *house) troubled(name string) {
	h.mu.Lock()
	h.troubles[name]++
	h.mu.Unlock()
}

func (h *house) tried(key string) {
	h.mu.Lock()
	h.keys[key] = true
	h.mu.Unlock()
}

func (h *house) say(format string, args ...any) {
	if h.Out != nil {
		fmt.Fprintf(h.Out, format+"\n", args...)
	}
}

// Run plays the hall until so many programs were killed, lets it come to rest,
// and checks it. The error is what was lost, doubled or differs.
func Run(ctx context.Context, o Options) (rep Report, err error) {
	if o.AtOnce <= 0 {
		o.AtOnce = 3
	}
	if o.KillEvery <= 0 {
		o.KillEvery = 350 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &house{Options: o, keys: map[string]bool{}, troubles: map[string]int{}, offline: map[string]bool{}, others: map[string][]string{}, heard: map[string]int{}, faults: map[string]int{}, people: int(o.Seed % 1000)}
	so := stage.Options{Dir: o.Dir, Bin: o.Bin, HallFiles: o.HallFiles, Clock: "2026-11-23T08:40:00+08:00", Staff: []string{"1001", "1002", "9001"},
		Timing: stage.Timing{KioskIdle: 60, KioskWarn: 20, RateTimeout: 1, Deliver: 8}, Seed: int64(o.Seed), PaperSpeed: 2000, Ways: o.Troubles > 0, Log: o.Log}
	if o.Postgres {
		dsn, stop, err := pgserver.Start(true)
		if err != nil {
			return rep, err
		}
		defer stop()
		so.Database, so.Second = dsn, true
	}
	if h.stage, err = stage.New(so); err != nil {
		return rep, err
	}
	defer h.stage.Stop()
	if h.witness, err = startWitness(filepath.Join(o.Dir, "witness.jsonl")); err != nil {
		return rep, err
	}
	if o.Troubles > 0 {
		if h.ways, err = startWays(ctx, o.Toxiproxy, h.stage); err != nil {
			return rep, err
		}
		defer func() { err = errors.Join(err, h.ways.Close()) }()
	}
	if err := h.stage.Start(ctx); err != nil {
		return rep, err
	}
	began := time.Now()
	rep.Kills, err = h.attack(ctx)
	rep.Killing, rep.Troubles, rep.Offline, rep.Disk = time.Since(began), h.troubles, len(h.offline), h.faults
	if err != nil {
		return rep, err
	}
	h.say("%d kills in %v; waiting until nothing waits", rep.Kills, rep.Killing.Round(time.Second))
	began = time.Now()
	if err := h.rest(ctx); err != nil {
		return rep, err
	}
	rep.Draining = time.Since(began)
	if err := h.stop(); err != nil {
		return rep, err
	}
	facts, err := h.witness.end()
	if err != nil {
		return rep, err
	}
	return rep, h.check(ctx, facts, &rep)
}

// stop ends the centres first: what one of them decided while the terminals end (a
// deadline, a call-back) would be in no replica.
func (h *house) stop() (err error) {
	for _, name := range h.stage.Names() {
		if strings.HasPrefix(name, "central") {
			err = errors.Join(err, h.stage.Program(name).Kill(syscall.SIGTERM))
		}
	}
	h.stage.Stop()
	return err
}

// attack lets people act while programs are killed and lines go bad; it ends when
// everybody has gone home and everything runs.
func (h *house) attack(ctx context.Context) (kills int, err error) {
	people, home := context.WithCancel(ctx)
	defer home()
	g, people := errgroup.WithContext(people)
	rnd := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(h.Seed, n)) }
	g.Go(func() error { return h.atKiosk(people, rnd(1)) })
	g.Go(func() error { return h.atCounter(people, "counter-1", "1001") })
	g.Go(func() error { return h.atCounter(people, "counter-2", "1002") })
	g.Go(func() error { return h.onTheWeb(people, rnd(2)) })
	var faults errgroup.Group
	faults.Go(func() (err error) {
		kills, err = h.kill(ctx, people, rnd(3))
		return err
	})
	if h.Disk {
		faults.Go(func() error { return h.disks(ctx, people, rnd(5)) })
	}
	if h.besides != nil {
		faults.Go(func() error { return h.besides(ctx, people, h) })
	}
	faults.Go(func() error { return h.weather(ctx, people, rnd(4)) })
	err = faults.Wait()
	pause(people, 2*time.Second) // a last look at a hall where all is well
	home()
	return kills, errors.Join(err, g.Wait())
}

// kill kills programs until it was enough.
func (h *house) kill(ctx, people context.Context, rnd *rand.Rand) (kills int, err error) {
	for kills < h.Kills && people.Err() == nil && err == nil {
		select {
		case <-h.Enough:
			h.say("stopped after %d kills; what they did is checked", kills)
			return kills, nil
		default:
		}
		pause(people, time.Duration(rnd.Int64N(2*int64(h.KillEvery))))
		var n int
		n, err = h.killSome(ctx, rnd, h.Kills-kills)
		if kills/100 != (kills+n)/100 {
			h.say("%6d kills, %d facts witnessed", kills+n, h.witness.count())
		}
		kills += n
	}
	return kills, err
}

// killSome kills a few programs at once and starts them again, each after a while
// of its own.
func (h *house) killSome(ctx context.Context, rnd *rand.Rand, most int) (int, error) {
	victims := h.Victims
	if len(victims) == 0 {
		victims = h.stage.Names()
	}
	n := min(1+rnd.IntN(h.AtOnce), most, len(victims))
	g := new(errgroup.Group)
	for _, i := range rnd.Perm(len(victims))[:n] {
		p := h.stage.Program(victims[i])
		wait := time.Duration(20+rnd.IntN(500)) * time.Millisecond
		late := time.Duration(rnd.IntN(100)) * time.Millisecond
		g.Go(func() error {
			pause(ctx, late)
			if err := p.Kill(syscall.SIGKILL); err != nil {
				return err
			}
			pause(ctx, wait)
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return p.Start(ctx)
		})
	}
	return n, g.Wait()
}

func (w *witness) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.n
}
