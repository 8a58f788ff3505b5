package driver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStateFollowsWorkAndFaults(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	b := NewBase("p", devices.KindPrinter, "m", "tcp:x", func() time.Time { return now })
	var told []devices.State
	stop := b.Watch(func(s devices.Status) { told = append(told, s.State) })
	for _, c := range []struct {
		name   string
		change Change
		state  devices.State
		faults int
	}{
		{"starting", Change{State: devices.Starting}, devices.Starting, 0},
		{"ready", Change{State: devices.Ready}, devices.Ready, 0},
		{"a warning degrades", Change{Faults: map[string]devices.Severity{"paper_near_end": devices.Warn}}, devices.Degraded, 1},
		{"an error fails", Change{Faults: map[string]devices.Severity{"paper_end": devices.Error}}, devices.Failed, 2},
		{"work does not hide an error", Change{State: devices.Busy}, devices.Failed, 2},
		{"cleared", Change{Cleared: []string{"paper_end", "paper_near_end"}}, devices.Busy, 0},
		{"absent whatever its faults", Change{State: devices.Absent, Faults: map[string]devices.Severity{"port_hangup": devices.Error}}, devices.Absent, 1},
	} {
		now = now.Add(time.Second)
		b.Apply(c.change)
		if s := b.Status(); s.State != c.state || len(s.Faults) != c.faults {
			t.Errorf("%s: %s with %d faults, want %s with %d", c.name, s.State, len(s.Faults), c.state, c.faults)
		}
	}
	since := b.Status().Faults[0].Since
	now = now.Add(time.Hour)
	n := len(told)
	b.Apply(Change{Faults: map[string]devices.Severity{"port_hangup": devices.Error}, Counters: map[string]int64{"bytes": 5}})
	if s := b.Status(); !s.Faults[0].Since.Equal(since) || s.Counters["bytes"] != 5 || len(told) != n {
		t.Errorf("a fault that stays keeps its time and is not told again: %+v, told %d times more", s, len(told)-n)
	}
	stop()
	b.Apply(Change{State: devices.Ready})
	if len(told) != n || n != 7 {
		t.Errorf("told %d times, want 7 (once at once, once per visible change) and none after stop", len(told))
	}
}

// ports opens nothing, then something, as scripted.
type ports struct {
	mu   sync.Mutex
	errs []error
}

func (p *ports) Address() string { return "tcp:test" }

func (p *ports) Open(context.Context) (port.Port, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.errs) == 0 {
		return nil, &port.Error{Code: port.Gone, Port: "tcp:test", Op: "open"}
	}
	err := p.errs[0]
	p.errs = p.errs[1:]
	return nopPort{}, err
}

type nopPort struct{}

func (nopPort) Read([]byte) (int, error)            { return 0, nil }
func (nopPort) Write(b []byte) (int, error)         { return len(b), nil }
func (nopPort) Close() error                        { return nil }
func (nopPort) SetReadTimeout(time.Duration) error  { return nil }
func (nopPort) SetWriteTimeout(time.Duration) error { return nil }
func (nopPort) String() string                      { return "test" }

func TestLoopSaysWhyThereIsNoPort(t *testing.T) {
	b := NewBase("p", devices.KindPrinter, "m", "tcp:test", nil)
	o := &ports{errs: []error{&port.Error{Code: port.Permission}, &port.Error{Code: port.InUse}, nil}}
	seen := make(chan string, 32)
	stop := b.Watch(func(s devices.Status) {
		for _, f := range s.Faults {
			seen <- f.Code
		}
	})
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	sessions := 0
	go func() {
		done <- b.Loop(ctx, o, func(context.Context, port.Port) error {
			sessions++
			return &port.Error{Code: port.HangUp}
		})
	}()
	for _, want := range []string{"port_permission", "port_busy", "port_hangup", "port_absent"} {
		select {
		case got := <-seen:
			if got != want {
				t.Fatalf("fault %s, want %s", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("no fault %s", want)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || sessions != 1 {
		t.Errorf("ended with %v after %d sessions", err, sessions)
	}
	if s := b.Status(); s.State != devices.Absent || len(s.Faults) != 0 {
		t.Errorf("after Run: %+v", s)
	}
}

func TestFaultOf(t *testing.T) {
	if got := FaultOf(fmt.Errorf("x: %w", &port.Error{Code: port.HangUp})); got != "port_hangup" {
		t.Error(got)
	}
	if got := FaultOf(errors.New("x")); got != "port_protocol" {
		t.Error(got)
	}
}

// Whoever waits for a device tries at once when one arrives, and soon again;
// otherwise ever more rarely, up to the limit.
func TestPauseBetweenAttempts(t *testing.T) {
	arrived := make(chan struct{}, 1)
	arrived <- struct{}{}
	if got := pause(t.Context(), time.Hour, rareWait, arrived); got != soonWait {
		t.Errorf("after an arrival the next wait is %v", got)
	}
	for _, c := range []struct{ wait, limit, want time.Duration }{
		{soonWait, lastWait, soonWait * 3 / 2},
		{time.Millisecond, lastWait, soonWait},
		{soonWait, 60 * time.Millisecond, 60 * time.Millisecond},
	} {
		if got := pause(t.Context(), c.wait, c.limit, nil); got != c.want {
			t.Errorf("after %v, at most %v: %v, want %v", c.wait, c.limit, got, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	pause(ctx, time.Hour, time.Hour, nil)
}
