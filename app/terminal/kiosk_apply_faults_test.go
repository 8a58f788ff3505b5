package terminal

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/devices"
	"hallway/devices/printer"
)

// A cut cable in the middle, at each step: what was done stays and is sent later,
// sharing says that it needs the line, and there is one case in the end.
func TestApplyOverACutLine(t *testing.T) {
	for _, cut := range []string{"before", "begun", "handed in", "all in"} {
		t.Run(cut, func(t *testing.T) {
			s := newStall(t)
			ctx := t.Context()
			at := func(step string) {
				if step == cut {
					s.cut(true)
				}
			}
			at("before")
			v := s.opens("photo")
			at("begun")
			v = s.shows("the materials", func(v KioskApply) bool { return v.State == hall.CaseDraft })
			if cut == "before" && (!v.Offline || v.Cancel.Why == nil || v.Cancel.Why.Code != "offline") {
				t.Errorf("%+v", v)
			}
			s.photograph("M01")
			at("handed in")
			if up, _ := s.line.Online(); up {
				s.stored(s.theCase().ID)
				s.shows("all in", func(v KioskApply) bool { return v.Submit.Allowed })
			}
			at("all in")
			v = s.shows("may be submitted", func(v KioskApply) bool { return v.Submit.Allowed })
			for range 2 {
				s.must(s.ApplySubmit(ctx, ApplySubmitRequest{}))
			}
			v = s.shows("done, without the line", func(v KioskApply) bool { return v.Step == applyDone && v.Slip == string(printer.Confirmed) })
			if v.Number == "" || v.Temporary || !v.Offline || v.Message.Code != "applied" {
				t.Errorf("%+v", v)
			}
			if got := textOf(s.printer.printed[0].Doc); s.printer.jobs() != 1 || !strings.Contains(got, v.Number) {
				t.Errorf("%d slips: %s", s.printer.jobs(), got)
			}
			s.must(s.End(ctx))
			s.nothingLeft()
			s.cut(false)
			eventually(t, "sent", func() bool { return s.st.Outbox() == 0 })
			c := s.theCase()
			if c.Number != v.Number || c.State != hall.CaseApplied && c.State != hall.CasePending || c.Resubmit || s.o.count(hall.ApplyCase) != 1 {
				t.Errorf("%s %q, resubmit %v", c.State, c.Number, c.Resubmit)
			}
			if c.State == hall.CasePending {
				s.stored(c.ID)
			}
			if c := s.theCase(); c.State != hall.CaseApplied {
				t.Errorf("with its pages it is %s", c.State)
			}
			if len(s.st.WorkList()) != 0 {
				t.Errorf("%+v", s.st.WorkList())
			}
		})
	}
}

func TestSharingNeedsTheLine(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("permit")
	s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M02", Method: hall.MethodEShare}))
	s.answered(s.theCase().ID, "M02", hall.AnswerYes)
	s.shows("the answer", func(v KioskApply) bool { return v.Message != nil })
	s.cut(true)
	v := s.shows("without the line", func(v KioskApply) bool { return v.Submit.Why != nil && v.Submit.Why.Code == "offline_sharing" })
	for _, w := range s.material(v, "M03").Ways {
		if w.Method.Shared() && (w.May.Allowed || w.May.Why.Code != "offline") || w.Method == hall.MethodUpload && !w.May.Allowed {
			t.Errorf("%s: %+v", w.Method, w.May)
		}
	}
	if code := codeOf(t, s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M03", Method: hall.MethodPaper})); code != "refused_now/offline" {
		t.Errorf("asked without the line: %q", code)
	}
	s.photograph("M01") // that does not need it
	if v := s.shows("handed in", func(v KioskApply) bool { return s.material(v, "M01").Coming }); v.Submit.Allowed {
		t.Error("submitted while a department is asked")
	}
}

// The line goes between the press and the verdict: it is shown as being sent,
// pressed again it is still one, and the verdict ends it.
func TestSubmittedAsTheLineGoes(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("photo")
	s.photograph("M01")
	s.stored(s.theCase().ID)
	s.shows("all in", func(v KioskApply) bool { return v.Submit.Allowed })
	s.still.Store(true)
	done := make(chan error, 1)
	go func() { done <- s.ApplySubmit(ctx, ApplySubmitRequest{}) }()
	s.shows("being sent", func(v KioskApply) bool { return v.Step == applySending })
	s.must(s.ApplySubmit(ctx, ApplySubmitRequest{}))
	s.must(<-done) // no verdict in time is no error
	if v := s.View().Session.Apply; v.Step != applySending || v.Submit.Allowed || s.printer.jobs() != 0 {
		t.Errorf("%+v", v)
	}
	s.still.Store(false)
	v := s.shows("done", func(v KioskApply) bool { return v.Step == applyDone && v.Slip == string(printer.Confirmed) })
	if v.Number == "" || s.o.count(hall.SubmitCase) != 1 || s.printer.jobs() != 1 {
		t.Errorf("%+v", v)
	}
}

// The person leaves, or is forgotten, at each step: nothing of them stays, and with
// the card they go on where they were, with the same case.
func TestForgottenAtEachStep(t *testing.T) {
	for _, step := range []string{applyNeeds, applyCheck, applyIdentify, applyMaterials, "capturing", "asking", "submitted"} {
		t.Run(step, func(t *testing.T) {
			s := newStall(t)
			ctx := t.Context()
			s.must(s.Apply(ctx, ApplyRequest{Item: "permit"}))
			walk := map[string]func(){
				applyCheck: func() { s.must(s.ApplyStart(ctx)) },
				applyIdentify: func() {
					s.must(s.ApplyCheck(ctx, ApplyCheckRequest{ID: "own", Answer: "yes"}))
					s.must(s.ApplyCheck(ctx, ApplyCheckRequest{ID: "moved", Answer: "no"}))
					s.must(s.ApplyStart(ctx))
				},
				applyMaterials: func() { s.place(docZhang); s.step(applyMaterials) },
				"capturing": func() {
					s.must(s.CaptureBegin(ctx, MaterialRequest{Material: "M01"}))
					s.must(s.CaptureTake(ctx, CaptureTakeRequest{Session: s.View().Session.Apply.Capture.Session, Device: "capture"}))
					s.camera.gives <- aPage(t, 90)
					s.shows("the page", func(v KioskApply) bool { return len(v.Capture.Pages) == 1 && v.Capture.Taking == nil })
				},
				"asking": func() {
					s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M02", Method: hall.MethodEShare}))
					s.answered(s.theCase().ID, "M02", hall.AnswerYes)
				},
				"submitted": func() {
					s.photograph("M01")
					s.stored(s.theCase().ID)
					s.shows("all in", func(v KioskApply) bool { return v.Submit.Allowed })
					s.must(s.ApplySubmit(ctx, ApplySubmitRequest{}))
				},
			}
			for _, next := range []string{applyNeeds, applyCheck, applyIdentify, applyMaterials, "capturing", "asking", "submitted"} {
				if walk[next] != nil && !(next == "capturing" && step != next) {
					walk[next]()
				}
				if next == step {
					break
				}
			}
			eventually(t, "paper out", func() bool { return !strings.Contains(everythingIn(t, s.View()), `"printing"`) })
			s.clock.add(2 * time.Minute) // nobody touches it any more
			eventually(t, "forgotten", func() bool { return s.View().Session == nil })
			s.nothingLeft()
			if step == applyNeeds || step == applyCheck || step == applyIdentify {
				if n := s.o.count(hall.OpenCase); n != 0 {
					t.Errorf("%d begun", n)
				}
				return
			}
			id := s.theCase().ID
			if step == "submitted" {
				s.must(s.Begin(ctx))
				s.place(docZhang)
				eventually(t, "known", func() bool { v := s.View().Session; return v != nil && v.Person != "" && v.Phase != phaseReading })
				s.must(s.ApplyContinue(ctx, ApplyContinueRequest{Case: id}))
				if v := s.step(applyMaterials); v.Number == "" || v.Begun.IsZero() {
					t.Errorf("%+v", v)
				}
				return
			}
			if v := s.opens("permit"); v.Begun.IsZero() || v.State != hall.CaseDraft {
				t.Errorf("%+v", v)
			}
			if s.o.count(hall.OpenCase) != 1 || s.theCase().ID != id {
				t.Errorf("%d begun", s.o.count(hall.OpenCase))
			}
		})
	}
}

// Another person's card never gets into the first one's application.
func TestSecondCardWhileApplying(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("permit")
	id := s.theCase().ID
	s.place(docLi)
	eventually(t, "the question", func() bool { v := s.View().Session; return v != nil && v.Other })
	s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M02", Method: hall.MethodEShare})) // still the first one's
	s.must(s.Replace(ctx, ReplaceRequest{}))
	if v := s.step(applyMaterials); v.State != hall.CaseDraft {
		t.Errorf("%+v", v)
	}
	s.place(docLi)
	eventually(t, "the question", func() bool { v := s.View().Session; return v != nil && v.Other })
	s.must(s.Replace(ctx, ReplaceRequest{Accept: true}))
	eventually(t, "the other one", func() bool { v := s.View().Session; return v != nil && v.Apply == nil && v.Phase != phaseReading })
	if code := codeOf(t, s.ApplySubmit(ctx, ApplySubmitRequest{})); code != "apply_not_open" {
		t.Errorf("%q", code)
	}
	// The other one's own, and not the first one's draft of the same item.
	v := s.opens("permit")
	if !v.Begun.IsZero() || s.o.count(hall.OpenCase) != 2 {
		t.Errorf("%+v", v)
	}
	s.must(s.ApplyContinue(ctx, ApplyContinueRequest{Case: id}))
	s.notice("apply_unknown")
	if c := s.o.kase(id); c.State != hall.CaseDraft || s.o.count(hall.ChooseSharing) != 1 {
		t.Errorf("%+v", c)
	}
}

func (s *stall) notice(code string) {
	s.t.Helper()
	eventually(s.t, "notice "+code, func() bool {
		v := s.View().Session
		return v != nil && v.Notice != nil && v.Notice.Code == code
	})
}

// Somebody else was first: the person is told, and sees the case as it is.
func TestRefusedWhileApplying(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("photo")
	s.photograph("M01")
	c := s.theCase()
	s.stored(c.ID)
	s.shows("all in", func(v KioskApply) bool { return v.Submit.Allowed })
	s.o.own(hall.ReceiveCase, c.ID, staffer("1001", hall.RoleClerk), "counter-1",
		hall.NumberBody{Number: hall.TemporaryNumber{Hall: "37010001", Terminal: "counter-1", Day: testDay, N: 1}.String()})
	err := s.ApplySubmit(ctx, ApplySubmitRequest{})
	if p := AsProblem(err); p == nil || p.Code != "refused" || p.Reason.Code != "case_updated" {
		t.Fatalf("%+v", err)
	}
	v := s.shows("as it is", func(v KioskApply) bool { return v.State == hall.CaseReceived })
	if v.Refused == nil || v.Refused.Code != "case_updated" || v.Step != applyMaterials || s.printer.jobs() != 0 || v.Slip != "" {
		t.Errorf("%+v", v)
	}
	eventually(t, "off the work list", func() bool { return len(s.st.WorkList()) == 0 })
}

// A material that is left for the counter, changes of mind, and the cancellation
// after its question.
func TestApplyChangesAndCancel(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("permit")
	id := s.theCase().ID
	s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M01", Method: hall.MethodOriginal}))
	v := s.shows("to be brought", func(v KioskApply) bool { return s.material(v, "M01").Method == hall.MethodOriginal })
	if v.Submit.Why == nil || v.Submit.Why.Code != "bring_to_counter" || v.Submit.Why.Params["materials"] != "M01" || !s.material(v, "M01").Drop.Allowed {
		t.Errorf("%+v", v.Submit)
	}
	s.must(s.ApplyDrop(ctx, MaterialRequest{Material: "M01"}))
	v = s.shows("taken back", func(v KioskApply) bool { return s.material(v, "M01").Method == "" })
	if v.Submit.Why.Code != "materials_open" {
		t.Errorf("%+v", v.Submit)
	}
	for answer, code := range map[string]string{hall.AnswerNo: "share_refused", hall.AnswerFailed: "share_failed", hall.AnswerYes: "paper_requested"} {
		s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M03", Method: hall.MethodPaper}))
		s.answered(id, "M03", answer)
		v := s.shows("M03 "+answer, func(v KioskApply) bool { return v.Message != nil && v.Message.Code == code && !v.Waiting })
		if s.material(v, "M03").Drop.Allowed {
			s.must(s.ApplyDrop(ctx, MaterialRequest{Material: "M03"}))
		}
		s.shows("dropped", func(v KioskApply) bool { return s.material(v, "M03").State == hall.MaterialPrepare && !v.Waiting })
	}
	if code := codeOf(t, s.ApplyCancel(ctx, ApplyCancelRequest{})); code != "confirm_needed" {
		t.Errorf("%q", code)
	}
	for range 2 {
		s.must(s.ApplyCancel(ctx, ApplyCancelRequest{Confirmed: true}))
	}
	v = s.shows("cancelled", func(v KioskApply) bool { return v.State == hall.CaseWithdrawn && v.Step == applyDone })
	if v.Message.Code != "cancelled" || v.Cancel.Allowed || s.o.count(hall.CancelCase) != 1 || s.o.kase(id).State != hall.CaseWithdrawn {
		t.Errorf("%+v", v)
	}
	s.must(s.ApplyBack(ctx))
	if v := s.View().Session; v.Phase != phaseChoose || v.Apply != nil {
		t.Errorf("%+v", v)
	}
}

// A slip that did not come out is offered again, with the password; one that did is
// printed again without.
func TestSlipsOfAnApplication(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("photo")
	s.must(s.ApplyPrint(ctx, ApplyPrintRequest{What: "needs"}))
	s.shows("what is needed", func(v KioskApply) bool { return v.Slip == string(printer.Confirmed) })
	if code := codeOf(t, s.ApplyPrint(ctx, ApplyPrintRequest{What: "slip"})); code != "refused_now/paper_not_now" {
		t.Errorf("a slip of a draft: %q", code)
	}
	s.photograph("M01")
	s.stored(s.theCase().ID)
	s.shows("all in", func(v KioskApply) bool { return v.Submit.Allowed })
	s.printer.fault(devices.Failed, "paper_out")
	eventually(t, "no paper", func() bool { return !s.View().Session.Apply.Print.Allowed })
	s.must(s.ApplySubmit(ctx, ApplySubmitRequest{}))
	if v := s.step(applyDone); v.Slip != string(printer.NotPrinted) || v.Print.Allowed {
		t.Errorf("%+v", v)
	}
	s.printer.fault(devices.Ready, "")
	eventually(t, "paper", func() bool { return s.View().Session.Apply.Print.Allowed })
	for range 2 {
		s.must(s.ApplyPrint(ctx, ApplyPrintRequest{What: "slip"}))
		s.shows("a slip", func(v KioskApply) bool { return v.Slip == string(printer.Confirmed) })
	}
	first, second := textOf(s.printer.printed[1].Doc), textOf(s.printer.printed[2].Doc)
	if !strings.Contains(first, "查询密码\"") || strings.Contains(first, "补打") || strings.Contains(second, "查询密码\"") || !strings.Contains(second, "补打") {
		t.Errorf("first %s\nsecond %s", first, second)
	}
}

// Killed after the press: what was written down is sent, and nothing is printed
// by itself for somebody who is gone.
func TestKilledWhileApplying(t *testing.T) {
	s := newStall(t)
	s.cut(true)
	s.opens("photo")
	s.photograph("M01")
	s.shows("may be submitted", func(v KioskApply) bool { return v.Submit.Allowed })
	s.printer.latency = 300 * time.Millisecond
	s.must(s.ApplySubmit(context.Background(), ApplySubmitRequest{}))
	number := s.View().Session.Apply.Number
	s.kill()
	if s.View().Session != nil {
		t.Error("somebody is still here")
	}
	// The same person, still without the line: their application is found here.
	s.must(s.Begin(t.Context()))
	s.place(docZhang)
	eventually(t, "known", func() bool { v := s.View().Session; return v != nil && v.Person != "" && v.Phase != phaseReading })
	s.must(s.ApplyContinue(t.Context(), ApplyContinueRequest{Case: number}))
	v := s.shows("the application", func(v KioskApply) bool { return v.Number == number })
	if number == "" || v.Submit.Allowed {
		t.Errorf("%+v", v)
	}
	s.cut(false)
	eventually(t, "sent", func() bool { return s.st.Outbox() == 0 })
	if c := s.theCase(); c.Number != number || s.o.count(hall.ApplyCase) != 1 || s.o.count(hall.OpenCase) != 1 {
		t.Errorf("%+v", c)
	}
}

// The centre does not answer, or answers when nobody is there any more.
func TestApplyWithoutAnAnswer(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.asks.fail(Fail(http.StatusServiceUnavailable, "centre_unreachable"))
	v := s.opens("photo") // begun all the same
	if v.State != hall.CaseDraft || !v.Begun.IsZero() {
		t.Errorf("%+v", v)
	}
	s.must(s.ApplyContinue(ctx, ApplyContinueRequest{Case: "another"}))
	s.notice("apply_offline")
	s.must(s.End(ctx))
	hold := make(chan struct{})
	s.asks.mu.Lock()
	s.asks.err, s.asks.hold = nil, hold
	s.asks.mu.Unlock()
	s.must(s.Apply(ctx, ApplyRequest{Item: "photo"}))
	s.must(s.ApplyStart(ctx))
	s.place(docZhang)
	s.step(applyReading)
	s.must(s.End(ctx))
	close(hold)
	s.must(s.Begin(ctx))
	eventually(t, "a new session", func() bool { v := s.View().Session; return v != nil && v.Apply == nil && v.Person == "" })
	if s.o.count(hall.OpenCase) != 1 {
		t.Error("begun for somebody who has left")
	}
}

// What was done in the session before has not reached the centre when the person
// is back: it is waited for, and then it is seen.
func TestBackBeforeItIsSent(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	s.opens("photo")
	s.theCase()
	s.still.Store(true)
	s.photograph("M01")
	s.must(s.End(ctx))
	s.must(s.Apply(ctx, ApplyRequest{Item: "photo"}))
	s.must(s.ApplyStart(ctx))
	s.place(docZhang)
	v := s.shows("the draft", func(v KioskApply) bool { return v.Step == applyMaterials && !v.Begun.IsZero() })
	if !v.Waiting || v.Submit.Allowed {
		t.Errorf("%+v", v)
	}
	if code := codeOf(t, s.ApplyCancel(ctx, ApplyCancelRequest{Confirmed: true})); code != "refused_now/pending" {
		t.Errorf("cancelled as it was before: %q", code)
	}
	s.still.Store(false)
	s.shows("its pages", func(v KioskApply) bool { return s.material(v, "M01").Coming && !v.Waiting })
	if s.o.count(hall.OpenCase) != 1 || s.o.count(hall.HandIn) != 1 {
		t.Error("done twice")
	}
}
