package decode

import (
	"math"
	"slices"
	"sync"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"

	"hallway/devices/scanner"
)

// qr reads the QR codes of a region: finder patterns by gozxing on enlarged
// pieces, then the corners by the fixed modules, then the modules themselves from
// the grey picture. seen says that there is a QR code, whether it could be read or
// not.
func (m Luma) qr(r region) (out []Result, seen bool) {
	pad := 2 * blockSize
	side := max(r.x1-r.x0, r.y1-r.y0) + 2*pad
	tried := map[[6]int]bool{}
	scales := []int{2, 3, 1}
	if side > 350 {
		scales = []int{1, 2}
	}
	for i, scale := range scales {
		if scale == 1 && side < 90 || scale*side > 1400 {
			continue
		}
		c := m.enlarge(r.x0-pad, r.y0-pad, r.x1+pad, r.y1+pad, scale)
		for _, reach := range []int{max(c.w, c.h) / 8, 12 * scale} {
			c.split(reach)
			for _, inverted := range []bool{false, true} {
				if inverted && i > 0 {
					continue
				}
				for _, t := range c.triples(inverted) {
					if tried[t.key()] {
						continue
					}
					tried[t.key()] = true
					res, fit, ok := m.qrAt(t, inverted)
					if ok {
						return []Result{res}, true
					}
					seen = seen || fit > .6
				}
			}
		}
	}
	return nil, seen
}

// triple are the middles of three finder patterns, in the picture.
type triple struct {
	tl, tr, bl point
	module     float64
	badness    float64
}

// key is the same for triples that are nearly the same.
func (t triple) key() [6]int {
	k := func(v float64) int { return int(math.Round(v / 2)) }
	return [6]int{k(t.tl.x), k(t.tl.y), k(t.tr.x), k(t.tr.y), k(t.bl.x), k(t.bl.y)}
}

// triples are sets of finder patterns that can belong together, the most regular
// first.
func (c *crop) triples(inverted bool) []triple {
	bm := c.matrix(inverted)
	if bm == nil {
		return nil
	}
	f := detector.NewFinderPatternFinder(bm, nil)
	_, _ = f.Find(nil) // it wants three and gives its own choice; the patterns it saw are enough here
	seen := slices.Clone(f.GetPossibleCenters())
	slices.SortFunc(seen, func(a, b *detector.FinderPattern) int { return b.GetCount() - a.GetCount() })
	seen = seen[:min(len(seen), 9)]
	var out []triple
	for i := range seen {
		for j := range seen {
			for k := j + 1; k < len(seen); k++ {
				if i == j || i == k {
					continue
				}
				if t, ok := c.tripleOf(seen[i], seen[j], seen[k]); ok {
					out = append(out, t)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b triple) int {
		if a.badness < b.badness {
			return -1
		}
		return 1
	})
	return out[:min(len(out), 4)]
}

func (c *crop) tripleOf(tl, a, b *detector.FinderPattern) (triple, bool) {
	at := func(f *detector.FinderPattern) point { return c.toPicture(point{f.GetX(), f.GetY()}) }
	t := triple{tl: at(tl), tr: at(a), bl: at(b)}
	u, v := t.tr.sub(t.tl), t.bl.sub(t.tl)
	if u.cross(v) < 0 {
		t.tr, t.bl, u, v = t.bl, t.tr, v, u
	}
	sizes := []float64{tl.GetEstimatedModuleSize(), a.GetEstimatedModuleSize(), b.GetEstimatedModuleSize()}
	t.module = (sizes[0] + sizes[1] + sizes[2]) / 3 / float64(c.scale)
	lu, lv := u.len(), v.len()
	if t.module <= 0 || min(lu, lv) < 10*t.module || max(lu, lv) > 200*t.module {
		return t, false
	}
	skew := math.Abs(u.dot(v)) / (lu * lv)
	uneven := math.Abs(lu-lv) / max(lu, lv)
	spread := (slices.Max(sizes) - slices.Min(sizes)) / slices.Max(sizes)
	t.badness = skew + uneven + .7*spread
	return t, skew < .35 && uneven < .3 && spread < .55
}

// qrAt reads the code that three finder patterns belong to, and says how well the
// fixed modules fit.
func (m Luma) qrAt(t triple, inverted bool) (r Result, best float64, ok bool) {
	u, v := t.tr.sub(t.tl), t.bl.sub(t.tl)
	guess := (u.len()+v.len())/(2*t.module) + 7
	type option struct {
		q   quad
		fit float64
		l   *layout
	}
	var options []option
	first := int(math.Round((guess - 17) / 4))
	reach := 1 + first/6
	for version := first - reach; version <= first+reach; version++ {
		if version < 1 || version > 40 {
			continue
		}
		l := qrLayout(version)
		q := cornersOf(t, l.w)
		module := (u.len() + v.len()) / 2 / float64(l.w-7)
		q = m.search(q, 2, l, module, 2)
		fit := m.fit(q, l)
		options = append(options, option{q, fit, l})
	}
	if inverted {
		for i := range options {
			options[i].fit = -options[i].fit
		}
	}
	slices.SortFunc(options, func(a, b option) int {
		if a.fit > b.fit {
			return -1
		}
		return 1
	})
	for _, o := range options[:min(len(options), 3)] {
		view := m
		if inverted {
			view = m.negative()
		}
		module := (u.len() + v.len()) / 2 / float64(o.l.w-7)
		q, fit := view.refine(o.q, o.l, module/2)
		best = max(best, fit)
		if fit < .6 {
			continue
		}
		if r, ok := view.qrRead(q, o.l); ok {
			return r, best, true
		}
	}
	return Result{}, best, false
}

// negative is the picture with dark and light changed.
func (m Luma) negative() Luma {
	m.inverted = !m.inverted
	return m
}

// cornersOf are the outer corners of a code of n modules whose finder patterns'
// middles are known.
func cornersOf(t triple, n int) quad {
	k := 1 / float64(n-7)
	u, v := t.tr.sub(t.tl).mul(k), t.bl.sub(t.tl).mul(k)
	at := func(x, y float64) point { return t.tl.add(u.mul(x - 3.5)).add(v.mul(y - 3.5)) }
	s := float64(n)
	return quad{at(0, 0), at(s, 0), at(s, s), at(0, s)}
}

func (m Luma) qrRead(q quad, l *layout) (Result, bool) {
	v := m.sample(q, l.w, l.h)
	for _, a := range attempts {
		b := bits(sharpened(v, l.w, l.h, a.share), l.w, l.h, a.reach, false)
		if b == nil {
			return Result{}, false
		}
		for _, k := range l.known {
			if k.x < 0 || k.y < 0 || k.x >= l.w || k.y >= l.h {
				continue
			}
			if b.Get(k.x, k.y) != k.dark {
				b.Flip(k.x, k.y)
			}
		}
		res, err := decoder.NewDecoder().DecodeWithoutHint(b)
		if err != nil {
			continue
		}
		data, eci, err := qrBytes(res.GetRawBytes(), (l.w-17)/4)
		if err != nil {
			continue
		}
		return textResult(scanner.QR, data, eci, q), true
	}
	return Result{}, false
}

// qrLayouts are made by the first code of their version.
var qrLayouts = func() (out [41]func() *layout) {
	for v := range out {
		out[v] = sync.OnceValue(func() *layout { return makeQR(v) })
	}
	return out
}()

func qrLayout(version int) *layout { return qrLayouts[version]() }

// makeQR lists finder patterns with their separators, timing, the alignment
// patterns, and the quiet zone beside them (ISO/IEC 18004).
func makeQR(version int) *layout {
	n := 17 + 4*version
	l := &layout{w: n, h: n}
	finder := func(x0, y0 int) {
		for y := -1; y <= 7; y++ {
			for x := -1; x <= 7; x++ {
				d := max(max(x-3, 3-x), max(y-3, 3-y))
				l.known = append(l.known, known{x0 + x, y0 + y, d <= 1 || d == 3})
			}
		}
	}
	finder(0, 0)
	finder(n-7, 0)
	finder(0, n-7)
	for i := 8; i < n-8; i++ {
		l.known = append(l.known, known{i, 6, i%2 == 0}, known{6, i, i%2 == 0})
	}
	ver, err := decoder.Version_GetVersionForNumber(version)
	if err != nil {
		return l
	}
	at := ver.GetAlignmentPatternCenters()
	for _, cy := range at {
		for _, cx := range at {
			if cx == 6 && cy == 6 || cx == 6 && cy == n-7 || cx == n-7 && cy == 6 {
				continue
			}
			for y := -2; y <= 2; y++ {
				for x := -2; x <= 2; x++ {
					l.known = append(l.known, known{cx + x, cy + y, max(max(x, -x), max(y, -y)) != 1})
				}
			}
		}
	}
	for i := 8; i < n; i++ {
		l.known = append(l.known, known{n, i, false}, known{i, n, false})
	}
	return l
}
