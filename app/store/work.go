package store

import (
	"context"
	"slices"
	"time"

	"hallway/app/hall"
)

// Outbox counts the operations without a verdict (待同步).
func (s *Store) Outbox() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.state.Load().live.pending)
}

// PendingFor reports whether an operation on this entity has no verdict yet.
func (s *Store) PendingFor(entity string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.Load().live.byName[entity] > 0
}

// WorkList lists what somebody must deal with (需处理), oldest first.
func (s *Store) WorkList() []Rejection { return slices.Clone(s.state.Load().work) }

// Dismiss takes one off the list; what is not on it is off already.
func (s *Store) Dismiss(ctx context.Context, id string) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.exec("UPDATE work SET dismissed = ? WHERE id = ? AND dismissed = 0", s.nowMilli(), id); err != nil {
			return err
		}
		t.dirty = true
		return t.loadWork()
	})
}

func (t *tx) addWork(id string, kind hall.Kind, entity string, reason hall.Text, at time.Time) error {
	raw, err := marshal(reason)
	if err != nil {
		return err
	}
	if err := t.exec("INSERT INTO work (id, kind, entity, reason, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		id, kind, entity, raw, at.UnixMilli()); err != nil {
		return err
	}
	t.reWork = true
	return nil
}

// old are the operations to forget; the head of each chain stays.
const old = `live = 0 AND acked_at < ? AND EXISTS (SELECT 1 FROM outbox n
	WHERE n.incarnation = outbox.incarnation AND n.lane = outbox.lane AND n.seq > outbox.seq)`

// Prune forgets what has been kept long enough: operations 30 days after their
// verdict, ended jobs, dismissed work, the numbers of past days, rows
// (pruneTail) and files (pruneFiles). It does nothing while the clock cannot be trusted: a dead battery must not make it
// forget. Open calls it, and the client does daily.
func (s *Store) Prune(ctx context.Context) error {
	now, stamp := s.Now()
	if stamp.Trust != hall.TrustSynced {
		return nil
	}
	if err := s.pruneFiles(ctx, now, keepBytes); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		limit := now.Add(-keepAcked).UnixMilli()
		for _, q := range []string{
			"DELETE FROM verdicts WHERE op_id IN (SELECT op_id FROM outbox WHERE " + old + ")",
			"DELETE FROM outbox WHERE " + old,
			"DELETE FROM jobs WHERE state NOT IN ('queued', 'begun') AND changed < ?",
			"DELETE FROM work WHERE dismissed > 0 AND dismissed < ?",
		} {
			if err := t.exec(q, limit); err != nil {
				return err
			}
		}
		if err := t.exec("DELETE FROM leases WHERE day < ? AND day <> ''", hall.DayOf(now.Add(-keepAcked))); err != nil {
			return err
		}
		if err := t.exec("DELETE FROM temps WHERE day < ?", hall.DayOf(now.Add(-keepAcked))); err != nil {
			return err
		}
		if err := t.pruneTail(now, keepTail); err != nil {
			return err
		}
		return t.loadLeases()
	})
}
