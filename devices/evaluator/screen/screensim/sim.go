// Package screensim simulates the evaluator's screen: it calls the counter by its
// door file, as the program does, and keys are pressed by whoever tests.
//
// Guarantees: it speaks the lines of devices/evaluator/screen and shares their
// reader with the program; a key is sent for the last asking that was shown, also
// when that is over, as a finger may be too late. Unlike the program's page it
// has keys at any time.
//
// Source: devices/evaluator/screen.
package screensim

import (
	"context"
	"fmt"
	"io"
	"sync"

	"hallway/devices/evaluator"
	"hallway/devices/evaluator/screen"
	"hallway/devices/port/cable"
)

// Shown is what can be seen.
type Shown struct {
	Prompt string // ask, welcome, thanks: the last one; empty without a counter
	Asking bool
	Millis int64 // for how long it is asked
	Desk   evaluator.Desk
}

// Sim is a screen.
type Sim struct {
	*cable.Talk
	door     string
	onChange func()

	mu     sync.Mutex
	lines  screen.Lines
	shown  Shown
	asking int64
	last   int
}

// New makes the screen of the counter whose door file this is. onChange may be nil.
func New(door string, shape cable.Shape, onChange func()) *Sim {
	if onChange == nil {
		onChange = func() {}
	}
	return &Sim{Talk: cable.NewTalk(shape), door: door, onChange: onChange}
}

// Dial calls the counter (cable.Calling).
func (s *Sim) Dial(ctx context.Context) (io.ReadWriteCloser, error) { return screen.Dial(ctx, s.door) }

// Serve speaks with the counter until it leaves.
func (s *Sim) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	s.begin()
	defer s.begin()
	return s.Talk.Serve(ctx, rw, s.receive)
}

func (s *Sim) begin() {
	s.mu.Lock()
	s.lines, s.shown, s.asking = screen.Lines{}, Shown{}, 0
	s.mu.Unlock()
	s.onChange()
}

func (s *Sim) receive(b []byte) {
	s.mu.Lock()
	for _, m := range s.lines.Feed(b) {
		if m.Desk != nil {
			s.shown.Desk = *m.Desk
		}
		if m.Show == "" {
			continue
		}
		s.shown.Prompt, s.shown.Asking, s.shown.Millis = m.Show, m.Show == screen.ShowAsk, m.Millis
		if m.Show == screen.ShowAsk {
			s.asking = m.Asking
		}
	}
	s.mu.Unlock()
	s.onChange()
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

// Press presses the key of a level. It is false without a counter.
func (s *Sim) Press(_ context.Context, level int) (bool, error) {
	if level < 1 || level > 5 {
		return false, fmt.Errorf("no key means level %d: use 1 to 5", level)
	}
	s.mu.Lock()
	there := s.shown.Prompt != ""
	s.last = level
	line, err := screen.Message{Level: level, Asking: s.asking}.Bytes()
	s.mu.Unlock()
	if err != nil {
		return false, err
	}
	if there {
		s.Talk.Send(line)
	}
	s.onChange()
	return there, nil
}
