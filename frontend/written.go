package frontend

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// singular is the ending of the key of a text for exactly one. The rule is
// CLDR's for English and for Portuguese of Portugal: «one» is the whole number
// 1 and nothing else; Chinese has no singular and holds no such key.
const singular = "~one"

// counts are the parameters that count something, the deciding one first; the
// pages' i18n/texts.ts holds the same list.
var counts = []string{"n", "count", "left", "minutes", "seconds", "hours", "days", "max", "calls"}

// countsOne reports whether the parameters count exactly one.
func countsOne(params map[string]string) bool {
	i := slices.IndexFunc(counts, func(name string) bool { _, ok := params[name]; return ok })
	return i >= 0 && params[counts[i]] == "1"
}

// Figure is a whole number as the language writes it: from ten thousand on in
// groups of three.
func Figure(locale string, n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	if len(digits) < 5 {
		return sign + digits
	}
	mark := ","
	if Resolve(locale) == "pt" {
		mark = "\u00A0"
	}
	var groups []string
	for ; len(digits) > 3; digits = digits[:len(digits)-3] {
		groups = append(groups, digits[len(digits)-3:])
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return sign + strings.Join(groups, mark)
}

// LongDay is a day of this year with its weekday. It, FullDay, ShortDay and
// Moment write t as it stands, in the zone that it is given in.
func LongDay(locale string, t time.Time) string { return day(locale, "date.long", t) }

// FullDay is a day with its year.
func FullDay(locale string, t time.Time) string { return day(locale, "date.full", t) }

// ShortDay is a day in short, for lists.
func ShortDay(locale string, t time.Time) string { return day(locale, "date.short", t) }

// Moment is a day with its year and a time, as on slips.
func Moment(locale string, t time.Time) string { return day(locale, "date.moment", t) }

// Minutes is a length of time: minutes, and from an hour on hours too.
func Minutes(locale string, d time.Duration) string {
	n := int(d.Round(time.Minute) / time.Minute)
	hours, rest := n/60, n%60
	switch {
	case hours == 0:
		return Format(locale, "unit.minutes", map[string]string{"n": strconv.Itoa(n)})
	case rest == 0:
		return Format(locale, "unit.hours", map[string]string{"h": strconv.Itoa(hours)})
	}
	return Format(locale, "unit.hours_minutes", map[string]string{"h": strconv.Itoa(hours), "n": strconv.Itoa(rest)})
}

// day fills one of the catalogues' patterns of a day.
func day(locale, pattern string, t time.Time) string {
	month := strconv.Itoa(int(t.Month()))
	weekday := strconv.Itoa((int(t.Weekday())+6)%7 + 1) // Monday is 1
	return Format(locale, pattern, map[string]string{
		"y":       strconv.Itoa(t.Year()),
		"d":       strconv.Itoa(t.Day()),
		"month":   Format(locale, "date.month."+month, nil),
		"mon":     Format(locale, "date.mon."+month, nil),
		"weekday": Format(locale, "date.weekday."+weekday, nil),
		"time":    t.Format("15:04"),
	})
}
