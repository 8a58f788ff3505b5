package table

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// token is one element of a pattern.
type token struct {
	kind string // "byte" or the name in braces, "(" and ")"
	b    byte
}

// Pattern is a frame with places to fill in. Written as hexadecimal bytes and
//
//	{addr}  the device's address
//	{any}   one byte that does not matter (sent as 01)
//	{data}  any number of bytes, at most 32 (sent as none); at most one
//	{key}   the byte that is looked up among the keys
//	{len}   the number of bytes between ( and )
//	{sum}   the low byte of the sum of the bytes between ( and )
//	{xor}   the bytes between ( and ), exclusive-ored
//	( )     mark the bytes that {len}, {sum} and {xor} cover
type Pattern struct{ tokens []token }

const maxData = 32

// ParsePattern reads a pattern.
func ParsePattern(s string) (Pattern, error) {
	var p Pattern
	count := map[string]int{}
	for _, f := range strings.Fields(s) {
		t := token{kind: f}
		switch f {
		case "{addr}", "{any}", "{data}", "{key}", "{len}", "{sum}", "{xor}", "(", ")":
		default:
			b, err := hex.DecodeString(f)
			if err != nil || len(b) != 1 {
				return Pattern{}, fmt.Errorf("pattern %q: %q is neither a byte in hexadecimal nor a known place", s, f)
			}
			t = token{kind: "byte", b: b[0]}
		}
		count[t.kind]++
		p.tokens = append(p.tokens, t)
	}
	switch {
	case len(p.tokens) == 0:
		return Pattern{}, fmt.Errorf("the pattern is empty")
	case count["{data}"] > 1 || count["{key}"] > 1:
		return Pattern{}, fmt.Errorf("pattern %q: {data} and {key} may stand once", s)
	case count["("] != count[")"] || count["("] > 1:
		return Pattern{}, fmt.Errorf("pattern %q: one ( and one ) belong together", s)
	case count["("] == 0 && count["{len}"]+count["{sum}"]+count["{xor}"] > 0:
		return Pattern{}, fmt.Errorf("pattern %q: {len}, {sum} and {xor} need ( and )", s)
	case p.fixedFirst() == "":
		return Pattern{}, fmt.Errorf("pattern %q: a frame must begin with a fixed byte", s)
	}
	return p, nil
}

func (p Pattern) fixedFirst() string {
	if p.tokens[0].kind == "byte" {
		return "byte"
	}
	return ""
}

// Fill gives the bytes of a pattern.
func (p Pattern) Fill(addr, key byte, data []byte) []byte {
	var out []byte
	var inside []byte
	open := false
	put := func(b ...byte) {
		out = append(out, b...)
		if open {
			inside = append(inside, b...)
		}
	}
	length := p.inside(len(data))
	for _, t := range p.tokens {
		switch t.kind {
		case "byte":
			put(t.b)
		case "{addr}":
			put(addr)
		case "{any}":
			put(1)
		case "{data}":
			put(data...)
		case "{key}":
			put(key)
		case "{len}":
			put(byte(length))
		case "{sum}":
			put(sum(inside))
		case "{xor}":
			put(xor(inside))
		case "(", ")":
			open = t.kind == "("
		}
	}
	return out
}

// inside is how many bytes stand between ( and ).
func (p Pattern) inside(data int) int {
	n, open := 0, false
	for _, t := range p.tokens {
		switch {
		case t.kind == "(" || t.kind == ")":
			open = t.kind == "("
		case open && t.kind == "{data}":
			n += data
		case open:
			n++
		}
	}
	return n
}

func sum(b []byte) byte {
	var s byte
	for _, c := range b {
		s += c
	}
	return s
}

func xor(b []byte) byte {
	var s byte
	for _, c := range b {
		s ^= c
	}
	return s
}

// verdict of a match.
type verdict int

const (
	no   verdict = iota // b does not begin with such a frame
	more                // it may, when more has come
	yes
)

// Match looks whether b begins with such a frame, how long it is and which key
// it holds.
func (p Pattern) Match(b []byte, addr byte) (v verdict, n int, key byte) {
	most := 0
	for _, t := range p.tokens {
		if t.kind == "{data}" {
			most = maxData
		}
	}
	for data := range most + 1 {
		got, n, key := p.matchWith(b, addr, data)
		switch got {
		case yes:
			return yes, n, key
		case more:
			v = more
		}
	}
	return v, 0, 0
}

// matchWith matches with a fixed number of bytes for {data}.
func (p Pattern) matchWith(b []byte, addr byte, data int) (verdict, int, byte) {
	at, open, key := 0, false, byte(0)
	var inside []byte
	length := p.inside(data)
	for _, t := range p.tokens {
		width := 1
		switch t.kind {
		case "(", ")":
			open = t.kind == "("
			continue
		case "{data}":
			width = data
		}
		for range width {
			if at == len(b) {
				return more, 0, 0
			}
			c := b[at]
			switch {
			case t.kind == "byte" && c != t.b, t.kind == "{addr}" && c != addr, t.kind == "{len}" && c != byte(length),
				t.kind == "{sum}" && c != sum(inside), t.kind == "{xor}" && c != xor(inside):
				return no, 0, 0
			case t.kind == "{key}":
				key = c
			}
			if open {
				inside = append(inside, c)
			}
			at++
		}
	}
	return yes, at, key
}
