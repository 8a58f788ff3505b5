package terminal

import (
	"context"
	"time"

	"hallway/app/hall"
	"hallway/devices"
)

// helpWait bounds the question to the departments; the centre has its own,
// shorter one for each.
const helpWait = 20 * time.Second

// helping is the open list of 帮我传 of the case in hand.
type helping struct {
	state  string // asking, ready, failed
	offers []MaterialOffers
}

// helpAct says whether the departments can be asked: there is a material that
// one of them could supply.
func (c *Counter) helpAct(k caseState) Act {
	why := deny("nothing_to_fetch")
	for _, m := range k.Materials {
		for _, way := range k.cat.Ways(k.Case, m.Key) {
			if !way.Shared() || !m.Open() {
				continue
			}
			if why = c.chooseAct(k, m.Key, way); why.Allowed {
				return why
			}
		}
	}
	return why
}

func (c *Counter) chooseAct(k caseState, key string, method hall.Method) Act {
	return c.mayCase(k, hall.ChooseSharing, hall.ChooseSharingBody{Edit: hall.Edit{Version: k.Version}, Material: key, Method: method})
}

// AskHelp opens the list of 帮我传: every department that could supply an open
// material is asked whether it can. Nothing changes by asking.
func (c *Counter) AskHelp(context.Context) error {
	return c.work(func(k caseState) error {
		if a := c.helpAct(k); !a.Allowed {
			return refused(a)
		}
		if c.desk.centre == nil {
			return errNoDesk()
		}
		h := &helping{state: "asking"}
		c.desk.mu.Lock()
		c.desk.help = h
		c.desk.mu.Unlock()
		id, token := k.ID, k.staff.Token
		c.spawn(func(ctx context.Context) { c.fetchOffers(ctx, h, id, token) })
		return nil
	})
}

func (c *Counter) fetchOffers(ctx context.Context, h *helping, id, token string) {
	ctx, cancel := context.WithTimeout(ctx, helpWait)
	defer cancel()
	offers, err := c.desk.centre.Availability(ctx, id, token)
	c.desk.mu.Lock()
	h.state, h.offers = "ready", offers
	if err != nil {
		h.state = "failed"
	}
	c.desk.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		c.Logger.Warn("departments could not be asked", "case", id, "err", err)
	}
	c.changed()
}

// CloseHelp closes the list.
func (c *Counter) CloseHelp(context.Context) error {
	defer c.show()
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	c.desk.help = nil
	return nil
}

// helpView lists only what can be supplied, and what gave no answer, to try
// again.
func (c *Counter) helpView(k caseState) *HelpView {
	c.desk.mu.Lock()
	var h helping
	open := c.desk.help != nil
	if open {
		h = *c.desk.help
	}
	c.desk.mu.Unlock()
	if !open {
		return nil
	}
	v := &HelpView{State: h.state, Materials: []HelpMaterial{}}
	for _, mo := range h.offers {
		m, known := k.Material(mo.Key)
		if !known || !m.Open() {
			continue
		}
		def, _ := k.cat.MaterialDef(m.Code)
		hm := HelpMaterial{Key: m.Key, Name: def.Name}
		for _, o := range mo.Offers {
			if o.Answer != hall.AnswerYes && o.Answer != hall.AnswerFailed {
				continue
			}
			hm.Offers = append(hm.Offers, HelpOffer{Method: o.Method, Answer: o.Answer, Act: c.chooseAct(k, m.Key, o.Method)})
		}
		if len(hm.Offers) > 0 {
			v.Materials = append(v.Materials, hm)
		}
	}
	return v
}

// query is a question of this desk to a department: how, and how many attempts
// there were before.
type query struct {
	method   hall.Method
	attempts int
}

// answers tells what departments answered to the queries of this desk, once
// each: the popups of the source (材料共享请求已发送 …). The case is read after
// the question was noted, so that an older state is not taken for an answer.
func (c *Counter) answers(st counterState, s *Session) {
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	if len(c.desk.asked) == 0 {
		return
	}
	k, ok := c.caseOf(st, s, c.desk.hand)
	if !ok || k.waits {
		return
	}
	for key, q := range c.desk.asked {
		code, answered := q.answer(k.Case, key)
		if !answered {
			continue
		}
		delete(c.desk.asked, key)
		if code == "" {
			continue
		}
		severity := devices.Info
		if code == "share_failed" || code == "share_refused" {
			severity = devices.Warn
		}
		m, _ := k.Material(key)
		def, _ := k.cat.MaterialDef(m.Code)
		c.desk.notice = notice(severity, code, "material", c.nameOf(def.Name))
	}
}

// answer is what the department said to a question about a material, in a code
// of the notices; "" when it does not matter any more.
func (q query) answer(k hall.Case, key string) (code string, answered bool) {
	m, known := k.Material(key)
	if known && (m.Ask.Op != "" || !m.Failed && len(m.Attempts) == q.attempts) {
		return "", false
	}
	a, _ := m.Newest()
	switch {
	case !known:
		return "", true
	case m.Failed:
		return "share_failed", true
	case a.Method != q.method:
		return "", true // something else was done meanwhile
	case m.State == hall.MaterialMissing:
		return "share_refused", true
	case q.method == hall.MethodPaper:
		return "paper_requested", true
	}
	return "share_requested", true
}
