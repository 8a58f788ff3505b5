package hall

import "strconv"

// called finds the attempt of a call-back; ok when it is the newest and still
// counts. Everything else is ignored, and the verdict says so: the material
// has moved on, and its file is not kept.
func (d *decision) called(body CallbackBody) (c Case, m *Material, ok bool, err error) {
	c, known, err := Load[Case](d.w, EntityCase, d.op.Entity)
	if err != nil {
		return c, nil, false, err
	}
	m, there := c.Material(body.Material)
	if !known || !there || body.Request != RequestID(c.ID, body.Material, body.Attempt) {
		d.noop("callback_unknown")
		return c, nil, false, nil
	}
	a, _ := m.Newest()
	if a.No != body.Attempt || a.Method != MethodEShare || !c.Awaits() || a.State != AttemptActive && a.State != AttemptExpired {
		d.noop("callback_superseded")
		return c, nil, false, nil
	}
	return c, m, true, nil
}

// materialArrived is a department's call-back with the material.
func (d *decision) materialArrived(body CallbackBody) error {
	c, m, ok, err := d.called(body)
	if !ok || err != nil {
		return err
	}
	if !body.File.fine() {
		d.reject("malformed", "what", "file")
		return nil
	}
	if !d.done(m, EvArrived, DoneEShared) {
		d.noop("callback_superseded")
		return nil
	}
	m.Attempts[len(m.Attempts)-1].File = body.File
	if err := d.put(FeedCase, "file.stored", EntityFile, body.File.SHA256, body.File); err != nil {
		return err
	}
	return d.settle("material.e_shared", c)
}

// materialRefused is a department's call-back that it cannot supply it.
func (d *decision) materialRefused(body CallbackBody) error {
	c, m, ok, err := d.called(body)
	if !ok || err != nil {
		return err
	}
	if !isReason(body.Reason) {
		d.reject("malformed", "what", "reason")
		return nil
	}
	return d.failed(c, m, EvNotSupplied, body.Reason, "material.missing")
}

// failed ends the newest attempt badly.
func (d *decision) failed(c Case, m *Material, event MaterialEvent, reason, name string) error {
	to, ok := NextMaterialState(m.State, event)
	if !ok {
		d.noop("already_so")
		return nil
	}
	a := &m.Attempts[len(m.Attempts)-1]
	a.Late = a.Late || m.State == MaterialTimeout
	a.State, a.Reason, a.EndedAt = AttemptFailed, reason, d.now
	m.State = to
	if err := d.effect(EffectCaseNotice, m.Key, CaseNotice{Case: c.ID, Number: c.Number, Code: name, Material: m.Key}); err != nil {
		return err
	}
	return d.putCase(name, c)
}

// materialDue is the end of a limit, of electronic sharing or of paper: once
// for each attempt.
func (d *decision) materialDue(body AttemptBody) error {
	c, known, err := Load[Case](d.w, EntityCase, d.op.Entity)
	if err != nil {
		return err
	}
	m, there := c.Material(body.Material)
	if !known || !there {
		d.reject("unknown_material")
		return nil
	}
	event := EvELate
	if d.op.Kind == PaperDue {
		event = EvPaperLate
	}
	a, _ := m.Newest()
	to, ok := NextMaterialState(m.State, event)
	if !ok || a.No != body.Attempt || a.State != AttemptActive || a.Late {
		d.noop("already_so") // what has timed out and came late does not time out again
		return nil
	}
	if !d.now.After(a.Due) {
		d.reject("too_early")
		return nil
	}
	m.State = to
	m.Attempts[len(m.Attempts)-1].State = AttemptExpired
	if err := d.effect(EffectCaseNotice, m.Key, CaseNotice{Case: c.ID, Number: c.Number, Code: "material.timeout", Material: m.Key}); err != nil {
		return err
	}
	return d.putCase("material.timeout", c)
}

// caseOverdue flags a case that waits for more than 24 hours since its latest
// submission. It changes no state.
func (d *decision) caseOverdue(body SubmissionBody) error {
	c, known, err := Load[Case](d.w, EntityCase, d.op.Entity)
	switch {
	case err != nil:
		return err
	case !known:
		d.reject("unknown_case")
		return nil
	case c.State != CasePending || c.Submissions != body.Submission || c.Overdue:
		d.noop("already_so")
		return nil
	case d.now.Sub(c.SubmittedAt) <= anomalyAfter:
		d.reject("too_early")
		return nil
	}
	c.Overdue = true
	if err := d.effect(EffectCaseNotice, strconv.Itoa(c.Submissions), CaseNotice{Case: c.ID, Number: c.Number, Code: "case.overdue"}); err != nil {
		return err
	}
	return d.putCase("case.overdue", c)
}
