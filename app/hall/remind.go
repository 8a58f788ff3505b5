package hall

import (
	"slices"
	"strings"
	"time"
)

// RemindCase is a reminder (催办, 督办) of a case: by itself at its time, or by a
// supervisor. It changes nothing that people do: the case keeps its version.
const RemindCase Kind = "remind_case"

// Kinds of reminders; with 预警消息, the desk's own news, they are the six kinds of
// messages (requirements D-17, M15).
const (
	ReminderUrged    = "urged"     // 督办消息: a supervisor's
	ReminderStepWarn = "step_warn" // 事项环节预警
	ReminderStepLate = "step_late" // 事项环节超时
	ReminderCaseWarn = "case_warn" // 事项预警
	ReminderCaseLate = "case_late" // 事项超时
)

// Reminder is one reminder of a case.
type Reminder struct {
	No   int       `json:"no"` // from 1
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	By   string    `json:"by"`   // staff, or BySystem
	Turn string    `json:"turn"` // the stay at a stage that it is of
	// Words are a supervisor's: a sentence that names nobody.
	Words string `json:"words,omitempty"`
	Days  int    `json:"days,omitempty"` // working days over, of one that is late
}

// Watch is how far the reminders of a clock have come.
type Watch struct {
	Serial int `json:"serial,omitempty"` // counts those asked for: only the latest counts
	Told   int `json:"told,omitempty"`   // 1 before the end, 2 on the first day after it, and so on
}

// RemindCaseBody reminds. A supervisor gives Words; the others are of a reminder
// by itself. Entity = case id.
type RemindCaseBody struct {
	Words  string    `json:"words,omitempty"`
	Clock  ClockKind `json:"clock,omitempty"`
	Serial int       `json:"serial,omitempty"`
}

// Bounds of reminders.
const (
	RemindLongest = 120 // characters of a supervisor's sentence
	remindersKept = 20
	remindMost    = 31 // reminders by itself of one clock
)

// remindable are the clocks that remind whoever has the case.
func remindable(kind ClockKind) bool {
	return slices.Contains([]ClockKind{ClockNotice, ClockDecision, ClockReview, ClockDelivery, ClockStep}, kind)
}

// remindStage is which reminder of a clock is due when so many of its days have
// gone, and so many after its end: 0 none.
func (k Clock) remindStage(used, over int, r SupervisionRules) int {
	switch {
	case over > 0:
		return min(2+(over-1)/r.remindEvery(), remindMost)
	case used*100 >= (k.N+k.Extra)*r.remindPercent():
		return 1
	}
	return 0
}

// remindDays goes through the days of a clock that counts, until see says so: with
// the days that have gone, and the working days after its end.
func (k Clock) remindDays(calendar []CalendarYear, see func(day string, used, over int) bool) {
	day, err := DayStart(k.From)
	if err != nil || k.Due == "" || !k.Runs() {
		return
	}
	used, over := 0, 0
	for range farthestDay {
		if see(DayOf(day), used, over) {
			return
		}
		day = day.AddDate(0, 0, 1)
		if counts, _ := k.counts(calendar, DayOf(day)); counts && DayOf(day) <= k.Due {
			used++
		} else if counts {
			over++
		}
	}
}

// RemindsOn is which reminder of a clock is due on a day: 0 none, 1 the one before
// its end, 2 that of the first working day after it, and so on.
func (k Clock) RemindsOn(calendar []CalendarYear, today string, r SupervisionRules) (stage, over int) {
	k.remindDays(calendar, func(day string, used, late int) bool {
		if day > today {
			return true
		}
		stage, over = k.remindStage(used, late, r), late
		return false
	})
	return stage, over
}

// NextReminder is the day of the reminder after one; "" when there is none.
func (k Clock) NextReminder(calendar []CalendarYear, told int, r SupervisionRules) (next string) {
	k.remindDays(calendar, func(day string, used, over int) bool {
		if k.remindStage(used, over, r) > told {
			next = day
		}
		return next != "" || told >= remindMost
	})
	return next
}

// watched is a clock of a case with its watch, nil when it has none such now.
func (d *decision) watched(c *Case, kind ClockKind) (Clock, *Watch) {
	if kind == ClockStep {
		if k, ok := c.StageClock(d.cat); ok && k.Kind == ClockStep {
			return k, &c.StepWatch
		}
		return Clock{}, nil
	}
	if k := c.running(kind); k != nil && remindable(kind) {
		return *k, &k.Watch
	}
	return Clock{}, nil
}

// awaitReminder asks for the next reminder of a clock, at the opening of the hall.
// One that has got more time reminds again of what is due anew: days only go on, so
// nothing else can make less of what was told.
func (d *decision) awaitReminder(c *Case, kind ClockKind) error {
	k, w := d.watched(c, kind)
	if w == nil {
		return nil
	}
	if k.Due != "" && k.Runs() {
		stage, _ := k.RemindsOn(d.cat.Calendar, DayOf(d.now), d.cat.Cases.Supervision)
		w.Told = min(w.Told, stage)
	}
	day := k.NextReminder(d.cat.Calendar, w.Told, d.cat.Cases.Supervision)
	at, err := At(day, d.cat.opening())
	if err != nil {
		return nil // none is due any more, or the clock is stopped
	}
	if at.Before(d.now) {
		at = d.now
	}
	w.Serial++
	return d.clockDeadline(RemindCase, c.ID, "/remind/", kind, w.Serial, at, RemindCaseBody{Clock: kind, Serial: w.Serial})
}

// opening is when the hall opens: nobody reads a message before.
func (c *Catalogue) opening() string {
	if len(c.Hours) == 0 {
		return "09:00"
	}
	return c.Hours[0].From
}

// newStep awaits the reminders of the step that a case has come to.
func (d *decision) newStep(c *Case) error {
	c.StepWatch.Told = 0
	return d.awaitReminder(c, ClockStep)
}

// remindCase is a reminder.
func (d *decision) remindCase(body RemindCaseBody) error {
	c, ok, err := d.theCase()
	if !ok || err != nil {
		return err
	}
	if d.op.Actor.Role == RoleSystem {
		return d.remindDue(c, body)
	}
	if d.settled(d.notToUrge(&c, body)) {
		return nil
	}
	c.remind(Reminder{At: d.now, Kind: ReminderUrged, By: d.op.Actor.ID, Words: strings.TrimSpace(body.Words)})
	return d.putCase("case.urged", c)
}

// NotToUrge says why a supervisor cannot remind of a case now, or is an empty Text.
func (c *Case) NotToUrge(now time.Time) Text {
	switch {
	case c.Stage() == "":
		return text("case_state", "state", string(c.State))
	case c.Holder().Unit == UnitApplicant:
		return text("waits_for_applicant")
	case slices.ContainsFunc(c.Reminders, func(r Reminder) bool {
		return r.Kind == ReminderUrged && r.Turn == c.turnKey() && DayOf(r.At) == DayOf(now)
	}):
		return text("urged_today")
	}
	return Text{}
}

func (d *decision) notToUrge(c *Case, body RemindCaseBody) Text {
	words := strings.TrimSpace(body.Words)
	switch {
	case words == "":
		return text("words_needed")
	case len([]rune(words)) > RemindLongest:
		return limitText("words_long", RemindLongest)
	case strings.ContainsFunc(words, unreadable) || body.Clock != "" || body.Serial != 0:
		return text("malformed", "what", "words")
	}
	return c.NotToUrge(d.now)
}

// remindDue is the moment of a reminder by itself. One that is not due any more,
// because the case went on or its clock has moved, is none.
func (d *decision) remindDue(c Case, body RemindCaseBody) error {
	k, w := d.watched(&c, body.Clock)
	if w == nil || w.Serial != body.Serial {
		d.noop("already_so")
		return nil
	}
	stage, over := k.RemindsOn(d.cat.Calendar, DayOf(d.now), d.cat.Cases.Supervision)
	event := "case.reminder_moved"
	if stage > w.Told {
		w.Told = stage
		event = "case.reminded"
		c.remind(Reminder{At: d.now, Kind: reminderKind(body.Clock, over), By: BySystem, Days: over})
	}
	if err := d.awaitReminder(&c, body.Clock); err != nil {
		return err
	}
	if event == "case.reminder_moved" && w.Serial == body.Serial {
		d.noop("already_so") // it is stopped: whatever lets it go on asks again
		return nil
	}
	return d.putCase(event, c)
}

// reminderKind is the kind of a reminder of a clock. Acceptance and delivery are
// steps that the law gives a time of their own.
func reminderKind(clock ClockKind, over int) string {
	whole := clock == ClockDecision || clock == ClockReview
	switch {
	case whole && over > 0:
		return ReminderCaseLate
	case whole:
		return ReminderCaseWarn
	case over > 0:
		return ReminderStepLate
	}
	return ReminderStepWarn
}

// remind adds a reminder; the oldest give way.
func (c *Case) remind(r Reminder) {
	r.No, r.Turn = c.Reminded()+1, c.turnKey()
	c.Reminders = append(c.Reminders, r)
	if n := len(c.Reminders); n > remindersKept {
		c.Reminders = slices.Clone(c.Reminders[n-remindersKept:])
	}
}

// Reminded counts the reminders of a case.
func (c *Case) Reminded() int {
	if n := len(c.Reminders); n > 0 {
		return c.Reminders[n-1].No
	}
	return 0
}

// Urging are the reminders of what is to be done now, the oldest first.
func (c *Case) Urging() []Reminder {
	if c.Stage() == "" || len(c.Reminders) == 0 {
		return nil
	}
	key := c.turnKey()
	i := slices.IndexFunc(c.Reminders, func(r Reminder) bool { return r.Turn == key })
	if i < 0 {
		return nil
	}
	return c.Reminders[i:]
}

// Lists of cases that somebody is reminded of.
const (
	urgedReview CaseList = casesUrged + "review"
	urgedWindow CaseList = casesUrged + "window" // for every clerk: nobody has it in hand yet
	urgedClerk           = casesUrged + casesOf
)

// byWindow reports whether a stage may be a clerk's.
func (s Stage) byWindow() bool { return s != StageReview && s != StageApprove }

// urged are the lists of what somebody is reminded of in which a case stands.
func (c *Case) urged() (lists []CaseList) {
	if len(c.Urging()) == 0 {
		return nil
	}
	if c.Clerk != "" && c.Stage().byWindow() {
		lists = append(lists, CaseList(urgedClerk+c.Clerk))
	}
	if c.Holder().Role == RolePreReviewer {
		lists = append(lists, urgedReview)
	}
	if c.State == CaseApplied {
		lists = append(lists, urgedWindow)
	}
	for _, turn := range c.turns() {
		lists = append(lists, casesUrged+turn)
	}
	return lists
}

// Urged are the lists of cases of which somebody may be reminded. Whether it is so
// of one of them UrgedFor says.
func (c *Catalogue) Urged(staff string) []CaseList {
	s, _ := c.StaffByID(staff)
	lists := []CaseList{CaseList(urgedClerk + staff)}
	if slices.Contains(s.Roles, RolePreReviewer) {
		lists = append(lists, urgedReview)
	}
	if slices.Contains(s.Roles, RoleClerk) {
		lists = append(lists, urgedWindow)
	}
	for _, turn := range c.Turns(staff) {
		lists = append(lists, casesUrged+turn)
	}
	return lists
}

// UrgedFor reports whether a reminder of a case is for somebody: whose turn it is.
func (c *Catalogue) UrgedFor(k Case, staff string) bool {
	if len(k.Urging()) == 0 {
		return false
	}
	s, _ := c.StaffByID(staff)
	it, _ := c.Item(k.Item)
	version, _ := it.Version(k.ItemVersion)
	stage, holder := k.Stage(), k.Holder()
	switch {
	case k.State == CaseApplied && !version.PreReview && k.Clerk == "":
		return slices.Contains(s.Roles, RoleClerk)
	case holder.Role == RolePreReviewer:
		return slices.Contains(s.Roles, RolePreReviewer)
	case holder.Unit == UnitWindow, stage == StageComplete && k.Clerk == staff, stage == StageHandle && version.WindowHandles && k.Clerk == staff:
		return k.Clerk == staff
	}
	return c.WaitsFor(k, staff)
}
