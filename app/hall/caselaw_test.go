package hall

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func reviewer(id string) Actor { return staff(id, RolePreReviewer) }

// preReviewed makes the test item one with pre-review.
func (m *memory) preReviewed() {
	m.cat.Items[len(m.cat.Items)-1].Versions[1].PreReview = true
}

func (m *memory) notify(t testing.TB, id string, items ...SupplementItem) Op {
	t.Helper()
	return m.op(NotifySupplement, id, clerk("S1"), "counter-1", NotifySupplementBody{m.edit(t, id), items})
}

func (m *memory) supplied(t testing.TB, id string) Op {
	t.Helper()
	return m.op(ReceiveSupplement, id, clerk("S1"), "counter-1", ReceiveSupplementBody{m.edit(t, id)})
}

func (m *memory) review(t testing.TB, id string, body DecidePreReviewBody) Op {
	t.Helper()
	body.Edit = m.edit(t, id)
	return m.op(DecidePreReview, id, reviewer("P1"), "counter-1", body)
}

func (m *memory) online(t testing.TB, kind Kind, id string, body any) Op {
	t.Helper()
	return m.op(kind, id, citizen, "kiosk-1", body)
}

// apply brings a complete application in at the kiosk.
func (m *memory) apply(t testing.TB, id string) {
	t.Helper()
	op := m.online(t, OpenCase, id, OpenCaseBody{Item: "licence", ItemVersion: 2, Owner: "o"})
	op.Sealed = []byte("sealed")
	m.must(t, op)
	for _, key := range []string{"FORM", "MARRIAGE"} {
		m.must(t, m.online(t, HandIn, id, HandInBody{Material: key, Way: MethodOriginal}))
	}
	m.must(t, m.online(t, ApplyCase, id, m.serial(t, "kiosk-1")))
}

func (m *memory) submitting(t testing.TB, id string) Op {
	t.Helper()
	e := m.edit(t, id)
	e.Owner = "o"
	return m.online(t, SubmitCase, id, SubmitCaseBody{Edit: e})
}

func (m *memory) asks(t testing.TB, day string) {
	t.Helper()
	start, err := DayStart(day)
	if err != nil {
		t.Fatal(err)
	}
	m.now = start
	m.fire(t)
}

func recordsOf(c Case) string {
	var all []string
	for _, r := range c.Records {
		all = append(all, strings.TrimSuffix(string(rune('0'+r.No))+":"+r.Status+r.Note, ":"))
	}
	return strings.Join(all, " ")
}

// Every row of G2.2 that the law adds, from every state.
func TestCaseRowsOfTheLaw(t *testing.T) {
	done := []Material{{Key: "FORM", Code: "FORM", Required: true, State: MaterialDone, Attempts: []Attempt{{No: 1, Method: MethodOriginal, State: AttemptSucceeded}}}}
	open := append(slices.Clone(done), Material{Key: "MARRIAGE", Code: "MARRIAGE", Required: true, State: MaterialEWait,
		Attempts: []Attempt{{No: 1, Method: MethodEShare, State: AttemptActive}}})
	lacks := []Material{{Key: "FORM", Code: "FORM", Required: true, State: MaterialPrepare}}
	type to map[CaseState]CaseState
	for _, row := range []struct {
		name      string
		kind      Kind
		actor     Actor
		body      any
		materials []Material
		to        to
	}{
		{"3", BeginPreReview, reviewer("P1"), BeginPreReviewBody{Edit{Version: 1}}, done, to{CaseApplied: CasePreReview}},
		{"4", DecidePreReview, reviewer("P1"), DecidePreReviewBody{Edit: Edit{Version: 1}, Result: PreReviewPassed}, done, to{CasePreReview: CaseReceived}},
		{"5", DecidePreReview, reviewer("P1"), DecidePreReviewBody{Edit: Edit{Version: 1}, Result: PreReviewRefused, Reason: "conditions_not_met"}, done,
			to{CasePreReview: CaseNotAccepted}},
		{"6", DecidePreReview, reviewer("P1"), DecidePreReviewBody{Edit: Edit{Version: 1}, Result: PreReviewReturned, Items: []SupplementItem{{"FORM", "illegible"}}},
			done, to{CasePreReview: CasePreReturned}},
		{"6b", SubmitCase, citizen, SubmitCaseBody{Edit: Edit{Version: 1, Owner: "o"}}, done, to{CasePreReturned: CasePreReview}},
		{"6b shared", SubmitCase, citizen, SubmitCaseBody{Edit: Edit{Version: 1, Owner: "o"}}, open, to{CasePreReturned: CasePending}},
		{"9d and 12", ClockDue, system, ClockBody{ClockSupplement, 1}, lacks, to{CasePreReturned: CaseCompleted, CaseSupplementDue: CaseCompleted}},
		{"23 forgotten", ClockDue, system, ClockBody{ClockDraft, 1}, open, to{CaseDraft: CaseWithdrawn}},
		{"10", NotifySupplement, clerk("S1"), NotifySupplementBody{Edit{Version: 1}, []SupplementItem{{"FORM", "unsealed"}}}, done,
			to{CaseReceived: CaseSupplementDue, CasePending: CaseSupplementDue}},
		{"11", ReceiveSupplement, clerk("S1"), ReceiveSupplementBody{Edit{Version: 1}}, done, to{CaseSupplementDue: CaseAccepted}},
		{"11 shared", ReceiveSupplement, clerk("S1"), ReceiveSupplementBody{Edit{Version: 1}}, open, to{CaseSupplementDue: CasePending}},
		{"13", RefuseCase, clerk("S1"), RefuseCaseBody{Edit: Edit{Version: 1}, Reason: "no_licence_needed"}, open,
			to{CaseReceived: CaseNotAccepted, CasePending: CaseNotAccepted, CaseSupplementDue: CaseNotAccepted}},
		{"14", ClockDue, system, ClockBody{ClockNotice, 1}, open, to{CaseReceived: CaseAccepted, CasePreReview: CaseAccepted, CasePending: CaseAccepted}},
	} {
		for _, from := range CaseStates() {
			t.Run(row.name+" from "+string(from), func(t *testing.T) {
				m := newCases()
				m.preReviewed()
				c := Case{ID: "C", Item: "licence", ItemVersion: 2, Origin: OriginOnline, State: from, Version: 1, Clerk: "S1", Number: "010101000001",
					AppliedAt: m.now, ReceivedAt: m.now, Materials: row.materials}
				if from == CaseDraft {
					c.Number = "" // submitting it would need one
				}
				if from == CaseSupplementDue || from == CasePreReturned {
					c.Supplement = &Supplement{At: m.now, By: "S1", Items: []SupplementItem{{"FORM", "missing"}}}
				}
				for _, kind := range []ClockKind{ClockNotice, ClockSupplement, ClockDraft} {
					k := NewClock(m.cat.Calendar, kind, today, 5)
					k.Serial = 1
					c.Clocks = append(c.Clocks, k)
				}
				if row.kind == ClockDue {
					m.now = at("09:00").AddDate(0, 0, 10)
				}
				m.write(t, EntityCase, "C", c)
				m.write(t, EntityApplicant, "C", Applicant{Case: "C", Owner: "o"})
				terminal := "counter-1"
				if row.actor == system {
					terminal = AtCentre
				}
				out := m.do(t, m.op(row.kind, "C", row.actor, terminal, row.body))
				want, allowed := row.to[from]
				if !allowed {
					want = from
				}
				if got := m.kase(t, "C").State; got != want {
					t.Errorf("%s, want %s (%s %v)", got, want, out.Status, out.Reason)
				}
				if allowed && !slices.ContainsFunc(CaseRows(), func(r CaseRow) bool { return r.To == want && slices.Contains(r.From, from) }) {
					t.Errorf("the table of transitions does not know it")
				}
			})
		}
	}
}

// The notice of what is missing: whole, once, in time; accepted as of the moment
// at which the last of it came.
func TestSupplement(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	m.must(t, m.original("C", "FORM"))
	m.receive(t, "C")
	m.share(t, "C", "RESIDENCE", MethodPaper, AnswerNo)
	form, marriage, residence := SupplementItem{"FORM", "illegible"}, SupplementItem{"MARRIAGE", "missing"}, SupplementItem{"RESIDENCE", "missing"}
	m.refuse(t, "supplement_incomplete", m.notify(t, "C", form, marriage)) // RESIDENCE was chosen, and stands in the way
	m.refuse(t, "malformed", m.notify(t, "C", form, marriage, residence, form))
	m.refuse(t, "malformed", m.notify(t, "C", marriage, residence, SupplementItem{"FORM", "ugly"}))
	m.refuse(t, "malformed", m.notify(t, "C", marriage, residence, SupplementItem{"GHOST", "missing"}))
	m.later(time.Hour)
	m.must(t, m.notify(t, "C", form, marriage, residence))
	c := m.kase(t, "C")
	k := c.Clock(ClockSupplement)
	if c.State != CaseSupplementDue || k == nil || k.N != 30 || !k.Runs() || c.Clock(ClockNotice).Runs() || recordsOf(c) != "0 7" {
		t.Fatalf("%s, clocks %+v, records %s", c.State, c.Clocks, recordsOf(c))
	}
	if len(c.Documents) != 1 || c.Documents[0].No != "37010001-2026-B000001" || c.Documents[0].Kind != DocumentSupplement {
		t.Errorf("documents %+v", c.Documents)
	}
	for _, mat := range c.Materials {
		if mat.State != MaterialPrepare {
			t.Errorf("%s is %s", mat.Key, mat.State)
		}
	}
	if a := c.Materials[0].Attempts[0]; a.State != AttemptSuperseded || a.Reason != "illegible" {
		t.Errorf("the bad form: %+v", a)
	}
	m.refuse(t, "case_state", m.notify(t, "C", marriage))
	m.must(t, m.original("C", "FORM"))
	m.refuse(t, "supplement_open", m.supplied(t, "C"))
	m.must(t, m.original("C", "RESIDENCE"))
	m.later(24 * time.Hour)
	m.must(t, m.original("C", "MARRIAGE"))
	in := m.now
	m.later(48 * time.Hour)
	m.must(t, m.supplied(t, "C"))
	c = m.kase(t, "C")
	if c.State != CaseAccepted || !c.AcceptedAt.Equal(in) || c.DueDay != "2026-12-01" || recordsOf(c) != "0 7 8 2:1" || c.Supplement.ReceivedAt.IsZero() {
		t.Errorf("%s at %s, due %s, records %s", c.State, c.AcceptedAt, c.DueDay, recordsOf(c))
	}
	m.asks(t, "2027-03-01")
	if again := m.kase(t, "C"); again.State != CaseAccepted || !again.Clock(ClockDecision).Late || again.Clock(ClockSupplement).Late {
		t.Errorf("then %s, %+v", again.State, again.Clocks)
	}
}

// What was told once is never told again, also when departments still had a
// material then.
func TestSupplementIsToldOnce(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare})
	m.must(t, m.notify(t, "C", SupplementItem{"FORM", "unsealed"}))
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialEWait {
		t.Fatalf("what departments were asked goes on: %s", s)
	}
	m.must(t, m.original("C", "FORM"))
	m.must(t, m.supplied(t, "C"))
	c := m.kase(t, "C")
	if c.State != CasePending || c.Submissions != 2 || recordsOf(c) != "0 7 8" {
		t.Fatalf("%s, submissions %d, records %s", c.State, c.Submissions, recordsOf(c))
	}
	m.must(t, m.callback(MaterialRefused, "C", "MARRIAGE", 1))
	m.refuse(t, "supplement_used", m.notify(t, "C", SupplementItem{"MARRIAGE", "missing"}))
	m.must(t, m.original("C", "MARRIAGE"))
	m.must(t, m.accepting(t, "C"))
	if c := m.kase(t, "C"); c.State != CaseAccepted || recordsOf(c) != "0 7 8 2:1" {
		t.Errorf("%s, records %s", c.State, recordsOf(c))
	}
}

func TestSupplementRefused(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	m.must(t, m.original("C", "FORM"))
	m.must(t, m.original("C", "MARRIAGE"))
	m.receive(t, "C")
	m.refuse(t, "supplement_empty", m.notify(t, "C"))
	m.cat.Items[len(m.cat.Items)-1].Versions[1].Nature = "07" // no licence: nothing is deemed
	m.asks(t, "2026-12-01")
	m.refuse(t, "notice_too_late", m.notify(t, "C", SupplementItem{"FORM", "expired"}))
	if c := m.kase(t, "C"); c.State != CaseReceived || !c.Clock(ClockNotice).Late || c.Deemed {
		t.Errorf("no licence: %s, %+v", c.State, c.Clocks)
	}
}

// Row 12: what never came ends the case, and nothing that comes later counts.
func TestSupplementLapses(t *testing.T) {
	m := newCases()
	m.cat.Cases.SupplementDays = 10
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare})
	m.must(t, m.notify(t, "C", SupplementItem{"FORM", "missing"}))
	if c := m.kase(t, "C"); c.Clock(ClockSupplement).Due != "2026-12-07" {
		t.Fatalf("%+v", c.Clocks)
	}
	m.asks(t, "2026-12-07")
	if s := m.kase(t, "C").State; s != CaseSupplementDue {
		t.Fatalf("on the last day: %s", s)
	}
	m.asks(t, "2026-12-08")
	c := m.kase(t, "C")
	if c.State != CaseCompleted || c.Result != ResultLapsed || recordsOf(c) != "0 7 4:5" || c.EndedAt.IsZero() {
		t.Fatalf("%s, result %s, records %s", c.State, c.Result, recordsOf(c))
	}
	if a := c.Materials[1].Attempts[0]; a.State != AttemptVoid {
		t.Errorf("the attempt that was open: %+v", a)
	}
	m.idle(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	m.must(t, m.original("C", "FORM"))
	if again := m.kase(t, "C"); again.State != CaseCompleted || len(again.Asides) != 1 {
		t.Errorf("%s, asides %+v", again.State, again.Asides)
	}
}

// All of it is in and nobody took it in: that is no supplement that never came.
func TestSupplementThatIsInDoesNotLapse(t *testing.T) {
	m := newCases()
	m.cat.Cases.SupplementDays = 10
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare})
	m.must(t, m.notify(t, "C", SupplementItem{"FORM", "missing"}))
	m.must(t, m.original("C", "FORM"))
	m.asks(t, "2026-12-08")
	if c := m.kase(t, "C"); c.State != CaseSupplementDue || !c.Clock(ClockSupplement).Late {
		t.Errorf("%s, %+v", c.State, c.Clocks)
	}
}

// Row 14: five working days without a word. What departments were asked goes on,
// and the case is an anomaly until it ends.
func TestDeemedAcceptance(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare, "RESIDENCE": MethodPaper})
	received, edit := m.kase(t, "C").ReceivedAt, m.edit(t, "C")
	paper := m.paper(t, "C", "RESIDENCE", 1)
	m.asks(t, "2026-11-30")
	if s := m.kase(t, "C").State; s != CasePending {
		t.Fatalf("on the fifth day: %s", s)
	}
	m.asks(t, "2026-12-01")
	c := m.kase(t, "C")
	if c.State != CaseAccepted || !c.Deemed || c.AcceptedBy != BySystem || !c.AcceptedAt.Equal(received) || c.DueDay != "2026-11-30" || c.NoticeNo == "" || recordsOf(c) != "0 2:1deemed" {
		t.Fatalf("%s deemed %v at %s, due %s, notice %q, records %s", c.State, c.Deemed, c.AcceptedAt, c.DueDay, c.NoticeNo, recordsOf(c))
	}
	if why := c.Anomaly(m.now); len(why) != 3 || why[0].Code != "anomaly_deemed" {
		t.Errorf("anomaly %v", why)
	}
	m.refuse(t, "case_deemed", m.op(AcceptCase, "C", clerk("S1"), "counter-1", AcceptCaseBody{edit}))
	m.must(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	m.must(t, m.scanning(SignOut, paper, "O2", "station-1"))
	m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
	c = m.kase(t, "C")
	if c.State != CaseAccepted || !c.Complete() || len(c.Anomaly(m.now)) != 0 || recordsOf(c) != "0 2:1deemed" {
		t.Errorf("then %s, %v, records %s", c.State, c.Anomaly(m.now), recordsOf(c))
	}
	if b := load[Batch](t, m, EntityBatch, BatchID(c.Number, "police")); b.State != BatchClosed {
		t.Errorf("batch %s", b.State)
	}
}

// A department that was not told yet is told with the deemed acceptance.
func TestDeemedAcceptanceSendsWhatWasChosen(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	m.receive(t, "C")
	m.share(t, "C", "RESIDENCE", MethodPaper, AnswerYes)
	m.asks(t, "2026-12-01")
	c := m.kase(t, "C")
	if !c.Deemed || m.effectsOf(EffectPaperNotice) != 1 || m.holder(t, m.paper(t, "C", "RESIDENCE", 1)) != AtDepartment {
		t.Errorf("deemed %v, %d notices", c.Deemed, m.effectsOf(EffectPaperNotice))
	}
	m.must(t, m.original("C", "FORM")) // a person may still bring what is missing
	if s := m.material(t, "C", "FORM").State; s != MaterialDone {
		t.Errorf("brought after it: %s", s)
	}
}

// Nothing is deemed by a calendar that is not published; it is when it is.
func TestNothingIsDeemedOnAProvisionalDay(t *testing.T) {
	m := newCases()
	m.cat.Calendar = []CalendarYear{calendar2025}
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare})
	for _, day := range []string{"2026-11-30", "2026-12-01", "2026-12-08", "2026-12-15"} {
		m.asks(t, day)
		if c := m.kase(t, "C"); c.State != CasePending || !c.Clock(ClockNotice).Provisional || c.Clock(ClockNotice).Serial > 4 {
			t.Fatalf("%s: %s, %+v", day, c.State, c.Clocks)
		}
	}
	m.cat.Calendar = calendars
	m.asks(t, "2026-12-22")
	if c := m.kase(t, "C"); c.State != CaseAccepted || !c.Deemed {
		t.Errorf("%s, %+v", c.State, c.Clocks)
	}
}

// Rows 3, 6, 6b and 4: returned once with everything, then received; the clerk
// who has it accepts it, and it does not go to pre-review again.
func TestPreReview(t *testing.T) {
	m := newCases()
	m.preReviewed()
	m.apply(t, "C")
	m.refuse(t, "case_state", m.op(ReceiveCase, "C", clerk("S1"), "counter-1", NumberBody{}))
	m.must(t, m.op(BeginPreReview, "C", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "C")}))
	m.idle(t, m.op(BeginPreReview, "C", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "C")}))
	m.refuse(t, "reason_needed", m.review(t, "C", DecidePreReviewBody{Result: PreReviewRefused}))
	m.refuse(t, "malformed", m.review(t, "C", DecidePreReviewBody{Result: "4"}))
	m.must(t, m.review(t, "C", DecidePreReviewBody{Result: PreReviewReturned, Items: []SupplementItem{{"RESIDENCE", "missing"}, {"FORM", "incomplete"}}}))
	c := m.kase(t, "C")
	if c.State != CasePreReturned || recordsOf(c) != "0 1:3 7" || CitizenNext(c).Code != "supplement_by" || CitizenNext(c).Params["day"] != c.Clock(ClockSupplement).Due || c.Clock(ClockNotice).Runs() {
		t.Fatalf("%s, records %s", c.State, recordsOf(c))
	}
	m.must(t, m.online(t, HandIn, "C", HandInBody{Material: "FORM", Way: MethodOriginal}))
	m.refuse(t, "supplement_open", m.submitting(t, "C"))
	m.must(t, m.online(t, HandIn, "C", HandInBody{Material: "RESIDENCE", Way: MethodOriginal}))
	m.must(t, m.submitting(t, "C"))
	if c = m.kase(t, "C"); c.State != CasePreReview || c.Clerk != "" || c.Clock(ClockSupplement).Runs() {
		t.Fatalf("submitted again: %s by %q", c.State, c.Clerk)
	}
	m.must(t, m.op(BeginPreReview, "C", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "C")}))
	m.refuse(t, "supplement_used", m.review(t, "C", DecidePreReviewBody{Result: PreReviewReturned, Items: []SupplementItem{{"FORM", "expired"}}}))
	m.refuse(t, "malformed", m.review(t, "C", DecidePreReviewBody{Result: PreReviewPassed, Bring: []string{"GHOST"}}))
	m.must(t, m.review(t, "C", DecidePreReviewBody{Result: PreReviewPassed, Bring: []string{"FORM"}}))
	c = m.kase(t, "C")
	if c.State != CaseReceived || c.Clerk != "P1" || !slices.Equal(c.Bring, []string{"FORM"}) || recordsOf(c) != "0 1:3 7 1:1" {
		t.Fatalf("%s by %q, records %s", c.State, c.Clerk, recordsOf(c))
	}
	m.refuse(t, "supplement_used", m.op(NotifySupplement, "C", clerk("P1"), "counter-1", NotifySupplementBody{m.edit(t, "C"), []SupplementItem{{"FORM", "expired"}}}))
	ask := m.op(ChooseSharing, "C", clerk("P1"), "counter-1", ChooseSharingBody{m.edit(t, "C"), "RESIDENCE", MethodEShare})
	m.refuse(t, "material_done", ask)
	m.must(t, m.op(AcceptCase, "C", clerk("P1"), "counter-1", AcceptCaseBody{m.edit(t, "C")}))
	if c := m.kase(t, "C"); c.State != CaseAccepted || recordsOf(c) != "0 1:3 7 1:1 2:1" {
		t.Errorf("%s, records %s", c.State, recordsOf(c))
	}
}

// A case begun online that was received and then waits for a department is
// accepted when that has answered: it has been reviewed before.
func TestReceivedOnlineCaseIsAcceptedByItself(t *testing.T) {
	m := newCases()
	m.preReviewed()
	m.apply(t, "C")
	m.must(t, m.op(BeginPreReview, "C", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "C")}))
	m.must(t, m.review(t, "C", DecidePreReviewBody{Result: PreReviewPassed}))
	ask := m.op(ChooseSharing, "C", clerk("P1"), "counter-1", ChooseSharingBody{m.edit(t, "C"), "RESIDENCE", MethodEShare})
	m.must(t, ask)
	m.must(t, m.op(ShareAnswered, "C", system, AtCentre, ShareAnsweredBody{Material: "RESIDENCE", Ask: ask.ID, Answer: AnswerYes}))
	m.must(t, m.op(AcceptCase, "C", clerk("P1"), "counter-1", AcceptCaseBody{m.edit(t, "C")}))
	m.must(t, m.callback(MaterialArrived, "C", "RESIDENCE", 1))
	if c := m.kase(t, "C"); c.State != CaseAccepted || c.AcceptedBy != BySystem {
		t.Errorf("%s by %q", c.State, c.AcceptedBy)
	}
}

// 9d, and an application that nobody took up in time: deemed as of its arrival
// as soon as somebody does.
func TestPreReviewClocks(t *testing.T) {
	m := newCases()
	m.preReviewed()
	m.apply(t, "C")
	m.apply(t, "D")
	m.must(t, m.op(BeginPreReview, "C", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "C")}))
	m.must(t, m.review(t, "C", DecidePreReviewBody{Result: PreReviewReturned, Items: []SupplementItem{{"FORM", "missing"}}}))
	applied := m.kase(t, "D").AppliedAt
	m.asks(t, "2026-12-01")
	if d := m.kase(t, "D"); d.State != CaseApplied || !d.Clock(ClockNotice).Late {
		t.Fatalf("%s, %+v", d.State, d.Clocks)
	}
	m.must(t, m.op(BeginPreReview, "D", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "D")}))
	m.fire(t)
	if d := m.kase(t, "D"); d.State != CaseAccepted || !d.Deemed || !d.AcceptedAt.Equal(applied) {
		t.Errorf("taken up too late: %s at %s", d.State, d.AcceptedAt)
	}
	m.cat.Calendar = append(slices.Clone(calendars), CalendarYear{Year: 2027})
	m.asks(t, "2027-01-20")
	if c := m.kase(t, "C"); c.State != CaseCompleted || c.Result != ResultLapsed || recordsOf(c) != "0 1:3 7 4:5" {
		t.Errorf("never came: %s, %+v, records %s", c.State, c.Clocks, recordsOf(c))
	}
}

// Row 13: a reason, and where to go if the authority is another.
func TestRefusal(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare, "RESIDENCE": MethodPaper})
	refusing := func(reason, authority string) Op {
		return m.op(RefuseCase, "C", clerk("S1"), "counter-1", RefuseCaseBody{m.edit(t, "C"), reason, authority})
	}
	m.refuse(t, "reason_needed", refusing("because", ""))
	m.refuse(t, "authority_needed", refusing("outside_remit", " "))
	m.refuse(t, "authority_needed", refusing("no_licence_needed", "某局"))
	m.refuse(t, "right_missing", m.op(RefuseCase, "C", clerk("S2"), "counter-2", RefuseCaseBody{m.edit(t, "C"), "no_licence_needed", ""}))
	m.must(t, refusing("outside_remit", "某市某局"))
	c := m.kase(t, "C")
	if c.State != CaseNotAccepted || c.Authority != "某市某局" || recordsOf(c) != "0 2:2" || c.Clock(ClockNotice).Runs() || m.effectsOf(EffectNoticeWithdrawn) != 2 {
		t.Fatalf("%s, records %s, %d withdrawn", c.State, recordsOf(c), m.effectsOf(EffectNoticeWithdrawn))
	}
	if len(c.Documents) != 1 || c.Documents[0].No != "37010001-2026-J000001" {
		t.Errorf("documents %+v", c.Documents)
	}
	m.idle(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	m.asks(t, "2027-03-01")
	if again := m.kase(t, "C"); again.State != CaseNotAccepted || len(again.Anomaly(m.now)) != 0 || recordsOf(again) != "0 2:2" {
		t.Errorf("then %s", again.State)
	}
}

// A case that was stored before the law's clocks were is read as it is, writes
// itself as it was, and goes on by today's rules.
func TestCasesOfBefore(t *testing.T) {
	for name, state := range map[string]CaseState{"case_pending": CasePending, "case_accepted": CaseAccepted} {
		raw, err := os.ReadFile("testdata/before/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var c Case
		if unknown, err := DecodeStrict(raw, &c); err != nil || unknown != "" || c.State != state {
			t.Fatalf("%s: %v %q %s", name, err, unknown, c.State)
		}
		if again, err := json.Marshal(c); err != nil || string(again) != string(raw) {
			t.Errorf("%s is written as %s: %v", name, again, err)
		}
		m := newCases()
		m.write(t, EntityCase, "C", c)
		if state == CaseAccepted {
			m.must(t, m.op(CancelCase, "C", clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(t, "C")}))
			continue
		}
		m.must(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
		m.must(t, m.original("C", "RESIDENCE"))
		m.must(t, m.accepting(t, "C"))
		is := m.kase(t, "C")
		if is.State != CaseAccepted || is.DueDay != "2026-11-30" || is.Clock(ClockDecision) == nil {
			t.Errorf("then %s, due %s", is.State, is.DueDay)
		}
	}
}
