package terminal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"hallway/app/hall"
	"hallway/app/store"
)

// What a code that was read is.
const (
	readLabel  = "label"
	readNumber = "number" // an application number
	readOther  = "other"  // another code of ours: a ticket, an appointment
	readBroken = "damaged"
	readAlien  = "foreign"
	readTyped  = "number_check" // typed with a digit that does not fit
)

// reading is what a scan says.
type reading struct {
	what   string
	label  hall.Label
	number string
}

// readCode tells what a scanned text is. Whatever it is, it is one of the
// constants above; only a label that is whole, and an application number, say
// more.
func readCode(text string) reading {
	label, err := hall.DecodeLabel(text)
	switch {
	case err == nil:
		return reading{what: readLabel, label: label}
	case errors.Is(err, hall.ErrCodeDamaged):
		return reading{what: readBroken}
	}
	number, err := hall.ParseTypedApplicationNumber(text)
	var bad *hall.InputError
	switch {
	case err == nil:
		return reading{what: readNumber, number: number.String()}
	case errors.As(err, &bad) && bad.Code == "application_number_check":
		return reading{what: readTyped}
	}
	_, err = hall.DecodeCode(text)
	switch {
	case err == nil:
		return reading{what: readOther}
	case errors.Is(err, hall.ErrCodeDamaged) || strings.TrimSpace(text) == "":
		return reading{what: readBroken}
	}
	return reading{what: readAlien}
}

// scans deals with a burst: what is a label is written down, all in one
// transaction; then all are shown, in their order.
func (s *Station) scans(ctx context.Context, pieces []piece) {
	entries := make([]*scanned, len(pieces))
	var drafts []Draft
	var of []int // the entry of each draft
	for i, p := range pieces {
		e, d := s.look(p)
		entries[i] = e
		if d != nil {
			drafts, of = append(drafts, *d), append(of, i)
		}
	}
	if len(drafts) > 0 {
		s.witness(ctx, drafts, func(i int) *scanned { return entries[of[i]] })
	}
	s.mu.Lock()
	for _, e := range entries {
		s.log.add(e)
	}
	s.mu.Unlock()
	s.showScans()
}

// look tells what one scan is, and drafts its operation when it is a label that
// somebody may scan here.
func (s *Station) look(p piece) (*scanned, *Draft) {
	now := s.now()
	e := &scanned{at: now.In(hall.Zone), mode: p.mode, result: resultWrong}
	r := reading{what: readBroken}
	if !p.broken {
		r = readCode(p.text)
	}
	switch {
	case p.session == nil:
		e.text = text("not_signed_in")
		return e, nil
	case r.what == readNumber:
		s.selectNumber(e, r.number)
		return e, nil
	case r.what != readLabel:
		e.text = text(r.what)
		return e, nil
	}
	e.paper, e.label, e.staff = r.label.ID(), r.label, p.session.Staff
	kind := modeKinds[p.mode]
	actor, may := s.actor(p.session, kind)
	if !may {
		e.text = text("no_mode", "mode", p.mode)
		return e, nil
	}
	e.kind = kind
	body := hall.ScanBody{Label: hall.EncodeLabel(r.label)}
	if kind == hall.SignOut {
		s.mu.Lock()
		body.Consignment = s.trip
		s.mu.Unlock()
		e.trip = body.Consignment
	}
	return e, &Draft{Kind: kind, Entity: e.paper, Actor: actor, Body: body}
}

// witness writes the drafts down and fills in what the rules make of each.
func (s *Station) witness(ctx context.Context, drafts []Draft, of func(int) *scanned) {
	// A scan that was heard is written down also when the program is stopping.
	ctx = context.WithoutCancel(ctx)
	seen, err := s.store.Witness(ctx, drafts, func(i int, out hall.Outcome) bool { return s.meant(of(i), out) })
	if err != nil {
		code := store.CodeOf(err)
		if code == "" {
			code = store.CodeFailed
		}
		s.Logger.Error("scans could not be written down", "n", len(drafts), "err", err)
		for i := range drafts {
			e := of(i)
			e.id, e.pending, e.result, e.text = "", false, resultWrong, text("not_written", "why", code)
		}
		return
	}
	for i, one := range seen {
		if e := of(i); one.Op.ID != "" {
			e.id, e.at, e.pending = one.Op.ID, one.Op.Stamp.At.In(hall.Zone), true
		}
	}
}

// meant fills in what the rules make of a scan here, and tells whether it is to
// be written down. Not written down are a repetition, which changes nothing, and
// the sign-out of a paper that is certainly not wanted any more: it stays where
// it is.
func (s *Station) meant(e *scanned, out hall.Outcome) bool {
	r, ok := scanResult(out.Result)
	if !ok && out.Status != hall.Noop {
		e.result, e.text = resultWrong, text("refused", "why", out.Reason.Code)
		return out.Status == hall.Applied
	}
	e.take(out.Status, r, true)
	if e.kind == hall.SignOut && out.Status == hall.Applied && r.Return && r.Custody == hall.InTransit {
		e.result, e.text, e.custody = resultWrong, text("withdrawn"), hall.AtDepartment
		return false
	}
	return out.Status == hall.Applied
}

func scanResult(raw json.RawMessage) (hall.ScanResult, bool) {
	var r hall.ScanResult
	if len(raw) == 0 || json.Unmarshal(raw, &r) != nil {
		return r, false
	}
	return r, true
}

// selectNumber puts the batch of an application number in front.
func (s *Station) selectNumber(e *scanned, number string) {
	var ids []string
	for _, d := range s.departments() {
		ids = append(ids, hall.BatchID(number, d))
	}
	found, err := s.store.Batches(s.life, ids...)
	if err != nil && s.life.Err() == nil {
		s.Logger.Error("a batch cannot be read", "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.number, e.text = number, text("unknown_number")
	for _, b := range found {
		if b != nil {
			s.selected, s.stale = b.ID, true
			e.result, e.text = resultOK, text("selected")
			return
		}
	}
}

// actor is who stands behind an operation of a kind; not ok when none of the
// person's roles may do it at a station.
func (s *Station) actor(session *Session, kind hall.Kind) (hall.Actor, bool) {
	a := hall.Actor{Kind: hall.ActorStaff, ID: session.Staff, Session: session.ID}
	for _, r := range session.Roles {
		if hall.May(kind, r, RoleStation) {
			a.Role = r
			return a, true
		}
	}
	return a, false
}
