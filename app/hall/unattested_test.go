package hall

import (
	"strings"
	"testing"
)

// A scan in the name of somebody who was never signed in there is kept and
// moves nothing; the real scan afterwards moves the paper as ever.
func TestUnattestedScan(t *testing.T) {
	m := newCases()
	paper := m.waiting(t)
	op := m.scanning(SignOut, paper, "O1", "station-1")
	out, err := Step(m, op, Context{Now: m.now, Row: m.row + 1, Unattested: true})
	if err != nil || out.Status != Applied || !strings.Contains(string(out.Result), `"fault":"`+FaultNoSession+`"`) {
		t.Fatalf("%+v %v", out, err)
	}
	for _, c := range out.Changes {
		if c.Kind == EntityCase {
			t.Errorf("it moves the case: %s", c.Event)
		}
	}
	m.take(t, out)
	kept := load[Paper](t, m, EntityPaper, paper)
	if len(kept.Seen) != 1 || kept.Seen[0].Fault != FaultNoSession || kept.Custody != AtDepartment {
		t.Errorf("%+v", kept)
	}
	m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
	if m.holder(t, paper) != InTransit {
		t.Errorf("the real scan: %s", m.holder(t, paper))
	}
}
