package inside

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// cardSubject is a card reader at an address, on a line.
func cardSubject(t testing.TB, at string, sim *sdtsim.Sim, line interface {
	Plug() error
	Unplug() error
}) devicetest.Subject {
	r := sdt.New(address(t, at), sdt.Options{ID: "reader", Hold: 200 * time.Millisecond, SameCard: time.Millisecond, Finger: true})
	names := []string{"resident", "Y"}
	return devicetest.Subject{Device: r, Line: line, Working: []devices.State{devices.Ready, devices.Degraded},
		Use: func(ctx context.Context) error {
			names[0], names[1] = names[1], names[0]
			want, err := sdtsim.Sample(names[0])
			if err != nil {
				return err
			}
			want.Finger = make([]byte, 1024)
			lift := func() {
				sim.Remove()
				before, _, _ := sim.Counts()
				for asked := before; asked < before+10 && ctx.Err() == nil; asked, _, _ = sim.Counts() {
					time.Sleep(20 * time.Millisecond) // until the reader has missed the card often enough
				}
			}
			return placed(ctx, r, func() error { return sim.Place(names[0], want) }, lift, func(c *idcard.Card) bool {
				return c.Number == want.Number && len(c.Finger) == 2
			})
		}}
}

// placed puts a card down as a person does: one that could not be read, because
// the emulated machine was too slow for the reader's patience, is put down again,
// twice at most.
func placed(ctx context.Context, r idcard.Reader, place func() error, lift func(), is func(*idcard.Card) bool) error {
	for try := 1; ; try++ {
		if err := place(); err != nil {
			return err
		}
		select {
		case e := <-r.Events():
			lift()
			switch {
			case e.Card != nil && is(e.Card):
				return nil
			case e.Card != nil || e.Err != idcard.ErrUnreadable || try == 3:
				return fmt.Errorf("not the card on the plate: error %q", e.Err)
			}
		case <-ctx.Done():
			lift()
			return ctx.Err()
		}
	}
}

// bulkWire is a device of this program on bulk pipes.
type bulkWire struct {
	bulk   *Bulk
	device cable.Device
	cancel context.CancelFunc
	done   chan struct{}
}

// Plug plugs the device in and lets it speak.
func (w *bulkWire) Plug() error {
	if w.done != nil {
		return nil
	}
	if err := w.bulk.Plug(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel, w.done = cancel, make(chan struct{})
	go func() {
		defer close(w.done)
		_ = w.device.ServeBus(ctx, &bulkBus{bulk: w.bulk, over: make(chan struct{})}) // it ends by being unplugged
	}()
	return nil
}

// Unplug pulls it out under whatever is going on.
func (w *bulkWire) Unplug() error {
	if w.done == nil {
		return nil
	}
	err := w.bulk.Unplug()
	w.cancel()
	<-w.done
	w.done = nil
	return err
}

// bulkBus is the device's side of bulk pipes.
type bulkBus struct {
	bulk *Bulk
	once sync.Once
	over chan struct{}
}

func (b *bulkBus) Send(pipe int, data []byte) error { return b.bulk.Send(pipe, data) }
func (b *bulkBus) Status(byte) error                { return errors.ErrUnsupported }

func (b *bulkBus) Receive() (int, []byte, error) {
	select {
	case p := <-b.bulk.got:
		return p.pipe, p.data, nil
	case <-b.over:
		return 0, nil, io.EOF
	}
}

func (b *bulkBus) Close() error {
	b.once.Do(func() { close(b.over) })
	return nil
}

func TestCardReaderOnBulkPipes(t *testing.T) {
	for pairs, pipes := range map[int]sdtsim.Pipes{1: sdtsim.OnePair, 2: sdtsim.TwoPairs} {
		t.Run(string(pipes), func(t *testing.T) {
			bulk, err := MakeBulk(fmt.Sprintf("sdt%d", pairs), 0, 0x0400, 0xC35A, pairs)
			if err != nil {
				t.Fatal(err)
			}
			devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
				sim := sdtsim.New(sdtsim.Options{OnceOnly: true})
				w := &bulkWire{bulk: bulk, device: sim.OnUSB(pipes)}
				t.Cleanup(func() {
					if err := w.Unplug(); err != nil {
						t.Errorf("unplug: %v", err)
					}
				})
				if err := w.Plug(); err != nil {
					t.Fatal(err)
				}
				return cardSubject(t, "usb:0400:c35a", sim, w)
			}, cycles())
		})
	}
}

// onReports lets a device speak reports on the gadget's own node.
type onReports struct {
	device  cable.Device
	feature byte // number of the feature report, where it has one
}

func (d onReports) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	defer context.AfterFunc(ctx, func() { rw.Close() })()
	return d.device.ServeBus(ctx, reportBus{rw, d.feature})
}

type reportBus struct {
	io.ReadWriteCloser
	feature byte
}

func (b reportBus) Status(byte) error { return errors.ErrUnsupported }

func (b reportBus) Send(_ int, report []byte) error {
	_, err := b.Write(report)
	return err
}

func (b reportBus) Receive() (int, []byte, error) {
	report := make([]byte, 256)
	n, err := b.Read(report)
	if errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	if n > 0 && b.feature != 0 && report[0] == b.feature {
		return port.TagFeature, report[:n], err
	}
	return 0, report[:n], err
}

func TestCardReaderByReports(t *testing.T) {
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		sim := sdtsim.New(sdtsim.Options{OnceOnly: true})
		g := gadget(t, "hidreader", 0x2B8B, 0x2721, Function{Name: "hid.sdt", Attrs: hid(plain64, "64").Attrs})
		return cardSubject(t, "hid:2b8b:2721", sim, newWire(t, g, "hid.sdt", "dev", "/dev/hidg", onReports{device: sim.OnUSB(sdtsim.Reports)}))
	}, cycles())
}
