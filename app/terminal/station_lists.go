package terminal

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
)

// batchesShown is how many batches the work list shows.
const batchesShown = 100

// stationLists is what the view lists, made from the store's lists when they
// changed, so that a scan need not make them.
type stationLists struct {
	papers   []hall.Paper // in the order of their ids; the store's, not to be changed
	batches  []hall.Batch // likewise
	trips    []hall.Consignment
	counts   StationCounts
	shown    []BatchView
	tripView *TripView
	tripList []TripView
	couriers []StaffName
}

// paper finds a paper.
func (l *stationLists) paper(id string) (hall.Paper, bool) {
	i, ok := slices.BinarySearchFunc(l.papers, id, func(p hall.Paper, id string) int { return strings.Compare(p.ID, id) })
	if !ok {
		return hall.Paper{}, false
	}
	return l.papers[i], true
}

// tripOf finds a trip.
func (l *stationLists) tripOf(id string) (hall.Consignment, bool) {
	i := slices.IndexFunc(l.trips, func(c hall.Consignment) bool { return c.ID == id })
	if i < 0 {
		return hall.Consignment{}, false
	}
	return l.trips[i], true
}

// relist makes the lists again when anything of them changed.
func (s *Station) relist(ctx context.Context) {
	s.list1.Lock()
	defer s.list1.Unlock()
	s.mu.Lock()
	stale := s.stale
	s.stale = false
	s.mu.Unlock()
	if !stale {
		return
	}
	now := s.now()
	l, err := s.readLists(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Logger.Error("the lists of papers cannot be read", "err", err)
		}
		s.mu.Lock()
		s.stale = true // read again at the next look
		s.mu.Unlock()
		return
	}
	v := lister{station: s, cat: s.catalogue(), session: s.signedIn(), now: now, l: &l}
	s.mu.Lock()
	v.selected, v.trip, v.jobs = s.selected, s.trip, maps.Clone(s.jobs)
	s.mu.Unlock()
	v.list()
	s.mu.Lock()
	s.lists = l
	s.mu.Unlock()
}

func (s *Station) readLists(ctx context.Context) (l stationLists, err error) {
	if l.papers, err = s.store.Papers(ctx, s.department); err != nil {
		return l, err
	}
	if l.batches, err = s.store.Batches(ctx, s.department); err != nil {
		return l, err
	}
	l.trips, err = s.store.Consignments(ctx, s.department)
	return l, err
}

// lister makes the lists of one moment.
type lister struct {
	station  *Station
	cat      *hall.Catalogue
	session  *Session
	now      time.Time
	jobs     map[string]string // state of the latest job, by what was printed
	l        *stationLists
	selected string
	trip     string
}

func (v *lister) list() {
	v.count()
	v.listBatches()
	v.listTrips()
	v.l.couriers = v.couriers()
}

// count counts what is to be done, over all papers.
func (v *lister) count() {
	c := &v.l.counts
	for i := range v.l.papers {
		p := &v.l.papers[i]
		switch {
		case v.station.department != "" && p.Custody == hall.AtDepartment && p.Wanted(),
			v.station.department == "" && p.Custody == hall.InTransit:
			c.Waiting++
		}
		if p.Custody == hall.Unverified {
			c.Unverified++
		}
		if p.Attention {
			c.Attention++
		}
		if p.Overdue(v.now) {
			c.Overdue++
		}
	}
}

// work is a batch with what its place in the list follows from.
type work struct {
	batch  *hall.Batch
	papers []hall.Paper
	due    time.Time
	idle   bool // every paper of it is withdrawn or refused, or has left
}

// listBatches lists what there is to do here: by item, then by what is due
// first (requirements A-39); the batch that was looked up stands in front, what
// is only to be known at the end.
func (v *lister) listBatches() {
	var all []work
	for i := range v.l.batches {
		b := &v.l.batches[i]
		if b.ID != v.selected && !v.here(b) {
			continue
		}
		w := work{batch: b, idle: true}
		for _, bp := range b.Papers {
			p, ok := v.l.paper(bp.ID)
			if !ok {
				p = hall.Paper{ID: bp.ID, Custody: bp.Custody}
			}
			if w.papers = append(w.papers, p); !p.Due.IsZero() && (w.due.IsZero() || p.Due.Before(w.due)) {
				w.due = p.Due
			}
			w.idle = w.idle && (p.Only || p.Refused != "" || bp.Custody != hall.AtDepartment) && v.station.department != ""
		}
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b work) int {
		return cmp.Or(boolInt(b.batch.ID == v.selected)-boolInt(a.batch.ID == v.selected), boolInt(a.idle)-boolInt(b.idle),
			strings.Compare(a.batch.Item, b.batch.Item), a.due.Compare(b.due), strings.Compare(a.batch.ID, b.batch.ID))
	})
	if len(all) > batchesShown {
		all = all[:batchesShown]
	}
	v.l.shown = make([]BatchView, 0, len(all))
	for _, w := range all {
		v.l.shown = append(v.l.shown, v.batchView(w))
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// here reports whether there is something left to do with a batch at this
// station: at a department, to sign out, or to take back; in the hall, to sign
// in, to send back, or to look into. A batch that is closed (all came, or the
// trip was counted) may still hold paper that goes back.
func (v *lister) here(b *hall.Batch) bool {
	for _, bp := range b.Papers {
		if bp.Custody == hall.Disputed || bp.Custody == hall.Unverified {
			return true
		}
		if v.station.department != "" {
			if bp.Custody == hall.AtDepartment && !bp.Dropped || bp.Custody == hall.InTransitBack {
				return true
			}
			if bp.Custody == hall.InTransit && v.aboard(bp.ID) {
				return true
			}
			continue
		}
		if bp.Custody == hall.InTransit {
			return true
		}
		if p, ok := v.l.paper(bp.ID); ok && p.GoesBack() {
			return true
		}
	}
	return v.withdrawnHere(b)
}

// aboard reports whether a paper lies in the trip that is being loaded.
func (v *lister) aboard(paper string) bool {
	c, ok := v.l.tripOf(v.trip)
	return ok && c.State == hall.ConsignmentOpen && contains(c.Papers, paper)
}

// withdrawnHere keeps papers that are not wanted any more on a department's
// list for a week, so that nobody goes on looking for them.
func (v *lister) withdrawnHere(b *hall.Batch) bool {
	return v.station.department != "" && b.State != hall.BatchClosed && v.now.Sub(b.OpenedAt) < 7*24*time.Hour &&
		slices.ContainsFunc(b.Papers, func(p hall.BatchPaper) bool { return p.Dropped })
}

func (v *lister) batchView(w work) BatchView {
	b := w.batch
	out := BatchView{ID: b.ID, Number: b.Number, State: b.State, Due: inZone(w.due), Papers: make([]PaperView, 0, len(w.papers)),
		Withdrawn: len(w.papers) > 0, Labels: v.labelsOf(b), Print: v.printAct(), Department: departmentName(v.cat, b.Department)}
	if it, ok := v.cat.Item(b.Item); ok {
		out.Item = it.Name
	} else {
		out.Item = hall.Names{"zh-Hans": b.Item}
	}
	for i := range w.papers {
		p := &w.papers[i]
		out.Withdrawn = out.Withdrawn && p.Only
		out.Overdue = out.Overdue || p.Overdue(v.now)
		out.Papers = append(out.Papers, PaperView{ID: p.ID, Material: materialName(v.cat, p.Code), Code: p.Code, Attempt: p.Attempt,
			Custody: p.Custody, Pending: v.station.Store.PendingFor(p.ID), Back: p.GoesBack(), Refused: p.Refused, Attend: p.Attention,
			Refuse: v.refuseAct(p)})
	}
	if out.Withdrawn && out.Print.Allowed {
		out.Print = deny("batch_withdrawn")
	}
	return out
}

func inZone(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(hall.Zone)
}

func departmentName(cat *hall.Catalogue, id string) hall.Names {
	if d, ok := cat.Department(id); ok {
		return d.Name
	}
	return hall.Names{"zh-Hans": id}
}

func materialName(cat *hall.Catalogue, code string) hall.Names {
	if m, ok := cat.MaterialDef(code); ok {
		return m.Name
	}
	return hall.Names{"zh-Hans": code}
}

// labelsOf is what became of a batch's cover sheet and labels: the worst of
// their latest jobs.
func (v *lister) labelsOf(b *hall.Batch) string {
	worst := "printed"
	rank := map[string]int{"printed": 0, "none": 1, "printing": 2, "unknown": 3, "failed": 4}
	see := func(kind, id string) {
		state := map[string]string{"": "none", store.JobQueued: "printing", store.JobBegun: "printing", store.JobConfirmed: "printed",
			store.JobParsed: "printed", store.JobUnknown: "unknown", store.JobFailed: "failed"}[v.jobs[kind+" "+id]]
		if rank[state] > rank[worst] {
			worst = state
		}
	}
	see(paperCover, b.ID)
	for _, p := range b.Papers {
		see(paperLabel, p.ID)
	}
	return worst
}

func (v *lister) printAct() Act {
	if v.session == nil {
		return deny("not_signed_in")
	}
	return v.station.printerAct()
}

// refuseAct: may the department say that it does not release a paper?
func (v *lister) refuseAct(p *hall.Paper) Act {
	switch {
	case v.session == nil:
		return deny("not_signed_in")
	case v.station.department == "":
		return deny("at_department_only")
	case p.Refused != "":
		return deny("refused_already")
	case p.Custody != hall.AtDepartment || p.Only:
		return deny("paper_out", "custody", string(p.Custody))
	case !v.station.online():
		return deny("offline")
	case v.station.Store.PendingFor(p.ID):
		return deny("pending")
	}
	if _, may := v.station.actor(v.session, hall.RefusePaper); !may {
		return deny("forbidden")
	}
	return allow()
}
