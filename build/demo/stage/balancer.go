package stage

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// balancer stands before several centres, as a hall would have it: each
// connection goes to the next centre that takes it, and breaks with it.
type balancer struct {
	listener net.Listener
	targets  []string
	next     atomic.Int64
	wait     sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

func startBalancer(port int, targets ...int) (*balancer, error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	b := &balancer{listener: l, open: map[net.Conn]bool{}}
	for _, t := range targets {
		b.targets = append(b.targets, net.JoinHostPort("127.0.0.1", strconv.Itoa(t)))
	}
	b.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			b.wait.Go(func() { b.serve(c) })
		}
	})
	return b, nil
}

// keep notes an open connection; false when the balancer is closed.
func (b *balancer) keep(c net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.open[c] = true
	}
	return !b.closed
}

func (b *balancer) drop(c net.Conn) {
	b.mu.Lock()
	delete(b.open, c)
	b.mu.Unlock()
	_ = c.Close() // by either side, or both
}

func (b *balancer) serve(c net.Conn) {
	defer b.drop(c)
	first := int(b.next.Add(1))
	for i := range b.targets {
		up, err := net.DialTimeout("tcp", b.targets[(first+i)%len(b.targets)], time.Second)
		if err != nil {
			continue
		}
		defer b.drop(up)
		if !b.keep(c) || !b.keep(up) {
			return
		}
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(up, c); b.drop(c); b.drop(up) })
		both.Go(func() { _, _ = io.Copy(c, up); b.drop(c); b.drop(up) })
		both.Wait()
		return
	}
}

// Close ends every connection and waits for the last.
func (b *balancer) Close() error {
	err := b.listener.Close()
	b.mu.Lock()
	b.closed = true
	for c := range b.open {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	b.mu.Unlock()
	b.wait.Wait()
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
