package decode

import (
	"math"
	"slices"

	"hallway/devices/scanner"
)

// perPixel is how many points of a profile lie on a pixel.
const perPixel = 2

// profile is the brightness along a line across the bars.
type profile []float64

// at reads between the points; x is in pixels from the profile's begin.
func (p profile) at(x float64) float64 {
	x *= perPixel
	i := int(x)
	if x < 0 || i+1 >= len(p) {
		return p[min(max(i, 0), len(p)-1)]
	}
	f := x - float64(i)
	return p[i]*(1-f) + p[i+1]*f
}

// margin is how many pixels beside the bars a profile shows: the quiet zone.
const margin = 24

// profileAt is the mean of lines around t, of 2·half+1 pixels height.
func (m Luma) profileAt(b bars, t float64, half int) profile {
	n := int((b.s1 - b.s0 + 2*margin) * perPixel)
	p := make(profile, n)
	for i := range p {
		s := b.s0 - margin + float64(i)/perPixel
		sum := 0.0
		for k := -half; k <= half; k++ {
			u := t + float64(k)
			sum += m.cubic(s*b.dx-u*b.dy-.5, s*b.dy+u*b.dx-.5)
		}
		p[i] = sum / float64(2*half+1)
	}
	return p
}

// reversed is the same profile from its other end.
func (p profile) reversed() profile {
	r := slices.Clone(p)
	slices.Reverse(r)
	return r
}

// edges are where a profile goes from a light stretch into the dark, in pixels:
// where a code may begin.
func (p profile) edges() []float64 {
	lo, hi := slices.Min(p), slices.Max(p)
	if hi-lo < 24 {
		return nil
	}
	var out []float64
	const calm = 5 * perPixel
	for i := calm; i < len(p)*2/3 && len(out) < 6; i++ {
		// the step to the next dark point, against what lies before it
		base := slices.Max(p[i-calm : i])
		low := slices.Min(p[i-calm : i])
		end := min(i+4*perPixel, len(p))
		down := slices.Min(p[i:end])
		if step := base - down; step < .25*(hi-lo) || base-low > .35*step || p[i] < base-.5*step || p[min(i+1, len(p)-1)] >= base-.5*step {
			continue
		}
		half, f := base-.5*(base-down), 0.0
		if d := p[i] - p[i+1]; d > 0 {
			f = (p[i] - half) / d
		}
		out = append(out, (float64(i)+f)/perPixel)
	}
	return out
}

// look is what one profile shows.
type look struct {
	format scanner.Format
	text   string
	fit    float64 // the worst character's
	s0, s1 float64 // from where to where, in pixels of the profile
}

// linear reads one-dimensional codes. A code counts when enough profiles at
// different heights show the same and hardly any shows another.
func (m Luma) linear(b bars, want formats) []Result {
	syms := symbologies(want)
	if len(syms) == 0 {
		return nil
	}
	type key struct {
		f scanner.Format
		t string
	}
	votes := map[key][]look{}
	for round, half := range []int{2, 5, 0} {
		lines := 9
		if round > 0 && b.t1-b.t0 < 4*float64(half) {
			continue
		}
		if len(votes) == 0 && round > 0 {
			lines = 6 - 2*round // nothing so far: a line of print, most often
		}
		for i := range lines {
			// the middle first, then outwards
			at := .5 + .09*float64((i+1)/2)*float64(1-2*(i%2))
			p := m.profileAt(b, b.t0+(b.t1-b.t0)*at, half)
			for _, q := range []profile{p, p.reversed()} {
				for _, l := range read(q, syms) {
					k := key{l.format, l.text}
					votes[k] = append(votes[k], l)
				}
			}
			for k, v := range votes {
				others := 0
				for o, w := range votes {
					if o != k {
						others += len(w)
					}
				}
				if len(v) >= agree(k.f) && len(v) > 3*others {
					return []Result{m.linearResult(b, k.f, k.t)}
				}
			}
		}
	}
	return nil
}

// agree is how many profiles must show the same.
func agree(f scanner.Format) int {
	switch f {
	case scanner.Code128:
		return 2 // has a check character, modulo 103
	default:
		return 3
	}
}

func (m Luma) linearResult(b bars, f scanner.Format, text string) Result {
	at := func(s, t float64) [2]float64 { return [2]float64{s*b.dx - t*b.dy, s*b.dy + t*b.dx} }
	r := Result{Format: f, Bytes: []byte(text), Text: text, AIM: "]C0",
		Corners: [4][2]float64{at(b.s0, b.t0), at(b.s1, b.t0), at(b.s1, b.t1), at(b.s0, b.t1)}}
	switch f {
	case scanner.Code39:
		r.AIM = "]A0"
	case scanner.EAN13:
		r.AIM = "]E0"
	}
	return r
}

// read tries every symbology at every place of a profile where a code may begin.
func read(p profile, syms []symbology) []look {
	var out []look
	for _, s := range syms {
		for _, x := range p.edges() {
			if l, ok := s.read(p, x); ok {
				out = append(out, l)
				break
			}
		}
	}
	return out
}

// symbology is a kind of bars that can be read from a place on.
type symbology interface {
	read(p profile, x float64) (look, bool)
}

// perModule is how many points of a module are compared.
const perModule = 4

// shape is what a character looks like through the blur: points with mean 0 and
// square sum 1.
type shape struct {
	modules float64
	points  []float64
	value   int
}

// blurs are the blurs, in modules, that characters are compared under.
var blurs = []float64{.28, .45, .62}

// shapeOf draws bars and spaces, the first of them dark or not, between what
// stands before and after them (true: dark).
func shapeOf(value int, widths []float64, firstDark, before, after bool, blur float64) shape {
	total := 0.0
	for _, w := range widths {
		total += w
	}
	s := shape{modules: total, value: value, points: make([]float64, int(math.Round(total*perModule)))}
	step := func(d float64) float64 { return .5 * (1 + math.Erf(d/(blur*math.Sqrt2))) }
	for i := range s.points {
		x := (float64(i) + .5) * total / float64(len(s.points))
		v, at, dark, last := 0.0, 0.0, firstDark, before
		if before {
			v = 1
		}
		for _, w := range append(slices.Clone(widths), 0) {
			if w == 0 {
				dark = after
			}
			if dark != last {
				d := step(x - at)
				if !dark {
					d = -d
				}
				v += d
			}
			at, last, dark = at+w, dark, !dark
		}
		s.points[i] = -v // darkness
	}
	normalise(s.points)
	return s
}

func normalise(v []float64) float64 {
	mean := 0.0
	for _, x := range v {
		mean += x
	}
	mean /= float64(len(v))
	sq := 0.0
	for i := range v {
		v[i] -= mean
		sq += v[i] * v[i]
	}
	n := math.Sqrt(sq)
	if n > 1e-9 {
		for i := range v {
			v[i] /= n
		}
	}
	return n
}

// tracker follows a code along a profile, character by character.
type tracker struct {
	p      profile
	x      float64 // where the next character begins
	module float64 // pixels
	worst  float64
	spots  []spot
	power  float64 // contrast of the characters so far
}

// match is how well the best shape fits from a place on, how long a module is
// there, and how much worse the second best fits.
type match struct {
	value  int
	fit    float64
	lead   float64
	x      float64
	module float64
	power  float64
}

var (
	stretches = []float64{0, -.02, .02, -.04, .04}
	shifts    = []float64{0, -.12, .12, -.25, .25}
)

// best compares shapes of equal length at several stretches and shifts.
func (t *tracker) best(shapes []shape, stretches, shifts []float64) match {
	t.look(shapes[0], stretches, shifts)
	return bestOf(t.spots, shapes)
}

// spot is what a profile shows where a character may be, as a shape is drawn.
type spot struct {
	x, module float64
	points    []float64
	power     float64
}

// look fills the spots: the stretches and shifts at which shapes as long as one
// are compared.
func (t *tracker) look(as shape, stretches, shifts []float64) {
	n := len(as.points)
	t.spots = slices.Grow(t.spots[:0], len(stretches)*len(shifts))
	for _, st := range stretches {
		for _, sh := range shifts {
			t.spots = t.spots[:len(t.spots)+1]
			s := &t.spots[len(t.spots)-1]
			s.x, s.module = t.x+sh*t.module, t.module*(1+st)
			s.points = slices.Grow(s.points[:0], n)[:n]
			for i := range s.points {
				s.points[i] = t.p.at(s.x + (float64(i)+.5)*as.modules/float64(n)*s.module)
			}
			s.power = normalise(s.points) / math.Sqrt(float64(n))
		}
	}
}

// bestOf is the shape that fits best at one of the spots.
func bestOf(spots []spot, shapes []shape) match {
	out := match{fit: -1}
	var few [48]float64 // the digits and letters of most symbologies
	scores := few[:]
	if len(shapes) > len(few) {
		scores = make([]float64, len(shapes))
	}
	scores = scores[:len(shapes)]
	for i := range scores {
		scores[i] = -1
	}
	for _, spot := range spots {
		for k, s := range shapes {
			dot := 0.0
			for i, v := range spot.points {
				dot += v * s.points[i]
			}
			scores[k] = max(scores[k], dot)
			if dot > out.fit {
				out = match{value: s.value, fit: dot, x: spot.x, module: spot.module, power: spot.power}
			}
		}
	}
	second := -1.0
	for k, s := range scores {
		if shapes[k].value != out.value {
			second = max(second, s)
		}
	}
	out.lead = out.fit - second
	return out
}

// take moves past a character.
func (t *tracker) take(m match, modules float64) {
	t.x = m.x + m.module*modules
	t.module += .5 * (m.module - t.module)
	t.worst = min(t.worst, m.fit)
	t.power = max(t.power, m.power)
}

// light says whether so many modules from x on are a quiet zone: as flat as
// nothing inside the code is.
func (t *tracker) light(x, modules float64) bool {
	from, to := x, x+modules*t.module
	lo, hi := 256.0, 0.0
	for s := from; s <= to; s += .5 {
		v := t.p.at(s)
		lo, hi = min(lo, v), max(hi, v)
	}
	return hi-lo < 1.4*t.power
}
