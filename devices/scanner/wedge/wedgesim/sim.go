// Package wedgesim simulates a bar-code scanner that types like a keyboard: the
// event records of the system's input layer, a report's keys one after the other.
//
// Guarantees: it shares no code with the driver; with the same seed it sends the
// same bytes. Source: protocol sheet §B.1; linux/input-event-codes.h.
package wedgesim

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// Options of a simulated scanner.
type Options struct {
	Alt    bool     // types every byte as Alt and its number on the pad
	Chord  bool     // with Alt: all three digits in one report, as one was captured
	Caps   bool     // presses caps lock first, and again behind the code
	Pad    bool     // types digits on the number pad
	Suffix []uint16 // keys behind each code; Enter when nil
	Held   []uint16 // keys that are down when the program takes it
	Seed   uint64
}

// Sim is a simulated scanner. It implements cable.Device.
type Sim struct {
	o Options

	mu  sync.Mutex
	rng *rand.Rand
	bus cable.Bus
}

// New makes a scanner.
func New(o Options) *Sim {
	if o.Suffix == nil {
		o.Suffix = []uint16{28}
	}
	return &Sim{o: o, rng: rand.New(rand.NewPCG(o.Seed, 0xED6E))}
}

// Hello says which keys are down.
func (s *Sim) Hello() port.Hello { return port.Hello{In: 1, Held: s.o.Held} }

// ServeBus speaks until the bus fails or ctx ends.
func (s *Sim) ServeBus(ctx context.Context, bus cable.Bus) error {
	stop := context.AfterFunc(ctx, func() { bus.Close() })
	defer stop()
	s.mu.Lock()
	s.bus = bus
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		if s.bus == bus {
			s.bus = nil
		}
		s.mu.Unlock()
	}()
	for {
		if _, b, err := bus.Receive(); err != nil || len(b) == 0 {
			return err
		}
	}
}

// Event is one record of the input layer.
func Event(kind, code uint16, value int32) []byte {
	b := make([]byte, 24)
	binary.LittleEndian.PutUint16(b[16:], kind)
	binary.LittleEndian.PutUint16(b[18:], code)
	binary.LittleEndian.PutUint32(b[20:], uint32(value))
	return b
}

// Tap presses keys one after the other and lets go of them.
func Tap(codes ...uint16) []byte {
	var b []byte
	for _, c := range codes {
		b = append(b, Event(1, c, 1)...)
	}
	b = append(b, Event(0, 0, 0)...)
	for _, c := range codes {
		b = append(b, Event(1, c, 0)...)
	}
	return append(b, Event(0, 0, 0)...)
}

// chord presses keys at once: of two equal ones the system tells only the first.
func chord(codes ...uint16) []byte {
	var once []uint16
	for _, c := range codes {
		if !slices.Contains(once, c) {
			once = append(once, c)
		}
	}
	return Tap(once...)
}

// Where characters are on a US keyboard: rows from a first code on.
var rows = []struct {
	first        uint16
	plain, upper string
}{
	{2, "1234567890-=", "!@#$%^&*()_+"}, {16, "qwertyuiop[]", "QWERTYUIOP{}"},
	{30, "asdfghjkl;'`", `ASDFGHJKL:"~`}, {43, `\zxcvbnm,./`, "|ZXCVBNM<>?"}, {57, " ", " "},
}

var pad = [10]uint16{82, 79, 80, 81, 75, 76, 77, 71, 72, 73}

// Keys are the event records with which this scanner types a code. What it has
// no key for it leaves out, as scanners do.
func (s *Sim) Keys(code []byte) []byte {
	var b []byte
	if s.o.Caps {
		b = append(b, Tap(58)...)
	}
	for _, c := range code {
		b = append(b, s.char(c)...)
	}
	if s.o.Caps {
		b = append(b, Tap(58)...)
	}
	for _, k := range s.o.Suffix {
		b = append(b, Tap(k)...)
	}
	return b
}

func (s *Sim) char(c byte) []byte {
	const shift, ctrl, alt = 42, 29, 56
	switch {
	case s.o.Alt && s.o.Chord:
		return chord(alt, pad[c/100], pad[c/10%10], pad[c%10])
	case s.o.Alt:
		return slices.Concat(Event(1, alt, 1), Tap(pad[c/100]), Tap(pad[c/10%10]), Tap(pad[c%10]), Event(1, alt, 0), Event(0, 0, 0))
	case s.o.Pad && c >= '0' && c <= '9':
		return Tap(pad[c-'0'])
	case c == '\t':
		return Tap(15)
	case c > 0 && c < 27:
		return append(Event(1, ctrl, 1), append(s.char(c+'a'-1), Event(1, ctrl, 0)...)...)
	}
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	for _, r := range rows {
		up := s.o.Caps && letter
		if i := strings.IndexByte(r.plain, c); i >= 0 {
			if up {
				return Tap(shift, r.first+uint16(i))
			}
			return Tap(r.first + uint16(i))
		}
		if i := strings.IndexByte(r.upper, c); i >= 0 {
			if up {
				return Tap(r.first + uint16(i))
			}
			return Tap(shift, r.first+uint16(i))
		}
	}
	return nil
}

// Scan types a code. It says whether it went out.
func (s *Sim) Scan(code string) bool { return s.Type(s.Keys([]byte(code))) }

// Type sends event records as they are.
func (s *Sim) Type(events []byte) bool {
	s.mu.Lock()
	bus := s.bus
	s.mu.Unlock()
	for ok := bus != nil; len(events) > 0; {
		n := min(len(events), 24*8)
		if ok = ok && bus.Send(0, events[:n]) == nil; !ok {
			return false
		}
		events = events[n:]
	}
	return bus != nil
}

// Noise presses n keys by chance, none of them Enter, and lets go of them.
func (s *Sim) Noise(n int) {
	var b []byte
	s.mu.Lock()
	for range n {
		if k := uint16(1 + s.rng.UintN(248)); k != 28 && k != 96 {
			b = append(b, Tap(k)...)
		}
	}
	s.mu.Unlock()
	s.Type(b)
}
