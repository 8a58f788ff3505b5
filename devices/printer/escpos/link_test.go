package escpos

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// pipe is a port to a printer that the test plays.
type pipe struct{ net.Conn }

func (pipe) SetReadTimeout(time.Duration) error  { return nil }
func (pipe) SetWriteTimeout(time.Duration) error { return nil }
func (pipe) String() string                      { return "test" }

// An answer that comes late is not taken for one to the next question: paper that is
// nearly out is no open cover.
func TestALateAnswerIsOfItsOwnQuestion(t *testing.T) {
	ours, printer := net.Pipe()
	l := newLink(pipe{ours}, nil)
	go l.read()
	defer func() { _ = ours.Close(); <-l.ended }()
	done := make(chan error, 1)
	ask := func(n int, patience time.Duration) {
		go func() { done <- l.ask(context.Background(), n, patience) }()
	}
	heard := func(want byte) {
		t.Helper()
		b := make([]byte, 3)
		if _, err := io.ReadFull(printer, b); err != nil || b[2] != want {
			t.Fatalf("asked % X, %v; want question %d", b, err, want)
		}
	}
	say := func(b byte) {
		t.Helper()
		if _, err := printer.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	const (
		well    = 0x12
		nearEnd = 0x1E // to question 4; to question 2 it would be an open cover
	)
	ask(4, time.Millisecond)
	heard(4)
	if err := <-done; !errors.Is(err, errNoAnswer) {
		t.Fatal(err)
	}
	ask(4, time.Minute)
	heard(4)
	say(nearEnd) // to either of the two
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	ask(2, time.Minute)
	say(nearEnd) // the late one
	heard(2)
	say(well)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if c, _ := l.condition(); c.CoverOpen || c.trouble() || !c.NearEnd {
		t.Errorf("%+v", c)
	}
}
