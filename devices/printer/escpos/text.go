package escpos

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"

	"hallway/devices/printer/glyphs"
)

// class says how one character gets onto the paper.
type class uint8

const (
	ascii   class = iota // one byte, half width
	latin                // one byte of the code page, half width
	chinese              // two bytes, full width
	drawn                // not in the printer's font
	drawing              // a word or a letter with its marks, drawn as one
)

// glyph is one character of a line, ready to print, or one drawn word.
type glyph struct {
	r     rune // the first of a word
	class class
	level uint8  // depth of direction, odd from right to left; by reorder
	code  uint16 // what is sent, of ascii, latin and chinese
	dots  int32  // width at scale 1
	word  string // of drawing
}

// gbk is the two-byte code of every character of the Basic Multilingual Plane
// that has one, 0 for the others.
var gbk = sync.OnceValue(func() *[65536]uint16 {
	var all [65536]uint16
	enc := simplifiedchinese.GBK.NewEncoder()
	var src [utf8.UTFMax]byte
	var dst [8]byte
	for r := rune(0x80); r <= 0xFFFF; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		n := utf8.EncodeRune(src[:], r)
		enc.Reset()
		if made, _, err := enc.Transform(dst[:], src[:n], true); err == nil && made == 2 {
			all[r] = uint16(dst[0])<<8 | uint16(dst[1])
		}
	}
	return &all
})

// classify finds out how a printer prints one character.
func (e *encoder) classify(r rune) glyph {
	switch {
	case r >= 0x20 && r < 0x7F:
		return glyph{r: r, code: uint16(r), dots: latinDots}
	case r == '–' || r == '‑': // full width in the two-byte set
		return glyph{r: '-', code: '-', dots: latinDots}
	case r == '\u00A0' || r == '\u202F': // stay at the end of a line
		return glyph{r: '\u00A0', code: ' ', dots: latinDots}
	case r == '\t':
		return glyph{r: ' ', code: ' ', dots: latinDots}
	}
	small := narrow(r)
	if small && e.p.LatinPage >= 0 {
		if b, ok := latinPage.EncodeRune(r); ok {
			return glyph{r: r, class: latin, code: uint16(b), dots: latinDots}
		}
	}
	if small {
		return glyph{r: r, class: drawn, dots: latinDots}
	}
	if r <= 0xFFFF {
		if code := e.gbk[r]; code != 0 && e.p.twoByte(code) {
			return glyph{r: r, class: chinese, code: code, dots: chineseDots}
		}
	}
	if !e.fonts.Has(r) { // a box wide enough to be read
		return glyph{r: r, class: drawn, dots: int32(glyphs.BoxWidth(r, heightDots))}
	}
	return glyph{r: r, class: drawn, dots: chineseDots}
}

// narrow are the letters that GBK has only in full width, for pinyin, and the
// others of European names (Vietnamese ones too): in full width they would tear
// a word apart.
func narrow(r rune) bool {
	return r >= 0xA0 && r < 0x250 && unicode.IsLetter(r) || r >= 0x1E00 && r < 0x1F00
}

// twoByte tells whether the printer's two-byte font has this code.
func (p *Profile) twoByte(code uint16) bool {
	high, low := byte(code>>8), byte(code)
	if p.NoChinese || high < 0x81 || high > 0xFE || low < 0x40 {
		return false
	}
	if p.Strict2312 {
		return high >= 0xA1 && high <= 0xF7 && low >= 0xA1
	}
	// The user-defined areas of GBK are empty in a printer's font.
	user := high >= 0xAA && high <= 0xAF && low >= 0xA1 || high >= 0xF8 && low >= 0xA1 ||
		high >= 0xA1 && high <= 0xA7 && low <= 0xA0
	return !user
}

// line is one printed line.
type line []glyph

func (l line) width() int {
	w := 0
	for i := range l {
		w += int(l[i].dots)
	}
	return w
}

// drawn tells whether the printer cannot print the line with its font alone.
func (l line) drawn() bool {
	for i := range l {
		if l[i].class >= drawn {
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

// glyphs appends the characters of a text without its line feeds.
func (e *encoder) glyphs(l line, s string) line {
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < 0x7F {
			l = append(l, glyph{r: rune(c), code: uint16(c), dots: latinDots})
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if block := glyphs.Block(r); block != 0 {
			n := wordLength(s[i:], block)
			l = e.wordGlyphs(l, s[i:i+n])
			i += n
			continue
		}
		if r > 0x9FFF || r < 0x2E80 { // no Han character of the two-byte sets
			if unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && r != '\t' {
				i += size
				continue
			}
			if glyphs.Mark(r) {
				n := marksLength(s[i:])
				l = e.marked(l, s[i:i+n])
				i += n
				continue
			}
		}
		l = append(l, e.classify(r))
		i += size
	}
	return l
}

// tsheg ends a Tibetan syllable: a line may end behind it.
const tsheg = '\u0F0B'

// joins tells whether a character stays within a word wherever it stands:
// joiners, the selectors and the narrow blank of Mongolian.
func joins(r rune, block int) bool {
	return r == '\u200C' || r == '\u200D' || r == '\u202F' && block == glyphs.Block('\u1820')
}

// wordLength is how many bytes of s belong to its first word.
func wordLength(s string, block int) int {
	for i, r := range s {
		switch {
		case i > 0 && glyphs.Block(r) != block && !glyphs.Mark(r) && !joins(r, block):
			return i
		case r == tsheg:
			return i + utf8.RuneLen(r)
		}
	}
	return len(s)
}

func marksLength(s string) int {
	for i, r := range s {
		if !glyphs.Mark(r) {
			return i
		}
	}
	return len(s)
}

// wordGlyphs appends a word as one drawing; one that is longer than a line is
// cut where no mark is torn off.
func (e *encoder) wordGlyphs(l line, s string) line {
	w := e.fonts.Word(s, heightDots, false).W
	if w > e.limit {
		half := len(s) / 2
		for i, r := range s {
			if i >= half && i > 0 && !glyphs.Mark(r) {
				return e.wordGlyphs(e.wordGlyphs(l, s[:i]), s[i:])
			}
		}
	}
	first, _ := utf8.DecodeRuneInString(s)
	return append(l, glyph{r: first, class: drawing, dots: int32(w), word: s})
}

// marked puts combining marks on the character before them: as the one
// character that Unicode has for both, or drawn together. None is dropped.
func (e *encoder) marked(l line, marks string) line {
	if len(l) == 0 || l[len(l)-1].r == ' ' {
		return e.wordGlyphs(l, marks)
	}
	last := l[len(l)-1]
	base := string(last.r)
	if last.class == drawing {
		base = last.word
	}
	whole := norm.NFC.String(base + marks)
	l = l[:len(l)-1]
	if r, size := utf8.DecodeRuneInString(whole); size == len(whole) {
		return append(l, e.classify(r))
	}
	return e.wordGlyphs(l, whole)
}

// Characters that must not begin, or end, a line.
const (
	notFirst = "，。、；：？！）》」』】〉”’…—·,.;:?!)]}%"
	notLast  = "（《「『【〈“‘([{"
)

// mayBreak tells whether a line may end between a and b.
func mayBreak(a, b *glyph) bool {
	switch {
	case strings.ContainsRune(notFirst, b.r) || strings.ContainsRune(notLast, a.r):
		return false
	case a.r == ' ':
		return true
	}
	return a.dots >= chineseDots || b.dots >= chineseDots
}

// span is a part of a line that becomes a line of its own.
type span struct{ from, to int }

// wrap breaks the characters of a text into lines of at most width dots (at
// scale 1).
func wrap(out []span, l line, width int) []span {
	rest := l.width()
	for from := 0; ; {
		whole := l[from:].trim()
		blanks := (len(l) - from - len(whole)) * latinDots
		if rest-blanks <= width {
			return append(out, span{from, from + len(whole)})
		}
		end, used := from, 0
		for end < len(l) && (used+int(l[end].dots) <= width || l[end].r == ' ' && used <= width) {
			used += int(l[end].dots)
			end++
		}
		at := end
		for at > from && at < len(l) && !mayBreak(&l[at-1], &l[at]) {
			at--
		}
		if at == from { // one long word: break it anywhere
			at = max(end, from+1)
		}
		out = append(out, span{from, from + len(l[from:at].trim())})
		for at < len(l) && l[at].r == ' ' {
			at++
		}
		rest -= l[from:at].width()
		from = at
	}
}
