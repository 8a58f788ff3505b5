package hall

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Queue is the queue of one hall day (当日队列): every ticket of the day and
// every window, indexed for calling.
//
// Apply is the only thing that changes it, and only its owner calls Apply. A
// Clone costs nothing worth counting, and what is applied to one is never seen
// in the other, also not by a goroutine that is reading it. The state depends
// on the last value of each entity alone, never on how it was reached.
type Queue struct {
	day      string
	tickets  tree[string, *Ticket]
	arrivals tree[place, *Ticket]
	numbers  tree[numberKey, *Ticket]
	groups   map[string]groupIndex
	states   map[TicketState]tree[place, *Ticket]
	unrated  tree[place, *Ticket] // done, and nothing is known of a rating
	served   map[string]int       // done, by window
	windows  map[string]Window
}

// place is where a ticket stands in a lane: by slot where that counts, then by
// arrival, then by identity, so that no two are ever equal.
type place struct {
	slot  int64
	order int64
	id    string
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.order, b.order), cmp.Compare(a.id, b.id))
}

type numberKey struct {
	number string
	place  place
}

func compareNumbers(a, b numberKey) int {
	return cmp.Or(cmp.Compare(a.number, b.number), comparePlaces(a.place, b.place))
}

type lane = tree[place, *Ticket]

// groupIndex is what waits in one group, and what was measured there.
type groupIndex struct {
	classes [3]lane // by arrival: priority, appointment, ordinary
	slots   lane    // appointments by slot
	front   lane    // transferred to the front
	delayed lane    // re-entered, with numbers that still go first
	service measure // seconds served
	waited  measure // seconds from arrival to the first call
	issued  int
}

func newGroupIndex() groupIndex {
	l := newTree[place, *Ticket](comparePlaces)
	return groupIndex{classes: [3]lane{l, l, l}, slots: l, front: l, delayed: l}
}

func (g groupIndex) waiting() int {
	n := g.front.len() + g.delayed.len()
	for _, l := range g.classes {
		n += l.len()
	}
	return n
}

// NewQueue is an empty queue of a day (YYYY-MM-DD).
func NewQueue(day string) *Queue {
	return &Queue{
		day:      day,
		tickets:  newTree[string, *Ticket](cmp.Compare[string]),
		arrivals: newTree[place, *Ticket](comparePlaces),
		numbers:  newTree[numberKey, *Ticket](compareNumbers),
		groups:   map[string]groupIndex{},
		states:   map[TicketState]lane{},
		unrated:  newTree[place, *Ticket](comparePlaces),
		served:   map[string]int{},
		windows:  map[string]Window{},
	}
}

// Day is the day of the queue.
func (q *Queue) Day() string { return q.day }

// Clone is a queue of its own with the same state.
func (q *Queue) Clone() *Queue {
	c := *q
	c.groups = maps.Clone(q.groups)
	c.states = maps.Clone(q.states)
	c.served = maps.Clone(q.served)
	c.windows = maps.Clone(q.windows)
	return &c
}

// Apply takes one change in. Changes of other entities and tickets of other
// days are passed over; an unreadable value is an error and changes nothing.
func (q *Queue) Apply(c Change) error {
	switch c.Kind {
	case EntityTicket:
		return q.applyTicket(c)
	case EntityWindow:
		return q.applyWindow(c)
	}
	return nil
}

func (q *Queue) applyTicket(c Change) error {
	var next *Ticket
	if !gone(c.Value) {
		next = new(Ticket)
		if err := Decode(c.Value, next); err != nil {
			return fmt.Errorf("hall: value of ticket %s cannot be read, rebuild the queue from the entities: %w", c.ID, err)
		}
		if next.ID != c.ID {
			return fmt.Errorf("hall: row of ticket %s holds ticket %s, rebuild the queue from the entities", c.ID, next.ID)
		}
		if next.Day != q.day {
			return nil
		}
	}
	q.set(c.ID, next)
	return nil
}

func (q *Queue) applyWindow(c Change) error {
	if gone(c.Value) {
		delete(q.windows, c.ID)
		return nil
	}
	var w Window
	if err := Decode(c.Value, &w); err != nil {
		return fmt.Errorf("hall: value of window %s cannot be read, rebuild the queue from the entities: %w", c.ID, err)
	}
	w.ID = c.ID
	q.windows[c.ID] = w
	return nil
}

func gone(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

// set replaces a ticket in every index; nil removes it.
func (q *Queue) set(id string, next *Ticket) {
	if old, ok := q.tickets.get(id); ok {
		q.index(old, false)
		q.tickets = q.tickets.remove(id)
	}
	if next != nil {
		q.index(next, true)
		q.tickets = q.tickets.put(id, next)
	}
}

func arrival(t *Ticket) place { return place{order: t.Order, id: t.ID} }

func change(l lane, at place, t *Ticket, add bool) lane {
	if add {
		return l.put(at, t)
	}
	return l.remove(at)
}

func (q *Queue) index(t *Ticket, add bool) {
	at := arrival(t)
	q.arrivals = change(q.arrivals, at, t, add)
	if add {
		q.numbers = q.numbers.put(numberKey{t.Number, at}, t)
	} else {
		q.numbers = q.numbers.remove(numberKey{t.Number, at})
	}
	state, ok := q.states[t.State]
	if !ok {
		state = newTree[place, *Ticket](comparePlaces)
	}
	q.states[t.State] = change(state, at, t, add)
	if t.State == TicketDone {
		q.done(t, at, add)
	}

	g := q.group(t.Group)
	g.index(t, at, add)
	q.groups[t.Group] = g
}

func (q *Queue) done(t *Ticket, at place, add bool) {
	if t.Rated == 0 {
		q.unrated = change(q.unrated, at, t, add)
	}
	if add {
		q.served[t.Window]++
	} else if q.served[t.Window]--; q.served[t.Window] == 0 {
		delete(q.served, t.Window)
	}
}

func (q *Queue) group(id string) groupIndex {
	if g, ok := q.groups[id]; ok {
		return g
	}
	return newGroupIndex()
}

func (g *groupIndex) index(t *Ticket, at place, add bool) {
	sign := 1
	if !add {
		sign = -1
	}
	g.issued += sign
	if t.State == TicketDone && !t.ServedAt.IsZero() && t.DoneAt.After(t.ServedAt) {
		g.service.add(t.DoneAt.Sub(t.ServedAt), sign)
	}
	if !t.FirstCalledAt.IsZero() && !t.FirstCalledAt.Before(t.IssuedAt) {
		g.waited.add(t.FirstCalledAt.Sub(t.IssuedAt), sign)
	}
	if !t.Waiting() {
		return
	}
	switch {
	case t.Behind < 0:
		g.front = change(g.front, at, t, add)
	case t.Behind > 0:
		g.delayed = change(g.delayed, at, t, add)
	default:
		r := t.Class.rank()
		g.classes[r] = change(g.classes[r], at, t, add)
		if t.Class == ClassAppointment {
			g.slots = change(g.slots, slotPlace(t), t, add)
		}
	}
}

func slotPlace(t *Ticket) place {
	at := arrival(t)
	if !t.SlotAt.IsZero() {
		at.slot = t.SlotAt.Unix()
	}
	return at
}

// rank orders the classes: priority, appointment, ordinary. An unknown class
// is ordinary.
func (c Class) rank() int {
	switch c {
	case ClassPriority:
		return 0
	case ClassAppointment:
		return 1
	}
	return 2
}

// Waiting reports whether the ticket may be called in its turn.
func (t Ticket) Waiting() bool {
	return t.State == TicketIssued || t.State == TicketTransferred
}

// InHand reports whether the ticket occupies a window.
func (t Ticket) InHand() bool {
	return t.State == TicketCalled || t.State == TicketRecalled || t.State == TicketServing
}

// Closed reports whether nothing more can happen to the ticket.
func (t Ticket) Closed() bool {
	return t.State == TicketDone || t.State == TicketAbandoned || t.State == TicketVoid
}

// Ticket finds a ticket of the day.
func (q *Queue) Ticket(id string) (Ticket, bool) {
	t, ok := q.tickets.get(id)
	if !ok {
		return Ticket{}, false
	}
	return *t, true
}

// ByNumber finds a ticket by what is printed on its slip. Where a number was
// used twice it is the one that arrived first; AllByNumber gives every one.
func (q *Queue) ByNumber(number string) (Ticket, bool) {
	all := q.AllByNumber(number)
	if len(all) == 0 {
		return Ticket{}, false
	}
	return all[0], true
}

// AllByNumber is every ticket of a number, in order of arrival.
func (q *Queue) AllByNumber(number string) []Ticket {
	var found []Ticket
	low := numberKey{number: number, place: place{order: minOrder}}
	_, at, above := q.numbers.split(q.numbers.root, low)
	if at != nil {
		found = append(found, *at.value)
	}
	tree[numberKey, *Ticket]{root: above, compare: compareNumbers}.each(func(k numberKey, t *Ticket) bool {
		if k.number != number {
			return false
		}
		found = append(found, *t)
		return true
	})
	return found
}

const minOrder = -1 << 63

// Tickets is every ticket of the day in order of arrival.
func (q *Queue) Tickets() []Ticket { return listed(q.arrivals) }

// In is every ticket in one of the states, in order of arrival.
func (q *Queue) In(states ...TicketState) []Ticket {
	var all []Ticket
	for _, s := range states {
		all = append(all, listed(q.states[s])...)
	}
	if len(states) > 1 {
		slices.SortFunc(all, func(a, b Ticket) int { return comparePlaces(arrival(&a), arrival(&b)) })
	}
	return all
}

// Served is how many tickets of the day a window has done.
func (q *Queue) Served(window string) int { return q.served[window] }

// Unrated is every ticket that is done and of whose rating nothing is known, in
// order of arrival.
func (q *Queue) Unrated() []Ticket { return listed(q.unrated) }

// Count is how many tickets are in one of the states.
func (q *Queue) Count(states ...TicketState) int {
	n := 0
	for _, s := range states {
		n += q.states[s].len()
	}
	return n
}

func listed(l lane) []Ticket {
	all := make([]Ticket, 0, l.len())
	l.each(func(_ place, t *Ticket) bool {
		all = append(all, *t)
		return true
	})
	return all
}

// Window finds a window that was ever opened.
func (q *Queue) Window(id string) (Window, bool) {
	w, ok := q.windows[id]
	return w, ok
}

// Windows is every window that was ever opened, by number, then by name.
func (q *Queue) Windows() []Window {
	return slices.SortedFunc(maps.Values(q.windows), func(a, b Window) int { return compareIDs(a.ID, b.ID) })
}

// compareIDs orders "2" before "10", and numbers before names.
func compareIDs(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil && x != y:
		return cmp.Compare(x, y)
	case errX == nil && errY != nil:
		return -1
	case errX != nil && errY == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

// WaitingIn is how many wait in a group.
func (q *Queue) WaitingIn(group string) int { return q.group(group).waiting() }

// GroupStats is what was measured in a group today.
type GroupStats struct {
	Issued      int // tickets that are in the group now, in any state
	Waiting     int
	Served      int // with a measured time of service
	MeanService time.Duration
	Called      int // with a measured wait
	MeanWait    time.Duration
}

// Stats is what was measured in a group today.
func (q *Queue) Stats(group string) GroupStats {
	g := q.group(group)
	return GroupStats{
		Issued: g.issued, Waiting: g.waiting(),
		Served: g.service.n, MeanService: g.service.mean(),
		Called: g.waited.n, MeanWait: g.waited.mean(),
	}
}

// measure is a running mean and spread, in whole seconds so that taking out
// what was put in leaves exactly nothing.
type measure struct {
	n           int
	sum, square int64
}

func (m *measure) add(d time.Duration, sign int) {
	s := int64(d / time.Second)
	m.n += sign
	m.sum += int64(sign) * s
	m.square += int64(sign) * s * s
}

func (m measure) mean() time.Duration {
	if m.n == 0 {
		return 0
	}
	return time.Duration(m.sum/int64(m.n)) * time.Second
}
