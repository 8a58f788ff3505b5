package hall

import (
	"encoding/json"
	"reflect"
	"time"
)

// After a restore of the writer (design §2 rule 5) nobody knows which numbers
// were given between the backup and the restore. What a terminal still holds
// comes back with its verdict, and is given again as it was; what is given
// afresh begins so far behind that it meets nothing that is still out there.
const (
	skipQueue       = 500   // queue numbers of a series and day
	skipApplication = 10000 // application numbers
	skipNotice      = 1000  // numbers of acceptance notices: the gap is explained by the restore
)

// MayBeHeld reports whether a refusal names something that was lost with a restore
// and that another terminal may still hold as an operation: what only the centre or
// the catalogue has is not.
func MayBeHeld(why Text) bool {
	switch why.Code {
	case "unknown_case", "unknown_ticket", "unknown_paper", "unknown_scan", "unknown_consignment":
		return true
	}
	return false
}

// grantedUntil is the last day whose queue numbers may have been given before
// the last restore.
func (c Context) grantedUntil() string {
	day, err := time.ParseInLocation("2006-01-02", c.Restored, Zone)
	if err != nil {
		return ""
	}
	return DayOf(day.AddDate(0, 0, leaseDaysAhead))
}

// newTerm moves a series on once after a restore; what was given before comes
// back as it was and moves nothing. doubtful: numbers of it may be out there.
func (d *decision) newTerm(s *Series, skip int, doubtful bool) {
	if _, held := heldFrom(d.ctx.Held, len(d.numbers)); held || d.ctx.Term <= s.Term || !doubtful {
		return
	}
	s.Next, s.Term = max(s.Next, 1)+skip, d.ctx.Term
}

// from is the first of count numbers of a series, and moves the series behind
// them: the next ones, or those that were given before a restore.
func (d *decision) from(s *Series, count int) int {
	from := max(s.Next, 1)
	if held, ok := heldFrom(d.ctx.Held, len(d.numbers)); ok {
		from = held
	}
	s.Next = max(s.Next, from+count)
	return from
}

// heldFrom is the first number in the result of before a restore; nth counts the
// documents that the operation has numbered before this one.
func heldFrom(result json.RawMessage, nth int) (int, bool) {
	var r struct {
		Lease  Lease          `json:"lease"`
		Serial int            `json:"serial"`
		Also   []NoticeResult `json:"also"`
	}
	if result == nil || Decode(result, &r) != nil || nth > len(r.Also) {
		return 0, false
	}
	if nth > 0 {
		return r.Also[nth-1].Serial, r.Also[nth-1].Serial > 0
	}
	if r.Serial > 0 {
		return r.Serial, true
	}
	return r.Lease.From, r.Lease.From > 0
}

// SameResult says whether what an operation gives now is what it gave before a
// restore, as far as anybody was told: the same ticket was called, the same
// numbers were given, the paper was taken as it was.
func SameResult(held, now json.RawMessage) bool {
	type told struct {
		Ticket struct {
			ID string `json:"id"`
		} `json:"ticket"`
		Lease struct {
			Series string `json:"series"`
			From   int    `json:"from"`
			To     int    `json:"to"`
		} `json:"lease"`
		Serial int            `json:"serial"`
		Also   []NoticeResult `json:"also"`
		Fault  string         `json:"fault"`
	}
	var a, b told
	if len(held) > 0 && Decode(held, &a) != nil || len(now) > 0 && Decode(now, &b) != nil {
		return false
	}
	return reflect.DeepEqual(a, b)
}
