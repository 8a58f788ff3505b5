package terminal

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
)

// casesShown: how many lines a list of cases shows.
const casesShown = 50

// Cases is a list of cases: 受理中 with anomalies first and then who waits
// longest, what began online and waits for a reviewer (外网预审), what waits for
// somebody of the office (审批), the clerk's own, or what is accepted or over,
// newest first. However many there are, it makes the lines that are shown.
func (c *Counter) Cases(ctx context.Context, r CaseListRequest) ([]CaseRow, error) {
	s := c.signedIn()
	if s == nil {
		return nil, Fail(http.StatusForbidden, "not_signed_in")
	}
	if c.desk.store == nil {
		return nil, errNoDesk()
	}
	st := c.state()
	query := CaseQuery{Text: strings.TrimSpace(r.Query), Now: st.now, Limit: casesShown}
	if number, err := caseNumber(query.Text); err == nil {
		query.Text = number // a label, or with the digit for typing
	}
	switch r.List {
	case "done":
		query.Lists, query.Now = []hall.CaseList{hall.CasesDone}, time.Time{}
	case "mine":
		query.Lists, query.Now = []hall.CaseList{hall.CasesOf(s.Staff)}, time.Time{}
	case "review":
		query.Lists = []hall.CaseList{hall.CasesReview}
	case "approval":
		query.Lists = st.cat.Turns(s.Staff)
		query.Keep = func(k *hall.Case) bool { return officeState(k.State) && st.cat.WaitsFor(*k, s.Staff) }
	default:
		query.Lists = []hall.CaseList{hall.CasesPending}
	}
	found, err := c.desk.store.Cases(ctx, query)
	if err != nil {
		return nil, c.storeProblem(err, hall.OpenCase)
	}
	return c.caseRows(st, s, found), nil
}

// officeState reports whether a case stands in the list 审批: all that somebody may
// ask to void do.
func officeState(s hall.CaseState) bool {
	return s != hall.CaseDraft && s != hall.CaseWithdrawn && s != hall.CaseVoided
}

// caseRows are the lines of cases, with the clock that runs for each.
func (c *Counter) caseRows(st counterState, s *Session, found []hall.Case) []CaseRow {
	rows := make([]CaseRow, 0, len(found))
	for _, k := range found {
		row := c.caseRow(st, s, k)
		if clocks := clockViews(st.cat, k, st.now); len(clocks) > 0 {
			row.Clock = &clocks[0]
		}
		rows = append(rows, row)
	}
	return rows
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
