// Package rs485 drives small number boards over a window (窗口屏) on RS-485 or
// RS-232, 9600 8N1: model «board4», four bytes without an answer, and model
// «xunpeng», seven bytes with an answer.
//
// Guarantees: the last number is shown again when the board comes back, and
// every ten seconds, because a board that lost power has forgotten it. A
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
	b.mu.Unlock()
	select {
	case b.shown <- struct{}{}:
	default:
	}
	if b.Status().State == devices.Absent {
		b.finish(&port.Error{Code: port.Gone, Port: b.opener.Address(), Op: "write"})
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("show a number: %w", ctx.Err())
	}
}

// finish tells the Show that waits how it went.
func (b *Board) finish(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiter != nil {
		b.waiter <- err
		b.waiter = nil
	}
}

func (b *Board) frame() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.o.Model == ModelXunpeng {
		return Xunpeng(b.o.Colour, b.value)
	}
	return Board4(b.o.Address, b.value)
}

// session writes what is to be shown until the port fails or ctx ends.
func (b *Board) session(ctx context.Context, line port.Port) error {
	if err := line.SetReadTimeout(100 * time.Millisecond); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	answers := make(chan []byte, 16)
	ended := make(chan struct{})
	go func() { // ends when the port is closed, below, or fails
		defer close(ended)
		cancel(read(line, answers))
	}()
	defer func() {
		_ = line.Close() // again by the loop; wakes the reader
		<-ended
	}()
	b.Apply(driver.Change{State: devices.Ready})
	tick := time.NewTicker(b.o.Refresh)
	defer tick.Stop()
	for {
		err := b.write(ctx, line, answers)
		b.finish(err)
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
func read(line port.Port, answers chan<- []byte) error {
	buf := make([]byte, 64)
	for {
		n, err := line.Read(buf)
		if n > 0 {
			select {
			case answers <- bytes.Clone(buf[:n]):
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
func (b *Board) write(ctx context.Context, line port.Port, answers <-chan []byte) error {
	if b.o.Model != ModelXunpeng {
		_, err := line.Write(b.frame())
		return err
	}
	for range 3 {
		for len(answers) > 0 { // late ones
			<-answers
		}
		if _, err := line.Write(b.frame()); err != nil {
			return err
		}
		ok, err := answered(ctx, answers, b.o.Answer)
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

// answered waits for an answer, which begins with 2A.
func answered(ctx context.Context, answers <-chan []byte, timeout time.Duration) (bool, error) {
	t := time.NewTimer(timeout)
	defer t.Stop()
	for {
		select {
		case a := <-answers:
			if bytes.IndexByte(a, 0x2A) >= 0 {
				return true, nil
			}
		case <-t.C:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}
