package hall

import (
	"slices"
	"strings"
	"time"
)

// Faults of a material that a person is asked to bring or to bring again: codes
// of SupplementItem.Fault. What is said about each in words is the sealed part of
// the operation.
func SupplementFaults() []string {
	return []string{"missing", "incomplete", "illegible", "expired", "wrong_form", "unsealed", "mismatch"}
}

// SupplementItem is one material of the list of what is missing (补正材料清单).
type SupplementItem struct {
	Material string `json:"material"` // key
	Fault    string `json:"fault"`
}

// Supplement (补正) is the one notice of what is missing; there is never another.
type Supplement struct {
	At         time.Time        `json:"at"`
	By         string           `json:"by"`
	PreReview  bool             `json:"pre_review,omitempty"` // told by the return of a pre-review
	Items      []SupplementItem `json:"items"`
	SealedIn   OpID             `json:"sealed_in,omitempty"` // operation with the words
	ReceivedAt time.Time        `json:"received_at,omitzero"`
}

// MustBring lists the materials that a notice of what is missing cannot leave
// out, because the case cannot be accepted without them and nobody else brings
// them: everything is told once (一次性告知).
func (c *Case) MustBring() []string {
	var keys []string
	for _, m := range c.Materials {
		a, _ := m.Newest()
		if m.State == MaterialMissing || m.State == MaterialTimeout || m.State == MaterialPrepare && m.Required && !a.Coming {
			keys = append(keys, m.Key)
		}
	}
	return keys
}

// notBrought names the materials of the notice of which something is still to
// come, or is an empty Text.
func (c *Case) notBrought(open func(Material) bool) Text {
	var keys []string
	if c.Supplement != nil {
		for _, it := range c.Supplement.Items {
			if m, ok := c.Material(it.Material); ok && open(*m) {
				keys = append(keys, m.Key)
			}
		}
	}
	if keys == nil {
		return Text{}
	}
	return text("supplement_open", "materials", strings.Join(keys, " "))
}

// notice tells what is missing: the list is whole, the materials on it go back
// to the beginning, and the person's time runs. Not ok when that is refused.
func (d *decision) notice(c *Case, items []SupplementItem, preReview bool) (bool, error) {
	if why := c.noticeFault(items); why.Code != "" {
		d.out = Outcome{Status: Rejected, Reason: why}
		return false, nil
	}
	for _, it := range items {
		m, _ := c.Material(it.Material)
		if err := d.askBack(c, m, it.Fault); err != nil {
			return false, err
		}
	}
	c.Supplement = &Supplement{At: d.now, By: d.op.Actor.ID, PreReview: preReview, Items: items, SealedIn: d.sealedIn()}
	c.Resubmit, c.Overdue = false, false
	c.Version++
	d.endClock(c, ClockNotice)
	d.record(c, RecordSupplementNotice, "")
	if err := d.document(c, DocumentSupplement); err != nil {
		return false, err
	}
	return true, d.startSupplement(c)
}

// noticeFault says what is wrong with a list of what is missing.
func (c *Case) noticeFault(items []SupplementItem) Text {
	if c.Supplement != nil {
		return text("supplement_used")
	}
	listed := map[string]bool{}
	for _, it := range items {
		if _, known := c.Material(it.Material); !known || listed[it.Material] || !slices.Contains(SupplementFaults(), it.Fault) {
			return text("malformed", "what", "items")
		}
		listed[it.Material] = true
	}
	missing := slices.DeleteFunc(c.MustBring(), func(key string) bool { return listed[key] })
	switch {
	case len(missing) > 0:
		return text("supplement_incomplete", "materials", strings.Join(missing, " "))
	case len(items) == 0:
		return text("supplement_empty")
	}
	return Text{}
}

// askBack takes a material back to its beginning: the person brings it anew.
func (d *decision) askBack(c *Case, m *Material, fault string) error {
	event := EvDropped
	if m.State == MaterialDone {
		event = EvReplaced
	}
	m.Ask, m.Failed = Ask{}, false
	to, ok := NextMaterialState(m.State, event)
	if !ok {
		return nil // nothing was chosen yet
	}
	if err := d.endAttempt(c, m, AttemptSuperseded); err != nil {
		return err
	}
	if event == EvReplaced {
		m.Attempts[len(m.Attempts)-1].Reason = fault
	}
	m.State = to
	return nil
}

// notifySupplement is the notice before acceptance (补正告知): once, and within
// five working days of the receipt.
func (d *decision) notifySupplement(body NotifySupplementBody) error {
	c, ok, err := d.caseToEdit(body.Edit, RightEditCases)
	if !ok || err != nil {
		return err
	}
	k := c.Clock(ClockNotice)
	switch {
	case !caseMay("10", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	case c.Supplement == nil && k != nil && !k.Provisional && DayOf(d.now) > k.Due:
		d.reject("notice_too_late", "day", k.Due)
		return nil
	}
	if ok, err := d.notice(&c, body.Items, false); !ok || err != nil {
		return err
	}
	c.State = CaseSupplementDue
	return d.putCase("case.supplement_told", c)
}

// receiveSupplement takes the supplement in (补交受理): all of the notice is
// there. The case is accepted as of the moment at which the last of it came, or
// waits for departments.
func (d *decision) receiveSupplement(body ReceiveSupplementBody) error {
	c, ok, err := d.caseToEdit(body.Edit, RightEditCases)
	if !ok || err != nil {
		return err
	}
	switch {
	case !caseMay("11", c.State):
		d.reject("case_state", "state", string(c.State))
		return nil
	case c.Number == "":
		d.reject("number_missing")
		return nil
	}
	if d.settled(firstText(c.notBrought(Material.Open), c.Blocked(), d.formOpen(&c, FormAccept))) {
		return nil
	}
	d.supplied(&c)
	d.record(&c, RecordSupplementReceived, "")
	if !c.Complete() {
		return d.send(&c)
	}
	return d.accept(&c, d.op.Actor.ID, c.suppliedAt())
}

// supplied notes that the supplement is in.
func (d *decision) supplied(c *Case) {
	d.endClock(c, ClockSupplement)
	if c.Supplement != nil {
		c.Supplement.ReceivedAt = d.now
	}
}

// suppliedAt is when the last material of the notice came.
func (c *Case) suppliedAt() time.Time {
	last := c.Supplement.At
	for _, it := range c.Supplement.Items {
		m, _ := c.Material(it.Material)
		if a, _ := m.newest(); a.EndedAt.After(last) {
			last = a.EndedAt
		}
	}
	return last
}

// NonAcceptanceReasons lists why a case is not accepted (不予受理).
func NonAcceptanceReasons() []string {
	return []string{reasonOutsideRemit, "no_licence_needed", "conditions_not_met", "not_supplemented", "false_materials"}
}

// reasonOutsideRemit needs the name of the authority to go to.
const reasonOutsideRemit = "outside_remit"

// refuse ends a case as not accepted; not ok when that is refused.
func (d *decision) refuse(c *Case, reason, authority string) (bool, error) {
	switch {
	case !slices.Contains(NonAcceptanceReasons(), reason):
		d.reject("reason_needed")
		return false, nil
	case (reason == reasonOutsideRemit) != (strings.TrimSpace(authority) != "") || len(authority) > 256:
		d.reject("authority_needed")
		return false, nil
	}
	c.Authority = authority
	if len(d.op.Sealed) > 0 {
		c.RefusedIn = d.op.ID
	}
	if err := d.endCase(c, CaseNotAccepted, reason); err != nil {
		return false, err
	}
	return true, d.document(c, DocumentRefusal)
}

// refuseCase is 不予受理 at the counter.
func (d *decision) refuseCase(body RefuseCaseBody) error {
	c, ok, err := d.caseToEdit(body.Edit, RightEditCases)
	if !ok || err != nil {
		return err
	}
	if !caseMay("13", c.State) {
		d.reject("case_state", "state", string(c.State))
		return nil
	}
	d.record(&c, RecordAcceptance, AcceptanceRefused)
	if ok, err := d.refuse(&c, body.Reason, body.Authority); !ok || err != nil {
		return err
	}
	return d.putCase("case.refused", c)
}
