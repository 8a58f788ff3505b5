package hall

import (
	"slices"
	"time"
)

// ClockKind (时限) names a legal clock of a case; requirements G3.
type ClockKind string

const (
	ClockNotice       ClockKind = "notice"        // C1: to accept, refuse or tell what is missing
	ClockDecision     ClockKind = "decision"      // C2: to decide
	ClockReview       ClockKind = "review"        // C3: of the lower level
	ClockDelivery     ClockKind = "delivery"      // C4: to deliver the certificate
	ClockHearingApply ClockKind = "hearing_apply" // C5: the applicant asks for a hearing, from being told
	ClockHearing      ClockKind = "hearing"       // C5: it is held, from being asked for
	ClockSupplement   ClockKind = "supplement"    // C6: the applicant brings what is missing
	ClockDraft        ClockKind = "draft"         // local, of no law: a draft (暂存) is kept; E-26
)

// Lengths that the law gives, in working days (行政许可法 art. 32, 42–44, 47,
// 48 and 82). Those of C2 and C6 come from the version of the item.
const (
	NoticeDays       = 5
	ReviewDays       = 20
	DeliveryDays     = 10
	HearingApplyDays = 5
	HearingDays      = 20
	HearingTellDays  = 7 // ahead of the hearing: HearingToldBy
	// DraftDays of the calendar are how long a draft that nobody touches is kept,
	// where the hall says nothing else.
	DraftDays = 30
)

// Stop is a span of days that a clock does not count: of a special procedure
// that stops it (art. 45). An empty To: it goes on.
type Stop struct {
	From string `json:"from"`
	To   string `json:"to,omitempty"`
}

// Holds reports whether a day is not counted: start < day ≤ end. It is the one
// place where that edge is decided.
func (s Stop) Holds(day string) bool { return s.From < day && (s.To == "" || day <= s.To) }

// Clock is one legal clock of a case as a value: what it counts, and the day on
// which it is due by the calendar that was known. The day of the event is day 0;
// stopped days are not counted, an extension adds days.
type Clock struct {
	Kind  ClockKind `json:"kind"`
	From  string    `json:"from"` // day 0
	N     int       `json:"n"`
	Unit  string    `json:"unit,omitempty"`  // UnitDay, or empty: working days
	Extra int       `json:"extra,omitempty"` // granted once by an extension
	Stops []Stop    `json:"stops,omitempty"`
	// Due is the last day in time; empty while a stop goes on (计时暂停).
	Due         string `json:"due,omitempty"`
	Provisional bool   `json:"provisional,omitempty"` // a day on the way is beyond the published calendar
	// Serial counts the deadlines that were asked for: only the latest counts.
	Serial int `json:"serial,omitempty"`
	// Late: it has run out, and what the law makes of that was done.
	Late bool `json:"late,omitempty"`
	// Ended is the day on which what it waits for was done.
	Ended string `json:"ended,omitempty"`
	Watch Watch  `json:"watch,omitzero"` // reminders of it
}

// NewClock is a clock that begins on a day, reckoned.
func NewClock(calendar []CalendarYear, kind ClockKind, from string, n int) Clock {
	return Clock{Kind: kind, From: from, N: n}.Reckon(calendar)
}

// Reckon computes the day on which the clock is due: the (N + Extra)-th day that
// counts after the first. Called again when a stop or an extension was added or
// the calendar has changed.
func (k Clock) Reckon(calendar []CalendarYear) Clock {
	k.Due, k.Provisional = "", false
	day, err := DayStart(k.From)
	if err != nil || k.Stopped() || k.N < 0 || k.N+k.Extra > farthestDay/2 {
		return k
	}
	left := k.N + k.Extra
	for range farthestDay {
		if left == 0 {
			k.Due = DayOf(day)
			return k
		}
		day = day.AddDate(0, 0, 1)
		counts, guess := k.counts(calendar, DayOf(day))
		k.Provisional = k.Provisional || guess
		if counts {
			left--
		}
	}
	return k
}

// counts reports whether a day is counted; guess: the calendar does not say.
func (k Clock) counts(calendar []CalendarYear, day string) (counts, guess bool) {
	if k.Unit == UnitDay {
		return !k.held(day), false
	}
	working, guess := WorkingDay(calendar, day)
	return working && !k.held(day), guess
}

func (k Clock) held(day string) bool {
	return slices.ContainsFunc(k.Stops, func(s Stop) bool { return s.Holds(day) })
}

// Stopped reports whether a stop goes on.
func (k Clock) Stopped() bool {
	return slices.ContainsFunc(k.Stops, func(s Stop) bool { return s.To == "" })
}

// Runs reports whether the clock still counts days for somebody.
func (k Clock) Runs() bool { return k.Ended == "" && !k.Stopped() }

// Used counts the days of the clock that have gone up to a day.
func (k Clock) Used(calendar []CalendarYear, today string) int {
	day, err := DayStart(k.From)
	if err != nil {
		return 0
	}
	used := 0
	for range farthestDay {
		day = day.AddDate(0, 0, 1)
		if DayOf(day) > today {
			break
		}
		if counts, _ := k.counts(calendar, DayOf(day)); counts {
			used++
		}
	}
	return used
}

// passes is the first moment at which a clock that runs has run out.
func (k Clock) passes() (time.Time, bool) {
	due, err := DayStart(k.Due)
	if err != nil || !k.Runs() {
		return time.Time{}, false
	}
	return due.AddDate(0, 0, 1), true
}

// Light (亮灯) is what supervision shows of a clock.
type Light string

const (
	LightGreen  Light = "green"
	LightYellow Light = "yellow" // 预警: four fifths have gone, or one day is left; the notice from its third day on
	LightRed    Light = "red"    // 超时
	LightPaused Light = "paused" // 计时暂停
)

// noticeWarns is the day of C1 from which it warns: the departments that are
// asked do not stop it.
const noticeWarns = 3

// Light is the light of a clock on a day. A clock that has ended keeps the one
// that it ended with: green in time, red late.
func (k Clock) Light(calendar []CalendarYear, today string) Light {
	switch {
	case k.Ended != "" && (k.Due == "" || k.Ended <= k.Due):
		return LightGreen
	case k.Ended != "":
		return LightRed
	case k.Stopped():
		return LightPaused
	case k.Due == "":
		return LightGreen
	case today > k.Due:
		return LightRed
	}
	if k.warns(k.Used(calendar, today)) {
		return LightYellow
	}
	return LightGreen
}

// warns reports whether a clock is yellow once so many days have gone.
func (k Clock) warns(used int) bool {
	all := k.N + k.Extra
	return used*5 >= all*4 || all-used <= 1 || k.Kind == ClockNotice && used >= noticeWarns
}

// HearingToldBy is the last day on which the people concerned can be told of a
// hearing: seven working days ahead of it.
func HearingToldBy(calendar []CalendarYear, hearing string) (day string, provisional bool) {
	t, err := DayStart(hearing)
	if err != nil {
		return "", true
	}
	left := HearingTellDays
	for range farthestDay {
		t = t.AddDate(0, 0, -1)
		working, guess := WorkingDay(calendar, DayOf(t))
		provisional = provisional || guess
		if working {
			left--
		}
		if left == 0 {
			return DayOf(t), provisional
		}
	}
	return "", true
}
