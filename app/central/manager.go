package central

import (
	"cmp"
	"slices"
	"time"

	"hallway/app/hall"
	"hallway/sync/writer"
)

// maxRecent is how many events the manager's page shows.
const maxRecent = 30

// daySnapshot is what a manager's view is computed from.
type daySnapshot struct {
	now          time.Time
	cat          *hall.Catalogue
	queue        *hall.Queue
	appointments []hall.Appointment
	ratings      []hall.Rating
	terminals    []ManagerTerminal
	events       []ManagerEvent
	cases        ManagerCases
	board        hall.NoticeBoard
	restored     []writer.Restore
}

// managerView computes the view: pure, so that it can be tested by tables. It
// holds no personal data, and of ratings only the sums.
func (s daySnapshot) managerView() ManagerView {
	v := ManagerView{
		Now: s.now, Day: hall.DayOf(s.now), Hall: s.cat.Name,
		Groups: []ManagerGroup{}, Windows: []ManagerWindow{}, Terminals: []ManagerTerminal{}, Recent: []ManagerEvent{}, Cases: s.cases,
		Plan:    s.cat.Version,
		Notices: managerNotices(s.cat, s.board, s.now),
	}
	if open, why := hall.OpenAt(s.cat, s.now); open {
		v.Open = true
	} else {
		v.Closed = &why
	}
	tickets := s.queue.Tickets()
	v.Totals = s.totals(tickets)
	for _, g := range s.cat.Groups {
		v.Groups = append(v.Groups, s.group(g, tickets))
	}
	for _, w := range s.cat.Windows {
		v.Windows = append(v.Windows, s.window(w))
	}
	v.Ratings = sumRatings(s.ratings, "")
	v.Recent = append(v.Recent, s.recent(tickets)...)
	v.Terminals = append(v.Terminals, s.named(tickets)...)
	series, err := hall.DaySeries(v.Day, s.cat.Hours, tickets, s.now)
	if err != nil { // a day of DayOf is a day
		series = []hall.DaySpan{}
	}
	v.Series = series
	v.Alarms = alarms(&v, s.cat, s.restored)
	return v
}

// totals of the day.
func (s daySnapshot) totals(tickets []hall.Ticket) ManagerTotals {
	var t ManagerTotals
	var waits, serves []int
	for _, x := range tickets {
		t.Issued++
		switch {
		case x.Waiting():
			t.Waiting++
		case x.State == hall.TicketServing || x.State == hall.TicketHeld:
			t.Serving++
		case x.State == hall.TicketDone:
			t.Done++
			serves = append(serves, seconds(x.ServedAt, x.DoneAt))
		case x.State == hall.TicketMissed:
			t.Missed++
		}
		if w, ok := waited(x); ok {
			waits = append(waits, w)
		}
	}
	for _, a := range s.appointments {
		switch a.State {
		case hall.CheckedIn, hall.Completed:
			t.CheckedIn++
			t.Booked++
		case hall.Booked, hall.NoShow:
			t.Booked++
		}
	}
	t.WaitMean, t.ServeMean, t.WaitP90 = mean(waits), mean(serves), hall.Percentile(waits, 90)
	for _, w := range s.queue.Windows() {
		if w.Open && !w.Paused && w.Ticket == "" && s.waitingFor(w) > 0 {
			t.IdleWithWaiting++
		}
	}
	return t
}

// groupsOf are the groups that a window serves: those that its clerk opened it
// for, or all of its own.
func (s daySnapshot) groupsOf(w hall.Window) []string {
	if len(w.Groups) > 0 {
		return w.Groups
	}
	def, _ := s.cat.Window(w.ID)
	return def.Groups
}

// waitingFor counts whom an open window could call.
func (s daySnapshot) waitingFor(w hall.Window) int {
	n := 0
	for _, g := range s.groupsOf(w) {
		n += s.queue.WaitingIn(g)
	}
	return n
}

// waited is how long a ticket waited for its call.
func waited(t hall.Ticket) (int, bool) {
	called := t.FirstCalledAt
	if called.IsZero() {
		called = t.CalledAt
	}
	if called.IsZero() || t.IssuedAt.IsZero() {
		return 0, false
	}
	return seconds(t.IssuedAt, called), true
}

// seconds between two times, never below zero.
func seconds(from, to time.Time) int {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(0, int(to.Sub(from)/time.Second))
}

// mean of a list; 0 of none.
func mean(list []int) int {
	if len(list) == 0 {
		return 0
	}
	sum := 0
	for _, n := range list {
		sum += n
	}
	return sum / len(list)
}

// group is one service group.
func (s daySnapshot) group(g hall.Group, tickets []hall.Ticket) ManagerGroup {
	m := ManagerGroup{ID: g.ID, Prefix: g.Prefix, Name: g.Name}
	var waits []int
	for _, t := range tickets {
		if t.Group != g.ID {
			continue
		}
		switch {
		case t.Waiting():
			m.Waiting++
			m.Longest = max(m.Longest, seconds(t.IssuedAt, s.now))
		case t.State == hall.TicketServing || t.State == hall.TicketHeld:
			m.Serving++
		case t.State == hall.TicketDone:
			m.Done++
		}
		if w, ok := waited(t); ok {
			waits = append(waits, w)
		}
	}
	m.WaitMean = mean(waits)
	for _, w := range s.queue.Windows() {
		if w.Open && !w.Paused && slices.Contains(s.groupsOf(w), g.ID) {
			m.Open++
		}
	}
	return m
}

// window is one window.
func (s daySnapshot) window(def hall.WindowDef) ManagerWindow {
	m := ManagerWindow{ID: def.ID, Name: def.Name, State: "closed", Groups: def.Groups}
	for _, t := range s.terminals {
		if t.Window == def.ID {
			m.Terminal = t.ID
		}
	}
	m.Done = s.queue.Served(def.ID)
	w, ok := s.queue.Window(def.ID)
	if !ok {
		return m
	}
	m.Since, m.Number = w.Since, w.Number
	if w.Open {
		m.Groups, m.Waiting = s.groupsOf(w), s.waitingFor(w)
	}
	if staff, ok := s.cat.StaffByID(w.Staff); ok && w.Open {
		m.Staff = staff.Name
	}
	t, inHand := s.queue.Ticket(w.Ticket)
	switch {
	case w.Ticket != "" && inHand && (t.State == hall.TicketServing || t.State == hall.TicketHeld):
		m.State = "serving"
		if !t.ServedAt.IsZero() {
			m.Since = t.ServedAt
		}
		if g, ok := s.cat.Group(t.Group); ok && s.now.Sub(m.Since) > longService*time.Duration(g.ServiceMinutes)*time.Minute {
			m.Alert = "long"
		}
	case w.Ticket != "" && inHand:
		m.State = "called"
	case !w.Open:
		m.Number = ""
	case w.Paused:
		m.State = "paused"
	default:
		m.State = "open"
		if m.Waiting > 0 && s.now.Sub(w.Since) >= idleGrace {
			m.Alert = "idle"
		}
	}
	return m
}

// recent joins what happened to tickets with what happened to terminals,
// newest first. Tickets' events are read from their state, so that they are
// there after a restart too.
func (s daySnapshot) recent(tickets []hall.Ticket) []ManagerEvent {
	list := slices.Clone(s.events)
	add := func(at time.Time, code string, params ...string) {
		if at.IsZero() {
			return
		}
		e := ManagerEvent{At: at, Text: hall.Text{Code: code, Params: map[string]string{}}}
		for i := 0; i+1 < len(params); i += 2 {
			e.Text.Params[params[i]] = params[i+1]
		}
		list = append(list, e)
	}
	for _, t := range tickets {
		switch {
		case t.Appointment != "":
			add(t.IssuedAt, "ticket_checked_in", "number", t.Number, "group", t.Home)
		default:
			add(t.IssuedAt, "ticket_issued", "number", t.Number, "group", t.Home)
		}
		if t.State == hall.TicketMissed {
			add(t.CalledAt, "ticket_missed", "number", t.Number, "window", t.Window)
		} else {
			add(t.CalledAt, "ticket_called", "number", t.Number, "window", t.Window)
		}
		add(t.ServedAt, "ticket_serving", "number", t.Number, "window", t.Window)
		add(t.DoneAt, "ticket_done", "number", t.Number, "window", t.Window)
	}
	for _, r := range s.ratings {
		if r.Level > 0 { // that it was given, never which
			add(r.At, "ticket_rated", "number", r.Number)
		}
	}
	slices.SortStableFunc(list, func(a, b ManagerEvent) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Text.Code, a.Text.Code))
	})
	return list[:min(len(list), maxRecent)]
}
