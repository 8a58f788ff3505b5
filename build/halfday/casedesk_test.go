package halfday

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"time"

	"hallway/app/hall"
	"hallway/app/terminal"
	"hallway/build/demo/stage"
	"hallway/devices/bench"
)

// open: a number is taken and called, and a case is opened for each citizen who
// sits there with their card.
func (d *caseDay) open(errands []*errand) {
	d.walkIn()
	current := d.call(desk, "1001")
	d.ticket = current.ID
	for _, e := range errands {
		d.openOne(e)
	}
}

func (d *caseDay) openOne(e *errand) {
	counter := d.counter[desk]
	d.until("open a case", func() (bool, error) {
		v, err := d.counterView(desk)
		switch {
		case err != nil:
			return false, err
		case v.Staff == nil || v.Window == nil || !v.Window.Open:
			d.atWork(desk, "1001")
			return false, errNotYet
		case v.Current == nil:
			return false, fmt.Errorf("ticket %s is not at the window", d.ticket)
		}
		if k := v.Desk.Case; k != nil && k.State == hall.CaseDraft && !d.known(k.ID) {
			if k.Applicant != e.name && k.Applicant != "" || k.ItemID != e.item {
				d.t.Errorf("a case of %s for %s was opened as %s for %s", e.item, e.name, k.ItemID, k.Applicant)
			}
			e.id = k.ID
			return true, nil
		}
		if id, err := d.draft(); err != nil || id != "" {
			if err == nil {
				err = counter.Post(d.ctx, "/api/v1/counter/case/show", terminal.CaseRequest{Case: id})
			}
			return false, err
		}
		if v.Desk.Applicant == nil || v.Desk.Applicant.Name != e.name {
			return false, d.placeCard(desk, e.person, func() bool {
				v, err := d.counterView(desk)
				return err == nil && v.Desk.Applicant != nil && v.Desk.Applicant.Name == e.name
			})
		}
		return false, d.press(counter, "/api/v1/counter/case/open", terminal.OpenCaseRequest{Item: e.item})
	})
}

func (d *caseDay) known(id string) bool {
	for _, e := range d.all {
		if e.id == id {
			return true
		}
	}
	return false
}

// draft is a case of this clerk that nobody remembers: it was opened when the
// program died.
func (d *caseDay) draft() (string, error) {
	var rows []terminal.CaseRow
	if err := d.counter[desk].Get(d.ctx, "/api/v1/counter/cases?list=mine", &rows); err != nil {
		return "", err
	}
	for _, r := range rows {
		if r.State == hall.CaseDraft && !d.known(r.ID) {
			return r.ID, nil
		}
	}
	return "", nil
}

// placeCard lifts whatever lies on a reader, puts a card down, and waits a
// little until it was seen.
func (d *caseDay) placeCard(at string, p person, seen func() bool) error {
	if err := d.bench.Post(d.ctx, "/bench/v1/idcard/remove", map[string]any{"id": at + "/idcard"}); err != nil {
		return err
	}
	time.Sleep(700 * time.Millisecond)
	err := d.act(func() error {
		return d.bench.Post(d.ctx, "/bench/v1/idcard/place", map[string]any{"id": at + "/idcard",
			"custom": bench.CustomCard{Name: p.name, Number: p.number, ValidFrom: "20200101", ValidUntil: "长期"}})
	})
	for range 30 {
		if err != nil || seen() {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the card was not seen at %s", at)
}

// inHand looks at a case at the counter again and again until try is content.
func (d *caseDay) inHand(what string, e *errand, try func(v terminal.CounterView, k *terminal.CaseView) (bool, error)) {
	d.until(what, func() (bool, error) {
		v, err := d.counterView(desk)
		switch {
		case err != nil:
			return false, err
		case v.Staff == nil || v.Window == nil || !v.Window.Open:
			d.atWork(desk, "1001")
			return false, errNotYet
		case v.Desk.Case == nil || v.Desk.Case.ID != e.id:
			return false, d.counter[desk].Post(d.ctx, "/api/v1/counter/case/show", terminal.CaseRequest{Case: e.id})
		}
		k := v.Desk.Case
		d.remember(e, k)
		return try(v, k)
	})
}

// remember keeps what the counter shows: it must be so in the end.
func (d *caseDay) remember(e *errand, k *terminal.CaseView) {
	if k.Number != "" && e.number != "" && e.number != k.Number {
		d.t.Errorf("case %s was shown with number %s and then %s", e.id, e.number, k.Number)
	}
	if k.Number != "" {
		e.number = k.Number
	}
	for _, m := range k.Materials {
		if m.File != nil && m.Method == hall.MethodUpload {
			e.taken[m.Key] = m.File.SHA256
		}
	}
}

// handIn: every material comes as its citizen wants, and each case is 受理.
func (d *caseDay) handIn(errands []*errand) {
	for _, e := range errands {
		for _, w := range e.ways {
			d.bring(e, w)
		}
		d.accept(e, hall.CasePending)
		d.printed(e, "temporary", true)
	}
}

// bring gets one material the way that was chosen.
func (d *caseDay) bring(e *errand, w way) {
	counter := d.counter[desk]
	d.inHand("bring "+w.key+" by "+w.how, e, func(_ terminal.CounterView, k *terminal.CaseView) (bool, error) {
		m := material(k, w.key)
		switch {
		case m.State == hall.MaterialDone,
			w.how == "share" && m.State == hall.MaterialEWait,
			w.how == "paper" && m.State == hall.MaterialWaitOut:
			return true, nil
		case m.Asking, m.File != nil && m.File.Coming:
			return false, fmt.Errorf("%s is on its way", w.key)
		}
		switch w.how {
		case "file":
			return false, d.act(func() error { return d.upload(w.key, e.files[w.key]) })
		case "original":
			return false, d.press(counter, "/api/v1/counter/case/original", terminal.MaterialRequest{Material: w.key})
		}
		return false, d.help(k, w)
	})
}

// help opens 帮我传 and chooses what the department offers.
func (d *caseDay) help(k *terminal.CaseView, w way) error {
	counter := d.counter[desk]
	method := map[string]hall.Method{"share": hall.MethodEShare, "paper": hall.MethodPaper}[w.how]
	h := k.Help
	switch {
	case h == nil:
		return d.press(counter, "/api/v1/counter/case/help", nil)
	case h.State == "asking":
		return errNotYet
	}
	for _, m := range h.Materials {
		for _, o := range m.Offers {
			if m.Key == w.key && o.Method == method && o.Answer == hall.AnswerYes {
				return d.press(counter, "/api/v1/counter/case/choose", terminal.MethodRequest{Material: w.key, Method: method})
			}
		}
	}
	return counter.Post(d.ctx, "/api/v1/counter/case/help/close", nil) // ask again
}

// upload hands a file in as the page does: the raw body.
func (d *caseDay) upload(key string, body []byte) error {
	path := "/api/v1/counter/case/file?material=" + url.QueryEscape(key)
	return d.counter[desk].Post(d.ctx, path, stage.File{Type: "image/png", Body: body})
}

// accept presses 受理 until the case is where it is to be.
func (d *caseDay) accept(e *errand, want hall.CaseState) {
	d.inHand("accept", e, func(_ terminal.CounterView, k *terminal.CaseView) (bool, error) {
		switch {
		case k.State == want && !k.Resubmit && !k.Pending:
			return true, nil
		case k.Pending:
			return false, errNotYet
		case !k.Acts.Accept.Allowed:
			return false, fmt.Errorf("accept: %s %+v", k.State, k.Acts.Accept.Why)
		}
		err := d.press(d.counter[desk], "/api/v1/counter/case/accept", nil)
		e.answered = err == nil
		return false, err
	})
}

// printed waits for a paper of a case. What failed is asked for again, and what
// is unknown only when there is no paper in the outlet. One that prints by itself
// is not asked for, where nobody was killed who has to do with it.
func (d *caseDay) printed(e *errand, paper string, byItself bool) {
	byItself = byItself && e.answered && d.victim != desk && d.victim != "bench"
	d.inHand("print "+paper, e, func(v terminal.CounterView, k *terminal.CaseView) (bool, error) {
		outcome := ""
		for _, p := range v.Desk.Prints {
			if p.Paper == paper && p.Case == e.id {
				outcome = p.Outcome
				break
			}
		}
		done, again := d.looked(paper, e.number, outcome)
		switch {
		case done || !again:
			return done, errNotYet
		case outcome == "" && byItself:
			return false, fmt.Errorf("%s has not begun by itself", paper)
		}
		d.pressed[paper+" "+e.number]++
		return false, d.press(d.counter[desk], "/api/v1/counter/case/print", terminal.PrintRequest{Paper: paper})
	})
	if paper == "temporary" {
		d.collect()
		if e.password == "" {
			e.password = d.passwordOf(e.number)
		}
	}
}

// changeAndCancel: what a department refused is brought by the citizen and the
// case submitted again; another is cancelled while its paper is on the way.
func (d *caseDay) changeAndCancel(child, gone *errand) {
	d.inHand("the refusal is known", child, func(_ terminal.CounterView, k *terminal.CaseView) (bool, error) {
		m := material(k, "M10")
		return m.State == hall.MaterialMissing || m.Method == hall.MethodUpload, errNotYet
	})
	d.bring(child, way{"M10", "file"})
	d.accept(child, hall.CasePending)
	d.inHand("cancel", gone, func(_ terminal.CounterView, k *terminal.CaseView) (bool, error) {
		if k.State == hall.CaseWithdrawn {
			return !k.Pending, errNotYet
		}
		return false, d.press(d.counter[desk], "/api/v1/counter/case/cancel", terminal.CancelCaseRequest{Reason: "applicant_withdrew"})
	})
}

// accepted: both cases were accepted by themselves, and the notices are printed.
func (d *caseDay) accepted(errands ...*errand) {
	for i, e := range errands {
		d.inHand("accepted by itself", e, func(_ terminal.CounterView, k *terminal.CaseView) (bool, error) {
			return k.State == hall.CaseAccepted && k.ByItself, fmt.Errorf("%s %s", k.State, k.Summary)
		})
		d.printed(e, "acceptance", false)
		if i == 0 {
			d.printed(e, "sheet", false)
		}
	}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
