package hotplug

import (
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"hallway/build/fuzz"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const fromKernel = "add@/devices/usb1/1-1/1-1:1.0/hidraw/hidraw0\x00ACTION=add\x00DEVPATH=/devices/usb1/1-1/1-1:1.0/hidraw/hidraw0\x00" +
	"SUBSYSTEM=hidraw\x00MAJOR=246\x00MINOR=0\x00DEVNAME=hidraw0\x00SEQNUM=1234\x00"

// udevs is a message of udev with a list.
func udevs(list string) []byte {
	b := []byte("libudev\x00")
	b = binary.BigEndian.AppendUint32(b, 0xFEEDCAFE)
	for _, v := range []uint32{40, 40, uint32(len(list)), 0, 0, 0, 0} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return append(b, list...)
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name    string
		message []byte
		want    Event
		ok      bool
	}{
		{"the kernel's", []byte(fromKernel),
			Event{"add", "hidraw", "/devices/usb1/1-1/1-1:1.0/hidraw/hidraw0", "hidraw0"}, true},
		{"udev's", udevs("ACTION=change\x00SUBSYSTEM=tty\x00DEVPATH=/devices/x\x00DEVNAME=/dev/ttyUSB0\x00"),
			Event{"change", "tty", "/devices/x", "ttyUSB0"}, true},
		{"nothing", nil, Event{}, false},
		{"no list", []byte("add@/devices/x\x00"), Event{}, false},
		{"udev's, cut", udevs("")[:12], Event{}, false},
		{"udev's, with a list beyond its end", append([]byte("libudev\x00\xFE\xED\xCA\xFE\x00\x00\x00\x00"), 0xFF, 0xFF, 0xFF, 0xFF), Event{}, false},
		{"another magic", []byte("libudev\x00\x01\x02\x03\x04\x00\x00\x00\x00\x00\x00\x00\x00"), Event{}, false},
	} {
		if got, ok := Parse(c.message); got != c.want && c.ok || ok != c.ok {
			t.Errorf("%s: %+v, %v; want %+v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestArrival(t *testing.T) {
	for e, want := range map[Event]bool{
		{Action: "add", Subsystem: "tty"}:       true,
		{Action: "bind", Subsystem: "usb"}:      true,
		{Action: "change", Subsystem: "hidraw"}: true,
		{Action: "remove", Subsystem: "tty"}:    false,
		{Action: "unbind", Subsystem: "usb"}:    false,
		{Action: "add", Subsystem: "block"}:     false,
	} {
		if e.Arrival() != want {
			t.Errorf("%+v: arrival %v", e, !want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(fromKernel))
	f.Add(udevs("ACTION=add\x00SUBSYSTEM=tty\x00"))
	fuzz.Run(f, func(t *testing.T, b []byte) {
		if e, ok := Parse(b); ok && (e.Action == "" || e.Subsystem == "") {
			t.Errorf("%q: %+v", b, e)
		}
	})
}

// told is a source that says what a test says.
type told struct {
	events chan Event
	lost   chan struct{}
	gone   chan struct{}
	once   sync.Once
}

func (s *told) next() (Event, bool, error) {
	select {
	case e := <-s.events:
		return e, false, nil
	case <-s.lost:
		return Event{}, true, nil
	case <-s.gone:
		return Event{}, false, errors.New("closed")
	}
}

func (s *told) close() error {
	s.once.Do(func() { close(s.gone) })
	return nil
}

func TestOneWatcherWhileSomebodyWaits(t *testing.T) {
	opened := 0
	var src *told
	w := &watcher{waiting: map[chan struct{}]bool{}, open: func() (source, error) {
		opened++
		src = &told{events: make(chan Event), lost: make(chan struct{}), gone: make(chan struct{})}
		return src, nil
	}}
	a, stopA := w.arrivals()
	b, stopB := w.arrivals()
	src.events <- Event{Action: "remove", Subsystem: "tty"}
	src.events <- Event{Action: "add", Subsystem: "block"}
	src.events <- Event{Action: "add", Subsystem: "tty"}
	<-a
	<-b
	src.lost <- struct{}{}
	<-a
	stopA()
	stopA() // twice is once
	src.events <- Event{Action: "add", Subsystem: "usb"}
	<-b
	stopB()
	select {
	case <-a:
		t.Error("told after stop")
	default:
	}
	if opened != 1 {
		t.Errorf("%d sources for two that wait at the same time", opened)
	}
	c, stopC := w.arrivals()
	src.events <- Event{Action: "bind", Subsystem: "hidraw"}
	<-c
	stopC()
	if opened != 2 {
		t.Errorf("%d sources, want a new one after the last had left", opened)
	}
}

func TestASystemThatDoesNotTell(t *testing.T) {
	w := &watcher{waiting: map[chan struct{}]bool{}, open: func() (source, error) { return nil, errors.New("no") }}
	c, stop := w.arrivals()
	defer stop()
	if c != nil {
		t.Error("a channel that nobody will ever write to")
	}
}
