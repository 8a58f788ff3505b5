package hotplug

import (
	"os"
	"testing"
)

// The kernel itself tells: writing to a uevent file makes it send an event of
// that device.
func TestTheKernelTells(t *testing.T) {
	const made = "/sys/class/tty/tty/uevent"
	f, err := os.OpenFile(made, os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("no right to make an event: %v", err)
	}
	defer f.Close()
	arrived, stop := Arrivals()
	defer stop()
	if arrived == nil {
		t.Skip("this system does not tell")
	}
	if _, err := f.WriteString("change"); err != nil {
		t.Skipf("no right to make an event: %v", err)
	}
	<-arrived
}
