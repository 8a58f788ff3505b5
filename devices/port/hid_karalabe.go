package port

import (
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/karalabe/usb"
)

// openKaralabe opens a HID device by karalabe/usb, which needs no hidraw of
// the system: on Linux it takes the device from the system's driver (rights on
// /dev/bus/usb), elsewhere it is the only way.
func openKaralabe(address string, at place) (Port, error) {
	p := &karalabePort{name: address, done: make(chan struct{})}
	p.cond = sync.NewCond(&p.mu)
	release, is, err := prepareHID(at)
	if err != nil {
		return nil, err
	}
	p.release, p.is = release, is
	info, err := choose(at.id)
	if err == nil {
		p.dev, err = info.Open()
		if err != nil {
			err = errors.Join(err, errTaken)
		}
	}
	if err != nil {
		return nil, errors.Join(err, release.close())
	}
	go p.pump()
	return p, nil
}

var errTaken = errors.New("another program has the device, or this one may not open it")

// choose finds the one device of an identity.
func choose(id ID) (usb.DeviceInfo, error) {
	all, err := usb.EnumerateHid(id.VID, id.PID)
	if err != nil {
		return usb.DeviceInfo{}, err
	}
	var fits []usb.DeviceInfo
	for _, d := range all {
		if (id.Interface < 0 || d.Interface < 0 || d.Interface == id.Interface) && sameDevice(d, id) {
			fits = append(fits, d)
		}
	}
	switch len(fits) {
	case 0:
		return usb.DeviceInfo{}, fs.ErrNotExist
	case 1:
		return fits[0], nil
	}
	return usb.DeviceInfo{}, errSeveral
}

// karalabePort reads in a pump, so that reads have time-outs.
type karalabePort struct {
	name    string
	dev     usb.Device
	release hidRelease
	is      reports

	mu       sync.Mutex
	cond     *sync.Cond
	unread   [][]byte
	fault    error
	closed   bool
	readTime time.Duration
	done     chan struct{}
}

func (p *karalabePort) String() string { return p.name }

func (p *karalabePort) SetReadTimeout(d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readTime = d
	return nil
}

// SetWriteTimeout does nothing: the library gives a report a second.
func (p *karalabePort) SetWriteTimeout(time.Duration) error { return nil }

func (p *karalabePort) Lengths() (in, out int) { return p.is.in, p.is.out }

func (p *karalabePort) pump() {
	defer close(p.done)
	b := make([]byte, 4096)
	for {
		n, err := p.dev.Read(b)
		p.mu.Lock()
		if err != nil {
			p.fault = &Error{Code: HangUp, Port: p.name, Op: "read", Err: err}
		} else if n > 0 && len(p.unread) < 256 { // an empty transfer is no report; the library keeps no more than some, too
			p.unread = append(p.unread, append([]byte(nil), b[:n]...))
		}
		end := p.fault != nil || p.closed
		p.mu.Unlock()
		p.cond.Broadcast()
		if end {
			return
		}
	}
}

func (p *karalabePort) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	expired, stop := expire(p.cond, p.readTime)
	defer stop()
	for len(p.unread) == 0 || p.closed {
		switch {
		case p.closed:
			return 0, &Error{Code: Closed, Port: p.name, Op: "read"}
		case p.fault != nil:
			return 0, p.fault
		case *expired:
			return 0, &Error{Code: Timeout, Port: p.name, Op: "read"}
		}
		p.cond.Wait()
	}
	n := copy(b, p.unread[0])
	p.unread = p.unread[1:]
	return n, nil
}

func (p *karalabePort) Write(b []byte) (int, error) {
	p.mu.Lock()
	closed, fault := p.closed, p.fault
	p.mu.Unlock()
	switch {
	case closed:
		return 0, &Error{Code: Closed, Port: p.name, Op: "write"}
	case fault != nil:
		return 0, fault
	}
	report := b
	if !p.is.numbered && zeroFirst {
		report = append([]byte{0}, b...)
	}
	if _, err := p.dev.Write(report); err != nil {
		return 0, &Error{Code: HangUp, Port: p.name, Op: "write", Err: err}
	}
	return len(b), nil
}

// Feature is refused: the library has no feature reports.
func (p *karalabePort) Feature([]byte) error {
	return &Error{Code: Protocol, Port: p.name, Op: "feature", Err: errNoFeature}
}

var errNoFeature = errors.New("feature reports need hidraw (leave driver=karalabe out of the address)")

// Close first makes the pending read return: closing the library's device under
// a reader would free what the reader still uses.
func (p *karalabePort) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		<-p.done
		return nil
	}
	p.closed = true
	p.mu.Unlock()
	p.cond.Broadcast()
	p.release.wake(p.dev)
	<-p.done
	return errors.Join(p.dev.Close(), p.release.close())
}
