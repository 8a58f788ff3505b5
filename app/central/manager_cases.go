package central

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"hallway/app/hall"
)

// maxCaseLines bounds the lists of cases and papers on the manager's page.
const maxCaseLines = 100

// managerCases reads cases and papers for the manager's page.
func (c *Centre) managerCases(ctx context.Context, cat *hall.Catalogue, now time.Time) (ManagerCases, error) {
	var v ManagerCases
	err := c.cases.read(ctx, c.writer, c.cat.Load, allFeeds, func(b *caseBook) { v = b.view(cat, now) })
	if err == nil && c.export != nil {
		v.Export, err = c.export.shown(ctx)
	}
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
	of := map[string]work{}
	for code, n := range b.asked {
		def, _ := cat.MaterialDef(code)
		of[def.Department] = work{of[def.Department].open + n.open, of[def.Department].overdue + n.overdue}
	}
	for _, d := range cat.Departments {
		v.Departments = append(v.Departments, ManagerDepartmentWork{ID: d.ID, Name: d.Name, Open: of[d.ID].open, Overdue: of[d.ID].overdue})
	}
	v.Papers = ManagerPapers{Waiting: b.wanted, InTransit: b.custody[hall.InTransit] + b.custody[hall.InTransitBack], AtCounter: b.custody[hall.AtHall],
		Unverified: b.custody[hall.Unverified], Disputed: b.custody[hall.Disputed], Attention: b.looks.before(math.MaxInt64),
		Overdue: b.due.before(hall.PlaceBefore(now))}
	b.anomalies(&v, cat, now)
	for _, at := range b.looks.first(maxCaseLines, math.MaxInt64) {
		p := b.papers[at.id]
		def, _ := cat.MaterialDef(p.Code)
		v.Attention = append(v.Attention, ManagerPaper{Paper: p.ID, Number: p.Number, Material: p.Code, Name: def.Name, Department: p.Department,
			Custody: p.Custody, Since: looked(p)})
	}
	for _, t := range b.trips {
		v.Trips = append(v.Trips, b.trip(t, cat))
	}
	slices.SortFunc(v.Trips, func(a, b ManagerTrip) int { return cmp.Or(a.Sent.Compare(b.Sent), cmp.Compare(a.ID, b.ID)) })
	return v
}

// anomalies lists the cases of 受理中 that somebody must look at, the oldest first.
func (b *caseBook) anomalies(v *ManagerCases, cat *hall.Catalogue, now time.Time) {
	found := append(b.pending[hall.AnomalyAlways].first(maxCaseLines, math.MaxInt64),
		b.pending[hall.AnomalyLater].first(maxCaseLines, hall.PlaceBefore(hall.AnomalyBefore(now)))...)
	slices.SortFunc(found, compareRanks)
	for _, at := range found[:min(len(found), maxCaseLines)] {
		c := b.open[at.id]
		it, _ := cat.Item(c.Item)
		v.Pending = append(v.Pending, ManagerCase{Number: shownNumber(c), Item: it.Name, Summary: c.Summary(), Anomaly: c.Anomaly(now), Submitted: c.SubmittedAt})
	}
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
