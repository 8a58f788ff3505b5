//go:build linux

package sim

import (
	"container/heap"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/cryptotest"
	"time"

	"hallway/app/hall"
)

// plan is one run.
type plan struct {
	seed      uint64
	terminals int
	tier      string // memory or sqlite
	fault     string // planted, "" for none
	dry       bool   // the world is as bad as for the fault, which is not planted
	trace     io.Writer
}

const (
	inMemory = "memory"
	onSQLite = "sqlite"
	// perTerminal is how many events a terminal's life has.
	perTerminal = 32
)

// mix is how bad one seed's world is: each is a share of events or requests.
type mix struct {
	lose, late, again                   float64 // requests
	kill, power, reboot, jump, snapshot float64 // events
	cut                                 float64
	clone, rollback, badMoment          float64
	restore                             bool
	writers                             int
	lying                               bool // disks that say yes to a sync and do nothing
}

// broken is what a check found; it ends the run.
type broken struct{ what string }

// event is something that happens at a time.
type event struct {
	at time.Time
	n  int
	do func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(v any)   { *e = append(*e, v.(event)) }
func (e *events) Pop() any {
	old := *e
	v := old[len(old)-1]
	*e = old[:len(old)-1]
	return v
}

// world is the hall of one run. Everything in it is used by one goroutine.
type world struct {
	plan
	mix
	rnd       *rand.Rand
	now       time.Time
	waiting   events
	n         int
	sum       hash.Hash
	dir       string
	centre    *centre
	terminals []*terminal
	witness   *witness
	history   *history
	healing   bool
	fault     *planted
	done      counts
}

// counts says what a run has lived through, so that a test can see that it did.
type counts struct {
	acts, pushes, kills, cuts, lost, restores, clones, rollbacks, snapshots, forks, scans, moved int
}

// run lives one plan and answers what was found, "" for nothing, and the trace's
// hash.
func run(t *testing.T, p plan) (found, trace string, done counts) {
	t.Helper()
	cryptotest.SetGlobalRandom(t, p.seed)
	dir, err := os.MkdirTemp(root(p.tier), "hallway-sim-")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{plan: p, rnd: rand.New(rand.NewPCG(p.seed, 0x68616c6c)), now: time.Date(2026, 3, 2, 9, 0, 0, 0, hall.Zone),
		sum: sha256.New(), dir: dir, witness: newWitness(), history: &history{}}
	w.fault = plant(w, p.fault)
	defer func() {
		w.close()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}()
	defer func() {
		trace, done = hex.EncodeToString(w.sum.Sum(nil))[:16], w.done
		if b, ok := recover().(broken); ok {
			found = b.what
		}
	}()
	w.live()
	return "", "", w.done
}

// root is where the files of a tier are.
func root(tier string) string {
	if _, err := os.Stat("/dev/shm"); tier == inMemory && err == nil {
		return "/dev/shm"
	}
	return ""
}

// live is the whole of one run.
func (w *world) live() {
	w.draw()
	w.furnish()
	w.lie(w.lying)
	w.note("mix %+v", w.mix)
	n := w.plan.terminals * perTerminal
	backup, restore := n+1, n+1
	if w.mix.restore {
		backup = w.rnd.IntN(n / 2)
		restore = backup + 1 + w.rnd.IntN(n/2)
	}
	for i := range n {
		switch i {
		case backup:
			w.centre.backup()
		case restore:
			w.centre.restore()
		}
		w.pass(time.Duration(w.rnd.ExpFloat64() * float64(time.Hour) / float64(n)))
		w.step()
	}
	w.heal()
	w.check()
}

// draw makes this seed's world: some kinds of faults, each as bad as it is.
func (w *world) draw() {
	some := func(share, most float64) float64 {
		if w.rnd.Float64() > share {
			return 0
		}
		return w.rnd.Float64() * most
	}
	w.mix = mix{
		lose: some(0.8, 0.2), late: some(0.5, 0.1), again: some(0.5, 0.15),
		kill: some(0.8, 0.04), power: some(0.7, 1), reboot: some(0.4, 0.01), jump: some(0.5, 0.02),
		snapshot: some(0.5, 0.02), cut: some(0.6, 0.03), writers: 1,
	}
	w.mix.clone, w.mix.rollback, w.badMoment = some(0.3, 0.01), some(0.3, 0.015), some(0.4, 0.02)
	if w.rnd.IntN(3) == 0 {
		w.mix.writers = 2
	}
	w.mix.restore = w.rnd.IntN(5) == 0
	worse(w)
}

// pass lets time go by, and what is due by then happen.
func (w *world) pass(d time.Duration) {
	until := w.now.Add(d)
	for len(w.waiting) > 0 && !w.waiting[0].at.After(until) {
		e := heap.Pop(&w.waiting).(event)
		if e.at.After(w.now) {
			w.now = e.at
		}
		e.do()
	}
	if until.After(w.now) {
		w.now = until
	}
}

// later plans something.
func (w *world) later(d time.Duration, do func()) {
	w.n++
	heap.Push(&w.waiting, event{w.now.Add(d), w.n, do})
}

// step is one event: somebody acts, a terminal talks to the centre, or something
// breaks.
func (w *world) step() {
	switch p := w.rnd.Float64(); {
	case w.chance(w.kill):
		w.killOne()
	case w.chance(w.badMoment):
		w.badDisk()
	case w.chance(w.mix.cut):
		w.one().cutLine()
	case w.chance(w.reboot):
		w.one().reboot()
	case w.chance(w.jump):
		w.one().jump()
	case w.chance(w.clone):
		w.one().clone()
	case w.chance(w.rollback):
		w.one().rollback()
	case w.chance(w.snapshot):
		w.one().forceSnapshot()
	case p < 0.45:
		w.one().act()
	case p < 0.9:
		w.one().talk()
	default:
		w.centre.work()
	}
}

func (w *world) chance(p float64) bool { return p > 0 && w.rnd.Float64() < p }

func (w *world) one() *terminal { return w.terminals[w.rnd.IntN(len(w.terminals))] }

func (w *world) killOne() {
	if w.rnd.IntN(4) == 0 {
		w.centre.killSoon()
		return
	}
	w.one().killSoon()
}

// badDisk makes a write or sync fail soon.
func (w *world) badDisk() {
	k := 1 + w.rnd.IntN(40)
	if n := w.centre.any(); n != nil && w.rnd.IntN(4) == 0 {
		w.note("the %d. write of %s will fail", k, n.name)
		n.proc.FailAfter(k)
		return
	}
	if x := w.one(); x.running() {
		w.note("the %d. write of %s will fail", k, x.name)
		x.proc.FailAfter(k)
	}
}

// note adds a line to the trace.
func (w *world) note(format string, args ...any) {
	line := w.now.Format("15:04:05.000 ") + fmt.Sprintf(format, args...) + "\n"
	_, _ = io.WriteString(w.sum, line) // a hash takes everything
	if w.trace != nil {
		_, _ = io.WriteString(w.trace, line)
	}
}

// wrong ends the run with what was found.
func (w *world) wrong(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	w.note("FOUND %s", what)
	panic(broken{what})
}

// must is for what no fault explains.
func (w *world) must(what string, err error) {
	if err != nil {
		w.wrong("%s: %v", what, err)
	}
}

func (w *world) path(name ...string) string {
	return filepath.Join(append([]string{w.dir}, name...)...)
}

func (w *world) close() {
	for _, x := range w.terminals {
		x.shut()
	}
	if w.centre != nil {
		w.centre.shut()
	}
}

// heal ends every fault and lets everything come to rest, within a bound.
func (w *world) heal() {
	w.healing = true
	w.mix = mix{writers: w.mix.writers}
	w.note("no more faults")
	w.pass(10 * time.Minute) // what was on its way arrives, who was down is up
	w.centre.up()
	for _, x := range w.terminals {
		x.up()
	}
	for round := range 60 {
		quiet := true
		for _, x := range w.terminals {
			quiet = x.settle() && quiet
		}
		quiet = w.centre.work() == 0 && quiet
		w.note("round %d quiet %v", round, quiet)
		if quiet && round > 1 {
			return
		}
		w.pass(10 * time.Second)
	}
	w.wrong("nothing comes to rest: %s", w.restless())
}

// lie makes every disk lie about syncs.
func (w *world) lie(lie bool) {
	w.centre.disk.Lie(lie)
	for _, x := range w.terminals {
		x.disk.Lie(lie)
	}
}

func (w *world) restless() string {
	var out string
	for _, x := range w.terminals {
		if n := x.store.Outbox(); n > 0 {
			out += fmt.Sprintf(" %s waits with %d operations (%v);", x.id, n, x.last)
		}
	}
	return out
}

func (c *counts) add(o counts) {
	c.acts += o.acts
	c.pushes += o.pushes
	c.kills += o.kills
	c.cuts += o.cuts
	c.lost += o.lost
	c.restores += o.restores
	c.clones += o.clones
	c.rollbacks += o.rollbacks
	c.snapshots += o.snapshots
	c.forks += o.forks
	c.scans += o.scans
	c.moved += o.moved
}
