package terminal

import (
	"context"
	"net/http"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/devices/evaluator"
)

// Counter is the use-cases of a counter (综合窗口): one window, one clerk at a
// time. Every act is a claim: it is shown as done after its verdict, so that
// two counters never believe that they called the same person.
type Counter struct {
	*core
	*board[CounterView]
	takesPages
	window string
	show1  sync.Mutex // one view at a time
	busy   sync.Mutex // one act at a time
	ask    chan asking
	desk   *desk

	mu      sync.Mutex
	session *Session
	person  personOf
	rating  RatingView
	pressed PressedView
	asked   map[string]time.Time // tickets whose rating this process cares for
}

// personOf is who stands at the window, as the centre told.
type personOf struct {
	ticket string
	name   string
	tried  time.Time
}

// asking is a rating to ask for.
type asking struct {
	ticket, number string
	at             time.Time
}

// NewCounter builds the counter of the configured window.
func NewCounter(d Deps) *Counter {
	c := &Counter{core: newCore(d), window: d.Config.Window, ask: make(chan asking, 16), desk: newDesk(d),
		asked: map[string]time.Time{}, rating: RatingView{State: "none"}}
	c.takesPages = takesPages{&captures{host: c.core, mu: &c.desk.mu, show: c.show, act: func() {}, may: func() error {
		if c.signedIn() == nil {
			return Fail(http.StatusForbidden, "not_signed_in")
		}
		return nil
	}}}
	c.desk.capture = c.captures
	c.board = newBoard(c.Clock(), func(v *CounterView, rev int64, now time.Time) { v.Rev, v.Now = rev, now })
	return c
}

// Run works until ctx ends.
func (c *Counter) Run(ctx context.Context) error {
	c.settlePapers(ctx)
	c.spawn(c.rate)
	for _, d := range c.displays() {
		c.spawn(func(ctx context.Context) { c.keepNumber(ctx, d) })
	}
	if host, ok := c.Devices.Evaluator.(evaluator.Host); ok {
		c.spawn(func(ctx context.Context) { c.keepDesk(ctx, host) })
	}
	if c.Devices.Caller != nil {
		c.spawn(c.callKeys)
	}
	if c.Devices.Reader != nil {
		c.spawn(c.readCards)
	}
	if c.Devices.Scanner != nil {
		c.spawn(c.readScans)
	}
	if c.Devices.Sheet != nil && c.desk.pdf != nil {
		c.spawn(c.warmFonts)
	}
	err := c.loop(ctx, func() { c.settle(); c.settleDesk(); c.settleCapture(); c.show() })
	c.mu.Lock()
	c.session, c.person = nil, personOf{}
	c.mu.Unlock()
	c.forgetDesk()
	return err
}

// Staff is who is signed in, "" when nobody is.
func (c *Counter) Staff() string {
	if s := c.signedIn(); s != nil {
		return s.Staff
	}
	return ""
}

// signedIn is a copy of the session, nil when nobody is signed in or the
// session is over.
func (c *Counter) signedIn() *Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session == nil {
		return nil
	}
	if !c.session.Expires.IsZero() && c.now().After(c.session.Expires) {
		c.session, c.person = nil, personOf{}
		c.forgetDesk() // the desk's lock is always taken after this one
		return nil
	}
	s := *c.session
	return &s
}

// SignIn signs a clerk in through the centre; the token stays here.
func (c *Counter) SignIn(ctx context.Context, r SignInRequest) error {
	defer c.show()
	c.busy.Lock()
	defer c.busy.Unlock()
	if s := c.signedIn(); s != nil {
		if s.Staff == r.Staff {
			return nil // the page was loaded again
		}
		return Fail(http.StatusConflict, "someone_signed_in", "name", s.Name)
	}
	session, err := c.Centre.SignIn(ctx, r.Staff, r.Password)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.session = &session
	c.mu.Unlock()
	c.settleDesk() // what this clerk had typed is there with the first view
	c.Tell()
	return nil
}

// SignOut closes the window if it is open and forgets the clerk.
func (c *Counter) SignOut(ctx context.Context) error {
	defer c.show()
	c.busy.Lock()
	defer c.busy.Unlock()
	s := c.signedIn()
	if s == nil {
		return nil
	}
	if a := c.signOutAct(c.state()); !a.Allowed {
		return refused(a)
	}
	if st := c.state(); st.window.Open && c.online() {
		err := c.claim(ctx, Draft{Kind: hall.CloseWindow, Entity: c.window, Actor: staffActor(s), Body: hall.CloseWindowBody{}})
		if err != nil {
			return err
		}
	}
	if err := c.Centre.SignOut(ctx, s.Token); err != nil {
		c.Logger.Warn("the centre did not hear of a sign-out; the session ends there by itself", "err", err)
	}
	c.eraseTyped(ctx, s.Staff)
	c.forget()
	return nil
}

// signOutAct: not with a person at the window.
func (c *Counter) signOutAct(st counterState) Act {
	if st.ticket != nil {
		return deny("ticket_in_hand", "number", st.ticket.Number)
	}
	return allow()
}

// staffActor stands behind what the clerk does.
func staffActor(s *Session) hall.Actor {
	role := hall.RoleClerk
	for _, r := range s.Roles {
		if r == hall.RoleClerk {
			role = r
			break
		}
		role = r
	}
	return hall.Actor{Kind: hall.ActorStaff, ID: s.Staff, Role: role, Session: s.ID}
}

// counterState is what is confirmed about this window now.
type counterState struct {
	now    time.Time
	world  hall.World
	cat    *hall.Catalogue
	queue  *hall.Queue
	def    hall.WindowDef
	window hall.Window
	ticket *hall.Ticket // called to or served at this window
}

// state reads what is confirmed; a claim of ours without a verdict is not in it.
func (c *Counter) state() counterState {
	w := c.Store.Confirmed()
	st := counterState{now: c.now(), world: w}
	cat, err := w.Catalogue()
	if err != nil {
		c.Logger.Error("catalogue cannot be read", "err", err)
	}
	st.cat = cat
	st.queue = c.queueOf(w, st.now)
	if cat != nil {
		st.def, _ = cat.Window(c.window)
	}
	st.window, _ = st.queue.Window(c.window)
	if st.window.Ticket != "" {
		if t, ok := st.queue.Ticket(st.window.Ticket); ok && t.InHand() && t.Window == c.window {
			st.ticket = &t
		}
	}
	return st
}
