package hall

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The law's clocks against the standards' vectors; each day is day 0.
func TestClockVectors(t *testing.T) {
	for _, c := range []struct {
		day string
		n   int
		due string
	}{
		{"2026-02-13", 5, "2026-02-27"},
		{"2026-02-16", 5, "2026-02-28"},
		{"2025-12-31", 1, "2026-01-04"},
		{"2025-12-31", 5, "2026-01-08"},
		{"2026-04-30", 5, "2026-05-11"},
		{"2026-09-18", 5, "2026-09-24"},
		{"2026-09-24", 10, "2026-10-15"},
		{"2026-10-10", 20, "2026-11-06"},
		{"2026-01-30", 45, "2026-04-10"},
		{"2026-11-20", 20, "2026-12-18"},
	} {
		if k := NewClock(calendars, ClockDecision, c.day, c.n); k.Due != c.due || k.Provisional {
			t.Errorf("%s + %d is %s (provisional %v), want %s", c.day, c.n, k.Due, k.Provisional, c.due)
		}
	}
}

// A special procedure stops the clock, an extension adds to it.
func TestClockStopVectors(t *testing.T) {
	for _, c := range []struct {
		from  string
		stops []Stop
		extra int
		due   string
	}{
		{"2026-03-02", nil, 0, "2026-03-30"},
		{"2026-03-02", []Stop{{"2026-03-10", "2026-03-24"}}, 0, "2026-04-14"},
		{"2026-03-02", []Stop{{"2026-03-10", "2026-03-24"}}, 10, "2026-04-28"},
		{"2026-03-02", []Stop{{"2026-03-10", "2026-03-17"}, {"2026-03-17", "2026-03-24"}}, 0, "2026-04-14"},
		{"2026-03-02", []Stop{{"2026-03-10", "2026-03-20"}, {"2026-03-12", "2026-03-24"}}, 0, "2026-04-14"}, // no day is taken out twice
		{"2026-03-02", []Stop{{"2026-03-10", "2026-03-10"}}, 0, "2026-03-30"},                               // begun and ended on one day
		{"2026-03-20", nil, 0, "2026-04-20"},
		{"2026-03-20", []Stop{{"2026-04-01", "2026-04-08"}}, 0, "2026-04-24"},
		{"2026-03-20", []Stop{{"2026-04-01", ""}}, 0, ""},
	} {
		k := Clock{Kind: ClockDecision, From: c.from, N: 20, Extra: c.extra, Stops: c.stops}.Reckon(calendars)
		if k.Due != c.due || k.Stopped() != (c.due == "") || k.Runs() != (c.due != "") {
			t.Errorf("from %s with %v and %d more: due %q, want %q", c.from, c.stops, c.extra, k.Due, c.due)
		}
	}
}

// Beyond the published calendar a date is provisional, and is reckoned anew when
// the calendar is there.
func TestProvisionalClock(t *testing.T) {
	k := NewClock(calendars, ClockDecision, "2026-12-30", 3)
	if k.Due != "2027-01-04" || !k.Provisional {
		t.Errorf("before: %+v", k)
	}
	next := append(slices.Clone(calendars), CalendarYear{Year: 2027, Off: []string{"2027-01-01", "2027-01-04"}, Worked: []string{"2027-01-03"}})
	if k = k.Reckon(next); k.Due != "2027-01-05" || k.Provisional {
		t.Errorf("after: %+v", k)
	}
}

func TestClockOfNaturalDays(t *testing.T) {
	k := Clock{Kind: ClockSupplement, From: "2026-09-30", N: 10, Unit: UnitDay}.Reckon(nil)
	if k.Due != "2026-10-10" || k.Provisional {
		t.Errorf("%+v", k)
	}
}

func TestClocksThatCannotBe(t *testing.T) {
	for _, k := range []Clock{{From: "", N: 5}, {From: "2026-02-30", N: 5}, {From: "2026-03-02", N: -1}, {From: "2026-03-02", N: 100000}} {
		if got := k.Reckon(calendars); got.Due != "" || got.Used(calendars, "2026-03-01") != 0 {
			t.Errorf("%+v is due on %s", k, got.Due)
		}
		if _, passes := k.passes(); passes {
			t.Errorf("%+v passes", k)
		}
	}
}

func TestLights(t *testing.T) {
	decision := NewClock(calendars, ClockDecision, "2026-11-02", 20) // due 11-30
	notice := NewClock(calendars, ClockNotice, "2026-11-23", NoticeDays)
	paused := decision
	paused.Stops = []Stop{{From: "2026-11-05"}}
	ended := func(k Clock, day string) Clock { k.Ended = day; return k }
	for _, c := range []struct {
		name  string
		clock Clock
		day   string
		want  Light
	}{
		{"day 0", decision, "2026-11-02", LightGreen},
		{"15 of 20", decision, "2026-11-23", LightGreen},
		{"16 of 20", decision, "2026-11-24", LightYellow},
		{"the last day", decision, "2026-11-30", LightYellow},
		{"the day after", decision, "2026-12-01", LightRed},
		{"stopped", paused.Reckon(calendars), "2026-12-24", LightPaused},
		{"ended in time", ended(decision, "2026-11-30"), "2027-01-04", LightGreen},
		{"ended late", ended(decision, "2026-12-01"), "2027-01-04", LightRed},
		{"notice, second day", notice, "2026-11-25", LightGreen},
		{"notice, third day", notice, "2026-11-26", LightYellow},
		{"notice, over", notice, "2026-12-01", LightRed},
		{"one day of one", NewClock(calendars, ClockDecision, "2026-11-23", 1), "2026-11-23", LightYellow},
	} {
		if got := c.clock.Light(calendars, c.day); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestClockPasses(t *testing.T) {
	k := NewClock(calendars, ClockNotice, "2026-11-23", NoticeDays)
	at, passes := k.passes()
	if want := time.Date(2026, 12, 1, 0, 0, 0, 0, Zone); !passes || !at.Equal(want) {
		t.Errorf("passes at %s, want %s", at, want)
	}
	k.Ended = "2026-11-24"
	if _, passes := k.passes(); passes {
		t.Error("a clock that has ended passes")
	}
}

// C5: seven working days ahead of the hearing, holidays not counted.
func TestHearingToldBy(t *testing.T) {
	for _, c := range []struct{ hearing, want string }{
		{"2026-11-23", "2026-11-12"}, {"2026-10-12", "2026-09-24"}, {"2026-02-30", ""},
	} {
		if day, _ := HearingToldBy(calendars, c.hearing); day != c.want {
			t.Errorf("hearing on %s: told by %s, want %s", c.hearing, day, c.want)
		}
	}
	if n, _ := WorkingDaysBetween(calendars, "2026-11-12", "2026-11-23"); n != HearingTellDays {
		t.Errorf("%d working days between", n)
	}
}

// Stops only ever move a clock on, by as many days as they take out of it; as
// many days have gone when it is due as it has.
func TestStopsMoveAClockOn(t *testing.T) {
	start, _ := DayStart("2025-01-01")
	rapid.Check(t, func(r *rapid.T) {
		day := func(label string) string { return DayOf(start.AddDate(0, 0, rapid.IntRange(0, 300).Draw(r, label))) }
		k := NewClock(calendars, ClockDecision, day("from"), rapid.IntRange(1, 45).Draw(r, "n"))
		for i := range rapid.IntRange(0, 3).Draw(r, "stops") {
			s := Stop{From: day("stop"), To: ""}
			s.To = max(s.From, day("to"))
			before := k
			k.Stops = append(slices.Clone(k.Stops), s)
			k = k.Reckon(calendars)
			if k.Due < before.Due {
				r.Fatalf("stop %d %v moved %s back to %s", i, s, before.Due, k.Due)
			}
			taken, _ := WorkingDaysBetween(calendars, s.From, s.To)
			then, _ := AddWorkingDays(calendars, before.Due, taken)
			if i == 0 && s.From >= k.From && s.To <= before.Due && k.Due != then {
				r.Fatalf("%v takes %d days out of %s: due %s, want %s", s, taken, before.Due, k.Due, then)
			}
		}
		if used := k.Used(calendars, k.Due); used != k.N {
			r.Fatalf("%d of %d days have gone on %s", used, k.N, k.Due)
		}
	})
}

// A deadline that a clock ahead of the writer's proposes is decided as of its
// own moment: refused as too early it would never come again.
func TestADeadlineIsNeverTooEarly(t *testing.T) {
	m := newCases()
	m.wait(t, "C", map[string]Method{"MARRIAGE": MethodEShare, "RESIDENCE": MethodEShare})
	i := slices.IndexFunc(m.effects, func(e Effect) bool {
		return e.Kind == EffectDeadline && e.ID == string(DeadlineOpID("C/MARRIAGE", 1, MaterialDue))
	})
	if i < 0 {
		t.Fatalf("no deadline: %+v", m.effects)
	}
	var op Op
	if err := json.Unmarshal(m.effects[i].Payload, &op); err != nil {
		t.Fatal(err)
	}
	m.must(t, op) // two hours before its moment, by the writer's clock
	if s := m.material(t, "C", "MARRIAGE").State; s != MaterialTimeout {
		t.Errorf("the limit has passed: %s", s)
	}
	other := m.op(MaterialDue, "C", system, AtCentre, AttemptBody{"RESIDENCE", 1})
	other.Stamp.At = m.now.Add(1000 * time.Hour)
	m.refuse(t, "too_early", other) // no deadline: it brings no time of its own
}
