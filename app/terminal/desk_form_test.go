package terminal

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/app/print"
)

// CaseForm implements FormCentre.
func (d *deskCentre) CaseForm(context.Context, string, string) (map[hall.OpID]hall.FormValues, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.forms, d.err
}

// ApplicationForm implements FormCentre.
func (d *deskCentre) ApplicationForm(context.Context, ProgressAsk, string) (map[hall.OpID]hall.FormValues, error) {
	return nil, d.err
}

func formRig(t *testing.T) *deskRig {
	w := newWorld()
	w.cat = withForm(t, deskCatalogue(), "simple")
	r := newDeskRig(t, w, &clock{t: at("10:00")}, "1", func(r *deskRig) {
		r.pdf = func() (*print.PDF, error) { return print.OpenPDF(fontsOfTests(t)) }
	})
	r.begun("simple")
	return r
}

// The form begins with what is known, tells what is wrong with it, and only whole
// lets the case be accepted.
func TestFormAtTheCounter(t *testing.T) {
	r := formRig(t)
	r.originals("M01")
	v := r.kase().Form
	if holder := formField(t, v, "holder"); v.Done || !v.Known || !v.Fill.Allowed || holder.Text != nameZhang || !holder.Required || !holder.Writable {
		t.Fatalf("%+v", v)
	}
	if day, kind := formField(t, v, "day"), formField(t, v, "kind"); day.Text != testDay || day.Kind != hall.FormDate || kind.Kind != hall.FormChoice || len(kind.Choices) != 2 || kind.Required {
		t.Errorf("%+v %+v", day, kind)
	}
	if k := r.kase(); k.Acts.Accept.Allowed || k.Acts.Accept.Why.Code != "form_incomplete" || k.Acts.PrintForm.Why.Code != "paper_not_now" {
		t.Errorf("%+v %+v", k.Acts.Accept, k.Acts.PrintForm)
	}
	if code := codeOf(t, r.AcceptCase(r.ctx)); code != "refused_now/form_incomplete" {
		t.Errorf("without a form: %q", code)
	}
	r.must(r.KeepDraft(r.ctx, DraftRequest{Place: placeForm, Ticket: r.View().Current.ID, Fields: map[string]string{"account": bankAccount}}))
	if got := r.desk1().Draft.Places[placeForm]["account"]; got != bankAccount {
		t.Errorf("what was typed is not kept: %q", got)
	}
	if code := codeOf(t, r.FillForm(r.ctx, FormRequest{Fields: map[string]string{"holder": nameZhang, "account": "62", "amount": "1.005"}})); code != "form_wrong" {
		t.Errorf("wrong: %q", code)
	}
	want := map[string]string{"holder": "", "account": "pattern", "amount": "multiple", "day": "required", "checked": "required"}
	for key, code := range want {
		got := ""
		if f := formField(t, r.kase().Form, key); f.Fault != nil {
			got = f.Fault.Code
		}
		if got != code {
			t.Errorf("%s is told %q, want %q", key, got, code)
		}
	}
	if len(r.w.kinds(hall.FillForm)) != 0 {
		t.Fatal("a wrong form was written")
	}
	r.must(r.FillForm(r.ctx, FormRequest{Fields: map[string]string{"holder": nameZhang, "account": bankAccount, "amount": "120.50", "day": "2026-07-01", "checked": "true"}}))
	v = r.kase().Form
	if account := formField(t, v, "account"); !v.Done || v.Filled.IsZero() || account.Text != bankAccount || account.Fault != nil {
		t.Errorf("%+v", v)
	}
	if d := r.desk1().Draft; d != nil && len(d.Places[placeForm]) > 0 {
		t.Error("what was sent is kept as typed")
	}
	ops := r.w.kinds(hall.FillForm)
	if len(ops) != 1 || len(ops[0].Sealed) == 0 || strings.Contains(string(ops[0].Body), bankAccount) || strings.Contains(r.log.String(), bankAccount) {
		t.Errorf("the form stands in the clear: %s", ops[0].Body)
	}
	r.must(r.PrintPaper(r.ctx, PrintRequest{Paper: paperForm}))
	r.until("the form on paper", func(v DeskView) bool { return len(v.Prints) == 1 && v.Prints[0].Outcome == "confirmed" })
	r.must(r.AcceptCase(r.ctx))
	if k := r.kase(); k.State != hall.CaseAccepted || k.Form.Fill.Allowed || k.Form.Fill.Why.Code != "case_state" {
		t.Errorf("%s %+v", k.State, k.Form.Fill)
	}
}

// What was filled in elsewhere is asked of the centre, and cannot be written over
// before it is known.
func TestFormThatWasFilledInElsewhere(t *testing.T) {
	r := formRig(t)
	r.must(r.FillForm(r.ctx, FormRequest{Fields: map[string]string{"holder": nameZhang, "account": bankAccount, "amount": "1", "day": "2026-07-01", "checked": "false"}}))
	id, op := r.kase().ID, r.w.kinds(hall.FillForm)[0].ID
	r.must(r.LeaveCase(r.ctx)) // what is known of it goes
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: id}))
	if v := r.kase().Form; v.Known || v.Fill.Allowed || v.Fill.Why.Code != "form_unknown" || formField(t, v, "account").Text != "" {
		t.Errorf("%+v", v)
	}
	r.centre.mu.Lock()
	r.centre.forms = map[hall.OpID]hall.FormValues{op: {"account": json.RawMessage(`"` + bankAccount + `"`), "amount": json.RawMessage("1")}}
	r.centre.mu.Unlock()
	eventually(t, "the form", func() bool {
		r.clock.add(1_000_000_000)
		v := r.kase().Form
		return v.Known && v.Fill.Allowed && formField(t, v, "account").Text == bankAccount && formField(t, v, "amount").Text == "1"
	})
	r.must(r.LeaveCase(r.ctx))
	if strings.Contains(everythingIn(t, r.desk1()), bankAccount) {
		t.Error("what was filled in stays with the desk")
	}
}

// A form has a field for the review: who reviews sees what was filled in before, owes
// theirs before the step is done, and nobody else is asked for it.
func TestFormAtTheOffice(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	schema := strings.Replace(refundSchema, `"x-rights": {"accept": ["readable", "writable"]}`, `"x-rights": {"review": ["readable", "writable"], "approve": ["readable"]}`, 1)
	r.w.mu.Lock()
	cat := *r.w.cat
	cat.Items = slices.Clone(cat.Items)
	for i := range cat.Items {
		cat.Items[i].Versions = slices.Clone(cat.Items[i].Versions)
	}
	r.w.cat = withSchema(t, &cat, "simple", schema)
	r.w.mu.Unlock()
	id := r.begun("simple")
	r.originals("M01")
	r.must(r.FillForm(r.ctx, FormRequest{Fields: map[string]string{"holder": nameZhang, "account": bankAccount, "amount": "120.50", "day": "2026-07-01"}}))
	r.must(r.AcceptCase(r.ctx))
	r.pass("材料齐全")
	if v := r.kase().Form; v.Fill.Allowed || formField(t, v, "checked").Writable {
		t.Errorf("the window fills in what is the review's: %+v", v)
	}
	r.finished()
	fills := r.w.kinds(hall.FillForm)
	r.centre.mu.Lock()
	r.centre.forms = map[hall.OpID]hall.FormValues{fills[0].ID: {"account": json.RawMessage(`"` + bankAccount + `"`)}}
	r.centre.mu.Unlock()
	r.as("4002", id)
	r.until("what was filled in", func(v DeskView) bool { return v.Case.Form.Known && v.Case.Form.Fill.Allowed })
	v := r.kase().Form
	if checked, account := formField(t, v, "checked"), formField(t, v, "account"); v.Done || !checked.Writable || !checked.Required || account.Writable || account.Text != bankAccount {
		t.Errorf("%+v", v)
	}
	if o := r.kase().Office; o.Acts.Pass.Allowed || o.Acts.Pass.Why.Code != "form_incomplete" {
		t.Errorf("%+v", o.Acts.Pass)
	}
	if code := codeOf(t, r.FillForm(r.ctx, FormRequest{Fields: map[string]string{"account": bankAccount, "checked": "true"}})); code != "form_wrong" {
		t.Errorf("what another step wrote: %q", code)
	}
	r.must(r.FillForm(r.ctx, FormRequest{Fields: map[string]string{"checked": "true"}}))
	if v := r.kase().Form; !v.Done || formField(t, v, "checked").Text != "true" {
		t.Errorf("%+v", v)
	}
	r.pass("同意")
	if v := r.as("4003", id).Form; v.Fill.Allowed {
		t.Errorf("filled in after its step: %+v", v.Fill)
	}
}
