package escpos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hallway/devices/port"
)

// readTimeout is how long the reader waits for a byte before it looks whether
// it should end.
const readTimeout = 100 * time.Millisecond

// link is one open line to a printer with its one reader goroutine. Everything
// that the printer says arrives here and is kept as state; whoever waits for
// something waits for the state.
type link struct {
	p      port.Port
	oneWay bool           // nothing is ever heard
	paper  port.PaperPort // nil: no port to a USB printer

	write sync.Mutex // one writer at a time, so that commands stay whole
	asked sync.Mutex // one real-time question at a time

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	cond     condition
	known    bool   // cond has been heard from the printer
	question int    // n of the DLE EOT that is not answered, 0 = none
	late     int    // answers that may still come to a DLE EOT that nobody waits for
	lateTo   int    // n of that
	queued   int    // answers to GS r and GS I, counted
	paid     int    // of these, taken off what the printer owes
	lastID   string // of the last process-id answer
	texts    []string
	cleared  int
	heard    time.Time
	noise    int
	dead     error
	ended    chan struct{} // closed when the reader has ended
	onChange func()
}

func newLink(p port.Port, onChange func()) *link {
	return &link{p: p, changed: make(chan struct{}), ended: make(chan struct{}), onChange: onChange}
}

// read is the reader goroutine. It ends when the port fails or is closed.
func (l *link) read() {
	defer close(l.ended)
	var c classifier
	buf := make([]byte, 256)
	for {
		n, err := l.p.Read(buf)
		for _, b := range buf[:n] {
			if a, ok := c.feed(b); ok {
				l.take(a)
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, &port.Error{Code: port.Timeout}):
			c.idle()
		default:
			l.fail(err)
			return
		}
		if n > 0 || c.noise > 0 {
			l.mu.Lock()
			l.noise += c.noise
			l.heard = time.Now()
			l.mu.Unlock()
			c.noise = 0
		}
	}
}

func (l *link) take(a answer) {
	l.update(func() {
		switch a.kind {
		case answerStatus:
			l.cond, l.known = l.cond.status(a.bytes), true
		case answerRealTime:
			switch {
			case l.question != 0:
				l.cond, l.known = l.cond.realTime(l.question, a.bytes[0]), true
				l.question = 0
			case l.late > 0:
				l.late--
			default:
				l.noise++
			}
		case answerQueued:
			l.queued++
		case answerText:
			l.texts = append(l.texts, a.text)
		case answerProcessID:
			l.lastID = a.text
		case answerCleared:
			l.cleared++
		case answerOther:
			l.noise += len(a.text)
		}
	})
}

// update changes the state and wakes everybody who waits.
func (l *link) update(f func()) {
	l.mu.Lock()
	before := l.cond
	f()
	changed := l.cond != before || l.dead != nil
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	if changed && l.onChange != nil {
		l.onChange()
	}
}

func (l *link) fail(err error) {
	l.update(func() {
		if l.dead == nil {
			l.dead = err
		}
	})
}

// condition is what the printer said last.
func (l *link) condition() (condition, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cond, l.known
}

// errNoAnswer says that a printer did not answer in time.
var errNoAnswer = errors.New("the printer did not answer")

// wait waits until ok is true, called with the state locked. It fails when the
// line is dead, when ctx ends and with errNoAnswer after the time-out.
func (l *link) wait(ctx context.Context, timeout time.Duration, ok func() bool) error {
	t := time.NewTimer(timeout)
	defer t.Stop()
	for {
		l.mu.Lock()
		done, dead, changed := ok(), l.dead, l.changed
		l.mu.Unlock()
		switch {
		case done:
			return nil
		case dead != nil:
			return dead
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			return errNoAnswer
		case <-changed:
		}
	}
}

// send writes whole commands and tells how many bytes the port took.
func (l *link) send(b []byte) (int, error) {
	l.write.Lock()
	defer l.write.Unlock()
	l.mu.Lock()
	dead := l.dead
	l.mu.Unlock()
	if dead != nil {
		return 0, dead
	}
	n, err := l.p.Write(b)
	if err == nil && n < len(b) {
		err = fmt.Errorf("the port took %d of %d bytes", n, len(b))
	}
	if err != nil && !errors.Is(err, &port.Error{Code: port.Timeout}) {
		l.fail(err)
	}
	return n, err
}

// ask sends DLE EOT n and waits for its answer. The answer has no mark that tells
// to which question it is: before another question the late ones are waited for.
func (l *link) ask(ctx context.Context, n int, timeout time.Duration) error {
	l.asked.Lock()
	defer l.asked.Unlock()
	err := l.wait(ctx, timeout, func() bool { return l.late == 0 || l.lateTo == n })
	if err != nil && !errors.Is(err, errNoAnswer) {
		return err
	}
	l.mu.Lock()
	l.question = n
	if l.lateTo != n {
		l.late, l.lateTo = 0, n // what has not come by now was lost
	}
	l.mu.Unlock()
	if _, err := l.send([]byte{0x10, 0x04, byte(n)}); err != nil {
		return err
	}
	err = l.wait(ctx, timeout, func() bool { return l.question == 0 })
	if err != nil {
		l.mu.Lock()
		if l.question != 0 {
			l.question = 0
			l.late++
		}
		l.mu.Unlock()
	}
	return err
}

// askAll asks for everything that real-time status tells, each so many times at most.
func (l *link) askAll(ctx context.Context, timeout time.Duration, tries int) error {
	if l.oneWay {
		return l.look()
	}
	for _, n := range []int{1, 4, 2, 3} {
		err := errNoAnswer
		for i := 0; i < tries && errors.Is(err, errNoAnswer); i++ {
			err = l.ask(ctx, n, timeout)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
