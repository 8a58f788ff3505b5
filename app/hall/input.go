package hall

import "strings"

// InputError says what is wrong with something that a person typed or a device
// read: a code of the catalogues ("error.<code>"). It never carries the input.
type InputError struct{ Code string }

func (e *InputError) Error() string { return "hall: " + e.Code }

// narrow turns full-width signs (Ａ １ －) into ASCII; everything else stays.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFEE0
		case r == 0x3000:
			return ' '
		}
		return r
	}, s)
}

func onlyDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
