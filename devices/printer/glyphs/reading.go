package glyphs

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// readingsFile is «code pinyin» lines for characters that fonts may lack:
// facts of the Unicode Han Database (kMandarin). Pages show the same ones.
//
//go:embed readings.txt
var readingsFile string

var readings = sync.OnceValue(func() map[rune]string {
	all := map[rune]string{}
	for line := range strings.Lines(readingsFile) {
		code, pinyin, ok := strings.Cut(strings.TrimSpace(line), " ")
		point, err := strconv.ParseInt(code, 16, 32)
		if ok && err == nil {
			all[rune(point)] = pinyin
		}
	}
	return all
})

// Reading is the pinyin of a character that fonts may lack, or nothing.
func Reading(r rune) string { return readings()[r] }

// Label is what stands in the box of a character that no font has: its code
// point and, where it is known, its pinyin.
func Label(r rune) string {
	label := fmt.Sprintf("U+%04X", r)
	if pinyin := Reading(r); pinyin != "" {
		label += " " + pinyin
	}
	return label
}

// Private tells whether a character is of a private set (自造字): its picture
// is another on each machine, so that it is always a box.
func Private(r rune) bool { return r >= 0xE000 && r <= 0xF8FF || r >= 0xF0000 }

// BoxWidth is how wide the box of a character is in a line of that height.
func BoxWidth(r rune, h int) int {
	pad, letter := boxMeasure(h)
	return 2*pad + len([]rune(Label(r)))*letter
}

func boxMeasure(h int) (pad, letter int) { return h / 6, h * 10 / 24 }

// wideBox is the box in one line of text, drawn with a font's letters.
func (s *Set) wideBox(k key) *Dots {
	d := NewDots(k.w, k.h)
	frame(d)
	pad, letter := boxMeasure(k.h)
	for i, c := range []rune(Label(k.r)) {
		if c != ' ' {
			d.Paste(s.draw(key{r: c, w: letter, h: k.h * 5 / 6, bold: k.bold}), pad+i*letter, k.h/12)
		}
	}
	return d
}

// frame is one dot in from the edge, for every 24 dots of height one dot thick.
func frame(d *Dots) {
	thick := max(1, d.H/24)
	for i := 1; i <= thick; i++ {
		for x := 1; x < d.W-1; x++ {
			d.Set(x, i)
			d.Set(x, d.H-1-i)
		}
		for y := 1; y < d.H-1; y++ {
			d.Set(i, y)
			d.Set(d.W-1-i, y)
		}
	}
}
