// Package serialscan drives bar-code scanners (扫码器) on a serial line, RS-232
// or USB virtual COM.
//
// Guarantees: a code is delivered whole or as Broken, never by halves and never
// joined with the next; codes longer than the limit are Broken; the AIM
// identifier is taken off; Raw holds the code's bytes as they came, Text is
// decoded by ECI, strict UTF-8 or GB18030, without control characters.
// Expectations: somebody takes the scans; of more than 64 that wait the oldest
// is lost and counted.
// Source: protocol sheet §B.2, §B.4, §B.5; ISO/IEC 15424.
package serialscan

import (
	"context"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner"
)

// Options of a scanner. Zero values are the defaults.
type Options struct {
	ID         string
	Terminator Terminator
	AIM        AIM
	Max        int           // bytes of a code; 8192
	Gap        time.Duration // a line quiet for so long in a code ends it; 150 ms, 50 ms with Terminator None
	Clock      func() time.Time
}

// brokenLimit is how many broken codes in a row are a fault of the scanner.
const brokenLimit = 3

// Scanner is one scanner.
type Scanner struct {
	*driver.Base
	opener port.Opener
	o      Options
	scans  chan scanner.Scan
}

var _ scanner.Scanner = (*Scanner)(nil)

// New makes a scanner; nothing is opened before Run.
func New(opener port.Opener, o Options) *Scanner {
	if o.Max <= 0 {
		o.Max = 8192
	}
	if o.Gap <= 0 {
		o.Gap = 150 * time.Millisecond
		if o.Terminator == None {
			o.Gap = 50 * time.Millisecond
		}
	}
	return &Scanner{
		Base:   driver.NewBase(o.ID, devices.KindScanner, "serial", opener.Address(), o.Clock),
		opener: opener, o: o, scans: make(chan scanner.Scan, 64),
	}
}

// FromConfig makes the driver of one configured device. Options: terminator
// (see ParseTerminator), aim = on or off (left out: as it comes).
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "terminator", "aim")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID, AIM: AIM(c.Options["aim"])}
	if o.Terminator, err = ParseTerminator(c.Options["terminator"]); err != nil {
		return nil, err
	}
	switch o.AIM {
	case Auto, Always, Never:
		return New(opener, o), nil
	}
	return nil, fmt.Errorf("option aim = %q: write on or off, or leave it out", o.AIM)
}

// Scans delivers the codes.
func (s *Scanner) Scans() <-chan scanner.Scan { return s.scans }

// Run keeps the line to the scanner open until ctx ends.
func (s *Scanner) Run(ctx context.Context) error { return s.Loop(ctx, s.opener, s.session) }

// session reads one open port until it fails or ctx ends. A scanner says
// nothing of itself: an open line is all that can be known.
func (s *Scanner) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending read; Loop closes again
	s.Apply(driver.Change{State: devices.Ready})
	f := framer{end: s.o.Terminator, aim: s.o.AIM, limit: s.o.Max}
	buf := make([]byte, 4096)
	broken := 0
	for {
		wait := time.Duration(0)
		if f.pending() {
			wait = s.o.Gap
		}
		if err := p.SetReadTimeout(wait); err != nil {
			return err
		}
		n, err := p.Read(buf)
		found := f.feed(buf[:n])
		if err != nil {
			found = append(found, f.idle()...)
		}
		for _, sc := range found {
			broken = s.deliver(sc, broken)
		}
		if err != nil && !port.IsTimeout(err) {
			return err
		}
	}
}

// deliver hands a scan over, and gives how many in a row were broken.
func (s *Scanner) deliver(sc scanner.Scan, broken int) int {
	sc.At = s.Now()
	c := driver.Change{Counters: map[string]int64{"scans": 1}}
	if sc.Broken {
		broken++
		c.Counters = map[string]int64{"broken": 1}
		if broken >= brokenLimit {
			c.Faults = map[string]devices.Severity{"scan_broken": devices.SeverityOf("scan_broken")}
		}
	} else if broken > 0 {
		broken = 0
		c.Cleared = []string{"scan_broken"}
	}
	for {
		select {
		case s.scans <- sc:
			s.Apply(c)
			return broken
		default:
		}
		select {
		case <-s.scans:
			c.Counters["lost"]++
		default:
		}
	}
}
