package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// wire is the cable of one device: sessions come one at a time, each lasts
// while a driver has it open and the cable is in.
type wire interface {
	// plug makes the device reachable.
	plug() error
	// unplug makes it vanish and ends the session.
	unplug()
	// session waits for a driver; it fails with errUnplugged after unplug.
	session(ctx context.Context) (io.ReadWriteCloser, error)
	// address is what a driver is given.
	address() string
}

var errUnplugged = errors.New("unplugged")

func newWire(run, at string, baud int) wire {
	scheme, rest, _ := strings.Cut(at, ":")
	if scheme == "tcp" {
		return &tcpWire{listen: rest}
	}
	return &ptyWire{link: filepath.Join(run, rest), baud: baud}
}

// ptyWire is a serial cable: a pseudo-terminal behind a link with a stable name.
type ptyWire struct {
	link string
	baud int

	mu     sync.Mutex
	master *os.File
}

func (w *ptyWire) address() string {
	if w.baud > 0 {
		return fmt.Sprintf("serial:%s?baud=%d", w.link, w.baud)
	}
	return "serial:" + w.link
}

func (w *ptyWire) plug() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.master != nil {
		return nil
	}
	master, slave, err := pty.Open()
	if err != nil {
		return fmt.Errorf("open a pseudo-terminal for %s: %w", w.link, err)
	}
	name := slave.Name()
	err = errors.Join(rawMode(slave), slave.Close(), os.MkdirAll(filepath.Dir(w.link), 0o755))
	if err == nil {
		err = replaceLink(name, w.link)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("put the pseudo-terminal %s at %s: %w", name, w.link, err), master.Close())
	}
	w.master = master
	return nil
}

func rawMode(f *os.File) error {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB
	t.Cflag |= unix.CS8
	return unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t)
}

// replaceLink makes link point to target in one step, whatever was there.
func replaceLink(target, link string) error {
	temp := link + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, temp); err != nil {
		return err
	}
	return os.Rename(temp, link)
}

func (w *ptyWire) unplug() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.master == nil {
		return
	}
	_ = os.Remove(w.link)
	_ = w.master.Close()
	w.master = nil
}

func (w *ptyWire) session(ctx context.Context) (io.ReadWriteCloser, error) {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		w.mu.Lock()
		master := w.master
		w.mu.Unlock()
		if master == nil {
			return nil, errUnplugged
		}
		if opened(master) {
			return &ptySession{master: master, ctx: ctx, pace: newPace(w.baud)}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-poll.C:
		}
	}
}

// opened tells whether a driver holds the other end.
func opened(master *os.File) bool {
	conn, err := master.SyscallConn()
	if err != nil {
		return false
	}
	open := false
	_ = conn.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, 0)
		open = err == nil && (n == 0 || fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) == 0)
	})
	return open
}

// ptySession is the time during which one driver has the line open. Close
// does not close the master: the cable stays in.
type ptySession struct {
	master *os.File
	ctx    context.Context // of the session: pacing waits on it
	pace   *pace
}

func (s *ptySession) Read(p []byte) (int, error) {
	n, err := s.master.Read(s.pace.limit(p))
	if err != nil {
		return n, io.EOF // the driver closed, or the cable is out
	}
	return n, s.pace.wait(s.ctx, n)
}

func (s *ptySession) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		chunk := s.pace.limit(p[done:])
		if err := s.master.SetWriteDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return done, io.ErrClosedPipe
		}
		n, err := s.master.Write(chunk)
		done += n
		if err != nil {
			return done, io.ErrClosedPipe
		}
		if err := s.pace.wait(s.ctx, n); err != nil {
			return done, err
		}
	}
	return done, nil
}

// Close ends pending reads; the next session makes reading possible again.
func (s *ptySession) Close() error {
	return s.master.SetReadDeadline(time.Now())
}

// pace is the speed of a line.
type pace struct{ perByte time.Duration }

func newPace(baud int) *pace {
	if baud <= 0 {
		return &pace{}
	}
	return &pace{perByte: 10 * time.Second / time.Duration(baud)} // 8N1: ten bits
}

// limit cuts p to about 5 ms of line time.
func (p *pace) limit(b []byte) []byte {
	if p.perByte == 0 {
		return b
	}
	return b[:min(len(b), max(1, int(5*time.Millisecond/p.perByte)))]
}

func (p *pace) wait(ctx context.Context, n int) error {
	if p.perByte == 0 || n <= 0 {
		return nil
	}
	t := time.NewTimer(time.Duration(n) * p.perByte)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// tcpWire is a network device: one client at a time, others are turned away.
type tcpWire struct {
	listen string

	mu       sync.Mutex
	listener net.Listener
	current  *net.TCPConn
	accepted chan *net.TCPConn
}

func (w *tcpWire) address() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return "tcp:" + w.listen
}

func (w *tcpWire) plug() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener != nil {
		return nil
	}
	l, err := listenAgain(w.listen)
	if err != nil {
		return err
	}
	w.listen = l.Addr().String() // a port 0 stays what it became
	w.listener = l
	w.accepted = make(chan *net.TCPConn)
	go w.accept(l, w.accepted) // ends when unplug closes the listener
	return nil
}

// listenAgain listens on an address that a moment ago was ours.
func listenAgain(addr string) (net.Listener, error) {
	var err error
	for range 20 {
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return l, nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return nil, fmt.Errorf("listen on %s: %w: another program has this port; choose another one", addr, err)
}

func (w *tcpWire) accept(l net.Listener, out chan<- *net.TCPConn) {
	defer close(out)
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		conn, ok := c.(*net.TCPConn)
		if !ok {
			_ = c.Close()
			continue
		}
		w.mu.Lock()
		busy := w.current != nil || w.listener != l
		if !busy {
			w.current = conn
		}
		w.mu.Unlock()
		if busy {
			_ = conn.Close()
			continue
		}
		out <- conn
	}
}

func (w *tcpWire) unplug() {
	w.mu.Lock()
	l, current, accepted := w.listener, w.current, w.accepted
	w.listener = nil
	w.mu.Unlock()
	if l == nil {
		return
	}
	_ = l.Close()
	if current != nil {
		reset(current)
	}
	for c := range accepted { // until accept has ended
		reset(c)
	}
	w.mu.Lock()
	w.current = nil
	w.mu.Unlock()
}

func (w *tcpWire) session(ctx context.Context) (io.ReadWriteCloser, error) {
	w.mu.Lock()
	accepted, plugged := w.accepted, w.listener != nil
	w.mu.Unlock()
	if !plugged {
		return nil, errUnplugged
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case c, ok := <-accepted:
		if !ok {
			return nil, errUnplugged
		}
		return &tcpSession{TCPConn: c, wire: w}, nil
	}
}

type tcpSession struct {
	*net.TCPConn
	wire *tcpWire
	once sync.Once
}

func (s *tcpSession) Close() error {
	err := s.TCPConn.Close()
	s.once.Do(func() {
		s.wire.mu.Lock()
		if s.wire.current == s.TCPConn {
			s.wire.current = nil
		}
		s.wire.mu.Unlock()
	})
	return err
}

// reset ends a connection as a broken line does.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
