package terminal

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices/printer"
)

// lawRig is a desk whose clerk also pre-reviews, with a page printer and an item
// that is pre-reviewed.
func lawRig(t *testing.T, c *clock) *deskRig {
	t.Helper()
	w := newWorld()
	w.cat = deskCatalogue()
	w.cat.Staff[0].Roles = []hall.Role{hall.RoleClerk, hall.RolePreReviewer}
	shop, _ := w.cat.Item("open-shop")
	version := shop.Versions[0]
	version.PreReview = true
	w.cat.Items = append(w.cat.Items, hall.Item{ID: "online", Group: "tax", Name: hall.Names{"zh-Hans": "网上开店"}, Versions: []hall.ItemVersion{version}})
	r := newDeskRig(t, w, c, "1", func(r *deskRig) {
		r.pdf = func() (*print.PDF, error) { return print.OpenPDF(fontsOfTests(t)) }
		r.centre.roles = w.cat.Staff[0].Roles
	})
	return r
}

// applied is an application that a citizen made at a kiosk, with its materials
// uploaded.
func (r *deskRig) applied(id, item string) {
	r.t.Helper()
	citizen := hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}
	file := hall.File{SHA256: strings.Repeat("cd", 32), Type: "application/pdf", Size: 10}
	number := hall.ApplicationNumber{Area: "01", Service: "01", Kind: "01", Serial: 900 + len(r.w.kinds(hall.ApplyCase))}.String()
	lease, err := json.Marshal(hall.Lease{ID: "online", Series: "application/0101", Terminal: "counter-1", From: 900, To: 999})
	if err != nil {
		r.t.Fatal(err)
	}
	r.w.mu.Lock()
	r.w.entities["lease/online"] = lease
	r.w.mu.Unlock()
	do := func(kind hall.Kind, body any, sealed any) {
		r.t.Helper()
		op, err := r.store.Propose(r.ctx, Draft{Kind: kind, Entity: id, Actor: citizen, Body: body, Sealed: sealed})
		if err != nil {
			r.t.Fatal(err)
		}
		v, err := r.store.Await(r.ctx, op.ID)
		if err != nil || v.Status != hall.Applied {
			r.t.Fatalf("%s: %+v %v", kind, v, err)
		}
	}
	do(hall.OpenCase, hall.OpenCaseBody{Item: item, ItemVersion: 1, Owner: "owner"}, hall.PersonSealed{Name: nameZhang, DocKind: "111", DocNo: docZhang})
	for _, key := range []string{"M01", "M02", "M03"} {
		do(hall.HandIn, hall.HandInBody{Material: key, Way: hall.MethodUpload, File: file}, nil)
	}
	r.store.durable(r.t, id, file)
	do(hall.ApplyCase, hall.NumberBody{Number: number, Lease: "online"}, nil)
	r.centre.mu.Lock()
	r.centre.people[id] = hall.PersonSealed{Name: nameZhang, DocKind: "111", DocNo: docZhang}
	r.centre.mu.Unlock()
}

// words has the centre know what was sealed.
func (r *deskRig) words(w hall.WordsSealed) {
	r.centre.mu.Lock()
	defer r.centre.mu.Unlock()
	r.centre.words = CaseWords{WordsSealed: w}
}

func (r *deskRig) list(name string) []CaseRow {
	r.t.Helper()
	rows, err := r.Cases(r.ctx, CaseListRequest{List: name})
	r.must(err)
	return rows
}

// sheetOf prints a paper on A4 and gives its name.
func (r *deskRig) sheetOf(paper string) string {
	r.t.Helper()
	r.until("the words of "+paper, func(v DeskView) bool {
		acts := map[string]Act{"supplement": v.Case.Acts.PrintSupplement, "supplied": v.Case.Acts.PrintSupplied, "refusal": v.Case.Acts.PrintRefusal}
		return acts[paper].Allowed
	})
	r.must(r.PrintPaper(r.ctx, PrintRequest{Paper: paper}))
	r.until("the paper "+paper, func(v DeskView) bool {
		return slices.ContainsFunc(v.Prints, func(p DeskPrint) bool { return p.Paper == paper && p.Outcome == string(printer.Confirmed) })
	})
	r.sheet.mu.Lock()
	defer r.sheet.mu.Unlock()
	return r.sheet.sheets[len(r.sheet.sheets)-1].Title
}

// An application that began online is in the list, is taken into pre-review and
// passes, with an original to bring.
func TestPreReviewIsPassed(t *testing.T) {
	r := lawRig(t, &clock{t: at("10:00")})
	r.applied("c1", "online")
	r.until("the list", func(v DeskView) bool { return v.Reviews == 1 })
	rows := r.list("review")
	if len(rows) != 1 || rows[0].State != hall.CaseApplied || rows[0].Clock == nil || rows[0].Clock.Kind != hall.ClockNotice || rows[0].Clock.Left != 5 {
		t.Fatalf("%+v", rows)
	}
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: "c1"}))
	if a := r.kase().Acts; !a.Begin.Allowed || a.Pass.Allowed || a.Receive.Allowed || a.Refuse.Allowed {
		t.Errorf("before: %+v", a)
	}
	r.must(r.BeginPreReview(r.ctx))
	if k := r.kase(); k.State != hall.CasePreReview || k.Acts.Begin.Allowed || !k.Acts.Pass.Allowed || !k.Acts.Missing.Allowed || !k.Acts.Refuse.Allowed {
		t.Errorf("in review: %+v", k.Acts)
	}
	if code := codeOf(t, r.PassPreReview(r.ctx, PassRequest{Bring: []string{"NONE"}})); code != "refused_now/malformed" {
		t.Errorf("an original that does not exist: %q", code)
	}
	r.must(r.PassPreReview(r.ctx, PassRequest{Bring: []string{"M01"}}))
	k := r.kase()
	if k.State != hall.CaseReceived || len(k.Bring) != 1 || k.Bring[0]["zh-Hans"] != "申请表" || !k.Acts.Accept.Allowed {
		t.Errorf("%+v", k)
	}
	if ops := r.w.kinds(hall.DecidePreReview); ops[len(ops)-1].Actor.Role != hall.RolePreReviewer {
		t.Errorf("decided as %s", ops[len(ops)-1].Actor.Role)
	}
	r.must(r.AcceptCase(r.ctx))
	if k := r.kase(); k.State != hall.CaseAccepted || len(k.Clocks) != 1 || k.Clocks[0].Kind != hall.ClockDecision || r.desk1().Reviews != 0 {
		t.Errorf("%+v", k)
	}
}

// Returned with everything that is missing; the words are sealed, and come back
// for the paper only.
func TestPreReviewIsReturned(t *testing.T) {
	r := lawRig(t, &clock{t: at("10:00")})
	r.applied("c1", "online")
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: "c1"}))
	r.must(r.BeginPreReview(r.ctx))
	if code := codeOf(t, r.TellMissing(r.ctx, MissingRequest{})); code != "refused_now/supplement_empty" {
		t.Errorf("an empty list: %q", code)
	}
	r.words(hall.WordsSealed{Items: map[string]string{"M02": "张三丰的页码不清"}})
	r.must(r.TellMissing(r.ctx, MissingRequest{Items: []MissingItem{{Material: "M02", Fault: "illegible", Words: "张三丰的页码不清"}}}))
	k := r.kase()
	if k.State != hall.CasePreReturned || k.Supplement == nil || !k.Supplement.PreReview || k.Supplement.No != "37010001-2026-B000001" || r.material("M02").State != hall.MaterialPrepare {
		t.Errorf("%+v", k.Supplement)
	}
	ops := r.w.kinds(hall.DecidePreReview)
	if last := ops[len(ops)-1]; strings.Contains(string(last.Body), "页码") || len(last.Sealed) == 0 {
		t.Errorf("the words are in the body: %s", last.Body)
	}
	r.until("the words", func(v DeskView) bool { return v.Case.Supplement.Items[0].Words == "张三丰的页码不清" })
	if title := r.sheetOf("supplement"); title != "supplement_notice" {
		t.Errorf("printed %q", title)
	}
	if strings.Contains(r.log.String(), "页码") {
		t.Error("the words are in the log")
	}
}

// A clerk who is no reviewer sees the list, and is refused.
func TestPreReviewIsForReviewers(t *testing.T) {
	w := newWorld()
	r := newDeskRig(t, w, &clock{t: at("10:00")}, "1", nil)
	r.w.mu.Lock()
	it := r.w.cat.Items[slices.IndexFunc(r.w.cat.Items, func(it hall.Item) bool { return it.ID == "open-shop" })]
	it.Versions[0].PreReview = true
	r.w.mu.Unlock()
	r.applied("c1", "open-shop")
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: "c1"}))
	if why := r.kase().Acts.Begin.Why; why == nil || why.Code != "forbidden" {
		t.Errorf("%+v", why)
	}
	if code := codeOf(t, r.BeginPreReview(r.ctx)); code != "refused_now/forbidden" {
		t.Errorf("%q", code)
	}
}

// 补正告知 at the counter: everything at once, never twice; the supplement is taken
// in and the case accepted as of the last of it.
func TestSupplementIsToldOnce(t *testing.T) {
	c := &clock{t: at("10:00")}
	r := lawRig(t, c)
	id := r.begun("open-shop")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	k := r.kase()
	if !slices.Equal(k.MustBring, []string{"M02", "M03"}) || len(k.Clocks) != 1 || k.Clocks[0].Kind != hall.ClockNotice || k.Clocks[0].Light != hall.LightGreen || k.Clocks[0].Due != "2026-03-09" {
		t.Fatalf("%+v %+v", k.MustBring, k.Clocks)
	}
	if code := codeOf(t, r.TellMissing(r.ctx, MissingRequest{Items: []MissingItem{{Material: "M02", Fault: "missing"}}})); code != "refused_now/supplement_incomplete" {
		t.Errorf("a list that is not whole: %q", code)
	}
	all := MissingRequest{Items: []MissingItem{{Material: "M01", Fault: "unsealed"}, {Material: "M02", Fault: "missing"}, {Material: "M03", Fault: "missing"}}}
	r.must(r.TellMissing(r.ctx, all))
	k = r.kase()
	if k.State != hall.CaseSupplementDue || k.Supplement == nil || len(k.Supplement.Items) != 3 || !k.Supplement.Items[0].Open {
		t.Fatalf("%+v", k.Supplement)
	}
	if len(k.Clocks) != 1 || k.Clocks[0].Kind != hall.ClockSupplement || k.Clocks[0].Left != 30 || k.Clocks[0].Provisional {
		t.Errorf("%+v", k.Clocks)
	}
	if why := k.Acts.Supplied.Why; why == nil || why.Code != "supplement_open" {
		t.Errorf("taken in without the materials: %+v", why)
	}
	if r.sheetOf("supplement") != "supplement_notice" {
		t.Error("another paper")
	}
	r.originals("M01", "M02", "M03")
	c.add(time.Hour)
	r.must(r.ReceiveSupplement(r.ctx))
	k = r.kase()
	if k.State != hall.CaseAccepted || k.Supplement.Received.IsZero() || k.Supplement.Items[0].Open || !k.Acts.PrintAcceptance.Allowed || !k.Acts.PrintSheet.Allowed {
		t.Errorf("%+v", k)
	}
	one, _, err := hall.Load[hall.Case](locked{r.w}, hall.EntityCase, id)
	if err != nil || !one.AcceptedAt.Before(one.Supplement.ReceivedAt) {
		t.Errorf("accepted %v, all in %v: %v", one.AcceptedAt, one.Supplement.ReceivedAt, err)
	}
	if r.sheetOf("supplied") != "supplement_receipt" {
		t.Error("another paper")
	}
}

// A case that was told once, and waits for departments, is told no second time:
// the rule's own sentence says so.
func TestSupplementIsNeverToldTwice(t *testing.T) {
	r := lawRig(t, &clock{t: at("10:00")})
	r.begun("open-shop")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	all := MissingRequest{Items: []MissingItem{{Material: "M02", Fault: "missing"}, {Material: "M03", Fault: "missing"}}}
	r.must(r.TellMissing(r.ctx, all))
	if code := codeOf(t, r.TellMissing(r.ctx, all)); code != "refused_now/case_state" {
		t.Errorf("told while told: %q", code)
	}
	r.originals("M03")
	r.shared("M02", hall.MethodEShare, hall.AnswerYes)
	if why := r.kase().Acts.Supplied.Why; why == nil || why.Code != "supplement_open" {
		t.Errorf("%+v", why)
	}
}

func TestNotAccepted(t *testing.T) {
	r := lawRig(t, &clock{t: at("10:00")})
	r.begun("open-shop")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	for name, c := range map[string]struct {
		ask  NotAcceptRequest
		want string
	}{
		"no reason":            {NotAcceptRequest{Reason: "because"}, "refused_now/reason_needed"},
		"nowhere to go":        {NotAcceptRequest{Reason: "outside_remit"}, "refused_now/authority_needed"},
		"somewhere for no use": {NotAcceptRequest{Reason: "false_materials", Authority: "示例县税务局"}, "refused_now/authority_needed"},
	} {
		if code := codeOf(t, r.RefuseCase(r.ctx, c.ask)); code != c.want {
			t.Errorf("%s: %q, want %q", name, code, c.want)
		}
	}
	r.words(hall.WordsSealed{Words: "请到住所地办理"})
	r.must(r.RefuseCase(r.ctx, NotAcceptRequest{Reason: "outside_remit", Authority: "示例县税务局", Words: "请到住所地办理"}))
	k := r.kase()
	if k.State != hall.CaseNotAccepted || k.Refusal == nil || k.Refusal.Authority != "示例县税务局" || k.Refusal.No != "37010001-2026-J000001" || len(k.Clocks) != 0 {
		t.Fatalf("%+v", k.Refusal)
	}
	r.until("the words", func(v DeskView) bool { return v.Case.Refusal.Words != "" })
	if r.sheetOf("refusal") != "refusal_notice" {
		t.Error("another paper")
	}
	if k := r.kase(); k.Acts.Refuse.Allowed || k.Acts.Cancel.Allowed {
		t.Errorf("%+v", k.Acts)
	}
}

// Without the line none of it can be done, and each says so.
func TestTheLawNeedsTheLine(t *testing.T) {
	r := lawRig(t, &clock{t: at("10:00")})
	r.begun("open-shop")
	r.must(r.ReceiveCase(r.ctx))
	r.line.cut()
	r.until("offline", func(v DeskView) bool { return !v.Case.AsOf.IsZero() })
	a := r.kase().Acts
	for name, one := range map[string]Act{"begin": a.Begin, "pass": a.Pass, "missing": a.Missing, "supplied": a.Supplied, "refuse": a.Refuse} {
		if one.Allowed || one.Why.Code != "offline" {
			t.Errorf("%s: %+v", name, one)
		}
	}
	if code := codeOf(t, r.RefuseCase(r.ctx, NotAcceptRequest{Reason: "no_licence_needed"})); code != "refused_now/offline" {
		t.Errorf("%q", code)
	}
}

// Five working days without a word: accepted by law, with the flag, and the news.
func TestDeemedAcceptanceIsSeen(t *testing.T) {
	c := &clock{t: at("10:00")}
	r := lawRig(t, c)
	id := r.begun("open-shop")
	r.originals("M01", "M03")
	r.shared("M02", hall.MethodEShare, hall.AnswerYes)
	r.must(r.AcceptCase(r.ctx))
	one, _, err := hall.Load[hall.Case](locked{r.w}, hall.EntityCase, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []struct {
		light hall.Light
		left  int
	}{{hall.LightGreen, 4}, {hall.LightGreen, 3}, {hall.LightYellow, 2}, {hall.LightYellow, 1}, {hall.LightYellow, 1}, {hall.LightYellow, 1}, {hall.LightYellow, 0}} {
		c.add(24 * time.Hour)
		want := ClockView{Kind: hall.ClockNotice, Due: "2026-03-09", Left: day.left, Light: day.light}
		if got := clockViews(r.w.cat, one, c.now()); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, want %+v", c.now(), got, want)
		}
	}
	c.add(24 * time.Hour)
	r.store.system(t, hall.ClockDue, id, hall.ClockBody{Clock: hall.ClockNotice, Serial: one.Clock(hall.ClockNotice).Serial})
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: id})) // the day is another, and the hand empty
	r.until("accepted by law", func(v DeskView) bool { return v.Case != nil && v.Case.Deemed && v.Case.State == hall.CaseAccepted })
	r.until("the news", func(v DeskView) bool { return len(v.News) > 0 && v.News[0].Code == "deemed" })
	if rows := r.list("done"); len(rows) != 1 || !rows[0].Deemed || rows[0].Clock == nil || rows[0].Clock.Kind != hall.ClockDecision {
		t.Errorf("%+v", rows)
	}
}

// It happens while nobody is here: who signs in is told, once, of a case that was
// only received too.
func TestDeemedAcceptanceIsToldToWhoComesNext(t *testing.T) {
	c := &clock{t: at("10:00")}
	r := lawRig(t, c)
	id := r.begun("open-shop")
	r.originals("M01")
	r.must(r.ReceiveCase(r.ctx))
	r.until("received", func(v DeskView) bool { return v.Case != nil && v.Case.State == hall.CaseReceived })
	one, _, err := hall.Load[hall.Case](locked{r.w}, hall.EntityCase, id)
	if err != nil {
		t.Fatal(err)
	}
	r.must(r.Finish(r.ctx))
	r.must(r.SignOut(r.ctx))
	c.add(8 * 24 * time.Hour)
	r.store.system(t, hall.ClockDue, id, hall.ClockBody{Clock: hall.ClockNotice, Serial: one.Clock(hall.ClockNotice).Serial})
	r.must(r.SignIn(r.ctx, SignInRequest{Staff: "1001", Password: "right"}))
	told := func(v DeskView) bool {
		return len(v.News) == 1 && v.News[0].Code == "deemed" && v.News[0].Case == id
	}
	r.until("the news", told)
	r.must(r.DismissNews(r.ctx, r.desk1().News[0].ID))
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: id}))
	if got := r.desk1().News; len(got) > 0 {
		t.Errorf("told again: %+v", got)
	}
}
