// Package hotplug tells when a device was plugged in, without looking for it
// again and again.
//
// Guarantees: whoever waits is woken within the time that the system takes to
// tell, and again when udev has set the node's rights; events that the system
// had to drop wake everybody. There is one watcher per program, which runs
// while somebody waits and is gone afterwards. It says that a device may have
// come, never that a certain one has: whoever is woken looks.
// Where the system does not tell (no netlink, not Linux) Arrivals gives no
// channel, and the caller looks from time to time.
//
// Source: the kernel's uevents over netlink (one datagram, «action@path», then
// KEY=value, each ended by a NUL), and udev's own messages, which begin with
// «libudev» and a header that says where the same list begins.
package hotplug

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
)

// Event is one message.
type Event struct {
	Action    string // add, remove, change, bind, unbind, …
	Subsystem string // tty, hidraw, usb, …
	Path      string // below /sys
	Node      string // below /dev, "" when the device has none
}

// Parse reads a message of the kernel or of udev.
func Parse(b []byte) (Event, bool) {
	var e Event
	list := b
	if rest, ok := bytes.CutPrefix(b, []byte("libudev\x00")); ok {
		// magic, size of the header, and where the list begins
		if len(rest) < 12 || binary.BigEndian.Uint32(rest) != 0xFEEDCAFE {
			return e, false
		}
		at := binary.NativeEndian.Uint32(rest[8:])
		if uint64(at) > uint64(len(b)) {
			return e, false
		}
		list = b[at:]
	}
	for part := range bytes.SplitSeq(list, []byte{0}) {
		key, value, ok := strings.Cut(string(part), "=")
		if !ok {
			continue // «action@path» at the beginning; the list says both again
		}
		switch key {
		case "ACTION":
			e.Action = value
		case "SUBSYSTEM":
			e.Subsystem = value
		case "DEVPATH":
			e.Path = value
		case "DEVNAME":
			e.Node = strings.TrimPrefix(value, "/dev/")
		}
	}
	return e, e.Action != "" && e.Subsystem != ""
}

// ours are the subsystems of the devices of a hall.
var ours = map[string]bool{"tty": true, "usbmisc": true, "hidraw": true, "input": true, "usb": true, "video4linux": true, "sound": true}

// Arrival says whether a device of a hall may be there now that was not before,
// or may be opened now.
func (e Event) Arrival() bool {
	return ours[e.Subsystem] && (e.Action == "add" || e.Action == "bind" || e.Action == "change")
}

// source are the system's messages.
type source interface {
	// next waits for a message. lost says that some were dropped.
	next() (e Event, lost bool, err error)
	close() error
}

// watcher tells all that wait.
type watcher struct {
	open func() (source, error)

	mu      sync.Mutex
	waiting map[chan struct{}]bool
	src     source
	done    chan struct{}
}

var shared = &watcher{open: listen, waiting: map[chan struct{}]bool{}}

// Arrivals gives a channel that says when a device may have come, until stop is
// called. Several arrivals that nobody took are one. A nil channel says that
// this system does not tell.
func Arrivals() (arrived <-chan struct{}, stop func()) { return shared.arrivals() }

func (w *watcher) arrivals() (<-chan struct{}, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.src == nil {
		src, err := w.open()
		if err != nil {
			return nil, func() {} // the caller looks from time to time
		}
		w.src, w.done = src, make(chan struct{})
		go w.run(src, w.done)
	}
	c := make(chan struct{}, 1)
	w.waiting[c] = true
	var once sync.Once
	return c, func() { once.Do(func() { w.leave(c) }) }
}

// leave stops the watcher behind the last that waited.
func (w *watcher) leave(c chan struct{}) {
	w.mu.Lock()
	delete(w.waiting, c)
	src, done := w.src, w.done
	last := len(w.waiting) == 0
	if last {
		w.src = nil
	}
	w.mu.Unlock()
	if last && src != nil {
		_ = src.close()
		<-done
	}
}

func (w *watcher) run(src source, done chan struct{}) {
	defer close(done)
	for {
		e, lost, err := src.next()
		if err == nil && !lost && !e.Arrival() {
			continue
		}
		w.mu.Lock()
		for c := range w.waiting {
			select {
			case c <- struct{}{}:
			default:
			}
		}
		if err != nil && w.src == src {
			w.src = nil // it failed by itself; whoever comes next tries again
		}
		w.mu.Unlock()
		if err != nil {
			_ = src.close() // it only listened
			return
		}
	}
}
