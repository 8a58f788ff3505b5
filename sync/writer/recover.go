package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// recoverFor is how long a lane that was put back takes in only what terminals
// hold, when not all of them have come by then.
const recoverFor = 2 * time.Minute

// recovery is what a lane knows of its restores.
type recovery struct {
	term  int64  // how many there were
	day   string // of the last
	since int64  // term (epoch) that the last began
	until time.Time
	open  bool
	// putting: the time is over, and rows that followers brought are being written.
	putting bool
}

// recovering says whether the lane takes in only what was decided before.
func (r *recovery) recovering(now time.Time) bool {
	return r.open && (r.putting || now.Before(r.until))
}

// loadRecovery reads the restores of the lane.
func (ls *laneState) loadRecovery(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `SELECT epoch, at_us, until_us, done_us FROM recovery WHERE lane = $1 ORDER BY epoch`, ls.lane)
	if err != nil {
		return err
	}
	ls.recovery = recovery{}
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var at, until, done int64
		err := r.Scan(&ls.since, &at, &until, &done)
		ls.term++
		ls.day, ls.until, ls.open = hall.DayOf(microTime(at).In(hall.Zone)), microTime(until), done == 0
		return struct{}{}, err
	})
	return err
}

// recovering stops a push where it waits for what others still hold.
type recovering struct{ *sync.Problem }

func (r recovering) Unwrap() error { return r.Problem }

func stillRecovering(ls *laneState) *sync.Problem {
	return &sync.Problem{Code: sync.ProblemBusy, Epoch: ls.epoch, RetryMS: 1000,
		Message: "the centre was put back from a backup and takes in what terminals still hold",
		Hint:    "nothing is lost; new operations are taken in a moment"}
}

// authentic is the verdict that the sender holds, when this writer gave it for
// these very bytes; nil otherwise.
func (t *txn) authentic(e *sync.Envelope, id hall.OpID) *sync.Verdict {
	if e.Held == nil || e.Held.OpID != id || e.Held.MAC == "" || e.Held.MAC != sync.VerdictMAC(t.w.opts.Keys.MAC, e.Body, *e.Held) {
		return nil
	}
	return e.Held
}

// waits stops an operation that nobody has decided here: a new one while the
// lane recovers, and one that this writer has decided in this very term and
// does not know, which proves that it was put back.
func (t *txn) waits(e *sync.Envelope, a *admitted) (*sync.Problem, error) {
	ls := t.hot.lanes[e.Lane]
	id := a.op.ID
	if !a.ok {
		id = malformedID(e)
	}
	known, err := t.op(id)
	if err != nil || known != nil {
		return nil, err
	}
	held := t.authentic(e, id)
	if held == nil {
		if ls.recovering(t.now) {
			return stillRecovering(ls), nil
		}
		return nil, nil
	}
	if epoch, _ := sync.SplitOrder(held.Order); epoch >= ls.epoch {
		t.w.recoverSoon(e.Lane, epoch)
		return stillRecovering(ls), nil
	}
	return nil, nil
}

// asItWas decides an operation as it was decided before the restore. What was
// refused stays refused. What was applied is applied again, with its time, its
// order and its numbers; when the rules now give something else, what it stands
// on has not come back yet: it waits as long as the lane recovers, and is then
// kept with its verdict, without its changes (but what was only witnessed is
// written all the same), for a person to look at.
func (t *txn) asItWas(e *sync.Envelope, a *admitted, ls *laneState, held *sync.Verdict) (hall.Outcome, error) {
	was := hall.Outcome{Status: held.Status, Reason: held.Reason, Result: held.Result}
	c := hall.Context{Now: held.At, Order: held.Order}
	allowed := *a
	allowed.denied = hall.Text{} // it was allowed; the session may be among what was lost
	switch {
	case onlyKept(held.Status, held.Reason.Code): // it was not decided
		out, err := t.outcome(e, &allowed, ls, c)
		if err != nil {
			return was, err
		}
		if out.Status == hall.Applied {
			out.Reason = held.Reason
			return out, nil
		}
		waits, err := t.mayComeBack(a, ls, out)
		if waits {
			t.keep(e, a)
		}
		return was, err
	case held.Status != hall.Applied || held.Row == 0:
		return was, nil
	}
	if len(held.Result) > 0 {
		c.Held = held.Result
	}
	out, err := t.outcome(e, &allowed, ls, c)
	if err != nil {
		return out, err
	}
	aside := int64(0)
	back, err := t.hasRows(held.OpID)
	if err != nil {
		return out, err
	}
	switch {
	case out.Status == hall.Applied && hall.SameResult(held.Result, out.Result):
		out.Result = held.Result
		if out.Changes, err = t.bare(ls, out.Changes, held.Order); err != nil {
			return out, err
		}
	case out.Status == hall.Noop:
		out = was
	case ls.recovering(t.now):
		t.w.log.Info("an operation of before the restore waits for what it stands on", "op", held.OpID, "kind", a.op.Kind, "now", out.Status, "reason", out.Reason.Code)
		return out, recovering{stillRecovering(ls)}
	case out.Status == hall.Applied && t.witnessed(a.op.Kind): // it happened, whatever does not follow from it now
		out.Result = held.Result
		if out.Changes, err = t.bare(ls, out.Changes, held.Order); err != nil {
			return out, err
		}
		if aside = notMade; back {
			aside = rowsOnly
		}
	case back:
		aside, out = rowsOnly, was
	default:
		t.w.log.Warn("an operation of before the restore cannot be made again; it keeps its verdict and is listed",
			"op", held.OpID, "kind", a.op.Kind, "now", out.Status, "reason", out.Reason.Code)
		aside, out = notMade, was
	}
	epoch, first := sync.SplitOrder(held.Order)
	return out, t.conn.exec(`INSERT INTO came_back (op_id, lane, epoch, from_row, to_row, aside, at_us) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		string(held.OpID), e.Lane, epoch, first, held.Row, aside, t.now.UnixMicro())
}

// witnessed says whether a kind tells what has happened.
func (t *txn) witnessed(kind hall.Kind) bool {
	info, known := t.w.opts.kindOf(kind)
	return known && info.Nature == hall.Witness
}

// What is known of an operation that came back beside «made again» (column
// came_back.aside): it could not be made again; or only the rows of it that
// followers kept are back.
const (
	notMade  = 1
	rowsOnly = 2
)

// RaiseEpoch begins a new term of a lane, behind every term up to seen.
// Followers of the old term are told EPOCH, and REWIND when they know rows that
// were lost.
func (w *Writer) RaiseEpoch(ctx context.Context, lane string, seen int64) (epoch int64, err error) {
	err = w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, epoch, err = raise(ctx, tx, lane, seen)
		return err
	})
	return epoch, err
}

func raise(ctx context.Context, tx *sql.Tx, lane string, seen int64) (row, epoch int64, err error) {
	if _, err = tx.ExecContext(ctx, `INSERT INTO lane (lane, last_row, epoch) VALUES ($1, 0, 1) ON CONFLICT DO NOTHING`, lane); err != nil {
		return 0, 0, err
	}
	err = tx.QueryRowContext(ctx, `UPDATE lane SET epoch = CASE WHEN epoch > $1 THEN epoch ELSE $1 END + 1 WHERE lane = $2 RETURNING last_row, epoch`, seen, lane).Scan(&row, &epoch)
	return row, epoch, err
}

// Recover begins the term after a restore from a backup (design §2 rule 5): the
// lane takes in what terminals hold, as it was decided, before anything new.
// seen is the highest term that is known to have been lost; when the lane is
// beyond it already, nothing is done.
func (w *Writer) Recover(ctx context.Context, lane string, seen int64) error {
	var began int64
	err := w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		began = 0
		_, now, err := headOf(ctx, tx, lane)
		if err != nil || now > seen {
			return err
		}
		row, epoch, err := raise(ctx, tx, lane, seen)
		if err != nil {
			return err
		}
		at, until := w.now(), w.now().Add(recoverFor)
		done := int64(0)
		if lane == sync.SharedLane {
			done = at.UnixMicro() // only the centre writes it
		}
		began = epoch
		_, err = tx.ExecContext(ctx, `INSERT INTO recovery (lane, epoch, from_row, ahead, at_us, until_us, done_us, was) VALUES ($1, $2, $3, 0, $4, $5, $6, $7)`,
			lane, epoch, row, at.UnixMicro(), until.UnixMicro(), done, now)
		return err
	})
	if err == nil && began > 0 {
		w.log.Warn("the centre was put back from a backup: a new term begins, terminals send what they hold; hallway-central restores lists what nobody held",
			"lane", lane, "term", began)
	}
	return err
}

// recoverSoon begins a recovery outside of the transaction that found out.
func (w *Writer) recoverSoon(lane string, seen int64) {
	w.aside.Go(func() {
		if err := w.Recover(w.ctx, lane, seen); err != nil && w.ctx.Err() == nil {
			w.log.Error("a restore was noticed, and the new term cannot begin yet", "lane", lane, "error", err)
		}
	})
}

// Recovering says whether a lane takes in only what was decided before.
func (w *Writer) Recovering(ctx context.Context, lane string) (bool, error) {
	ls := laneState{lane: lane}
	if err := ls.loadRecovery(ctx, reader{w}); err != nil {
		return false, fmt.Errorf("writer: recovery of %s: %w", lane, err)
	}
	on := ls.recovering(w.now())
	if ls.open && !on { // its time is over: whoever asks makes it end
		w.settleSoon(lane)
	}
	return on, nil
}

// awaited selects the terminals that a recovery waits for and that have not
// offered what they hold: those enrolled that had sent something before the
// backup. Another one brings what it holds when it comes.
const awaited = `SELECT e.id FROM entity e WHERE e.lane = $1 AND e.kind = $2
	AND e.id IN (SELECT terminal FROM sender WHERE lane = $3)
	AND e.id NOT IN (SELECT terminal FROM offered WHERE lane = $3 AND epoch = $4) ORDER BY e.id`

// Offered notes that a terminal has sent all it holds. When every terminal that
// is waited for has, the recovery of the lane ends, and the rows that they brought
// are written. What one brings later is written at once.
func (w *Writer) Offered(ctx context.Context, lane, terminal string) error {
	ls := laneState{lane: lane}
	if err := ls.loadRecovery(ctx, reader{w}); err != nil || ls.term == 0 {
		return err
	}
	var known int64
	err := reader{w}.QueryRowContext(ctx, `SELECT COUNT(*) FROM offered WHERE lane = $1 AND epoch = $2 AND terminal = $3`, lane, ls.since, terminal).Scan(&known)
	if err != nil || known > 0 && !(ls.open && !ls.recovering(w.now())) {
		return err
	}
	over := false
	err = w.Private(ctx, func(ctx context.Context, tx *sql.Tx) error {
		ls := laneState{lane: lane}
		if err := ls.loadRecovery(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO offered (lane, epoch, terminal) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, lane, ls.since, terminal); err != nil {
			return err
		}
		if over = !ls.recovering(w.now()); over {
			return nil
		}
		missing, err := waitedFor(ctx, tx, lane, ls.since)
		if err != nil || len(missing) > 0 {
			return err
		}
		over = true
		_, err = tx.ExecContext(ctx, `UPDATE recovery SET until_us = $1 WHERE lane = $2 AND epoch = $3`, w.now().UnixMicro(), lane, ls.since)
		return err
	})
	if err == nil && over {
		err = w.settle(ctx, lane)
	}
	if err == nil && known == 0 {
		w.keptSoon()
	}
	return err
}

// seenAhead notes how far a follower of an earlier term had come: what nobody
// brings back up to there was lost.
func (w *Writer) seenAhead(c sync.Cursor) {
	if c.Row <= 0 || c.Row >= sync.ArrivalOrder(2, 0) {
		return
	}
	w.aside.Go(func() {
		err := w.Private(w.ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE recovery SET ahead = $1 WHERE lane = $2 AND ahead < $1 AND from_row < $1 AND epoch =
				(SELECT MIN(epoch) FROM recovery WHERE lane = $2 AND epoch > $3)`, c.Row, c.Lane, c.Epoch)
			return err
		})
		if err != nil && w.ctx.Err() == nil {
			w.log.Error("how far a follower had come cannot be noted", "lane", c.Lane, "error", err)
		}
	})
}

// Range is some consecutive rows of a lane.
type Range struct{ From, To int64 }

// Restore is one restore of a lane and what became of it.
type Restore struct {
	Lane  string
	Epoch int64 // the term that it began
	From  int64 // the last row of the backup
	At    time.Time
	Until time.Time // when it ends without the terminals that have not come
	Ended bool      // new operations are taken
	// Missing are terminals that have not offered what they hold.
	Missing []string
	Back    int     // operations that came back
	Rows    int     // rows that came back without their operation
	Lost    []Range // rows of the old term that nobody has brought back
	// Aside are operations that keep their verdict but could not be made again,
	// and those whose rows came back to what somebody had changed since.
	Aside []hall.OpID
}

// Restores lists the restores of all lanes, newest first, each with what nobody
// held. What a terminal brings later leaves the list by itself.
func (w *Writer) Restores(ctx context.Context) ([]Restore, error) {
	type found struct {
		Restore
		ahead int64
	}
	rows, err := reader{w}.QueryContext(ctx, `SELECT lane, epoch, from_row, ahead, at_us, until_us, done_us FROM recovery ORDER BY at_us DESC, lane`)
	if err != nil {
		return nil, fmt.Errorf("writer: restores: %w", err)
	}
	all, err := collect(rows, func(r *sql.Rows) (f found, err error) {
		var at, until, done int64
		err = r.Scan(&f.Lane, &f.Epoch, &f.From, &f.ahead, &at, &until, &done)
		f.At, f.Until = microTime(at), microTime(until)
		f.Ended = done > 0 || !w.now().Before(f.Until)
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("writer: restores: %w", err)
	}
	var out []Restore
	for _, f := range all {
		if err := w.whatCameBack(ctx, &f.Restore, f.ahead); err != nil {
			return nil, fmt.Errorf("writer: restores: %w", err)
		}
		out = append(out, f.Restore)
	}
	return out, nil
}

// RestoresOf is Restores of a database that another program may be serving; it
// changes nothing in it.
func RestoresOf(ctx context.Context, dsn string, clock func() time.Time) ([]Restore, error) {
	db, err := openDB(ctx, dsn)
	if err != nil {
		return nil, err
	}
	w := &Writer{clock: clock, db: db}
	all, err := w.Restores(ctx)
	return all, errors.Join(err, db.close())
}

func waitedFor(ctx context.Context, q querier, lane string, epoch int64) ([]string, error) {
	rows, err := q.QueryContext(ctx, awaited, sync.SharedLane, string(hall.EntityTerminal), lane, epoch)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(s *sql.Rows) (id string, err error) { return id, s.Scan(&id) })
}
