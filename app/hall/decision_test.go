package hall

import (
	"slices"
	"testing"
	"time"
)

func office(id string) Actor { return staff(id, RoleApprover) }

func special(id string) Actor { return staff(id, RoleSpecialApprover) }

// words gives an operation its sealed part.
func words(op Op) Op {
	op.Sealed = []byte("sealed")
	return op
}

// in is an act of the office with words, at the centre.
func (m *memory) in(kind Kind, id string, actor Actor, body any) Op {
	return words(m.op(kind, id, actor, AtCentre, body))
}

func (m *memory) stepping(t testing.TB, id, who, status string) Op {
	t.Helper()
	return m.in(ApproveStep, id, office(who), ApproveStepBody{Edit: m.edit(t, id), Status: status})
}

// accepted brings a complete case to its acceptance by S1 at counter 1.
func (m *memory) accepted(t testing.TB, id string) {
	t.Helper()
	m.receivedWhole(t, id)
	m.must(t, m.accepting(t, id))
}

// receivedWhole brings a complete case to its receipt.
func (m *memory) receivedWhole(t testing.TB, id string) {
	t.Helper()
	m.begin(t, id)
	m.must(t, m.original(id, "FORM"))
	m.must(t, m.original(id, "MARRIAGE"))
	m.receive(t, id)
}

// toApprove brings a case to the last step: H1 handled it, R1 reviewed it.
func (m *memory) toApprove(t testing.TB, id string) {
	t.Helper()
	m.accepted(t, id)
	m.must(t, m.stepping(t, id, "H1", StepPassed))
	m.must(t, m.stepping(t, id, "R1", StepPassed))
}

func (m *memory) deciding(t testing.TB, id, who, result, reason string) Op {
	t.Helper()
	return m.in(DecideCase, id, office(who), DecideCaseBody{m.edit(t, id), result, reason})
}

func (m *memory) completing(t testing.TB, id, who, result string) Op {
	t.Helper()
	return m.in(CompleteCase, id, office(who), CompleteCaseBody{m.edit(t, id), result})
}

// The item of the tests, to be changed for one of them.
func (m *memory) licence() *ItemVersion {
	return &m.cat.Items[len(m.cat.Items)-1].Versions[1]
}

// Every other row of G2.2 from every state: what is not in the table does not
// happen.
func TestCaseRowsFromEveryState(t *testing.T) {
	edit := Edit{Version: 1}
	done := Material{Key: "FORM", Code: "FORM", Required: true, State: MaterialDone, Attempts: []Attempt{{No: 1, Method: MethodOriginal, State: AttemptSucceeded}}}
	waits := Material{Key: "MARRIAGE", Code: "MARRIAGE", Required: true, State: MaterialEWait, Attempts: []Attempt{{No: 1, Method: MethodEShare, State: AttemptActive}}}
	whole, open := []Material{done}, []Material{done, waits}
	collect := CollectBody{Way: CollectCounter, DocKind: DocResident, Checked: CheckedCard}
	callback := CallbackBody{Material: "MARRIAGE", Attempt: 1, Request: RequestID("C", "MARRIAGE", 1), File: file(1)}
	type to map[CaseState]CaseState
	for _, row := range []struct {
		name      string
		kind      Kind
		actor     Actor
		body      any
		materials []Material
		step      int // of the approval
		prepare   func(m *memory, c *Case)
		to        to
	}{
		{"1", ApplyCase, citizen, NumberBody{}, whole, 1, numberless, to{CaseDraft: CaseApplied}},
		{"1b", ApplyCase, citizen, NumberBody{}, open, 1, numberless, to{CaseDraft: CasePending}},
		{"2", ReceiveCase, clerk("S1"), NumberBody{}, whole, 1, numberless, to{CaseDraft: CaseReceived, CaseApplied: CaseReceived}}, // with 9c
		{"7", AcceptCase, clerk("S1"), AcceptCaseBody{edit}, whole, 1, nil, to{CaseReceived: CaseAccepted}},
		{"8", AcceptCase, clerk("S1"), AcceptCaseBody{edit}, open, 1, nil, to{CaseReceived: CasePending}},
		{"9", MaterialArrived, system, callback, open, 1, nil, to{CasePending: CaseAccepted}},
		{"9b applied", MaterialArrived, system, callback, open, 1, begunOnline, to{CasePending: CaseApplied}},
		{"9b pre-review", MaterialArrived, system, callback, open, 1,
			func(m *memory, c *Case) { begunOnline(m, c); m.preReviewed() }, to{CasePending: CasePreReview}},
		{"9b accepted", MaterialArrived, system, callback, open, 1,
			func(m *memory, c *Case) { begunOnline(m, c); m.licence().OnComplete = OnCompleteAccept }, to{CasePending: CaseAccepted}},
		{"9 submitted again", AcceptCase, clerk("S1"), AcceptCaseBody{edit}, whole, 1,
			func(_ *memory, c *Case) { c.Resubmit = true }, to{CaseReceived: CaseAccepted, CasePending: CaseAccepted}},
		{"15", ApproveStep, office("H1"), ApproveStepBody{Edit: edit, Status: StepPassed}, whole, StepHandle, nil,
			to{CaseAccepted: CaseInApproval, CaseInApproval: CaseInApproval}},
		{"16", BeginSpecial, special("X1"), BeginSpecialBody{edit, "inspection", "needed", Limit{5, UnitWorkingDay}}, whole, StepHandle, nil,
			to{CaseInApproval: CaseSpecialStop}},
		{"17", EndSpecial, special("X1"), EndSpecialBody{edit, 1, "passed"}, whole, StepHandle, inSpecial, to{CaseSpecialStop: CaseInApproval}},
		{"18", ExtendCase, office("A2"), ExtendCaseBody{edit, 10, "complex"}, whole, StepHandle, nil, to{CaseInApproval: CaseInApproval}},
		{"19 granted", DecideCase, office("A1"), DecideCaseBody{edit, DecisionGranted, ""}, whole, StepApprove, nil, to{CaseInApproval: CaseDecided}},
		{"19 refused", DecideCase, office("A1"), DecideCaseBody{edit, DecisionDenied, "conditions_not_met"}, open, StepApprove, nil, to{CaseInApproval: CaseDecided}},
		{"20", CompleteCase, office("H1"), CompleteCaseBody{edit, ResultCertificate}, whole, StepApprove, granted, to{CaseDecided: CaseCompleted}},
		{"21", TransferCase, office("A1"), TransferCaseBody{edit, "某省某厅"}, whole, StepApprove, reportedUp, to{CaseInApproval: CaseCompleted}},
		{"22", CollectCase, clerk("S1"), collect, whole, StepApprove, func(_ *memory, c *Case) { c.Result = ResultCertificate }, to{CaseCompleted: CaseCollected}},
		{"23", CancelCase, clerk("S1"), CancelCaseBody{Edit: edit}, open, StepHandle, nil, ending("23", CaseWithdrawn)},
		{"24", DecideVoid, office("A1"), DecideVoidBody{edit, true}, open, StepHandle, asked, ending("24", CaseVoided)},
		{"25", DecideInstant, clerk("S1"), DecideInstantBody{edit, DecisionGranted, "", ResultDone}, whole, StepHandle,
			func(m *memory, _ *Case) { m.licence().Kind = CaseInstant }, to{CaseReceived: CaseCompleted}},
		{"hung", HangCase, office("H1"), HangCaseBody{edit, true, "away"}, whole, StepHandle, nil, to{CaseInApproval: CaseInApproval}},
	} {
		for _, from := range CaseStates() {
			t.Run(row.name+" from "+string(from), func(t *testing.T) {
				m := newCases()
				c := Case{ID: "C", Item: "licence", ItemVersion: 2, Origin: OriginCounter, State: from, Version: 1, Clerk: "S1", Number: "010101000001",
					AppliedAt: m.now, ReceivedAt: m.now, AcceptedAt: m.now, Materials: row.materials,
					Approval: &Approval{At: row.step, Steps: []ApprovalStep{{No: 1, Step: StepHandle, Status: StepPassed, By: "H2", At: m.now}}}}
				if row.prepare != nil {
					row.prepare(m, &c)
				}
				m.write(t, EntityCase, "C", c)
				m.write(t, EntityApplicant, "C", Applicant{Case: "C", Owner: "o"})
				terminal, body := AtCentre, row.body
				if row.actor.Role == RoleClerk || row.actor.Role == RoleCitizen {
					terminal = "counter-1"
				}
				if _, numbers := body.(NumberBody); numbers {
					body = m.serial(t, terminal)
				}
				out := m.do(t, words(m.op(row.kind, "C", row.actor, terminal, body)))
				want, allowed := row.to[from]
				if !allowed {
					want = from
				}
				is := m.kase(t, "C")
				seen := row.kind == CollectCase || row.kind == MaterialArrived // is noted in any state
				if is.State != want || allowed != (out.Status == Applied) && !seen {
					t.Errorf("%s, want %s (%s %v)", is.State, want, out.Status, out.Reason)
				}
				made := func(r CaseRow) bool {
					return r.To == want && slices.Contains(r.From, from) && slices.Contains(r.Kinds, row.kind)
				}
				if allowed && !slices.ContainsFunc(CaseRows(), made) {
					t.Errorf("the table of transitions does not know it")
				}
				if !allowed && is.Version != 1 {
					t.Errorf("refused, and version %d", is.Version)
				}
			})
		}
	}
}

func numberless(_ *memory, c *Case) {
	if c.State == CaseDraft {
		c.Number, c.AppliedAt = "", time.Time{}
	}
}

func begunOnline(_ *memory, c *Case) { c.Origin, c.ReceivedAt = OriginOnline, time.Time{} }

func inSpecial(_ *memory, c *Case) {
	c.Specials = []Special{{Serial: 1, Kind: SpecialOther, Name: "inspection", Approver: "X1"}}
}

func granted(_ *memory, c *Case) { c.Decision = &Decision{Result: DecisionGranted} }

func reportedUp(m *memory, _ *Case) { m.licence().Kind = CaseReportedUp }

func asked(_ *memory, c *Case) { c.Voiding = &Voiding{By: "S1", Reason: "mistake"} }

// ending maps every state of a row to where it ends.
func ending(row string, to CaseState) map[CaseState]CaseState {
	all := map[CaseState]CaseState{}
	r, _ := find(CaseRows(), func(r CaseRow) bool { return r.No == row })
	for _, s := range r.From {
		all[s] = to
	}
	return all
}

// Rows of the requirements as they stand there, not as the table of the rules
// has them.
func TestRowsThatEndACase(t *testing.T) {
	for row, not := range map[string][]CaseState{
		"23": {CaseNotAccepted, CaseSpecialStop, CaseDecided, CaseCompleted, CaseCollected, CaseWithdrawn, CaseVoided},
		"24": {CaseDraft, CaseWithdrawn, CaseVoided},
	} {
		for _, s := range CaseStates() {
			if caseMay(row, s) == slices.Contains(not, s) {
				t.Errorf("row %s from %s: %v", row, s, caseMay(row, s))
			}
		}
	}
}

// Row 15: who may do which step, and where the case goes.
func TestApprovalSteps(t *testing.T) {
	m := newCases()
	m.accepted(t, "C")
	at := func(step int, by string) {
		t.Helper()
		if a := m.kase(t, "C").Approval; a.At != step || a.By != by {
			t.Fatalf("at step %d of %q, want %d of %q", a.At, a.By, step, by)
		}
	}
	body := func(b ApproveStepBody) ApproveStepBody { b.Edit = m.edit(t, "C"); return b }
	act := func(who string, b ApproveStepBody) Op { return m.in(ApproveStep, "C", office(who), body(b)) }
	m.refuse(t, "right_missing", m.stepping(t, "C", "R1", StepPassed)) // reviews, does not handle
	m.refuse(t, "step_not_at_window", m.in(ApproveStep, "C", clerk("S1"), body(ApproveStepBody{Status: StepPassed})))
	m.refuse(t, "opinion_needed", m.op(ApproveStep, "C", office("H1"), AtCentre, body(ApproveStepBody{Status: StepPassed})))
	m.refuse(t, "step_impossible", m.stepping(t, "C", "H1", StepReturned))
	m.refuse(t, "step_impossible", m.stepping(t, "C", "H1", StepSentBack))
	m.refuse(t, "recall_too_late", m.stepping(t, "C", "H1", StepRecalled))
	m.refuse(t, "malformed", m.stepping(t, "C", "H1", "wave"))
	m.refuse(t, "staff_unfit", act("H1", ApproveStepBody{Status: StepHandedOver, To: "R1"}))
	m.refuse(t, "staff_unfit", act("H1", ApproveStepBody{Status: StepHandedOver}))
	if s := m.kase(t, "C").State; s != CaseAccepted {
		t.Fatalf("refused steps made %s", s)
	}
	m.must(t, act("H1", ApproveStepBody{Status: StepHandedOver, To: "H2"}))
	at(StepHandle, "H2")
	m.refuse(t, "not_your_turn", m.stepping(t, "C", "H1", StepPassed))
	m.must(t, m.stepping(t, "C", "H1", StepRecalled))
	at(StepHandle, "H1")
	m.must(t, act("A1", ApproveStepBody{Status: StepHandedOver, To: "H2"})) // H1 is away
	m.refuse(t, "recall_too_late", m.stepping(t, "C", "H1", StepRecalled))
	m.must(t, m.stepping(t, "C", "H2", StepPassed))
	at(StepReview, "")
	m.refuse(t, "same_person", m.stepping(t, "C", "H2", StepPassed)) // has both rights, handled it
	m.refuse(t, "step_impossible", m.deciding(t, "C", "A1", DecisionGranted, ""))
	m.must(t, m.stepping(t, "C", "R1", StepReturned))
	at(StepHandle, "H2")
	m.must(t, act("H2", ApproveStepBody{Status: StepPassed, To: "R1"}))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	m.must(t, m.stepping(t, "C", "A2", StepSentBack))
	at(StepReview, "R1")
	m.refuse(t, "right_missing", act("R1", ApproveStepBody{Status: StepJumped, Step: StepApprove}))
	m.refuse(t, "step_impossible", act("A1", ApproveStepBody{Status: StepJumped, Step: StepReview}))
	m.refuse(t, "step_impossible", act("A1", ApproveStepBody{Status: StepJumped, Step: 4}))
	m.refuse(t, "malformed", act("R1", ApproveStepBody{Status: StepPassed, Step: StepApprove}))
	m.must(t, act("A1", ApproveStepBody{Status: StepJumped, Step: StepApprove}))
	at(StepApprove, "")
	m.refuse(t, "step_impossible", m.stepping(t, "C", "A1", StepPassed))
	c := m.kase(t, "C")
	if c.State != CaseInApproval || len(c.Approval.Steps) != 9 || recordsOf(c) != "0 2:1 3:hand_over 3:recall 3:hand_over 3:pass 3:return 3:pass 3:pass 3:send_back 3:jump" {
		t.Fatalf("%s with %d steps, records %s", c.State, len(c.Approval.Steps), recordsOf(c))
	}
	if r := c.Records[len(c.Records)-1]; r.Step != StepReview || r.Serial != 9 || r.Staff != "A1" || c.Approval.Steps[8].SealedIn == "" {
		t.Errorf("record %+v", r)
	}
	edit := m.edit(t, "C")
	m.must(t, m.deciding(t, "C", "A1", DecisionGranted, ""))
	m.refuse(t, "case_updated", m.in(DecideCase, "C", office("A1"), DecideCaseBody{edit, DecisionGranted, ""}))
}

// The window handles what the item lets it handle, and no other step.
func TestWindowHandles(t *testing.T) {
	m := newCases()
	m.licence().WindowHandles = true
	m.accepted(t, "C")
	window := func(who string, b ApproveStepBody) Op {
		b.Edit = m.edit(t, "C")
		return words(m.op(ApproveStep, "C", clerk(who), "counter-1", b))
	}
	m.refuse(t, "right_missing", window("S2", ApproveStepBody{Status: StepPassed}))
	m.must(t, window("S1", ApproveStepBody{Status: StepPassed}))
	m.refuse(t, "step_not_at_window", window("S3", ApproveStepBody{Status: StepPassed}))
	m.must(t, m.stepping(t, "C", "R1", StepReturned))
	if a := m.kase(t, "C").Approval; a.At != StepHandle || a.By != "S1" {
		t.Errorf("returned to %+v", a)
	}
}

// A case that was jumped to the approver was never handled: nobody decides alone.
func TestNobodyDecidesAlone(t *testing.T) {
	m := newCases()
	m.accepted(t, "C")
	m.must(t, m.in(ApproveStep, "C", office("A1"), ApproveStepBody{Edit: m.edit(t, "C"), Status: StepJumped, Step: StepApprove}))
	m.refuse(t, "not_handled", m.deciding(t, "C", "A1", DecisionGranted, ""))
	m.must(t, m.in(ApproveStep, "C", office("A1"), ApproveStepBody{Edit: m.edit(t, "C"), Status: StepJumped, Step: StepHandle}))
	m.must(t, m.stepping(t, "C", "A1", StepPassed))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	m.refuse(t, "same_person", m.deciding(t, "C", "A1", DecisionGranted, ""))
	m.refuse(t, "right_missing", m.deciding(t, "C", "R1", DecisionGranted, ""))
	m.must(t, m.deciding(t, "C", "A2", DecisionGranted, ""))
}
