package terminal

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/scanner"
)

// wrongly is a printer with its faults of configuration around it.
func wrongly(printers ...string) *Devices {
	known := devices.Factories{
		"printer/fake": func(c devices.Config) (devices.Device, error) {
			return &fakePrinter{fakeDevice: newFake(c.ID, devices.KindPrinter)}, nil
		},
		"printer/broken": func(devices.Config) (devices.Device, error) { return nil, errors.New("no such profile") },
		"printer/odd":    func(c devices.Config) (devices.Device, error) { return newFake(c.ID, devices.KindPrinter), nil },
	}
	var configs []devices.Config
	for i, model := range printers {
		configs = append(configs, devices.Config{ID: "p" + itoa(i+1), Kind: devices.KindPrinter, Model: model})
	}
	return NewDevices(slog.New(slog.DiscardHandler), known, configs)
}

func TestADeviceConfiguredWronglyIsShownAsFailed(t *testing.T) {
	for _, tc := range []struct {
		name   string
		models []string
		faults []string // of each
		why    string   // why nothing can be printed; "": it can
	}{
		{"right", []string{"fake"}, []string{""}, ""},
		{"none", nil, nil, "no_printer"},
		{"unknown model", []string{"nonsense"}, []string{"model_unknown"}, "model_unknown"},
		{"refused by its driver", []string{"broken"}, []string{"misconfigured"}, "misconfigured"},
		{"of no contract", []string{"odd"}, []string{"misconfigured"}, "misconfigured"},
		{"two of a kind", []string{"fake", "fake"}, []string{"", "misconfigured"}, ""},
		{"the second is right", []string{"broken", "fake"}, []string{"misconfigured", ""}, ""},
		{"the first one's fault", []string{"nonsense", "broken"}, []string{"model_unknown", "misconfigured"}, "model_unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			devs := wrongly(tc.models...)
			act := devs.usable(devices.KindPrinter, "no_printer")
			if act.Allowed != (tc.why == "") || !act.Allowed && act.Why.Code != tc.why || act.Allowed && devs.Printer == nil {
				t.Errorf("usable: %+v, printer %v", act, devs.Printer)
			}
			w := newWorld()
			c := &clock{t: at("10:00")}
			fake := newFakeStore(w, "kiosk-1", c.now)
			core := newCore(Deps{Store: fake, Uplink: &fakeLine{}, Devices: devs, Clock: c.now})
			defer core.end()
			told := (&Reporter{Store: leaseless{fake}, Devices: devs}).Status().Devices
			views := core.deviceViews()
			if len(views) != len(tc.faults) || len(told) != len(tc.faults) {
				t.Fatalf("views %+v, told %+v", views, told)
			}
			for i, want := range tc.faults {
				view, status := "", ""
				for _, f := range views[i].Faults {
					view = f.Code
				}
				for _, f := range told[i].Faults {
					status = f.Code
				}
				if failed := views[i].State == devices.Failed; view != want || status != want || failed != (want != "") {
					t.Errorf("view %+v, told %+v; want fault %q", views[i], told[i], want)
				}
			}
		})
	}
}

func TestACrashedDriverIsNotUsed(t *testing.T) {
	devs := devicesOf(crashing{&fakePrinter{fakeDevice: newFake("printer", devices.KindPrinter)}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { devs.Run(ctx); close(done) }()
	eventually(t, "the crash", func() bool {
		act := devs.usable(devices.KindPrinter, "no_printer")
		return !act.Allowed && act.Why.Code == "driver_crashed"
	})
	cancel()
	<-done
}

// crashing is a printer whose driver panics, though it says that it is ready.
type crashing struct{ *fakePrinter }

func (crashing) Run(context.Context) error { panic("crash") }

// leaseless is a store without leases.
type leaseless struct{ *fakeStore }

func (leaseless) Leases() []store.Lease { return nil }

func TestFaultsAreToldByTheHallsClock(t *testing.T) {
	// The hall's clock is not this machine's: a demo hall runs on a shifted one.
	c := &clock{t: at("10:00")}
	fake := newFakeStore(newWorld(), "kiosk-1", c.now)
	told := (&Reporter{Store: leaseless{fake}, Devices: wrongly("nonsense")}).Status()
	for _, f := range told.Devices[0].Faults {
		if ago := told.At.Sub(f.Since); ago < -time.Second || ago > time.Minute {
			t.Errorf("the fault of just now is told as of %v, the hall's clock is %v", f.Since, told.At)
		}
	}
	if len(told.Devices[0].Faults) == 0 {
		t.Fatal("no fault to look at")
	}
}

// A terminal may have several scanners, which are used as one.
func TestSeveralScannersAreUsedAsOne(t *testing.T) {
	var made []fakeScanner
	known := devices.Factories{"scanner/fake": func(c devices.Config) (devices.Device, error) {
		s := fakeScanner{newFake(c.ID, devices.KindScanner), make(chan scanner.Scan)}
		made = append(made, s)
		return s, nil
	}}
	var configs []devices.Config
	for _, id := range []string{"gun", "window"} {
		configs = append(configs, devices.Config{ID: id, Kind: devices.KindScanner, Model: "fake"})
	}
	devs := NewDevices(slog.New(slog.DiscardHandler), known, configs)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { devs.Run(ctx); close(done) }()
	for i, id := range []string{"gun", "window", "gun"} {
		made[i%2].scans <- scanner.Scan{Text: id}
		if s := <-devs.Scanner.Scans(); s.Text != id {
			t.Errorf("%q came as %q", id, s.Text)
		}
	}
	if act := devs.usable(devices.KindScanner, "no_scanner"); !act.Allowed {
		t.Errorf("%+v", act)
	}
	cancel()
	<-done
	if one := NewDevices(slog.New(slog.DiscardHandler), known, configs[:1]); one.Scanner != scanner.Source(made[2]) {
		t.Error("one scanner is not used as it is")
	}
}
