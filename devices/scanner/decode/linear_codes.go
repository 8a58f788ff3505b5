package decode

import (
	"slices"
	"strings"
	"sync"

	"hallway/devices/scanner"
)

// The least that a character, and its lead over the second best, must fit.
const (
	leastStart = .86
	leastFit   = .80
	leastLead  = .02
)

// modulesFrom are the widths of a module, in pixels, that a code may begin with.
func modulesFrom(lo, hi float64) []float64 {
	var out []float64
	for m := lo; m < hi; m *= 1.035 {
		out = append(out, m)
	}
	return out
}

var moduleGrid = modulesFrom(1.05, 9)

func symbologies(want formats) []symbology {
	var out []symbology
	if want[scanner.Code128] {
		out = append(out, code128())
	}
	if want[scanner.EAN13] {
		out = append(out, ean13())
	}
	if want[scanner.Code39] {
		out = append(out, code39())
	}
	return out
}

// parse turns "212222" into widths.
func parse(digits string) []float64 {
	var out []float64
	for _, c := range digits {
		out = append(out, float64(c-'0'))
	}
	return out
}

// begin is a good way to begin: where, with which module, under which blur.
type begin struct {
	match
	blur int
}

// begins finds the best beginnings near x; shapes are by blur. What the profile
// shows is looked at once for all shapes of one length.
func begins(p profile, x float64, shapes [][]shape) []begin {
	found := make([][]begin, len(shapes))
	t := tracker{p: p, x: x}
	for first, s := range shapes {
		alike := sameLength(shapes, first)
		if alike[0] != first {
			continue
		}
		last, rising := make([]begin, len(shapes)), make([]bool, len(shapes))
		for _, m := range moduleGrid {
			if x+m*s[0].modules > float64(len(p))/perPixel {
				break
			}
			t.module = m
			t.look(s[0], []float64{0}, []float64{0, -.2, .2})
			for _, b := range alike {
				at := begin{bestOf(t.spots, shapes[b]), b}
				if rising[b] && at.fit < last[b].fit && last[b].fit > leastStart {
					found[b] = append(found[b], last[b])
				}
				rising[b], last[b] = at.fit > last[b].fit, at
			}
		}
	}
	return slices.Concat(found...)
}

// sameLength are the sets whose shapes are as long as those of one.
func sameLength(shapes [][]shape, as int) []int {
	var out []int
	for b, s := range shapes {
		if s[0].modules == shapes[as][0].modules && len(s[0].points) == len(shapes[as][0].points) {
			out = append(out, b)
		}
	}
	return out
}

type code128Set struct {
	start [][]shape // by blur
	all   [][]shape
	stop  [][]shape
}

// code128 is made by the first picture that is searched for it; so are the others.
var code128 = sync.OnceValue(newCode128)

func newCode128() code128Set {
	var c code128Set
	for _, blur := range blurs {
		var start, all []shape
		for i, d := range code128Patterns[:106] {
			s := shapeOf(i, parse(d), true, false, true, blur)
			if i >= 103 {
				start = append(start, s)
			} else {
				all = append(all, s)
			}
		}
		c.start, c.all = append(c.start, start), append(c.all, all)
		c.stop = append(c.stop, []shape{shapeOf(106, parse(code128Patterns[106]), true, false, false, blur)})
	}
	return c
}

func (c code128Set) read(p profile, x float64) (look, bool) {
	for _, b := range begins(p, x, c.start) {
		if l, ok := c.follow(p, b); ok {
			return l, true
		}
	}
	return look{}, false
}

func (c code128Set) follow(p profile, b begin) (look, bool) {
	t := &tracker{p: p, x: b.x, module: b.module, worst: 1}
	t.take(b.match, 11)
	if !t.light(b.x-5.5*b.module, 5) {
		return look{}, false
	}
	values := []int{b.value}
	for len(values) < 80 {
		if t.x+11*t.module > float64(len(p))/perPixel {
			return look{}, false
		}
		m := t.best(c.all[b.blur], stretches, shifts)
		stop := t.best(c.stop[b.blur], stretches, shifts)
		if len(values) >= 3 && stop.fit > m.fit && stop.fit > leastFit {
			end := *t
			end.take(stop, 13)
			text, ok := code128Text(values)
			return look{scanner.Code128, text, t.worst, b.x, end.x}, ok && t.light(end.x+.5*t.module, 5)
		}
		if m.fit < leastFit || m.lead < leastLead || m.power < .3*t.power {
			return look{}, false
		}
		t.take(m, 11)
		values = append(values, m.value)
	}
	return look{}, false
}

// code128Text checks the check character and decodes the code sets.
func code128Text(v []int) (string, bool) {
	sum := v[0]
	for i, x := range v[1 : len(v)-1] {
		sum += (i + 1) * x
	}
	if sum%103 != v[len(v)-1] {
		return "", false
	}
	var out strings.Builder
	set, shifted := byte('A'+v[0]-103), false
	for _, x := range v[1 : len(v)-1] {
		use := set
		if shifted {
			use, shifted = 'A'+'B'-set, false
		}
		switch {
		case use == 'C' && x < 100:
			out.WriteByte(byte('0' + x/10))
			out.WriteByte(byte('0' + x%10))
		case use == 'A' && x < 64, use == 'B' && x < 96:
			out.WriteByte(byte(' ' + x))
		case use == 'A' && x < 96:
			out.WriteByte(byte(x - 64))
		case x == 98:
			shifted = true
		case x == 99:
			set = 'C'
		case x == 100 && use != 'B':
			set = 'B'
		case x == 101 && use != 'A':
			set = 'A'
		case x == 102: // FNC1
			if out.Len() > 0 {
				out.WriteByte(0x1d)
			}
		case x == 96 || x == 97: // FNC3 and FNC2 are for scanners
		default: // FNC4: characters beyond ASCII, which nothing here prints
			return "", false
		}
	}
	return out.String(), out.Len() > 0
}

type code39Set struct {
	all [][]shape // by blur and ratio
}

var code39 = sync.OnceValue(newCode39)

// ratios are how wide a wide bar is.
var ratios = []float64{2, 2.5, 3}

func newCode39() code39Set {
	var c code39Set
	for _, blur := range blurs {
		for _, ratio := range ratios {
			var all []shape
			for i, d := range code39Patterns {
				var w []float64
				for _, n := range d {
					if n == 'w' {
						w = append(w, ratio)
					} else {
						w = append(w, 1)
					}
				}
				all = append(all, shapeOf(i, w, true, false, false, blur))
			}
			c.all = append(c.all, all)
		}
	}
	return c
}

const code39Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*"

func (c code39Set) read(p profile, x float64) (look, bool) {
	star := make([][]shape, len(c.all))
	for i, all := range c.all {
		star[i] = all[len(all)-1:]
	}
	for _, b := range begins(p, x, star) {
		if l, ok := c.follow(p, b); ok {
			return l, true
		}
	}
	return look{}, false
}

func (c code39Set) follow(p profile, b begin) (look, bool) {
	t := &tracker{p: p, module: b.module, worst: 1}
	shapes := c.all[b.blur]
	t.take(b.match, shapes[0].modules)
	if !t.light(b.x-5.5*b.module, 5) {
		return look{}, false
	}
	var text strings.Builder
	for text.Len() < 60 {
		t.x += t.module // the gap
		if t.x+shapes[0].modules*t.module > float64(len(p))/perPixel {
			return look{}, false
		}
		m := t.best(shapes, stretches, shifts)
		if m.fit < leastFit+.04 || m.lead < 2*leastLead || m.power < .4*t.power {
			return look{}, false
		}
		t.take(m, shapes[0].modules)
		ch := code39Alphabet[m.value]
		if ch == '*' {
			ok := text.Len() >= 3 && t.light(t.x+.5*t.module, 5)
			return look{scanner.Code39, text.String(), t.worst, b.x, t.x}, ok
		}
		text.WriteByte(ch)
	}
	return look{}, false
}

type ean13Set struct {
	guard, left, mid, right, end [][]shape // by blur
}

var ean13 = sync.OnceValue(newEAN13)

func newEAN13() ean13Set {
	var c ean13Set
	for _, blur := range blurs {
		var left, right []shape
		for i, d := range eanDigits {
			left = append(left, shapeOf(i, parse(d), false, true, false, blur))
			right = append(right, shapeOf(i, parse(d), true, false, true, blur))
		}
		for i, d := range eanDigits {
			r := []byte{d[3], d[2], d[1], d[0]}
			left = append(left, shapeOf(10+i, parse(string(r)), false, true, false, blur))
		}
		c.left, c.right = append(c.left, left), append(c.right, right)
		c.guard = append(c.guard, []shape{shapeOf(0, []float64{1, 1, 1}, true, false, false, blur)})
		c.mid = append(c.mid, []shape{shapeOf(0, []float64{1, 1, 1, 1, 1}, false, true, true, blur)})
		c.end = append(c.end, []shape{shapeOf(0, []float64{1, 1, 1}, true, false, false, blur)})
	}
	return c
}

// read tries the width of a module from the length of the code: the guards are
// too short to tell it.
func (c ean13Set) read(p profile, x float64) (look, bool) {
	var found look
	best := 0.0
	bars := float64(len(p))/perPixel - 2*margin
	for b := range blurs {
		for _, m := range moduleGrid {
			if 95*m < .6*bars || 95*m > 1.2*bars {
				continue
			}
			t := tracker{p: p, x: x, module: m}
			g := t.best(c.guard[b], []float64{0}, []float64{0, -.2, .2})
			if g.fit < .8 {
				continue
			}
			if l, ok := c.follow(p, begin{g, b}); ok && l.fit > best {
				found, best = l, l.fit
			}
		}
	}
	return found, best > 0
}

func (c ean13Set) follow(p profile, b begin) (look, bool) {
	t := &tracker{p: p, x: b.x + 3*b.module, module: b.module, worst: 1}
	var values []int
	digits := func(shapes []shape) bool {
		for range 6 {
			if t.x+7*t.module > float64(len(p))/perPixel {
				return false
			}
			m := t.best(shapes, stretches, shifts)
			if m.fit < leastFit || m.lead < leastLead || m.power < .3*t.power {
				return false
			}
			t.take(m, 7)
			values = append(values, m.value)
		}
		return true
	}
	guard := func(shapes []shape, modules, least float64) bool {
		m := t.best(shapes, stretches, shifts)
		if m.fit < least {
			return false
		}
		t.take(m, modules)
		return true
	}
	ok := digits(c.left[b.blur]) && guard(c.mid[b.blur], 5, .6) && digits(c.right[b.blur]) && guard(c.end[b.blur], 3, .6) &&
		t.light(b.x-5.5*b.module, 5) && t.light(t.x+.5*t.module, 5)
	if !ok {
		return look{}, false
	}
	text, ok := eanText(values)
	return look{scanner.EAN13, text, t.worst, b.x, t.x}, ok
}

// eanText finds the first digit from the sets of the left half and checks the
// check digit.
func eanText(v []int) (string, bool) {
	sets := 0
	digits := []int{0}
	for i, d := range v {
		if d >= 10 {
			sets |= 1 << (5 - i)
		}
		digits = append(digits, d%10)
	}
	first := -1
	for i, s := range eanFirst {
		if s == sets {
			first = i
		}
	}
	if first < 0 {
		return "", false
	}
	digits[0] = first
	sum, text := 0, make([]byte, 13)
	for i, d := range digits {
		sum += d * (1 + 2*(i%2))
		text[i] = byte('0' + d)
	}
	return string(text), sum%10 == 0
}
