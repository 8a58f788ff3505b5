package escpos_test

import (
	"context"
	"io"
	"path/filepath"
	"sync"
	"testing"

	"hallway/devices"
	"hallway/devices/port"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
)

// deaf is a printer behind a line that leads one way only.
type deaf struct{ sim *escpossim.Sim }

func (d deaf) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	defer context.AfterFunc(ctx, func() { _ = rw.Close() })()
	buf := make([]byte, 512)
	for {
		n, err := rw.Read(buf)
		d.sim.Receive(buf[:n])
		if err != nil {
			return err
		}
	}
}

// Hello and ServeBus make it a one-way printer of the USB printer class, which
// tells its status beside the data.
func (d deaf) Hello() port.Hello { return port.Hello{In: 1, Out: 1, OneWay: true} }

func (d deaf) ServeBus(_ context.Context, bus cable.Bus) error {
	for {
		tag, b, err := bus.Receive()
		if err != nil {
			return err
		}
		if tag != port.TagStatus {
			d.sim.Receive(b)
			continue
		}
		status := byte(0x18)
		if d.sim.Body().PaperEnd {
			status = 0x30
		}
		if err := bus.Status(status); err != nil {
			return err
		}
	}
}

func oneWayRig(t *testing.T, at string, simulator func(deaf) cable.Simulator, address func(string) string, o escpos.Options) *rig {
	t.Helper()
	r := &rig{t: t, limit: -1, sim: escpossim.New(escpossim.Options{Clears: true, NativeQR: true})}
	var err error
	if r.cable, err = cable.New(at, simulator(deaf{r.sim})); err != nil {
		t.Fatal(err)
	}
	if err := r.cable.Plug(); err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse(address(r.cable.Address()))
	if err != nil {
		t.Fatal(err)
	}
	if o.Profile, err = escpos.ProfileNamed("generic80"); err != nil {
		t.Fatal(err)
	}
	o.ID = "p"
	r.p = escpos.New(opener, o)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = r.sim.Run(ctx) })
	work.Go(func() { _ = r.p.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait(); _ = r.cable.Close() })
	return r
}

// On a line that tells nothing a job is printed, and nobody says that it was.
func TestOneWayLine(t *testing.T) {
	r := oneWayRig(t, "tcp:127.0.0.1:0", func(d deaf) cable.Simulator { return d }, func(a string) string { return a }, escpos.Options{OneWay: true})
	r.state(devices.Degraded)
	r.fault(escpos.FaultOneWay, true)
	got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001")})
	if got != printer.Unknown || err == nil {
		t.Fatalf("outcome %s, %v", got, err)
	}
	r.until("the slip", func() bool { return r.slipsWith("A001") == 1 })
	if got := r.p.Status().Caps["answers"]; got != "no" {
		t.Errorf("answers %q", got)
	}
}

// A USB interface that leads one way says so itself, and tells of the paper.
func TestOneWayUSB(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lp")
	r := oneWayRig(t, "packet:"+path, func(d deaf) cable.Simulator { return cable.Packets(d) },
		func(string) string { return "usblp:unix:" + path }, escpos.Options{})
	r.state(devices.Degraded)
	if got, err := r.p.Print(t.Context(), printer.Job{ID: "1", Doc: ticket("A001")}); got != printer.Parsed {
		t.Fatalf("outcome %s, %v", got, err)
	}
	r.until("the slip", func() bool { return r.slipsWith("A001") == 1 })
	r.sim.SetBody(func(b *escpossim.Body) { b.PaperEnd = true })
	r.fault(escpos.FaultPaperEnd, true)
	if got, err := r.p.Print(t.Context(), printer.Job{ID: "2", Doc: ticket("A002")}); got != printer.NotPrinted || err == nil {
		t.Fatalf("without paper: %s, %v", got, err)
	}
	r.sim.SetBody(func(b *escpossim.Body) { b.PaperEnd = false })
	r.fault(escpos.FaultPaperEnd, false)
	if got, err := r.p.Print(t.Context(), printer.Job{ID: "3", Doc: ticket("A003")}); got != printer.Parsed {
		t.Fatalf("with paper again: %s, %v", got, err)
	}
}
