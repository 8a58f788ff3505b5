package hall

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Lights of a clock by the day: four fifths, the last day, what is stopped, and
// weekends that are worked.
func TestLightsOfClocks(t *testing.T) {
	decision := func(from string, n int, stops ...Stop) Clock {
		return Clock{Kind: ClockDecision, From: from, N: n, Stops: stops}.Reckon(calendars)
	}
	for _, c := range []struct {
		name        string
		k           Clock
		yellow, red string
	}{
		{"twenty days: from the sixteenth", decision("2026-03-02", 20), "2026-03-24", "2026-03-31"},
		{"five days: from the fourth", decision("2026-11-23", 5), "2026-11-27", "2026-12-01"},
		{"three days: one is left", decision("2026-11-23", 3), "2026-11-25", "2026-11-27"},
		{"one day: from the start", decision("2026-11-23", 1), "2026-11-23", "2026-11-25"},
		{"the notice from its third day", NewClock(calendars, ClockNotice, "2026-11-23", NoticeDays), "2026-11-26", "2026-12-01"},
		{"ends on a Friday: red on Saturday", decision("2026-11-23", 4), "2026-11-26", "2026-11-28"},
		// Sunday 2026-09-20 is worked, 25 to 27 September are off.
		{"over a worked Sunday", decision("2026-09-18", 5), "2026-09-23", "2026-09-25"},
		// Saturday 2026-10-10 is worked after a week off.
		{"over a worked Saturday", decision("2026-09-30", 3), "2026-10-09", "2026-10-11"},
		{"a stop is not counted", decision("2026-03-02", 20, Stop{"2026-03-10", "2026-03-24"}), "2026-04-08", "2026-04-15"},
		{"stopped: neither", decision("2026-03-02", 20, Stop{From: "2026-03-10"}), "", ""},
	} {
		yellow, red := c.k.LightDays(calendars)
		if yellow != c.yellow || red != c.red {
			t.Errorf("%s: yellow from %q, red from %q, want %q and %q", c.name, yellow, red, c.yellow, c.red)
		}
	}
}

// A light goes on with the days and never back, and LightDays says when.
func TestLightOnlyGrows(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		first, err := DayStart("2026-01-01")
		if err != nil {
			r.Fatal(err)
		}
		from := first.AddDate(0, 0, rapid.IntRange(0, 300).Draw(r, "from"))
		k := Clock{Kind: rapid.SampledFrom([]ClockKind{ClockNotice, ClockDecision, ClockStep}).Draw(r, "kind"), From: DayOf(from),
			N: rapid.IntRange(1, 25).Draw(r, "n"), Extra: rapid.IntRange(0, 10).Draw(r, "extra")}
		if at := rapid.IntRange(0, 20).Draw(r, "stop"); at > 0 {
			begins := from.AddDate(0, 0, at)
			k.Stops = []Stop{{DayOf(begins), DayOf(begins.AddDate(0, 0, rapid.IntRange(0, 20).Draw(r, "long")))}}
		}
		k = k.Reckon(calendars)
		rules := SupervisionRules{RemindEvery: rapid.IntRange(0, 3).Draw(r, "every")}
		yellow, red := k.LightDays(calendars)
		was, told := LightGreen, 0
		for i := range 80 {
			day := DayOf(from.AddDate(0, 0, i))
			is := k.Light(calendars, day)
			if is.urgency() < was.urgency() {
				r.Fatalf("%+v: %s, and on %s %s", k, was, day, is)
			}
			if is == LightRed != (day >= red) || is.urgency() >= LightYellow.urgency() != (day >= yellow) {
				r.Fatalf("%+v on %s: %s, yellow from %s, red from %s", k, day, is, yellow, red)
			}
			was = is
			next := k.NextReminder(calendars, told, rules)
			stage, over := k.RemindsOn(calendars, day, rules)
			if (stage > told) != (next != "" && next <= day) || (over > 0) && is != LightRed {
				r.Fatalf("%+v on %s: reminder %d after %d, the next on %s", k, day, stage, told, next)
			}
			if told = max(told, stage); k.Left(calendars, day) < 0 && over == 0 {
				r.Fatalf("%+v on %s: over, and not for a day", k, day)
			}
		}
	})
}

// looks is what supervision shows of a case on a day.
func (m *memory) looks(t *testing.T, id, day string) string {
	t.Helper()
	c := m.kase(t, id)
	words := []string{string(c.Stage()), "-", "-", c.Holder().Unit, c.Holder().Staff}
	if _, light, ok := c.CaseClock(m.cat.Calendar, day); ok {
		words[1] = string(light)
	}
	if k, ok := c.StageClock(m.cat); ok {
		words[2] = string(k.Light(m.cat.Calendar, day))
	}
	return strings.Join(words, " ")
}

// A case on its way: the light of the whole and of each step, and who has it.
func TestCaseUnderSupervision(t *testing.T) {
	m := newCases()
	m.licence().PromisedDays = 10
	see := func(day, want string) {
		t.Helper()
		if m.on(t, day); m.looks(t, "C", day) != want {
			t.Errorf("on %s: %q, want %q", day, m.looks(t, "C", day), want)
		}
	}
	m.begin(t, "C")
	see("2026-11-23", " - - window S1") // a draft is not supervised
	m.must(t, m.original("C", "FORM"))
	m.must(t, m.original("C", "MARRIAGE"))
	m.receive(t, "C")
	see("2026-11-23", "accept green green window S1")
	see("2026-11-26", "accept yellow yellow window S1")
	m.must(t, m.accepting(t, "C"))
	see("2026-11-26", "handle green green office ") // ten days, five of them for the handling
	see("2026-12-02", "handle green yellow office ")
	see("2026-12-04", "handle green red office ")
	m.must(t, m.in(ApproveStep, "C", office("A1"), ApproveStepBody{Edit: m.edit(t, "C"), Status: StepHandedOver, To: "H1"}))
	see("2026-12-04", "handle green red office H1") // a new hand has no new time
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	see("2026-12-04", "review green green office ")
	see("2026-12-08", "review yellow yellow office ")
	m.must(t, m.beginning(t, "C", "inspection", 5))
	see("2026-12-11", "review paused paused office ")
	m.must(t, m.ending(t, "C", 1))
	see("2026-12-11", "review yellow yellow office ")
	m.must(t, m.stepping(t, "C", "R1", StepPassed))
	see("2026-12-15", "approve yellow yellow office ")
	see("2026-12-16", "approve red yellow office ")
	m.must(t, m.deciding(t, "C", "A1", DecisionGranted, ""))
	see("2026-12-16", "complete green green office ")
	see("2026-12-18", "complete green yellow office ")
	m.must(t, m.completing(t, "C", "H1", ResultCertificate))
	see("2026-12-18", "deliver green green window S1")
	m.must(t, words(m.op(CollectCase, "C", clerk("S1"), "counter-1", CollectBody{CollectCounter, DocResident, CheckedCard})))
	see("2026-12-31", " - - window S1")
}

// What is missing waits for the applicant, and nobody of the house is reminded.
func TestSupplementUnderSupervision(t *testing.T) {
	m := newCases()
	m.receivedWhole(t, "C")
	m.must(t, m.notify(t, "C", SupplementItem{Material: "FORM", Fault: "unsealed"}))
	if is := m.looks(t, "C", today); is != "accept green green applicant " {
		t.Errorf("%q", is)
	}
	m.refuse(t, "waits_for_applicant", m.urge("C", "请尽快"))
	m.on(t, "2026-12-25")
	m.fire(t)
	if c := m.kase(t, "C"); len(c.Reminders) > 0 {
		t.Errorf("%+v", c.Reminders)
	}
}

func (m *memory) urge(id, words string) Op {
	return m.op(RemindCase, id, staff("V1", RoleSupervisor), AtCentre, RemindCaseBody{Words: words})
}

// days lets days go by, with the deadlines of each at nine.
func (m *memory) passDays(t *testing.T, days ...string) {
	t.Helper()
	for _, day := range days {
		m.on(t, day)
		m.fire(t)
		m.fire(t) // what they asked for
	}
}

// reminded are the days and kinds of the reminders of a case.
func (m *memory) reminded(t *testing.T, id string) (all []string) {
	t.Helper()
	c := m.kase(t, id)
	for _, r := range c.Reminders {
		all = append(all, DayOf(r.At)+" "+r.Kind)
	}
	return all
}

// Reminders by themselves: at four fifths, then on each working day after the
// end, each once, of the step and of the whole.
func TestRemindersByThemselves(t *testing.T) {
	m := newCases()
	m.accepted(t, "C") // five days, three of them for the handling
	m.passDays(t, days("2026-11-24", "2026-12-02")...)
	want := []string{"2026-11-26 step_warn", "2026-11-27 step_late", "2026-11-27 case_warn", "2026-11-30 step_late", "2026-12-01 case_late",
		"2026-12-01 step_late", "2026-12-02 case_late", "2026-12-02 step_late"}
	got := m.reminded(t, "C")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	version := m.kase(t, "C").Version
	m.must(t, m.stepping(t, "C", "H1", StepPassed)) // no reminder stood in the way
	if c := m.kase(t, "C"); c.Version != version+1 || len(c.Urging()) != 0 {
		t.Errorf("version %d, still reminded: %v", c.Version, c.Urging())
	}
}

// A hall may remind otherwise, and no reminder comes while the clock is stopped.
func TestRemindersOfTheHall(t *testing.T) {
	m := newCases()
	m.licence().PromisedDays, m.licence().StepDays = 10, StepDays{Handle: 2, Review: 20}
	m.cat.Cases.Supervision = SupervisionRules{RemindPercent: 50, RemindEvery: 3}
	m.accepted(t, "C")
	m.passDays(t, days("2026-11-24", "2026-11-26")...)
	m.must(t, m.stepping(t, "C", "H1", StepPassed))
	m.must(t, m.beginning(t, "C", "inspection", 5))
	rows := len(m.log)
	m.passDays(t, days("2026-11-27", "2026-12-07")...)
	for _, row := range m.log[rows:] {
		if row.Event == "case.reminder_moved" {
			t.Errorf("nothing was due, and %+v", row)
		}
	}
	m.must(t, m.ending(t, "C", 1))
	m.passDays(t, days("2026-12-08", "2026-12-23")...)
	want := []string{"2026-11-24 step_warn", "2026-11-26 step_late", "2026-12-09 case_warn", "2026-12-17 case_late", "2026-12-21 step_warn", "2026-12-22 case_late"}
	if got := m.reminded(t, "C"); !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
}

// A reminder that comes twice, or late, is one.
func TestReminderIsOne(t *testing.T) {
	m := newCases()
	m.accepted(t, "C")
	m.on(t, "2026-12-02") // the centre was off for a week
	due := m.due(t)
	for _, op := range slices.Concat(due, due) {
		if op.Kind == RemindCase {
			m.do(t, op)
		}
	}
	if c := m.kase(t, "C"); len(c.Reminders) != 2 || c.Reminders[0].Days+c.Reminders[1].Days != 6 {
		t.Errorf("%+v", c.Reminders)
	}
}

// A supervisor reminds with a sentence, once a day, and whose turn it is is told.
func TestSupervisorReminds(t *testing.T) {
	m := newCases()
	m.begin(t, "D")
	m.refuse(t, "case_state", m.urge("D", "请尽快"))
	m.accepted(t, "C")
	m.refuse(t, "words_needed", m.urge("C", "  "))
	m.refuse(t, "words_long", m.urge("C", strings.Repeat("长", RemindLongest+1)))
	m.refuse(t, "malformed", m.urge("C", "两\n行"))
	version := m.kase(t, "C").Version
	m.must(t, m.urge("C", "请今天承办"))
	m.refuse(t, "urged_today", m.urge("C", "请今天承办"))
	c := m.kase(t, "C")
	if r := c.Urging(); len(r) != 1 || r[0].Words != "请今天承办" || r[0].By != "V1" || c.Version != version {
		t.Fatalf("%+v", r)
	}
	for who, is := range map[string]bool{"H1": true, "A1": true, "R1": false, "S1": false, "S2": false} {
		if m.cat.UrgedFor(c, who) != is {
			t.Errorf("%s is reminded: %v", who, !is)
		}
		lists, listed := m.cat.Urged(who), false
		for _, p := range c.Places() {
			listed = listed || slices.ContainsFunc(lists, func(l CaseList) bool { return p.List == l.Part(AnomalyNever) })
		}
		if is && !listed {
			t.Errorf("%s does not find it in %v", who, lists)
		}
	}
	m.later(24 * 3600e9)
	m.must(t, m.urge("C", "请今天承办"))
	if May(RemindCase, RoleClerk, AtCentre) || May(RemindCase, RoleHallManager, AtCentre) || May(RemindCase, RoleSupervisor, AtCounter) {
		t.Error("others may remind")
	}
}
