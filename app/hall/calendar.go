package hall

import (
	"fmt"
	"slices"
	"time"
)

// Zone is the time of every hall: UTC+8, without summer time.
var Zone = time.FixedZone("UTC+8", 8*60*60)

const dayLayout = "2006-01-02"

// DayOf is the day of a moment in the hall, YYYY-MM-DD.
func DayOf(t time.Time) string { return t.In(Zone).Format(dayLayout) }

// DayStart is the first moment of a day.
func DayStart(day string) (time.Time, error) {
	t, err := time.ParseInLocation(dayLayout, day, Zone)
	if err != nil || t.Format(dayLayout) != day {
		return time.Time{}, &InputError{Code: "day_form"}
	}
	return t, nil
}

func isDay(day string) bool {
	_, err := DayStart(day)
	return err == nil
}

// At is a clock time (HH:MM) on a day.
func At(day, clock string) (time.Time, error) {
	if _, err := DayStart(day); err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation(dayLayout+" 15:04", day+" "+clock, Zone)
	if err != nil || t.Format("15:04") != clock {
		return time.Time{}, &InputError{Code: "clock_form"}
	}
	return t, nil
}

// WorkingDay reports whether a hall works on a day: a weekday that the State
// Council's notice does not take off, or a weekend day that it makes worked
// (全国年节及纪念日放假办法). Provisional: the notice of that year is not in the
// calendar, so only weekends are known. A notice may name days of the year
// before and after its own.
func WorkingDay(calendar []CalendarYear, day string) (working, provisional bool) {
	t, err := DayStart(day)
	if err != nil {
		return false, true
	}
	provisional = true
	for _, y := range calendar {
		if slices.Contains(y.Off, day) {
			return false, false
		}
		if slices.Contains(y.Worked, day) {
			return true, false
		}
		if y.Year == t.Year() {
			provisional = false
		}
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday, provisional
}

// farthestDay bounds every search through a calendar.
const farthestDay = 3660

// AddWorkingDays is the n-th working day after a day; the day itself is day 0
// (行政许可法 art. 82 with the general rule for periods). Provisional when a
// day on the way is. An unreadable day or n below zero gives "".
func AddWorkingDays(calendar []CalendarYear, day string, n int) (due string, provisional bool) {
	t, err := DayStart(day)
	if err != nil || n < 0 || n > farthestDay/2 {
		return "", true
	}
	for range farthestDay {
		if n == 0 {
			return DayOf(t), provisional
		}
		t = t.AddDate(0, 0, 1)
		working, guess := WorkingDay(calendar, DayOf(t))
		provisional = provisional || guess
		if working {
			n--
		}
	}
	return "", true
}

// WorkingDaysBetween counts the working days d with start < d ≤ end: the days
// that a special procedure (art. 45) takes out of a period; see Stop.Holds.
func WorkingDaysBetween(calendar []CalendarYear, start, end string) (n int, provisional bool) {
	t, errStart := DayStart(start)
	last, errEnd := DayStart(end)
	if errStart != nil || errEnd != nil {
		return 0, true
	}
	for range farthestDay {
		t = t.AddDate(0, 0, 1)
		if t.After(last) {
			break
		}
		working, guess := WorkingDay(calendar, DayOf(t))
		provisional = provisional || guess
		if working {
			n++
		}
	}
	return n, provisional
}

// Why a hall is closed: codes of "kiosk.closed.<code>".
const (
	ClosedDay     = "not_working_day" // next: day it opens again
	ClosedBefore  = "before_hours"    // from
	ClosedBetween = "between_hours"   // from
	ClosedAfter   = "after_hours"     // next: day it opens again
)

// OpenAt reports whether the hall is open at a moment, and if not, why.
func OpenAt(cat *Catalogue, t time.Time) (bool, Text) {
	day := DayOf(t)
	if working, _ := WorkingDay(cat.Calendar, day); !working {
		return false, closed(cat, ClosedDay, day)
	}
	clock := t.In(Zone).Format("15:04")
	next := ""
	for _, h := range cat.Hours {
		if clock >= h.From && clock < h.To {
			return true, Text{}
		}
		if clock < h.From && (next == "" || h.From < next) {
			next = h.From
		}
	}
	if next == "" {
		return false, closed(cat, ClosedAfter, day)
	}
	code := ClosedBefore
	if slices.ContainsFunc(cat.Hours, func(h OpenHours) bool { return h.To <= clock }) {
		code = ClosedBetween
	}
	return false, Text{Code: code, Params: map[string]string{"from": next}}
}

func closed(cat *Catalogue, code, day string) Text {
	next, _ := AddWorkingDays(cat.Calendar, day, 1)
	return Text{Code: code, Params: map[string]string{"next": next, "from": firstHour(cat)}}
}

func firstHour(cat *Catalogue) string {
	from := ""
	for _, h := range cat.Hours {
		if from == "" || h.From < from {
			from = h.From
		}
	}
	return from
}

// clockFault says what is wrong with a clock time of a catalogue, or "".
func clockFault(clock string) string {
	if _, err := At("2000-01-01", clock); err != nil {
		return fmt.Sprintf("%q is not a time like 09:30", clock)
	}
	return ""
}
