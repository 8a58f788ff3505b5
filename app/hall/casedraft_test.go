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
}

// What was handed in where nobody had heard that the draft was put away brings it back:
// it has happened, and a slip was printed.
func TestForgottenDraftComesBack(t *testing.T) {
	forgotten := func(t *testing.T) *memory {
		m := newCases()
		m.cat.Cases.DraftDays = 10
		m.begin(t, "C")
		m.must(t, m.original("C", "FORM"))
		m.share(t, "C", "RESIDENCE", MethodPaper, AnswerYes)
		m.asks(t, "2026-12-06")
		if c := m.kase(t, "C"); c.State != CaseWithdrawn || c.Reason != ReasonForgotten {
			t.Fatalf("%s %q", c.State, c.Reason)
		}
		return m
	}
	back := func(t *testing.T, m *memory, want CaseState) Case {
		t.Helper()
		c := m.kase(t, "C")
		if c.State != want || c.Reason != "" || !c.EndedAt.IsZero() || len(c.Asides) != 0 {
			t.Fatalf("%s %q, ended %v, asides %+v", c.State, c.Reason, c.EndedAt, c.Asides)
		}
		if m.material(t, "C", "FORM").State != MaterialDone || m.material(t, "C", "RESIDENCE").State != MaterialPrepare {
			t.Errorf("%+v", c.Materials)
		}
		return c
	}
	t.Run("a material", func(t *testing.T) {
		m := forgotten(t)
		m.must(t, m.original("C", "MARRIAGE"))
		c := back(t, m, CaseDraft)
		if k := c.Clock(ClockDraft); k == nil || k.Due != "2026-12-16" || k.Ended != "" {
			t.Errorf("%+v", k)
		}
		m.asks(t, "2026-12-17")
		if c := m.kase(t, "C"); c.State != CaseWithdrawn {
			t.Errorf("forgotten again, and %s", c.State)
		}
	})
	t.Run("received", func(t *testing.T) {
		m := forgotten(t)
		m.must(t, m.op(ReceiveCase, "C", clerk("S1"), "counter-1", m.serial(t, "counter-1")))
		if c := back(t, m, CaseReceived); c.Number == "" || c.Clock(ClockDraft) != nil {
			t.Errorf("number %q, %+v", c.Number, c.Clocks)
		}
	})
	t.Run("applied for", func(t *testing.T) {
		m := forgotten(t)
		m.must(t, m.op(ApplyCase, "C", citizen, "counter-1", m.serial(t, "counter-1")))
		if c := back(t, m, CasePending); c.Number == "" || !c.Resubmit {
			t.Errorf("number %q, to be submitted again: %v", c.Number, c.Resubmit)
		}
	})
	t.Run("cancelled is another thing", func(t *testing.T) {
		m := forgotten(t)
		c := m.kase(t, "C")
		c.Reason = ""
		m.write(t, EntityCase, "C", c)
		m.must(t, m.original("C", "MARRIAGE"))
		if c := m.kase(t, "C"); c.State != CaseWithdrawn || len(c.Asides) != 1 {
			t.Errorf("%s, asides %+v", c.State, c.Asides)
		}
	})
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
