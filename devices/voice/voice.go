// Package voice is the contract of speech (语音播报). Announcements are queued,
// never overlap and never drop; without a sound device the voice is absent and
// says so. Source: requirements G5, design §4.
package voice

import (
	"context"

	"hallway/devices"
)

// Voice speaks.
type Voice interface {
	devices.Device
	// Say queues one announcement (BCP 47 language, plain text) and returns
	// when it has been spoken, or at once when there is no sound device.
	Say(ctx context.Context, lang, text string) error
	// Prompt speaks one sentence to the person before the terminal. It waits
	// for what is being said, never cuts that, and is itself cut at once when
	// ctx ends, also in the middle of a word.
	Prompt(ctx context.Context, p Prompt) error
}

// Prompt is one sentence for the person before the terminal.
type Prompt struct {
	Lang   string // BCP 47
	Text   string
	Volume int // percent of the usual, 1–200; 0 = 100
}
