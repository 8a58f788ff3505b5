package terminal

import (
	"time"

	"hallway/app/hall"
)

// show builds the view and publishes it when it says something new.
func (k *Kiosk) show() {
	k.refresh.Lock()
	defer k.refresh.Unlock()
	now := k.now().In(hall.Zone)
	k.board.publish(k.build(now), now)
}

func (k *Kiosk) build(now time.Time) KioskView {
	cat, q := k.catalogue(), k.queue(now)
	v := KioskView{Line: k.line(), Issue: k.issueAct(cat, now), Devices: k.deviceViews(), Voice: k.speechView(), Groups: []KioskGroup{}, Notices: []NoticeView{}}
	if cat != nil {
		open, why := hall.OpenAt(cat, now)
		v.Open = open
		if !open {
			v.Closed = &why
		}
		v.Groups = k.groups(cat, q, v.Issue, now)
		v.Notices = noticeViews(k.Store.World(), cat, hall.NoticeOnKiosk, now, k.core)
	} else {
		t := text("no_catalogue")
		v.Closed = &t
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != nil {
		v.Session = k.sessionView(cat, q, now)
	}
	return v
}

func (k *Kiosk) groups(cat *hall.Catalogue, q *hall.Queue, issue Act, now time.Time) []KioskGroup {
	groups := make([]KioskGroup, 0, len(cat.Groups))
	for _, g := range cat.Groups {
		waiting := q.WaitingIn(g.ID)
		kg := KioskGroup{ID: g.ID, Prefix: g.Prefix, Name: g.Name, Icon: g.Icon, Waiting: waiting,
			Wait: waitOf(q, cat, g.ID, waiting, now), Take: k.takeAct(issue, g.ID), Items: []KioskItem{}}
		for _, it := range cat.Items {
			if it.Group == g.ID {
				_, _, online := onlineItem(cat, it.ID)
				kg.Items = append(kg.Items, KioskItem{ID: it.ID, Name: it.Name, Hint: it.Hint, Online: online && k.applyStore() != nil})
			}
		}
		groups = append(groups, kg)
	}
	return groups
}

// sessionView is the open session; k.mu is held.
func (k *Kiosk) sessionView(cat *hall.Catalogue, q *hall.Queue, now time.Time) *KioskSession {
	s := k.s
	v := &KioskSession{ID: s.id, Phase: s.phase, Person: s.masked, Notice: s.notice, Other: s.other != nil,
		PhoneLeft: s.tries, Help: s.help, WarnAt: s.warnAt.In(hall.Zone), EndsAt: s.endAt.In(hall.Zone)}
	if !k.phone.open() {
		v.PhoneLeft = 0
	}
	v.Progress, v.Apply = k.progressView(s), k.applyView(s, cat)
	if cat == nil {
		return v
	}
	if s.phase == phaseChoose || s.phase == phaseNotice {
		v.Appointments = k.appointmentViews(cat, now)
	}
	if s.ticket != nil {
		v.Ticket = ticketView(*s.ticket, cat, q, now)
		if s.asked {
			v.Requeue = k.requeueAct(s.ticket.ID)
		}
	}
	return v
}

func (k *Kiosk) appointmentViews(cat *hall.Catalogue, now time.Time) []KioskAppointment {
	var views []KioskAppointment
	for _, a := range k.s.found {
		if fresh, ok, err := hall.Load[hall.Appointment](k.Store.World(), hall.EntityAppointment, a.ID); err == nil && ok {
			a = fresh
		}
		it, _ := cat.Item(a.Item)
		views = append(views, KioskAppointment{ID: a.ID, Item: it.Name, Slot: a.Slot,
			Outcome: hall.CheckInOutcome(a, cat.Booking, now), CheckIn: k.checkInAct(a, cat, now)})
	}
	return views
}

// ticketView is a ticket as it is now.
func ticketView(v KioskTicket, cat *hall.Catalogue, q *hall.Queue, now time.Time) *KioskTicket {
	t, ok := q.Ticket(v.ID)
	if !ok {
		return &v
	}
	v.Number, v.Class, v.Offline, v.State, v.Window = t.Number, t.Class, t.Offline, t.State, t.Window
	if g, ok := cat.Group(t.Group); ok {
		v.Group = g.Name
	}
	if t.Waiting() {
		v.Ahead = q.Ahead(t.ID, cat, now)
		v.Wait = waitOf(q, cat, t.Group, v.Ahead, now)
	}
	return &v
}
