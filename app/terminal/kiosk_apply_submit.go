package terminal

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"hallway/app/hall"
)

// submitAct says whether the application can be submitted now: with the line, or
// without it when no department is needed. k.mu is held.
func (k *Kiosk) submitAct(s *session, a *applying, w applyWorld, c hall.Case) Act {
	if brought := k.mustBring(a, c); brought != "" {
		return deny("bring_to_counter", "materials", brought)
	}
	return k.submitActBy(s, a, w, c)
}

// submitActBy is submitAct whatever is to be brought to the counter; k.mu is held.
func (k *Kiosk) submitActBy(s *session, a *applying, w applyWorld, c hall.Case) Act {
	kind, body := k.submitOf(s, a, c, w.online)
	asked := func(m hall.Material) bool { return m.Ask.Op != "" }
	switch offline := kind == hall.ApplyCase; {
	case offline && c.State != hall.CaseDraft:
		return deny("offline")
	case offline && (c.Sharing() || slices.ContainsFunc(c.Materials, asked)):
		return deny("offline_sharing")
	case !offline && c.State == hall.CaseDraft && k.applyStore().ApplicationNumbers() == 0:
		return deny("no_numbers")
	}
	return k.mayApply(a, w, kind, body)
}

// mustBring lists the required materials that are still open and that the person
// wants to bring to the counter: there the application goes on.
func (k *Kiosk) mustBring(a *applying, c hall.Case) string {
	var keys []string
	for _, m := range c.Materials {
		if m.Required && m.Open() && a.bring[m.Key] {
			keys = append(keys, m.Key)
		}
	}
	return strings.Join(keys, " ")
}

// submitOf is the operation that would submit the case now, with a sample number.
func (k *Kiosk) submitOf(s *session, a *applying, c hall.Case, online bool) (hall.Kind, any) {
	n := hall.NumberBody{}
	if cat := k.catalogue(); cat != nil && c.State == hall.CaseDraft {
		n = hall.NumberBody{Number: cat.SampleNumber(c), Lease: "sample"}
	}
	if online {
		return hall.SubmitCase, hall.SubmitCaseBody{Edit: k.editOf(s, c), NumberBody: n}
	}
	return hall.ApplyCase, n
}

// ApplySubmit submits the application (申办). Pressed twice, it is submitted once.
func (k *Kiosk) ApplySubmit(ctx context.Context, r ApplySubmitRequest) error {
	err := k.applyAct(ctx, hall.SubmitCase, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		if a.kase.has(hall.SubmitCase, hall.ApplyCase) != nil || a.step == applyDone {
			return nil, nil // pressed twice
		}
		if act := k.submitActBy(s, a, w, c); !act.Allowed {
			return nil, refused(act)
		}
		a.locale = r.Locale
		kind, _ := k.submitOf(s, a, c, w.online)
		edit := k.editOf(s, c)
		if c.State != hall.CaseDraft { // it has its number
			d := Draft{Kind: kind, Entity: a.id, Actor: citizenActor(), Body: hall.SubmitCaseBody{Edit: edit}}
			return func(ctx context.Context) (hall.Op, error) { return k.Store.Propose(ctx, d) }, nil
		}
		a.owes, a.sent = true, k.Clock()
		d := NumberedDraft{Kind: kind, Case: a.id, Nature: a.version.Nature, Actor: citizenActor(), Edit: edit}
		return func(ctx context.Context) (hall.Op, error) {
			n, err := k.applyStore().ProposeNumbered(ctx, d)
			return n.Op, err
		}, nil
	})
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.s; s != nil && s.apply != nil && s.phase == phaseApply {
		if act := s.apply.kase.has(hall.ApplyCase); act != nil && s.apply.step == applyMaterials {
			t := text("applied")
			s.apply.step, s.apply.message = applyDone, &t
			k.slipOnce(s, s.apply)
		}
	}
	return nil
}

// ApplyCancel cancels an application, after the question whether to (取消).
func (k *Kiosk) ApplyCancel(ctx context.Context, r ApplyCancelRequest) error {
	if !r.Confirmed {
		return Fail(http.StatusConflict, "confirm_needed")
	}
	s, a, err := k.openNamed(ctx, r.Case)
	if err != nil {
		return err
	}
	defer k.show()
	return k.applyTo(ctx, s, a, hall.CancelCase, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		if c.State == hall.CaseWithdrawn {
			return nil, nil // pressed twice
		}
		return k.applyClaim(a, w, hall.CancelCase, hall.CancelCaseBody{Edit: k.editOf(s, c), Reason: "applicant_withdrew"})
	})
}
