package terminal

import (
	"slices"

	"hallway/app/hall"
)

// officeView is what becomes of the case in hand after its acceptance, nil before
// it has a number.
func (c *Counter) officeView(k caseState) *OfficeView {
	if k.Number == "" {
		return nil
	}
	v := &OfficeView{Result: k.Result, Steps: []StepView{}, Specials: []SpecialView{}, Collections: []CollectionView{},
		Colleagues: colleagues(k), Procedures: procedures(k.version), Results: completions(), Endings: hall.SpecialResults(), Acts: c.officeActs(k)}
	if !k.State.BeforeAcceptance() {
		v.Ended = local(k.EndedAt)
	}
	said := c.opinionsOf(k, v)
	v.approval(k, said)
	for _, s := range k.Specials {
		one := SpecialView{Serial: s.Serial, Kind: s.Kind, Code: s.Name, Stops: s.Stops, By: staffName(k.cat, s.Approver), Reason: s.Reason,
			At: local(s.At), Expect: s.ExpectDay, Days: s.Expect.N, Result: s.Result, Ended: local(s.EndedAt)}
		one.Name, one.Words, one.Ending = k.ownProcedure(s.Name), said[s.SealedIn], said[s.ResultSealed]
		one.No, one.Print = k.ToldOf(s.Serial), c.printAct(k, specialPaper(s.Serial))
		if s.Kind == hall.SpecialExtension {
			one.Print = c.printAct(k, paperExtension)
		}
		v.Specials = append(v.Specials, one)
	}
	if x := k.Decision; x != nil {
		v.Decision = &DecisionView{Result: x.Result, Reason: x.Reason, By: staffName(k.cat, x.By), At: local(x.At), No: k.documentNo(hall.DocumentGrant)}
		if x.Result == hall.DecisionDenied {
			v.Decision.No = k.documentNo(hall.DocumentDenial)
		}
	}
	if x := k.Voiding; x != nil {
		v.Voiding = &FlagView{At: local(x.At), By: staffName(k.cat, x.By), Reason: x.Reason, Words: said[x.SealedIn]}
	}
	for _, one := range k.Collections {
		v.Collections = append(v.Collections, CollectionView{At: local(one.At), Way: one.Way, DocKind: one.DocKind, Checked: one.Checked, Why: one.Why})
	}
	return v
}

// ownProcedure is the name of a special procedure that is the item's own, nil of
// any other.
func (k caseState) ownProcedure(code string) hall.Names {
	if own := slices.IndexFunc(k.version.Specials, func(i hall.ItemSpecial) bool { return i.Code == code }); own >= 0 {
		return k.version.Specials[own].Name
	}
	return nil
}

// approval fills in where the case is in its approval.
func (v *OfficeView) approval(k caseState, said map[hall.OpID]string) {
	a := k.Approval
	if a == nil && k.State == hall.CaseAccepted {
		v.Step = hall.StepHandle
	}
	if x := k.Hung; x != nil {
		v.Hung = &FlagView{At: local(x.At), By: staffName(k.cat, x.By), Reason: x.Reason}
	}
	if a == nil {
		return
	}
	if k.State == hall.CaseInApproval || k.State == hall.CaseSpecialStop {
		v.Step, v.Mine = a.At, a.By == k.staff.Staff
		if a.By != "" {
			v.Turn = staffName(k.cat, a.By)
		}
	}
	for _, s := range a.Steps {
		v.Steps = append(v.Steps, StepView{No: s.No, Step: s.Step, Status: s.Status, By: staffName(k.cat, s.By), At: local(s.At), Words: said[s.SealedIn]})
	}
}

// colleagues lists who can be given a step of the case, without who asks.
func colleagues(k caseState) []Colleague {
	all := []Colleague{}
	for _, step := range []int{hall.StepHandle, hall.StepReview, hall.StepApprove} {
		for _, who := range k.cat.FitFor(k.Case, step) {
			if who.ID == k.staff.Staff {
				continue
			}
			at := slices.IndexFunc(all, func(c Colleague) bool { return c.ID == who.ID })
			if at < 0 {
				all, at = append(all, Colleague{ID: who.ID, Name: who.Name}), len(all)
			}
			all[at].Steps = append(all[at].Steps, step)
		}
	}
	return all
}

// completions are how a case can be completed after each decision.
func completions() map[string][]string {
	all := map[string][]string{}
	for _, decided := range []string{hall.DecisionGranted, hall.DecisionDenied} {
		all[decided] = hall.CompletionResults(decided)
	}
	return all
}

// procedures lists the special procedures that an item knows.
func procedures(v hall.ItemVersion) []ProcedureName {
	var all []ProcedureName
	for _, own := range v.Specials {
		all = append(all, ProcedureName{Code: own.Code, Name: own.Name, Stops: own.StopsClock})
	}
	for _, code := range hall.SpecialNames() {
		all = append(all, ProcedureName{Code: code, Stops: true})
	}
	return all
}

// officeActs says which of these acts may be done now, each asked with the least
// that it needs.
func (c *Counter) officeActs(k caseState) OfficeActs {
	edit, words := hall.Edit{Version: k.Version}, []byte("sealed")
	step := func(status string, step int, to string) Act {
		return c.maySealed(k, hall.ApproveStep, hall.ApproveStepBody{Edit: edit, Status: status, Step: step, To: to}, words)
	}
	at, serial := hall.StepHandle, 0
	if k.Approval != nil {
		at = k.Approval.At
	}
	if s := k.OpenSpecial(); s != nil {
		serial = s.Serial
	}
	result := leastDecision(k.Case)
	return OfficeActs{
		Pass:       step(hall.StepPassed, 0, ""),
		Return:     step(hall.StepReturned, 0, ""),
		HandOver:   step(hall.StepHandedOver, 0, another(k, at)),
		SendBack:   step(hall.StepSentBack, 0, ""),
		Recall:     step(hall.StepRecalled, 0, ""),
		Jump:       step(hall.StepJumped, at%hall.StepApprove+1, ""),
		Hang:       c.mayCase(k, hall.HangCase, hall.HangCaseBody{Edit: edit, Hung: true, Reason: "waits_case"}),
		Unhang:     c.mayCase(k, hall.HangCase, hall.HangCaseBody{Edit: edit}),
		Special:    c.maySealed(k, hall.BeginSpecial, hall.BeginSpecialBody{Edit: edit, Name: hall.SpecialHearing, Reason: "law_requires", Expect: hall.Limit{N: 1, Unit: hall.UnitDay}}, words),
		SpecialEnd: c.maySealed(k, hall.EndSpecial, hall.EndSpecialBody{Edit: edit, Serial: serial, Result: "passed"}, words),
		Extend:     c.maySealed(k, hall.ExtendCase, hall.ExtendCaseBody{Edit: edit, Days: 1, Reason: "complex"}, words),
		Decide:     c.maySealed(k, hall.DecideCase, hall.DecideCaseBody{Edit: edit, Result: result, Reason: leastReason(result)}, words),
		Complete:   c.mayCase(k, hall.CompleteCase, hall.CompleteCaseBody{Edit: edit, Result: hall.ResultDone}),
		Transfer:   c.maySealed(k, hall.TransferCase, hall.TransferCaseBody{Edit: edit, Authority: "-"}, words),
		Collect:    c.maySealed(k, hall.CollectCase, hall.CollectBody{Way: hall.CollectMail}, words),
		Instant:    c.maySealed(k, hall.DecideInstant, hall.DecideInstantBody{Edit: edit, Result: result, Reason: leastReason(result), Completion: hall.ResultDone}, words),
		Void:       c.maySealed(k, hall.AskVoid, hall.AskVoidBody{Edit: edit, Reason: "duplicate"}, words),
		DecideVoid: c.maySealed(k, hall.DecideVoid, hall.DecideVoidBody{Edit: edit}, words),
	}
}

// another is somebody else who can be given a step, "" when nobody can.
func another(k caseState, step int) string {
	for _, who := range k.cat.FitFor(k.Case, step) {
		if who.ID != k.staff.Staff {
			return who.ID
		}
	}
	return ""
}

// leastDecision is a decision that the materials of a case allow.
func leastDecision(k hall.Case) string {
	if k.Complete() {
		return hall.DecisionGranted
	}
	return hall.DecisionDenied
}

func leastReason(result string) string {
	if result == hall.DecisionGranted {
		return ""
	}
	return "conditions_not_met"
}
