package terminal

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/printer"
)

// ProgressPrint prints the progress of one case that is shown (打印进度).
// Pressed twice, it is one slip. The slip is of no operation: what became of it
// is told on the screen only, and nothing of it outlives the session.
func (k *Kiosk) ProgressPrint(_ context.Context, r ProgressPrintRequest) error {
	defer k.show()
	cat := k.catalogue()
	k.mu.Lock()
	s := k.s
	if s == nil || s.progress == nil || s.phase != phaseProgress || s.progress.step != progressList || cat == nil {
		k.mu.Unlock()
		return Fail(http.StatusConflict, "progress_not_open")
	}
	p := s.progress
	if p.print == "printing" {
		k.mu.Unlock()
		return nil
	}
	i := slices.IndexFunc(p.cases, func(c KioskCase) bool { return c.Number == r.Number })
	if i < 0 {
		k.mu.Unlock()
		return Fail(http.StatusNotFound, "progress_not_open")
	}
	if a := k.printerAct(); !a.Allowed {
		k.mu.Unlock()
		return refused(a)
	}
	shown := p.cases[i]
	slip := k.progressSlip(cat, shown, k.locale(r.Locale))
	if p.by == "card" && s.person != nil {
		slip.Applicant = print.Person{Name: hall.Secret(s.person.Name)}
	}
	slip.Reprint = p.printed[shown.Number]
	p.print, p.printed[shown.Number] = "printing", true
	k.touch()
	k.mu.Unlock()
	job := printer.Job{ID: "progress-" + rand.Text(), Doc: print.ProgressSlip(slip).Roll(), Begin: func() error { return nil }}
	k.spawn(func(life context.Context) { k.printProgress(life, s, p, shown.Number, job) })
	return nil
}

// printProgress prints and tells the session, if it is still there.
func (k *Kiosk) printProgress(life context.Context, s *session, p *progress, number string, job printer.Job) {
	ctx, cancel := context.WithTimeout(life, printWait)
	defer cancel()
	outcome, err := k.roll(ctx, job)
	if err != nil {
		k.Logger.Warn("progress not certainly printed", "job", job.ID, "outcome", outcome, "err", err)
	}
	k.Metrics.slip(outcome)
	k.mu.Lock()
	if k.s == s && s.progress == p {
		p.print = string(outcome)
		if outcome == printer.NotPrinted {
			delete(p.printed, number)
		}
		k.touch()
	}
	k.mu.Unlock()
	k.show()
}

// progressSlip gathers what the paper says. The paper may be left lying: the
// name is masked by its layout, and by number nobody's name is known.
func (k *Kiosk) progressSlip(cat *hall.Catalogue, c KioskCase, locale string) print.Progress {
	slip := print.Progress{Head: print.Head{Locale: locale, Hall: cat.Name, At: k.now()},
		Application: c.Number, Item: c.Item, State: strings.ToLower(string(c.State)), Since: c.Since, DueOn: c.DueDay,
		Ask: cat.Cases.Ask.In(locale)}
	if !c.Applied.IsZero() {
		slip.Steps = append(slip.Steps, print.Step{State: strings.ToLower(string(hall.CaseApplied)), At: c.Applied})
	}
	if !c.Accepted.IsZero() {
		slip.Steps = append(slip.Steps, print.Step{State: strings.ToLower(string(hall.CaseAccepted)), At: c.Accepted})
	}
	for _, m := range c.Materials {
		slip.Materials = append(slip.Materials, print.Material{Name: m.Name, State: strings.ToLower(string(m.State))})
	}
	return slip
}
