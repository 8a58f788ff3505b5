package central

import (
	"time"

	"hallway/app/hall"
)

// catchUp is how long a stopped demonstration's clock is taken to have run on:
// a restarted program goes on as if it had never stopped, a demonstration that
// is started the next morning goes on where it was.
const catchUp = 10 * time.Minute

// demoMorning is where a demonstration's next day begins.
const demoMorning = 9*time.Hour + 5*time.Minute

// Clock is the hall's clock: real time plus a fixed distance, so that it runs
// as evenly as the machine's. It never goes back over a restart.
type Clock struct {
	real   func() time.Time
	offset time.Duration
	demo   bool
}

// Now is the hall's time.
func (c *Clock) Now() time.Time { return c.real().Add(c.offset) }

// Demo says whether it is a demonstration's clock.
func (c *Clock) Demo() bool { return c.demo }

// realClock is the machine's.
func realClock(real func() time.Time) *Clock { return &Clock{real: real} }

// demoClock runs on from the later of start and what was stored. Past closing,
// or on a day off, it begins at the next working day's morning.
func demoClock(real func() time.Time, start, storedHall, storedReal time.Time, stored bool, cat *hall.Catalogue) *Clock {
	now := real()
	at := start
	if stored {
		passed := min(max(now.Sub(storedReal), 0), catchUp)
		if then := storedHall.Add(passed); then.After(at) {
			at = then
		}
	}
	at = intoHours(at, cat)
	// Round strips the monotonic reading, so that the difference is one of
	// wall times.
	return &Clock{real: real, offset: at.Sub(now.Round(0)), demo: true}
}

// intoHours leaves a time of a working day before closing as it is; any other
// becomes the next working day at 09:05.
func intoHours(at time.Time, cat *hall.Catalogue) time.Time {
	local := at.In(hall.Zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, hall.Zone)
	if working, _ := hall.WorkingDay(cat.Calendar, hall.DayOf(local)); working && local.Sub(midnight) < closing(cat) {
		return at
	}
	for d := 1; d < 400; d++ {
		next := midnight.AddDate(0, 0, d)
		if working, _ := hall.WorkingDay(cat.Calendar, hall.DayOf(next)); working {
			return next.Add(demoMorning)
		}
	}
	return at
}

// closing is the end of the last opening hours, from midnight.
func closing(cat *hall.Catalogue) time.Duration {
	var end time.Duration
	for _, h := range cat.Hours {
		if m, ok := clockTime(h.To); ok {
			end = max(end, time.Duration(m)*time.Minute)
		}
	}
	return end
}
