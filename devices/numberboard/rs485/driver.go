// Package rs485 drives small number boards over a window (窗口屏) from tables
// (devices/frame).
//
// What it supports: board4, four bytes without an answer; xunpeng, seven bytes
// with an answer, in green, yellow or red; onbon_text, eight letters and digits;
// and a hall's own table, by its path, also of boards that show letters.
//
// Guarantees: the last number is shown again when the board comes back, and
// every ten seconds, because a board that lost power has forgotten it. Show
// returns with what became of its own number, not of one written before it. A
// board whose table has an answer and that does not answer three times has the
// fault no_answer; one without cannot say whether it is there.
//
// How to connect: kind = "numberboard", model = the table's name or path, port =
// "serial:…?baud=9600" (or tcp: behind a converter); options address (1 to 255)
// and colour (green, yellow, red). The user needs group dialout.
//
// Quirks: boards of digits leave letters out, A012 is 12; those without a
// documented blank show 0 for an empty number.
//
// LED controllers of Onbon (仰邦, BX): onbon_text writes the number as the text of
// dynamic area 0 of a card that has its own font, at «tcp:HOST:5005» or on a serial
// line; it is 64 by 16 dots until a copy of the table says otherwise. Its frames
// have the places, lengths and CRC of frames that such a card takes, but no card
// was at hand: tables/onbon_text.toml says what is unsure.
// Missing, for want of facts: what the card answers (so that it is told to answer
// nothing, and a number that it refuses is not noticed); graphic cards (5E, 6E, 6Q
// without fonts), whose areas are pictures in a form that differs by family;
// programmes, brightness, clock, voice; texts that are not ASCII. Captures of the
// maker's own tool («hallway devices record») would settle them.
//
// Source: protocol sheet §D.3 and §D.4.
package rs485

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/frame"
	"hallway/devices/numberboard"
	"hallway/devices/port"
)

// Options of a board.
type Options struct {
	ID      string
	Table   frame.Table // with a board
	Address byte        // 0: the table's
	Colour  string      // empty: the table's
	Clock   func() time.Time
	Answer  time.Duration // to wait for an answer; 0 = 500 ms
	Refresh time.Duration // 0 = 10 s
}

// Board is the driver. It implements numberboard.Board.
type Board struct {
	*driver.Base
	opener port.Opener
	o      Options
	part   *frame.Board

	mu     sync.Mutex
	shows  []frame.Pattern
	value  frame.Values
	open   bool          // a session serves who waits
	shown  chan struct{} // a new value waits
	waiter chan error    // of the Show that waits, nil without one
}

var _ numberboard.Board = (*Board)(nil)

// New makes a driver; Run opens the port.
func New(opener port.Opener, o Options) *Board {
	if o.Address == 0 {
		o.Address = o.Table.Address
	}
	if o.Answer == 0 {
		o.Answer = 500 * time.Millisecond
	}
	if o.Refresh == 0 {
		o.Refresh = 10 * time.Second
	}
	b := &Board{
		Base:   driver.NewBase(o.ID, devices.KindNumberBoard, o.Table.Name, opener.Address(), o.Clock),
		opener: opener, o: o, part: o.Table.Board, shown: make(chan struct{}, 1),
	}
	b.shows, b.value, _ = b.values("") // nothing is too great
	return b
}

// FromConfig makes the driver of one configured device: the model is the name
// of a table or its path. Options: address (1–255), colour (green, yellow, red).
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "address", "colour")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID, Colour: c.Options["colour"]}
	if o.Table, err = frame.Load(c.Model); err != nil {
		return nil, err
	}
	if o.Table.Board == nil {
		return nil, fmt.Errorf("table %s has no board", o.Table.Name)
	}
	if o.Address, err = driver.BusAddress(c); err != nil {
		return nil, err
	}
	switch o.Colour {
	case "", "green", "yellow", "red":
	default:
		return nil, fmt.Errorf("colour %q is not known: write green, yellow or red", o.Colour)
	}
	return New(opener, o), nil
}

// Run keeps the line open until ctx ends.
func (b *Board) Run(ctx context.Context) error { return b.Loop(ctx, b.opener, b.session) }

// Show shows a ticket number and returns when the board has it.
func (b *Board) Show(ctx context.Context, number string) error {
	shows, v, err := b.values(number)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	b.mu.Lock()
	b.shows, b.value = shows, v
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

// values are what is written for a ticket number. A colour that the board does
// not have is its own.
func (b *Board) values(number string) ([]frame.Pattern, frame.Values, error) {
	colour, ok := b.part.Colours[cmp.Or(b.o.Colour, b.part.Colour)]
	if !ok {
		colour = b.part.Colours[b.part.Colour]
	}
	v := frame.Values{Addr: b.o.Address, Colour: colour, Text: number}
	if number == "" && len(b.part.Blank) > 0 {
		return b.part.Blank, v, nil
	}
	if most := b.part.MaxNumber(); most > 0 {
		n, err := frame.NumberOf(number, most)
		if err != nil {
			return nil, v, err
		}
		v.Number = n
	}
	return b.part.Show, v, nil
}

// next is what to write, and the Show that waits for it.
func (b *Board) next() (frames [][]byte, waiter chan error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.shows {
		frames = append(frames, p.Fill(b.value))
	}
	return frames, b.waiter
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
	from := answers{heard: heard, table: b.part.Answer}
	for {
		frames, waiter := b.next()
		var err error
		for _, f := range frames {
			if err = b.write(ctx, line, &from, f); err != nil {
				break
			}
		}
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
func (b *Board) write(ctx context.Context, line port.Port, from *answers, f []byte) error {
	if b.part.Answer == nil {
		_, err := line.Write(f)
		return err
	}
	if err := from.settle(ctx, b.o.Answer); err != nil {
		return err
	}
	for range 3 {
		if _, err := line.Write(f); err != nil {
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

// answers name no number: only counting tells which frame one is for.
type answers struct {
	table  *frame.Answer
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

// answerGap ends an answer whose end does not come: its length is not in the
// sheet.
const answerGap = 200 * time.Millisecond

// next waits for one answer.
func (a *answers) next(ctx context.Context, timeout time.Duration) (bool, error) {
	t := time.NewTimer(timeout)
	defer t.Stop()
	over := false
	for {
		for len(a.rest) > 0 {
			c := a.rest[0]
			a.rest = a.rest[1:]
			if a.inside && c == a.table.End {
				a.inside = false
				a.owed = max(a.owed-1, 0)
				return true, nil
			}
			if !a.inside && c == a.table.Begin {
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
