package table_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/evaluator/table"
	"hallway/devices/frame"
	"hallway/devices/frame/framesim"
	"hallway/devices/port/cable"
)

type rig struct {
	sim   *framesim.Sim
	cable *cable.Cable
	e     *table.Evaluator
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newRig(t *testing.T, shape cable.Shape) *rig {
	t.Helper()
	tb, err := frame.Load("caller21")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{sim: framesim.New(tb, 0, shape, nil)}
	if r.cable, err = cable.New("serial:"+filepath.Join(t.TempDir(), "evaluator"), r.sim); err != nil {
		t.Fatal(err)
	}
	if err := r.cable.Plug(); err != nil {
		t.Fatal(err)
	}
	d, err := table.FromConfig(devices.Config{ID: "evaluator-1", Kind: devices.KindEvaluator, Model: "caller21", Port: r.cable.Address()})
	if err != nil {
		t.Fatal(err)
	}
	r.e = d.(*table.Evaluator)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.e.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = r.cable.Close() })
	until(t, "ready", func() bool { return r.e.Status().State == devices.Ready })
	return r
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

func TestAskGivesTheKeyThatWasPressed(t *testing.T) {
	for _, shape := range []cable.Shape{{}, {Baud: 9600, ChunkMax: 3, Latency: 5 * time.Millisecond, Garbage: 0.5, Seed: 7}} {
		r := newRig(t, shape)
		for level := 1; level <= 5; level++ {
			var press sync.WaitGroup
			press.Go(func() {
				until(t, "the prompt", func() bool { return r.sim.Shown().Asking })
				if acked, err := r.sim.Press(t.Context(), level); err != nil || !acked {
					t.Errorf("key %d: acknowledged %v, %v", level, acked, err)
				}
			})
			a, err := r.e.Ask(t.Context(), "t1", time.Minute)
			press.Wait()
			if err != nil || a.Level != level || a.Ref != "t1" {
				t.Fatalf("answer %+v, %v; want level %d", a, err, level)
			}
			until(t, "thanks", func() bool { return !r.sim.Shown().Asking })
		}
	}
}

func TestNoKeyIsNotRated(t *testing.T) {
	r := newRig(t, cable.Shape{})
	a, err := r.e.Ask(t.Context(), "t1", 50*time.Millisecond)
	if err != nil || a.Level != 0 {
		t.Fatalf("answer %+v, %v; want level 0", a, err)
	}
	until(t, "the welcome picture", func() bool { return r.sim.Shown().Prompt != "ask" })
}

func TestKeysPressedWhileNothingIsAskedAreDropped(t *testing.T) {
	r := newRig(t, cable.Shape{})
	if acked, err := r.sim.Press(t.Context(), 5); err != nil || !acked {
		t.Fatalf("acknowledged %v, %v: a key is acknowledged at any time", acked, err)
	}
	a, err := r.e.Ask(t.Context(), "t1", 100*time.Millisecond)
	if err != nil || a.Level != 0 {
		t.Fatalf("answer %+v, %v; want level 0", a, err)
	}
}

func TestUnpluggedWhileAskingIsAnErrorAndNotRated(t *testing.T) {
	r := newRig(t, cable.Shape{})
	go func() {
		until(t, "the prompt", func() bool { return r.sim.Shown().Asking })
		if err := r.cable.Unplug(); err != nil {
			t.Error(err)
		}
	}()
	a, err := r.e.Ask(t.Context(), "t1", time.Minute)
	if err == nil || a.Level != 0 { // without a key and without an error it would have waited out its minute
		t.Fatalf("answer %+v, %v", a, err)
	}
	until(t, "absent", func() bool { return r.e.Status().State == devices.Absent && len(r.e.Status().Faults) == 1 })
	if _, err := r.e.Ask(t.Context(), "t2", time.Second); err == nil {
		t.Error("asked an evaluator that is not there")
	}
	if err := r.cable.Plug(); err != nil {
		t.Fatal(err)
	}
	until(t, "ready again", func() bool { return r.e.Status().State == devices.Ready })
}

// One box that is evaluator and caller: its keys call while nothing is asked,
// its display shows the number, and asking covers it for a while.
func TestDeskIsEvaluatorAndCaller(t *testing.T) {
	tb, err := frame.Load("caller21")
	if err != nil {
		t.Fatal(err)
	}
	sim := framesim.New(tb, 3, cable.Shape{}, nil)
	c, err := cable.New("tcp:127.0.0.1:0", sim)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	d, err := table.FromConfig(devices.Config{ID: "desk", Kind: devices.KindEvaluator, Model: "caller21", Port: c.Address(),
		Options: map[string]string{"address": "3", "calls": "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	desk := d.(table.Desk)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = desk.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = c.Close() })
	until(t, "ready", func() bool { return desk.Status().State == devices.Ready })
	if err := desk.Show(ctx, "A012"); err != nil {
		t.Fatal(err)
	}
	until(t, "the number", func() bool { return sim.Shown().Number == "12" })
	work.Go(func() { _, _ = sim.Call(ctx, frame.KeyTransfer, "21") })
	if p := <-desk.Keys(); p.Key != frame.KeyTransfer || p.Digits != "21" {
		t.Errorf("press %+v", p)
	}
	work.Go(func() {
		until(t, "the prompt", func() bool { return sim.Shown().Asking })
		if err := desk.Show(ctx, "A013"); err != nil {
			t.Error(err)
		}
		if !sim.Shown().Asking {
			t.Error("a number covers the asking")
		}
		_, _ = sim.Press(ctx, 2)
	})
	if a, err := desk.Ask(ctx, "t", time.Minute); err != nil || a.Level != 2 {
		t.Errorf("answer %+v, %v", a, err)
	}
	until(t, "the number of the next person", func() bool { return sim.Shown().Number == "13" })
}
