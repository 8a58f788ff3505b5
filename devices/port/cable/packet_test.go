package cable

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hallway/devices/port"
)

// mirror is a device that says back on IN pipe n what came on OUT pipe n, after a
// greeting on pipe 0, and keeps its feature reports.
type mirror struct {
	hello    port.Hello
	status   byte
	features chan []byte
}

func (e *mirror) Hello() port.Hello { return e.hello }

func (e *mirror) ServeBus(ctx context.Context, bus Bus) error {
	if err := bus.Send(0, []byte("hello")); err != nil {
		return err
	}
	for {
		tag, b, err := bus.Receive()
		if err != nil {
			return err
		}
		switch tag {
		case port.TagFeature:
			e.features <- b
		case port.TagStatus:
			err = bus.Status(e.status)
		default:
			err = bus.Send(tag, b)
		}
		if err != nil {
			return err
		}
	}
}

// packetLine plugs a device into a line of packets and gives the opener of a
// scheme.
func packetLine(t *testing.T, scheme string, d Device) (*Cable, port.Opener) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "line")
	c, err := New("packet:"+path, Packets(d))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	o, err := port.Parse(scheme + ":" + c.Address())
	if err != nil {
		t.Fatal(err)
	}
	return c, o
}

func openLine[P any](t *testing.T, o port.Opener) P {
	t.Helper()
	p, err := o.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	typed, ok := p.(P)
	if !ok {
		t.Fatalf("%s opens a %T", o.Address(), p)
	}
	return typed
}

func reads(t *testing.T, read func([]byte) (int, error), want string) {
	t.Helper()
	b := make([]byte, 64)
	if n, err := read(b); err != nil || string(b[:n]) != want {
		t.Fatalf("read %q, %v; want %q", b[:n], err, want)
	}
}

func TestPacketsOfAHIDDevice(t *testing.T) {
	d := &mirror{hello: port.Hello{In: 1, Out: 1, InLen: 64, OutLen: 32}, features: make(chan []byte, 1)}
	_, o := packetLine(t, "hid", d)
	p := openLine[port.Packets](t, o)
	if in, out := p.Lengths(); in != 64 || out != 32 {
		t.Errorf("reports of %d and %d bytes", in, out)
	}
	reads(t, p.Read, "hello")
	for _, s := range []string{"one", "two"} {
		if n, err := p.Write([]byte(s)); n != 3 || err != nil {
			t.Fatal(n, err)
		}
	}
	reads(t, func(b []byte) (int, error) { return p.Read(b[:2]) }, "on") // the rest of a report is lost, as in the system
	reads(t, p.Read, "two")
	if err := p.Feature([]byte{0xFE, 1}); err != nil {
		t.Fatal(err)
	}
	if got := <-d.features; !bytes.Equal(got, []byte{0xFE, 1}) {
		t.Errorf("feature report % x", got)
	}
	if _, ok := port.Port(p).(port.Pipes); ok {
		t.Error("a HID device is taken for one with bulk pipes")
	}
}

func TestPacketsOfBulkPipes(t *testing.T) {
	_, o := packetLine(t, "usb", &mirror{hello: port.Hello{In: 2, Out: 2}})
	p := openLine[port.Pipes](t, o)
	if in, out := p.Pipes(); in != 2 || out != 2 {
		t.Errorf("%d and %d pipes", in, out)
	}
	long := bytes.Repeat([]byte{0xA5}, 40_000)
	go func() {
		if n, err := p.WritePipe(1, long); n != len(long) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}()
	reads(t, p.Read, "hello")
	var got []byte
	for b := make([]byte, 1000); len(got) < len(long); {
		n, err := p.ReadPipe(1, b)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b[:n]...)
	}
	if !bytes.Equal(got, long) {
		t.Error("another answer")
	}
	for _, i := range []int{-1, 2} {
		if _, err := p.WritePipe(i, []byte("x")); port.CodeOf(err) != port.Protocol {
			t.Errorf("write on pipe %d: %v", i, err)
		}
		if _, err := p.ReadPipe(i, make([]byte, 1)); port.CodeOf(err) != port.Protocol {
			t.Errorf("read on pipe %d: %v", i, err)
		}
	}
}

func TestPacketsOfAPrinter(t *testing.T) {
	d := &mirror{hello: port.Hello{In: 1, Out: 1, OneWay: true, DeviceID: "MDL:T1;"}, status: 0x18}
	_, o := packetLine(t, "usblp", d)
	p := openLine[port.PaperPort](t, o)
	if id, err := p.DeviceID(); id != "MDL:T1;" || err != nil || !p.OneWay() {
		t.Errorf("%q, %v, one way %v", id, err, p.OneWay())
	}
	if s, err := p.PaperStatus(); s != 0x18 || err != nil {
		t.Errorf("status %02x, %v", s, err)
	}
}

func TestPacketsOfAKeyboard(t *testing.T) {
	_, o := packetLine(t, "evdev", &mirror{hello: port.Hello{In: 1, Held: []uint16{42}}})
	p := openLine[port.KeyPort](t, o)
	if h := p.Held(); len(h) != 1 || h[0] != 42 {
		t.Errorf("held: %v", h)
	}
	if _, err := p.Write([]byte("x")); port.CodeOf(err) != port.Protocol {
		t.Errorf("a write: %v", err)
	}
}

func TestPacketLineErrors(t *testing.T) {
	c, o := packetLine(t, "usb", &mirror{hello: port.Hello{In: 2, Out: 2}})
	p := openLine[port.Pipes](t, o)
	reads(t, p.Read, "hello")
	if err := p.SetReadTimeout(10 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 8)); port.CodeOf(err) != port.Timeout {
		t.Errorf("nothing comes: %v", err)
	}
	if _, err := o.Open(t.Context()); port.CodeOf(err) != port.InUse {
		t.Errorf("a second program: %v", err)
	}
	if err := p.SetReadTimeout(0); err != nil {
		t.Fatal(err)
	}
	res := make(chan error, 2)
	read := func(i int) {
		_, err := p.ReadPipe(i, make([]byte, 8))
		res <- err
	}
	go read(0)
	go read(1)
	if err := c.Unplug(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-res; port.CodeOf(err) != port.HangUp {
			t.Errorf("pulled out under a read: %v", err)
		}
	}
	if _, err := o.Open(t.Context()); port.CodeOf(err) != port.Gone {
		t.Errorf("not plugged in: %v", err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	p = openLine[port.Pipes](t, o)
	go read(1)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-res; port.CodeOf(err) != port.Closed {
		t.Errorf("closed under a read: %v", err)
	}
}

// A simulator that was killed leaves its socket behind; one that lives keeps it.
func TestPacketSocketIsTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "line")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := Packets(&mirror{hello: port.Hello{In: 1, Out: 1}})
	a, err := New("packet:"+path, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Plug(); err != nil {
		t.Fatal(err)
	}
	b, err := New("packet:"+path, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Plug(); err == nil {
		t.Error("two simulators at one address")
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Error(err)
	}
}
