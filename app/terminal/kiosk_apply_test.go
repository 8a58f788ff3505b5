package terminal

import (
	"context"
	"strings"
	"sync"
	"testing"

	"hallway/app/hall"
	"hallway/devices/printer"
	"hallway/sync/seal"
)

// From the list of what is needed to the slip, with a department and the camera.
func TestApplyWithSharing(t *testing.T) {
	s := newStall(t)
	ctx := t.Context()
	if code := codeOf(t, s.Apply(ctx, ApplyRequest{Item: "open-shop"})); code != "item_unknown" {
		t.Errorf("an item for counters only: %q", code)
	}
	s.must(s.Apply(ctx, ApplyRequest{Item: "permit"}))
	v := s.step(applyNeeds)
	if len(v.Materials) != 3 || !v.Item.Counter || v.State != "" || v.Submit.Allowed || !v.Start.Allowed || s.View().Session.Person != "" {
		t.Fatalf("%+v", v)
	}
	s.must(s.ApplyStart(ctx))
	if code := codeOf(t, s.ApplyStart(ctx)); code != "refused_now/checks_open" {
		t.Errorf("unanswered: %q", code)
	}
	for answer, want := range map[string]string{"no": "refused_now/checks_failed"} {
		s.must(s.ApplyCheck(ctx, ApplyCheckRequest{ID: "own", Answer: answer}))
		if v := s.step(applyCheck); !v.Checks[0].Stops || v.Checks[0].Otherwise["zh-Hans"] == "" || codeOf(t, s.ApplyStart(ctx)) != want {
			t.Errorf("%+v", v.Checks)
		}
	}
	s.must(s.ApplyCheck(ctx, ApplyCheckRequest{ID: "own", Answer: "yes"}))
	s.must(s.ApplyCheck(ctx, ApplyCheckRequest{ID: "moved", Answer: "yes"})) // told what to do, and may go on
	if v := s.step(applyCheck); v.Checks[1].Stops || v.Checks[1].Otherwise == nil || v.Checks[0].Otherwise != nil || !v.Start.Allowed {
		t.Errorf("%+v", v.Checks)
	}
	s.must(s.ApplyStart(ctx))
	s.step(applyIdentify)
	if s.o.count(hall.OpenCase) != 0 {
		t.Error("begun for nobody")
	}
	s.place(docZhang)
	v = s.step(applyMaterials)
	if v.State != hall.CaseDraft || v.Submit.Allowed || v.Submit.Why.Code != "materials_open" || !v.Cancel.Allowed || v.Number != "" {
		t.Fatalf("%+v", v)
	}
	id := s.theCase().ID

	// The department says yes; the pages of the other are on their way, then there.
	s.must(s.ApplyMethod(ctx, ApplyMethodRequest{Material: "M02", Method: hall.MethodEShare}))
	s.shows("the question", func(v KioskApply) bool { return s.material(v, "M02").Asking })
	s.answered(id, "M02", hall.AnswerYes)
	v = s.shows("the answer", func(v KioskApply) bool { return v.Message != nil })
	if m := s.material(v, "M02"); v.Message.Code != "share_requested" || v.Message.Params["material"] != "M02" || m.Label != "material.citizen.WAIT" || m.Due.IsZero() || !m.Drop.Allowed {
		t.Errorf("%+v %+v", v.Message, m)
	}
	s.photograph("M01")
	v = s.shows("on its way", func(v KioskApply) bool { return s.material(v, "M01").Coming && !v.Waiting })
	if v.Submit.Allowed || v.Submit.Why.Code != "file_coming" || s.material(v, "M01").Pages != 1 {
		t.Errorf("%+v", v.Submit)
	}
	s.stored(id)
	v = s.shows("all there is to do", func(v KioskApply) bool { return v.Submit.Allowed })
	if m := s.material(v, "M01"); m.State != hall.MaterialDone || m.Label != "material.citizen.DONE" {
		t.Errorf("%+v", m)
	}

	// Submitted, pressed by many at once: one number, one slip, the password only there.
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := s.ApplySubmit(context.Background(), ApplySubmitRequest{}); err != nil {
				t.Error(codeOf(t, err))
			}
		})
	}
	all.Wait()
	v = s.shows("the slip", func(v KioskApply) bool { return v.Step == applyDone && v.Slip == string(printer.Confirmed) })
	c := s.theCase()
	if c.State != hall.CasePending || c.Number == "" || v.Number != c.Number || v.Message.Code != "applied" || s.o.count(hall.SubmitCase) != 1 || s.o.count(hall.OpenCase) != 1 {
		t.Errorf("%+v; %d submitted", v, s.o.count(hall.SubmitCase))
	}
	password := seal.QueryPassword(testKey, id)
	slip := textOf(s.printer.printed[0].Doc)
	for _, want := range []string{c.Number, password, "张*丰"} {
		if !strings.Contains(slip, want) {
			t.Errorf("no %q on the slip", want)
		}
	}
	if !strings.Contains(slip, "□ 申请表") || strings.Contains(slip, "□ 户籍证明") {
		t.Errorf("to be brought: %s", slip)
	}
	if s.printer.jobs() != 1 || strings.Contains(slip, docZhang) || strings.Contains(slip, nameZhang) {
		t.Errorf("%d slips", s.printer.jobs())
	}
	if strings.Contains(everythingIn(t, s.View()), password) || strings.Contains(s.log.String(), password) {
		t.Error("the password is elsewhere than on the slip")
	}

	// What the department sends completes it; it is reviewed next.
	s.arrived(id, "M02")
	if c := s.theCase(); c.State != hall.CasePreReview {
		t.Errorf("%s", c.State)
	}
	s.must(s.End(ctx))
	s.nothingLeft()
}
