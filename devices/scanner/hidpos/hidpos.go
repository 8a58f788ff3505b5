// Package hidpos drives bar-code scanners (扫码器) that send their codes as HID
// reports (USB usage page 8C, «HID POS»), the best mode of a scanner: no key is
// typed anywhere, and the symbology comes with the code.
//
// Guarantees: a code is delivered whole or as Broken, also one of several
// reports: what does not end within a second is Broken, and what begins before
// another has ended breaks that one; answers to commands are no codes; the AIM
// identifier is taken from its place in the report; text as in
// devices/scanner/text.
//
// How to connect: set the scanner to «USB HID POS» (also called OPOS, or USB
// bar-code scanner) with a code of its manual; «hid:0c2e:0b61». Option quirks:
// none, honeywell, youjie; left out, the numbers in the address decide.
// Rights: the hidraw nodes belong to root until a udev rule gives them to a
// group (package port). With ?driver=karalabe no feature report can be set:
// makers that need one cannot be used so.
//
// Quirks that are known (quirks.toml, protocol sheet §B.3): Honeywell and Youjie
// send nothing until feature report FE is 01; a device that refuses it has the
// fault scanner_setup. Some put the AIM identifier one byte further. Microscan
// and others send report 01 with a length only: a full one may be followed by
// more, and is the end when nothing follows; whether such devices end a code of
// exactly full reports by an empty one was not seen.
// Source: USB HID POS Usage Tables 1.02; protocol sheet §B.3, §B.4.
package hidpos

import (
	"context"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner"
	"hallway/devices/scanner/outlet"
)

// Options of a scanner. Zero values are the defaults.
type Options struct {
	ID     string
	Quirks string        // none, or a name of quirks.toml; "": by the address
	Gap    time.Duration // a code that does not go on for so long is over; 1 s
	Clock  func() time.Time
}

// Scanner is one scanner.
type Scanner struct {
	*driver.Base
	*outlet.Outlet
	opener port.Opener
	o      Options
	setup  []byte
}

var _ scanner.Scanner = (*Scanner)(nil)

// New makes a scanner; nothing is opened before Run.
func New(opener port.Opener, o Options) (*Scanner, error) {
	if o.Gap <= 0 {
		o.Gap = time.Second
	}
	q, err := quirkOf(o.Quirks, opener)
	if err != nil {
		return nil, err
	}
	base := driver.NewBase(o.ID, devices.KindScanner, "hidpos", opener.Address(), o.Clock)
	base.Apply(driver.Change{Caps: map[string]string{"quirks": q.Name}})
	return &Scanner{Base: base, Outlet: outlet.New(base), opener: opener, o: o, setup: q.setup()}, nil
}

// FromConfig makes the driver of one configured device. Option: quirks.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "quirks")
	if err != nil {
		return nil, err
	}
	return New(opener, Options{ID: c.ID, Quirks: c.Options["quirks"]})
}

// Run keeps the line to the scanner open until ctx ends.
func (s *Scanner) Run(ctx context.Context) error { return s.Loop(ctx, s.opener, s.session) }

// session reads one open port until it fails or ctx ends.
func (s *Scanner) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending read; Loop closes again
	reports, ok := p.(port.Packets)
	if !ok {
		return &port.Error{Code: port.BadAddress, Port: p.String(), Op: "open",
			Err: fmt.Errorf("this scanner sends reports: write hid:MAKER:PRODUCT")}
	}
	if err := s.setUp(reports); err != nil {
		return err
	}
	s.Apply(driver.Change{State: devices.Ready})
	var m message
	return s.Read(p, outlet.Reading{Gap: s.o.Gap, Buffer: 4096, Pending: m.pending, Feed: m.report, Idle: m.idle, Lost: m.lost,
		Odd: func() (counter string, n int) {
			n, m.odd = m.odd, 0
			return "other_reports", n
		}})
}

// setUp sets what the scanner needs before it speaks. One that refuses may
// still speak, if it was set by hand: it is used, with a fault.
func (s *Scanner) setUp(p port.Packets) error {
	if s.setup == nil {
		return nil
	}
	err := p.Feature(s.setup)
	switch port.CodeOf(err) {
	case "":
		if err == nil {
			s.Apply(driver.Change{Cleared: []string{"scanner_setup"}})
			return nil
		}
	case port.Protocol, port.Timeout:
	default:
		return err
	}
	s.Apply(driver.Change{
		Faults: map[string]devices.Severity{"scanner_setup": devices.SeverityOf("scanner_setup")},
		Detail: map[string]string{"scanner_setup": err.Error()},
	})
	return nil
}
