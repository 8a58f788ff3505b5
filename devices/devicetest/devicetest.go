// Package devicetest is the one conformance suite of drivers: every driver runs
// it against its simulator.
//
//	func TestConformance(t *testing.T) {
//		devicetest.Run(t, func(t testing.TB) devicetest.Subject {
//			sim := somesim.New(...)
//			line := devicetest.NewLine(t, "serial", sim) // or "tcp"
//			d := somedriver.New(line.Opener, ...)
//			return devicetest.Subject{Device: d, Line: line, Use: ...}
//		})
//	}
//
// Guarantees: what it checks is what devices.Device promises: the device is
// found, gone when its cable is pulled, and found again; cancelling ends Run and
// whatever waits; every fault is declared; no goroutine and no descriptor is left,
// also after its cable was pulled and plugged in hundreds of times (with -short,
// dozens; the count is logged, HALLWAY_PLUG_CYCLES changes it). How fast is not a test's business: it
// waits with patience.
// Source: design §4.
package devicetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// patience is how long a loaded machine may take for anything.
const patience = time.Minute

// Line is a simulator on a cable, and the opener of its other end.
type Line struct {
	*cable.Cable
	port.Opener
}

// Address is what the driver opens.
func (l Line) Address() string { return l.Opener.Address() }

// NewLine plugs a simulator into a new line: scheme is "serial" or "tcp", query
// the parameters of a serial address, such as "baud=9600"; or scheme is "usb",
// "hid", "usblp" or "evdev", and the simulator speaks packets (cable.Packets).
func NewLine(t testing.TB, scheme, query string, sim cable.Simulator) Line {
	t.Helper()
	at, prefix := "tcp:127.0.0.1:0", ""
	switch scheme {
	case "serial":
		at = "serial:" + filepath.Join(t.TempDir(), "line")
		if query != "" {
			at += "?" + query
		}
	case "usb", "hid", "usblp", "evdev":
		at, prefix = "packet:"+socket(t), scheme+":"
	}
	c, err := cable.New(at, sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close the line: %v", err)
		}
	})
	o, err := port.Parse(prefix + c.Address())
	if err != nil {
		t.Fatal(err)
	}
	return Line{Cable: c, Opener: o}
}

// socket is the path of a socket: the system takes only short ones, and the
// folder of a test has a long name.
func socket(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "line")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "s")
}

// Subject is one driver on its simulator. Device is not running yet.
type Subject struct {
	Device devices.Device
	// Plug and Unplug move the cable. Line gives both.
	Line interface {
		Plug() error
		Unplug() error
	}
	// Use does the device's work once and checks it.
	Use func(ctx context.Context) error
	// Wait, where a driver has calls that wait, begins one that would wait for
	// minutes; it returns an error soon after ctx ends or the cable is pulled.
	Wait func(ctx context.Context) error
	// Noise, where the line can carry it, sends stray bytes to the driver.
	Noise func(n int)
	// Working are states in which the device can be used; Ready when nil.
	Working []devices.State
}

// New makes a subject for one test.
type New func(t testing.TB) Subject

// Run runs the suite.
func Run(t *testing.T, make New) {
	for name, f := range map[string]func(*testing.T, New){
		"open and use":         openAndUse,
		"watch":                watch,
		"cancel":               cancelled,
		"unplug and replug":    replug,
		"absent at the start":  late,
		"unplug while waiting": unplugWaiting,
		"noise":                noise,
		"open and close again": cycles,
		"plug again and again": func(t *testing.T, make New) { plugCycles(t, make, lines(), plugs(t)) },
	} {
		t.Run(name, func(t *testing.T) { leakChecked(t, func() { f(t, make) }) })
	}
}

// RunOnBus runs what can be run where there is one socket only, such as a
// device of the USB lab: use, unplugging in the middle, and so many plug cycles.
func RunOnBus(t *testing.T, make New, cycles int) {
	for name, f := range map[string]func(*testing.T, New){
		"open and use":         openAndUse,
		"unplug and replug":    replug,
		"unplug while waiting": unplugWaiting,
		"plug again and again": func(t *testing.T, make New) { plugCycles(t, make, 1, cycles) },
	} {
		t.Run(name, func(t *testing.T) { leakChecked(t, func() { f(t, make) }) })
	}
}

// leakChecked runs a test and looks, after all that it began has ended, for
// goroutines and descriptors that are left.
func leakChecked(t *testing.T, f func()) {
	before, open := goleak.IgnoreCurrent(), descriptors()
	t.Cleanup(func() {
		goleak.VerifyNone(t, before)
		left := descriptors()
		for end := time.Now().Add(patience); len(left) > len(open) && time.Now().Before(end); left = descriptors() {
			time.Sleep(10 * time.Millisecond)
		}
		if len(left) > len(open) {
			t.Errorf("%d descriptors, %d before: %v", len(left), len(open), left)
		}
	})
	f()
}

// descriptors are the files that this program has open, where the system says.
// Fonts are opened once and kept.
func descriptors() []string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	var open []string
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if font := strings.TrimPrefix(filepath.Ext(to), "."); err == nil && font != "ttf" && font != "ttc" && font != "otf" {
			open = append(open, to)
		}
	}
	return open
}

// runner is a subject whose Run is under way.
type runner struct {
	Subject
	t      testing.TB
	cancel context.CancelFunc
	done   chan error
}

func start(t testing.TB, s Subject) *runner {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &runner{Subject: s, t: t, cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- s.Device.Run(ctx) }()
	t.Cleanup(r.stop)
	return r
}

// stop ends Run and checks that it does end.
func (r *runner) stop() {
	if r.done == nil {
		return
	}
	r.cancel()
	select {
	case <-r.done:
	case <-time.After(patience):
		r.t.Error("Run does not end with its context")
	}
	r.done = nil
}

func (r *runner) working() bool {
	states := r.Working
	if len(states) == 0 {
		states = []devices.State{devices.Ready}
	}
	return slices.Contains(states, r.Device.Status().State)
}

// until waits for a condition.
func (r *runner) until(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("never: %s; status %+v", what, r.Device.Status())
		}
	}
}

func (r *runner) use() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.Use(ctx); err != nil {
		r.t.Errorf("use: %v; status %+v", err, r.Device.Status())
	}
}

func (r *runner) plug(in bool) {
	r.t.Helper()
	move := r.Line.Unplug
	if in {
		move = r.Line.Plug
	}
	if err := move(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *runner) absent() bool { return r.Device.Status().State == devices.Absent }

func openAndUse(t *testing.T, make New) {
	r := start(t, make(t))
	r.until("found", r.working)
	s := r.Device.Status()
	if s.ID == "" || s.Kind == "" || s.Model == "" || s.Port == "" || s.Since.IsZero() {
		t.Errorf("the status is not complete: %+v", s)
	}
	r.use()
	r.use()
	r.stop()
	if !r.absent() {
		t.Errorf("after Run the state is %s", r.Device.Status().State)
	}
}

// watch checks that changes are told, in order, and that every fault that shows
// is declared.
func watch(t *testing.T, make New) {
	r := start(t, make(t))
	var mu sync.Mutex
	var seen []devices.Status
	stop := r.Device.Watch(func(s devices.Status) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, s)
	})
	mu.Lock()
	if len(seen) == 0 {
		t.Error("Watch did not call at once")
	}
	mu.Unlock()
	r.until("found", r.working)
	r.plug(false)
	r.until("gone", r.absent)
	r.until("told that it is gone", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(seen) > 1 && seen[len(seen)-1].State == devices.Absent
	})
	if len(r.Device.Status().Faults) == 0 {
		t.Error("absent without a fault that says why")
	}
	stop()
	mu.Lock()
	told := len(seen)
	for _, s := range seen {
		check(t, s)
	}
	mu.Unlock()
	r.plug(true)
	r.until("found again", r.working)
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != told {
		t.Error("told after stop")
	}
}

// check compares the faults of a status with their declarations.
func check(t testing.TB, s devices.Status) {
	t.Helper()
	for _, f := range s.Faults {
		d, ok := devices.DeclarationOf(f.Code)
		switch {
		case !ok:
			t.Errorf("fault %q is not declared", f.Code)
		case d.Severity != f.Severity:
			t.Errorf("fault %q has severity %s, declared is %s", f.Code, f.Severity, d.Severity)
		case len(d.Kinds) > 0 && !slices.Contains(d.Kinds, s.Kind):
			t.Errorf("fault %q of a %s is declared for %v", f.Code, s.Kind, d.Kinds)
		case f.Since.IsZero():
			t.Errorf("fault %q has no time", f.Code)
		}
	}
}

func cancelled(t *testing.T, make New) {
	r := start(t, make(t))
	r.until("found", r.working)
	if r.Wait != nil {
		ctx, cancel := context.WithCancel(context.Background())
		res := goWait(r, ctx)
		cancel()
		ended(t, res, "a call whose context ended")
		r.use()
		res = goWait(r, context.Background())
		r.stop()
		ended(t, res, "a call when Run ended")
	}
}

func goWait(r *runner, ctx context.Context) <-chan error {
	res := make(chan error, 1)
	go func() { res <- r.Wait(ctx) }()
	time.Sleep(50 * time.Millisecond)
	return res
}

func ended(t testing.TB, res <-chan error, what string) {
	t.Helper()
	select {
	case err := <-res:
		if err == nil {
			t.Errorf("%s returned no error", what)
		}
	case <-time.After(patience):
		t.Fatalf("%s does not return", what)
	}
}

func replug(t *testing.T, make New) {
	r := start(t, make(t))
	r.until("found", r.working)
	for i := range 3 {
		r.plug(false)
		r.until(fmt.Sprintf("gone, time %d", i+1), r.absent)
		check(t, r.Device.Status())
		r.plug(true)
		r.until(fmt.Sprintf("found again, time %d", i+1), r.working)
		if f := r.Device.Status().Faults; slices.ContainsFunc(f, func(f devices.Fault) bool { return f.Severity == devices.Error }) {
			t.Errorf("faults are left: %+v", f)
		}
		r.use()
	}
}

func late(t *testing.T, make New) {
	s := make(t)
	if err := s.Line.Unplug(); err != nil {
		t.Fatal(err)
	}
	r := start(t, s)
	r.until("a fault that says why", func() bool { return r.absent() && len(r.Device.Status().Faults) > 0 })
	check(t, r.Device.Status())
	time.Sleep(700 * time.Millisecond)
	r.plug(true)
	r.until("found", r.working)
	r.use()
}

func unplugWaiting(t *testing.T, make New) {
	r := start(t, make(t))
	r.until("found", r.working)
	if r.Wait == nil {
		r.plug(false)
		r.until("gone", r.absent)
		r.stop()
		return
	}
	res := goWait(r, context.Background())
	r.plug(false)
	ended(t, res, "a call whose device was unplugged")
	r.plug(true)
	r.until("found again", r.working)
	r.use()
}

func noise(t *testing.T, make New) {
	r := start(t, make(t))
	r.until("found", r.working)
	if r.Noise == nil {
		r.use()
		return
	}
	for _, n := range []int{1, 7, 100, 2000} {
		r.Noise(n)
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond)
	r.until("usable after noise", func() bool {
		s := r.Device.Status().State
		return r.working() || s == devices.Degraded
	})
	check(t, r.Device.Status())
	r.use()
}
