package glyphs

import (
	"bytes"
	"image"
	"image/draw"
	"os"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// wordFonts draw scripts whose letters change with their neighbours, and
// letters with marks of their own: the first that has all of a word draws it.
var wordFonts = []string{
	"NotoSansArabic-Regular.ttf", "NotoNaskhArabic-Regular.ttf", "NotoSerifTibetan-Regular.ttf", "NotoSansMongolian-Regular.ttf",
	"NotoSans-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf",
	"NotoSansTaiTham-Regular.ttf", "NotoSansMyanmar-Regular.ttf", "NotoSansPhagsPa-Regular.ttf", "DejaVuSans.ttf",
	"msuighur.ttf", "himalaya.ttf", "monbaiti.ttf", "segoeui.ttf", "tahoma.ttf", "leelawui.ttf", "mmrtext.ttf",
}

// blocks of letters that are drawn as words, each with those of its own.
var blocks = [][2]rune{
	{0x0590, 0x05FF}, {0x0600, 0x08FF}, // Hebrew; Arabic and its neighbours
	{0x0900, 0x0DFF},                                     // of India
	{0x0E00, 0x0EFF}, {0x0F00, 0x0FFF}, {0x1000, 0x109F}, // Thai and Lao; Tibetan; Myanmar
	{0x1780, 0x17FF}, {0x1800, 0x18AF}, {0x1A20, 0x1AAF}, // Khmer; Mongolian; Tai Tham
	{0xA840, 0xA87F}, {0xAA60, 0xAA7F}, {0xFB1D, 0xFB4F}, {0xFB50, 0xFDFF}, {0xFE70, 0xFEFC},
}

// Block is a number for the script of a letter that is drawn with its
// neighbours as one word (Arabic, Tibetan, Mongolian, …), 0 for all others.
func Block(r rune) int {
	if r < blocks[0][0] || r > 0x1AAF && r < 0xA840 || r > 0xFEFC {
		return 0
	}
	for i, b := range blocks {
		if r >= b[0] && r <= b[1] {
			return i + 1
		}
	}
	return 0
}

// Mark tells whether a character belongs to the one before it.
func Mark(r rune) bool { return r >= 0x300 && unicode.Is(unicode.M, r) }

// word is the key of a drawn word.
type word struct {
	s    string
	h    int
	bold bool
}

// Word draws a word of one script as its readers expect it, joined, stacked
// and in its own direction, h dots high and as wide as it is. Where no font
// has all of it, it is its characters one by one, of which none is left out.
// The result is shared: do not change it.
func (s *Set) Word(text string, h int, bold bool) *Dots {
	k := word{text, h, bold}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.words[k]; d != nil {
		return d
	}
	d := s.shape(k)
	if d == nil {
		d = s.apart(k)
	}
	if len(s.words) >= cacheLimit {
		clear(s.words)
	}
	s.words[k] = d
	return d
}

// apart is a word of which no font has all.
func (s *Set) apart(k word) *Dots {
	var cells []*Dots
	w := 0
	for _, r := range k.s {
		if ignorable(r) {
			continue
		}
		wide := k.h
		if f, _ := s.find(r); f == nil {
			wide = BoxWidth(r, k.h)
		}
		d := s.draw(key{r, wide, k.h, k.bold})
		cells = append(cells, d)
		w += d.W
	}
	out := NewDots(max(w, 1), k.h)
	x := 0
	for _, d := range cells {
		out.Paste(d, x, 0)
		x += d.W
	}
	return out
}

// ignorable characters have no picture: joiners and selectors.
func ignorable(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}

// HasWord tells whether some font has all of a word.
func (s *Set) HasWord(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faceFor([]rune(text)) != nil
}

// faceFor is the first font that has all the characters.
func (s *Set) faceFor(text []rune) *font.Face {
	if s.wordFaces == nil {
		s.wordFaces = []*font.Face{}
		for _, name := range wordFonts {
			if f := openWords(s.found[strings.ToLower(name)]); f != nil {
				s.wordFaces = append(s.wordFaces, f)
			}
		}
	}
	for _, f := range s.wordFaces {
		all := true
		for _, r := range text {
			if _, ok := f.NominalGlyph(r); !ok && !ignorable(r) {
				all = false
				break
			}
		}
		if all {
			return f
		}
	}
	return nil
}

func openWords(path string) *font.Face {
	if path == "" {
		return nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	f, err := font.ParseTTF(bytes.NewReader(raw))
	if err != nil {
		return nil // as good as not there
	}
	return f
}

// RightToLeft tells whether a word begins with a letter of a script that is
// written from right to left.
func RightToLeft(r rune) bool {
	return r >= 0x0590 && r <= 0x08FF || r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFC
}

// proportions are the size of a script and where its letters stand, in hundredths
// of a line's height, so that nearly every word fits in one size.
func proportions(first rune) (size, baseline fixed.Int26_6) {
	switch Block(first) {
	case Block('\u0627'):
		return 100, 70
	case Block('\u0F40'):
		return 66, 70
	}
	return 95, 79
}

// shape draws a word with the first font that has all of it, nil without one.
func (s *Set) shape(k word) *Dots {
	text := []rune(k.s)
	face := s.faceFor(text)
	if face == nil || len(text) == 0 {
		return nil
	}
	size, line := proportions(text[0])
	in := input(text, face, fixed.I(k.h)*size/100)
	out := s.shaper.Shape(in)
	up, down := out.GlyphBounds.Ascent, -out.GlyphBounds.Descent
	if ink := up + down; ink > fixed.I(k.h) { // stacks that are higher than a line
		in.Size = in.Size * fixed.I(k.h) / (ink + 32)
		out = s.shaper.Shape(in)
		up, down = out.GlyphBounds.Ascent, -out.GlyphBounds.Descent
	}
	baseline := fixed.I(k.h) * line / 100
	baseline = max(min(baseline, fixed.I(k.h)-down), up)
	left, right := extent(out)
	mask := drawGlyphs(out, -left, baseline, max(1, (right-left).Ceil()), k.h)
	d := NewDots(mask.Rect.Dx(), k.h)
	blacken(d, image.Point{}, mask, image.Point{}, mask.Rect.Size(), k.bold)
	return d
}

// extent is from where to where a word has ink or takes room.
func extent(out shaping.Output) (left, right fixed.Int26_6) {
	dot := fixed.Int26_6(0)
	for _, g := range out.Glyphs {
		from := dot + g.XOffset + g.XBearing
		left, right = min(left, from), max(right, from+g.Width)
		dot += g.Advance
	}
	return left, max(right, dot)
}

func drawGlyphs(out shaping.Output, x, baseline fixed.Int26_6, w, h int) *image.Alpha {
	img := image.NewAlpha(image.Rect(0, 0, w, h))
	ras := vector.NewRasterizer(w, h)
	scale := float32(out.Size) / 64 / float32(out.Face.Upem())
	for _, g := range out.Glyphs {
		o, ok := out.Face.GlyphDataOutline(g.GlyphID)
		if ok {
			dx, dy := float32(x+g.XOffset)/64, float32(baseline-g.YOffset)/64
			outline(ras, o.Segments, func(p opentype.SegmentPoint) (float32, float32) { return dx + p.X*scale, dy - p.Y*scale })
		}
		x += g.Advance
	}
	ras.DrawOp = draw.Src
	ras.Draw(img, img.Rect, image.Opaque, image.Point{})
	return img
}

func outline(ras *vector.Rasterizer, segments []opentype.Segment, at func(opentype.SegmentPoint) (float32, float32)) {
	for i, seg := range segments {
		x, y := at(seg.Args[0])
		switch seg.Op {
		case opentype.SegmentOpMoveTo:
			if i > 0 {
				ras.ClosePath()
			}
			ras.MoveTo(x, y)
		case opentype.SegmentOpLineTo:
			ras.LineTo(x, y)
		case opentype.SegmentOpQuadTo:
			x1, y1 := at(seg.Args[1])
			ras.QuadTo(x, y, x1, y1)
		case opentype.SegmentOpCubeTo:
			x1, y1 := at(seg.Args[1])
			x2, y2 := at(seg.Args[2])
			ras.CubeTo(x, y, x1, y1, x2, y2)
		}
	}
	ras.ClosePath()
}
