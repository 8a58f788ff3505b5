package driver

import (
	"testing"

	"hallway/devices"
	"hallway/devices/port"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestLineIsThereOrGone(t *testing.T) {
	b := NewBase("e", devices.KindEvaluator, "m", "tcp:test", nil)
	l := NewLine(b)
	if _, err := l.Use("write"); port.CodeOf(err) != port.Gone || !closed(l.Gone()) || l.Port() != nil {
		t.Errorf("without a port: %v, gone %v", err, closed(l.Gone()))
	}
	l.Tell(devices.Ready)
	if s := b.Status().State; s != devices.Absent {
		t.Errorf("without a port it is %s", s)
	}
	release := l.Hold(nopPort{})
	gone := l.Gone()
	l.Tell(devices.Busy)
	if p, err := l.Use("write"); err != nil || p == nil || closed(gone) || b.Status().State != devices.Busy {
		t.Errorf("with a port: %v, %v, gone %v, %s", p, err, closed(gone), b.Status().State)
	}
	release()
	b.Apply(Change{State: devices.Absent})
	l.Tell(devices.Ready)
	if !closed(gone) || !closed(l.Gone()) || b.Status().State != devices.Absent {
		t.Errorf("after it: gone %v and %v, %s", closed(gone), closed(l.Gone()), b.Status().State)
	}
	defer l.Hold(nopPort{})()
	if closed(l.Gone()) || !closed(gone) {
		t.Error("a new port is gone, or the old one is back")
	}
}
