package terminal

import (
	"context"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	wire "hallway/sync"
)

// Results of a scan.
const (
	resultOK     = "ok"
	resultAgain  = "again"
	resultWrong  = "wrong"
	resultReturn = "return"
)

// scansShown is how many scans a view lists; scansKept, how many can still be
// taken back from the page.
const (
	scansShown = 30
	scansKept  = 2000
)

// scanned is one scan of this terminal.
type scanned struct {
	id      hall.OpID // empty: nothing was written down
	at      time.Time
	mode    string
	kind    hall.Kind
	paper   string
	label   hall.Label
	number  string // when it was one
	staff   string
	trip    string
	result  string
	text    hall.Text
	custody hall.Custody
	pending bool
	fault   bool // it moves nothing
	undo    hall.OpID
	undone  bool
	undoing bool   // the undo has no verdict yet
	kept    string // code: why the undo was refused
}

// take fills in what a scan means. here: by this terminal's own rules, before
// the verdict; a label that is not known then may be known to the writer.
func (e *scanned) take(status hall.VerdictStatus, r hall.ScanResult, here bool) {
	e.custody, e.fault = r.Custody, r.Fault != ""
	switch {
	case status == hall.Noop:
		e.result, e.text = resultAgain, text("again")
	case here && r.Fault == hall.FaultUnknownLabel:
		e.result, e.text = resultWrong, text("unknown_here")
	case r.Fault != "":
		e.result, e.text = resultWrong, text("fault."+r.Fault)
	default:
		e.settle(r.Custody, r.Return)
	}
}

// settle tells what a scan without a fault means by who holds the paper now.
func (e *scanned) settle(custody hall.Custody, goesBack bool) {
	e.custody = custody
	switch {
	case custody == hall.Disputed:
		e.result, e.text = resultWrong, text("disputed")
	case custody == hall.Unverified && e.kind == hall.SignIn:
		e.result, e.text = resultWrong, text("not_signed_out")
	case custody == hall.Unverified:
		e.result, e.text = resultWrong, text("unverified")
	case goesBack && (e.kind == hall.SignIn || e.kind == hall.SignOut):
		e.result, e.text = resultReturn, text("return")
	default:
		e.result, e.text = resultOK, text("done."+e.mode)
	}
}

// scanLog is what was scanned here today, newest last.
type scanLog struct {
	all     []*scanned
	byID    map[hall.OpID]*scanned
	waiting map[hall.OpID]*scanned // scans and undos without a verdict
	today   int
	day     string
}

func newScanLog() scanLog {
	return scanLog{byID: map[hall.OpID]*scanned{}, waiting: map[hall.OpID]*scanned{}}
}

func (l *scanLog) add(e *scanned) {
	if day := hall.DayOf(e.at); day != l.day {
		l.day, l.today = day, 0
	}
	l.all = append(l.all, e)
	if len(l.all) > 2*scansKept {
		for _, old := range l.all[:scansKept] {
			delete(l.byID, old.id)
		}
		l.all = append([]*scanned(nil), l.all[scansKept:]...)
	}
	if e.id == "" {
		return
	}
	l.byID[e.id] = e
	l.today++
	if e.pending {
		l.waiting[e.id] = e
	}
}

// newest are the latest n, newest first.
func (l *scanLog) newest(n int) []*scanned {
	n = min(n, len(l.all))
	out := make([]*scanned, n)
	for i := range n {
		out[i] = l.all[len(l.all)-1-i]
	}
	return out
}

// modeOf is the mode that writes a kind down.
func modeOf(kind hall.Kind) string {
	for mode, k := range modeKinds {
		if k == kind {
			return mode
		}
	}
	return ""
}

// restore shows again what this terminal scanned today, and goes on with the
// trip that was being loaded. Who was signed in is not kept: after a restart
// they sign in again.
func (s *Station) restore(ctx context.Context) {
	now := s.now().In(hall.Zone)
	since := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, hall.Zone)
	own, err := s.store.Recent(ctx, since, scansKept, hall.SignOut, hall.SignIn, hall.ReturnOut, hall.ReturnIn, hall.FilePaper,
		hall.SignOutUndone, hall.SignInUndone)
	if err != nil {
		s.Logger.Error("what was scanned before the restart cannot be read", "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(own) - 1; i >= 0; i-- {
		s.restoreOne(own[i])
	}
	s.restoreTrip(ctx, now)
	s.restorePrints(ctx, since)
}

func (s *Station) restoreOne(o store.Own) {
	op := o.Op
	if op.Kind == hall.SignOutUndone || op.Kind == hall.SignInUndone {
		var body hall.UndoScanBody
		if decode(op.Body, &body) {
			if e := s.log.byID[body.Scan]; e != nil {
				s.log.undoing(e, op.ID)
				s.log.tell(op.ID, o.Verdict)
			}
		}
		return
	}
	label, ok := hall.LabelOfPaper(op.Entity)
	if !ok {
		return
	}
	var body hall.ScanBody
	decode(op.Body, &body)
	e := &scanned{id: op.ID, at: op.Stamp.At.In(hall.Zone), mode: modeOf(op.Kind), kind: op.Kind, paper: op.Entity, label: label,
		staff: op.Actor.ID, trip: body.Consignment, pending: true}
	e.take(hall.Applied, s.seenHere(op), true)
	s.log.add(e)
	s.log.tell(op.ID, o.Verdict)
}

// seenHere is what a scan without a verdict means by the overlay.
func (s *Station) seenHere(op hall.Op) hall.ScanResult {
	p, known, err := hall.Load[hall.Paper](s.Store.World(), hall.EntityPaper, op.Entity)
	if err != nil {
		s.Logger.Error("a paper cannot be read", "paper", op.Entity, "err", err)
	}
	if !known {
		return hall.ScanResult{Paper: op.Entity, Fault: hall.FaultUnknownLabel}
	}
	r := hall.ScanResult{Paper: p.ID, Number: p.Number, Material: p.Material, Custody: p.Custody, Return: p.GoesBack()}
	for _, o := range p.Seen {
		if o.Op == op.ID {
			r.Fault = o.Fault
		}
	}
	return r
}

// undoing notes that a scan is being taken back.
func (l *scanLog) undoing(e *scanned, undo hall.OpID) {
	e.undo, e.undone, e.undoing = undo, true, true
	l.waiting[undo] = e
}

// tell takes a verdict in; nil is none yet.
func (l *scanLog) tell(id hall.OpID, v *wire.Verdict) {
	e := l.waiting[id]
	if v == nil || e == nil {
		return
	}
	delete(l.waiting, id)
	r, ok := scanResult(v.Result)
	refused := v.Status == hall.Rejected || v.Status == hall.RejectedDependency
	if id == e.undo {
		e.undoing = false
		if refused || r.Fault != "" {
			code := v.Reason.Code
			if r.Fault != "" {
				code = r.Fault
			}
			e.undone, e.undo, e.kept = false, "", code
			e.text = text("undo_refused", "why", code)
		} else if ok {
			e.custody = r.Custody
		}
		return
	}
	e.pending = false
	switch {
	case refused:
		e.result, e.fault, e.text = resultWrong, true, text("refused", "why", v.Reason.Code)
	case ok:
		e.take(v.Status, r, false)
	}
	if e.kept != "" { // its undo was heard of first
		e.text = text("undo_refused", "why", e.kept)
	}
}

// followed is how many verdicts are read at a time, so that a long outbox does
// not hold the view up when the line returns.
const followed = 200

// follow takes the verdicts in that have come.
func (s *Station) follow(ctx context.Context) {
	s.mu.Lock()
	var ids []hall.OpID
	for id := range s.log.waiting {
		if !s.store.Waits(id) {
			ids = append(ids, id)
		}
	}
	s.mu.Unlock()
	if len(ids) > followed {
		ids = ids[:followed]
		s.changed()
	}
	for _, id := range ids {
		v, ok, err := s.store.Verdict(ctx, id)
		if err != nil {
			s.Logger.Error("a verdict cannot be read", "op", id, "err", err)
		}
		if !ok || err != nil {
			continue
		}
		s.mu.Lock()
		s.log.tell(id, &v)
		s.mu.Unlock()
	}
}
