package cups

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"testing"
)

// page is a page as dark and light points.
type page struct {
	w, h int
	dark []bool
}

// ink draws the first page of a document at 100 dots an inch.
func ink(t *testing.T, file string) page {
	t.Helper()
	raw, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "100", "-singlefile", "-gray", "-png", file).Output()
	if err != nil {
		t.Fatalf("pdftoppm: %v", err)
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return pageOf(picture)
}

func pageOf(picture image.Image) page {
	r := picture.Bounds()
	p := page{w: r.Dx(), h: r.Dy(), dark: make([]bool, r.Dx()*r.Dy())}
	for y := range p.h {
		for x := range p.w {
			p.dark[y*p.w+x] = color.GrayModel.Convert(picture.At(r.Min.X+x, r.Min.Y+y)).(color.Gray).Y < 128
		}
	}
	return p
}

func (p page) at(x, y int) bool {
	return x >= 0 && y >= 0 && x < p.w && y < p.h && p.dark[y*p.w+x]
}

func (p page) count() int {
	n := 0
	for _, d := range p.dark {
		if d {
			n++
		}
	}
	return n
}

// missing is the part of p's dark points that have none near them in q.
func (p page) missing(q page) float64 {
	const near = 2 // points: a queue may shift and smooth
	lost := 0
	for y := range p.h {
		for x := range p.w {
			if p.at(x, y) && !q.nearby(x, y, near) {
				lost++
			}
		}
	}
	return float64(lost) / float64(max(1, p.count()))
}

func (p page) nearby(x, y, n int) bool {
	for dy := -n; dy <= n; dy++ {
		for dx := -n; dx <= n; dx++ {
			if p.at(x+dx, y+dy) {
				return true
			}
		}
	}
	return false
}
