package escpossim

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"hallway/devices/printer/glyphs"
)

const (
	zoom   = 2  // pixels per dot
	border = 24 // pixels of table around the paper
)

// shades go from the table over the paper's white to the ink's black: index 0
// is the table, 1 … 128 lie between paper (1) and ink (128), the rest are the
// shadow.
func shades() color.Palette {
	p := make(color.Palette, 0, 160)
	p = append(p, color.RGBA{0xE4, 0xE6, 0xE9, 0xFF})
	paper, ink := [3]float64{0xFC, 0xFB, 0xF7}, [3]float64{0x2A, 0x29, 0x30}
	for i := range 128 {
		f := float64(i) / 127
		mix := func(k int) uint8 { return uint8(paper[k] + (ink[k]-paper[k])*f + 0.5) }
		p = append(p, color.RGBA{mix(0), mix(1), mix(2), 0xFF})
	}
	for i := range 12 { // from dark to the table
		v := uint8(0xB4 + i*4)
		p = append(p, color.RGBA{v, v + 1, v + 3, 0xFF})
	}
	return p
}

// pack makes the picture of a slip small; behind the last that is drawn it is white.
func pack(bands []band, w int) []byte {
	y, drawn := 0, 0
	for _, b := range bands {
		if y += b.h; b.dots != nil {
			drawn = y
		}
	}
	ink := make([]byte, (drawn*w+7)/8)
	at := 0
	for _, b := range bands {
		if b.dots != nil {
			for i, on := range b.dots.On {
				if on {
					ink[(at+i)/8] |= 1 << ((at + i) % 8)
				}
			}
		}
		at += b.h * w
	}
	return ink
}

// black tells whether a dot is; outside is white.
func (s Slip) black(x, y int) bool {
	i := y*s.W + x
	return x >= 0 && y >= 0 && x < s.W && i/8 < len(s.ink) && s.ink[i/8]>>(i%8)&1 == 1
}

// Dots is the picture of the slip.
func (s Slip) Dots() *glyphs.Dots {
	d := glyphs.NewDots(s.W, s.H)
	for i := range min(len(d.On), 8*len(s.ink)) {
		d.On[i] = s.ink[i/8]>>(i%8)&1 == 1
	}
	return d
}

// PNG draws the slip as it looks on a table: the paper with its margins, cut
// edges and slightly soft dots.
func (s Slip) PNG() ([]byte, error) {
	margin := 32 // dots: 80 mm paper has 72 mm of print
	if s.W <= 400 {
		margin = 40 // 58 mm has 48
	}
	above := 40 // the paper between knife and head
	w, h := (s.W+2*margin)*zoom, (s.H+above)*zoom
	img := image.NewPaletted(image.Rect(0, 0, w+2*border, h+2*border), shades())
	for y := -border; y < h+border; y++ {
		for x := -border; x < w+border; x++ {
			img.SetColorIndex(x+border, y+border, s.shade(x, y, w, h, margin, above))
		}
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("draw slip %d: %w", s.N, err)
	}
	return out.Bytes(), nil
}

// shade is the palette index of one pixel; (0, 0) is the paper's corner.
func (s Slip) shade(x, y, w, h, margin, above int) uint8 {
	if !onPaper(x, y, w, h) {
		for i := 1; i <= 12; i++ { // a soft shadow below and to the right
			if onPaper(x-i/2, y-i, w, h) || onPaper(x+i/3, y-i, w, h) {
				return uint8(128 + i)
			}
		}
		return 0
	}
	// Each pixel looks at its dot and, with less weight, at the neighbours: ink
	// spreads a little.
	dx, dy := x/zoom-margin, y/zoom-above
	sideX, sideY := 2*(x%zoom)-1, 2*(y%zoom)-1
	weight := 0
	if s.black(dx, dy) {
		weight += 10
	}
	if s.black(dx+sideX, dy) {
		weight += 2
	}
	if s.black(dx, dy+sideY) {
		weight += 2
	}
	if s.black(dx+sideX, dy+sideY) {
		weight++
	}
	return uint8(1 + min(127, weight*127/14))
}

// onPaper gives the paper its edges: straight at the sides, the knife's fine
// teeth above and below.
func onPaper(x, y, w, h int) bool {
	if x < 0 || x >= w {
		return false
	}
	tooth := x % 12
	if tooth > 6 {
		tooth = 12 - tooth
	}
	return y >= tooth/2 && y < h-tooth/2
}
