package decode

import (
	"math"

	"github.com/makiuchi-d/gozxing"
)

// point is a place in a picture, in pixels.
type point struct{ x, y float64 }

func (p point) sub(q point) point     { return point{p.x - q.x, p.y - q.y} }
func (p point) add(q point) point     { return point{p.x + q.x, p.y + q.y} }
func (p point) mul(k float64) point   { return point{p.x * k, p.y * k} }
func (p point) cross(q point) float64 { return p.x*q.y - p.y*q.x }
func (p point) dot(q point) float64   { return p.x*q.x + p.y*q.y }
func (p point) len() float64          { return math.Hypot(p.x, p.y) }

// quad are the outer corners of a square code, clockwise from its own top left.
type quad [4]point

// plane maps the unit square to a quad, projectively.
type plane struct{ a, b, c, d, e, f, g, h float64 }

func (q quad) plane() plane {
	dx1, dx2, dx3 := q[1].x-q[2].x, q[3].x-q[2].x, q[0].x-q[1].x+q[2].x-q[3].x
	dy1, dy2, dy3 := q[1].y-q[2].y, q[3].y-q[2].y, q[0].y-q[1].y+q[2].y-q[3].y
	den := dx1*dy2 - dx2*dy1
	if math.Abs(den) < 1e-9 {
		den = 1e-9
	}
	g, h := (dx3*dy2-dx2*dy3)/den, (dx1*dy3-dx3*dy1)/den
	return plane{
		q[1].x - q[0].x + g*q[1].x, q[3].x - q[0].x + h*q[3].x, q[0].x,
		q[1].y - q[0].y + g*q[1].y, q[3].y - q[0].y + h*q[3].y, q[0].y, g, h,
	}
}

func (p plane) at(u, v float64) (float64, float64) {
	w := p.g*u + p.h*v + 1
	return (p.a*u + p.b*v + p.c) / w, (p.d*u + p.e*v + p.f) / w
}

// between reads between pixels, by the nearest four.
func (m Luma) between(x, y float64) float64 {
	x, y = within(x-.5, 0, float64(m.W)-1.001), within(y-.5, 0, float64(m.H)-1.001)
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	a := m.Pix[iy*m.Stride+ix:]
	b := m.Pix[min(iy+1, m.H-1)*m.Stride+ix:]
	return (float64(a[0])*(1-fx)+float64(a[1])*fx)*(1-fy) + (float64(b[0])*(1-fx)+float64(b[1])*fx)*fy
}

// within keeps a coordinate in the picture; what is no number is its begin.
func within(x, lo, hi float64) float64 {
	if !(x >= lo) {
		return lo
	}
	if x > hi {
		return hi
	}
	return x
}

// known is a module whose colour is fixed by the symbology; the quiet zone's are
// outside the code.
type known struct {
	x, y int
	dark bool
}

// layout is what is fixed in a code of so many modules.
type layout struct {
	w, h  int
	known []known
}

// fit is how well a picture shows the fixed modules at a place: 1 is perfectly,
// 0 not at all.
func (m Luma) fit(q quad, l *layout) float64 {
	p := q.plane()
	var n, sum, sq, with, signs float64
	for _, k := range l.known {
		x, y := p.at((float64(k.x)+.5)/float64(l.w), (float64(k.y)+.5)/float64(l.h))
		v, s := m.between(x, y), 1.0
		if k.dark {
			s = -1
		}
		n++
		sum += v
		sq += v * v
		with += v * s
		signs += s
	}
	cov := with/n - sum/n*signs/n
	spread := (sq/n - sum/n*sum/n) * (1 - signs/n*signs/n)
	if spread <= 1 {
		return 0
	}
	if m.inverted {
		cov = -cov
	}
	return cov / math.Sqrt(spread)
}

// refine moves the corners until the fixed modules fit no better.
func (m Luma) refine(q quad, l *layout, from float64) (quad, float64) {
	best := m.fit(q, l)
	for step := from; step > .03*from && step > .04; {
		better := false
		for i := range q {
			for _, d := range []point{{step, 0}, {-step, 0}, {0, step}, {0, -step}, {step, step}, {-step, -step}, {step, -step}, {-step, step}} {
				t := q
				t[i] = q[i].add(d)
				if f := m.fit(t, l); f > best+1e-6 {
					q, best, better = t, f, true
				}
			}
		}
		if !better {
			step /= 2
		}
	}
	return q, best
}

// search looks for the place of one corner around where it should be.
func (m Luma) search(q quad, corner int, l *layout, module, reach float64) quad {
	best, out := m.fit(q, l), q
	for dy := -reach; dy <= reach; dy += .5 {
		for dx := -reach; dx <= reach; dx += .5 {
			t := q
			t[corner] = q[corner].add(point{dx * module, dy * module})
			if f := m.fit(t, l); f > best {
				best, out = f, t
			}
		}
	}
	return out
}

// sample reads the brightness of every module.
func (m Luma) sample(q quad, w, h int) []float64 {
	p := q.plane()
	out := make([]float64, w*h)
	for y := range h {
		for x := range w {
			sum := 0.0
			for _, d := range [5][2]float64{{0, 0}, {.15, .15}, {-.15, .15}, {.15, -.15}, {-.15, -.15}} {
				px, py := p.at((float64(x)+.5+d[0])/float64(w), (float64(y)+.5+d[1])/float64(h))
				sum += m.cubic(px-.5, py-.5)
			}
			out[y*w+x] = sum / 5
			if m.inverted {
				out[y*w+x] = 255 - sum/5
			}
		}
	}
	return out
}

// sharpened takes from each module a share of what its neighbours blur into it.
func sharpened(v []float64, w, h int, share float64) []float64 {
	out := make([]float64, len(v))
	for y := range h {
		for x := range w {
			sum, n := 0.0, 0.0
			for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				if xx, yy := x+d[0], y+d[1]; xx >= 0 && yy >= 0 && xx < w && yy < h {
					sum += v[yy*w+xx]
					n++
				}
			}
			i := y*w + x
			out[i] = v[i] + share*(v[i]-sum/n)
		}
	}
	return out
}

// bits says which modules are darker than the middle of what is around them.
func bits(v []float64, w, h, reach int, inverted bool) *gozxing.BitMatrix {
	out, err := gozxing.NewBitMatrix(w, h)
	if err != nil {
		return nil
	}
	for y := range h {
		for x := range w {
			lo, hi := math.Inf(1), math.Inf(-1)
			for yy := max(y-reach, 0); yy <= min(y+reach, h-1); yy++ {
				for xx := max(x-reach, 0); xx <= min(x+reach, w-1); xx++ {
					lo, hi = min(lo, v[yy*w+xx]), max(hi, v[yy*w+xx])
				}
			}
			if (v[y*w+x] < (lo+hi)/2) != inverted {
				out.Set(x, y)
			}
		}
	}
	return out
}

// attempts are the ways in which sampled modules are made dark and light.
var attempts = []struct {
	share float64
	reach int
}{{0, 4}, {.35, 4}, {.7, 5}, {.2, 7}, {.5, 3}, {1, 6}}

// crop is a piece of a picture, larger or not.
type crop struct {
	x0, y0 int
	scale  int
	w, h   int
	v      []float64
	dark   []bool
}

// enlarge cuts a piece out of the picture and makes it scale times larger.
func (m Luma) enlarge(x0, y0, x1, y1, scale int) *crop {
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, m.W), min(y1, m.H)
	c := &crop{x0: x0, y0: y0, scale: scale, w: (x1 - x0) * scale, h: (y1 - y0) * scale}
	c.v = make([]float64, c.w*c.h)
	k := 1 / float64(scale)
	for y := range c.h {
		for x := range c.w {
			px, py := float64(x0)+(float64(x)+.5)*k, float64(y0)+(float64(y)+.5)*k
			if scale == 1 {
				c.v[y*c.w+x] = float64(m.Pix[(y0+y)*m.Stride+x0+x])
			} else {
				c.v[y*c.w+x] = m.cubic(px-.5, py-.5)
			}
		}
	}
	return c
}

// split marks what is darker than the mean around it; flat places are light.
func (c *crop) split(reach int) {
	sum := make([]float64, (c.w+1)*(c.h+1))
	for y := range c.h {
		row := 0.0
		for x := range c.w {
			row += c.v[y*c.w+x]
			sum[(y+1)*(c.w+1)+x+1] = sum[y*(c.w+1)+x+1] + row
		}
	}
	c.dark = make([]bool, len(c.v))
	for y := range c.h {
		for x := range c.w {
			xa, xb, ya, yb := max(x-reach, 0), min(x+reach+1, c.w), max(y-reach, 0), min(y+reach+1, c.h)
			mean := (sum[yb*(c.w+1)+xb] - sum[ya*(c.w+1)+xb] - sum[yb*(c.w+1)+xa] + sum[ya*(c.w+1)+xa]) / float64((xb-xa)*(yb-ya))
			c.dark[y*c.w+x] = c.v[y*c.w+x] < mean-4
		}
	}
}

// toPicture gives the place in the picture of a place in the crop.
func (c *crop) toPicture(p point) point {
	return point{float64(c.x0) + p.x/float64(c.scale), float64(c.y0) + p.y/float64(c.scale)}
}

func (c *crop) matrix(inverted bool) *gozxing.BitMatrix {
	out, err := gozxing.NewBitMatrix(c.w, c.h)
	if err != nil {
		return nil
	}
	for i, d := range c.dark {
		if d != inverted {
			out.Set(i%c.w, i/c.w)
		}
	}
	return out
}
