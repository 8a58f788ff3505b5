package store

import (
	"context"
	"database/sql"
	"time"

	"hallway/app/hall"
)

// kioskWait is how long a kiosk is given to number what it printed a temporary
// number for, before a counter does it.
const kioskWait = 10 * time.Minute

// numbersFor says whether this counter gives a case with a temporary number its
// own: those that were printed here, and those of kiosks that did not come back.
func (s *Store) numbersFor(c *hall.Case) bool {
	if c.Number != "" || c.TempNumber == "" {
		return false
	}
	now, _ := s.Now()
	return c.Terminal == s.opt.Terminal || c.Origin == hall.OriginOnline && now.Sub(c.AppliedAt) > kioskWait
}

// numberApplied gives the cases that this kiosk printed a temporary number for
// their own. It follows no cases: it looks into its own operations.
func (s *Store) numberApplied(ctx context.Context) (int, error) {
	if !s.temps.Load() {
		return 0, nil
	}
	s.temps.Store(false) // before it is looked: what is written meanwhile sets it again
	n, open := 0, false
	err := s.write(ctx, func(t *tx) error {
		n, open = 0, false
		var wanted []NumberedDraft
		err := t.each(`SELECT a.entity, o.body, COALESCE(v.status, '') FROM outbox a
			JOIN outbox o ON o.entity = a.entity AND o.kind = 'open_case' LEFT JOIN verdicts v ON v.op_id = a.op_id
			WHERE a.kind = 'apply_case' AND a.disowned = 0 AND CAST(a.body AS TEXT) LIKE '%"number":"T%'
			AND NOT EXISTS (SELECT 1 FROM outbox n WHERE n.entity = a.entity AND n.kind = 'number_case')`, nil,
			func(r *sql.Rows) error {
				d := NumberedDraft{Kind: hall.NumberCase, Actor: device}
				var raw []byte
				var status string
				if err := r.Scan(&d.Case, &raw, &status); err != nil {
					return err
				}
				open = open || status == ""
				d.Nature = t.natureOf(raw)
				if status == string(hall.Applied) && d.Nature != "" {
					wanted = append(wanted, d)
				}
				return nil
			})
		if err != nil {
			return err
		}
		for _, d := range wanted {
			if t.applicationLease() < 0 {
				open = true
				return nil
			}
			if _, err := t.number(d); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil || open {
		s.temps.Store(true)
	}
	return n, err
}

// natureOf is the nature of the item version that an open_case names; "" when it
// is not known here.
func (t *tx) natureOf(raw []byte) string {
	var op hall.Op
	var body hall.OpenCaseBody
	if hall.Decode(raw, &op) != nil || hall.Decode(op.Body, &body) != nil {
		return ""
	}
	it, _ := t.next.cat.Item(body.Item)
	v, _ := it.Version(body.ItemVersion)
	return v.Nature
}
