package codes

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"strings"

	"hallway/devices/scanner"
	"hallway/devices/scanner/codepic"
)

// Picture is one of a set. Text is empty where there is no code.
type Picture struct {
	Name   string
	Format scanner.Format
	Text   string
	View   codepic.View
	Image  *image.Gray
}

// Empty is the set without codes.
const Empty scanner.Format = "empty"

// span is from where to where a value is drawn.
type span struct{ lo, hi float64 }

func (s span) draw(r *rand.Rand) float64 { return s.lo + (s.hi-s.lo)*r.Float64() }

// hard is how hard the pictures of a set are.
type hard struct {
	module span // pixels
	blur   span // standard deviation, in modules
	motion span // in modules
	noise  span // grey levels
	shade  span // share of the light that is missing at the dark side
	tilt   span // degrees
	jpeg   span // quality
}

var hardness = map[scanner.Format]hard{
	scanner.Code128:    {module: span{1.4, 3.2}, blur: span{.1, .35}, motion: span{0, .3}, noise: span{1, 6}, shade: span{0, .6}, tilt: span{0, 20}, jpeg: span{60, 95}},
	scanner.EAN13:      {module: span{1.4, 4}, blur: span{.1, .35}, motion: span{0, .3}, noise: span{1, 6}, shade: span{0, .6}, tilt: span{0, 20}, jpeg: span{60, 95}},
	scanner.Code39:     {module: span{1.4, 3.2}, blur: span{.1, .35}, motion: span{0, .3}, noise: span{1, 6}, shade: span{0, .6}, tilt: span{0, 20}, jpeg: span{60, 95}},
	scanner.QR:         {module: span{1.7, 4.5}, blur: span{.1, .4}, motion: span{0, .35}, noise: span{1, 7}, shade: span{0, .6}, tilt: span{0, 20}, jpeg: span{60, 95}},
	scanner.DataMatrix: {module: span{2, 6}, blur: span{.1, .4}, motion: span{0, .35}, noise: span{1, 7}, shade: span{0, .6}, tilt: span{0, 20}, jpeg: span{60, 95}},
}

// Make gives picture n of a set.
func Make(f scanner.Format, seed uint64, n int) (Picture, error) {
	h := uint64(0)
	for _, c := range []byte(f) {
		h = h*131 + uint64(c)
	}
	r := rand.New(rand.NewPCG(seed, h<<20+uint64(n)))
	if f == Empty {
		v := codepic.View{W: 1280, H: 720, Desk: 60 + 140*r.Float64(), Noise: 10 * r.Float64(), Blur: .5 + r.Float64(),
			Shade: .7 * r.Float64(), ShadeTo: 360 * r.Float64(), Seed: r.Uint64(), Ink: 40, Paper: 210}
		if n%2 == 1 {
			v.Lines = 2 + r.IntN(12)
		}
		im, err := v.Draw(nil)
		return Picture{Name: fmt.Sprintf("empty-%03d", n), Format: f, View: v, Image: im}, err
	}
	p := Picture{Format: f, Text: text(r, f)}
	c, err := codepic.Make(f, p.Text)
	if err != nil {
		return p, err
	}
	for p.View = view(r, f); !p.View.Fits(c); p.View = view(r, f) {
	}
	v := p.View
	p.Name = fmt.Sprintf("%s-%03d-module%.1f-turn%.0f-tilt%.0f-blur%.1f-motion%.1f-noise%.0f-shade%.2f-jpeg%d",
		f, n, v.Module, v.Turn, v.Tilt, v.Blur, v.Motion, v.Noise, v.Shade, v.JPEG)
	p.Image, err = v.Draw(c)
	return p, err
}

func view(r *rand.Rand, f scanner.Format) codepic.View {
	k := hardness[f]
	m := k.module.draw(r)
	return codepic.View{
		W: 800, H: 600, X: 400 + 120*(r.Float64()-.5), Y: 300 + 90*(r.Float64()-.5),
		Turn: 360 * r.Float64(), Tilt: k.tilt.draw(r), TiltAxis: 360 * r.Float64(),
		Module: m, Blur: m * k.blur.draw(r), Motion: m * k.motion.draw(r), MotionTo: 360 * r.Float64(),
		Noise: k.noise.draw(r), Ink: 25 + 40*r.Float64(), Paper: 170 + 60*r.Float64(), Desk: 60 + 120*r.Float64(),
		Shade: k.shade.draw(r), ShadeTo: 360 * r.Float64(), JPEG: int(math.Round(k.jpeg.draw(r))), Seed: r.Uint64(),
	}
}

const (
	digits = "0123456789"
	upper  = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	mixed  = upper + "abcdefghijklmnopqrstuvwxyz-./:"
)

func chars(r *rand.Rand, set string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(set[r.IntN(len(set))])
	}
	return b.String()
}

// text is what a hall's codes hold: numbers of slips, forms and goods.
func text(r *rand.Rand, f scanner.Format) string {
	switch f {
	case scanner.Code128:
		if r.IntN(2) == 0 {
			return chars(r, digits, 10+2*r.IntN(6))
		}
		return chars(r, upper, 6+r.IntN(7))
	case scanner.EAN13:
		t := "69" + chars(r, digits, 10)
		sum := 0
		for i := range t {
			sum += int(t[i]-'0') * (1 + 2*(i%2))
		}
		return t + string(rune('0'+(10-sum%10)%10))
	case scanner.Code39:
		return chars(r, upper, 5+r.IntN(6))
	case scanner.QR:
		return "HW1." + chars(r, mixed, 8+r.IntN(80))
	}
	return chars(r, mixed, 6+r.IntN(36))
}
