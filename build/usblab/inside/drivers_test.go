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
	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
	"hallway/devices/scanner/serialscan"
	"hallway/devices/scanner/serialscan/serialscansim"
)

// wire is a simulator behind a gadget: the very simulator of the other tests,
// but what the driver has is a real USB device.
type wire struct {
	gadget *Gadget
	own    func() (*os.File, error)
	sim    cable.Simulator
	cancel context.CancelFunc
	done   chan struct{}
}

// newWire plugs a simulator in.
func newWire(t testing.TB, g *Gadget, function, attr, prefix string, sim cable.Simulator) *wire {
	t.Helper()
	w := &wire{gadget: g, sim: sim}
	w.own = func() (*os.File, error) {
		node, err := g.Node(function, attr, prefix)
		if err != nil {
			return nil, err
		}
		f, err := os.OpenFile(node, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		if err != nil || attr != "port_num" {
			return f, err
		}
		return f, rawMode(f)
	}
	t.Cleanup(func() {
		if err := errors.Join(w.Unplug(), g.Remove()); err != nil {
			t.Errorf("take the gadget away: %v", err)
		}
	})
	if err := w.Plug(); err != nil {
		t.Fatal(err)
	}
	return w
}

// Plug plugs the gadget in and lets the simulator speak.
func (w *wire) Plug() error {
	if w.done != nil {
		return nil
	}
	if err := w.gadget.Plug(); err != nil {
		return err
	}
	f, err := w.own()
	for end := time.Now().Add(patience); err != nil && time.Now().Before(end); f, err = w.own() {
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel, w.done = cancel, make(chan struct{})
	go func() {
		defer close(w.done)
		_ = w.sim.Serve(ctx, f) // it ends by being unplugged
		f.Close()
	}()
	return nil
}

// Unplug pulls the gadget out under whatever is going on.
func (w *wire) Unplug() error {
	if w.done == nil {
		return nil
	}
	err := w.gadget.Unplug()
	w.cancel()
	<-w.done
	w.done = nil
	return err
}

// cycles is how often each device is pulled out.
func cycles() int {
	if testing.Short() {
		return 5
	}
	return 1000
}

// gadget makes a gadget that is not plugged in yet.
func gadget(t testing.TB, name string, vid, pid uint16, f Function) *Gadget {
	t.Helper()
	g, err := Make(name, 0, vid, pid, "", f)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func address(t testing.TB, s string) port.Opener {
	t.Helper()
	o, err := port.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCardReaderOnUSB(t *testing.T) {
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		sim := sdtsim.New(sdtsim.Options{OnceOnly: true})
		g := gadget(t, "reader", 0x10C4, 0x8A1B, Function{Name: "acm.reader"})
		w := newWire(t, g, "acm.reader", "port_num", "/dev/ttyGS", sim)
		r := sdt.New(address(t, "serial:usb-10c4:8a1b?baud=115200"), sdt.Options{ID: "reader", Hold: 200 * time.Millisecond, SameCard: time.Millisecond})
		names := []string{"resident", "Y"}
		return devicetest.Subject{Device: r, Line: w, Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				names[0], names[1] = names[1], names[0]
				want, _ := sdtsim.Sample(names[0])
				lift := func() {
					sim.Remove()
					time.Sleep(time.Second) // hands are no faster
				}
				return placed(ctx, r, func() error { return sim.PlaceSample(names[0]) }, lift, func(c *idcard.Card) bool { return c.Number == want.Number })
			}}
	}, cycles())
}

func TestScannerOnUSB(t *testing.T) {
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		sim := serialscansim.New(serialscansim.Options{AIM: "]Q1"})
		g := gadget(t, "scanner", 0x0C2E, 0x0B6A, Function{Name: "acm.scanner"})
		w := newWire(t, g, "acm.scanner", "port_num", "/dev/ttyGS", sim)
		s := serialscan.New(address(t, "serial:usb-0c2e:0b6a"), serialscan.Options{ID: "scanner"})
		n := 0
		return devicetest.Subject{Device: s, Line: w, Working: []devices.State{devices.Ready, devices.Degraded},
			Use: func(ctx context.Context) error {
				n++
				code := fmt.Sprintf("CODE-%d", n)
				sim.Scan(code)
				for {
					select {
					case sc := <-s.Scans():
						if sc.Text == code && !sc.Broken {
							return nil
						}
					case <-time.After(time.Second):
						sim.Scan(code) // the line was not there yet: a person scans again
					case <-ctx.Done():
						return ctx.Err()
					}
				}
			}}
	}, cycles())
}

func TestTicketPrinterOnUSB(t *testing.T) {
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		sim := escpossim.New(escpossim.Options{Confirms: true, Clears: true, NativeQR: true})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = sim.Run(ctx) }()
		t.Cleanup(func() { cancel(); <-ended })
		g := gadget(t, "printer", 0x04B8, 0x0E15, Function{Name: "printer.p", Attrs: map[string]string{"q_len": "8"}})
		w := newWire(t, g, "printer.p", "", "/dev/g_printer0", sim)
		p, err := escpos.ProfileNamed("epson80")
		if err != nil {
			t.Fatal(err)
		}
		d := escpos.New(address(t, "usblp:04b8:0e15"), escpos.Options{ID: "printer", Profile: p})
		doc := printer.Document{Title: "ticket", Cut: true, Blocks: []printer.Block{{Text: &printer.Text{S: "A001", Scale: 3}}, {QR: &printer.QR{Data: "A001"}}}}
		return devicetest.Subject{Device: d, Line: w, Working: []devices.State{devices.Ready},
			Use: func(ctx context.Context) error {
				for d.Ready() != nil && ctx.Err() == nil {
					time.Sleep(10 * time.Millisecond)
				}
				before := sim.Count()
				got, err := d.Print(ctx, printer.Job{ID: "1", Doc: doc})
				if err != nil || got != printer.Confirmed {
					return fmt.Errorf("outcome %s, %w", got, err)
				}
				if n := sim.Count() - before; n != 1 {
					return fmt.Errorf("%d slips", n)
				}
				return nil
			}}
	}, cycles())
}
