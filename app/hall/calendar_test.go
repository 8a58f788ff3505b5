package hall

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

var calendars = []CalendarYear{calendar2025, calendar2026}

func TestAddWorkingDaysVectors(t *testing.T) {
	for _, c := range []struct {
		shows, day string
		n          int
		due        string
	}{
		{"worked Saturday and Spring Festival", "2026-02-13", 5, "2026-02-27"},
		{"due on a worked Saturday", "2026-02-16", 5, "2026-02-28"},
		{"year edge, worked Sunday", "2025-12-31", 1, "2026-01-04"},
		{"two files", "2025-12-31", 5, "2026-01-08"},
		{"labour day", "2026-04-30", 5, "2026-05-11"},
		{"worked Sunday", "2026-09-18", 5, "2026-09-24"},
		{"two holidays", "2026-09-24", 10, "2026-10-15"},
		{"starts on a worked Saturday", "2026-10-10", 20, "2026-11-06"},
		{"joint handling", "2026-01-30", 45, "2026-04-10"},
		{"no holiday", "2026-11-20", 20, "2026-12-18"},
		{"day 0 is the day itself", "2026-02-16", 0, "2026-02-16"},
	} {
		due, provisional := AddWorkingDays(calendars, c.day, c.n)
		if due != c.due || provisional {
			t.Errorf("%s: %s + %d = %s (provisional %v), want %s", c.shows, c.day, c.n, due, provisional, c.due)
		}
	}
}

func TestStopVectors(t *testing.T) {
	for _, c := range []struct {
		accepted, due, start, end string
		stopped                   int
		then                      string
	}{
		{"2026-03-02", "2026-03-30", "2026-03-10", "2026-03-24", 10, "2026-04-14"},
		{"2026-03-20", "2026-04-20", "2026-04-01", "2026-04-08", 4, "2026-04-24"},
	} {
		due, _ := AddWorkingDays(calendars, c.accepted, 20)
		if due != c.due {
			t.Errorf("accepted %s: due %s, want %s", c.accepted, due, c.due)
		}
		n, _ := WorkingDaysBetween(calendars, c.start, c.end)
		if n != c.stopped {
			t.Errorf("stop %s…%s takes %d days, want %d", c.start, c.end, n, c.stopped)
		}
		if then, _ := AddWorkingDays(calendars, due, n); then != c.then {
			t.Errorf("then due %s, want %s", then, c.then)
		}
	}
	if due, _ := AddWorkingDays(calendars, "2026-04-14", 10); due != "2026-04-28" {
		t.Errorf("extension by 10: %s, want 2026-04-28", due)
	}
}

func TestEachYearHas248WorkingDays(t *testing.T) {
	for _, year := range []string{"2025", "2026"} {
		n := 0
		for _, d := range days(year+"-01-01", year+"-12-31") {
			if working, _ := WorkingDay(calendars, d); working {
				n++
			}
		}
		if n != 248 {
			t.Errorf("%s has %d working days, want 248", year, n)
		}
	}
}

func TestWorkingDay(t *testing.T) {
	for _, c := range []struct {
		name, day            string
		working, provisional bool
	}{
		{"weekday", "2026-11-23", true, false},
		{"Sunday", "2026-11-22", false, false},
		{"worked Saturday", "2026-10-10", true, false},
		{"holiday on a weekday", "2026-10-01", false, false},
		{"uncovered weekday", "2027-03-02", true, true},
		{"uncovered weekend", "2027-03-06", false, true},
		{"no day", "2026-02-30", false, true},
		{"nonsense", "x", false, true},
	} {
		if working, provisional := WorkingDay(calendars, c.day); working != c.working || provisional != c.provisional {
			t.Errorf("%s: %v %v, want %v %v", c.name, working, provisional, c.working, c.provisional)
		}
	}
	early := []CalendarYear{{Year: 2026, Off: []string{"2027-01-01"}}}
	if working, provisional := WorkingDay(early, "2027-01-01"); working || provisional {
		t.Error("a notice names a day of the next year: it must be off and certain")
	}
	if due, provisional := AddWorkingDays(calendars, "2026-12-30", 3); due != "2027-01-04" || !provisional {
		t.Errorf("across the end of the calendar: %s %v, want 2027-01-04 and provisional", due, provisional)
	}
}

func TestAddWorkingDaysIsACount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start, _ := DayStart("2025-01-01")
		day := DayOf(start.AddDate(0, 0, rapid.IntRange(0, 600).Draw(t, "day")))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		due, _ := AddWorkingDays(calendars, day, n)
		if working, _ := WorkingDay(calendars, due); !working {
			t.Fatalf("%s + %d is %s, not a working day", day, n, due)
		}
		if back, _ := WorkingDaysBetween(calendars, day, due); back != n {
			t.Fatalf("between %s and %s are %d working days, want %d", day, due, back, n)
		}
	})
}

func TestOpenAt(t *testing.T) {
	cat := testCatalogue()
	for _, c := range []struct {
		name, day, clock string
		open             bool
		code, param      string
	}{
		{"first minute", today, "09:00", true, "", ""},
		{"before", today, "08:59", false, ClosedBefore, "09:00"},
		{"lunch begins", today, "12:00", false, ClosedBetween, "13:00"},
		{"afternoon", today, "13:00", true, "", ""},
		{"end", today, "17:00", false, ClosedAfter, "09:00"},
		{"Sunday", "2026-11-22", "10:00", false, ClosedDay, "09:00"},
		{"worked Saturday", "2026-10-10", "10:00", true, "", ""},
	} {
		at, err := At(c.day, c.clock)
		if err != nil {
			t.Fatal(err)
		}
		open, why := OpenAt(cat, at.UTC())
		if open != c.open || why.Code != c.code || why.Params["from"] != c.param {
			t.Errorf("%s: %v %v, want %v %s %s", c.name, open, why, c.open, c.code, c.param)
		}
	}
	sunday, _ := At("2026-11-22", "10:00")
	if _, why := OpenAt(cat, sunday); why.Params["next"] != today {
		t.Errorf("opens again on %s, want %s", why.Params["next"], today)
	}
}

func TestDayOfIsTheHallsDay(t *testing.T) {
	if d := DayOf(time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)); d != "2026-11-23" {
		t.Errorf("16:00 UTC is %s in the hall, want the next day", d)
	}
}

func FuzzDays(f *testing.F) {
	for _, s := range []string{"2026-11-23", "2026-02-30", "", "2026-1-1", "0000-00-00", "9999-12-31"} {
		f.Add(s, "09:30", 3)
	}
	fuzz.Run(f, func(t *testing.T, day, clock string, n int) {
		if _, err := At(day, clock); err == nil && (len(day) != 10 || len(clock) != 5) {
			t.Fatalf("accepted %q %q", day, clock)
		}
		if due, _ := AddWorkingDays(calendars, day, n%50); due != "" && !isDay(due) {
			t.Fatalf("%q + %d gives %q", day, n%50, due)
		}
	})
}
