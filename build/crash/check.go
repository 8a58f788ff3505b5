package crash

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"hallway/app/hall"
	"hallway/build/demo/stage"
	"hallway/sync"
	"hallway/sync/writer"
)

// hallLane is the lane of the demo hall.
var hallLane = sync.HallLane("37010001")

// findings collects what does not hold, and goes on.
type findings []error

func (f *findings) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

// maxFindings bounds what is told.
const maxFindings = 20

func (f findings) err() error {
	if n := len(f); n > maxFindings {
		return errors.Join(append(f[:maxFindings:maxFindings], fmt.Errorf("and %d more", n-maxFindings))...)
	}
	return errors.Join(f...)
}

// check holds the databases of a hall that has stopped against the witness.
func (h *house) check(ctx context.Context, facts map[Fact]bool, rep *Report) error {
	db, err := h.centreDB()
	if err != nil {
		return err
	}
	defer db.Close() // only read
	var found findings
	rep.Facts = map[string]int{}
	for f := range facts {
		rep.Facts[f.What]++
	}
	log, err := readLog(ctx, db)
	if err != nil {
		return err
	}
	log.numbers(&found)
	log.witnessed(facts, &found)
	if err := h.bookings(ctx, db, facts, &found); err != nil {
		return err
	}
	if err := h.lanes(ctx, &found); err != nil {
		return err
	}
	for _, t := range stage.Terminals {
		if err := h.verdicts(ctx, db, t.ID, &found); err != nil {
			return err
		}
	}
	for _, folder := range h.folders() {
		if err := h.replica(ctx, db, folder, &found); err != nil {
			return err
		}
	}
	rep.Rows = int64(log.rows)
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM op").Scan(&rep.Ops); err != nil {
		return err
	}
	return found.err()
}

// history is what the log says of tickets.
type history struct {
	rows    int
	tickets map[string]hall.Ticket    // as they are at the end
	events  map[string]map[string]int // ticket → event → how often
	windows map[string]map[string]int // ticket → window that it was called to
}

func readLog(ctx context.Context, db *sql.DB) (*history, error) {
	l := &history{tickets: map[string]hall.Ticket{}, events: map[string]map[string]int{}, windows: map[string]map[string]int{}}
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM log WHERE lane = $1", hallLane).Scan(&l.rows); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT event, id, value FROM log WHERE lane = $1 AND kind = 'ticket' ORDER BY row_no", hallLane)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // the error that counts is Err's
	for rows.Next() {
		var event, id string
		var value []byte
		var t hall.Ticket
		if err := rows.Scan(&event, &id, &value); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(value, &t); err != nil {
			return nil, err
		}
		if l.events[id] == nil {
			l.events[id], l.windows[id] = map[string]int{}, map[string]int{}
		}
		l.tickets[id] = t
		l.events[id][event]++
		if event == "ticket.called" {
			l.windows[id][t.Window]++
		}
	}
	return l, rows.Err()
}

// numbers: none is two tickets', and nothing happened twice.
func (l *history) numbers(found *findings) {
	whose := map[string]string{}
	for id, t := range l.tickets {
		if other, twice := whose[t.Day+"/"+t.Number]; twice {
			found.add("number %s is ticket %s and %s", t.Number, id, other)
		}
		whose[t.Day+"/"+t.Number] = id
		if n := l.events[id]["ticket.issued"] + l.events[id]["ticket.checked_in"]; n != 1 {
			found.add("ticket %s was issued %d times", t.Number, n)
		}
		if n := l.events[id]["ticket.done"]; n > 1 {
			found.add("ticket %s was finished %d times", t.Number, n)
		}
	}
}

// witnessed: what somebody was told is so.
func (l *history) witnessed(facts map[Fact]bool, found *findings) {
	for f := range facts {
		t, there := l.tickets[f.ID]
		switch {
		case f.What == booked || f.What == cancelled:
		case !there:
			found.add("lost: ticket %s %s, %s", f.ID, f.Number, f.What)
		case f.Number != "" && t.Number != f.Number:
			found.add("ticket %s was %s, is %s", f.ID, f.Number, t.Number)
		case f.What == called && l.windows[f.ID][f.Window] == 0:
			found.add("lost: the call of ticket %s to window %s", t.Number, f.Window)
		case f.What == finished && (t.State != hall.TicketDone || l.events[f.ID]["ticket.done"] != 1):
			found.add("lost: the end of the service of ticket %s; it is %s", t.Number, t.State)
		}
	}
}

// bookings: each that was told is there; no request made two; slots count right.
func (h *house) bookings(ctx context.Context, db *sql.DB, facts map[Fact]bool, found *findings) error {
	all, err := entities[hall.Appointment](ctx, db, hall.EntityAppointment)
	if err != nil {
		return err
	}
	slots, err := entities[hall.Slot](ctx, db, hall.EntitySlot)
	if err != nil {
		return err
	}
	for f := range facts {
		a, there := all[f.ID]
		switch {
		case f.What != booked && f.What != cancelled:
		case !there:
			found.add("lost: appointment %s", f.ID)
		case f.What == cancelled && a.State != hall.Cancelled:
			found.add("lost: that appointment %s was cancelled; it is %s", f.ID, a.State)
		}
	}
	if len(all) > len(h.keys) {
		found.add("%d appointments for %d requests", len(all), len(h.keys))
	}
	taken := map[string]int{}
	for _, a := range all {
		if a.State != hall.Cancelled {
			taken[hall.SlotID(a.Day, a.Item, a.Slot)]++
		}
	}
	for id, s := range slots {
		if s.Taken != taken[id] || s.Taken > s.Quota {
			found.add("slot %s says %d of %d, %d appointments are in it", id, s.Taken, s.Quota, taken[id])
		}
	}
	return nil
}

func entities[T any](ctx context.Context, db *sql.DB, kind hall.EntityKind) (map[string]T, error) {
	rows, err := db.QueryContext(ctx, "SELECT id, value FROM entity WHERE lane = $1 AND kind = $2", hallLane, string(kind))
	if err != nil {
		return nil, err
	}
	defer rows.Close() // the error that counts is Err's
	out := map[string]T{}
	for rows.Next() {
		var id string
		var value []byte
		var v T
		if err := rows.Scan(&id, &value); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(value, &v); err != nil {
			return nil, err
		}
		out[id] = v
	}
	return out, rows.Err()
}

// lanes reads each lane again with the writer's keys.
func (h *house) lanes(ctx context.Context, found *findings) error {
	keys, err := writer.LoadKeys(filepath.Join(h.stage.Dir(), "central", "keys"))
	if err != nil {
		return err
	}
	w, err := writer.Open(ctx, writer.Options{DSN: h.stage.DSN(), Keys: keys})
	if err != nil {
		return err
	}
	for _, lane := range []string{sync.SharedLane, hallLane} {
		if err := w.Verify(ctx, lane); err != nil {
			found.add("%w", err)
		}
	}
	return w.Close()
}

// replica: what a terminal has is the centre's state, counted anew.
func (h *house) replica(ctx context.Context, centre *sql.DB, terminal string, found *findings) error {
	db, err := h.terminalDB(terminal)
	if err != nil {
		return err
	}
	defer db.Close() // only read
	feeds, err := followed(ctx, db)
	if err != nil {
		return err
	}
	for _, f := range feeds {
		var want, last string
		var row, seen int64
		err := centre.QueryRowContext(ctx, "SELECT state_sum, last_row, last_hash FROM feed WHERE lane = $1 AND feed = $2", f.lane, string(f.feed)).Scan(&want, &row, &last)
		if errors.Is(err, sql.ErrNoRows) {
			want, err = sync.StateSum{}.String(), nil
		}
		if err != nil {
			return err
		}
		var hash string
		err = db.QueryRowContext(ctx, "SELECT row, hash FROM cursors WHERE lane = ? AND feed = ?", f.lane, string(f.feed)).Scan(&seen, &hash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		have, n, err := sumOf(ctx, db, f)
		if err != nil {
			return err
		}
		if have != want {
			found.add("%s has another state of %s than the centre: %d entities, at row %d of %d, on the same chain: %v", terminal, f.feed, n, seen, row, hash == last)
		}
	}
	return nil
}

func sumOf(ctx context.Context, db *sql.DB, f laneFeed) (string, int, error) {
	rows, err := db.QueryContext(ctx, "SELECT kind, id, value FROM replica WHERE lane = ? AND feed = ?", f.lane, string(f.feed))
	if err != nil {
		return "", 0, err
	}
	defer rows.Close() // the error that counts is Err's
	var sum sync.StateSum
	n := 0
	for ; rows.Next(); n++ {
		var kind, id string
		var value []byte
		if err := rows.Scan(&kind, &id, &value); err != nil {
			return "", 0, err
		}
		sum.Replace(hall.EntityKind(kind), id, nil, value)
	}
	return sum.String(), n, rows.Err()
}

// folders of the terminals that run, by name.
func (h *house) folders() (all []string) {
	for _, t := range stage.Terminals {
		all = append(all, t.ID)
	}
	return append(all, h.copies...)
}

// verdict is what became of an operation.
type verdict struct {
	status string
	row    int64
}

func verdictsOf(ctx context.Context, from *sql.DB, query string, args ...any) (map[string]verdict, error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // the error that counts is Err's
	out := map[string]verdict{}
	for rows.Next() {
		var id string
		var v verdict
		if err := rows.Scan(&id, &v.status, &v.row); err != nil {
			return nil, err
		}
		out[id] = v
	}
	return out, rows.Err()
}

// untold adds the operations whose verdict a disk that is gone has not seen.
func untold(ctx context.Context, db *sql.DB, kept map[string]bool) error {
	open, err := verdictsOf(ctx, db, "SELECT op_id, '', 0 FROM outbox WHERE acked = 0")
	for id := range open {
		kept[id] = true
	}
	return err
}

// verdicts: what a terminal was told of its operations is what the centre holds.
// Of one that was copied or put back each disk counts that there ever was.
func (h *house) verdicts(ctx context.Context, centre *sql.DB, terminal string, found *findings) error {
	its, err := verdictsOf(ctx, centre, "SELECT op_id, status, row_no FROM op WHERE terminal = $1", terminal)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, folder := range append([]string{terminal}, h.others[terminal]...) {
		db, err := h.terminalDB(folder)
		if err != nil {
			return err
		}
		mine, err := verdictsOf(ctx, db, "SELECT o.op_id, v.status, v.row FROM outbox o JOIN verdicts v ON v.op_id = o.op_id WHERE o.acked = 1")
		if err == nil && !slices.Contains(h.folders(), folder) {
			err = untold(ctx, db, kept)
		}
		if err = errors.Join(err, db.Close()); err != nil {
			return err
		}
		for id, v := range mine {
			kept[id] = true
			if got, there := its[id]; !there || got != v {
				found.add("%s: operation %s was %v, the centre has %v (%v)", folder, id, v, got, there)
			}
		}
	}
	for id := range its {
		if !kept[id] {
			found.add("%s no longer has operation %s, or no verdict of it", terminal, id)
		}
	}
	return nil
}
