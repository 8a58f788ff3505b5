package table_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/caller"
	"hallway/devices/caller/table"
	"hallway/devices/devicetest"
	"hallway/devices/frame"
	"hallway/devices/frame/framesim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	for name, l := range map[string]struct{ scheme, query string }{"tarm": {"serial", "baud=9600"}, "tcp": {"tcp", ""}} {
		t.Run(name, func(t *testing.T) {
			devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, l.scheme, l.query) })
		})
	}
}

func load(t testing.TB) frame.Table {
	t.Helper()
	tb, err := frame.Load("caller21")
	if err != nil {
		t.Fatal(err)
	}
	tb.Evaluator = nil // the clerk's side alone
	return tb
}

func subject(t testing.TB, scheme, query string) devicetest.Subject {
	tb := load(t)
	sim := framesim.New(tb, 0, cable.Shape{ChunkMax: 3, Seed: 9}, nil)
	line := devicetest.NewLine(t, scheme, query, sim)
	d := table.New(line.Opener, table.Options{ID: "caller", Table: tb})
	n := 0
	return devicetest.Subject{
		Device: d, Line: line, Noise: sim.Noise,
		Use: func(ctx context.Context) error {
			n = n%900 + 1
			if err := d.Show(ctx, fmt.Sprintf("A%03d", n)); err != nil {
				return err
			}
			press, stop := context.WithCancel(ctx)
			var pressing sync.WaitGroup
			pressing.Go(func() { // a person presses again when nothing happens
				for try := 0; press.Err() == nil; try++ {
					if _, err := sim.Call(press, frame.KeyNext, fmt.Sprintf("%d%d", try%2, n)); err != nil {
						return
					}
					_ = port.Sleep(press, 20*time.Millisecond)
				}
			})
			defer func() { stop(); pressing.Wait() }()
			select {
			case p := <-d.Keys():
				if p.Key != frame.KeyNext || strings.TrimLeft(p.Digits, "01") != strings.TrimLeft(fmt.Sprint(n), "01") {
					return fmt.Errorf("press %+v, want %d", p, n)
				}
			case <-ctx.Done():
				return ctx.Err()
			}
			for sim.Shown().Number != fmt.Sprint(n) {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				time.Sleep(time.Millisecond)
			}
			return nil
		},
	}
}

// rig is a caller whose clock stands still until it is moved.
type rig struct {
	caller.Caller
	sim   *framesim.Sim
	mu    sync.Mutex
	clock time.Time
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

func (r *rig) later(d time.Duration) {
	r.mu.Lock()
	r.clock = r.clock.Add(d)
	r.mu.Unlock()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	tb := load(t)
	r := &rig{sim: framesim.New(tb, 7, cable.Shape{}, nil), clock: time.Date(2030, 1, 2, 9, 0, 0, 0, time.UTC)}
	c, err := cable.New("tcp:127.0.0.1:0", r.sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(c.Address())
	if err != nil {
		t.Fatal(err)
	}
	r.Caller = table.New(opener, table.Options{ID: "caller", Table: tb, Address: 7, Clock: r.now})
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = c.Close() })
	r.until(t, "ready", func() bool { return r.Status().State == devices.Ready })
	return r
}

func (r *rig) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s; status %+v", what, r.Status())
		}
	}
}

func (r *rig) press(t *testing.T, key string) {
	t.Helper()
	if acked, err := r.sim.Call(t.Context(), key, ""); err != nil || !acked {
		t.Fatalf("key %s: acknowledged %v, %v", key, acked, err)
	}
}

// Nobody takes the key while the one before it is worked on: it is
// acknowledged, dropped and never done later.
func TestKeysAreNeverDoneLater(t *testing.T) {
	r := newRig(t)
	r.press(t, frame.KeyNext)
	r.until(t, "the dropped key", func() bool { return r.Status().Counters["dropped"] == 1 })
	r.later(2 * time.Second)
	got := make(chan caller.Press, 2)
	ctx, stop := context.WithCancel(t.Context())
	var listening sync.WaitGroup
	listening.Go(func() {
		for {
			select {
			case p := <-r.Keys():
				got <- p
			case <-ctx.Done():
				return
			}
		}
	})
	defer func() { stop(); listening.Wait() }()
	// The listener may not listen yet: a person presses again.
	for p := (caller.Press{}); p.Key == ""; {
		r.later(2 * time.Second)
		r.press(t, frame.KeyRecall)
		select {
		case p = <-got:
			if p.Key != frame.KeyRecall {
				t.Fatalf("press %+v: an old key was done later", p)
			}
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// A frame that comes again because its acknowledgement was lost is one press.
func TestRepeatedFrameIsOnePress(t *testing.T) {
	r := newRig(t)
	r.press(t, frame.KeyNext)
	r.press(t, frame.KeyNext)
	r.until(t, "the repeated frame", func() bool { return r.Status().Counters["repeated"] == 1 })
	r.later(2 * time.Second)
	r.press(t, frame.KeyNext)
	r.until(t, "another press", func() bool { return r.Status().Counters["dropped"] == 2 }) // nobody listens
}

func TestNumberThatDoesNotFitIsBlank(t *testing.T) {
	r := newRig(t)
	for _, v := range []struct{ number, shown string }{{"A012", "12"}, {"A1234", ""}, {"B999", "999"}, {"", ""}} {
		if err := r.Show(t.Context(), v.number); err != nil {
			t.Fatal(err)
		}
		r.until(t, v.number, func() bool { return r.sim.Shown().Number == v.shown })
	}
	if err := r.Beep(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.until(t, "the beep", func() bool { return r.sim.Shown().Beeps == 1 })
}
