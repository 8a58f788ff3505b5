package terminal

import (
	"slices"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/printer"
)

// said has the centre know what only the sealed parts have.
func (r *deskRig) said(change func(*CaseWords)) {
	r.centre.mu.Lock()
	defer r.centre.mu.Unlock()
	said := map[hall.OpID]string{}
	for op, words := range r.centre.words.Said {
		said[op] = words
	}
	r.centre.words.Said = said
	change(&r.centre.words)
}

// lastSealed is the newest operation of a kind.
func (r *deskRig) lastSealed(kind hall.Kind) hall.OpID {
	r.t.Helper()
	ops := r.w.kinds(kind)
	if len(ops) == 0 || len(ops[len(ops)-1].Sealed) == 0 {
		r.t.Fatalf("no sealed part of a %s", kind)
	}
	return ops[len(ops)-1].ID
}

// out waits until a paper came out a number of times, and gives its newest print.
func (r *deskRig) out(paper string, serial, times int) DeskPrint {
	r.t.Helper()
	var all []DeskPrint
	r.until("the paper "+paper, func(v DeskView) bool {
		all = slices.DeleteFunc(slices.Clone(v.Prints), func(p DeskPrint) bool {
			return p.Paper != paper || p.Serial != serial || p.Outcome != string(printer.Confirmed)
		})
		return len(all) == times
	})
	return all[0]
}

// sheets are the kinds of what the page printer got.
func (r *deskRig) sheets() []string {
	r.sheet.mu.Lock()
	defer r.sheet.mu.Unlock()
	var names []string
	for _, s := range r.sheet.sheets {
		names = append(names, s.Title)
	}
	return names
}

// papersRig is an office with fonts, and an applicant whom the centre knows.
func papersRig(t *testing.T) *deskRig {
	t.Helper()
	return officeRig(t, &clock{t: at("10:00")}, func(r *deskRig) {
		r.pdf = func() (*print.PDF, error) { return print.OpenPDF(fontsOfTests(t)) }
	})
}

// known has the centre know whose case it is, and sees it at the approver's desk.
func (r *deskRig) known(staff, id string) *CaseView {
	r.t.Helper()
	r.centre.mu.Lock()
	r.centre.people[id] = hall.PersonSealed{Name: nameZhang, DocKind: "111", DocNo: docZhang}
	r.centre.mu.Unlock()
	return r.as(staff, id)
}

// Each special procedure, the extension and the decision print their document by
// itself where they are made, once the centre has told the words; each procedure
// has a notice of its own, and a copy says that it is one.
func TestOfficePapersPrintByThemselves(t *testing.T) {
	r := papersRig(t)
	id := r.acceptedHere()
	r.pass("办了")
	r.finished()
	r.known("4005", id)
	for serial := 1; serial <= 2; serial++ {
		r.must(r.BeginSpecial(r.ctx, SpecialRequest{Name: "inspection", Reason: "facts_unclear", N: 3, Unit: hall.UnitWorkingDay, Words: "现场看"}))
		r.said(func(w *CaseWords) { w.Said[r.lastSealed(hall.BeginSpecial)] = "现场看" })
		r.later()
		r.out("special", serial, 1)
		r.must(r.EndSpecial(r.ctx, SpecialEndRequest{Serial: serial, Result: "passed"}))
	}
	k := r.kase()
	if s := k.Office.Specials; len(s) != 2 || s[0].No != "37010001-2026-T000001" || s[1].No != "37010001-2026-T000002" || !s[0].Print.Allowed {
		t.Fatalf("%+v", s)
	}
	r.must(r.PrintPaper(r.ctx, PrintRequest{Paper: "special", Serial: 1}))
	r.out("special", 1, 2)
	if code := codeOf(t, r.PrintPaper(r.ctx, PrintRequest{Paper: "special", Serial: 3})); code != "refused_now/paper_not_now" {
		t.Errorf("a notice of what never was: %q", code)
	}
	r.known("4004", id)
	r.must(r.ExtendCase(r.ctx, ExtendRequest{Days: 5, Reason: "complex"}))
	r.out("extension", 0, 1)
	r.known("4003", id)
	r.must(r.StepCase(r.ctx, StepRequest{Status: hall.StepJumped, Step: hall.StepApprove, Words: "急"}))
	if a := r.kase().Acts; a.PrintGrant.Allowed || a.PrintDenial.Why.Code != "paper_not_now" || a.PrintCollection.Allowed {
		t.Errorf("%+v", a)
	}
	r.must(r.DecideCase(r.ctx, DecideRequest{Result: "grant"}))
	r.out("grant", 0, 1)
	if got := r.sheets(); !slices.Equal(got, []string{"special_notice", "special_notice", "special_notice", "extension_notice", "grant_decision"}) {
		t.Errorf("%q", got)
	}
	if strings.Contains(r.log.String(), "现场看") {
		t.Error("the words are in the log")
	}
}

// later lets the centre be asked again.
func (r *deskRig) later() { r.clock.add(11e9) }

// A refusal is printed only when its reasons in words are known: the law asks for
// them. It then is the refusal, not the grant.
func TestDenialWaitsForItsReasons(t *testing.T) {
	r := papersRig(t)
	r.begun("instant")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	r.centre.mu.Lock()
	r.centre.err = errNoDesk()
	r.centre.mu.Unlock()
	r.must(r.DecideInstant(r.ctx, InstantRequest{Result: "refuse", Reason: "conditions_not_met", Words: "张三丰不符合", Completion: hall.ResultReturned}))
	if a := r.kase().Acts; a.PrintDenial.Allowed || a.PrintDenial.Why.Code != "words_unknown" || a.PrintGrant.Why.Code != "paper_not_now" {
		t.Fatalf("%+v %+v", a.PrintDenial.Why, a.PrintGrant.Why)
	}
	r.centre.mu.Lock()
	r.centre.err = nil
	r.centre.mu.Unlock()
	r.said(func(w *CaseWords) { w.Said[r.lastSealed(hall.DecideInstant)] = "张三丰不符合" })
	r.later()
	r.out("denial", 0, 1)
	if got := r.sheets(); !slices.Equal(got, []string{"denial_decision"}) || strings.Contains(r.log.String(), "不符合") {
		t.Errorf("%q", got)
	}
}

// Who collected is known where it was just noted, without the line too: the slip
// comes out there. Another desk asks the centre; before the collection has come
// there, it has no slip.
func TestCollectionSlip(t *testing.T) {
	r := papersRig(t)
	r.begun("instant")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	r.must(r.DecideInstant(r.ctx, InstantRequest{Result: "grant", Completion: hall.ResultCertificate, Certificate: &CertificateRequest{Name: "许可证", No: "X-1", Issuer: "示例局"}}))
	r.out("grant", 0, 1)
	if a := r.kase().Acts; a.PrintCollection.Allowed {
		t.Errorf("%+v", a)
	}
	r.said(func(w *CaseWords) {
		w.Certificate = &hall.CertificateSealed{Name: "许可证", No: "X-1", Issuer: "示例局"}
	})
	r.line.cut()
	r.until("offline", func(v DeskView) bool { return !v.Case.AsOf.IsZero() })
	r.must(r.CollectCase(r.ctx, CollectRequest{Way: hall.CollectCounter}))
	r.out("collection", 0, 1)
	if got := r.sheets(); !slices.Equal(got, []string{"grant_decision", "collection_slip"}) {
		t.Errorf("%q", got)
	}
	id := r.kase().ID
	r.must(r.LeaveCase(r.ctx))
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: id}))
	if a := r.kase().Acts.PrintCollection; a.Allowed || a.Why.Code != "words_unknown" {
		t.Errorf("a slip that names nobody: %+v", a)
	}
}
