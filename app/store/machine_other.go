//go:build !linux && !windows

package store

import (
	"os"
	"time"
)

var processStart = time.Now()

// machineID names this machine by its host name, for want of better.
func machineID() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return "host:" + name
}

// bootTime is the time since the start of this process: every start counts as
// a reboot.
func bootTime() (time.Duration, string) {
	return time.Since(processStart), processStart.Format(time.RFC3339Nano)
}

// syncData makes what was written durable.
func syncData(f *os.File) error { return f.Sync() }
