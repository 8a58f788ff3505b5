// Package text turns the bytes of a code into a scan, for every kind of scanner.
//
// Guarantees: text is read by ECI where the symbology gives it, else as strict
// UTF-8, else as GB18030; what is none of them is Broken, never guessed;
// characters that control something or cannot be seen are not in the text. Raw
// keeps every byte.
// Source: protocol sheet §B.4, §B.5; ISO/IEC 15424.
package text

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"hallway/devices/scanner"
)

// AIM says whether the scanner puts an AIM identifier (ISO/IEC 15424) such as
// ]Q1 before each code.
type AIM string

const (
	Auto   AIM = ""    // it may: taken for one where it looks like one
	Always AIM = "on"  // it does: a code without one is broken
	Never  AIM = "off" // it does not: ] is a character of the code
)

// ParseAIM reads the option aim of a configuration.
func ParseAIM(s string) (AIM, error) {
	switch a := AIM(s); a {
	case Auto, Always, Never:
		return a, nil
	}
	return Auto, fmt.Errorf("option aim = %q: write on or off, or leave it out", s)
}

// Typed makes a scan of a code that may begin with its AIM identifier.
func (a AIM) Typed(raw []byte) scanner.Scan {
	switch {
	case a != Never && IsAIM(raw):
		return Scan(string(raw[:3]), raw[3:])
	case a == Always:
		return scanner.Scan{Raw: raw, Broken: true}
	}
	return Scan("", raw)
}

// Scan makes a scan of a code's bytes.
func Scan(aim string, raw []byte) scanner.Scan {
	s := scanner.Scan{Raw: raw, AIM: aim}
	text, ok := Decode(raw, hasECI(aim))
	if s.Broken = !ok; ok {
		s.Text = text
	}
	return s
}

// IsAIM says whether bytes begin with an identifier of a known symbology
// (protocol sheet §B.4).
func IsAIM(b []byte) bool {
	if len(b) < 3 || b[0] != ']' || !bytes.ContainsRune([]byte("ABCDEFGHIKLMNOPQRSTUXZdehz"), rune(b[1])) {
		return false
	}
	m := b[2]
	return m >= '0' && m <= '9' || m >= 'A' && m <= 'F' || m >= 'a' && m <= 'f' || b[1] == 'z' && m == 'C'
}

// hasECI says whether codes with this identifier carry ECI escapes.
func hasECI(aim string) bool {
	switch aim {
	case "]Q2", "]Q4", "]Q6", "]d4", "]d5", "]d6", "]z3", "]z4", "]z5", "]L1", "]h1", "]h3":
		return true
	}
	return false
}

// Decode gives the text of a code: by ECI where given, else strict UTF-8, else
// GB18030 (protocol sheet §B.5). Control and invisible characters are dropped.
// false means that the bytes are no text.
func Decode(b []byte, eci bool) (string, bool) {
	if !eci {
		s, ok := guess(b)
		return Readable(s), ok
	}
	var out strings.Builder
	set := -1
	for len(b) > 0 {
		part, next, rest, ok := cutECI(b)
		if !ok {
			return "", false
		}
		s, ok := Charset(part, set)
		if !ok {
			return "", false
		}
		out.WriteString(s)
		if next >= 0 {
			set = next
		}
		b = rest
	}
	return Readable(out.String()), true
}

// cutECI cuts a code at the next escape \nnnnnn; \\ is a backslash.
func cutECI(b []byte) (part []byte, eci int, rest []byte, ok bool) {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			part = append(part, b[i])
			continue
		}
		if i+1 < len(b) && b[i+1] == '\\' {
			part = append(part, '\\')
			i++
			continue
		}
		if len(b) < i+7 {
			return nil, 0, nil, false
		}
		n := 0
		for _, c := range b[i+1 : i+7] {
			if c < '0' || c > '9' {
				return nil, 0, nil, false
			}
			n = 10*n + int(c-'0')
		}
		return part, n, b[i+7:], true
	}
	return part, -1, nil, true
}

// Charset decodes bytes by their ECI number; -1 and numbers that are not known are guessed.
func Charset(b []byte, eci int) (string, bool) {
	switch eci {
	case 1, 3:
		s, err := charmap.ISO8859_1.NewDecoder().Bytes(b)
		return string(s), err == nil
	case 26:
		return string(b), utf8.Valid(b)
	case 29, 32:
		return gb18030(b)
	}
	return guess(b)
}

func guess(b []byte) (string, bool) {
	if utf8.Valid(b) {
		return string(b), true
	}
	return gb18030(b)
}

func gb18030(b []byte) (string, bool) {
	s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(s, utf8.RuneError) {
		return "", false
	}
	return string(s), true
}

// Readable drops what controls something or cannot be seen.
func Readable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}
