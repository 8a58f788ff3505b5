package terminal

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// 受理 with sharing open: 受理中, its receipt by itself, and then the acceptance
// by itself, which the clerk is told.
func TestACaseWaitsAndIsAcceptedByItself(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	id := r.begun("open-shop")
	r.originals("M01", "M03")
	r.shared("M02", hall.MethodEShare, hall.AnswerYes)
	r.must(r.AcceptCase(r.ctx))
	if k := r.kase(); k.State != hall.CasePending || !k.Acts.PrintTemporary.Allowed || k.Acts.PrintAcceptance.Why.Code != "not_accepted_yet" {
		t.Errorf("%+v", k)
	}
	r.until("the receipt", func(v DeskView) bool { return len(v.Prints) == 1 && v.Prints[0].Outcome == "confirmed" })
	if v := r.desk1(); v.Prints[0].Paper != "temporary" || v.Count != 1 || v.Pending[0].ID != id || v.Pending[0].Summary != hall.MaterialEWait || !v.Pending[0].Mine {
		t.Errorf("%+v", v)
	}
	paper := words(r.printer)
	if !strings.Contains(paper, r.kase().Number) || !strings.Contains(paper, seal.QueryPassword(testKey, id)) || strings.Contains(paper, docZhang) {
		t.Errorf("the receipt says %s", paper)
	}
	r.must(r.PrintPaper(r.ctx, PrintRequest{Paper: "temporary"}))
	r.until("a reprint", func(v DeskView) bool { return len(v.Prints) == 2 && v.Prints[0].Outcome == "confirmed" })
	if again := words(r.printer); strings.Count(again, seal.QueryPassword(testKey, id)) != 1 {
		t.Error("a reprint tells the password again")
	}
	r.arrive(id, "M02", 1)
	r.until("the news", func(v DeskView) bool { return len(v.News) == 1 })
	if n := r.desk1().News[0]; n.Code != "accepted" || n.Case != id || n.Number == "" {
		t.Errorf("%+v", n)
	}
	k := r.kase()
	if !k.ByItself || k.State != hall.CaseAccepted || r.desk1().Count != 0 {
		t.Errorf("%+v", k)
	}
	r.must(r.PrintPaper(r.ctx, PrintRequest{Paper: "acceptance"}))
	r.until("the notice", func(v DeskView) bool { return len(v.Prints) == 3 && v.Prints[0].Outcome == "confirmed" })
	if paper := words(r.printer); !strings.Contains(paper, "37010001-2026-000001") || !strings.Contains(paper, "示例市行政审批服务局") {
		t.Errorf("the notice says %s", paper)
	}
	r.must(r.DismissNews(r.ctx, r.desk1().News[0].ID))
	if len(r.desk1().News) != 0 {
		t.Error("dismissed news stay")
	}
}

// words is everything that was printed.
func words(p *fakePrinter) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for _, j := range p.printed {
		raw, err := json.Marshal(j.Doc)
		if err != nil {
			panic(err) // a document is plain data
		}
		b.Write(raw)
	}
	return b.String()
}

// Two clerks on one case: the second is told, sees the fresh case, and nothing
// of the first is lost.
func TestTwoClerksOnOneCase(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	one := newDeskRig(t, w, c, "1", nil)
	id := one.begun("open-shop")
	one.originals("M01", "M03")
	one.shared("M02", hall.MethodEShare, hall.AnswerYes)
	one.must(one.AcceptCase(one.ctx))
	w.mu.Lock()
	w.cat.Staff[1].Rights = hall.Rights()
	w.mu.Unlock()
	two := newDeskRig(t, w, c, "2", nil)
	two.must(two.ShowCase(two.ctx, CaseRequest{Case: id}))
	seen := two.kase().Version
	one.must(one.DropMethod(one.ctx, MaterialRequest{Material: "M02"}))
	two.until("what the first did", func(v DeskView) bool { return v.Case.Version != seen }) // drawn late, it would undo the next line
	// What the second clerk pressed on was drawn before.
	two.stale(func(k *CaseView) { k.Version = seen })
	if code := codeOf(t, two.CancelCase(two.ctx, CancelCaseRequest{Reason: "duplicate"})); code != "refused_now/case_updated" {
		t.Errorf("an old version: %q", code)
	}
	if v := two.desk1(); v.Case.Version == seen || v.Case.State != hall.CasePending || v.Notice == nil || v.Notice.Code != "case_updated" {
		t.Errorf("%+v", v)
	}
	two.must(two.CancelCase(two.ctx, CancelCaseRequest{Reason: "duplicate"}))
	if k := two.kase(); k.State != hall.CaseWithdrawn || k.Acts.Cancel.Allowed {
		t.Errorf("%+v", k)
	}
	if code := codeOf(t, one.AcceptCase(one.ctx)); !strings.HasPrefix(code, "refused_now/case_") {
		t.Errorf("accepting a cancelled case: %q", code)
	}
}

// stale has the page show what it showed before.
func (r *deskRig) stale(change func(*CaseView)) {
	r.show1.Lock()
	defer r.show1.Unlock()
	r.board.mu.Lock()
	defer r.board.mu.Unlock()
	k := *r.board.view.Desk.Case
	change(&k)
	r.board.view.Desk.Case = &k
}

func TestAcceptedWhileEditing(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	id := r.begun("open-shop")
	r.originals("M01", "M03")
	r.shared("M02", hall.MethodEShare, hall.AnswerYes)
	r.must(r.AcceptCase(r.ctx))
	seen := r.kase().Version
	r.arrive(id, "M02", 1)
	r.until("accepted", func(v DeskView) bool { return v.Case.State == hall.CaseAccepted })
	r.stale(func(k *CaseView) { k.Version = seen })
	if code := codeOf(t, r.DropMethod(r.ctx, MaterialRequest{Material: "M02"})); code != "refused_now/case_auto_accepted" {
		t.Errorf("%q", code)
	}
	if n := r.desk1().Notice; n == nil || n.Code != "case_auto_accepted" || r.kase().State != hall.CaseAccepted {
		t.Errorf("%+v", n)
	}
}

// Without the line: materials can be taken in and a receipt printed; nothing is
// accepted and nobody is asked.
func TestTheDeskWithoutTheLine(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", func(r *deskRig) { r.store.numbers["application"] = -1000 })
	r.called()
	r.place(zhang())
	r.until("the applicant", func(v DeskView) bool { return v.Applicant != nil })
	r.line.cut()
	r.must(r.Counter.OpenCase(r.ctx, OpenCaseRequest{Item: "open-shop"}))
	r.originals("M01")
	k := r.kase()
	if k.AsOf.IsZero() || k.Acts.Accept.Why.Code != "offline" || k.Acts.Help.Why.Code != "offline" || k.Acts.Cancel.Why.Code != "offline" || !k.Acts.Receive.Allowed {
		t.Errorf("%+v", k.Acts)
	}
	for _, m := range r.material("M02").Methods {
		if m.Method.Shared() == m.Act.Allowed {
			t.Errorf("%s without the line: %+v", m.Method, m.Act)
		}
	}
	if code := codeOf(t, r.AcceptCase(r.ctx)); code != "refused_now/offline" {
		t.Errorf("accepted without the line: %q", code)
	}
	r.must(r.ReceiveCase(r.ctx))
	k = r.kase()
	if k.State != hall.CaseReceived || k.Number != "" || !strings.HasPrefix(k.Temp, "T37010001-counter-1-") || !k.Acts.PrintTemporary.Allowed {
		t.Errorf("%+v", k)
	}
	r.must(r.PrintPaper(r.ctx, PrintRequest{Paper: "temporary"}))
	r.until("the receipt", func(v DeskView) bool { return len(v.Prints) == 1 && v.Prints[0].Outcome == "confirmed" })
	if !strings.Contains(words(r.printer), k.Temp) {
		t.Error("no temporary number on the receipt")
	}
	r.must(r.LeaveCase(r.ctx))
	r.must(r.ShowCase(r.ctx, CaseRequest{Case: k.Temp}))
}

// An act without its verdict is shown as pending, and nothing else is done.
func TestAPendingActOnACase(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.begun("open-shop")
	r.store.mu.Lock()
	r.store.hold = true
	r.store.mu.Unlock()
	r.must(r.ChooseMethod(r.ctx, MethodRequest{Material: "M02", Method: hall.MethodEShare}))
	if k := r.kase(); !k.Pending || k.Acts.Cancel.Why.Code != "pending" || !k.Acts.Receive.Allowed {
		t.Errorf("%+v", k)
	}
	r.store.release()
	r.until("the verdict", func(v DeskView) bool { return v.Case != nil && !v.Case.Pending })
}

func TestLists(t *testing.T) {
	w, c := newWorld(), &clock{t: at("10:00")}
	r := newDeskRig(t, w, c, "1", nil)
	r.called()
	r.place(zhang())
	r.until("the applicant", func(v DeskView) bool { return v.Applicant != nil })
	var ids, numbers []string
	for range 3 {
		r.must(r.Counter.OpenCase(r.ctx, OpenCaseRequest{Item: "open-shop"}))
		r.originals("M01", "M03")
		r.shared("M02", hall.MethodEShare, hall.AnswerYes)
		r.must(r.AcceptCase(r.ctx))
		ids, numbers = append(ids, r.kase().ID), append(numbers, r.kase().Number)
		c.add(time.Minute)
	}
	r.store.system(t, hall.MaterialRefused, ids[2], hall.CallbackBody{Material: "M02", Attempt: 1, Request: hall.RequestID(ids[2], "M02", 1), Reason: "not_found"})
	order := func(list []CaseRow) (got []string) {
		for _, row := range list {
			got = append(got, row.ID)
		}
		return got
	}
	want := []string{ids[2], ids[0], ids[1]} // the anomaly, then who waits longest
	r.until("the anomaly, in its place", func(v DeskView) bool {
		return v.Anomalies == 1 && v.Count == 3 && slices.Equal(order(v.Pending), want)
	})
	r.until("the news", func(v DeskView) bool {
		return len(v.News) == 1 && v.News[0].Code == "missing" && v.News[0].Case == ids[2]
	})
	r.arrive(ids[0], "M02", 1)
	for list, want := range map[string][]string{"pending": {ids[2], ids[1]}, "done": {ids[0]}, "mine": {ids[2], ids[1], ids[0]}} {
		rows, err := r.Cases(r.ctx, CaseListRequest{List: list})
		if err != nil || !slices.Equal(order(rows), want) {
			t.Errorf("%s: %v %v, want %v", list, order(rows), err, want)
		}
	}
	n, _ := hall.ParseApplicationNumber(numbers[1])
	for _, query := range []string{numbers[1], n.Typed(), numbers[1][6:]} {
		rows, err := r.Cases(r.ctx, CaseListRequest{List: "mine", Query: query})
		if err != nil || !slices.Equal(order(rows), []string{ids[1]}) {
			t.Errorf("%s: %v %v", query, order(rows), err)
		}
	}
	c.add(25 * time.Hour)
	r.until("overdue", func(v DeskView) bool {
		return slices.ContainsFunc(v.News, func(n CaseNews) bool { return n.Code == "overdue" && n.Case == ids[1] })
	})
	raw, _ := json.Marshal(r.desk1().Pending)
	if strings.Contains(string(raw), nameZhang) {
		t.Error("a list names somebody")
	}
}

func TestReplacingAMaterial(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.begun("simple")
	r.originals("M01")
	r.must(r.ReplaceMaterial(r.ctx, ReplaceMaterialRequest{Material: "M01", Reason: "unreadable"}))
	m := r.material("M01")
	if m.State != hall.MaterialPrepare || len(m.History) != 1 || m.History[0].Reason != "unreadable" || m.DoneBy != "" || m.Replace.Allowed {
		t.Errorf("%+v", m)
	}
	if code := codeOf(t, r.TakeOriginal(r.ctx, MaterialRequest{Material: "NONE"})); code != "refused_now/unknown_material" {
		t.Errorf("%q", code)
	}
}

func TestNothingOnTheDeskWithoutAClerk(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.must(r.SignOut(r.ctx))
	if v := r.desk1(); v.Enabled || len(v.Items) != 0 {
		t.Errorf("%+v", v)
	}
	r.place(zhang())
	for name, err := range map[string]error{
		"applicant": r.Applicant(r.ctx, ApplicantRequest{Name: nameZhang, DocKind: "111", DocNo: docZhang}),
		"open":      r.Counter.OpenCase(r.ctx, OpenCaseRequest{Item: "simple"}),
		"show":      r.ShowCase(r.ctx, CaseRequest{Case: "x"}),
		"accept":    r.AcceptCase(r.ctx),
		"file":      r.HandInFile(r.ctx, "M01", "application/pdf", strings.NewReader("%PDF-1.7")),
	} {
		if code := codeOf(t, err); !strings.Contains(code, "not_signed_in") {
			t.Errorf("%s: %q", name, code)
		}
	}
	if v := r.desk1(); v.Applicant != nil || v.Notice != nil {
		t.Errorf("%+v", v)
	}

}
