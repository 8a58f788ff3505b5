// Package sane scans sheets through SANE (扫描仪): whatever scanner the system's
// scanimage program knows, from its feeder or its glass.
//
// How to connect: kind = "capture", model = "sane"; port = "sane:NAME" with a name
// that «scanimage -L» shows, such as "sane:epson2:net:192.168.1.70". The name of a
// scanner on USB changes with each plugging in (epson2:libusb:001:007): leave the
// numbers out ("sane:epson2:libusb"), or all but the backend ("sane:epson2"), and
// the one scanner that fits is looked for. Options: source, mode (names that
// «scanimage -A» shows), resolution (dots per inch, 200), width and height of the
// paper (mm, A4).
// Rights: install sane-utils; for USB the group scanner, which SANE's own udev rules
// give the device to. Pages go through a folder of a file system in memory
// (XDG_RUNTIME_DIR, /dev/shm), each for as long as it takes to read it; on a machine
// that has none the driver refuses to work.
//
// Guarantees: what scanimage says when it ends is told as what it is (jam, cover, no
// paper, busy, no right); pages that were scanned before are kept. A capture that is
// stopped interrupts the scan, so that the scanner lets go of its sheet, and kills the
// program after 5 s; files of a program that was killed are removed at the next start.
// What a scanner can do is learnt when it is found.
// Known quirks: SANE does not tell when a scanner goes away: it is looked for when
// something is plugged in, each minute, and after each capture that failed. A jam, an
// open cover and an empty feeder are known by trying only: their faults stay until
// the next capture begins. Tried with SANE's own test backend, with no real scanner
// yet.
// The counter's desk takes all of a feeder, or one sheet of the glass.
// Source: scanimage(1) and the status numbers of the SANE standard, §4.2.7, as
// sane-backends 1.2.1 answers them.
package sane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hallway/devices"
	"hallway/devices/capture"
	"hallway/devices/driver"
	"hallway/devices/hotplug"
	"hallway/devices/port"
)

// Model of the driver in configurations.
const Model = "sane"

// Options of a scanner. Zero values are the defaults.
type Options struct {
	ID         string
	Device     string        // SANE's name, or its beginning; see the package's text
	Program    string        // scanimage
	Source     string        // of the sheets, by the scanner's own name; "": what is wished for
	Mode       string        // colour mode; "": Color where there is one
	Resolution int           // dots per inch; 200
	Paper      [2]float64    // width and height in mm; A4
	Dir        string        // folder in memory; "" is looked for
	Env        []string      // more environment of the program
	Extra      []string      // more arguments of each scan
	Look       time.Duration // from one look at the scanner to the next; 1 min
	Patience   time.Duration // of a scan that was interrupted; 5 s
	Clock      func() time.Time
}

// Scanner is the driver.
type Scanner struct {
	*driver.Base
	o     Options
	slot  chan struct{} // holds the one token: whoever looks or scans
	again chan struct{} // look now

	scanning atomic.Bool

	mu    sync.Mutex
	life  context.Context // of Run; nil while it does not run
	name  string          // the scanner's full name
	knows settings
	able  capture.Able
}

var _ capture.Source = (*Scanner)(nil)

// New makes a scanner; nothing is started before Run.
func New(o Options) (*Scanner, error) {
	if o.Device == "" {
		return nil, &port.Error{Code: port.BadAddress, Port: address(o), Op: "parse",
			Err: errors.New("write sane: and a name of «scanimage -L»")}
	}
	if o.Program == "" {
		o.Program = program
	}
	if o.Resolution == 0 {
		o.Resolution = 200
	}
	if o.Paper == [2]float64{} {
		o.Paper = [2]float64{210, 297}
	}
	if o.Look <= 0 {
		o.Look = time.Minute
	}
	if o.Patience <= 0 {
		o.Patience = 5 * time.Second
	}
	if o.Dir == "" {
		dir, err := memoryFolder()
		if err != nil {
			return nil, err
		}
		o.Dir = dir
	}
	return &Scanner{Base: driver.NewBase(o.ID, devices.KindCapture, Model, address(o), o.Clock), o: o,
		slot: make(chan struct{}, 1), again: make(chan struct{}, 1)}, nil
}

func address(o Options) string { return "sane:" + o.Device }

// FromConfig makes the driver of one configured device.
func FromConfig(c devices.Config) (devices.Device, error) {
	if err := driver.KnownOptions(c, "source", "mode", "resolution", "width", "height"); err != nil {
		return nil, err
	}
	name, ok := strings.CutPrefix(c.Port, "sane:")
	if !ok {
		name = ""
	}
	o := Options{ID: c.ID, Device: name, Source: c.Options["source"], Mode: c.Options["mode"]}
	width, height, resolution := 210, 297, 200
	for _, n := range []struct {
		name     string
		to       *int
		min, max int
	}{{"resolution", &resolution, 75, 600}, {"width", &width, 20, 450}, {"height", &height, 20, 450}} {
		text := c.Options[n.name]
		if text == "" {
			continue
		}
		v, err := strconv.Atoi(text)
		if err != nil || v < n.min || v > n.max {
			return nil, fmt.Errorf("option %s = %q: write a number from %d to %d", n.name, text, n.min, n.max)
		}
		*n.to = v
	}
	o.Resolution, o.Paper = resolution, [2]float64{float64(width), float64(height)}
	return New(o)
}

// Able says what the scanner can do.
func (s *Scanner) Able() capture.Able {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.able
}

// Preview of a sheet scanner there is none.
func (s *Scanner) Preview(context.Context) (capture.Preview, error) {
	return capture.Preview{}, capture.ErrNoPreview
}

// sticky are faults that only the next capture can clear.
var sticky = []string{capture.FaultFeederEmpty, capture.FaultPageJam, capture.FaultCoverOpen}

// How soon a scanner that is not there is looked for again.
const (
	firstWait = 200 * time.Millisecond
	lastWait  = 30 * time.Second
)

// Run looks after the scanner until ctx ends; a capture that is under way ends too.
func (s *Scanner) Run(ctx context.Context) error {
	removeLeft(s.o.Dir)
	s.mu.Lock()
	s.life = ctx
	s.mu.Unlock()
	arrived, stop := hotplug.Arrivals()
	defer stop()
	for wait := firstWait; ctx.Err() == nil; {
		pause := s.o.Look
		select {
		case s.slot <- struct{}{}:
			if s.look(ctx) {
				wait = firstWait
			} else {
				pause = min(wait, s.o.Look)
				wait = min(wait*3/2, lastWait)
			}
			<-s.slot
		default: // a scan is under way: it is there
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-arrived:
			wait = firstWait
		case <-s.again:
		case <-t.C:
		}
		t.Stop()
	}
	s.slot <- struct{}{} // a capture ends first
	s.mu.Lock()
	s.life, s.able, s.name = nil, capture.Able{}, ""
	s.mu.Unlock()
	<-s.slot
	s.Apply(driver.Change{State: devices.Absent, Cleared: s.codes("")})
	return ctx.Err()
}

// look asks the scanner what it can do; the slot is held.
func (s *Scanner) look(ctx context.Context) bool {
	name, err := s.find(ctx)
	var knows settings
	if err == nil {
		knows, err = s.ask(ctx, name)
	}
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		s.lost(err)
		return false
	}
	able := knows.able(s.o)
	s.mu.Lock()
	s.name, s.knows, s.able = name, knows, able
	s.mu.Unlock()
	cleared := s.codes("")
	s.Apply(driver.Change{State: devices.Ready, Cleared: without(cleared, sticky), Caps: map[string]string{
		"device": name, "feeder": yes(able.Feeder), "glass": yes(able.Glass)}})
	return true
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// lost notes why there is no scanner.
func (s *Scanner) lost(err error) {
	code := codeOf(err)
	s.mu.Lock()
	s.able = capture.Able{}
	s.mu.Unlock()
	s.Apply(driver.Change{State: devices.Absent, Cleared: s.codes(code),
		Faults: map[string]devices.Severity{code: devices.SeverityOf(code)}, Detail: map[string]string{code: err.Error()}})
}

// codes are the present faults, but one.
func (s *Scanner) codes(but string) []string {
	var out []string
	for _, f := range s.Status().Faults {
		if f.Code != but {
			out = append(out, f.Code)
		}
	}
	return out
}

func without(all, some []string) []string {
	var out []string
	for _, a := range all {
		keep := true
		for _, s := range some {
			keep = keep && a != s
		}
		if keep {
			out = append(out, a)
		}
	}
	return out
}

// codeOf is the fault of an error.
func codeOf(err error) string {
	var f *capture.Failure
	if errors.As(err, &f) {
		return f.Code
	}
	return driver.FaultOf(err)
}

// lookAgain has Run look at once.
func (s *Scanner) lookAgain() {
	select {
	case s.again <- struct{}{}:
	default:
	}
}

// environment of the program: its messages in English, which are read.
func (s *Scanner) environment() []string { return append(append(os.Environ(), "LC_ALL=C"), s.o.Env...) }
