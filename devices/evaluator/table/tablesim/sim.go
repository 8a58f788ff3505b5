// Package tablesim simulates an evaluator from the same table that its driver
// uses; the vectors of the protocol sheet hold both to the truth.
//
// Guarantees: a key that is not acknowledged is sent again, three times in all,
// as such devices do; what the host sends is shown; bytes that are neither a
// prompt nor an acknowledgement are reported.
//
// Source: protocol sheet §D.1.
package tablesim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"hallway/devices/evaluator/table"
	"hallway/devices/port/cable"
)

// Sim is an evaluator.
type Sim struct {
	*cable.Talk
	t        table.Table
	addr     byte
	onChange func()

	mu      sync.Mutex
	buf     []byte
	shows   string
	asking  bool
	last    int
	trouble string
	acked   chan struct{} // a frame that waits for its echo
	waits   []byte
}

// New makes an evaluator; address 0 is the table's. onChange may be nil.
func New(t table.Table, address int, shape cable.Shape, onChange func()) *Sim {
	if address == 0 {
		address = int(t.Address)
	}
	if onChange == nil {
		onChange = func() {}
	}
	return &Sim{Talk: cable.NewTalk(shape), t: t, addr: byte(address), onChange: onChange}
}

// Serve speaks with one driver until it leaves.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	s.mu.Lock()
	s.buf = nil
	s.mu.Unlock()
	return s.Talk.Serve(ctx, rw, s.receive)
}

// prompts are what the host may send, by what is then shown.
func (s *Sim) prompts() []struct {
	name  string
	frame []byte
} {
	var out []struct {
		name  string
		frame []byte
	}
	add := func(name string, ps []table.Pattern) {
		for _, p := range ps {
			out = append(out, struct {
				name  string
				frame []byte
			}{name, p.Fill(s.addr, 0, nil)})
		}
	}
	add("ask", s.t.Ask)
	add("welcome", s.t.Welcome)
	add("thanks", s.t.Thanks)
	return out
}

func (s *Sim) receive(b []byte) {
	s.mu.Lock()
	s.buf = append(s.buf, b...)
	for s.step() {
	}
	s.mu.Unlock()
	s.onChange()
}

// step takes one frame off the buffer; false when more must come.
func (s *Sim) step() bool {
	if len(s.buf) == 0 {
		return false
	}
	if s.waits != nil && bytes.HasPrefix(s.buf, s.waits) {
		s.buf = s.buf[len(s.waits):]
		s.waits = nil
		close(s.acked)
		return true
	}
	partial := s.waits != nil && bytes.HasPrefix(s.waits, s.buf)
	for _, p := range s.prompts() {
		if bytes.HasPrefix(s.buf, p.frame) {
			s.buf = s.buf[len(p.frame):]
			s.shows, s.asking = p.name, p.name == "ask"
			return true
		}
		partial = partial || bytes.HasPrefix(p.frame, s.buf)
	}
	if partial {
		return false
	}
	s.trouble = fmt.Sprintf("unknown byte %02X", s.buf[0])
	s.buf = s.buf[1:]
	return true
}

// Shows says what is shown and whether a rating is asked for.
func (s *Sim) Shows() (shows string, asking bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shows, s.asking
}

// Last is the level that was pressed last, 0 for none.
func (s *Sim) Last() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Trouble is what was not understood last.
func (s *Sim) Trouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}

// Press presses the key of a level. It tells whether the host acknowledged it;
// a table without acknowledgement always says so.
func (s *Sim) Press(ctx context.Context, level int) (bool, error) {
	key, ok := s.t.KeyOf(level)
	if !ok {
		return false, fmt.Errorf("no key means level %d: use 1 to 5", level)
	}
	return s.Send(ctx, s.t.Rate.Fill(s.addr, key, nil), level)
}

// Send sends a frame of the device as it is, and again while the host does not
// acknowledge it. The level is only for show.
func (s *Sim) Send(ctx context.Context, frame []byte, level int) (bool, error) {
	for range 3 {
		s.mu.Lock()
		acked := make(chan struct{})
		if s.t.Echo {
			s.waits, s.acked = frame, acked
		}
		s.last = level
		s.mu.Unlock()
		s.onChange()
		s.Talk.Send(frame)
		if !s.t.Echo {
			return true, nil
		}
		t := time.NewTimer(400 * time.Millisecond)
		select {
		case <-acked:
			t.Stop()
			return true, nil
		case <-ctx.Done():
			t.Stop()
			return false, ctx.Err()
		case <-t.C:
		}
	}
	return false, nil
}
