// Package doccamsim is a document camera over a desk: sheets of paper are laid under
// it and taken away, each a little crooked, as a hand lays them.
//
// Guarantees: the same sheet gives the same picture; every sheet lies whole in it and
// is found by the driver. It sends as devices/scanner/camera/camerasim does, whose
// faults it has too. Nobody's data is on a sheet.
// Source: devices/capture/doccam, what it expects of a sheet.
package doccamsim

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"sync"
	"time"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"

	"hallway/devices/scanner/camera/camerasim"
)

// Covered is what lies there when a hand is on the lens.
const Covered = "covered"

// sheet is what is printed on a sheet of A4, and how it lies.
type sheet struct {
	name, title string
	lines       int     // of print
	seal        bool    // a red one
	turn        float64 // degrees
}

// sheets are all that can be laid there.
var sheets = []sheet{
	{"lease-1", "LEASE 1/2", 26, false, -3},
	{"lease-2", "LEASE 2/2", 11, true, 4},
	{"certificate", "CERTIFICATE", 7, true, 1.5},
}

// Sheets are the names of all sheets.
func Sheets() []string {
	var names []string
	for _, s := range sheets {
		names = append(names, s.name)
	}
	return names
}

// Sim is a simulated document camera. It implements cable.Simulator.
type Sim struct {
	*camerasim.Sim
	w, h int

	mu   sync.Mutex
	lies string
}

// New makes a camera over an empty desk; its pictures are 1280×960, ten a second,
// unless o says otherwise.
func New(o camerasim.Options) *Sim {
	if o.W == 0 {
		o.W, o.H = 1280, 960
	}
	if o.Every <= 0 {
		o.Every = 100 * time.Millisecond
	}
	return &Sim{Sim: camerasim.New(o), w: o.W, h: o.H}
}

// Lies is the sheet that lies there, Covered, or "".
func (s *Sim) Lies() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lies
}

// Lay lays a sheet under the camera in place of what was there; "" takes it away,
// Covered covers the lens.
func (s *Sim) Lay(name string) error {
	i := slices.IndexFunc(sheets, func(one sheet) bool { return one.name == name })
	if i < 0 && name != "" && name != Covered {
		return fmt.Errorf("there is no sheet %q: choose one of %v", name, Sheets())
	}
	s.mu.Lock()
	s.lies = name
	s.mu.Unlock()
	switch name {
	case "":
		s.Empty()
		return nil
	case Covered:
		return s.Cover()
	}
	return s.ShowPicture(sheets[i].onDesk(s.w, s.h))
}

// Size of a sheet before it is laid down, in pixels.
const wide, high = 630, 891

// print is the sheet itself.
func (s sheet) print() *image.RGBA {
	im := image.NewRGBA(image.Rect(0, 0, wide, high))
	fill(im, im.Rect, color.RGBA{236, 234, 228, 255})
	write(im, s.title, image.Pt(70, 70), 6)
	ink := color.RGBA{70, 72, 78, 255}
	for i := range s.lines {
		y := 190 + i*25
		x, end := 70, wide-70
		if i%6 == 5 {
			end = wide * 2 / 5 // the end of a paragraph
		}
		for n := i; x < end; n++ { // words of several lengths
			word := 24 + n*37%61
			fill(im, image.Rect(x, y, min(x+word, end), y+9), ink)
			x += word + 12
		}
	}
	if s.seal {
		ring(im, image.Pt(wide-170, high-150), 74)
	}
	return im
}

func fill(im draw.Image, r image.Rectangle, c color.Color) {
	draw.Draw(im, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// write writes in large type.
func write(im draw.Image, text string, at image.Point, scale int) {
	face := basicfont.Face7x13
	small := image.NewRGBA(image.Rect(0, 0, face.Advance*len(text), face.Height))
	(&font.Drawer{Dst: small, Src: image.NewUniform(color.RGBA{25, 26, 30, 255}), Face: face, Dot: fixed.P(0, face.Ascent)}).DrawString(text)
	large := image.Rectangle{Min: at, Max: at.Add(small.Rect.Size().Mul(scale))}
	xdraw.ApproxBiLinear.Scale(im, large, small, small.Rect, draw.Over, nil)
}

// ring is a round seal with a star's worth of red in the middle.
func ring(im *image.RGBA, at image.Point, radius float64) {
	for y := -int(radius); y <= int(radius); y++ {
		for x := -int(radius); x <= int(radius); x++ {
			if d := math.Hypot(float64(x), float64(y)); d <= radius && (d > radius-8 || d < radius/4) {
				im.SetRGBA(at.X+x, at.Y+y, color.RGBA{196, 38, 44, 255})
			}
		}
	}
}

// onDesk is the picture of the sheet on a desk in the light of a lamp.
func (s sheet) onDesk(w, h int) *image.RGBA {
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			light := uint8(18 * x / w)
			im.SetRGBA(x, y, color.RGBA{70 + light, 62 + light, 54 + light, 255})
		}
	}
	scale := .88 * float64(h) / high
	sin, cos := math.Sincos(s.turn * math.Pi / 180)
	a, b := scale*cos, scale*sin
	to := f64.Aff3{a, -b, float64(w)/2 - a*wide/2 + b*high/2, b, a, float64(h)/2 - b*wide/2 - a*high/2}
	paper := s.print()
	xdraw.BiLinear.Transform(im, to, paper, paper.Rect, draw.Over, nil)
	return im
}
