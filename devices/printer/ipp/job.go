package ipp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/OpenPrinting/goipp"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
	"hallway/devices/printer"
)

// Values of job-state; RFC 8011 §5.3.7.
const (
	jobCanceled  = 7
	jobAborted   = 8
	jobCompleted = 9
)

// nameOf is the name of a job in the queue.
func nameOf(id string) string { return "hallway-" + id }

// PrintSheet prints one document, follows the job to its end, and says how it
// ended.
func (p *Printer) PrintSheet(ctx context.Context, job printer.Sheet) (printer.Outcome, error) {
	select {
	case p.slot <- struct{}{}:
		defer func() { <-p.slot }()
	case <-ctx.Done():
		return printer.NotPrinted, fmt.Errorf("job %s waited for the printer: %w", job.ID, ctx.Err())
	}
	if err := p.look(ctx); err != nil {
		return printer.NotPrinted, &printer.NotReady{Code: driver.FaultOf(err)}
	}
	if err := p.Ready(); err != nil {
		return printer.NotPrinted, err
	}
	if job.Begin != nil {
		if err := job.Begin(); err != nil {
			return printer.NotPrinted, fmt.Errorf("job %s could not be recorded: %w", job.ID, err)
		}
	}
	p.busy.Store(true)
	p.Apply(driver.Change{State: devices.Busy})
	outcome, err := p.deliver(ctx, job)
	p.busy.Store(false)
	done := driver.Change{Counters: map[string]int64{"jobs_" + string(outcome): 1}}
	if p.Status().State != devices.Absent {
		done.State = devices.Ready
	}
	p.Apply(done)
	if err != nil {
		err = fmt.Errorf("job %s: %w", job.ID, err)
	}
	return outcome, err
}

// deliver hands the document over and finds out what became of it.
func (p *Printer) deliver(ctx context.Context, job printer.Sheet) (printer.Outcome, error) {
	id, err := p.submit(ctx, job)
	var no refusal
	switch {
	case err == nil:
	case errors.As(err, &no), port.CodeOf(err) == port.Gone:
		return printer.NotPrinted, err // it never had the document
	default:
		found, ferr := p.search(ctx, job.ID)
		if ferr != nil {
			return printer.Unknown, errors.Join(err, ferr)
		}
		if found == 0 {
			return printer.NotPrinted, err
		}
		id = found
	}
	return p.follow(ctx, id)
}

func (p *Printer) submit(ctx context.Context, job printer.Sheet) (int, error) {
	m := p.c.request(goipp.OpPrintJob)
	m.Operation.Add(goipp.MakeAttribute("requesting-user-name", goipp.TagName, goipp.String("hallway")))
	m.Operation.Add(goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(nameOf(job.ID))))
	m.Operation.Add(goipp.MakeAttribute("document-format", goipp.TagMimeType, goipp.String(pdf)))
	m.Job.Add(goipp.MakeAttribute("media", goipp.TagKeyword, goipp.String("iso_a4_210x297mm")))
	answer, err := p.c.ask(ctx, m, job.PDF)
	if err != nil {
		return 0, err
	}
	id := number(answer.Job, "job-id")
	if id <= 0 {
		return 0, &port.Error{Code: port.Protocol, Port: p.o.Address, Op: "Print-Job", Err: errors.New("no number of the job")}
	}
	return id, nil
}

// search looks for a job by its name, because its reply was lost. 0 means that
// the printer certainly does not have it.
func (p *Printer) search(ctx context.Context, id string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, p.o.Search)
	defer cancel()
	for {
		found, err := p.named(ctx, nameOf(id))
		if err == nil {
			return found, nil
		}
		if port.Sleep(ctx, p.o.Step) != nil {
			return 0, fmt.Errorf("the printer does not say whether it has it: %w", err)
		}
	}
}

func (p *Printer) named(ctx context.Context, name string) (int, error) {
	for _, which := range []string{"not-completed", "completed"} {
		m := p.c.request(goipp.OpGetJobs)
		m.Operation.Add(goipp.MakeAttribute("which-jobs", goipp.TagKeyword, goipp.String(which)))
		wants(m, "job-id", "job-name")
		answer, err := p.c.ask(ctx, m, nil)
		if err != nil {
			return 0, err
		}
		for _, g := range answer.Groups {
			if g.Tag == goipp.TagJobGroup && text(g.Attrs, "job-name") == name {
				return number(g.Attrs, "job-id"), nil
			}
		}
	}
	return 0, nil
}

// follow watches a job to its end.
func (p *Printer) follow(ctx context.Context, id int) (printer.Outcome, error) {
	moved, last := time.Now(), -1
	var silent error
	for {
		state, sheets, err := p.job(ctx, id)
		if err != nil {
			silent = err
		} else {
			silent = nil
			if sheets > last {
				moved, last = time.Now(), sheets
			}
			switch state {
			case jobCompleted:
				if sheets > 0 {
					return printer.Confirmed, nil
				}
				return printer.Parsed, nil
			case jobCanceled, jobAborted:
				return ended(state, sheets)
			}
			_ = p.look(ctx) // its faults are shown while the job waits
		}
		if time.Since(moved) > p.o.Timeout {
			return p.giveUp(ctx, id, silent)
		}
		if err := port.Sleep(ctx, p.o.Step); err != nil {
			return printer.Unknown, fmt.Errorf("not followed to its end: %w", err)
		}
	}
}

// ended is the outcome of a job that the printer gave up.
func ended(state, sheets int) (printer.Outcome, error) {
	what := "the printer gave the job up"
	if state == jobCanceled {
		what = "the job was cancelled at the printer"
	}
	if sheets > 0 {
		return printer.Unknown, fmt.Errorf("%s after %d sheets: look at the paper", what, sheets)
	}
	return printer.NotPrinted, errors.New(what + ": print again")
}

// job asks for the state of a job and how many sheets it has made; -1 where
// the printer does not count.
func (p *Printer) job(ctx context.Context, id int) (state, sheets int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	m := p.c.request(goipp.OpGetJobAttributes)
	m.Operation.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	wants(m, "job-state", "job-media-sheets-completed", "job-impressions-completed")
	answer, err := p.c.ask(ctx, m, nil)
	if err != nil {
		return 0, 0, err
	}
	sheets = max(number(answer.Job, "job-media-sheets-completed"), number(answer.Job, "job-impressions-completed"))
	return number(answer.Job, "job-state"), sheets, nil
}

// giveUp cancels a job that does not move, so that it does not come out when
// nobody expects it.
func (p *Printer) giveUp(ctx context.Context, id int, silent error) (printer.Outcome, error) {
	code := FaultError
	var nr *printer.NotReady
	if errors.As(p.Ready(), &nr) {
		code = nr.Code
	}
	m := p.c.request(goipp.OpCancelJob)
	m.Operation.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	if _, err := p.c.ask(ctx, m, nil); err != nil {
		return printer.Unknown, errors.Join(&printer.NotReady{Code: code}, silent, fmt.Errorf("and the job could not be cancelled: %w", err))
	}
	state, sheets, err := p.job(ctx, id)
	switch {
	case err == nil && state == jobCompleted && sheets > 0:
		return printer.Confirmed, nil // it ended just now
	case err == nil && sheets <= 0 && (state == jobCanceled || state == jobAborted):
		return printer.NotPrinted, &printer.NotReady{Code: code}
	}
	return printer.Unknown, errors.Join(&printer.NotReady{Code: code}, err)
}
