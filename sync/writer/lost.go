package writer

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"hallway/app/hall"
)

// whatCameBack fills in what became of a restore: which operations and rows came
// back, and which rows of the terms before nobody has brought.
func (w *Writer) whatCameBack(ctx context.Context, r *Restore, ahead int64) error {
	const terms = ` AND epoch < $2 AND epoch >= (SELECT COALESCE(MAX(epoch), 0) FROM recovery WHERE lane = $1 AND epoch < $2)`
	rows, err := reader{w}.QueryContext(ctx, `SELECT op_id, from_row, to_row, aside FROM came_back WHERE lane = $1`+terms, r.Lane, r.Epoch)
	if err != nil {
		return err
	}
	var there []Range
	_, err = collect(rows, func(s *sql.Rows) (struct{}, error) {
		var op string
		var g Range
		var aside int64
		err := s.Scan(&op, &g.From, &g.To, &aside)
		r.Back++
		if aside == notMade {
			r.Aside = append(r.Aside, hall.OpID(op))
		}
		if aside != rowsOnly {
			there = append(there, g)
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	rows, err = reader{w}.QueryContext(ctx, `SELECT row_no, op_id, state FROM held WHERE lane = $1`+terms+` AND row_no > $3`, r.Lane, r.Epoch, r.From)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(s *sql.Rows) (struct{}, error) {
		var row, state int64
		var op string
		err := s.Scan(&row, &op, &state)
		there = append(there, Range{row, row})
		switch {
		case state == heldWritten:
			r.Rows++
		case state == heldAside && !slices.Contains(r.Aside, hall.OpID(op)):
			r.Aside = append(r.Aside, hall.OpID(op))
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	r.Lost = missing(there, r.From, ahead)
	r.Missing, err = waitedFor(ctx, reader{w}, r.Lane, r.Epoch)
	return err
}

// missing are the rows after from, as far as any is known, that are in no range.
func missing(there []Range, from, ahead int64) (lost []Range) {
	slices.SortFunc(there, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	next := from + 1
	for _, g := range there {
		if g.From > next {
			lost = append(lost, Range{next, g.From - 1})
		}
		next = max(next, g.To+1)
	}
	if ahead >= next {
		lost = append(lost, Range{next, ahead})
	}
	return lost
}
