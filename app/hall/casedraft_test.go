package hall

import "testing"

// A draft (暂存, E-26) is kept for so many days after its last change; then it is put
// away, and paper that was called for goes back.
func TestForgottenDraft(t *testing.T) {
	m := newCases()
	m.cat.Cases.DraftDays = 10
	m.begin(t, "C")
	until := func(day string) {
		t.Helper()
		c := m.kase(t, "C")
		if c.State != CaseDraft || c.Clock(ClockDraft).Due != day || CitizenNext(c).Code != "draft_until" || CitizenNext(c).Params["day"] != day {
			t.Fatalf("%s, kept until %s, wanted %s; %v", c.State, c.Clock(ClockDraft).Due, day, CitizenNext(c))
		}
	}
	until("2026-12-03")
	m.asks(t, "2026-12-01")
	m.must(t, m.original("C", "FORM"))
	until("2026-12-11")
	m.share(t, "C", "RESIDENCE", MethodPaper, AnswerYes)
	m.asks(t, "2026-12-04") // asked for before the change: it is waited for again
	until("2026-12-11")
	m.asks(t, "2026-12-11")
	until("2026-12-11") // the last day is in time
	m.asks(t, "2026-12-12")
	c := m.kase(t, "C")
	if c.State != CaseWithdrawn || c.Reason != ReasonForgotten || c.EndedAt.IsZero() || c.Number != "" || recordsOf(c) != "" {
		t.Fatalf("%s, reason %s, number %q, records %q", c.State, c.Reason, c.Number, recordsOf(c))
	}
	if CitizenNext(c).Code != "forgotten" {
		t.Errorf("%v", CitizenNext(c))
	}
	for _, one := range c.Materials {
		if a, ok := one.Newest(); ok && a.State == AttemptActive {
			t.Errorf("%s is still waited for: %+v", one.Key, a)
		}
	}
	m.must(t, m.original("C", "MARRIAGE")) // what is handed in now has been seen, and changes nothing
	if again := m.kase(t, "C"); again.State != CaseWithdrawn || len(again.Asides) != 1 {
		t.Errorf("%s, asides %+v", again.State, again.Asides)
	}
}

// What was handed in is no draft any more, however long it lies.
func TestDraftClockEnds(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	if c := m.kase(t, "C"); c.Clock(ClockDraft).N != DraftDays {
		t.Errorf("%+v", c.Clocks)
	}
	m.must(t, m.original("C", "FORM"))
	m.must(t, m.original("C", "MARRIAGE"))
	m.receive(t, "C")
	if c := m.kase(t, "C"); c.Clock(ClockDraft) != nil {
		t.Errorf("%+v", c.Clocks)
	}
	m.asks(t, "2027-03-01")
	if c := m.kase(t, "C"); c.State == CaseWithdrawn {
		t.Error("a case that was received was put away")
	}
}
