package store

import (
	"context"
	"encoding/base64"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Greeted takes the centre's hello in: clock anchor, hall, what to follow, the
// writer's key, the look-up keys. sent and received are BootTime on
// both sides of the request. From here on numbers may be spent again.
func (s *Store) Greeted(ctx context.Context, h sync.HelloReply, sent, received time.Duration) error {
	_, bootID := s.opt.Boot()
	half := (received - sent) / 2
	a := &anchor{Server: h.ServerTime, Boot: sent + half, BootID: bootID, Bound: half}
	a.WallOff = h.ServerTime.Add(half).Sub(s.opt.Clock())
	s.anchor.Store(a) // the day of the numbers below is the centre's
	return s.write(ctx, func(t *tx) error {
		t.dirty = true
		return t.greet(h, a)
	})
}

func (t *tx) greet(h sync.HelloReply, a *anchor) error {
	n := &t.next
	pairs := []string{"hall", h.Hall, "seal_key", base64.StdEncoding.EncodeToString(h.SealKey), "seal_key_id", h.SealKeyID, "blocked", ""}
	for key, v := range map[string]any{"anchor": a, "enrolled": h.Terminal, "lanes": h.Lanes} {
		text, err := marshal(v)
		if err != nil {
			return err
		}
		pairs = append(pairs, key, text)
	}
	if len(h.LookupKey) > 0 {
		n.lookupDay, n.lookupKey = h.LookupDay, h.LookupKey
		pairs = append(pairs, "lookup_day", h.LookupDay, "lookup_key", t.s.box.seal(h.LookupKey, "lookup/"+h.LookupDay))
	}
	n.ownerKey = h.OwnerKey // a role that does not get it does not keep it
	pairs = append(pairs, "owner_key", "")
	if len(h.OwnerKey) > 0 {
		pairs[len(pairs)-1] = t.s.box.seal(h.OwnerKey, "owner/"+h.Hall)
	}
	moved := n.meta["hall"] != h.Hall && n.meta["hall"] != ""
	if err := t.setMeta(pairs...); err != nil {
		return err
	}
	n.terminal, n.lanes, n.blocked = h.Terminal, h.Lanes, false
	forget := t.forgetFeeds
	if moved {
		forget = t.forgetHall
	}
	if err := forget(h); err != nil {
		return err
	}
	if err := t.loadCatalogue(); err != nil {
		return err
	}
	if err := t.loadLeases(); err != nil {
		return err
	}
	return t.compare(h)
}

// compare takes a new incarnation when the centre has operations of this one that
// are not here: the whole disk was copied or put back, its generation file too.
// They may have spent the numbers that this database still thinks its own.
func (t *tx) compare(h sync.HelloReply) error {
	if h.Incarnation != t.next.incarnation {
		return nil
	}
	for lane, sent := range h.Sent {
		var own int64
		if _, err := t.one("SELECT seq FROM outbox WHERE incarnation = ? AND lane = ? ORDER BY seq DESC LIMIT 1", []any{h.Incarnation, lane}, &own); err != nil {
			return err
		}
		if own < sent {
			return t.newIncarnation("rolled_back")
		}
	}
	return nil
}

// forgetHall drops the replica of the hall that this terminal has left.
func (t *tx) forgetHall(h sync.HelloReply) error {
	for _, q := range []string{"DELETE FROM replica WHERE lane NOT IN (?, ?)", "DELETE FROM cursors WHERE lane NOT IN (?, ?)",
		"DELETE FROM parts WHERE lane NOT IN (?, ?)", "DELETE FROM fetching WHERE lane NOT IN (?, ?)", "DELETE FROM tail WHERE lane NOT IN (?, ?)"} {
		if err := t.exec(q, sync.SharedLane, sync.HallLane(h.Hall)); err != nil {
			return err
		}
	}
	for _, table := range []string{"places", "tallies"} { // no kind of the lane that all halls share is listed
		if err := t.exec("DELETE FROM " + table); err != nil {
			return err
		}
	}
	return t.forgotten()
}

// forgetFeeds drops what this terminal no longer follows: its role or its
// department is another one, or a department is gone.
func (t *tx) forgetFeeds(h sync.HelloReply) error {
	if len(h.Lanes) == 0 {
		return nil
	}
	named := map[feedKey]bool{}
	for _, lf := range h.Lanes {
		for _, feed := range lf.Feeds {
			named[feedKey{lf.Lane, feed}] = true
		}
	}
	any := false
	for key := range t.next.cursors {
		if named[key] {
			continue
		}
		any = true
		t.s.opt.Logger.Info("a feed is no longer followed and is dropped", "lane", key.lane, "feed", key.feed)
		for _, table := range []string{"replica", "cursors", "tail", "parts", "fetching"} {
			if err := t.exec("DELETE FROM "+table+" WHERE lane = ? AND feed = ?", key.lane, key.feed); err != nil {
				return err
			}
		}
		if err := t.unplace(key.feed); err != nil {
			return err
		}
	}
	if !any {
		return nil
	}
	return t.forgotten()
}

// forgotten makes the memory of what is left.
func (t *tx) forgotten() error {
	t.next.cursors = map[feedKey]cursor{}
	if err := t.loadCursors(); err != nil {
		return err
	}
	if err := t.reread(); err != nil {
		return err
	}
	t.todo.all = true
	if _, err := t.liftArrived(); err != nil {
		return err
	}
	return t.settle()
}

// LookupKey is the keyed-hash key of a day for finding appointments (package
// seal), when the centre gave it.
func (s *Store) LookupKey(day string) ([]byte, bool) {
	st := s.state.Load()
	if st.lookupDay != day || len(st.lookupKey) == 0 {
		return nil, false
	}
	return st.lookupKey, true
}

// OwnerKey is the keyed-hash key under which the cases of people are found
// (seal.OwnerLook, seal.QueryPassword), when the centre gave it: at
// counters and kiosks.
func (s *Store) OwnerKey() ([]byte, bool) {
	key := s.state.Load().ownerKey
	return key, len(key) > 0
}

// Follows lists the feeds that this terminal follows.
func (s *Store) Follows() []sync.LaneFeeds { return s.state.Load().lanes }

var _ hall.World = (*world)(nil)
