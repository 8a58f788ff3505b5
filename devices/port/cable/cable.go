// Package cable is the device's end of a line, for simulators: a
// pseudo-terminal behind a stable name, a TCP listener, or a socket that keeps
// the bounds of packets as USB does (Bus), that can be plugged in and pulled
// out (Cable); and the latency, pace, chunks and noise of a real line (Talk).
//
// Guarantees: bytes arrive in order; with the same seed and the same calls the
// chunks and the noise are the same; after Unplug the program at the other end
// sees a hang-up (or a refused connection) at once; after Close no goroutine
// and no node is left. Replugging gives a new pseudo-terminal under the same
// name, as a real adapter would come back under the same udev link.
// Expectations: one program at a time, as a serial line or a printer's port
// 9100 has it. Simulators end their session when its stream is closed.
// Source: design §4.
package cable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"hallway/devices/port"
)

// Simulator is a device without its cable. It keeps its state from session to
// session.
type Simulator interface {
	// Serve speaks on rw until the program leaves or ctx ends, and closes rw.
	Serve(ctx context.Context, rw io.ReadWriteCloser) error
}

// Cable is one line. Create it with New, then Plug.
type Cable struct {
	hand sync.Mutex // one hand at the plug: what is being pulled out is not plugged in meanwhile
	at   string
	open func(c *Cable) (end, error)
	sim  Simulator

	mu      sync.Mutex
	cur     *plugged
	address string
}

// end is the device's side of what was plugged in.
type end interface {
	// accept waits for the program; a pseudo-terminal is always there, once.
	accept() (io.ReadWriteCloser, error)
	close() error
	address() string
}

// plugged is the time between Plug and Unplug.
type plugged struct {
	end    end
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// New makes a line. at is «serial:PATH?baud=N» for a pseudo-terminal behind a
// symbolic link PATH, «tcp:HOST:PORT» for a listener (port 0 takes a free one,
// and keeps it), or «packet:PATH» for a line of packets; a driver opens that as
// «hid:unix:PATH», usb, usblp or evdev, as the device is one.
func New(at string, sim Simulator) (*Cable, error) {
	scheme, target, ok := strings.Cut(at, ":")
	if !ok || target == "" || sim == nil {
		return nil, fmt.Errorf("cable %q: want serial:PATH, tcp:HOST:PORT or packet:PATH, and a simulator", at)
	}
	c := &Cable{at: at, sim: sim, address: at}
	switch scheme {
	case "serial":
		path, query, _ := strings.Cut(target, "?")
		c.open = func(c *Cable) (end, error) { return openPty(path, query) }
	case "tcp":
		c.open = openTCP(target)
	case "packet":
		c.open = func(*Cable) (end, error) { return openPacket(target) }
	default:
		return nil, fmt.Errorf("cable %q: unknown scheme %q; known are serial, tcp and packet", at, scheme)
	}
	return c, nil
}

// Calling makes the line of a device that calls the program, as a program that is
// a device does: while it is plugged in, dial is tried until it gives a line, and
// again when that has ended. at only names it.
func Calling(at string, dial func(context.Context) (io.ReadWriteCloser, error), sim Simulator) *Cable {
	return &Cable{at: at, sim: sim, address: at, open: func(*Cable) (end, error) {
		e := &callEnd{at: at, dial: dial}
		e.life, e.hangUp = context.WithCancel(context.Background())
		return e, nil
	}}
}

// callEnd is a device that calls.
type callEnd struct {
	at     string
	dial   func(context.Context) (io.ReadWriteCloser, error)
	life   context.Context
	hangUp context.CancelFunc
}

// callAgain is how long a device waits before it calls again.
const callAgain = 50 * time.Millisecond

func (e *callEnd) accept() (io.ReadWriteCloser, error) {
	for {
		if rw, err := e.dial(e.life); err == nil {
			return rw, nil
		}
		if err := port.Sleep(e.life, callAgain); err != nil {
			return nil, err
		}
	}
}

func (e *callEnd) close() error    { e.hangUp(); return nil }
func (e *callEnd) address() string { return e.at }

// Address is what a driver opens. For a TCP line with port 0 it is known after
// the first Plug.
func (c *Cable) Address() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.address
}

// Plugged says whether the line is plugged in.
func (c *Cable) Plugged() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cur != nil
}

// Plug plugs the line in. It does nothing if it is.
func (c *Cable) Plug() error {
	c.hand.Lock()
	defer c.hand.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cur != nil {
		return nil
	}
	e, err := c.open(c)
	if err != nil {
		return fmt.Errorf("plug %s: %w", c.at, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &plugged{end: e, cancel: cancel}
	c.cur, c.address = p, e.address()
	p.wg.Go(func() {
		for ctx.Err() == nil {
			conn, err := e.accept()
			if err != nil {
				return
			}
			c.sim.Serve(ctx, conn)
			conn.Close()
		}
	})
	return nil
}

// Unplug pulls the line out, and waits until nothing of it runs any more. It
// must not be called from the simulator's session.
func (c *Cable) Unplug() error {
	c.hand.Lock()
	defer c.hand.Unlock()
	c.mu.Lock()
	p := c.cur
	c.cur = nil
	c.mu.Unlock()
	if p == nil {
		return nil
	}
	p.cancel()
	err := p.end.close()
	p.wg.Wait()
	return err
}

// Close pulls the line out for good.
func (c *Cable) Close() error { return c.Unplug() }

// tcpEnd is a listener that serves one program at a time.
type tcpEnd struct {
	ln net.Listener
}

func openTCP(target string) func(*Cable) (end, error) {
	return func(c *Cable) (end, error) {
		if known := strings.TrimPrefix(c.address, "tcp:"); known != "" {
			target = known // a line that took a free port keeps it
		}
		ln, err := net.Listen("tcp", target)
		if err != nil {
			return nil, err
		}
		return &tcpEnd{ln: ln}, nil
	}
}

func (e *tcpEnd) accept() (io.ReadWriteCloser, error) {
	conn, err := e.ln.Accept()
	if err != nil {
		return nil, err
	}
	return resetting{conn.(*net.TCPConn)}, nil
}

func (e *tcpEnd) close() error    { return e.ln.Close() }
func (e *tcpEnd) address() string { return "tcp:" + e.ln.Addr().String() }

// resetting closes with a reset: a pulled cable says no goodbye, and leaves no
// port in TIME_WAIT.
type resetting struct{ *net.TCPConn }

func (r resetting) Close() error {
	return errors.Join(r.SetLinger(0), r.TCPConn.Close())
}
