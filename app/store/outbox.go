package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

func marshal(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fail(CodeFailed, "a value cannot be written", "report this", err)
	}
	return string(b), nil
}

const envelopeColumns = "o.lane, o.incarnation, o.seq, o.prev_hash, o.hash, o.body, v.status, v.reason, v.result, v.row, v.at, v.arrival, v.mac"

// Pending is the next batch to push: the oldest operations without a verdict,
// of one lane, at most limit of them and maxBytes. No Ops: nothing waits.
func (s *Store) Pending(ctx context.Context, limit, maxBytes int) (sync.Push, error) {
	if s.Outbox() == 0 {
		return sync.Push{}, nil
	}
	var lane, incarnation string
	var seq int64
	r := s.readers.Load()
	err := r.QueryRowContext(ctx, "SELECT lane, incarnation, seq FROM outbox WHERE live = 1 AND acked = 0 ORDER BY pos LIMIT 1").Scan(&lane, &incarnation, &seq)
	if err == sql.ErrNoRows {
		return sync.Push{}, nil
	}
	if err != nil {
		return sync.Push{}, disk("read the outbox", err)
	}
	return s.From(ctx, lane, incarnation, seq, limit, maxBytes)
}

// From is the batch of consecutive operations from a place in a chain, with or
// without a verdict. Where the first of them is gone it begins at the oldest
// kept, and HoleFrom says what is missing. What has a verdict carries it: a
// centre that was put back from a backup knows its own word.
func (s *Store) From(ctx context.Context, lane, incarnation string, seq int64, limit, maxBytes int) (sync.Push, error) {
	p := sync.Push{Terminal: s.opt.Terminal, Incarnation: incarnation, Lane: lane}
	rows, err := s.readers.Load().QueryContext(ctx, "SELECT "+envelopeColumns+
		" FROM outbox o LEFT JOIN verdicts v ON v.op_id = o.op_id AND o.acked = 1 WHERE o.incarnation = ? AND o.lane = ? AND o.seq >= ? ORDER BY o.seq LIMIT ?",
		incarnation, lane, seq, limit)
	size := 0
	err = collect(rows, err)(func(r *sql.Rows) error {
		e, held, err := s.scanEnvelope(r)
		if err != nil {
			return err
		}
		n := len(p.Ops)
		if size += len(e.Body) + held + 512; n > 0 && (size > maxBytes || e.Seq != p.Ops[n-1].Seq+1) {
			size = maxBytes // the rest goes with the next batch
			return nil
		}
		p.Ops = append(p.Ops, e)
		return nil
	})
	if len(p.Ops) > 0 && p.Ops[0].Seq > seq {
		p.HoleFrom = seq
	}
	return p, disk("read the outbox", err)
}

// scanEnvelope reads one operation, with its verdict when it has one; held is
// about how long the verdict is.
func (s *Store) scanEnvelope(r *sql.Rows) (e sync.Envelope, held int, err error) {
	e.Terminal = s.opt.Terminal
	var body, result []byte
	var status, reason, mac sql.NullString
	var row, at, arrival sql.NullInt64
	if err := r.Scan(&e.Lane, &e.Incarnation, &e.Seq, &e.PrevHash, &e.Hash, &body, &status, &reason, &result, &row, &at, &arrival, &mac); err != nil {
		return e, 0, err
	}
	e.Body = body
	if mac.String == "" {
		return e, 0, nil
	}
	var op struct {
		ID hall.OpID `json:"op_id"`
	}
	if err := hall.Decode(body, &op); err != nil {
		return e, 0, err
	}
	e.Held = &sync.Verdict{OpID: op.ID, Seq: e.Seq, Status: hall.VerdictStatus(status.String), Result: result, Row: row.Int64,
		At: time.UnixMilli(at.Int64).In(hall.Zone), Order: arrival.Int64, MAC: mac.String}
	return e, len(result) + len(reason.String) + 256, hall.Decode([]byte(reason.String), &e.Held.Reason)
}

// Chains lists the last operation with a verdict of every chain, of this and
// earlier incarnations: what a follower asks about after the writer may have
// been put back.
func (s *Store) Chains(ctx context.Context) ([]sync.Push, error) {
	var out []sync.Push
	rows, err := s.readers.Load().QueryContext(ctx, `SELECT incarnation, lane, MAX(seq) FROM outbox WHERE acked = 1 GROUP BY incarnation, lane ORDER BY MIN(pos)`)
	type head struct {
		incarnation, lane string
		seq               int64
	}
	var heads []head
	err = collect(rows, err)(func(r *sql.Rows) error {
		var h head
		err := r.Scan(&h.incarnation, &h.lane, &h.seq)
		heads = append(heads, h)
		return err
	})
	if err != nil {
		return nil, disk("read the outbox", err)
	}
	for _, h := range heads {
		p, err := s.From(ctx, h.lane, h.incarnation, h.seq, 1, 1<<30)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Hole records that operations were asked for that this terminal no longer
// has, for a person to look at.
func (s *Store) Hole(ctx context.Context, lane, incarnation string, from, to int64) error {
	return s.write(ctx, func(t *tx) error {
		t.dirty = true
		at, _ := s.Now()
		return t.addWork(fmt.Sprintf("hole/%s/%s/%d", incarnation, lane, from), "", lane,
			hall.Text{Code: "hole", Params: map[string]string{"from": fmt.Sprint(from), "to": fmt.Sprint(to)}}, at)
	})
}

// Fork takes a new incarnation, because the writer knows this one with other
// operations: the disk was cloned or put back.
func (s *Store) Fork(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error { return t.newIncarnation("fork") })
}

// newIncarnation gives the database a life of its own: operations without a
// verdict go into new envelopes, the numbers are given up, requests for
// numbers are disowned (the other copy may get them too), queued slips fail,
// nothing is spent before the next sync, and somebody is to look where the other
// copy is. why is "" for a new database.
func (t *tx) newIncarnation(why string) error {
	at, _ := t.s.Now()
	t.next.incarnation = t.s.fresh.next(at)
	t.dirty, t.spent = true, true
	if err := t.setMeta("incarnation", t.next.incarnation); err != nil || why == "" {
		return err
	}
	t.s.opt.Logger.Warn("this database was copied or put back: new incarnation, owned numbers given up", "why", why)
	t.next.blocked = true
	if err := t.setMeta("blocked", why); err != nil {
		return err
	}
	if err := t.addWork("incarnation/"+t.next.incarnation, "", t.s.opt.Terminal, hall.Text{Code: "copied"}, at); err != nil {
		return err
	}
	if err := t.exec("UPDATE leases SET next = last + 1 WHERE next <= last"); err != nil {
		return err
	}
	t.next.leases = nil
	if err := t.setTemps(); err != nil {
		return err
	}
	if err := t.exec("UPDATE outbox SET disowned = 1 WHERE live = 1 AND acked = 0 AND kind IN (?, ?)", hall.LeaseNumbers, hall.LeaseApplicationNumbers); err != nil {
		return err
	}
	return t.reenvelope()
}

func (t *tx) reenvelope() error {
	type open struct {
		pos  int64
		lane string
		body []byte
	}
	var all []open
	err := t.each("SELECT pos, lane, body FROM outbox WHERE live = 1 AND acked = 0 ORDER BY pos", nil, func(r *sql.Rows) error {
		var o open
		err := r.Scan(&o.pos, &o.lane, &o.body)
		all = append(all, o)
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range all {
		seq, prev, hash, err := t.link(t.next.incarnation, o.lane, o.body)
		if err != nil {
			return err
		}
		if err := t.exec("UPDATE outbox SET incarnation = ?, seq = ?, prev_hash = ?, hash = ? WHERE pos = ?",
			t.next.incarnation, seq, prev, hash, o.pos); err != nil {
			return err
		}
	}
	return nil
}
