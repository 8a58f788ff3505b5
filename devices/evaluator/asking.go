package evaluator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/port"
)

// Asking is what every driver of an evaluator shares: one asking at a time, and
// keys that count only for the asking that was open when they were pressed.
type Asking struct {
	slot chan struct{}

	mu   sync.Mutex
	open chan int // of the asking that is open, nil without one
}

// NewAsking makes it; nothing is asked yet.
func NewAsking() *Asking { return &Asking{slot: make(chan struct{}, 1)} }

// Screen is the device, as far as asking needs it.
type Screen struct {
	Port    string
	Gone    func() <-chan struct{} // closed when the device is lost
	Ask     func() error
	Thanks  func() error // what goes wrong with it costs no answer
	Welcome func() error
	Tell    func(devices.State)
	Now     func() time.Time
}

// Key gives a level to the asking that is open; false when there is none.
func (a *Asking) Key(level int) bool {
	a.mu.Lock()
	open := a.open
	a.open = nil
	a.mu.Unlock()
	if open != nil {
		open <- level // has room for one, and gets only one
	}
	return open != nil
}

// Open says whether a rating is asked for.
func (a *Asking) Open() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.open != nil
}

// Ask prompts and waits for a key until the time-out, then returns level 0.
// When the device is lost while it waits, the answer is level 0 with an error.
func (a *Asking) Ask(ctx context.Context, ref string, timeout time.Duration, s Screen) (Answer, error) {
	none := func() Answer { return Answer{Ref: ref, At: s.Now()} }
	select {
	case a.slot <- struct{}{}:
		defer func() { <-a.slot }()
	case <-ctx.Done():
		return none(), fmt.Errorf("wait for the evaluator: %w", ctx.Err())
	}
	open := make(chan int, 1)
	gone := s.Gone()
	a.mu.Lock()
	a.open = open
	a.mu.Unlock()
	defer func() { a.shut(open); s.Tell(devices.Ready) }()
	if err := s.Ask(); err != nil {
		return none(), fmt.Errorf("ask for a rating: %w", err)
	}
	s.Tell(devices.Busy)
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case level := <-open:
		_ = s.Thanks()
		return Answer{Ref: ref, Level: level, At: s.Now()}, nil
	case <-t.C:
		a.shut(open) // before the picture goes
		select {
		case level := <-open: // pressed at the last moment
			_ = s.Thanks()
			return Answer{Ref: ref, Level: level, At: s.Now()}, nil
		default:
		}
		if err := s.Welcome(); err != nil {
			return none(), fmt.Errorf("end of asking: %w", err)
		}
		return none(), nil
	case <-gone:
		return none(), fmt.Errorf("asking for a rating: %w", &port.Error{Code: port.HangUp, Port: s.Port, Op: "read"})
	case <-ctx.Done():
		a.shut(open)
		return none(), fmt.Errorf("asking for a rating: %w", errors.Join(ctx.Err(), s.Welcome()))
	}
}

// shut ends an asking: keys no longer count for it.
func (a *Asking) shut(open chan int) {
	a.mu.Lock()
	if a.open == open {
		a.open = nil
	}
	a.mu.Unlock()
}
