package doccam

import (
	"image"
	"math"
	"slices"

	"hallway/devices/capture"
)

// small is the longest side of the picture in which the sheet is looked for first;
// its sides are then measured in one of fine.
const (
	small = 320
	fine  = 1280
)

// What a sheet must be like.
const (
	leastShare   = .06 // of the picture
	leastFilled  = .90 // of the four corners' area by the shape that was found
	leastAngle   = 50  // of a corner, degrees
	leastContour = 9.  // levels between the sheet and what lies around it
)

// raster is a picture of three planes, by their mean in blocks of pixels: brightness
// and two of colour.
type raster struct {
	w, h int
	p    [3][]float64
}

// shrink makes a raster whose longest side is at most side.
func shrink(im *image.RGBA, side int) *raster {
	size := im.Bounds().Size()
	k := max(1, (max(size.X, size.Y)+side-1)/side)
	r := &raster{w: size.X / k, h: size.Y / k}
	for i := range r.p {
		r.p[i] = make([]float64, r.w*r.h)
	}
	n := float64(k * k)
	for y := range r.h {
		for x := range r.w {
			var sr, sg, sb int
			for dy := range k {
				at := im.PixOffset(im.Rect.Min.X+x*k, im.Rect.Min.Y+y*k+dy)
				for range k {
					sr, sg, sb, at = sr+int(im.Pix[at]), sg+int(im.Pix[at+1]), sb+int(im.Pix[at+2]), at+4
				}
			}
			red, green, blue := float64(sr)/n, float64(sg)/n, float64(sb)/n
			i := y*r.w + x
			r.p[0][i] = .299*red + .587*green + .114*blue
			r.p[1][i], r.p[2][i] = red-green, blue-green
		}
	}
	return r
}

type point struct{ x, y float64 }

// Find looks for the sheet in a picture. Its corners are clockwise from the one that is
// nearest to the picture's top left.
func Find(im *image.RGBA) (capture.Quad, bool) {
	r := shrink(im, small)
	if r.w < 32 || r.h < 32 {
		return capture.Quad{}, false
	}
	d := r.distance()
	mask, ok := foreground(d, r.w, r.h)
	if !ok {
		return capture.Quad{}, false
	}
	hull := convex(outline(mask, r.w, r.h))
	corners, ok := fourCorners(hull)
	if !ok || !plausible(corners, hull, count(mask), r.w*r.h) {
		return capture.Quad{}, false
	}
	corners = refine(shrink(im, fine), corners, float64(r.w), float64(r.h))
	if !square(corners) {
		return capture.Quad{}, false
	}
	return quad(corners), true
}

// distance is how far each pixel is from what lies around the sheet, taken from the
// picture's border: a plane through its brightness, for light comes from a side, and
// its colour. What of the border is unlike the rest is left out: the sheet may reach
// over it.
func (r *raster) distance() []float64 {
	d := make([]float64, r.w*r.h)
	ring := ringOf(r.w, r.h, max(2, min(r.w, r.h)/24))
	for i, p := range r.p {
		a := fitPlane(p, ring)
		weight := 1.
		if i > 0 {
			weight = .7
		}
		for y := range r.h {
			for x := range r.w {
				d[y*r.w+x] += weight * math.Abs(p[y*r.w+x]-(a[0]+a[1]*float64(x)+a[2]*float64(y)))
			}
		}
	}
	return blur(d, r.w, r.h)
}

// spot is a pixel: where it is, and its place in a plane.
type spot struct {
	x, y float64
	i    int
}

// ringOf are the pixels of a picture's border, so many wide.
func ringOf(w, h, wide int) []spot {
	var all []spot
	for y := range h {
		for x := 0; x < w; x++ {
			if y >= wide && y < h-wide && x == wide && x < w-wide {
				x = w - wide // past the middle
			}
			all = append(all, spot{float64(x), float64(y), y*w + x})
		}
	}
	return all
}

// fitPlane fits v = a + bx + cy to the border, three times, the second and third
// without what is far off.
func fitPlane(p []float64, ring []spot) [3]float64 {
	var a [3]float64
	off := make([]float64, len(ring))
	limit := math.Inf(1)
	far := func(s spot) float64 { return math.Abs(p[s.i] - (a[0] + a[1]*s.x + a[2]*s.y)) }
	for round := range 3 {
		var m [9]float64
		var v [3]float64
		for _, s := range ring {
			if far(s) > limit {
				continue
			}
			row := [3]float64{1, s.x, s.y}
			for i := range 3 {
				for j := range 3 {
					m[3*i+j] += row[i] * row[j]
				}
				v[i] += row[i] * p[s.i]
			}
		}
		s, ok := solve(m[:], v[:])
		if !ok {
			return a
		}
		if a = [3]float64(s); round == 2 {
			break
		}
		for i, s := range ring {
			off[i] = far(s)
		}
		slices.Sort(off)
		limit = max(6, 2.5*off[len(off)/2])
	}
	return a
}

// blur is the mean of five by five.
func blur(d []float64, w, h int) []float64 {
	pass := func(in []float64, dx, dy int) []float64 {
		out := make([]float64, len(in))
		for y := range h {
			for x := range w {
				s, n := 0., 0.
				for k := -2; k <= 2; k++ {
					if X, Y := x+k*dx, y+k*dy; X >= 0 && Y >= 0 && X < w && Y < h {
						s, n = s+in[Y*w+X], n+1
					}
				}
				out[y*w+x] = s / n
			}
		}
		return out
	}
	return pass(pass(d, 1, 0), 0, 1)
}

// foreground is the largest connected part of what is far from the background.
func foreground(d []float64, w, h int) ([]bool, bool) {
	t := otsu(d)
	if t < leastContour {
		return nil, false
	}
	mask := make([]bool, w*h)
	for i, v := range d {
		mask[i] = v > t
	}
	mask = open(mask, w, h)
	best, size := label(mask, w, h)
	return best, float64(size) >= leastShare*float64(w*h)
}

// otsu is the threshold that parts the levels best.
func otsu(d []float64) float64 {
	var n [256]float64
	for _, v := range d {
		n[int(min(max(v, 0), 255))]++
	}
	all, sum := float64(len(d)), 0.
	for i, c := range n {
		sum += float64(i) * c
	}
	best, at := -1., 0.
	below, sumBelow := 0., 0.
	for i, c := range n {
		below, sumBelow = below+c, sumBelow+float64(i)*c
		if below == 0 || below == all {
			continue
		}
		gap := sumBelow/below - (sum-sumBelow)/(all-below)
		if between := below * (all - below) * gap * gap; between > best {
			best, at = between, float64(i)+.5
		}
	}
	return at
}

// open cuts thin links: a pixel stays that has a full block of three by three over it.
func open(mask []bool, w, h int) []bool {
	grow := func(in []bool, all bool) []bool {
		out := make([]bool, len(in))
		for y := range h {
			for x := range w {
				got := all
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						X, Y := min(max(x+dx, 0), w-1), min(max(y+dy, 0), h-1)
						if in[Y*w+X] != all {
							got = !all
						}
					}
				}
				out[y*w+x] = got
			}
		}
		return out
	}
	return grow(grow(mask, true), false)
}

// label gives the largest connected part of a mask, and its size.
func label(mask []bool, w, h int) ([]bool, int) {
	seen := make([]bool, len(mask))
	var best []int
	for start, on := range mask {
		if !on || seen[start] {
			continue
		}
		part := []int{start}
		seen[start] = true
		for k := 0; k < len(part); k++ {
			x, y := part[k]%w, part[k]/w
			for _, n := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				if i := n[1]*w + n[0]; n[0] >= 0 && n[1] >= 0 && n[0] < w && n[1] < h && mask[i] && !seen[i] {
					seen[i] = true
					part = append(part, i)
				}
			}
		}
		if len(part) > len(best) {
			best = part
		}
	}
	out := make([]bool, len(mask))
	for _, i := range best {
		out[i] = true
	}
	return out, len(best)
}

func count(mask []bool) int {
	n := 0
	for _, on := range mask {
		if on {
			n++
		}
	}
	return n
}

// outline are the ends of each row of a mask, as corners of pixels.
func outline(mask []bool, w, h int) []point {
	var out []point
	for y := range h {
		from, to := -1, -1
		for x := range w {
			if mask[y*w+x] {
				if from < 0 {
					from = x
				}
				to = x + 1
			}
		}
		if from >= 0 {
			for _, x := range [2]int{from, to} {
				out = append(out, point{float64(x), float64(y)}, point{float64(x), float64(y + 1)})
			}
		}
	}
	return out
}
