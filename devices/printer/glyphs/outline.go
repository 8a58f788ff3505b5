package glyphs

import (
	"strings"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// Outline is a word as lines and curves, for paper that takes them: one em is 1,
// the letters stand on 0, up is more.
type Outline struct {
	Width  float64
	Curves []Curve
}

// Curve is one step of an outline: M begins a figure, L is a line, C a curve with
// its two handles before its end. Every figure is closed.
type Curve struct {
	Op byte
	At []float64 // x and y of each point
}

// outlineEm is the size in which words are shaped: as fine as fonts are drawn.
const outlineEm = 1000

// Outline draws a word, or words of one script that is written from right to
// left, joined, stacked and in its own direction. Nil when no font has all of it.
// The result is shared: do not change it.
func (s *Set) Outline(text string) *Outline {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, drawn := s.outlines[text]; drawn {
		return o
	}
	o := s.outlineOf([]rune(text))
	if s.outlines == nil || len(s.outlines) >= cacheLimit {
		s.outlines = map[string]*Outline{}
	}
	s.outlines[strings.Clone(text)] = o
	return o
}

func (s *Set) outlineOf(text []rune) *Outline {
	if len(text) == 0 {
		return nil
	}
	face := s.faceFor(text)
	if face == nil {
		return nil
	}
	size, _ := proportions(text[0])
	out := s.shaper.Shape(input(text, face, fixed.I(outlineEm)*size/100))
	left, right := extent(out)
	em := func(v fixed.Int26_6) float64 { return float64(v) / 64 / outlineEm }
	scale := em(out.Size) / float64(out.Face.Upem())
	o := &Outline{Width: em(right - left)}
	x := -left
	for _, g := range out.Glyphs {
		if shape, ok := out.Face.GlyphDataOutline(g.GlyphID); ok {
			o.add(shape.Segments, em(x+g.XOffset), em(g.YOffset), scale)
		}
		x += g.Advance
	}
	return o
}

// add draws one glyph with its origin at x, y. A curve with one handle is one with
// two.
func (o *Outline) add(segments []opentype.Segment, x, y, scale float64) {
	var at [2]float64
	for i := range segments {
		seg := &segments[i]
		var p [3][2]float64
		for i, a := range seg.ArgsSlice() {
			p[i] = [2]float64{x + float64(a.X)*scale, y + float64(a.Y)*scale}
		}
		switch seg.Op {
		case opentype.SegmentOpMoveTo:
			o.step('M', p[0])
		case opentype.SegmentOpLineTo:
			o.step('L', p[0])
		case opentype.SegmentOpQuadTo:
			h := func(end [2]float64) [2]float64 {
				return [2]float64{end[0] + 2*(p[0][0]-end[0])/3, end[1] + 2*(p[0][1]-end[1])/3}
			}
			o.step('C', h(at), h(p[1]), p[1])
		case opentype.SegmentOpCubeTo:
			o.step('C', p[:]...)
		}
		at = p[len(seg.ArgsSlice())-1]
	}
}

func (o *Outline) step(op byte, points ...[2]float64) {
	c := Curve{Op: op}
	for _, p := range points {
		c.At = append(c.At, p[0], p[1])
	}
	o.Curves = append(o.Curves, c)
}

// input is a word to be shaped in a size, in the direction of its script.
func input(text []rune, face *font.Face, size fixed.Int26_6) shaping.Input {
	in := shaping.Input{Text: text, RunEnd: len(text), Face: face, Direction: di.DirectionLTR,
		Script: language.LookupScript(text[0]), Language: language.NewLanguage("und"), Size: size}
	if RightToLeft(text[0]) {
		in.Direction = di.DirectionRTL
	}
	return in
}
