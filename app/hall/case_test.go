package hall

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// One day of a case: asked for electronically and on paper, accepted by itself.
func TestACaseTravels(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare, "RESIDENCE": MethodPaper})
	c := m.kase(t, "C")
	if m.effectsOf(EffectPaperNotice) != 1 || m.effectsOf(EffectShareRequest) != 1 || c.Summary() != MaterialWaitOut {
		t.Fatalf("%d notices, %d requests, summary %s", m.effectsOf(EffectPaperNotice), m.effectsOf(EffectShareRequest), c.Summary())
	}
	paper := m.paper(t, "C", "RESIDENCE", 1)
	if b := load[Batch](t, m, EntityBatch, BatchID(c.Number, "police")); b.State != BatchOpen || len(b.Papers) != 1 {
		t.Fatalf("batch %+v", b)
	}
	m.later(time.Minute)
	m.must(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	if s := m.kase(t, "C").State; s != CasePending {
		t.Fatalf("accepted without its paper: %s", s)
	}
	m.must(t, m.scanning(SignOut, paper, "O2", "station-1"))
	if a, _ := m.material(t, "C", "RESIDENCE"), true; a.State != MaterialWaitIn {
		t.Errorf("signed out: %s", a.State)
	}
	m.later(time.Minute)
	out := m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
	if !strings.Contains(string(out.Result), `"custody":"AT_COUNTER"`) {
		t.Errorf("scan told %s", out.Result)
	}
	c = m.kase(t, "C")
	if c.State != CaseAccepted || c.AcceptedBy != BySystem || !c.AcceptedAt.Equal(m.now) || c.DueDay != "2026-11-30" || c.Provisional {
		t.Errorf("case %s by %s at %s, due %s", c.State, c.AcceptedBy, c.AcceptedAt, c.DueDay)
	}
	if b := load[Batch](t, m, EntityBatch, BatchID(c.Number, "police")); b.State != BatchClosed {
		t.Errorf("batch %s", b.State)
	}
	if m.effectsOf(EffectCaseAccepted) != 1 || len(c.Records) != 2 || c.Records[0].No != RecordApplication || c.Records[1].No != RecordAcceptance {
		t.Errorf("%d acceptances, records %+v", m.effectsOf(EffectCaseAccepted), c.Records)
	}
	m.idle(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	m.idle(t, m.scanning(SignIn, paper, "I1", "station-9"))
	m.refuse(t, "case_auto_accepted", m.op(CancelCase, "C", clerk("S1"), "counter-1", CancelCaseBody{Edit: Edit{Version: c.Version - 1}}))
}

// No row of the log of cases and papers names a person or holds a file.
func TestFeedsOfCases(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper})
	m.must(t, m.scanning(SignOut, m.paper(t, "C", "MARRIAGE", 1), "O1", "station-1"))
	want := map[EntityKind]Feed{EntityCase: FeedCase, EntityFile: FeedCase, EntityApplicant: FeedApplicant, EntityOwnerCases: FeedApplicant,
		EntityNumber: FeedLease, EntitySeries: FeedLease, EntityLease: FeedLease, EntityPaper: CustodyFeed("civil"), EntityBatch: CustodyFeed("civil")}
	for _, c := range m.log {
		if c.Feed != want[c.Kind] {
			t.Errorf("%s %s in feed %s", c.Kind, c.ID, c.Feed)
		}
		if c.Feed != FeedApplicant && strings.Contains(string(c.Value), "owner-C") {
			t.Errorf("%s tells whose case it is", c.Kind)
		}
	}
}

// Every state of a case against the operations that move cases; requirements G2.2.
func TestCaseRows(t *testing.T) {
	done := []Material{{Key: "FORM", Code: "FORM", Required: true, State: MaterialDone}}
	open := append(slices.Clone(done), Material{Key: "MARRIAGE", Code: "MARRIAGE", Required: true, State: MaterialEWait,
		Attempts: []Attempt{{No: 1, Method: MethodEShare, State: AttemptActive}}})
	for _, row := range []struct {
		name      string
		kind      Kind
		materials []Material
		from      []CaseState
		to        CaseState
		resubmit  bool
	}{
		{"1", ApplyCase, done, []CaseState{CaseDraft}, CaseApplied, false},
		{"1 with the line", SubmitCase, done, []CaseState{CaseDraft}, CaseApplied, false},
		{"1b", SubmitCase, open, []CaseState{CaseDraft}, CasePending, false},
		{"2 and 9c", ReceiveCase, done, []CaseState{CaseDraft, CaseApplied}, CaseReceived, false},
		{"7", AcceptCase, done, []CaseState{CaseReceived}, CaseAccepted, false},
		{"8", AcceptCase, open, []CaseState{CaseReceived}, CasePending, false},
		{"9 after a change", AcceptCase, done, []CaseState{CaseReceived, CasePending}, CaseAccepted, true},
		{"9", MaterialArrived, open, []CaseState{CasePending}, CaseAccepted, false},
		{"23", CancelCase, open, []CaseState{CaseDraft, CaseApplied, CasePreReview, CasePreReturned, CaseReceived, CasePending,
			CaseSupplementDue, CaseAccepted, CaseInApproval}, CaseWithdrawn, false},
	} {
		for _, from := range CaseStates() {
			if row.kind == SubmitCase && from == CasePreReturned {
				continue // row 6b: TestCaseRowsOfTheLaw
			}
			t.Run(row.name+" from "+string(from), func(t *testing.T) {
				m := newCases()
				number := m.serial(t, "counter-1")
				c := Case{ID: "C", Item: "licence", ItemVersion: 2, Origin: OriginCounter, State: from, Version: 1, Clerk: "S1",
					SubmittedAt: m.now, Resubmit: row.resubmit && from == CasePending, Materials: row.materials}
				if from != CaseDraft {
					c.Number = number.Number
				}
				m.write(t, EntityCase, "C", c)
				m.write(t, EntityApplicant, "C", Applicant{Case: "C", Owner: "o"})
				var body any
				actor := clerk("S1")
				edit := Edit{Version: 1, Owner: "o"}
				switch row.kind {
				case ApplyCase, ReceiveCase:
					body = number
				case SubmitCase:
					body, actor = SubmitCaseBody{edit, number}, citizen
				case CancelCase:
					body = CancelCaseBody{Edit: edit}
				case MaterialArrived:
					body = m.callback(MaterialArrived, "C", "MARRIAGE", 1).Body
				default:
					body = AcceptCaseBody{edit}
				}
				out := m.do(t, m.op(row.kind, "C", actor, "counter-1", body))
				want := from
				if slices.Contains(row.from, from) {
					want = row.to
				}
				if got := m.kase(t, "C").State; got != want {
					t.Errorf("%s, want %s (%s %v)", got, want, out.Status, out.Reason)
				}
			})
		}
	}
}

// 9b: where a case that began online goes when everything is in.
func TestOnlineCaseGoesToItsNode(t *testing.T) {
	for _, c := range []struct {
		preReview  bool
		onComplete string
		want       CaseState
	}{{false, "", CaseApplied}, {true, "", CasePreReview}, {true, OnCompleteAccept, CaseAccepted}} {
		m := newCases()
		v := &m.cat.Items[len(m.cat.Items)-1].Versions[1]
		v.PreReview, v.OnComplete = c.preReview, c.onComplete
		op := m.op(OpenCase, "C", citizen, "kiosk-1", OpenCaseBody{Item: "licence", ItemVersion: 2, Owner: "o"})
		op.Sealed = []byte("sealed")
		m.must(t, op)
		m.must(t, m.op(HandIn, "C", citizen, "kiosk-1", HandInBody{Material: "FORM", Way: MethodOriginal}))
		ask := m.op(ChooseSharing, "C", citizen, "kiosk-1", ChooseSharingBody{Edit{m.kase(t, "C").Version, "stranger"}, "MARRIAGE", MethodEShare})
		m.refuse(t, "not_owner", ask)
		ask = m.op(ChooseSharing, "C", citizen, "kiosk-1", ChooseSharingBody{Edit{m.kase(t, "C").Version, "o"}, "MARRIAGE", MethodEShare})
		m.must(t, ask)
		submit := func() Op {
			return m.op(SubmitCase, "C", citizen, "kiosk-1", SubmitCaseBody{Edit{m.kase(t, "C").Version, "o"}, m.serial(t, "kiosk-1")})
		}
		m.refuse(t, "query_open", submit())
		m.must(t, m.op(ShareAnswered, "C", system, AtCentre, ShareAnsweredBody{Material: "MARRIAGE", Ask: ask.ID, Answer: AnswerYes}))
		m.must(t, submit())
		if s := m.kase(t, "C").State; s != CasePending {
			t.Fatalf("submitted: %s", s)
		}
		m.must(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
		if s := m.kase(t, "C").State; s != c.want {
			t.Errorf("pre-review %v, on complete %q: %s, want %s", c.preReview, c.onComplete, s, c.want)
		}
		m.idle(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1))
	}
}

func TestAcceptanceIsRefusedWhile(t *testing.T) {
	for _, c := range []struct {
		code string
		do   func(m *memory)
	}{
		{"materials_open", func(*memory) {}},
		{"material_missing", func(m *memory) { m.share(t, "C", "MARRIAGE", MethodEShare, AnswerNo) }},
		{"material_timeout", func(m *memory) {
			m.share(t, "C", "MARRIAGE", MethodEShare, AnswerYes)
			m.later(2*time.Hour + time.Millisecond)
			m.fire(t)
		}},
		{"query_open", func(m *memory) {
			m.must(t, m.original("C", "MARRIAGE"))
			m.must(t, m.choose(t, "C", "RESIDENCE", MethodEShare))
		}},
		{"file_coming", func(m *memory) {
			m.must(t, m.original("C", "MARRIAGE"))
			m.must(t, m.op(HandIn, "C", clerk("S1"), "counter-1", HandInBody{"RESIDENCE", MethodUpload, file(1)}))
		}},
		{"file_coming", func(m *memory) {
			m.must(t, m.op(HandIn, "C", clerk("S1"), "counter-1", HandInBody{"MARRIAGE", MethodUpload, file(1)}))
		}},
	} {
		m := newCases()
		m.begin(t, "C")
		m.must(t, m.original("C", "FORM"))
		m.receive(t, "C")
		c.do(m)
		m.refuse(t, c.code, m.accepting(t, "C"))
	}
}

// A material is done only when its file is durable, in whatever order the two
// become known.
func TestFileOnItsWay(t *testing.T) {
	m := newCases()
	m.begin(t, "C")
	m.must(t, m.op(HandIn, "C", clerk("S1"), "counter-1", HandInBody{"FORM", MethodUpload, file(1)}))
	if a := m.material(t, "C", "FORM"); a.State != MaterialPrepare || !a.Attempts[0].Coming {
		t.Errorf("coming: %+v", a)
	}
	m.must(t, m.op(FileStored, "C", system, AtCentre, FileStoredBody{file(1)}))
	m.idle(t, m.op(FileStored, "C", system, AtCentre, FileStoredBody{file(1)}))
	if a := m.material(t, "C", "FORM"); a.State != MaterialDone || a.Attempts[0].DoneBy != DoneUploaded {
		t.Errorf("stored: %+v", a)
	}
	m.must(t, m.op(FileStored, "C", system, AtCentre, FileStoredBody{file(2)}))
	m.must(t, m.op(HandIn, "C", clerk("S1"), "counter-1", HandInBody{"MARRIAGE", MethodLicence, file(2)}))
	if a := m.material(t, "C", "MARRIAGE"); a.State != MaterialDone {
		t.Errorf("stored before: %+v", a)
	}
	bad := file(3)
	bad.SHA256 = strings.ToUpper(bad.SHA256) + "X"
	m.refuse(t, "malformed", m.op(HandIn, "C", clerk("S1"), "counter-1", HandInBody{"RESIDENCE", MethodUpload, bad}))
	m.must(t, m.op(HandIn, "C", clerk("S1"), "counter-1", HandInBody{"MARRIAGE", MethodUpload, file(4)}))
	if c := m.kase(t, "C"); len(c.Asides) != 1 || c.Asides[0].Why != "material_done" || c.Asides[0].File != file(4) {
		t.Errorf("handed in twice: %+v", c.Asides)
	}
}

// G1.4: each clock fires strictly after its last moment, and once.
func TestClocks(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare, "RESIDENCE": MethodPaper})
	start := m.now
	m.now = start.Add(2 * time.Hour)
	m.refuse(t, "too_early", m.op(MaterialDue, "C", system, AtCentre, AttemptBody{"MARRIAGE", 1}))
	m.fire(t)
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialEWait {
		t.Fatalf("at the last moment: %s", s)
	}
	m.later(time.Millisecond)
	m.fire(t)
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialTimeout {
		t.Fatalf("after it: %s", s)
	}
	m.idle(t, m.op(MaterialDue, "C", system, AtCentre, AttemptBody{"MARRIAGE", 1}))
	m.must(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1)) // late, but it is here
	if a := m.material(t, "C", "MARRIAGE"); a.State != MaterialDone || !a.Attempts[0].Late {
		t.Errorf("late: %+v", a)
	}
	m.now = start.Add(24 * time.Hour)
	m.fire(t)
	c := m.kase(t, "C")
	if c.Overdue || len(c.Anomaly(m.now)) != 0 {
		t.Errorf("after exactly 24 hours: %v %v", c.Overdue, c.Anomaly(m.now))
	}
	m.later(time.Millisecond)
	m.fire(t)
	c = m.kase(t, "C")
	if why := c.Anomaly(m.now); !c.Overdue || len(why) != 1 || why[0].Code != "anomaly_overdue" || c.State != CasePending {
		t.Errorf("after more: %v %v", c.Overdue, why)
	}
	due := m.material(t, "C", "RESIDENCE").Attempts[0].Due // three working days from Monday
	if DayOf(due) != "2026-11-26" {
		t.Errorf("paper due %s", due)
	}
	m.now = due.Add(time.Millisecond)
	m.fire(t)
	if why := m.kase(t, "C"); why.Summary() != MaterialTimeout || len(why.Anomaly(m.now)) != 2 {
		t.Errorf("paper late: %s %v", why.Summary(), why.Anomaly(m.now))
	}
	paper := m.paper(t, "C", "RESIDENCE", 1)
	m.must(t, m.scanning(SignOut, paper, "O2", "station-1"))
	if a := m.material(t, "C", "RESIDENCE"); a.State != MaterialWaitIn || !a.Attempts[0].Late {
		t.Errorf("signed out late: %+v", a)
	}
	m.idle(t, m.op(PaperDue, "C", system, AtCentre, AttemptBody{"RESIDENCE", 1})) // not a second time
	m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
	if c := m.kase(t, "C"); c.State != CaseAccepted || len(c.Anomaly(m.now)) != 0 {
		t.Errorf("then: %s %v", c.State, c.Anomaly(m.now))
	}
}

// G1.6: versions, changes, resubmission.
func TestEditing(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare})
	first := m.kase(t, "C")
	drop := func(e Edit, who string) Op {
		return m.op(DropMethod, "C", clerk(who), "counter-2", DropMethodBody{e, "MARRIAGE"})
	}
	m.refuse(t, "right_missing", drop(Edit{Version: first.Version}, "S2"))
	m.refuse(t, "case_updated", drop(Edit{Version: first.Version - 1}, "S3"))
	m.must(t, drop(Edit{Version: first.Version}, "S3"))
	c := m.kase(t, "C")
	if !c.Resubmit || c.State != CasePending {
		t.Fatalf("after a change: %s, resubmit %v", c.State, c.Resubmit)
	}
	m.idle(t, m.callback(MaterialArrived, "C", "MARRIAGE", 1)) // no change of mind by call-back
	if s := m.material(t, "C", "MARRIAGE"); s.State != MaterialPrepare || s.Attempts[0].State != AttemptSuperseded || s.Attempts[0].File != (File{}) {
		t.Errorf("superseded: %+v", s)
	}
	m.must(t, m.original("C", "MARRIAGE"))
	if s := m.kase(t, "C").State; s != CasePending {
		t.Fatalf("accepted without a new submission: %s", s)
	}
	m.later(time.Hour)
	m.must(t, m.accepting(t, "C"))
	c = m.kase(t, "C")
	if c.State != CaseAccepted || c.AcceptedBy != "S1" || !c.FirstSentAt.Before(m.now) {
		t.Errorf("resubmitted: %s by %s", c.State, c.AcceptedBy)
	}
}

// A new submission starts the 24 hours again and tells a department only of
// what is new.
func TestResubmission(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper, "RESIDENCE": MethodEShare})
	m.later(20 * time.Hour)
	m.share(t, "C", "RESIDENCE", MethodPaper, AnswerYes)
	m.must(t, m.accepting(t, "C"))
	if n := m.effectsOf(EffectPaperNotice); n != 2 {
		t.Errorf("%d notices", n)
	}
	m.later(5 * time.Hour)
	m.fire(t)
	if c := m.kase(t, "C"); c.Overdue || c.Submissions != 2 || c.FirstSentAt.Equal(c.SubmittedAt) {
		t.Errorf("overdue %v, submissions %d", c.Overdue, c.Submissions)
	}
	m.idle(t, m.accepting(t, "C"))
}

func TestCancelledWhileItsPaperIsOut(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodPaper, "RESIDENCE": MethodEShare})
	paper := m.paper(t, "C", "MARRIAGE", 1)
	m.must(t, m.scanning(SignOut, paper, "O1", "station-1"))
	cancel := m.op(CancelCase, "C", clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(t, "C"), Reason: "by_applicant"})
	m.must(t, cancel)
	c := m.kase(t, "C")
	if c.State != CaseWithdrawn || c.Records[len(c.Records)-1].Status != "2" || m.effectsOf(EffectNoticeWithdrawn) != 1 {
		t.Errorf("%s, records %+v", c.State, c.Records)
	}
	for _, mat := range c.Materials[1:] {
		if a, _ := mat.Newest(); a.State != AttemptVoid {
			t.Errorf("%s: %s", mat.Key, a.State)
		}
	}
	m.idle(t, m.callback(MaterialArrived, "C", "RESIDENCE", 1))
	m.refuse(t, "case_cancelled", m.choose(t, "C", "MARRIAGE", MethodEShare))
	out := m.must(t, m.scanning(SignIn, paper, "I1", "station-9"))
	if m.holder(t, paper) != AtHall || !strings.Contains(string(out.Result), `"return":true`) {
		t.Errorf("%s, told %s", m.holder(t, paper), out.Result)
	}
	if s := m.kase(t, "C"); s.State != CaseWithdrawn || s.Version != c.Version {
		t.Errorf("the case moved: %s", s.State)
	}
	m.must(t, m.scanning(ReturnOut, paper, "I1", "station-9"))
	m.must(t, m.scanning(ReturnIn, paper, "O1", "station-1"))
	if m.holder(t, paper) != Returned {
		t.Errorf("then %s", m.holder(t, paper))
	}
}

// A case that waits and lacks a material says what to change, not that it was
// submitted already (M7).
func TestAcceptingAgainTellsWhatIsMissing(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare})
	m.idle(t, m.accepting(t, "C"))
	m.must(t, m.callback(MaterialRefused, "C", "MARRIAGE", 1))
	m.refuse(t, "material_missing", m.accepting(t, "C"))
}
