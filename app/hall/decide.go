package hall

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Results of a decision: DecideCaseBody.Result and the status of its record.
const (
	DecisionGranted = "grant"  // 准予
	DecisionDenied  = "refuse" // 不予
)

// Decision (决定) is how a case was decided. The reasons of a refusal in words are
// the sealed part of the operation.
type Decision struct {
	Result   string    `json:"result"`
	Reason   string    `json:"reason,omitempty"` // of a refusal
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	SealedIn OpID      `json:"sealed_in,omitempty"`
}

// limitText is a reason with the most that is allowed.
func limitText(code string, most int) Text { return text(code, "max", strconv.Itoa(most)) }

// decisionFault says why a case cannot be decided like that, or is an empty Text.
// A refusal is in writing and gives its reasons (行政许可法 art. 38). Nothing is
// granted without its materials.
func (d *decision) decisionFault(c *Case, result, reason string) Text {
	switch {
	case result != DecisionGranted && result != DecisionDenied:
		return text("malformed", "what", "result")
	case result == DecisionGranted && reason != "":
		return text("malformed", "what", "reason")
	case result == DecisionGranted && !c.Complete():
		return text("materials_open")
	case result == DecisionDenied && (!isReason(reason) || len(d.op.Sealed) == 0):
		return text("reasons_needed")
	}
	return Text{}
}

// notToApprove says why a case is not a person's to approve: it has not come to
// that step, nobody handled it, or it is somebody else's.
func (d *decision) notToApprove(c *Case) Text {
	switch {
	case c.Approval.At != StepApprove:
		return text("step_impossible")
	case c.Approval.handledBy() == "":
		return text("not_handled")
	}
	return d.notMine(c, StepApprove)
}

// decideCase is the decision (决定): the last step of the approval, by somebody
// else than who handled the case.
func (d *decision) decideCase(body DecideCaseBody) error {
	c, ok, err := d.officeCase(body.Edit, "19")
	if !ok || err != nil {
		return err
	}
	why := firstText(d.notToApprove(&c), d.decisionFault(&c, body.Result, body.Reason))
	if why.Code == "" && body.Result == DecisionGranted {
		why = d.officeFormOpen(&c, StepApprove)
	}
	if d.settled(why) {
		return nil
	}
	if err := d.decide(&c, body.Result, body.Reason); err != nil {
		return err
	}
	return d.putCase("case.decided", c)
}

// decide notes the decision: the clock of it ends, that of the delivery of what
// was granted runs (G3, C4).
func (d *decision) decide(c *Case, result, reason string) error {
	c.State, c.Version, c.Hung = CaseDecided, c.Version+1, nil
	if c.Approval == nil {
		c.Approval = &Approval{}
	}
	c.Approval.At, c.Approval.By = StepApprove, ""
	d.stepDone(c, result)
	c.Decision = &Decision{Result: result, Reason: reason, At: d.now, By: d.op.Actor.ID, SealedIn: d.sealedIn()}
	d.endClocks(c)
	if err := d.closeAttempts(c, Material.Open); err != nil {
		return err
	}
	kind, code := DocumentDenial, "case.denied"
	if result == DecisionGranted {
		kind, code = DocumentGrant, "case.granted"
		if err := d.startClock(c, Clock{Kind: ClockDelivery, From: DayOf(d.now), N: DeliveryDays}); err != nil {
			return err
		}
	}
	if err := d.document(c, kind); err != nil {
		return err
	}
	if err := d.newStep(c); err != nil {
		return err
	}
	return d.effect(EffectCaseNotice, code, CaseNotice{Case: c.ID, Number: c.Number, Code: code})
}

// CompletionResults lists how a case can be completed after a decision.
func CompletionResults(decided string) []string {
	switch decided {
	case DecisionGranted:
		return []string{ResultCertificate, ResultDone}
	case DecisionDenied:
		return []string{ResultReturned, ResultDone}
	}
	return []string{ResultDone}
}

// completionFault says why a case cannot be completed with a result, or is an
// empty Text. No item says that a fee is a condition: there is none to look at.
func (d *decision) completionFault(c *Case, decided, result string) Text {
	switch {
	case !slices.Contains([]string{ResultCertificate, ResultReturned, ResultDone}, result):
		return text("malformed", "what", "result")
	case !slices.Contains(CompletionResults(decided), result):
		return text("result_of_decision")
	case result == ResultCertificate && len(d.op.Sealed) == 0:
		return text("certificate_needed")
	case c.OpenSpecial() != nil:
		return text("special_open")
	}
	return Text{}
}

// completeCase is 办结 of a case that is decided.
func (d *decision) completeCase(body CompleteCaseBody) error {
	c, ok, err := d.officeCase(body.Edit, "20")
	if !ok || err != nil {
		return err
	}
	if ok, err := d.mayAct(c, body.Edit, RightEditCases, RightHandleCases, RightApproveCases); !ok || err != nil {
		return err
	}
	if d.settled(d.completionFault(&c, c.Decision.result(), body.Result)) {
		return nil
	}
	return d.completed(&c, body.Result, "case.completed")
}

func (x *Decision) result() string {
	if x == nil {
		return ""
	}
	return x.Result
}

// completed writes a case that is completed (办结). The clock of the delivery runs
// on when there is a certificate to deliver.
func (d *decision) completed(c *Case, result, code string) error {
	c.State, c.Result, c.EndedAt, c.Version, c.Hung = CaseCompleted, result, d.now, c.Version+1, nil
	d.record(c, RecordCompletion, result)
	if result != ResultCertificate {
		d.endClocks(c)
	}
	if err := d.effect(EffectCaseNotice, code, CaseNotice{Case: c.ID, Number: c.Number, Code: code}); err != nil {
		return err
	}
	return d.putCase(code, *c)
}

// transferCase sends a case up (转报): here it is over, the upper authority has its
// own (行政许可法 art. 43).
func (d *decision) transferCase(body TransferCaseBody) error {
	c, ok, err := d.officeCase(body.Edit, "21")
	if !ok || err != nil {
		return err
	}
	version, _ := d.version(c)
	authority := strings.TrimSpace(body.Authority)
	switch {
	case version.Kind != CaseReportedUp:
		d.reject("not_reported_up")
		return nil
	case d.settled(firstText(d.notToApprove(&c), d.officeFormOpen(&c, StepApprove))):
		return nil
	case !c.Complete():
		d.reject("materials_open")
		return nil
	case authority == "" || len(authority) > 256:
		d.reject("authority_needed")
		return nil
	}
	c.Version++
	d.stepDone(&c, StepPassed)
	c.Authority = authority
	return d.completed(&c, ResultTransferred, "case.transferred")
}

// decideInstant accepts, decides and completes an instant case (即办件)
// in one act: its records have one time.
func (d *decision) decideInstant(body DecideInstantBody) error {
	c, ok, err := d.caseToEdit(body.Edit, RightEditCases)
	if !ok || err != nil {
		return err
	}
	version, _ := d.version(c)
	switch {
	case !caseMay("25", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	case version.Kind != CaseInstant:
		d.reject("not_instant")
		return nil
	case c.Number == "":
		d.reject("number_missing")
		return nil
	case d.settled(firstText(c.Blocked(), d.formOpen(&c, FormAccept))):
		return nil
	case !c.Complete():
		d.reject("materials_open")
		return nil
	case d.settled(firstText(d.decisionFault(&c, body.Result, body.Reason), d.completionFault(&c, body.Result, body.Completion))):
		return nil
	}
	if err := d.accept(&c, d.op.Actor.ID, d.now); err != nil {
		return err
	}
	if err := d.decide(&c, body.Result, body.Reason); err != nil {
		return err
	}
	return d.completed(&c, body.Completion, "case.completed")
}
