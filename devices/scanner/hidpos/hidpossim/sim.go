// Package hidpossim simulates a bar-code scanner that sends HID reports.
//
// Guarantees: it shares no code with the driver; with the same seed it sends the
// same bytes. Source: protocol sheet §B.3.
package hidpossim

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"sync"

	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// Options of a simulated scanner.
type Options struct {
	AIM     string // before each code, e.g. "]Q1"; nothing when empty
	Vendor  byte   // the maker's own code of the symbology
	Shifted bool   // the AIM identifier stands one byte further
	Simple  bool   // the form that has only a length
	CR      bool   // a carriage return behind each code
	// Needs is the feature report without which nothing is sent.
	Needs []byte
	Seed  uint64
}

// Sim is a simulated scanner. It implements cable.Device.
type Sim struct {
	o Options

	mu    sync.Mutex
	rng   *rand.Rand
	bus   cable.Bus
	awake bool
	heard [][]byte
}

// New makes a scanner.
func New(o Options) *Sim {
	return &Sim{o: o, rng: rand.New(rand.NewPCG(o.Seed, 0x41D))}
}

// Hello says what it has on USB.
func (s *Sim) Hello() port.Hello { return port.Hello{In: 1, Out: 1, InLen: 64, OutLen: 32} }

// ServeBus speaks until the bus fails or ctx ends.
func (s *Sim) ServeBus(ctx context.Context, bus cable.Bus) error {
	stop := context.AfterFunc(ctx, func() { bus.Close() })
	defer stop()
	s.mu.Lock()
	s.bus, s.awake = bus, s.o.Needs == nil
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		if s.bus == bus {
			s.bus = nil
		}
		s.mu.Unlock()
	}()
	for {
		tag, b, err := bus.Receive()
		if err != nil || len(b) == 0 {
			return err
		}
		s.mu.Lock()
		if tag == port.TagFeature && bytes.Equal(b, s.o.Needs) {
			s.awake = true
		} else {
			s.heard = append(s.heard, b)
		}
		s.mu.Unlock()
	}
}

// Reports are a code as this scanner sends it.
func (s *Sim) Reports(code []byte) [][]byte {
	if s.o.CR {
		code = append(bytes.Clone(code), '\r')
	}
	var all [][]byte
	for first := true; first || len(code) > 0; first = false {
		r := make([]byte, 64)
		if s.o.Simple {
			n := copy(r[2:], code)
			r[0], r[1] = 1, byte(n)
			code = code[n:]
			all = append(all, r)
			continue
		}
		at := 2
		if s.o.Shifted {
			at = 3
		}
		n := copy(r[at+3:61], code)
		code = code[n:]
		copy(r[at:], s.o.AIM)
		r[0], r[1], r[61] = 2, byte(n), s.o.Vendor
		if len(code) > 0 {
			r[63] = 1
		}
		all = append(all, r)
	}
	return all
}

// Damage is what goes wrong with one scan.
type Damage struct {
	Cut     bool // the last report is lost; a code of one report comes without its end
	Garbage bool // a report that is none of a code stands before it
}

// Scan sends a code. It says whether it went out.
func (s *Sim) Scan(code []byte, d Damage) bool {
	reports := s.Reports(code)
	s.mu.Lock()
	bus := s.bus
	ok := bus != nil && s.awake
	if d.Cut && len(reports) > 1 {
		reports = reports[:len(reports)-1]
	} else if d.Cut {
		reports[0][63] |= 1
	}
	if d.Garbage {
		reports = append([][]byte{s.stray()}, reports...)
	}
	s.mu.Unlock()
	for _, r := range reports {
		ok = ok && bus.Send(0, r) == nil
	}
	return ok
}

// Send sends a report as it is.
func (s *Sim) Send(report []byte) error {
	s.mu.Lock()
	bus := s.bus
	s.mu.Unlock()
	if bus == nil {
		return io.ErrClosedPipe
	}
	return bus.Send(0, report)
}

// Noise sends reports of n random bytes in all.
func (s *Sim) Noise(n int) {
	for ; n > 0; n -= 64 {
		s.mu.Lock()
		r := s.stray()
		s.mu.Unlock()
		_ = s.Send(r) // with nobody there it is lost
	}
}

// stray is a report of random bytes; its number is none of a code.
func (s *Sim) stray() []byte {
	r := make([]byte, 64)
	for i := range r {
		r[i] = byte(s.rng.UintN(256))
	}
	r[0] = 3 + byte(s.rng.UintN(200))
	return r
}

// Heard gives the reports that the program sent, but the one that it needs.
func (s *Sim) Heard() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]byte(nil), s.heard...)
}
