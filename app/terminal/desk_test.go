package terminal

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/build/fuzz"

	"hallway/devices/idcard"
	"hallway/devices/scanner"
	"hallway/sync/seal"
)

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *syncBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// From the card to the acceptance, everything by hand.
func TestADeskTakesACase(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	v := r.desk1()
	if !v.Enabled || len(v.Items) != 3 || !v.Items[0].Here || v.Items[2].Here || v.Open.Why.Code != "no_ticket" {
		t.Errorf("at first: %+v", v)
	}
	r.called()
	if why := r.desk1().Open.Why; why == nil || why.Code != "no_applicant" {
		t.Errorf("without an applicant: %v", why)
	}
	r.place(zhang())
	r.until("the applicant", func(v DeskView) bool { return v.Applicant != nil })
	who := r.desk1().Applicant
	if who.Name != nameZhang || who.Source != "card" || strings.Contains(who.DocNo, "19491231") || who.ValidUntil != "20400101" {
		t.Errorf("applicant %+v", who)
	}
	r.must(r.Counter.OpenCase(r.ctx, OpenCaseRequest{Item: "open-shop"}))
	k := r.kase()
	if k.State != hall.CaseDraft || len(k.Materials) != 3 || k.Applicant != nameZhang || !k.Acts.Receive.Allowed || !k.Acts.Cancel.Allowed ||
		k.Acts.Accept.Why == nil || k.Acts.Accept.Why.Code != "materials_open" || r.desk1().Applicant.Cases != 1 {
		t.Errorf("the new case: %+v", k)
	}
	op := r.w.kinds(hall.OpenCase)[0]
	var body hall.OpenCaseBody
	if err := json.Unmarshal(op.Body, &body); err != nil {
		t.Fatal(err)
	}
	want := hall.OpenCaseBody{Item: "open-shop", ItemVersion: 1, Window: "1", Ticket: r.View().Current.ID, Owner: seal.OwnerLook(testKey, "111", docZhang),
		PasswordLook: seal.PasswordLook(testKey, op.Entity, seal.QueryPassword(testKey, op.Entity))}
	if body != want || len(r.store.sealed) != 1 || r.store.sealed[0].DocNo != docZhang || strings.Contains(string(op.Body), docZhang) {
		t.Errorf("open_case says %+v", body)
	}
	r.originals("M01", "M02", "M03")
	if m := r.material("M01"); m.State != hall.MaterialDone || m.DoneBy != hall.DoneOriginal || !m.Replace.Allowed || m.Methods[0].Act.Why.Code != "material_done" {
		t.Errorf("handed in: %+v", m)
	}
	r.must(r.AcceptCase(r.ctx)) // of a draft: receipt and acceptance
	k = r.kase()
	if k.State != hall.CaseAccepted || k.Number != "010101000001" || k.Typed == k.Number || k.ByItself || k.DueDay == "" || k.Received.IsZero() {
		t.Errorf("accepted: %+v", k)
	}
	if a := k.Acts; a.Cancel.Why != nil && a.Cancel.Why.Code == "offline" || a.Accept.Allowed || a.Receive.Allowed || !a.PrintAcceptance.Allowed ||
		a.PrintTemporary.Allowed || r.material("M01").Replace.Allowed {
		t.Errorf("after the acceptance: %+v", a)
	}
}

func TestCardsAtTheDesk(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	told := func(code string) {
		t.Helper()
		r.until(code, func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == code })
	}
	r.place(zhang())
	told("desk_no_ticket")
	r.called()
	expired := zhang()
	expired.ValidUntil = "20260301"
	r.place(expired)
	told("card_expired")
	if r.desk1().Applicant != nil {
		t.Error("an expired card is somebody")
	}
	r.reader.events <- idcard.Event{Err: "whatever"} // taken when the one before is done with
	if expired.Name != "" || expired.Number != "" {
		t.Error("the card's bytes stay")
	}
	told("card_unreadable")
	r.reader.events <- idcard.Event{Err: idcard.ErrOtherKind}
	told("card_other_kind")
	r.place(zhang())
	r.until("the applicant", func(v DeskView) bool { return v.Applicant != nil && v.Notice != nil && v.Notice.Code == "card_taken" })
	n := r.desk1().Notice.N
	r.place(zhang())
	r.until("the same card is told again", func(v DeskView) bool { return v.Notice != nil && v.Notice.N == n+1 })
	r.must(r.ClearApplicant(r.ctx))
	if r.desk1().Applicant != nil {
		t.Error("still there")
	}
	r.must(r.TakeCode(r.ctx, CodeRequest{Text: "NSF"})) // what a foreign code says is no act
	told("code_foreign")
	if v := r.View(); v.Current == nil || v.Desk.Case != nil {
		t.Errorf("a foreign code did something: %+v", v.Current)
	}
}

func TestTypingTheApplicant(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	fine := ApplicantRequest{Name: " " + nameZhang, DocKind: "111", DocNo: strings.ToLower(docZhang), Phone: "138 0000 0000"}
	if code := codeOf(t, r.Applicant(r.ctx, fine)); code != "refused_now/no_ticket" {
		t.Errorf("without a ticket: %q", code)
	}
	r.called()
	for name, tc := range map[string]struct {
		change      func(*ApplicantRequest)
		code, field string
	}{
		"no name":        {func(a *ApplicantRequest) { a.Name = " " }, "name_form", "name"},
		"a wrong digit":  {func(a *ApplicantRequest) { a.DocNo = "110105194912310021" }, "id_check", "doc_no"},
		"an odd kind":    {func(a *ApplicantRequest) { a.DocKind = "999" }, "doc_kind", "doc_no"},
		"a short phone":  {func(a *ApplicantRequest) { a.Phone = "123" }, "phone_form", "phone"},
		"an odd passage": {func(a *ApplicantRequest) { a.DocKind, a.DocNo = "516", "H1" }, "doc_form", "doc_no"},
	} {
		t.Run(name, func(t *testing.T) {
			a := fine
			tc.change(&a)
			p := AsProblem(r.Applicant(r.ctx, a))
			if p == nil || p.Status != 422 || p.Params["field"] != tc.field || tc.code != "id_check" && p.Code != tc.code {
				t.Errorf("%+v", p)
			}
			if raw, _ := json.Marshal(p); strings.Contains(string(raw), a.DocNo) {
				t.Error("what was typed comes back")
			}
		})
	}
	r.must(r.Applicant(r.ctx, fine))
	if v := r.desk1().Applicant; v.Source != "typed" || v.Name != nameZhang || v.Phone != "138****0000" {
		t.Errorf("%+v", v)
	}
}

// Whoever sat at the window is forgotten with the ticket, at the sign-out and at
// the end; nothing of them is in the page or in the log.
func TestTheDeskForgets(t *testing.T) {
	for name, leave := range map[string]func(*deskRig){
		"finished": func(r *deskRig) { r.must(r.Finish(r.ctx)) },
		"held":     func(r *deskRig) { r.must(r.Hold(r.ctx)) },
		"another group": func(r *deskRig) {
			r.must(r.Transfer(r.ctx, TransferRequest{Group: "tax"}))
		},
		"signed out": func(r *deskRig) { r.must(r.Finish(r.ctx)); r.must(r.SignOut(r.ctx)) },
		"session over": func(r *deskRig) {
			r.Counter.mu.Lock()
			r.session.Expires = r.clock.now()
			r.Counter.mu.Unlock()
			r.clock.add(time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
			id := r.begun("open-shop")
			r.originals("M01")
			leave(r)
			r.until("forgotten", func(v DeskView) bool { return v.Applicant == nil && v.Case == nil && v.Notice == nil })
			raw, err := json.Marshal(r.View())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []string{docZhang, nameZhang, "张*三"} {
				if strings.Contains(string(raw), s) && !strings.Contains(string(raw), `"person":"`+nameZhang) {
					t.Errorf("the page still has %q", s)
				}
				if strings.Contains(r.log.String(), s) {
					t.Errorf("the log has %q", s)
				}
			}
			r.desk.mu.Lock()
			defer r.desk.mu.Unlock()
			if r.desk.who != nil || len(r.desk.of) != 0 || r.desk.hand != "" || len(r.desk.opened) != 0 {
				t.Errorf("the desk still has somebody of %s", id)
			}
		})
	}
}

func TestFindingACase(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	id := r.begun("simple")
	r.must(r.ReceiveCase(r.ctx))
	number := r.kase().Number
	typed := r.kase().Typed
	label := hall.EncodeLabel(hall.Label{Number: number, Material: "M01", Attempt: 1})
	for _, named := range []string{id, number, typed, label} {
		r.must(r.LeaveCase(r.ctx))
		if r.desk1().Case != nil {
			t.Fatal("still in hand")
		}
		r.must(r.ShowCase(r.ctx, CaseRequest{Case: named}))
		if r.kase().ID != id || r.kase().Applicant != nameZhang {
			t.Errorf("%s: %+v", named, r.kase())
		}
		r.must(r.LeaveCase(r.ctx))
		r.scanner.scans <- scanner.Scan{Text: named + "\r\n"}
		r.until("scanned "+named, func(v DeskView) bool { return v.Case != nil && v.Case.ID == id })
	}
	last := typed[len(typed)-1]
	wrong := typed[:len(typed)-1] + string('0'+(last-'0'+1)%10)
	for named, code := range map[string]string{"010101000009": "case_unknown", "abc": "application_number_form", wrong: "application_number_check",
		label[:len(label)-1] + "!": "code_damaged"} {
		if got := codeOf(t, r.ShowCase(r.ctx, CaseRequest{Case: named})); got != code {
			t.Errorf("%s: %q, want %q", named, got, code)
		}
	}
	for text, code := range map[string]string{"010101000009": "case_unknown", "https://example.org": "code_foreign", "HL1.x": "code_damaged"} {
		r.scanner.scans <- scanner.Scan{Text: text}
		r.until(text, func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == code })
	}
	r.scanner.scans <- scanner.Scan{Broken: true}
	r.until("a broken scan", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "code_damaged" })
}

// A case of another clerk: the centre tells whose it is, and it is forgotten
// when the case leaves the hand.
func TestTheApplicantOfAnothersCase(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	one := newDeskRig(t, w, c, "1", nil)
	id := one.begun("simple")
	one.must(one.ReceiveCase(one.ctx))
	two := newDeskRig(t, w, c, "2", nil)
	two.centre.people[id] = hall.PersonSealed{Name: nameZhang, DocKind: "111", DocNo: docZhang}
	two.must(two.ShowCase(two.ctx, CaseRequest{Case: id}))
	two.until("the applicant", func(v DeskView) bool { return v.Case != nil && v.Case.Applicant == nameZhang })
	if why := two.kase().Acts.Cancel.Why; why == nil || why.Code != "right_missing" {
		t.Errorf("a clerk without the right may cancel: %v", why)
	}
	two.must(two.LeaveCase(two.ctx))
	two.desk.mu.Lock()
	defer two.desk.mu.Unlock()
	if len(two.desk.of) != 0 {
		t.Error("the centre's word is kept after the case left the hand")
	}
}

func TestHelp(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.begun("open-shop")
	r.centre.offers = []MaterialOffers{{Key: "M02", Offers: []Offer{{hall.MethodEShare, hall.AnswerYes}}},
		{Key: "M03", Offers: []Offer{{hall.MethodEShare, hall.AnswerNo}, {hall.MethodPaper, hall.AnswerFailed}}}}
	r.must(r.AskHelp(r.ctx))
	r.until("the list", func(v DeskView) bool { return v.Case.Help != nil && v.Case.Help.State == "ready" })
	h := r.kase().Help
	if len(h.Materials) != 2 || len(h.Materials[1].Offers) != 1 || h.Materials[1].Offers[0].Answer != "failed" || !h.Materials[0].Offers[0].Act.Allowed {
		t.Errorf("%+v", h)
	}
	if n := len(r.w.kinds(hall.ChooseSharing)); n != 0 || r.kase().Version != 1 {
		t.Error("asking changed something")
	}
	r.must(r.ChooseMethod(r.ctx, MethodRequest{Material: "M02", Method: hall.MethodEShare}))
	if m := r.material("M02"); !m.Asking || m.State != hall.MaterialPrepare {
		t.Errorf("asked: %+v", m)
	}
	ask := r.w.kinds(hall.ChooseSharing)[0]
	r.store.system(t, hall.ShareAnswered, r.kase().ID, hall.ShareAnsweredBody{Material: "M02", Ask: ask.ID, Answer: hall.AnswerYes})
	r.until("M1", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "share_requested" })
	if m := r.material("M02"); m.State != hall.MaterialEWait || !m.Drop.Allowed || m.Department["zh-Hans"] != "公安" {
		t.Errorf("answered: %+v", m)
	}
	r.shared("M03", hall.MethodPaper, hall.AnswerFailed)
	r.until("M3", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "share_failed" })
	r.shared("M03", hall.MethodEShare, hall.AnswerNo)
	r.until("M3 no", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "share_refused" })
	if why := r.kase().Acts.Accept.Why; why == nil || why.Code != "material_missing" {
		t.Errorf("with a missing material: %v", why)
	}
	r.shared("M03", hall.MethodPaper, hall.AnswerYes)
	r.until("M2", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "paper_requested" })
	if m := r.material("M03"); m.State != hall.MaterialWaitOut || len(m.History) != 1 || m.History[0].Reason != hall.NotShareable || m.Department["zh-Hans"] != "民政" {
		t.Errorf("changed: %+v", m)
	}
	r.must(r.CloseHelp(r.ctx))
	r.must(r.DropMethod(r.ctx, MaterialRequest{Material: "M03"}))
	if m := r.material("M03"); m.State != hall.MaterialPrepare || m.Method != "" || len(m.History) != 2 {
		t.Errorf("dropped: %+v", m)
	}
	r.centre.mu.Lock()
	r.centre.err = Fail(503, "centre_unreachable")
	r.centre.mu.Unlock()
	r.must(r.AskHelp(r.ctx))
	r.until("failed", func(v DeskView) bool { return v.Case.Help != nil && v.Case.Help.State == "failed" })
}

// What names a case is read or refused with a code, whatever was scanned.
func FuzzCaseNumber(f *testing.F) {
	for _, s := range []string{"", "010101000001", "010101000001-2", "T37010001-counter-1-20260302-001", "HL1.010101000001.M01.1.", "HW1.T.X",
		hall.EncodeLabel(hall.Label{Number: "010101000001", Material: "M01", Attempt: 1})} {
		f.Add(s)
	}
	fuzz.Run(f, func(t *testing.T, s string) {
		number, err := caseNumber(s)
		if err != nil {
			if p := AsProblem(err); p.Status != 422 || p.Code == "" || p.Code == "internal" {
				t.Errorf("refused with %+v", p)
			}
			return
		}
		if again, err := caseNumber(number); err != nil || again != number {
			t.Errorf("%q is read as %q, and that as %q %v", s, number, again, err)
		}
	}, mendLabel)
}

// Whoever draws the page slowly looks at the window as it was: who has sat down
// since is not forgotten for it.
func TestAnOlderLookForgetsNobody(t *testing.T) {
	c := &clock{t: at("10:00")}
	r := lawRig(t, c)
	before := r.state()
	r.called()
	r.place(zhang())
	r.until("the applicant", func(v DeskView) bool { return v.Applicant != nil })
	r.deskTicket(before)
	if r.desk1().Applicant == nil {
		t.Error("the applicant is forgotten")
	}
	r.must(r.Finish(r.ctx))
	r.until("nobody", func(v DeskView) bool { return v.Applicant == nil })
}
