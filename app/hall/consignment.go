package hall

import (
	"slices"
	"time"
)

// ConsignmentState of a trip.
type ConsignmentState string

const (
	ConsignmentOpen   ConsignmentState = "OPEN"   // being loaded at the department
	ConsignmentSent   ConsignmentState = "SENT"   // on its way with the courier
	ConsignmentClosed ConsignmentState = "CLOSED" // counted at the hall
)

// Consignment (交接单) gathers the papers of one trip of one courier from one
// department: one slip with both names, time, list and discrepancies.
type Consignment struct {
	ID         string           `json:"id"`
	Department string           `json:"department"`
	State      ConsignmentState `json:"state"`
	Papers     []string         `json:"papers,omitempty"` // ids
	OpenedBy   string           `json:"opened_by"`
	Courier    string           `json:"courier,omitempty"`
	ClosedBy   string           `json:"closed_by,omitempty"`
	OpenedAt   time.Time        `json:"opened_at"`
	SentAt     time.Time        `json:"sent_at,omitzero"`
	ClosedAt   time.Time        `json:"closed_at,omitzero"`
	// Missing lists what was signed out for the trip and not signed in when it
	// was closed.
	Missing []string `json:"missing,omitempty"`
}

func (d *decision) putConsignment(event string, c Consignment) error {
	return d.put(CustodyFeed(c.Department), event, EntityConsignment, c.ID, c)
}

// openConsignment begins the list of a trip at a department.
func (d *decision) openConsignment(body OpenConsignmentBody) error {
	_, known, err := Load[Consignment](d.w, EntityConsignment, d.op.Entity)
	switch {
	case err != nil:
		return err
	case known:
		d.noop("already_so")
		return nil
	}
	if _, ok := d.cat.Department(body.Department); !ok {
		d.reject("malformed", "what", "department")
		return nil
	}
	return d.putConsignment("consignment.opened", Consignment{ID: d.op.Entity, Department: body.Department,
		State: ConsignmentOpen, OpenedBy: d.op.Actor.ID, OpenedAt: d.now})
}

// aboard puts a paper that was signed out on the list of its trip. A list that
// is gone already still gets it: the paper is on the road.
func (d *decision) aboard(p Paper, o Observation) error {
	if o.Kind != SignOut || o.Consignment == "" || o.Fault != "" {
		return nil
	}
	c, ok, err := staged[Consignment](d, EntityConsignment, o.Consignment)
	if err != nil || !ok || c.Department != p.Department || slices.Contains(c.Papers, p.ID) {
		return err
	}
	c.Papers = append(c.Papers, p.ID)
	return d.putConsignment("consignment.loaded", c)
}

// ashore takes a paper off the list when its sign-out was undone.
func (d *decision) ashore(paper, trip string) error {
	c, ok, err := staged[Consignment](d, EntityConsignment, trip)
	if err != nil || !ok {
		return err
	}
	i := slices.Index(c.Papers, paper)
	if i < 0 {
		return nil
	}
	c.Papers = slices.Delete(c.Papers, i, i+1)
	return d.putConsignment("consignment.unloaded", c)
}

// sendConsignment: the courier takes the papers; from here no sign-out can be
// taken back.
func (d *decision) sendConsignment(body SendConsignmentBody) error {
	c, known, err := Load[Consignment](d.w, EntityConsignment, d.op.Entity)
	switch {
	case err != nil:
		return err
	case !known:
		d.reject("unknown_consignment")
		return nil
	case c.State != ConsignmentOpen:
		d.noop("already_so")
		return nil
	case body.Courier == "" || len(body.Courier) > 64:
		d.reject("malformed", "what", "courier")
		return nil
	}
	c.State, c.Courier, c.SentAt = ConsignmentSent, body.Courier, d.now
	return d.putConsignment("consignment.sent", c)
}

// closeConsignment: the sign-in station has scanned what came. What is missing
// is listed, and stays on the road until it is seen. Batches that are in whole
// are closed with it.
func (d *decision) closeConsignment(CloseConsignmentBody) error {
	c, known, err := Load[Consignment](d.w, EntityConsignment, d.op.Entity)
	switch {
	case err != nil:
		return err
	case !known:
		d.reject("unknown_consignment")
		return nil
	case c.State == ConsignmentClosed:
		d.noop("already_so")
		return nil
	}
	c.State, c.ClosedBy, c.ClosedAt = ConsignmentClosed, d.op.Actor.ID, d.now
	for _, id := range c.Papers {
		p, _, err := Load[Paper](d.w, EntityPaper, id)
		if err != nil {
			return err
		}
		if p.Custody == AtDepartment || p.Custody == InTransit || p.Custody == Disputed {
			c.Missing = append(c.Missing, id)
			continue
		}
		if err := d.closeBatch(BatchID(p.Number, p.Department)); err != nil {
			return err
		}
	}
	return d.putConsignment("consignment.closed", c)
}
