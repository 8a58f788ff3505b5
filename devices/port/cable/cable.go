// Package cable is the device's end of a line, for simulators: a
// pseudo-terminal behind a stable name, or a TCP listener, that can be plugged
// in and pulled out, with the latency, pace, chunks and noise of a real line.
//
// Guarantees: bytes arrive in order; with the same seed and the same calls the
// chunks and the noise are the same; after Unplug the program at the other end
// sees a hang-up (or a refused connection) at once; after Close no goroutine
// and no node is left. Replugging gives a new pseudo-terminal under the same
// name, as a real adapter would come back under the same udev link.
// Expectations: one program at a time, as a serial line or a printer's port
// 9100 has it. Handlers return quickly.
// Source: design §4.
package cable

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"
)

// Shape is how a line treats bytes. The zero value is a perfect line.
type Shape struct {
	Baud     int           // paces both directions (10 bits a byte), 0 = no pacing
	Latency  time.Duration // before each Send
	Jitter   time.Duration // up to this much more
	ChunkMax int           // Sends are cut in pieces of 1..ChunkMax bytes
	Garbage  float64       // probability of stray bytes before a Send
	Flip     float64       // probability, per Send, that one byte is damaged
	Cut      float64       // probability, per Send, that its end is lost
	Seed     uint64
}

// Cable is one line. Create it with New, then Plug.
type Cable struct {
	at     string
	open   func(c *Cable) (end, error)
	handle func([]byte)

	mu      sync.Mutex
	shape   Shape
	rng     *rand.Rand
	cur     *plugged
	address string
	onPlug  func(plugged bool)
}

// end is the device's side of what was plugged in.
type end interface {
	// accept waits for the program; a pseudo-terminal is always there.
	accept() (io.ReadWriteCloser, error)
	close() error
	address() string
}

// plugged is the time between Plug and Unplug.
type plugged struct {
	end  end
	out  chan []byte
	stop chan struct{}
	wg   sync.WaitGroup

	mu   sync.Mutex
	conn io.ReadWriteCloser
}

// New makes a line. at is «serial:PATH» for a pseudo-terminal behind a symbolic
// link PATH, or «tcp:HOST:PORT» for a listener (port 0 takes a free one). Every
// byte from the program goes to handle, called from one goroutine.
func New(at string, shape Shape, handle func(b []byte)) (*Cable, error) {
	scheme, target, ok := strings.Cut(at, ":")
	if !ok || target == "" || handle == nil {
		return nil, fmt.Errorf("cable %q: want serial:PATH or tcp:HOST:PORT, and a handler", at)
	}
	c := &Cable{at: at, handle: handle, address: at}
	c.SetShape(shape)
	switch scheme {
	case "serial":
		path, _, _ := strings.Cut(target, "?")
		c.open = func(c *Cable) (end, error) { return openPty(path, c.shape.Baud) }
	case "tcp":
		c.open = openTCP(target)
	default:
		return nil, fmt.Errorf("cable %q: unknown scheme %q; known are serial and tcp", at, scheme)
	}
	return c, nil
}

// SetShape changes how the line treats bytes, and starts its noise again at
// the seed.
func (c *Cable) SetShape(s Shape) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shape = s
	c.rng = rand.New(rand.NewPCG(s.Seed, 0x9E3779B97F4A7C15))
}

// Shape gives the shape.
func (c *Cable) Shape() Shape {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shape
}

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

// OnPlug sets a function that is called after each Plug and Unplug.
func (c *Cable) OnPlug(f func(plugged bool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onPlug = f
}

// Plug plugs the line in. It does nothing if it is.
func (c *Cable) Plug() error {
	c.mu.Lock()
	if c.cur != nil {
		c.mu.Unlock()
		return nil
	}
	e, err := c.open(c)
	if err != nil {
		c.mu.Unlock()
		return fmt.Errorf("plug %s: %w", c.at, err)
	}
	p := &plugged{end: e, out: make(chan []byte, 1024), stop: make(chan struct{})}
	c.cur, c.address = p, e.address()
	p.wg.Add(2)
	go c.receive(p)
	go c.transmit(p)
	f := c.onPlug
	c.mu.Unlock()
	if f != nil {
		f(true)
	}
	return nil
}

// Unplug pulls the line out, and waits until nothing of it runs any more. It
// must not be called from the handler.
func (c *Cable) Unplug() error {
	c.mu.Lock()
	p := c.cur
	c.cur = nil
	f := c.onPlug
	c.mu.Unlock()
	if p == nil {
		return nil
	}
	close(p.stop)
	err := p.end.close()
	p.mu.Lock()
	if p.conn != nil {
		p.conn.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
	if f != nil {
		f(false)
	}
	return err
}

// Close pulls the line out for good.
func (c *Cable) Close() error { return c.Unplug() }

// Send sends bytes to the program, later and in order. Unplugged lines and
// lines whose program does not read lose them, as real ones do.
func (c *Cable) Send(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cur == nil || len(b) == 0 {
		return
	}
	select {
	case c.cur.out <- append([]byte(nil), b...):
	default:
	}
}

// Noise sends n stray bytes.
func (c *Cable) Noise(n int) {
	c.mu.Lock()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(c.rng.UintN(256))
	}
	c.mu.Unlock()
	c.Send(b)
}

// receive hands what the program writes to the handler.
func (c *Cable) receive(p *plugged) {
	defer p.wg.Done()
	for {
		conn, err := p.end.accept()
		if err != nil {
			return
		}
		if !p.setConn(conn) {
			conn.Close()
			return
		}
		c.drain(p, conn)
		p.setConn(nil)
		conn.Close()
	}
}

// setConn notes who is connected; false when the line was pulled.
func (p *plugged) setConn(conn io.ReadWriteCloser) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.stop:
		return false
	default:
	}
	p.conn = conn
	return true
}

func (c *Cable) drain(p *plugged, conn io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf[:c.readSize()])
		if n > 0 {
			if !p.sleep(c.wire(n)) {
				return
			}
			c.handle(buf[:n:n])
		}
		if err != nil {
			return
		}
	}
}

// readSize keeps a paced line's reads short, so that bytes reach the device
// about when they would.
func (c *Cable) readSize() int {
	if b := c.Shape().Baud; b > 0 {
		return min(max(b/1000, 16), 4096) // about 10 ms
	}
	return 4096
}

// wire is how long n bytes take.
func (c *Cable) wire(n int) time.Duration {
	b := c.Shape().Baud
	if b <= 0 {
		return 0
	}
	return time.Duration(n) * 10 * time.Second / time.Duration(b)
}

// sleep waits, unless the line is pulled.
func (p *plugged) sleep(d time.Duration) bool {
	if d <= 0 {
		select {
		case <-p.stop:
			return false
		default:
			return true
		}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.stop:
		return false
	case <-t.C:
		return true
	}
}

// transmit sends what the device says, in the shape of the line.
func (c *Cable) transmit(p *plugged) {
	defer p.wg.Done()
	for {
		select {
		case <-p.stop:
			return
		case b := <-p.out:
			wait, chunks := c.plan(b)
			if !p.sleep(wait) {
				return
			}
			for _, chunk := range chunks {
				p.mu.Lock()
				conn := p.conn
				p.mu.Unlock()
				if conn == nil {
					break // nobody is there
				}
				if _, err := conn.Write(chunk); err != nil {
					break
				}
				if !p.sleep(c.wire(len(chunk))) {
					return
				}
			}
		}
	}
}

// plan decides what happens to one Send.
func (c *Cable) plan(b []byte) (time.Duration, [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, r := c.shape, c.rng
	wait := s.Latency
	if s.Jitter > 0 {
		wait += time.Duration(r.Int64N(int64(s.Jitter)))
	}
	b = append([]byte(nil), b...)
	if s.Flip > 0 && r.Float64() < s.Flip {
		b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
	}
	if s.Cut > 0 && r.Float64() < s.Cut {
		b = b[:r.IntN(len(b))]
	}
	if s.Garbage > 0 && r.Float64() < s.Garbage {
		g := make([]byte, 1+r.IntN(12))
		for i := range g {
			g[i] = byte(r.UintN(256))
		}
		b = append(g, b...)
	}
	limit := len(b)
	if s.Baud > 0 {
		limit = max(s.Baud/1000, 16)
	}
	var chunks [][]byte
	for len(b) > 0 {
		n := min(limit, len(b))
		if s.ChunkMax > 0 {
			n = min(1+r.IntN(s.ChunkMax), len(b))
		}
		chunks = append(chunks, b[:n])
		b = b[n:]
	}
	return wait, chunks
}

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
