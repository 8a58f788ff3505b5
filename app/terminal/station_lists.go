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
	papers   map[string]*hall.Paper // that were looked at; nil: not known here
	batches  []*hall.Batch          // that may be listed
	trips    []*hall.Consignment    // on the road, the oldest first
	open     *hall.Consignment      // being loaded here, nil when there is none
	counts   StationCounts
	shown    []BatchView
	tripView *TripView
	tripList []TripView
	couriers []StaffName
}

// paper finds a paper that was looked at.
func (l *stationLists) paper(id string) (hall.Paper, bool) {
	if p := l.papers[id]; p != nil {
		return *p, true
	}
	return hall.Paper{}, false
}

// paper finds a paper, as the lists know it. Callers hold mu.
func (s *Station) paper(id string) (hall.Paper, bool) {
	if _, looked := s.lists.papers[id]; !looked && id != "" {
		if err := s.lists.look(s.life, s.store, id); err != nil && s.life.Err() == nil {
			s.Logger.Error("a paper cannot be read", "err", err)
		}
	}
	return s.lists.paper(id)
}

// look takes papers in.
func (l *stationLists) look(ctx context.Context, store PaperStore, ids ...string) error {
	papers, err := store.Papers(ctx, ids...)
	if err != nil {
		return err
	}
	if l.papers == nil {
		l.papers = map[string]*hall.Paper{}
	}
	for i, p := range papers {
		l.papers[ids[i]] = p
	}
	return nil
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
	l := stationLists{}
	v := lister{station: s, cat: s.catalogue(), session: s.signedIn(), now: s.now(), l: &l}
	s.mu.Lock()
	v.selected, v.trip, v.jobs = s.selected, s.trip, maps.Clone(s.jobs)
	for _, e := range s.log.newest(scansShown) {
		if e.paper != "" {
			v.scanned = append(v.scanned, e.paper)
		}
	}
	s.mu.Unlock()
	if err := v.read(ctx); err != nil {
		if ctx.Err() == nil {
			s.Logger.Error("the lists of papers cannot be read", "err", err)
		}
		s.mu.Lock()
		s.stale = true // read again at the next look
		s.mu.Unlock()
		return
	}
	v.list()
	s.mu.Lock()
	s.lists = l
	s.mu.Unlock()
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
	scanned  []string // papers of the latest scans
}

// read takes in what may be listed, however much there is beside it.
func (v *lister) read(ctx context.Context) error {
	departments := v.station.departments()
	n, err := v.station.store.PaperCounts(ctx, departments, v.now)
	if err != nil {
		return err
	}
	v.l.counts = StationCounts{Waiting: n.Out, Unverified: n.Unverified, Attention: n.Attention, Overdue: n.Overdue}
	if v.station.department != "" {
		v.l.counts.Waiting = n.ToDo
	}
	if err := v.readTrips(ctx, departments); err != nil {
		return err
	}
	if err := v.readBatches(ctx, departments); err != nil {
		return err
	}
	ids := v.scanned
	if v.l.open != nil {
		ids = append(ids, v.l.open.Papers...)
	}
	for _, b := range v.l.batches {
		for _, bp := range b.Papers {
			ids = append(ids, bp.ID)
		}
	}
	for _, c := range v.l.trips {
		ids = append(ids, c.Papers...)
	}
	return v.l.look(ctx, v.station.store, ids...)
}

// departments are those whose papers are handled here.
func (s *Station) departments() []string {
	if s.department != "" {
		return []string{s.department}
	}
	return s.store.Departments()
}

// readTrips takes in the trip that is being loaded, and the latest on the road.
func (v *lister) readTrips(ctx context.Context, departments []string) error {
	ids := []string{v.trip}
	for _, d := range departments {
		sent, err := v.station.store.TripsSent(ctx, d, tripsShown)
		if err != nil {
			return err
		}
		ids = append(ids, sent...)
	}
	trips, err := v.station.store.Consignments(ctx, ids...)
	if err != nil {
		return err
	}
	if v.l.open = trips[0]; v.l.open != nil && v.l.open.State != hall.ConsignmentOpen {
		v.l.open = nil
	}
	v.l.trips = slices.DeleteFunc(trips[1:], func(c *hall.Consignment) bool { return c == nil })
	slices.SortFunc(v.l.trips, func(a, b *hall.Consignment) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.ID, b.ID))
	})
	v.l.trips = v.l.trips[max(0, len(v.l.trips)-tripsShown):]
	return nil
}

// readBatches takes in the batches that may be shown. At a department those with
// something to sign out stand before all others.
func (v *lister) readBatches(ctx context.Context, departments []string) error {
	s, lists := v.station.store, []hall.PaperList{hall.PapersToDo}
	if v.station.department == "" {
		lists = []hall.PaperList{hall.PapersOut, hall.PapersBack, hall.PapersUnverified, hall.PapersDisputed}
	}
	ids, err := s.BatchesOf(ctx, departments, batchesShown, lists...)
	if err != nil {
		return err
	}
	if v.station.department != "" && len(ids) < batchesShown {
		more, err := v.idle(ctx)
		if err != nil {
			return err
		}
		ids = append(ids, more...)
	}
	if v.selected != "" {
		ids = append(ids, v.selected)
	}
	slices.Sort(ids)
	batches, err := s.Batches(ctx, slices.Compact(ids)...)
	v.l.batches = slices.DeleteFunc(batches, func(b *hall.Batch) bool { return b == nil })
	return err
}

// idle are the batches of a department with nothing to sign out, and something to
// take back, to look into, or only to be known.
func (v *lister) idle(ctx context.Context) ([]string, error) {
	s, department := v.station.store, v.station.department
	ids, err := s.BatchesOf(ctx, []string{department}, batchesShown, hall.PapersHome, hall.PapersUnverified, hall.PapersDisputed)
	if err != nil {
		return nil, err
	}
	dropped, err := s.BatchesDropped(ctx, department, v.now.Add(-withdrawnFor), batchesShown)
	if err != nil {
		return nil, err
	}
	ids = append(ids, dropped...)
	if v.l.open == nil {
		return ids, nil
	}
	if err := v.l.look(ctx, s, v.l.open.Papers...); err != nil {
		return nil, err
	}
	for _, id := range v.l.open.Papers {
		if p, ok := v.l.paper(id); ok && p.Custody == hall.InTransit {
			ids = append(ids, hall.BatchID(p.Number, p.Department))
		}
	}
	return ids, nil
}

func (v *lister) list() {
	v.listBatches()
	v.listTrips()
	v.l.couriers = v.couriers()
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
	for _, b := range v.l.batches {
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
	return v.l.open != nil && contains(v.l.open.Papers, paper)
}

// withdrawnFor is how long a department's list keeps papers that are not wanted any
// more, so that nobody goes on looking for them.
const withdrawnFor = 7 * 24 * time.Hour

// withdrawnHere keeps such papers on the list.
func (v *lister) withdrawnHere(b *hall.Batch) bool {
	return v.station.department != "" && b.State != hall.BatchClosed && v.now.Sub(b.OpenedAt) < withdrawnFor &&
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
