package terminal

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"hallway/app/hall"
)

// Display is the use-cases of a hall display (大厅显示屏): numbers and windows,
// never names, and the voice that calls.
//
// What it shows is laid out as its configuration says (DisplayConfig). Each new
// call has the large part of the screen for a while, one after the other in the
// order in which they were made; those that wait for it are listed and marked
// meanwhile, so that none is missed. While the voice speaks a call, that one is
// shown large.
type Display struct {
	*core
	*board[DisplayView]
	show1    sync.Mutex
	announce *announcer
	warned   string // unknown ids that were logged
}

const (
	// flashFor: how long a call is shown as new, for those who cannot hear it.
	flashFor = 10 * time.Second
	// largeFor: how long a call has the large part for itself at least.
	largeFor = 4 * time.Second
	// callsShown: how many calls the display lists; more only while they wait
	// for the large part.
	callsShown = 12
)

// NewDisplay builds the display.
func NewDisplay(d Deps) *Display {
	disp := &Display{core: newCore(d)}
	disp.board = newBoard(disp.Clock(), func(v *DisplayView, rev int64, now time.Time) { v.Rev, v.Now = rev, now })
	disp.announce = newAnnouncer(disp.core)
	return disp
}

// Run works until ctx ends.
func (d *Display) Run(ctx context.Context) error {
	d.spawn(d.announce.run)
	return d.loop(ctx, d.show)
}

func (d *Display) show() {
	d.show1.Lock()
	defer d.show1.Unlock()
	now := d.now().In(hall.Zone)
	cat, q := d.catalogue(), d.queue(now)
	z := zoneOf(d.Config.Display, cat)
	if unknown := strings.Join(z.unknown, ", "); unknown != d.warned {
		d.warned = unknown
		d.Logger.Error("[display] names groups or windows that this hall does not have", "ids", unknown)
	}
	d.announce.look(q, z.has, now)
	d.board.publish(d.build(cat, q, z, now), now)
}

func (d *Display) build(cat *hall.Catalogue, q *hall.Queue, z zone, now time.Time) DisplayView {
	look := d.Config.Display
	v := DisplayView{Line: d.line(), Layout: look.Layout, Look: DisplayLook{Contrast: look.Contrast, Still: look.Still},
		Groups: []DisplayGroup{}, Windows: []DisplayWindow{}, Notices: []NoticeView{}, Voice: d.announce.view(), Hall: hall.Names{}}
	v.Hero, v.Calls = d.calls(q, z, now)
	if cat == nil {
		return v
	}
	v.Hall = cat.Name
	open, why := hall.OpenAt(cat, now)
	if v.Open = open; !open {
		v.Closed = &why
	}
	if len(z.unknown) > 0 {
		t := text("zone_unknown", "ids", strings.Join(z.unknown, ", "))
		v.Trouble = &t
	}
	for _, g := range z.groups {
		n := q.WaitingIn(g.ID)
		v.Groups = append(v.Groups, DisplayGroup{ID: g.ID, Prefix: g.Prefix, Name: g.Name, Waiting: n,
			Wait: waitOf(q, cat, g.ID, n, now)})
	}
	for _, def := range z.windows {
		w, _ := q.Window(def.ID)
		one := DisplayWindow{ID: def.ID, Name: def.Name, Open: w.Open, Paused: w.Paused, Number: w.Number}
		one.Flash = slices.ContainsFunc(v.Calls, func(c DisplayCall) bool { return c.Flash && c.Window == def.ID && c.Number == w.Number })
		v.Windows = append(v.Windows, one)
	}
	v.Notices = noticeViews(d.Store.World(), cat, hall.NoticeOnDisplay, now, d.core)
	return v
}

// noticeViews are the notices of a place that are in force.
func noticeViews(w hall.World, cat *hall.Catalogue, place string, now time.Time, c *core) []NoticeView {
	views := []NoticeView{}
	posted, _, err := hall.Load[hall.NoticeBoard](w, hall.EntityNoticeBoard, cat.Code)
	if err != nil {
		c.Logger.Error("posted notices cannot be read", "err", err)
	}
	for _, n := range hall.NoticesOn(place, cat, posted, now) {
		views = append(views, NoticeView{ID: n.ID, Text: n.Text, Urgent: n.Priority == hall.NoticeUrgent})
	}
	return views
}

// lateAfter: a call that is older waits for no turn on the screen any more.
const lateAfter = 30 * time.Second

// calls are the calls of a zone, the newest first, and the one that is large.
func (d *Display) calls(q *hall.Queue, z zone, now time.Time) (hero *DisplayCall, list []DisplayCall) {
	all := called(q, z)
	turns := turnsOf(all)
	speaking := d.announce.now()
	large := -1
	for i, t := range all { // the newest first
		if speaking == (announcementKey{t.ID, t.Calls}) || large < 0 && speaking.ticket == "" && !turns[i].After(now) {
			large = i
		}
	}
	if large < 0 && len(all) > 0 { // what is spoken stands here no more
		large = max(0, slices.IndexFunc(turns, func(at time.Time) bool { return !at.After(now) }))
	}
	list = []DisplayCall{}
	for i, t := range all {
		c := DisplayCall{Ticket: t.ID, Number: t.Number, Window: t.Window, At: t.CalledAt.In(hall.Zone), Calls: t.Calls}
		c.Next = i < large && now.Sub(t.CalledAt) < lateAfter
		c.Flash = t.State != hall.TicketServing && (now.Sub(turns[i]) < flashFor || c.Next)
		if i == large {
			one := c
			hero = &one
		}
		if c.Next || len(list) < callsShown {
			list = append(list, c)
		}
	}
	return hero, list
}

// turnsOf says since when each call, the newest first, may be large: when it
// was made, or when the one before it had its time.
func turnsOf(calls []hall.Ticket) []time.Time {
	turns := make([]time.Time, len(calls))
	for i := len(calls) - 1; i >= 0; i-- {
		turns[i] = calls[i].CalledAt
		if i+1 < len(calls) {
			if after := turns[i+1].Add(largeFor); after.After(turns[i]) {
				turns[i] = after
			}
		}
	}
	return turns
}

// called lists who is called or served now, the newest call first.
func called(q *hall.Queue, z zone) []hall.Ticket {
	list := q.In(hall.TicketCalled, hall.TicketRecalled, hall.TicketServing)
	list = slices.DeleteFunc(list, func(t hall.Ticket) bool { return !z.has(t) })
	slices.SortStableFunc(list, func(a, b hall.Ticket) int {
		if n := b.CalledAt.Compare(a.CalledAt); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}
