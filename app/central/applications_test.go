package central

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// apply begins an application of a person at a kiosk, and gives whose it is.
func (d *term) apply(id, item string, version int, p person) (owner string) {
	d.b.t.Helper()
	key := seal.LongKey(d.b.c.writer.Keys().Lookup, d.b.c.hallCode)
	owner = seal.OwnerLook(key, "111", p.number)
	v := d.trySealed(hall.OpenCase, id, citizenActor, hall.OpenCaseBody{Item: item, ItemVersion: version, Owner: owner,
		PasswordLook: seal.PasswordLook(key, id, seal.QueryPassword(key, id))}, func(op hall.OpID) []byte { return d.b.sealPerson(op, p) })
	if v.Status != hall.Applied {
		d.b.t.Fatalf("%+v", v)
	}
	return owner
}

// applications are the cases of a person's card, as a kiosk is told.
func (b *bed) applications(p person) []hall.Case {
	b.t.Helper()
	var a ApplicationsAnswer
	b.want(200, "POST", "/central/v1/applications", map[string]string{"doc_kind": "111", "doc_no": p.number}, &a, bearer("token-kiosk-1")...)
	return a.Cases
}

// The whole life of an application that was begun at a kiosk with a material from
// a department: what the kiosk is told of it at each step is what it goes on with.
func TestApplicationFromAKiosk(t *testing.T) {
	b := newBed(t)
	b.quiet()
	kiosk, desk := &term{b: b, id: "kiosk-1"}, &term{b: b, id: "counter-1"}
	s := b.signIn("1001", "counter-1")
	owner := kiosk.apply("case-k1", "id-card", 2, personA)
	b.openCase("case-a2", "open-shop", personA, s) // the person's, at a counter
	b.openCase("case-b1", "open-shop", personB, s)
	now := func() (hall.Case, hall.Edit) {
		t.Helper()
		list := b.applications(personA)
		if len(list) != 2 {
			t.Fatalf("%d cases of the card: %+v", len(list), list)
		}
		for _, c := range list {
			if c.ID == "case-k1" {
				return c, hall.Edit{Version: c.Version, Owner: owner}
			}
		}
		t.Fatal("the application is not told")
		return hall.Case{}, hall.Edit{}
	}
	c, edit := now()
	if c.State != hall.CaseDraft || c.Origin != hall.OriginOnline || len(c.Materials) != 2 || c.ItemVersion != 2 {
		t.Fatalf("%+v", c)
	}
	var p ProgressAnswer
	b.want(200, "POST", "/central/v1/progress", map[string]string{"doc_kind": "111", "doc_no": personA.number}, &p, bearer("token-kiosk-1")...)
	if len(p.Cases) != 1 || p.Cases[0].ID != "case-k1" || p.Cases[0].Number != "" || p.Cases[0].Next.Code != "draft_until" || p.Cases[0].Online {
		t.Errorf("a draft from the kiosk in the list: %+v", p.Cases)
	}

	// The department is asked and says yes; the other one is photographed.
	kiosk.do(hall.ChooseSharing, "case-k1", citizenActor, hall.ChooseSharingBody{Edit: edit, Material: "M10", Method: hall.MethodEShare})
	if c, _ = now(); c.Materials[0].Ask.Op == "" {
		t.Errorf("the question is not told: %+v", c.Materials[0])
	}
	b.propose(hall.ShareAnswered, "case-k1", "answer-1", hall.ShareAnsweredBody{Material: "M10", Ask: c.Materials[0].Ask.Op, Answer: hall.AnswerYes})
	file := hall.File{SHA256: string(bytes.Repeat([]byte("a"), 64)), Type: "application/pdf", Size: 9}
	b.propose(hall.FileStored, "case-k1", "stored-1", hall.FileStoredBody{File: file})
	kiosk.do(hall.HandIn, "case-k1", citizenActor, hall.HandInBody{Material: "M11", Way: hall.MethodUpload, File: file})

	// A stranger's card changes nothing; the owner's submits, once.
	v := kiosk.do(hall.LeaseApplicationNumbers, hall.ApplicationSeries(b.c.cat.Load()), deviceActor, hall.LeaseApplicationNumbersBody{Count: 2})
	var lease hall.LeaseResult
	if err := json.Unmarshal(v.Result, &lease); err != nil {
		t.Fatal(err)
	}
	number := func(n int) hall.NumberBody {
		return hall.NumberBody{Lease: lease.Lease.ID, Number: hall.ApplicationNumber{Area: "01", Service: "01", Kind: "07", Serial: lease.Lease.From + n}.String()}
	}
	_, edit = now()
	stranger := hall.Edit{Version: edit.Version, Owner: "somebody-else"}
	if v := kiosk.try(hall.SubmitCase, "case-k1", citizenActor, hall.SubmitCaseBody{Edit: stranger, NumberBody: number(0)}); v.Reason.Code != "not_owner" {
		t.Errorf("%+v", v)
	}
	kiosk.do(hall.SubmitCase, "case-k1", citizenActor, hall.SubmitCaseBody{Edit: edit, NumberBody: number(0)})
	if v := kiosk.try(hall.SubmitCase, "case-k1", citizenActor, hall.SubmitCaseBody{Edit: edit, NumberBody: number(1)}); v.Status != hall.Rejected {
		t.Errorf("submitted twice: %+v", v)
	}
	if c, _ = now(); c.State != hall.CasePending || c.Number != number(0).Number {
		t.Errorf("%+v", c)
	}

	p = ProgressAnswer{}
	b.want(200, "POST", "/central/v1/progress", map[string]string{"doc_kind": "111", "doc_no": personA.number}, &p, bearer("token-kiosk-1")...)
	if len(p.Cases) != 1 || p.Cases[0].Number != number(0).Number || !p.Cases[0].Online || p.Cases[0].Materials[0].Original || p.Cases[0].Applied.IsZero() {
		t.Errorf("its slip can be printed again: %+v", p.Cases)
	}

	// What the department sends completes it: it goes to whoever reviews.
	m := c.Materials[0]
	a, _ := m.Newest()
	b.propose(hall.MaterialArrived, "case-k1", "arrived-1", hall.CallbackBody{Material: "M10", Attempt: a.No,
		Request: hall.RequestID("case-k1", "M10", a.No), File: file})
	if c, _ = now(); c.State != hall.CasePreReview || c.Clerk != "" {
		t.Errorf("%+v", c)
	}
	reviewer := clerk(s)
	reviewer.Role = hall.RolePreReviewer
	desk.do(hall.BeginPreReview, "case-k1", reviewer, hall.BeginPreReviewBody{Edit: b.version("case-k1")})
	desk.do(hall.DecidePreReview, "case-k1", reviewer, hall.DecidePreReviewBody{Edit: b.version("case-k1"), Result: hall.PreReviewPassed, Bring: []string{"M11"}})
	if c, _ = now(); c.State != hall.CaseReceived || len(c.Bring) != 1 {
		t.Errorf("%+v", c)
	}
	desk.do(hall.AcceptCase, "case-k1", clerk(s), hall.AcceptCaseBody{Edit: b.version("case-k1")})
	if c, _ = now(); c.State != hall.CaseAccepted || c.DueDay == "" {
		t.Errorf("%+v", c)
	}

	// Of people, of staff and of an office's steps nothing is told.
	raw, err := json.Marshal(b.applications(personA))
	if err != nil {
		t.Fatal(err)
	}
	for _, inner := range []string{personA.name, personA.number, `"1001"`, `"records"`, `"clerk"`, `"notice_no"`} {
		if bytes.Contains(raw, []byte(inner)) {
			t.Errorf("%s is told to a kiosk", inner)
		}
	}
	b.refused(422, "bad_request", "POST", "/central/v1/applications", map[string]string{"doc_kind": "111", "doc_no": "110105194912310021"}, bearer("token-kiosk-1")...)
	if _, err := b.c.store.verifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
	if bytes.Contains(b.logs.Bytes(), []byte(personA.number)) || bytes.Contains(bytesOf(t, b.cfg), []byte(personA.number)) {
		t.Error("a look at applications left something personal")
	}
}

// A kiosk is told what its owner can still do something with, the newest twenty, and
// for an hour what came to its end; not all that a document ever had.
func TestApplicationsThatGoOn(t *testing.T) {
	b := newBed(t)
	b.quiet()
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	told := func() (ids []string) {
		t.Helper()
		for _, one := range b.applications(personA) {
			ids = append(ids, one.ID)
		}
		return ids
	}
	desk.approved("in-approval", s) // may still be withdrawn
	for _, id := range []string{"withdrawn", "draft"} {
		b.clock.forward(time.Second)
		b.openCase(id, "open-shop", personA, s)
	}
	desk.do(hall.CancelCase, "withdrawn", clerk(s), hall.CancelCaseBody{Edit: b.version("withdrawn")})
	if got := told(); !slices.Equal(got, []string{"draft", "withdrawn", "in-approval"}) {
		t.Errorf("%q", got)
	}
	b.clock.forward(stillShown)
	if got := told(); !slices.Equal(got, []string{"draft", "in-approval"}) {
		t.Errorf("an hour later: %q", got)
	}
	var newest []string
	for i := range maxProgress {
		b.clock.forward(time.Second)
		id := fmt.Sprintf("later-%02d", i)
		b.openCase(id, "open-shop", personA, s)
		newest = append([]string{id}, newest...)
	}
	if got := told(); !slices.Equal(got, newest) {
		t.Errorf("of %d: %q", maxProgress+2, got)
	}
}

// Which cases go on, state by state.
func TestGoesOn(t *testing.T) {
	long := monday.Add(-stillShown)
	open := []hall.CaseState{hall.CaseDraft, hall.CaseApplied, hall.CasePreReview, hall.CasePreReturned, hall.CaseReceived, hall.CasePending,
		hall.CaseSupplementDue, hall.CaseAccepted, hall.CaseInApproval}
	for _, state := range hall.CaseStates() {
		for _, deemed := range []bool{false, true} {
			c := hall.Case{State: state, Deemed: deemed, CreatedAt: long, EndedAt: long}
			want := slices.Contains(open, state) || deemed && state == hall.CaseSpecialStop
			if got := goesOn(c, monday); got != want {
				t.Errorf("%s, deemed %v: %v, want %v", state, deemed, got, want)
			}
			if c.EndedAt = monday.Add(-time.Minute); !goesOn(c, monday) {
				t.Errorf("%s a minute ago is not told", state)
			}
		}
	}
}

// Who told of what is missing is nobody's but the hall's.
func TestSupplementWithoutItsClerk(t *testing.T) {
	b := newBed(t)
	b.quiet()
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	b.openCase("case-1", "open-shop", personA, s)
	desk.receive("case-1", "01", s)
	desk.sealedAct(hall.NotifySupplement, "case-1", s, hall.NotifySupplementBody{Edit: b.version("case-1"), Items: []hall.SupplementItem{
		{Material: "M01", Fault: "missing"}, {Material: "M02", Fault: "missing"}, {Material: "M03", Fault: "missing"}}}, nil)
	list := b.applications(personA)
	raw, err := json.Marshal(list)
	if err != nil || len(list) != 1 || list[0].Supplement == nil || len(list[0].Supplement.Items) != 3 || bytes.Contains(raw, []byte(`"1001"`)) {
		t.Errorf("%v %s", err, raw)
	}
	c := hall.Case{Supplement: &hall.Supplement{By: "1001"}}
	if v := ownersView(c); v.Supplement.By != "" || c.Supplement.By != "1001" {
		t.Errorf("%+v of %+v", v.Supplement, c.Supplement)
	}
}

// The slip of an application is printed once more as long as it stands; the originals
// of what was photographed are to be brought until it is accepted.
func TestWhoseSlipIsPrintedAgain(t *testing.T) {
	b := newBed(t)
	photographed := []hall.Material{{Key: "M09", Code: "M09", State: hall.MaterialDone, Attempts: []hall.Attempt{{No: 1, Method: hall.MethodUpload}}},
		{Key: "M10", Code: "M10", State: hall.MaterialDone, Attempts: []hall.Attempt{{No: 1, Method: hall.MethodEShare}}}}
	for name, c := range map[string]struct {
		state          hall.CaseState
		origin, number string
		online, bring  bool
	}{
		"applied":            {hall.CaseApplied, hall.OriginOnline, "010107000001", true, true},
		"accepted":           {hall.CaseAccepted, hall.OriginOnline, "010107000001", true, false},
		"temporary number":   {hall.CaseApplied, hall.OriginOnline, "", true, true},
		"a draft":            {hall.CaseDraft, hall.OriginOnline, "010107000001", false, true},
		"taken back":         {hall.CaseWithdrawn, hall.OriginOnline, "010107000001", false, false},
		"begun at a counter": {hall.CaseReceived, hall.OriginCounter, "010107000001", false, true},
	} {
		v := b.c.progressCase(hall.Case{Item: "newborn", ItemVersion: 1, State: c.state, Origin: c.origin, Number: c.number,
			TempNumber: "T37010001-kiosk-1-20261123-003", Materials: photographed})
		if v.Online != c.online || v.Materials[0].Original != c.bring || v.Materials[1].Original {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
