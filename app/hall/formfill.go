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

// formSteps are the steps of a form at those of an approval.
var formSteps = map[int]FormStep{StepHandle: FormHandle, StepReview: FormReview, StepApprove: FormApprove}

// FormStepOf is the step at which an actor would fill the form of a case in: who
// decides cases, and a clerk where the window handles, at the step of the approval
// that the case has come to, if the form has anything for it.
func (v ItemVersion) FormStepOf(c *Case, a Actor) FormStep {
	at, _ := c.turn()
	step := formSteps[at]
	switch {
	case a.Kind != ActorStaff:
		return FormApply
	case caseMay("15", c.State) && v.Form.writes(step) && (a.Role == RoleApprover || v.WindowHandles && step == FormHandle):
		return step
	}
	return FormAccept
}

// FormStepOf is the step at which a member of staff sees the form of a case: before
// the acceptance, or without a step of the approval, as its clerk; at the step that
// the case has come to when that may be theirs.
func (c *Catalogue) FormStepOf(one Case, staff string) FormStep {
	s, _ := c.StaffByID(staff)
	if one.State.BeforeAcceptance() {
		return FormAccept
	}
	it, _ := c.Item(one.Item)
	version, _ := it.Version(one.ItemVersion)
	if at, _ := one.turn(); caseMay("15", one.State) && version.takes(s, at) && version.Form.writes(formSteps[at]) {
		return formSteps[at]
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

// formToFill is the case whose form is filled in, and at which step; not ok when that
// settles it. After the acceptance it is for whose turn it is at the step, in the
// fields that the form gives it (requirements C-52); what the law accepted without its
// form may still come.
func (d *decision) formToFill(e Edit) (c Case, step FormStep, ok bool, err error) {
	if c, ok, err = d.theCase(); !ok || err != nil {
		return c, "", false, err
	}
	version, _ := d.version(c)
	step = version.FormStepOf(&c, d.op.Actor)
	if slices.Contains(officeSteps, step) {
		begun := c.Approval != nil
		if c, ok, err = d.officeCase(e, "15"); !ok || err != nil || d.settled(d.notMine(&c, c.Approval.At)) {
			return c, step, false, err
		}
		if !begun {
			c.Approval = nil // a form is no step
		}
		return c, step, true, nil
	}
	if d.op.Actor.Role == RoleApprover {
		d.reject("case_state", "state", string(c.State))
		return c, step, false, nil
	}
	if ok, err = d.mayEdit(c, e, RightEditCases); ok && !c.State.Editable() && !(c.Deemed && c.Awaits()) {
		d.reject("case_state", "state", string(c.State))
		return c, step, false, err
	}
	return c, step, ok, err
}

// fillForm writes down that the form was filled in (保存表单), whole or in part:
// only an acceptance, a submission, and a step of the approval that is done ask for
// all of it. A case that waits must be submitted again.
func (d *decision) fillForm(body FillFormBody) error {
	c, step, ok, err := d.formToFill(body.Edit)
	if !ok || err != nil {
		return err
	}
	version, _ := d.version(c)
	f := version.Form
	switch {
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
	return incomplete(version.Form.Missing(step, c.FormGiven(version.Form)))
}

// incomplete names the fields that are missing, or is an empty Text.
func incomplete(fields []string) Text {
	if len(fields) == 0 {
		return Text{}
	}
	return text("form_incomplete", "fields", strings.Join(fields, " "))
}

// officeFormOpen names what the office has still to write into a case's form before a
// step of the approval is done, or is an empty Text.
func (d *decision) officeFormOpen(c *Case, step int) Text {
	version, _ := d.version(*c)
	if version.Form == nil {
		return Text{}
	}
	given := c.FormGiven(version.Form)
	return incomplete(slices.DeleteFunc(version.Form.OfficeNeeds(formSteps[step]), func(field string) bool { return slices.Contains(given, field) }))
}
