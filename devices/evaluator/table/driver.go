// Package table drives evaluators (评价器) from tables (devices/frame): what to
// send, what comes back, and which key means which level.
//
// What it supports: caller21, the 21-key caller whose key «evaluate» follows a
// digit; five_key, five keys on a serial line, whose frames are an example and
// unsure; and a hall's own table, by its path.
//
// Guarantees: a frame with a wrong length, check byte or address is dropped; a
// key counts only for the asking that was open when it was pressed; nothing
// pressed is level 0, never a default; what the table says to acknowledge is
// acknowledged at once. With the option calls = "yes", for a table with call
// keys, the same device is also a caller (devices/caller): one box on the
// counter, whose display shows the ticket's number and, while a rating is asked
// for, what the table asks with.
//
// How to connect: kind = "evaluator", model = the table's name or path, port =
// "serial:…?baud=9600"; option address for the device's number on its bus.
// Several devices may share a bus when each has its own address: give all the
// same port. The user needs group dialout.
//
// Quirks: a caller21 has no picture of its own, so that it asks by lighting
// every segment (888) and a beep.
//
// Source: protocol sheet §D.1 and §D.2; levels: standards §5.3 and §6.
package table

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/caller"
	calls "hallway/devices/caller/table"
	"hallway/devices/driver"
	"hallway/devices/evaluator"
	"hallway/devices/frame"
	"hallway/devices/frame/framed"
	"hallway/devices/port"
)

// Options of an evaluator.
type Options struct {
	ID      string
	Table   frame.Table // with an evaluator whose keys come in frames
	Address byte        // 0: the table's
	Clock   func() time.Time
}

// Evaluator is the driver. It implements evaluator.Evaluator.
type Evaluator struct {
	*framed.Device
	part   *frame.Evaluator
	asking *evaluator.Asking
	pad    *calls.Pad // nil without call keys
}

var _ evaluator.Evaluator = (*Evaluator)(nil)

// New makes a driver; Run opens the port.
func New(opener port.Opener, o Options) *Evaluator { return build(opener, o, nil) }

// Desk is an evaluator whose call keys are used too.
type Desk struct {
	*Evaluator
	*calls.Pad
}

var (
	_ evaluator.Evaluator = Desk{}
	_ caller.Caller       = Desk{}
)

// NewDesk makes the driver of a device that is both; its table has both parts.
func NewDesk(opener port.Opener, o Options) Desk {
	pad := calls.NewPad(*o.Table.Caller, o.Clock)
	e := build(opener, o, pad)
	return Desk{e, pad}
}

func build(opener port.Opener, o Options, pad *calls.Pad) *Evaluator {
	e := &Evaluator{part: o.Table.Evaluator, asking: evaluator.NewAsking(), pad: pad}
	patterns := []frame.Pattern{e.part.Rate}
	if pad != nil {
		patterns = append(patterns, o.Table.Caller.Press)
	}
	e.Device = framed.New(opener, framed.Options{ID: o.ID, Kind: devices.KindEvaluator, Table: o.Table, Address: o.Address,
		Clock: o.Clock, Patterns: patterns, Take: e.take, Opened: e.welcome})
	if pad != nil {
		pad.Join(e.Device, e.asking.Open)
	}
	return e
}

// FromConfig makes the driver of one configured device: the model is the name
// of a table or the option «table» its path; the option «address» overrides the
// table's; calls = "yes" uses its call keys too.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "address", "table", "calls")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	if o.Table, err = frame.Load(cmp.Or(c.Options["table"], c.Model)); err != nil {
		return nil, err
	}
	if o.Table.Evaluator == nil || o.Table.Evaluator.Rate.IsZero() {
		return nil, fmt.Errorf("table %s has no evaluator that speaks frames", o.Table.Name)
	}
	if o.Address, err = driver.BusAddress(c); err != nil {
		return nil, err
	}
	switch c.Options["calls"] {
	case "", "no":
		return New(opener, o), nil
	case "yes":
		if o.Table.Caller == nil {
			return nil, fmt.Errorf("option calls: table %s has no call keys", o.Table.Name)
		}
		return NewDesk(opener, o), nil
	}
	return nil, fmt.Errorf("option calls = %q: write yes or no", c.Options["calls"])
}

// take gives a level to the asking that is open, and other keys to the caller.
func (e *Evaluator) take(f frame.Found) {
	if f.Which == 0 {
		if level, ok := e.part.Keys[uint16(f.Key)]; ok {
			e.asking.Key(level)
		}
		return
	}
	e.pad.Take(f)
}

// welcome shows the idle picture; with call keys, the number at the window.
func (e *Evaluator) welcome() error {
	if err := e.Send(e.part.Welcome, frame.Values{}); err != nil {
		return err
	}
	return e.again()
}

// again shows the number that an asking had covered.
func (e *Evaluator) again() error {
	if e.pad == nil {
		return nil
	}
	return e.pad.Again()
}

// Welcome shows the idle picture.
func (e *Evaluator) Welcome(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return e.welcome()
}

// Ask prompts and waits for a key until the time-out, then returns level 0.
// When the line is lost while it waits, the answer is level 0 with an error.
func (e *Evaluator) Ask(ctx context.Context, ref string, timeout time.Duration) (evaluator.Answer, error) {
	return e.asking.Ask(ctx, ref, timeout, evaluator.Screen{
		Port: e.Status().Port, Gone: e.Gone, Tell: e.Tell, Now: e.Now, Welcome: e.welcome,
		Ask: func() error { return e.Send(e.part.Ask, frame.Values{}) },
		Thanks: func() error {
			if err := e.Send(e.part.Thanks, frame.Values{}); err != nil {
				e.Apply(driver.Change{Counters: map[string]int64{"thanks_lost": 1}})
				return err
			}
			return e.again()
		},
	})
}
