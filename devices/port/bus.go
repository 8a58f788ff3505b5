package port

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// Bus is one line with several devices on it, each with its own driver: RS-485
// with an address for each. Every driver reads all that comes, and drops what is
// for others; writes go out whole, one after another. The line is opened with the
// first driver and closed with the last; when it fails, it fails for all.
type Bus struct {
	opening chan struct{} // one at a time
	opener  Opener

	mu  sync.Mutex
	cur *busLine
}

// NewBus makes a bus; the first opener that joins is the line's.
func NewBus() *Bus { return &Bus{opening: make(chan struct{}, 1)} }

// Join gives one driver its place on the bus. All that join have the same
// address.
func (b *Bus) Join(o Opener) Opener {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opener == nil {
		b.opener = o
	}
	return b
}

// Address is the line's.
func (b *Bus) Address() string { return b.opener.Address() }

func (b *Bus) announced() bool { return Announced(b.opener) }
func (b *Bus) baud() int       { return Baud(b.opener) }

// busTick is how long the line is read at a time.
const busTick = 100 * time.Millisecond

// Open opens the line, or joins it where it is open.
func (b *Bus) Open(ctx context.Context) (Port, error) {
	select {
	case b.opening <- struct{}{}:
		defer func() { <-b.opening }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	b.mu.Lock()
	l := b.cur
	b.mu.Unlock()
	if l != nil {
		if t := l.attach(); t != nil {
			return t, nil
		}
		select {
		case <-l.done: // it is closed before it is opened again
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	p, err := b.opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.SetReadTimeout(busTick); err != nil {
		_ = p.Close()
		return nil, err
	}
	l = &busLine{port: p, taps: map[*tap]bool{}, failed: make(chan struct{}), done: make(chan struct{})}
	t := l.attach()
	go l.pump() // ends when the last driver has left, or the line fails
	b.mu.Lock()
	b.cur = l
	b.mu.Unlock()
	return t, nil
}

// busLine is the line between an opening and its end.
type busLine struct {
	port   Port
	shut   sync.Once
	failed chan struct{} // closed when err is set
	done   chan struct{} // closed when the line is closed and nobody reads it
	write  sync.Mutex

	mu   sync.Mutex
	taps map[*tap]bool
	err  error
	dead bool
}

// attach is one driver more, nil when the line is over.
func (l *busLine) attach() *tap {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return nil
	}
	t := &tap{line: l, in: make(chan []byte, 256), closed: make(chan struct{})}
	l.taps[t] = true
	return t
}

// detach is one driver less; the last closes the line.
func (l *busLine) detach(t *tap) error {
	l.mu.Lock()
	delete(l.taps, t)
	last := len(l.taps) == 0
	l.dead = l.dead || last
	l.mu.Unlock()
	if !last {
		return nil
	}
	err := l.close()
	<-l.done
	return err
}

func (l *busLine) close() (err error) {
	l.shut.Do(func() { err = l.port.Close() })
	return err
}

// pump gives everybody what comes, until the line ends.
func (l *busLine) pump() {
	defer close(l.done)
	buf := make([]byte, 512)
	for {
		n, err := l.port.Read(buf)
		l.mu.Lock()
		for t := range l.taps {
			if n == 0 {
				break
			}
			select {
			case t.in <- bytes.Clone(buf[:n]):
			default: // nobody reads there
			}
		}
		if err != nil && !IsTimeout(err) {
			l.err, l.dead = err, true
			l.mu.Unlock()
			close(l.failed)
			_ = l.close() // for whoever opens it next
			return
		}
		l.mu.Unlock()
	}
}

// tap is one driver's end of the line.
type tap struct {
	line   *busLine
	in     chan []byte
	closed chan struct{}
	once   sync.Once

	mu      sync.Mutex // of rest and timeout
	rest    []byte
	timeout time.Duration
}

func (t *tap) String() string { return t.line.port.String() }

func (t *tap) SetReadTimeout(d time.Duration) error {
	t.mu.Lock()
	t.timeout = d
	t.mu.Unlock()
	return nil
}

func (t *tap) SetWriteTimeout(d time.Duration) error { return t.line.port.SetWriteTimeout(d) }

func (t *tap) fail(code Code, op string) error {
	return &Error{Code: code, Port: t.String(), Op: op}
}

func (t *tap) Read(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rest) == 0 {
		var late <-chan time.Time
		if t.timeout > 0 {
			timer := time.NewTimer(t.timeout)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case t.rest = <-t.in:
		default:
			select {
			case t.rest = <-t.in:
			case <-t.closed:
				return 0, t.fail(Closed, "read")
			case <-t.line.failed:
				return 0, t.line.err // set before failed was closed
			case <-late:
				return 0, t.fail(Timeout, "read")
			}
		}
	}
	n := copy(b, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

func (t *tap) Write(b []byte) (int, error) {
	select {
	case <-t.closed:
		return 0, t.fail(Closed, "write")
	default:
	}
	t.line.write.Lock()
	defer t.line.write.Unlock()
	return t.line.port.Write(b)
}

// Close leaves the line.
func (t *tap) Close() (err error) {
	t.once.Do(func() {
		close(t.closed)
		err = t.line.detach(t)
	})
	return err
}
