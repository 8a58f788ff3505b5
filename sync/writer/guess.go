package writer

import "hallway/app/hall"

// guesses names entities that the rules will read for an operation. A wrong
// guess costs nothing but time.
func guesses(op *hall.Op) []entityKey {
	info, known := hall.KindOf(op.Kind)
	if !known || info.Aggregate == hall.EntityCatalogue {
		return nil
	}
	out := []entityKey{{laneOf(op.Lane, info.Aggregate), string(info.Aggregate), op.Entity}}
	var body struct {
		Lease       string `json:"lease"`
		Appointment string `json:"appointment"`
		Window      string `json:"window"`
		Case        string `json:"case"`
		Number      string `json:"number"`
	}
	if hall.Decode(op.Body, &body) != nil {
		return out
	}
	for kind, id := range map[hall.EntityKind]string{
		hall.EntityLease: body.Lease, hall.EntityAppointment: body.Appointment, hall.EntityWindow: body.Window,
		hall.EntityCase: body.Case, hall.EntityNumber: body.Number,
	} {
		if id != "" && goodText(id) {
			out = append(out, entityKey{op.Lane, string(kind), id})
		}
	}
	if op.Kind == hall.SlipPrinted {
		out = append(out, entityKey{op.Lane, string(hall.EntityTicket), op.Entity})
	}
	return out
}
