package port

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	tarm "github.com/tarm/serial"
	bugst "go.bug.st/serial"
)

// SerialConfig is how a serial line is set.
type SerialConfig struct {
	Baud   int
	Bits   int    // 5..8
	Stop   int    // 1, 2
	Parity string // N, E, O
	Flow   string // none, rts, xon
	Driver string // tarm, bugst
	// Presence is the modem line that the device holds up while it is there:
	// dsr, cts or dcd. With none a pulled cable is not seen: such a line only
	// falls silent.
	Presence string
}

// tick is the read time-out under the pump: the shortest that tarm/serial can
// do (it counts tenths of a second), and so the longest that Close waits.
const tick = 100 * time.Millisecond

const (
	drainFor  = 30 * time.Millisecond
	closeWait = 170 * time.Millisecond
)

// maxUnread is how much the pump keeps for a reader that does not read.
const maxUnread = 64 << 10

// serialOpener is placed, with its line's configuration.
type serialOpener struct {
	placed
	cfg SerialConfig
}

func (o *serialOpener) baud() int { return o.cfg.Baud }

func (c SerialConfig) open(address string, at place) (Port, error) {
	path := at.path
	if path == "" {
		n, err := at.find()
		if err != nil {
			return nil, err
		}
		path = n.Dev
	}
	ctl, err := openControl(path)
	if err != nil {
		return nil, err
	}
	raw, err := openRaw(path, c)
	if err == nil {
		if err = errors.Join(ctl.settle(path, c), there(ctl, c.Presence)); err != nil {
			raw.Close()
		}
	}
	if err != nil {
		ctl.close()
		return nil, err
	}
	p := &serialPort{name: address, raw: raw, ctl: ctl, presence: c.Presence, done: make(chan struct{}), stop: make(chan struct{})}
	p.node = newNode(path)
	p.cond = sync.NewCond(&p.mu)
	go p.pump()
	return p, nil
}

// rawSerial is what both libraries offer. Read returns (0, io.EOF) or (0, nil)
// when nothing came.
type rawSerial interface {
	io.ReadWriteCloser
}

func openRaw(path string, c SerialConfig) (rawSerial, error) {
	if c.Driver == "bugst" {
		return openBugst(path, c)
	}
	p, err := tarm.OpenPort(&tarm.Config{
		Name: path, Baud: c.Baud, Size: byte(c.Bits), ReadTimeout: tick,
		Parity: tarm.Parity(c.Parity[0]), StopBits: tarm.StopBits(c.Stop),
	})
	if err != nil {
		return nil, err
	}
	if err := p.Flush(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func openBugst(path string, c SerialConfig) (rawSerial, error) {
	mode := &bugst.Mode{BaudRate: c.Baud, DataBits: c.Bits}
	switch c.Parity {
	case "E":
		mode.Parity = bugst.EvenParity
	case "O":
		mode.Parity = bugst.OddParity
	}
	if c.Stop == 2 {
		mode.StopBits = bugst.TwoStopBits
	}
	p, err := bugst.Open(path, mode)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.SetReadTimeout(tick), p.ResetInputBuffer()); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// there is an error when the device's presence line is down.
func there(ctl control, presence string) error {
	if presence == "none" {
		return nil
	}
	up, err := ctl.raised(presence)
	if err == nil && !up {
		err = errNoPresence
	}
	return err
}

// openCode tells why a port could not be opened.
func openCode(err error) Code {
	var pe *bugst.PortError
	if errors.As(err, &pe) {
		switch pe.Code() {
		case bugst.PortBusy:
			return InUse
		case bugst.PermissionDenied:
			return Permission
		case bugst.PortNotFound:
			return Gone
		}
	}
	switch {
	case errors.Is(err, errSeveral):
		return Ambiguous
	case errors.Is(err, errLocked), errors.Is(err, syscall.EBUSY):
		return InUse
	case errors.Is(err, fs.ErrPermission):
		return Permission
	case errors.Is(err, errNoPresence), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO),
		errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENOTDIR):
		return Gone
	}
	return Protocol
}

var (
	errLocked     = errors.New("another program holds the line")
	errReadBack   = errors.New("the line did not take its settings")
	errHungUp     = errors.New("the line was hung up")
	errNoPresence = errors.New("the device is switched off, or its cable is out (its presence line is down)")
	errVanished   = errors.New("the line's name stands for another device, or for none")
)

// serialPort reads in a pump goroutine, so that time-outs are exact although
// the library under it counts in tenths of a second.
type serialPort struct {
	name string
	raw  rawSerial
	ctl  control
	node *node // of the pump

	presence string
	down     int // looks in a row at which the presence line was down; of the pump

	mu       sync.Mutex
	cond     *sync.Cond
	unread   []byte
	fault    error // why the pump ended
	closed   bool
	readTime time.Duration
	sendTime time.Duration
	writing  sync.WaitGroup

	stop      chan struct{} // closed by Close
	done      chan struct{} // closed when the pump has ended
	closeOnce sync.Once
	closeErr  error
}

func (p *serialPort) String() string { return p.name }

func (p *serialPort) SetReadTimeout(d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readTime = d
	return nil
}

func (p *serialPort) SetWriteTimeout(d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sendTime = d
	return nil
}

// pump moves bytes from the line to the buffer until the line hangs up or the
// port is closed. It owns the descriptors: it lets them go when the port is
// closed and nobody writes any more.
func (p *serialPort) pump() {
	defer close(p.done)
	p.receive()
	<-p.stop
	p.writing.Wait()
	p.ctl.drain(drainFor)
	p.closeErr = errors.Join(p.ctl.close(), p.raw.Close())
}

func (p *serialPort) receive() {
	buf := make([]byte, 4096)
	for {
		n, err := p.raw.Read(buf)
		p.mu.Lock()
		p.unread = append(p.unread, buf[:n]...)
		if n == 0 {
			p.fault = p.lineFault(err)
		}
		if p.fault == nil && p.absent() {
			p.fault = &Error{Code: HangUp, Port: p.name, Op: "read", Err: errNoPresence}
		}
		if p.fault == nil && p.node.gone(time.Now()) {
			p.fault = &Error{Code: HangUp, Port: p.name, Op: "read", Err: errVanished}
		}
		p.cond.Broadcast()
		for len(p.unread) >= maxUnread && !p.closed {
			p.cond.Wait()
		}
		end := p.closed || p.fault != nil
		p.mu.Unlock()
		if end {
			return
		}
	}
}

// absent says whether the device's presence line is down, seen twice.
func (p *serialPort) absent() bool {
	if p.presence == "none" {
		return false
	}
	if up, err := p.ctl.raised(p.presence); up || err != nil {
		p.down = 0 // an error is the line's own, and read meets it
		return false
	}
	p.down++
	return p.down >= believe
}

// node is the file behind a port's name, as it was when the port was opened.
type node struct {
	path    string
	info    fs.FileInfo
	looked  time.Time
	missing int
}

// Looks at a node: how often, and after how many it is believed.
const (
	lookEvery = 200 * time.Millisecond
	believe   = 2
)

func newNode(path string) *node {
	n := &node{path: path}
	if isPath(path) {
		if info, err := os.Stat(path); err == nil {
			n.info = info
		}
	}
	return n
}

// gone says whether the name has vanished or stands for something else, seen
// twice: a name that is only being moved is not gone.
func (n *node) gone(now time.Time) bool {
	if n.info == nil || now.Sub(n.looked) < lookEvery {
		return false
	}
	n.looked = now
	info, err := os.Stat(n.path)
	if err == nil && os.SameFile(info, n.info) {
		n.missing = 0
		return false
	}
	n.missing++
	return n.missing >= believe
}

// lineFault tells a hang-up from a time-out when a read gave nothing.
func (p *serialPort) lineFault(err error) error {
	if p.ctl.hungUp() {
		return &Error{Code: HangUp, Port: p.name, Op: "read", Err: errHungUp}
	}
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	var pe *bugst.PortError
	if errors.As(err, &pe) && pe.Code() == bugst.PortClosed {
		return &Error{Code: HangUp, Port: p.name, Op: "read", Err: errHungUp}
	}
	return &Error{Code: ioCode(err), Port: p.name, Op: "read", Err: err}
}

// ioCode tells why reading or writing failed.
func ioCode(err error) Code {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout
	case errors.Is(err, os.ErrClosed):
		return Closed
	case errors.Is(err, io.EOF), errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENODEV),
		errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		// A device on the network that was switched off, or the way to it.
		errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH),
		errors.Is(err, syscall.ECONNABORTED), errors.Is(err, syscall.ENETDOWN),
		// A USB device that was pulled out while it was sending.
		errors.Is(err, syscall.ESHUTDOWN), errors.Is(err, syscall.EPROTO):
		return HangUp
	}
	return Protocol
}

func (p *serialPort) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	expired, stop := expire(p.cond, p.readTime)
	defer stop()
	for len(p.unread) == 0 {
		switch {
		case p.closed:
			return 0, &Error{Code: Closed, Port: p.name, Op: "read"}
		case p.fault != nil:
			return 0, p.fault
		case *expired:
			return 0, &Error{Code: Timeout, Port: p.name, Op: "read"}
		}
		p.cond.Wait()
	}
	n := copy(b, p.unread)
	p.unread = p.unread[n:]
	if len(p.unread) == 0 {
		p.unread = nil
	}
	p.cond.Broadcast()
	return n, nil
}

func (p *serialPort) Write(b []byte) (int, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return 0, &Error{Code: Closed, Port: p.name, Op: "write"}
	}
	limit := p.sendTime
	p.writing.Add(1)
	p.mu.Unlock()
	defer p.writing.Done()
	n, err := p.ctl.write(p.raw, b, limit, p.stop)
	if err != nil {
		if e, ok := err.(*Error); ok {
			e.Port = p.name
			return n, e
		}
		return n, &Error{Code: ioCode(err), Port: p.name, Op: "write", Err: err}
	}
	return n, nil
}

// Close lets the line go. Bytes that the device does not take within some
// milliseconds are thrown away: a stalled device must not hold the program.
func (p *serialPort) Close() error {
	p.closeOnce.Do(func() {
		p.mu.Lock()
		p.closed = true
		p.mu.Unlock()
		close(p.stop)
		p.cond.Broadcast()
	})
	t := time.NewTimer(closeWait)
	defer t.Stop()
	select {
	case <-p.done:
		if p.closeErr != nil {
			return fmt.Errorf("close %s: %w", p.name, p.closeErr)
		}
	case <-t.C: // a loaded machine; the pump ends within a tick by itself
	}
	return nil
}
