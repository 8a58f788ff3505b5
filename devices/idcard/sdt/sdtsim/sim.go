// Package sdtsim simulates an identity-card reader with a secure module: it
// speaks the very bytes of the SDT protocol, and lets a test or a bench put
// cards on its plate.
//
// Guarantees: it shares no code with the driver; its frames equal the synthetic
// vectors byte for byte; reading needs find and select of that card before, as
// the real module does. With the same seed it behaves the same.
// Source: GA/T 467-2019; protocol sheet §A.2–§A.6.
package sdtsim

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"slices"
	"sync"
	"time"

	"hallway/devices/port/cable"
)

// Options of a simulated reader.
type Options struct {
	Shape cable.Shape // of its line
	// OnceOnly makes find answer «no card» while a card that was read stays on
	// the plate, as many readers do.
	OnceOnly bool
	// ShortFound makes find answer with the short form of the frame.
	ShortFound bool
	// NoFinger makes the module refuse «read with the fingerprints», as modules
	// that do not know it do.
	NoFinger bool
	// Late is how many bytes stand before an answer in its first HID report.
	Late int
	// Extra is sent behind every answer: some readers add a zero.
	Extra []byte
	// Work is how long the module works on finding, selecting and reading.
	FindTime, SelectTime, ReadTime time.Duration
	// SAM is the identity that the module gives; nil for the default.
	SAM []byte
	// OnChange is called when something that can be seen has changed.
	OnChange func()
}

// DefaultSAM is the identity of the simulated module,
// 05.03-20200101-0001234567-0987654321.
var DefaultSAM = []byte{0x05, 0x00, 0x03, 0x00, 0xA5, 0x3A, 0x34, 0x01, 0x87, 0xD6, 0x12, 0x00, 0xB1, 0x68, 0xDE, 0x3A}

// step is how far the module has come with the card on its plate.
type step int

const (
	nothing step = iota
	found
	selected
)

// Sim is a simulated reader. It implements cable.Simulator.
type Sim struct {
	*cable.Talk
	o Options

	mu     sync.Mutex
	in     []byte
	card   *Card
	name   string
	read   bool // the card was read since it was placed
	step   step
	module byte // status that the module answers to everything; 0 = healthy
	mute   bool
	asked  int // questions understood
	reads  int // contents given
	wrong  int // bytes that were no question
	spoilt int
	late   map[[2]byte]time.Duration // of the next answer to a question
}

// New makes a reader with nothing on its plate.
func New(o Options) *Sim {
	if o.SAM == nil {
		o.SAM = DefaultSAM
	}
	return &Sim{Talk: cable.NewTalk(o.Shape), o: o}
}

// Serve speaks on one line until it ends.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	s.mu.Lock()
	s.in, s.step = nil, nothing
	s.mu.Unlock()
	return s.Talk.Serve(ctx, rw, func(b []byte) { s.receive(ctx, b) })
}

// Place puts a card on the plate, in place of any that lies there. The name is
// only for showing.
func (s *Sim) Place(name string, c Card) error {
	if _, err := c.all(); err != nil {
		return err
	}
	if _, err := c.second(); err != nil {
		return err
	}
	s.change(func() { s.card, s.name, s.read, s.step, s.spoilt = &c, name, false, nothing, 0 })
	return nil
}

// PlaceSample puts a sample card on the plate.
func (s *Sim) PlaceSample(name string) error {
	c, err := Sample(name)
	if err != nil {
		return err
	}
	return s.Place(name, c)
}

// Remove takes the card away.
func (s *Sim) Remove() { s.change(func() { s.card, s.name, s.step = nil, "", nothing }) }

// OnPlate is the name of the card on the plate, "" when there is none.
func (s *Sim) OnPlate() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// Break makes the module answer this status to everything (60 self test failed,
// 66 not authorised, …); 0 heals it.
func (s *Sim) Break(status byte) { s.change(func() { s.module = status }) }

// Mute makes the module answer nothing.
func (s *Sim) Mute(on bool) { s.change(func() { s.mute = on }) }

// Late makes the next answer to a question (its command and parameter) come so
// much later; the questions after it wait, as they do for a module that works.
func (s *Sim) Late(command [2]byte, by time.Duration) {
	s.change(func() {
		if s.late == nil {
			s.late = map[[2]byte]time.Duration{}
		}
		s.late[command] = by
	})
}

// Counts says how many questions were understood, how many card contents were
// given, and how many bytes were no question.
func (s *Sim) Counts() (asked, reads, wrong int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.reads, s.wrong
}

func (s *Sim) change(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	if s.o.OnChange != nil {
		s.o.OnChange()
	}
}

var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// receive takes bytes from the program and answers each question.
func (s *Sim) receive(ctx context.Context, b []byte) {
	s.mu.Lock()
	s.in = append(s.in, b...)
	s.mu.Unlock()
	for {
		s.mu.Lock()
		body, ok := s.next()
		s.mu.Unlock()
		if !ok {
			return
		}
		reply, work := s.answer(body)
		work += s.lateness(body)
		if work > 0 {
			t := time.NewTimer(work)
			select {
			case <-ctx.Done():
				t.Stop()
				return
			case <-t.C:
			}
		}
		if reply != nil {
			s.Send(append(reply, s.o.Extra...))
		}
	}
}

// lateness is how much later the answer to this question comes, once.
func (s *Sim) lateness(q []byte) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(q) < 4 {
		return 0
	}
	command := [2]byte{q[2], q[3]}
	by := s.late[command]
	delete(s.late, command)
	return by
}

// next takes the next question from the input: the bytes after the length.
func (s *Sim) next() ([]byte, bool) {
	i := bytes.Index(s.in, preamble)
	if i < 0 {
		keep := min(len(s.in), len(preamble)-1)
		s.wrong += len(s.in) - keep
		s.in = slices.Clone(s.in[len(s.in)-keep:])
		return nil, false
	}
	s.wrong += i
	s.in = slices.Clone(s.in[i:])
	if len(s.in) < 7 {
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(s.in[5:]))
	if n < 3 || n > 64 {
		s.in = s.in[5:]
		return []byte{}, true // a length that no question has: answered as such
	}
	if len(s.in) < 7+n {
		return nil, false
	}
	f := s.in[5 : 7+n]
	s.in = s.in[7+n:]
	s.asked++
	return f, true
}

// frame builds an answer.
func frame(status byte, data []byte) []byte {
	b := slices.Clone(preamble)
	b = binary.BigEndian.AppendUint16(b, uint16(4+len(data)))
	b = append(append(b, 0, 0, status), data...)
	var x byte
	for _, v := range b[5:] {
		x ^= v
	}
	return append(b, x)
}

// answer decides what the module says to a question (its bytes from the length
// on), and how long it works on it.
func (s *Sim) answer(q []byte) ([]byte, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mute {
		return nil, 0
	}
	if len(q) < 5 {
		return frame(0x11, nil), 0
	}
	var x byte
	for _, v := range q {
		x ^= v
	}
	if x != 0 {
		return frame(0x10, nil), 0
	}
	if s.module != 0 {
		return frame(s.module, nil), 0
	}
	switch [2]byte{q[2], q[3]} {
	case [2]byte{0x10, 0xFF}, [2]byte{0x11, 0xFF}:
		s.step = nothing
		return frame(0x90, nil), 0
	case [2]byte{0x12, 0xFF}:
		return frame(0x90, s.o.SAM), 0
	case [2]byte{0x20, 0x01}:
		return s.find(), s.o.FindTime
	case [2]byte{0x20, 0x02}:
		return s.choose(), s.o.SelectTime
	case [2]byte{0x30, 0x01}:
		return s.give(Card.content), s.o.ReadTime
	case [2]byte{0x30, 0x10}:
		return s.giveAll(), s.o.ReadTime
	case [2]byte{0x30, 0x03}:
		return s.giveSecond(), s.o.ReadTime
	}
	return frame(0x21, nil), 0
}

func (s *Sim) find() []byte {
	s.step = nothing
	if s.card == nil || (s.o.OnceOnly && s.read) {
		return frame(0x80, nil)
	}
	s.step = found
	if s.o.ShortFound {
		return frame(0x9F, nil)
	}
	return frame(0x9F, make([]byte, 4))
}

func (s *Sim) choose() []byte {
	if s.card == nil || s.step != found {
		s.step = nothing
		return frame(0x81, nil)
	}
	if s.card.SelectStatus != 0 {
		s.step = nothing
		return frame(s.card.SelectStatus, nil)
	}
	s.step = selected
	return frame(0x90, make([]byte, 8))
}

// giveAll answers «read with the fingerprints».
func (s *Sim) giveAll() []byte {
	switch {
	case s.o.NoFinger:
		s.step = nothing
		return frame(0x21, nil)
	case s.card != nil && s.step == selected && s.card.Finger == nil:
		s.step = nothing
		return frame(0x91, nil)
	}
	return s.give(Card.all)
}

func (s *Sim) give(content func(Card) ([]byte, error)) []byte {
	if s.card == nil || s.step != selected {
		s.step = nothing
		return frame(0x41, nil)
	}
	s.step = nothing
	if s.card.Status != 0 && (s.card.Spoil == 0 || s.spoilt < s.card.Spoil) {
		s.spoilt++
		return frame(s.card.Status, nil)
	}
	data, err := content(*s.card)
	if err != nil {
		return frame(0x41, nil) // Place has checked it; a card cannot change on the plate
	}
	s.read = true
	s.reads++
	return frame(0x90, data)
}

func (s *Sim) giveSecond() []byte {
	if s.card == nil || s.step != selected {
		s.step = nothing
		return frame(0x41, nil)
	}
	s.step = nothing
	data, err := s.card.second()
	if s.card.Second == "" || err != nil {
		return frame(0x91, nil)
	}
	return frame(0x90, data)
}
