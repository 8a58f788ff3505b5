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

// Nor does an undo in such a name, or a material that nobody handed in.
func TestUnattestedUndoAndHandIn(t *testing.T) {
	m := newCases()
	paper := m.waiting(t)
	first := m.scanning(SignOut, paper, "O1", "station-1")
	m.must(t, first)
	for _, op := range []Op{
		m.op(SignOutUndone, paper, staff("O1", RoleSignOut), "station-1", UndoScanBody{Scan: first.ID}),
		m.original("C", "RESIDENCE"),
	} {
		out, err := Step(m, op, Context{Now: m.now, Row: m.row + 1, Unattested: true})
		if err != nil || out.Status != Applied {
			t.Fatalf("%s: %+v %v", op.Kind, out, err)
		}
		m.take(t, out)
	}
	if p := load[Paper](t, m, EntityPaper, paper); p.Custody != InTransit || len(p.Seen) != 2 || p.Seen[1].Fault != FaultNoSession {
		t.Errorf("undone by nobody: %+v", p)
	}
	c := m.kase(t, "C")
	if s := m.material(t, "C", "RESIDENCE").State; s != MaterialPrepare || len(c.Asides) != 1 || c.Asides[0].Why != FaultNoSession {
		t.Errorf("handed in by nobody: %s, %+v", s, c.Asides)
	}
}
