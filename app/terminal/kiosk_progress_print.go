package terminal

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/printer"
)

// progressPrintAct says whether something of a case that is shown can be printed now;
// k.mu is held.
func (k *Kiosk) progressPrintAct(p *progress) Act {
	switch {
	case p.step != progressList:
		return deny("progress_not_open")
	case p.print == "printing":
		return deny("progress_printing")
	}
	return k.printerAct()
}

// reprintAct says whether the slip of an application can be printed once more; k.mu is
// held.
func (k *Kiosk) reprintAct(p *progress, c KioskCase) Act {
	if !c.Online {
		return deny("paper_not_now")
	}
	return k.progressPrintAct(p)
}

// ProgressPrint prints the progress of one case that is shown (打印进度), or the slip of
// its application once more (补打). Pressed twice, it is one paper. It is of no
// operation: what became of it is told on the screen only, and nothing of it outlives
// the session.
func (k *Kiosk) ProgressPrint(_ context.Context, r ProgressPrintRequest) error {
	defer k.show()
	cat := k.catalogue()
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.s
	if s == nil || s.progress == nil || s.phase != phaseProgress || s.progress.step != progressList || cat == nil {
		return Fail(http.StatusConflict, "progress_not_open")
	}
	p := s.progress
	if p.print == "printing" {
		return nil
	}
	i := slices.IndexFunc(p.cases, func(c KioskCase) bool { return c.Number == r.Number })
	if i < 0 {
		return Fail(http.StatusNotFound, "progress_not_open")
	}
	shown, what := p.cases[i], cmp.Or(r.What, "progress")
	act := k.progressPrintAct(p)
	if what == "slip" {
		act = k.reprintAct(p, shown)
	}
	if !act.Allowed {
		return refused(act)
	}
	var owner print.Person
	if p.by == "card" && s.person != nil {
		owner = print.Person{Name: hall.Secret(s.person.Name)}
	}
	before := p.printed[shown.Number]
	var paper print.Paper
	if what == "slip" {
		paper = k.applicationCopy(cat, shown, owner, k.locale(r.Locale))
	} else {
		slip := k.progressSlip(cat, shown, k.locale(r.Locale))
		slip.Applicant, slip.Reprint = owner, before
		p.printed[shown.Number], paper = true, print.ProgressSlip(slip)
	}
	p.print = "printing"
	k.touch()
	job := printer.Job{ID: what + "-" + rand.Text(), Doc: paper.Roll(), Begin: func() error { return nil }}
	k.spawn(func(life context.Context) {
		k.printProgress(life, s, p, job, func() { p.printed[shown.Number] = before })
	})
	return nil
}

// applicationCopy is the slip of an application once more, of what is shown of the
// case: marked, and without the password, which nobody keeps.
func (k *Kiosk) applicationCopy(cat *hall.Catalogue, c KioskCase, owner print.Person, locale string) print.Paper {
	slip := print.Application{Head: print.Head{Locale: locale, Hall: cat.Name, At: k.now(), Reprint: true}, Number: c.Number, Applicant: owner,
		Item: c.Item, Applied: c.Applied, Next: c.Next, Ask: cat.Cases.Ask.In(locale)}
	if _, err := hall.ParseTemporaryNumber(c.Number); err == nil {
		slip.Number, slip.Temporary = "", c.Number
	}
	for _, m := range c.Materials {
		slip.Materials = append(slip.Materials, print.Material{Name: m.Name, State: strings.ToLower(string(m.State))})
		if m.Original || m.Bring {
			slip.Bring = append(slip.Bring, m.Name)
		}
	}
	return print.ApplicationSlip(slip)
}

// printProgress prints and tells the session, if it is still there. What did not come
// out is as if it had not been asked for.
func (k *Kiosk) printProgress(life context.Context, s *session, p *progress, job printer.Job, undo func()) {
	outcome := k.printJob(life, job)
	k.mu.Lock()
	if k.s == s && s.progress == p {
		p.print = string(outcome)
		if outcome == printer.NotPrinted {
			undo()
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
