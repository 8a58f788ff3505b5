package doccam

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"

	"hallway/build/fuzz"
	"hallway/devices/capture"
	"hallway/devices/scanner"
	"hallway/devices/scanner/camera"
	"hallway/devices/scanner/codepic"
	"hallway/devices/scanner/decode"
)

// sheet is a code on a sheet of paper: its quiet zone is the sheet.
type sheet struct {
	format scanner.Format
	text   string
	quiet  int // modules around the code
	view   codepic.View
}

// draw gives the picture and the sheet's corners in pixels.
func (s sheet) draw(t testing.TB) (*image.RGBA, [4][2]float64) {
	t.Helper()
	c, err := codepic.Make(s.format, s.text)
	if err != nil {
		t.Fatal(err)
	}
	c.Quiet = s.quiet
	if !s.view.Fits(c) {
		t.Fatal("the sheet is not in the picture")
	}
	im, err := s.view.Draw(c)
	if err != nil {
		t.Fatal(err)
	}
	return rgba(im), s.view.Corners(&codepic.Code{W: c.W + 2*c.Quiet, H: c.H + 2*c.Quiet})
}

// a4 is a sheet of A4's shape, lying across, with a bar code.
func a4(v codepic.View) sheet { return sheet{scanner.Code128, "PAPER-0042", 87, v} }

// base is a sheet on a desk with a pattern, in the light of a lamp.
var base = codepic.View{W: 1024, H: 768, X: 512, Y: 384, Module: 2.2, Blur: .7, Noise: 3, Ink: 35, Paper: 210, Desk: 95, Seed: 3}

func with(change func(*codepic.View)) codepic.View {
	v := base
	change(&v)
	return v
}

// TestSheets: the corners are where they are, and what is on the sheet can be read
// when it is straight.
func TestSheets(t *testing.T) {
	for name, s := range map[string]sheet{
		"straight":        a4(base),
		"turned":          a4(with(func(v *codepic.View) { v.Turn, v.Seed = 14, 4 })),
		"the other way":   a4(with(func(v *codepic.View) { v.Turn, v.Seed = -23, 5 })),
		"tilted":          a4(with(func(v *codepic.View) { v.Turn, v.Tilt, v.TiltAxis, v.Seed = 6, 22, 15, 6 })),
		"tilted sideways": a4(with(func(v *codepic.View) { v.Turn, v.Tilt, v.TiltAxis, v.Seed = -8, 25, 80, 7 })),
		"one-sided light": a4(with(func(v *codepic.View) { v.Turn, v.Shade, v.ShadeTo, v.Seed = 5, .35, 200, 8 })),
		"away":            a4(with(func(v *codepic.View) { v.X, v.Y, v.Module, v.Seed = 400, 300, 1.9, 9 })),
		"a dark sheet on a light desk": a4(with(func(v *codepic.View) {
			v.Turn, v.Desk, v.Paper, v.Ink, v.Seed = 9, 215, 120, 10, 10
		})),
		"a QR code": {scanner.QR, "HALLWAY 0042", 20, with(func(v *codepic.View) { v.Turn, v.Module, v.Tilt, v.TiltAxis, v.Seed = 17, 8, 18, 40, 11 })},
	} {
		t.Run(name, func(t *testing.T) {
			im, want := s.draw(t)
			q, ok := Find(im)
			if !ok {
				t.Fatal("no sheet was found")
			}
			far := .006 * float64(s.view.W) // six pixels of a thousand
			for i, c := range q {
				x, y := c[0]*float64(s.view.W), c[1]*float64(s.view.H)
				if d := math.Hypot(x-want[i][0], y-want[i][1]); d > far {
					t.Errorf("corner %d is at %.1f %.1f, %.1f pixels from %.1f", i, x, y, d, want[i])
				}
			}
			page, mm := Straighten(im, q)
			if s.format == scanner.Code128 != (mm == [2]float64{297, 210}) {
				t.Errorf("%v mm", mm)
			}
			Level(page)
			got := decode.Read(camera.Grey(page), decode.Options{Formats: []scanner.Format{s.format}})
			if len(got) != 1 || got[0].Text != s.text {
				t.Errorf("on the page is read %+v", got)
			}
			if level := paperBetween(page); level < 225 {
				t.Errorf("the paper has level %.0f", level)
			}
		})
	}
}

// paperBetween is the darkest mean of eight places where a page has only paper.
func paperBetween(page *image.RGBA) float64 {
	worst := 255.
	w, h := page.Rect.Dx(), page.Rect.Dy()
	for i := range 8 {
		x, y := w/12+i%4*w*10/12/4+w/24, h/14+i/4*h*12/14
		s := 0.
		for dy := range 9 {
			for dx := range 9 {
				s += float64(page.RGBAAt(x+dx-4, min(y+dy-4, h-1)).G)
			}
		}
		worst = min(worst, s/81)
	}
	return worst
}

// TestNoSheet: nothing is cut out where there is no sheet.
func TestNoSheet(t *testing.T) {
	for name, v := range map[string]codepic.View{
		"a desk":         base,
		"another desk":   with(func(v *codepic.View) { v.Seed, v.Desk = 77, 150 }),
		"a shaded desk":  with(func(v *codepic.View) { v.Seed, v.Shade = 78, .6 }),
		"a covered lens": with(func(v *codepic.View) { v.Desk, v.Noise = 0, 1 }),
	} {
		im, err := v.Draw(nil)
		if err != nil {
			t.Fatal(err)
		}
		if q, ok := Find(rgba(im)); ok {
			t.Errorf("%s: a sheet at %v", name, q)
		}
	}
	for name, size := range map[string]image.Point{"tiny": {20, 20}, "a line": {400, 1}, "nothing": {}} {
		if _, ok := Find(image.NewRGBA(image.Rectangle{Max: size})); ok {
			t.Errorf("%s: a sheet", name)
		}
	}
	// A round plate is no sheet.
	plate := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for y := range 300 {
		for x := range 400 {
			plate.SetRGBA(x, y, color.RGBA{60, 60, 60, 255})
			if math.Hypot(float64(x-200), float64(y-150)) < 110 {
				plate.SetRGBA(x, y, color.RGBA{220, 220, 220, 255})
			}
		}
	}
	if q, ok := Find(plate); ok {
		t.Errorf("a plate is taken for a sheet at %v", q)
	}
}

// TestColours: a sheet that is as bright as the desk is found by its colour, and a red
// seal on it stays red while its paper becomes white.
func TestColours(t *testing.T) {
	im := image.NewRGBA(image.Rect(0, 0, 800, 600))
	draw.Draw(im, im.Rect, image.NewUniform(color.RGBA{120, 175, 120, 255}), image.Point{}, draw.Src)
	draw.Draw(im, image.Rect(200, 50, 600, 550), image.NewUniform(color.RGBA{170, 150, 130, 255}), image.Point{}, draw.Src)
	seal := image.Rect(440, 400, 500, 460)
	draw.Draw(im, seal, image.NewUniform(color.RGBA{150, 20, 25, 255}), image.Point{}, draw.Src)
	q, ok := Find(im)
	if !ok {
		t.Fatal("no sheet was found")
	}
	want := capture.Quad{{.25, 50. / 600}, {.75, 50. / 600}, {.75, 550. / 600}, {.25, 550. / 600}}
	for i := range q {
		if math.Abs(q[i][0]-want[i][0]) > .004 || math.Abs(q[i][1]-want[i][1]) > .004 {
			t.Errorf("corner %d at %v", i, q[i])
		}
	}
	page, mm := Straighten(im, q)
	if mm != [2]float64{} {
		t.Errorf("a sheet of 4:5 is %v mm", mm)
	}
	Level(page)
	at := func(x, y float64) color.RGBA {
		return page.RGBAAt(int(x*float64(page.Rect.Dx())), int(y*float64(page.Rect.Dy())))
	}
	if p := at(.2, .2); p.R < 240 || p.G < 240 || p.B < 240 {
		t.Errorf("paper is %v", p)
	}
	if p := at(.675, .76); p.R < 160 || p.G > 60 || p.B > 60 {
		t.Errorf("the seal is %v", p)
	}
}

// FuzzFind: whatever a camera sees, corners are inside of it and in their order.
func FuzzFind(f *testing.F) {
	const across, down = 32, 32 // the least that Find looks at is the quickest
	f.Add([]byte{0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0}, uint8(4))
	f.Add([]byte("a picture of nothing at all, with some words"), uint8(9))
	fuzz.Run(f, func(t *testing.T, b []byte, w uint8) {
		if len(b) == 0 || w == 0 {
			return
		}
		h := (len(b) + int(w) - 1) / int(w)
		im := image.NewRGBA(image.Rect(0, 0, across, down))
		for y := range down {
			for x := range across {
				v := b[(y*h/down*int(w)+x*int(w)/across)%len(b)]
				im.SetRGBA(x, y, color.RGBA{v, v ^ w, v, 255})
			}
		}
		q, ok := Find(im)
		if !ok {
			return
		}
		twice := 0.
		for i, c := range q {
			if d := q[(i+1)%4]; c[0] < 0 || c[1] < 0 || c[0] > 1 || c[1] > 1 {
				t.Fatal(q)
			} else {
				twice += c[0]*d[1] - d[0]*c[1]
			}
		}
		if twice <= 0 {
			t.Fatalf("not clockwise: %v", q)
		}
		page, _ := Straighten(im, q)
		Level(page)
	})
}
