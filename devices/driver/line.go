package driver

import (
	"sync"

	"hallway/devices"
	"hallway/devices/port"
)

// Line is the port that a driver has open now, or none. Guarantees: Gone is
// closed when that port is lost, and while there is none; after release nothing is
// told of the device as if it were there.
type Line struct {
	base *Base

	telling sync.Mutex // held while a state is told, so that none is told after the end

	mu   sync.Mutex
	port port.Port
	gone chan struct{}
}

// NewLine has no port yet.
func NewLine(base *Base) *Line {
	l := &Line{base: base, gone: make(chan struct{})}
	close(l.gone)
	return l
}

// Hold has a port until release is called.
func (l *Line) Hold(p port.Port) (release func()) {
	gone := make(chan struct{})
	l.mu.Lock()
	l.port, l.gone = p, gone
	l.mu.Unlock()
	return func() {
		l.telling.Lock()
		l.mu.Lock()
		l.port = nil
		l.mu.Unlock()
		l.telling.Unlock()
		close(gone)
	}
}

// Port is what is open now, nil when nothing is.
func (l *Line) Port() port.Port {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.port
}

// Use is Port, with the error of a device that is not there.
func (l *Line) Use(op string) (port.Port, error) {
	if p := l.Port(); p != nil {
		return p, nil
	}
	return nil, &port.Error{Code: port.Gone, Port: l.base.Status().Port, Op: op}
}

// Gone is closed when the port that is open now is lost, and while there is none.
func (l *Line) Gone() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gone
}

// Tell tells the state as long as there is a port.
func (l *Line) Tell(state devices.State) {
	l.telling.Lock()
	defer l.telling.Unlock()
	if l.Port() != nil {
		l.base.Apply(Change{State: state})
	}
}
