package hall

import (
	"slices"
	"time"
)

// SeriesStep is the length of one span of a day's series.
const SeriesStep = 30 * time.Minute

// DaySpan is one half hour of a day's queue. Waits are of the tickets that were
// called in it, in seconds; both are 0 when Called is.
type DaySpan struct {
	From     time.Time `json:"from"`
	Arrived  int       `json:"arrived"`
	Called   int       `json:"called"` // for the first time
	Finished int       `json:"finished"`
	WaitP50  int       `json:"wait_p50"`
	WaitP90  int       `json:"wait_p90"`
	Begun    bool      `json:"begun"` // not wholly in the future
}

// DaySeries counts a day's tickets by half hours of the hall's clock, from the
// opening to the closing of the hall, and further where somebody came earlier
// or was served later. Moments of another day than the given one are left out,
// so that a ticket that ends after midnight never counts twice. It holds
// numbers only. A void ticket counts as never taken.
func DaySeries(day string, hours []OpenHours, tickets []Ticket, now time.Time) ([]DaySpan, error) {
	start, err := DayStart(day)
	if err != nil {
		return nil, err
	}
	all := make([]DaySpan, 24*time.Hour/SeriesStep)
	for i := range all {
		all[i].From = start.Add(time.Duration(i) * SeriesStep)
		all[i].Begun = !now.Before(all[i].From)
	}
	first, last := opening(day, hours)
	waits := make([][]int, len(all))
	span := func(at time.Time) int {
		if at.IsZero() || DayOf(at) != day {
			return -1
		}
		i := int(at.Sub(start) / SeriesStep)
		first, last = min(first, i), max(last, i)
		return i
	}
	for _, t := range tickets {
		if t.State == TicketVoid {
			continue
		}
		if i := span(t.IssuedAt); i >= 0 {
			all[i].Arrived++
		}
		if i := span(firstCall(t)); i >= 0 {
			all[i].Called++
			if !t.IssuedAt.IsZero() {
				waits[i] = append(waits[i], max(0, int(firstCall(t).Sub(t.IssuedAt)/time.Second)))
			}
		}
		if t.State == TicketDone {
			if i := span(t.DoneAt); i >= 0 {
				all[i].Finished++
			}
		}
	}
	for i, w := range waits {
		all[i].WaitP50, all[i].WaitP90 = Percentile(w, 50), Percentile(w, 90)
	}
	if first > last {
		return []DaySpan{}, nil
	}
	return all[first : last+1], nil
}

// firstCall is when the wait of a ticket ended.
func firstCall(t Ticket) time.Time {
	if t.FirstCalledAt.IsZero() {
		return t.CalledAt
	}
	return t.FirstCalledAt
}

// opening gives the first and last span of a hall's opening hours; first after
// last when it never opens.
func opening(day string, hours []OpenHours) (first, last int) {
	first, last = int(24*time.Hour/SeriesStep), -1
	start, err := DayStart(day)
	if err != nil {
		return first, last
	}
	for _, h := range hours {
		from, err1 := At(day, h.From)
		to, err2 := At(day, h.To)
		if err1 != nil || err2 != nil || !from.Before(to) {
			continue
		}
		first = min(first, int(from.Sub(start)/SeriesStep))
		last = max(last, int((to.Sub(start)-1)/SeriesStep))
	}
	return first, last
}

// Percentile of a list by nearest rank; 0 of none.
func Percentile(list []int, p int) int {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}
