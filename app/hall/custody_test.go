package hall

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func obs(kind Kind, terminal string) Observation {
	return Observation{Op: OpID(string(kind) + terminal), Kind: kind, Terminal: terminal}
}

func TestDeriveCustody(t *testing.T) {
	out, in, back, home, filed := obs(SignOut, "d1"), obs(SignIn, "h1"), obs(ReturnOut, "h1"), obs(ReturnIn, "d1"), obs(FilePaper, "h1")
	gone := out
	gone.Undone = "x"
	wrong := in
	wrong.Fault = FaultNoRight
	for _, c := range []struct {
		name string
		seen []Observation
		want Custody
	}{
		{"nothing", nil, AtDepartment},
		{"out", []Observation{out}, InTransit},
		{"out twice at one station", []Observation{out, out}, InTransit},
		{"out at two stations", []Observation{out, obs(SignOut, "d2")}, Disputed},
		{"in alone", []Observation{in}, Unverified},
		{"in, then its out", []Observation{in, out}, AtHall},
		{"out and in", []Observation{out, in}, AtHall},
		{"in at two stations", []Observation{out, in, obs(SignIn, "h2")}, Disputed},
		{"out undone", []Observation{gone}, AtDepartment},
		{"in without right", []Observation{out, wrong}, InTransit},
		{"filed", []Observation{out, in, filed}, Filed},
		{"filed before it came", []Observation{out, filed}, Unverified},
		{"filed and sent back", []Observation{out, in, filed, back}, Disputed},
		{"on the way back", []Observation{out, in, back}, InTransitBack},
		{"back, sign-in unknown", []Observation{out, back}, Unverified},
		{"home", []Observation{out, in, back, home}, Returned},
		{"home from the road", []Observation{out, home}, Returned},
		{"home, return unknown", []Observation{out, in, home}, Unverified},
		{"home alone", []Observation{home}, Unverified},
	} {
		if got := DeriveCustody(c.seen); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What is known of a paper does not depend on the order in which stations are
// heard.
func TestCustodyKnowsNoOrder(t *testing.T) {
	all := []Observation{obs(SignOut, "d1"), obs(SignOut, "d2"), obs(SignIn, "h1"), obs(SignIn, "h2"),
		obs(ReturnOut, "h1"), obs(ReturnIn, "d1"), obs(FilePaper, "h1")}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, len(all)).Draw(r, "n")
		seen := rapid.Permutation(all).Draw(r, "seen")[:n]
		again := rapid.Permutation(seen).Draw(r, "again")
		if a, b := DeriveCustody(seen), DeriveCustody(again); a != b {
			r.Fatalf("%s or %s", a, b)
		}
	})
}

func TestDeriveBatch(t *testing.T) {
	paper := func(c Custody) BatchPaper { return BatchPaper{Custody: c} }
	dropped := BatchPaper{Custody: AtDepartment, Dropped: true}
	for _, c := range []struct {
		papers []BatchPaper
		closed bool
		want   BatchState
	}{
		{nil, false, BatchOpen},
		{[]BatchPaper{paper(AtDepartment), paper(AtDepartment)}, false, BatchOpen},
		{[]BatchPaper{paper(InTransit), paper(AtDepartment)}, false, BatchPartOut},
		{[]BatchPaper{paper(InTransit), paper(InTransit)}, false, BatchOut},
		{[]BatchPaper{paper(InTransit), dropped}, false, BatchOut},
		{[]BatchPaper{paper(InTransit), paper(AtHall)}, false, BatchPartIn},
		{[]BatchPaper{paper(AtDepartment), paper(AtHall)}, false, BatchPartIn},
		{[]BatchPaper{paper(AtHall), paper(Returned), dropped}, false, BatchIn},
		{[]BatchPaper{paper(AtHall)}, true, BatchClosed},
		{[]BatchPaper{dropped, dropped}, false, BatchClosed},
	} {
		if got := DeriveBatch(c.papers, c.closed); got != c.want {
			t.Errorf("%v closed %v: %s, want %s", c.papers, c.closed, got, c.want)
		}
	}
}

// waiting gives the paper of a case that waits for it.
func (m *memory) waiting(t testing.TB) string {
	t.Helper()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper})
	return m.paper(t, "C", "MARRIAGE", 1)
}

// A scan is taken in whatever is wrong with it, and says what.
func TestFaultyScans(t *testing.T) {
	m := newCases()
	paper := m.waiting(t)
	for _, c := range []struct {
		op    Op
		fault string
	}{
		{m.scanning(SignOut, paper, "O2", "station-2"), FaultWrongDepartment},
		{m.scanning(SignOut, paper, "O9", "station-1"), FaultNoRight},
		{m.scanning(SignIn, paper, "I2", "station-9"), FaultNoRight},
		{m.scanning(SignOut, Label{"010101000777", "MARRIAGE", 1}.ID(), "O1", "station-1"), FaultUnknownLabel},
		{m.scanning(SignOut, Label{load[Paper](t, m, EntityPaper, paper).Number, "MARRIAGE", 2}.ID(), "O1", "station-1"), FaultUnknownLabel},
	} {
		out := m.must(t, c.op)
		if !strings.Contains(string(out.Result), `"fault":"`+c.fault+`"`) || m.holder(t, paper) != AtDepartment {
			t.Errorf("%s: told %s, %s", c.fault, out.Result, m.holder(t, paper))
		}
	}
	if p := load[Paper](t, m, EntityPaper, paper); len(p.Seen) != 3 {
		t.Errorf("%d scans kept", len(p.Seen))
	}
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialWaitOut {
		t.Errorf("material %s", s)
	}
	bad := m.scanning(SignOut, paper, "O1", "station-1")
	bad.Entity = Label{"010101000777", "MARRIAGE", 1}.ID()
	m.refuse(t, "malformed", bad)
	m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
	m.idle(t, m.scanning(SignOut, paper, "O1", "station-1")) // the scanner read it twice
}

// 待核对: a sign-in that is heard before its sign-out settles itself.
func TestSignInBeforeSignOut(t *testing.T) {
	for _, late := range []bool{false, true} {
		m := newCases()
		paper := m.waiting(t)
		m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
		if m.holder(t, paper) != Unverified || m.material(t, "C", "MARRIAGE").State != MaterialWaitOut || m.kase(t, "C").State != CasePending {
			t.Fatalf("%s, case %s", m.holder(t, paper), m.kase(t, "C").State)
		}
		if late {
			m.later(30 * time.Minute)
			m.fire(t)
		}
		if p := load[Paper](t, m, EntityPaper, paper); p.Attention != late {
			t.Errorf("a person must look: %v", p.Attention)
		}
		m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
		if p := load[Paper](t, m, EntityPaper, paper); p.Custody != AtHall || p.Attention || m.kase(t, "C").State != CaseAccepted {
			t.Errorf("then %s, case %s", p.Custody, m.kase(t, "C").State)
		}
	}
}

func TestDispute(t *testing.T) {
	m := newCases()
	paper := m.waiting(t)
	m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
	m.must(t, m.scanning(SignOut, paper, "O1", "station-2"))
	if p := load[Paper](t, m, EntityPaper, paper); p.Custody != Disputed || !p.Attention {
		t.Fatalf("%s", p.Custody)
	}
	m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
	if s := m.kase(t, "C").State; s != CasePending {
		t.Errorf("accepted with a disputed paper: %s", s)
	}
	settle := m.op(SettlePaper, paper, staff("M1", RoleHallManager), AtCentre, SettlePaperBody{AtHall})
	m.must(t, settle)
	if p := load[Paper](t, m, EntityPaper, paper); p.Custody != AtHall || p.Attention || len(p.Seen) != 5 {
		t.Errorf("%s with %d scans", p.Custody, len(p.Seen))
	}
	if s := m.kase(t, "C").State; s != CaseAccepted {
		t.Errorf("then %s", s)
	}
}

func TestUndo(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper, "RESIDENCE": MethodEShare})
	paper := m.paper(t, "C", "MARRIAGE", 1)
	undo := func(kind Kind, scan OpID, who string, role Role, at string) Op {
		return m.op(kind, paper, staff(who, role), at, UndoScanBody{scan})
	}
	m.must(t, m.op(OpenConsignment, "T1", staff("O1", RoleSignOut), "station-1", OpenConsignmentBody{"civil"}))
	scan := func() Op {
		op := m.scanning(SignOut, paper, "O1", "station-1")
		l, _ := LabelOfPaper(paper)
		return m.op(SignOut, op.Entity, op.Actor, op.Terminal, ScanBody{Label: EncodeLabel(l), Consignment: "T1"})
	}
	first := scan()
	m.must(t, first)
	m.must(t, undo(SignOutUndone, first.ID, "O2", RoleSignOut, "station-1"))
	if m.holder(t, paper) != InTransit {
		t.Error("undone by another person")
	}
	m.must(t, undo(SignOutUndone, first.ID, "O1", RoleSignOut, "station-1"))
	m.idle(t, undo(SignOutUndone, first.ID, "O1", RoleSignOut, "station-1"))
	if m.holder(t, paper) != AtDepartment || m.material(t, "C", "MARRIAGE").State != MaterialWaitOut || len(load[Consignment](t, m, EntityConsignment, "T1").Papers) != 0 {
		t.Errorf("%s", m.holder(t, paper))
	}
	again := scan()
	m.must(t, again)
	m.must(t, m.op(SendConsignment, "T1", staff("K1", RoleCourier), "station-1", SendConsignmentBody{"K1"}))
	m.must(t, undo(SignOutUndone, again.ID, "O1", RoleSignOut, "station-1"))
	if m.holder(t, paper) != InTransit {
		t.Error("undone after it had left")
	}
	in := m.scanning(SignIn, paper, "I1", "station-9")
	m.must(t, in)
	m.must(t, undo(SignInUndone, in.ID, "I1", RoleSignIn, "station-9"))
	if m.holder(t, paper) != InTransit || m.material(t, "C", "MARRIAGE").State != MaterialWaitIn {
		t.Errorf("%s, material %s", m.holder(t, paper), m.material(t, "C", "MARRIAGE").State)
	}
	in = m.scanning(SignIn, paper, "I1", "station-9")
	m.must(t, in)
	m.must(t, m.callback(MaterialArrived, "C", "RESIDENCE", 1))
	if s := m.kase(t, "C").State; s != CaseAccepted {
		t.Fatalf("case %s", s)
	}
	m.must(t, undo(SignInUndone, in.ID, "I1", RoleSignIn, "station-9"))
	if m.holder(t, paper) != AtHall {
		t.Error("undone after the case was accepted with it")
	}
	m.refuse(t, "unknown_scan", undo(SignInUndone, "nothing", "I1", RoleSignIn, "station-9"))
}

// A sign-in that is taken back after the limit passed: the limit had nothing to
// say while the paper was in, and says it now, once.
func TestTheLimitPassesAfterAnUndo(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper, "RESIDENCE": MethodEShare})
	paper := m.paper(t, "C", "MARRIAGE", 1)
	m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
	in := m.scanning(SignIn, paper, "I1", "station-9")
	m.must(t, in)
	m.now = m.material(t, "C", "MARRIAGE").Attempts[0].Due.Add(time.Minute)
	m.fire(t)
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialDone {
		t.Fatalf("in, and %s", s)
	}
	m.must(t, m.op(SignInUndone, paper, staff("I1", RoleSignIn), "station-9", UndoScanBody{in.ID}))
	m.later(time.Second)
	m.fire(t)
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialTimeout {
		t.Fatalf("taken back after its limit: %s", s)
	}
	again := m.scanning(SignIn, paper, "I1", "station-9")
	m.must(t, again)
	m.must(t, m.op(SignInUndone, paper, staff("I1", RoleSignIn), "station-9", UndoScanBody{again.ID}))
	m.later(time.Second)
	m.fire(t)
	if a := m.material(t, "C", "MARRIAGE"); a.State != MaterialWaitIn || !a.Attempts[0].Late {
		t.Errorf("timed out a second time: %+v", a)
	}
}

// A paper that a person finds at its department is not in, whatever was scanned.
func TestADisputeSettledAtTheDepartment(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper, "RESIDENCE": MethodEShare})
	paper := m.paper(t, "C", "MARRIAGE", 1)
	m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
	m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
	m.must(t, m.scanning(SignIn, paper, "I1", "station-8"))
	m.must(t, m.op(SettlePaper, paper, staff("M1", RoleHallManager), AtCentre, SettlePaperBody{AtDepartment}))
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialWaitOut || m.holder(t, paper) != AtDepartment {
		t.Fatalf("%s, %s", m.holder(t, paper), s)
	}
	m.must(t, m.callback(MaterialArrived, "C", "RESIDENCE", 1))
	if s := m.kase(t, "C").State; s != CasePending {
		t.Errorf("accepted without the paper: %s", s)
	}
}

// A trip with two papers of which one arrives.
func TestConsignment(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper, "RESIDENCE": MethodEShare})
	m.wait(t, "D", map[string]Method{"MARRIAGE": MethodPaper, "RESIDENCE": MethodEShare})
	m.refuse(t, "unknown_consignment", m.op(CloseConsignment, "T1", staff("I1", RoleSignIn), "station-9", CloseConsignmentBody{}))
	m.refuse(t, "malformed", m.op(OpenConsignment, "T1", staff("O1", RoleSignOut), "station-1", OpenConsignmentBody{"nobody"}))
	m.must(t, m.op(OpenConsignment, "T1", staff("O1", RoleSignOut), "station-1", OpenConsignmentBody{"civil"}))
	papers := []string{m.paper(t, "C", "MARRIAGE", 1), m.paper(t, "D", "MARRIAGE", 1)}
	for _, p := range papers {
		l, _ := LabelOfPaper(p)
		m.must(t, m.op(SignOut, p, staff("O1", RoleSignOut), "station-1", ScanBody{Label: EncodeLabel(l), Consignment: "T1"}))
	}
	m.refuse(t, "malformed", m.op(SendConsignment, "T1", staff("K1", RoleCourier), "station-1", SendConsignmentBody{}))
	m.must(t, m.op(SendConsignment, "T1", staff("K1", RoleCourier), "station-1", SendConsignmentBody{"K1"}))
	m.must(t, m.scanning(SignIn, papers[0], "I1", "station-9"))
	m.must(t, m.op(CloseConsignment, "T1", staff("I1", RoleSignIn), "station-9", CloseConsignmentBody{}))
	m.idle(t, m.op(CloseConsignment, "T1", staff("I1", RoleSignIn), "station-9", CloseConsignmentBody{}))
	trip := load[Consignment](t, m, EntityConsignment, "T1")
	if trip.State != ConsignmentClosed || trip.Courier != "K1" || len(trip.Missing) != 1 || trip.Missing[0] != papers[1] {
		t.Errorf("%+v", trip)
	}
	for i, want := range []BatchState{BatchClosed, BatchOut} {
		p := load[Paper](t, m, EntityPaper, papers[i])
		if b := load[Batch](t, m, EntityBatch, BatchID(p.Number, "civil")); b.State != want {
			t.Errorf("batch of %s: %s, want %s", papers[i], b.State, want)
		}
	}
	m.must(t, m.scanning(SignIn, papers[1], "I1", "station-9")) // found later
	if m.holder(t, papers[1]) != AtHall {
		t.Errorf("%s", m.holder(t, papers[1]))
	}
}

func TestRefusedPaper(t *testing.T) {
	m := newCases()
	paper := m.waiting(t)
	refuse := func(who, why string) Op {
		return m.op(RefusePaper, paper, staff(who, RoleSignOut), "station-1", RefusePaperBody{why})
	}
	m.refuse(t, FaultWrongDepartment, refuse("O2", "lent"))
	m.refuse(t, "malformed", refuse("O1", "no idea"))
	m.must(t, refuse("O1", "lent"))
	m.idle(t, refuse("O1", "lent"))
	a := m.material(t, "C", "MARRIAGE")
	if a.State != MaterialMissing || a.Attempts[0].Reason != "lent" || a.Attempts[0].State != AttemptFailed {
		t.Errorf("%+v", a)
	}
	m.must(t, m.scanning(SignOut, paper, "O1", "station-1")) // found after all
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialMissing || m.holder(t, paper) != InTransit {
		t.Errorf("%s, %s", s, m.holder(t, paper))
	}
	m.refuse(t, "unknown_paper", m.op(RefusePaper, "010101000777/X/1", staff("O1", RoleSignOut), "station-1", RefusePaperBody{"lent"}))
}

// A station without the line knows papers and no cases: its overlay shows the
// scan at once.
func TestOverlayOfAStation(t *testing.T) {
	m := newCases()
	paper := m.waiting(t)
	delete(m.entities, EntityCase)
	op := m.scanning(SignIn, paper, "I1", "station-9")
	out, err := Step(m, op, Context{Now: m.now, Row: OverlayRow})
	if err != nil || out.Status != Applied || !strings.Contains(string(out.Result), `"custody":"UNVERIFIED"`) {
		t.Errorf("%s %v %s %v", out.Status, out.Reason, out.Result, err)
	}
}
