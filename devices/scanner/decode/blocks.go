package decode

import (
	"math"
	"slices"
)

// blockSize is the side of a block in pixels.
const blockSize = 8

// A block whose gradients are no stronger than noise is empty. The noise is what
// the median block has, within these bounds (grey levels squared).
const (
	quietest = 90
	loudest  = 900
)

// tensor sums the gradients of an area: how much there is across, down and both.
type tensor struct{ xx, yy, xy float64 }

func (t *tensor) add(o tensor) { t.xx += o.xx; t.yy += o.yy; t.xy += o.xy }

// coherence is 1 where all gradients have one direction, 0 where they have none.
func (t tensor) coherence() float64 {
	if t.xx+t.yy == 0 {
		return 0
	}
	return math.Hypot(t.xx-t.yy, 2*t.xy) / (t.xx + t.yy)
}

// angle is the direction of the gradients, across the bars.
func (t tensor) angle() float64 { return math.Atan2(2*t.xy, t.xx-t.yy) / 2 }

// field is a frame cut into blocks.
type field struct {
	w, h int
	t    []tensor
	hot  []bool // more than noise
}

func newField(m Luma) *field {
	f := &field{w: m.W / blockSize, h: m.H / blockSize}
	f.t = make([]tensor, f.w*f.h)
	energy := make([]float64, len(f.t))
	for by := range f.h {
		for bx := range f.w {
			t := m.block(bx*blockSize, by*blockSize)
			f.t[by*f.w+bx], energy[by*f.w+bx] = t, t.xx+t.yy
		}
	}
	if len(energy) == 0 {
		return f
	}
	floor := min(max(3*middle(energy), quietest), loudest)
	f.hot = make([]bool, len(f.t))
	for i, e := range energy {
		f.hot[i] = e > floor
	}
	return f
}

// middle is about the median, as far as it matters: above loudest it is all the
// same.
func middle(energy []float64) float64 {
	var counts [loudest/3 + 2]int
	for _, e := range energy {
		counts[int(min(max(e, 0), loudest/3+1))]++
	}
	n := 0
	for e, c := range counts {
		if n += c; 2*n > len(energy) {
			return float64(e)
		}
	}
	return loudest
}

// block sums the gradients of every second pixel of a block.
func (m Luma) block(x0, y0 int) tensor {
	var xx, yy, xy, n int
	for y := max(y0, 1); y < min(y0+blockSize, m.H-1); y += 2 {
		row := m.Pix[y*m.Stride:]
		up, down := m.Pix[(y-1)*m.Stride:], m.Pix[(y+1)*m.Stride:]
		for x := max(x0, 1); x < min(x0+blockSize, m.W-1); x += 2 {
			gx, gy := int(row[x+1])-int(row[x-1]), int(down[x])-int(up[x])
			xx += gx * gx
			yy += gy * gy
			xy += gx * gy
			n++
		}
	}
	k := 1 / float64(max(n, 1))
	return tensor{float64(xx) * k, float64(yy) * k, float64(xy) * k}
}

// region is a connected set of blocks.
type region struct {
	blocks []int
	sum    tensor
	x0, y0 int // bounding box, pixels
	x1, y1 int
}

// grow collects connected blocks; same says whether a block may join beside its
// neighbour.
func (f *field) grow(ok func(i int) bool, same func(i, j int) bool) []region {
	seen := make([]bool, len(f.t))
	var out []region
	for i := range f.t {
		if seen[i] || !ok(i) {
			continue
		}
		seen[i] = true
		r := region{blocks: []int{i}}
		for k := 0; k < len(r.blocks); k++ {
			b := r.blocks[k]
			for _, j := range f.around(b) {
				if !seen[j] && ok(j) && same(b, j) {
					seen[j] = true
					r.blocks = append(r.blocks, j)
				}
			}
		}
		f.bound(&r)
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b region) int { return len(b.blocks) - len(a.blocks) })
	return out
}

func (f *field) around(i int) []int {
	x, y := i%f.w, i/f.w
	out := make([]int, 0, 8)
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			if xx, yy := x+dx, y+dy; (dx != 0 || dy != 0) && xx >= 0 && yy >= 0 && xx < f.w && yy < f.h {
				out = append(out, yy*f.w+xx)
			}
		}
	}
	return out
}

func (f *field) bound(r *region) {
	r.x0, r.y0 = f.w, f.h
	for _, b := range r.blocks {
		x, y := b%f.w, b/f.w
		r.x0, r.y0, r.x1, r.y1 = min(r.x0, x), min(r.y0, y), max(r.x1, x+1), max(r.y1, y+1)
		r.sum.add(f.t[b])
	}
	r.x0, r.y0, r.x1, r.y1 = r.x0*blockSize, r.y0*blockSize, r.x1*blockSize, r.y1*blockSize
}

// bars are regions whose gradients all have one direction, as wide across the
// bars as a code must be.
func (f *field) bars() []bars {
	regions := f.grow(
		func(i int) bool { return f.hot[i] && f.t[i].coherence() > .55 },
		func(i, j int) bool {
			d := f.t[i].angle() - f.t[j].angle()
			return math.Cos(2*d) > .8
		})
	var out []bars
	for _, r := range regions {
		if len(r.blocks) < 10 {
			break
		}
		if b, ok := f.barsOf(r); ok {
			out = append(out, b)
		}
	}
	return out
}

// bars is where a one-dimensional code may be: a direction across the bars, and
// from where to where it goes along (s) and beside (t) that direction.
type bars struct {
	dx, dy         float64 // across the bars
	s0, s1, t0, t1 float64
}

func (f *field) barsOf(r region) (bars, bool) {
	a := r.sum.angle()
	b := bars{dx: math.Cos(a), dy: math.Sin(a)}
	var ss, ts []float64
	for _, i := range r.blocks {
		x, y := (float64(i%f.w)+.5)*blockSize, (float64(i/f.w)+.5)*blockSize
		ss, ts = append(ss, x*b.dx+y*b.dy), append(ts, y*b.dx-x*b.dy)
	}
	b.s0, b.s1 = slices.Min(ss)-blockSize/2, slices.Max(ss)+blockSize/2
	b.t0, b.t1 = slices.Min(ts)-blockSize/2, slices.Max(ts)+blockSize/2
	slices.Sort(ts)
	// the outermost tenth may be a line of text that has joined
	b.t0, b.t1 = max(b.t0, ts[len(ts)/20]-blockSize), min(b.t1, ts[len(ts)-1-len(ts)/20]+blockSize)
	area := (b.s1 - b.s0) * (b.t1 - b.t0) / (blockSize * blockSize)
	return b, b.s1-b.s0 >= 50 && float64(len(r.blocks)) > .35*area
}

// patch is where a two-dimensional code may be.
type patch struct {
	region
	long, short float64 // its extents, pixels
}

// patches are regions whose gradients have no one direction, filled, big and
// compact enough for a two-dimensional code.
func (f *field) patches() []patch {
	regions := f.grow(func(i int) bool { return f.hot[i] }, func(int, int) bool { return true })
	var out []patch
	for _, r := range regions {
		if len(r.blocks) < 6 {
			break
		}
		p := patch{region: r}
		p.long, p.short = f.extents(r)
		filled := float64(len(r.blocks)) * blockSize * blockSize / (p.long * p.short)
		if r.sum.coherence() < .7 && filled > .6 && p.short >= 2.2*blockSize && p.long < 4.6*p.short {
			out = append(out, p)
		}
	}
	return out
}

// extents are the sides of the rectangle that has the same moments as a region,
// however it is turned.
func (f *field) extents(r region) (long, short float64) {
	var x, y, xx, yy, xy float64
	n := float64(len(r.blocks))
	for _, b := range r.blocks {
		bx, by := float64(b%f.w), float64(b/f.w)
		x, y, xx, yy, xy = x+bx, y+by, xx+bx*bx, yy+by*by, xy+bx*by
	}
	// a block's own variance is 1/12
	vx, vy, c := xx/n-x/n*x/n+1./12, yy/n-y/n*y/n+1./12, xy/n-x/n*y/n
	mid, d := (vx+vy)/2, math.Hypot((vx-vy)/2, c)
	return blockSize * math.Sqrt(12*(mid+d)), blockSize * math.Sqrt(12*max(mid-d, 1./12))
}
