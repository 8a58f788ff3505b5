package terminal

import (
	"slices"
	"strconv"
	"strings"

	"hallway/app/hall"
)

// applyView is the open application as the page shows it; k.mu is held.
func (k *Kiosk) applyView(s *session, cat *hall.Catalogue) *KioskApply {
	a := s.apply
	if a == nil || s.phase != phaseApply || cat == nil {
		return nil
	}
	w, c, known := k.caseNow(a)
	v := &KioskApply{Step: a.step, Item: itemView(a), Checks: checkViews(a), Materials: []KioskApplyMaterial{}, Begun: local(a.resumed),
		Offline: a.offline && a.kase.waits(false), Waiting: k.applyWaits(a), Message: a.message, Refused: a.refused,
		Start: k.startAct(a), Submit: deny("apply_not_open"), Cancel: deny("apply_not_open"), Slip: a.slip}
	if act := a.kase.has(hall.SubmitCase); act != nil && !act.settled() {
		v.Step = applySending
	}
	v.Print = k.slipAct(a, c, known)
	v.Capture = k.captures.view()
	if !known {
		v.Materials = wantedViews(cat, a)
		return v
	}
	v.State, v.Resubmit = c.State, c.Resubmit
	v.Form = k.formView(s, a, w, c)
	v.Number, v.Temporary = c.Number, c.Number == "" && c.TempNumber != ""
	if v.Temporary {
		v.Number = c.TempNumber
	}
	for _, m := range c.Materials {
		v.Materials = append(v.Materials, k.applyMaterialView(s, a, w, c, m, cat))
	}
	if v.Step == applyMaterials {
		v.Submit = k.submitAct(s, a, w, c)
	}
	v.Cancel = k.mayApply(a, w, hall.CancelCase, hall.CancelCaseBody{Edit: k.editOf(s, c), Reason: "applicant_withdrew"})
	return v
}

func itemView(a *applying) KioskApplyItem {
	it := KioskApplyItem{ID: a.item.ID, Name: a.item.Name, Authority: a.version.Authority, Kind: a.version.Kind,
		PromisedDays: a.version.PromisedDays, LegalDays: a.version.LegalDays, Phone: a.version.Phone}
	it.Form = a.version.Form != nil
	if it.Name == nil {
		it.Name = hall.Names{} // not read yet
	}
	it.Counter = slices.ContainsFunc(a.version.Materials, func(m hall.ItemMaterial) bool { return m.Originals > 0 })
	return it
}

func checkViews(a *applying) []KioskCheck {
	views := []KioskCheck{}
	for _, c := range a.version.Checks {
		v := KioskCheck{ID: c.ID, Question: c.Question, Answer: a.answers[c.ID]}
		if v.Answer != "" && v.Answer != c.Wanted {
			v.Otherwise, v.Stops = c.Otherwise, c.Stops
		}
		views = append(views, v)
	}
	return views
}

// wantedViews are the materials of an item before there is a case.
func wantedViews(cat *hall.Catalogue, a *applying) []KioskApplyMaterial {
	views := []KioskApplyMaterial{}
	for _, m := range a.version.Materials {
		def, _ := cat.MaterialDef(m.Code)
		v := KioskApplyMaterial{Key: m.Code, Name: def.Name, Person: 1, Required: m.Required, Originals: m.Originals, Copies: m.Copies,
			Department: supplierOf(cat, a.item, m, hall.MethodEShare),
			State:      hall.MaterialPrepare, Label: hall.CitizenMaterialLabel(hall.MaterialPrepare), Ways: []KioskWay{}, Drop: deny("apply_not_open")}
		for _, way := range append([]hall.Method{hall.MethodUpload, hall.MethodOriginal}, m.Methods...) {
			v.Ways = append(v.Ways, KioskWay{way, deny("apply_not_open")})
		}
		views = append(views, v)
	}
	return views
}

// applyMaterialView is one material of the case; k.mu is held.
func (k *Kiosk) applyMaterialView(s *session, a *applying, w applyWorld, c hall.Case, m hall.Material, cat *hall.Catalogue) KioskApplyMaterial {
	def, _ := cat.MaterialDef(m.Code)
	im, _ := a.version.Material(m.Code)
	edit := k.editOf(s, c)
	v := KioskApplyMaterial{Key: m.Key, Name: def.Name, Person: personOfKey(m.Key), Required: m.Required, Originals: im.Originals,
		Copies: im.Copies, State: m.State, Label: hall.CitizenMaterialLabel(m.State), Asking: m.Ask.Op != "", Bring: a.bring[m.Key] || hall.CitizenBring(c, m.Key),
		Pages: a.pages[m.Key], Fault: hall.CitizenFault(c, m.Key), Ways: []KioskWay{}}
	if n, tried := m.Newest(); tried && n.State != hall.AttemptSuperseded {
		v.Method, v.Due, v.Coming = n.Method, local(n.Due), n.Coming
	}
	v.Department = supplierOf(cat, a.item, im, v.Method)
	for _, way := range cat.Ways(c, m.Key) {
		var act Act
		switch {
		case way == hall.MethodUpload:
			act = k.uploadAct(a, c, m.Key)
		case way == hall.MethodOriginal:
			act = bringAct(c, m)
		default:
			act = k.mayApply(a, w, hall.ChooseSharing, hall.ChooseSharingBody{Edit: edit, Material: m.Key, Method: way})
		}
		v.Ways = append(v.Ways, KioskWay{way, act})
	}
	if a.bring[m.Key] && m.Open() {
		v.Method, v.Drop = hall.MethodOriginal, allow()
	} else {
		kind, body := k.dropOf(s, c, m.Key)
		v.Drop = k.mayApply(a, w, kind, body)
	}
	return v
}

// supplierOf is the department that supplies a material: paper, when it is chosen or
// the only way, comes from where it is signed out.
func supplierOf(cat *hall.Catalogue, it hall.Item, m hall.ItemMaterial, method hall.Method) hall.Names {
	if len(m.Methods) == 0 {
		return nil
	}
	def, _ := cat.MaterialDef(m.Code)
	id := def.Department
	if rights, ok := it.RightsOf(m.Code); ok && (method == hall.MethodPaper || !slices.Contains(m.Methods, hall.MethodEShare)) {
		id = rights.SignOut
	}
	d, _ := cat.Department(id)
	return d.Name
}

// personOfKey is of which applicant a material is, from 1.
func personOfKey(key string) int {
	if _, n, several := strings.Cut(key, "#"); several {
		if i, err := strconv.Atoi(n); err == nil {
			return i
		}
	}
	return 1
}

// continueActs say what the owner may do with a case of the list; k.mu is held.
func (k *Kiosk) continueActs(p *progress, c KioskCase) (goOn, cancel Act) {
	switch {
	case k.applyStore() == nil || k.Deps.Applications == nil:
		a := deny("forbidden")
		return a, a
	case p.by != "card":
		a := deny("card_needed")
		return a, a
	case !k.online():
		a := deny("offline")
		return a, a
	}
	goOn, cancel = allow(), allow()
	if !c.State.Editable() {
		goOn = deny("case_state", "state", string(c.State))
	}
	if !c.State.May(hall.CancelCase) {
		cancel = deny("case_state", "state", string(c.State))
	}
	return goOn, cancel
}
