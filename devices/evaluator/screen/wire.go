package screen

import (
	"bytes"
	"encoding/json"
	"fmt"

	"hallway/devices/evaluator"
)

// What the counter has the screen show.
const (
	ShowWelcome = "welcome"
	ShowAsk     = "ask"
	ShowThanks  = "thanks"
)

// Why a screen is sent away.
const (
	RefusedToken = "token" // it does not know what only this machine's door file says
	RefusedBusy  = "busy"  // there is a screen already
)

// Message is one line of the conversation: JSON and a line feed. What a side
// does not know in it, it passes over.
type Message struct {
	// Of the screen: the token, once at the start; then keys.
	Token string `json:"token,omitempty"`
	Level int    `json:"level,omitempty"` // 1 very satisfied … 5 very dissatisfied

	// Of the counter: whether it may stay, then what it shows.
	Taken   bool            `json:"taken,omitempty"`
	Refused string          `json:"refused,omitempty"`
	Desk    *evaluator.Desk `json:"desk,omitempty"`
	Show    string          `json:"show,omitempty"`
	Millis  int64           `json:"millis,omitempty"` // for how long it is asked

	// Of both: which asking this is. A key counts for its own asking only.
	Asking int64 `json:"asking,omitempty"`
}

// maxLine is the longest line that is read.
const maxLine = 16 << 10

// Bytes is the line of a message.
func (m Message) Bytes() ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("message of the evaluator's screen: %w", err)
	}
	return append(b, '\n'), nil
}

// Lines finds messages in what comes in pieces. A line that is no message, or
// too long, is dropped and counted; the next one is read again.
type Lines struct {
	Lost int

	buf  []byte
	over bool // the rest of a line that was too long
}

// Feed takes the next piece.
func (l *Lines) Feed(b []byte) []Message {
	var found []Message
	for {
		line, rest, whole := bytes.Cut(b, []byte{'\n'})
		if !l.over {
			l.buf = append(l.buf, line...)
		}
		if len(l.buf) > maxLine {
			l.buf, l.over = nil, true
		}
		if !whole {
			return found
		}
		if m, ok := parse(l.buf); ok && !l.over {
			found = append(found, m)
		} else if l.over || len(bytes.TrimSpace(l.buf)) > 0 {
			l.Lost++
		}
		l.buf, l.over, b = nil, false, rest
	}
}

func parse(line []byte) (Message, bool) {
	var m Message
	if len(line) == 0 || json.Unmarshal(line, &m) != nil {
		return Message{}, false
	}
	if m.Level < 0 || m.Level > 5 || m.Asking < 0 || m.Millis < 0 {
		return Message{}, false
	}
	return m, true
}
