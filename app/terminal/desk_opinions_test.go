package terminal

import (
	"strings"
	"testing"

	"hallway/app/hall"
)

// tells has the centre know what was said: at the steps in their order, and in a
// request to void. It gives how often the centre was asked so far.
func (r *deskRig) tells(void string, steps ...string) int {
	r.centre.mu.Lock()
	defer r.centre.mu.Unlock()
	r.centre.said = func() map[hall.OpID]string {
		said := map[hall.OpID]string{}
		for i, op := range r.w.kinds(hall.ApproveStep) {
			said[op.ID] = steps[i]
		}
		for _, op := range r.w.kinds(hall.AskVoid) {
			said[op.ID] = void
		}
		return said
	}
	return r.centre.heard
}

// What was said at a step is shown to who has the next one, as the centre tells;
// not to the window, not without the line; and nothing of it stays in memory, in
// the log or on the disk when the case leaves the hand or somebody else signs in.
func TestOpinionsAreForTheNextStep(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	id := r.begun("open-shop") // which the window does not handle
	r.originals("M01", "M02", "M03")
	r.must(r.AcceptCase(r.ctx))
	if o := r.kase().Office; o.Opinions != "none" {
		t.Errorf("before anything was said: %q", o.Opinions)
	}
	r.finished()
	r.as("4001", id)
	r.pass("张三丰材料齐全")
	before := r.tells("", "张三丰材料齐全")
	r.as("4002", id)
	r.until("the opinion", func(v DeskView) bool { return v.Case.Office.Opinions == "shown" })
	if s := r.kase().Office.Steps; len(s) != 1 || s[0].Words != "张三丰材料齐全" || s[0].By != "审批4001" {
		t.Errorf("%+v", s)
	}
	r.as("1001", id)
	if o := r.kase().Office; o.Opinions != "closed" || o.Steps[0].Words != "" {
		t.Errorf("the window sees it: %+v", o.Steps)
	}
	r.as("4002", id)
	r.until("the opinion again", func(v DeskView) bool { return v.Case.Office.Steps[0].Words != "" })
	if now := r.tells("", "张三丰材料齐全"); now < before+2 {
		t.Errorf("told %d times, %d before: it was kept", now, before)
	}
	r.line.cut()
	r.until("offline", func(v DeskView) bool {
		return v.Case.Office.Opinions == "offline" && v.Case.Office.Steps[0].Words == ""
	})
	r.Counter.desk.mu.Lock()
	kept := len(r.Counter.desk.opinion.said)
	r.Counter.desk.mu.Unlock()
	if kept != 0 || strings.Contains(r.log.String(), "材料齐全") {
		t.Errorf("%d opinions are kept, or one is in the log", kept)
	}
}

// A new step brings its opinion without a wait; special procedures and a request to
// void tell theirs.
func TestOpinionsFollowTheSteps(t *testing.T) {
	r := officeRig(t, &clock{t: at("10:00")})
	id := r.acceptedHere()
	r.pass("办了")
	r.tells("重复", "办了", "缺页")
	r.finished()
	r.as("4002", id)
	r.until("the first opinion", func(v DeskView) bool { return v.Case.Office.Opinions == "shown" })
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepReturned, Words: "缺页"}))
	r.until("both opinions", func(v DeskView) bool {
		s := v.Case.Office.Steps
		return len(s) == 2 && s[0].Words == "办了" && s[1].Words == "缺页"
	})
	r.as("1001", id) // the window handles it: it came back to who handled it
	r.until("why it came back", func(v DeskView) bool { return v.Case.Office.Steps[1].Words == "缺页" })
	r.must(r.AskVoid(r.ctx, VoidRequest{Reason: "duplicate", Words: "重复"}))
	r.as("4004", id)
	r.until("why it is to be voided", func(v DeskView) bool { return v.Case.Office.Voiding != nil && v.Case.Office.Voiding.Words == "重复" })
}
