// Package wedge drives bar-code scanners (扫码器) that type their codes like a
// keyboard. The device is taken out of the system's keyboard queue below every
// input method, so that what it types reaches this program and nothing else.
//
// Guarantees: a scan is data, never keys: while the scanner is ours nobody else
// hears it, and whatever it types (Ctrl, Alt and function keys, control
// characters, keys of the system) does nothing here but become a code or
// nothing. A code is delivered whole or as Broken: one that does not go on
// within the gap, whose prefix is missing, that is too long, or of which the
// system lost keys, is Broken. Keys that were down when the scanner was taken are
// not part of a code. Characters come as on a US keyboard whatever the desktop's
// layout is; caps lock counts within a code, until the next silence.
// Expectations: a device of its own. A person's keyboard under the same numbers
// would be taken away too: name the scanner by serial or socket then.
//
// How to connect: «evdev:05f9:2204», Linux only. Set the scanner to USB keyboard,
// US layout, Enter behind each code; where it can, set it to HID POS or USB COM
// instead, which are better (Windows has no other way). Rights: group input.
// For Chinese codes set it to ALT mode («ALT code», «emulate numeric keypad»):
// each byte is typed as Alt and its decimal number on the number pad, and the
// bytes are read as UTF-8 or GB18030 (package text); without it scanners leave
// such characters out.
//
// Options: suffix = enter (left out), tab or none (silence ends a code);
// prefix = text that stands before every code; min = characters of the shortest
// code (1); gap = the longest silence within a code (150ms; 80ms with suffix
// none); aim = on or off, as with serial scanners.
//
// Known quirks: some scanners press caps lock before a code; it is followed.
// Numbers of ALT mode from 256 on are taken as characters. Scanners that press
// all digits of a number at once lose one of two equal ones on the way through
// the system (080 arrives as 0 and 8): such a code is Broken, and the scanner
// needs HID POS or USB COM. A scanner that another
// program has taken has the fault grab_refused. Not seen: scanners that type
// hexadecimal numbers (Ctrl+Shift+U); they come as letters.
// Source: protocol sheet §B.1; linux/input-event-codes.h.
package wedge

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner"
	"hallway/devices/scanner/outlet"
	"hallway/devices/scanner/text"
)

// Suffix is the key that ends a code.
type Suffix string

const (
	Enter Suffix = ""     // either Enter key
	Tab   Suffix = "tab"  // the Tab key
	None  Suffix = "none" // none: silence ends a code
)

func (s Suffix) ends(code uint16) bool {
	switch s {
	case Enter:
		return code == keyEnter || code == keyKPEnter
	case Tab:
		return code == keyTab
	}
	return false
}

// Options of a scanner. Zero values are the defaults.
type Options struct {
	ID     string
	Suffix Suffix
	Prefix string
	AIM    text.AIM
	Least  int           // characters of the shortest code; 1
	Max    int           // bytes of the longest; 8192
	Gap    time.Duration // silence that ends a code; 150 ms, 80 ms without a suffix
	Clock  func() time.Time
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
	if o.Least <= 0 {
		o.Least = 1
	}
	if o.Max <= 0 {
		o.Max = 8192
	}
	if o.Gap <= 0 {
		o.Gap = 150 * time.Millisecond
		if o.Suffix == None {
			o.Gap = 80 * time.Millisecond
		}
	}
	base := driver.NewBase(o.ID, devices.KindScanner, "wedge", opener.Address(), o.Clock)
	base.NameFault(port.InUse, "grab_refused")
	return &Scanner{Base: base, Outlet: outlet.New(base), opener: opener, o: o}
}

// FromConfig makes the driver of one configured device. Options: suffix, prefix,
// min, gap, aim.
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "suffix", "prefix", "min", "gap", "aim")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID, Prefix: c.Options["prefix"]}
	switch s := strings.ToLower(c.Options["suffix"]); Suffix(s) {
	case Enter, Tab, None:
		o.Suffix = Suffix(s)
	case "enter":
	default:
		return nil, fmt.Errorf("option suffix = %q: write enter, tab or none", s)
	}
	if o.AIM, err = text.ParseAIM(c.Options["aim"]); err != nil {
		return nil, err
	}
	if s := c.Options["min"]; s != "" {
		if o.Least, err = strconv.Atoi(s); err != nil || o.Least < 1 || o.Least > 1000 {
			return nil, fmt.Errorf("option min = %q: write a number from 1 to 1000", s)
		}
	}
	if s := c.Options["gap"]; s != "" {
		if o.Gap, err = time.ParseDuration(s); err != nil || o.Gap < 10*time.Millisecond || o.Gap > 5*time.Second {
			return nil, fmt.Errorf("option gap = %q: write a time from 10ms to 5s", s)
		}
	}
	return New(opener, o), nil
}

// Run keeps the scanner taken until ctx ends.
func (s *Scanner) Run(ctx context.Context) error { return s.Loop(ctx, s.opener, s.session) }

// session reads one open port until it fails or ctx ends.
func (s *Scanner) session(ctx context.Context, p port.Port) error {
	defer context.AfterFunc(ctx, func() { p.Close() })() // ends a pending read; Loop closes again
	var held []uint16
	if k, ok := p.(interface{ Held() []uint16 }); ok {
		held = k.Held()
	}
	t := newTypist(s.o, held)
	s.Apply(driver.Change{State: devices.Ready})
	return s.Read(p, outlet.Reading{Gap: s.o.Gap, Buffer: 64 * eventLen, Pending: t.pending, Feed: t.feed, Idle: t.idle, Lost: t.lost, Odd: t.odd})
}
