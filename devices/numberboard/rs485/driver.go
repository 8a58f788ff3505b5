// Package rs485 drives small number boards over a window (窗口屏) on RS-485 or
// RS-232, 9600 8N1: model «board4», four bytes without an answer, and model
// «xunpeng», seven bytes with an answer.
//
// Guarantees: the last number is shown again when the board comes back, and
// every ten seconds, because a board that lost power has forgotten it. Show
// returns with what became of its own number, not of one written before it. A
// xunpeng board that does not answer three times has the fault no_answer; a
// board4 cannot say whether it is there.
//
// Expects: numbers whose digits fit the board; letters are left out. The boards
// have no documented blank: an empty number shows 0.
//
// Source: protocol sheet §D.3.
package rs485

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/numberboard"
	"hallway/devices/port"
)

// Models of this package.
const (
	ModelBoard4  = "board4"
	ModelXunpeng = "xunpeng"
)

// Options of a board.
type Options struct {
	ID      string
	Model   string
	Address byte // of a board4; 0 = 1
	Colour  Colour
	Clock   func() time.Time
	Answer  time.Duration // to wait for a xunpeng's answer; 0 = 500 ms
	Refresh time.Duration // 0 = 10 s
}

// Board is the driver. It implements numberboard.Board.
type Board struct {
	*driver.Base
	opener port.Opener
	o      Options

	mu     sync.Mutex
	value  uint16
	open   bool          // a session serves who waits
	shown  chan struct{} // a new value waits
	waiter chan error    // of the Show that waits, nil without one
}

var _ numberboard.Board = (*Board)(nil)

// New makes a driver; Run opens the port.
func New(opener port.Opener, o Options) *Board {
	if o.Address == 0 {
		o.Address = 1
	}
	if o.Answer == 0 {
		o.Answer = 500 * time.Millisecond
	}
	if o.Refresh == 0 {
		o.Refresh = 10 * time.Second
	}
	return &Board{
		Base:   driver.NewBase(o.ID, devices.KindNumberBoard, o.Model, opener.Address(), o.Clock),
		opener: opener, o: o, shown: make(chan struct{}, 1),
	}
}

// FromConfig makes the driver of one configured device. Options: address
// (1–255), colour (green, yellow, red).
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "address", "colour")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID, Model: c.Model}
	if c.Model != ModelBoard4 && c.Model != ModelXunpeng {
		return nil, fmt.Errorf("number board %q is not known: choose %s or %s", c.Model, ModelBoard4, ModelXunpeng)
	}
	if o.Address, err = driver.BusAddress(c); err != nil {
		return nil, err
	}
	if o.Colour, err = ParseColour(c.Options["colour"]); err != nil {
		return nil, err
	}
	return New(opener, o), nil
}

// Run keeps the line open until ctx ends.
func (b *Board) Run(ctx context.Context) error { return b.Loop(ctx, b.opener, b.session) }

// Show shows a ticket number and returns when the board has it.
func (b *Board) Show(ctx context.Context, number string) error {
	v, err := Value(number)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	b.mu.Lock()
	b.value = v
	if b.waiter != nil {
		b.waiter <- nil // overtaken by a newer number
	}
	b.waiter = done
	open := b.open
	b.mu.Unlock()
	if !open {
		b.finish(done, &port.Error{Code: port.Gone, Port: b.opener.Address(), Op: "write"})
	}
	select {
	case b.shown <- struct{}{}:
	default:
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("show a number: %w", ctx.Err())
	}
}

// finish tells a Show how it went, unless a newer one has overtaken it.
func (b *Board) finish(waiter chan error, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if waiter != nil && b.waiter == waiter {
		waiter <- err
		b.waiter = nil
	}
}

// next is the frame to write, and the Show that waits for it.
func (b *Board) next() (frame []byte, waiter chan error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.o.Model == ModelXunpeng {
		return Xunpeng(b.o.Colour, b.value), b.waiter
	}
	return Board4(b.o.Address, b.value), b.waiter
}

// serve says whether a session serves those who wait. At its end nobody does.
func (b *Board) serve(open bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open = open
	if !open && b.waiter != nil {
		b.waiter <- err
		b.waiter = nil
	}
}

// session writes what is to be shown until the port fails or ctx ends.
func (b *Board) session(ctx context.Context, line port.Port) (err error) {
	if err := line.SetReadTimeout(100 * time.Millisecond); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	heard := make(chan []byte, 16)
	ended := make(chan struct{})
	go func() { // ends when the port is closed, below, or fails
		defer close(ended)
		cancel(read(line, heard))
	}()
	defer func() {
		_ = line.Close() // again by the loop; wakes the reader
		<-ended
	}()
	b.serve(true, nil)
	defer func() { b.serve(false, err) }()
	b.Apply(driver.Change{State: devices.Ready})
	tick := time.NewTicker(b.o.Refresh)
	defer tick.Stop()
	from := answers{heard: heard}
	for {
		frame, waiter := b.next()
		err := b.write(ctx, line, &from, frame)
		b.finish(waiter, err)
		if err != nil && !errors.Is(err, errNoAnswer) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		case <-b.shown:
		}
	}
}

// read passes on what the board says. Boards say little: when nobody listens
// it is dropped.
func read(line port.Port, heard chan<- []byte) error {
	buf := make([]byte, 64)
	for {
		n, err := line.Read(buf)
		if n > 0 {
			select {
			case heard <- bytes.Clone(buf[:n]):
			default:
			}
		}
		if err != nil && !errors.Is(err, &port.Error{Code: port.Timeout}) {
			return err
		}
	}
}

// FaultNoAnswer says that a board that should answer does not.
const FaultNoAnswer = "no_answer"

var errNoAnswer = errors.New("the board does not answer: check its power and its address")

// write sends the frame, three times if need be.
func (b *Board) write(ctx context.Context, line port.Port, from *answers, frame []byte) error {
	if b.o.Model != ModelXunpeng {
		_, err := line.Write(frame)
		return err
	}
	if err := from.settle(ctx, b.o.Answer); err != nil {
		return err
	}
	for range 3 {
		if _, err := line.Write(frame); err != nil {
			return err
		}
		from.owed++
		ok, err := from.next(ctx, b.o.Answer)
		if err != nil {
			return err
		}
		if ok {
			b.Apply(driver.Change{Cleared: []string{FaultNoAnswer}})
			return nil
		}
	}
	b.Apply(driver.Change{Faults: map[string]devices.Severity{FaultNoAnswer: devices.SeverityOf(FaultNoAnswer)}})
	return errNoAnswer
}

// answers of a xunpeng name no number: only counting tells which frame one is
// for.
type answers struct {
	heard  <-chan []byte
	rest   []byte // heard, not looked at yet
	inside bool   // an answer has begun
	owed   int    // frames that were not answered yet
}

// settle lets what is owed for earlier frames come in, and drops the rest: it
// must not be taken for the answer to the next frame.
func (a *answers) settle(ctx context.Context, timeout time.Duration) error {
	for a.owed > 0 {
		ok, err := a.next(ctx, timeout)
		if err != nil {
			return err
		}
		if !ok {
			a.owed = 0
		}
	}
	for len(a.heard) > 0 {
		<-a.heard
	}
	a.rest, a.inside = nil, false
	return nil
}

// An answer begins with 2A and ends with 0A, or when the board says no more:
// its length is not in the sheet.
const (
	answerBegin = 0x2A
	answerEnd   = 0x0A
	answerGap   = 200 * time.Millisecond
)

// next waits for one answer.
func (a *answers) next(ctx context.Context, timeout time.Duration) (bool, error) {
	t := time.NewTimer(timeout)
	defer t.Stop()
	over := false
	for {
		for len(a.rest) > 0 {
			c := a.rest[0]
			a.rest = a.rest[1:]
			if a.inside && c == answerEnd {
				a.inside = false
				a.owed = max(a.owed-1, 0)
				return true, nil
			}
			if !a.inside && c == answerBegin {
				a.inside = true
				t.Reset(answerGap)
			}
		}
		if over {
			ok := a.inside
			if a.inside = false; ok {
				a.owed = max(a.owed-1, 0)
			}
			return ok, nil
		}
		select {
		case a.rest = <-a.heard:
		case <-t.C: // what is here already still counts
			for over = true; len(a.heard) > 0; {
				a.rest = append(a.rest, <-a.heard...)
			}
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}
