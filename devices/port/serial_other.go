//go:build !linux

package port

import (
	"errors"
	"path/filepath"
	"time"
)

func isPath(name string) bool { return filepath.IsAbs(name) }

// control has nothing to do where the system already gives a serial port to
// one program only and reports an unplugged one as an error.
type control struct{}

func openControl(string) (control, error) { return control{}, nil }

func (control) settle(string, SerialConfig) error { return nil }

func (control) hungUp() bool { return false }

func (control) raised(line string) (bool, error) {
	return false, errors.New("presence=" + line + " is known on Linux only")
}

func (control) write(raw rawSerial, b []byte, _ time.Duration, _ <-chan struct{}) (int, error) {
	return raw.Write(b)
}

func (control) drain(time.Duration) {}

func (control) close() error { return nil }
