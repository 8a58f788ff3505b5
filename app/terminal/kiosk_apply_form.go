package terminal

import (
	"context"
	"net/http"
	"slices"
	"time"

	"hallway/app/hall"
)

// applyForm is the step of an application in which its form is filled in.
const applyForm = "form"

// typedForm is the form of an open application: what was typed is held in the
// session's memory, and wiped with it.
type typedForm struct {
	heldForm
	texts map[string]string // nil: nothing is known yet
}

// afterOpening is the step that an application stands at: first its form.
func afterOpening(c hall.Case, v hall.ItemVersion) string {
	if v.Form != nil && len(v.Form.Missing(hall.FormApply, c.FormGiven(v.Form))) > 0 {
		return applyForm
	}
	return applyMaterials
}

// beginForm puts what was filled in before, or what a form begins with, into the
// fields; what is not known here the centre is asked for. k.mu is held.
func (k *Kiosk) beginForm(s *session, a *applying, c hall.Case) {
	f := a.version.Form
	if f == nil {
		return
	}
	if theirs := a.form.theirs(c); theirs != a.form.from { // corrected at a counter meanwhile
		a.form.texts, a.form.faults, a.form.from, a.form.tried = nil, nil, theirs, time.Time{}
	}
	if a.form.texts != nil {
		return
	}
	values, known := a.form.merged(c, f)
	switch {
	case len(c.Form) == 0:
		a.form.texts = formDefaults(f, hall.FormApply, k.now(), s.person)
	case known:
		a.form.texts = values.Typed()
	default:
		k.askForm(s, a)
	}
}

// askForm asks the centre for what was filled in before; k.mu is held.
func (k *Kiosk) askForm(s *session, a *applying) {
	centre, can := k.Deps.Applications.(FormCentre)
	if now := k.Clock(); !can || s.person == nil || !a.form.tried.IsZero() && now.Sub(a.form.tried) < applyPoll {
		return
	}
	a.form.tried = k.Clock()
	ask, id := askOf(s), a.id
	k.spawn(func(ctx context.Context) {
		told, err := centre.ApplicationForm(ctx, ask, id)
		if err != nil {
			k.Logger.Debug("the form of an application is not known", "case", id, "err", err)
			return
		}
		k.mu.Lock()
		if k.s == s && s.apply == a {
			a.form.told = told
		}
		k.mu.Unlock()
		k.changed()
	})
}

// ApplyField takes what was typed into one field, and says what is wrong with it.
func (k *Kiosk) ApplyField(_ context.Context, r FormFieldRequest) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	_, a, err := k.applyOpen()
	if err != nil {
		return err
	}
	f := a.version.Form
	if a.step != applyForm || f == nil || a.form.texts == nil || !f.May(r.Field, hall.FormApply, hall.FormWritable) {
		return Fail(http.StatusConflict, "apply_not_open")
	}
	a.form.texts[r.Field] = r.Text
	of := func(fault hall.FormFault) bool { return fault.Field == r.Field }
	a.form.faults = slices.DeleteFunc(a.form.faults, of)
	_, faults := f.Read(hall.FormApply, map[string]string{r.Field: r.Text})
	if i := slices.IndexFunc(faults, of); i >= 0 {
		a.form.faults = append(a.form.faults, faults[i])
	}
	return nil
}

// ApplyFormOpen opens the form again, to change what was filled in.
func (k *Kiosk) ApplyFormOpen(context.Context) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	s, a, err := k.applyOpen()
	if err != nil {
		return err
	}
	w, c, known := k.caseNow(a)
	if !known || a.step != applyMaterials || a.version.Form == nil {
		return Fail(http.StatusConflict, "apply_not_open")
	}
	if act := k.formAct(s, a, w, c); !act.Allowed {
		return refused(act)
	}
	a.step, a.message, a.refused = applyForm, nil, nil
	k.beginForm(s, a, c)
	return nil
}

// ApplyFill fills the form in with what was typed, whole.
func (k *Kiosk) ApplyFill(ctx context.Context) error {
	return k.applyAct(ctx, hall.FillForm, func(s *session, a *applying, w applyWorld, c hall.Case) (applyWrite, error) {
		key, known := k.ownerKey()
		if a.step != applyForm || a.version.Form == nil || !known || a.form.texts == nil {
			return nil, Fail(http.StatusConflict, "apply_not_open")
		}
		if act := k.formAct(s, a, w, c); !act.Allowed {
			return nil, refused(act)
		}
		if a.form.theirs(c) != a.form.from { // never over what one has not seen
			k.beginForm(s, a, c)
			return nil, refused(deny("case_updated"))
		}
		typed := map[string]string{}
		for field, text := range a.form.texts {
			if a.version.Form.May(field, hall.FormApply, hall.FormWritable) {
				typed[field] = text
			}
		}
		fill, err := a.form.fillOf(key, a.id, a.version.Form, hall.FormApply, k.editOf(s, c), typed)
		if err != nil {
			return nil, err
		}
		d := Draft{Kind: hall.FillForm, Entity: a.id, Actor: citizenActor(), Body: fill.body, Sealed: fill.sealed}
		return func(ctx context.Context) (hall.Op, error) { return k.Store.Propose(ctx, d) }, nil
	})
}

// formAct says whether the form can be filled in now; k.mu is held.
func (k *Kiosk) formAct(s *session, a *applying, w applyWorld, c hall.Case) Act {
	body := hall.FillFormBody{Edit: k.editOf(s, c), Given: []string{}, Digest: "sample"}
	return k.mayApplySealed(a, w, hall.FillForm, body, sealedOrNot(body))
}

// formDone reports whether nothing of the form is missing; k.mu is held.
func (k *Kiosk) formDone(a *applying) bool {
	_, c, known := k.caseNow(a)
	return known && afterOpening(c, a.version) == applyMaterials
}

// formView is the form of the open application, nil without one; k.mu is held.
func (k *Kiosk) formView(s *session, a *applying, w applyWorld, c hall.Case) *FormView {
	f := a.version.Form
	if f == nil {
		return nil
	}
	v := newForm(c, f, hall.FormApply)
	v.Fill = k.formAct(s, a, w, c)
	if a.step == applyForm {
		k.beginForm(s, a, c)
		v.Known = a.form.texts != nil
		v.Fields = formFields(f, hall.FormApply, a.form.texts, a.form.faults)
	}
	return v
}
