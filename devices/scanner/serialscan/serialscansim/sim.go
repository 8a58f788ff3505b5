// Package serialscansim simulates a bar-code scanner on a serial line.
//
// Guarantees: it shares no code with the driver; with the same seed it sends
// the same bytes. Source: protocol sheet §B.2, §B.4.
package serialscansim

import (
	"context"
	"io"
	"math/rand/v2"
	"sync"

	"hallway/devices/port/cable"
)

// Options of a simulated scanner.
type Options struct {
	Shape cable.Shape // of its line
	// Terminator is sent after each code; "\r" when empty, nothing when Bare.
	Terminator string
	Bare       bool
	// AIM is sent before each code, e.g. "]Q1"; nothing when empty.
	AIM string
	// OnChange is called when something that can be seen has changed.
	OnChange func()
}

// Sim is a simulated scanner. It implements cable.Simulator.
type Sim struct {
	*cable.Talk
	o Options

	mu    sync.Mutex
	rng   *rand.Rand
	last  string
	scans int
	heard []byte
}

// New makes a scanner.
func New(o Options) *Sim {
	if o.Terminator == "" {
		o.Terminator = "\r"
	}
	if o.Bare {
		o.Terminator = ""
	}
	return &Sim{Talk: cable.NewTalk(o.Shape), o: o, rng: rand.New(rand.NewPCG(o.Shape.Seed, 0xC0DE))}
}

// Serve speaks on one line until it ends.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return s.Talk.Serve(ctx, rw, func(b []byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.heard) < 1024 {
			s.heard = append(s.heard, b...)
		}
	})
}

// Scan sends a text as a code, in UTF-8.
func (s *Sim) Scan(text string) { s.ScanBytes([]byte(text), Damage{}) }

// Damage is what goes wrong with one scan.
type Damage struct {
	Cut     bool // the end is lost, with its terminator
	Garbage bool // stray bytes stand before it
}

// ScanBytes sends bytes as a code.
func (s *Sim) ScanBytes(code []byte, d Damage) {
	s.mu.Lock()
	b := append([]byte(s.o.AIM), code...)
	if d.Cut {
		b = b[:s.rng.IntN(len(b)+1)/2+min(1, len(b))]
	} else {
		b = append(b, s.o.Terminator...)
	}
	if d.Garbage {
		g := make([]byte, 4+s.rng.IntN(8))
		for i := range g {
			g[i] = 0x80 | byte(s.rng.UintN(128)) // never an end, never text
		}
		b = append(append(g, 0xFF), b...)
	}
	s.last = string(code)
	s.scans++
	s.mu.Unlock()
	s.Send(b)
	if s.o.OnChange != nil {
		s.o.OnChange()
	}
}

// Last gives the last code, and how many there were.
func (s *Sim) Last() (code string, scans int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.scans
}

// Heard gives the first bytes that the program sent. A driver that only listens
// sends none.
func (s *Sim) Heard() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.heard...)
}
