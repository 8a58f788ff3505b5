package hall

import (
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

// OrderGroup is everyone who waits in one group, in the order in which its
// first open window would call them, at most limit of them.
func (q *Queue) OrderGroup(group string, cat *Catalogue, now time.Time, limit int) []Candidate {
	c := q.caller(q.groupView(group, cat), cat, now)
	list := make([]Candidate, 0, min(limit, q.WaitingIn(group)))
	for len(list) < limit {
		next, ok := c.next()
		if !ok {
			break
		}
		list = append(list, next)
	}
	return list
}
