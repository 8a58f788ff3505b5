package terminal

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"hallway/app/hall"
)

// Display is the use-cases of the hall display (大厅显示屏): numbers and
// windows, never names, and the voice that calls.
type Display struct {
	*core
	*board[DisplayView]
	show1    sync.Mutex
	announce *announcer
}

// flashFor: how long a call is shown as new, for those who cannot hear it.
const flashFor = 10 * time.Second

// callsShown: how many calls the display lists.
const callsShown = 12

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
	d.announce.look(q, now)
	d.board.publish(d.build(cat, q, now), now)
}

func (d *Display) build(cat *hall.Catalogue, q *hall.Queue, now time.Time) DisplayView {
	v := DisplayView{Line: d.line(), Calls: []DisplayCall{}, Groups: []DisplayGroup{}, Windows: []DisplayWindow{},
		Notices: []hall.Names{}, Voice: d.announce.view(), Hall: hall.Names{}}
	for _, t := range called(q) {
		if len(v.Calls) == callsShown {
			break
		}
		fresh := t.State != hall.TicketServing && now.Sub(t.CalledAt) < flashFor
		v.Calls = append(v.Calls, DisplayCall{Ticket: t.ID, Number: t.Number, Window: t.Window,
			At: t.CalledAt.In(hall.Zone), Calls: t.Calls, Flash: fresh})
	}
	if cat == nil {
		return v
	}
	v.Hall = cat.Name
	for _, g := range cat.Groups {
		n := q.WaitingIn(g.ID)
		v.Groups = append(v.Groups, DisplayGroup{ID: g.ID, Prefix: g.Prefix, Name: g.Name, Waiting: n,
			Wait: waitOf(q, cat, g.ID, n, now)})
	}
	for _, def := range cat.Windows {
		w, _ := q.Window(def.ID)
		v.Windows = append(v.Windows, DisplayWindow{ID: def.ID, Name: def.Name, Open: w.Open, Paused: w.Paused,
			Number: w.Number})
	}
	return v
}

// called lists who is called or served now, the newest call first.
func called(q *hall.Queue) []hall.Ticket {
	list := q.In(hall.TicketCalled, hall.TicketRecalled, hall.TicketServing)
	slices.SortStableFunc(list, func(a, b hall.Ticket) int {
		if n := b.CalledAt.Compare(a.CalledAt); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}
