package hall

import (
	"cmp"
	"slices"
	"time"
)

// caller goes through the waiting in calling order. It is the queue played
// forward: each next() is what call_next would do.
type caller struct {
	now     time.Time
	policy  string
	ratio   []int
	age     time.Duration
	run     int
	front   *mergedLane
	lanes   []*mergedLane // one for all, or one for each class
	delayed map[string][]*Ticket
	called  map[string]int
	groups  []string
}

func (q *Queue) caller(v view, cat *Catalogue, now time.Time) *caller {
	c := &caller{now: now, policy: v.policy, run: v.run, ratio: cat.ratio(), front: &mergedLane{}}
	if cat != nil {
		c.age = time.Duration(cat.Queue.AgeMinutes) * time.Minute
	}
	c.lanes = []*mergedLane{{}, {}, {}}
	if c.policy == PolicyFirstCome {
		c.lanes = c.lanes[:1]
	}
	for _, id := range v.groups {
		if slices.Contains(c.groups, id) {
			continue
		}
		c.groups = append(c.groups, id)
		c.add(id, q.group(id))
	}
	return c
}

func (c *caller) add(id string, g groupIndex) {
	c.front.add(g.front)
	for class, l := range g.classes {
		if class == 1 && c.policy == PolicyAppointmentTime {
			l = g.slots
		}
		c.lanes[min(class, len(c.lanes)-1)].add(l)
	}
	if g.delayed.len() == 0 {
		return
	}
	if c.delayed == nil {
		c.delayed, c.called = map[string][]*Ticket{}, map[string]int{}
	}
	list := make([]*Ticket, 0, g.delayed.len())
	g.delayed.each(func(_ place, t *Ticket) bool {
		list = append(list, t)
		return true
	})
	slices.SortStableFunc(list, func(a, b *Ticket) int { return cmp.Compare(a.Behind, b.Behind) })
	c.delayed[id] = list
}

// next takes the ticket whose turn it is.
func (c *caller) next() (Candidate, bool) {
	if t := c.front.take(); t != nil {
		c.count(t)
		return Candidate{*t, Text{Code: WhyTransferredFirst}}, true
	}
	c.ripen()
	chosen, code := c.choose()
	if chosen < 0 {
		return c.nextDelayed()
	}
	t := c.lanes[chosen].head()
	why := c.explain(t, chosen, code)
	c.lanes[chosen].take()
	c.count(t)
	return Candidate{*t, why}, true
}

// count notes a call, for those who come after so many calls.
func (c *caller) count(t *Ticket) {
	if c.called != nil {
		c.called[t.Group]++
	}
}

// ripen moves those whose numbers have gone first back to their class.
func (c *caller) ripen() {
	for id, list := range c.delayed {
		for len(list) > 0 && list[0].Behind <= c.called[id] {
			t := list[0]
			list = list[1:]
			at := arrival(t)
			if c.policy == PolicyAppointmentTime && t.Class == ClassAppointment {
				at = slotPlace(t)
			}
			c.lanes[min(t.Class.rank(), len(c.lanes)-1)].insert(at, t)
		}
		c.delayed[id] = list
	}
}

// nextDelayed takes the nearest of those who should still wait, because
// nobody else is there: a window never idles while somebody waits.
func (c *caller) nextDelayed() (Candidate, bool) {
	var best *Ticket
	left := 0
	for _, id := range c.groups {
		list := c.delayed[id]
		if len(list) == 0 {
			continue
		}
		t, n := list[0], list[0].Behind-c.called[id]
		if best == nil || n < left || n == left && comparePlaces(arrival(t), arrival(best)) < 0 {
			best, left = t, n
		}
	}
	if best == nil {
		return Candidate{}, false
	}
	c.delayed[best.Group] = c.delayed[best.Group][1:]
	c.count(best)
	return Candidate{*best, Text{Code: WhyRequeued}}, true
}

// choose gives the lane whose turn it is and the code of an unusual reason;
// below zero when nobody waits in any.
func (c *caller) choose() (laneIndex int, code string) {
	strict := -1
	for i, l := range c.lanes {
		if l.head() != nil {
			strict = i
			break
		}
	}
	if strict < 0 {
		return -1, ""
	}
	switch c.policy {
	case PolicyRatio:
		return c.chooseByRatio()
	case PolicyAgeing, PolicyAppointmentTime:
		if i := c.oldest(); i > strict {
			return i, WhyAged
		}
	}
	return strict, ""
}

// oldest is the lane of the earliest arrival among heads that waited too long.
func (c *caller) oldest() int {
	if c.age <= 0 {
		return -1
	}
	best := -1
	for i, l := range c.lanes {
		t := l.head()
		if t == nil || c.now.Sub(t.IssuedAt) < c.age {
			continue
		}
		if best < 0 || comparePlaces(arrival(t), arrival(c.lanes[best].head())) < 0 {
			best = i
		}
	}
	return best
}

// chooseByRatio goes round the pattern, e.g. 2:1:1 = P P A O, from where this
// window stands, and passes over classes in which nobody waits.
func (c *caller) chooseByRatio() (laneIndex int, code string) {
	total := 0
	for _, n := range c.ratio {
		total += n
	}
	for i := range total {
		at := (c.run%total + i + total) % total
		l := c.laneOf(at)
		if l < 0 {
			continue
		}
		c.run = (at + 1) % total
		for above := range l {
			if c.lanes[above].head() != nil {
				return l, WhyRatio
			}
		}
		return l, ""
	}
	return -1, ""
}

// laneOf is the lane that a place of the pattern calls from, or -1. With two
// parts the first is for priority and then appointments.
func (c *caller) laneOf(at int) int {
	part := 0
	for at >= c.ratio[part] {
		at -= c.ratio[part]
		part++
	}
	from, to := part, part
	if len(c.ratio) == 2 {
		from, to = part*2, part+1
	}
	for l := from; l <= to; l++ {
		if c.lanes[l].head() != nil {
			return l
		}
	}
	return -1
}

// mergedLane walks the same class of several groups as one lane.
type mergedLane struct {
	cursors  []*cursor[place, *Ticket]
	returned []entry // back from a re-entry, in order
	current  *Ticket // the head, while found
	from     int     // its cursor, or -1 for returned
	found    bool
}

type entry struct {
	at place
	t  *Ticket
}

func (m *mergedLane) add(l lane) {
	if l.len() > 0 {
		m.cursors = append(m.cursors, l.cursor())
	}
}

func (m *mergedLane) insert(at place, t *Ticket) {
	i, _ := slices.BinarySearchFunc(m.returned, at, func(e entry, p place) int { return comparePlaces(e.at, p) })
	m.returned = slices.Insert(m.returned, i, entry{at, t})
	m.found = false
}

// head is the first of the lane, nil when nobody is left.
func (m *mergedLane) head() *Ticket {
	if m.found {
		return m.current
	}
	var at place
	m.current, m.from, m.found = nil, -1, true
	if len(m.returned) > 0 {
		m.current, at = m.returned[0].t, m.returned[0].at
	}
	for i, c := range m.cursors {
		if n := c.head(); n != nil && (m.current == nil || comparePlaces(n.key, at) < 0) {
			m.current, at, m.from = n.value, n.key, i
		}
	}
	return m.current
}

// take gives the head and moves on.
func (m *mergedLane) take() *Ticket {
	t := m.head()
	switch {
	case t == nil:
		return nil
	case m.from < 0:
		m.returned = m.returned[1:]
	default:
		m.cursors[m.from].next()
	}
	m.found = false
	return t
}
