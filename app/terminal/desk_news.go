package terminal

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"hallway/app/hall"
)

// newsShown: how many news are kept.
const newsShown = 10

// watched is what was last seen of a case that waits.
type watched struct{ missing, timeout, overdue bool }

func watchedOf(k hall.Case, now time.Time) watched {
	var w watched
	for _, why := range k.Anomaly(now) {
		switch why.Code {
		case "anomaly_missing":
			w.missing = true
		case "anomaly_timeout":
			w.timeout = true
		case "anomaly_overdue":
			w.overdue = true
		}
	}
	return w
}

// watch is what is known of the cases of this clerk or window that wait, as far as
// the store's changes are taken in.
type watch struct {
	since  string // the session that this is of
	known  map[string]watched
	again  map[string]bool // looked at again, whether they change or not
	mark   int64           // of the store's changes
	before time.Time       // submitted before it is too long ago: so far
	told   map[string]bool // accepted by the law for want of words in time
	urged  map[string]int  // the number of the last reminder that was told
}

func newWatch(session string) watch {
	return watch{since: session, known: map[string]watched{}, again: map[string]bool{}, told: map[string]bool{}, urged: map[string]int{}}
}

// expect watches a case that will wait, or that is accepted by itself a moment
// later.
func (w *watch) expect(id string) { w.known[id], w.again[id] = watched{}, true }

// gather finds what happened to the cases of this clerk or window without the
// clerk: accepted by itself, a material missing or late, too long under way. It
// looks at what changed, and at what time made of the rest.
func (c *Counter) gather(st counterState, s *Session) {
	k := c.desk
	k.mu.Lock()
	defer k.mu.Unlock()
	first := k.watch.since != s.ID
	if first {
		k.watch, k.news = newWatch(s.ID), nil
	}
	if err := c.gatherCases(st, s, first); err != nil && c.life.Err() == nil {
		k.watch.mark = 0 // everything, the next time
		c.Logger.Error("the cases that wait cannot be read", "err", err)
	}
}

// gatherCases does it; k.mu is held.
func (c *Counter) gatherCases(st counterState, s *Session, first bool) error {
	k, lists := c.desk, []hall.CaseList{hall.CasesWaiting(s.Staff), hall.CasesAt(c.window)}
	changed, mark, known := k.store.CaseChanges(k.watch.mark)
	before := hall.AnomalyBefore(st.now)
	if known {
		late, err := k.store.CasePlaces(c.life, lists, hall.AnomalyLater, k.watch.before, before)
		if err != nil {
			return err
		}
		for _, p := range late {
			changed = append(changed, p.ID)
		}
	} else {
		var err error
		if changed, err = c.waiting(lists, before, first); err != nil {
			return err
		}
	}
	for id := range k.watch.again {
		changed = append(changed, id)
	}
	if first || !known {
		urged, err := c.urged(st, s)
		if err != nil {
			return err
		}
		changed = append(changed, urged...)
	}
	if first { // it happens at midnight, when nobody is here
		deemed, err := k.store.CasePlaces(c.life, []hall.CaseList{hall.CasesOf(s.Staff)}, hall.AnomalyAlways, time.Time{}, time.Time{})
		if err != nil {
			return err
		}
		for _, p := range deemed {
			changed = append(changed, p.ID)
		}
	}
	slices.Sort(changed)
	for _, id := range slices.Compact(changed) {
		if err := c.look(st, s, id, first); err != nil {
			return err
		}
	}
	k.watch.mark = mark
	if before.After(k.watch.before) {
		k.watch.before = before
	}
	return nil
}

// waiting brings what is known of the cases that wait up to date, as far as their
// places tell, and lists those to look at: with which something is wrong, too long
// under way since a moment ago, or not waiting any more.
func (c *Counter) waiting(lists []hall.CaseList, before time.Time, first bool) (ids []string, err error) {
	k, still := c.desk, map[string]bool{}
	for _, one := range []struct {
		part     string
		from, to time.Time
		is       watched
	}{{hall.AnomalyLater, before, time.Time{}, watched{}}, {hall.AnomalyLater, time.Time{}, before, watched{overdue: true}}, {part: hall.AnomalyAlways}} {
		found, err := k.store.CasePlaces(c.life, lists, one.part, one.from, one.to)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			still[p.ID] = true
			if one.part == hall.AnomalyAlways || one.is.overdue && !first && !k.watch.known[p.ID].overdue {
				ids = append(ids, p.ID)
			} else {
				k.watch.known[p.ID] = one.is
			}
		}
	}
	for id := range k.watch.known {
		if !still[id] {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// look compares a case with what was last seen of it; k.mu is held.
func (c *Counter) look(st counterState, s *Session, id string, first bool) error {
	k := c.desk
	delete(k.watch.again, id)
	one, ok, err := hall.Load[hall.Case](c.Store.World(), hall.EntityCase, id)
	if err != nil {
		return err
	}
	if ok {
		k.remind(st, s, one)
	}
	was, known := k.watch.known[id]
	if ok && one.State == hall.CasePending && (one.Clerk == s.Staff || one.Window == c.window) {
		is := watchedOf(one, st.now)
		k.watch.known[id] = is
		if first {
			return nil
		}
		if is.missing && !was.missing {
			k.report(st, one, "missing")
		}
		if is.timeout && !was.timeout {
			k.report(st, one, "timeout")
		}
		if is.overdue && !was.overdue {
			k.report(st, one, "overdue")
		}
		return nil
	}
	if ok && one.Clerk == s.Staff && one.Deemed && !one.Complete() {
		k.deemed(st, one)
		return nil
	}
	if !known {
		return nil
	}
	one, ok, err = hall.Load[hall.Case](st.world, hall.EntityCase, id)
	if err != nil || !ok || one.State.BeforeAcceptance() {
		k.watch.again[id] = true // our acceptance is on its way
		return err
	}
	delete(k.watch.known, id)
	switch {
	case one.Deemed:
		k.deemed(st, one)
	case one.AcceptedBy == hall.BySystem && !one.AcceptedAt.IsZero():
		k.report(st, one, "accepted")
	}
	return nil
}

// deemed tells, once in a session, that the law accepted a case because nobody said
// in time what was missing; k.mu is held.
func (k *desk) deemed(st counterState, one hall.Case) {
	delete(k.watch.known, one.ID)
	if !k.watch.told[one.ID] {
		k.watch.told[one.ID] = true
		k.report(st, one, "deemed")
	}
}

// report adds news; k.mu is held.
func (k *desk) report(st counterState, one hall.Case, code string) {
	k.tell(st, one, CaseNews{Code: code, At: local(st.now)})
}

// tell adds news of a case; k.mu is held.
func (k *desk) tell(st counterState, one hall.Case, news CaseNews) {
	it, _ := st.cat.Item(one.Item)
	news.ID, news.Case, news.Number, news.Item = rand.Text(), one.ID, one.Number, it.Name
	k.news = slices.Insert(k.news, 0, news)
	k.news = k.news[:min(len(k.news), newsShown)]
}

// DismissNews takes news off: they were read.
func (c *Counter) DismissNews(_ context.Context, id string) error {
	defer c.show()
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	c.desk.news = slices.DeleteFunc(c.desk.news, func(n CaseNews) bool { return n.ID == id })
	return nil
}
