package hall

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParsePhone reads a mobile number as it is typed and gives its one spelling:
// eleven digits for the mainland; "+852", "+853" and eight digits, "+886" and
// nine for Hong Kong, Macau and Taiwan. Code of its error: phone_form.
func ParsePhone(s string) (string, error) {
	s = unspaced.Replace(narrow(strings.TrimSpace(s)))
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	s = strings.TrimPrefix(s, "+86")
	switch {
	case shape(s, "99999999999") && s[0] == '1' && s[1] >= '3':
		return s, nil
	case strings.HasPrefix(s, "+852") && shape(s[4:], "99999999"),
		strings.HasPrefix(s, "+853") && shape(s[4:], "99999999"),
		strings.HasPrefix(s, "+886") && shape(s[4:], "999999999"):
		return s, nil
	}
	return "", &InputError{Code: "phone_form"}
}

// maxName is the longest name in characters; 民委发〔2016〕33号 asks for at least
// 25 Han characters.
const maxName = 60

// ParseName reads a name as it is typed: spaces around it go, the many dots
// that people type become the one separator · (U+00B7), a full stop only in Han names. Nothing else is
// changed, and no character is refused for being rare. Code: name_form.
func ParseName(s string) (string, error) {
	s = strings.TrimSpace(s)
	han := strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	s = strings.Map(func(r rune) rune {
		switch r {
		case '•', '‧', '・', '･', '．', '·':
			return '·'
		case '.':
			if han {
				return '·'
			}
		}
		return r
	}, s)
	n := utf8.RuneCountInString(s)
	if n == 0 || n > maxName || !utf8.ValidString(s) {
		return "", &InputError{Code: "name_form"}
	}
	letters := 0
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return "", &InputError{Code: "name_form"}
		}
		if unicode.IsLetter(r) || r >= 0xE000 && r <= 0xF8FF || r >= 0x20000 && r <= 0x3FFFF {
			letters++
		}
	}
	if letters == 0 {
		return "", &InputError{Code: "name_form"}
	}
	return s, nil
}
