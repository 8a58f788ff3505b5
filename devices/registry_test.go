package devices_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
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
	var logged strings.Builder
	r := devices.NewRegistry(slog.New(slog.NewTextHandler(&logged, nil)), nil)
	known := devices.Factories{
		"printer/dummy":  func(c devices.Config) (devices.Device, error) { return newDummy(c.ID), nil },
		"printer/broken": func(devices.Config) (devices.Device, error) { return nil, errors.New("no such profile") },
		"printer/lost": func(c devices.Config) (devices.Device, error) {
			_, err := port.Parse(c.Port)
			return nil, err
		},
	}
	wants := []struct {
		config devices.Config
		report devices.Outcome
		shown  string // id in Statuses, "" not there
		fault  string
	}{
		{devices.Config{ID: "a", Kind: "printer", Model: "dummy"}, devices.Loaded, "a", ""},
		{devices.Config{ID: "b", Kind: "printer", Model: "dummy", Off: true}, devices.Skipped, "", ""},
		{devices.Config{ID: "c", Kind: "printer", Model: "broken"}, devices.Refused, "c", "misconfigured"},
		{devices.Config{ID: "d", Kind: "voice", Model: "dummy"}, devices.Refused, "d", "model_unknown"},
		{devices.Config{ID: "a", Kind: "printer", Model: "dummy"}, devices.Refused, "a (2)", "misconfigured"},
		{devices.Config{Kind: "printer", Model: "dummy"}, devices.Refused, "printer", "misconfigured"},
		{devices.Config{ID: "e", Kind: "printer", Model: "lost", Port: "usb"}, devices.Refused, "e", "port_bad_address"},
		{devices.Config{ID: "f", Kind: "printer", Model: "dummy"}, devices.Loaded, "f", ""},
	}
	for _, w := range wants {
		r.Load(known, w.config)
	}
	reports, statuses := r.Reports(), r.Statuses()
	if len(reports) != len(wants) || len(statuses) != len(wants)-1 {
		t.Fatalf("reports %+v, statuses %+v", reports, statuses)
	}
	for i, w := range wants {
		if got := reports[i]; got.Outcome != w.report || (w.report != devices.Loaded) != (got.Reason != "") {
			t.Errorf("report %d is %+v, want %s, with a reason unless loaded", i, got, w.report)
		}
		if w.shown == "" {
			continue
		}
		s := statuses[0]
		statuses = statuses[1:]
		fault := ""
		for _, f := range s.Faults {
			if fault = f.Code; f.Detail != reports[i].Reason {
				t.Errorf("fault %+v does not say the report's reason", f)
			}
		}
		if s.ID != w.shown || fault != w.fault || (s.State == devices.Failed) != (w.fault != "") {
			t.Errorf("status %+v, want %s with fault %q", s, w.shown, w.fault)
		}
		if level := strings.Contains(logged.String(), "level=ERROR msg=\"device failed\" device="+s.ID+" "); !strings.Contains(s.ID, " ") && level != (w.fault != "") {
			t.Errorf("%s is logged as an error: %v", s.ID, level)
		}
	}
}

func TestARefusedDeviceIsTold(t *testing.T) {
	r := devices.NewRegistry(slog.New(slog.DiscardHandler), nil)
	r.Load(nil, devices.Config{ID: "a", Kind: devices.KindPrinter, Model: "x"})
	told := 0
	stop := r.Watch(func(s devices.Status) { told += len(s.Faults) })
	defer stop()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r.Run(ctx)
	if told != 1 {
		t.Errorf("watchers were told %d faults, want the one of the start and no crash", told)
	}
}

func TestAPanicStopsOneDeviceOnlyAndIsShown(t *testing.T) {
	var logged strings.Builder
	r := devices.NewRegistry(slog.New(slog.NewTextHandler(&logged, nil)), nil)
	a, b := newDummy("a"), newDummy("b")
	a.panics.Store(1)
	made := map[string]*dummy{"a": a, "b": b}
	r.Load(devices.Factories{"printer/dummy": func(c devices.Config) (devices.Device, error) { return made[c.ID], nil }},
		devices.Config{ID: "a", Kind: "printer", Model: "dummy"}, devices.Config{ID: "b", Kind: "printer", Model: "dummy"})
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
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
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

// Everything about a device is in one place, in the words of a catalogue.
func TestSnapshotIsTheOnePlace(t *testing.T) {
	r := devices.NewRegistry(slog.New(slog.DiscardHandler), nil)
	one := newDummy("one")
	known := devices.Factories{"printer/dummy": func(c devices.Config) (devices.Device, error) {
		if c.ID == "one" {
			return one, nil
		}
		return newDummy(c.ID), nil
	}}
	r.Load(known, devices.Config{ID: "one", Kind: "printer", Model: "dummy"}, devices.Config{ID: "off", Kind: "printer", Model: "dummy", Off: true},
		devices.Config{ID: "odd", Kind: "printer", Model: "none"})
	one.Apply(driver.Change{State: devices.Ready, Faults: map[string]devices.Severity{"paper_end": devices.Error}, Counters: map[string]int64{"slips": 3}})
	all := r.Snapshot(func(key string) string { return "«" + key + "»" })
	if len(all) != 3 {
		t.Fatalf("%+v", all)
	}
	if v := all[0]; v.State != devices.Failed || v.Counters["slips"] != 3 || v.Outcome != devices.Loaded ||
		len(v.Told) != 1 || v.Told[0] != (devices.Told{Code: "paper_end", What: "«fault.paper_end»", Remedy: "«remedy.paper_end»"}) {
		t.Errorf("%+v", v)
	}
	if v := all[1]; v.ID != "off" || v.Outcome != devices.Skipped || v.State != "" || v.Reason == "" {
		t.Errorf("%+v", v)
	}
	if v := all[2]; v.State != devices.Failed || v.Outcome != devices.Refused || len(v.Told) != 1 || v.Told[0].Code != "model_unknown" {
		t.Errorf("%+v", v)
	}
}
