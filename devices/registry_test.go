package devices_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/driver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dummy is a device that becomes ready, and panics when told to.
type dummy struct {
	*driver.Base
	panics atomic.Int32 // how often Run panics
	runs   atomic.Int32
}

func newDummy(id string) *dummy {
	return &dummy{Base: driver.NewBase(id, devices.KindPrinter, "dummy", "file:/dev/null", nil)}
}

func (d *dummy) Run(ctx context.Context) error {
	d.runs.Add(1)
	if d.panics.Add(-1) >= 0 {
		panic("110101199003074514") // what a driver panics with may be personal
	}
	d.Apply(driver.Change{State: devices.Ready})
	<-ctx.Done()
	d.Apply(driver.Change{State: devices.Absent})
	return ctx.Err()
}

func TestLoadReportsEveryDevice(t *testing.T) {
	r := devices.NewRegistry(slog.New(slog.NewTextHandler(io.Discard, nil)), nil)
	known := devices.Factories{
		"printer/dummy":  func(c devices.Config) (devices.Device, error) { return newDummy(c.ID), nil },
		"printer/broken": func(devices.Config) (devices.Device, error) { return nil, errors.New("no such profile") },
	}
	err := r.Load(known,
		devices.Config{ID: "a", Kind: devices.KindPrinter, Model: "dummy"},
		devices.Config{ID: "b", Kind: devices.KindPrinter, Model: "dummy", Off: true},
		devices.Config{ID: "c", Kind: devices.KindPrinter, Model: "broken"},
		devices.Config{ID: "d", Kind: devices.KindVoice, Model: "dummy"},
		devices.Config{ID: "a", Kind: devices.KindPrinter, Model: "dummy"},
		devices.Config{Kind: devices.KindPrinter, Model: "dummy"},
	)
	if err == nil || !strings.Contains(err.Error(), "device c") || !strings.Contains(err.Error(), "device d") {
		t.Errorf("error %v", err)
	}
	want := []devices.Outcome{devices.Loaded, devices.Skipped, devices.Refused, devices.Refused, devices.Refused, devices.Refused}
	got := r.Reports()
	if len(got) != len(want) || len(r.Devices()) != 1 {
		t.Fatalf("reports %+v, %d devices", got, len(r.Devices()))
	}
	for i, w := range want {
		if got[i].Outcome != w || (w != devices.Loaded) != (got[i].Reason != "") {
			t.Errorf("report %d is %+v, want %s with a reason", i, got[i], w)
		}
	}
	if err := r.Add(newDummy("a")); err == nil {
		t.Error("a second device of one id was added")
	}
}

func TestAPanicStopsOneDeviceOnlyAndIsShown(t *testing.T) {
	var logged strings.Builder
	r := devices.NewRegistry(slog.New(slog.NewTextHandler(&logged, nil)), nil)
	a, b := newDummy("a"), newDummy("b")
	a.panics.Store(1)
	if err := errors.Join(r.Add(a), r.Add(b)); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	crashes, calls := 0, map[string]int{}
	stop := r.Watch(func(s devices.Status) {
		mu.Lock()
		defer mu.Unlock()
		calls[s.ID]++
		for _, f := range s.Faults {
			if f.Code == "driver_crashed" && s.State == devices.Failed {
				crashes++
			}
		}
	})
	defer stop()
	mu.Lock()
	if calls["a"] != 1 || calls["b"] != 1 {
		t.Errorf("Watch called %v at once", calls)
	}
	mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	bothReady(t, r)
	cancel()
	<-done
	mu.Lock()
	defer mu.Unlock()
	if a.runs.Load() != 2 || b.runs.Load() != 1 {
		t.Errorf("a ran %d times, b %d", a.runs.Load(), b.runs.Load())
	}
	if crashes == 0 {
		t.Error("the crash was not shown")
	}
	if !strings.Contains(logged.String(), "device=a") || strings.Contains(logged.String(), "110101199003074514") {
		t.Errorf("the log names the device, and nothing that a device said: %s", logged.String())
	}
}

// bothReady waits until two devices are ready and without a fault.
func bothReady(t *testing.T, r *devices.Registry) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		s := r.Statuses()
		if s[0].State == devices.Ready && s[1].State == devices.Ready && len(s[0].Faults) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("statuses %+v", s)
		}
	}
}

func TestDeclarations(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range devices.Declared() {
		if seen[d.Code] {
			t.Errorf("%s is declared twice", d.Code)
		}
		seen[d.Code] = true
		if d.Severity != devices.Info && d.Severity != devices.Warn && d.Severity != devices.Error {
			t.Errorf("%s has severity %q", d.Code, d.Severity)
		}
		if got, ok := devices.DeclarationOf(d.Code); !ok || got.Severity != devices.SeverityOf(d.Code) {
			t.Errorf("%s is not found", d.Code)
		}
	}
	if _, ok := devices.DeclarationOf("nonsense"); ok || devices.SeverityOf("nonsense") != devices.Error {
		t.Error("a fault that nobody declared was found")
	}
}
