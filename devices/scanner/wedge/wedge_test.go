package wedge

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/port/cable"
	"hallway/devices/scanner"
	"hallway/devices/scanner/text"
	"hallway/devices/scanner/wedge/wedgesim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a driver on a simulated scanner.
type rig struct {
	t    *testing.T
	sim  *wedgesim.Sim
	line devicetest.Line
	*Scanner
}

func newRig(t *testing.T, so wedgesim.Options, o Options) *rig {
	t.Helper()
	sim := wedgesim.New(so)
	r := &rig{t: t, sim: sim, line: devicetest.NewLine(t, "evdev", "", cable.Packets(sim))}
	o.ID = "scanner"
	r.Scanner = New(r.line.Opener, o)
	r.run(r.Scanner)
	r.until(r.Scanner, "ready", func(s devices.Status) bool { return s.State == devices.Ready })
	return r
}

func (r *rig) run(s *Scanner) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	r.t.Cleanup(func() {
		cancel()
		<-done
	})
}

func (r *rig) until(d *Scanner, what string, ok func(devices.Status) bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(d.Status()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waited a minute for: %s; status %+v", what, d.Status())
		}
	}
}

func (r *rig) next() scanner.Scan {
	r.t.Helper()
	select {
	case s := <-r.Scans():
		return s
	case <-time.After(time.Minute):
		r.t.Fatal("no scan in a minute")
		return scanner.Scan{}
	}
}

func (r *rig) scan(code string) scanner.Scan {
	r.t.Helper()
	if !r.sim.Scan(code) {
		r.t.Fatal("the scanner types nothing")
	}
	return r.next()
}

func TestScans(t *testing.T) {
	r := newRig(t, wedgesim.Options{Alt: true, Held: []uint16{42}}, Options{})
	for _, code := range []string{"T*370100*20260105*A012*7", "示例市政务服务中心"} {
		if s := r.scan(code); s.Text != code || s.Broken || s.At.IsZero() {
			t.Errorf("%q came as %q", code, s.Text)
		}
	}
	r.sim.Type(wedgesim.Tap(1, 59, 125))
	r.until(r.Scanner, "the keys are counted and nothing else", func(s devices.Status) bool {
		return s.Counters["ignored_keys"] > 0 && s.Counters["scans"] == 2 && s.Counters["broken"] == 0
	})
}

func TestSilence(t *testing.T) {
	r := newRig(t, wedgesim.Options{Suffix: []uint16{}}, Options{})
	if s := r.scan("HALF"); !s.Broken || s.Text != "" {
		t.Errorf("a code without its end came as %q", s.Text)
	}
	r = newRig(t, wedgesim.Options{Suffix: []uint16{}}, Options{Suffix: None})
	if s := r.scan("WHOLE"); s.Text != "WHOLE" {
		t.Errorf("%+v", s)
	}
}

func TestUnplugInTheMiddle(t *testing.T) {
	r := newRig(t, wedgesim.Options{Suffix: []uint16{}}, Options{Gap: time.Minute})
	r.sim.Scan("HALF")
	if err := r.line.Unplug(); err != nil {
		t.Fatal(err)
	}
	r.until(r.Scanner, "absent", func(s devices.Status) bool { return s.State == devices.Absent })
	for len(r.Scans()) > 0 { // none, when it was pulled out before the keys were read
		if s := <-r.Scans(); !s.Broken {
			t.Errorf("half a code came as %q", s.Text)
		}
	}
	if err := r.line.Plug(); err != nil {
		t.Fatal(err)
	}
	r.until(r.Scanner, "ready", func(s devices.Status) bool { return s.State == devices.Ready })
	r.until(r.Scanner, "typed", func(devices.Status) bool { return r.sim.Type(wedgesim.Tap(30, 28)) })
	if s := r.next(); s.Text != "a" {
		t.Errorf("after replugging: %q", s.Text)
	}
}

// A scanner that another program has is a fault of its own, until it is let go.
func TestGrabRefused(t *testing.T) {
	first := newRig(t, wedgesim.Options{}, Options{})
	second := New(first.line.Opener, Options{ID: "second"})
	first.run(second)
	first.until(second, "refused", func(s devices.Status) bool {
		return s.State == devices.Absent && len(s.Faults) == 1 && s.Faults[0].Code == "grab_refused" && s.Faults[0].Severity == devices.Error
	})
	if s := first.scan("MINE"); s.Text != "MINE" {
		t.Errorf("the first program: %+v", s)
	}
}

func TestFromConfig(t *testing.T) {
	d, err := FromConfig(devices.Config{ID: "s", Port: "evdev:05f9:2204", Options: map[string]string{
		"suffix": "TAB", "prefix": "$$", "min": "4", "gap": "60ms", "aim": "off"}})
	if err != nil {
		t.Fatal(err)
	}
	if o := d.(*Scanner).o; o.Suffix != Tab || o.Prefix != "$$" || o.Least != 4 || o.Gap != 60*time.Millisecond || o.AIM != text.Never {
		t.Errorf("%+v", o)
	}
	for name, bad := range map[string]string{"suffix": "return", "min": "0", "gap": "1h", "aim": "yes", "prefixx": "x"} {
		if _, err := FromConfig(devices.Config{Port: "evdev:05f9:2204", Options: map[string]string{name: bad}}); err == nil {
			t.Errorf("%s = %q was taken", name, bad)
		}
	}
}

func TestConformance(t *testing.T) {
	devicetest.Run(t, func(t testing.TB) devicetest.Subject {
		sim := wedgesim.New(wedgesim.Options{Seed: 5})
		line := devicetest.NewLine(t, "evdev", "", cable.Packets(sim))
		s := New(line.Opener, Options{ID: "scanner"})
		n := 0
		return devicetest.Subject{
			Device: s, Line: line, Noise: sim.Noise,
			Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				n++
				code := fmt.Sprintf("CODE-%d", n)
				return devicetest.Scan(ctx, s, code, func() { sim.Scan(code) })
			},
		}
	})
}
