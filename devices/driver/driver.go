// Package driver holds what drivers on a port share: the status that others
// watch, and the loop that opens the port, works, and opens it again.
//
// Guarantees: a fault keeps the time at which it began; watchers are called in
// order, one call at a time, and never after their stop has returned; a device
// whose port is lost is Absent at once; it is opened again when the system says
// that something was plugged in (and some times after that, until udev has set
// the rights), and looked for every 0.2 to 2 s, or every 30 s where the system
// tells; Loop returns only when the session's goroutines have ended.
//
// Expects: a session returns soon after its context ends or its port fails.
//
// Source: design §4.
package driver

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"hallway/devices"
	"hallway/devices/hotplug"
	"hallway/devices/port"
)

// Base is the status of one device. It implements half of devices.Device.
type Base struct {
	clock func() time.Time

	mu      sync.Mutex
	status  devices.Status
	working devices.State // what it would be without faults
	named   map[port.Code]string

	tell     sync.Mutex // held while watchers are called
	next     int
	watchers map[int]func(devices.Status)
}

// NewBase is the status of a device that has not been found yet. A nil clock is
// the machine's.
func NewBase(id string, kind devices.Kind, model, address string, clock func() time.Time) *Base {
	if clock == nil {
		clock = time.Now
	}
	return &Base{
		clock:    clock,
		working:  devices.Absent,
		status:   devices.Status{ID: id, Kind: kind, Model: model, Port: address, State: devices.Absent, Since: clock()},
		watchers: map[int]func(devices.Status){},
	}
}

// Now is the injected clock.
func (b *Base) Now() time.Time { return b.clock() }

// Status is a copy of everything that is known.
func (b *Base) Status() devices.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.copy()
}

func (b *Base) copy() devices.Status {
	s := b.status
	s.Faults = slices.Clone(s.Faults)
	s.Caps = maps.Clone(s.Caps)
	s.Counters = maps.Clone(s.Counters)
	return s
}

// Watch calls f at once and on every change until stop is called. f must not
// call back into the device's Watch or stop.
func (b *Base) Watch(f func(devices.Status)) (stop func()) {
	b.tell.Lock()
	b.next++
	id := b.next
	b.watchers[id] = f
	f(b.Status())
	b.tell.Unlock()
	return func() {
		b.tell.Lock()
		delete(b.watchers, id)
		b.tell.Unlock()
	}
}

// Change is what a driver may change at once.
type Change struct {
	State    devices.State // what it would be without faults; empty: as it was
	Faults   map[string]devices.Severity
	Cleared  []string // faults that are over
	Detail   map[string]string
	Caps     map[string]string
	Counters map[string]int64 // added
}

// Apply makes a change and tells the watchers when it made a difference that
// they can see; counters alone are not told.
func (b *Base) Apply(c Change) {
	b.tell.Lock()
	defer b.tell.Unlock()
	b.mu.Lock()
	before := b.copy()
	b.apply(c)
	after := b.copy()
	b.mu.Unlock()
	before.Counters, after.Counters = nil, nil
	if reflect.DeepEqual(before, after) {
		return
	}
	told := b.Status()
	for _, id := range slices.Sorted(maps.Keys(b.watchers)) {
		b.watchers[id](told)
	}
}

func (b *Base) apply(c Change) {
	s := &b.status
	if c.State != "" {
		b.working = c.State
	}
	for _, code := range c.Cleared {
		s.Faults = slices.DeleteFunc(s.Faults, func(f devices.Fault) bool { return f.Code == code })
	}
	for _, code := range slices.Sorted(maps.Keys(c.Faults)) {
		i := slices.IndexFunc(s.Faults, func(f devices.Fault) bool { return f.Code == code })
		if i < 0 {
			s.Faults = append(s.Faults, devices.Fault{Code: code, Since: b.clock()})
			i = len(s.Faults) - 1
		}
		s.Faults[i].Severity, s.Faults[i].Detail = c.Faults[code], c.Detail[code]
	}
	for k, v := range c.Caps {
		if s.Caps == nil {
			s.Caps = map[string]string{}
		}
		s.Caps[k] = v
	}
	for k, v := range c.Counters {
		if s.Counters == nil {
			s.Counters = map[string]int64{}
		}
		s.Counters[k] += v
	}
	if state := b.state(); state != s.State {
		s.State, s.Since = state, b.clock()
	}
}

// state is the working state under its faults.
func (b *Base) state() devices.State {
	if b.working == devices.Absent || b.working == devices.Starting {
		return b.working
	}
	worst := b.working
	for _, f := range b.status.Faults {
		switch {
		case f.Severity == devices.Error:
			return devices.Failed
		case f.Severity == devices.Warn && worst == devices.Ready:
			worst = devices.Degraded
		}
	}
	return worst
}

// FaultOf is the fault code of a port error: port_absent, port_busy and so on.
func FaultOf(err error) string {
	var pe *port.Error
	if errors.As(err, &pe) {
		return "port_" + string(pe.Code)
	}
	return "port_" + string(port.Protocol)
}

// NameFault gives a port error of this device a fault of its own, with its own
// remedy. It is called before Run.
func (b *Base) NameFault(code port.Code, fault string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.named == nil {
		b.named = map[port.Code]string{}
	}
	b.named[code] = fault
}

func (b *Base) faultOf(err error) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if fault, ok := b.named[port.CodeOf(err)]; ok {
		return fault
	}
	return FaultOf(err)
}

// Back-off between attempts to open a port.
const (
	firstWait = 200 * time.Millisecond
	lastWait  = 2 * time.Second
	rareWait  = 30 * time.Second // while the system would tell that the device has come
	soonWait  = 50 * time.Millisecond
)

// Loop opens the port, runs the session, and begins again when the session
// ends, until ctx ends. The fault says why there is no port.
func (b *Base) Loop(ctx context.Context, opener port.Opener, session func(context.Context, port.Port) error) error {
	var arrived <-chan struct{}
	if port.Announced(opener) {
		var stop func()
		arrived, stop = hotplug.Arrivals()
		defer stop()
	}
	fault, wait := "", firstWait
	for ctx.Err() == nil {
		p, err := opener.Open(ctx)
		if err == nil {
			started := time.Now()
			b.Apply(Change{State: devices.Starting, Cleared: []string{fault}})
			err = errors.Join(session(ctx, p), p.Close())
			if b.worked() || time.Since(started) > lastWait {
				wait = firstWait // it was really there, and may be back soon
			}
		}
		if ctx.Err() != nil {
			break
		}
		next := b.faultOf(err)
		b.Apply(Change{
			State: devices.Absent, Cleared: b.others(next),
			Faults: map[string]devices.Severity{next: devices.Error}, Detail: map[string]string{next: err.Error()},
		})
		fault = next
		limit := lastWait
		if arrived != nil && port.CodeOf(err) == port.Gone {
			limit = rareWait
		}
		wait = pause(ctx, wait, limit, arrived)
	}
	b.Apply(Change{State: devices.Absent, Cleared: b.others("")})
	return ctx.Err()
}

// worked says whether the device had been found.
func (b *Base) worked() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.working != devices.Absent && b.working != devices.Starting
}

// pause waits before the next attempt and gives the wait before the one after
// that: a short one when something has arrived.
func pause(ctx context.Context, wait, limit time.Duration, arrived <-chan struct{}) time.Duration {
	t := time.NewTimer(min(wait, limit))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-arrived:
		return soonWait
	case <-t.C:
	}
	return min(max(wait*3/2, soonWait), limit)
}

// others are all faults but one: what is not there has no other trouble.
func (b *Base) others(code string) []string {
	var out []string
	for _, f := range b.Status().Faults {
		if f.Code != code {
			out = append(out, f.Code)
		}
	}
	return out
}
