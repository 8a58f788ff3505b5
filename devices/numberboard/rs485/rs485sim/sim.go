// Package rs485sim simulates small number boards: board4 and xunpeng (Sim), and
// a board on an Onbon controller (Onbon). It shares no code with the driver.
//
// Guarantees: only frames with the right sum and, for a board4, its own address
// change what is shown; a xunpeng answers each good frame.
//
// Source: protocol sheet §D.3 and §D.4.
package rs485sim

import (
	"context"
	"io"
	"strconv"
	"sync"

	"hallway/devices/port/cable"
)

// Sim is a board.
type Sim struct {
	*cable.Talk
	xunpeng  bool
	address  byte
	onChange func()

	mu     sync.Mutex
	buf    []byte
	shows  string
	colour string
	mute   bool
}

// New makes a board. Address is of a board4. onChange may be nil.
func New(xunpeng bool, address byte, shape cable.Shape, onChange func()) *Sim {
	if onChange == nil {
		onChange = func() {}
	}
	if address == 0 {
		address = 1
	}
	return &Sim{Talk: cable.NewTalk(shape), xunpeng: xunpeng, address: address, onChange: onChange, colour: "red"}
}

// Serve speaks with one driver until it leaves.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	s.mu.Lock()
	s.buf = nil
	s.mu.Unlock()
	return s.Talk.Serve(ctx, rw, s.receive)
}

// Shows is what the board shows and in which colour.
func (s *Sim) Shows() (number, colour string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shows, s.colour
}

// Mute makes a xunpeng not answer.
func (s *Sim) Mute(on bool) {
	s.mu.Lock()
	s.mute = on
	s.mu.Unlock()
}

func (s *Sim) receive(b []byte) {
	s.mu.Lock()
	s.buf = append(s.buf, b...)
	answers := 0
	for s.step(&answers) {
	}
	s.mu.Unlock()
	for range answers {
		s.Send([]byte{0x2A, 0x00, 0x2A, 0x0A})
	}
	s.onChange()
}

func (s *Sim) step(answers *int) bool {
	size := 4
	if s.xunpeng {
		size = 7
	}
	if len(s.buf) < size {
		return false
	}
	f := s.buf[:size]
	var sum byte
	for _, c := range f[:size-1] {
		sum += c
	}
	switch {
	case s.xunpeng && f[0] == 0x3A && f[6] == 0x0A && sum-f[5] == f[5] && f[1] <= 2:
		s.show(uint16(f[3])<<8 | uint16(f[2]))
		s.colour = []string{"green", "yellow", "red"}[f[1]]
		if !s.mute {
			*answers++
		}
	case !s.xunpeng && f[3] == sum && f[0] == s.address:
		s.show(uint16(f[1])<<8 | uint16(f[2]))
	case !s.xunpeng && f[3] == sum: // another board's
	default: // a byte that belongs to no frame
		s.buf = s.buf[1:]
		return true
	}
	s.buf = s.buf[size:]
	return true
}

func (s *Sim) show(v uint16) {
	if s.shows = strconv.Itoa(int(v)); v == 0 {
		s.shows = ""
	}
}
