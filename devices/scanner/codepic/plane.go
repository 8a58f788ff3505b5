package codepic

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
)

// matrix is a projective map of the plane, by rows.
type matrix [9]float64

func (m matrix) at(x, y float64) (float64, float64) {
	w := m[6]*x + m[7]*y + m[8]
	return (m[0]*x + m[1]*y + m[2]) / w, (m[3]*x + m[4]*y + m[5]) / w
}

func (m matrix) inverse() (matrix, error) {
	a := matrix{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
	d := m[0]*a[0] + m[1]*a[3] + m[2]*a[6]
	if math.Abs(d) < 1e-12 {
		return matrix{}, errors.New("the label is seen from its edge")
	}
	for i := range a {
		a[i] /= d
	}
	return a, nil
}

// plane is a picture before it is rounded.
type plane struct {
	w, h int
	v    []float64
}

func newPlane(w, h int) *plane { return &plane{w: w, h: h, v: make([]float64, w*h)} }

// desk paints what lies under the label: waves of several lengths, as wood and
// cloth have, and some hard edges.
func (p *plane) desk(r *rand.Rand, level float64) {
	type wave struct{ x, y, phase, size float64 }
	var waves []wave
	for range 6 {
		a, k := r.Float64()*2*math.Pi, 2*math.Pi/(4+r.Float64()*60)
		waves = append(waves, wave{math.Cos(a) * k, math.Sin(a) * k, r.Float64() * 6, 3 + r.Float64()*6})
	}
	for y := range p.h {
		for x := range p.w {
			s := level
			for _, w := range waves {
				s += w.size * math.Sin(w.x*float64(x)+w.y*float64(y)+w.phase)
			}
			p.v[y*p.w+x] = s
		}
	}
	for range 12 {
		w, h := 5+r.IntN(p.w/6), 2+r.IntN(p.h/12)
		x0, y0, d := r.IntN(p.w), r.IntN(p.h), r.Float64()*80-40
		for y := y0; y < min(y0+h, p.h); y++ {
			for x := x0; x < min(x0+w, p.w); x++ {
				p.v[y*p.w+x] += d
			}
		}
	}
}

// print lays a sheet over the desk with lines of strokes as close as those of
// printed characters.
func (p *plane) print(r *rand.Rand, v View) {
	fill := func(x0, y0, w, h int, level float64) {
		for y := max(y0, 0); y < min(y0+h, p.h); y++ {
			for x := max(x0, 0); x < min(x0+w, p.w); x++ {
				p.v[y*p.w+x] = level
			}
		}
	}
	size := 10 + r.IntN(14) // of a character
	w, h := p.w*3/5, min((v.Lines+2)*size*2, p.h)
	left, top := r.IntN(p.w-w), r.IntN(p.h-h+1)
	fill(left, top, w, h, v.Paper)
	for line := range v.Lines {
		y := top + size + line*size*2
		for x := left + size; x < left+w-2*size; x += size + size/6 {
			for range 3 + r.IntN(6) {
				thick := 1 + size/10
				if a, b := x+r.IntN(size), y+r.IntN(size); r.IntN(2) == 0 {
					fill(a, y+r.IntN(size/2), thick, size/2, v.Ink)
				} else {
					fill(x+r.IntN(size/2), b, size/2, thick, v.Ink)
				}
			}
		}
	}
}

// fine is how many points across a pixel are looked at.
const fine = 4

// label lays the code over the desk.
func (p *plane) label(v View, c *Code) error {
	inv, err := v.plane().inverse()
	if err != nil {
		return err
	}
	ink, paper := v.Ink, v.Paper
	if v.Inverted {
		ink, paper = paper, ink
	}
	hw, hh, q := float64(c.W)/2, float64(c.H)/2, float64(c.Quiet)
	for y := range p.h {
		for x := range p.w {
			if mx, my := inv.at(float64(x)+.5, float64(y)+.5); math.Abs(mx) > hw+q+3 || math.Abs(my) > hh+q+3 {
				continue
			}
			sum, desk := 0.0, p.v[y*p.w+x]
			for i := range fine * fine {
				mx, my := inv.at(float64(x)+(float64(i%fine)+.5)/fine, float64(y)+(float64(i/fine)+.5)/fine)
				switch {
				case math.Abs(mx) > hw+q || math.Abs(my) > hh+q:
					sum += desk
				case c.Dark(int(math.Floor(mx+hw)), int(math.Floor(my+hh))):
					sum += ink
				default:
					sum += paper
				}
			}
			p.v[y*p.w+x] = sum / (fine * fine)
		}
	}
	return nil
}

// blur is a Gaussian.
func (p *plane) blur(sigma float64) {
	n := int(math.Ceil(3 * sigma))
	k := make([]float64, 2*n+1)
	sum := 0.0
	for i := range k {
		d := float64(i - n)
		k[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += k[i]
	}
	for i := range k {
		k[i] /= sum
	}
	p.along(k, n, 1, 0)
	p.along(k, n, 0, 1)
}

func (p *plane) along(k []float64, n, dx, dy int) {
	out := make([]float64, len(p.v))
	for y := range p.h {
		for x := range p.w {
			s := 0.0
			for i, f := range k {
				xx := min(max(x+(i-n)*dx, 0), p.w-1)
				yy := min(max(y+(i-n)*dy, 0), p.h-1)
				s += f * p.v[yy*p.w+xx]
			}
			out[y*p.w+x] = s
		}
	}
	p.v = out
}

// smear is a movement while the shutter is open.
func (p *plane) smear(length, angle float64) {
	n := int(math.Ceil(length*2)) + 1
	out := make([]float64, len(p.v))
	for i := range n {
		d := length * (float64(i)/float64(n-1) - .5)
		dx, dy := d*math.Cos(angle), d*math.Sin(angle)
		for y := range p.h {
			for x := range p.w {
				out[y*p.w+x] += p.sample(float64(x)+dx, float64(y)+dy) / float64(n)
			}
		}
	}
	p.v = out
}

func (p *plane) sample(x, y float64) float64 {
	x, y = min(max(x, 0), float64(p.w-1)), min(max(y, 0), float64(p.h-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, p.w-1), min(y0+1, p.h-1)
	fx, fy := x-float64(x0), y-float64(y0)
	return (p.v[y0*p.w+x0]*(1-fx)+p.v[y0*p.w+x1]*fx)*(1-fy) + (p.v[y1*p.w+x0]*(1-fx)+p.v[y1*p.w+x1]*fx)*fy
}

// light takes a share of the light away, from nothing at one side to all of the
// share at the other.
func (p *plane) light(share, angle float64) {
	if share == 0 {
		return
	}
	dx, dy := math.Cos(angle), math.Sin(angle)
	half := (math.Abs(dx)*float64(p.w) + math.Abs(dy)*float64(p.h)) / 2
	for y := range p.h {
		for x := range p.w {
			d := ((float64(x)-float64(p.w)/2)*dx + (float64(y)-float64(p.h)/2)*dy) / half
			p.v[y*p.w+x] *= 1 - share*(d+1)/2
		}
	}
}

func (p *plane) grey(r *rand.Rand, noise float64) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, p.w, p.h))
	for i, s := range p.v {
		out.Pix[i] = uint8(min(max(math.Round(s+noise*r.NormFloat64()), 0), 255))
	}
	return out
}
