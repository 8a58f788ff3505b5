package hall

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// caseCatalogue is the test hall with departments, materials and rights.
func caseCatalogue() *Catalogue {
	c := testCatalogue()
	c.Departments = []Department{{"civil", names("民政")}, {"police", names("公安")}}
	c.Materials = []MaterialDef{
		{Code: "MARRIAGE", Name: names("婚姻登记"), Department: "civil", ELimit: Limit{2, UnitHour}},
		{Code: "RESIDENCE", Name: names("户籍"), Department: "police", PaperLimit: Limit{3, UnitWorkingDay}},
		{Code: "FORM", Name: names("申请表")},
	}
	c.Cases = CaseRules{Service: "01", NumberBlock: 200, UnmatchedMinutes: 30}
	sharing := []Method{MethodEShare, MethodPaper}
	c.Items = append(c.Items, Item{ID: "licence", Group: "house", Name: names("许可"),
		Versions: []ItemVersion{
			{Version: 1, Kind: CasePromised, Nature: "01", PromisedDays: 5, Materials: []ItemMaterial{{Code: "FORM", Required: true}}},
			{Version: 2, Kind: CasePromised, Nature: "01", PromisedDays: 5, LegalDays: 20, Materials: []ItemMaterial{
				{Code: "FORM", Required: true},
				{Code: "MARRIAGE", Required: true, Methods: sharing},
				{Code: "RESIDENCE", Methods: sharing},
			}, Specials: []ItemSpecial{{"site_visit", names("现场踏勘"), false}, {"publication", names("公示"), true}}},
		},
		Paper: []PaperRights{{"MARRIAGE", "civil", []string{"I1"}}, {"RESIDENCE", "police", []string{"I1"}}},
	})
	c.Staff = append(c.Staff,
		Staff{ID: "S3", Name: "丙", Roles: []Role{RoleClerk}, Rights: []Right{RightEditCases, RightCancelCases}},
		Staff{ID: "O1", Name: "丁", Roles: []Role{RoleSignOut}, Department: "civil"},
		Staff{ID: "O2", Name: "戊", Roles: []Role{RoleSignOut}, Department: "police"},
		Staff{ID: "I1", Name: "己", Roles: []Role{RoleSignIn}},
		Staff{ID: "P1", Name: "辛", Roles: []Role{RolePreReviewer, RoleClerk}},
		Staff{ID: "I2", Name: "庚", Roles: []Role{RoleSignIn}},
		Staff{ID: "H1", Name: "壬", Roles: []Role{RoleApprover}, Rights: []Right{RightHandleCases}},
		Staff{ID: "H2", Name: "癸", Roles: []Role{RoleApprover}, Rights: []Right{RightHandleCases, RightReviewCases}},
		Staff{ID: "R1", Name: "子", Roles: []Role{RoleApprover}, Rights: []Right{RightReviewCases}},
		Staff{ID: "A1", Name: "丑", Roles: []Role{RoleApprover}, Rights: []Right{RightHandleCases, RightReviewCases, RightApproveCases, RightVoidCases}},
		Staff{ID: "A2", Name: "寅", Roles: []Role{RoleApprover}, Rights: []Right{RightApproveCases, RightExtendCases, RightVoidCases}},
		Staff{ID: "X1", Name: "卯", Roles: []Role{RoleSpecialApprover}})
	return c
}

func newCases() *memory {
	m := newMemory()
	m.cat = caseCatalogue()
	return m
}

func staff(id string, role Role) Actor { return Actor{Kind: ActorStaff, ID: id, Role: role} }

// begin opens a case of version 2 at counter 1 by S1.
func (m *memory) begin(t testing.TB, id string) {
	t.Helper()
	op := m.op(OpenCase, id, clerk("S1"), "counter-1", OpenCaseBody{Item: "licence", ItemVersion: 2, Owner: "owner-" + id, Window: "1"})
	op.Sealed = []byte("sealed")
	m.must(t, op)
}

// serial leases one application number for a terminal.
func (m *memory) serial(t testing.TB, terminal string) NumberBody {
	t.Helper()
	out := m.must(t, m.op(LeaseApplicationNumbers, ApplicationSeries(m.cat), device, terminal, LeaseApplicationNumbersBody{Count: 1}))
	var r LeaseResult
	if err := json.Unmarshal(out.Result, &r); err != nil {
		t.Fatal(err)
	}
	return NumberBody{Number: ApplicationNumber{"01", "01", "01", r.Lease.From}.String(), Lease: r.Lease.ID}
}

// receive takes the case in at counter 1.
func (m *memory) receive(t testing.TB, id string) {
	t.Helper()
	m.must(t, m.op(ReceiveCase, id, clerk("S1"), "counter-1", m.serial(t, "counter-1")))
}

func (m *memory) kase(t testing.TB, id string) Case { return load[Case](t, m, EntityCase, id) }

func (m *memory) edit(t testing.TB, id string) Edit { return Edit{Version: m.kase(t, id).Version} }

func (m *memory) material(t testing.TB, id, key string) Material {
	t.Helper()
	c := m.kase(t, id)
	mat, ok := c.Material(key)
	if !ok {
		t.Fatalf("case %s has no material %s", id, key)
	}
	return *mat
}

func (m *memory) choose(t testing.TB, id, key string, method Method) Op {
	t.Helper()
	return m.op(ChooseSharing, id, clerk("S1"), "counter-1", ChooseSharingBody{Edit: m.edit(t, id), Material: key, Method: method})
}

// share chooses sharing and answers the query.
func (m *memory) share(t testing.TB, id, key string, method Method, answer string) {
	t.Helper()
	op := m.choose(t, id, key, method)
	m.must(t, op)
	m.must(t, m.op(ShareAnswered, id, system, AtCentre, ShareAnsweredBody{Material: key, Ask: op.ID, Answer: answer}))
}

func (m *memory) accepting(t testing.TB, id string) Op {
	t.Helper()
	return m.op(AcceptCase, id, clerk("S1"), "counter-1", AcceptCaseBody{m.edit(t, id)})
}

func (m *memory) original(id, key string) Op {
	return m.op(HandIn, id, clerk("S1"), "counter-1", HandInBody{Material: key, Way: MethodOriginal})
}

func file(n int) File {
	return File{SHA256: fmt.Sprintf("%064x", n), Type: "application/pdf", Size: 1000}
}

func (m *memory) callback(kind Kind, id, key string, attempt int) Op {
	body := CallbackBody{Material: key, Attempt: attempt, Request: RequestID(id, key, attempt), File: file(attempt)}
	if kind == MaterialRefused {
		body.File, body.Reason = File{}, "not_found"
	}
	return m.op(kind, id, system, AtCentre, body)
}

// paper is the identity of the paper of an attempt.
func (m *memory) paper(t testing.TB, id, key string, attempt int) string {
	t.Helper()
	return Label{m.kase(t, id).Number, key, attempt}.ID()
}

// scanning is the scan of a paper by whoever does that at a terminal.
func (m *memory) scanning(kind Kind, paper, staffID, terminal string) Op {
	l, _ := LabelOfPaper(paper)
	role := RoleSignIn
	if strings.HasPrefix(staffID, "O") {
		role = RoleSignOut
	}
	return m.op(kind, paper, staff(staffID, role), terminal, ScanBody{Label: EncodeLabel(l), Copies: 1})
}

func (m *memory) holder(t testing.TB, paper string) Custody {
	t.Helper()
	return load[Paper](t, m, EntityPaper, paper).Custody
}

// fire proposes every deadline that is due and takes it off the list.
func (m *memory) fire(t testing.TB) {
	t.Helper()
	for _, op := range m.due(t) {
		if out := m.do(t, op); out.Status == Rejected {
			t.Errorf("deadline %s refused: %v", op.Kind, out.Reason)
		}
	}
}

// due takes the deadlines that are due off the list.
func (m *memory) due(t testing.TB) []Op {
	t.Helper()
	var due, later []Effect
	for _, e := range m.effects {
		if e.Kind == EffectDeadline && !e.Due.After(m.now) {
			due = append(due, e)
		} else {
			later = append(later, e)
		}
	}
	m.effects = later
	var ops []Op
	for _, e := range due {
		var op Op
		if err := json.Unmarshal(e.Payload, &op); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, op)
	}
	return ops
}

func (m *memory) effectsOf(kind string) int {
	n := 0
	for _, e := range m.effects {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func (m *memory) later(d time.Duration) { m.now = m.now.Add(d) }

// wait brings a case with its form to 受理中 with the given choices.
func (m *memory) wait(t testing.TB, id string, choices map[string]Method) {
	t.Helper()
	m.begin(t, id)
	m.must(t, m.original(id, "FORM"))
	for _, key := range []string{"MARRIAGE", "RESIDENCE"} {
		if method, ok := choices[key]; ok {
			m.share(t, id, key, method, AnswerYes)
		}
	}
	m.receive(t, id)
	m.must(t, m.accepting(t, id))
	if s := m.kase(t, id).State; s != CasePending {
		t.Fatalf("case %s is %s", id, s)
	}
}
