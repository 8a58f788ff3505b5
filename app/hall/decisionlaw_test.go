package hall

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func (m *memory) on(t testing.TB, day string) {
	t.Helper()
	start, err := DayStart(day)
	if err != nil {
		t.Fatal(err)
	}
	m.now = start.Add(9 * time.Hour)
}

func (m *memory) extending(t testing.TB, id, who string, days int) Op {
	t.Helper()
	return m.in(ExtendCase, id, office(who), ExtendCaseBody{m.edit(t, id), days, "complex"})
}

func (m *memory) beginning(t testing.TB, id, name string, n int) Op {
	t.Helper()
	return m.in(BeginSpecial, id, special("X1"), BeginSpecialBody{m.edit(t, id), name, "needed", Limit{n, UnitWorkingDay}})
}

func (m *memory) ending(t testing.TB, id string, serial int) Op {
	t.Helper()
	return m.in(EndSpecial, id, special("X1"), EndSpecialBody{m.edit(t, id), serial, "passed"})
}

func (m *memory) clock(t testing.TB, id string, kind ClockKind) *Clock {
	t.Helper()
	c := m.kase(t, id)
	return c.Clock(kind)
}

// told counts how often somebody was told something of a case.
func (m *memory) told(code string) (times int) {
	for _, e := range m.effects {
		var n CaseNotice
		if e.Kind == EffectCaseNotice && json.Unmarshal(e.Payload, &n) == nil && n.Code == code {
			times++
		}
	}
	return times
}

// The vectors of standards §4.4 for a stop and an extension, through the case.
func TestStopAndExtensionVectors(t *testing.T) {
	for _, v := range []struct {
		accepted, due, from, to, after, extended string
	}{
		{"2026-03-02", "2026-03-30", "2026-03-10", "2026-03-24", "2026-04-14", "2026-04-28"},
		{"2026-03-20", "2026-04-20", "2026-04-01", "2026-04-08", "2026-04-24", ""},
	} {
		m := newCases()
		m.licence().PromisedDays = 20
		m.on(t, v.accepted)
		m.accepted(t, "C")
		m.must(t, m.stepping(t, "C", "H1", StepPassed))
		if due := m.kase(t, "C").DueDay; due != v.due {
			t.Fatalf("accepted %s: due %s, want %s", v.accepted, due, v.due)
		}
		m.on(t, v.from)
		m.must(t, m.beginning(t, "C", "expert_review", 10))
		c := m.kase(t, "C")
		if c.DueDay != "" || c.Clock(ClockDecision).Light(m.cat.Calendar, v.from) != LightPaused || CitizenNext(c).Code != "special_stop" {
			t.Errorf("stopped: due %q, %+v", c.DueDay, c.Clocks)
		}
		m.asks(t, v.to) // the deadline of before comes to nothing meanwhile
		m.on(t, v.to)
		m.must(t, m.ending(t, "C", 1))
		c = m.kase(t, "C")
		if c.DueDay != v.after || c.Clock(ClockDecision).Late {
			t.Errorf("from %s to %s: due %s, want %s", v.from, v.to, c.DueDay, v.after)
		}
		if v.extended == "" {
			continue
		}
		m.must(t, m.extending(t, "C", "A2", 10))
		if due := m.kase(t, "C").DueDay; due != v.extended {
			t.Errorf("extended: due %s, want %s", due, v.extended)
		}
		m.asks(t, v.extended)
		if m.clock(t, "C", ClockDecision).Late {
			t.Error("late on its last day")
		}
		m.asks(t, "2026-04-29")
		if c := m.kase(t, "C"); !c.Clock(ClockDecision).Late || m.told("case.decision_late") != 1 {
			t.Errorf("overdue: %+v, told %d times", c.Clocks, m.told("case.decision_late"))
		}
	}
}

// Rows 16 and 17: who, why, how long, and which of them stop the clock.
func TestSpecialProcedures(t *testing.T) {
	m := newCases()
	m.accepted(t, "C")
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	due := m.kase(t, "C").DueDay
	m.refuse(t, "special_unknown", m.beginning(t, "C", "coffee", 5))
	m.refuse(t, "special_time", m.beginning(t, "C", "tender", 0))
	m.refuse(t, "special_time", m.in(BeginSpecial, "C", special("X1"), BeginSpecialBody{m.edit(t, "C"), "tender", "needed", Limit{5, UnitHour}}))
	m.refuse(t, "reason_needed", m.in(BeginSpecial, "C", special("X1"), BeginSpecialBody{m.edit(t, "C"), "tender", "because of it", Limit{5, UnitDay}}))
	m.must(t, m.beginning(t, "C", "site_visit", 5)) // stops nothing: no law of the item says so
	c := m.kase(t, "C")
	if next := CitizenNext(c); next.Code != "special_running" || next.Params["day"] != due {
		t.Errorf("the citizen reads %v", next)
	}
	if s := c.OpenSpecial(); c.State != CaseSpecialStop || c.DueDay != due || s == nil || s.Stops || s.Approver != "X1" || s.ExpectDay != "2026-11-30" {
		t.Fatalf("%s, due %s, %+v", c.State, c.DueDay, c.Specials)
	}
	if len(c.Documents) != 1 || c.Documents[0].No != "37010001-2026-T000001" || m.told("case.special") != 1 {
		t.Errorf("documents %+v, told %d times", c.Documents, m.told("case.special"))
	}
	m.refuse(t, "case_state", m.beginning(t, "C", "tender", 5))
	m.refuse(t, "case_state", m.stepping(t, "C", "R1", StepPassed))
	m.refuse(t, "case_state", m.op(CancelCase, "C", clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(t, "C")}))
	m.refuse(t, "special_unknown", m.ending(t, "C", 2))
	m.refuse(t, "malformed", m.in(EndSpecial, "C", special("X1"), EndSpecialBody{m.edit(t, "C"), 1, "so so"}))
	m.refuse(t, "right_missing", m.in(EndSpecial, "C", office("S1"), EndSpecialBody{m.edit(t, "C"), 1, "passed"}))
	m.must(t, m.ending(t, "C", 1))
	m.refuse(t, "case_state", m.ending(t, "C", 1))
	m.must(t, m.beginning(t, "C", SpecialHearing, 20))
	if k := m.kase(t, "C"); k.DueDay != "" || k.Clock(ClockHearing).N != HearingDays || !k.Clock(ClockHearing).Runs() {
		t.Errorf("a hearing: due %q, %+v", k.DueDay, k.Clocks)
	}
	m.later(24 * time.Hour)
	m.must(t, m.ending(t, "C", 2))
	c = m.kase(t, "C")
	if c.Clock(ClockHearing).Runs() || c.DueDay != "2026-12-01" || recordsOf(c) != "0 2:1 3:pass 5:2site_visit 6:passed 5:2hearing 6:passed" {
		t.Errorf("due %s, records %s, %+v", c.DueDay, recordsOf(c), c.Clocks)
	}
	for i, serial := range map[int]int{3: 1, 4: 1, 5: 2, 6: 2} {
		if c.Records[i].Serial != serial {
			t.Errorf("record %d: %+v, want number %d", i, c.Records[i], serial)
		}
	}
	if c.Approval.At != StepReview {
		t.Errorf("the approval goes on at %d", c.Approval.At)
	}
	m.must(t, m.beginning(t, "C", "publication", 7)) // the item's own law stops the clock
	if k := m.kase(t, "C"); k.DueDay != "" || !k.Specials[2].Stops {
		t.Errorf("publication: %+v", k.Specials)
	}
	c = m.kase(t, "C")
	if c.ToldOf(1) != "37010001-2026-T000001" || c.ToldOf(3) != "37010001-2026-T000003" || c.ToldOf(4) != "" {
		t.Errorf("told by %q, %q, %q: %+v", c.ToldOf(1), c.ToldOf(3), c.ToldOf(4), c.Documents)
	}
}

// Row 18: once, in time, by the head, as far as the law lets.
func TestExtension(t *testing.T) {
	for _, kind := range []CaseKind{CasePromised, CaseJoint, CaseReportedUp} {
		m := newCases()
		m.licence().Kind = kind
		m.accepted(t, "C")
		m.must(t, m.stepping(t, "C", "H1", StepPassed))
		m.refuse(t, "right_missing", m.extending(t, "C", "A1", 5))
		if kind == CaseReportedUp {
			m.refuse(t, "extension_not_here", m.extending(t, "C", "A2", 5))
			continue
		}
		most := map[CaseKind]int{CasePromised: 10, CaseJoint: 15}[kind]
		m.refuse(t, "extension_days", m.extending(t, "C", "A2", most+1))
		m.refuse(t, "extension_days", m.extending(t, "C", "A2", 0))
		m.refuse(t, "reason_needed", m.in(ExtendCase, "C", office("A2"), ExtendCaseBody{m.edit(t, "C"), 5, ""}))
		m.must(t, m.extending(t, "C", "A2", most))
		m.refuse(t, "extension_used", m.extending(t, "C", "A2", 1))
		c := m.kase(t, "C")
		want := map[CaseKind]string{CasePromised: "2026-12-14", CaseJoint: "2026-12-21"}[kind]
		if c.DueDay != want || !c.Extended() || c.State != CaseInApproval || recordsOf(c) != "0 2:1 3:pass 5:1 6" || c.Documents[0].No != "37010001-2026-Y000001" {
			t.Errorf("%s: due %s, records %s, documents %+v", kind, c.DueDay, recordsOf(c), c.Documents)
		}
		if s := c.Specials[0]; s.ExpectDay != want || c.ToldOf(1) != c.Documents[0].No || s.EndedAt.IsZero() || s.Approver != "A2" || c.OpenSpecial() != nil {
			t.Errorf("%+v", s)
		}
	}
	m := newCases()
	m.accepted(t, "C")
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.on(t, "2026-12-01")
	m.refuse(t, "extension_too_late", m.extending(t, "C", "A2", 5))
}

// Rows 19, 20 and 22 of a case that is granted, with the clock of the delivery.
func TestGrantedAndCollected(t *testing.T) {
	m := newCases()
	m.toApprove(t, "C")
	m.refuse(t, "malformed", m.deciding(t, "C", "A1", "perhaps", ""))
	m.refuse(t, "malformed", m.deciding(t, "C", "A1", DecisionGranted, "nice_person"))
	m.must(t, m.deciding(t, "C", "A1", DecisionGranted, ""))
	c := m.kase(t, "C")
	if k := c.Clock(ClockDelivery); k == nil || k.Due != "2026-12-07" || c.Clock(ClockDecision).Runs() || CitizenNext(c).Code != "decided" {
		t.Fatalf("%s, %+v", c.State, c.Clocks)
	}
	if c.Documents[0].No != "37010001-2026-Z000001" || c.Decision.By != "A1" || c.Decision.SealedIn == "" || m.told("case.granted") != 1 {
		t.Errorf("%+v, %+v", c.Documents, c.Decision)
	}
	m.refuse(t, "case_state", m.op(CancelCase, "C", clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(t, "C")}))
	m.refuse(t, "result_of_decision", m.completing(t, "C", "H1", ResultReturned))
	m.refuse(t, "malformed", m.completing(t, "C", "H1", ResultTransferred))
	m.refuse(t, "right_missing", m.completing(t, "C", "R1", ResultCertificate))
	m.refuse(t, "certificate_needed", m.op(CompleteCase, "C", office("H1"), AtCentre, CompleteCaseBody{m.edit(t, "C"), ResultCertificate}))
	m.refuse(t, "right_missing", words(m.op(CompleteCase, "C", clerk("S2"), "counter-2", CompleteCaseBody{m.edit(t, "C"), ResultCertificate})))
	m.must(t, words(m.op(CompleteCase, "C", clerk("S1"), "counter-1", CompleteCaseBody{m.edit(t, "C"), ResultCertificate})))
	c = m.kase(t, "C")
	if c.State != CaseCompleted || c.Result != ResultCertificate || c.CertificateIn() == "" || c.Collected() != nil || !c.Clock(ClockDelivery).Runs() || recordsOf(c) != "0 2:1 3:pass 3:pass 3:grant 4:0" {
		t.Fatalf("%s, records %s, %+v", c.State, recordsOf(c), c.Clocks)
	}
	m.asks(t, "2026-12-08")
	if !m.clock(t, "C", ClockDelivery).Late || m.told("case.delivery_late") != 1 {
		t.Error("the delivery is late, and nobody is told")
	}
	collect := func(who Actor, terminal string, b CollectBody) Op {
		return words(m.op(CollectCase, "C", who, terminal, b))
	}
	m.refuse(t, "card_needed", collect(clerk("S1"), "counter-1", CollectBody{CollectCounter, DocResident, CheckedEye}))
	m.refuse(t, "malformed", collect(clerk("S1"), "counter-1", CollectBody{CollectCounter, "999", CheckedCard}))
	m.refuse(t, "malformed", collect(clerk("S1"), "counter-1", CollectBody{CollectCounter, DocPassport, "believed"}))
	m.refuse(t, "malformed", collect(staff("T1", RoleCourier), "station-1", CollectBody{CollectCounter, DocResident, CheckedCard}))
	m.refuse(t, "malformed", m.op(CollectCase, "C", clerk("S1"), "counter-1", CollectBody{CollectCounter, DocResident, CheckedCard}))
	m.refuse(t, "malformed", collect(clerk("S1"), "counter-1", CollectBody{Way: "drone"}))
	m.must(t, collect(clerk("S2"), "counter-2", CollectBody{CollectCounter, DocPassport, CheckedEye}))
	m.must(t, collect(staff("T1", RoleCourier), "station-1", CollectBody{Way: CollectMail}))
	c = m.kase(t, "C")
	if c.State != CaseCollected || c.Collected() != &c.Collections[0] || len(c.Collections) != 2 || c.Collections[0].Why != "" || c.Collections[1].Why != "collected_before" {
		t.Errorf("%s, %+v", c.State, c.Collections)
	}
	if c.Clock(ClockDelivery).Runs() || !strings.HasSuffix(recordsOf(c), " 4:0 9:counter") || !CitizenSince(c).Equal(c.Collections[1].At) {
		t.Errorf("records %s, %+v", recordsOf(c), c.Clocks)
	}
}

// What should not have been handed out is noted and changes nothing; the counter
// does not offer it.
func TestCollectedWhatIsNotThere(t *testing.T) {
	m := newCases()
	m.toApprove(t, "C")
	op := words(m.op(CollectCase, "C", clerk("S1"), "counter-1", CollectBody{CollectCounter, DocResident, CheckedCard}))
	m.must(t, op)
	if c := m.kase(t, "C"); c.State != CaseInApproval || len(c.Collections) != 1 || c.Collections[0].Why != "case_state" {
		t.Errorf("%s, %+v", c.State, c.Collections)
	}
	out, err := Step(m, op, Context{Now: m.now, Row: OverlayRow})
	if err != nil || out.Status != Rejected || out.Reason.Code != "case_state" {
		t.Errorf("at the counter: %s %v %v", out.Status, out.Reason, err)
	}
	m.must(t, m.deciding(t, "C", "A1", DecisionDenied, "conditions_not_met"))
	m.must(t, m.completing(t, "C", "H1", ResultReturned))
	m.must(t, op)
	if c := m.kase(t, "C"); c.State != CaseCompleted || c.Collections[1].Why != "nothing_to_collect" || CitizenNext(c).Code != "denied" {
		t.Errorf("%s, %+v", c.State, c.Collections)
	}
	granted := newCases()
	granted.toApprove(t, "C")
	granted.must(t, granted.deciding(t, "C", "A1", DecisionGranted, ""))
	granted.must(t, granted.completing(t, "C", "H1", ResultDone))
	op = words(granted.op(CollectCase, "C", clerk("S9"), "counter-1", CollectBody{CollectCounter, DocResident, CheckedCard}))
	out, err = Step(granted, op, Context{Now: granted.now, Row: granted.row + 1, Unattested: true})
	if err != nil || out.Status != Applied {
		t.Fatal(out, err)
	}
	granted.take(t, out)
	if c := granted.kase(t, "C"); c.State != CaseCompleted || c.Collections[0].Why != FaultNoSession || c.Clock(ClockDelivery).Runs() {
		t.Errorf("by nobody: %s, %+v", c.State, c.Collections)
	}
}

// A refusal gives its reasons; of a deemed case it ends what is still open, and
// such a case is not granted before its materials are in.
func TestRefusedDecision(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare, "RESIDENCE": MethodPaper})
	paper := m.paper(t, "C", "RESIDENCE", 1)
	m.must(t, m.scanning(SignOut, paper, "O2", "station-1"))
	m.asks(t, "2026-12-01")
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	old := m.in(DecideCase, "C", office("A1"), DecideCaseBody{Edit{Version: 1}, DecisionGranted, ""})
	m.refuse(t, "case_updated", old) // it was deemed accepted, but that is not what has changed
	m.refuse(t, "materials_open", m.deciding(t, "C", "A1", DecisionGranted, ""))
	m.refuse(t, "reasons_needed", m.deciding(t, "C", "A1", DecisionDenied, ""))
	m.refuse(t, "reasons_needed", m.op(DecideCase, "C", office("A1"), AtCentre, DecideCaseBody{m.edit(t, "C"), DecisionDenied, "conditions_not_met"}))
	m.must(t, m.deciding(t, "C", "A1", DecisionDenied, "conditions_not_met"))
	c := m.kase(t, "C")
	if c.State != CaseDecided || c.Clock(ClockDelivery) != nil || c.Documents[0].No != "37010001-2026-F000001" || len(c.Anomaly(m.now)) != 0 {
		t.Fatalf("%s, %+v, %v", c.State, c.Documents, c.Anomaly(m.now))
	}
	if a := m.material(t, "C", "MARRIAGE").Attempts[0]; a.State != AttemptVoid {
		t.Errorf("the attempt that was open: %+v", a)
	}
	m.idle(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
	if m.holder(t, paper) != AtHall || m.kase(t, "C").State != CaseDecided {
		t.Errorf("the paper is %s", m.holder(t, paper))
	}
	m.refuse(t, "result_of_decision", m.completing(t, "C", "H1", ResultCertificate))
	m.must(t, m.completing(t, "C", "H1", ResultReturned))
	if c := m.kase(t, "C"); recordsOf(c) != "0 2:1deemed 3:pass 3:pass 3:refuse 4:1" {
		t.Errorf("records %s", recordsOf(c))
	}
}

// Row 21: only what goes up, after the approval here, as far as this authority
// goes.
func TestTransferUp(t *testing.T) {
	m := newCases()
	m.licence().Kind = CaseReportedUp
	transfer := func(who, authority string) Op {
		return m.in(TransferCase, "C", office(who), TransferCaseBody{m.edit(t, "C"), authority})
	}
	m.accepted(t, "C")
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.refuse(t, "step_impossible", transfer("A1", "某省某厅"))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	m.refuse(t, "authority_needed", transfer("A1", "  "))
	m.refuse(t, "right_missing", transfer("R1", "某省某厅"))
	m.must(t, transfer("A1", "某省某厅"))
	c := m.kase(t, "C")
	if c.State != CaseCompleted || c.Result != ResultTransferred || c.Authority != "某省某厅" || c.Clock(ClockReview).Runs() || recordsOf(c) != "0 2:1 3:pass 3:pass 3:pass 4:4" {
		t.Errorf("%s, records %s, %+v", c.State, recordsOf(c), c.Clocks)
	}
	if CitizenNext(c).Code != "transferred" {
		t.Errorf("next %v", CitizenNext(c))
	}
	papers := newCases()
	papers.licence().Kind = CaseReportedUp
	papers.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper})
	paper := papers.paper(t, "C", "MARRIAGE", 1)
	papers.must(t, papers.scanning(SignOut, paper, "O1", "station-1"))
	papers.must(t, papers.scanning(SignIn, paper, "I1", "station-9"))
	papers.must(t, papers.stepping(t, "C", "H1", StepPassed))
	papers.must(t, papers.stepping(t, "C", "R1", StepPassed))
	papers.must(t, papers.in(TransferCase, "C", office("A1"), TransferCaseBody{papers.edit(t, "C"), "某省某厅"}))
	if p := load[Paper](t, papers, EntityPaper, paper); p.GoesBack() || p.Custody != AtHall {
		t.Errorf("what the case was decided on goes away: %+v", p)
	}
	other := newCases()
	other.toApprove(t, "C")
	other.refuse(t, "not_reported_up", other.in(TransferCase, "C", office("A1"), TransferCaseBody{other.edit(t, "C"), "某省某厅"}))
}

// Row 24: asked for by one, decided by another; what was completed gets a new
// version of its record.
func TestVoiding(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper})
	paper := m.paper(t, "C", "MARRIAGE", 1)
	asking := func(who Actor, reason string) Op {
		return words(m.op(AskVoid, "C", who, "counter-1", AskVoidBody{m.edit(t, "C"), reason}))
	}
	answer := func(who string, yes bool) Op {
		return m.in(DecideVoid, "C", office(who), DecideVoidBody{m.edit(t, "C"), yes})
	}
	m.refuse(t, "void_not_asked", answer("A1", true))
	m.refuse(t, "right_missing", asking(clerk("S2"), "entered_twice"))
	m.refuse(t, "reason_needed", asking(clerk("S1"), "entered twice"))
	m.must(t, asking(clerk("S1"), "entered_twice"))
	m.idle(t, asking(clerk("S1"), "entered_twice"))
	if c := m.kase(t, "C"); c.State != CasePending || c.Voiding == nil || m.told("case.void_asked") != 1 {
		t.Fatalf("asked: %s", c.State)
	}
	m.refuse(t, "right_missing", answer("R1", true))
	m.must(t, answer("A1", false))
	if c := m.kase(t, "C"); c.State != CasePending || c.Voiding != nil || !c.Clock(ClockNotice).Runs() {
		t.Fatalf("turned down: %s", c.State)
	}
	m.must(t, asking(office("A1"), "entered_twice"))
	m.refuse(t, "same_person", answer("A1", true))
	m.must(t, answer("A2", true))
	c := m.kase(t, "C")
	if c.State != CaseVoided || c.Result != ResultVoided || c.Reason != "entered_twice" || recordsOf(c) != "0 4:2entered_twice" || c.Clock(ClockNotice).Runs() {
		t.Errorf("%s, records %s", c.State, recordsOf(c))
	}
	if m.holder(t, paper) != AtDepartment || c.Materials[1].Attempts[0].State != AttemptVoid {
		t.Errorf("the paper is %s, %+v", m.holder(t, paper), c.Materials[1])
	}

	over := newCases()
	over.toApprove(t, "D")
	over.must(t, over.deciding(t, "D", "A1", DecisionGranted, ""))
	over.must(t, over.completing(t, "D", "H1", ResultCertificate))
	over.must(t, over.in(AskVoid, "D", office("H1"), AskVoidBody{over.edit(t, "D"), "false_materials"}))
	over.must(t, over.in(DecideVoid, "D", office("A2"), DecideVoidBody{over.edit(t, "D"), true}))
	c = over.kase(t, "D")
	if last := c.Records[len(c.Records)-1]; last.Version != 2 || last.Status != ResultVoided || c.Clock(ClockDelivery).Runs() {
		t.Errorf("%+v, %+v", c.Records, c.Clocks)
	}
}

// Row 25: all four records at one time, both documents numbered, the same after a
// restore.
func TestInstantCase(t *testing.T) {
	m := newCases()
	m.receivedWhole(t, "C")
	instant := func(result, reason, completion string) Op {
		return words(m.op(DecideInstant, "C", clerk("S1"), "counter-1", DecideInstantBody{m.edit(t, "C"), result, reason, completion}))
	}
	m.refuse(t, "not_instant", instant(DecisionGranted, "", ResultDone))
	m.licence().Kind = CaseInstant
	m.refuse(t, "result_of_decision", instant(DecisionDenied, "conditions_not_met", ResultCertificate))
	m.refuse(t, "reasons_needed", instant(DecisionDenied, "", ResultReturned))
	op := instant(DecisionGranted, "", ResultCertificate)
	out := m.must(t, op)
	c := m.kase(t, "C")
	if c.State != CaseCompleted || recordsOf(c) != "0 2:1 3:grant 4:0" || c.Clock(ClockDecision).Runs() || c.Clock(ClockNotice).Runs() || !c.Clock(ClockDelivery).Runs() {
		t.Fatalf("%s, records %s, %+v", c.State, recordsOf(c), c.Clocks)
	}
	for _, r := range c.Records[1:] {
		if !r.At.Equal(c.AcceptedAt) || r.Staff != "S1" {
			t.Errorf("record %+v, accepted at %s", r, c.AcceptedAt)
		}
	}
	if c.NoticeNo != "37010001-2026-000001" || c.Documents[0].No != "37010001-2026-Z000001" {
		t.Errorf("notice %q, documents %+v", c.NoticeNo, c.Documents)
	}
	again := newCases()
	again.licence().Kind = CaseInstant
	again.receivedWhole(t, "C")
	held, err := Step(again, op, Context{Now: again.now, Row: again.row + 1, Held: out.Result, Term: 1, Restored: today})
	if err != nil || held.Status != Applied || !SameResult(out.Result, held.Result) || string(held.Result) != string(out.Result) {
		t.Errorf("after a restore %s %s, before %s: %v", held.Status, held.Result, out.Result, err)
	}
	fresh, err := Step(again, op, Context{Now: again.now, Row: again.row + 1, Term: 1, Restored: today})
	if err != nil || SameResult(out.Result, fresh.Result) {
		t.Errorf("afresh after a restore %s: %v", fresh.Result, err)
	}
	open := newCases()
	open.licence().Kind = CaseInstant
	open.begin(t, "C")
	open.must(t, open.original("C", "FORM"))
	open.receive(t, "C")
	open.refuse(t, "materials_open", words(open.op(DecideInstant, "C", clerk("S1"), "counter-1",
		DecideInstantBody{open.edit(t, "C"), DecisionGranted, "", ResultDone})))
}

// A case that hangs is flagged, and no clock waits for it.
func TestHangingStopsNoClock(t *testing.T) {
	m := newCases()
	m.accepted(t, "C")
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	due := m.kase(t, "C").DueDay
	hang := func(who string, b HangCaseBody) Op {
		b.Edit = m.edit(t, "C")
		return m.op(HangCase, "C", office(who), AtCentre, b)
	}
	m.refuse(t, "right_missing", hang("H1", HangCaseBody{Hung: true, Reason: "away"}))
	m.refuse(t, "reason_needed", hang("R1", HangCaseBody{Hung: true}))
	m.must(t, hang("R1", HangCaseBody{Hung: true, Reason: "away"}))
	m.idle(t, hang("R1", HangCaseBody{Hung: true, Reason: "away"}))
	if c := m.kase(t, "C"); c.Hung == nil || c.DueDay != due || c.Clock(ClockDecision).Stopped() {
		t.Fatalf("%+v, due %s", c.Hung, c.DueDay)
	}
	m.must(t, hang("R1", HangCaseBody{}))
	m.must(t, hang("R1", HangCaseBody{Hung: true, Reason: "away"}))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	m.must(t, m.deciding(t, "C", "A1", DecisionGranted, ""))
	if c := m.kase(t, "C"); c.Hung != nil {
		t.Errorf("decided and %+v", c.Hung)
	}
}

// What an earlier program stored is decided as it was then, and the cases that it
// left go on by today's rules.
func TestOperationsOfBefore(t *testing.T) {
	raw, err := os.ReadFile("testdata/before/ops.json")
	if err != nil {
		t.Fatal(err)
	}
	var log []struct {
		At     time.Time     `json:"at"`
		Op     Op            `json:"op"`
		Status VerdictStatus `json:"status"`
		Code   string        `json:"code"`
	}
	if field, err := DecodeStrict(raw, &log); err != nil || field != "" || len(log) < 20 {
		t.Fatalf("%d operations, %q %v", len(log), field, err)
	}
	m := newCases()
	for _, e := range log {
		if m.now = e.At; e.At.Year() == 2027 { // by then its calendar was published
			m.cat.Calendar = append(slices.Clone(calendars), CalendarYear{Year: 2027})
		}
		if out := m.do(t, e.Op); out.Status != e.Status || out.Reason.Code != e.Code {
			t.Errorf("%s %s: %s %v, was %s %s", e.Op.ID, e.Op.Kind, out.Status, out.Reason, e.Status, e.Code)
		}
	}
	for id, name := range map[string]string{"C": "deemed", "D": "lapsed", "E": "supplemented"} {
		was, err := os.ReadFile("testdata/before/case_" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		kase := m.kase(t, id) // but for its reminders, of which nobody knew
		kase.StepWatch = Watch{}
		for i := range kase.Clocks {
			kase.Clocks[i].Watch = Watch{}
		}
		is, err := json.Marshal(kase)
		if err != nil || string(is) != string(was) {
			t.Errorf("%s is\n%s\nand was\n%s", id, is, was)
		}
	}
	m.must(t, m.stepping(t, "E", "H1", StepPassed))
	m.must(t, m.stepping(t, "E", "R1", StepPassed))
	m.must(t, m.deciding(t, "E", "A1", DecisionGranted, ""))
	m.must(t, m.completing(t, "E", "H1", ResultDone))
}
