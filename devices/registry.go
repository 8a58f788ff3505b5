package devices

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"hallway/devices/port"
)

// Config is one device of a configuration file.
type Config struct {
	ID      string
	Kind    Kind
	Model   string
	Port    string
	Off     bool // configured, but not used now
	Options map[string]string
	// Wrap, when there is one, stands between the driver and its line: a
	// recorder. Drivers that have no line (driver.Opener) do not use it.
	Wrap func(port.Opener) port.Opener
}

// Factory makes the driver of one kind and model. It opens nothing.
type Factory func(c Config) (Device, error)

// Factories are all models that a program knows, by "<kind>/<model>".
type Factories map[string]Factory

// Outcome of loading a device.
type Outcome string

const (
	Loaded  Outcome = "loaded"
	Skipped Outcome = "skipped" // on purpose; Reason says whose
	Refused Outcome = "failed"  // a mistake in the configuration; Reason says which
)

// Report says what became of one configured device.
type Report struct {
	ID      string  `json:"id"`
	Kind    Kind    `json:"kind"`
	Model   string  `json:"model"`
	Port    string  `json:"port,omitempty"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason,omitempty"` // for the engineer
}

// Registry keeps the devices of one program: it makes them from configuration,
// runs them, and lets others watch all of them at once. It is the one place
// where every device's state, faults and counters are.
//
// Guarantees: one device that is configured wrongly or whose driver panics
// does not stop the others; every configured device is in Reports, and every
// one that is not switched off in Statuses, where one that could not be made
// is Failed and its fault says why (port_bad_address, model_unknown,
// misconfigured); a driver that panicked is started again after a second and
// shows fault driver_crashed meanwhile.
type Registry struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	devices []Device
	crashed map[string]time.Time
	reports []Report
	watches map[int]func(Status)
	nextID  int
}

// NewRegistry makes an empty registry. Nil values are the program's logger and
// the machine's clock.
func NewRegistry(log *slog.Logger, now func() time.Time) *Registry {
	if log == nil {
		log = slog.Default()
	}
	if now == nil {
		now = time.Now
	}
	return &Registry{log: log, now: now, crashed: map[string]time.Time{}, watches: map[int]func(Status){}}
}

// Load makes a device of each configuration, reports on each, and logs the
// report.
func (r *Registry) Load(known Factories, configs ...Config) {
	for _, c := range configs {
		r.load(known, c)
	}
}

func (r *Registry) load(known Factories, c Config) {
	rep := Report{ID: c.ID, Kind: c.Kind, Model: c.Model, Port: c.Port, Outcome: Loaded}
	var d Device
	if c.Off {
		rep.Outcome, rep.Reason = Skipped, "switched off in the configuration"
	} else if made, err := r.make(known, c); err == nil {
		d = made
	} else {
		rep.ID, rep.Outcome, rep.Reason = r.free(c), Refused, err.Error()
		d = refused{Status{ID: rep.ID, Kind: c.Kind, Model: c.Model, Port: c.Port, State: Failed, Since: r.now(),
			Faults: []Fault{{Code: faultOf(err), Severity: SeverityOf(faultOf(err)), Since: r.now(), Detail: rep.Reason}}}}
	}
	r.mu.Lock()
	if d != nil {
		r.devices = append(r.devices, d)
	}
	r.reports = append(r.reports, rep)
	r.mu.Unlock()
	level := slog.LevelInfo
	if rep.Outcome == Refused {
		level = slog.LevelError
	}
	r.log.Log(context.Background(), level, "device "+string(rep.Outcome),
		"device", rep.ID, "kind", rep.Kind, "model", rep.Model, "port", rep.Port, "reason", rep.Reason)
}

// errUnknown: no factory makes it.
var errUnknown = errors.New("is not known")

func (r *Registry) make(known Factories, c Config) (Device, error) {
	f, ok := known[string(c.Kind)+"/"+c.Model]
	switch {
	case c.ID == "":
		return nil, errors.New("has no id; give it one, such as \"ticket-printer\"")
	case r.has(c.ID):
		return nil, errors.New("is configured twice; ids are unique")
	case !ok:
		return nil, fmt.Errorf("kind %q, model %q %w; known are %s", c.Kind, c.Model, errUnknown,
			strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return f(c)
}

func (r *Registry) has(id string) bool {
	return slices.ContainsFunc(r.Devices(), func(d Device) bool { return d.Status().ID == id })
}

// free is an id under which a device that could not be made is shown.
func (r *Registry) free(c Config) string {
	name := cmp.Or(c.ID, string(c.Kind), "device")
	id := name
	for n := 2; r.has(id); n++ {
		id = fmt.Sprintf("%s (%d)", name, n)
	}
	return id
}

// faultOf is the fault of a device that could not be made.
func faultOf(err error) string {
	switch {
	case port.CodeOf(err) == port.BadAddress:
		return "port_bad_address"
	case errors.Is(err, errUnknown):
		return "model_unknown"
	}
	return "misconfigured"
}

// refused stands for a device that could not be made. Nothing changes it but a
// start with a mended configuration.
type refused struct{ status Status }

func (d refused) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func (d refused) Status() Status {
	s := d.status
	s.Faults = slices.Clone(s.Faults)
	return s
}

func (d refused) Watch(f func(Status)) (stop func()) {
	f(d.Status())
	return func() {}
}

// Devices gives every device that is not switched off, in order.
func (r *Registry) Devices() []Device {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.devices)
}

// Reports says what became of each configured device.
func (r *Registry) Reports() []Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.reports)
}

// Statuses gives the status of every device, in order.
func (r *Registry) Statuses() []Status {
	ds := r.Devices()
	out := make([]Status, 0, len(ds))
	for _, d := range ds {
		out = append(out, r.status(d.Status()))
	}
	return out
}

// status adds a crash, which the driver itself cannot know of.
func (r *Registry) status(s Status) Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since, ok := r.crashed[s.ID]; ok {
		s.State, s.Since = Failed, since
		s.Faults = append(slices.Clone(s.Faults), Fault{Code: "driver_crashed", Severity: SeverityOf("driver_crashed"), Since: since})
	}
	return s
}

// Watch calls f with the status of each device at once, and whenever one
// changes, until stop is called. Calls for different devices may overlap.
func (r *Registry) Watch(f func(Status)) (stop func()) {
	r.mu.Lock()
	id := r.nextID
	r.nextID++
	r.watches[id] = f
	r.mu.Unlock()
	var stops []func()
	for _, d := range r.Devices() {
		stops = append(stops, d.Watch(func(s Status) { f(r.status(s)) }))
	}
	return func() {
		r.mu.Lock()
		delete(r.watches, id)
		r.mu.Unlock()
		for _, s := range stops {
			s()
		}
	}
}

// Run runs every device until ctx ends and all have stopped.
func (r *Registry) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, d := range r.Devices() {
		wg.Go(func() { r.keep(ctx, d) })
	}
	wg.Wait()
}

// keep runs one device again and again, whatever it does.
func (r *Registry) keep(ctx context.Context, d Device) {
	id := d.Status().ID
	for ctx.Err() == nil {
		err := r.once(ctx, d)
		if ctx.Err() != nil {
			return
		}
		r.log.Error("device driver stopped; it is started again in a second", "device", id, "err", err)
		r.crash(d, true)
		if port.Sleep(ctx, time.Second) != nil {
			return
		}
		r.crash(d, false)
	}
}

func (r *Registry) once(ctx context.Context, d Device) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// The value may hold what the device said; only its type is kept.
			err = fmt.Errorf("panic of type %T at %s", p, debug.Stack())
		}
	}()
	return d.Run(ctx)
}

// crash notes or clears a crash and tells the watchers.
func (r *Registry) crash(d Device, on bool) {
	s := d.Status()
	r.mu.Lock()
	if on {
		r.crashed[s.ID] = r.now()
	} else {
		delete(r.crashed, s.ID)
	}
	fs := make([]func(Status), 0, len(r.watches))
	for _, f := range r.watches {
		fs = append(fs, f)
	}
	r.mu.Unlock()
	for _, f := range fs {
		f(r.status(d.Status()))
	}
}
