package cable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"hallway/devices/port"
)

// Bus is the device's side of a line that carries packets: reports of a HID
// device, transfers of USB pipes, events of a keyboard. What speaks on it is
// the same whether the line is a socket of this machine or a real USB device
// made of software (build/usblab).
type Bus interface {
	// Send sends one packet by one of the device's own IN pipes.
	Send(pipe int, b []byte) error
	// Receive gives the next packet of the program: on which OUT pipe it came,
	// or port.TagFeature or port.TagStatus.
	Receive() (tag int, b []byte, err error)
	// Status answers a request of port.TagStatus.
	Status(b byte) error
	Close() error
}

// Device is a simulator on a Bus.
type Device interface {
	Hello() port.Hello
	// ServeBus speaks until the bus fails or ctx ends.
	ServeBus(ctx context.Context, bus Bus) error
}

// Packets makes a simulator of a Device, for a line «packet:PATH».
func Packets(d Device) Simulator { return packets{d} }

type packets struct{ d Device }

func (p packets) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	b := &socketBus{rw: rw}
	stop := context.AfterFunc(ctx, func() { rw.Close() })
	defer stop()
	hello, err := json.Marshal(p.d.Hello())
	if err != nil {
		return err
	}
	if err := b.send(port.TagHello, hello); err != nil {
		return err
	}
	return p.d.ServeBus(ctx, b)
}

// socketBus is a Bus over packets with a tag in front.
type socketBus struct {
	rw   io.ReadWriteCloser
	mu   sync.Mutex
	once sync.Once
}

func (s *socketBus) send(tag int, b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.rw.Write(append([]byte{byte(tag)}, b...))
	return err
}

func (s *socketBus) Send(pipe int, b []byte) error { return s.send(pipe, b) }
func (s *socketBus) Status(b byte) error           { return s.send(port.TagStatus, []byte{b}) }

func (s *socketBus) Receive() (int, []byte, error) {
	b := make([]byte, 64<<10)
	n, err := s.rw.Read(b)
	if err != nil {
		return 0, nil, err
	}
	if n == 0 {
		return 0, nil, io.EOF
	}
	return int(b[0]), b[1:n], nil
}

func (s *socketBus) Close() error {
	var err error
	s.once.Do(func() { err = s.rw.Close() })
	return err
}

// packetEnd is a socket that keeps the bounds of packets.
type packetEnd struct {
	ln   *net.UnixListener
	path string
}

// openPacket listens at a path. A socket that a killed simulator left behind
// is replaced.
func openPacket(path string) (end, error) {
	if c, err := net.Dial("unixpacket", path); err == nil {
		return nil, errors.Join(fmt.Errorf("another simulator listens at %s", path), c.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ln, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		return nil, err
	}
	return &packetEnd{ln: ln, path: path}, nil
}

func (e *packetEnd) accept() (io.ReadWriteCloser, error) { return e.ln.Accept() }
func (e *packetEnd) close() error                        { return e.ln.Close() }
func (e *packetEnd) address() string                     { return "unix:" + e.path }
