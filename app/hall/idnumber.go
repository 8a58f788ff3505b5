package hall

import (
	"strings"
	"time"
)

// IDNumber is a citizen number of 18 characters (公民身份号码, GB 11643-1999), or
// one built like it: residence permits of Hong Kong, Macau and Taiwan people,
// permanent residence cards of 2023.
type IDNumber struct {
	number Secret
	Kind   string // a document kind: DocResident, DocHMTResidence, DocForeigner23
	Birth  string // YYYYMMDD
	Sex    string // GB/T 2261.1: 1 male, 2 female
	// Area is the address code of the first registration. It may have been
	// abolished since: an unknown one is never a fault.
	Area string
}

// Number is the number itself, upper case ASCII.
func (n IDNumber) Number() string { return n.number.Reveal() }

// ParseIDNumber reads a citizen number as it is typed or read: lower-case x,
// full-width signs and spaces around it are accepted. It has no clock: whether
// the birth date is in the future is BornBy's question.
//
// Codes of its errors: id_length, id_char, id_date, id_check.
func ParseIDNumber(s string) (IDNumber, error) {
	s = strings.ToUpper(narrow(strings.TrimSpace(s)))
	switch {
	case len(s) != 18:
		return IDNumber{}, &InputError{Code: "id_length"}
	case !onlyDigits(s[:17]) || !onlyDigits(s[17:]) && s[17] != 'X':
		return IDNumber{}, &InputError{Code: "id_char"}
	}
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1800 {
		return IDNumber{}, &InputError{Code: "id_date"}
	}
	if check, _ := Mod11_2(s[:17]); check != s[17] {
		return IDNumber{}, &InputError{Code: "id_check"}
	}
	n := IDNumber{number: Secret(s), Kind: kindOfNumber(s), Birth: s[6:14], Area: s[:6], Sex: "2"}
	if (s[16]-'0')%2 == 1 {
		n.Sex = "1"
	}
	return n, nil
}

// kindOfNumber: the first digits decide the document, never the area table.
func kindOfNumber(s string) string {
	switch {
	case s[0] == '9':
		return DocForeigner23
	case s[:2] == "81" || s[:2] == "82" || s[:2] == "83":
		return DocHMTResidence
	}
	return DocResident
}

// BornBy reports whether the birth date is not after a day: a number of the
// future was made up.
func (n IDNumber) BornBy(now time.Time) bool { return n.Birth <= now.In(Zone).Format("20060102") }

// Widen turns a 15-digit number of the first generation into 18 characters,
// only to match old archives: it is no identification any more. Sequences
// 996–999 marked people born in the 1800s.
func Widen(s string) (string, error) {
	s = narrow(strings.TrimSpace(s))
	if len(s) != 15 || !onlyDigits(s) {
		return "", &InputError{Code: "id_length"}
	}
	century := "19"
	if s[12:] >= "996" {
		century = "18"
	}
	long := s[:6] + century + s[6:]
	if _, err := time.Parse("20060102", long[6:14]); err != nil {
		return "", &InputError{Code: "id_date"}
	}
	check, _ := Mod11_2(long)
	return long + string(check), nil
}
