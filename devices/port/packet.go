package port

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"

	"slices"
	"sync"
	"time"
)

// A simulator's line carries packets over a socket of this machine, one packet
// for one report or transfer. The first byte is its tag: the number of a pipe,
// or one of these.
const (
	TagFeature = 0x40 // a feature report, from the program
	TagStatus  = 0x41 // asks for a printer's status byte; the answer holds it
	TagHello   = 0x43 // the device's first packet: Hello as JSON
	maxPipes   = 16
)

// Hello is what a simulator says about itself first.
type Hello struct {
	In       int      `json:"in"` // how many pipes
	Out      int      `json:"out"`
	InLen    int      `json:"in_len"` // longest reports
	OutLen   int      `json:"out_len"`
	OneWay   bool     `json:"one_way"`
	DeviceID string   `json:"device_id"`
	Held     []uint16 `json:"held"`
}

// helloWait is how long a simulator that another program uses is waited for.
const helloWait = 2 * time.Second

// packetMax is the longest packet with its tag.
const packetMax = transferPiece + 1

// transferPiece is the longest piece of a write that goes as one packet.
const transferPiece = 16 << 10

type packetOpener struct {
	address, scheme, path string
}

func (o *packetOpener) Address() string { return o.address }

func (o *packetOpener) Open(ctx context.Context) (Port, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unixpacket", o.path)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		code := openCode(err)
		if code == Protocol {
			code = Gone // refused: nobody listens
		}
		return nil, &Error{Code: code, Port: o.address, Op: "open", Err: err}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	hello, err := greet(conn)
	if !stop() {
		return nil, ctx.Err()
	}
	if err != nil {
		conn.Close()
		code := ioCode(err)
		if code == Timeout {
			code = InUse
		}
		if code == HangUp {
			code = Gone // pulled out while it was opened
		}
		return nil, &Error{Code: code, Port: o.address, Op: "open", Err: err}
	}
	l := &packetLine{stream: stream{name: o.address, f: conn.(*net.UnixConn)}, hello: hello,
		unread: make([][][]byte, max(hello.In, 1)), done: make(chan struct{})}
	l.cond = sync.NewCond(&l.mu)
	go l.pump()
	switch o.scheme {
	case "usb":
		return packetPipes{l}, nil
	case "usblp":
		return packetPaper{l}, nil
	case "evdev":
		return packetKeys{l}, nil
	}
	return packetHID{l}, nil
}

func greet(conn net.Conn) (Hello, error) {
	var h Hello
	if err := conn.SetReadDeadline(time.Now().Add(helloWait)); err != nil {
		return h, err
	}
	b := make([]byte, packetMax)
	n, err := conn.Read(b)
	if err != nil {
		return h, err
	}
	if n < 1 || b[0] != TagHello {
		return h, errors.New("this is no simulator's line")
	}
	if err := json.Unmarshal(b[1:n], &h); err != nil {
		return h, fmt.Errorf("the simulator says what nobody understands: %w", err)
	}
	if h.In < 0 || h.In > maxPipes || h.Out < 0 || h.Out > maxPipes {
		return h, fmt.Errorf("the simulator says that it has %d and %d pipes", h.In, h.Out)
	}
	return h, conn.SetReadDeadline(time.Time{})
}

// packetLine sorts the packets of a line by their pipes. It takes no more than
// maxUnread of a pipe, like a device's own buffer.
type packetLine struct {
	stream
	hello Hello

	mu     sync.Mutex
	cond   *sync.Cond
	unread [][][]byte

	status []byte
	fault  error
	shut   bool

	ask  sync.Mutex
	done chan struct{}
}

func (l *packetLine) pump() {
	defer close(l.done)
	b := make([]byte, packetMax)
	for {
		n, err := l.f.Read(b)
		if n == 0 && err == nil {
			err = io.EOF // a packet has a tag: this is the end
		}
		l.mu.Lock()
		if err != nil {
			l.fault = l.fail("read", err)
		} else {
			l.sort(slices.Clone(b[:n]))
		}
		for l.full() && !l.shut {
			l.cond.Wait()
		}
		end := l.fault != nil || l.shut
		l.mu.Unlock()
		l.cond.Broadcast()
		if end {
			return
		}
	}
}

func (l *packetLine) sort(b []byte) {
	switch tag := int(b[0]); {
	case tag == TagStatus && len(b) > 1:
		l.status = append(l.status, b[1])
	case tag < len(l.unread):
		l.unread[tag] = append(l.unread[tag], b[1:])
	}
}

func (l *packetLine) full() bool {
	n := 0
	for _, pipe := range l.unread {
		for _, p := range pipe {
			n += len(p)
		}
	}
	return n >= maxUnread
}

// wait waits under l.mu until ready, the end of the line, or the limit.
func (l *packetLine) wait(op string, limit time.Duration, ready func() bool) error {
	if ready() {
		return nil
	}
	expired, stop := expire(l.cond, limit)
	defer stop()
	for !ready() {
		switch {
		case l.shut:
			return &Error{Code: Closed, Port: l.name, Op: op}
		case l.fault != nil:
			return l.fault
		case *expired:
			return &Error{Code: Timeout, Port: l.name, Op: op}
		}
		l.cond.Wait()
	}
	return nil
}

// readPipe gives one packet; with stream, what it has no room for stays for
// the next.
func (l *packetLine) readPipe(i int, b []byte, stream bool) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i < 0 || i >= len(l.unread) {
		return 0, &Error{Code: Protocol, Port: l.name, Op: "read", Err: errNoPipe}
	}
	if err := l.wait("read", time.Duration(l.readTime.Load()), func() bool { return len(l.unread[i]) > 0 }); err != nil {
		return 0, err
	}
	first := l.unread[i][0]
	n := copy(b, first)
	if stream && n < len(first) {
		l.unread[i][0] = first[n:]
	} else {
		l.unread[i] = l.unread[i][1:]
	}
	l.cond.Broadcast()
	return n, nil
}

var errNoPipe = errors.New("the device has no pipe of that number")

// send sends packets of one tag.
func (l *packetLine) send(tag byte, b []byte) (int, error) {
	sent := 0
	for first := true; first || sent < len(b); first = false {
		piece := b[sent:min(len(b), sent+transferPiece)]
		if _, err := l.stream.Write(append([]byte{tag}, piece...)); err != nil {
			return sent, err
		}
		sent += len(piece)
	}
	return sent, nil
}

func (l *packetLine) Close() error {
	l.mu.Lock()
	l.shut = true
	l.mu.Unlock()
	l.cond.Broadcast()
	err := l.stream.Close()
	<-l.done
	return err
}

type packetHID struct{ *packetLine }

func (p packetHID) Read(b []byte) (int, error)  { return p.readPipe(0, b, false) }
func (p packetHID) Write(b []byte) (int, error) { return p.send(0, b) }
func (p packetHID) Lengths() (in, out int)      { return p.hello.InLen, p.hello.OutLen }

func (p packetHID) Feature(report []byte) error {
	_, err := p.send(TagFeature, report)
	return err
}

type packetPipes struct{ *packetLine }

func (p packetPipes) Read(b []byte) (int, error)            { return p.ReadPipe(0, b) }
func (p packetPipes) Write(b []byte) (int, error)           { return p.WritePipe(0, b) }
func (p packetPipes) Pipes() (in, out int)                  { return p.hello.In, p.hello.Out }
func (p packetPipes) ReadPipe(i int, b []byte) (int, error) { return p.readPipe(i, b, true) }
func (p packetPipes) WritePipe(i int, b []byte) (int, error) {
	if i < 0 || i >= p.hello.Out {
		return 0, &Error{Code: Protocol, Port: p.name, Op: "write", Err: errNoPipe}
	}
	return p.send(byte(i), b)
}

type packetPaper struct{ *packetLine }

func (p packetPaper) Read(b []byte) (int, error)  { return p.readPipe(0, b, true) }
func (p packetPaper) Write(b []byte) (int, error) { return p.send(0, b) }
func (p packetPaper) OneWay() bool                { return p.hello.OneWay }
func (p packetPaper) DeviceID() (string, error)   { return p.hello.DeviceID, nil }

// statusWait is how long a real printer may take to answer a status request.
const statusWait = 5 * time.Second

func (p packetPaper) PaperStatus() (byte, error) {
	p.ask.Lock()
	defer p.ask.Unlock()
	p.mu.Lock()
	p.status = nil // an answer that came too late
	p.mu.Unlock()
	if _, err := p.send(TagStatus, nil); err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.wait("status", statusWait, func() bool { return len(p.status) > 0 }); err != nil {
		return 0, err
	}
	b := p.status[0]
	p.status = p.status[1:]
	return b, nil
}

type packetKeys struct{ *packetLine }

func (p packetKeys) Read(b []byte) (int, error) { return p.readPipe(0, b, true) }
func (p packetKeys) Held() []uint16             { return p.hello.Held }
func (p packetKeys) Write([]byte) (int, error) {
	return 0, &Error{Code: Protocol, Port: p.name, Op: "write", Err: errReadOnly}
}

var errReadOnly = errors.New("nothing can be written to a keyboard")
