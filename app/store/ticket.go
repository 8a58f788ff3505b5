package store

import (
	"context"
	"slices"
	"time"

	"hallway/app/hall"
)

// Issue spends an owned number for a ticket: the number, the operation, its
// overlay and the print job in one transaction. While the line is up the
// number comes from the reserve, so that numbers follow arrival; otherwise
// from the terminal's own block. CodeNoNumbers when there is none.
func (s *Store) Issue(ctx context.Context, d TicketDraft) (Issued, error) {
	s.awaitReserve(ctx, d.Group)
	var out Issued
	err := s.write(ctx, func(t *tx) (err error) {
		out, err = t.issue(d)
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return out, nil
}

// awaitReserve gives a request for numbers that is under way a moment.
func (s *Store) awaitReserve(ctx context.Context, group string) {
	ctx, cancel := context.WithTimeout(ctx, reserveWait)
	defer cancel()
	for {
		ring := s.bell.next()
		st := s.state.Load()
		day := s.today()
		if !s.online.Load() || st.blocked || pick(st.leases, group, day, false) >= 0 || !s.asking(group, day) {
			return
		}
		select {
		case <-ring:
		case <-ctx.Done():
			return
		}
	}
}

// asking says whether a request for the online reserve of a group is under way.
func (s *Store) asking(group, day string) bool {
	cat := s.state.Load().cat
	if cat == nil {
		return false
	}
	g, ok := cat.Group(group)
	return ok && s.PendingFor(hall.SeriesID(g.Prefix, day))
}

func (t *tx) issue(d TicketDraft) (Issued, error) {
	at, _ := t.s.Now()
	day := hall.DayOf(at)
	i := t.choose(d.Group, day)
	if i < 0 {
		return Issued{}, fail(CodeNoNumbers, "this terminal owns no number of this group for today", "connect the line, or send people to another kiosk", nil)
	}
	l := t.next.leases[i]
	body := hall.TakeTicketBody{Number: hall.FormatNumber(l.Prefix, l.Next), Lease: l.ID, Seq: l.Next, Day: day,
		Group: d.Group, Item: d.Item, Class: d.Class, Offline: l.Offline, Locale: d.Locale}
	draft := Draft{Kind: hall.TakeTicket, Entity: t.s.fresh.next(at), Actor: d.Actor, Body: body}
	if d.Appointment != "" {
		draft.Kind = hall.CheckIn
		draft.Body = hall.CheckInBody{TakeTicketBody: body, Appointment: d.Appointment, Way: d.Way}
	}
	if d.Person != nil {
		draft.Sealed = d.Person
	}
	if err := t.spend(i); err != nil {
		return Issued{}, err
	}
	op, err := t.propose(draft)
	if err != nil {
		return Issued{}, err
	}
	job, err := t.queueJob(op.ID, op.Entity, op.Lane, false, at)
	if err == nil && d.Begun {
		err = t.beginJob(job, at)
	}
	return Issued{Op: op, Ticket: op.Entity, Number: body.Number, Offline: l.Offline, Job: job}, err
}

// choose finds the lease to spend from: its index in next.leases, or -1.
func (t *tx) choose(group, day string) int {
	if t.next.blocked {
		return -1
	}
	if t.s.online.Load() {
		if i := pick(t.next.leases, group, day, false); i >= 0 {
			return i
		}
	}
	return pick(t.next.leases, group, day, true)
}

func pick(leases []Lease, group, day string, offline bool) int {
	return slices.IndexFunc(leases, func(l Lease) bool {
		return l.Group == group && l.Day == day && l.Offline == offline && l.Left() > 0
	})
}

// spend moves a lease on by one, and the generation with it.
func (t *tx) spend(i int) error {
	l := t.next.leases[i]
	if err := t.exec("UPDATE leases SET next = next + 1 WHERE id = ? AND next = ?", l.ID, l.Next); err != nil {
		return err
	}
	l.Next++
	t.next.leases = slices.Clone(t.next.leases)
	t.next.leases[i] = l
	if l.Left() == 0 {
		t.next.leases = slices.Delete(t.next.leases, i, i+1)
	}
	t.spent = true
	return nil
}

// Numbers says whether a number of the group could be spent now.
func (s *Store) Numbers(group string) bool {
	st := s.state.Load()
	if st.blocked {
		return false
	}
	day := s.today()
	return pick(st.leases, group, day, true) >= 0 ||
		s.online.Load() && (pick(st.leases, group, day, false) >= 0 || s.asking(group, day))
}

// Leases lists the blocks with numbers left, today's first.
func (s *Store) Leases() []Lease { return slices.Clone(s.state.Load().leases) }

// SetLine tells the store whether the line is up: it decides from which block
// a number is spent.
func (s *Store) SetLine(up bool) {
	if s.online.Swap(up) != up {
		s.changed()
	}
}

// EnsureLeases asks for the numbers that a kiosk should own: one ahead per
// group while the line is up, a block of its own letter per group that is kept
// at least half full, and from noon the next day's block too, for a morning
// without a line; for a counter and a kiosk a block of application numbers. It
// returns how many requests it wrote down.
func (s *Store) EnsureLeases(ctx context.Context) (int, error) {
	wants := s.wants()
	block, applications := s.applicationWant(s.state.Load())
	if len(wants) == 0 && !applications {
		return 0, nil
	}
	n := 0
	err := s.write(ctx, func(t *tx) error {
		for _, b := range wants {
			if s.PendingFor(b.Series) {
				continue // somebody was faster
			}
			if _, err := t.propose(Draft{Kind: hall.LeaseNumbers, Entity: b.Series, Actor: device, Body: b}); err != nil {
				return err
			}
			n++
		}
		if !applications || t.next.cat == nil || s.PendingFor(hall.ApplicationSeries(t.next.cat)) {
			return nil
		}
		n++
		_, err := t.propose(Draft{Kind: hall.LeaseApplicationNumbers, Entity: hall.ApplicationSeries(t.next.cat), Actor: device, Body: block})
		return err
	})
	return n, err
}

// device is the terminal acting for itself.
var device = hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice}

func (s *Store) wants() []hall.LeaseNumbersBody {
	st := s.state.Load()
	if st.cat == nil || st.blocked || st.terminal.Role != hall.AtKiosk || !s.online.Load() {
		return nil
	}
	now, _ := s.Now()
	day := hall.DayOf(now)
	days := []string{day}
	if now.Hour() >= 12 {
		days = append(days, hall.DayOf(now.AddDate(0, 0, 1)))
	}
	block := st.cat.Queue.OfflineBlock
	if block <= 0 {
		block = defaultBlock
	}
	var out []hall.LeaseNumbersBody
	want := func(g hall.Group, prefix, day string, count, least int, offline bool) {
		left := 0
		for _, l := range st.leases {
			if l.Group == g.ID && l.Day == day && l.Offline == offline {
				left += l.Left()
			}
		}
		series := hall.SeriesID(prefix, day)
		if left < least && !s.PendingFor(series) && !s.wasRefused(series) {
			out = append(out, hall.LeaseNumbersBody{Series: series, Group: g.ID, Day: day, Count: count, Offline: offline})
		}
	}
	for _, g := range st.cat.Groups {
		want(g, g.Prefix, day, 1, 1, false)
		if st.terminal.Letter == "" {
			continue
		}
		for _, d := range days {
			want(g, g.Prefix+st.terminal.Letter, d, block, (block+1)/2, true)
		}
	}
	return out
}

// refusedFor is how long a refused series is left alone.
const refusedFor = 10 * time.Minute

// leaveAlone keeps a series or a case from being asked for again for a while.
func (s *Store) leaveAlone(what string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[what] = s.opt.Clock().Add(d)
}

func (s *Store) wasRefused(series string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	until, ok := s.refused[series]
	return ok && s.opt.Clock().Before(until)
}

// own takes the lease of a verdict in; one that is known stays as it is. A
// writer that was put back may have given the block to somebody else since: if
// it names other numbers for the same lease, what is left of ours is given up.
func (t *tx) own(l hall.Lease) error {
	if l.Terminal != t.s.opt.Terminal {
		return nil
	}
	if err := t.exec(`INSERT INTO leases (id, series, grp, day, offline, prefix, next, first, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET next = leases.last + 1 WHERE leases.first <> excluded.first OR leases.last <> excluded.last`,
		l.ID, l.Series, l.Group, l.Day, l.Offline, l.Prefix, l.From, l.From, l.To); err != nil {
		return err
	}
	return t.loadLeases()
}

// Leased counts the numbers left per series that the terminal can spend without
// the line: today's of its own letter, and its application numbers.
func (s *Store) Leased() map[string]int {
	day, out := s.today(), map[string]int{}
	for _, l := range s.state.Load().leases {
		if l.Offline && (l.Day == day || l.Day == "") {
			out[l.Series] += l.Left()
		}
	}
	return out
}
