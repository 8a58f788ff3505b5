package hall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hallway/build/fuzz"
)

// refundForm is a form with every kind of field.
const refundForm = `{
 "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false,
 "x-order": ["holder", "account", "amount", "day", "relation", "mobile", "number", "company", "nights", "again", "remark"],
 "required": ["holder", "account", "amount", "day", "remark"],
 "properties": {
  "holder": {"type": "string", "minLength": 2, "maxLength": 6, "x-name": {"zh-Hans": "户名"}, "x-default": "applicant.name"},
  "account": {"type": "string", "pattern": "^[0-9]{10,19}$", "x-name": {"zh-Hans": "账号"}},
  "amount": {"type": "number", "minimum": 0.01, "maximum": 1000000, "multipleOf": 0.01, "x-name": {"zh-Hans": "金额"}},
  "day": {"type": "string", "format": "date", "x-name": {"zh-Hans": "日期"}, "x-default": "today"},
  "relation": {"type": "string", "enum": ["self", "child"], "x-choices": {"self": {"zh-Hans": "本人"}, "child": {"zh-Hans": "子女"}}, "x-name": {"zh-Hans": "关系"}},
  "mobile": {"type": "string", "format": "phone", "x-name": {"zh-Hans": "手机"}},
  "number": {"type": "string", "format": "id-number", "x-name": {"zh-Hans": "身份证"}},
  "company": {"type": "string", "format": "credit-code", "x-name": {"zh-Hans": "单位"}},
  "nights": {"type": "integer", "minimum": 0, "x-name": {"zh-Hans": "天数"}},
  "again": {"type": "boolean", "x-name": {"zh-Hans": "再次"}},
  "remark": {"type": "string", "x-name": {"zh-Hans": "核对"}, "x-rights": {"accept": ["readable", "writable"], "approve": ["readable"]}}
 }}`

func parsedForm(t testing.TB, raw string) *Form {
	t.Helper()
	f, err := ParseForm([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFormOfAnItemIsChecked(t *testing.T) {
	for _, x := range []struct{ old, new, says string }{
		{`"x-order": ["holder", `, `"x-order": ["holder", "holder", `, "x-order"},
		{`"additionalProperties": false,`, ``, "additionalProperties"},
		{`2020-12`, `07`, "$schema"},
		{`"required": [`, `"required": ["nobody", `, `required: "nobody"`},
		{`"minLength": 2, "maxLength": 6`, `"minLength": 7, "maxLength": 6`, "maxLength"},
		{`"pattern": "^[0-9]{10,19}$"`, `"pattern": "^["`, "pattern"},
		{`"minimum": 0.01`, `"minimum": "x"`, "minimum"},
		{`"minimum": 0.01`, `"minimum": 1e400000000`, "minimum"},
		{`"minimum": 0.01`, `"minimum": 2000000`, "minimum"},
		{`"format": "phone"`, `"format": "ipv6"`, "format"},
		{`"format": "date"`, `"type": "string"`, "type"},
		{`"enum": ["self", "child"]`, `"enum": ["self"]`, "enum"},
		{`"type": "boolean"`, `"type": "array"`, "type"},
		{`"x-name": {"zh-Hans": "户名"}`, `"x-name": {"en": "holder"}`, "x-name"},
		{`"x-name": {"zh-Hans": "户名"}`, `"x-name": {"zh-Hans": "户名", "fr": "titulaire"}`, "x-name"},
		{`"x-default": "today"`, `"x-default": "applicant.name"`, "x-default"},
		{`"accept": ["readable", "writable"], "approve": ["readable"]`, `"handle": ["readable", "writable", "nullable"]`, "nobody has to write it"},
		{`"accept": ["readable", "writable"], `, `"accept": ["writable"], `, "sees it"},
		{`"accept": ["readable", "writable"], `, `"apply": ["readable", "writable"], `, "begin at the counter"},
		{`"accept": ["readable", "writable"], `, ``, "nobody has to write it"},
		{`"approve"`, `"elsewhere"`, "no step"},
		{`"holder": {`, `"holder": {"dependentRequired": {}, `, "dependentRequired"},
	} {
		if !strings.Contains(refundForm, x.old) {
			t.Fatalf("the form has no %s", x.old)
		}
		_, err := ParseForm([]byte(strings.Replace(refundForm, x.old, x.new, 1)))
		if err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v, want %q", x.new, err, x.says)
		}
	}
	again, err := json.Marshal(parsedForm(t, refundForm))
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(parsedForm(t, string(again)))
	if err != nil || string(twice) != string(again) {
		t.Errorf("a form does not read back: %v\n%s\n%s", err, again, twice)
	}
}

// filled is a right filling in by the person.
func filled() map[string]string {
	return map[string]string{"holder": "赵一", "account": "6200000000000000000", "amount": "120.50", "day": "2026-07-01"}
}

func TestWhatIsTypedIsRead(t *testing.T) {
	f := parsedForm(t, refundForm)
	for _, x := range []struct{ field, typed, fault, value string }{
		{"holder", "", "required", ""}, {"holder", "赵", "short", ""}, {"holder", "赵一二三四五六", "long", ""},
		{"holder", " 赵一 ", "", `"赵一"`}, {"holder", "赵\u0007一", "text", ""},
		{"account", "62", "pattern", ""}, {"account", "6200000000000000000", "", `"6200000000000000000"`},
		{"amount", "0", "minimum", ""}, {"amount", "1000000.01", "maximum", ""}, {"amount", "1.005", "multiple", ""},
		{"amount", "1e5", "number", ""}, {"amount", "1,234.5", "", "1234.5"}, {"amount", "００１２.5", "", "12.5"}, {"amount", "1000000", "", "1000000"},
		{"day", "2026-02-30", "date", ""}, {"day", "2026-02-28", "", `"2026-02-28"`}, {"day", "", "required", ""},
		{"relation", "", "", ""}, {"relation", "aunt", "choice", ""}, {"relation", "child", "", `"child"`},
		{"mobile", "139", "phone", ""}, {"mobile", "+86 139 0000 0000", "", `"13900000000"`},
		{"number", "11010119900307", "id_number", ""}, {"number", "11010519491231002x", "", `"11010519491231002X"`},
		{"company", "91", "credit_code", ""},
		{"nights", "1.5", "integer", ""}, {"nights", "-1", "minimum", ""}, {"nights", "7", "", "7"},
		{"again", "yes", "boolean", ""}, {"again", "true", "", "true"},
		{"remark", "checked", "not_writable", ""},
		{"nobody", "x", "unknown", ""},
	} {
		t.Run(x.field+" "+x.typed, func(t *testing.T) {
			typed := filled()
			typed[x.field] = x.typed
			values, faults := f.Read(FormApply, typed)
			fault := ""
			for _, one := range faults {
				fault += one.Why.Code
				if strings.Contains(fmt.Sprint(one), x.typed) && len(x.typed) > 3 {
					t.Errorf("the fault tells what was typed: %v", one)
				}
			}
			if fault != x.fault || string(values[x.field]) != x.value {
				t.Errorf("%q, %s; want %q, %s", fault, values[x.field], x.fault, x.value)
			}
		})
	}
	values, faults := f.Read(FormApply, filled())
	if len(faults) > 0 || !slices.Equal(f.Given(values), []string{"holder", "account", "amount", "day"}) || values.Typed()["amount"] != "120.50" {
		t.Errorf("%v %v", faults, f.Given(values))
	}
	if fmt.Sprint(values, FormSealed{values}) != "[redacted] [redacted]" {
		t.Error("values of a form are printed")
	}
}

func TestDigitsAreTypedOnAPad(t *testing.T) {
	for pattern, digits := range map[string]bool{"^[0-9]{10,19}$": true, `^\d+$`: true, "^[0-9]{6}$": true, "^[0-9A-Z]{6}$": false, "[0-9]{6}": false, "": false} {
		if got := (FormField{Type: "string", Pattern: pattern}).Digits(); got != digits {
			t.Errorf("%s: %v", pattern, got)
		}
	}
}

func TestRightsOfSteps(t *testing.T) {
	f := parsedForm(t, refundForm)
	if got := f.Needed(FormApply); !slices.Equal(got, []string{"holder", "account", "amount", "day"}) {
		t.Errorf("at the kiosk: %v", got)
	}
	if got := f.Needed(FormAccept); !slices.Equal(got, []string{"holder", "account", "amount", "day", "remark"}) {
		t.Errorf("at the counter: %v", got)
	}
	values := FormValues{"holder": json.RawMessage(`"赵一"`), "remark": json.RawMessage(`"x"`)}
	for step, sees := range map[FormStep]int{FormApply: 1, FormAccept: 2, FormHandle: 1, FormReview: 1, FormApprove: 2} {
		if got := f.Readable(step, values); len(got) != sees {
			t.Errorf("%s sees %d fields, want %d", step, len(got), sees)
		}
	}
	loose := parsedForm(t, strings.Replace(refundForm, `"x-default": "today"`, `"x-rights": {"apply": ["readable", "writable", "nullable"], "accept": ["readable", "writable"]}`, 1))
	if slices.Contains(loose.Needed(FormApply), "day") || !slices.Contains(loose.Needed(FormAccept), "day") {
		t.Error("可空 at the kiosk does not count")
	}
}

func TestLaterFillingReplacesWhatItsStepWrites(t *testing.T) {
	f := parsedForm(t, refundForm)
	text := func(s string) json.RawMessage { return json.RawMessage(`"` + s + `"`) }
	sealed := map[OpID]FormValues{
		"1": {"holder": text("甲"), "account": text("1")},
		"2": {"holder": text("乙"), "remark": text("seen")},
	}
	c := Case{Form: []FormFill{{Step: FormAccept, SealedIn: "2", Given: []string{"holder", "remark"}}, {Step: FormApply, SealedIn: "1", Given: []string{"holder", "account"}}}}
	merged := c.FormMerged(f, func(op OpID) FormValues { return sealed[op] })
	if got := merged.Typed(); len(got) != 3 || got["holder"] != "甲" || got["remark"] != "seen" || got["account"] != "1" {
		t.Errorf("%v", got)
	}
	if got := c.FormGiven(f); !slices.Equal(got, []string{"holder", "account", "remark"}) {
		t.Errorf("%v", got)
	}
	slices.Reverse(c.Form)
	if got := c.FormGiven(f); !slices.Equal(got, []string{"holder", "remark"}) {
		t.Errorf("the clerk took the account out: %v", got)
	}
}

// newForms is the test hall whose item has the form.
func newForms(t testing.TB) *memory {
	m := newCases()
	m.cat.Items[len(m.cat.Items)-1].Versions[1].Form = parsedForm(t, refundForm)
	return m
}

func (m *memory) fill(t testing.TB, id string, given ...string) Op {
	t.Helper()
	op := m.op(FillForm, id, clerk("S1"), "counter-1", FillFormBody{Edit: m.edit(t, id), Given: given, Digest: "d"})
	op.Sealed = []byte("sealed")
	return op
}

func TestFormIsFilledInBeforeTheAcceptance(t *testing.T) {
	m := newForms(t)
	if errs := m.cat.Validate(); len(errs) > 0 {
		t.Fatal(errs)
	}
	all := []string{"holder", "account", "amount", "day", "remark"}
	m.begin(t, "C")
	bare := m.fill(t, "C", all...)
	bare.Sealed = nil
	m.refuse(t, "malformed", bare)
	m.refuse(t, "malformed", m.fill(t, "C", "nobody"))
	m.refuse(t, "malformed", m.fill(t, "C", "holder", "holder"))
	m.must(t, m.original("C", "FORM"))
	m.must(t, m.original("C", "MARRIAGE"))
	m.receive(t, "C")
	m.refuse(t, "form_incomplete", m.accepting(t, "C"))
	stale := m.fill(t, "C", all...)
	m.must(t, m.fill(t, "C", "holder"))
	m.refuse(t, "case_updated", stale)
	m.refuse(t, "form_incomplete", m.accepting(t, "C"))
	m.must(t, m.fill(t, "C", all...))
	if c := m.kase(t, "C"); len(c.Form) != 1 || c.Form[0].By != "S1" || c.Form[0].Step != FormAccept || c.Form[0].SealedIn == "" {
		t.Errorf("%+v", c.Form)
	}
	m.must(t, m.accepting(t, "C"))
	m.refuse(t, "case_state", m.fill(t, "C", all...))

	m.begin(t, "D") // what waits must be submitted again
	m.must(t, m.original("D", "FORM"))
	m.share(t, "D", "MARRIAGE", MethodPaper, AnswerYes)
	m.must(t, m.fill(t, "D", all...))
	m.receive(t, "D")
	m.must(t, m.accepting(t, "D"))
	m.must(t, m.fill(t, "D", all[1:]...))
	if c := m.kase(t, "D"); c.State != CasePending || !c.Resubmit {
		t.Errorf("%s, resubmit %v", c.State, c.Resubmit)
	}
	m.refuse(t, "form_incomplete", m.accepting(t, "D"))

	none := newCases()
	none.begin(t, "C")
	none.refuse(t, "no_form", none.fill(t, "C"))
}

// deemed has the law accept a case without its materials, and without its form.
func (m *memory) deemed(t testing.TB, id string) {
	t.Helper()
	m.begin(t, id)
	m.receive(t, id)
	m.asks(t, "2026-12-01")
	if !m.kase(t, id).Deemed {
		t.Fatal("not deemed")
	}
}

// What the law accepted without a form may still be filled in.
func TestFormAfterADeemedAcceptance(t *testing.T) {
	m := newForms(t)
	m.deemed(t, "C")
	m.must(t, m.fill(t, "C", "holder", "account", "amount", "day", "remark"))
	if c := m.kase(t, "C"); len(c.Form) != 1 || c.State != CaseAccepted {
		t.Errorf("%s %+v", c.State, c.Form)
	}
}

// What is accepted by itself has no clerk who would fill in their fields.
func TestFormOfAnItemThatIsAcceptedByItself(t *testing.T) {
	m := newForms(t)
	m.cat.Items[len(m.cat.Items)-1].Versions[1].OnComplete = OnCompleteAccept
	if errs := m.cat.Validate(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "remark") {
		t.Errorf("%v", errs)
	}
}

func TestPersonFillsTheFormIn(t *testing.T) {
	m := newForms(t)
	op := m.online(t, OpenCase, "E", OpenCaseBody{Item: "licence", ItemVersion: 2, Owner: "o"})
	op.Sealed = []byte("sealed")
	m.must(t, op)
	for _, key := range []string{"FORM", "MARRIAGE"} {
		m.must(t, m.online(t, HandIn, "E", HandInBody{Material: key, Way: MethodOriginal}))
	}
	fill := func(owner string, given ...string) Op {
		op := m.online(t, FillForm, "E", FillFormBody{Edit: Edit{m.kase(t, "E").Version, owner}, Given: given, Digest: "d"})
		op.Sealed = []byte("sealed")
		return op
	}
	submit := func() Op {
		return m.online(t, SubmitCase, "E", SubmitCaseBody{Edit: Edit{m.kase(t, "E").Version, "o"}, NumberBody: m.serial(t, "kiosk-1")})
	}
	m.refuse(t, "not_owner", fill("somebody", "holder"))
	m.refuse(t, "malformed", fill("o", "remark")) // the clerk's
	m.refuse(t, "form_incomplete", submit())
	apply := m.online(t, ApplyCase, "E", m.serial(t, "kiosk-1"))
	if out, err := Step(m, apply, Context{Now: m.now, Row: OverlayRow}); err != nil || out.Reason.Code != "form_incomplete" {
		t.Errorf("without the line: %v %v", out.Reason, err)
	}
	m.must(t, fill("o", "holder", "account", "amount", "day"))
	m.must(t, submit())
	if c := m.kase(t, "E"); c.State != CaseApplied || c.Form[0].By != "" || c.Form[0].Step != FormApply {
		t.Errorf("%s %+v", c.State, c.Form)
	}
	m.receive(t, "E")
	m.refuse(t, "form_incomplete", m.accepting(t, "E")) // the clerk has a field of their own
	m.must(t, m.fill(t, "E", "holder", "account", "amount", "day", "remark"))
	m.must(t, m.accepting(t, "E"))
}

func FuzzParseForm(f *testing.F) {
	f.Add(refundForm, "holder", "赵一")
	f.Add(strings.Replace(refundForm, "0.01", "1e999999", 1), "amount", "1e999999")
	f.Add(`{"type":"object"}`, "", "")
	fuzz.Run(f, func(t *testing.T, raw, field, typed string) {
		form, err := ParseForm([]byte(raw))
		if err != nil {
			return
		}
		again, err := json.Marshal(form)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseForm(again); err != nil {
			t.Fatalf("does not read back: %v", err)
		}
		for _, step := range FormSteps() {
			values, faults := form.Read(step, map[string]string{field: typed})
			for name := range values {
				if !form.May(name, step, FormWritable) {
					t.Fatalf("%s was written at %s", name, step)
				}
			}
			if len(values) > 1 || len(faults) > len(form.Order)+1 {
				t.Fatalf("%d values, %d faults", len(values), len(faults))
			}
			sealed, err := json.Marshal(FormSealed{values})
			var back FormSealed
			if err != nil || json.Unmarshal(sealed, &back) != nil || !slices.Equal(form.Given(back.Fields), form.Given(values)) {
				t.Fatalf("values do not read back: %v", err)
			}
		}
	})
}
