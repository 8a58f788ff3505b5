package terminal

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
)

// casesShown: how many lines a list of cases shows.
const casesShown = 50

// newsShown: how many news are kept.
const newsShown = 10

// doneStates are the states of the list of what is accepted or over.
var doneStates = []hall.CaseState{hall.CaseNotAccepted, hall.CaseAccepted, hall.CaseInApproval, hall.CaseSpecialStop,
	hall.CaseDecided, hall.CaseCompleted, hall.CaseCollected, hall.CaseWithdrawn, hall.CaseVoided}

// officeStates are the states of the list 审批: all that somebody may ask to void.
func officeStates() []hall.CaseState {
	return slices.DeleteFunc(hall.CaseStates(), func(s hall.CaseState) bool {
		return s == hall.CaseDraft || s == hall.CaseWithdrawn || s == hall.CaseVoided
	})
}

// Cases is a list of cases: 受理中 with anomalies first and then who waits
// longest, what began online and waits for a reviewer (外网预审), what waits for
// somebody of the office (审批), the clerk's own, or what is accepted or over,
// newest first.
func (c *Counter) Cases(ctx context.Context, r CaseListRequest) ([]CaseRow, error) {
	s := c.signedIn()
	if s == nil {
		return nil, Fail(http.StatusForbidden, "not_signed_in")
	}
	if c.desk.store == nil {
		return nil, errNoDesk()
	}
	query := CaseQuery{Text: strings.TrimSpace(r.Query)}
	if number, err := caseNumber(query.Text); err == nil {
		query.Text = number // a label, or with the digit for typing
	}
	switch r.List {
	case "done":
		query.States = doneStates
	case "mine":
		query.States = hall.CaseStates()
	case "review":
		query.States = reviewStates
	case "approval":
		query.States = officeStates()
	default:
		query.States = []hall.CaseState{hall.CasePending}
	}
	found, _, err := c.desk.store.Cases(ctx, query)
	if err != nil {
		return nil, c.storeProblem(err, hall.OpenCase)
	}
	st := c.state()
	rows := []CaseRow{}
	for _, k := range found {
		if r.List == "mine" && k.Clerk != s.Staff || r.List == "approval" && !st.cat.WaitsFor(k, s.Staff) {
			continue
		}
		rows = append(rows, c.caseRow(st, s, k))
	}
	switch r.List {
	case "done", "mine":
		slices.SortStableFunc(rows, func(a, b CaseRow) int { return b.Submitted.Compare(a.Submitted) })
	default:
		sortPending(rows)
	}
	return withClocks(st, rows[:min(len(rows), casesShown)], found), nil
}

// namedIn finds the names of the materials that texts about a case tell of.
func namedIn(cat *hall.Catalogue, k hall.Case, texts []hall.Text) map[string]hall.Names {
	var named map[string]hall.Names
	for _, one := range texts {
		key := one.Params["material"]
		i := slices.IndexFunc(k.Materials, func(m hall.Material) bool { return m.Key == key })
		if i < 0 {
			continue
		}
		if named == nil {
			named = map[string]hall.Names{}
		}
		named[key] = materialName(cat, k.Materials[i].Code)
	}
	return named
}

// caseRow is one line of a list. It names nobody.
func (c *Counter) caseRow(st counterState, s *Session, k hall.Case) CaseRow {
	it, _ := st.cat.Item(k.Item)
	row := CaseRow{ID: k.ID, Number: k.Number, Temp: k.TempNumber, Item: it.Name, State: k.State, Summary: k.Summary(),
		Anomaly: k.Anomaly(st.now), Resubmit: k.Resubmit, Deemed: k.Deemed, Clerk: k.Clerk, Mine: k.Clerk == s.Staff, Submitted: local(k.SubmittedAt),
		Pending: c.Store.PendingFor(k.ID)}
	if row.Submitted.IsZero() {
		row.Submitted = local(k.CreatedAt)
	}
	if row.Anomaly == nil {
		row.Anomaly = []hall.Text{}
	}
	row.Named = namedIn(st.cat, k, row.Anomaly)
	if who, ok := st.cat.StaffByID(k.Clerk); ok {
		row.Clerk = who.Name
	}
	return row
}

// local is a time of the hall's clocks, in whole seconds.
func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(hall.Zone).Truncate(time.Second)
}

func sortPending(rows []CaseRow) {
	slices.SortStableFunc(rows, func(a, b CaseRow) int {
		if (len(a.Anomaly) > 0) != (len(b.Anomaly) > 0) {
			if len(a.Anomaly) > 0 {
				return -1
			}
			return 1
		}
		if n := a.Submitted.Compare(b.Submitted); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// pendingCases is everything in 受理中.
func (c *Counter) pendingCases() []hall.Case {
	if c.desk.store == nil {
		return nil
	}
	all, _, err := c.desk.store.Cases(c.life, CaseQuery{States: []hall.CaseState{hall.CasePending}})
	if err != nil && c.life.Err() == nil {
		c.Logger.Error("the cases that wait cannot be read", "err", err)
	}
	return all
}

// watched is what was last seen of a case that waits.
type watched struct{ missing, timeout, overdue bool }

func watchedOf(k hall.Case, now time.Time) watched {
	var w watched
	for _, why := range k.Anomaly(now) {
		switch why.Code {
		case "anomaly_missing":
			w.missing = true
		case "anomaly_timeout":
			w.timeout = true
		case "anomaly_overdue":
			w.overdue = true
		}
	}
	return w
}

// gather finds what happened to the cases of this clerk or window without the
// clerk: accepted by itself, a material missing or late, too long under way.
func (c *Counter) gather(st counterState, s *Session, pending []hall.Case) {
	k := c.desk
	k.mu.Lock()
	defer k.mu.Unlock()
	first := k.since != s.ID
	if first {
		k.since, k.news = s.ID, nil
		clear(k.known)
	}
	still := map[string]bool{}
	for _, one := range pending {
		if one.Clerk != s.Staff && one.Window != c.window {
			continue
		}
		still[one.ID] = true
		is, was := watchedOf(one, st.now), k.known[one.ID]
		k.known[one.ID] = is
		if first {
			continue
		}
		if is.missing && !was.missing {
			k.report(st, one, "missing")
		}
		if is.timeout && !was.timeout {
			k.report(st, one, "timeout")
		}
		if is.overdue && !was.overdue {
			k.report(st, one, "overdue")
		}
	}
	for id := range k.known {
		if still[id] {
			continue
		}
		one, ok, err := hall.Load[hall.Case](st.world, hall.EntityCase, id)
		if err != nil || !ok || one.State.BeforeAcceptance() {
			continue // our acceptance is on its way
		}
		delete(k.known, id)
		switch {
		case one.Deemed:
			k.report(st, one, "deemed")
		case one.AcceptedBy == hall.BySystem && !one.AcceptedAt.IsZero():
			k.report(st, one, "accepted")
		}
	}
}

// report adds news; k.mu is held.
func (k *desk) report(st counterState, one hall.Case, code string) {
	it, _ := st.cat.Item(one.Item)
	k.news = slices.Insert(k.news, 0, CaseNews{ID: rand.Text(), Case: one.ID, Number: one.Number, Item: it.Name, Code: code, At: local(st.now)})
	k.news = k.news[:min(len(k.news), newsShown)]
}

// DismissNews takes news off: they were read.
func (c *Counter) DismissNews(_ context.Context, id string) error {
	defer c.show()
	c.desk.mu.Lock()
	defer c.desk.mu.Unlock()
	c.desk.news = slices.DeleteFunc(c.desk.news, func(n CaseNews) bool { return n.ID == id })
	return nil
}
