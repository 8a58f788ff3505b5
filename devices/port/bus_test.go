package port_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// echo sends back what it hears.
type echo struct{ *cable.Talk }

func (e echo) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return e.Talk.Serve(ctx, rw, e.Send)
}

func newBus(t *testing.T) (*port.Bus, *cable.Cable) {
	t.Helper()
	c, err := cable.New("tcp:127.0.0.1:0", echo{cable.NewTalk(cable.Shape{})})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	b := port.NewBus()
	for range 2 {
		o, err := port.Parse(c.Address())
		if err != nil {
			t.Fatal(err)
		}
		b.Join(o)
	}
	if b.Address() != c.Address() {
		t.Errorf("address %s", b.Address())
	}
	return b, c
}

func opened(t *testing.T, b *port.Bus) port.Port {
	t.Helper()
	p, err := b.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func hears(t *testing.T, p port.Port, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(p, b); err != nil || string(b) != want {
		t.Errorf("heard %q, %v; want %q", b, err, want)
	}
}

func TestEverybodyOnABusHearsEverything(t *testing.T) {
	b, _ := newBus(t)
	one, two := opened(t, b), opened(t, b)
	for i := range 20 {
		text := fmt.Sprintf("frame %d;", i)
		from := one
		if i%2 == 1 {
			from = two
		}
		if _, err := from.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		hears(t, one, text)
		hears(t, two, text)
	}
	if err := two.SetReadTimeout(time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Read(make([]byte, 1)); !port.IsTimeout(err) {
		t.Errorf("nothing comes: %v", err)
	}
}

func TestABusIsOpenAsLongAsSomebodyUsesIt(t *testing.T) {
	b, _ := newBus(t)
	one, two := opened(t, b), opened(t, b)
	ended := make(chan error, 1)
	go func() {
		_, err := one.Read(make([]byte, 1))
		ended <- err
	}()
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; port.CodeOf(err) != port.Closed {
		t.Errorf("a pending read: %v", err)
	}
	if _, err := one.Write([]byte("x")); port.CodeOf(err) != port.Closed {
		t.Errorf("a write after Close: %v", err)
	}
	if _, err := two.Write([]byte("still")); err != nil {
		t.Fatal(err)
	}
	hears(t, two, "still")
	if err := two.Close(); err != nil {
		t.Fatal(err)
	}
	three := opened(t, b) // the line was really closed: a simulator serves one program
	if _, err := three.Write([]byte("again")); err != nil {
		t.Fatal(err)
	}
	hears(t, three, "again")
}

func TestABusFailsForAllAndComesBack(t *testing.T) {
	b, c := newBus(t)
	one, two := opened(t, b), opened(t, b)
	if err := c.Unplug(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []port.Port{one, two} {
		if _, err := p.Read(make([]byte, 1)); err == nil || port.IsTimeout(err) {
			t.Errorf("after the cable was pulled: %v", err)
		}
	}
	if err := one.Close(); err != nil && !errors.As(err, new(*port.Error)) {
		t.Error(err)
	}
	if _, err := b.Open(t.Context()); err == nil {
		t.Error("opened without a cable")
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	again := opened(t, b) // though one driver has not let go of the old line yet
	if _, err := again.Write([]byte("back")); err != nil {
		t.Fatal(err)
	}
	hears(t, again, "back")
}

func TestManyDriversComeAndGoOnABus(t *testing.T) {
	b, _ := newBus(t)
	var work sync.WaitGroup
	for range 6 {
		work.Go(func() {
			for range 20 {
				p, err := b.Open(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := p.Write([]byte("x")); err != nil {
					t.Error(err)
				}
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
}
