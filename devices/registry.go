package devices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Config is one device of a configuration file.
type Config struct {
	ID      string
	Kind    Kind
	Model   string
	Port    string
	Off     bool // configured, but not used now
	Options map[string]string
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
// runs them, and lets others watch all of them at once.
//
// Guarantees: one device that is configured wrongly or whose driver panics
// does not stop the others; every configured device is in Reports; a driver
// that panicked is started again after a second and shows fault
// driver_crashed meanwhile.
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

// Load makes a device of each configuration, and reports on each. The error
// joins those that failed; the others are loaded all the same.
func (r *Registry) Load(known Factories, configs ...Config) error {
	var errs []error
	for _, c := range configs {
		rep := Report{ID: c.ID, Kind: c.Kind, Model: c.Model, Port: c.Port, Outcome: Loaded}
		switch d, err := r.make(known, c); {
		case c.Off:
			rep.Outcome, rep.Reason = Skipped, "switched off in the configuration"
		case err != nil:
			rep.Outcome, rep.Reason = Refused, err.Error()
			errs = append(errs, fmt.Errorf("device %s: %w", c.ID, err))
		default:
			r.mu.Lock()
			r.devices = append(r.devices, d)
			r.mu.Unlock()
		}
		r.mu.Lock()
		r.reports = append(r.reports, rep)
		r.mu.Unlock()
	}
	return errors.Join(errs...)
}

func (r *Registry) make(known Factories, c Config) (Device, error) {
	if c.Off {
		return nil, nil
	}
	f, ok := known[string(c.Kind)+"/"+c.Model]
	switch {
	case c.ID == "":
		return nil, errors.New("has no id; give it one, such as \"ticket-printer\"")
	case !ok:
		names := make([]string, 0, len(known))
		for n := range known {
			names = append(names, n)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("kind %q, model %q is not known; known are %v", c.Kind, c.Model, names)
	case r.has(c.ID):
		return nil, errors.New("is configured twice; ids are unique")
	}
	return f(c)
}

func (r *Registry) has(id string) bool {
	return slices.ContainsFunc(r.Devices(), func(d Device) bool { return d.Status().ID == id })
}

// Add keeps a device that was made elsewhere.
func (r *Registry) Add(d Device) error {
	s := d.Status()
	if r.has(s.ID) {
		return fmt.Errorf("device %s is there already; ids are unique", s.ID)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.devices = append(r.devices, d)
	r.reports = append(r.reports, Report{ID: s.ID, Kind: s.Kind, Model: s.Model, Port: s.Port, Outcome: Loaded})
	return nil
}

// Devices gives the loaded devices, in order.
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
func (r *Registry) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, d := range r.Devices() {
		wg.Go(func() { r.keep(ctx, d) })
	}
	wg.Wait()
	return ctx.Err()
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
		t := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
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
