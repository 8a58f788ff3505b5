package hall

import (
	"testing"
	"time"
)

func TestLimitDue(t *testing.T) {
	calendar := []CalendarYear{calendar2025, calendar2026}
	moment := func(s string) time.Time {
		m, err := time.ParseInLocation("2006-01-02 15:04:05.000", s, Zone)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct {
		limit       Limit
		from, due   string
		provisional bool
	}{
		{Limit{90, UnitMinute}, "2026-11-23 09:00:00.000", "2026-11-23 10:30:00.000", false},
		{Limit{24, UnitHour}, "2026-11-23 09:00:00.001", "2026-11-24 09:00:00.001", false},
		{Limit{3, UnitDay}, "2026-02-13 17:00:00.000", "2026-02-16 17:00:00.000", false},
		{Limit{3, UnitWorkingDay}, "2026-11-23 16:59:00.000", "2026-11-26 23:59:59.999", false},
		{Limit{3, UnitWorkingDay}, "2026-11-26 00:00:00.000", "2026-12-01 23:59:59.999", false},
		{Limit{5, UnitWorkingDay}, "2026-02-13 09:00:00.000", "2026-02-27 23:59:59.999", false},
		{Limit{1, UnitWorkingDay}, "2025-12-31 09:00:00.000", "2026-01-04 23:59:59.999", false},
		{Limit{1, UnitWorkingDay}, "2026-12-31 09:00:00.000", "2027-01-01 23:59:59.999", true},
	} {
		due, provisional := c.limit.Due(calendar, moment(c.from))
		if !due.Equal(moment(c.due)) || provisional != c.provisional {
			t.Errorf("%v from %s: %s, provisional %v", c.limit, c.from, due, provisional)
		}
		if !afterDue(due).After(due) {
			t.Error("a limit has passed only after its last moment")
		}
	}
}
