package hall

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The five policies of calling (叫号策略). Inside a class the order is always
// that of arrival at the writer; ties cannot happen, because no two tickets
// have the same place.
//
// Longest waits, in calls that a window makes after a ticket reached the head
// of its class: first_come has no classes; ratio lets at most the other parts
// of one round go first, so [2,1] at most two; ageing and appointment_time let
// classes above go first until the ticket is AgeMinutes old, and after that
// only who arrived before it. strict gives no bound, which is what it says.
const (
	PolicyFirstCome       = "first_come"       // by arrival alone
	PolicyStrict          = "strict"           // priority, appointments, ordinary
	PolicyRatio           = "ratio"            // by turns, e.g. two of priority or appointment, one ordinary
	PolicyAgeing          = "ageing"           // strict, but who waited AgeMinutes goes first
	PolicyAppointmentTime = "appointment_time" // strict, appointments by slot; AgeMinutes as in ageing when set
)

// Policies lists them all.
func Policies() []string {
	return []string{PolicyFirstCome, PolicyStrict, PolicyRatio, PolicyAgeing, PolicyAppointmentTime}
}

// Why a ticket is called when it is: codes of Ticket.Why and Candidate.Why.
const (
	WhyArrival          = "arrival"           // first of those who wait
	WhyPriorityFirst    = "priority_first"    // before: number passed over
	WhyAppointment      = "appointment"       // slot
	WhyAppointmentFirst = "appointment_first" // slot, before
	WhyAged             = "aged"              // minutes, before
	WhyRatio            = "ratio"             // ratio, before
	WhyRequeued         = "requeued"          // came back after having been missed
	WhyTransferredFirst = "transferred_first" // sent on to the front
	WhyNamed            = "named"             // a clerk asked for this number
)

// Candidate is a ticket in calling order, with the reason for its place.
type Candidate struct {
	Ticket Ticket `json:"ticket"`
	Why    Text   `json:"why"`
}

// Order is everyone a window would call, in the order in which it would call
// them if nobody else came or called. It is the only ordering of the product:
// its first entry is what call_next calls.
func (q *Queue) Order(windowID string, cat *Catalogue, now time.Time) []Candidate {
	return q.OrderFirst(windowID, cat, now, -1)
}

// OrderFirst is the beginning of Order; a limit below zero means all.
func (q *Queue) OrderFirst(windowID string, cat *Catalogue, now time.Time, limit int) []Candidate {
	c := q.caller(q.view(windowID, cat), cat, now)
	room := 0
	for _, id := range c.groups {
		room += q.WaitingIn(id)
	}
	if limit >= 0 {
		room = min(room, limit)
	}
	list := make([]Candidate, 0, room)
	for limit < 0 || len(list) < limit {
		next, ok := c.next()
		if !ok {
			break
		}
		list = append(list, next)
	}
	return list
}

// view is what decides the order at a window.
type view struct {
	groups []string
	policy string
	run    int
}

func (q *Queue) view(windowID string, cat *Catalogue) view {
	w, opened := q.windows[windowID]
	def, known := cat.Window(windowID)
	v := view{groups: def.Groups, policy: def.Policy, run: w.Run}
	if opened && len(w.Groups) > 0 {
		v.groups = w.Groups
	}
	if !known || v.policy == "" {
		v.policy = cat.policy()
	}
	return v
}

// policy is the hall's; without one it is the ratio, so that nobody starves.
func (c *Catalogue) policy() string {
	if c == nil || c.Queue.Policy == "" {
		return PolicyRatio
	}
	return c.Queue.Policy
}

// ratio is the hall's ratio if it makes sense, otherwise 2 : 1.
func (c *Catalogue) ratio() []int {
	if c != nil && ratioFault(c.Queue.Ratio) == "" {
		return c.Queue.Ratio
	}
	return []int{2, 1}
}

func ratioFault(ratio []int) string {
	if len(ratio) != 2 && len(ratio) != 3 {
		return "needs two or three parts"
	}
	for _, n := range ratio {
		if n < 1 || n > 100 {
			return "each part must be between 1 and 100"
		}
	}
	return ""
}

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

// explain says in one line why t is next.
func (c *caller) explain(t *Ticket, chosen int, code string) Text {
	before := c.passedOver(t, chosen)
	if code != "" {
		before = c.above(chosen)
	}
	params := map[string]string{}
	if before != "" {
		params["before"] = before
	}
	switch {
	case t.Requeues > 0:
		return Text{Code: WhyRequeued}
	case code == WhyAged:
		params["minutes"] = strconv.Itoa(int(c.now.Sub(t.IssuedAt) / time.Minute))
		return Text{Code: WhyAged, Params: params}
	case code == WhyRatio:
		params["ratio"] = formatRatio(c.ratio)
		return Text{Code: WhyRatio, Params: params}
	case len(c.lanes) == 1:
		return Text{Code: WhyArrival}
	case t.Class == ClassAppointment && !t.SlotAt.IsZero():
		params["slot"] = t.SlotAt.In(Zone).Format("15:04")
		if before != "" {
			return Text{Code: WhyAppointmentFirst, Params: params}
		}
		return Text{Code: WhyAppointment, Params: params}
	case t.Class == ClassPriority && before != "":
		return Text{Code: WhyPriorityFirst, Params: params}
	}
	return Text{Code: WhyArrival}
}

// passedOver is the number of the earliest arrival that t goes before, if any.
func (c *caller) passedOver(t *Ticket, chosen int) string {
	var first *Ticket
	for i, l := range c.lanes {
		h := l.head()
		if i == chosen || h == nil || comparePlaces(arrival(h), arrival(t)) > 0 {
			continue
		}
		if first == nil || comparePlaces(arrival(h), arrival(first)) < 0 {
			first = h
		}
	}
	if first == nil {
		return ""
	}
	return first.Number
}

// above is the number that would have been called but for a turn or an age.
func (c *caller) above(chosen int) string {
	for _, l := range c.lanes[:chosen] {
		if h := l.head(); h != nil {
			return h.Number
		}
	}
	return ""
}

func formatRatio(ratio []int) string {
	parts := make([]string, len(ratio))
	for i, n := range ratio {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ":")
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
