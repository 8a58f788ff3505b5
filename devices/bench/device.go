package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// simulator is one device without its cable: it serves one session after
// another and keeps its state between them.
type simulator interface {
	// Serve speaks on rw until the driver leaves or ctx ends.
	Serve(ctx context.Context, rw io.ReadWriteCloser) error
}

// maker builds the simulator of a model; changed is called when something
// visible changes.
type maker func(b *Bench, c DeviceConfig, seed uint64, changed func()) (simulator, error)

// models are all that the bench can simulate, by kind and model.
var models = map[string]map[string]maker{}

func kindNames() []string { return slices.Sorted(maps.Keys(models)) }

func modelNames(kind string) []string { return slices.Sorted(maps.Keys(models[kind])) }

// device is one simulated device on its cable.
type device struct {
	bench  *Bench
	config DeviceConfig
	sim    simulator
	wire   wire
	random *rand.Rand

	mu        sync.Mutex
	plugged   bool
	replug    chan struct{} // tells run that the cable is in again
	current   io.ReadWriteCloser
	lastError string
}

func newDevice(b *Bench, c DeviceConfig, seed uint64) (*device, error) {
	make1, ok := models[c.Kind][c.Model]
	if !ok {
		return nil, fmt.Errorf("device %q: model %q of kind %q is not simulated", c.ID, c.Model, c.Kind)
	}
	d := &device{
		bench: b, config: c, wire: newWire(b.config.Run, c.At, c.Baud),
		random: rand.New(rand.NewPCG(seed, 0x68616c6c)), replug: make(chan struct{}, 1),
	}
	var err error
	if d.sim, err = make1(b, c, seed, b.changed); err != nil {
		return nil, fmt.Errorf("device %q: %w", c.ID, err)
	}
	return d, nil
}

func (d *device) open() error {
	if d.config.Unplug {
		return nil
	}
	return d.setPlugged(true)
}

func (d *device) setPlugged(in bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if in == d.plugged {
		return nil
	}
	if in {
		if err := d.wire.plug(); err != nil {
			return err
		}
		select {
		case d.replug <- struct{}{}:
		default:
		}
	} else {
		d.wire.unplug()
	}
	d.plugged = in
	return nil
}

// run serves one session after another until ctx ends.
func (d *device) run(ctx context.Context) error {
	defer d.wire.unplug()
	for {
		rw, err := d.wire.session(ctx)
		switch {
		case errors.Is(err, errUnplugged):
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-d.replug:
			}
			continue
		case err != nil:
			return err
		}
		d.serve(ctx, rw)
	}
}

func (d *device) serve(ctx context.Context, rw io.ReadWriteCloser) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	closeOnEnd := context.AfterFunc(ctx, func() {
		_ = rw.Close() // ends a pending read
	})
	d.setCurrent(rw)
	err := d.sim.Serve(ctx, rw)
	d.setCurrent(nil)
	if closeOnEnd() {
		_ = rw.Close()
	}
	if err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
		d.bench.log.Debug("simulator session ended", "device", d.config.ID, "err", err)
	}
}

func (d *device) setCurrent(rw io.ReadWriteCloser) {
	d.mu.Lock()
	d.current = rw
	d.mu.Unlock()
	d.bench.changed()
}

func (d *device) state() DeviceState {
	d.mu.Lock()
	s := DeviceState{
		ID: d.config.ID, Terminal: d.config.Terminal, Kind: d.config.Kind, Model: d.config.Model,
		Plugged: d.plugged, Connected: d.current != nil, Address: d.wire.address(),
	}
	d.mu.Unlock()
	if r, ok := d.sim.(interface{ report(*DeviceState) }); ok {
		r.report(&s)
	}
	return s
}

// Plug puts the cable in or pulls it out.
func (b *Bench) Plug(id string, plugged bool) error {
	d, err := b.device(id, "")
	if err != nil {
		return err
	}
	defer b.changed()
	if err := d.setPlugged(plugged); err != nil {
		return problem(http.StatusConflict, "bench_port_taken", "detail", err.Error())
	}
	return nil
}

// Noise sends random bytes from a device to its driver.
func (b *Bench) Noise(id string, n int) error {
	d, err := b.device(id, "")
	if err != nil {
		return err
	}
	d.mu.Lock()
	rw := d.current
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(d.random.Uint32())
	}
	d.mu.Unlock()
	if rw == nil {
		return problem(http.StatusConflict, "bench_not_connected", "id", id)
	}
	sent := make(chan error, 1)
	go func() { _, err := rw.Write(data); sent <- err }() // ends with the session at the latest
	select {
	case err := <-sent:
		if err != nil {
			return problem(http.StatusConflict, "bench_not_connected", "id", id)
		}
	case <-time.After(3 * time.Second): // a slow line: it goes on by itself
	}
	return nil
}
