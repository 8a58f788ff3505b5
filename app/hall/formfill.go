package hall

import (
	"slices"
	"strings"
)

// FillFormBody says that the form was filled in. The values are the sealed part
// (FormSealed), which no rule can look into: the terminal checks them against the
// form, the writer checks by Given that a step has written what it may and, at the
// acceptance, that nothing is missing. Whoever opens the sealed part holds it
// against Given and Digest.
type FillFormBody struct {
	Edit
	Given  []string `json:"given"`  // fields with a value, in the form's order
	Digest string   `json:"digest"` // of the values, keyed by the hall's long key
}

// FormSealed is the sealed part of FillForm.
type FormSealed struct {
	Fields FormValues `json:"fields"`
}

// FormStepOf is the step at which an actor fills a form in.
func FormStepOf(a Actor) FormStep {
	if a.Kind == ActorStaff {
		return FormAccept
	}
	return FormApply
}

// FormStepOf is the step at which a member of staff sees the form of a case:
// before the acceptance, or without a step of the approval, as its clerk.
func (c *Catalogue) FormStepOf(one Case, staff string) FormStep {
	s, _ := c.StaffByID(staff)
	if one.State.BeforeAcceptance() {
		return FormAccept
	}
	for _, by := range []struct {
		right Right
		step  FormStep
	}{{RightApproveCases, FormApprove}, {RightReviewCases, FormReview}, {RightHandleCases, FormHandle}} {
		if slices.Contains(s.Rights, by.right) {
			return by.step
		}
	}
	return FormAccept
}

// fillForm writes down that the form was filled in (保存表单), whole or in part:
// only an acceptance and a submission ask for all of it. A case that waits must be
// submitted again.
func (d *decision) fillForm(body FillFormBody) error {
	c, ok, err := d.caseToEdit(body.Edit, RightEditCases)
	if !ok || err != nil {
		return err
	}
	version, _ := d.version(c)
	f, step := version.Form, FormStepOf(d.op.Actor)
	switch {
	case !c.State.Editable() && !(c.Deemed && c.Awaits()): // what the law accepted without it may still come
		d.reject("case_state", "state", string(c.State))
		return nil
	case f == nil:
		d.reject("no_form")
		return nil
	case len(d.op.Sealed) == 0 || len(body.Digest) == 0 || len(body.Digest) > 128:
		d.reject("malformed", "what", "form")
		return nil
	}
	for i, field := range body.Given {
		if !f.May(field, step, FormWritable) || slices.Contains(body.Given[:i], field) {
			d.reject("malformed", "what", "form")
			return nil
		}
	}
	fill := FormFill{Step: step, At: d.now, By: d.op.Actor.ID, SealedIn: d.op.ID, Given: body.Given, Digest: body.Digest}
	if step == FormApply {
		fill.By = ""
	}
	if fill.Given == nil {
		fill.Given = []string{}
	}
	c.Form = append(slices.DeleteFunc(c.Form, func(x FormFill) bool { return x.Step == step }), fill)
	d.changed(&c)
	return d.putCase("case.form_filled", c)
}

// formOpen names what is still missing of a case's form at a step, or is an empty
// Text; requirements B-51, C-54.
func (d *decision) formOpen(c *Case, step FormStep) Text {
	version, _ := d.version(*c)
	if version.Form == nil {
		return Text{}
	}
	missing := version.Form.Missing(step, c.FormGiven(version.Form))
	if len(missing) == 0 {
		return Text{}
	}
	return text("form_incomplete", "fields", strings.Join(missing, " "))
}
