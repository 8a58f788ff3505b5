package terminal

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/printer"
)

// Papers that a station prints; kinds of its print jobs.
const (
	paperCover = "cover" // cover sheet of a batch (批次封面)
	paperLabel = "label" // label of a paper (标签)
	paperTrip  = "trip"  // hand-over slip (交接单)
)

// printing is one document on its way to the printer.
type printing struct {
	job    Job
	number string
	doc    printer.Document
}

// press is the queue before the printer, without a bound: whoever scans never
// waits for paper.
type press struct {
	mu   sync.Mutex
	all  []printing
	more chan struct{}
}

func newPress() *press { return &press{more: make(chan struct{}, 1)} }

func (p *press) put(x printing) {
	p.mu.Lock()
	p.all = append(p.all, x)
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *press) take() (printing, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == 0 {
		return printing{}, false
	}
	x := p.all[0]
	p.all = p.all[1:]
	return x, true
}

// printAll prints one document after the other.
func (s *Station) printAll(ctx context.Context) {
	for {
		x, ok := s.press.take()
		if ok {
			s.printOne(ctx, x)
			continue
		}
		select {
		case <-s.press.more:
		case <-ctx.Done():
			return
		}
	}
}

// printOne prints one document and records what became of it. After the end of
// Run what was not begun stays queued, and the next start settles it.
func (s *Station) printOne(life context.Context, x printing) {
	if life.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(life, printWait)
	defer cancel()
	outcome, err := printer.NotPrinted, error(nil)
	if s.Devices.Printer == nil {
		err = errors.New("there is no printer")
	} else {
		outcome, err = s.roll(ctx, printer.Job{ID: x.job.ID, Doc: x.doc,
			Begin: func() error { return s.Store.JobBegun(ctx, x.job.ID) }})
	}
	if err != nil {
		s.Logger.Warn("paper not certainly printed", "kind", x.job.Kind, "job", x.job.ID, "outcome", outcome, "err", err)
	}
	if err := s.Store.JobEnded(context.WithoutCancel(life), x.job.ID, string(outcome)); err != nil {
		s.Logger.Error("outcome of a paper could not be written down", "job", x.job.ID, "err", err)
	}
	s.mu.Lock()
	s.setJob(x.job, x.number, string(outcome), s.now())
	s.mu.Unlock()
	s.listsChanged()
}

// printsShown is how many papers a view lists.
const printsShown = 20

// setJob notes the state of a job. Callers hold mu.
func (s *Station) setJob(job Job, number, state string, at time.Time) {
	s.jobs[job.Kind+" "+job.Ticket] = state
	s.stale = true
	shown := DeskPrint{ID: job.ID, Case: number, Paper: job.Kind, Outcome: state, At: at.In(hall.Zone)}
	switch state {
	case store.JobQueued, store.JobBegun:
		shown.Outcome = "printing"
	case store.JobFailed:
		shown.Why = notice(devices.Error, "paper_failed", "number", number)
	case store.JobUnknown:
		shown.Why = notice(devices.Warn, "paper_unknown", "number", number)
	}
	for i := range s.prints {
		if s.prints[i].ID == job.ID {
			s.prints[i] = shown
			return
		}
	}
	s.prints = append([]DeskPrint{shown}, s.prints...)
	s.prints = s.prints[:min(printsShown, len(s.prints))]
}

// jobsKept is how long the state of labels is known; the store keeps it so long.
const jobsKept = 30 * 24 * time.Hour

// restorePrints knows again what was printed before a restart. The store has
// settled what was begun; what still stands in the queue, a moment old, is not
// printed by itself: whoever wanted it asks again. Callers hold mu.
func (s *Station) restorePrints(ctx context.Context, since time.Time) {
	all, err := s.store.PaperJobs(ctx, since.Add(-jobsKept))
	if err != nil {
		s.Logger.Error("what was printed before cannot be read", "err", err)
		return
	}
	for i := len(all) - 1; i >= 0; i-- {
		j := all[i]
		if j.State == store.JobQueued {
			if err := s.Store.JobEnded(ctx, j.ID, store.JobFailed); err != nil {
				s.Logger.Error("outcome of a paper could not be written down", "job", j.ID, "err", err)
			}
			j.State = store.JobFailed
		}
		job := Job{ID: j.ID, Kind: j.Kind, Ticket: j.Key, Reprint: j.Reprint}
		if j.At.Before(since) {
			s.jobs[j.Kind+" "+j.Key] = j.State
			continue
		}
		s.setJob(job, numberOf(job), j.State, j.At)
	}
}

// numberOf is the application number, or the trip, that a job is of.
func numberOf(j Job) string {
	for i := range j.Ticket {
		if j.Ticket[i] == '/' {
			return j.Ticket[:i]
		}
	}
	return j.Ticket
}

// queue writes a job down and puts its document before the printer. A paper
// that may have come out before is marked as a reprint (补打). What the last
// process left is settled first: a new job is none of that.
func (s *Station) queue(ctx context.Context, kind, of string, layout func(reprint bool) printer.Document) error {
	select {
	case <-s.restored:
	case <-ctx.Done():
		return ctx.Err()
	}
	job, err := s.store.QueuePaper(context.WithoutCancel(ctx), store.PaperJob{Kind: kind, Key: of})
	if err != nil {
		return s.storeProblem(err, "")
	}
	s.mu.Lock()
	s.setJob(job, numberOf(job), store.JobQueued, s.now())
	s.mu.Unlock()
	s.press.put(printing{job: job, number: numberOf(job), doc: layout(job.Reprint)})
	return nil
}

// mayPrint: asked again right before a job is made.
func (s *Station) mayPrint() error {
	v := lister{station: s, session: s.signedIn()}
	if a := v.printAct(); !a.Allowed {
		return refused(a)
	}
	return nil
}

// PrintBatch prints a batch's cover sheet and one label for each of its papers
// that is still wanted.
func (s *Station) PrintBatch(ctx context.Context, r BatchRequest) error {
	defer s.show()
	if err := s.mayPrint(); err != nil {
		return err
	}
	b, ok, err := hall.Load[hall.Batch](s.Store.World(), hall.EntityBatch, r.Batch)
	if err != nil {
		return err
	}
	if !ok {
		return Fail(http.StatusNotFound, "batch_unknown")
	}
	papers := s.wanted(b)
	if len(papers) == 0 {
		return refused(deny("batch_withdrawn"))
	}
	if err := s.queue(ctx, paperCover, b.ID, func(reprint bool) printer.Document { return s.cover(b, papers, reprint).Roll() }); err != nil {
		return err
	}
	for i, p := range papers {
		if err := s.printLabel(ctx, p, i+1, len(papers)); err != nil {
			return err
		}
	}
	s.relist(s.life)
	return nil
}

// wanted are the papers of a batch that are not withdrawn or refused.
func (s *Station) wanted(b hall.Batch) []hall.Paper {
	var papers []hall.Paper
	for _, bp := range b.Papers {
		p, ok, err := hall.Load[hall.Paper](s.Store.World(), hall.EntityPaper, bp.ID)
		if err != nil {
			s.Logger.Error("a paper cannot be read", "paper", bp.ID, "err", err)
		}
		if ok && !p.Only && p.Refused == "" {
			papers = append(papers, p)
		}
	}
	return papers
}

// PrintLabel prints the label of one paper again.
func (s *Station) PrintLabel(ctx context.Context, r PaperRequest) error {
	defer s.show()
	if err := s.mayPrint(); err != nil {
		return err
	}
	p, ok, err := hall.Load[hall.Paper](s.Store.World(), hall.EntityPaper, r.Paper)
	if err != nil {
		return err
	}
	if !ok {
		return Fail(http.StatusNotFound, "paper_unknown")
	}
	b, _, err := hall.Load[hall.Batch](s.Store.World(), hall.EntityBatch, hall.BatchID(p.Number, p.Department))
	if err != nil {
		return err
	}
	no, of := 0, 0
	for i, w := range s.wanted(b) {
		if of++; w.ID == p.ID {
			no = i + 1
		}
	}
	if no == 0 {
		of = 0 // not wanted any more: a label to send it back with
	}
	err = s.printLabel(ctx, p, no, of)
	s.relist(s.life)
	return err
}

func (s *Station) printLabel(ctx context.Context, p hall.Paper, no, of int) error {
	return s.queue(ctx, paperLabel, p.ID, func(reprint bool) printer.Document { return s.label(p, no, of, reprint) })
}

func (s *Station) label(p hall.Paper, no, of int, reprint bool) printer.Document {
	cat := s.catalogue()
	l, _ := hall.LabelOfPaper(p.ID)
	return print.MaterialLabel(print.Label{Locale: s.Config.Locale, Application: p.Number, Material: materialName(cat, p.Code), Code: p.Code,
		Attempt: p.Attempt, No: no, Of: of, To: hallName(cat).In(s.Config.Locale), Scan: hall.EncodeLabel(l), Reprint: reprint})
}

func (s *Station) cover(b hall.Batch, papers []hall.Paper, reprint bool) print.Paper {
	cat := s.catalogue()
	it, _ := cat.Item(b.Item)
	c := print.Batch{Head: s.head(cat, reprint), Department: departmentName(cat, b.Department), Application: b.Number, Item: it.Name}
	for _, p := range papers {
		c.Papers = append(c.Papers, print.Material{Name: materialName(cat, p.Code), Code: p.Code, Attempt: p.Attempt})
		if c.Due.IsZero() || !p.Due.IsZero() && p.Due.Before(c.Due) {
			c.Due = p.Due
		}
	}
	return print.BatchCover(c)
}

func (s *Station) head(cat *hall.Catalogue, reprint bool) print.Head {
	return print.Head{Locale: s.Config.Locale, Hall: hallName(cat), At: s.now(), Reprint: reprint}
}

func hallName(cat *hall.Catalogue) hall.Names {
	if cat == nil {
		return hall.Names{}
	}
	return cat.Name
}

// PrintTrip prints a trip's hand-over slip again.
func (s *Station) PrintTrip(ctx context.Context, r TripRequest) error {
	defer s.show()
	if err := s.mayPrint(); err != nil {
		return err
	}
	c, ok, err := hall.Load[hall.Consignment](s.Store.World(), hall.EntityConsignment, r.Trip)
	if err != nil {
		return err
	}
	if !ok {
		return Fail(http.StatusNotFound, "trip_unknown")
	}
	err = s.queue(ctx, paperTrip, c.ID, func(reprint bool) printer.Document { return s.slip(c, reprint).Roll() })
	s.relist(s.life)
	return err
}

// printTrip prints a trip's slip when it has been sent or closed. The trip
// stands whatever becomes of the paper: the view tells, and it can be printed
// again.
func (s *Station) printTrip(id string) {
	c, ok, err := hall.Load[hall.Consignment](s.Store.World(), hall.EntityConsignment, id)
	if err == nil && ok {
		kind := paperTrip
		if c.State == hall.ConsignmentClosed {
			kind = paperTripClosed
		}
		err = s.queue(s.life, kind, id, func(reprint bool) printer.Document { return s.slip(c, reprint).Roll() })
	}
	if err != nil {
		s.Logger.Error("the slip of a trip is not printed", "trip", id, "err", err)
	}
}

// paperTripClosed is the slip after the count: another paper than the
// courier's list, not a reprint of it.
const paperTripClosed = "trip_closed"

// slip gathers what the hand-over slip says: every paper with what the
// scanners saw of it, by application.
func (s *Station) slip(c hall.Consignment, reprint bool) print.Paper {
	cat := s.catalogue()
	h := print.HandOver{Head: s.head(cat, reprint), Number: c.ID, Department: departmentName(cat, c.Department),
		Courier: staffName(cat, c.Courier), GivenBy: staffName(cat, c.OpenedBy), GivenAt: c.OpenedAt}
	if c.State == hall.ConsignmentClosed {
		h.TakenBy, h.TakenAt = staffName(cat, c.ClosedBy), c.ClosedAt
	}
	at := map[string]int{}
	for _, id := range c.Papers {
		p, ok, err := hall.Load[hall.Paper](s.Store.World(), hall.EntityPaper, id)
		if err != nil || !ok {
			s.Logger.Error("a paper of a trip cannot be read", "paper", id, "err", err)
			l, _ := hall.LabelOfPaper(id)
			p = hall.Paper{ID: id, Number: l.Number, Code: materialCode(l.Material), Attempt: l.Attempt}
		}
		i, ok := at[p.Number]
		if !ok {
			it, _ := cat.Item(p.Item)
			i = len(h.Batches)
			at[p.Number] = i
			h.Batches = append(h.Batches, print.HandOverBatch{Application: p.Number, Item: it.Name})
		}
		h.Batches[i].Papers = append(h.Batches[i].Papers, print.HandOverPaper{Material: materialName(cat, p.Code), Code: p.Code,
			Attempt: p.Attempt, Out: true, In: arrived(p.Custody), Back: p.Only})
	}
	return print.HandOverSlip(h)
}
