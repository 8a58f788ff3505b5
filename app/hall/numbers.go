package hall

import (
	"fmt"
	"strings"
)

// Queue numbers (排队号码): a group's capital letter, for a number that was
// issued without the line also the terminal's own letter, then at least three
// digits that begin again at 001 each day. A012 and AK003 can never be the
// same number, so terminals that cannot see each other never clash.

// FormatNumber is a number as printed: A012, AK003, A1000.
func FormatNumber(prefix string, seq int) string { return fmt.Sprintf("%s%03d", prefix, seq) }

// SeriesID names the series of a prefix on a day: "A/2026-11-23".
func SeriesID(prefix, day string) string { return prefix + "/" + day }

// SplitSeries takes a series id apart.
func SplitSeries(id string) (prefix, day string, ok bool) {
	prefix, day, ok = strings.Cut(id, "/")
	return prefix, day, ok && isPrefix(prefix) && isDay(day)
}

// isPrefix accepts one or two capital letters.
func isPrefix(s string) bool {
	return (len(s) == 1 || len(s) == 2) && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// ParseNumber reads a number as a person types or says it: a12, Ａ012, AK003.
func ParseNumber(s string) (prefix string, seq int, err error) {
	s = strings.ToUpper(narrow(strings.TrimSpace(s)))
	letters := strings.TrimRight(s, "0123456789")
	digits := s[len(letters):]
	if !isPrefix(letters) || digits == "" || len(digits) > 6 {
		return "", 0, &InputError{Code: "number_form"}
	}
	for _, c := range digits {
		seq = seq*10 + int(c-'0')
	}
	if seq == 0 {
		return "", 0, &InputError{Code: "number_form"}
	}
	return letters, seq, nil
}
