package terminal

import (
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/sync/seal"
)

// answerDays are the working days within which an authority says whether it
// accepts; requirements G3, clock C1.
const answerDays = 5

// layPaper lays out a paper of a case for the person whose case it is.
func (c *Counter) layPaper(k caseState, who *person, paper string, reprint bool) (print.Paper, error) {
	head := print.Head{Locale: c.Config.Locale, Hall: k.cat.Name, At: k.now, Reprint: reprint}
	owner := print.Person{Name: hall.Secret(who.Name), Document: hall.Secret(who.DocNo), Phone: hall.Secret(who.Phone)}
	switch paper {
	case paperReceipt:
		head.At = k.ReceivedAt
		return print.Received(print.MaterialsReceipt{Head: head, Application: k.Number, Temporary: k.TempNumber, Password: c.password(k.ID),
			Applicant: owner, Item: k.item.Name, Materials: k.paperMaterials(hall.Material.HandedIn), Handler: k.handler(), Window: c.nameOf(k.def.Name),
			Ask: c.nameOf(k.cat.Cases.Ask), AnswerDays: answerDays}), nil
	case paperTemporary:
		return print.Temporary(print.TemporaryReceipt{Head: head, Application: k.Number, Temporary: k.TempNumber, Password: c.password(k.ID),
			Applicant: owner, Item: k.item.Name, Materials: k.paperMaterials(wanted), Handler: k.handler(), Window: c.nameOf(k.def.Name),
			Ask: c.nameOf(k.cat.Cases.Ask)}), nil
	case paperProgress:
		return print.ProgressSlip(print.Progress{Head: head, Application: k.Number, Applicant: owner, Item: k.item.Name,
			State: strings.ToLower(string(k.State)), Since: k.since(), DueOn: k.DueDay, Steps: k.steps(),
			Materials: k.paperMaterials(wanted), Ask: c.nameOf(k.cat.Cases.Ask)}), nil
	case paperForm:
		return c.layForm(k, head, owner)
	case paperSupplement, paperSupplied, paperRefusal:
		return c.layLaw(k, head, owner, paper)
	}
	if ofOffice(paper) {
		return c.layOffice(k, head, owner, paper)
	}
	return print.Acceptance(print.AcceptanceNotice{Head: head, Number: k.NoticeNo, Application: k.Number, Applicant: owner,
		Item: k.item.Name, ItemCode: k.version.Code, AppliedOn: hall.DayOf(k.AppliedAt), AcceptedOn: hall.DayOf(k.AcceptedAt),
		DueOn: k.DueDay, LimitDays: k.version.Decision(), Basis: k.version.Basis, Materials: k.paperMaterials(wanted),
		Authority: k.version.Authority, Handler: k.handler(), Phone: k.version.Phone, Deemed: k.Deemed})
}

// layForm lays the form of a case out, as far as who prints it may read it.
func (c *Counter) layForm(k caseState, head print.Head, owner print.Person) (print.Paper, error) {
	f := k.version.Form
	if f == nil || len(k.Form) == 0 {
		return print.Paper{}, print.ErrIncomplete
	}
	values, known := c.formOf(k)
	if !known {
		return print.Paper{}, print.ErrIncomplete
	}
	return print.Form(print.ItemForm{Head: head, Application: k.Number, Temporary: k.TempNumber, Applicant: owner, Item: k.item.Name,
		ItemCode: k.version.Code, Version: k.ItemVersion, Authority: k.version.Authority,
		Fields: formLines(f, k.cat.FormStepOf(k.Case, k.staff.Staff), values.Typed()), Filled: hall.DayOf(k.Form[len(k.Form)-1].At)}), nil
}

// layLaw lays out a document of the law that comes before an acceptance;
// standards §7.
func (c *Counter) layLaw(k caseState, head print.Head, owner print.Person, paper string) (print.Paper, error) {
	words, _ := c.wordsOf(k)
	no := k.documentNo(hall.DocumentSupplement)
	switch {
	case paper == paperRefusal:
		return print.Refusal(print.RefusalNotice{Head: head, Number: k.documentNo(hall.DocumentRefusal), Application: k.Number, Applicant: owner,
			Item: k.item.Name, ItemCode: k.version.Code, AppliedOn: hall.DayOf(k.AppliedAt), RefusedOn: hall.DayOf(k.EndedAt), Reason: k.Reason,
			Words: words.Words, Competent: k.Authority, Authority: k.version.Authority, Handler: k.handler(), Phone: k.version.Phone})
	case k.Supplement == nil:
		return print.Paper{}, print.ErrIncomplete
	case paper == paperSupplied:
		head.At = k.Supplement.ReceivedAt
		return print.Supplied(print.SupplementReceipt{Head: head, Notice: no, Application: k.Number, Applicant: owner, Item: k.item.Name,
			Materials: k.paperMaterials(k.told), Handler: k.handler(), Window: c.nameOf(k.def.Name), Ask: c.nameOf(k.cat.Cases.Ask)}), nil
	}
	n := print.SupplementNotice{Head: head, Number: no, Application: k.Number, Applicant: owner, Item: k.item.Name, ItemCode: k.version.Code,
		AppliedOn: hall.DayOf(k.AppliedAt), ToldOn: hall.DayOf(k.Supplement.At), Authority: k.version.Authority, Handler: k.handler(),
		Phone: k.version.Phone, Basis: k.version.Basis}
	if clock := k.Clock(hall.ClockSupplement); clock != nil {
		n.DueOn, n.Provisional, n.Days = clock.Due, clock.Provisional, clock.N+clock.Extra
	}
	for _, it := range k.Supplement.Items {
		m, _ := k.Material(it.Material)
		im, _ := k.version.Material(m.Code)
		n.Missing = append(n.Missing, print.Missing{Name: materialName(k.cat, m.Code), Fault: it.Fault, Words: words.Items[it.Material],
			Originals: im.Originals, Copies: im.Copies})
	}
	return print.Supplement(n)
}

// told chooses the materials of the notice of what is missing.
func (k caseState) told(m hall.Material) bool {
	return k.Supplement != nil && slices.ContainsFunc(k.Supplement.Items, func(it hall.SupplementItem) bool { return it.Material == m.Key })
}

// password is the query password of a case (查询密码).
func (c *Counter) password(id string) hall.Secret {
	key, ok := c.desk.store.OwnerKey()
	if !ok {
		return ""
	}
	return hall.Secret(seal.QueryPassword(key, id))
}

// nameOf is a name in the terminal's language.
func (c *Counter) nameOf(n hall.Names) string {
	if s := n[c.Config.Locale]; s != "" {
		return s
	}
	return n["zh-Hans"]
}

// handler is the name of the clerk of the case.
func (k caseState) handler() string {
	if s, ok := k.cat.StaffByID(k.Clerk); ok {
		return s.Name
	}
	return k.staff.Name
}

// wanted chooses the materials of a paper.
func wanted(m hall.Material) bool {
	a, _ := m.Newest()
	return m.Required || m.State != hall.MaterialPrepare || a.Coming
}

// paperMaterials lists materials as papers print them.
func (k caseState) paperMaterials(which func(hall.Material) bool) []print.Material {
	var list []print.Material
	for _, m := range k.Materials {
		if !which(m) {
			continue
		}
		def, _ := k.cat.MaterialDef(m.Code)
		im, _ := k.version.Material(m.Code)
		a, _ := m.Newest()
		p := print.Material{Name: def.Name, Code: m.Key, State: strings.ToLower(string(m.State)), Attempt: a.No}
		switch {
		case m.State != hall.MaterialDone && !a.Coming:
		case a.Method == hall.MethodOriginal:
			p.Form, p.Copies = "original", max(im.Originals, 1)
		case a.Method == hall.MethodPaper:
			p.Form, p.Copies = "original", 1
		default:
			p.Form = "electronic"
		}
		list = append(list, p)
	}
	return list
}

// steps are what happened to the case so far, in order.
func (k caseState) steps() []print.Step {
	var list []print.Step
	add := func(state hall.CaseState, at time.Time) {
		if !at.IsZero() {
			list = append(list, print.Step{State: strings.ToLower(string(state)), At: at})
		}
	}
	add(hall.CaseApplied, k.AppliedAt)
	add(hall.CaseReceived, k.ReceivedAt)
	add(hall.CasePending, k.FirstSentAt)
	if s := k.Supplement; s != nil && s.PreReview {
		add(hall.CasePreReturned, s.At)
	} else if s != nil {
		add(hall.CaseSupplementDue, s.At)
	}
	add(hall.CaseAccepted, k.AcceptedAt)
	add(k.State, k.EndedAt)
	slices.SortStableFunc(list, func(a, b print.Step) int { return a.At.Compare(b.At) })
	return list
}

// since is when the case came into its state.
func (k caseState) since() time.Time {
	if s := k.steps(); len(s) > 0 {
		return s[len(s)-1].At
	}
	return k.CreatedAt
}
