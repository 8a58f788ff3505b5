// Package voice is the contract of speech (语音播报). Announcements are queued,
// never overlap and never drop; without a sound device the voice is absent and
// says so. Numbers are written as they are read by devices/voice/numerals.
// Source: requirements G5, design §4.
package voice

import (
	"context"

	"hallway/devices"
)

// Voice speaks.
type Voice interface {
	devices.Device
	// Say queues one announcement and returns when all of it has been spoken, or
	// at once when there is no sound device. Nothing comes between its sentences.
	// One that has begun is never cut; when ctx ends before, it is not begun.
	Say(ctx context.Context, a Announcement) error
	// Prompt speaks one sentence to the person before the terminal. It waits
	// for what is being said, never cuts that, and is itself cut at once when
	// ctx ends, also in the middle of a word.
	Prompt(ctx context.Context, p Prompt) error
}

// Announcement is what a hall hears: the same in one or more languages.
type Announcement struct {
	Sentences []Sentence
	Volume    int // percent of the usual, 1–200; 0 = 100
}

// Sentence is text in a language (BCP 47).
type Sentence struct{ Lang, Text string }

// Prompt is one sentence for the person before the terminal.
type Prompt struct {
	Lang   string // BCP 47
	Text   string
	Volume int // percent of the usual, 1–200; 0 = 100
}
