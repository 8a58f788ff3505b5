package store

import (
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// machineID names this installation of the system.
func machineID() string {
	for _, p := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if b, err := os.ReadFile(p); err == nil && len(strings.TrimSpace(string(b))) > 0 {
			return strings.TrimSpace(string(b))
		}
	}
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return "host:" + name
}

// bootTime is the time since boot, sleep included (CLOCK_BOOTTIME), and the
// identity of this boot.
func bootTime() (time.Duration, string) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0, ""
	}
	id := bootID.Load()
	if id == nil {
		raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
		if err != nil {
			return 0, ""
		}
		text := strings.TrimSpace(string(raw))
		id = &text
		bootID.Store(id)
	}
	return time.Duration(ts.Nano()), *id
}

// bootID names this boot; no process outlives it.
var bootID atomic.Pointer[string]

// syncData makes what was written durable; the size of the file is the same.
func syncData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
