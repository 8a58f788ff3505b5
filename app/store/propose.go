package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
)

// Propose writes an operation down: outbox and overlay in one transaction.
// When it returns without an error the operation is on disk.
func (s *Store) Propose(ctx context.Context, d Draft) (hall.Op, error) {
	var op hall.Op
	err := s.write(ctx, func(t *tx) (err error) {
		op, err = t.propose(d)
		return err
	})
	if err != nil {
		return hall.Op{}, err
	}
	return op, nil
}

func (t *tx) propose(d Draft) (hall.Op, error) {
	info, ok := hall.KindOf(d.Kind)
	if !ok {
		return hall.Op{}, fail(CodeUnknownKind, "there is no operation "+string(d.Kind), "update the terminal", nil)
	}
	code := t.next.meta["hall"]
	if code == "" {
		return hall.Op{}, fail(CodeNeverSynced, "this terminal has never met its centre", "connect the line once", nil)
	}
	at, stamp := t.s.Now()
	op := hall.Op{ID: hall.OpID(t.s.fresh.next(at)), Kind: d.Kind, Schema: info.Schema, Lane: sync.HallLane(code), Hall: code,
		Entity: d.Entity, Actor: d.Actor, Terminal: t.s.opt.Terminal, Stamp: stamp, DependsOn: slices.Clone(d.DependsOn)}
	if info.Lane == "shared" {
		op.Lane = sync.SharedLane
	}
	var err error
	if op.Body, err = json.Marshal(d.Body); err != nil {
		return hall.Op{}, fail(CodeFailed, "the body of the operation cannot be written", "report this", err)
	}
	if d.Body == nil {
		op.Body = json.RawMessage("{}")
	}
	if d.Sealed != nil {
		if op.Sealed, err = t.seal(op.ID, op.Kind, d.Sealed); err != nil {
			return hall.Op{}, err
		}
	}
	return op, t.append(op, overlays(info))
}

// seal encrypts personal fields to the writer. The plain text goes nowhere else.
func (t *tx) seal(id hall.OpID, kind hall.Kind, plain any) ([]byte, error) {
	pub, err := base64.StdEncoding.DecodeString(t.next.meta["seal_key"])
	if err != nil || len(pub) == 0 {
		return nil, fail(CodeNeverSynced, "the centre's key is not known", "connect the line once", err)
	}
	text, err := json.Marshal(plain)
	defer clear(text)
	if err != nil {
		return nil, fail(CodeFailed, "the personal part cannot be written", "report this", nil)
	}
	return seal.Seal(pub, seal.Info(id, kind), text)
}

// append puts an operation at the end of its chain.
func (t *tx) append(op hall.Op, inOverlay bool) error {
	body, err := json.Marshal(op)
	if err != nil {
		return fail(CodeFailed, "the operation cannot be written", "report this", err)
	}
	seq, prev, hash, err := t.link(t.next.incarnation, op.Lane, body)
	if err != nil {
		return err
	}
	var pos int64
	if _, err := t.one(`INSERT INTO outbox (op_id, lane, incarnation, seq, prev_hash, hash, kind, entity, body, shadow)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING pos`,
		[]any{op.ID, op.Lane, t.next.incarnation, seq, prev, hash, op.Kind, op.Entity, body, inOverlay}, &pos); err != nil {
		return err
	}
	t.ops = append(t.ops, op.ID)
	t.dirty = true
	t.after = append(t.after, func(l *live) { l.put(op.ID, op.Entity) })
	if !inOverlay {
		return nil
	}
	if err := t.settle(); err != nil {
		return err
	}
	if _, err := t.castLast(shadow{pos: pos, op: op}); err != nil {
		return err
	}
	return t.settle()
}

// link makes the next envelope of a chain. Its head is always kept (see Prune).
func (t *tx) link(incarnation, lane string, body []byte) (seq int64, prev, hash string, err error) {
	k := chainKey{incarnation, lane}
	head, known := t.heads[k]
	if !known {
		head, known = t.next.live.heads[k] // only the writer changes it, and that is us
	}
	if !known {
		_, err = t.one("SELECT seq, hash FROM outbox WHERE incarnation = ? AND lane = ? ORDER BY seq DESC LIMIT 1",
			[]any{incarnation, lane}, &head.seq, &head.hash)
	}
	seq, prev = head.seq+1, head.hash
	hash = sync.EnvelopeHash(t.s.opt.Terminal, incarnation, lane, seq, prev, body)
	t.heads[k] = chainHead{seq, hash}
	return seq, prev, hash, err
}
