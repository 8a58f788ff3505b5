package serialscan

import (
	"bytes"
	"fmt"
	"strings"

	"hallway/devices/scanner"
	"hallway/devices/scanner/text"
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

// framer cuts a stream of bytes into scans.
type framer struct {
	end   Terminator
	aim   text.AIM
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
	if cut || over {
		return append(out, scanner.Scan{Raw: raw, Broken: true})
	}
	return append(out, f.aim.Typed(raw))
}
