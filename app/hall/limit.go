package hall

import "time"

// Units of a limit (期限单位). The sources give limits without units, so each
// number carries its own.
const (
	UnitMinute     = "minute"
	UnitHour       = "hour"
	UnitDay        = "day"
	UnitWorkingDay = "working_day"
)

// Limit (时限) is a number with its unit.
type Limit struct {
	N    int    `json:"n"`
	Unit string `json:"unit"`
}

// Units lists them.
func Units() []string { return []string{UnitMinute, UnitHour, UnitDay, UnitWorkingDay} }

// maxLimit bounds every limit, in its own unit.
const maxLimit = 1000

// Due is the last moment inside a limit that began at a moment; it has passed
// when now is later. Minutes, hours and days are natural time. Working days
// count from the day after and last to the end of the n-th of them;
// provisional when the calendar of a day on the way is not published yet.
func (l Limit) Due(calendar []CalendarYear, from time.Time) (due time.Time, provisional bool) {
	from = from.In(Zone)
	switch l.Unit {
	case UnitMinute:
		return from.Add(time.Duration(l.N) * time.Minute), false
	case UnitHour:
		return from.Add(time.Duration(l.N) * time.Hour), false
	case UnitDay:
		return from.Add(time.Duration(l.N) * 24 * time.Hour), false
	}
	day, provisional := AddWorkingDays(calendar, DayOf(from), l.N)
	start, err := DayStart(day)
	if err != nil {
		return from, true
	}
	return start.AddDate(0, 0, 1).Add(-time.Millisecond), provisional
}

// afterDue is the first moment at which a limit has passed.
func afterDue(due time.Time) time.Time { return due.Add(time.Millisecond) }

// anomalyAfter is the clock of a case that waits for materials: it is an
// anomaly when strictly more than this has gone since the latest submission.
const anomalyAfter = 24 * time.Hour
