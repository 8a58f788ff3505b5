package terminal

import (
	"strconv"
	"strings"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices"
)

// specialPaper is the notice of one special procedure of a case: each is a paper
// of its own, so that a copy of one is no copy of another.
func specialPaper(serial int) string { return paperSpecial + "." + strconv.Itoa(serial) }

// paperKind takes the name of a paper apart; the serial is of a special procedure.
func paperKind(paper string) (kind string, serial int) {
	kind, no, _ := strings.Cut(paper, ".")
	serial, err := strconv.Atoi(no)
	if err != nil {
		return kind, 0
	}
	return kind, serial
}

// officePaper says whether a paper of what comes after the acceptance can be
// printed of a case: it has its number, or the result was handed over.
func (k caseState) officePaper(paper string) bool {
	kind, serial := paperKind(paper)
	switch kind {
	case paperGrant:
		return k.State != hall.CaseVoided && k.documentNo(hall.DocumentGrant) != ""
	case paperDenial:
		return k.State != hall.CaseVoided && k.documentNo(hall.DocumentDenial) != ""
	case paperExtension:
		return k.documentNo(hall.DocumentExtension) != ""
	case paperSpecial:
		return k.ToldOf(serial) != ""
	}
	return k.Collected() != nil
}

// layOffice lays out a paper of what comes after the acceptance; standards §7.
func (c *Counter) layOffice(k caseState, head print.Head, owner print.Person, paper string) (print.Paper, error) {
	words, _ := c.wordsOf(k)
	switch kind, serial := paperKind(paper); kind {
	case paperGrant, paperDenial:
		return layDecision(k, head, owner, words)
	case paperSpecial:
		return c.layProcedure(k, head, owner, words, serial)
	case paperExtension:
		for _, s := range k.Specials {
			if s.Kind == hall.SpecialExtension {
				return c.layProcedure(k, head, owner, words, s.Serial)
			}
		}
		return print.Paper{}, print.ErrIncomplete
	}
	return c.layCollection(k, head, owner, words)
}

// layDecision lays out the decision, granted or refused.
func layDecision(k caseState, head print.Head, owner print.Person, words CaseWords) (print.Paper, error) {
	x := k.Decision
	if x == nil {
		return print.Paper{}, print.ErrIncomplete
	}
	n := print.DecisionNotice{Head: head, Number: k.documentNo(hall.DocumentGrant), Licence: k.version.Licence(), Application: k.Number, Applicant: owner,
		Item: k.item.Name, ItemCode: k.version.Code, AppliedOn: hall.DayOf(k.AppliedAt), AcceptedOn: hall.DayOf(k.AcceptedAt), DecidedOn: hall.DayOf(x.At),
		Reason: x.Reason, Words: words.Said[x.SealedIn], Basis: k.version.Basis, Authority: k.version.Authority, Handler: k.handler(), Phone: k.version.Phone}
	if x.Result == hall.DecisionDenied {
		n.Number = k.documentNo(hall.DocumentDenial)
		return print.Denial(n)
	}
	if clock := k.Clock(hall.ClockDelivery); clock != nil {
		n.DeliverBy, n.Provisional = clock.Due, clock.Provisional
	}
	return print.Grant(n)
}

// layProcedure lays out the notice of a special procedure, or of an extension.
func (c *Counter) layProcedure(k caseState, head print.Head, owner print.Person, words CaseWords, serial int) (print.Paper, error) {
	for _, s := range k.Specials {
		if s.Serial != serial {
			continue
		}
		n := print.ProcedureNotice{Head: head, Number: k.ToldOf(serial), Licence: k.version.Licence(), Application: k.Number, Applicant: owner,
			Item: k.item.Name, ItemCode: k.version.Code, AppliedOn: hall.DayOf(k.AppliedAt), AcceptedOn: hall.DayOf(k.AcceptedAt), ToldOn: hall.DayOf(s.At),
			Procedure: s.Name, Name: k.ownProcedure(s.Name), Stops: s.Stops, Days: s.Expect.N, Unit: string(s.Expect.Unit), EndsOn: s.ExpectDay,
			Provisional: s.Provisional, Reason: s.Reason, Words: words.Said[s.SealedIn], Approver: staffName(k.cat, s.Approver),
			Authority: k.version.Authority, Handler: k.handler(), Phone: k.version.Phone}
		if s.Kind == hall.SpecialExtension {
			return print.ExtensionNotice(n)
		}
		return print.SpecialNotice(n)
	}
	return print.Paper{}, print.ErrIncomplete
}

// layCollection lays out 领取登记单.
func (c *Counter) layCollection(k caseState, head print.Head, owner print.Person, words CaseWords) (print.Paper, error) {
	one := k.Collected()
	if one == nil || one.Way == hall.CollectCounter && words.Collector == nil {
		return print.Paper{}, print.ErrIncomplete
	}
	head.At = one.At
	s := print.CollectionSlip{Head: head, Application: k.Number, Decision: k.documentNo(hall.DocumentGrant), Applicant: owner, Item: k.item.Name,
		Result: k.Result, Way: one.Way, DocKind: one.DocKind, Checked: one.Checked, Handler: staffName(k.cat, one.By),
		Window: c.nameOf(k.def.Name), Ask: c.nameOf(k.cat.Cases.Ask)}
	if s.Decision == "" {
		s.Decision = k.documentNo(hall.DocumentDenial)
	}
	if who := words.Collector; who != nil {
		s.Collector = print.Person{Name: hall.Secret(who.Name), Document: hall.Secret(who.DocNo)}
	}
	if cert := words.Certificate; cert != nil {
		s.Certificate = print.Certificate{Name: cert.Name, No: cert.No, Until: cert.Until, Issuer: cert.Issuer}
	}
	return print.Collected(s), nil
}

// autoPaper is a paper of a case that prints by itself when it can.
type autoPaper struct{ kase, paper string }

// autoLater has a paper print by itself when the act that made it has come back;
// at a desk without a page printer nobody waits for one.
func (c *Counter) autoLater(k caseState, paper string) {
	if a := c.Devices.usable(devices.KindSheet, "no_sheet_printer"); !a.Allowed && a.Why.Code == "no_sheet_printer" {
		return
	}
	c.desk.mu.Lock()
	c.desk.auto[autoPaper{k.ID, paper}] = k.Version
	c.desk.mu.Unlock()
	c.settleDesk()
}

// waitsForWords reports whether a paper of the case in hand cannot be printed only
// because the centre has not told yet what stands on it.
func (c *Counter) waitsForWords(k caseState, paper string) bool {
	a := c.printAct(k, paper)
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	return !a.Allowed && (a.Why.Code == "words_unknown" || a.Why.Code == "applicant_unknown") && c.desk.hand == k.ID
}
