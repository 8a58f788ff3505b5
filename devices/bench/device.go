package bench

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"hallway/devices/port/cable"
)

// model is a simulator on the bench.
type model interface {
	cable.Simulator
	// report puts what can be seen into the device's state.
	report(*DeviceState)
	// Noise sends n random bytes to the driver.
	Noise(n int)
}

// worker is a model that moves by itself, such as a printer.
type worker interface {
	Run(ctx context.Context) error
}

// caller is a model that calls the program instead of waiting for it.
type caller interface {
	Dial(ctx context.Context) (io.ReadWriteCloser, error)
}

// maker builds the simulator of a model.
type maker func(b *Bench, c DeviceConfig, shape cable.Shape) (model, error)

// models are all that the bench can simulate, by kind and model.
var models = map[string]map[string]maker{
	"idcard":      {"sdt": newCardReader},
	"scanner":     {"serial": newScanner, "camera": newCamera},
	"printer":     {"escpos": newPrinter},
	"sheet":       {"ipp": newPagePrinter},
	"capture":     {"doccam": newDocumentCamera},
	"evaluator":   {"caller21": newEvaluator, "five_key": newEvaluator, "screen": newScreen, ownTable: newEvaluator},
	"caller":      {"caller21": newCaller, ownTable: newCaller},
	"numberboard": {"board4": newBoard, "xunpeng": newBoard, "onbon_text": newBoard, ownTable: newOwnBoard},
}

// ownTable stands for the path of a hall's own table (devices/frame).
const ownTable = "a path ending in .toml"

// makerOf finds what builds a model.
func makerOf(kind, name string) (maker, bool) {
	if strings.HasSuffix(name, ".toml") {
		name = ownTable
	}
	m, ok := models[kind][name]
	return m, ok
}

func kindNames() []string { return slices.Sorted(maps.Keys(models)) }

func modelNames(kind string) []string { return slices.Sorted(maps.Keys(models[kind])) }

// device is one simulated device on its cable.
type device struct {
	bench  *Bench
	config DeviceConfig
	sim    model
	cable  *cable.Cable
}

func newDevice(b *Bench, c DeviceConfig, seed uint64) (*device, error) {
	build, ok := makerOf(c.Kind, c.Model)
	if !ok {
		return nil, fmt.Errorf("device %q: model %q of kind %q is not simulated", c.ID, c.Model, c.Kind)
	}
	shape := cable.Shape{Seed: seed}
	at := c.At
	if name, ok := strings.CutPrefix(c.At, "serial:"); ok {
		shape.Baud = c.Baud
		at = "serial:" + filepath.Join(b.config.Run, name)
		if c.Baud > 0 {
			at += fmt.Sprintf("?baud=%d", c.Baud)
		}
	}
	sim, err := build(b, c, shape)
	if err != nil {
		return nil, fmt.Errorf("device %q: %w", c.ID, err)
	}
	d := &device{bench: b, config: c, sim: sim}
	if out, ok := sim.(caller); ok {
		d.cable = cable.Calling(at, out.Dial, sim)
		return d, nil
	}
	if d.cable, err = cable.New(at, sim); err != nil {
		return nil, fmt.Errorf("device %q: %w", c.ID, err)
	}
	return d, nil
}

func (d *device) open() error {
	if d.config.Unplug {
		return nil
	}
	return d.cable.Plug()
}

// run lets the device work until ctx ends.
func (d *device) run(ctx context.Context) error {
	var err error
	if w, ok := d.sim.(worker); ok {
		err = w.Run(ctx)
	} else {
		<-ctx.Done()
	}
	if cerr := d.cable.Close(); cerr != nil {
		d.bench.log.Warn("unplugging failed", "device", d.config.ID, "err", cerr)
	}
	return err
}

func (d *device) state() DeviceState {
	s := DeviceState{
		ID: d.config.ID, Terminal: d.config.Terminal, Kind: d.config.Kind, Model: d.config.Model,
		Plugged: d.cable.Plugged(), Address: d.cable.Address(),
	}
	d.sim.report(&s)
	return s
}

// Plug puts the cable in or pulls it out.
func (b *Bench) Plug(id string, plugged bool) error {
	d, err := b.device(id, "")
	if err != nil {
		return err
	}
	defer b.changed()
	if plugged {
		err = d.cable.Plug()
	} else {
		err = d.cable.Unplug()
	}
	if err != nil {
		return problem(http.StatusConflict, "bench_port_taken", "id", id, "detail", err.Error())
	}
	return nil
}

// Noise sends random bytes from a device to its driver.
func (b *Bench) Noise(id string, n int) error {
	d, err := b.device(id, "")
	if err != nil {
		return err
	}
	if !d.cable.Plugged() {
		return problem(http.StatusConflict, "bench_unplugged", "id", id)
	}
	d.sim.Noise(n)
	return nil
}

// plugged finds a device of a kind whose cable is in, as acts on it need.
func plugged[T model](b *Bench, id, kind string) (T, error) {
	var none T
	d, err := b.device(id, kind)
	if err != nil {
		return none, err
	}
	if !d.cable.Plugged() {
		return none, problem(http.StatusConflict, "bench_unplugged", "id", id)
	}
	return anyway[T](b, id, kind)
}

// anyway finds a device of a kind.
func anyway[T model](b *Bench, id, kind string) (T, error) {
	var none T
	d, err := b.device(id, kind)
	if err != nil {
		return none, err
	}
	sim, ok := d.sim.(T)
	if !ok {
		return none, problem(http.StatusConflict, "bench_wrong_kind", "id", id, "kind", d.config.Kind)
	}
	return sim, nil
}
