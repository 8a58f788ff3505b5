package outlet

import (
	"fmt"
	"testing"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/scanner"
)

func TestOutlet(t *testing.T) {
	base := driver.NewBase("s", devices.KindScanner, "m", "p", nil)
	base.Apply(driver.Change{State: devices.Ready})
	o := New(base)
	o.Deliver(scanner.Scan{Raw: []byte{4}}) // nothing to be seen
	for range 2 {
		o.Deliver(scanner.Scan{Broken: true, Text: "half"})
	}
	for range 2 {
		if got := <-o.Scans(); !got.Broken || got.Text != "" {
			t.Errorf("half a code came as %q", got.Text)
		}
	}
	if s := base.Status(); s.State != devices.Ready {
		t.Errorf("two broken codes: %+v", s)
	}
	o.Deliver(scanner.Scan{Broken: true})
	if s := base.Status(); s.State != devices.Degraded || s.Faults[0].Code != "scan_broken" {
		t.Errorf("three broken codes: %+v", s)
	}
	for i := range waiting + 1 {
		o.Deliver(scanner.Scan{Text: fmt.Sprint(i)})
	}
	s := base.Status()
	if s.State != devices.Ready || s.Counters["empty"] != 1 || s.Counters["broken"] != 3 || s.Counters["scans"] != waiting+1 || s.Counters["lost"] != 2 {
		t.Errorf("%+v", s)
	}
	if got := <-o.Scans(); got.Text != "1" || got.At.IsZero() || len(o.Scans()) != waiting-1 {
		t.Errorf("the oldest that is left is %+v", got)
	}
}
