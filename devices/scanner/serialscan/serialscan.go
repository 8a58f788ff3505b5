// Package serialscan drives bar-code scanners (扫码器) on a serial line, RS-232
// or USB virtual COM.
//
// How to connect: set the scanner to RS-232 or USB COM with a code of its manual,
// with CR behind each code; «serial:usb-0c2e:0b6a», or with «?baud=9600» (8N1)
// where the line has a speed. Rights: group dialout. Quirks that are allowed for:
// other ends (option terminator), none (the idle line ends a code), an AIM
// identifier in front (option aim). It sends nothing to the scanner.
//
// Guarantees: a code is delivered whole or as Broken, never by halves and never
// joined with the next; codes longer than the limit are Broken; the AIM
// identifier is taken off; Raw holds the code's bytes as they came, Text is
// decoded by ECI, strict UTF-8 or GB18030, without control characters.
// Expectations: somebody takes the scans; of more than 1024 that wait the oldest
// is lost and counted.
// Source: protocol sheet §B.2, §B.4, §B.5; ISO/IEC 15424.
package serialscan

import (
	"context"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner"
	"hallway/devices/scanner/outlet"
	"hallway/devices/scanner/text"
)

// Options of a scanner. Zero values are the defaults.
type Options struct {
	ID         string
	Terminator Terminator
	AIM        text.AIM
	Max        int           // bytes of a code; 8192
	Gap        time.Duration // a line quiet for so long in a code ends it; 1 s, 50 ms with Terminator None
	Clock      func() time.Time
}

// Scanner is one scanner.
type Scanner struct {
	*driver.Base
	*outlet.Outlet
	opener port.Opener
	o      Options
}

var _ scanner.Scanner = (*Scanner)(nil)

// New makes a scanner; nothing is opened before Run.
func New(opener port.Opener, o Options) *Scanner {
	if o.Max <= 0 {
		o.Max = 8192
	}
	if o.Gap <= 0 {
		o.Gap = time.Second // its end is to come: a machine short of time is no cut cable
		if o.Terminator == None {
			o.Gap = 50 * time.Millisecond
		}
	}
	base := driver.NewBase(o.ID, devices.KindScanner, "serial", opener.Address(), o.Clock)
	return &Scanner{Base: base, Outlet: outlet.New(base), opener: opener, o: o}
}

// FromConfig makes the driver of one configured device. Options: terminator
// (see ParseTerminator), aim = on or off (left out: as it comes).
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "terminator", "aim")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	if o.Terminator, err = ParseTerminator(c.Options["terminator"]); err != nil {
		return nil, err
	}
	if o.AIM, err = text.ParseAIM(c.Options["aim"]); err != nil {
		return nil, err
	}
	return New(opener, o), nil
}

// Run keeps the line to the scanner open until ctx ends.
func (s *Scanner) Run(ctx context.Context) error { return s.Loop(ctx, s.opener, s.session) }

// session reads one open port until it fails or ctx ends. A scanner says
// nothing of itself: an open line is all that can be known.
func (s *Scanner) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending read; Loop closes again
	s.Apply(driver.Change{State: devices.Ready})
	f := framer{end: s.o.Terminator, aim: s.o.AIM, limit: s.o.Max}
	return s.Read(p, outlet.Reading{Gap: s.o.Gap, Buffer: 4096, Pending: f.pending, Feed: f.feed, Idle: f.idle, Lost: f.idle})
}
