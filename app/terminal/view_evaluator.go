package terminal

import (
	"time"

	"hallway/app/hall"
)

// EvaluatorView is the evaluator's screen before the citizen. It never says
// which key was pressed, and holds no name of a person.
type EvaluatorView struct {
	Rev   int64     `json:"rev"`
	Now   time.Time `json:"now"`
	State string    `json:"state" enum:"offline,welcome,ask,thanks"`
	// Why it is offline: no counter is there, it has another screen, or it does not
	// take this one.
	Why  string        `json:"why,omitempty" enum:"absent,busy,permission"`
	Desk EvaluatorDesk `json:"desk"`
	// Of an asking: a key is sent with its number, until the time is over.
	Asking  int64     `json:"asking,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Pressed bool      `json:"pressed,omitempty"` // a key is on its way to the counter
}

// EvaluatorDesk is the counter that the screen belongs to.
type EvaluatorDesk struct {
	Hall   hall.Names `json:"hall"`
	Window string     `json:"window,omitempty"`
	Name   hall.Names `json:"name"` // of the window
	State  string     `json:"state" enum:"closed,open,paused,called,serving"`
	Staff  string     `json:"staff,omitempty"` // number of the clerk
	Number string     `json:"number,omitempty"`
	// Locale is the language of who stands here, until the asking is over; else the counter's.
	Locale string `json:"locale,omitempty"`
}

// RateRequest is a key of the evaluator's screen.
type RateRequest struct {
	Asking int64 `json:"asking" minimum:"1"`
	Level  int   `json:"level" minimum:"1" maximum:"5" doc:"1 very satisfied … 5 very dissatisfied"`
}
