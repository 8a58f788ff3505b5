package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/evaluator/table"
)

// A hall's own table is simulated by the bench as its driver reads it.
func TestBenchSimulatesAHallsOwnTable(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("../frame/tables/five_key.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "own.toml")
	own := strings.NewReplacer("five_key", "own", "{sum}", "{crc16r:8005,FFFF,lo}").Replace(string(text))
	if err := os.WriteFile(path, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("version = 1\nrun = %q\n[[device]]\nid = \"e\"\nkind = \"evaluator\"\nmodel = %q\nat = \"tcp:127.0.0.1:0\"\n", dir, path)
	c, err := ParseConfig("test", []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	ready := make(chan struct{})
	work.Go(func() {
		if err := b.Run(ctx, func() { close(ready) }); err != nil {
			t.Error(err)
		}
	})
	defer work.Wait()
	defer cancel()
	<-ready
	d, err := table.FromConfig(devices.Config{ID: "e", Kind: devices.KindEvaluator, Model: path, Port: b.State().Devices[0].Address})
	if err != nil {
		t.Fatal(err)
	}
	e := d.(*table.Evaluator)
	work.Go(func() { _ = e.Run(ctx) })
	until := func(ok func() bool) {
		for !ok() && ctx.Err() == nil {
			time.Sleep(2 * time.Millisecond)
		}
	}
	until(func() bool { return e.Status().State == devices.Ready })
	var pressing sync.WaitGroup
	pressing.Go(func() {
		until(func() bool { return b.State().Devices[0].Evaluator.Asking })
		if err := b.Press("e", 3); err != nil {
			t.Error(err)
		}
	})
	a, err := e.Ask(ctx, "t", time.Minute)
	pressing.Wait()
	if err != nil || a.Level != 3 {
		t.Errorf("answer %+v, %v", a, err)
	}
	for _, bad := range []string{"board4", filepath.Join(dir, "none.toml")} {
		text := strings.Replace(config, path, bad, 1)
		if c, err := ParseConfig("test", []byte(text)); err == nil {
			if _, err = New(Options{Config: c}); err == nil {
				t.Errorf("model %s was accepted as an evaluator", bad)
			}
		}
	}
}
