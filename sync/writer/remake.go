package writer

import (
	"bytes"
	"cmp"
	"database/sql"
	"fmt"
	"slices"

	"hallway/app/hall"
	"hallway/sync"
)

// oldPlace says of an entity's present value where it comes from, in the old
// order. The zero value: the backup had it.
type oldPlace struct {
	changed bool       // somebody has changed it since the restore
	row     int64      // the newest row that was put back for it
	back    []returned // the operations that came back and made it, in their old order
	newest  int64      // of the rows that wait
}

// returned is an operation that came back, with its place in the old order.
type returned struct {
	id    hall.OpID
	order int64
}

// placed says what becomes of a row.
func (t *txn) placed(r *heldRow, k entityKey, p *oldPlace, last *backTo) (state int64, err error) {
	e, err := t.entity(k)
	if err != nil {
		return 0, err
	}
	same := e.found == !sync.Gone(r.Value) && (!e.found || bytes.Equal(e.value, r.Value))
	switch {
	case r.Order() <= last.since():
		return heldOvertook, nil // of an earlier restore: what was put back has it, or later
	case p.changed && slices.ContainsFunc(p.back, func(b returned) bool { return b.id == r.OpID }):
		return heldOvertook, nil // the operation came back itself
	case p.changed:
		return heldAside, nil
	case r.Order() < p.row:
		return heldOvertook, nil
	case len(p.back) > 0 && r.Order() < p.newest:
		return heldOvertook, nil // a later row has what was in it
	case same && !p.behind(r.Order()):
		return heldThere, nil
	}
	return heldWritten, nil
}

// behind says whether an operation that came back stood behind a place.
func (p *oldPlace) behind(order int64) bool {
	return len(p.back) > 0 && p.back[len(p.back)-1].order > order
}

// oldPlaces finds where the present values of the entities of rows come from.
func (t *txn) oldPlaces(lane string, rows []heldRow, last *backTo) (map[entityKey]*oldPlace, error) {
	places := map[entityKey]*oldPlace{}
	var keys [][]any
	for i := range rows {
		k := entityKey{lane, string(rows[i].Kind), rows[i].ID}
		if places[k] == nil {
			places[k] = &oldPlace{}
			if _, known := t.entities[k]; !known {
				t.entities[k] = &storedEntity{key: k}
				keys = append(keys, k.values())
			}
		}
		places[k].newest = max(places[k].newest, rows[i].Order())
	}
	if err := t.conn.find(&entityOf, keys, t.gotEntity); err != nil {
		return nil, err
	}
	return places, t.sinceThen(lane, places, last)
}

// sinceThen finds what wrote the entities after the restore: operations that came
// back, rows that were put back, or somebody.
func (t *txn) sinceThen(lane string, places map[entityKey]*oldPlace, last *backTo) error {
	touched := false
	for k := range places {
		touched = touched || t.entities[k].row > last.from
	}
	if !touched {
		return nil
	}
	put := map[int64]bool{}
	rows, err := t.conn.QueryContext(t.conn.ctx, `SELECT kind, id, epoch, row_no, new_row FROM held WHERE lane = $1 AND state = $2 AND new_row > $3`, lane, heldWritten, last.from)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(s *sql.Rows) (struct{}, error) {
		var kind, id string
		var epoch, row, now int64
		err := s.Scan(&kind, &id, &epoch, &row, &now)
		put[now] = true
		if p := places[entityKey{lane, kind, id}]; p != nil {
			p.row = max(p.row, sync.ArrivalOrder(epoch, row))
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	seen := map[entityKey]int64{} // the newest row of each
	rows, err = t.conn.QueryContext(t.conn.ctx, `SELECT l.row_no, l.kind, l.id, l.op_id, c.epoch, c.from_row FROM log l LEFT JOIN came_back c ON c.op_id = l.op_id
		WHERE l.lane = $1 AND l.row_no > $2`, lane, last.from)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(s *sql.Rows) (struct{}, error) {
		var now int64
		var kind, id, op string
		var epoch, row sql.NullInt64
		err := s.Scan(&now, &kind, &id, &op, &epoch, &row)
		k := entityKey{lane, kind, id}
		if p := places[k]; p != nil {
			seen[k] = max(seen[k], now)
			b := returned{hall.OpID(op), sync.ArrivalOrder(epoch.Int64, row.Int64)}
			switch {
			case put[now]:
			case !epoch.Valid:
				p.changed = true
			case !slices.Contains(p.back, b):
				p.back = append(p.back, b)
			}
		}
		return struct{}{}, err
	})
	for k, p := range places {
		slices.SortFunc(p.back, func(a, b returned) int { return cmp.Compare(a.order, b.order) })
		p.changed = p.changed || t.entities[k].row > max(seen[k], last.from) // by this very transaction
	}
	return err
}

// remake makes the operations that came back, and stood behind a row that was
// written now, again upon it: in their old order, what they change of those
// entities and nothing else. upon is the place of each such row. One that the
// rules refuse upon it keeps its verdict, and is listed for a person to look at.
func (t *txn) remake(ls *laneState, places map[entityKey]*oldPlace, upon map[entityKey]int64) error {
	var ops []returned
	for k, order := range upon {
		for _, b := range places[k].back {
			if b.order > order && !slices.Contains(ops, b) {
				ops = append(ops, b)
			}
		}
	}
	slices.SortFunc(ops, func(a, b returned) int { return cmp.Compare(a.order, b.order) })
	for _, b := range ops {
		out, err := t.redo(ls, b)
		if err != nil {
			return fmt.Errorf("operation %s again: %w", b.id, err)
		}
		if out.Status != hall.Applied && out.Status != hall.Noop {
			t.w.log.Warn("an operation of before the restore cannot be made upon what followers kept; it keeps its verdict and is listed",
				"op", b.id, "now", out.Status, "reason", out.Reason.Code)
			if err := t.conn.exec(`UPDATE came_back SET aside = $1 WHERE op_id = $2`, notMade, string(b.id)); err != nil {
				return err
			}
		}
		for i := range out.Changes {
			c := &out.Changes[i]
			if order, ok := upon[entityKey{ls.lane, string(c.Kind), c.ID}]; !ok || b.order <= order {
				continue
			}
			if err := t.append(ls, b.id, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// redo is what the rules make now of an operation that came back: as it was
// decided, with its time, its place and its numbers.
func (t *txn) redo(ls *laneState, b returned) (hall.Outcome, error) {
	o, err := t.op(b.id)
	if err != nil {
		return hall.Outcome{}, err
	}
	if o == nil || o.verdict.Status != hall.Applied || onlyKept(o.verdict.Status, o.verdict.Reason.Code) {
		return hall.Outcome{Status: hall.Noop}, nil // it changes nothing
	}
	e := sync.Envelope{Lane: ls.lane}
	err = t.conn.QueryRowContext(t.conn.ctx, `SELECT terminal, body FROM op WHERE op_id = $1`, string(b.id)).Scan(&e.Terminal, &e.Body)
	if err != nil {
		return hall.Outcome{}, err
	}
	var a admitted
	_, a.ok = decodeOp(e.Body, &a.op)
	var told struct {
		Fault string `json:"fault"`
	}
	c := hall.Context{Now: o.verdict.At, Order: b.order}
	if len(o.verdict.Result) > 0 {
		c.Held = o.verdict.Result
		a.unattested = hall.Decode(c.Held, &told) == nil && told.Fault == hall.FaultNoSession
	}
	return t.outcome(&e, &a, ls, c)
}
