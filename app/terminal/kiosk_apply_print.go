package terminal

import (
	"context"
	"crypto/rand"
	"strings"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/printer"
	"hallway/sync/seal"
)

// paperApplication is the slip of an application (申报成功): a kind of print jobs.
const paperApplication = "application"

// slipAct says whether the slip, or before there is a number the list of what is
// needed, can be printed now; k.mu is held.
func (k *Kiosk) slipAct(a *applying, c hall.Case, known bool) Act {
	switch {
	case a.slip == "printing":
		return deny("progress_printing")
	case a.item.ID == "":
		return deny("apply_not_open")
	}
	return k.printerAct()
}

// ApplyPrint prints the slip of the open application (补打 when it may have come
// out before), or the list of what it needs.
func (k *Kiosk) ApplyPrint(_ context.Context, r ApplyPrintRequest) error {
	defer k.show()
	k.mu.Lock()
	defer k.mu.Unlock()
	s, a, err := k.applyOpen()
	if err != nil {
		return err
	}
	if a.slip == "printing" {
		return nil // pressed twice
	}
	_, c, known := k.caseNow(a)
	if act := k.slipAct(a, c, known); !act.Allowed {
		return refused(act)
	}
	switch r.What {
	case "needs":
		k.printNeeds(s, a, c, known, r.Locale)
		return nil
	case "form":
		if a.version.Form == nil {
			return refused(deny("no_form"))
		}
		k.printBlank(s, a, r.Locale)
		return nil
	}
	if !known || firstText(c.Number, c.TempNumber) == "" {
		return refused(deny("paper_not_now"))
	}
	k.printSlip(s, a, c, r.Locale)
	return nil
}

// slipOnce prints the slip of an application that was just submitted, by itself;
// k.mu is held.
func (k *Kiosk) slipOnce(s *session, a *applying) {
	_, c, known := k.caseNow(a)
	if !a.owes || !known || firstText(c.Number, c.TempNumber) == "" {
		return
	}
	a.owes = false
	if !k.printerAct().Allowed {
		a.slip = string(printer.NotPrinted) // the page says so, and offers it again
		return
	}
	k.printSlip(s, a, c, a.locale)
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// printSlip queues the job, durably, and prints it in the background; k.mu is
// held. Whether it is a reprint, and so without the password, the store knows.
func (k *Kiosk) printSlip(s *session, a *applying, c hall.Case, locale string) {
	a.slip, a.owes = "printing", false
	slip := k.applicationSlip(s, a, c, k.locale(locale))
	k.touch()
	k.spawn(func(life context.Context) {
		// Also when the program is about to stop: it is one job or none.
		job, err := k.applyStore().QueuePaper(context.WithoutCancel(life), PaperJob{Kind: paperApplication, Key: c.ID})
		if err != nil {
			k.Logger.Error("a slip could not be queued", "case", c.ID, "err", err)
			k.slipEnded(s, a, printer.NotPrinted)
			return
		}
		slip.Reprint = job.Reprint
		outcome := k.printJob(life, printer.Job{ID: job.ID, Doc: print.ApplicationSlip(slip).Roll(),
			Begin: func() error { return k.Store.JobBegun(life, job.ID) }})
		if err := k.Store.JobEnded(context.WithoutCancel(life), job.ID, string(outcome)); err != nil {
			k.Logger.Error("outcome of a slip could not be written down", "job", job.ID, "err", err)
		}
		k.slipEnded(s, a, outcome)
	})
}

// printJob prints, bounded, and tells what became of it.
func (k *Kiosk) printJob(life context.Context, job printer.Job) printer.Outcome {
	ctx, cancel := context.WithTimeout(life, printWait)
	defer cancel()
	outcome, err := k.roll(ctx, job)
	if err != nil {
		k.Logger.Warn("slip not certainly printed", "job", job.ID, "outcome", outcome, "err", err)
	}
	k.Metrics.slip(outcome)
	return outcome
}

// slipEnded tells the session, if it is still there.
func (k *Kiosk) slipEnded(s *session, a *applying, outcome printer.Outcome) {
	k.mu.Lock()
	if k.s == s && s.apply == a {
		a.slip = string(outcome)
		k.touch()
	}
	k.mu.Unlock()
	k.show()
}

// applicationSlip gathers what the slip says; k.mu is held. The password is only
// ever here.
func (k *Kiosk) applicationSlip(s *session, a *applying, c hall.Case, locale string) print.Application {
	cat := k.catalogue()
	slip := print.Application{Head: print.Head{Locale: locale, At: k.now()}, Number: c.Number, Temporary: c.TempNumber,
		Item: a.item.Name, Applied: c.AppliedAt, Next: hall.CitizenNext(c)}
	if cat != nil {
		slip.Hall, slip.Ask = cat.Name, cat.Cases.Ask.In(locale)
	}
	if s.person != nil {
		slip.Applicant = print.Person{Name: hall.Secret(s.person.Name)}
	}
	if key, known := k.ownerKey(); known && c.Terminal == k.Config.Terminal {
		slip.Password = hall.Secret(seal.QueryPassword(key, c.ID))
	}
	for _, m := range c.Materials {
		def, _ := cat.MaterialDef(m.Code)
		slip.Materials = append(slip.Materials, print.Material{Name: def.Name, Code: m.Code, State: strings.ToLower(string(m.State))})
		if im, _ := a.version.Material(m.Code); im.Originals > 0 && m.HandedIn() {
			slip.Bring = append(slip.Bring, def.Name)
		}
	}
	return slip
}

// printNeeds prints the list of what the item needs; k.mu is held. It is of no
// operation and of no person.
func (k *Kiosk) printNeeds(s *session, a *applying, c hall.Case, known bool, locale string) {
	a.slip = "printing"
	cat := k.catalogue()
	locale = k.locale(locale)
	n := print.Needs{Head: print.Head{Locale: locale, At: k.now()}, Item: a.item.Name, ItemID: a.item.ID, Version: a.version.Version,
		Authority: a.version.Authority, Days: a.version.Decision(), Phone: a.version.Phone}
	if cat != nil {
		n.Hall, n.Ask = cat.Name, cat.Cases.Ask.In(locale)
	}
	for _, m := range a.version.Materials {
		def, _ := cat.MaterialDef(m.Code)
		n.Materials = append(n.Materials, print.Needed{Material: print.Material{Name: def.Name, Code: m.Code, Copies: m.Copies},
			Required: m.Required, Originals: m.Originals, Shared: len(m.Methods) > 0})
	}
	k.printNobodys(s, a, "needs-", print.NeedsSlip(n))
}

// printBlank prints the form of the item without anything in it, to take home
// (空白表格); requirements B-52, D-08. k.mu is held.
func (k *Kiosk) printBlank(s *session, a *applying, locale string) {
	a.slip = "printing"
	f := print.ItemForm{Head: print.Head{Locale: k.locale(locale), At: k.now()}, Item: a.item.Name, ItemCode: a.version.Code,
		Version: a.version.Version, Authority: a.version.Authority, Fields: formLines(a.version.Form, hall.FormApply, nil), Blank: true}
	if cat := k.catalogue(); cat != nil {
		f.Hall = cat.Name
	}
	k.printNobodys(s, a, "blank-", print.Form(f))
}

// printNobodys prints a slip that is of no operation and of no person; k.mu is
// held.
func (k *Kiosk) printNobodys(s *session, a *applying, of string, paper print.Paper) {
	job := printer.Job{ID: of + rand.Text(), Doc: paper.Roll(), Begin: func() error { return nil }}
	k.touch()
	k.spawn(func(life context.Context) { k.slipEnded(s, a, k.printJob(life, job)) })
}
