// Package framed is what drivers of table-driven devices share: a line, the
// frames found on it, their acknowledgement, and the frames sent.
//
// Guarantees: what the table says to acknowledge is acknowledged at once, after
// the frame was handed on; frames for another address are neither handed on nor
// acknowledged nor counted as noise; frames are written whole, one at a time.
//
// Expects: Take does not wait. Source: protocol sheet §D.1, design §4.
package framed

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/frame"
	"hallway/devices/port"
)

// Options of a device.
type Options struct {
	ID       string
	Kind     devices.Kind
	Table    frame.Table
	Address  byte // 0: the table's
	Clock    func() time.Time
	Patterns []frame.Pattern   // handed on; the table's Frame is acknowledged beside them
	Take     func(frame.Found) // a frame of the device
	Opened   func() error      // the line is open
}

// Device is the line of one device.
type Device struct {
	*driver.Base
	opener port.Opener
	o      Options
	addr   byte
	line   *driver.Line
	write  sync.Mutex
}

// New makes the line; Run opens the port.
func New(opener port.Opener, o Options) *Device {
	addr := o.Table.Address
	if o.Address != 0 {
		addr = o.Address
	}
	base := driver.NewBase(o.ID, o.Kind, o.Table.Name, opener.Address(), o.Clock)
	return &Device{Base: base, opener: opener, o: o, addr: addr, line: driver.NewLine(base)}
}

// Run keeps the line open until ctx ends.
func (d *Device) Run(ctx context.Context) error { return d.Loop(ctx, d.opener, d.session) }

// idleGap is how long a frame may pause before it is unfinished.
const idleGap = 100 * time.Millisecond

// session reads until the port fails or ctx ends.
func (d *Device) session(ctx context.Context, line port.Port) error {
	if err := line.SetReadTimeout(idleGap); err != nil {
		return err
	}
	defer d.line.Hold(line)()
	stop := context.AfterFunc(ctx, func() { _ = line.Close() }) // wakes the read
	defer stop()
	d.Apply(driver.Change{State: devices.Ready, Caps: map[string]string{"table": d.o.Table.Name, "address": strconv.Itoa(int(d.addr))}})
	if d.o.Opened != nil {
		if err := d.o.Opened(); err != nil {
			return err
		}
	}
	return d.read(line)
}

// read hands on what is found until the port fails.
func (d *Device) read(line port.Port) error {
	s := frame.Scanner{Patterns: d.patterns(), Addr: d.addr}
	buf := make([]byte, 256)
	for {
		n, err := line.Read(buf)
		frames := s.Feed(buf[:n])
		if errors.Is(err, &port.Error{Code: port.Timeout}) {
			frames, err = append(frames, s.Idle()...), nil
		}
		if s.Lost > 0 {
			d.Apply(driver.Change{Counters: map[string]int64{"noise_bytes": int64(s.Lost)}})
			s.Lost = 0
		}
		for _, f := range frames {
			if err := d.take(line, f); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// patterns are what is looked for: those that are handed on come first.
func (d *Device) patterns() []frame.Pattern {
	out := d.o.Patterns
	if !d.o.Table.Frame.IsZero() {
		out = append(out[:len(out):len(out)], d.o.Table.Frame)
	}
	return out
}

// take hands a frame on and acknowledges it.
func (d *Device) take(line port.Port, f frame.Found) error {
	if f.Which < len(d.o.Patterns) {
		d.o.Take(f)
	}
	d.Apply(driver.Change{Counters: map[string]int64{"keys": 1}})
	if !d.o.Table.Echo {
		return nil
	}
	d.write.Lock()
	defer d.write.Unlock()
	_, err := line.Write(f.Bytes)
	return err
}

// Send writes some filled patterns. The address is the device's.
func (d *Device) Send(ps []frame.Pattern, v frame.Values) error {
	line, err := d.line.Use("write")
	if err != nil {
		return err
	}
	v.Addr = d.addr
	d.write.Lock()
	defer d.write.Unlock()
	for _, p := range ps {
		if _, err := line.Write(p.Fill(v)); err != nil {
			return err
		}
	}
	return nil
}

// Gone is closed when the line that is open now is lost; it is closed when there
// is none.
func (d *Device) Gone() <-chan struct{} { return d.line.Gone() }

// Tell tells the state as long as there is a line.
func (d *Device) Tell(state devices.State) { d.line.Tell(state) }
