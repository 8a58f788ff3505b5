package inside

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/port"
	"hallway/devices/scanner/wedge"
	"hallway/devices/scanner/wedge/wedgesim"
)

// keyWire is a scanner that types, on the input layer of this machine.
type keyWire struct {
	keyboard
	vid, pid uint16
	plugged  bool
}

func (w *keyWire) Plug() error {
	if w.plugged {
		return nil
	}
	w.plugged = true
	return w.connect(w.vid, w.pid)
}

func (w *keyWire) Unplug() error {
	if !w.plugged {
		return nil
	}
	w.plugged = false
	return w.keyboard.Unplug()
}

// enter types event records, a report every 4 ms as a scanner would: the system
// keeps few of them, and says so when it has lost some.
func (w *keyWire) enter(events []byte) error {
	for len(events) > 0 {
		n := 24
		for n < len(events) && events[n-24+16] != 0 {
			n += 24
		}
		if _, err := w.f.Write(events[:n]); err != nil {
			return err
		}
		events = events[n:]
		time.Sleep(4 * time.Millisecond)
	}
	return nil
}

// plugIn plugs a device in until the test ends.
func plugIn(t testing.TB, device interface {
	Plug() error
	Unplug() error
}) {
	t.Helper()
	t.Cleanup(func() {
		if err := device.Unplug(); err != nil {
			t.Errorf("unplug: %v", err)
		}
	})
	if err := device.Plug(); err != nil {
		t.Fatal(err)
	}
}

// newKeyWire plugs a typing scanner in.
func newKeyWire(t testing.TB, vid, pid uint16) *keyWire {
	t.Helper()
	w := &keyWire{vid: vid, pid: pid}
	plugIn(t, w)
	return w
}

func TestTypingScanner(t *testing.T) {
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		w := newKeyWire(t, 0x05F9, 0x2206)
		sim := wedgesim.New(wedgesim.Options{Alt: true})
		s := wedge.New(address(t, "evdev:05f9:2206"), wedge.Options{ID: "scanner", Gap: 2 * time.Second})
		n := 0
		return devicetest.Subject{Device: s, Line: w, Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				n++
				code := fmt.Sprintf("厅-%d", n)
				return devicetest.Scan(ctx, s, code, func() {
					_ = w.enter(sim.Keys([]byte(code))) // unplugged: scanned again
				})
			}}
	}, cycles())
}

// Nobody but the driver hears a scan, whatever is in it.
func TestNobodyElseHearsAScan(t *testing.T) {
	w := newKeyWire(t, 0x05F9, 0x2207)
	var node string
	until(t, "the node", func() bool {
		for _, n := range (port.Sys{}).List(port.ClassInput) {
			if n.VID == 0x05F9 {
				node = n.Dev
			}
		}
		return node != ""
	})
	other, err := os.OpenFile(node, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s := wedge.New(address(t, "evdev:05f9:2207"), wedge.Options{ID: "scanner", Gap: 2 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(ctx) }()
	defer func() { cancel(); <-done }()
	until(t, "the scanner is ours", func() bool { return s.Status().State == devices.Ready })
	sim := wedgesim.New(wedgesim.Options{})
	for _, events := range [][]byte{wedgesim.Tap(29, 56, 111), wedgesim.Tap(56, 62), wedgesim.Tap(1), sim.Keys([]byte("rm -rf \x04\x1a")), sim.Keys([]byte("A012"))} {
		if err := w.enter(events); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"rm -rf ", "A012"} {
		if sc := <-s.Scans(); sc.Text != want {
			t.Errorf("%q came as %q", want, sc.Text)
		}
	}
	if err := other.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := other.Read(make([]byte, 2400)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("another reader got %d bytes, %v: the keys are not ours alone", n, err)
	}
	second := wedge.New(address(t, "evdev:05f9:2207"), wedge.Options{ID: "second"})
	over := make(chan struct{})
	go func() { defer close(over); _ = second.Run(ctx) }()
	until(t, "the grab is refused", func() bool {
		f := second.Status().Faults
		return len(f) == 1 && f[0].Code == "grab_refused"
	})
	cancel()
	<-over
}
