package decode

import (
	"math"
	"slices"
	"sync"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix/decoder"

	"hallway/devices/scanner"
)

// dataMatrix reads the Data Matrix codes of a region: the two solid sides are
// straight edges of the hull of a dark shape, the fourth corner and the number of
// modules are those under which the border fits best.
func (m Luma) dataMatrix(r patch) []Result {
	pad := blockSize
	side := max(r.x1-r.x0, r.y1-r.y0) + 2*pad
	if side > 500 {
		return nil
	}
	oblong := r.long > 1.8*r.short // a line of print, most often: one look must do
	for _, scale := range []int{2, 3} {
		if oblong && scale > 2 {
			break
		}
		c := m.enlarge(r.x0-pad, r.y0-pad, r.x1+pad, r.y1+pad, scale)
		for i, reach := range []int{14 * scale, max(c.w, c.h) / 3, max(c.w, c.h)/8 + 4} {
			if oblong && i > 0 {
				break
			}
			c.split(reach)
			for _, inverted := range []bool{false, true} {
				if inverted && (oblong || scale > 2) {
					continue
				}
				view := m
				if inverted {
					view = m.negative()
				}
				for _, q := range c.solids(inverted) {
					if q.area() < .1*r.long*r.short || q.long() < .35*r.long {
						continue // a part of something larger
					}
					if res, ok := view.dataMatrixAt(q); ok {
						return []Result{res}
					}
				}
			}
		}
	}
	return nil
}

// solids are quads that have two solid sides: left (3 to 0) and bottom (3 to 2).
func (c *crop) solids(inverted bool) []quad {
	var out []quad
	for _, hull := range c.hulls(inverted) {
		type side struct {
			a, b point
			long float64
		}
		var sides []side
		for i, a := range hull {
			b := hull[(i+1)%len(hull)]
			sides = append(sides, side{a, b, a.sub(b).len()})
		}
		n := len(sides)
		type pair struct {
			q    quad
			long float64
		}
		var pairs []pair
		for i := range sides {
			// the hull goes one way around: side i ends where side j begins, or
			// a short piece later where the corner is rounded
			for gap := 1; gap <= 2 && gap < n; gap++ {
				s, t := sides[i], sides[(i+gap)%n]
				if gap == 2 && sides[(i+1)%n].long > .2*max(s.long, t.long) {
					continue
				}
				u, v := s.b.sub(s.a), t.b.sub(t.a)
				sin := u.cross(v) / (u.len() * v.len())
				if math.Abs(sin) < .8 || min(s.long, t.long) < .4*max(s.long, t.long) {
					continue
				}
				corner, ok := meet(s.a, s.b, t.a, t.b)
				if !ok {
					continue
				}
				// clockwise on the screen: left top, right top, right bottom, left bottom
				far := s.a.add(t.b).sub(corner)
				q := quad{s.a, far, t.b, corner}
				if u.cross(v) > 0 {
					q = quad{t.b, far, s.a, corner}
				}
				pairs = append(pairs, pair{q, s.long + t.long})
			}
		}
		slices.SortFunc(pairs, func(a, b pair) int { return int(b.long - a.long) })
		for _, p := range pairs[:min(len(pairs), 4)] {
			for i := range p.q {
				p.q[i] = c.toPicture(p.q[i])
			}
			out = append(out, p.q)
		}
	}
	return out
}

// long is the longer of the two solid sides.
func (q quad) long() float64 { return max(q[3].sub(q[0]).len(), q[2].sub(q[3]).len()) }

func (q quad) area() float64 {
	return math.Abs(q[2].sub(q[0]).cross(q[3].sub(q[1]))) / 2
}

func meet(a, b, c, d point) (point, bool) {
	u, v := b.sub(a), d.sub(c)
	den := u.cross(v)
	if math.Abs(den) < 1e-9 {
		return point{}, false
	}
	return a.add(u.mul(c.sub(a).cross(v) / den)), true
}

// hulls are the simplified hulls of the largest dark shapes that do not touch the
// rim.
func (c *crop) hulls(inverted bool) [][]point {
	seen := make([]bool, len(c.dark))
	type shape struct {
		n    int
		rows map[int][2]int
	}
	var shapes []shape
	for i := range c.dark {
		if seen[i] || c.dark[i] == inverted {
			continue
		}
		stack, s, rim := []int{i}, shape{rows: map[int][2]int{}}, false
		seen[i] = true
		for len(stack) > 0 {
			k := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := k%c.w, k/c.w
			s.n++
			r, ok := s.rows[y]
			if !ok {
				r = [2]int{x, x}
			}
			s.rows[y] = [2]int{min(r[0], x), max(r[1], x)}
			if x == 0 || y == 0 || x == c.w-1 || y == c.h-1 {
				rim = true
				continue
			}
			for _, j := range [4]int{k - 1, k + 1, k - c.w, k + c.w} {
				if !seen[j] && c.dark[j] != inverted {
					seen[j] = true
					stack = append(stack, j)
				}
			}
		}
		if !rim && s.n > 60*c.scale*c.scale/4 {
			shapes = append(shapes, s)
		}
	}
	slices.SortFunc(shapes, func(a, b shape) int { return b.n - a.n })
	var out [][]point
	for _, s := range shapes[:min(len(shapes), 4)] {
		var pts []point
		for y, r := range s.rows {
			pts = append(pts, point{float64(r[0]), float64(y)}, point{float64(r[1] + 1), float64(y)},
				point{float64(r[0]), float64(y + 1)}, point{float64(r[1] + 1), float64(y + 1)})
		}
		if h := simplify(hull(pts), 1.1*float64(c.scale)); len(h) >= 3 {
			out = append(out, h)
		}
	}
	return out
}

// hull is the convex hull, one way around.
func hull(p []point) []point {
	slices.SortFunc(p, func(a, b point) int {
		if a.x != b.x {
			return int(math.Copysign(1, a.x-b.x))
		}
		return int(math.Copysign(1, a.y-b.y))
	})
	half := func(p []point) []point {
		var h []point
		for _, q := range p {
			for len(h) > 1 && h[len(h)-1].sub(h[len(h)-2]).cross(q.sub(h[len(h)-1])) <= 0 {
				h = h[:len(h)-1]
			}
			h = append(h, q)
		}
		return h[:len(h)-1]
	}
	low := half(p)
	slices.Reverse(p)
	return append(low, half(p)...)
}

// simplify leaves out corners that stand out less than tolerance.
func simplify(p []point, tolerance float64) []point {
	for len(p) > 3 {
		least, at := tolerance, -1
		for i := range p {
			a, b, q := p[(i+len(p)-1)%len(p)], p[(i+1)%len(p)], p[i]
			if d := math.Abs(b.sub(a).cross(q.sub(a))) / max(b.sub(a).len(), 1e-9); d < least {
				least, at = d, i
			}
		}
		if at < 0 {
			break
		}
		p = slices.Delete(slices.Clone(p), at, at+1)
	}
	return p
}

// leastBorder is how well a border must fit before the corners are moved.
const leastBorder = .4

// dataMatrixAt tries the sizes under which the border fits best.
func (m Luma) dataMatrixAt(q quad) (Result, bool) {
	long, ratio := q.long(), q[2].sub(q[3]).len()/q[3].sub(q[0]).len()
	type option struct {
		q   quad
		fit float64
		l   *layout
	}
	var options []option
	for _, l := range matrixLayouts() {
		module := long / float64(max(l.w, l.h))
		if shape := ratio * float64(l.h) / float64(l.w); module < 1.1 || shape < .6 || shape > 1.7 {
			continue
		}
		t := m.search(q, 1, l, module, 2)
		if f := m.fit(t, l); f > leastBorder {
			options = append(options, option{t, f, l})
		}
	}
	slices.SortFunc(options, func(a, b option) int { return int(math.Copysign(1, b.fit-a.fit)) })
	for _, o := range options[:min(len(options), 4)] {
		module := long / float64(max(o.l.w, o.l.h))
		t, fit := m.refine(o.q, o.l, module/2)
		if fit < .7 {
			continue
		}
		if r, ok := m.dataMatrixRead(t, o.l); ok {
			return r, true
		}
	}
	return Result{}, false
}

func (m Luma) dataMatrixRead(q quad, l *layout) (Result, bool) {
	v := m.sample(q, l.w, l.h)
	for _, a := range attempts {
		b := bits(sharpened(v, l.w, l.h, a.share), l.w, l.h, a.reach, false)
		if b == nil {
			return Result{}, false
		}
		if !l.shown(b) {
			continue
		}
		res, err := decoder.NewDecoder().Decode(b)
		if err != nil || res.GetText() == "" {
			continue
		}
		data := make([]byte, 0, len(res.GetText()))
		for _, r := range res.GetText() {
			if r > 255 {
				return Result{}, false
			}
			data = append(data, byte(r))
		}
		return textResult(scanner.DataMatrix, data, nil, q), true
	}
	return Result{}, false
}

// shown says whether the borders are there. The check words of a small symbol
// alone would let one in some thousands of other pictures pass.
func (l *layout) shown(b *gozxing.BitMatrix) bool {
	wrong, n := 0, 0
	for _, k := range l.known {
		if k.x < 0 || k.y < 0 || k.x >= l.w || k.y >= l.h {
			continue
		}
		n++
		if b.Get(k.x, k.y) != k.dark {
			wrong++
		}
	}
	return wrong*12 <= n
}

// matrixSizes are the modules of the square symbols and how many regions they
// have across (ISO/IEC 16022, table 7).
var matrixSizes = [][2]int{{10, 1}, {12, 1}, {14, 1}, {16, 1}, {18, 1}, {20, 1}, {22, 1}, {24, 1}, {26, 1},
	{32, 2}, {36, 2}, {40, 2}, {44, 2}, {48, 2}, {52, 2}, {64, 4}, {72, 4}, {80, 4}, {88, 4}, {96, 4}, {104, 4}}

// matrixOblongs are the rectangular ones: across, down, regions across.
var matrixOblongs = [][3]int{{18, 8, 1}, {32, 8, 2}, {26, 12, 1}, {36, 12, 2}, {36, 16, 2}, {48, 16, 2}}

// matrixLayouts are made by the first symbol that is looked for.
var matrixLayouts = sync.OnceValue(makeMatrixLayouts)

func makeMatrixLayouts() []*layout {
	var out []*layout
	for _, s := range matrixSizes {
		out = append(out, matrixLayout(s[0], s[0], s[1], s[1]))
	}
	for _, s := range matrixOblongs {
		out = append(out, matrixLayout(s[0], s[1], s[2], 1))
	}
	return out
}

// matrixLayout lists the borders of every region, and a quiet zone of one module.
func matrixLayout(w, h, across, down int) *layout {
	l := &layout{w: w, h: h}
	rw, rh := w/across, h/down
	for y := range h {
		for x := range w {
			rx, ry := x%rw, y%rh
			switch {
			case rx == 0 || ry == rh-1:
				l.known = append(l.known, known{x, y, true})
			case ry == 0:
				l.known = append(l.known, known{x, y, rx%2 == 0})
			case rx == rw-1:
				l.known = append(l.known, known{x, y, (rh-1-ry)%2 == 0})
			}
		}
	}
	for i := range w {
		l.known = append(l.known, known{i, -1, false}, known{i, h, false})
	}
	for i := range h {
		l.known = append(l.known, known{-1, i, false}, known{w, i, false})
	}
	return l
}
