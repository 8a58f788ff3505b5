// Package devices is the device layer of a service hall: what a device is,
// what can be wrong with it, and the registry that keeps them all.
//
// Contracts are in devices/<kind>, drivers in devices/<kind>/<model>, each
// with its simulator beside it (package <model>sim or file sim.go). A driver
// accepts a port.Opener and returns its concrete type; it owns one reader
// goroutine with a stop time-out. devices/driver holds what drivers share,
// devices/port the lines, devices/port/cable the simulators' end of them, and
// devices/devicetest the conformance suite that every driver runs.
//
// Guarantees: faults are declared once (faults.go) with code, severity and
// remedy; an unplugged device is seen within 1 s and found again by identity
// within 3 s; Close returns within 200 ms with a Read pending.
//
// Source: design §4; byte facts per driver cite the protocol sheet's section.
package devices

import (
	"context"
	"time"
)

// Kind of a device.
type Kind string

const (
	KindIDCard      Kind = "idcard"
	KindScanner     Kind = "scanner"
	KindPrinter     Kind = "printer"
	KindEvaluator   Kind = "evaluator"
	KindNumberBoard Kind = "numberboard"
	KindCaller      Kind = "caller"
	KindVoice       Kind = "voice"
	KindSheet       Kind = "sheet"   // page printer
	KindCapture     Kind = "capture" // document camera or sheet scanner
)

// State of a device.
type State string

const (
	Absent   State = "absent"
	Starting State = "starting"
	Ready    State = "ready"
	Busy     State = "busy"
	Degraded State = "degraded" // works, with a fault (paper near its end)
	Failed   State = "failed"   // does not work until somebody acts
)

// Severity of a fault.
type Severity string

const (
	Info  Severity = "info"
	Warn  Severity = "warn"
	Error Severity = "error" // the device cannot do its work
)

// Fault is a declared fault. Code is a key: the catalogues hold
// "fault.<code>" (what happened) and "remedy.<code>" (what to do next).
type Fault struct {
	Code     string    `json:"code"`
	Severity Severity  `json:"severity"`
	Since    time.Time `json:"since"`
	Detail   string    `json:"detail,omitempty"` // for the engineer, never personal data
}

// Status is everything that is known about a device now.
type Status struct {
	ID       string            `json:"id"` // as configured, e.g. "ticket-printer"
	Kind     Kind              `json:"kind"`
	Model    string            `json:"model"`
	Port     string            `json:"port"`
	State    State             `json:"state"`
	Faults   []Fault           `json:"faults,omitempty"`
	Caps     map[string]string `json:"caps,omitempty"`
	Counters map[string]int64  `json:"counters,omitempty"`
	Since    time.Time         `json:"since"`
}

// Device is what the registry keeps. Run opens the port, works until ctx ends,
// reconnects by itself with back-off, and returns only when ctx is done and
// its goroutines have ended.
type Device interface {
	Run(ctx context.Context) error
	Status() Status
	// Watch calls f at once and on every change of Status until stop is called.
	Watch(f func(Status)) (stop func())
}
