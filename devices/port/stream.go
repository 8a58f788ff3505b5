package port

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type tcpOpener struct {
	address string
	target  string
	timeout time.Duration
}

func (o *tcpOpener) Address() string { return o.address }

// Open connects. Whoever does not answer or refuses is Gone: over a network a
// device that is switched off and one that is not there look the same.
func (o *tcpOpener) Open(ctx context.Context) (Port, error) {
	d := net.Dialer{Timeout: o.timeout, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3}}
	c, err := d.DialContext(ctx, "tcp", o.target)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &Error{Code: Gone, Port: o.address, Op: "open", Err: err}
	}
	return &stream{name: o.address, f: c}, nil
}

type fileOpener struct {
	address string
	path    string
}

func (o *fileOpener) Address() string { return o.address }

// Open opens a device node such as /dev/usb/lp0 for reading and writing. An
// ordinary file is appended to and never gives bytes: a one-way device. It is
// not created: a missing node is Gone.
func (o *fileOpener) Open(ctx context.Context) (Port, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	flag := os.O_RDWR
	info, err := os.Stat(o.path)
	if err == nil && info.Mode().IsRegular() {
		flag |= os.O_APPEND
	}
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(o.path, flag, 0)
	}
	if err != nil {
		return nil, &Error{Code: openCode(err), Port: o.address, Op: "open", Err: err}
	}
	if info.Mode().IsRegular() || f.SetDeadline(time.Time{}) != nil {
		return &oneWay{stream: stream{name: o.address, f: f}, stop: make(chan struct{})}, nil
	}
	return &stream{name: o.address, f: f}, nil
}

// deadlined is a file or connection of the runtime's poller: its Close wakes
// whoever reads or writes.
type deadlined interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Accepted is the port of a program that called this one: the device side of a
// conversation, where the device is a program too (an evaluator's screen).
func Accepted(name string, c net.Conn) Port { return &stream{name: name, f: c} }

// stream is a TCP connection or a device file.
type stream struct {
	name     string
	f        deadlined
	readTime atomic.Int64
	sendTime atomic.Int64
	closed   atomic.Bool
}

func (s *stream) String() string { return s.name }

func (s *stream) SetReadTimeout(d time.Duration) error {
	s.readTime.Store(int64(d))
	return nil
}

func (s *stream) SetWriteTimeout(d time.Duration) error {
	s.sendTime.Store(int64(d))
	return nil
}

func deadline(d int64) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(time.Duration(d))
}

func (s *stream) fail(op string, err error) error {
	code := ioCode(err)
	if s.closed.Load() || errors.Is(err, net.ErrClosed) {
		code = Closed
	}
	return &Error{Code: code, Port: s.name, Op: op, Err: err}
}

func (s *stream) Read(b []byte) (int, error) {
	if err := s.f.SetReadDeadline(deadline(s.readTime.Load())); err != nil {
		return 0, s.fail("read", err)
	}
	n, err := s.f.Read(b)
	if n > 0 || err == nil {
		return n, nil
	}
	return 0, s.fail("read", err)
}

func (s *stream) Write(b []byte) (int, error) {
	if err := s.f.SetWriteDeadline(deadline(s.sendTime.Load())); err != nil {
		return 0, s.fail("write", err)
	}
	n, err := s.f.Write(b)
	if err != nil {
		return n, s.fail("write", err)
	}
	return n, nil
}

func (s *stream) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.f.Close()
}

// oneWay is an ordinary file: it takes bytes and never answers.
type oneWay struct {
	stream
	stop chan struct{}
	once sync.Once
}

func (o *oneWay) Read([]byte) (int, error) {
	var expired <-chan time.Time
	if d := time.Duration(o.readTime.Load()); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		expired = t.C
	}
	select {
	case <-o.stop:
		return 0, &Error{Code: Closed, Port: o.name, Op: "read"}
	case <-expired:
		return 0, &Error{Code: Timeout, Port: o.name, Op: "read"}
	}
}

func (o *oneWay) Write(b []byte) (int, error) {
	n, err := o.f.Write(b)
	if err != nil {
		return n, o.fail("write", err)
	}
	return n, nil
}

func (o *oneWay) Close() error {
	o.once.Do(func() { close(o.stop) })
	return o.stream.Close()
}
