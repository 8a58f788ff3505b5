package terminal

import (
	"context"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

// officeRig is a desk whose hall has an office (审批): 4001 handles, 4002 reviews,
// 4003 approves, 4004 heads it, 4005 approves special procedures. The window
// handles what it accepts.
func officeRig(t *testing.T, c *clock, adjust ...func(*deskRig)) *deskRig {
	t.Helper()
	w := newWorld()
	w.cat = deskCatalogue()
	for i, it := range w.cat.Items {
		if it.ID == "simple" {
			w.cat.Items[i].Versions[0].WindowHandles = true
			instant := it.Versions[0]
			instant.Kind, instant.WindowHandles = hall.CaseInstant, false
			upward := w.cat.Items[i].Versions[0]
			upward.Kind = hall.CaseReportedUp
			w.cat.Items = append(w.cat.Items, hall.Item{ID: "instant", Group: "tax", Name: hall.Names{"zh-Hans": "即办"}, Versions: []hall.ItemVersion{instant}},
				hall.Item{ID: "upward", Group: "tax", Name: hall.Names{"zh-Hans": "转报"}, Versions: []hall.ItemVersion{upward}})
		}
	}
	office := func(id string, rights ...hall.Right) hall.Staff {
		return hall.Staff{ID: id, Name: "审批" + id, Roles: []hall.Role{hall.RoleApprover}, Rights: rights}
	}
	w.cat.Staff = append(w.cat.Staff, office("4001", hall.RightHandleCases), office("4002", hall.RightReviewCases), office("4003", hall.RightApproveCases),
		office("4004", hall.RightApproveCases, hall.RightExtendCases, hall.RightVoidCases),
		hall.Staff{ID: "4005", Name: "特办", Roles: []hall.Role{hall.RoleSpecialApprover}})
	return newDeskRig(t, w, c, "1", func(r *deskRig) {
		for _, f := range adjust {
			f(r)
		}
	})
}

// as signs somebody else in, who takes the case into the hand.
func (r *deskRig) as(staff, kase string) *CaseView {
	r.t.Helper()
	r.must(r.SignOut(r.ctx))
	who, _ := r.w.cat.StaffByID(staff)
	r.centre.roles = who.Roles
	r.must(r.SignIn(r.ctx, SignInRequest{Staff: staff, Password: "right"}))
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: kase}))
	return r.kase()
}

// acceptedHere is a case that the clerk at the window accepted; the person has
// left.
func (r *deskRig) acceptedHere() string { return r.acceptedOf("simple") }

func (r *deskRig) acceptedOf(item string) string {
	r.t.Helper()
	id := r.begun(item)
	r.originals("M01")
	r.must(r.AcceptCase(r.ctx))
	if k := r.kase(); k.State != hall.CaseAccepted || k.Office == nil || k.Office.Step != hall.StepHandle {
		r.t.Fatalf("%+v", k.Office)
	}
	return id
}

func (r *deskRig) pass(words string) {
	r.t.Helper()
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepPassed, Words: words}))
}

// finished has the person at the window leave.
func (r *deskRig) finished() {
	r.t.Helper()
	r.must(r.Finish(r.ctx))
}

// The whole way: handled at the window, reviewed, a special procedure that stops
// the clock, an extension, decided, completed with a certificate, collected with
// a card.
func TestOfficeFromAcceptanceToCollection(t *testing.T) {
	c := &clock{t: at("10:00")}
	r := officeRig(t, c)
	id := r.acceptedHere()
	if code := codeOf(t, r.StepCase(r.ctx, StepRequest{Status: hall.StepPassed})); code != "refused_now/opinion_needed" {
		t.Errorf("without an opinion: %q", code)
	}
	r.pass("材料齐全，张三丰")
	o := r.kase().Office
	if o.Step != hall.StepReview || len(o.Steps) != 1 || o.Steps[0].By != "王一" || o.Acts.Pass.Allowed || o.Acts.Pass.Why.Code != "step_not_at_window" || !o.Acts.Recall.Allowed {
		t.Errorf("%+v", o)
	}
	last := r.w.kinds(hall.ApproveStep)[0]
	if strings.Contains(string(last.Body), "材料") || len(last.Sealed) == 0 || strings.Contains(r.log.String(), "张三丰") {
		t.Errorf("the opinion is in the open: %s", last.Body)
	}
	r.finished()
	if k := r.as("4002", id); !k.Office.Acts.Pass.Allowed || k.Office.Acts.Decide.Allowed || !r.desk1().Office || len(r.list("approval")) != 1 {
		t.Fatalf("%+v", k.Office.Acts)
	}
	r.pass("同意")
	if rows := r.list("approval"); len(rows) != 0 {
		t.Errorf("waits still: %+v", rows)
	}
	if k := r.as("4005", id); !k.Office.Acts.Special.Allowed || k.Office.Acts.Decide.Why.Code != "forbidden" || len(k.Office.Procedures) != len(hall.SpecialNames()) {
		t.Fatalf("%+v", k.Office)
	}
	if code := codeOf(t, r.BeginSpecial(r.ctx, SpecialRequest{Name: "tea", Reason: "law_requires", N: 3, Unit: hall.UnitWorkingDay})); code != "refused_now/special_unknown" {
		t.Errorf("%q", code)
	}
	r.must(r.BeginSpecial(r.ctx, SpecialRequest{Name: "inspection", Reason: "facts_unclear", N: 3, Unit: hall.UnitWorkingDay, Words: "现场看"}))
	k := r.kase()
	if k.State != hall.CaseSpecialStop || len(k.Office.Specials) != 1 || !k.Office.Specials[0].Stops || k.Office.Specials[0].By != "特办" || k.Clocks[0].Light != hall.LightPaused {
		t.Fatalf("%+v %+v", k.Office.Specials, k.Clocks)
	}
	c.add(time.Hour)
	r.must(r.EndSpecial(r.ctx, SpecialEndRequest{Serial: 1, Result: "passed"}))
	r.as("4004", id)
	if code := codeOf(t, r.ExtendCase(r.ctx, ExtendRequest{Days: 11, Reason: "complex"})); code != "refused_now/extension_days" {
		t.Errorf("%q", code)
	}
	r.must(r.ExtendCase(r.ctx, ExtendRequest{Days: 5, Reason: "complex"}))
	if k := r.kase(); len(k.Office.Specials) != 2 || k.Office.Specials[1].Kind != hall.SpecialExtension || k.Office.Acts.Extend.Why.Code != "extension_used" {
		t.Errorf("%+v", k.Office)
	}
	r.as("4003", id)
	if code := codeOf(t, r.DecideCase(r.ctx, DecideRequest{Result: "refuse", Reason: "against_law"})); code != "refused_now/reasons_needed" {
		t.Errorf("%q", code)
	}
	r.must(r.DecideCase(r.ctx, DecideRequest{Result: "grant"}))
	if k := r.kase(); k.State != hall.CaseDecided || k.Office.Decision == nil || k.Office.Decision.No == "" || k.Office.Decision.By != "审批4003" {
		t.Fatalf("%+v", k.Office)
	}
	r.collected(id)
}

// collected completes a granted case at the window, and hands the certificate to
// whoever shows a card.
func (r *deskRig) collected(id string) {
	r.t.Helper()
	t := r.t
	r.as("1001", id)
	if code := codeOf(t, r.CompleteCase(r.ctx, CompleteRequest{Result: hall.ResultCertificate})); code != "refused_now/certificate_needed" {
		t.Errorf("%q", code)
	}
	r.must(r.CompleteCase(r.ctx, CompleteRequest{Result: hall.ResultCertificate, Certificate: &CertificateRequest{Name: "许可证", No: "X-1", Issuer: "示例局"}}))
	if k := r.kase(); k.State != hall.CaseCompleted || k.Office.Result != hall.ResultCertificate || !k.Office.Acts.Collect.Allowed {
		t.Fatalf("%+v", k.Office)
	}
	if code := codeOf(t, r.CollectCase(r.ctx, CollectRequest{Way: hall.CollectCounter})); code != "no_collector" {
		t.Errorf("nobody is here: %q", code)
	}
	if code := codeOf(t, r.CollectCase(r.ctx, CollectRequest{Way: hall.CollectCounter, Name: "张三丰", DocKind: hall.DocResident, DocNo: docZhang})); code != "refused_now/card_needed" {
		t.Errorf("a card that was only looked at: %q", code)
	}
	r.must(r.Open(r.ctx))
	r.called()
	r.place(zhang())
	r.until("the collector", func(v DeskView) bool { return v.Applicant != nil })
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: id}))
	r.line.cut() // it has happened, whatever the line does
	r.until("offline", func(v DeskView) bool { return !v.Case.AsOf.IsZero() })
	r.must(r.CollectCase(r.ctx, CollectRequest{Way: hall.CollectCounter}))
	op := r.w.kinds(hall.CollectCase)[0]
	if strings.Contains(string(op.Body), docZhang) || len(op.Sealed) == 0 {
		t.Errorf("%s", op.Body)
	}
	if k := r.kase(); k.State != hall.CaseCollected || len(k.Office.Collections) != 1 || k.Office.Collections[0].Checked != hall.CheckedCard || k.Office.Acts.Collect.Allowed {
		t.Errorf("%+v", k.Office)
	}
}

// The other ways of a step: handed over, sent back, returned, jumped, recalled,
// hung; each moves the turn.
func TestOfficeMovesTheTurn(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	id := r.acceptedHere()
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepHandedOver, To: "4001", Words: "请办"}))
	if o := r.kase().Office; o.Turn != "审批4001" || o.Mine || o.Acts.Pass.Why.Code != "not_your_turn" {
		t.Errorf("%+v", o)
	}
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepRecalled}))
	if o := r.kase().Office; !o.Mine || !o.Acts.Hang.Allowed || o.Acts.Unhang.Allowed {
		t.Errorf("%+v", o)
	}
	r.must(r.HangCase(r.ctx, HangRequest{Reason: "waits_applicant"}))
	if o := r.kase().Office; o.Hung == nil || o.Hung.Reason != "waits_applicant" || !o.Acts.Unhang.Allowed {
		t.Errorf("%+v", o)
	}
	r.must(r.HangCase(r.ctx, HangRequest{}))
	r.pass("办了")
	r.finished()
	r.as("4002", id)
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepReturned, Words: "缺页"}))
	if o := r.kase().Office; o.Step != hall.StepHandle || o.Turn != "王一" {
		t.Errorf("%+v", o)
	}
	if o := r.as("4003", id).Office; !o.Acts.Jump.Allowed || o.Acts.Pass.Allowed {
		t.Errorf("%+v", o.Acts)
	}
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepJumped, Step: hall.StepApprove, Words: "急"}))
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepSentBack, Words: "再审"}))
	if o := r.kase().Office; o.Step != hall.StepReview || len(o.Steps) != 6 {
		t.Errorf("%+v", o)
	}
}

// 即办件 in one act, refused with reasons as well as granted.
func TestInstantCase(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	r.begun("instant")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	if !r.kase().Office.Acts.Instant.Allowed {
		t.Fatalf("%+v", r.kase().Office.Acts.Instant.Why)
	}
	if code := codeOf(t, r.DecideInstant(r.ctx, InstantRequest{Result: "grant", Completion: hall.ResultReturned})); code != "refused_now/result_of_decision" {
		t.Errorf("%q", code)
	}
	r.must(r.DecideInstant(r.ctx, InstantRequest{Result: "refuse", Reason: "conditions_not_met", Words: "不符合", Completion: hall.ResultReturned}))
	if k := r.kase(); k.State != hall.CaseCompleted || k.Office.Decision.Result != "refuse" || k.Office.Result != hall.ResultReturned || k.Office.Acts.Collect.Why.Code != "nothing_to_collect" {
		t.Errorf("%+v", k.Office)
	}
}

// Who asks that a case is voided does not answer.
func TestVoidIsAskedAndAnswered(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	id := r.acceptedHere()
	r.must(r.AskVoid(r.ctx, VoidRequest{Reason: "duplicate", Words: "重复"}))
	if o := r.kase().Office; o.Voiding == nil || o.Voiding.Reason != "duplicate" || o.Acts.DecideVoid.Why.Code != "forbidden" {
		t.Errorf("%+v", o)
	}
	r.finished()
	if k := r.as("4004", id); !k.Office.Acts.DecideVoid.Allowed || len(r.list("approval")) != 1 {
		t.Fatalf("%+v", k.Office)
	}
	r.must(r.DecideVoid(r.ctx, DecideVoidRequest{Approved: true}))
	if k := r.kase(); k.State != hall.CaseVoided || k.Office.Result != hall.ResultVoided {
		t.Errorf("%+v", k)
	}
}

// Without the line nothing of the approval can be done, and each act says so; of
// two who saw the same case the second is told that it changed.
func TestOfficeOfflineAndConflict(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	id := r.acceptedHere()
	seen := r.kase().Version
	other := hall.Actor{Kind: hall.ActorStaff, ID: "4001", Role: hall.RoleApprover}
	op, err := r.store.Propose(context.Background(), Draft{Kind: hall.ApproveStep, Entity: id, Actor: other, Sealed: hall.WordsSealed{Words: "快"},
		Body: hall.ApproveStepBody{Edit: hall.Edit{Version: seen - 1}, Status: hall.StepPassed}})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := r.store.Await(r.ctx, op.ID); err != nil || v.Reason.Code != "case_updated" {
		t.Errorf("%+v %v", v, err)
	}
	r.line.cut()
	r.until("offline", func(v DeskView) bool { return !v.Case.AsOf.IsZero() })
	a := r.kase().Office.Acts
	for name, one := range map[string]Act{"pass": a.Pass, "hang": a.Hang, "void": a.Void, "complete": a.Complete, "instant": a.Instant} {
		if one.Allowed || one.Why.Code != "offline" {
			t.Errorf("%s: %+v", name, one)
		}
	}
	if code := codeOf(t, r.StepCase(r.ctx, StepRequest{Status: hall.StepPassed, Words: "办"})); code != "refused_now/offline" {
		t.Errorf("%q", code)
	}
}
