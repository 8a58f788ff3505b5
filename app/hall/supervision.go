package hall

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Stage (环节) is a supervised step of a case: 受理 承办 审核 批准 办结, and 送达 of
// what was granted; requirements B-22.
type Stage string

// Stages, in the order of a case's life.
const (
	StageAccept   Stage = "accept"   // 受理, from the materials on
	StageHandle   Stage = "handle"   // 承办
	StageReview   Stage = "review"   // 审核
	StageApprove  Stage = "approve"  // 批准
	StageComplete Stage = "complete" // 办结
	StageDeliver  Stage = "deliver"  // 送达
)

// Stages lists them.
func Stages() []Stage {
	return []Stage{StageAccept, StageHandle, StageReview, StageApprove, StageComplete, StageDeliver}
}

// stepStages are the stages of the steps of an approval.
var stepStages = map[int]Stage{StepHandle: StageHandle, StepReview: StageReview, StepApprove: StageApprove}

// Stage is where supervision sees a case; "" of a draft, and of one that is over.
func (c *Case) Stage() Stage {
	switch {
	case c.State == CaseDraft:
		return ""
	case c.State.BeforeAcceptance():
		return StageAccept
	case c.State == CaseDecided:
		return StageComplete
	case c.State == CaseCompleted && c.running(ClockDelivery) != nil:
		return StageDeliver
	case caseMay("15", c.State) || c.State == CaseSpecialStop:
		step, _ := c.turn()
		return stepStages[step]
	}
	return ""
}

// running is the clock of that kind while what it waits for is not done.
func (c *Case) running(kinds ...ClockKind) *Clock {
	for _, kind := range kinds {
		if k := c.Clock(kind); k != nil && k.Ended == "" {
			return k
		}
	}
	return nil
}

// supervisedClocks are the legal clocks that give a case its light. Those of a
// hearing are the procedure's own.
var supervisedClocks = []ClockKind{ClockNotice, ClockDecision, ClockReview, ClockDelivery, ClockSupplement}

// ClockStep is the limit of a step of the office as a clock (环节时限): no law has
// it; it is a part of the time for the decision.
const ClockStep ClockKind = "step"

// StageClock is the clock of the stage that a case is in; not ok when nothing
// counts there. Stopped days of the decision are not counted of a step either.
func (c *Case) StageClock(cat *Catalogue) (Clock, bool) {
	switch stage := c.Stage(); stage {
	case "":
		return Clock{}, false
	case StageAccept:
		return c.given(ClockNotice, ClockSupplement)
	case StageDeliver:
		return c.given(ClockDelivery)
	case StageComplete:
		if c.Decision == nil {
			return Clock{}, false
		}
		return NewClock(cat.Calendar, ClockStep, DayOf(c.Decision.At), cat.Cases.Supervision.completeDays()), true
	default:
		k, ok := c.given(ClockDecision, ClockReview)
		if !ok {
			return Clock{}, false
		}
		it, _ := cat.Item(c.Item)
		version, _ := it.Version(c.ItemVersion)
		step := Clock{Kind: ClockStep, From: DayOf(c.stageBegan()), Unit: k.Unit, Stops: k.Stops,
			N: version.StepDays.of(stage, cat.Cases.Supervision, k.N+k.Extra)}
		return step.Reckon(cat.Calendar), true
	}
}

func (c *Case) given(kinds ...ClockKind) (Clock, bool) {
	if k := c.running(kinds...); k != nil {
		return *k, true
	}
	return Clock{}, false
}

// stageBegan is when a case came to the step of its approval. Who hands it over, or
// takes that back, gives no new time.
func (c *Case) stageBegan() time.Time {
	if moves := c.Approval.moves(); len(moves) > 0 {
		return moves[len(moves)-1].At
	}
	return c.AcceptedAt
}

// CaseClock is the legal clock of a case that is the most urgent on a day, with
// its light; not ok when none runs.
func (c *Case) CaseClock(calendar []CalendarYear, today string) (worst Clock, light Light, ok bool) {
	for _, k := range c.LegalClocks() {
		l := k.Light(calendar, today)
		if !ok || l.urgency() > light.urgency() || l == light && k.Due < worst.Due {
			worst, light, ok = k, l, true
		}
	}
	return worst, light, ok
}

// urgency orders lights: a clock that counts comes before one that is stopped.
func (l Light) urgency() int {
	return slices.Index([]Light{LightPaused, LightGreen, LightYellow, LightRed}, l)
}

// LightDays are the first days on which a clock that counts is yellow, and red.
// Both are "" of a clock that does not count.
func (k Clock) LightDays(calendar []CalendarYear) (yellow, red string) {
	due, err := DayStart(k.Due)
	day, errFrom := DayStart(k.From)
	if err != nil || errFrom != nil || !k.Runs() {
		return "", ""
	}
	used := 0
	for !k.warns(used) && day.Before(due) {
		day = day.AddDate(0, 0, 1)
		if counts, _ := k.counts(calendar, DayOf(day)); counts {
			used++
		}
	}
	return DayOf(day), DayOf(due.AddDate(0, 0, 1))
}

// Left is how many days of a clock are left; below zero: over.
func (k Clock) Left(calendar []CalendarYear, today string) int {
	return k.N + k.Extra - k.Used(calendar, today)
}

// Units that have a case.
const (
	UnitWindow    = "window"    // the hall's windows
	UnitOffice    = "office"    // the authority that decides
	UnitApplicant = "applicant" // what is missing is to be brought
)

// Holder is who has a case now: the unit, the role whose turn it is, and the
// person when it is somebody's own.
type Holder struct {
	Unit   string `json:"unit" enum:"window,office,applicant"`
	Role   Role   `json:"role"`
	Staff  string `json:"staff,omitempty"`
	Window string `json:"window,omitempty"`
}

// Holder is who has a case now.
func (c *Case) Holder() Holder {
	clerk := Holder{Unit: UnitWindow, Role: RoleClerk, Staff: c.Clerk, Window: c.Window}
	switch {
	case c.State == CaseSupplementDue || c.State == CasePreReturned:
		return Holder{Unit: UnitApplicant, Role: RoleCitizen}
	case c.State == CaseApplied || c.State == CasePreReview:
		clerk.Role = RolePreReviewer
		return clerk
	case c.State == CaseSpecialStop:
		return Holder{Unit: UnitOffice, Role: RoleSpecialApprover}
	case c.State == CaseDecided:
		return Holder{Unit: UnitOffice, Role: RoleApprover}
	case caseMay("15", c.State):
		_, by := c.turn()
		return Holder{Unit: UnitOffice, Role: RoleApprover, Staff: by}
	}
	return clerk
}

// turnKey tells one stay of a case at a stage from every other. Before acceptance a
// document ends one, afterwards a step to another; whose hands a case goes through
// there does not.
func (c *Case) turnKey() string {
	stage, n := c.Stage(), len(c.Approval.moves())
	if stage == StageAccept {
		n = len(c.Documents)
	}
	return string(stage) + "/" + strconv.Itoa(n)
}

// StepDays are the limits of the steps of an item in working days (requirements
// T5); 0: the hall's part of the time for the decision.
type StepDays struct {
	Handle  int `json:"handle,omitempty"`
	Review  int `json:"review,omitempty"`
	Approve int `json:"approve,omitempty"`
}

// of is the limit of a step when so many days are given for the decision.
func (s StepDays) of(stage Stage, r SupervisionRules, decision int) int {
	own, percent := s.Handle, r.handlePercent()
	switch stage {
	case StageReview:
		own, percent = s.Review, (100-r.handlePercent())/2
	case StageApprove:
		own, percent = s.Approve, (100-r.handlePercent())/2
	}
	if own > 0 {
		return own
	}
	return max(1, (decision*percent+99)/100)
}

// SupervisionRules are the hall's rules of supervision (电子监察); 0 is the default.
type SupervisionRules struct {
	RemindPercent  int `json:"remind_percent,omitempty"`  // of the time used: the first reminder; 0: 80
	RemindEvery    int `json:"remind_every,omitempty"`    // working days between those after the end; 0: 1
	HandlePercent  int `json:"handle_percent,omitempty"`  // of the time for the decision is for 承办, the rest for 审核 and 批准; 0: 50
	CompleteWithin int `json:"complete_within,omitempty"` // working days from the decision to 办结; 0: 3
}

func (r SupervisionRules) remindPercent() int { return cmp.Or(r.RemindPercent, 80) }
func (r SupervisionRules) remindEvery() int   { return cmp.Or(r.RemindEvery, 1) }
func (r SupervisionRules) handlePercent() int { return cmp.Or(r.HandlePercent, 50) }
func (r SupervisionRules) completeDays() int  { return cmp.Or(r.CompleteWithin, 3) }

// LegalClocks are the clocks that give a case its light, as far as what they wait
// for is not done.
func (c *Case) LegalClocks() (all []Clock) {
	for _, kind := range supervisedClocks {
		if k := c.running(kind); k != nil {
			all = append(all, *k)
		}
	}
	return all
}
