package outlet

import (
	"time"

	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/scanner"
)

// Reading is how a driver puts codes together from what its port gives.
type Reading struct {
	Gap     time.Duration // silence in a code that ends it
	Buffer  int           // bytes of the largest read
	Pending func() bool   // the beginning of a code is there
	Feed    func(b []byte) []scanner.Scan
	Idle    func() []scanner.Scan // nothing has come for the gap
	Lost    func() []scanner.Scan // the line is gone
	// Odd is what was passed over since it was asked last, and its counter; nil: nothing
	// ever is.
	Odd func() (counter string, n int)
}

// Read delivers what comes until the port fails. A port that is quiet outside of a
// code is waited for without an end.
func (o *Outlet) Read(p port.Port, r Reading) error {
	buf := make([]byte, r.Buffer)
	for {
		wait := time.Duration(0)
		if r.Pending() {
			wait = r.Gap
		}
		if err := p.SetReadTimeout(wait); err != nil {
			return err
		}
		n, err := p.Read(buf)
		var scans []scanner.Scan
		if n > 0 || err == nil {
			scans = r.Feed(buf[:n])
		}
		switch {
		case port.IsTimeout(err):
			scans = append(scans, r.Idle()...)
		case err != nil:
			scans = append(scans, r.Lost()...)
		}
		for _, s := range scans {
			o.Deliver(s)
		}
		if r.Odd != nil {
			if counter, n := r.Odd(); n > 0 {
				o.base.Apply(driver.Change{Counters: map[string]int64{counter: int64(n)}})
			}
		}
		if err != nil && !port.IsTimeout(err) {
			return err
		}
	}
}
