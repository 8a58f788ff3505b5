package doccam

import (
	"cmp"
	"math"
	"slices"

	"hallway/devices/capture"
)

func cross(o, a, b point) float64 { return (a.x-o.x)*(b.y-o.y) - (a.y-o.y)*(b.x-o.x) }

// convex is the hull of points, clockwise on the screen.
func convex(p []point) []point {
	p = slices.Clone(p)
	slices.SortFunc(p, func(a, b point) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) })
	p = slices.Compact(p)
	if len(p) < 3 {
		return p
	}
	half := func(all []point) []point {
		var h []point
		for _, q := range all {
			for len(h) >= 2 && cross(h[len(h)-2], h[len(h)-1], q) <= 0 {
				h = h[:len(h)-1]
			}
			h = append(h, q)
		}
		return h[:len(h)-1]
	}
	lower := half(p)
	slices.Reverse(p)
	return append(lower, half(p)...)
}

// fourCorners grows a hull into four corners: the side is taken away, again and again,
// whose neighbours meet with the least area beyond it.
func fourCorners(hull []point) ([4]point, bool) {
	p := slices.Clone(hull)
	for len(p) > 4 {
		best, at := math.Inf(1), -1
		var meet point
		for i := range p {
			a, b, c, d := p[(i+len(p)-1)%len(p)], p[i], p[(i+1)%len(p)], p[(i+2)%len(p)]
			x, ok := intersect(a, b, d, c)
			// the neighbours must meet beyond the side, not behind it
			if !ok || (x.x-b.x)*(b.x-a.x)+(x.y-b.y)*(b.y-a.y) < 0 || (x.x-c.x)*(c.x-d.x)+(x.y-c.y)*(c.y-d.y) < 0 {
				continue
			}
			if area := math.Abs(cross(b, x, c)) / 2; area < best {
				best, at, meet = area, i, x
			}
		}
		if at < 0 {
			return [4]point{}, false
		}
		next := (at + 1) % len(p)
		p[at] = meet
		p = slices.Delete(p, next, next+1)
	}
	if len(p) != 4 {
		return [4]point{}, false
	}
	return first(point4(p)), true
}

func point4(p []point) [4]point { return [4]point{p[0], p[1], p[2], p[3]} }

// first turns the order so that it begins at the top left.
func first(p [4]point) [4]point {
	at := 0
	for i := range p {
		if p[i].x+p[i].y < p[at].x+p[at].y {
			at = i
		}
	}
	return [4]point{p[at], p[(at+1)%4], p[(at+2)%4], p[(at+3)%4]}
}

// intersect is where the lines a–b and c–d meet.
func intersect(a, b, c, d point) (point, bool) {
	det := (b.x-a.x)*(d.y-c.y) - (b.y-a.y)*(d.x-c.x)
	if math.Abs(det) < 1e-9 {
		return point{}, false
	}
	t := ((c.x-a.x)*(d.y-c.y) - (c.y-a.y)*(d.x-c.x)) / det
	return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)}, true
}

func area(p []point) float64 {
	s := 0.
	for i := range p {
		q := p[(i+1)%len(p)]
		s += p[i].x*q.y - q.x*p[i].y
	}
	return math.Abs(s) / 2
}

// plausible says whether four corners are those of a sheet: the shape fills them, and
// most of the shape is there.
func plausible(c [4]point, hull []point, filled, all int) bool {
	a, h := area(c[:]), area(hull)
	return square(c) && h >= leastFilled*a && float64(filled) >= .6*h && h >= leastShare*float64(all)
}

// square says whether the corners are those of a sheet that is seen from above.
func square(c [4]point) bool {
	for i := range c {
		a, b, d := c[(i+3)%4], c[i], c[(i+1)%4]
		u, v := point{a.x - b.x, a.y - b.y}, point{d.x - b.x, d.y - b.y}
		l := math.Hypot(u.x, u.y) * math.Hypot(v.x, v.y)
		if l < 1e-6 || math.Abs(u.x*v.x+u.y*v.y)/l > math.Cos(leastAngle*math.Pi/180) || cross(b, a, d) > 0 {
			return false
		}
	}
	return true
}

// refine measures each side in the finer picture: at many places along it, where
// across it the brightness or the colour changes most, and a line through those. The
// corners, in pixels of a picture of w by h, come back as shares of it.
func refine(r *raster, c [4]point, w, h float64) [4]point {
	kx, ky := float64(r.w)/w, float64(r.h)/h
	reach := 3 * max(kx, ky)
	for i := range c {
		c[i] = point{c[i].x * kx, c[i].y * ky}
	}
	var lines [4][2]point
	for i := range lines {
		lines[i] = r.side(c[i], c[(i+1)%4], reach)
	}
	out := c
	for i := range out {
		a, b := lines[(i+3)%4], lines[i]
		if x, ok := intersect(a[0], a[1], b[0], b[1]); ok && math.Hypot(x.x-c[i].x, x.y-c[i].y) <= 3*reach {
			out[i] = x
		}
	}
	for i := range out {
		out[i] = point{out[i].x / float64(r.w), out[i].y / float64(r.h)}
	}
	return out
}

// side measures one side; where nothing can be measured it stays as it was.
func (r *raster) side(a, b point, reach float64) [2]point {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	u := point{(b.x - a.x) / length, (b.y - a.y) / length}
	n := point{-u.y, u.x} // into the sheet: the corners are clockwise
	type place struct{ t, s float64 }
	var places []place
	levels := make([][3]float64, int(4*reach)+1+2*aside) // across the side, half a pixel apart
	many := min(max(int(length), 12), 48)                // no closer than the pixels
	for k := range many {
		t := length * (.06 + .88*float64(k)/float64(many-1))
		for i := range levels {
			s := -reach + float64(i-aside)/2
			levels[i] = r.along(point{a.x + t*u.x + s*n.x, a.y + t*u.y + s*n.y}, u)
		}
		best, at := leastContour/2, math.NaN()
		for i := aside; i < len(levels)-aside; i++ {
			if step := change(levels[i-aside], levels[i+aside]); step > best {
				best, at = step, -reach+float64(i-aside)/2
			}
		}
		if !math.IsNaN(at) {
			places = append(places, place{t, at})
		}
	}
	slope, offset := 0., 0.
	limit := math.Inf(1)
	for range 4 {
		var n0, st, ss, stt, sts float64
		var off []float64
		for _, p := range places {
			e := math.Abs(p.s - offset - slope*p.t)
			off = append(off, e)
			if e <= limit {
				n0, st, ss, stt, sts = n0+1, st+p.t, ss+p.s, stt+p.t*p.t, sts+p.t*p.s
			}
		}
		det := n0*stt - st*st
		if n0 < 8 || math.Abs(det) < 1e-9 {
			return [2]point{a, b}
		}
		slope = (n0*sts - st*ss) / det
		offset = (ss - slope*st) / n0
		for i, p := range places {
			off[i] = math.Abs(p.s - offset - slope*p.t)
		}
		slices.Sort(off)
		limit = max(.75, 1.5*off[len(off)/2])
	}
	at := func(t float64) point {
		s := offset + slope*t
		return point{a.x + t*u.x + s*n.x, a.y + t*u.y + s*n.y}
	}
	return [2]point{at(0), at(length)}
}

// aside is how far from a side it is looked at, in halves of a pixel.
const aside = 3

// change is how much the picture changes from one level to another.
func change(a, b [3]float64) float64 {
	return math.Abs(a[0]-b[0]) + .7*(math.Abs(a[1]-b[1])+math.Abs(a[2]-b[2]))
}

// along is the mean level of each plane at seven places along u around q.
func (r *raster) along(q, u point) [3]float64 {
	var s [3]float64
	for k := -3.; k <= 3; k++ {
		a := r.at(q.x+k*u.x, q.y+k*u.y)
		s[0], s[1], s[2] = s[0]+a[0], s[1]+a[1], s[2]+a[2]
	}
	return [3]float64{s[0] / 7, s[1] / 7, s[2] / 7}
}

// at is the level of each plane between its pixels; their middles are at halves.
func (r *raster) at(x, y float64) [3]float64 {
	x, y = x-.5, y-.5
	if !(x >= 0 && y >= 0 && x < float64(r.w-1) && y < float64(r.h-1)) {
		x, y = min(max(x, 0), float64(r.w-1)), min(max(y, 0), float64(r.h-1))
	}
	x0, y0 := int(x), int(y)
	fx, fy := x-float64(x0), y-float64(y0)
	a, right, down := y0*r.w+x0, 1, r.w
	if x0 == r.w-1 {
		right = 0
	}
	if y0 == r.h-1 {
		down = 0
	}
	wa, wb, wc, wd := (1-fx)*(1-fy), fx*(1-fy), (1-fx)*fy, fx*fy
	var out [3]float64
	for i, p := range r.p {
		out[i] = p[a]*wa + p[a+right]*wb + p[a+down]*wc + p[a+down+right]*wd
	}
	return out
}

func quad(c [4]point) capture.Quad {
	var q capture.Quad
	for i, p := range c {
		q[i] = [2]float64{min(max(p.x, 0), 1), min(max(p.y, 0), 1)}
	}
	return q
}

// solve solves a system of n linear equations, its matrix by rows.
func solve(m, v []float64) ([]float64, bool) {
	n := len(v)
	m, v = slices.Clone(m), slices.Clone(v)
	for i := range n {
		pivot := i
		for j := i + 1; j < n; j++ {
			if math.Abs(m[j*n+i]) > math.Abs(m[pivot*n+i]) {
				pivot = j
			}
		}
		if math.Abs(m[pivot*n+i]) < 1e-12 {
			return nil, false
		}
		for k := range n {
			m[i*n+k], m[pivot*n+k] = m[pivot*n+k], m[i*n+k]
		}
		v[i], v[pivot] = v[pivot], v[i]
		for j := range n {
			if j == i {
				continue
			}
			f := m[j*n+i] / m[i*n+i]
			for k := i; k < n; k++ {
				m[j*n+k] -= f * m[i*n+k]
			}
			v[j] -= f * v[i]
		}
	}
	for i := range n {
		v[i] /= m[i*n+i]
	}
	return v, true
}
