package terminal

import (
	"context"
	"crypto/rand"
	"runtime/debug"
	"time"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/idcard"
	"hallway/devices/scanner"
)

// Phases of a session: see KioskSession.
const (
	phaseReading  = "reading"
	phaseChoose   = "choose"
	phaseNotice   = "notice"
	phasePrinting = "printing"
	phaseTicket   = "ticket"
)

// phoneTries: how many phone codes one session may try.
const phoneTries = 5

// session is one person's time at the kiosk. Everything personal is here and
// nowhere else.
type session struct {
	id     string
	who    string             // who it is, to tell another person's card apart; "" nobody known
	idLook string             // keyed hash of the card's number, to know one's own appointment
	person *hall.PersonSealed // from a card
	masked string
	way    string // card, qr, phone: how the appointments were found
	phase  string
	found  []hall.Appointment
	notice *Notice
	ticket *KioskTicket
	asked  bool   // the ticket was scanned or is of before a restart; it was not issued in this session
	job    string // print job of the slip
	tries  int
	help   bool
	other  *arrival
	// progress is the look at one's cases; progressLeft how many more query
	// passwords this session may try.
	progress     *progress
	progressLeft int
	apply        *applying // an application that is made here

	end           time.Time // local clock
	warnAt, endAt time.Time // the centre's clock, as told
}

// arrival is a card or code that came while another person's session is open.
type arrival struct {
	card *idcard.Event
	scan *scanner.Scan
}

func (a *arrival) wipe() {
	if a.card != nil {
		a.card.Card.Wipe()
	}
	if a.scan != nil {
		clear(a.scan.Raw)
	}
	*a = arrival{}
}

// open begins a session; k.mu is held.
func (k *Kiosk) open(who string) {
	k.s = &session{id: rand.Text(), who: who, phase: phaseChoose, tries: phoneTries, progressLeft: progressTries}
	k.touch()
}

// touch gives the session its full time again; k.mu is held.
func (k *Kiosk) touch() {
	idle := time.Duration(k.Config.Kiosk.IdleSeconds) * time.Second
	warn := time.Duration(k.Config.Kiosk.WarnSeconds) * time.Second
	local, told := k.Clock(), k.now()
	k.s.end, k.s.endAt = local.Add(idle), told.Add(idle)
	k.s.warnAt = told.Add(idle - warn)
}

// expire ends a session whose time is over. A slip that is being printed is
// awaited.
func (k *Kiosk) expire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != nil && !k.s.busy() && !k.sending(k.s) && !k.Clock().Before(k.s.end) {
		k.wipe()
	}
}

// wipe forgets the person; k.mu is held.
func (k *Kiosk) wipe() {
	if k.s == nil {
		return
	}
	if k.s.other != nil {
		k.s.other.wipe()
	}
	if k.s.person != nil {
		*k.s.person = hall.PersonSealed{}
	}
	if k.s.progress != nil {
		*k.s.progress = progress{}
	}
	k.leaveApply(k.s)
	*k.s = session{}
	k.s = nil
	k.prompts.reset()
	// Texts cannot be overwritten. What nobody holds any more is collected now
	// and its memory given back, and does not lie about until some later day.
	k.spawn(func(context.Context) { debug.FreeOSMemory() })
}

// say puts a sentence on the screen; k.mu is held.
func (k *Kiosk) say(severity devices.Severity, code string, pairs ...string) {
	k.s.phase = phaseNotice
	k.s.notice = notice(severity, code, pairs...)
}

// sayText is say with a sentence of the rules; k.mu is held.
func (k *Kiosk) sayText(severity devices.Severity, t hall.Text) {
	k.s.phase = phaseNotice
	k.s.notice = &Notice{Severity: severity, Code: t.Code, Params: t.Params}
}

func notice(severity devices.Severity, code string, pairs ...string) *Notice {
	t := text(code, pairs...)
	return &Notice{Severity: severity, Code: t.Code, Params: t.Params}
}

// admit decides whether what arrived belongs to the open session; who is ""
// when it says nothing about a person. It opens or replaces a session where
// nobody is disturbed. It returns false when there is nothing to do: the slip
// of another person is being printed, or somebody else has to finish first
// (then the arrival is put aside and the page asks). k.mu is held.
func (k *Kiosk) admit(who string, a arrival) bool {
	s := k.s
	same := s != nil && (who == "" || s.who == who)
	switch {
	case s == nil:
		k.open(who)
	case same && (s.phase == phasePrinting || trouble(s)):
		return false // the same person again, or noise, while the slip matters
	case s.phase == phaseTicket && !trouble(s):
		k.wipe() // the last person has the slip
		k.open(who)
	case same:
	case s.who == "" && s.phase != phasePrinting && s.phase != phaseTicket:
		s.who = who // touched the screen first, then showed who it is
	default:
		if s.other != nil {
			s.other.wipe()
		}
		s.other = &a
		return false
	}
	k.touch()
	return true
}

// busy: paper for this person is on its way out of the printer.
func (s *session) busy() bool {
	return s.phase == phasePrinting || s.progress != nil && s.progress.print == "printing" || s.apply != nil && s.apply.slip == "printing"
}

// sendingFor: how many times the usual time a person is waited for who waits.
const sendingFor = 3

// sending: an application of this session is on its way and its slip is not out. Its
// person stands there and waits, for the line perhaps; k.mu is held.
func (k *Kiosk) sending(s *session) bool {
	a := s.apply
	if a == nil || !a.owes || a.doing == "" && a.kase.has(hall.SubmitCase, hall.ApplyCase) == nil {
		return false
	}
	return k.Clock().Before(a.sent.Add(sendingFor * time.Duration(k.Config.Kiosk.IdleSeconds) * time.Second))
}

// trouble: a slip of this session has trouble that its person has to read.
func trouble(s *session) bool { return s.phase == phaseTicket && s.notice != nil && !s.asked }

// limiter shuts a door after too many failures within a span, for a while.
type limiter struct {
	max        int
	span, rest time.Duration
	clock      func() time.Time
	fails      []time.Time
	until      time.Time
}

// open says whether another try is allowed now.
func (l *limiter) open() bool { return !l.clock().Before(l.until) }

// fail counts a failure.
func (l *limiter) fail() {
	now := l.clock()
	kept := l.fails[:0]
	for _, t := range l.fails {
		if now.Sub(t) < l.span {
			kept = append(kept, t)
		}
	}
	l.fails = append(kept, now)
	if len(l.fails) >= l.max {
		l.fails, l.until = nil, now.Add(l.rest)
	}
}
