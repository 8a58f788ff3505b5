package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/evaluator/screen"
)

// The bench's screen finds its counter by the door file, is pulled out and
// plugged in, and rates.
func TestBenchSimulatesAnEvaluatorsScreen(t *testing.T) {
	dir, err := os.MkdirTemp("", "bench") // the system takes no long path of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const device = "version = 1\nrun = %q\n[[device]]\nid = \"e\"\nkind = \"evaluator\"\nmodel = %q\nat = %q\n"
	door := "door:" + filepath.Join(dir, screen.DoorFile)
	for _, bad := range [][2]string{{"screen", "tcp:127.0.0.1:0"}, {"screen", "door:"}, {"caller21", door}} {
		if c, err := ParseConfig("test", fmt.Appendf(nil, device, dir, bad[0], bad[1])); err == nil {
			t.Errorf("%v was accepted: %+v", bad, c.Device)
		}
	}
	c, err := ParseConfig("test", fmt.Appendf(nil, device, dir, "screen", door))
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	d, err := screen.FromConfig(devices.Config{ID: "e", Kind: devices.KindEvaluator, Model: "screen", Options: map[string]string{"dir": dir}})
	if err != nil {
		t.Fatal(err)
	}
	e := d.(*screen.Screen)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		if err := b.Run(ctx, nil); err != nil {
			t.Error(err)
		}
	})
	work.Go(func() { _ = e.Run(ctx) })
	defer work.Wait()
	defer cancel()
	until := func(ok func() bool) {
		for !ok() && ctx.Err() == nil {
			time.Sleep(2 * time.Millisecond)
		}
	}
	shows := func(what string) func() bool {
		return func() bool { return b.State().Devices[0].Evaluator.Shows == what }
	}
	until(shows(screen.ShowWelcome))
	if err := b.Plug("e", false); err != nil {
		t.Fatal(err)
	}
	until(func() bool { return e.Status().State == devices.Absent })
	if err := b.Press("e", 3); err == nil {
		t.Error("a key of a screen that is pulled out was taken")
	}
	if err := b.Plug("e", true); err != nil {
		t.Fatal(err)
	}
	until(func() bool { return e.Status().State == devices.Ready && shows(screen.ShowWelcome)() })
	var pressing sync.WaitGroup
	pressing.Go(func() {
		until(func() bool { return b.State().Devices[0].Evaluator.Asking })
		if err := b.Press("e", 3); err != nil {
			t.Error(err)
		}
	})
	a, err := e.Ask(ctx, "t", time.Minute)
	pressing.Wait()
	if s := b.State().Devices[0]; err != nil || a.Level != 3 || s.Evaluator.Last != 3 || s.Address != door {
		t.Errorf("answer %+v, %v; the bench shows %+v", a, err, s)
	}
}
