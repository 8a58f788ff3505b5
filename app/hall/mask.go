package hall

import (
	"strings"
	"unicode/utf8"
)

// Masking (脱敏) is presentation only: what a list, another clerk or the kiosk
// after its owner's own card may show. There is no national pattern; the table
// taken is in the standards' §9. A hall display shows none of it.

// MaskName hides a name: 张*, 张*三, first and last of longer ones; of a name
// with a separator only the first character stays.
func MaskName(name string) string {
	runes := []rune(name)
	switch n := len(runes); {
	case n == 0:
		return ""
	case n == 1:
		return "*"
	case strings.ContainsRune(name, '·'):
		return string(runes[0]) + "***·**"
	case n == 2:
		return string(runes[0]) + "*"
	default:
		return string(runes[0]) + "*" + string(runes[n-1])
	}
}

// MaskIDNumber hides a document number: of a citizen number the first three
// and last four stay, never the birth date; of a pass or passport the first
// one or two and the last two.
func MaskIDNumber(number string) string {
	n := utf8.RuneCountInString(number)
	switch {
	case n == 18:
		return keep(number, 3, 4)
	case n >= 8:
		return keep(number, 2, 2)
	case n >= 5:
		return keep(number, 1, 2)
	}
	return strings.Repeat("*", n)
}

// MaskPhone hides a phone number: 138****5678.
func MaskPhone(phone string) string {
	switch n := utf8.RuneCountInString(phone); {
	case strings.HasPrefix(phone, "+") && n >= 12:
		return phone[:4] + "****" + phone[n-4:]
	case n == 11:
		return keep(phone, 3, 4)
	case n >= 7:
		return keep(phone, 0, 4)
	default:
		return strings.Repeat("*", n)
	}
}

// keep shows some signs at both ends and a star for each other.
func keep(s string, first, last int) string {
	r := []rune(s)
	return string(r[:first]) + strings.Repeat("*", len(r)-first-last) + string(r[len(r)-last:])
}
