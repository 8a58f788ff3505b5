package store

import (
	"time"

	"hallway/app/hall"
)

// anchor ties the centre's clock to the time since boot (design §2 rule 9).
type anchor struct {
	Server  time.Time     `json:"server"`
	Boot    time.Duration `json:"boot"`
	BootID  string        `json:"boot_id"`
	Bound   time.Duration `json:"bound"`    // half of the round trip
	WallOff time.Duration `json:"wall_off"` // centre's clock minus this machine's
}

// driftPPM is how wrong a quartz may run.
const driftPPM = 100

// Now is the centre's clock as far as this terminal knows it, and the stamp
// that an operation gets. Trusted: the last anchor plus the time that has
// passed since, which no change of the wall clock can touch; the writer holds it
// between that anchor and its own time. After a reboot
// without a sync it is the wall clock with the last known difference, never
// before the last anchor, and «untrusted».
func (s *Store) Now() (time.Time, hall.Stamp) {
	a := s.anchor.Load()
	boot, id := s.opt.Boot()
	if a != nil && id != "" && a.BootID == id && boot >= a.Boot {
		elapsed := boot - a.Boot
		t := a.Server.Add(elapsed).In(hall.Zone)
		bound := a.Bound + elapsed*driftPPM/1_000_000
		return t, hall.Stamp{At: t, BoundMS: bound.Milliseconds() + 1, Trust: hall.TrustSynced, SyncedAt: a.Server.In(hall.Zone)}
	}
	t := s.opt.Clock()
	bound := 24 * time.Hour
	if a != nil {
		t = t.Add(a.WallOff)
		if t.Before(a.Server) {
			t = a.Server
		}
	}
	t = t.Round(0).In(hall.Zone)
	return t, hall.Stamp{At: t, BoundMS: bound.Milliseconds(), Trust: hall.TrustUntrusted}
}

// BootTime is the monotonic time since boot, for the two sides of a hello.
func (s *Store) BootTime() time.Duration {
	boot, _ := s.opt.Boot()
	return boot
}

// today is the day of the hall now.
func (s *Store) today() string {
	t, _ := s.Now()
	return hall.DayOf(t)
}

// nowMilli is the hall's clock in milliseconds, for what is kept for a time.
func (s *Store) nowMilli() int64 {
	t, _ := s.Now()
	return t.UnixMilli()
}
