package hotplug

import (
	"errors"
	"os"
	"testing"
)

// The kernel itself tells: writing to a uevent file makes it send an event of
// that device. Only root may; build/test sets HALLWAY_TEST_NEEDS_ALL, and then
// whoever is root must be able to.
func TestTheKernelTells(t *testing.T) {
	const made = "/sys/class/tty/tty/uevent"
	f, err := os.OpenFile(made, os.O_WRONLY, 0)
	if err != nil {
		notTested(t, err)
	}
	defer f.Close()
	arrived, stop := Arrivals()
	defer stop()
	if arrived == nil {
		notTested(t, errors.New("no socket for the kernel's messages (NETLINK_KOBJECT_UEVENT)"))
	}
	if _, err := f.WriteString("change"); err != nil {
		notTested(t, err)
	}
	<-arrived
}

func notTested(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("HALLWAY_TEST_NEEDS_ALL") != "" && os.Geteuid() == 0 {
		t.Fatalf("the kernel cannot be made to tell: %v; in a container, mount /sys for writing", err)
	}
	t.Skipf("NOT TESTED, whether the kernel tells of arrivals: %v; run it as root", err)
}
