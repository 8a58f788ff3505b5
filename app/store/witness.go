package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"hallway/app/hall"
	"hallway/sync"
)

// Seen is what Witness made of one draft.
type Seen struct {
	Op hall.Op // its ID is empty when it was not written down
	// Out is what the rules make of it here, before its verdict.
	Out hall.Outcome
}

// Witness writes operations down in their order, all in one transaction: what
// comes from a scanner in a burst need not wait for one commit each. The rules
// are asked first, over the replica and everything before; keep decides by
// their answer whether an operation is written down at all.
func (s *Store) Witness(ctx context.Context, drafts []Draft, keep func(i int, out hall.Outcome) bool) ([]Seen, error) {
	var all []Seen
	err := s.write(ctx, func(t *tx) error {
		all = make([]Seen, 0, len(drafts))
		for i, d := range drafts {
			seen, err := t.witness(d, func(out hall.Outcome) bool { return keep(i, out) })
			if err != nil {
				return err
			}
			all = append(all, seen)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (t *tx) witness(d Draft, keep func(hall.Outcome) bool) (Seen, error) {
	info, ok := hall.KindOf(d.Kind)
	if !ok {
		return Seen{}, fail(CodeUnknownKind, "there is no operation "+string(d.Kind), "update the terminal", nil)
	}
	body, err := json.Marshal(d.Body)
	if err != nil {
		return Seen{}, fail(CodeFailed, "the body of the operation cannot be written", "report this", err)
	}
	at, stamp := t.s.Now()
	out, err := hall.Step(txWorld{t}, hall.Op{ID: "try", Kind: d.Kind, Schema: info.Schema, Entity: d.Entity, Actor: d.Actor,
		Terminal: t.s.opt.Terminal, Stamp: stamp, Body: body}, hall.Context{Now: at, Row: hall.OverlayRow})
	if err != nil || !keep(out) {
		return Seen{Out: out}, err
	}
	op, err := t.propose(d)
	return Seen{Op: op, Out: out}, err
}

// Waits reports whether an operation has no verdict yet.
func (s *Store) Waits(id hall.OpID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, waits := s.state.Load().live.pending[id]
	return waits
}

// Own is an operation of this terminal, and its verdict when it has one.
type Own struct {
	Op      hall.Op
	Verdict *sync.Verdict
}

// Recent lists the operations of some kinds that this terminal has written down
// since a time, newest first, at most limit: what a restart shows again.
func (s *Store) Recent(ctx context.Context, since time.Time, limit int, kinds ...hall.Kind) ([]Own, error) {
	from, err := ulid.New(ulid.Timestamp(since), bytes.NewReader(make([]byte, 16)))
	if err != nil {
		return nil, fail(CodeFailed, "the time cannot be looked for", "report this", err)
	}
	args := []any{from.String()}
	for _, k := range kinds {
		args = append(args, k)
	}
	rows, err := s.readers.Load().QueryContext(ctx, `SELECT o.body, v.seq, v.status, v.reason, v.result, v.row, v.at
		FROM outbox o LEFT JOIN verdicts v ON v.op_id = o.op_id
		WHERE o.op_id >= ? AND o.kind IN (`+strings.TrimSuffix(strings.Repeat("?,", len(kinds)), ",")+`) ORDER BY o.pos DESC LIMIT ?`,
		append(args, limit)...)
	var out []Own
	err = collect(rows, err)(func(r *sql.Rows) error {
		own, err := scanOwn(r)
		out = append(out, own)
		return err
	})
	return out, disk("read the outbox", err)
}

func scanOwn(r *sql.Rows) (Own, error) {
	var own Own
	var body, result []byte
	var seq, row, at sql.NullInt64
	var status, reason sql.NullString
	if err := r.Scan(&body, &seq, &status, &reason, &result, &row, &at); err != nil {
		return own, err
	}
	if err := hall.Decode(body, &own.Op); err != nil || !status.Valid {
		return own, err
	}
	own.Verdict = &sync.Verdict{OpID: own.Op.ID, Seq: seq.Int64, Status: hall.VerdictStatus(status.String),
		Result: result, Row: row.Int64, At: time.UnixMilli(at.Int64).In(hall.Zone)}
	return own, hall.Decode([]byte(reason.String), &own.Verdict.Reason)
}
