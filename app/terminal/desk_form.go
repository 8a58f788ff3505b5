package terminal

import (
	"context"
	"slices"
	"time"

	"hallway/app/hall"
)

// placeForm is the form of the case in hand.
const placeForm = "form"

// FillForm fills the form of the case in hand in, whole: what is wrong with what
// was typed is marked, and nothing is written (请检查红色提示框).
func (c *Counter) FillForm(ctx context.Context, r FormRequest) error {
	return c.work(func(k caseState) error {
		if a := c.fillAct(k); !a.Allowed {
			return refused(a)
		}
		key, _ := c.desk.store.OwnerKey()
		edit := c.seen(k)
		c.desk.mu.Lock()
		fill, err := c.desk.form.fillOf(key, k.ID, k.version.Form, fillStep(k), edit, r.Fields)
		c.desk.mu.Unlock()
		if err != nil {
			return err
		}
		return c.sentIf(ctx, placeForm, c.claimSealed(ctx, k, hall.FillForm, fill.body, fill.sealed))
	})
}

// fillStep is the step at which who is signed in would fill the form in.
func fillStep(k caseState) hall.FormStep {
	return k.version.FormStepOf(&k.Case, actorFor(k.staff, hall.FillForm))
}

// fillAct says whether the form can be filled in now.
func (c *Counter) fillAct(k caseState) Act {
	if k.version.Form == nil {
		return deny("no_form")
	}
	if _, known := c.desk.store.OwnerKey(); !known {
		return deny("never_synced")
	}
	body := hall.FillFormBody{Edit: hall.Edit{Version: k.Version}, Given: []string{}, Digest: "sample"}
	if a := c.maySealed(k, hall.FillForm, body, sealedOrNot(body)); !a.Allowed {
		return a
	}
	if _, known := c.formOf(k); !known {
		return deny("form_unknown")
	}
	return allow()
}

// formOf is what was filled in of the form of the case in hand, as far as who is
// signed in may read it; not known while the centre has not told.
func (c *Counter) formOf(k caseState) (hall.FormValues, bool) {
	d := c.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	values, known := d.form.merged(k.Case, k.version.Form)
	if known || d.hand != k.ID || k.staff == nil || !c.online() {
		return values, known
	}
	centre, can := d.centre.(FormCentre)
	if now := c.Clock(); can && (d.form.tried.IsZero() || now.Sub(d.form.tried) > 10*time.Second) {
		d.form.tried = now
		id, token := k.ID, k.staff.Token
		c.spawn(func(ctx context.Context) { c.fetchForm(ctx, centre, id, token) })
	}
	return values, false
}

func (c *Counter) fetchForm(ctx context.Context, centre FormCentre, id, token string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	told, err := centre.CaseForm(ctx, id, token)
	if err != nil {
		c.Logger.Debug("the form of a case is not known", "case", id, "err", err)
		return
	}
	c.desk.mu.Lock()
	if c.desk.hand == id {
		c.desk.form.told, c.desk.form.tried = told, time.Time{}
	}
	c.desk.mu.Unlock()
	c.changed()
}

// formView is the form of the case in hand, nil without one.
func (c *Counter) formView(k caseState) *FormView {
	f := k.version.Form
	if f == nil || k.staff == nil {
		return nil
	}
	step := k.cat.FormStepOf(k.Case, k.staff.Staff)
	v := newForm(k.Case, f, step)
	values, known := c.formOf(k)
	v.Known, v.Fill = known, c.fillAct(k)
	if v.Fill.Allowed {
		step = fillStep(k)
	}
	texts := values.Typed()
	if len(k.Form) == 0 && step == hall.FormAccept {
		var owner *hall.PersonSealed
		if who := c.personOf(k.ID, k.staff); who != nil {
			owner = &who.PersonSealed
		}
		texts = formDefaults(f, step, k.now, owner)
	}
	c.desk.mu.Lock()
	faults := slices.Clone(c.desk.form.faults)
	c.desk.mu.Unlock()
	v.Fields = formFields(f, step, texts, faults)
	return v
}
