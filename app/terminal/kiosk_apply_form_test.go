package terminal

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/devices/printer"
)

// CaseForm implements FormCentre.
func (d *applicationDesk) CaseForm(context.Context, string, string) (map[hall.OpID]hall.FormValues, error) {
	return nil, nil
}

// ApplicationForm implements FormCentre: what the test says was filled in.
func (d *applicationDesk) ApplicationForm(context.Context, ProgressAsk, string) (map[hall.OpID]hall.FormValues, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.forms, d.err
}

func formStall(t *testing.T) *stall {
	return newStallOf(t, withForm(t, applyCatalogue(), "photo"))
}

// toForm goes to the form of the application.
func (s *stall) toForm() KioskApply {
	s.t.Helper()
	s.must(s.Apply(s.t.Context(), ApplyRequest{Item: "photo"}))
	s.must(s.ApplyStart(s.t.Context()))
	if s.View().Session.Apply.Step == applyIdentify {
		s.place(docZhang)
	}
	return s.shows("the form", func(v KioskApply) bool {
		return v.Step == applyForm && v.State != "" && !v.Waiting && v.Form.Known && v.Form.Fill.Allowed
	})
}

// One field after the other, each told what is wrong with it; what is whole goes on
// to the materials, and what was typed is gone with the person.
func TestFormAtTheKiosk(t *testing.T) {
	s := formStall(t)
	ctx := t.Context()
	s.must(s.Apply(ctx, ApplyRequest{Item: "photo"}))
	if v := s.step(applyNeeds); !v.Item.Form || v.Form != nil {
		t.Fatalf("%+v", v)
	}
	s.must(s.ApplyPrint(ctx, ApplyPrintRequest{What: "form"}))
	s.shows("the blank form", func(v KioskApply) bool { return v.Slip == string(printer.Confirmed) })
	if paper := words(s.printer); !strings.Contains(paper, "账号 *") || !strings.Contains(paper, "□ 门诊") || !strings.Contains(paper, "10 到 19 位") || strings.Contains(paper, "已核对") {
		t.Errorf("the blank form says %s", paper)
	}
	v := s.toForm()
	if holder, day := formField(t, v.Form, "holder"), formField(t, v.Form, "day"); holder.Text != nameZhang || day.Text != hall.DayOf(s.clock.now()) || v.Form.Done {
		t.Errorf("%+v", v.Form)
	}
	if formField(t, v.Form, "checked").Key != "" {
		t.Error("the clerk's field is shown to the person")
	}
	for _, x := range []struct{ field, text, fault string }{
		{"account", "62", "pattern"}, {"amount", "abc", "number"}, {"account", bankAccount, ""}, {"amount", "88.80", ""}, {"day", "2026-13-01", "date"}, {"day", "2026-07-01", ""},
	} {
		s.must(s.ApplyField(ctx, FormFieldRequest{Field: x.field, Text: x.text}))
		got := ""
		if f := formField(t, s.View().Session.Apply.Form, x.field); f.Fault != nil {
			got = f.Fault.Code
		}
		if got != x.fault {
			t.Errorf("%s %s: %q, want %q", x.field, x.text, got, x.fault)
		}
	}
	if code := codeOf(t, s.ApplyField(ctx, FormFieldRequest{Field: "checked", Text: "true"})); code != "apply_not_open" {
		t.Errorf("the clerk's field: %q", code)
	}
	s.must(s.ApplyField(ctx, FormFieldRequest{Field: "holder"}))
	if code := codeOf(t, s.ApplyFill(ctx)); code != "form_wrong" {
		t.Errorf("without a name: %q", code)
	}
	s.must(s.ApplyField(ctx, FormFieldRequest{Field: "holder", Text: nameZhang}))
	s.must(s.ApplyFill(ctx))
	v = s.step(applyMaterials)
	if v.Message == nil || v.Message.Code != "form_saved" || !v.Form.Done || v.Submit.Why.Code != "materials_open" {
		t.Errorf("%+v %+v", v.Message, v.Submit)
	}
	c := s.theCase()
	if len(c.Form) != 1 || c.Form[0].Step != hall.FormApply || len(c.Form[0].Given) != 4 {
		t.Fatalf("%+v", c.Form)
	}

	// Changed again, left, and gone on with: what the centre tells stands in the fields.
	s.must(s.ApplyFormOpen(ctx))
	v = s.step(applyForm)
	if formField(t, v.Form, "account").Text != bankAccount {
		t.Errorf("%+v", v.Form)
	}
	s.must(s.ApplyBack(ctx))
	s.step(applyMaterials)
	s.must(s.End(ctx))
	s.nothingLeft()
	s.o.mu.Lock()
	ops, err := json.Marshal(s.o.ops)
	s.o.mu.Unlock()
	if err != nil || strings.Contains(string(ops), bankAccount) || strings.Contains(s.log.String(), bankAccount) {
		t.Errorf("the form stands in the clear: %v", err)
	}
	s.asks.mu.Lock()
	s.asks.forms = map[hall.OpID]hall.FormValues{c.Form[0].SealedIn: {"account": json.RawMessage(`"` + bankAccount + `"`)}}
	s.asks.mu.Unlock()
	s.must(s.Apply(ctx, ApplyRequest{Item: "photo"}))
	s.must(s.ApplyStart(ctx))
	s.place(docZhang)
	s.step(applyMaterials)
	s.must(s.ApplyFormOpen(ctx))
	s.shows("what was filled in", func(v KioskApply) bool {
		return v.Form.Known && formField(t, v.Form, "account").Text == bankAccount
	})
}

// Once the form is filled in, the rest goes without the line.
func TestFormNeedsTheLine(t *testing.T) {
	s := formStall(t)
	ctx := t.Context()
	s.toForm()
	s.must(s.ApplyField(ctx, FormFieldRequest{Field: "account", Text: bankAccount}))
	s.must(s.ApplyField(ctx, FormFieldRequest{Field: "amount", Text: "5"}))
	s.cut(true)
	if code := codeOf(t, s.ApplyFill(ctx)); code != "refused_now/offline" {
		t.Errorf("without the line: %q", code)
	}
	s.cut(false)
	s.must(s.ApplyFill(ctx))
	s.step(applyMaterials)
	s.cut(true)
	s.photograph("M01")
	s.shows("what is to do", func(v KioskApply) bool { return v.Submit.Allowed })
	s.must(s.ApplySubmit(ctx, ApplySubmitRequest{}))
	s.shows("it is written down", func(v KioskApply) bool { return v.Step == applyDone && v.Offline })
}

// A clerk corrects the form while the person has it open: what they have not seen is
// never written over.
func TestFormCorrectedMeanwhile(t *testing.T) {
	s := formStall(t)
	ctx := t.Context()
	s.toForm()
	s.must(s.ApplyField(ctx, FormFieldRequest{Field: "account", Text: bankAccount}))
	s.must(s.ApplyField(ctx, FormFieldRequest{Field: "amount", Text: "5"}))
	s.must(s.ApplyFill(ctx))
	s.step(applyMaterials)
	s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M01", Method: hall.MethodOriginal})) // the case goes on being asked for
	s.must(s.ApplyFormOpen(ctx))
	s.must(s.ApplyField(ctx, FormFieldRequest{Field: "amount", Text: "6"}))
	c := s.theCase()
	s.o.own(hall.FillForm, c.ID, staffer("1001", hall.RoleClerk), "counter-1",
		hall.FillFormBody{Edit: hall.Edit{Version: c.Version}, Given: []string{"account", "amount"}, Digest: "theirs"})
	now := s.theCase()
	s.asks.mu.Lock()
	s.asks.forms = map[hall.OpID]hall.FormValues{}
	for _, fill := range now.Form {
		s.asks.forms[fill.SealedIn] = hall.FormValues{"account": json.RawMessage(`"` + bankAccount + `"`), "amount": json.RawMessage("7")}
	}
	s.asks.mu.Unlock()
	if len(now.Form) != 2 {
		t.Fatalf("%+v", now.Form)
	}
	_ = s.ApplyFill(ctx) // whatever it is told: it does not stand
	s.shows("the clerk's figure", func(v KioskApply) bool {
		return v.Step == applyForm && v.Form.Known && formField(t, v.Form, "amount").Text == "7"
	})
	if after := s.theCase(); len(after.Form) != 2 {
		t.Errorf("%+v", after.Form)
	}
}
