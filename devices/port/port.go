// Package port is the lines to devices, behind one interface: serial, TCP,
// files, and on Linux what hangs on USB: HID reports (hidraw), bulk pipes
// (usbfs), printers (usblp), keyboards below every input method (evdev). What
// such a line can do beyond bytes is in Packets, Pipes, PaperPort, KeyPort.
//
// Guarantees: time-out, hang-up, busy, permission, absent and protocol error
// are different errors (Error.Code); Close returns within 200 ms with a Read or
// Write pending; settings are read back after opening; bytes that waited on a
// serial line before it was opened are thrown away. Any number of time-outs
// leave a port usable, every other error means: close it and open again. A
// device of USB is found by what it is (ID), anew at each opening, never by the
// number of its node; one program at a time has it.
// A line that cannot tell that its cable is out (RS-232 without modem lines)
// only falls silent; the option presence=dsr, cts or dcd makes it tell.
// Rights: group dialout for serial lines, lp for usblp, input for evdev; hidraw
// and the files under /dev/bus/usb belong to root until a udev rule gives them
// to a group, such as SUBSYSTEM=="hidraw", GROUP="input", MODE="0660".
// HID goes through hidraw on Linux: it leaves the system's own driver in its
// place, has feature reports, and its Close ends a pending Read. The other way,
// driver=karalabe, is karalabe/usb: no hidraw is needed (but rights on
// /dev/bus/usb), and it is the only way elsewhere, where it was not tried with a
// device. It takes the device from the system's driver, which Close gives back;
// it has no feature reports, and outside Linux no report lengths.
// Expectations: one goroutine reads a port and one writes; both may differ.
// Source: design §4; the kernel's own headers for its requests; behaviour of tarm/serial and go.bug.st/serial as measured
// (a hang-up and a time-out are both EOF in the first).
package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Code of a port error. Each has a remedy "remedy.port_<code>" in the catalogues.
type Code string

const (
	Timeout    Code = "timeout"
	HangUp     Code = "hangup"
	InUse      Code = "busy"
	Permission Code = "permission"
	Gone       Code = "absent"
	Protocol   Code = "protocol"
	Closed     Code = "closed"
	BadAddress Code = "bad_address" // the address in the configuration makes no sense
	Ambiguous  Code = "ambiguous"   // several devices fit the address
)

// Error is a port error: what failed, on which port, and why.
type Error struct {
	Code Code
	Port string
	Op   string
	Err  error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s %s: %s: %v", e.Op, e.Port, e.Code, e.Err)
	}
	return fmt.Sprintf("%s %s: %s", e.Op, e.Port, e.Code)
}

func (e *Error) Unwrap() error { return e.Err }

// Is matches by code: errors.Is(err, &port.Error{Code: port.HangUp}).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Port == "" || t.Port == e.Port)
}

// Port is an open byte stream. Read returns Timeout errors only when
// SetReadTimeout was given a positive time.
type Port interface {
	io.ReadWriteCloser
	SetReadTimeout(d time.Duration) error
	// SetWriteTimeout bounds each Write; 0 (the default) waits until the device
	// takes the bytes or the port is closed. A Write that ran out of time
	// returns how many bytes went out, with a Timeout error.
	SetWriteTimeout(d time.Duration) error
	String() string
}

// Opener opens a port by its address; drivers accept this.
type Opener interface {
	Open(ctx context.Context) (Port, error)
	// Address as configured, e.g. "serial:/dev/ttyUSB0?baud=115200", "tcp:10.0.0.5:9100".
	Address() string
}

// Announced says whether the system tells when the device of this opener is
// plugged in (devices/hotplug), so that nobody needs to look for it often. A
// device behind a network, a built-in line and a simulator's line are not told.
func Announced(o Opener) bool {
	a, ok := o.(interface{ announced() bool })
	return ok && a.announced()
}

// IdentityOf is the identity by which an opener looks for its device; false where
// the address is a path, or not of USB.
func IdentityOf(o Opener) (ID, bool) {
	if i, ok := o.(interface{ identity() (ID, bool) }); ok {
		return i.identity()
	}
	return ID{}, false
}

// Baud is the configured speed of a serial line, 0 for lines that have none: the
// wire's share of how long an answer takes.
func Baud(o Opener) int {
	if b, ok := o.(interface{ baud() int }); ok {
		return b.baud()
	}
	return 0
}

// CodeOf gives the code of a port error, "" when err is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// IsTimeout says whether err is a time-out: the only error after which a port
// is still good.
func IsTimeout(err error) bool { return CodeOf(err) == Timeout }

// Sleep waits for d, or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
