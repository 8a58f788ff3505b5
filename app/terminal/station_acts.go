package terminal

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"hallway/app/hall"
)

// signedIn is a copy of the session, nil when nobody is signed in.
func (s *Station) signedIn() *Session {
	session, _ := s.at.is(s.online(), s.now())
	return session
}

// Staff is who is signed in, "" when nobody is.
func (s *Station) Staff() string {
	if session := s.signedIn(); session != nil {
		return session.Staff
	}
	return ""
}

// stationRoles are the roles of people who work at a station.
var stationRoles = []hall.Role{hall.RoleSignOut, hall.RoleSignIn, hall.RoleCourier}

// SignIn signs a member of staff in through the centre; the token stays here.
// From then on the station needs no line.
func (s *Station) SignIn(ctx context.Context, r SignInRequest) error {
	defer s.show()
	if session := s.signedIn(); session != nil {
		if session.Staff == r.Staff {
			return nil // the page was loaded again
		}
		return Fail(http.StatusConflict, "someone_signed_in", "name", session.Name)
	}
	session, err := s.Centre.SignIn(ctx, r.Staff, r.Password)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(session.Roles, func(have hall.Role) bool { return slices.Contains(stationRoles, have) }) {
		s.release(ctx, session.Token)
		return Fail(http.StatusForbidden, "no_station_role")
	}
	if !s.at.enter(session) {
		s.release(ctx, session.Token)
		return Fail(http.StatusConflict, "someone_signed_in", "name", "")
	}
	s.mu.Lock()
	s.stale = true
	s.mu.Unlock()
	s.Tell()
	s.relist(s.life)
	return nil
}

// SignOut forgets who was signed in, after everything that was scanned so far.
func (s *Station) SignOut(ctx context.Context) error {
	defer s.show()
	token := ""
	err := s.inTurn(ctx, func() error {
		token = s.at.leave()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stale, s.selected = true, ""
		return nil
	})
	s.Tell()
	s.relist(s.life)
	if token != "" && s.online() {
		s.release(ctx, token)
	}
	return err
}

// release tells the centre that a session is over.
func (s *Station) release(ctx context.Context, token string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.Centre.SignOut(ctx, token); err != nil {
		s.Logger.Warn("the centre did not hear of a sign-out; the session ends there by itself", "err", err)
	}
}

// modeAct: may this person scan in a mode here?
func (s *Station) modeAct(session *Session, mode string) Act {
	if session == nil {
		return deny("not_signed_in")
	}
	if _, may := s.actor(session, modeKinds[mode]); !may {
		return s.notHere(session)
	}
	return allow()
}

// notHere says to somebody who may not scan here what to do instead: where this
// person's work is, or who scans.
func (s *Station) notHere(session *Session) Act {
	switch {
	case slices.Contains(session.Roles, hall.RoleSignOut) || slices.Contains(session.Roles, hall.RoleSignIn):
		return deny("officer_elsewhere")
	case s.department != "":
		return deny("courier_department")
	}
	return deny("courier_hall")
}

// SetMode says what the next scans mean. What was scanned before keeps the
// meaning that it had.
func (s *Station) SetMode(_ context.Context, r ModeRequest) error {
	defer s.show()
	if !slices.Contains(modesOf(s.department), r.Mode) {
		return refused(deny("mode_elsewhere"))
	}
	if a := s.modeAct(s.signedIn(), r.Mode); !a.Allowed {
		return refused(a)
	}
	s.at.turn(r.Mode)
	return nil
}

// undoKinds take back what a mode wrote down.
var undoKinds = map[hall.Kind]hall.Kind{hall.SignOut: hall.SignOutUndone, hall.SignIn: hall.SignInUndone}

// Undo takes a scan back (撤销): by the same person at the same station, while
// the batch has not left, or has not been closed.
func (s *Station) Undo(ctx context.Context, r UndoRequest) error {
	defer s.show()
	return s.inTurn(ctx, func() error {
		session := s.signedIn()
		s.mu.Lock()
		e := s.log.byID[hall.OpID(r.Scan)]
		var a Act
		if e != nil {
			a = s.undoAct(session, e)
		}
		s.mu.Unlock()
		if e == nil {
			return Fail(http.StatusNotFound, "scan_unknown")
		}
		if !a.Allowed {
			return refused(a)
		}
		return s.undo(ctx, session, e)
	})
}

func (s *Station) undo(ctx context.Context, session *Session, e *scanned) error {
	kind := undoKinds[e.kind]
	actor, may := s.actor(session, kind)
	if !may {
		return refused(deny("forbidden"))
	}
	var why *Act
	seen, err := s.store.Witness(context.WithoutCancel(ctx), []Draft{{Kind: kind, Entity: e.paper, Actor: actor, Body: hall.UndoScanBody{Scan: e.id}}},
		func(_ int, out hall.Outcome) bool {
			r, _ := scanResult(out.Result)
			switch {
			case r.Fault != "":
				a := deny(r.Fault)
				why = &a
			case out.Status != hall.Applied && !(out.Reason.Code == "unknown_paper" && e.pending):
				// A label that only the writer knows is taken back there.
				why = &Act{Why: &out.Reason}
			}
			return why == nil
		})
	switch {
	case err != nil:
		return s.storeProblem(err, kind)
	case why != nil:
		return refused(*why)
	}
	s.mu.Lock()
	if r, ok := scanResult(seen[0].Out.Result); ok {
		e.custody = r.Custody
	}
	s.log.undoing(e, seen[0].Op.ID)
	s.mu.Unlock()
	return nil
}

// undoAct: may this scan be taken back, as far as the lists tell? The rules are
// asked again when it is. Callers hold mu.
func (s *Station) undoAct(session *Session, e *scanned) Act {
	switch {
	case e.id == "" || e.fault && !e.pending || undoKinds[e.kind] == "":
		return deny("nothing_moved")
	case e.undone:
		return deny("undone")
	case session == nil:
		return deny("not_signed_in")
	case session.Staff != e.staff:
		return deny(hall.FaultUndoOther)
	}
	p, known := s.paper(e.paper)
	if e.kind == hall.SignOut {
		if e.trip != "" && e.trip != s.trip || known && p.Custody != hall.InTransit && p.Custody != hall.Disputed && p.Custody != hall.AtDepartment {
			return deny(hall.FaultUndoTooLate)
		}
		return allow()
	}
	if known && (p.Custody == hall.Filed || p.Custody == hall.InTransitBack || p.Custody == hall.Returned) || s.batchClosed(e) {
		return deny(hall.FaultUndoTooLate)
	}
	return allow()
}

func (s *Station) batchClosed(e *scanned) bool {
	p, known := s.paper(e.paper)
	if !known {
		return false
	}
	b, ok, err := hall.Load[hall.Batch](s.Store.World(), hall.EntityBatch, hall.BatchID(p.Number, p.Department))
	return err == nil && ok && b.Closed
}

// Refuse: the department does not release a paper. The case must go on without
// it, so this waits for its verdict.
func (s *Station) Refuse(ctx context.Context, r RefuseRequest) error {
	defer s.show()
	session := s.signedIn()
	s.mu.Lock()
	p, known := s.paper(r.Paper)
	s.mu.Unlock()
	if !known {
		return Fail(http.StatusNotFound, "paper_unknown")
	}
	v := lister{station: s, session: session}
	if a := v.refuseAct(&p); !a.Allowed {
		return refused(a)
	}
	actor, _ := s.actor(session, hall.RefusePaper)
	err := s.claim(ctx, Draft{Kind: hall.RefusePaper, Entity: p.ID, Actor: actor, Body: hall.RefusePaperBody{Reason: r.Reason}})
	var problem *Problem
	if errors.As(err, &problem) && problem.Reason != nil && problem.Reason.Code == sessionEnded {
		s.at.leave() // the centre no longer knows the session: sign in again
		s.Tell()
	}
	s.listsChanged()
	s.relist(s.life)
	return err
}

// Dismiss takes a refusal off the work list: it was dealt with.
func (s *Station) Dismiss(ctx context.Context, id string) error {
	defer s.show()
	if s.signedIn() == nil {
		return Fail(http.StatusForbidden, "not_signed_in")
	}
	return s.Store.Dismiss(ctx, id)
}

// decode reads a body of this terminal's own.
func decode(raw json.RawMessage, into any) bool { return json.Unmarshal(raw, into) == nil }
