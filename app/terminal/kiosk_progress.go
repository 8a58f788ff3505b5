package terminal

import (
	"context"
	"errors"
	"net/http"
	"time"

	"hallway/app/hall"
	"hallway/devices"
)

// Steps of the look at one's cases: see KioskProgress.
const (
	progressAsk     = "ask"
	progressReading = "reading"
	progressList    = "list"
)

// phaseProgress of a session: somebody looks at their cases.
const phaseProgress = "progress"

// progressTries: how many passwords one session may try. The centre counts for
// each number and each terminal besides.
const progressTries = 5

// progress is what a session shows of cases. It is wiped with the session.
type progress struct {
	step    string
	by      string // card, number
	number  string // of a receipt that was scanned
	cases   []KioskCase
	print   string
	printed map[string]bool // numbers that a slip was begun for
}

// Progress begins the look at one's own cases (办件进度). Whoever placed a card
// in this session need not place it again.
func (k *Kiosk) Progress(context.Context) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.s; s != nil && s.phase == phaseTicket && !trouble(s) {
		k.wipe() // the slip is out; whoever stands here begins anew
	}
	if k.s == nil {
		k.open("")
	}
	s := k.s
	if s.phase == phasePrinting || s.phase == phaseTicket {
		return Fail(http.StatusConflict, "ticket_taken")
	}
	k.touch()
	if !k.online() {
		k.say(devices.Warn, "progress_offline")
		return nil
	}
	if s.progress == nil {
		s.progress = &progress{step: progressAsk, printed: map[string]bool{}}
	}
	s.phase, s.notice = phaseProgress, nil
	if s.person != nil && s.progress.step == progressAsk {
		k.progressByCard(s)
	}
	return nil
}

// progressByCard asks for the cases of the session's card; k.mu is held.
func (k *Kiosk) progressByCard(s *session) {
	p := s.progress
	s.phase, s.notice = phaseProgress, nil
	p.step, p.by, p.cases = progressReading, "card", nil
	ask := ProgressAsk{DocKind: s.person.DocKind, DocNo: hall.Secret(s.person.DocNo)}
	k.spawn(func(life context.Context) {
		cases, err := k.lookUp(life, ask)
		k.mu.Lock()
		if k.s == s && s.progress == p {
			k.touch()
			switch {
			case err != nil:
				p.step = progressAsk
				code := progressTrouble(err)
				if code != "progress_offline" {
					code = "progress_failed" // a card is no password that can be wrong
				}
				k.say(devices.Warn, code)
			case len(cases) == 0:
				p.step = progressAsk
				k.say(devices.Info, "progress_none")
			default:
				p.step, p.cases, s.phase = progressList, cases, phaseProgress
			}
		}
		k.mu.Unlock()
		k.show()
	})
}

// lookUp asks the centre, when there is a line.
func (k *Kiosk) lookUp(ctx context.Context, ask ProgressAsk) ([]KioskCase, error) {
	if k.Deps.Progress == nil || !k.online() {
		return nil, Fail(http.StatusServiceUnavailable, "progress_offline")
	}
	return k.Deps.Progress.Progress(ctx, ask)
}

// progressTrouble is the code for what stood in the way of a look-up.
func progressTrouble(err error) string {
	var p *Problem
	if !errors.As(err, &p) {
		return "progress_failed"
	}
	switch p.Code {
	case "progress_offline", "progress_locked", "progress_unknown":
		return p.Code
	case "centre_unreachable":
		return "progress_offline"
	}
	return "progress_failed"
}

// ProgressNumber finds a case by its application number and query password.
func (k *Kiosk) ProgressNumber(ctx context.Context, r ProgressRequest) error {
	defer k.show()
	number, err := progressNumberOf(r.Number)
	k.mu.Lock()
	s := k.s
	switch {
	case s == nil || s.progress == nil || s.phase != phaseProgress || s.progress.step == progressReading:
		k.mu.Unlock()
		return Fail(http.StatusConflict, "progress_not_open")
	case s.progressLeft <= 0 || !k.progressDoor.open():
		k.mu.Unlock()
		return Fail(http.StatusTooManyRequests, "progress_locked")
	}
	k.touch()
	if err != nil {
		k.mu.Unlock()
		var form *hall.InputError
		if errors.As(err, &form) {
			return Fail(http.StatusUnprocessableEntity, form.Code)
		}
		return Fail(http.StatusUnprocessableEntity, "application_number_form")
	}
	p := s.progress
	before, beforeBy, beforeCases := p.step, p.by, p.cases
	p.step, p.cases = progressReading, nil
	k.mu.Unlock()
	k.show()

	cases, err := k.lookUp(ctx, ProgressAsk{Number: number, Password: hall.Secret(digits(r.Password))})

	k.mu.Lock()
	defer k.mu.Unlock()
	if k.s != s || s.progress != p {
		return Fail(http.StatusConflict, "session_over")
	}
	k.touch()
	if err == nil && len(cases) > 0 {
		p.step, p.by, p.cases = progressList, "number", cases
		if s.who == "" {
			s.who = "case:" + number // a card from now on is somebody else's until it is said
		}
		return nil
	}
	p.step, p.by, p.cases = before, beforeBy, beforeCases
	return k.wrongPassword(s, err)
}

// progressNumberOf reads a number as it is typed or scanned: an application
// number, or the temporary one of a receipt that was printed without the line.
func progressNumberOf(s string) (string, error) {
	if n, err := hall.ParseTemporaryNumber(s); err == nil {
		return n.String(), nil
	}
	n, err := hall.ParseTypedApplicationNumber(s)
	return n.String(), err
}

// progressCode begins the look at a case with the code of its receipt.
func (k *Kiosk) progressCode(number string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.admit("", arrival{}) {
		return
	}
	s := k.s
	switch {
	case !k.online():
		k.say(devices.Warn, "progress_offline")
		return
	case s.progress == nil:
		s.progress = &progress{printed: map[string]bool{}}
	case s.progress.step == progressReading || s.busy():
		return
	}
	s.phase, s.notice = phaseProgress, nil
	s.progress.step, s.progress.by, s.progress.number, s.progress.cases = progressAsk, "", number, nil
}

// wrongPassword answers a look-up by number that gave nothing; k.mu is held.
func (k *Kiosk) wrongPassword(s *session, err error) error {
	code := "progress_unknown"
	if err != nil {
		code = progressTrouble(err)
	}
	switch code {
	case "progress_unknown":
		s.progressLeft--
		k.progressDoor.fail()
		if s.progressLeft <= 0 || !k.progressDoor.open() {
			return Fail(http.StatusTooManyRequests, "progress_locked")
		}
		return Fail(http.StatusNotFound, code, "left", itoa(s.progressLeft))
	case "progress_locked":
		s.progressLeft = 0
		return Fail(http.StatusTooManyRequests, code)
	}
	if err != nil && code == "progress_failed" {
		k.Logger.Warn("cases could not be looked up", "err", err)
	}
	return Fail(http.StatusServiceUnavailable, code)
}

// progressView is the look at cases as the page shows it; k.mu is held.
func (k *Kiosk) progressView(s *session) *KioskProgress {
	p := s.progress
	if p == nil || s.phase != phaseProgress {
		return nil
	}
	v := &KioskProgress{Step: p.step, By: p.by, Number: p.number, Left: s.progressLeft, Print: p.print, Cases: []KioskCase{}}
	if !k.progressDoor.open() {
		v.Left = 0
	}
	v.May = k.progressPrintAct(p)
	if p.step == progressList {
		for _, c := range p.cases {
			c.Continue, c.Cancel = k.continueActs(p, c)
			c.Reprint = k.reprintAct(p, c)
			v.Cases = append(v.Cases, c)
		}
	}
	return v
}

// progressLimiter shuts the door of a kiosk after many wrong passwords.
func progressLimiter(clock func() time.Time) limiter {
	return limiter{max: 20, span: 15 * time.Minute, rest: 15 * time.Minute, clock: clock}
}
