package hall

import "slices"

// undoScan takes a scan back (撤销): by the same person at the same station,
// while the batch has not left or has not been closed. It is something done,
// kept like any other.
func (d *decision) undoScan(body UndoScanBody) error {
	p, known, err := Load[Paper](d.w, EntityPaper, d.op.Entity)
	if err != nil {
		return err
	}
	if !known {
		if _, ok := LabelOfPaper(d.op.Entity); !ok || body.Scan == "" {
			d.reject("malformed", "what", "entity")
			return nil
		}
		d.reject("unknown_paper")
		return nil
	}
	i := slices.IndexFunc(p.Seen, func(o Observation) bool { return o.Op == body.Scan })
	if i < 0 || p.Seen[i].Kind != undoes[d.op.Kind] {
		d.reject("unknown_scan")
		return nil
	}
	if !p.Seen[i].counts() {
		d.noop("already_so")
		return d.scanned(p, "")
	}
	fault, err := d.undoFault(p, p.Seen[i])
	if err != nil {
		return err
	}
	if fault != "" {
		p.Seen = append(p.Seen, Observation{Op: d.op.ID, Kind: d.op.Kind, Staff: d.op.Actor.ID, Terminal: d.op.Terminal,
			Stamp: d.op.Stamp, At: d.now, Fault: fault})
		if err := d.putPaper("paper.scan_faulty", p); err != nil {
			return err
		}
		return d.scanned(p, fault)
	}
	trip := p.Seen[i].Consignment
	p.Seen[i].Undone = d.op.ID
	if d.op.Kind == SignOutUndone {
		if err := d.ashore(p.ID, trip); err != nil {
			return err
		}
	}
	if err := d.moved(p, "paper."+string(d.op.Kind)); err != nil {
		return err
	}
	after, _, err := staged[Paper](d, EntityPaper, p.ID)
	if err != nil {
		return err
	}
	return d.scanned(after, "")
}

var undoes = map[Kind]Kind{SignOutUndone: SignOut, SignInUndone: SignIn}

// undoFault says why a scan can no longer be taken back, or "".
func (d *decision) undoFault(p Paper, o Observation) (string, error) {
	if d.ctx.Unattested {
		return FaultNoSession, nil
	}
	if o.Staff != d.op.Actor.ID || o.Terminal != d.op.Terminal {
		return FaultUndoOther, nil
	}
	if o.Kind == SignOut {
		trip, ok, err := Load[Consignment](d.w, EntityConsignment, o.Consignment)
		if err != nil {
			return "", err
		}
		if ok && trip.State != ConsignmentOpen || p.Custody != InTransit && p.Custody != Disputed {
			return FaultUndoTooLate, nil
		}
		return "", nil
	}
	b, _, err := Load[Batch](d.w, EntityBatch, BatchID(p.Number, p.Department))
	if err != nil {
		return "", err
	}
	c, ok, err := Load[Case](d.w, EntityCase, p.Case)
	if err != nil {
		return "", err
	}
	gone := p.Custody != AtHall && p.Custody != Unverified && p.Custody != Disputed
	if b.Closed || gone || ok && !p.Only && !c.Awaits() {
		return FaultUndoTooLate, nil
	}
	return "", nil
}

// refusePaper: the department says that it does not release the paper.
func (d *decision) refusePaper(body RefusePaperBody) error {
	p, known, err := Load[Paper](d.w, EntityPaper, d.op.Entity)
	if err != nil {
		return err
	}
	s, _ := d.cat.StaffByID(d.op.Actor.ID)
	switch {
	case !known:
		d.reject("unknown_paper")
	case !slices.Contains(RefusalReasons(), body.Reason):
		d.reject("malformed", "what", "reason")
	case !slices.Contains(s.Roles, RoleSignOut) || s.Department != p.Department:
		d.reject(FaultWrongDepartment)
	case p.Refused != "":
		d.noop("already_so")
	case p.Custody != AtDepartment || p.Only:
		d.reject("paper_out", "custody", string(p.Custody))
	default:
		return d.refused(p, body.Reason)
	}
	return nil
}

func (d *decision) refused(p Paper, reason string) error {
	p.Refused = reason
	c, ok, err := Load[Case](d.w, EntityCase, p.Case)
	if err != nil {
		return err
	}
	if m, there := c.Material(p.Material); ok && there && c.Awaits() {
		if a, _ := m.Newest(); a.No == p.Attempt && m.State == MaterialWaitOut {
			if err := d.failed(c, m, EvNotReleased, reason, "material.missing"); err != nil {
				return err
			}
			p.Only = true // whatever is still found of it belongs to no open attempt
		}
	}
	if err := d.putPaper("paper.refused", p); err != nil {
		return err
	}
	return d.follow(p)
}

// paperUnmatched hands a scan that waits too long for the one before it to a
// person. Nothing is lost: that scan settles it also later.
func (d *decision) paperUnmatched(struct{}) error {
	p, known, err := Load[Paper](d.w, EntityPaper, d.op.Entity)
	switch {
	case err != nil:
		return err
	case !known:
		d.reject("unknown_paper")
		return nil
	case p.Custody != Unverified || p.Attention:
		d.noop("already_so")
		return nil
	}
	p.Attention = true
	return d.putPaper("paper.unmatched", p)
}

// settledBy are the steps that lead to what a person found.
var settledBy = map[Custody][]Kind{
	AtDepartment: {},
	InTransit:    {SignOut},
	AtHall:       {SignOut, SignIn},
	Returned:     {SignOut, ReturnIn},
}

// settlePaper ends a dispute: a person has looked where the paper is. What was
// seen before stays on record and counts no more.
func (d *decision) settlePaper(body SettlePaperBody) error {
	p, known, err := Load[Paper](d.w, EntityPaper, d.op.Entity)
	if err != nil {
		return err
	}
	steps, possible := settledBy[body.Custody]
	switch {
	case !known:
		d.reject("unknown_paper")
		return nil
	case !possible:
		d.reject("malformed", "what", "custody")
		return nil
	case p.Custody != Disputed && p.Custody != Unverified:
		d.noop("already_so")
		return nil
	}
	for i := range p.Seen {
		p.Seen[i].Settled = true
	}
	for _, k := range steps {
		p.Seen = append(p.Seen, Observation{Op: d.op.ID, Kind: k, Staff: d.op.Actor.ID, Terminal: d.op.Terminal, Stamp: d.op.Stamp, At: d.now})
	}
	return d.moved(p, "paper.settled")
}
