// Package caller is the contract of callers (呼叫器): keys on the clerk's desk
// that call the next person, and a small display of the number at the window.
//
// Guarantees: a press is told once, also when the device repeats its frame
// because an acknowledgement was lost; a key pressed while the one before it is
// still worked on is dropped, never done later; a press is a wish, not an act:
// whoever uses it checks what may be done now, as for a button on the screen.
//
// Source: protocol sheet §D.1.
package caller

import (
	"context"
	"time"

	"hallway/devices"
)

// Press is one key with the digits typed before it.
type Press struct {
	Key    string // one of frame.Meanings; empty for a key that means nothing
	Digits string
	At     time.Time
}

// Caller tells keys and shows a number.
type Caller interface {
	devices.Device
	// Keys are the presses. Only one listens.
	Keys() <-chan Press
	// Show shows the number at the window, as far as the display can; empty
	// blanks it. It is shown again when the device comes back.
	Show(ctx context.Context, number string) error
	// Beep says that something did not work.
	Beep(ctx context.Context) error
}
