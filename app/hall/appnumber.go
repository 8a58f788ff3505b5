package hall

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ApplicationNumber is a unified application number (统一申办流水号): area of two
// digits, service that numbers, kind of the item, and a serial that is never
// reset. It is valid inside one province; the six-digit division code is kept
// beside it. Source: the requirements' G6.
type ApplicationNumber struct {
	Area    string // digits 3 and 4 of the division code; 00 is the province itself
	Service string // 01–99: which service gave it
	Kind    string // 01–99: item type of GB/T 39046-2020 A.1
	Serial  int    // 1–999999999
}

const maxSerial = 999999999

// notApplied are the item types that nobody applies for: 处罚, 强制, 征收, 检查.
var notApplied = []string{"00", "02", "03", "04", "06"}

// MayIssueKind reports whether a hall may give an application number to an
// item of a type.
func MayIssueKind(kind string) bool {
	return len(kind) == 2 && onlyDigits(kind) && !slices.Contains(notApplied, kind)
}

// AreaOfDivision is the area part for a six-digit division code.
func AreaOfDivision(division string) (string, bool) {
	if len(division) != 6 || !onlyDigits(division) {
		return "", false
	}
	return division[2:4], true
}

// ParseApplicationNumber reads 12 to 15 digits. A serial has one spelling
// only: six digits with zeros in front, or seven to nine that do not begin
// with zero. Code of its error: application_number_form.
func ParseApplicationNumber(s string) (ApplicationNumber, error) {
	s = strings.TrimSpace(narrow(s))
	if len(s) < 12 || len(s) > 15 || !onlyDigits(s) || s[2:4] == "00" || s[4:6] == "00" {
		return ApplicationNumber{}, &InputError{Code: "application_number_form"}
	}
	serial, err := strconv.Atoi(s[6:])
	if err != nil || serial == 0 || len(s) > 12 && s[6] == '0' {
		return ApplicationNumber{}, &InputError{Code: "application_number_form"}
	}
	return ApplicationNumber{Area: s[:2], Service: s[2:4], Kind: s[4:6], Serial: serial}, nil
}

// String is the number as it is kept and printed.
func (n ApplicationNumber) String() string {
	return n.Area + n.Service + n.Kind + fmt.Sprintf("%06d", n.Serial)
}

// Next is the number after this one; not ok after the last of its generator.
func (n ApplicationNumber) Next() (ApplicationNumber, bool) {
	n.Serial++
	return n, n.Serial <= maxSerial
}

// Typed is the number with the digit that guards typing (ISO 7064 MOD 11,10).
// The digit is not part of the number.
func (n ApplicationNumber) Typed() string {
	s := n.String()
	check, _ := Mod11_10(s)
	return s + "-" + string(check)
}

var oneDash = strings.NewReplacer(" ", "", "–", "-", "—", "-")

// ParseTypedApplicationNumber reads a number as a person types it: spaces are
// let go, and a digit behind a dash must fit. Codes of its errors:
// application_number_form, application_number_check.
func ParseTypedApplicationNumber(s string) (ApplicationNumber, error) {
	s = oneDash.Replace(narrow(s))
	number, digit, guarded := strings.Cut(s, "-")
	n, err := ParseApplicationNumber(number)
	if err != nil {
		return n, err
	}
	if check, _ := Mod11_10(number); guarded && digit != string(check) {
		return ApplicationNumber{}, &InputError{Code: "application_number_check"}
	}
	return n, nil
}

// TemporaryNumber (临时编号) stands on a receipt that was printed without the
// line when the terminal had no application number left. It is replaced when
// the line is back; both are printed then.
type TemporaryNumber struct {
	Hall     string // hall code, eight digits
	Terminal string
	Day      string // YYYY-MM-DD
	N        int
}

// String is the number as printed: T37010001-counter-1-20261123-003.
func (n TemporaryNumber) String() string {
	return fmt.Sprintf("T%s-%s-%s-%03d", n.Hall, n.Terminal, strings.ReplaceAll(n.Day, "-", ""), n.N)
}

// ParseTemporaryNumber reads one. Code of its error: temporary_number_form.
func ParseTemporaryNumber(s string) (TemporaryNumber, error) {
	bad := &InputError{Code: "temporary_number_form"}
	parts := strings.Split(strings.TrimSpace(s), "-")
	if last := len(parts) - 1; last >= 3 && len(s) <= 100 && len(parts[0]) == 9 && len(parts[last-1]) == 8 {
		n := TemporaryNumber{Hall: parts[0][1:], Terminal: strings.Join(parts[1:last-1], "-"), Day: spread(parts[last-1])}
		seq, err := strconv.Atoi(parts[last])
		n.N = seq
		if err == nil && seq > 0 && onlyDigits(n.Hall) && n.Terminal != "" && isDay(n.Day) && n.String() == strings.TrimSpace(s) {
			return n, nil
		}
	}
	return TemporaryNumber{}, bad
}
