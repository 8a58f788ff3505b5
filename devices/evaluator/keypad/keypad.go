// Package keypad drives USB key pads as evaluators (评价器): pads that are
// keyboards to the system, with a key for each level.
//
// What it supports: any pad that sends five keys, by a table (devices/frame):
// hid_keypad takes the digits 1 to 5 of the row and of the numeric pad; a pad
// with other keys has its own table, given by its path.
//
// Guarantees: keys are taken from the keyboard's queue below every input method,
// so that they type nowhere; a key counts only for the asking that was open when
// it went down, held keys and repeats do not; nothing pressed is level 0.
//
// How to connect: kind = "evaluator", model = "hid_keypad", port =
// "evdev:VVVV:PPPP" (hallway devices detect finds it). The user needs group
// input.
//
// Quirks: a pad shows and says nothing. The screen or a notice beside it has to
// say when to press; the program cannot tell a pad from a second keyboard with
// the same identity, so that a socket («@1-1.4») should be given with it.
//
// Source: protocol sheet §B.1 (records of evdev) and §D.2; levels: standards §5.3.
package keypad

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/evaluator"
	"hallway/devices/frame"
	"hallway/devices/port"
)

// Options of a key pad.
type Options struct {
	ID    string
	Table frame.Table // with an evaluator whose input is keys
	Clock func() time.Time
}

// Pad is the driver. It implements evaluator.Evaluator.
type Pad struct {
	*driver.Base
	opener port.Opener
	keys   map[uint16]int
	asking *evaluator.Asking
	line   *driver.Line
}

var _ evaluator.Evaluator = (*Pad)(nil)

// New makes a driver; Run opens the port.
func New(opener port.Opener, o Options) *Pad {
	base := driver.NewBase(o.ID, devices.KindEvaluator, o.Table.Name, opener.Address(), o.Clock)
	return &Pad{Base: base, opener: opener, keys: o.Table.Evaluator.Keys, asking: evaluator.NewAsking(), line: driver.NewLine(base)}
}

// FromConfig makes the driver of one configured device: the model is the name
// of a table or the option «table» its path.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "table")
	if err != nil {
		return nil, err
	}
	table, err := frame.Load(cmp.Or(c.Options["table"], c.Model))
	if err != nil {
		return nil, err
	}
	if table.Evaluator == nil || !table.Evaluator.Rate.IsZero() {
		return nil, fmt.Errorf("table %s is of no key pad: it needs input = \"keys\"", table.Name)
	}
	return New(opener, Options{ID: c.ID, Table: table}), nil
}

// Run keeps the pad open until ctx ends.
func (p *Pad) Run(ctx context.Context) error { return p.Loop(ctx, p.opener, p.session) }

// session reads keys until the port fails or ctx ends.
func (p *Pad) session(ctx context.Context, line port.Port) error {
	if err := line.SetReadTimeout(time.Second); err != nil {
		return err
	}
	defer p.line.Hold(line)()
	stop := context.AfterFunc(ctx, func() { _ = line.Close() }) // wakes the read
	defer stop()
	p.Apply(driver.Change{State: devices.Ready, Caps: map[string]string{"keys": fmt.Sprint(len(p.keys))}})
	buf := make([]byte, 64*recordLen)
	var rest []byte
	for {
		n, err := line.Read(buf)
		var down []uint16
		down, rest = pressed(append(rest, buf[:n]...))
		for _, key := range down {
			if level, ok := p.keys[key]; ok {
				p.asking.Key(level)
			}
			p.Apply(driver.Change{Counters: map[string]int64{"keys": 1}})
		}
		if err != nil && !errors.Is(err, &port.Error{Code: port.Timeout}) {
			return err
		}
	}
}

// A record of evdev on a 64-bit machine: 16 bytes of time, type, code, value.
const (
	recordLen = 24
	typeKey   = 1
	wentDown  = 1 // 0 is up, 2 a repeat
)

// pressed are the keys that went down in whole records, and what is left over.
func pressed(b []byte) (keys []uint16, rest []byte) {
	for ; len(b) >= recordLen; b = b[recordLen:] {
		if binary.LittleEndian.Uint16(b[16:]) == typeKey && binary.LittleEndian.Uint32(b[20:]) == wentDown {
			keys = append(keys, binary.LittleEndian.Uint16(b[18:]))
		}
	}
	return keys, append([]byte(nil), b...)
}

// Welcome has nothing to show; it fails where there is no pad.
func (p *Pad) Welcome(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := p.line.Use("write")
	return err
}

// Ask waits for a key until the time-out, then returns level 0.
func (p *Pad) Ask(ctx context.Context, ref string, timeout time.Duration) (evaluator.Answer, error) {
	there := func() error { return p.Welcome(context.WithoutCancel(ctx)) }
	return p.asking.Ask(ctx, ref, timeout, evaluator.Screen{Port: p.opener.Address(), Ask: there, Welcome: there,
		Thanks: func() error { return nil }, Now: p.Now, Tell: p.line.Tell, Gone: p.line.Gone})
}
