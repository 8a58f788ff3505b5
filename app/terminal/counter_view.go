package terminal

import (
	"context"
	"time"

	"hallway/app/hall"
)

// queueShown: how many of the queue the list shows.
const queueShown = 50

// show builds the view and publishes it when it says something new.
func (c *Counter) show() {
	c.show1.Lock()
	defer c.show1.Unlock()
	st := c.state()
	c.deskTicket(st)
	c.board.publish(c.build(st), st.now.In(hall.Zone))
}

func (c *Counter) build(st counterState) CounterView {
	s := c.signedIn()
	v := CounterView{Line: c.line(), Devices: c.deviceViews(), Queue: []QueueEntry{}, Missed: []QueueEntry{},
		Held: []QueueEntry{}, Groups: []KioskGroup{}, Work: []WorkItem{}, Acts: c.acts(st, s), Voice: c.speechView(), Desk: c.deskView(st, s)}
	c.mu.Lock()
	v.Rating, v.Pressed = c.rating, c.pressed
	c.mu.Unlock()
	if s == nil {
		return v // nothing of the hall before the sign-in
	}
	v.Staff = &StaffView{ID: s.Staff, Name: s.Name, Roles: append([]hall.Role{}, s.Roles...)}
	for _, w := range c.Store.WorkList() {
		v.Work = append(v.Work, WorkItem{ID: w.ID, Kind: w.Kind, Reason: w.Reason, At: w.At.In(hall.Zone)})
	}
	if st.cat == nil {
		return v
	}
	c.windowView(&v, st)
	if st.ticket != nil {
		v.Current = c.currentView(st, s)
		for _, g := range st.cat.Groups {
			if g.ID != st.ticket.Group {
				n := st.queue.WaitingIn(g.ID)
				v.Groups = append(v.Groups, KioskGroup{ID: g.ID, Prefix: g.Prefix, Name: g.Name, Icon: g.Icon,
					Items: []KioskItem{}, Waiting: n, Wait: waitOf(st.queue, st.cat, g.ID, n, st.now), Take: allow()})
			}
		}
	}
	return v
}

// windowView is the window with its queue, and who was missed or is held.
func (c *Counter) windowView(v *CounterView, st counterState) {
	groups := st.def.Groups
	if len(st.window.Groups) > 0 {
		groups = st.window.Groups
	}
	w := &WindowView{ID: c.window, Name: st.def.Name, Open: st.window.Open, Paused: st.window.Paused,
		Groups: append([]string{}, groups...)}
	v.Window = w
	for _, g := range groups {
		v.Waiting += st.queue.WaitingIn(g)
	}
	for _, cand := range st.queue.OrderFirst(c.window, st.cat, st.now, queueShown) {
		v.Queue = append(v.Queue, entry(st.cat, cand.Ticket, cand.Why))
	}
	for _, t := range st.queue.In(hall.TicketMissed) {
		if contains(groups, t.Group) {
			v.Missed = append(v.Missed, entry(st.cat, t, t.Why))
		}
	}
	for _, t := range st.queue.In(hall.TicketHeld) {
		if t.Window == c.window {
			v.Held = append(v.Held, entry(st.cat, t, t.Why))
		}
	}
	w.Served = st.queue.Served(c.window)
}

func entry(cat *hall.Catalogue, t hall.Ticket, why hall.Text) QueueEntry {
	e := QueueEntry{ID: t.ID, Number: t.Number, Class: t.Class, Group: t.Group, State: t.State,
		IssuedAt: t.IssuedAt.In(hall.Zone), Why: why}
	if g, ok := cat.Group(t.Group); ok {
		e.Name = g.Name
	} else {
		e.Name = hall.Names{"zh-Hans": t.Group}
	}
	if !t.SlotAt.IsZero() {
		e.Slot = t.SlotAt.In(hall.Zone).Format("15:04")
	}
	return e
}

// currentView is the ticket at the window, with the person's name for the
// clerk who handles it (standards §9).
func (c *Counter) currentView(st counterState, s *Session) *CounterTicket {
	t := st.ticket
	v := &CounterTicket{ID: t.ID, Number: t.Number, State: t.State, Class: t.Class, Why: t.Why, Calls: t.Calls,
		IssuedAt: t.IssuedAt.In(hall.Zone), CalledAt: t.CalledAt.In(hall.Zone),
		Pending: c.Store.PendingFor(t.ID) || c.Store.PendingFor(c.window)}
	if !t.ServedAt.IsZero() {
		v.ServedAt = t.ServedAt.In(hall.Zone)
	}
	if g, ok := st.cat.Group(t.Group); ok {
		v.Group = g.Name
	}
	if it, ok := st.cat.Item(t.Item); ok {
		v.Item = it.Name
	}
	v.Person = c.personFor(t.ID, s)
	return v
}

// personFor is the name when it is known; otherwise it is asked for in the
// background, again after a while.
func (c *Counter) personFor(ticket string, s *Session) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.person.ticket != ticket {
		c.person = personOf{ticket: ticket}
	}
	if c.person.name != "" || c.Centre == nil || !c.online() {
		return c.person.name
	}
	if now := c.Clock(); now.Sub(c.person.tried) > 10*time.Second {
		c.person.tried = now
		token := s.Token
		c.spawn(func(ctx context.Context) { c.fetchPerson(ctx, ticket, token) })
	}
	return ""
}

func (c *Counter) fetchPerson(ctx context.Context, ticket, token string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	name, err := c.Centre.Person(ctx, ticket, token)
	if err != nil {
		c.Logger.Debug("the person of a ticket is not known", "ticket", ticket, "err", err)
		return
	}
	c.mu.Lock()
	if c.person.ticket == ticket && c.session != nil {
		c.person.name = name
	}
	c.mu.Unlock()
	c.changed()
}

// acts says what may be done now, and why not.
func (c *Counter) acts(st counterState, s *Session) CounterActs {
	ticket := func(kind hall.Kind) Act { return c.may(st, s, c.onTicket(st, kind)) }
	a := CounterActs{
		Open:    c.may(st, s, c.onWindow(hall.OpenWindow, hall.OpenWindowBody{})),
		Pause:   c.may(st, s, c.onWindow(hall.CloseWindow, hall.CloseWindowBody{Pause: true})),
		Close:   c.may(st, s, c.onWindow(hall.CloseWindow, hall.CloseWindowBody{})),
		Next:    c.may(st, s, c.onWindow(hall.CallNext, hall.CallNextBody{})),
		Recall:  ticket(hall.Recall),
		Start:   ticket(hall.StartService),
		Miss:    ticket(hall.MissTicket),
		Hold:    ticket(hall.HoldTicket),
		Finish:  ticket(hall.FinishService),
		Resume:  c.firstOf(st, s, hall.ResumeTicket, hall.TicketHeld, "nobody_held"),
		Requeue: c.firstOf(st, s, hall.RequeueTicket, hall.TicketMissed, "nobody_missed"),
		SignOut: c.signOutAct(st),
	}
	transfer := c.onTicket(st, hall.TransferTicket)
	transfer.body = hall.TransferTicketBody{Window: c.window, Group: otherGroup(st)}
	a.Transfer = c.may(st, s, transfer)
	if s == nil {
		a.SignOut = deny("not_signed_in")
	}
	return a
}

// firstOf asks the rules about the first ticket in that state.
func (c *Counter) firstOf(st counterState, s *Session, kind hall.Kind, state hall.TicketState, none string) Act {
	for _, t := range st.queue.In(state) {
		if state == hall.TicketHeld && t.Window != c.window {
			continue
		}
		return c.may(st, s, actDraft{kind, t.ID, hall.TicketActBody{Window: c.window}})
	}
	if s == nil {
		return deny("not_signed_in")
	}
	return deny(none)
}

// otherGroup is some group that the ticket at the window is not in.
func otherGroup(st counterState) string {
	if st.cat == nil || st.ticket == nil {
		return ""
	}
	for _, g := range st.cat.Groups {
		if g.ID != st.ticket.Group {
			return g.ID
		}
	}
	return ""
}
