package central

import (
	"cmp"
	"slices"
	"time"

	"hallway/app/hall"
)

// Bounds of the lists behind a figure.
const (
	maxTickets   = 1000
	maxGroupWait = 300
)

// line makes the manager's line of a ticket.
func (s daySnapshot) line(t hall.Ticket) ManagerTicket {
	m := ManagerTicket{
		Number: t.Number, Group: t.Group, Class: t.Class, State: string(t.State), Issued: t.IssuedAt,
		Called: t.FirstCalledAt, Served: t.ServedAt, Done: t.DoneAt, Serve: seconds(t.ServedAt, t.DoneAt),
		Calls: t.Calls, Window: t.Window, Offline: t.Offline,
	}
	if m.Called.IsZero() {
		m.Called = t.CalledAt
	}
	if it, ok := s.cat.Item(t.Item); ok {
		m.Item = it.Name
	}
	if staff, ok := s.cat.StaffByID(t.Staff); ok {
		m.Staff = staff.Name
	}
	if !t.SlotAt.IsZero() {
		m.Slot = t.SlotAt.In(hall.Zone).Format("15:04")
	}
	if w, ok := waited(t); ok {
		m.Wait = w
	} else if t.Waiting() {
		m.Wait = seconds(t.IssuedAt, s.now)
	}
	if t.State == hall.TicketServing && !t.ServedAt.IsZero() {
		m.Serve = seconds(t.ServedAt, s.now)
	}
	if t.Why.Code != "" {
		why := t.Why
		m.Why = &why
	}
	return m
}

// tickets lists what is behind a figure: in arrival order, or by length where
// the figure is a length; false for an unknown figure.
func (s daySnapshot) tickets(figure string) (ManagerTickets, bool) {
	var is func(hall.Ticket) bool
	by := func(a, b ManagerTicket) int { return b.Issued.Compare(a.Issued) }
	longest := func(of func(ManagerTicket) int) func(a, b ManagerTicket) int {
		return func(a, b ManagerTicket) int { return cmp.Compare(of(b), of(a)) }
	}
	switch figure {
	case "waiting":
		is, by = hall.Ticket.Waiting, longest(func(t ManagerTicket) int { return t.Wait })
	case "serving":
		is = func(t hall.Ticket) bool { return t.State == hall.TicketServing || t.State == hall.TicketHeld }
		by = longest(func(t ManagerTicket) int { return t.Serve })
	case "done":
		is = func(t hall.Ticket) bool { return t.State == hall.TicketDone }
		by = func(a, b ManagerTicket) int { return b.Done.Compare(a.Done) }
	case "missed":
		is = func(t hall.Ticket) bool { return t.State == hall.TicketMissed }
	case "issued":
		is = func(hall.Ticket) bool { return true }
	case "wait_mean", "wait_p90":
		is = func(t hall.Ticket) bool { _, ok := waited(t); return ok }
		by = longest(func(t ManagerTicket) int { return t.Wait })
	case "serve_mean":
		is = func(t hall.Ticket) bool { return t.State == hall.TicketDone }
		by = longest(func(t ManagerTicket) int { return t.Serve })
	default:
		return ManagerTickets{}, false
	}
	v := ManagerTickets{Tickets: []ManagerTicket{}}
	for _, t := range s.queue.Tickets() {
		if is(t) {
			v.Tickets = append(v.Tickets, s.line(t))
		}
	}
	slices.SortStableFunc(v.Tickets, by)
	v.Total = len(v.Tickets)
	v.Tickets = v.Tickets[:min(len(v.Tickets), maxTickets)]
	return v, true
}

// booked lists the appointments of the day, earliest first.
func (s daySnapshot) booked() []ManagerAppointment {
	list := []ManagerAppointment{}
	for _, a := range s.appointments {
		m := ManagerAppointment{Slot: a.Slot, Group: a.Group, State: a.State}
		if it, ok := s.cat.Item(a.Item); ok {
			m.Item = it.Name
		}
		if t, ok := s.queue.Ticket(a.Ticket); ok {
			m.Number = t.Number
		}
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b ManagerAppointment) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Number, b.Number))
	})
	return list
}

// windowDay is the day of one window.
func (s daySnapshot) windowDay(id string) (ManagerWindowDay, bool) {
	def, ok := s.cat.Window(id)
	if !ok {
		return ManagerWindowDay{}, false
	}
	tickets := s.queue.Tickets()
	v := ManagerWindowDay{Window: s.window(def), Staff: []ManagerStaffDay{}, Tickets: []ManagerTicket{}, Ratings: sumRatings(s.ratings, id)}
	var waits, serves []int
	staff := map[string]*ManagerStaffDay{}
	lengths := map[string][]int{}
	for _, t := range tickets {
		if t.Window != id || t.CalledAt.IsZero() {
			continue
		}
		line := s.line(t)
		v.Tickets = append(v.Tickets, line)
		if w, ok := waited(t); ok {
			waits = append(waits, w)
		}
		one := staff[t.Staff]
		if one == nil {
			one = &ManagerStaffDay{Name: cmp.Or(line.Staff, t.Staff)}
			staff[t.Staff] = one
		}
		one.First, one.Last = earlier(one.First, t.CalledAt), later(one.Last, t.CalledAt)
		if t.State == hall.TicketDone {
			one.Done++
			lengths[t.Staff] = append(lengths[t.Staff], line.Serve)
			serves = append(serves, line.Serve)
		}
	}
	for id, one := range staff {
		one.ServeMean = mean(lengths[id])
		v.Staff = append(v.Staff, *one)
	}
	slices.SortFunc(v.Staff, func(a, b ManagerStaffDay) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Name, b.Name)) })
	slices.SortStableFunc(v.Tickets, func(a, b ManagerTicket) int { return b.Called.Compare(a.Called) })
	v.Tickets = v.Tickets[:min(len(v.Tickets), maxTickets)]
	v.WaitMean, v.ServeMean = mean(waits), mean(serves)
	return v, true
}

// earlier and later of two times; the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sumRatings counts levels; window "" is the whole hall.
func sumRatings(list []hall.Rating, window string) ManagerRatings {
	var v ManagerRatings
	for _, r := range list {
		switch {
		case window != "" && r.Window != window:
		case r.Level >= hall.VerySatisfied && r.Level <= hall.VeryUnsatisfied:
			v.Levels[r.Level-1]++
		default:
			v.NotRated++
		}
	}
	return v
}

// groupDay is the queue of one service, in the order of calling.
func (s daySnapshot) groupDay(id string) (ManagerGroupDay, bool) {
	g, ok := s.cat.Group(id)
	if !ok {
		return ManagerGroupDay{}, false
	}
	v := ManagerGroupDay{Group: s.group(g, s.queue.Tickets()), Waiting: []ManagerTicket{}, Windows: []string{}}
	for _, c := range s.queue.OrderGroup(id, s.cat, s.now, maxGroupWait) {
		line := s.line(c.Ticket)
		why := c.Why
		line.Why = &why
		v.Waiting = append(v.Waiting, line)
	}
	for _, w := range s.cat.Windows {
		if slices.Contains(w.Groups, id) {
			v.Windows = append(v.Windows, w.ID)
		}
	}
	return v, true
}

// floor is the plan with a place for every window, and for every terminal that
// stands in the hall and is not a window's own.
func (s daySnapshot) floor() hall.Floor {
	var windows, terminals []string
	for _, w := range s.cat.Windows {
		windows = append(windows, w.ID)
	}
	for _, t := range s.terminals {
		_, own := s.cat.Window(t.Window)
		if !own && t.Department == "" && t.Role != "manager" {
			terminals = append(terminals, t.ID)
		}
	}
	return hall.Plan(s.cat.Floor, windows, terminals)
}
