package hidpos

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/scanner"
	"hallway/devices/scanner/hidpos/hidpossim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a driver on a simulated scanner.
type rig struct {
	t    *testing.T
	sim  *hidpossim.Sim
	line devicetest.Line
	*Scanner
}

// newRig starts a driver; change, where given, stands between it and its line.
func newRig(t *testing.T, so hidpossim.Options, o Options, change func(port.Opener) port.Opener) *rig {
	t.Helper()
	sim := hidpossim.New(so)
	line := devicetest.NewLine(t, "hid", "", cable.Packets(sim))
	o.ID = "scanner"
	opener := line.Opener
	if change != nil {
		opener = change(opener)
	}
	s, err := New(opener, o)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, sim: sim, line: line, Scanner: s}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	r.until("found", func(s devices.Status) bool { return s.State == devices.Ready || s.State == devices.Degraded })
	return r
}

func (r *rig) until(what string, ok func(devices.Status) bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(r.Status()); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waited a minute for: %s; status %+v", what, r.Status())
		}
	}
}

// scan sends a code as soon as the scanner has what it needs.
func (r *rig) scan(code string, d hidpossim.Damage) scanner.Scan {
	r.t.Helper()
	r.until("the scanner sends", func(devices.Status) bool { return r.sim.Scan([]byte(code), d) })
	select {
	case s := <-r.Scans():
		return s
	case <-time.After(time.Minute):
		r.t.Fatal("no scan in a minute")
		return scanner.Scan{}
	}
}

func TestScans(t *testing.T) {
	r := newRig(t, hidpossim.Options{AIM: "]Q1", Needs: []byte{0xFE, 1}}, Options{Quirks: "honeywell"}, nil)
	for _, code := range []string{"T*370100*20260105*A012*7", "示例市政务服务中心", strings.Repeat("x", 700)} {
		if s := r.scan(code, hidpossim.Damage{Garbage: true}); s.Text != code || s.AIM != "]Q1" || s.At.IsZero() {
			t.Errorf("%q came as %q", code, s.Text)
		}
	}
	r.until("all is counted", func(s devices.Status) bool {
		return s.State == devices.Ready && s.Counters["scans"] == 3 && s.Counters["other_reports"] == 3 && s.Caps["quirks"] == "honeywell"
	})
	if h := r.sim.Heard(); len(h) != 0 {
		t.Errorf("the driver sent %x", h)
	}
}

// A code that is cut off is broken; three are a fault; the next is whole.
func TestCutCodes(t *testing.T) {
	r := newRig(t, hidpossim.Options{AIM: "]Q1"}, Options{Gap: 50 * time.Millisecond}, nil)
	for range 3 {
		if s := r.scan(strings.Repeat("A", 100), hidpossim.Damage{Cut: true}); !s.Broken || s.Text != "" {
			t.Errorf("a cut code came as %q", s.Text)
		}
	}
	r.until("fault", func(s devices.Status) bool { return s.State == devices.Degraded && s.Faults[0].Code == "scan_broken" })
	if s := r.scan("HALLWAY", hidpossim.Damage{}); s.Text != "HALLWAY" {
		t.Errorf("the next code came as %q, broken %v", s.Text, s.Broken)
	}
	r.until("healed", func(s devices.Status) bool { return s.State == devices.Ready })
}

func TestUnplugInTheMiddle(t *testing.T) {
	r := newRig(t, hidpossim.Options{Simple: true}, Options{Gap: time.Minute}, nil)
	r.until("the scanner sends", func(devices.Status) bool { return r.sim.Send(simple(strings.Repeat("9", 62))) == nil })
	if err := r.line.Unplug(); err != nil {
		t.Fatal(err)
	}
	r.until("absent", func(s devices.Status) bool { return s.State == devices.Absent })
	for len(r.Scans()) > 0 { // none, when it was pulled out before the report was read
		if s := <-r.Scans(); !s.Broken {
			t.Errorf("half a code came as %q", s.Text)
		}
	}
	if err := r.line.Plug(); err != nil {
		t.Fatal(err)
	}
	r.until("found", func(s devices.Status) bool { return s.State == devices.Ready })
	if s := r.scan("B", hidpossim.Damage{}); s.Text != "B" {
		t.Errorf("after replugging: %q", s.Text)
	}
}

// refusing is a line whose device refuses feature reports.
type refusing struct{ port.Opener }

func (o refusing) Open(ctx context.Context) (port.Port, error) {
	p, err := o.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	return refusal{p.(port.Packets)}, nil
}

type refusal struct{ port.Packets }

func (refusal) Feature([]byte) error { return &port.Error{Code: port.Protocol, Op: "feature"} }

func TestRefusedSetting(t *testing.T) {
	r := newRig(t, hidpossim.Options{AIM: "]Q1"}, Options{Quirks: "youjie"}, func(o port.Opener) port.Opener { return refusing{o} })
	r.until("degraded", func(s devices.Status) bool {
		return s.State == devices.Degraded && s.Faults[0].Code == "scanner_setup"
	})
	if got := r.scan("A", hidpossim.Damage{}); got.Text != "A" {
		t.Errorf("%+v", got)
	}
}

func TestFromConfig(t *testing.T) {
	for _, c := range []struct {
		port, quirks string
		setup        []byte
		ok           bool
	}{
		{"hid:0c2e:0b61", "", []byte{0xFE, 1}, true},
		{"hid:23d0:0001@1-2?driver=karalabe", "", []byte{0xFE, 1}, true},
		{"hid:05e0:1300", "", nil, true},
		{"hid:0c2e:0b61", "none", nil, true},
		{"hid:/dev/hidraw0", "honeywell", []byte{0xFE, 1}, true},
		{"hid:/dev/hidraw0", "", nil, true},
		{"hid:/dev/hidraw0", "honywell", nil, false},
	} {
		d, err := FromConfig(devices.Config{ID: "s", Port: c.port, Options: map[string]string{"quirks": c.quirks}})
		if (err == nil) != c.ok {
			t.Errorf("%s %s: %v", c.port, c.quirks, err)
		}
		if s, ok := d.(*Scanner); c.ok && (!ok || !bytes.Equal(s.setup, c.setup)) {
			t.Errorf("%s %s: %+v", c.port, c.quirks, d)
		}
	}
	if _, err := parseQuirks("[[scanner]]\nname = \"x\"\nfeature = [256]\n"); err == nil {
		t.Error("256 was taken for a byte")
	}
}

func TestConformance(t *testing.T) {
	devicetest.Run(t, func(t testing.TB) devicetest.Subject {
		sim := hidpossim.New(hidpossim.Options{AIM: "]Q1", Needs: []byte{0xFE, 1}, Seed: 5})
		line := devicetest.NewLine(t, "hid", "", cable.Packets(sim))
		s, err := New(line.Opener, Options{ID: "scanner", Quirks: "honeywell"})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		return devicetest.Subject{
			Device: s, Line: line, Noise: sim.Noise,
			Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				n++
				code := fmt.Sprintf("CODE-%d", n)
				return devicetest.Scan(ctx, s, code, func() { sim.Scan([]byte(code), hidpossim.Damage{}) })
			},
		}
	})
}
