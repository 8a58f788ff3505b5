// Package framesim simulates evaluators, callers and number boards from the
// same tables that their drivers use; the vectors of the protocol sheet hold
// both to the truth. devices/numberboard/rs485/rs485sim is a second simulator of
// two boards that shares no code with any driver.
//
// Guarantees: a key that is not acknowledged is sent again, three times in all,
// as such devices do; what the host sends is shown; bytes that are neither a
// frame of the host nor an acknowledgement are reported; a board with an answer
// answers each good frame.
//
// Source: protocol sheet §D.1 and §D.3.
package framesim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"hallway/devices/frame"
	"hallway/devices/port/cable"
)

// Sim is a device.
type Sim struct {
	*cable.Talk
	t        frame.Table
	addr     byte
	onChange func()
	hears    []heard

	mu      sync.Mutex
	buf     []byte
	shown   Shown
	last    int
	trouble string
	mute    bool
	acked   chan struct{} // a frame that waits for its echo
	waits   []byte
}

// Shown is what can be seen and heard at the device.
type Shown struct {
	Prompt string // ask, welcome, thanks: the last one
	Asking bool
	Number string // of a caller or board, empty when blank
	Colour string
	Beeps  int
}

// heard is a frame of the host and what it does.
type heard struct {
	frame.Pattern
	do func(*Shown, frame.Values)
}

// New makes a device; address 0 is the table's. onChange may be nil.
func New(t frame.Table, address int, shape cable.Shape, onChange func()) *Sim {
	if address == 0 {
		address = int(t.Address)
	}
	if onChange == nil {
		onChange = func() {}
	}
	s := &Sim{Talk: cable.NewTalk(shape), t: t, addr: byte(address), onChange: onChange}
	if b := t.Board; b != nil {
		s.shown.Colour = b.Colour
	}
	s.learn()
	return s
}

// learn lists what the host may send. What an evaluator shows comes first: a
// caller's number may look like its prompt.
func (s *Sim) learn() {
	add := func(ps []frame.Pattern, do func(*Shown, frame.Values)) {
		for _, p := range ps {
			s.hears = append(s.hears, heard{p, do})
		}
	}
	blank := func(w *Shown, _ frame.Values) { w.Number = "" }
	beep := func(w *Shown, _ frame.Values) { w.Beeps++ }
	if e := s.t.Evaluator; e != nil {
		if len(e.Ask) > 0 {
			add(e.Ask[:1], func(w *Shown, _ frame.Values) { w.Prompt, w.Asking = "ask", true })
			add(e.Ask[1:], beep)
		}
		add(e.Welcome, func(w *Shown, _ frame.Values) { w.Prompt, w.Asking, w.Number = "welcome", false, "" })
		add(e.Thanks, func(w *Shown, _ frame.Values) { w.Prompt, w.Asking, w.Number = "thanks", false, "" })
	}
	if c := s.t.Caller; c != nil {
		add(c.Blank, blank)
		add(c.Show, func(w *Shown, v frame.Values) { w.Number, w.Asking = number(v), false })
		add(c.Beep, beep)
	}
	if b := s.t.Board; b != nil {
		add(b.Blank, blank)
		add(b.Show, func(w *Shown, v frame.Values) {
			w.Number = number(v)
			for name, c := range b.Colours {
				if c == v.Colour {
					w.Colour = name
				}
			}
		})
	}
}

// number is what a display shows; a board of digits has no blank but 0.
func number(v frame.Values) string {
	if v.Text != "" {
		return v.Text
	}
	if v.Number == 0 {
		return ""
	}
	return strconv.Itoa(int(v.Number))
}

// Serve speaks with one driver until it leaves.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	s.mu.Lock()
	s.buf = nil
	s.mu.Unlock()
	return s.Talk.Serve(ctx, rw, s.receive)
}

func (s *Sim) receive(b []byte) {
	s.mu.Lock()
	s.buf = append(s.buf, b...)
	answers := 0
	for s.step(&answers) {
	}
	s.mu.Unlock()
	for range answers {
		s.Talk.Send([]byte{s.t.Board.Answer.Begin, 0, s.t.Board.Answer.End})
	}
	s.onChange()
}

// step takes one frame off the buffer; false when more must come.
func (s *Sim) step(answers *int) bool {
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
	for _, h := range s.hears {
		v, n, got := h.Match(s.buf)
		partial = partial || v == frame.More
		if v != frame.Yes {
			continue
		}
		s.buf = s.buf[n:]
		if h.Has("addr") && got.Addr != s.addr {
			return true // another device's
		}
		h.do(&s.shown, got)
		if s.t.Board != nil && s.t.Board.Answer != nil && !s.mute {
			*answers++
		}
		return true
	}
	if partial {
		return false
	}
	s.trouble = fmt.Sprintf("unknown byte %02X", s.buf[0])
	s.buf = s.buf[1:]
	return true
}

// Shown says what can be seen.
func (s *Sim) Shown() Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
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

// Mute makes a board not answer.
func (s *Sim) Mute(on bool) {
	s.mu.Lock()
	s.mute = on
	s.mu.Unlock()
}

// Press presses the key of a level. It tells whether the host acknowledged it;
// a table without acknowledgement always says so.
func (s *Sim) Press(ctx context.Context, level int) (bool, error) {
	if s.t.Evaluator == nil {
		return false, fmt.Errorf("%s is no evaluator", s.t.Name)
	}
	key, ok := s.t.Evaluator.KeyOf(level)
	if !ok {
		return false, fmt.Errorf("no key means level %d: use 1 to 5", level)
	}
	return s.send(ctx, s.t.Evaluator.Rate.Fill(frame.Values{Addr: s.addr, Key: byte(key)}), level)
}

// Call presses a key of a caller after some digits.
func (s *Sim) Call(ctx context.Context, meaning, digits string) (bool, error) {
	if s.t.Caller == nil {
		return false, fmt.Errorf("%s is no caller", s.t.Name)
	}
	key, ok := s.t.Caller.KeyOf(meaning)
	if !ok {
		return false, fmt.Errorf("%s has no key %q", s.t.Name, meaning)
	}
	v := frame.Values{Addr: s.addr, Key: key}
	for _, d := range digits {
		v.Data = append(v.Data, byte(d-'0'))
	}
	return s.send(ctx, s.t.Caller.Press.Fill(v), 0)
}

// send sends a frame of the device, and again while the host does not
// acknowledge it. A level is remembered for show.
func (s *Sim) send(ctx context.Context, b []byte, level int) (bool, error) {
	for range 3 {
		s.mu.Lock()
		acked := make(chan struct{})
		if s.t.Echo {
			s.waits, s.acked = b, acked
		}
		if level > 0 {
			s.last = level
		}
		s.mu.Unlock()
		s.onChange()
		s.Talk.Send(b)
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
