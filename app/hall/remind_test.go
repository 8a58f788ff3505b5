package hall

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// More time is reminded of anew: whoever was told that a case is late is told again
// when its new time ends, each day, as if nobody had been told before.
func TestRemindersAfterAnExtension(t *testing.T) {
	m := newCases()
	m.licence().PromisedDays = 5
	m.toApprove(t, "C") // on the first day: one day for the last step
	m.passDays(t, days("2026-11-24", "2026-11-30")...)
	before := len(m.reminded(t, "C"))
	if w := m.clock(t, "C", ClockDecision).Watch; w.Told != 1 || m.kase(t, "C").StepWatch.Told < 3 {
		t.Fatalf("told of the whole %+v, of the step %+v", w, m.kase(t, "C").StepWatch)
	}
	m.must(t, m.extending(t, "C", "A2", 5)) // ten days, of them three for the last step
	m.passDays(t, days("2026-12-01", "2026-12-09")...)
	want := []string{
		"2026-12-01 step_late", // the step has three days since 11-23: it stays late
		"2026-12-02 step_late", "2026-12-03 case_warn", "2026-12-03 step_late", "2026-12-04 step_late",
		"2026-12-07 step_late", "2026-12-08 case_late", "2026-12-08 step_late", "2026-12-09 case_late", "2026-12-09 step_late",
	}
	got := m.reminded(t, "C")[before:]
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("reminded\n%v, want\n%v", got, want)
	}
}

// However a clock gets more time, and whatever was told before: afterwards there is
// on each day the reminder that a clock has that always had that time.
func TestMoreTimeRemindsAnew(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := newCases()
		m.licence().PromisedDays = rapid.IntRange(1, 12).Draw(r, "days")
		m.cat.Cases.Supervision.RemindEvery = rapid.IntRange(0, 2).Draw(r, "every")
		m.toApprove(t, "C")
		way := days("2026-11-24", "2026-12-24")
		at := rapid.IntRange(0, 11).Draw(r, "at")
		m.passDays(t, way[:at+1]...)
		if m.do(t, m.extending(t, "C", "A2", rapid.IntRange(1, ExtensionDays).Draw(r, "extra"))).Status != Applied {
			return // too late
		}
		k, told := *m.clock(t, "C", ClockDecision), 0
		if told, _ = k.RemindsOn(m.cat.Calendar, way[at], m.cat.Cases.Supervision); m.clock(t, "C", ClockDecision).Watch.Told != min(told, 1) {
			r.Fatalf("told %+v, and %d is due", m.clock(t, "C", ClockDecision).Watch, told)
		}
		before := len(m.reminded(t, "C"))
		m.passDays(t, way[at+1:]...)
		var want, got []string
		for _, day := range way[at+1:] {
			stage, over := k.RemindsOn(m.cat.Calendar, day, m.cat.Cases.Supervision)
			if stage > told {
				want = append(want, day+" "+reminderKind(ClockDecision, over))
			}
			told = max(told, stage)
		}
		if c := m.kase(t, "C"); c.Reminded() > remindersKept {
			return // the oldest are not kept
		}
		for _, one := range m.reminded(t, "C")[before:] {
			if strings.Contains(one, "case_") {
				got = append(got, one)
			}
		}
		if !slices.Equal(got, want) {
			r.Fatalf("%+v reminded %v, want %v", k, got, want)
		}
	})
}

// Another hand is reminded of what the first was reminded of, and no more often:
// also when it is the first act on a case, and when it is taken back.
func TestReminderStaysWithAnotherHand(t *testing.T) {
	m := newCases()
	m.accepted(t, "C")
	m.passDays(t, days("2026-11-24", "2026-11-26")...)
	m.must(t, m.urge("C", "请今天承办"))
	look := func(who string) {
		t.Helper()
		c := m.kase(t, "C")
		if len(c.Urging()) != 2 || !m.cat.UrgedFor(c, who) || c.StepWatch.Told != 1 || DayOf(c.stageBegan()) != today {
			t.Errorf("%+v, for %s: %v, told %+v, since %s", c.Urging(), who, m.cat.UrgedFor(c, who), c.StepWatch, c.stageBegan())
		}
		m.refuse(t, "urged_today", m.urge("C", "请今天承办"))
	}
	look("A1")
	m.must(t, m.in(ApproveStep, "C", office("A1"), ApproveStepBody{Edit: m.edit(t, "C"), Status: StepHandedOver, To: "H1"}))
	look("H1")
	m.must(t, m.stepping(t, "C", "A1", StepRecalled))
	look("A1")
	m.must(t, m.stepping(t, "C", "A1", StepPassed))
	if c := m.kase(t, "C"); len(c.Urging()) != 0 {
		t.Errorf("still %+v", c.Urging())
	}
	m.must(t, m.urge("C", "请今天审核"))
}

// What is decided at once asks for nothing that it has ended itself: only the
// delivery of what was granted is waited for.
func TestNothingVoidIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		result, reason, completion string
		want                       []string
	}{
		"granted, nothing to deliver": {DecisionGranted, "", ResultDone, nil},
		"refused":                     {DecisionDenied, "conditions_not_met", ResultReturned, nil},
		"granted":                     {DecisionGranted, "", ResultCertificate, []string{"clock_due delivery", "remind_case delivery"}},
	} {
		m := newCases()
		m.licence().Kind = CaseInstant
		m.receivedWhole(t, "C")
		out := m.must(t, words(m.op(DecideInstant, "C", clerk("S1"), "counter-1", DecideInstantBody{m.edit(t, "C"), c.result, c.reason, c.completion})))
		var got []string
		for _, e := range out.Effects {
			var op Op
			var body ClockBody
			if e.Kind != EffectDeadline {
				continue
			}
			if err := json.Unmarshal(e.Payload, &op); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(op.Body, &body); err != nil {
				t.Fatal(err)
			}
			got = append(got, string(op.Kind)+" "+string(body.Clock))
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: asks for %v, want %v", name, got, c.want)
		}
	}
}
