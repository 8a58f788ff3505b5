package central

import (
	"bytes"
	"encoding/json"
	"testing"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// fillRefund fills the form of a medical refund in, at a kiosk; the digest may be
// another than that of what is sealed.
func (d *term) fillRefund(id, owner string, account string, digest func(string) string) {
	d.b.t.Helper()
	it, _ := d.b.c.cat.Load().Item("medical-refund")
	version, _ := it.Published()
	values, faults := version.Form.Read(hall.FormApply, map[string]string{"holder": "测试甲", "account": account, "bank": "示例银行",
		"amount": "120.50", "treated": "2026-07-01", "kind": "hospital"})
	if len(faults) > 0 {
		d.b.t.Fatal(faults)
	}
	raw, err := json.Marshal(values)
	if err != nil {
		d.b.t.Fatal(err)
	}
	body := hall.FillFormBody{Edit: hall.Edit{Version: d.b.version(id).Version, Owner: owner}, Given: version.Form.Given(values),
		Digest: digest(seal.FormLook(d.b.c.ownerKey(), id, raw))}
	v := d.trySealed(hall.FillForm, id, citizenActor, body, d.b.sealer(hall.FillForm, hall.FormSealed{Fields: values}))
	if v.Status != hall.Applied {
		d.b.t.Fatalf("%+v", v)
	}
}

// What a person filled in comes back to their own card and to a clerk at a counter,
// each time with an audit row, and stands nowhere else.
func TestFormOfACaseIsToldToWhoMayReadIt(t *testing.T) {
	b := newBed(t)
	b.quiet()
	const account = "6200000000000000019"
	kiosk := &term{b: b, id: "kiosk-1"}
	s := b.signIn("1001", "counter-1")
	owner := kiosk.apply("case-f1", "medical-refund", 3, personA)
	kiosk.fillRefund("case-f1", owner, account, func(s string) string { return s })
	one, ok, err := hall.Load[hall.Case](b.c.writer.HallWorld(t.Context(), b.c.hallCode), hall.EntityCase, "case-f1")
	if err != nil || !ok || len(one.Form) != 1 {
		t.Fatalf("%v %v %+v", ok, err, one.Form)
	}
	op := string(one.Form[0].SealedIn)
	ask := func(p person) map[string]string {
		return map[string]string{"doc_kind": "111", "doc_no": p.number, "case": "case-f1"}
	}
	mine := append(bearer("token-counter-1"), "X-Staff-Session", s.Token)
	for what, call := range map[string]func(*CaseForm){
		"the owner": func(f *CaseForm) {
			b.want(200, "POST", "/central/v1/applications/form", ask(personA), f, bearer("token-kiosk-1")...)
		},
		"a clerk": func(f *CaseForm) { b.want(200, "GET", "/central/v1/cases/case-f1/form", nil, f, mine...) },
	} {
		var f CaseForm
		call(&f)
		if got := f.Fills[op]; got["account"] != account || got["amount"] != 120.50 || len(got) != 6 {
			t.Errorf("%s is told %d fields: %v", what, len(got), got["amount"])
		}
	}
	b.refused(404, "unknown_case", "POST", "/central/v1/applications/form", ask(personB), bearer("token-kiosk-1")...)
	b.refused(404, "unknown_case", "GET", "/central/v1/cases/case-9/form", nil, mine...)
	b.refused(401, "signed_out", "GET", "/central/v1/cases/case-f1/form", nil, bearer("token-counter-1")...)
	var n int
	if err := b.c.store.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM central_audit WHERE act = 'read_form'`).Scan(&n); err != nil || n != 4 {
		t.Errorf("%d audit rows, want 4: %v", n, err)
	}
	if bytes.Contains(b.logs.Bytes(), []byte(account)) || bytes.Contains(bytesOf(t, b.cfg), []byte(account)) {
		t.Error("the form is in the log or the database")
	}
	if told := b.applications(personA); len(told) != 1 || len(told[0].Form) != 1 || told[0].Form[0].Step != hall.FormApply {
		t.Errorf("%+v", told)
	}

	// What is sealed is not what the rules were told of it: nobody is shown it.
	kiosk.fillRefund("case-f1", owner, account, func(string) string { return "another" })
	var forged CaseForm
	b.want(200, "GET", "/central/v1/cases/case-f1/form", nil, &forged, mine...)
	if len(forged.Fills) != 1 || !bytes.Contains(b.logs.Bytes(), []byte("a form is not shown")) {
		t.Errorf("it cannot be filled in anew: %v", forged.Fills)
	}
	for _, values := range forged.Fills {
		if len(values) != 0 {
			t.Errorf("%d values are shown", len(values))
		}
	}
}
