package terminal

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"hallway/devices"
	"hallway/devices/evaluator"
	"hallway/devices/idcard"
	"hallway/devices/numberboard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
	"hallway/devices/voice"
)

// Devices are the devices of this terminal; a kind that is not configured is nil.
type Devices struct {
	All       []devices.Device
	Reader    idcard.Reader
	Scanner   scanner.Scanner
	Printer   printer.Printer
	Evaluator evaluator.Evaluator
	Board     numberboard.Board
	Voice     voice.Voice
}

// Add puts a device where its contract says. One of a kind.
func (d *Devices) Add(dev devices.Device) error {
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
	d.All = append(d.All, dev)
	return nil
}

// Run runs all devices until ctx ends.
func (d *Devices) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, dev := range d.All {
		g.Go(func() error {
			if err := dev.Run(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("device %s: %w", dev.Status().ID, err)
			}
			return nil
		})
	}
	return g.Wait()
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
