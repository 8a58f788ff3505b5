package hall

import (
	"math"
	"slices"
	"time"
)

// Ahead is how many of its group will be called before a ticket, as things
// are: what is printed on the slip as 前面等候人数. Zero for a ticket that does
// not wait.
func (q *Queue) Ahead(ticketID string, cat *Catalogue, now time.Time) int {
	t, ok := q.Ticket(ticketID)
	if !ok || !t.Waiting() {
		return 0
	}
	c := q.caller(q.groupView(t.Group, cat), cat, now)
	for ahead := 0; ; ahead++ {
		next, ok := c.next()
		if !ok || next.Ticket.ID == ticketID {
			return ahead
		}
	}
}

// groupView is the order of one group as its first open window sees it.
func (q *Queue) groupView(group string, cat *Catalogue) view {
	v := view{policy: cat.policy()}
	for _, w := range q.Windows() {
		if w.Open && slices.Contains(q.view(w.ID, cat).groups, group) {
			v = q.view(w.ID, cat)
			break
		}
	}
	v.groups = []string{group}
	return v
}

const (
	measuredFrom   = 5    // services of today before the measured mean counts alone
	usualSpread    = 0.6  // spread of service times over their mean, until measured
	insideEighty   = 1.28 // standard deviations on both sides that hold 80 %
	defaultMinutes = 10   // of a service nobody described
)

// EstimateWait is the expected wait of someone with so many ahead in a group,
// as a range of whole minutes that should hold four times out of five. It is
// unknown when no open window serves the group: then there is no honest
// number to show.
//
// The low end takes every window that serves the group for this group alone;
// the high end shares each window among its groups by who waits there.
func (q *Queue) EstimateWait(group string, ahead int, cat *Catalogue, now time.Time) (low, high int, known bool) {
	full, shared, idle := q.capacity(group, cat, now)
	if full == 0 {
		return 0, 0, false
	}
	mean, spread := q.serviceMinutes(group, cat)
	if idle && ahead == 0 {
		return 0, max(1, int(math.Ceil(mean/4))), true
	}
	n := float64(ahead + 1)
	if idle {
		n = float64(ahead)
	}
	around := insideEighty * spread * math.Sqrt(n)
	low = int(math.Floor(max(0, n*mean-around) / full))
	high = int(math.Ceil((n*mean + around) / shared))
	return low, max(high, low+1), true
}

// capacity is how many windows serve a group: in full, by share of the
// waiting, and whether one of them is free.
func (q *Queue) capacity(group string, cat *Catalogue, now time.Time) (full, shared float64, idle bool) {
	today := DayOf(now)
	for _, w := range q.Windows() {
		groups := q.view(w.ID, cat).groups
		if !w.Open || w.Paused || !slices.Contains(groups, group) {
			continue
		}
		full++
		all := 0
		for _, g := range groups {
			all += q.WaitingIn(g)
		}
		mine := max(1, q.WaitingIn(group))
		shared += float64(mine) / float64(max(all, mine))
		idle = idle || w.Ticket == "" || w.Day != today
	}
	return full, shared, idle
}

// serviceMinutes is the mean and spread of a service in a group: what the
// catalogue expects, replaced by what is measured as the day goes on.
func (q *Queue) serviceMinutes(group string, cat *Catalogue) (mean, spread float64) {
	mean = defaultMinutes
	if g, ok := cat.Group(group); ok && g.ServiceMinutes > 0 {
		mean = float64(g.ServiceMinutes)
	}
	m := q.group(group).service
	if m.n > 0 {
		known := float64(min(m.n, measuredFrom)) / measuredFrom
		mean = mean*(1-known) + known*float64(m.sum)/float64(m.n)/60
	}
	spread = usualSpread * mean
	if m.n >= 4*measuredFrom {
		n := float64(m.n)
		average := float64(m.sum) / n
		spread = math.Sqrt(max(0, float64(m.square)/n-average*average)) / 60
	}
	return mean, spread
}
