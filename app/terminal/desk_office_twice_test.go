package terminal

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"testing"

	"hallway/app/hall"
)

// toApprover has a case of an item handled at the window and reviewed.
func (r *deskRig) toApprover(item string) string {
	r.t.Helper()
	id := r.acceptedOf(item)
	r.pass("材料齐全")
	r.finished()
	r.as("4002", id)
	r.pass("同意")
	return id
}

// A case that goes up to another authority is sent there by who approves, after the
// review, as far as it is known where to; and with that it is over here.
func TestTransferUpAtTheDesk(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	id := r.toApprover("upward")
	if a := r.kase().Office.Acts.Transfer; a.Allowed {
		t.Errorf("who reviews sends it up: %+v", a)
	}
	k := r.as("4003", id)
	if !k.Office.Acts.Transfer.Allowed || k.Clocks[0].Kind != hall.ClockReview {
		t.Fatalf("%+v %+v", k.Office.Acts.Transfer, k.Clocks)
	}
	if code := codeOf(t, r.TransferUp(r.ctx, TransferUpRequest{Authority: "  "})); code != "refused_now/authority_needed" {
		t.Errorf("nowhere: %q", code)
	}
	r.must(r.TransferUp(r.ctx, TransferUpRequest{Authority: "示例省主管部门", Words: "请示例省审查"}))
	if k := r.kase(); k.State != hall.CaseCompleted || k.Office.Result != hall.ResultTransferred || k.Office.Acts.Transfer.Allowed || k.Office.Acts.Decide.Allowed {
		t.Errorf("%s %+v", k.State, k.Office)
	}
	ops := r.w.kinds(hall.TransferCase)
	if len(ops) != 1 || !strings.Contains(string(ops[0].Body), "示例省主管部门") || strings.Contains(string(ops[0].Body), "审查") || len(ops[0].Sealed) == 0 {
		t.Errorf("%d operations: %s", len(ops), ops[0].Body)
	}
	if code := codeOf(t, r.TransferUp(r.ctx, TransferUpRequest{Authority: "示例省主管部门"})); code != "refused_now/case_state" {
		t.Errorf("once more: %q", code)
	}

	other := officeRig(t, &clock{t: at("10:00")})
	id = other.toApprover("simple")
	if a := other.as("4003", id).Office.Acts.Transfer; a.Allowed || a.Why.Code != "not_reported_up" {
		t.Errorf("a case that is decided here: %+v", a)
	}
	if code := codeOf(t, other.TransferUp(other.ctx, TransferUpRequest{Authority: "示例省主管部门"})); code != "refused_now/not_reported_up" {
		t.Errorf("and sent up all the same: %q", code)
	}
}

// Two desks decide one case at the same moment: one decision counts; the other desk
// is told that the case is another by now, and shows it as it is.
func TestTwoDesksDecideAtOnce(t *testing.T) {
	c := &clock{t: at("10:00")}
	one := officeRig(t, c)
	id := one.toApprover("simple")
	two := newDeskRig(t, one.w, c, "2", nil)
	one.as("4003", id)
	two.as("4004", id)
	start, errs := make(chan struct{}), [2]error{}
	var acting sync.WaitGroup
	acting.Go(func() {
		<-start
		errs[0] = one.DecideCase(one.ctx, DecideRequest{Result: hall.DecisionGranted})
	})
	acting.Go(func() {
		<-start
		errs[1] = two.DecideCase(two.ctx, DecideRequest{Result: hall.DecisionDenied, Reason: "against_law", Words: "不符合条件"})
	})
	close(start)
	acting.Wait()
	winner := slices.Index(errs[:], nil)
	if winner < 0 || errs[1-winner] == nil {
		t.Fatalf("%v, want one that counts", errs)
	}
	lost := []*deskRig{one, two}[1-winner]
	p := AsProblem(errs[1-winner])
	// Refused by the writer, or before by the desk: what was drawn was of before the
	// other's decision, or of after.
	if why := cmp.Or(p.Reason, p.Why); why == nil || why.Code != "case_updated" && why.Code != "case_state" {
		t.Fatalf("%+v %+v", p, why)
	}
	lost.until("the case as the other left it", func(v DeskView) bool {
		return v.Case != nil && v.Case.State == hall.CaseDecided && v.Case.Office.Decision != nil
	})
	if is, want := lost.kase().Office.Decision.Result, []string{hall.DecisionGranted, hall.DecisionDenied}[winner]; is != want || !lost.decidedOnce() {
		t.Errorf("decided as %s, want %s", is, want)
	}
}

// decidedOnce reports whether the only case has one decision among its records.
func (r *deskRig) decidedOnce() bool {
	n := 0
	for _, s := range r.kase().Office.Steps {
		if s.Status == hall.DecisionGranted || s.Status == hall.DecisionDenied {
			n++
		}
	}
	return n == 1
}
