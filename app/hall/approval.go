package hall

import (
	"slices"
	"time"
)

// Steps of an approval by their codes (审批环节代码); requirements G2.4 P4.
const (
	StepHandle  = 1 // 承办
	StepReview  = 2 // 审核
	StepApprove = 3 // 批准
)

// What an approval step does (requirements G2.2 row 15): ApproveStepBody.Status
// and the status of its record.
const (
	StepPassed     = "pass"      // 通过: to the next step
	StepReturned   = "return"    // 退回: to the handler
	StepHandedOver = "hand_over" // 转交: to another person, the step stays
	StepSentBack   = "send_back" // 回退: to the step before
	StepRecalled   = "recall"    // 回撤: back to who moved it last
	StepJumped     = "jump"      // 跳转: to any other step
)

// stepRights are the rights that the steps ask for.
var stepRights = map[int]Right{StepHandle: RightHandleCases, StepReview: RightReviewCases, StepApprove: RightApproveCases}

// Approval (审批) is where a case is in its approval.
type Approval struct {
	At    int            `json:"at"`           // step that it waits at
	By    string         `json:"by,omitempty"` // whose turn it is; empty: whoever may
	Steps []ApprovalStep `json:"steps,omitempty"`
}

// ApprovalStep is one act of an approval. Its opinion (意见) is the sealed part of
// the operation.
type ApprovalStep struct {
	No       int       `json:"no"`   // 审批步骤号, from 1
	Step     int       `json:"step"` // StepHandle, StepReview, StepApprove
	Status   string    `json:"status"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	SealedIn OpID      `json:"sealed_in,omitempty"`
	// Version of the case that it made: as long as the case has it, nothing has
	// happened since.
	Version int `json:"version"`
}

// Hanging (挂起) is a flag on a case in its approval; it stops no clock.
type Hanging struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// handledBy is who handled the case last (承办), or empty.
func (a *Approval) handledBy() string {
	if a != nil {
		for _, s := range slices.Backward(a.Steps) {
			if s.Step == StepHandle && s.Status == StepPassed {
				return s.By
			}
		}
	}
	return ""
}

// lastAt is who passed a step last, or empty.
func (a *Approval) lastAt(step int) string {
	for _, s := range slices.Backward(a.Steps) {
		if s.Step == step && s.Status == StepPassed {
			return s.By
		}
	}
	return ""
}

// moves are the steps that took a case to another step: not those that gave it to
// another person, or back.
func (a *Approval) moves() (moved []ApprovalStep) {
	if a == nil {
		return nil
	}
	for i, s := range a.Steps {
		to := a.At
		if i+1 < len(a.Steps) {
			to = a.Steps[i+1].Step
		}
		if to != s.Step {
			moved = append(moved, s)
		}
	}
	return moved
}

// settled rejects for a reason; false when there is none.
func (d *decision) settled(why Text) bool {
	if why.Code != "" {
		d.out = Outcome{Status: Rejected, Reason: why}
	}
	return why.Code != ""
}

// officeCase is the case of an act of the office, in a state of the row. Not ok
// when that settles it.
func (d *decision) officeCase(e Edit, row string) (c Case, ok bool, err error) {
	c, ok, err = d.theCase()
	if !ok || err != nil || !d.upToDate(c, e) {
		return c, false, err
	}
	if !caseMay(row, c.State) {
		d.reject("case_state", "state", string(c.State))
		return c, false, nil
	}
	if c.Approval == nil && caseMay("15", c.State) {
		c.Approval = &Approval{At: StepHandle}
	}
	return c, true, nil
}

// lacksRight says that the person has none of the rights.
func (d *decision) lacksRight(rights ...Right) Text {
	s, _ := d.cat.StaffByID(d.op.Actor.ID)
	if slices.ContainsFunc(rights, func(r Right) bool { return slices.Contains(s.Rights, r) }) {
		return Text{}
	}
	return text("right_missing", "right", string(rights[0]))
}

// mayAct holds an act to a clerk who has the case, or the right to those of
// others, and to people of the office with one of their rights.
func (d *decision) mayAct(c Case, e Edit, clerk Right, office ...Right) (bool, error) {
	if d.op.Actor.Role == RoleClerk {
		return d.mayEdit(c, e, clerk)
	}
	return !d.settled(d.lacksRight(office...)), nil
}

// notMine says why a case is not a person's to act on at a step: the right, whose
// turn it is, and that who handled it neither reviews nor decides (审办分离). A
// clerk handles at the window what the item allows there (requirements G2.5).
func (d *decision) notMine(c *Case, step int) Text {
	version, _ := d.version(*c)
	me, a := d.op.Actor.ID, c.Approval
	switch {
	case d.op.Actor.Role == RoleClerk && (step != StepHandle || !version.WindowHandles):
		return text("step_not_at_window")
	case d.op.Actor.Role == RoleClerk && c.Clerk != me:
		if why := d.lacksRight(RightEditCases); why.Code != "" {
			return why
		}
	case d.op.Actor.Role != RoleClerk:
		if why := d.lacksRight(stepRights[step]); why.Code != "" {
			return why
		}
	}
	switch {
	case a.By != "" && a.By != me:
		return text("not_your_turn", "staff", a.By)
	case step != StepHandle && a.handledBy() == me:
		return text("same_person")
	}
	return Text{}
}

// unfit says why a person cannot be given a step.
func (d *decision) unfit(c *Case, staff string, step int) Text {
	s, known := d.cat.StaffByID(staff)
	version, _ := d.version(*c)
	switch {
	case !known || !version.takes(s, step):
		return text("staff_unfit", "staff", staff)
	case step != StepHandle && c.Approval.handledBy() == staff:
		return text("same_person")
	}
	return Text{}
}

// takes reports whether a step of the item is a person's to take: of the office
// with its right, and at the first step also a clerk where the window handles.
func (v ItemVersion) takes(s Staff, step int) bool {
	window := step == StepHandle && v.WindowHandles && slices.Contains(s.Roles, RoleClerk)
	return window || slices.Contains(s.Roles, RoleApprover) && slices.Contains(s.Rights, stepRights[step])
}

// FitFor lists who can be given a step of a case: nobody who handled it reviews or
// decides it (审办分离).
func (c *Catalogue) FitFor(k Case, step int) []Staff {
	it, _ := c.Item(k.Item)
	version, _ := it.Version(k.ItemVersion)
	var fit []Staff
	for _, s := range c.Staff {
		if version.takes(s, step) && (step == StepHandle || k.Approval.handledBy() != s.ID) {
			fit = append(fit, s)
		}
	}
	return fit
}

// WaitsFor reports whether a case waits for somebody of the office: for their step,
// the result of a special procedure, its completion, or an answer to a request to
// void it.
func (c *Catalogue) WaitsFor(k Case, staff string) bool {
	s, _ := c.StaffByID(staff)
	step, by := k.turn()
	switch {
	case k.Voiding != nil && k.Voiding.By != staff && s.office(RightVoidCases):
		return true
	case k.State == CaseSpecialStop || k.State == CaseInApproval && slices.Contains(s.Roles, RoleSpecialApprover):
		return slices.Contains(s.Roles, RoleSpecialApprover) || s.office(RightHandleCases, RightReviewCases, RightApproveCases)
	case k.State == CaseDecided:
		return s.office(RightHandleCases, RightApproveCases)
	case caseMay("15", k.State):
		return by == staff || by == "" && s.office(stepRights[step]) && (step == StepHandle || k.Approval.handledBy() != staff)
	}
	return false
}

// SeesOpinions reports whether what was said in an approval is shown to somebody:
// to whom the next step waits for, who heads the work and may move it, a clerk
// whose window handles it, and who took a step of it.
func (c *Catalogue) SeesOpinions(k Case, staff string) bool {
	if k.Approval != nil && slices.ContainsFunc(k.Approval.Steps, func(one ApprovalStep) bool { return one.By == staff }) {
		return true
	}
	s, _ := c.StaffByID(staff)
	switch {
	case c.WaitsFor(k, staff):
		return true
	case !caseMay("15", k.State) && k.State != CaseSpecialStop:
		return false
	case s.office(RightApproveCases):
		return true
	}
	it, _ := c.Item(k.Item)
	version, _ := it.Version(k.ItemVersion)
	return k.Approval != nil && k.Approval.At == StepHandle && version.WindowHandles && slices.Contains(s.Roles, RoleClerk) &&
		(k.Clerk == staff || slices.Contains(s.Rights, RightEditCases))
}

// Opinions are the operations with what was said on the way of a case to its
// decision: in the steps, at special procedures and their results, and in a
// request to void it.
func (c *Case) Opinions() []OpID {
	var ops []OpID
	if c.Approval != nil {
		for _, s := range c.Approval.Steps {
			ops = append(ops, s.SealedIn)
		}
	}
	for _, s := range c.Specials {
		ops = append(ops, s.SealedIn, s.ResultSealed)
	}
	if c.Voiding != nil {
		ops = append(ops, c.Voiding.SealedIn)
	}
	return slices.DeleteFunc(ops, func(op OpID) bool { return op == "" })
}

// office reports whether somebody of the office has any of some rights.
func (s Staff) office(rights ...Right) bool {
	return slices.Contains(s.Roles, RoleApprover) && slices.ContainsFunc(rights, func(r Right) bool { return slices.Contains(s.Rights, r) })
}

// approveStep is one step of the approval (审批).
func (d *decision) approveStep(body ApproveStepBody) error {
	c, ok, err := d.officeCase(body.Edit, "15")
	if !ok || err != nil {
		return err
	}
	if d.settled(d.stepFault(&c, body)) {
		return nil
	}
	next, by := c.Approval.after(body)
	if by != "" && body.Status != StepRecalled && d.unfit(&c, by, next).Code != "" {
		if body.To != "" {
			d.settled(d.unfit(&c, by, next))
			return nil
		}
		by = "" // who had it once may no more
	}
	c.State, c.Version = CaseInApproval, c.Version+1
	d.stepDone(&c, body.Status)
	moved := next != c.Approval.At
	c.Approval.At, c.Approval.By = next, by
	if moved {
		if err := d.newStep(&c); err != nil {
			return err
		}
	}
	return d.putCase("case.step_"+body.Status, c)
}

// stepFault says why a step cannot be taken, or is an empty Text.
func (d *decision) stepFault(c *Case, body ApproveStepBody) Text {
	a, me := c.Approval, d.op.Actor.ID
	switch {
	case body.To == me:
		return text("staff_unfit", "staff", me)
	case (body.Step != 0) != (body.Status == StepJumped):
		return text("malformed", "what", "step")
	}
	switch body.Status {
	case StepRecalled:
		if n := len(a.Steps); body.To != "" || n == 0 || a.Steps[n-1].By != me || a.Steps[n-1].Version != c.Version {
			return text("recall_too_late")
		}
		return Text{}
	case StepJumped:
		if stepRights[body.Step] == "" || body.Step == a.At {
			return text("step_impossible")
		}
		return firstText(d.lacksRight(RightApproveCases), d.wordless())
	case StepHandedOver:
		if body.To == "" {
			return text("staff_unfit", "staff", "")
		}
		if d.op.Actor.Role == RoleApprover && d.lacksRight(RightApproveCases).Code == "" {
			return Text{} // somebody is away: the head of the work gives it to another
		}
		return d.notMine(c, a.At)
	case StepPassed:
		if a.At == StepApprove {
			return text("step_impossible") // the decision is the last step
		}
		return firstText(d.notMine(c, a.At), d.wordless(), d.officeFormOpen(c, a.At))
	case StepReturned, StepSentBack:
		if a.At == StepHandle {
			return text("step_impossible")
		}
	default:
		return text("malformed", "what", "status")
	}
	return firstText(d.notMine(c, a.At), d.wordless())
}

// sealedIn is the operation when it has words, otherwise empty.
func (d *decision) sealedIn() OpID {
	if len(d.op.Sealed) == 0 {
		return ""
	}
	return d.op.ID
}

// wordless says that an act lacks the words that it needs: they are the sealed
// part.
func (d *decision) wordless() Text {
	if len(d.op.Sealed) == 0 {
		return text("opinion_needed")
	}
	return Text{}
}

// firstText is the first reason that says something.
func firstText(whys ...Text) Text {
	for _, why := range whys {
		if why.Code != "" {
			return why
		}
	}
	return Text{}
}

// after is where a step takes the case, and whose turn it is then.
func (a *Approval) after(body ApproveStepBody) (step int, by string) {
	switch body.Status {
	case StepRecalled:
		last := a.Steps[len(a.Steps)-1]
		return last.Step, last.By
	case StepPassed:
		return a.At + 1, body.To
	case StepJumped:
		return body.Step, body.To
	case StepHandedOver:
		return a.At, body.To
	case StepReturned:
		step = StepHandle
	case StepSentBack:
		step = a.At - 1
	}
	if body.To != "" {
		return step, body.To
	}
	return step, a.lastAt(step)
}

// stepDone notes a step and its record.
func (d *decision) stepDone(c *Case, status string) {
	a := c.Approval
	s := ApprovalStep{No: len(a.Steps) + 1, Step: a.At, Status: status, By: d.op.Actor.ID, At: d.now, Version: c.Version, SealedIn: d.sealedIn()}
	a.Steps = append(a.Steps, s)
	d.record(c, RecordApproval, status)
	r := &c.Records[len(c.Records)-1]
	r.Step, r.Serial = s.Step, s.No
}

// hangCase sets or lifts the flag that a case hangs (挂起). It stops no legal
// clock and stands in nobody's way.
func (d *decision) hangCase(body HangCaseBody) error {
	c, ok, err := d.officeCase(body.Edit, "hung")
	if !ok || err != nil {
		return err
	}
	switch {
	case d.settled(d.notMine(&c, c.Approval.At)):
		return nil
	case body.Hung && !isReason(body.Reason):
		d.reject("reason_needed")
		return nil
	case !body.Hung && body.Reason != "":
		d.reject("malformed", "what", "reason")
		return nil
	case body.Hung == (c.Hung != nil):
		d.noop("already_so")
		return nil
	}
	event := "case.unhung"
	c.Hung, c.Version = nil, c.Version+1
	if body.Hung {
		event, c.Hung = "case.hung", &Hanging{At: d.now, By: d.op.Actor.ID, Reason: body.Reason}
	}
	return d.putCase(event, c)
}
