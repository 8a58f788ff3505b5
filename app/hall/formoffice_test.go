package hall

import (
	"slices"
	"strings"
	"testing"
)

// officeForms is the test hall whose form has a field for each step of the approval;
// that of the review may stay empty until the last step.
func officeForms(t testing.TB) *memory {
	m := newForms(t)
	raw := strings.Replace(refundForm, `"x-rights": {"accept": ["readable", "writable"], "approve": ["readable"]}`, `"x-rights": {"handle": ["readable", "writable"], "review": ["readable"], "approve": ["readable"]}`, 1)
	raw = strings.Replace(raw, `"nights": {"type": "integer", "minimum": 0, `, `"nights": {"type": "integer", "minimum": 0, "x-rights": {"review": ["readable", "writable", "nullable"], "approve": ["readable", "writable"]}, `, 1)
	raw = strings.Replace(raw, `"again": {"type": "boolean", `, `"again": {"type": "boolean", "x-rights": {"approve": ["readable", "writable"]}, `, 1)
	raw = strings.Replace(raw, `"day", "remark"],`, `"day", "remark", "nights", "again"],`, 1)
	m.cat.Items[len(m.cat.Items)-1].Versions[1].Form = parsedForm(t, raw)
	if errs := m.cat.Validate(); len(errs) > 0 {
		t.Fatal(errs)
	}
	return m
}

func (m *memory) officeFills(t testing.TB, id, who string, given ...string) Op {
	t.Helper()
	op := m.in(FillForm, id, office(who), FillFormBody{Edit: m.edit(t, id), Given: given, Digest: "d"})
	op.Sealed = []byte("sealed")
	return op
}

// Each step of the approval fills in its own fields, in its turn, and is not done
// without them; requirements C-52.
func TestOfficeFillsTheFormIn(t *testing.T) {
	m := officeForms(t)
	m.receivedWhole(t, "C")
	m.refuse(t, "form_incomplete", m.accepting(t, "C"))
	m.must(t, m.fill(t, "C", "holder", "account", "amount", "day"))
	m.must(t, m.accepting(t, "C")) // the office's fields are no matter of the clerk's
	m.refuse(t, "step_not_at_window", m.in(ApproveStep, "C", clerk("S1"), ApproveStepBody{Edit: m.edit(t, "C"), Status: StepPassed}))
	m.refuse(t, "case_state", m.fill(t, "C", "holder"))

	m.refuse(t, "form_incomplete", m.stepping(t, "C", "H1", StepPassed))
	m.refuse(t, "right_missing", m.officeFills(t, "C", "R1", "remark"))
	m.refuse(t, "malformed", m.officeFills(t, "C", "H1", "holder"))
	m.refuse(t, "malformed", m.officeFills(t, "C", "H1", "again"))
	stale := m.officeFills(t, "C", "H1", "remark")
	began := m.kase(t, "C")
	m.must(t, m.officeFills(t, "C", "H1", "remark"))
	m.refuse(t, "case_updated", stale)
	c := m.kase(t, "C")
	if c.State != CaseAccepted || c.Approval != nil || len(c.Form) != 2 || c.Form[1].Step != FormHandle || c.Form[1].By != "H1" || c.turnKey() != began.turnKey() || c.Resubmit {
		t.Errorf("%s %+v %+v", c.State, c.Approval, c.Form)
	}
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.must(t, m.stepping(t, "C", "R1", StepPassed)) // may leave it empty
	m.refuse(t, "right_missing", m.officeFills(t, "C", "H1", "again"))
	m.refuse(t, "form_incomplete", m.deciding(t, "C", "A1", DecisionGranted, ""))
	m.must(t, m.officeFills(t, "C", "A1", "again"))
	m.refuse(t, "form_incomplete", m.deciding(t, "C", "A1", DecisionGranted, "")) // what the review left empty
	m.must(t, m.officeFills(t, "C", "A1", "again", "nights"))
	m.must(t, m.deciding(t, "C", "A1", DecisionGranted, ""))
	m.refuse(t, "case_state", m.officeFills(t, "C", "A1", "again"))
	if c := m.kase(t, "C"); !slices.Equal(c.FormGiven(m.cat.Items[len(m.cat.Items)-1].Versions[1].Form), []string{"holder", "account", "amount", "day", "nights", "again", "remark"}) {
		t.Errorf("%+v", c.Form)
	}
}

// A refusal waits for no field, and what the law accepted without its form is not
// held up by what the person or the clerk owed.
func TestOfficeFormHoldsUpNoRefusal(t *testing.T) {
	m := officeForms(t)
	m.deemed(t, "C")
	m.must(t, m.officeFills(t, "C", "H1", "remark"))
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	m.must(t, m.deciding(t, "C", "A1", DecisionDenied, "conditions_not_met"))
}

// Where the window handles, its clerk fills in what the handling asks for.
func TestWindowFillsTheFormIn(t *testing.T) {
	m := officeForms(t)
	m.licence().WindowHandles = true
	m.receivedWhole(t, "C")
	m.must(t, m.fill(t, "C", "holder", "account", "amount", "day"))
	m.must(t, m.accepting(t, "C"))
	m.must(t, m.fill(t, "C", "remark"))
	c := m.kase(t, "C")
	if c.Form[1].Step != FormHandle || m.cat.FormStepOf(c, "S1") != FormHandle || m.cat.FormStepOf(c, "H1") != FormHandle || m.cat.FormStepOf(c, "R1") != FormReview {
		t.Errorf("%+v", c.Form)
	}
}

// A form that has nothing for a step is not filled in there.
func TestFormWithNothingForTheOffice(t *testing.T) {
	m := newForms(t)
	m.receivedWhole(t, "C")
	m.must(t, m.fill(t, "C", "holder", "account", "amount", "day", "remark"))
	m.refuse(t, "case_state", m.officeFills(t, "C", "H1"))
	m.must(t, m.accepting(t, "C"))
	m.refuse(t, "case_state", m.officeFills(t, "C", "H1"))
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	m.must(t, m.deciding(t, "C", "A1", DecisionGranted, ""))
}
