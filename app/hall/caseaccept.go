package hall

import "time"

// settle writes a case after a material came in, and accepts it when that was
// the last one. It is the only way to an automatic acceptance (自动受理): the
// case leaves 受理中 with it, so it happens exactly once.
func (d *decision) settle(event string, c Case) error {
	if c.Deemed && c.Complete() { // what it was accepted without is in
		if err := d.closeBatches(c); err != nil {
			return err
		}
	}
	if c.State != CasePending || c.Resubmit || !c.Complete() {
		return d.putCase(event, c)
	}
	return d.complete(&c, BySystem)
}

// complete moves a case whose materials are all in: to acceptance, or where
// the item says that cases begun online go. One that a clerk has in hand has
// been there.
func (d *decision) complete(c *Case, by string) error {
	version, _ := d.version(*c)
	if c.Origin == OriginCounter || !c.ReceivedAt.IsZero() || version.OnComplete == OnCompleteAccept {
		return d.accept(c, by, d.now)
	}
	event := "case.applied"
	c.State = CaseApplied
	if version.PreReview {
		c.State, event = CasePreReview, "case.pre_review"
	}
	c.Version++
	return d.leftPending(c, event)
}

// accept is the legal act (受理) as of a moment: the clock of the notice ends,
// that of the decision runs.
func (d *decision) accept(c *Case, by string, at time.Time) error {
	c.State, c.AcceptedAt, c.AcceptedBy, c.Version = CaseAccepted, at, by, c.Version+1
	code, record := "case_accepted", CaseRecord{No: RecordAcceptance, At: at, Staff: by, Status: AcceptanceGiven}
	if c.Deemed {
		code, record.Note = "case_deemed", noteDeemed
	}
	c.Records = append(c.Records, record)
	d.endClocks(c)
	if err := d.startDecision(c); err != nil {
		return err
	}
	if err := d.numberNotice(c); err != nil {
		return err
	}
	if err := d.effect(EffectCaseAccepted, c.ID, CaseNotice{Case: c.ID, Number: c.Number, Code: code}); err != nil {
		return err
	}
	return d.leftPending(c, "case.accepted")
}

// leftPending writes a case that waits for nothing any more. A query that has
// no answer yet holds nothing up: as long as nothing is known, nothing changes.
func (d *decision) leftPending(c *Case, event string) error {
	c.Resubmit, c.Overdue = false, false
	for i := range c.Materials {
		c.Materials[i].Ask = Ask{}
	}
	if err := d.closeBatches(*c); err != nil {
		return err
	}
	return d.putCase(event, *c)
}

// acceptCase is 受理 at the counter. With shared materials open the case waits
// (受理中) and departments are told; with everything in it is accepted at once.
func (d *decision) acceptCase(body AcceptCaseBody) error {
	c, ok, err := d.caseToEdit(body.Edit, RightEditCases)
	if !ok || err != nil {
		return err
	}
	switch {
	case c.State == CasePending && !c.Resubmit:
		d.submittedBefore(c)
		return nil
	case c.State != CasePending && !caseMay("7", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	case c.Number == "":
		d.reject("number_missing")
		return nil
	}
	if d.settled(firstText(c.Blocked(), d.formOpen(&c, FormAccept))) {
		return nil
	}
	if !c.Complete() {
		return d.send(&c)
	}
	if c.Origin == OriginOnline && c.State == CasePending {
		return d.complete(&c, d.op.Actor.ID)
	}
	return d.accept(&c, d.op.Actor.ID, d.now)
}

// submittedBefore answers 受理 on a case that waits: there is nothing to do, or
// a method must be changed first.
func (d *decision) submittedBefore(c Case) {
	if why := c.Blocked(); why.Code == "material_missing" || why.Code == "material_timeout" {
		d.out = Outcome{Status: Rejected, Reason: why}
		return
	}
	d.noop("already_so")
}

// submitCase is 提交 at the kiosk and online.
func (d *decision) submitCase(body SubmitCaseBody) error {
	c, ok, err := d.caseToEdit(body.Edit, RightEditCases)
	if !ok || err != nil {
		return err
	}
	switch {
	case c.State == CasePending && !c.Resubmit:
		d.submittedBefore(c)
		return nil
	case c.State != CasePending && !caseMay("1b", c.State) && !caseMay("6b", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	}
	why := c.Blocked()
	if why.Code == "" && c.State == CasePreReturned {
		why = c.notBrought(func(m Material) bool { return m.State == MaterialPrepare })
	}
	// What has been at a counter is accepted by itself when all is in: it must be whole.
	step := FormApply
	if c.Origin == OriginCounter || !c.ReceivedAt.IsZero() {
		step = FormAccept
	}
	if d.settled(firstText(why, d.formOpen(&c, step))) {
		return nil
	}
	if c.State == CaseDraft {
		if ok, err := d.useNumber(&c, body.NumberBody); !ok || err != nil {
			return err
		}
		if err := d.applied(&c); err != nil {
			return err
		}
	}
	if c.State == CasePreReturned {
		d.supplied(&c)
	}
	d.place(&c, body.NumberBody)
	switch {
	case c.Number == "":
		d.reject("number_missing") // a submission with the line never needs a temporary one
		return nil
	case !c.Complete():
		return d.send(&c)
	case c.State == CasePreReturned:
		c.State, c.Clerk, c.Version = CasePreReview, "", c.Version+1
		return d.putCase("case.pre_review", c)
	case c.State == CaseDraft && !c.wasShared():
		c.State, c.Version = CaseApplied, c.Version+1
		return d.putCase("case.applied", c)
	}
	return d.complete(&c, BySystem)
}

// wasShared reports whether a department supplied any material.
func (c *Case) wasShared() bool {
	for _, m := range c.Materials {
		if m.shared() {
			return true
		}
	}
	return false
}

// send submits a case with sharing open: papers go into the batch of their
// department, which is told now, and the clocks of paper and of 24 hours run.
func (d *decision) send(c *Case) error {
	c.State, c.Resubmit, c.Overdue, c.Version = CasePending, false, false, c.Version+1
	if err := d.submitted(c); err != nil {
		return err
	}
	if err := d.sendPapers(c); err != nil {
		return err
	}
	return d.putCase("case.pending", *c)
}

// submitted notes a submission: the clock of 24 hours begins again, and the
// first one is kept.
func (d *decision) submitted(c *Case) error {
	c.SubmittedAt, c.Submissions = d.now, c.Submissions+1
	if c.FirstSentAt.IsZero() {
		c.FirstSentAt = d.now
	}
	return d.deadlineOf(CaseOverdue, c.ID, c.ID, c.Submissions, afterDue(d.now.Add(anomalyAfter)), SubmissionBody{c.Submissions})
}

// sendPapers puts the papers that were chosen, and of which nobody knows yet,
// into the batch of their department, and tells it.
func (d *decision) sendPapers(c *Case) error {
	for i := range c.Materials {
		m := &c.Materials[i]
		a, _ := m.Newest()
		if m.State != MaterialWaitOut || !a.Due.IsZero() {
			continue
		}
		if err := d.sendPaper(c, m, &m.Attempts[len(m.Attempts)-1]); err != nil {
			return err
		}
	}
	return d.tellDepartments(*c)
}

// cancelCase is 取消办件, after the question.
func (d *decision) cancelCase(body CancelCaseBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	if c.State == CaseWithdrawn {
		d.noop("already_so")
		return nil
	}
	if ok, err := d.mayEdit(c, body.Edit, RightCancelCases); !ok || err != nil {
		return err
	}
	switch {
	case !caseMay("23", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	case body.Reason != "" && !isReason(body.Reason):
		d.reject("malformed", "what", "reason")
		return nil
	}
	if c.Number != "" || c.TempNumber != "" {
		d.record(&c, RecordCompletion, ResultVoided)
	}
	if err := d.endCase(&c, CaseWithdrawn, body.Reason); err != nil {
		return err
	}
	return d.putCase("case.cancelled", c)
}

// endCase ends a case before its decision. What departments were asked is not
// wanted any more; paper that is out keeps moving, for custody only.
func (d *decision) endCase(c *Case, state CaseState, reason string) error {
	all := func(Material) bool { return true }
	if c.Decision != nil || c.Result != "" {
		all = Material.Open // what it was decided on stays with it
	}
	if err := d.closeAttempts(c, all); err != nil {
		return err
	}
	c.State, c.EndedAt, c.Reason, c.Version = state, d.now, reason, c.Version+1
	c.Resubmit, c.Overdue, c.Hung, c.Voiding = false, false, nil, nil
	d.endClocks(c)
	return nil
}

// closeAttempts ends the attempts of materials of a case that is over or decided;
// a paper of them goes back to its department.
func (d *decision) closeAttempts(c *Case, which func(Material) bool) error {
	var requests []string
	for i := range c.Materials {
		m := &c.Materials[i]
		if !which(*m) {
			continue
		}
		if a, asked := m.Newest(); asked && m.State == MaterialEWait {
			requests = append(requests, RequestID(c.ID, m.Key, a.No))
		}
		m.Ask, m.Failed = Ask{}, false
		if err := d.endAttempt(c, m, AttemptVoid); err != nil {
			return err
		}
	}
	if len(requests) == 0 {
		return nil
	}
	return d.effect(EffectNoticeWithdrawn, "requests", PaperNotice{Case: c.ID, Number: c.Number, Requests: requests})
}
