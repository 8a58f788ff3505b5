package cable

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"hallway/devices/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ats are the lines that every test runs over, and what is added to the
// address that the driver opens.
var ats = map[string]struct{ at, add string }{
	"tarm":  {"serial:line", ""},
	"bugst": {"serial:line", "&driver=bugst"},
	"tcp":   {"tcp:127.0.0.1:0", ""},
}

// echo is a device that says what it hears, when it is not stuck.
type echo struct {
	*Talk
	stuck chan struct{}
}

func (e *echo) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return e.Talk.Serve(ctx, rw, func(b []byte) {
		if e.stuck != nil {
			<-e.stuck
		}
		e.Send(b)
	})
}

// eachLine runs f over an echoing line of each sort.
func eachLine(t *testing.T, shape Shape, f func(t *testing.T, c *Cable, open func() port.Port)) {
	for name, a := range ats {
		t.Run(name, func(t *testing.T) {
			at := a.at
			if at == "serial:line" {
				at = "serial:" + filepath.Join(t.TempDir(), "line")
			}
			c, err := New(at, &echo{Talk: NewTalk(shape)})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Plug(); err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			f(t, c, func() port.Port {
				o, err := port.Parse(c.Address() + a.add)
				if err != nil {
					t.Fatal(err)
				}
				p, err := o.Open(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				return p
			})
		})
	}
}

func TestEveryByteComesBack(t *testing.T) {
	shape := Shape{ChunkMax: 37, Baud: 921600, Jitter: time.Millisecond, Seed: 7}
	eachLine(t, shape, func(t *testing.T, c *Cable, open func() port.Port) {
		p := open()
		defer p.Close()
		sent := make([]byte, 6000)
		rand.Read(sent)
		for i := 0; i < 256; i++ {
			sent[i] = byte(i) // every byte value, also the control characters
		}
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			if n, err := p.Write(sent); n != len(sent) || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
		}()
		p.SetReadTimeout(time.Minute)
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(p, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("the echo differs: %v", err)
		}
		wg.Wait()
	})
}

func TestTimeoutIsExactAndHarmless(t *testing.T) {
	eachLine(t, Shape{}, func(t *testing.T, c *Cable, open func() port.Port) {
		p := open()
		defer p.Close()
		p.SetReadTimeout(30 * time.Millisecond)
		for range 3 {
			start := time.Now()
			_, err := p.Read(make([]byte, 1))
			if d := time.Since(start); !port.IsTimeout(err) || d < 25*time.Millisecond {
				t.Errorf("read: %v after %v", err, d)
			}
		}
		if _, err := p.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		p.SetReadTimeout(time.Minute)
		b := make([]byte, 4)
		if n, err := p.Read(b); n != 1 || b[0] != 'x' || err != nil {
			t.Errorf("after the time-outs: %d %v", n, err)
		}
	})
}

func TestUnplugIsAHangUpAndReplugIsFoundAgain(t *testing.T) {
	eachLine(t, Shape{}, func(t *testing.T, c *Cable, open func() port.Port) {
		for range 3 {
			p := open()
			res := make(chan error, 1)
			go func() { _, err := p.Read(make([]byte, 1)); res <- err }()
			time.Sleep(20 * time.Millisecond)
			if err := c.Unplug(); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-res:
				if port.CodeOf(err) != port.HangUp {
					t.Errorf("pending read: %v, want a hang-up", err)
				}
			case <-time.After(time.Minute):
				t.Fatal("the hang-up was never seen")
			}
			if _, err := p.Read(make([]byte, 1)); port.CodeOf(err) != port.HangUp {
				t.Errorf("next read: %v, want a hang-up again", err)
			}
			if _, err := p.Write(make([]byte, 10)); port.CodeOf(err) != port.HangUp {
				t.Errorf("write: %v, want a hang-up", err)
			}
			p.Close()
			o, _ := port.Parse(c.Address())
			if _, err := o.Open(context.Background()); port.CodeOf(err) != port.Gone {
				t.Errorf("opening an unplugged line: %v, want absent", err)
			}
			if err := c.Plug(); err != nil {
				t.Fatal(err)
			}
		}
		p := open()
		defer p.Close()
		p.SetReadTimeout(time.Minute)
		p.Write([]byte("a"))
		if n, err := p.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("after replugging: %v", err)
		}
	})
}

func TestCloseWithReadPending(t *testing.T) {
	eachLine(t, Shape{}, func(t *testing.T, c *Cable, open func() port.Port) {
		p := open()
		res := make(chan error, 1)
		go func() { _, err := p.Read(make([]byte, 1)); res <- err }()
		time.Sleep(20 * time.Millisecond)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := <-res; port.CodeOf(err) != port.Closed {
			t.Errorf("pending read: %v, want closed", err)
		}
		if _, err := p.Write([]byte("x")); port.CodeOf(err) != port.Closed {
			t.Errorf("write after close: %v", err)
		}
	})
}

// A device that takes no bytes must neither hang a write with a limit nor Close.
func TestStalledWrite(t *testing.T) {
	for name, a := range ats {
		t.Run(name, func(t *testing.T) {
			at := a.at
			if at == "serial:line" {
				at = "serial:" + filepath.Join(t.TempDir(), "line")
			}
			hold := make(chan struct{})
			c, err := New(at, &echo{Talk: NewTalk(Shape{}), stuck: hold})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Plug(); err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			defer close(hold)
			o, _ := port.Parse(c.Address() + a.add)
			p, err := o.Open(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			big := make([]byte, 32<<20)
			p.SetWriteTimeout(50 * time.Millisecond)
			if n, err := p.Write(big); n == len(big) || !port.IsTimeout(err) {
				t.Errorf("wrote %d, %v; want a time-out", n, err)
			}
			p.SetWriteTimeout(0)
			res := make(chan error, 1)
			go func() { _, err := p.Write(big); res <- err }()
			time.Sleep(30 * time.Millisecond)
			p.Close()
			if err := <-res; port.CodeOf(err) != port.Closed {
				t.Errorf("pending write: %v, want closed", err)
			}
		})
	}
}

func TestSecondProgramIsTold(t *testing.T) {
	for _, driver := range []string{"tarm", "bugst"} {
		c, err := New("serial:"+filepath.Join(t.TempDir(), "line"), &echo{Talk: NewTalk(Shape{})})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Plug(); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		o, _ := port.Parse(c.Address() + "&driver=" + driver)
		p, err := o.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(context.Background()); !errors.Is(err, &port.Error{Code: port.InUse}) {
			t.Errorf("%s: second open: %v, want busy", driver, err)
		}
		p.Close()
		p, err = o.Open(context.Background())
		if err != nil {
			t.Fatalf("%s: open after close: %v", driver, err)
		}
		p.Close()
	}
}

// A name that is taken away or given to another device is a hang-up, although the
// line itself stays up.
func TestVanishedNameIsAHangUp(t *testing.T) {
	for _, driver := range []string{"tarm", "bugst"} {
		path := filepath.Join(t.TempDir(), "line")
		c, err := New("serial:"+path, &echo{Talk: NewTalk(Shape{})})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Plug(); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		o, _ := port.Parse(c.Address() + "&driver=" + driver)
		p, err := o.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		p.SetReadTimeout(time.Minute)
		if _, err := p.Read(make([]byte, 1)); port.CodeOf(err) != port.HangUp {
			t.Errorf("%s: %v, want a hang-up", driver, err)
		}
		p.Close()
	}
}

// A link that was left behind must not lead a driver to somebody else's
// pseudo-terminal.
func TestStaleLinkIsAbsent(t *testing.T) {
	dir := t.TempDir()
	c, err := New("serial:"+filepath.Join(dir, "line"), &echo{Talk: NewTalk(Shape{})})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	node, err := os.Readlink(filepath.Join(dir, "line"))
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "old")
	if err := os.Symlink(node, old); err != nil {
		t.Fatal(err)
	}
	hour := unix.NsecToTimeval(time.Now().Add(-time.Hour).UnixNano())
	if err := unix.Lutimes(old, []unix.Timeval{hour, hour}); err != nil {
		t.Fatal(err)
	}
	o, _ := port.Parse("serial:" + old)
	if p, err := o.Open(context.Background()); port.CodeOf(err) != port.Gone {
		t.Errorf("opened %v, %v; want absent", p, err)
	}
}

// What the device said while nobody listened is not for the next program.
func TestOldBytesAreThrownAway(t *testing.T) {
	dev := &echo{Talk: NewTalk(Shape{})}
	c, err := New("serial:"+filepath.Join(t.TempDir(), "line"), dev)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	dev.Send([]byte("old"))
	time.Sleep(50 * time.Millisecond)
	o, _ := port.Parse(c.Address())
	p, err := o.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.SetReadTimeout(150 * time.Millisecond)
	if n, err := p.Read(make([]byte, 8)); n != 0 || !port.IsTimeout(err) {
		t.Errorf("read %d old bytes, %v", n, err)
	}
}

func TestSameSeedSameNoise(t *testing.T) {
	plan := func() []byte {
		c := NewTalk(Shape{ChunkMax: 5, Garbage: 0.5, Flip: 0.5, Cut: 0.2, Seed: 3})
		var all []byte
		for range 50 {
			_, chunks := c.plan([]byte("0123456789"))
			for _, k := range chunks {
				all = append(append(all, byte(len(k))), k...)
			}
		}
		return all
	}
	a, b := plan(), plan()
	if !bytes.Equal(a, b) {
		t.Error("the same seed gave other noise")
	}
	if bytes.Count(a, []byte("0123456789")) == 50 {
		t.Error("the noise does nothing")
	}
}

func TestPace(t *testing.T) {
	c := NewTalk(Shape{Baud: 115200})
	if d := c.wire(1295); d < 112*time.Millisecond || d > 113*time.Millisecond {
		t.Errorf("1295 bytes at 115200 take %v, want 112 ms", d)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, at := range []string{"", "serial:", "usb:1", "x"} {
		if _, err := New(at, &echo{Talk: NewTalk(Shape{})}); err == nil {
			t.Errorf("New(%q) did not fail", at)
		}
	}
}

// A pseudo-terminal has no modem lines: a line that is to be watched by one is
// refused, not silently unwatched.
func TestPresenceLineIsNotThere(t *testing.T) {
	c, err := New("serial:"+filepath.Join(t.TempDir(), "line")+"?presence=dsr", &echo{Talk: NewTalk(Shape{})})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o, err := port.Parse(c.Address())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Open(t.Context()); port.CodeOf(err) != port.Protocol {
		t.Errorf("opened with a presence line that it does not have: %v", err)
	}
}
