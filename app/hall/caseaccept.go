package hall

// settle writes a case after a material came in, and accepts it when that was
// the last one. It is the only way to an automatic acceptance (自动受理): the
// case leaves 受理中 with it, so it happens exactly once.
func (d *decision) settle(event string, c Case) error {
	if c.State != CasePending || c.Resubmit || !c.Complete() {
		return d.putCase(event, c)
	}
	return d.complete(&c, BySystem)
}

// complete moves a case whose materials are all in: to acceptance, or where
// the item says that cases begun online go.
func (d *decision) complete(c *Case, by string) error {
	version, _ := d.version(*c)
	if c.Origin == OriginCounter || version.OnComplete == OnCompleteAccept {
		return d.accept(c, by)
	}
	event := "case.applied"
	c.State = CaseApplied
	if version.PreReview {
		c.State, event = CasePreReview, "case.pre_review"
	}
	c.Version++
	return d.leftPending(c, event)
}

// accept is the legal act (受理): the clock of the decision runs.
func (d *decision) accept(c *Case, by string) error {
	version, _ := d.version(*c)
	c.State, c.AcceptedAt, c.AcceptedBy, c.Version = CaseAccepted, d.now, by, c.Version+1
	c.DueDay, c.Provisional = AddWorkingDays(d.cat.Calendar, DayOf(d.now), version.Decision())
	c.Records = append(c.Records, CaseRecord{No: RecordAcceptance, At: d.now, Staff: by, Status: "1"})
	if err := d.numberNotice(c); err != nil {
		return err
	}
	if err := d.effect(EffectCaseAccepted, c.ID, CaseNotice{Case: c.ID, Number: c.Number, Code: "case_accepted"}); err != nil {
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
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	if ok, err := d.mayEdit(c, body.Edit, RightEditCases); !ok || err != nil {
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
	if why := c.Blocked(); why.Code != "" {
		d.out = Outcome{Status: Rejected, Reason: why}
		return nil
	}
	if !c.Complete() {
		return d.send(&c)
	}
	if c.Origin == OriginOnline && c.State == CasePending {
		return d.complete(&c, d.op.Actor.ID)
	}
	return d.accept(&c, d.op.Actor.ID)
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
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	if ok, err := d.mayEdit(c, body.Edit, RightEditCases); !ok || err != nil {
		return err
	}
	switch {
	case c.State == CasePending && !c.Resubmit:
		d.submittedBefore(c)
		return nil
	case c.State != CasePending && !caseMay("1b", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	}
	if why := c.Blocked(); why.Code != "" {
		d.out = Outcome{Status: Rejected, Reason: why}
		return nil
	}
	if c.State == CaseDraft {
		if ok, err := d.useNumber(&c, body.NumberBody); !ok || err != nil {
			return err
		}
		c.AppliedAt = d.now
		d.record(&c, RecordApplication, "")
	}
	d.place(&c, body.NumberBody)
	switch {
	case c.Number == "":
		d.reject("number_missing") // a submission with the line never needs a temporary one
		return nil
	case !c.Complete():
		return d.send(&c)
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
	c.SubmittedAt, c.Submissions = d.now, c.Submissions+1
	if c.FirstSentAt.IsZero() {
		c.FirstSentAt = d.now
	}
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
	if err := d.tellDepartments(*c); err != nil {
		return err
	}
	if err := d.deadlineOf(CaseOverdue, c.ID, c.ID, c.Submissions, afterDue(d.now.Add(anomalyAfter)), SubmissionBody{c.Submissions}); err != nil {
		return err
	}
	return d.putCase("case.pending", *c)
}

// cancelCase is 取消办件, after the question. What departments were asked is not
// wanted any more; paper that is out keeps moving, for custody only.
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
	var requests []string
	for i := range c.Materials {
		m := &c.Materials[i]
		if a, asked := m.Newest(); asked && m.State == MaterialEWait {
			requests = append(requests, RequestID(c.ID, m.Key, a.No))
		}
		m.Ask, m.Failed = Ask{}, false
		if err := d.endAttempt(&c, m, AttemptVoid); err != nil {
			return err
		}
	}
	c.State, c.EndedAt, c.Reason, c.Version = CaseWithdrawn, d.now, body.Reason, c.Version+1
	c.Resubmit, c.Overdue = false, false
	if c.Number != "" || c.TempNumber != "" {
		d.record(&c, RecordCompletion, "2")
	}
	if len(requests) > 0 {
		if err := d.effect(EffectNoticeWithdrawn, "requests", PaperNotice{Case: c.ID, Number: c.Number, Requests: requests}); err != nil {
			return err
		}
	}
	return d.putCase("case.cancelled", c)
}
