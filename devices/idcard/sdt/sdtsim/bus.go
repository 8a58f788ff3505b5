package sdtsim

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"sync"

	"hallway/devices/port"
	"hallway/devices/port/cable"
)

// Pipes are what a reader has on USB.
type Pipes string

const (
	OnePair  Pipes = "one pair"  // whole frames
	TwoPairs Pipes = "two pairs" // preamble and length, and the rest apart
	Reports  Pipes = "reports"   // HID reports of 64 bytes
)

// reportLen is the length of a report.
const reportLen = 64

// OnUSB is this reader behind pipes or reports, the very same module.
func (s *Sim) OnUSB(p Pipes) cable.Device { return usb{s, p} }

type usb struct {
	*Sim
	pipes Pipes
}

func (u usb) Hello() port.Hello {
	switch u.pipes {
	case TwoPairs:
		return port.Hello{In: 2, Out: 2}
	case Reports:
		return port.Hello{In: 1, Out: 1, InLen: reportLen, OutLen: reportLen}
	}
	return port.Hello{In: 1, Out: 1}
}

// ServeBus speaks until the bus fails or ctx ends.
func (u usb) ServeBus(ctx context.Context, bus cable.Bus) error {
	return u.Serve(ctx, &pipeStream{bus: bus, pipes: u.pipes, late: u.o.Late, wrong: u.misplaced})
}

func (s *Sim) misplaced(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong += n
}

// pipeStream makes one stream of a reader's pipes: what comes is put together,
// what goes is taken apart.
type pipeStream struct {
	bus   cable.Bus
	pipes Pipes
	late  int // bytes before a frame in its first report
	wrong func(n int)

	came []byte // not read yet
	head []byte // of a question whose body has not come

	mu   sync.Mutex
	next []byte // bytes of a frame's beginning that have not gone
	need int    // bytes of a frame's body that are to go
	page []byte // of the report that is being filled
}

func (p *pipeStream) Close() error { return p.bus.Close() }

func (p *pipeStream) Read(b []byte) (int, error) {
	for len(p.came) == 0 {
		tag, packet, err := p.bus.Receive()
		if err != nil {
			return 0, err
		}
		if len(packet) == 0 {
			return 0, io.EOF
		}
		p.question(tag, packet)
	}
	n := copy(b, p.came)
	p.came = p.came[n:]
	return n, nil
}

// question takes one packet. What is not how this reader wants it is wrong.
func (p *pipeStream) question(tag int, b []byte) {
	p.mu.Lock()
	p.next, p.need, p.page = nil, 0, nil // whatever was cut off stays cut off
	p.mu.Unlock()
	switch {
	case p.pipes == TwoPairs && tag == 0 && len(b) == 7 && bytes.HasPrefix(b, preamble):
		p.head = bytes.Clone(b)
	case p.pipes == TwoPairs && tag == 1 && p.head != nil && len(b) == int(binary.BigEndian.Uint16(p.head[5:])):
		p.came, p.head = append(p.head, b...), nil
	case p.pipes == TwoPairs, tag != 0, p.pipes == Reports && len(b) != reportLen:
		p.wrong(len(b))
	case p.pipes == Reports && bytes.HasPrefix(b, preamble):
		p.came = b[:min(len(b), 7+int(binary.BigEndian.Uint16(b[5:])))]
	default:
		p.came = b
	}
}

// Write sends what the module says.
func (p *pipeStream) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	total := len(b)
	for len(b) > 0 {
		n, err := p.some(b)
		if err != nil {
			return 0, err
		}
		b = b[n:]
	}
	return total, nil
}

// some takes the next bytes: of a frame's body, of its beginning, or stray ones.
func (p *pipeStream) some(b []byte) (int, error) {
	if p.pipes == OnePair {
		return len(b), p.bus.Send(0, b)
	}
	if p.need > 0 {
		n := min(p.need, len(b))
		p.need -= n
		if p.pipes == TwoPairs {
			return n, p.bus.Send(1, b[:n])
		}
		return n, p.report(b[:n])
	}
	p.next = append(p.next, b[0])
	k := min(len(p.next), len(preamble))
	switch {
	case !bytes.Equal(p.next[:k], preamble[:k]):
		stray := p.next
		p.next = nil
		return 1, p.bus.Send(0, stray)
	case len(p.next) < 7:
		return 1, nil
	}
	head := p.next
	p.next, p.need = nil, int(binary.BigEndian.Uint16(head[5:]))
	if p.pipes == TwoPairs {
		return 1, p.bus.Send(0, head)
	}
	p.page = make([]byte, p.late)
	return 1, p.report(head)
}

// report fills reports; the last of a frame is padded.
func (p *pipeStream) report(b []byte) error {
	p.page = append(p.page, b...)
	for len(p.page) >= reportLen || p.need == 0 && len(p.page) > 0 {
		full := make([]byte, reportLen)
		n := copy(full, p.page)
		p.page = p.page[n:]
		if err := p.bus.Send(0, full); err != nil {
			return err
		}
	}
	return nil
}
