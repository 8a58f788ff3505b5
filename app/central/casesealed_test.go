package central

import (
	"bytes"
	"encoding/json"
	"maps"
	"testing"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// sealer seals something to the centre, for an operation of a kind.
func (b *bed) sealer(kind hall.Kind, part any) func(hall.OpID) []byte {
	return func(op hall.OpID) []byte {
		plain, err := json.Marshal(part)
		if err != nil {
			b.t.Fatal(err)
		}
		pub, _, err := b.c.writer.Keys().Public()
		if err != nil {
			b.t.Fatal(err)
		}
		sealed, err := seal.Seal(pub, seal.Info(op, kind), plain)
		if err != nil {
			b.t.Fatal(err)
		}
		return sealed
	}
}

// sealedAct is an act of a clerk with a part that only the centre can open.
func (d *term) sealedAct(kind hall.Kind, id string, s Session, body, part any) {
	d.b.t.Helper()
	if v := d.trySealed(kind, id, clerk(s), body, d.b.sealer(kind, part)); v.Status != hall.Applied {
		d.b.t.Fatalf("%s: %+v", kind, v)
	}
}

// officeAct is an act of the office at the centre, with a part that only the
// centre can open; it gives the operation.
func (b *bed) officeAct(op hall.OpID, staff string, role hall.Role, kind hall.Kind, id string, body, part any) {
	b.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	one := hall.Op{ID: op, Kind: kind, Schema: 1, Hall: b.c.hallCode, Entity: id, Actor: hall.Actor{Kind: hall.ActorStaff, ID: staff, Role: role}, Body: raw}
	if part != nil {
		one.Sealed = b.sealer(kind, part)(op)
	}
	if v, err := b.c.writer.Propose(b.t.Context(), one); err != nil || v.Status != hall.Applied {
		b.t.Fatalf("%s: %+v %v", kind, v, err)
	}
}

// inWords are words as a sealed part.
func inWords(words string) hall.WordsSealed { return hall.WordsSealed{Words: words} }

// approved brings a case of open-shop to its decision, each step with an opinion.
func (d *term) approved(id string, s Session) {
	d.b.t.Helper()
	b := d.b
	b.openCase(id, "open-shop", personA, s)
	d.receive(id, "01", s)
	for _, key := range []string{"M01", "M02", "M03"} {
		d.do(hall.HandIn, id, clerk(s), hall.HandInBody{Material: key, Way: hall.MethodOriginal})
	}
	d.do(hall.AcceptCase, id, clerk(s), hall.AcceptCaseBody{Edit: b.version(id)})
	pass := func() hall.ApproveStepBody { return hall.ApproveStepBody{Edit: b.version(id), Status: hall.StepPassed} }
	b.officeAct(hall.OpID(id+"-handled"), "4001", hall.RoleApprover, hall.ApproveStep, id, pass(), inWords("opinion-of-the-handler"))
	b.officeAct(hall.OpID(id+"-reviewed"), "4002", hall.RoleApprover, hall.ApproveStep, id, pass(), inWords("opinion-of-the-reviewer"))
}

// version is the version of a case as the centre has it.
func (b *bed) version(id string) hall.Edit {
	b.t.Helper()
	one, ok, err := hall.Load[hall.Case](b.c.writer.HallWorld(b.t.Context(), b.c.hallCode), hall.EntityCase, id)
	if err != nil || !ok {
		b.t.Fatal(ok, err)
	}
	return hall.Edit{Version: one.Version}
}

// What a clerk said in words about what is missing, and about a refusal, comes
// back to a clerk at a counter, and stands nowhere else.
func TestWordsOfACase(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	b.openCase("case-1", "open-shop", personA, s)
	desk.receive("case-1", "01", s)
	mine := append(bearer("token-counter-1"), "X-Staff-Session", s.Token)
	path := "/central/v1/cases/case-1/words"
	var got CaseWords
	b.want(200, "GET", path, nil, &got, mine...)
	if len(got.Items) != 0 || got.Words != "" {
		t.Errorf("words before there are any: %+v", got)
	}
	items := []hall.SupplementItem{{Material: "M01", Fault: "missing"}, {Material: "M02", Fault: "missing"}, {Material: "M03", Fault: "missing"}}
	desk.sealedAct(hall.NotifySupplement, "case-1", s, hall.NotifySupplementBody{Edit: b.version("case-1"), Items: items},
		hall.WordsSealed{Items: map[string]string{"M02": "says-zhang-of-page-two"}})
	desk.sealedAct(hall.RefuseCase, "case-1", s, hall.RefuseCaseBody{Edit: b.version("case-1"), Reason: "false_materials"},
		hall.WordsSealed{Words: "says-zhang-of-the-lease"})
	b.want(200, "GET", path, nil, &got, mine...)
	if got.Items["M02"] != "says-zhang-of-page-two" || len(got.Items) != 1 || got.Words != "says-zhang-of-the-lease" {
		t.Errorf("%+v", got)
	}
	b.refused(404, "unknown_case", "GET", "/central/v1/cases/case-9/words", nil, mine...)
	b.refused(401, "signed_out", "GET", path, nil, bearer("token-counter-1")...)
	manager := b.signIn("9001", "")
	b.refused(403, "forbidden", "GET", path, nil, bearer(manager.Token)...)
	var n int
	if err := b.c.store.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM central_audit WHERE act = 'read_words' AND staff = '1001'`).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d audit rows, want 3: %v", n, err)
	}
	if bytes.Contains(b.logs.Bytes(), []byte("says-zhang")) || bytes.Contains(bytesOf(t, b.cfg), []byte("says-zhang")) {
		t.Error("the words are in the log or the database")
	}
}

// What stands on the documents after an acceptance, and only in sealed parts, comes
// back to who prints them: reasons and contents by their operation, the certificate,
// who collected it. The opinions of the steps do not.
func TestWordsOfADecidedCase(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	const id = "case-1"
	desk.approved(id, s)
	b.officeAct("special", "4005", hall.RoleSpecialApprover, hall.BeginSpecial, id, hall.BeginSpecialBody{Edit: b.version(id), Name: hall.SpecialHearing,
		Reason: "law_requires", Expect: hall.Limit{N: 5, Unit: hall.UnitWorkingDay}}, inWords("says-zhang-of-the-hearing"))
	b.officeAct("special-end", "4005", hall.RoleSpecialApprover, hall.EndSpecial, id, hall.EndSpecialBody{Edit: b.version(id), Serial: 1, Result: "passed"}, inWords("not-on-a-document"))
	b.officeAct("extended", "4004", hall.RoleApprover, hall.ExtendCase, id, hall.ExtendCaseBody{Edit: b.version(id), Days: 5, Reason: "complex"}, nil)
	b.officeAct("decided", "4003", hall.RoleApprover, hall.DecideCase, id, hall.DecideCaseBody{Edit: b.version(id), Result: hall.DecisionGranted}, inWords("says-zhang-of-the-grant"))
	mine := append(bearer("token-counter-1"), "X-Staff-Session", s.Token)
	var got CaseWords
	b.want(200, "GET", "/central/v1/cases/"+id+"/words", nil, &got, mine...)
	if want := map[string]string{"special": "says-zhang-of-the-hearing", "decided": "says-zhang-of-the-grant"}; !maps.Equal(got.Said, want) || got.Certificate != nil || got.Collector != nil {
		t.Errorf("%+v", got)
	}
	desk.sealedAct(hall.CompleteCase, id, s, hall.CompleteCaseBody{Edit: b.version(id), Result: hall.ResultCertificate},
		hall.CertificateSealed{Name: "licence-of-zhang", No: "X-1", Until: "2031-12-10", Issuer: "bureau"})
	desk.sealedAct(hall.CollectCase, id, s, hall.CollectBody{Way: hall.CollectCounter, DocKind: hall.DocResident, Checked: hall.CheckedCard},
		hall.PersonSealed{Name: personA.name, DocKind: hall.DocResident, DocNo: personA.number, Phone: personA.phone})
	got = CaseWords{}
	b.want(200, "GET", "/central/v1/cases/"+id+"/words", nil, &got, mine...)
	if c := got.Certificate; c == nil || c.No != "X-1" || c.Until != "2031-12-10" || c.Issuer != "bureau" || c.Name != "licence-of-zhang" {
		t.Errorf("certificate %+v", c)
	}
	if who := got.Collector; who == nil || who.Name != personA.name || who.DocNo != personA.number || who.Phone != "" {
		t.Errorf("collector: %v", who != nil)
	}
	for _, secret := range []string{"says-zhang", "licence-of-zhang", "opinion-of"} {
		if bytes.Contains(b.logs.Bytes(), []byte(secret)) || bytes.Contains(bytesOf(t, b.cfg), []byte(secret)) {
			t.Errorf("%s is in the log or the database", secret)
		}
	}
}

// What was said in an approval is told to whoever has its next step or took one, at
// a counter, and each reading and refusal leaves its row.
func TestOpinionsOfACase(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	const id, path = "case-1", "/central/v1/cases/case-1/opinions"
	for _, staff := range []string{"4001", "4002", "4003"} {
		if _, err := b.c.store.db.ExecContext(t.Context(), `INSERT INTO central_credential (staff, hash, failures, locked_until, changed_at) VALUES ($1, $2, 0, 0, 0)`,
			staff, testHash()); err != nil {
			t.Fatal(err)
		}
	}
	desk.approved(id, s)
	as := func(staff string) []string {
		return append(bearer("token-counter-1"), "X-Staff-Session", b.signIn(staff, "counter-1").Token)
	}
	for _, staff := range []string{"4001", "4002", "4003"} {
		var got CaseOpinions
		b.want(200, "GET", path, nil, &got, as(staff)...)
		if want := map[string]string{"case-1-handled": "opinion-of-the-handler", "case-1-reviewed": "opinion-of-the-reviewer"}; !maps.Equal(got.Said, want) {
			t.Errorf("%s: %+v", staff, got)
		}
	}
	b.refused(403, "forbidden", "GET", path, nil, as("1001")...)
	b.refused(404, "unknown_case", "GET", "/central/v1/cases/case-9/opinions", nil, as("4003")...)
	b.refused(401, "signed_out", "GET", path, nil, bearer("token-counter-1")...)
	b.refused(403, "forbidden", "GET", path, nil, bearer(b.signIn("9001", "").Token)...)
	for _, c := range []struct {
		where string
		want  int
	}{{"allowed", 3}, {"NOT allowed AND reason = 'forbidden' AND staff = '1001'", 1}, {"NOT allowed AND reason = 'unknown_case'", 1}} {
		var n int
		if err := b.c.store.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM central_audit WHERE act = 'read_opinions' AND "+c.where).Scan(&n); err != nil || n != c.want {
			t.Errorf("%s: %d audit rows, want %d: %v", c.where, n, c.want, err)
		}
	}
}
