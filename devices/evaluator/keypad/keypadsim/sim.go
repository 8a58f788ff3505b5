// Package keypadsim simulates a USB key pad: records of evdev for keys that go
// down and up, with the events between them that real ones send.
//
// Source: protocol sheet §B.1.
package keypadsim

import (
	"context"
	"encoding/binary"
	"sync"

	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// Sim is a key pad.
type Sim struct {
	mu  sync.Mutex
	bus cable.Bus
}

// New makes a key pad.
func New() *Sim { return &Sim{} }

// Hello says that it has one pipe in.
func (s *Sim) Hello() port.Hello { return port.Hello{In: 1} }

// ServeBus serves one driver until it leaves.
func (s *Sim) ServeBus(ctx context.Context, bus cable.Bus) error {
	s.mu.Lock()
	s.bus = bus
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.bus = nil
		s.mu.Unlock()
	}()
	for {
		if _, _, err := bus.Receive(); err != nil {
			return ctx.Err()
		}
	}
}

// record is one event.
func record(kind, code uint16, value uint32) []byte {
	b := make([]byte, 24)
	binary.LittleEndian.PutUint16(b[16:], kind)
	binary.LittleEndian.PutUint16(b[18:], code)
	binary.LittleEndian.PutUint32(b[20:], value)
	return b
}

// Press presses a key and lets go; held repeats come between.
func (s *Sim) Press(code uint16, repeats int) error {
	out := append(record(4, 4, 0x70000|uint32(code)), record(1, code, 1)...) // MSC_SCAN, then the key
	out = append(out, record(0, 0, 0)...)
	for range repeats {
		out = append(append(out, record(1, code, 2)...), record(0, 0, 1)...)
	}
	out = append(append(out, record(1, code, 0)...), record(0, 0, 0)...)
	return s.Send(out)
}

// Send sends bytes as they are; without a driver they are lost.
func (s *Sim) Send(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bus == nil {
		return nil
	}
	return s.bus.Send(0, b)
}
