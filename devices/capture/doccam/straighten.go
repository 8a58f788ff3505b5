package doccam

import (
	"image"
	"math"

	"hallway/devices/capture"
)

// Sizes of a straightened page.
const (
	longestSide = 3508 // pixels: A4 at 300 dpi; no camera of a desk sees more
	a4Ratio     = 297. / 210
	likeA4      = .05 // how far from its shape a sheet may be and still be A4
)

// Straighten cuts a sheet out of a picture and makes its corners square. A sheet of
// about the shape of A4 is A4; of others the shape alone is known.
func Straighten(im *image.RGBA, q capture.Quad) (*image.RGBA, [2]float64) {
	size := im.Bounds().Size()
	var c [4]point
	for i, p := range q {
		c[i] = point{p[0] * float64(size.X), p[1] * float64(size.Y)}
	}
	length := func(i, j int) float64 { return math.Hypot(c[i].x-c[j].x, c[i].y-c[j].y) }
	long := min(max(length(0, 1), length(3, 2), length(0, 3), length(1, 2)), longestSide)
	w, h := sides(c, float64(size.X), float64(size.Y))
	ratio, mm := min(max(w, h)/min(w, h), long), [2]float64{}
	if math.Abs(ratio/a4Ratio-1) <= likeA4 {
		ratio, mm = a4Ratio, [2]float64{210, 297}
		if w > h {
			mm = [2]float64{297, 210}
		}
	}
	short := long / ratio
	if w > h {
		w, h = long, short
	} else {
		w, h = short, long
	}
	out := image.NewRGBA(image.Rect(0, 0, max(1, int(w+.5)), max(1, int(h+.5))))
	warp(out, im, homography(float64(out.Rect.Dx()), float64(out.Rect.Dy()), c))
	return out, mm
}

// focal is a camera's focal length as a share of its picture's longest side. Cameras
// of desks see 45 to 60 degrees; where this one is another, the shape of a sheet that
// lies flat is right all the same, that of a tilted one by some hundredths.
const focal = 1.1

// sides are how long the sides of a rectangle are in proportion, of which a camera sees
// these corners: those that are further away are longer than they look. (Zhang and He,
// Whiteboard scanning and image enhancement, 2003.)
func sides(c [4]point, w, h float64) (across, down float64) {
	at := func(p point) [3]float64 { return [3]float64{p.x - w/2, p.y - h/2, 1} }
	tl, tr, br, bl := at(c[0]), at(c[1]), at(c[2]), at(c[3])
	triple := func(a, b, d [3]float64) float64 {
		return (a[1]*b[2]-a[2]*b[1])*d[0] + (a[2]*b[0]-a[0]*b[2])*d[1] + (a[0]*b[1]-a[1]*b[0])*d[2]
	}
	k, l := triple(tl, br, bl)/triple(tr, br, bl), triple(tl, br, tr)/triple(bl, br, tr)
	f := focal * max(w, h)
	long := func(k float64, p [3]float64) float64 {
		return math.Hypot(math.Hypot(k*p[0]-tl[0], k*p[1]-tl[1]), f*(k-1))
	}
	return long(k, tr), long(l, bl)
}

// homography maps a rectangle of w by h, from its origin, to four corners.
func homography(w, h float64, c [4]point) [9]float64 {
	from := [4]point{{0, 0}, {w, 0}, {w, h}, {0, h}}
	m, v := make([]float64, 0, 64), make([]float64, 0, 8)
	for i, p := range from {
		x, y := c[i].x, c[i].y
		m = append(m, p.x, p.y, 1, 0, 0, 0, -p.x*x, -p.y*x)
		m = append(m, 0, 0, 0, p.x, p.y, 1, -p.x*y, -p.y*y)
		v = append(v, x, y)
	}
	s, ok := solve(m, v)
	if !ok { // three corners on a line: Find gives none such
		return [9]float64{1, 0, c[0].x, 0, 1, c[0].y, 0, 0, 1}
	}
	return [9]float64{s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], 1}
}

// warp fills out with what the map finds in a picture, between its pixels.
func warp(out, im *image.RGBA, m [9]float64) {
	b := im.Bounds()
	maxX, maxY := float64(b.Dx()-1), float64(b.Dy()-1)
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			X, Y := float64(x)+.5, float64(y)+.5
			d := m[6]*X + m[7]*Y + m[8]
			sx := min(max((m[0]*X+m[1]*Y+m[2])/d-.5, 0), maxX)
			sy := min(max((m[3]*X+m[4]*Y+m[5])/d-.5, 0), maxY)
			x0, y0 := int(sx), int(sy)
			fx, fy := int(256*(sx-float64(x0))), int(256*(sy-float64(y0)))
			a := im.PixOffset(b.Min.X+x0, b.Min.Y+y0)
			right, down := 4, im.Stride
			if x0+1 >= b.Dx() {
				right = 0
			}
			if y0+1 >= b.Dy() {
				down = 0
			}
			to := out.PixOffset(x, y)
			for k := range 3 {
				top := int(im.Pix[a+k])*(256-fx) + int(im.Pix[a+right+k])*fx
				low := int(im.Pix[a+down+k])*(256-fx) + int(im.Pix[a+down+right+k])*fx
				out.Pix[to+k] = uint8((top*(256-fy) + low*fy) >> 16)
			}
			out.Pix[to+3] = 255
		}
	}
}
