package terminal

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/idcard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
)

// Kiosk is the use-cases of the self-service terminal (自助取号机): one person
// at a time, found by card, code or phone, or nobody known; one number; then
// everything about the person is forgotten.
type Kiosk struct {
	*core
	*board[KioskView]
	takesPages
	layout SlipLayout

	mu     sync.Mutex
	s      *session // nil: nobody is here
	owes   []owed   // slips of before a restart that nobody was told of yet
	helpAt time.Time
	phone  limiter
	// progressDoor counts wrong query passwords over all sessions.
	progressDoor limiter
	salt         []byte     // of this start: tells people's cards apart without their numbers
	refresh      sync.Mutex // one view at a time
}

// SlipLayout lays out the slip of a ticket; print.Ticket is the hall's.
type SlipLayout func(s print.Slip) printer.Document

// NewKiosk builds the kiosk.
func NewKiosk(d Deps, layout SlipLayout) *Kiosk {
	k := &Kiosk{core: newCore(d), layout: layout, salt: []byte(rand.Text())}
	k.takesPages = takesPages{&captures{host: k.core, mu: &k.mu, may: k.captureMay, show: k.show, act: func() { k.touch() }}}
	k.board = newBoard(k.Clock(), func(v *KioskView, rev int64, now time.Time) { v.Rev, v.Now = rev, now })
	k.phone = limiter{max: 10, span: 10 * time.Minute, rest: 5 * time.Minute, clock: k.Clock}
	k.progressDoor = progressLimiter(k.Clock)
	return k
}

// Run works until ctx ends.
func (k *Kiosk) Run(ctx context.Context) error {
	if r := k.Devices.Reader; r != nil {
		k.spawn(func(life context.Context) { k.readCards(life, r.Events()) })
	}
	if s := k.Devices.Scanner; s != nil {
		k.spawn(func(life context.Context) { k.readCodes(life, s.Scans()) })
	}
	if s := k.applyStore(); s != nil {
		k.endPapers(ctx, s.OpenPapers)
	}
	k.tellLost(ctx) // before anybody can begin anew
	k.spawn(k.resumeJobs)
	err := k.loop(ctx, func() { k.expire(); k.captures.settle(); k.settleApply(); k.tellOwed(); k.show() })
	k.mu.Lock()
	k.wipe()
	k.mu.Unlock()
	return err
}

func (k *Kiosk) readCards(ctx context.Context, events <-chan idcard.Event) {
	for {
		select {
		case ev := <-events:
			k.card(ctx, ev)
			k.show()
		case <-ctx.Done():
			return
		}
	}
}

func (k *Kiosk) readCodes(ctx context.Context, scans <-chan scanner.Scan) {
	for {
		select {
		case sc := <-scans:
			k.code(ctx, sc)
			k.show()
		case <-ctx.Done():
			return
		}
	}
}

// HelpAt is when a member of staff was last called from here, zero when not
// or when it is long ago.
func (k *Kiosk) HelpAt() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.helpAt.IsZero() && k.now().Sub(k.helpAt) > helpFor {
		k.helpAt = time.Time{}
	}
	return k.helpAt
}

// helpFor: how long a call for staff stands.
const helpFor = 5 * time.Minute

// Begin: somebody touched the screen, goes on after a notice, or goes back
// from the look at their cases. An application is left with ApplyBack.
func (k *Kiosk) Begin(context.Context) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s == nil {
		k.open("")
	}
	switch s := k.s; {
	case s.phase == phaseNotice && s.apply != nil:
		s.phase, s.notice = phaseApply, nil
	case s.phase == phaseNotice && s.progress != nil:
		s.phase, s.notice = phaseProgress, nil
	case s.phase == phaseNotice:
		s.phase, s.notice = phaseChoose, nil
	case s.phase == phaseProgress && !s.busy():
		s.phase, s.progress = phaseChoose, nil
	}
	k.touch()
	return nil
}

// Extend gives more time.
func (k *Kiosk) Extend(context.Context) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s == nil {
		return Fail(http.StatusConflict, "session_over")
	}
	k.touch()
	return nil
}

// End forgets the person now. While a slip is being printed it waits for it.
func (k *Kiosk) End(context.Context) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s == nil {
		return nil
	}
	if k.s.busy() {
		return Fail(http.StatusConflict, "still_printing")
	}
	k.wipe()
	return nil
}

// Help calls a member of staff: it goes to the manager's page with the state
// of this terminal. While the line is cut nobody would come, and the person is
// told so.
func (k *Kiosk) Help(context.Context) error {
	if !k.online() {
		return Fail(http.StatusServiceUnavailable, "help_offline")
	}
	defer k.show()
	defer k.Tell()
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.helpAt = now
	if k.s != nil {
		k.s.help = true
		k.touch()
	}
	return nil
}

// Replace answers the question of another card or code: begin with it, or go
// on here and forget it.
func (k *Kiosk) Replace(ctx context.Context, r ReplaceRequest) error {
	defer k.show()
	k.mu.Lock()
	if k.s == nil || k.s.other == nil {
		k.mu.Unlock()
		return nil // answered already, or over
	}
	if k.s.busy() || r.Accept && k.sending(k.s) {
		k.mu.Unlock()
		return Fail(http.StatusConflict, "still_printing")
	}
	other := k.s.other
	k.s.other = nil
	if !r.Accept {
		other.wipe()
		k.touch()
		k.mu.Unlock()
		return nil
	}
	k.wipe()
	k.mu.Unlock()
	switch {
	case other.card != nil:
		k.card(ctx, *other.card)
	case other.scan != nil:
		k.code(ctx, *other.scan)
	}
	return nil
}

// issueAct says whether a number may be issued now: known hall, hours, and a
// printer that would print it.
func (k *Kiosk) issueAct(cat *hall.Catalogue, now time.Time) Act {
	if cat == nil {
		return deny("no_catalogue")
	}
	if open, why := hall.OpenAt(cat, now); !open {
		return Act{Why: &why}
	}
	return k.printerAct()
}

// takeAct: issueAct, and a number that this terminal owns.
func (k *Kiosk) takeAct(issue Act, group string) Act {
	if !issue.Allowed {
		return issue
	}
	if !k.Store.Numbers(group) {
		return deny("no_numbers")
	}
	return issue
}
