package terminal

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/app/store"
	"hallway/devices"
	"hallway/devices/printer"
)

// Papers of the desk; kinds of its print jobs.
const (
	paperReceipt    = "receipt"    // 收件凭证
	paperTemporary  = "temporary"  // 临时回执单
	paperAcceptance = "acceptance" // 受理通知书, 80 mm
	paperSheet      = "sheet"      // 受理通知书, A4
	paperProgress   = "progress"
	paperSupplement = "supplement" // 补正告知书, A4
	paperSupplied   = "supplied"   // 补交材料接收凭证, A4
	paperRefusal    = "refusal"    // 不予受理通知书, A4
	paperForm       = "form"       // 业务表格, filled in, A4
	paperGrant      = "grant"      // 准予许可决定书, A4
	paperDenial     = "denial"     // 不予许可决定书, A4
	paperSpecial    = "special"    // 特别程序所需时间告知书, A4; see specialPaper
	paperExtension  = "extension"  // 延长期限告知书, A4
	paperCollection = "collection" // 领取登记单, A4
)

// Papers on A4, by when they come.
var (
	lawSheets    = []string{paperSheet, paperSupplement, paperSupplied, paperRefusal, paperForm}
	officeSheets = []string{paperGrant, paperDenial, paperSpecial, paperExtension, paperCollection}
)

// onSheet reports whether a paper is printed on A4.
func onSheet(paper string) bool {
	return slices.Contains(lawSheets, paper) || ofOffice(paper)
}

// ofOffice reports whether a paper tells what became of a case after its acceptance.
func ofOffice(paper string) bool {
	kind, _ := paperKind(paper)
	return slices.Contains(officeSheets, kind)
}

// printAct says whether a paper of the case can be printed now, and why not.
func (c *Counter) printAct(k caseState, paper string) Act {
	if k.staff == nil {
		return deny("not_signed_in")
	}
	device := c.Devices.usable(devices.KindPrinter, "no_printer")
	if onSheet(paper) {
		device = c.Devices.usable(devices.KindSheet, "no_sheet_printer")
		if device.Allowed && c.desk.pdf == nil {
			device = deny("no_sheet_printer")
		}
	}
	over := k.State == hall.CaseWithdrawn || k.State == hall.CaseVoided
	switch {
	case (paper == paperAcceptance || paper == paperSheet) && (k.AcceptedAt.IsZero() || k.NoticeNo == "" || over):
		return deny("not_accepted_yet")
	case paper == paperTemporary && k.State != hall.CaseReceived && k.State != hall.CasePending,
		paper == paperReceipt && (k.ReceivedAt.IsZero() || over),
		paper == paperProgress && k.Number == "",
		paper == paperSupplement && k.documentNo(hall.DocumentSupplement) == "",
		paper == paperSupplied && (k.Supplement == nil || k.Supplement.ReceivedAt.IsZero()),
		paper == paperRefusal && k.documentNo(hall.DocumentRefusal) == "",
		paper == paperForm && (k.version.Form == nil || len(k.Form) == 0),
		ofOffice(paper) && !k.officePaper(paper):
		return deny("paper_not_now")
	case !device.Allowed:
		return device
	case c.personOf(k.ID, k.staff) == nil:
		return deny("applicant_unknown")
	case paper == paperForm:
		if _, known := c.formOf(k); !known {
			return deny("words_unknown")
		}
	case paper == paperSupplement || paper == paperRefusal || ofOffice(paper):
		if _, known := c.wordsOf(k); !known {
			return deny("words_unknown")
		}
	}
	return allow()
}

// PrintPaper prints a paper of the case in hand. One that may have come out
// before is marked 补打.
func (c *Counter) PrintPaper(ctx context.Context, r PrintRequest) error {
	return c.work(func(k caseState) error {
		if r.Paper == paperSpecial {
			return c.printPaper(ctx, k, specialPaper(r.Serial))
		}
		return c.printPaper(ctx, k, r.Paper)
	})
}

// printPaper queues the job, durably, and prints it in the background.
func (c *Counter) printPaper(ctx context.Context, k caseState, paper string) error {
	if a := c.printAct(k, paper); !a.Allowed {
		return refused(a)
	}
	who := c.personOf(k.ID, k.staff)
	if who == nil {
		return refused(deny("applicant_unknown"))
	}
	if _, err := c.layPaper(k, who, paper, false); err != nil {
		c.Logger.Warn("a paper lacks something", "paper", paper, "case", k.ID, "err", err)
		return Fail(http.StatusConflict, "paper_incomplete")
	}
	job, err := c.desk.store.QueuePaper(context.WithoutCancel(ctx), PaperJob{Kind: paper, Key: k.ID})
	if err != nil {
		return c.storeProblem(err, hall.SlipPrinted)
	}
	doc, err := c.layPaper(k, who, paper, job.Reprint)
	if err != nil {
		c.printed(ctx, job, printer.NotPrinted)
		return Fail(http.StatusConflict, "paper_incomplete")
	}
	c.spawn(func(life context.Context) { c.runPaper(life, job, paper, doc) })
	return nil
}

// runPaper prints one paper and records what became of it.
func (c *Counter) runPaper(life context.Context, job Job, paper string, doc print.Paper) {
	ctx, cancel := context.WithTimeout(life, printWait)
	defer cancel()
	begin := func() error { return c.Store.JobBegun(ctx, job.ID) }
	var outcome printer.Outcome
	var err error
	if onSheet(paper) {
		outcome, err = c.printSheet(ctx, job, doc, begin)
	} else {
		outcome, err = c.roll(ctx, printer.Job{ID: job.ID, Doc: doc.Roll(), Begin: begin})
	}
	if err != nil {
		c.Logger.Warn("paper not certainly printed", "paper", paper, "case", job.Ticket, "job", job.ID, "outcome", outcome, "err", err)
	}
	c.printed(life, job, outcome)
}

// printSheet lays the paper out on A4 and prints it.
func (c *Counter) printSheet(ctx context.Context, job Job, doc print.Paper, begin func() error) (printer.Outcome, error) {
	pdf, err := c.desk.pdf()
	if err != nil {
		return printer.NotPrinted, err
	}
	data, err := pdf.Bytes(doc)
	if err != nil {
		return printer.NotPrinted, err
	}
	return c.Devices.Sheet.PrintSheet(ctx, printer.Sheet{ID: job.ID, Title: doc.Name(), PDF: data, Begin: begin})
}

// warmFonts prepares the fonts of A4, which takes seconds on a machine's first
// start, before somebody waits for a notice.
func (c *Counter) warmFonts(context.Context) {
	if _, err := c.desk.pdf(); err != nil {
		c.Logger.Error("papers on A4 cannot be laid out", "err", err)
	}
}

// printed records an outcome, also when the program is about to stop.
func (c *Counter) printed(ctx context.Context, job Job, outcome printer.Outcome) {
	if err := c.Store.JobEnded(context.WithoutCancel(ctx), job.ID, string(outcome)); err != nil {
		c.Logger.Error("outcome of a paper could not be written down", "job", job.ID, "err", err)
	}
	c.changed()
}

// settlePapers ends the papers that a dead process left.
func (c *Counter) settlePapers(ctx context.Context) {
	if c.desk.store != nil {
		c.endPapers(ctx, c.desk.store.OpenPapers)
	}
}

// endPapers ends the papers that a dead process had queued and not begun: whose
// they were is not known any more, so that only a person can have them printed.
func (c *core) endPapers(ctx context.Context, list func(context.Context) ([]PaperState, error)) {
	open, err := list(ctx)
	if err != nil {
		c.Logger.Error("open papers cannot be read", "err", err)
		return
	}
	for _, p := range open {
		outcome := printer.NotPrinted
		if p.State == store.JobBegun {
			outcome = printer.Unknown
		}
		if err := c.Store.JobEnded(ctx, p.ID, string(outcome)); err != nil {
			c.Logger.Error("outcome of a paper could not be written down", "job", p.ID, "err", err)
		}
	}
}

// autoPrint prints the temporary receipts of the cases that went into 受理中
// here just now, and the papers of what the office did here just now.
func (c *Counter) autoPrint(st counterState, s *Session) {
	c.desk.mu.Lock()
	wanted := maps.Clone(c.desk.auto)
	c.desk.mu.Unlock()
	for one, version := range wanted {
		k, ok := c.caseOf(st, s, one.kase)
		if ok && (k.waits && one.paper != paperCollection || k.Version <= version && !c.wasRefused(one.kase)) {
			continue // no verdict yet, or what it made of the case has not come
		}
		if ok && ofOffice(one.paper) && c.waitsForWords(k, one.paper) {
			continue
		}
		c.desk.mu.Lock()
		_, mine := c.desk.auto[one]
		delete(c.desk.auto, one)
		c.desk.mu.Unlock()
		if mine && ok && (ofOffice(one.paper) && k.officePaper(one.paper) || one.paper == paperTemporary && k.State == hall.CasePending) {
			c.printByItself(k, one.paper)
		}
	}
}

// printByItself prints a paper that nobody asked for here, and says when it does
// not come.
func (c *Counter) printByItself(k caseState, paper string) {
	err := c.printPaper(c.life, k, paper)
	if err == nil {
		return
	}
	var p *Problem
	if errors.As(err, &p) && p.Why != nil {
		c.Logger.Info("a paper is not printed by itself", "paper", paper, "case", k.ID, "why", p.Why.Code)
	}
	if paper == paperTemporary {
		c.tell(devices.Warn, "temporary_not_printed", "number", k.Number)
		return
	}
	kind, _ := paperKind(paper)
	c.tell(devices.Warn, "paper_not_printed", "paper", kind, "number", k.Number)
}

// wasRefused reports whether something that was wanted of a case stands refused.
func (c *Counter) wasRefused(id string) bool {
	return slices.ContainsFunc(c.Store.WorkList(), func(r Rejection) bool { return r.Entity == id })
}

// printViews lists what was printed of the case in hand, and what is being
// printed now.
func (c *Counter) printViews(id string) []DeskPrint {
	views := []DeskPrint{}
	if c.desk.store == nil || id == "" {
		return views
	}
	jobs, err := c.desk.store.PapersOf(c.life, id)
	if err != nil {
		if c.life.Err() == nil {
			c.Logger.Error("print jobs cannot be read", "err", err)
		}
		return views
	}
	for _, j := range jobs[:min(len(jobs), 20)] {
		v := DeskPrint{ID: j.ID, Case: id, Outcome: j.State, At: local(j.At)}
		v.Paper, v.Serial = paperKind(j.Kind)
		switch printer.Outcome(j.State) {
		case printer.Confirmed, printer.Parsed:
		case printer.NotPrinted:
			v.Why = notice(devices.Error, "paper_failed", "paper", v.Paper)
		case printer.Unknown:
			v.Why = notice(devices.Warn, "paper_unknown", "paper", v.Paper)
		default:
			v.Outcome = "printing"
		}
		views = append(views, v)
	}
	return views
}
