package serialscan

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

// Terminator is what ends a code on the line.
type Terminator string

const (
	Any  Terminator = ""     // CR, LF, or both
	CR   Terminator = "cr"   // a carriage return
	LF   Terminator = "lf"   // a line feed
	CRLF Terminator = "crlf" // both, in this order
	Tab  Terminator = "tab"
	None Terminator = "none" // nothing: a quiet line ends a code
)

// ParseTerminator reads a terminator from a configuration.
func ParseTerminator(s string) (Terminator, error) {
	switch t := Terminator(strings.ToLower(s)); t {
	case Any, CR, LF, CRLF, Tab, None:
		return t, nil
	case "any":
		return Any, nil
	}
	return Any, fmt.Errorf("terminator %q is not known; known are any, cr, lf, crlf, tab, none", s)
}

// AIM says whether the scanner puts an AIM identifier (ISO/IEC 15424) such as
// ]Q1 before each code.
type AIM string

const (
	Auto   AIM = ""    // it may: taken for one where it looks like one
	Always AIM = "on"  // it does: a code without one is broken
	Never  AIM = "off" // it does not: ] is a character of the code
)

// framer cuts a stream of bytes into scans.
type framer struct {
	end   Terminator
	aim   AIM
	limit int

	buf  []byte
	over bool // the code is longer than the limit; the rest is thrown away
}

// feed takes bytes and gives the codes that ended in them.
func (f *framer) feed(b []byte) []scanner.Scan {
	var out []scanner.Scan
	for _, c := range b {
		if f.ends(c) {
			out = f.finish(out, false)
			continue
		}
		if len(f.buf) >= f.limit {
			f.over = true
			continue
		}
		f.buf = append(f.buf, c)
	}
	return out
}

// ends says whether c ends the code. Of a pair, the first byte waits in buf.
func (f *framer) ends(c byte) bool {
	switch f.end {
	case Any:
		return c == '\r' || c == '\n'
	case CR:
		return c == '\r'
	case LF:
		return c == '\n'
	case Tab:
		return c == '\t'
	case CRLF:
		if c == '\n' && (bytes.HasSuffix(f.buf, []byte{'\r'}) || f.over) {
			f.buf = bytes.TrimSuffix(f.buf, []byte{'\r'})
			return true
		}
	}
	return false
}

// idle says that the line is quiet. It ends a code where nothing else does;
// elsewhere a code without its end is broken.
func (f *framer) idle() []scanner.Scan { return f.finish(nil, f.end != None) }

// pending says whether a code has begun.
func (f *framer) pending() bool { return len(f.buf) > 0 || f.over }

func (f *framer) finish(out []scanner.Scan, cut bool) []scanner.Scan {
	raw, over := f.buf, f.over
	f.buf, f.over = nil, false
	raw = bytes.TrimLeft(raw, "\r\n\x00")
	if len(raw) == 0 && !over {
		return out
	}
	s := scanner.Scan{Raw: raw, Broken: cut || over}
	if !s.Broken {
		s.AIM, s.Raw, s.Broken = f.split(raw)
	}
	if !s.Broken {
		text, ok := decode(s.Raw, hasECI(s.AIM))
		s.Text, s.Broken = text, !ok
	}
	if s.Broken {
		s.Text = ""
	} else if s.Text == "" {
		return out // nothing but control characters
	}
	return append(out, s)
}

// split takes the AIM identifier off.
func (f *framer) split(raw []byte) (aim string, rest []byte, broken bool) {
	if f.aim == Never {
		return "", raw, false
	}
	if isAIM(raw) {
		return string(raw[:3]), raw[3:], false
	}
	return "", raw, f.aim == Always
}

// isAIM says whether bytes begin with an identifier of a known symbology
// (protocol sheet §B.4).
func isAIM(b []byte) bool {
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

// decode gives the text of a code: by ECI where given, else strict UTF-8, else
// GB18030 (protocol sheet §B.5). Control and invisible characters are dropped.
// false means that the bytes are no text.
func decode(b []byte, eci bool) (string, bool) {
	if !eci {
		return readable(guess(b))
	}
	var out strings.Builder
	set := -1
	for len(b) > 0 {
		part, next, rest, ok := cutECI(b)
		if !ok {
			return "", false
		}
		s, ok := charset(part, set)
		if !ok {
			return "", false
		}
		out.WriteString(s)
		if next >= 0 {
			set = next
		}
		b = rest
	}
	return readable(out.String(), true)
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

// charset decodes by ECI number; -1 and numbers that are not known are guessed.
func charset(b []byte, eci int) (string, bool) {
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

// readable drops what cannot be seen.
func readable(s string, ok bool) (string, bool) {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s), ok
}
