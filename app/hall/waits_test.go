package hall

import (
	"slices"
	"testing"
)

// For whom a case waits follows its approval: the handler, then the reviewer, then
// who approves; a special procedure for who approves those; never who handled it.
func TestWaitsFor(t *testing.T) {
	m := newCases()
	m.accepted(t, "C")
	who := func() []string {
		var ids []string
		for _, s := range m.cat.Staff {
			if m.cat.WaitsFor(m.kase(t, "C"), s.ID) {
				ids = append(ids, s.ID)
			}
		}
		return ids
	}
	check := func(when string, want map[string]bool) {
		t.Helper()
		for id, waits := range want {
			if got := slices.Contains(who(), id); got != waits {
				t.Errorf("%s: waits for %s: %t", when, id, got)
			}
		}
	}
	check("accepted", map[string]bool{"H1": true, "R1": false, "A2": false, "S1": false, "X1": false})
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	check("handled", map[string]bool{"H1": false, "R1": true, "X1": true})
	for id, want := range map[string]bool{"H1": true, "R1": true, "A1": true, "A2": true, "X1": true, "S1": false, "S2": false} {
		if got := m.cat.SeesOpinions(m.kase(t, "C"), id); got != want {
			t.Errorf("handled: %s sees what was said: %t", id, got)
		}
	}
	if c := m.kase(t, "C"); len(c.Opinions()) != 1 || c.Opinions()[0] != c.Approval.Steps[0].SealedIn {
		t.Errorf("%v", c.Opinions())
	}
	m.licence().WindowHandles = true
	m.must(t, m.stepping(t, "C", "R1", StepReturned))
	if k := m.kase(t, "C"); !m.cat.SeesOpinions(k, "S1") || m.cat.SeesOpinions(k, "S2") {
		t.Error("the clerk whose window handles it does not see why it came back, or another does")
	}
	m.licence().WindowHandles = false
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	check("reviewed", map[string]bool{"R1": false, "A2": true})
	m.must(t, m.deciding(t, "C", "A1", DecisionGranted, ""))
	for id, want := range map[string]bool{"H1": true, "R1": true, "A1": true, "A2": true, "S1": false, "X1": false, "nobody": false} {
		if got := m.cat.SeesOpinions(m.kase(t, "C"), id); got != want {
			t.Errorf("decided: %s sees what was said: %t", id, got)
		}
	}
	check("decided", map[string]bool{"H1": true, "A1": true, "R1": false, "X1": false})
	for _, s := range m.cat.FitFor(m.kase(t, "C"), StepReview) {
		if s.ID == "H1" {
			t.Error("who handled it may review it")
		}
	}
}
