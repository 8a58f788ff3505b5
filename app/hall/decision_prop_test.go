package hall

import (
	"slices"

	"pgregory.net/rapid"
)

// checkDecision: nobody decides alone, nothing is granted without its materials,
// the clock of the decision stands exactly while a procedure stops it, and it is
// extended once.
func (w *sharingWorld) checkDecision(r *rapid.T, op Op, was, is Case) {
	instant := op.Kind == DecideInstant
	if is.Decision != nil && was.Decision == nil {
		handler := is.Approval.handledBy()
		if !instant && (handler == "" || handler == is.Decision.By) {
			r.Fatalf("%s: %s was handled by %q and decided by %q", op.Kind, is.ID, handler, is.Decision.By)
		}
		if is.Decision.Result == DecisionGranted && (!is.Complete() || is.Clock(ClockDelivery) == nil) {
			r.Fatalf("%s granted %s: %+v", op.Kind, is.ID, is)
		}
	}
	if was.Decision != nil && (is.Decision == nil || is.Decision.Result != was.Decision.Result) {
		r.Fatalf("%s took the decision on %s back", op.Kind, is.ID)
	}
	if is.State == CaseVoided && was.State != CaseVoided && was.Voiding.By == op.Actor.ID {
		r.Fatalf("%s voided %s alone", op.Actor.ID, is.ID)
	}
	checkPlaces(r, w.m.cat, is)
	w.checkSupervision(r, op, was, is)
	open := is.OpenSpecial()
	if (is.State == CaseSpecialStop) != (open != nil) && is.State != CaseVoided {
		r.Fatalf("%s: %s is %s with %+v", op.Kind, is.ID, is.State, is.Specials)
	}
	extensions := 0
	for i, s := range is.Specials {
		if s.Serial != i+1 {
			r.Fatalf("%s: %+v", op.Kind, is.Specials)
		}
		if s.Kind == SpecialExtension {
			extensions += s.Expect.N
		}
	}
	if k := is.Clock(ClockDecision); k != nil && k.Ended == "" {
		if k.Stopped() != (open != nil && open.Stops) || k.Extra != extensions || extensions > ExtensionDays || is.DueDay != k.Due {
			r.Fatalf("%s: %s, due %s, with %+v and %+v", op.Kind, is.State, is.DueDay, is.Specials, k)
		}
	}
	if is.State == CaseCollected && was.State == CaseCompleted && was.Result != ResultCertificate && was.Result != ResultDone {
		r.Fatalf("%s: collected a case with the result %s", op.Kind, was.Result)
	}
}

// checkSupervision: a reminder is none of the acts that people do, and what is open
// has a light that only an act takes back.
func (w *sharingWorld) checkSupervision(r *rapid.T, op Op, was, is Case) {
	day := DayOf(w.m.now)
	_, before, lit := was.CaseClock(w.m.cat.Calendar, day)
	_, after, still := is.CaseClock(w.m.cat.Calendar, day)
	if op.Kind == RemindCase && (is.Version != was.Version || is.State != was.State || is.Reminded() > was.Reminded()+1 || before != after || lit != still) {
		r.Fatalf("a reminder made of %+v %+v", was, is)
	}
	if is.Reminded() > was.Reminded() && (op.Kind != RemindCase || is.Stage() == "") {
		r.Fatalf("%s reminded of %s in %s", op.Kind, is.ID, is.State)
	}
	if is.Version == was.Version && lit && still && after.urgency() < before.urgency() {
		r.Fatalf("%s: %s was %s and is %s", op.Kind, is.ID, before, after)
	}
	if k, ok := is.StageClock(w.m.cat); ok && (k.N < 1 || is.Stage() == "") {
		r.Fatalf("%s in %s: %+v", is.ID, is.State, k)
	}
}

// office does what comes next for a case, as the people of the office would.
func (w *sharingWorld) office(r *rapid.T) {
	m, t := w.m, w.t
	id := rapid.SampledFrom(append([]string{"F"}, worldCases...)).Draw(r, "case")
	for range rapid.IntRange(1, 7).Draw(r, "acts") {
		c := m.kase(t, id)
		edit := m.edit(t, id)
		switch c.State {
		case CaseReceived:
			w.do(r, by(words(m.op(DecideInstant, id, clerk("S1"), "counter-1", DecideInstantBody{edit, DecisionGranted, "", ResultCertificate}))))
		case CaseAccepted, CaseInApproval:
			w.next(r, c)
		case CaseSpecialStop:
			w.do(r, m.in(EndSpecial, id, special("X1"), EndSpecialBody{edit, len(c.Specials), "passed"}))
		case CaseDecided:
			result := rapid.SampledFrom([]string{ResultCertificate, ResultReturned, ResultDone}).Draw(r, "result")
			w.do(r, m.in(CompleteCase, id, office("H1"), CompleteCaseBody{edit, result}))
		case CaseCompleted:
			w.do(r, words(m.op(CollectCase, id, clerk("S2"), "counter-2", CollectBody{CollectCounter, DocResident, CheckedCard})))
		default:
			return
		}
	}
}

// handle brings an accepted case some way through its approval.
func (w *sharingWorld) handle(r *rapid.T, id string) {
	m, t := w.m, w.t
	far := rapid.IntRange(0, 3).Draw(r, "handled")
	if far > 0 {
		w.do(r, m.stepping(t, id, "H1", StepPassed))
	}
	switch far {
	case 2:
		w.do(r, m.beginning(t, id, "inspection", 3))
	case 3:
		w.do(r, m.stepping(t, id, "R1", StepPassed))
	}
}

// next is the next step of an approval.
func (w *sharingWorld) next(r *rapid.T, c Case) {
	m, t := w.m, w.t
	edit := m.edit(t, c.ID)
	a := c.Approval
	if c.State == CaseInApproval && rapid.IntRange(0, 2).Draw(r, "special") == 0 {
		name := rapid.SampledFrom([]string{"inspection", "site_visit", SpecialHearing}).Draw(r, "name")
		w.do(r, m.in(BeginSpecial, c.ID, special("X1"), BeginSpecialBody{edit, name, "needed", Limit{3, UnitWorkingDay}}))
		return
	}
	if a != nil && a.At == StepApprove {
		result := rapid.SampledFrom([]DecideCaseBody{{edit, DecisionGranted, ""}, {edit, DecisionDenied, "conditions_not_met"}}).Draw(r, "decision")
		w.do(r, m.in(DecideCase, c.ID, office(rapid.SampledFrom([]string{"A1", "A2"}).Draw(r, "who")), result))
		return
	}
	who := "H1"
	if a != nil && a.At == StepReview {
		who = "R1"
	}
	if a != nil && a.By != "" {
		who = a.By
	}
	w.do(r, m.stepping(t, c.ID, who, StepPassed))
}

// atOdds does anything of the office at any time by anybody.
func (w *sharingWorld) atOdds(r *rapid.T) {
	m, t := w.m, w.t
	id := rapid.SampledFrom(worldCases).Draw(r, "case")
	people := []string{"H1", "H2", "R1", "A1", "A2"}
	who := office(rapid.SampledFrom(people).Draw(r, "who"))
	edit := m.edit(t, id)
	statuses := []string{StepPassed, StepReturned, StepHandedOver, StepSentBack, StepRecalled, StepJumped}
	step := ApproveStepBody{Edit: edit, Status: rapid.SampledFrom(statuses).Draw(r, "status"), To: rapid.SampledFrom(append(slices.Clone(people), "", "")).Draw(r, "to")}
	if step.Status == StepJumped {
		step.Step = rapid.IntRange(1, 3).Draw(r, "step")
	}
	switch rapid.IntRange(0, 9).Draw(r, "act") {
	case 9:
		w.do(r, m.urge(id, "请尽快办理"))
	case 0:
		w.do(r, m.in(ExtendCase, id, who, ExtendCaseBody{edit, rapid.IntRange(1, 12).Draw(r, "days"), "complex"}))
	case 1:
		w.do(r, m.in(DecideCase, id, who, DecideCaseBody{edit, DecisionDenied, "conditions_not_met"}))
	case 2:
		w.do(r, m.in(TransferCase, id, who, TransferCaseBody{edit, "某厅"}))
	case 3:
		w.do(r, m.in(EndSpecial, id, special("X1"), EndSpecialBody{edit, rapid.IntRange(1, 3).Draw(r, "serial"), "stopped"}))
	case 4:
		w.do(r, m.op(HangCase, id, who, AtCentre, HangCaseBody{Edit: edit, Hung: true, Reason: "away"}))
	case 5:
		w.do(r, words(m.op(CollectCase, id, clerk("S1"), "counter-1", CollectBody{Way: CollectMail})))
	case 6:
		w.do(r, m.in(DecideVoid, id, who, DecideVoidBody{edit, true}))
	default:
		w.do(r, m.in(ApproveStep, id, who, step))
	}
}

// void asks that a case is voided, and sometimes somebody decides.
func (w *sharingWorld) void(r *rapid.T) {
	m, t := w.m, w.t
	if rapid.IntRange(0, 2).Draw(r, "sure") > 0 {
		r.Skip()
	}
	id := rapid.SampledFrom(worldCases).Draw(r, "case")
	asks := office(rapid.SampledFrom([]string{"H1", "A1"}).Draw(r, "who asks"))
	w.do(r, m.in(AskVoid, id, asks, AskVoidBody{m.edit(t, id), "entered_twice"}))
	if yes := rapid.IntRange(0, 3).Draw(r, "answer"); yes < 3 {
		w.do(r, m.in(DecideVoid, id, office(rapid.SampledFrom([]string{"A1", "A2"}).Draw(r, "who voids")), DecideVoidBody{m.edit(t, id), yes > 0}))
	}
}
