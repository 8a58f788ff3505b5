package terminal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"hallway/devices"
	"hallway/devices/evaluator"
	"hallway/devices/idcard"
	"hallway/devices/numberboard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
	"hallway/devices/voice"
)

// Devices are the devices of this terminal; a kind that is not configured is
// nil. The registry keeps and runs them.
type Devices struct {
	reg       *devices.Registry
	Reader    idcard.Reader
	Scanner   scanner.Scanner
	Printer   printer.Printer
	Evaluator evaluator.Evaluator
	Board     numberboard.Board
	Voice     voice.Voice
}

// NewDevices makes the devices of a configuration. One that is configured
// wrongly does not stop the others; the error says which.
func NewDevices(log *slog.Logger, known devices.Factories, configs []devices.Config) (*Devices, error) {
	d := &Devices{reg: devices.NewRegistry(log, nil)}
	err := d.reg.Load(known, configs...)
	for _, dev := range d.reg.Devices() {
		err = errors.Join(err, d.place(dev))
	}
	return d, err
}

// Add adds a device that was made elsewhere.
func (d *Devices) Add(dev devices.Device) error {
	if d.reg == nil {
		d.reg = devices.NewRegistry(nil, nil)
	}
	return errors.Join(d.reg.Add(dev), d.place(dev))
}

// place puts a device where its contract says. One of a kind.
func (d *Devices) place(dev devices.Device) error {
	taken := false
	switch t := dev.(type) {
	case idcard.Reader:
		taken, d.Reader = d.Reader != nil, t
	case scanner.Scanner:
		taken, d.Scanner = d.Scanner != nil, t
	case printer.Printer:
		taken, d.Printer = d.Printer != nil, t
	case evaluator.Evaluator:
		taken, d.Evaluator = d.Evaluator != nil, t
	case numberboard.Board:
		taken, d.Board = d.Board != nil, t
	case voice.Voice:
		taken, d.Voice = d.Voice != nil, t
	default:
		return fmt.Errorf("device %s: a terminal has no use for a %T", dev.Status().ID, dev)
	}
	if taken {
		return fmt.Errorf("device %s: there is already one of kind %s; remove one from the configuration",
			dev.Status().ID, dev.Status().Kind)
	}
	return nil
}

// Run runs all devices until ctx ends and all have stopped.
func (d *Devices) Run(ctx context.Context) error {
	if d.reg == nil {
		<-ctx.Done()
		return nil
	}
	if err := d.reg.Run(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

// Statuses is the status of every device, in the configuration's order.
func (d *Devices) Statuses() []devices.Status {
	if d.reg == nil {
		return nil
	}
	return d.reg.Statuses()
}

// OnChange calls f on every change of a device's status from now on; f must not
// block.
func (d *Devices) OnChange(f func()) (stop func()) {
	return d.Watch(func(devices.Status) { f() })
}

// Watch calls f on every change of a device's status.
func (d *Devices) Watch(f func(devices.Status)) (stop func()) {
	if d.reg == nil {
		return func() {}
	}
	return d.reg.Watch(f)
}

// ready says whether a device could do its work now, and if not, the code of
// its fault.
func ready(d devices.Device, none string) Act {
	if d == nil {
		return deny(none)
	}
	s := d.Status()
	switch s.State {
	case devices.Ready, devices.Busy, devices.Degraded:
		return allow()
	}
	for _, f := range s.Faults {
		if f.Severity == devices.Error {
			return deny(f.Code)
		}
	}
	for _, f := range s.Faults {
		return deny(f.Code)
	}
	return deny(string(s.Kind) + "_" + string(s.State))
}
