package sdt

import (
	"bytes"
	"fmt"
	"time"

	"hallway/devices/port"
)

// How a frame goes over a port is decided by what the port is, never by who
// made the device: readers with the same numbers differ in it (§A.1).
//
//	a stream, or one pair of bulk pipes    the whole frame
//	two pairs of bulk pipes                preamble and length by the first, the rest by the second
//	HID reports                            the frame padded to one report; the answer in as many as it needs
//
// lineOf gives the port as a stream of frames.
func lineOf(p port.Port) port.Port {
	switch t := p.(type) {
	case port.Pipes:
		if in, out := t.Pipes(); in >= 2 && out >= 2 {
			return &pairs{Pipes: t}
		}
	case port.Packets:
		return &framedReports{Packets: t}
	}
	return p
}

// nameOf says how frames go, for the engineer.
func nameOf(line port.Port) string {
	switch line.(type) {
	case *pairs:
		return "two pairs of pipes"
	case *framedReports:
		return "HID reports"
	case port.Pipes:
		return "one pair of pipes"
	}
	return "stream"
}

// quieter is a line with more than one place where a late answer can wait.
type quieter interface {
	// quieten reads until nothing has come for the time, and gives how many
	// bytes were thrown away.
	quieten(quiet time.Duration, until time.Time) (int, error)
}

// pairs sends and gets each frame by two pairs of pipes. A body is only read
// behind its head, and only as long as the head says, so that halves of two
// answers are never put together.
type pairs struct {
	port.Pipes
	need   int    // bytes of the body that are still to come
	waits  []byte // read and not given yet
	unread [maxLen + 64]byte
}

// Write sends one frame.
func (l *pairs) Write(frame []byte) (int, error) {
	if len(frame) <= head {
		return 0, fmt.Errorf("a frame of %d bytes", len(frame))
	}
	l.need = 0
	l.forget()
	n, err := l.WritePipe(0, frame[:head])
	if err != nil {
		return n, err
	}
	m, err := l.WritePipe(1, frame[head:])
	return n + m, err
}

// Read gives what comes next: a head, or a part of its body. What a device
// sends behind the body in one transfer is no part of it (§A.2).
func (l *pairs) Read(b []byte) (int, error) {
	if len(l.waits) == 0 {
		if err := l.fetch(); err != nil {
			return 0, err
		}
	}
	n := copy(b, l.waits)
	clear(l.waits[:n])
	l.waits = l.waits[n:]
	return n, nil
}

func (l *pairs) fetch() error {
	if l.need > 0 {
		n, err := l.ReadPipe(1, l.unread[:])
		n = min(n, l.need)
		l.need -= n
		l.waits = l.unread[:n]
		return err
	}
	n, err := l.ReadPipe(0, l.unread[:])
	l.waits = l.unread[:n]
	if i := bytes.Index(l.waits, preamble); i >= 0 && n >= i+head {
		if length := int(l.waits[i+5])<<8 | int(l.waits[i+6]); length >= minLen && length <= maxLen {
			l.need = length
			l.waits = l.waits[:i+head]
		}
	}
	return err
}

func (l *pairs) forget() {
	clear(l.unread[:])
	l.waits = nil
}

// quieten empties both pipes.
func (l *pairs) quieten(quiet time.Duration, until time.Time) (int, error) {
	l.need = 0
	l.forget()
	defer l.forget()
	if err := l.SetReadTimeout(quiet); err != nil {
		return 0, err
	}
	thrown := 0
	for pipe := range 2 {
		for time.Now().Before(until) {
			n, err := l.ReadPipe(pipe, l.unread[:])
			thrown += n
			if port.IsTimeout(err) {
				break
			}
			if err != nil {
				return thrown, err
			}
		}
	}
	return thrown, nil
}

// reportLen is the length of a report where the system does not say.
const reportLen = 64

// within is how far from the beginning of a report a frame may begin (§A.1).
const within = 7

// framedReports sends a frame as one padded report and joins the reports of an
// answer. The padding behind an answer's end is no noise of the line.
type framedReports struct {
	port.Packets
	need   int // bytes of the answer that are still to come
	waits  []byte
	unread [maxLen]byte
}

// Write sends one frame.
func (l *framedReports) Write(frame []byte) (int, error) {
	_, size := l.Lengths()
	if size == 0 {
		size = reportLen
	}
	if len(frame) > size {
		return 0, &port.Error{Code: port.Protocol, Port: l.String(), Op: "write",
			Err: fmt.Errorf("the device's reports have %d bytes; a question needs %d", size, len(frame))}
	}
	report := make([]byte, size)
	copy(report, frame)
	l.need, l.waits = 0, nil
	clear(l.unread[:])
	n, err := l.Packets.Write(report)
	return min(n, len(frame)), err
}

// Read gives the bytes of answers.
func (l *framedReports) Read(b []byte) (int, error) {
	for len(l.waits) == 0 {
		n, err := l.Packets.Read(l.unread[:])
		l.waits = l.unpack(l.unread[:n])
		if err != nil {
			return 0, err
		}
	}
	n := copy(b, l.waits)
	clear(l.waits[:n])
	l.waits = l.waits[n:]
	return n, nil
}

// shortMark is what a frame in a report begins with; a byte AA before it may be
// missing.
var shortMark = preamble[1:]

// unpack gives the bytes of a report that belong to an answer, or that nobody
// can explain; an empty report says nothing.
func (l *framedReports) unpack(report []byte) []byte {
	if l.need > 0 {
		n := min(l.need, len(report))
		l.need -= n
		return report[:n]
	}
	i := bytes.Index(report, shortMark)
	if i < 0 || i > within || len(report) < i+len(shortMark)+2 {
		return bytes.TrimRight(report, "\x00")
	}
	length := int(report[i+4])<<8 | int(report[i+5])
	if length < minLen || length > maxLen {
		return bytes.TrimRight(report, "\x00")
	}
	frame := report[i+len(shortMark)+2:]
	n := min(length, len(frame))
	l.need = length - n
	whole := append(append(make([]byte, 0, head+n), preamble...), byte(length>>8), byte(length))
	whole = append(whole, frame[:n]...)
	clear(report)
	return whole
}
