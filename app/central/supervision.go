package central

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hallway/app/hall"
)

// supervisedLines is how many cases a page of supervision has.
const supervisedLines = 50

// Supervision is the page of 电子监察: the cases that are not done, by their lights,
// and the figures of who decides them. It names no applicant.
type Supervision struct {
	Day   string           `json:"day"`
	Cases SupervisedLights `json:"cases"` // by the light of the whole
	Steps SupervisedLights `json:"steps"` // by the light of the present step
	// Lines are the cases, the most urgent first; After asks for those behind them.
	Lines []SupervisedCase `json:"lines"`
	After string           `json:"after,omitempty"`

	Stages      []hall.Stage     `json:"stages"`
	Departments []SupervisedUnit `json:"departments"` // who decides, by how much is late
	Items       []SupervisedUnit `json:"items"`
	Period      string           `json:"period"`     // of what is finished: a year, or a month of it
	MayRemind   bool             `json:"may_remind"` // whoever looks may remind
	Longest     int              `json:"longest"`    // characters of a reminder
}

// SupervisedLights counts by light.
type SupervisedLights struct {
	Green  int `json:"green"`
	Yellow int `json:"yellow"`
	Red    int `json:"red"`
	Paused int `json:"paused"`
}

// SupervisedClock is a clock of a case; label "clock.<kind>".
type SupervisedClock struct {
	Kind  hall.ClockKind `json:"kind"`
	Light hall.Light     `json:"light" enum:"green,yellow,red,paused"`
	Used  int            `json:"used"`
	Of    int            `json:"of"`
	Left  int            `json:"left"` // below zero: over
	Due   string         `json:"due,omitempty"`
	// Provisional: the day may still move.
	Provisional bool `json:"provisional"`
}

// SupervisedCase is one case.
type SupervisedCase struct {
	ID         string           `json:"id"`
	Number     string           `json:"number"`
	Item       hall.Names       `json:"item"`
	Department hall.Names       `json:"department,omitempty"` // that decides
	Stage      hall.Stage       `json:"stage"`                // label "supervision.stage.<stage>"
	Unit       string           `json:"unit" enum:"window,office,applicant"`
	Role       hall.Role        `json:"role"`            // whose turn it is; label "supervision.role.<role>"
	Staff      string           `json:"staff,omitempty"` // name, when it is somebody's own
	Window     string           `json:"window,omitempty"`
	Whole      *SupervisedClock `json:"whole,omitempty"`
	Step       *SupervisedClock `json:"step,omitempty"`
	Reminded   int              `json:"reminded"`
	// Why it cannot be reminded of now, when one may remind: key "error.<code>".
	Why *hall.Text `json:"why,omitempty"`
}

// SupervisedUnit is the figures of an authority or an item. Done and what
// follows are of the period.
type SupervisedUnit struct {
	ID       string     `json:"id"`
	Name     hall.Names `json:"name,omitempty"` // none: no authority is named
	Open     int        `json:"open"`
	Yellow   int        `json:"yellow"`
	Red      int        `json:"red"`
	Done     int        `json:"done"`
	OnTime   int        `json:"on_time"`
	Days     float64    `json:"days"`     // working days on average
	Promised float64    `json:"promised"` // on average
	Reminded int        `json:"reminded"`
}

// supervisionInput filters the cases. Department is an id of the view.
type supervisionInput struct {
	Light      string `query:"light" enum:"green,yellow,red,paused"`
	Of         string `query:"of" enum:"case,step" doc:"which light; the case's when left out"`
	Department string `query:"department" maxLength:"240"`
	Stage      string `query:"stage" maxLength:"16"`
	After      string `query:"after" maxLength:"128"`
	Period     string `query:"period" enum:"year,month"`
}

// RemindRequest is a supervisor's reminder: a sentence that names nobody.
type RemindRequest struct {
	Words string `json:"words" maxLength:"600"`
}

type remindInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body RemindRequest
}

// of is which light is asked for.
func (in *supervisionInput) of() int {
	if in.Of == "step" {
		return ofStage
	}
	return ofCase
}

// of is how many cases have a light.
func (l SupervisedLights) of(light hall.Light) int {
	return map[hall.Light]int{hall.LightGreen: l.Green, hall.LightYellow: l.Yellow, hall.LightRed: l.Red, hall.LightPaused: l.Paused}[light]
}

// keeps reports whether a case is of those that are asked for.
func (in *supervisionInput) keeps(w *watched, day string) bool {
	return (in.Light == "" || string(w.lights[in.of()].on(day)) == in.Light) && (in.Department == "" || w.authority == in.Department) &&
		(in.Stage == "" || string(w.stage) == in.Stage)
}

// span is the list in which those that are asked for stand together, and where:
// behind from, before to.
func (b *watchBook) span(in *supervisionInput, day string) (list *ranked, from rank, to int64) {
	start, err := hall.DayStart(day)
	if in.Light == "" || err != nil {
		return &b.urgent[ofBoth], rank{at: math.MinInt64}, math.MaxInt64
	}
	list, behind := &b.urgent[in.of()], hall.PlaceAt(start)+1
	switch hall.Light(in.Light) {
	case hall.LightRed:
		return list, rank{at: math.MinInt64}, behind
	case hall.LightPaused:
		return list, rank{at: pausedAt}, math.MaxInt64
	}
	return list, rank{at: behind}, pausedAt
}

// most is how many of those that are asked for there can be.
func (b *watchBook) most(in *supervisionInput, day string) int {
	u := unit{kind: unitHall}
	if in.Department != "" {
		u = unit{unitAuthority, in.Department}
	}
	t, known := b.units[u]
	switch {
	case !known:
		return 0
	case in.Light == "":
		return t.open
	}
	return t.lit(in.of(), day).of(hall.Light(in.Light))
}

// page lists the ranks of a page, and says where the next begins.
func (b *watchBook) page(in *supervisionInput, day string) (found []rank, after string) {
	list, from, to := b.span(in, day)
	if at, id, ok := strings.Cut(in.After, "~"); ok {
		if n, err := strconv.ParseInt(at, 10, 64); err == nil && compareRanks(rank{n, id}, from) > 0 {
			from = rank{n, id}
		}
	}
	most := b.most(in, day)
	for at := range list.after(from) {
		if at.at >= to || len(found) == most { // no look at all the rest
			break
		}
		if !in.keeps(b.open[at.id], day) {
			continue
		}
		if len(found) == supervisedLines {
			last := found[len(found)-1]
			return found, strconv.FormatInt(last.at, 10) + "~" + last.id
		}
		found = append(found, at)
	}
	return found, ""
}

// figures are those of the units of a kind, the latest first.
func (b *watchBook) figures(kind, day, period string, name func(string) hall.Names) []SupervisedUnit {
	list := []SupervisedUnit{}
	for u, t := range b.units {
		if u.kind != kind {
			continue
		}
		f, reminded := t.during(period)
		lit := t.lit(ofCase, day)
		if t.open == 0 && f.n == 0 && reminded == 0 {
			continue
		}
		line := SupervisedUnit{ID: u.id, Name: name(u.id), Open: t.open, Yellow: lit.Yellow, Red: lit.Red, Done: f.n, OnTime: f.onTime, Reminded: reminded}
		if f.n > 0 {
			line.Days, line.Promised = tenths(f.days, f.n), tenths(f.promised, f.n)
		}
		list = append(list, line)
	}
	slices.SortFunc(list, func(a, b SupervisedUnit) int {
		return cmp.Or(b.Red-a.Red, b.Yellow-a.Yellow, b.Open-a.Open, b.Done-a.Done, strings.Compare(a.ID, b.ID))
	})
	return list
}

// tenths is a mean to one place.
func tenths(sum, n int) float64 { return math.Round(float64(sum)*10/float64(n)) / 10 }

// authorities are the names of who decides the hall's items, by the id of the view.
func authorities(cat *hall.Catalogue) map[string]hall.Names {
	names := map[string]hall.Names{}
	for _, it := range cat.Items {
		for _, v := range it.Versions {
			if id := v.Authority["zh-Hans"]; id != "" {
				names[id] = v.Authority
			}
		}
	}
	return names
}

// supervision answers with the page of supervision.
func (c *Centre) supervision(ctx context.Context, in *supervisionInput) (*fresh[Supervision], error) {
	cat, day := c.cat.Load(), hall.DayOf(c.now())
	v := Supervision{Day: day, Stages: hall.Stages(), Period: day[:4], Longest: hall.RemindLongest, Lines: []SupervisedCase{}}
	if in.Period == "month" {
		v.Period = monthOf(day)
	}
	v.MayRemind = permissions["remindCase"].decide(principalOf(ctx)) == nil
	names := authorities(cat)
	var found []rank
	err := c.cases.read(ctx, c.writer, c.cat.Load, onlyCases, func(b *caseBook) {
		whole := b.watch.unit(unit{kind: unitHall})
		v.Cases, v.Steps = whole.lit(ofCase, day), whole.lit(ofStage, day)
		found, v.After = b.watch.page(in, day)
		v.Departments = b.watch.figures(unitAuthority, day, v.Period, func(id string) hall.Names { return names[id] })
		v.Items = b.watch.figures(unitItem, day, v.Period, func(id string) hall.Names {
			it, _ := cat.Item(id)
			return it.Name
		})
	})
	if err != nil {
		return nil, c.fail(ctx, "supervision", err)
	}
	world := c.writer.HallWorld(ctx, c.hallCode)
	for _, at := range found {
		one, ok, err := hall.Load[hall.Case](world, hall.EntityCase, at.id)
		if err != nil {
			return nil, c.fail(ctx, "supervision", err)
		}
		if ok {
			v.Lines = append(v.Lines, c.supervised(cat, &one, day, v.MayRemind))
		}
	}
	return freshly(v), nil
}

// supervised is the line of a case.
func (c *Centre) supervised(cat *hall.Catalogue, one *hall.Case, day string, mayRemind bool) SupervisedCase {
	it, _ := cat.Item(one.Item)
	version, _ := it.Version(one.ItemVersion)
	has := one.Holder()
	line := SupervisedCase{ID: one.ID, Number: shownNumber(*one), Item: it.Name, Department: version.Authority, Stage: one.Stage(),
		Unit: has.Unit, Role: has.Role, Window: has.Window, Reminded: one.Reminded()}
	if s, ok := cat.StaffByID(has.Staff); ok {
		line.Staff = s.Name
	}
	if k, light, ok := one.CaseClock(cat.Calendar, day); ok {
		line.Whole = supervisedClock(cat, k, light, day)
	}
	if k, ok := one.StageClock(cat); ok {
		line.Step = supervisedClock(cat, k, k.Light(cat.Calendar, day), day)
	}
	if why := one.NotToUrge(c.now()); mayRemind && why.Code != "" {
		line.Why = &why
	}
	return line
}

func supervisedClock(cat *hall.Catalogue, k hall.Clock, light hall.Light, day string) *SupervisedClock {
	used := k.Used(cat.Calendar, day)
	return &SupervisedClock{Kind: k.Kind, Light: light, Used: used, Of: k.N + k.Extra, Left: k.N + k.Extra - used, Due: k.Due, Provisional: k.Provisional}
}

// remindCase lets the writer decide on a supervisor's reminder.
func (c *Centre) remindCase(ctx context.Context, in *remindInput) (*struct{}, error) {
	p := principalOf(ctx)
	if p.session == nil {
		return nil, problem(http.StatusUnauthorized, "signed_out")
	}
	raw, err := json.Marshal(hall.RemindCaseBody{Words: in.Body.Words})
	if err != nil {
		return nil, c.fail(ctx, "reminder", err)
	}
	err = c.propose(ctx, hall.Op{
		ID: attempt(hall.OpID(hall.RemindCase)), Kind: hall.RemindCase, Hall: c.hallCode, Entity: in.ID, Body: raw,
		Actor: hall.Actor{Kind: hall.ActorStaff, ID: p.session.staff.ID, Role: hall.RoleSupervisor, Session: p.session.id},
	})
	if err != nil {
		return nil, c.fail(ctx, "reminder", err)
	}
	return &struct{}{}, nil
}
