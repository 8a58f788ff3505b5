package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// line is the network line of one terminal: a proxy that really refuses when
// it is down.
type line struct {
	bench  *Bench
	config LineConfig

	mu       sync.Mutex
	listener net.Listener
	listen   string
	pairs    map[*net.TCPConn]struct{} // both ends of every connection
	work     sync.WaitGroup
}

func newLine(b *Bench, c LineConfig) *line {
	return &line{bench: b, config: c, listen: c.Listen, pairs: map[*net.TCPConn]struct{}{}}
}

func (l *line) state() LineState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LineState{ID: l.config.ID, Up: l.listener != nil, Listen: l.listen, Target: l.config.Target, Connections: len(l.pairs) / 2}
}

func (l *line) open() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener != nil {
		return nil
	}
	listener, err := listenAgain(l.listen)
	if err != nil {
		return err
	}
	l.listen, l.listener = listener.Addr().String(), listener
	l.work.Go(func() { l.accept(listener) })
	return nil
}

// cut closes the listener and resets every connection.
func (l *line) cut() {
	l.mu.Lock()
	listener := l.listener
	l.listener = nil
	for c := range l.pairs {
		reset(c)
	}
	l.mu.Unlock()
	if listener != nil {
		_ = listener.Close()
	}
	l.work.Wait()
}

func (l *line) run(ctx context.Context) error {
	<-ctx.Done()
	l.cut()
	return ctx.Err()
}

func (l *line) accept(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		if conn, ok := c.(*net.TCPConn); ok {
			l.work.Go(func() { l.proxy(conn) })
		}
	}
}

func (l *line) proxy(near *net.TCPConn) {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	c, err := dialer.Dial("tcp", l.config.Target)
	if err != nil {
		reset(near)
		return
	}
	far, ok := c.(*net.TCPConn)
	if !ok || !l.keep(near, far) {
		reset(near)
		_ = c.Close()
		return
	}
	l.bench.changed()
	var both sync.WaitGroup
	both.Go(func() { pump(far, near) })
	both.Go(func() { pump(near, far) })
	both.Wait()
	l.mu.Lock()
	delete(l.pairs, near)
	delete(l.pairs, far)
	l.mu.Unlock()
	_ = near.Close()
	_ = far.Close()
	l.bench.changed()
}

// keep notes a connection, unless the line was cut while it was being made.
func (l *line) keep(near, far *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener == nil {
		return false
	}
	l.pairs[near], l.pairs[far] = struct{}{}, struct{}{}
	return true
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

// reset ends a connection as a broken line does.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// pump copies one direction; a reset on one side resets the other.
func pump(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil && !errors.Is(err, net.ErrClosed) {
		reset(to)
		reset(from)
		return
	}
	_ = to.CloseWrite()
}

// Line cuts or restores the network line of a terminal.
func (b *Bench) Line(id string, up bool) error {
	i := slices.IndexFunc(b.lines, func(l *line) bool { return l.config.ID == id })
	if i < 0 {
		return problem(http.StatusNotFound, "bench_no_line", "id", id)
	}
	defer b.changed()
	if !up {
		b.lines[i].cut()
		return nil
	}
	if err := b.lines[i].open(); err != nil {
		return problem(http.StatusConflict, "bench_port_taken", "detail", err.Error())
	}
	return nil
}
