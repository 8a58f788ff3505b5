package central

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hallway/app/hall"
)

// maxCaseLines bounds the lists of cases and papers on the manager's page.
const maxCaseLines = 100

// managerCases reads cases and papers for the manager's page.
func (c *Centre) managerCases(ctx context.Context, cat *hall.Catalogue, now time.Time) (ManagerCases, error) {
	feeds := []hall.Feed{hall.FeedCase, hall.CustodyFeed(hall.NoDepartment)}
	for _, d := range cat.Departments {
		feeds = append(feeds, hall.CustodyFeed(d.ID))
	}
	var v ManagerCases
	err := c.cases.read(ctx, c.writer, c.hallLane(), feeds, func(b *caseBook) { v = b.view(cat, now) })
	return v, err
}

// view computes what the manager sees of cases. It names no person.
func (b *caseBook) view(cat *hall.Catalogue, now time.Time) ManagerCases {
	v := ManagerCases{Counts: []ManagerCaseCount{}, Pending: []ManagerCase{}, Attention: []ManagerPaper{},
		Departments: []ManagerDepartmentWork{}, Trips: []ManagerTrip{}}
	for _, s := range hall.CaseStates() {
		if b.counts[s] > 0 {
			v.Counts = append(v.Counts, ManagerCaseCount{s, b.counts[s]})
		}
	}
	open, overdue := map[string]int{}, map[string]int{}
	for _, c := range b.open {
		b.pending(&v, c, cat, now)
		for _, m := range c.Materials {
			asked(m, cat, open, overdue)
		}
	}
	for _, d := range cat.Departments {
		v.Departments = append(v.Departments, ManagerDepartmentWork{ID: d.ID, Name: d.Name, Open: open[d.ID], Overdue: overdue[d.ID]})
	}
	for _, p := range b.papers {
		countPaper(&v, p, cat, now)
	}
	for _, t := range b.trips {
		v.Trips = append(v.Trips, b.trip(t, cat))
	}
	slices.SortFunc(v.Pending, func(a, b ManagerCase) int {
		return cmp.Or(a.Submitted.Compare(b.Submitted), cmp.Compare(a.Number, b.Number))
	})
	slices.SortFunc(v.Attention, func(a, b ManagerPaper) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Paper, b.Paper)) })
	slices.SortFunc(v.Trips, func(a, b ManagerTrip) int { return cmp.Or(a.Sent.Compare(b.Sent), cmp.Compare(a.ID, b.ID)) })
	v.Pending = v.Pending[:min(len(v.Pending), maxCaseLines)]
	v.Attention = v.Attention[:min(len(v.Attention), maxCaseLines)]
	return v
}

// pending lists a case of 受理中 that somebody must look at.
func (b *caseBook) pending(v *ManagerCases, c hall.Case, cat *hall.Catalogue, now time.Time) {
	why := c.Anomaly(now)
	if c.State != hall.CasePending || len(why) == 0 {
		return
	}
	it, _ := cat.Item(c.Item)
	v.Pending = append(v.Pending, ManagerCase{Number: shownNumber(c), Item: it.Name, Summary: c.Summary(), Anomaly: why, Submitted: c.SubmittedAt})
}

// asked counts a material that a department was asked for and that is not in.
func asked(m hall.Material, cat *hall.Catalogue, open, overdue map[string]int) {
	def, _ := cat.MaterialDef(m.Code)
	a, ok := m.Newest()
	if !ok || !a.Method.Shared() || def.Department == "" {
		return
	}
	late := m.State == hall.MaterialTimeout
	if m.Waits() || late {
		open[def.Department]++
	}
	if late {
		overdue[def.Department]++
	}
}

// countPaper counts a paper by who holds it.
func countPaper(v *ManagerCases, p hall.Paper, cat *hall.Catalogue, now time.Time) {
	n := &v.Papers
	switch p.Custody {
	case hall.AtDepartment:
		if p.Wanted() {
			n.Waiting++
		}
	case hall.InTransit, hall.InTransitBack:
		n.InTransit++
	case hall.AtHall:
		n.AtCounter++
	case hall.Unverified:
		n.Unverified++
	case hall.Disputed:
		n.Disputed++
	}
	if p.Overdue(now) {
		n.Overdue++
	}
	if !p.Attention {
		return
	}
	n.Attention++
	def, _ := cat.MaterialDef(p.Code)
	line := ManagerPaper{Paper: p.ID, Number: p.Number, Material: p.Code, Name: def.Name, Department: p.Department, Custody: p.Custody}
	if k := len(p.Seen); k > 0 {
		line.Since = p.Seen[k-1].At
	}
	v.Attention = append(v.Attention, line)
}

// trip is a consignment on the road.
func (b *caseBook) trip(t hall.Consignment, cat *hall.Catalogue) ManagerTrip {
	d, _ := cat.Department(t.Department)
	line := ManagerTrip{ID: t.ID, Department: t.Department, Name: d.Name, Papers: len(t.Papers), Sent: t.SentAt}
	for _, id := range t.Papers {
		if p, ok := b.papers[id]; ok && (p.Custody == hall.InTransit || p.Custody == hall.AtDepartment || p.Custody == hall.Disputed) {
			line.Missing++
		}
	}
	return line
}
