package hall

import (
	"encoding/json"
	"testing"
	"time"
)

var allMaterialStates = []MaterialState{MaterialPrepare, MaterialEWait, MaterialWaitOut, MaterialWaitIn, MaterialMissing, MaterialTimeout, MaterialDone}

// g13 is the requirements' table G1.3, row by row, written out again: what is
// not named is forbidden.
var g13 = []struct {
	row   string
	event MaterialEvent
	from  string
	to    MaterialState // "" = unchanged
}{
	{"1", EvAskedE, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", MaterialEWait},
	{"1n", EvRefusedE, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", MaterialMissing},
	{"1f", EvFailedE, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", ""},
	{"2", EvAskedPaper, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", MaterialWaitOut},
	{"2n", EvRefusedPaper, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", MaterialMissing},
	{"2f", EvFailedPaper, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", ""},
	{"3", EvDropped, "E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", MaterialPrepare},
	{"4", EvHandedIn, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", MaterialDone},
	{"5", EvSubmitted, "E_WAIT P_WAIT_OUT P_WAIT_IN", ""},
	{"6", EvArrived, "E_WAIT TIMEOUT", MaterialDone},
	{"7", EvNotSupplied, "E_WAIT TIMEOUT", MaterialMissing},
	{"8", EvELate, "E_WAIT", MaterialTimeout},
	{"9", EvSignedOut, "P_WAIT_OUT TIMEOUT", MaterialWaitIn},
	{"9r", EvNotReleased, "P_WAIT_OUT", MaterialMissing},
	{"10", EvSignedIn, "P_WAIT_IN TIMEOUT", MaterialDone},
	{"10x", EvSeenEarly, "P_WAIT_OUT TIMEOUT", ""},
	{"11", EvPaperLate, "P_WAIT_OUT P_WAIT_IN", MaterialTimeout},
	{"12", EvVoided, "PREPARE E_WAIT P_WAIT_OUT P_WAIT_IN MISSING TIMEOUT", ""},
	{"13", EvReplaced, "DONE", MaterialPrepare},
	{"9u", EvOutUndone, "P_WAIT_IN", MaterialWaitOut},
	{"10u", EvInUndone, "DONE", MaterialWaitIn},
}

// Every row of G1.3 from every state, through Step: allowed where the table
// says so, and without any effect on the material everywhere else.
func TestEveryTransitionOfEveryState(t *testing.T) {
	if len(g13) != len(MaterialRows()) {
		t.Fatalf("%d rows written here, %d in the table", len(g13), len(MaterialRows()))
	}
	for i, row := range g13 {
		if r := MaterialRows()[i]; r.No != row.row || r.Event != row.event || r.To != row.to {
			t.Errorf("row %s is %+v in the table", row.row, r)
		}
		for _, from := range allMaterialStates {
			t.Run(row.row+" from "+string(from), func(t *testing.T) {
				want, allowed := from, within(string(from), row.from)
				if allowed && row.to != "" {
					want = row.to
				}
				if to, ok := NextMaterialState(from, row.event); to != want || ok != allowed {
					t.Errorf("table: %s %v, want %s %v", to, ok, want, allowed)
				}
				m := newCases()
				out := m.happen(t, from, row.event)
				got := m.material(t, "C", "MARRIAGE")
				if got.State != want {
					t.Fatalf("%s, want %s (%s %v)", got.State, want, out.Status, out.Reason)
				}
				if row.event == EvVoided && allowed && len(got.Attempts) > 0 {
					if a, _ := got.Newest(); a.State == AttemptActive || a.State == AttemptExpired {
						t.Errorf("attempt is still %s", a.State)
					}
				}
				active := 0
				for _, a := range got.Attempts {
					if a.State == AttemptActive {
						active++
					}
				}
				if active > 1 {
					t.Errorf("%d active attempts", active)
				}
			})
		}
	}
}

func within(word, list string) bool {
	for list != "" {
		var first string
		first, list = cutWord(list)
		if first == word {
			return true
		}
	}
	return false
}

func cutWord(s string) (first, rest string) {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// paperEvent reports whether an event is of a paper attempt.
func paperEvent(e MaterialEvent) bool {
	switch e {
	case EvSignedOut, EvNotReleased, EvSignedIn, EvSeenEarly, EvPaperLate, EvOutUndone, EvInUndone:
		return true
	}
	return false
}

const forged = "010101000900" // application number of the forged case

// forge makes a case C whose material MARRIAGE is in a state, as far as an
// event goes: by electronic or by paper sharing.
func (m *memory) forge(t *testing.T, state MaterialState, event MaterialEvent) {
	t.Helper()
	paper := paperEvent(event) || state == MaterialWaitOut || state == MaterialWaitIn
	method, due := MethodEShare, m.now.Add(time.Hour)
	if paper {
		method = MethodPaper
	}
	mat := Material{Key: "MARRIAGE", Code: "MARRIAGE", Required: true, State: state}
	attempt := Attempt{No: 1, Method: method, State: AttemptActive, Due: due}
	seen := []Observation{}
	out := Observation{Op: "out", Kind: SignOut, Staff: "O1", Terminal: "station-1"}
	in := Observation{Op: "in", Kind: SignIn, Staff: "I1", Terminal: "station-9"}
	switch state {
	case MaterialPrepare:
		attempt.State = AttemptSuperseded
	case MaterialMissing:
		attempt.State = AttemptFailed
	case MaterialTimeout:
		attempt.State = AttemptExpired
		if event == EvSignedIn {
			seen = append(seen, out)
		}
	case MaterialWaitIn:
		seen = append(seen, out)
	case MaterialDone:
		attempt.State = AttemptSucceeded
		if paper {
			seen = append(seen, out, in)
		}
	}
	if state == MaterialEWait {
		attempt.Method = MethodEShare
	}
	mat.Attempts = []Attempt{attempt}
	form := Material{Key: "FORM", Code: "FORM", Required: true, State: MaterialPrepare}
	c := Case{ID: "C", Number: forged, Item: "licence", ItemVersion: 2, Origin: OriginCounter, State: CasePending,
		Version: 1, Clerk: "S1", SubmittedAt: m.now, Materials: []Material{mat, form}}
	if event == EvSubmitted {
		c.State = CaseReceived
		c.Materials[1].State = MaterialDone
	}
	m.write(t, EntityCase, c.ID, c)
	if paper && attempt.Method == MethodPaper {
		p := Paper{ID: Label{forged, "MARRIAGE", 1}.ID(), Case: "C", Number: forged, Item: "licence", Material: "MARRIAGE", Code: "MARRIAGE",
			Attempt: 1, Department: "civil", Custody: DeriveCustody(seen), Due: due, Seen: seen, Only: state == MaterialPrepare}
		m.write(t, EntityPaper, p.ID, p)
	}
}

func (m *memory) write(t *testing.T, kind EntityKind, id string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	m.take(t, Outcome{Changes: []Change{{Kind: kind, ID: id, Value: raw}}})
}

// happen forges a state and lets an event happen to it.
func (m *memory) happen(t *testing.T, state MaterialState, event MaterialEvent) Outcome {
	t.Helper()
	m.forge(t, state, event)
	paper := Label{forged, "MARRIAGE", 1}.ID()
	answered := func(method Method, answer string) Outcome {
		op := m.choose(t, "C", "MARRIAGE", method)
		if out := m.do(t, op); out.Status != Applied {
			return out
		}
		return m.do(t, m.op(ShareAnswered, "C", system, AtCentre, ShareAnsweredBody{Material: "MARRIAGE", Ask: op.ID, Answer: answer}))
	}
	due := func(kind Kind) Outcome {
		m.later(2 * time.Hour)
		return m.do(t, m.op(kind, "C", system, AtCentre, AttemptBody{"MARRIAGE", 1}))
	}
	undo := func(kind Kind, scan OpID, by, at string) Outcome {
		return m.do(t, m.op(kind, paper, staff(by, RoleSignIn), at, UndoScanBody{Scan: scan}))
	}
	switch event {
	case EvAskedE:
		return answered(MethodEShare, AnswerYes)
	case EvRefusedE:
		return answered(MethodEShare, AnswerNo)
	case EvFailedE:
		return answered(MethodEShare, AnswerFailed)
	case EvAskedPaper:
		return answered(MethodPaper, AnswerYes)
	case EvRefusedPaper:
		return answered(MethodPaper, AnswerNo)
	case EvFailedPaper:
		return answered(MethodPaper, AnswerFailed)
	case EvDropped:
		return m.do(t, m.op(DropMethod, "C", clerk("S1"), "counter-1", DropMethodBody{m.edit(t, "C"), "MARRIAGE"}))
	case EvHandedIn:
		return m.do(t, m.original("C", "MARRIAGE"))
	case EvSubmitted:
		return m.do(t, m.accepting(t, "C"))
	case EvArrived:
		return m.do(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	case EvNotSupplied:
		return m.do(t, m.callback(MaterialRefused, "C", "MARRIAGE", 1))
	case EvELate:
		return due(MaterialDue)
	case EvPaperLate:
		return due(PaperDue)
	case EvSignedOut:
		return m.do(t, m.scanning(SignOut, paper, "O1", "station-1"))
	case EvNotReleased:
		return m.do(t, m.op(RefusePaper, paper, staff("O1", RoleSignOut), "station-1", RefusePaperBody{"lent"}))
	case EvSignedIn:
		if state == MaterialWaitOut {
			return Outcome{} // that is sign_in_early
		}
		return m.do(t, m.scanning(SignIn, paper, "I1", "station-9"))
	case EvSeenEarly:
		if state == MaterialWaitIn {
			return Outcome{} // that is sign_in
		}
		return m.do(t, m.scanning(SignIn, paper, "I1", "station-9"))
	case EvVoided:
		return m.do(t, m.op(CancelCase, "C", clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(t, "C")}))
	case EvReplaced:
		return m.do(t, m.op(ReplaceMaterial, "C", clerk("S1"), "counter-1", ReplaceMaterialBody{m.edit(t, "C"), "MARRIAGE", "unreadable"}))
	case EvOutUndone:
		return undo(SignOutUndone, "out", "O1", "station-1")
	case EvInUndone:
		return undo(SignInUndone, "in", "I1", "station-9")
	}
	t.Fatalf("nothing makes %s happen", event)
	return Outcome{}
}

func TestLabelsOfMaterialStates(t *testing.T) {
	codes := map[MaterialState]int{MaterialPrepare: 10, MaterialEWait: 20, MaterialWaitOut: 30, MaterialWaitIn: 40, MaterialMissing: 50, MaterialTimeout: 60, MaterialDone: 90}
	citizen := map[string]int{}
	for _, s := range MaterialStates() {
		if codes[s.State] != s.Code {
			t.Errorf("%s has code %d", s.State, s.Code)
		}
		citizen[s.Citizen]++
	}
	if len(MaterialStates()) != len(codes) || citizen["material.citizen.WAIT"] != 3 {
		t.Errorf("the citizen sees inner steps: %v", citizen)
	}
	for _, c := range []struct {
		label  string
		method Method
		reason string
		want   MaterialState
	}{
		{"准备", "", "", MaterialPrepare},
		{"申请共享", MethodEShare, "", MaterialEWait},
		{"申请共享", MethodPaper, "", MaterialWaitOut},
		{"申請中", MethodEShare, "", MaterialEWait},
		{"待共享", "", "", MaterialEWait},
		{"待签出", "", "", MaterialWaitOut},
		{"待簽入", "", "", MaterialWaitIn},
		{"共享超时", MethodEShare, NotShareable, MaterialMissing},
		{"共享超时", MethodEShare, "", MaterialTimeout},
		{"材料缺失", "", "", MaterialMissing},
		{"共享完成", "", "", MaterialDone},
		{"已签入", "", "", MaterialDone},
		{"已完成", "", "", MaterialDone},
		{"申请共享", "", "", ""},
		{"完成", "", "", ""},
	} {
		got, err := ImportMaterialState(c.label, c.method, c.reason)
		if got != c.want || (err == nil) != (c.want != "") || c.want == "" && inputCode(err) != "material_label" {
			t.Errorf("%s %s %s: %s %v", c.label, c.method, c.reason, got, err)
		}
	}
}

func TestSummaryIsTheWorst(t *testing.T) {
	order := []MaterialState{MaterialMissing, MaterialTimeout, MaterialWaitOut, MaterialWaitIn, MaterialEWait, MaterialPrepare, MaterialDone}
	for i, worst := range order {
		for _, other := range order[i:] {
			list := []Material{{Required: true, State: other}, {Required: true, State: worst}}
			if got := MaterialSummary(list); got != worst {
				t.Errorf("%s and %s: %s", worst, other, got)
			}
		}
	}
	if got := MaterialSummary([]Material{{Required: true, State: MaterialDone}, {State: MaterialPrepare}}); got != MaterialDone {
		t.Errorf("an optional material that nobody chose: %s", got)
	}
}

// Who applies takes back what they photographed until it is handed in, and nothing
// else: what others supplied, or what the window has, is not theirs.
func TestApplicantTakesAPhotographBack(t *testing.T) {
	m := newCases()
	m.licence().PreReview = true
	begin := m.online(t, OpenCase, "C", OpenCaseBody{Item: "licence", ItemVersion: 2, Owner: "o"})
	begin.Sealed = []byte("sealed")
	m.must(t, begin)
	take := func(key, owner string) Op {
		e := m.edit(t, "C")
		e.Owner = owner
		return m.online(t, ReplaceMaterial, "C", ReplaceMaterialBody{e, key, ReplaceTakenBack})
	}
	photograph := func(key string, n int) {
		t.Helper()
		m.must(t, m.online(t, HandIn, "C", HandInBody{Material: key, Way: MethodUpload, File: file(n)}))
	}
	stored := func(n int) { t.Helper(); m.must(t, m.op(FileStored, "C", system, AtCentre, FileStoredBody{file(n)})) }
	state := func(key string, want MaterialState) {
		t.Helper()
		c := m.kase(t, "C")
		if is, _ := c.Material(key); is.State != want {
			t.Errorf("%s is %s, want %s", key, is.State, want)
		}
	}
	m.refuse(t, "material_not_done", take("FORM", "o"))
	photograph("FORM", 1)
	m.refuse(t, "material_not_done", take("FORM", "o")) // on its way
	stored(1)
	state("FORM", MaterialDone)
	m.refuse(t, "not_owner", take("FORM", "another"))
	m.must(t, take("FORM", "o"))
	state("FORM", MaterialPrepare)
	c := m.kase(t, "C")
	if form, _ := c.Material("FORM"); len(form.Attempts) != 1 || form.Attempts[0].State != AttemptSuperseded || form.Attempts[0].Reason != ReplaceTakenBack || form.Attempts[0].File != file(1) {
		t.Errorf("%+v", form.Attempts)
	}
	photograph("FORM", 2)
	stored(2)
	m.must(t, m.online(t, HandIn, "C", HandInBody{Material: "MARRIAGE", Way: MethodOriginal}))
	m.refuse(t, "material_done", take("MARRIAGE", "o"))
	m.must(t, m.online(t, ApplyCase, "C", m.serial(t, "kiosk-1")))
	m.refuse(t, "case_state", take("FORM", "o")) // it is handed in

	// Returned to be completed: what is photographed since is theirs, what was handed
	// in before is not.
	m.must(t, m.op(BeginPreReview, "C", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "C")}))
	m.must(t, m.review(t, "C", DecidePreReviewBody{Result: PreReviewReturned, Items: []SupplementItem{{"MARRIAGE", "illegible"}}}))
	m.refuse(t, "material_done", take("FORM", "o"))
	m.later(60e9)
	photograph("MARRIAGE", 3)
	stored(3)
	m.must(t, take("MARRIAGE", "o"))
	state("MARRIAGE", MaterialPrepare)
}
