package terminal

import (
	"slices"
	"time"

	"hallway/app/hall"
)

// emptyDesk shows nothing.
func emptyDesk() DeskView {
	return DeskView{Items: []DeskItem{}, Open: deny("not_signed_in"), Theirs: []CaseRow{}, Pending: []CaseRow{}, Scans: []ScanFile{},
		Prints: []DeskPrint{}, News: []CaseNews{}}
}

// settleDesk follows what happened: who sits here, what departments answered,
// receipts that print by themselves, news.
func (c *Counter) settleDesk() {
	s := c.signedIn()
	if s == nil || c.desk.store == nil {
		return
	}
	st := c.state()
	c.deskTicket(st)
	c.settleTyped(st, s)
	if st.cat == nil {
		return
	}
	c.answers(st, s)
	c.autoPrint(st, s)
	c.gather(st, s)
}

// deskView is the desk of the signed-in clerk.
func (c *Counter) deskView(st counterState, s *Session) DeskView {
	v := emptyDesk()
	if s == nil || st.cat == nil || c.desk.store == nil || st.cat.Cases.Service == "" {
		return v
	}
	v.Enabled, v.Office = true, !slices.Contains(s.Roles, hall.RoleClerk)
	v.Items = deskItems(st)
	v.Open = c.openAct(st, s)
	c.countCases(&v, st, s)
	v.Theirs = c.theirCases(st, s)
	if k, ok := c.inHand(st, s); ok {
		v.Case = c.caseView(k)
		v.Scans = c.scanList()
		v.Prints = c.printViews(k.ID)
	}
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	v.Applicant = c.desk.applicantView()
	if c.desk.notice != nil {
		v.Notice = &DeskNotice{Notice: *c.desk.notice, N: c.desk.reads}
	}
	v.Draft = c.desk.draftView(st, s)
	v.News = append(v.News, c.desk.news...)
	v.Captures, v.Capture = len(c.Devices.Captures) > 0, c.captures.view()
	return v
}

// countCases fills in how many cases wait, and the first of 受理中.
func (c *Counter) countCases(v *DeskView, st counterState, s *Session) {
	pending, err := c.desk.store.Cases(c.life, CaseQuery{Lists: []hall.CaseList{hall.CasesPending}, Now: st.now, Limit: casesShown})
	var n CaseCounts
	if err == nil {
		n, err = c.desk.store.CaseCounts(c.life, st.now)
	}
	if err != nil && c.life.Err() == nil {
		c.Logger.Error("the cases that wait cannot be read", "err", err)
	}
	v.Pending, v.Count, v.Anomalies, v.Reviews = c.caseRows(st, s, pending), n.Pending, n.Anomalies, n.Reviews
}

// deskItems lists what cases can be opened for, this window's first.
func deskItems(st counterState) []DeskItem {
	groups := st.def.Groups
	if len(st.window.Groups) > 0 {
		groups = st.window.Groups
	}
	here, other := []DeskItem{}, []DeskItem{}
	for _, it := range st.cat.Items {
		version, ok := it.Published()
		if !ok {
			continue
		}
		d := DeskItem{ID: it.ID, Name: it.Name, Group: it.Group, Kind: version.Kind, Version: version.Version, Here: contains(groups, it.Group)}
		if d.Here {
			here = append(here, d)
		} else {
			other = append(other, d)
		}
	}
	return append(here, other...)
}

// applicantView is who sits before the clerk; k.mu is held.
func (k *desk) applicantView() *Applicant {
	if k.who == nil {
		return nil
	}
	return &Applicant{Source: k.who.source, Name: k.who.Name, DocKind: k.who.DocKind, DocNo: hall.MaskIDNumber(k.who.DocNo),
		ValidUntil: k.who.validUntil, Phone: hall.MaskPhone(k.who.Phone), Cases: len(k.opened)}
}

// caseView is the case in hand, whole.
func (c *Counter) caseView(k caseState) *CaseView {
	row := c.caseRow(k.counterState, k.staff, k.Case)
	v := &CaseView{ID: k.ID, Version: k.Version, Number: k.Number, Temp: k.TempNumber, ItemID: k.Item, Item: k.item.Name,
		ItemVersion: k.ItemVersion, Kind: k.Kind, State: k.State, Summary: row.Summary, Anomaly: row.Anomaly, Resubmit: k.Resubmit,
		Pending: k.waits, Received: local(k.ReceivedAt), Submitted: local(k.SubmittedAt), Accepted: local(k.AcceptedAt),
		ByItself: k.AcceptedBy == hall.BySystem, DueDay: k.DueDay, Provisional: k.Provisional, Materials: []CaseMaterial{}, Asides: []CaseAside{}}
	if n, err := hall.ParseApplicationNumber(k.Number); err == nil {
		v.Typed = n.Typed()
	}
	if k.Note.Code != "" {
		note := k.Note
		v.Note = &note
	}
	if line := c.line(); !line.Online {
		v.AsOf = local(line.Since)
	}
	if who := c.personOf(k.ID, k.staff); who != nil {
		v.Applicant, v.Document = who.Name, hall.MaskIDNumber(who.DocNo)
	}
	for _, m := range k.Materials {
		v.Materials = append(v.Materials, c.materialView(k, m))
	}
	for _, a := range slices.Backward(k.Asides) {
		m, _ := k.Material(a.Material)
		v.Asides = append(v.Asides, CaseAside{Material: materialName(k.cat, m.Code), Way: a.Way, Why: hall.Text{Code: a.Why}, At: local(a.At)})
	}
	edit := hall.Edit{Version: k.Version}
	v.Acts = CaseActs{Receive: c.receiveAct(k), Accept: c.acceptAct(k, edit),
		Cancel:       c.mayCase(k, hall.CancelCase, hall.CancelCaseBody{Edit: edit}),
		Help:         c.helpAct(k),
		PrintReceipt: c.printAct(k, paperReceipt), PrintTemporary: c.printAct(k, paperTemporary),
		PrintAcceptance: c.printAct(k, paperAcceptance), PrintSheet: c.printAct(k, paperSheet), PrintProgress: c.printAct(k, paperProgress)}
	v.Acts.PrintForm = c.printAct(k, paperForm)
	v.Acts.PrintSupplement, v.Acts.PrintSupplied, v.Acts.PrintRefusal = c.printAct(k, paperSupplement), c.printAct(k, paperSupplied), c.printAct(k, paperRefusal)
	v.Acts.PrintGrant, v.Acts.PrintDenial, v.Acts.PrintCollection = c.printAct(k, paperGrant), c.printAct(k, paperDenial), c.printAct(k, paperCollection)
	v.Form = c.formView(k)
	c.lawView(k, v)
	v.Help = c.helpView(k)
	return v
}

// materialView is one material of the case in hand.
func (c *Counter) materialView(k caseState, m hall.Material) CaseMaterial {
	def, _ := k.cat.MaterialDef(m.Code)
	im, _ := k.version.Material(m.Code)
	a, tried := m.Newest()
	edit := hall.Edit{Version: k.Version}
	v := CaseMaterial{Key: m.Key, Code: m.Code, Name: def.Name, Required: m.Required, Originals: im.Originals, Copies: im.Copies,
		State: m.State, Methods: []MaterialMethod{}, History: []MaterialAttempt{}, Asking: m.Ask.Op != "", Failed: m.Failed,
		Drop:    c.mayCase(k, hall.DropMethod, hall.DropMethodBody{Edit: edit, Material: m.Key}),
		Replace: c.mayCase(k, hall.ReplaceMaterial, hall.ReplaceMaterialBody{Edit: edit, Material: m.Key, Reason: "unreadable"})}
	v.WaitsLine = v.Asking && !c.online()
	if dept, ok := k.cat.Department(departmentOf(k, m, def)); ok {
		v.Department = dept.Name
	}
	for _, way := range k.cat.Ways(k.Case, m.Key) {
		act := c.handInAct(k, m.Key)
		if way.Shared() {
			act = c.chooseAct(k, m.Key, way)
		}
		v.Methods = append(v.Methods, MaterialMethod{Method: way, Act: act})
	}
	if tried && a.State != hall.AttemptSuperseded {
		v.Method, v.DoneBy, v.Reason, v.Due, v.Late = a.Method, a.DoneBy, a.Reason, local(a.Due), a.Late
		if a.File.SHA256 != "" {
			v.File = &CaseFile{SHA256: a.File.SHA256, Type: a.File.Type, Size: a.File.Size, Coming: a.Coming}
		}
		if a.Method == hall.MethodPaper && k.Number != "" {
			label := hall.Label{Number: k.Number, Material: m.Key, Attempt: a.No}
			if p, ok, err := hall.Load[hall.Paper](k.world, hall.EntityPaper, label.ID()); err == nil && ok {
				v.Custody = p.Custody
			}
		}
	}
	for _, old := range slices.Backward(m.Attempts) {
		if old.No == a.No && old.State != hall.AttemptSuperseded {
			continue
		}
		v.History = append(v.History, MaterialAttempt{No: old.No, Method: old.Method, State: old.State, Reason: old.Reason, At: local(latest(old))})
	}
	return v
}

// departmentOf is who supplies the material: paper comes from where it is
// signed out.
func departmentOf(k caseState, m hall.Material, def hall.MaterialDef) string {
	if a, ok := m.Newest(); ok && a.Method == hall.MethodPaper {
		if rights, ok := k.item.RightsOf(m.Code); ok {
			return rights.SignOut
		}
	}
	return def.Department
}

func latest(a hall.Attempt) time.Time {
	if a.EndedAt.IsZero() {
		return a.AskedAt
	}
	return a.EndedAt
}
