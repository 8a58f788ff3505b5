// Package frame describes the frames of small serial devices — evaluators
// (评价器), callers (呼叫器), number boards (窗口屏) — as data, so that a new model
// is a new file and not new code. There is no national wire protocol for any of
// them; every maker has its own.
//
// A Pattern is one frame with places to fill in, a Scanner finds frames in a
// stream, a Table is one model: its patterns and what its keys mean. Drivers
// and simulators are made from the same tables; the vectors of the protocol
// sheet hold both to the truth (frame_test.go).
//
// Guarantees: a frame is found only whole, with the right lengths and check
// bytes; the search goes on one byte later, so that a cut frame hides none
// behind it; every byte of a stream is either in a frame or counted as lost;
// what Fill writes, Match reads back; no input makes it panic or keep more than
// a bounded buffer. A table with a mistake is refused when it is read, with what
// to write instead.
//
// Expects: tables of version 2, one of those built in (Names), by name, or the
// path of a file ending in .toml. tables/caller21.toml is a commented example.
//
// Source: protocol sheet §D; levels of ratings: standards §5.3 and §6, 1 = 非常
// 满意 … 5 = 非常不满意.
package frame

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Values are what stands in the places of a frame.
type Values struct {
	Addr   byte
	Key    byte
	Colour byte
	Data   []byte
	Number uint32 // {num1}, {num2}, {digits:N}
	Text   string // {ascii:N}
}

// Pattern is one frame with places to fill in. It is written as bytes in
// hexadecimal (A5*8 is eight of them) and
//
//	{addr}      the device's address
//	{any}       one byte that does not matter (sent as 01; {any*16} is sixteen)
//	{data}      any number of bytes, at most 32 (sent as none); at most one
//	{key}       the byte that is looked up among the keys; at most one
//	{colour}    the byte of the colour; at most one
//	{num1}      the number as one byte
//	{num2}      the number as two bytes, the high one first; {num2:lo}: the low one
//	{digits:N}  the number as N bytes of one digit each, 00 to 09, with zeros in
//	            front; {digits:N,0A}: with that byte in front
//	{ascii:N}   the text as N letters and digits, with spaces behind
//	{len}       how many bytes stand between [ and ], or ( and ) without them
//	{len2}      the same in two bytes, the high one first; {len2:lo}: the low one
//	{sum}       the low byte of the sum of the bytes between ( and )
//	{not}       that byte with every bit turned; {neg}: such that both add to 00
//	{xor}       the bytes between ( and ), exclusive-ored
//	{crc16:POLY,INIT,ORDER}   the CRC of the bytes between ( and ): POLY and INIT
//	            in hexadecimal, ORDER lo or hi: which byte goes first; with a
//	            fourth, OUT, exclusive-ored at the end
//	{crc16r:…}  the same for CRCs that take the low bit first (8005,0000 is ARC,
//	            8005,FFFF Modbus, 1021,FFFF with OUT FFFF X.25)
//	( )         mark the bytes that check bytes cover
//	[ ]         mark the bytes that {len} counts, where they are others
//	< >         mark the bytes that are escaped on the line (the table's [escape])
type Pattern struct {
	tokens  []token
	escapes escapes
	text    string
}

// token is one element: one or more bytes, or a mark.
type token struct {
	kind  string // byte, mark, or the name of a place
	b     byte   // of byte and mark; padding of digits
	pad   bool   // digits have padding
	width int    // bytes; 0 for data and marks
	low   bool   // low byte first
	crc   crc
}

const (
	maxData    = 32
	maxPattern = 220 // bytes without data
)

// String is the pattern as it was written.
func (p Pattern) String() string { return p.text }

// IsZero says that there is no pattern.
func (p Pattern) IsZero() bool { return len(p.tokens) == 0 }

// Parse reads a pattern. esc are the escapes of what stands between < and >.
func Parse(s string, esc map[byte][]byte) (Pattern, error) {
	p := Pattern{escapes: esc, text: s}
	for _, f := range strings.Fields(s) {
		t, err := parseToken(f)
		if err != nil {
			return Pattern{}, fmt.Errorf("pattern %q: %w", s, err)
		}
		p.tokens = append(p.tokens, t...)
		if len(p.tokens) > maxPattern {
			break
		}
	}
	if err := p.check(); err != nil {
		return Pattern{}, fmt.Errorf("pattern %q: %w", s, err)
	}
	return p, nil
}

// parseToken reads one word.
func parseToken(word string) ([]token, error) {
	unknown := fmt.Errorf("%q is neither a byte in hexadecimal nor a known place", word)
	if len(word) == 1 && strings.Contains("()[]<>", word) {
		return []token{{kind: "mark", b: word[0]}}, nil
	}
	one, times := word, 1
	if inner, ok := strings.CutSuffix(strings.TrimPrefix(word, "{"), "}"); ok && strings.HasPrefix(word, "{any*") {
		_, n, _ := strings.Cut(inner, "*")
		one, word = "{any}", "{any}*"+n
	}
	if _, n, ok := strings.Cut(word, "*"); ok {
		v, err := strconv.Atoi(n)
		if err != nil || v < 1 || v > maxPattern {
			return nil, unknown
		}
		times = v
		if one != "{any}" {
			one = word[:strings.IndexByte(word, '*')]
		}
	}
	t, ok := parsePlace(one)
	if !ok {
		b, err := hex.DecodeString(one)
		if err != nil || len(b) != 1 {
			return nil, unknown
		}
		t = token{kind: "byte", b: b[0], width: 1}
	} else if times > 1 && t.kind != "any" {
		return nil, unknown
	}
	out := make([]token, times)
	for i := range out {
		out[i] = t
	}
	return out, nil
}

// parsePlace reads a place in braces.
func parsePlace(s string) (token, bool) {
	if !strings.HasPrefix(s, "{") || !strings.HasSuffix(s, "}") {
		return token{}, false
	}
	name, args, has := strings.Cut(s[1:len(s)-1], ":")
	t := token{kind: name, width: 1}
	switch name {
	case "addr", "any", "key", "colour", "num1", "len", "sum", "not", "neg", "xor":
		return t, !has
	case "data":
		t.width = 0
		return t, !has
	case "num2", "len2":
		t.width, t.low = 2, args == "lo"
		return t, !has || args == "lo" || args == "hi"
	case "ascii":
		n, err := strconv.Atoi(args)
		t.width = n
		return t, err == nil && n >= 1 && n <= 64
	case "digits":
		n, pad, padded := strings.Cut(args, ",")
		v, err := strconv.Atoi(n)
		t.width = v
		if err != nil || v < 1 || v > 9 {
			return t, false
		}
		if padded {
			b, err := hex.DecodeString(pad)
			if err != nil || len(b) != 1 || b[0] <= 9 {
				return t, false
			}
			t.pad, t.b = true, b[0]
		}
		return t, true
	case "crc16", "crc16r":
		c, low, ok := parseCRC(args, name == "crc16r")
		return token{kind: "crc", width: 2, low: low, crc: c}, ok
	}
	return t, false
}

// check refuses what would have no meaning.
func (p Pattern) check() error {
	count, width := map[string]int{}, 0
	for _, t := range p.tokens {
		name := t.kind
		if name == "mark" {
			name = string(t.b)
		}
		count[name]++
		width += t.width
	}
	numbers := count["num1"] + count["num2"] + count["digits"]
	checks := count["sum"] + count["not"] + count["neg"] + count["xor"] + count["crc"]
	lengths := count["len"] + count["len2"]
	switch {
	case len(p.tokens) == 0:
		return fmt.Errorf("it is empty")
	case len(p.tokens) > maxPattern || width > maxPattern:
		return fmt.Errorf("a frame has at most %d bytes", maxPattern)
	case count["data"] > 1 || count["key"] > 1 || count["colour"] > 1 || numbers > 1 || count["ascii"] > 1:
		return fmt.Errorf("{data}, {key}, {colour}, the number and the text may stand once")
	case !p.paired('(', ')') || !p.paired('[', ']') || !p.paired('<', '>'):
		return fmt.Errorf("one opening and one closing bracket of a kind belong together")
	case count["("] == 0 && checks > 0:
		return fmt.Errorf("check bytes need ( and )")
	case count["("]+count["["] == 0 && lengths > 0:
		return fmt.Errorf("{len} needs [ and ], or ( and )")
	case p.checksInside():
		return fmt.Errorf("check bytes cannot stand between ( and )")
	case count["<"] > 0 && len(p.escapes) == 0:
		return fmt.Errorf("< and > need the table's [escape]")
	case p.tokens[0].kind != "byte" && !p.startsOwn():
		return fmt.Errorf("a frame must begin with a fixed byte, or with {addr} and have a check byte")
	}
	return nil
}

// startsOwn allows frames that begin with the address: only their check byte
// tells them from noise.
func (p Pattern) startsOwn() bool {
	first := ""
	for _, t := range p.tokens {
		if t.kind == "mark" {
			continue
		}
		if first == "" {
			first = t.kind
		}
		switch t.kind {
		case "sum", "not", "neg", "xor", "crc":
			return first == "addr" || first == "byte"
		}
	}
	return first == "byte"
}

func (p Pattern) paired(open, shut byte) bool {
	opened, closed := 0, 0
	for _, t := range p.tokens {
		if t.kind == "mark" && t.b == open {
			opened++
		}
		if t.kind == "mark" && t.b == shut {
			if closed++; opened < closed {
				return false
			}
		}
	}
	return opened == closed && opened <= 1
}

// checksInside: a check byte would cover itself.
func (p Pattern) checksInside() bool {
	inside := false
	for _, t := range p.tokens {
		switch t.kind {
		case "mark":
			if t.b == '(' || t.b == ')' {
				inside = t.b == '('
			}
		case "sum", "not", "neg", "xor", "crc":
			if inside {
				return true
			}
		}
	}
	return false
}

// Has says whether a place stands in the pattern: key, data, colour, addr …
func (p Pattern) Has(place string) bool {
	for _, t := range p.tokens {
		if t.kind == place {
			return true
		}
	}
	return false
}

// MaxNumber is the greatest number that fits; 0 when the frame carries none.
func (p Pattern) MaxNumber() uint32 {
	for _, t := range p.tokens {
		switch t.kind {
		case "num1":
			return 255
		case "num2":
			return 65535
		case "digits":
			most := uint32(1)
			for range t.width {
				most *= 10
			}
			return most - 1
		}
	}
	return 0
}

// counted is how many bytes {len} counts.
func (p Pattern) counted(data int) int {
	open, shut := byte('('), byte(')')
	for _, t := range p.tokens {
		if t.kind == "mark" && t.b == '[' {
			open, shut = '[', ']'
		}
	}
	n, in := 0, false
	for _, t := range p.tokens {
		switch {
		case t.kind == "mark" && (t.b == open || t.b == shut):
			in = t.b == open
		case in && t.kind == "data":
			n += data
		case in:
			n += t.width
		}
	}
	return n
}
