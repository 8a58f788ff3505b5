package hall

import (
	"fmt"
	"slices"
	"time"
)

// RefusalReasons lists why a department does not release a paper.
func RefusalReasons() []string { return []string{"not_found", "lent", "not_allowed"} }

// Faults of scans: codes of Observation.Fault and ScanResult.Fault.
const (
	FaultUnknownLabel    = "unknown_label"
	FaultWrongDepartment = "wrong_department"
	FaultNoRight         = "no_right"
	FaultNoSession       = "no_session" // who scanned was never signed in there
	FaultUndoTooLate     = "undo_too_late"
	FaultUndoOther       = "undo_other" // not this person's scan at this station
)

func (d *decision) putPaper(event string, p Paper) error {
	return d.put(CustodyFeed(p.Department), event, EntityPaper, p.ID, p)
}

// sendPaper puts a chosen paper into its batch and starts its clock.
func (d *decision) sendPaper(c *Case, m *Material, a *Attempt) error {
	it, _ := d.cat.Item(c.Item)
	rights, _ := it.RightsOf(m.Code)
	a.Due, a.Provisional = d.cat.limitOf(m.Code, MethodPaper).Due(d.cat.Calendar, d.now)
	p := Paper{ID: Label{c.Number, m.Key, a.No}.ID(), Case: c.ID, Number: c.Number, Item: c.Item, Material: m.Key, Code: m.Code,
		Attempt: a.No, Department: rights.SignOut, Custody: AtDepartment, Due: a.Due}
	if err := d.putPaper("paper.wanted", p); err != nil {
		return err
	}
	if err := d.follow(p); err != nil {
		return err
	}
	return d.deadlineOf(PaperDue, c.ID, c.ID+"/"+m.Key, a.No, afterDue(a.Due), AttemptBody{m.Key, a.No})
}

// tellDepartments notifies each department of the papers that this operation
// put into its batch.
func (d *decision) tellDepartments(c Case) error {
	papers := map[string][]string{}
	var order []string
	for _, ch := range d.out.Changes {
		if ch.Kind != EntityPaper {
			continue
		}
		p, _, err := staged[Paper](d, EntityPaper, ch.ID)
		if err != nil {
			return err
		}
		if p.Custody != AtDepartment || p.Only || len(p.Seen) > 0 {
			continue
		}
		if papers[p.Department] == nil {
			order = append(order, p.Department)
		}
		papers[p.Department] = append(papers[p.Department], p.ID)
	}
	for _, department := range order {
		if err := d.effect(EffectPaperNotice, department, PaperNotice{Case: c.ID, Number: c.Number, Department: department, Papers: papers[department]}); err != nil {
			return err
		}
	}
	return nil
}

// custodyOnly marks the paper of an attempt that has ended. The paper itself
// goes on: its custody ends only with a return or a sign-in.
func (d *decision) custodyOnly(c Case, m Material, a Attempt) error {
	p, ok, err := staged[Paper](d, EntityPaper, Label{c.Number, m.Key, a.No}.ID())
	if err != nil || !ok || p.Only {
		return err
	}
	p.Only = true
	if err := d.putPaper("paper.custody_only", p); err != nil {
		return err
	}
	if p.Custody == AtDepartment && p.Refused == "" {
		if err := d.effect(EffectNoticeWithdrawn, p.ID, PaperNotice{Case: c.ID, Number: c.Number, Department: p.Department, Papers: []string{p.ID}}); err != nil {
			return err
		}
	}
	return d.follow(p)
}

// follow keeps the batch of a paper.
func (d *decision) follow(p Paper) error {
	b, ok, err := staged[Batch](d, EntityBatch, BatchID(p.Number, p.Department))
	if err != nil {
		return err
	}
	if !ok {
		b = Batch{ID: BatchID(p.Number, p.Department), Case: p.Case, Number: p.Number, Item: p.Item, Department: p.Department, OpenedAt: d.now}
	}
	entry := BatchPaper{ID: p.ID, Custody: p.Custody, Dropped: p.Custody == AtDepartment && (p.Only || p.Refused != "")}
	if i := slices.IndexFunc(b.Papers, func(e BatchPaper) bool { return e.ID == p.ID }); i >= 0 {
		b.Papers[i] = entry
	} else {
		b.Papers, b.Closed = append(b.Papers, entry), false
	}
	b.State = DeriveBatch(b.Papers, b.Closed)
	return d.put(CustodyFeed(b.Department), "batch.changed", EntityBatch, b.ID, b)
}

// closeBatches closes what has come in whole for a case that waits no more.
func (d *decision) closeBatches(c Case) error {
	seen := map[string]bool{}
	for _, m := range c.Materials {
		for _, a := range m.Attempts {
			p, ok, err := staged[Paper](d, EntityPaper, Label{c.Number, m.Key, a.No}.ID())
			if err != nil {
				return err
			}
			if !ok || seen[p.Department] {
				continue
			}
			seen[p.Department] = true
			if err := d.closeBatch(BatchID(c.Number, p.Department)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *decision) closeBatch(id string) error {
	b, ok, err := staged[Batch](d, EntityBatch, id)
	if err != nil || !ok || b.State != BatchIn {
		return err
	}
	b.Closed, b.State = true, BatchClosed
	return d.put(CustodyFeed(b.Department), "batch.closed", EntityBatch, b.ID, b)
}

// scan is something seen: a paper at a place. It is never refused; what it
// means follows from everything else that was seen of the paper.
func (d *decision) scan(body ScanBody) error {
	p, known, err := Load[Paper](d.w, EntityPaper, d.op.Entity)
	if err != nil {
		return err
	}
	label, err := DecodeLabel(body.Label)
	if err != nil || label.ID() != d.op.Entity || body.Copies < 0 || body.Copies > 1000 {
		d.reject("malformed", "what", "label")
		return nil
	}
	seen := Observation{Op: d.op.ID, Kind: d.op.Kind, Staff: d.op.Actor.ID, Terminal: d.op.Terminal, Stamp: d.op.Stamp,
		At: d.now, Consignment: body.Consignment, Copies: body.Copies}
	if !known {
		return d.stray(label, seen)
	}
	if slices.ContainsFunc(p.Seen, func(o Observation) bool {
		return o.counts() && o.Kind == seen.Kind && o.Terminal == seen.Terminal
	}) {
		d.noop("already_scanned")
		return d.scanned(p, "")
	}
	seen.Fault = d.scanFault(p)
	p.Seen = append(p.Seen, seen)
	if err := d.aboard(p, seen); err != nil {
		return err
	}
	event := "paper." + string(d.op.Kind)
	if seen.Fault != "" {
		event = "paper.scan_faulty"
	}
	if err := d.moved(p, event); err != nil {
		return err
	}
	after, _, err := staged[Paper](d, EntityPaper, p.ID)
	if err != nil {
		return err
	}
	return d.scanned(after, seen.Fault)
}

func (d *decision) scanned(p Paper, fault string) error {
	var n NoticeResult
	if len(d.out.Result) > 0 {
		if err := Decode(d.out.Result, &n); err != nil {
			return fmt.Errorf("hall: result of an acceptance: %w", err)
		}
	}
	return d.result(ScanResult{Paper: p.ID, Number: p.Number, Material: p.Material, Custody: p.Custody, Fault: fault, Return: p.GoesBack(),
		NoticeNo: n.NoticeNo, Serial: n.Serial})
}

// stray keeps the scan of a label that is not known here.
func (d *decision) stray(l Label, seen Observation) error {
	department := NoDepartment
	if s, ok := d.cat.StaffByID(seen.Staff); ok && s.Department != "" {
		department = s.Department
	}
	seen.Fault = FaultUnknownLabel
	if err := d.put(CustodyFeed(department), "paper.unknown_label", EntityStray, string(d.op.ID), seen); err != nil {
		return err
	}
	return d.scanned(Paper{ID: l.ID(), Number: l.Number, Material: l.Material}, FaultUnknownLabel)
}

// scanFault says why a scan moves nothing: who scanned had no right to it.
func (d *decision) scanFault(p Paper) string {
	if d.ctx.Unattested {
		return FaultNoSession
	}
	s, _ := d.cat.StaffByID(d.op.Actor.ID)
	switch d.op.Kind {
	case SignOut, ReturnIn:
		if !slices.Contains(s.Roles, RoleSignOut) {
			return FaultNoRight
		}
		if s.Department != p.Department {
			return FaultWrongDepartment
		}
	default:
		it, _ := d.cat.Item(p.Item)
		rights, _ := it.RightsOf(p.Code)
		if !slices.Contains(s.Roles, RoleSignIn) || !slices.Contains(rights.SignIn, s.ID) {
			return FaultNoRight
		}
	}
	return ""
}

// moved derives who holds a paper after something new was seen of it, and
// moves the material, the batch and the case with it.
func (d *decision) moved(p Paper, event string) error {
	before := p.Custody
	p.Custody = DeriveCustody(p.Seen)
	switch {
	case p.Custody == Disputed:
		p.Attention = true
	case p.Custody != Unverified:
		p.Attention = false
	case before != Unverified:
		due := d.now.Add(d.cat.unmatchedAfter())
		if err := d.deadlineOf(PaperUnmatched, p.ID, p.ID, len(p.Seen), due, struct{}{}); err != nil {
			return err
		}
	}
	if err := d.putPaper(event, p); err != nil {
		return err
	}
	if p.Custody == before {
		return nil
	}
	if err := d.follow(p); err != nil {
		return err
	}
	return d.moveMaterial(p)
}

// unmatchedAfter is how long a scan may wait for the one before it.
func (c *Catalogue) unmatchedAfter() time.Duration {
	if c.Cases.UnmatchedMinutes > 0 {
		return time.Duration(c.Cases.UnmatchedMinutes) * time.Minute
	}
	return 30 * time.Minute
}

// moveMaterial brings a material up to who holds its paper. A station does not
// follow cases: there, nothing more is known.
func (d *decision) moveMaterial(p Paper) error {
	c, ok, err := Load[Case](d.w, EntityCase, p.Case)
	if err != nil || !ok {
		return err
	}
	m, ok := c.Material(p.Material)
	a, _ := m.newest()
	if !ok || p.Only || a.No != p.Attempt || !c.Awaits() ||
		a.State != AttemptActive && a.State != AttemptExpired && a.State != AttemptSucceeded {
		return nil
	}
	before := m.State
	switch p.Custody {
	case AtDepartment:
		d.step(m, EvInUndone) // a person found it there
		d.step(m, EvOutUndone)
	case InTransit:
		d.step(m, EvInUndone)
		d.step(m, EvSignedOut)
	case AtHall, Filed:
		d.step(m, EvSignedOut)
		d.done(m, EvSignedIn, DoneSignedIn)
	}
	if m.State == before {
		return nil
	}
	if m.State == MaterialDone {
		return d.settle("material.signed_in", c)
	}
	if before == MaterialDone {
		if err := d.dueAgain(c, *m); err != nil {
			return err
		}
	}
	return d.putCase("material.paper_moved", c)
}

// dueAgain lets the limit of a paper pass that passed while the paper was in: it
// had nothing to say then, and the paper is awaited again.
func (d *decision) dueAgain(c Case, m Material) error {
	a, _ := m.Newest()
	if a.Late || a.Due.IsZero() || !d.now.After(a.Due) {
		return nil
	}
	return d.deadlineOf(PaperDue, c.ID, c.ID+"/"+m.Key+"/"+string(d.op.ID), a.No, afterDue(d.now), AttemptBody{m.Key, a.No})
}

// newest is Newest of a material that may not be there.
func (m *Material) newest() (Attempt, bool) {
	if m == nil {
		return Attempt{}, false
	}
	return m.Newest()
}

// step applies an event of paper that leaves the newest attempt open, if it
// can happen.
func (d *decision) step(m *Material, event MaterialEvent) {
	to, ok := NextMaterialState(m.State, event)
	if !ok {
		return
	}
	a := &m.Attempts[len(m.Attempts)-1]
	a.Late = a.Late || m.State == MaterialTimeout
	a.State, a.DoneBy, a.EndedAt = AttemptActive, "", time.Time{}
	m.State = to
}
