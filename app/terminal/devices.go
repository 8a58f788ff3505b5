package terminal

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/caller"
	"hallway/devices/capture"
	"hallway/devices/evaluator"
	"hallway/devices/idcard"
	"hallway/devices/numberboard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
	"hallway/devices/voice"
)

// Devices are the devices of this terminal. The registry keeps and runs them
// and knows how each one is; the fields are those that were made, one of a
// kind, for use; only scanners may be several, which are used as one, and what
// captures papers, of which the clerk chooses. A kind that is not configured, or
// wrongly, is nil.
type Devices struct {
	*devices.Registry
	Reader    idcard.Reader
	Scanner   scanner.Source
	Printer   printer.Printer
	Sheet     printer.SheetPrinter
	Captures  []capture.Source
	Evaluator evaluator.Evaluator
	Caller    caller.Caller
	Board     numberboard.Board
	Voice     voice.Voice

	scanners []scanner.Source
	joined   *scanner.Joined // several scanners; nil otherwise
}

// NewDevices makes the devices of a configuration. One that is configured
// wrongly, and a second of a kind, is a failed device with its fault.
func NewDevices(log *slog.Logger, known devices.Factories, configs []devices.Config) *Devices {
	d := &Devices{Registry: devices.NewRegistry(log, nil)}
	known = maps.Clone(known)
	for name, factory := range known {
		known[name] = func(c devices.Config) (devices.Device, error) {
			dev, err := factory(c)
			if err != nil {
				return nil, err
			}
			return dev, d.place(dev)
		}
	}
	d.Load(known, configs...)
	switch len(d.scanners) {
	case 0:
	case 1:
		d.Scanner = d.scanners[0]
	default:
		d.joined = scanner.Join(d.scanners...)
		d.Scanner = d.joined
	}
	return d
}

// Run runs all devices until ctx ends.
func (d *Devices) Run(ctx context.Context) {
	var work sync.WaitGroup
	if d.joined != nil {
		work.Go(func() { d.joined.Run(ctx) })
	}
	work.Go(func() { d.Registry.Run(ctx) })
	work.Wait()
}

// place puts a device where its contract says, unless one is there.
func (d *Devices) place(dev devices.Device) error {
	free := false
	switch t := dev.(type) {
	case idcard.Reader:
		free = fill(&d.Reader, t)
	case scanner.Scanner:
		d.scanners, free = append(d.scanners, t), true
	case printer.Printer:
		free = fill(&d.Printer, t)
	case printer.SheetPrinter:
		free = fill(&d.Sheet, t)
	case capture.Source:
		d.Captures, free = append(d.Captures, t), true
	case evaluator.Evaluator:
		keys, both := dev.(caller.Caller) // one box that is both needs both places
		if free = !both || d.Caller == nil; free {
			free = fill(&d.Evaluator, t)
		}
		if both && free {
			d.Caller = keys
		}
	case caller.Caller:
		free = fill(&d.Caller, t)
	case numberboard.Board:
		free = fill(&d.Board, t)
	case voice.Voice:
		free = fill(&d.Voice, t)
	default:
		return fmt.Errorf("a terminal has no use for a %T", dev)
	}
	if !free {
		return fmt.Errorf("there is already one of kind %s; remove one from the configuration", dev.Status().Kind)
	}
	return nil
}

// fill puts a device into its place when that is free.
func fill[D comparable](place *D, dev D) bool {
	var none D
	if *place != none {
		return false
	}
	*place = dev
	return true
}

// usable says whether a device of a kind could do its work now, and if not, the
// code of its fault; none is the code when there is no such device.
func (d *Devices) usable(kind devices.Kind, none string) Act {
	act := deny(none)
	for _, s := range slices.Backward(d.Statuses()) { // the first one's fault is told
		if s.Kind != kind {
			continue
		}
		switch s.State {
		case devices.Ready, devices.Busy, devices.Degraded:
			return allow()
		}
		if act = deny(string(s.Kind) + "_" + string(s.State)); len(s.Faults) > 0 {
			act = deny(worst(s.Faults))
		}
	}
	return act
}

// worst is the code of the first fault that stops the device, or else of the
// first.
func worst(faults []devices.Fault) string {
	for _, f := range faults {
		if f.Severity == devices.Error {
			return f.Code
		}
	}
	return faults[0].Code
}

// silent is why no call can be heard, nil when it can.
func (d *Devices) silent() *hall.Text { return d.usable(devices.KindVoice, "voice_off").Why }
