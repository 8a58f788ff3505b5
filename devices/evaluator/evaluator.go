// Package evaluator is the contract of counter evaluators (评价器).
//
// Guarantees: an answer belongs to the asking that was open when the key was
// pressed; keys pressed while nothing is asked are dropped; a time-out is «not
// rated», never a level. Source: protocol sheet §D.2, standards §6.
package evaluator

import (
	"context"
	"time"

	"hallway/devices"
)

// Answer to one asking.
type Answer struct {
	Ref   string // as given to Ask
	Level int    // 1 very satisfied … 5 very dissatisfied; 0 = no key was pressed
	At    time.Time
}

// Evaluator asks for a rating.
type Evaluator interface {
	devices.Device
	// Welcome shows the idle or in-service picture.
	Welcome(ctx context.Context) error
	// Ask prompts and waits for a key until the time-out, then returns Level 0.
	Ask(ctx context.Context, ref string, timeout time.Duration) (Answer, error)
}

// Desk is where the citizen is, for evaluators that can show it. It holds no
// name of a person: the clerk is known to the public by the staff number.
type Desk struct {
	Hall   map[string]string `json:"hall,omitempty"` // names, by locale
	Window string            `json:"window,omitempty"`
	Name   map[string]string `json:"name,omitempty"`  // of the window, by locale
	State  string            `json:"state,omitempty"` // closed, open, paused, called, serving
	Staff  string            `json:"staff,omitempty"` // number of who is signed in
	Number string            `json:"number,omitempty"`
	Locale string            `json:"locale,omitempty"` // to speak to the citizen in: the person's, while there is one
}

// Host is an evaluator that shows the desk beside its pictures. What was said
// last is shown again by a device that comes back.
type Host interface {
	Evaluator
	Host(Desk)
}
