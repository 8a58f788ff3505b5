package store

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// machineID names this installation of the system.
func machineID() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err == nil {
		defer k.Close()
		if v, _, err := k.GetStringValue("MachineGuid"); err == nil {
			return v
		}
	}
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return "host:" + name
}

// bootTime is the time since boot, sleep included (GetTickCount64), and the
// identity of this boot: its moment, to the ten minutes that the wall clock
// may be corrected by.
func bootTime() (time.Duration, string) {
	since := windows.DurationSinceBoot()
	return since, strconv.FormatInt(time.Now().Add(-since).Round(10*time.Minute).Unix(), 10)
}

// syncData makes what was written durable.
func syncData(f *os.File) error { return f.Sync() }
