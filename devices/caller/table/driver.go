// Package table drives callers (呼叫器) from tables (devices/frame).
//
// What it supports: caller21, the 21-key caller on RS-485 or RS-232, with the
// keys next, recall, cancel, confirm, one metre, pause, transfer and evaluate
// and a display of three digits; and a hall's own table, by its path.
//
// Guarantees: see devices/caller; every frame is acknowledged at once, whether
// its key means something or not; the same frame again within a second is the
// same press; the number is shown again when the line comes back.
//
// How to connect: kind = "caller", model = the table's name or path, port =
// "serial:…?baud=9600", option address for its number on the bus. Several
// callers and evaluators may share a bus: the same port, each its own address.
// A box that is caller and evaluator in one (one address) is configured once, as
// an evaluator with calls = "yes". The user needs group dialout.
//
// Quirks: which CMD byte its key frames carry is not in the sheet, so that any
// is taken; the display shows the ticket's digits only, A012 as 12.
//
// Source: protocol sheet §D.1.
package table

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/caller"
	"hallway/devices/driver"
	"hallway/devices/frame"
	"hallway/devices/frame/framed"
	"hallway/devices/port"
)

// Options of a caller.
type Options struct {
	ID      string
	Table   frame.Table // with call keys
	Address byte        // 0: the table's
	Clock   func() time.Time
}

// Caller is the driver. It implements caller.Caller.
type Caller struct {
	*framed.Device
	*Pad
}

var _ caller.Caller = Caller{}

// New makes a driver; Run opens the port.
func New(opener port.Opener, o Options) Caller {
	k := NewPad(*o.Table.Caller, o.Clock)
	d := framed.New(opener, framed.Options{ID: o.ID, Kind: devices.KindCaller, Table: o.Table, Address: o.Address, Clock: o.Clock,
		Patterns: []frame.Pattern{o.Table.Caller.Press}, Take: k.Take, Opened: k.Again})
	k.Join(d, nil)
	return Caller{d, k}
}

// FromConfig makes the driver of one configured device: the model is the name
// of a table or the option «table» its path; the option «address» overrides the
// table's.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "address", "table")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	if o.Table, err = frame.Load(cmp.Or(c.Options["table"], c.Model)); err != nil {
		return nil, err
	}
	if o.Table.Caller == nil {
		return nil, fmt.Errorf("table %s has no call keys", o.Table.Name)
	}
	if o.Address, err = driver.BusAddress(c); err != nil {
		return nil, err
	}
	return New(opener, o), nil
}

// sameWithin: the same frame again so soon is the same press, repeated because
// its acknowledgement was lost.
const sameWithin = time.Second

// Pad is the call keys and the display of a device on a framed line.
type Pad struct {
	part    frame.Caller
	clock   func() time.Time
	presses chan caller.Press
	dev     *framed.Device
	covered func() bool // the display shows something else

	mu    sync.Mutex
	last  string // frame
	at    time.Time
	shown string
}

// NewPad makes the pad of a table's caller. A nil clock is the machine's.
func NewPad(part frame.Caller, clock func() time.Time) *Pad {
	if clock == nil {
		clock = time.Now
	}
	return &Pad{part: part, clock: clock, presses: make(chan caller.Press), covered: func() bool { return false }}
}

// Join says on which line it is, before it runs; covered, where it is given,
// when the display is needed for something else.
func (k *Pad) Join(dev *framed.Device, covered func() bool) {
	k.dev = dev
	if covered != nil {
		k.covered = covered
	}
}

// Keys are the presses.
func (k *Pad) Keys() <-chan caller.Press { return k.presses }

// Take is told every frame of a key.
func (k *Pad) Take(f frame.Found) {
	now := k.clock()
	k.mu.Lock()
	again := string(f.Bytes) == k.last && now.Sub(k.at) < sameWithin
	k.last, k.at = string(f.Bytes), now
	k.mu.Unlock()
	if again {
		k.dev.Apply(driver.Change{Counters: map[string]int64{"repeated": 1}})
		return
	}
	p := caller.Press{Key: k.part.Keys[f.Key], At: now}
	for _, d := range f.Data {
		if d <= 9 {
			p.Digits += string('0' + rune(d))
		}
	}
	select {
	case k.presses <- p:
	default: // the one before is still worked on
		k.dev.Apply(driver.Change{Counters: map[string]int64{"dropped": 1}})
	}
}

// Show shows the number at the window; empty blanks the display.
func (k *Pad) Show(ctx context.Context, number string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	k.mu.Lock()
	k.shown = number
	k.mu.Unlock()
	if k.covered() {
		return nil // shown when the display is free
	}
	return k.Again()
}

// Again shows what was shown last.
func (k *Pad) Again() error {
	k.mu.Lock()
	number := k.shown
	k.mu.Unlock()
	if number == "" {
		return k.dev.Send(k.part.Blank, frame.Values{})
	}
	var most uint32
	for _, p := range k.part.Show {
		most = max(most, p.MaxNumber())
	}
	v := frame.Values{Text: number}
	if most > 0 {
		n, err := frame.NumberOf(number, most)
		if err != nil {
			return k.dev.Send(k.part.Blank, frame.Values{}) // better nothing than another number
		}
		v.Number = n
	}
	return k.dev.Send(k.part.Show, v)
}

// Beep says that something did not work.
func (k *Pad) Beep(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.dev.Send(k.part.Beep, frame.Values{})
}
