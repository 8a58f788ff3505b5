package escpos

import (
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"

	"hallway/devices/printer/glyphs"
)

// class says how one character gets onto the paper.
type class int

const (
	ascii   class = iota // one byte, half width
	latin                // one byte of the code page, half width
	chinese              // two bytes, full width
	drawn                // not in the printer's font
)

// glyph is one character of a line, ready to print.
type glyph struct {
	r     rune
	class class
	bytes []byte
	dots  int // width at scale 1
}

// classify finds out how a printer prints one character.
func (p *Profile) classify(r rune) glyph {
	switch {
	case r >= 0x20 && r < 0x7F:
		return glyph{r, ascii, []byte{byte(r)}, latinDots}
	case r == '–' || r == '‑': // full width in the two-byte set
		return glyph{'-', ascii, []byte{'-'}, latinDots}
	case r == '\u00A0': // stays at the end of a line
		return glyph{r, ascii, []byte{' '}, latinDots}
	case r == '\t':
		return glyph{' ', ascii, []byte{' '}, latinDots}
	}
	if p.LatinPage >= 0 && r >= 0xA0 && r < 0x250 && unicode.IsLetter(r) {
		if b, ok := latinPage.EncodeRune(r); ok {
			return glyph{r, latin, []byte{b}, latinDots}
		}
	}
	if !narrow(r) {
		if b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(string(r))); err == nil && p.twoByte(b) {
			return glyph{r, chinese, b, chineseDots}
		}
	}
	if narrow(r) {
		return glyph{r, drawn, nil, latinDots}
	}
	if !glyphs.System().Has(r) { // a box wide enough to be read
		return glyph{r, drawn, nil, glyphs.BoxWidth(r, heightDots)}
	}
	return glyph{r, drawn, nil, chineseDots}
}

// narrow are the letters that GBK has only in full width, for pinyin: they
// would tear a Portuguese word apart.
func narrow(r rune) bool { return r >= 0xA0 && r < 0x250 && unicode.IsLetter(r) }

// twoByte tells whether the printer's two-byte font has this code.
func (p *Profile) twoByte(b []byte) bool {
	if len(b) != 2 || b[0] < 0x81 || b[0] > 0xFE || b[1] < 0x40 {
		return false
	}
	if p.Strict2312 {
		return b[0] >= 0xA1 && b[0] <= 0xF7 && b[1] >= 0xA1
	}
	// The user-defined areas of GBK are empty in a printer's font.
	user := b[0] >= 0xAA && b[0] <= 0xAF && b[1] >= 0xA1 || b[0] >= 0xF8 && b[1] >= 0xA1 ||
		b[0] >= 0xA1 && b[0] <= 0xA7 && b[1] <= 0xA0
	return !user
}

// line is one printed line.
type line []glyph

func (l line) width() int {
	w := 0
	for _, g := range l {
		w += g.dots
	}
	return w
}

func (l line) drawn() bool {
	for _, g := range l {
		if g.class == drawn {
			return true
		}
	}
	return false
}

// trim drops blanks at the end.
func (l line) trim() line {
	for len(l) > 0 && l[len(l)-1].r == ' ' {
		l = l[:len(l)-1]
	}
	return l
}

func (p *Profile) glyphs(s string) line {
	var l line
	for _, r := range s {
		if r == '\n' || unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		l = append(l, p.classify(r))
	}
	return l
}

// Characters that must not begin, or end, a line.
const (
	notFirst = "，。、；：？！）》」』】〉”’…—·,.;:?!)]}%"
	notLast  = "（《「『【〈“‘([{"
)

func in(set string, r rune) bool {
	for _, c := range set {
		if c == r {
			return true
		}
	}
	return false
}

// mayBreak tells whether a line may end between a and b.
func mayBreak(a, b glyph) bool {
	switch {
	case in(notFirst, b.r) || in(notLast, a.r):
		return false
	case a.r == ' ':
		return true
	}
	return a.dots == chineseDots || b.dots == chineseDots
}

// wrap breaks text into lines of at most width dots (at scale 1).
func (p *Profile) wrap(s string, width int) []line {
	var out []line
	start := 0
	runes := []rune(s)
	for i := 0; i <= len(runes); i++ {
		if i == len(runes) || runes[i] == '\n' {
			out = append(out, breakLine(p.glyphs(string(runes[start:i])), width)...)
			start = i + 1
		}
	}
	return out
}

func breakLine(l line, width int) []line {
	var out []line
	for l.trim().width() > width {
		end, used := 0, 0
		for end < len(l) && (used+l[end].dots <= width || l[end].r == ' ' && used <= width) {
			used += l[end].dots
			end++
		}
		at := end
		for at > 0 && at < len(l) && !mayBreak(l[at-1], l[at]) {
			at--
		}
		if at == 0 { // one long word: break it anywhere
			at = max(end, 1)
		}
		out = append(out, l[:at].trim())
		for at < len(l) && l[at].r == ' ' {
			at++
		}
		l = l[at:]
	}
	return append(out, l.trim())
}
