package terminal

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hallway/devices"
	"hallway/devices/evaluator"
	"hallway/devices/idcard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
	"hallway/devices/voice"
)

// fakeDevice is half of every device.
type fakeDevice struct {
	mu       sync.Mutex
	status   devices.Status
	watchers map[int]func(devices.Status)
}

func newFake(id string, kind devices.Kind) *fakeDevice {
	return &fakeDevice{status: devices.Status{ID: id, Kind: kind, Model: "fake", State: devices.Ready},
		watchers: map[int]func(devices.Status){}}
}

func (d *fakeDevice) Run(ctx context.Context) error { <-ctx.Done(); return nil }

func (d *fakeDevice) Status() devices.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status
}

func (d *fakeDevice) Watch(f func(devices.Status)) func() {
	d.mu.Lock()
	id := len(d.watchers) + 1
	d.watchers[id] = f
	s := d.status
	d.mu.Unlock()
	f(s)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, id)
	}
}

func (d *fakeDevice) fault(state devices.State, code string) {
	d.mu.Lock()
	d.status.State, d.status.Faults = state, nil
	if code != "" {
		d.status.Faults = []devices.Fault{{Code: code, Severity: devices.Error}}
	}
	s := d.status
	var tell []func(devices.Status)
	for _, f := range d.watchers {
		tell = append(tell, f)
	}
	d.mu.Unlock()
	for _, f := range tell {
		f(s)
	}
}

// devicesOf are a terminal's devices, made of fakes.
func devicesOf(fakes ...devices.Device) *Devices {
	known, configs := devices.Factories{}, []devices.Config(nil)
	for _, f := range fakes {
		s := f.Status()
		known[string(s.Kind)+"/"+s.Model] = func(devices.Config) (devices.Device, error) { return f, nil }
		configs = append(configs, devices.Config{ID: s.ID, Kind: s.Kind, Model: s.Model})
	}
	return NewDevices(slog.New(slog.DiscardHandler), known, configs)
}

type fakeReader struct {
	*fakeDevice
	events chan idcard.Event
	lies   *atomic.Bool // nil: no
}

func (r fakeReader) Events() <-chan idcard.Event { return r.events }
func (r fakeReader) SAM() string                 { return "" }
func (r fakeReader) Lies() bool                  { return r.lies != nil && r.lies.Load() }

type fakeScanner struct {
	*fakeDevice
	scans chan scanner.Scan
}

func (s fakeScanner) Scans() <-chan scanner.Scan { return s.scans }

// fakePrinter prints with a latency and an outcome.
type fakePrinter struct {
	*fakeDevice
	latency time.Duration
	outcome printer.Outcome
	script  []printer.Outcome // of the first jobs, before outcome
	first   func(job string)  // called where the first byte would go out
	mu      sync.Mutex
	printed []printer.Job
}

func (p *fakePrinter) Ready() error {
	if s := p.Status(); s.State == devices.Failed || s.State == devices.Absent {
		return errors.New("not ready")
	}
	return nil
}

func (p *fakePrinter) Print(ctx context.Context, job printer.Job) (printer.Outcome, error) {
	if err := p.Ready(); err != nil {
		return printer.NotPrinted, err
	}
	if err := job.Begin(); err != nil {
		return printer.NotPrinted, err
	}
	if p.first != nil {
		p.first(job.ID)
	}
	select {
	case <-time.After(p.latency):
	case <-ctx.Done():
		return printer.Unknown, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.printed = append(p.printed, job)
	outcome := p.outcome
	if len(p.script) > 0 {
		outcome, p.script = p.script[0], p.script[1:]
	}
	if outcome == printer.Confirmed || outcome == printer.Parsed {
		return outcome, nil
	}
	return outcome, errors.New("trouble")
}

func (p *fakePrinter) jobs() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.printed)
}

// fakeEvaluator answers with a level after a latency; 0 = no key.
type fakeEvaluator struct {
	*fakeDevice
	keys chan int
}

func (e fakeEvaluator) Welcome(context.Context) error { return nil }

func (e fakeEvaluator) Ask(ctx context.Context, ref string, timeout time.Duration) (evaluator.Answer, error) {
	select {
	case level := <-e.keys:
		return evaluator.Answer{Ref: ref, Level: level}, nil
	case <-time.After(timeout):
		return evaluator.Answer{Ref: ref}, nil
	case <-ctx.Done():
		return evaluator.Answer{}, ctx.Err()
	}
}

type fakeVoice struct {
	*fakeDevice
	mu     sync.Mutex
	said   []string
	volume int // of the last announcement
	active int
	over   bool
	// prompts are those that began, cuts how many were cut; hold keeps each
	// speaking until it is cut.
	prompts []voice.Prompt
	cuts    int
	hold    bool
}

func (v *fakeVoice) Prompt(ctx context.Context, p voice.Prompt) error {
	v.mu.Lock()
	v.prompts = append(v.prompts, p)
	hold := v.hold
	v.mu.Unlock()
	if !hold {
		return ctx.Err()
	}
	<-ctx.Done()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cuts++
	return ctx.Err()
}

// prompted is the last prompt, how many there were and how many were cut.
func (v *fakeVoice) prompted() (last voice.Prompt, n, cuts int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if n = len(v.prompts); n > 0 {
		last = v.prompts[n-1]
	}
	return last, n, v.cuts
}

func (v *fakeVoice) Say(ctx context.Context, a voice.Announcement) error {
	v.mu.Lock()
	v.active++
	v.over = v.over || v.active > 1
	v.mu.Unlock()
	select {
	case <-time.After(20 * time.Millisecond):
	case <-ctx.Done():
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.active--
	var text []string
	for _, s := range a.Sentences {
		text = append(text, s.Lang+": "+s.Text)
	}
	v.said = append(v.said, strings.Join(text, " / "))
	v.volume = a.Volume
	return ctx.Err()
}

func (v *fakeVoice) spoken() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.said...)
}
