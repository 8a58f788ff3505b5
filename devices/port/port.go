// Package port is byte streams to devices: serial, TCP, files; USB and HID
// later, behind the same interface.
//
// Guarantees: time-out, hang-up, busy, permission, absent and protocol error
// are different errors (Error.Code); Close returns within 200 ms with a Read
// pending; settings are read back after opening. Source: design §4.
package port

import (
	"context"
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
	String() string
}

// Opener opens a port by its address; drivers accept this.
type Opener interface {
	Open(ctx context.Context) (Port, error)
	// Address as configured, e.g. "serial:/dev/ttyUSB0?baud=115200", "tcp:10.0.0.5:9100".
	Address() string
}
