package hall

import (
	"encoding/base32"
	"errors"
	"strings"
)

// Types of codes on paper.
const (
	CodeAppointment = "A" // Value: the secret of the appointment; with Day
	CodeTicket      = "T" // Value: the ticket's id
)

// Code is what a QR code on our paper says (纸上二维码): which kind of thing, of
// which hall and day, and its secret or id. It never holds personal data.
type Code struct {
	Type  string
	Hall  string
	Day   string // YYYY-MM-DD or empty
	Value string
}

// Errors of DecodeCode.
var (
	// ErrCodeForeign: whatever this is, it is not one of our codes.
	ErrCodeForeign = errors.New("hall: code_foreign: this is not a code of the hall; scan the code on the booking confirmation or the slip")
	// ErrCodeDamaged: one of ours that was read in part or changed.
	ErrCodeDamaged = errors.New("hall: code_damaged: the code was not read whole; flatten the paper and scan again")
)

const (
	codeMark   = "HW1"
	codeEscape = "$"
	maxCode    = 300
)

var codeBase = base32.StdEncoding.WithPadding(base32.NoPadding)

// EncodeCode writes a code with the signs of a QR code's alphanumeric mode:
// HW1.<type>.<hall>.<day>.<value>.<check>, the check character by ISO 7064
// MOD 37,36 over all letters and digits before it. What is not capitals and
// digits is written in base 32 behind a $.
func EncodeCode(c Code) string {
	body := strings.Join([]string{codeMark, escape(c.Type), escape(c.Hall), compactDay(c.Day), escape(c.Value)}, ".")
	check, _ := Mod37_36(signs(body))
	return body + "." + string(check)
}

// DecodeCode reads a code. Capitals may have been swapped by the scanner; a
// code of another hall is returned like any other, for the caller to tell.
func DecodeCode(s string) (Code, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if !strings.HasPrefix(s, codeMark+".") {
		return Code{}, ErrCodeForeign
	}
	end := strings.LastIndexByte(s, '.')
	if len(s) > maxCode || len(s)-end != 2 {
		return Code{}, ErrCodeDamaged
	}
	parts := strings.Split(s[:end], ".")
	check, ok := Mod37_36(signs(s[:end]))
	if !ok || check != s[end+1] || len(parts) != 5 {
		return Code{}, ErrCodeDamaged
	}
	var c Code
	var fine [4]bool
	c.Type, fine[0] = unescape(parts[1])
	c.Hall, fine[1] = unescape(parts[2])
	c.Day, fine[2] = expandDay(parts[3])
	c.Value, fine[3] = unescape(parts[4])
	if fine != [4]bool{true, true, true, true} || EncodeCode(c) != s {
		return Code{}, ErrCodeDamaged
	}
	return c, nil
}

func signs(s string) string { return unsigned.Replace(s) }

var unsigned = strings.NewReplacer(".", "", codeEscape, "")

func escape(s string) string {
	if strings.Trim(s, alnum) == "" {
		return s
	}
	return codeEscape + codeBase.EncodeToString([]byte(s))
}

func unescape(s string) (string, bool) {
	coded, ok := strings.CutPrefix(s, codeEscape)
	if !ok {
		return s, strings.Trim(s, alnum) == ""
	}
	raw, err := codeBase.DecodeString(coded)
	return string(raw), err == nil
}

func compactDay(day string) string {
	if isDay(day) {
		return strings.ReplaceAll(day, "-", "")
	}
	if day == "" {
		return ""
	}
	return codeEscape + codeBase.EncodeToString([]byte(day))
}

func expandDay(s string) (string, bool) {
	if len(s) == 8 && onlyDigits(s) {
		day := spread(s)
		return day, isDay(day)
	}
	if s == "" || strings.HasPrefix(s, codeEscape) {
		return unescape(s)
	}
	return "", false
}
