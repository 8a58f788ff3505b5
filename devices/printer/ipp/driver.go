package ipp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/OpenPrinting/goipp"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/printer"
)

// Model of the driver in configurations.
const Model = "ipp"

const pdf = "application/pdf"

// Options of a page printer.
type Options struct {
	ID      string
	Address string // ipp://host:port/printers/NAME, or ipps://
	// Certificate is the fingerprint of the printer's own certificate, sha256:HEX; ""
	// takes what this machine takes.
	Certificate string
	Clock       func() time.Time
	Poll        time.Duration // between looks at the printer; 0 = 2 s
	Step        time.Duration // between looks at a job; 0 = 300 ms
	Timeout     time.Duration // of a job that does not move; 0 = 90 s
	Search      time.Duration // for a job whose reply was lost; 0 = 20 s
}

// Printer is the driver. It implements printer.SheetPrinter.
type Printer struct {
	*driver.Base
	o    Options
	c    *client
	slot chan struct{} // holds the one token: whoever prints or asks
	busy atomic.Bool   // a job is on its way
}

var _ printer.SheetPrinter = (*Printer)(nil)

// FromConfig makes the driver of one configured device. Options: timeout (of a
// job that does not move, such as "90s"), poll.
func FromConfig(c devices.Config) (devices.Device, error) {
	if err := driver.KnownOptions(c, "timeout", "poll", "certificate"); err != nil {
		return nil, err
	}
	o := Options{ID: c.ID, Address: c.Port, Certificate: c.Options["certificate"]}
	for name, to := range map[string]*time.Duration{"timeout": &o.Timeout, "poll": &o.Poll} {
		s := c.Options[name]
		if s == "" {
			continue
		}
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return nil, fmt.Errorf("option %s = %q: write a time such as 90s", name, s)
		}
		*to = d
	}
	return New(o)
}

// New makes a driver; Run looks for the printer. Code of its error:
// port.BadAddress.
func New(o Options) (*Printer, error) {
	certificate, err := fingerprint(o.Certificate)
	if err != nil {
		return nil, err
	}
	c, err := newClient(o.Address, certificate)
	if err != nil {
		return nil, err
	}
	for to, v := range map[*time.Duration]time.Duration{&o.Poll: 2 * time.Second, &o.Step: 300 * time.Millisecond,
		&o.Timeout: 90 * time.Second, &o.Search: 20 * time.Second} {
		if *to == 0 {
			*to = v
		}
	}
	return &Printer{Base: driver.NewBase(o.ID, devices.KindSheet, Model, o.Address, o.Clock), o: o, c: c, slot: make(chan struct{}, 1)}, nil
}

// Run looks at the printer now and then until ctx ends.
func (p *Printer) Run(ctx context.Context) error {
	wait := 200 * time.Millisecond
	for ctx.Err() == nil {
		pause := p.o.Poll
		select {
		case p.slot <- struct{}{}:
			if err := p.look(ctx); err != nil && ctx.Err() == nil {
				pause, wait = min(wait, p.o.Poll), min(wait*3/2, p.o.Poll)
			} else {
				wait = 200 * time.Millisecond
			}
			<-p.slot
		default: // a job is on its way, and looks by itself
		}
		_ = port.Sleep(ctx, pause) // its error is ctx's end, seen above
	}
	p.c.hc.CloseIdleConnections()
	p.Apply(driver.Change{State: devices.Absent, Cleared: p.codes()})
	return ctx.Err()
}

// look asks the printer how it is.
func (p *Printer) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	m := p.c.request(goipp.OpGetPrinterAttributes)
	wants(m, "printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "printer-make-and-model", "document-format-supported")
	answer, err := p.c.ask(ctx, m, nil)
	if err != nil {
		p.lost(ctx, err)
		return err
	}
	c := read(answer.Printer)
	change := driver.Change{State: p.working(), Faults: c.faults, Cleared: append(c.cleared(), p.portFaults("")...)}
	if c.model != "" {
		change.Caps = map[string]string{"model": c.model}
	}
	p.Apply(change)
	return nil
}

func (p *Printer) working() devices.State {
	if p.busy.Load() {
		return devices.Busy
	}
	return devices.Ready
}

// lost notes that the printer cannot be reached.
func (p *Printer) lost(ctx context.Context, err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	code := driver.FaultOf(err)
	if errors.As(err, new(stranger)) {
		code = faultCertificate
	}
	p.Apply(driver.Change{State: devices.Absent, Faults: map[string]devices.Severity{code: devices.Error},
		Detail: map[string]string{code: err.Error()}, Cleared: append(condition{}.cleared(), p.portFaults(code)...)})
}

// portFaults are the present faults of the line, but one.
func (p *Printer) portFaults(but string) []string {
	var out []string
	for _, f := range p.Status().Faults {
		if f.Code != but && (strings.HasPrefix(f.Code, "port_") || f.Code == faultCertificate) {
			out = append(out, f.Code)
		}
	}
	return out
}

func (p *Printer) codes() []string {
	var out []string
	for _, f := range p.Status().Faults {
		out = append(out, f.Code)
	}
	return out
}

// Ready says whether a job begun now would print.
func (p *Printer) Ready() error {
	s := p.Status()
	for _, f := range s.Faults {
		if f.Severity == devices.Error {
			return &printer.NotReady{Code: f.Code}
		}
	}
	if s.State == devices.Absent || s.State == devices.Starting {
		return &printer.NotReady{Code: "port_" + string(port.Gone)}
	}
	return nil
}
