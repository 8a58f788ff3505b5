package escpos

import (
	"golang.org/x/text/unicode/bidi"

	"hallway/devices/printer/glyphs"
)

// reorder puts the glyphs of one line into the order in which they stand on
// paper, where words from right to left are among them: Unicode's bidirectional
// algorithm (UAX #9, rules W2, W4, W7, N1, N2, I1 and L2) for a paragraph from
// left to right without embeddings. The letters of a word are in its drawing
// already. A line without such words is given back as it is.
func reorder(l line) line {
	found := false
	for i := range l {
		found = found || l[i].class == drawing && glyphs.RightToLeft(l[i].r)
	}
	if !found {
		return l
	}
	out := append(line(nil), l...)
	levels(out)
	for at := uint8(2); at >= 1; at-- {
		for from := 0; from < len(out); from++ {
			to := from
			for to < len(out) && out[to].level >= at {
				to++
			}
			for a, b := from, to-1; a < b; a, b = a+1, b-1 {
				out[a], out[b] = out[b], out[a]
			}
			from = max(from, to)
		}
	}
	for i := range out {
		if m, ok := mirrored[out[i].r]; ok && out[i].level == 1 && out[i].class == ascii {
			out[i].r, out[i].code = m, uint16(m)
		}
	}
	return out
}

var mirrored = map[rune]rune{'(': ')', ')': '(', '[': ']', ']': '[', '{': '}', '}': '{', '<': '>', '>': '<'}

// kinds of glyphs for levels.
const (
	neutral = iota
	left
	right
	number
	between // a separator that belongs to the numbers on both sides
)

func kindOf(g *glyph) int {
	if g.class == drawing && glyphs.RightToLeft(g.r) {
		if g.r >= '\u0660' && g.r <= '\u0669' || g.r >= '\u06F0' && g.r <= '\u06F9' {
			return number
		}
		return right
	}
	p, _ := bidi.LookupRune(g.r)
	switch p.Class() {
	case bidi.L:
		return left
	case bidi.EN:
		return number
	case bidi.ES, bidi.CS:
		return between
	}
	return neutral
}

// levels finds the depth of every glyph.
func levels(l line) {
	kinds := make([]int, len(l))
	strong := left
	for i := range l {
		kinds[i] = kindOf(&l[i])
		switch k := kinds[i]; {
		case k == left || k == right:
			strong = k
		case k == number && strong == left: // W7
			kinds[i] = left
		}
	}
	for i, k := range kinds { // W4
		if k == between {
			kinds[i] = neutral
			if i > 0 && i+1 < len(l) && kinds[i-1] == number && kinds[i+1] == number {
				kinds[i] = number
			}
		}
	}
	side := func(k int) int { // N1: a number counts as right
		if k == number {
			return right
		}
		return k
	}
	before := left
	for i := 0; i < len(l); i++ {
		to := i
		for to < len(l) && kinds[to] == neutral {
			to++
		}
		after := left
		if to < len(l) {
			after = side(kinds[to])
		}
		for j := i; j < to; j++ {
			if before == right && after == right {
				kinds[j] = right
			} else {
				kinds[j] = left // N2
			}
		}
		if to < len(l) {
			before = after
		}
		i = to
	}
	for i, k := range kinds {
		l[i].level = [...]uint8{left: 0, right: 1, number: 2}[k]
	}
}
