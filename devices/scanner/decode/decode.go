package decode

import (
	"hallway/devices/scanner"
)

// Luma is a grey picture, one byte a pixel.
type Luma struct {
	Pix    []byte
	W, H   int
	Stride int

	inverted bool // looked at as its negative
}

// Options of a reading.
type Options struct {
	Formats []scanner.Format // nil: all
}

// Result is one code that was read.
type Result struct {
	Format  scanner.Format
	AIM     string
	Bytes   []byte // as they are in the code
	Text    string
	Corners [4][2]float64 // roughly, in pixels
}

type formats map[scanner.Format]bool

// mostRegions is how many places of a frame are looked at, the biggest first.
const mostRegions = 8

// Read reads the codes of a picture.
func Read(m Luma, o Options) []Result {
	if o.Formats == nil {
		o.Formats = scanner.Formats()
	}
	want := formats{}
	for _, f := range o.Formats {
		want[f] = true
	}
	if m.W < 4*blockSize || m.H < 4*blockSize || len(m.Pix) < m.Stride*(m.H-1)+m.W {
		return nil
	}
	f := newField(m)
	var out []Result
	if want[scanner.Code128] || want[scanner.Code39] || want[scanner.EAN13] {
		for i, b := range f.bars() {
			if i == mostRegions {
				break
			}
			out = append(out, m.linear(b, want)...)
		}
	}
	if want[scanner.QR] || want[scanner.DataMatrix] {
		for i, r := range f.patches() {
			if i == mostRegions {
				break
			}
			var found []Result
			isQR := false
			// Where QR is not wanted, one must not be taken for a Data Matrix either.
			if r.short >= 3.2*blockSize && r.long < 1.8*r.short {
				found, isQR = m.qr(r.region)
			}
			if want[scanner.DataMatrix] && !isQR {
				found = m.dataMatrix(r)
			}
			if len(found) > 0 && !want[found[0].Format] {
				found = nil
			}
			out = append(out, found...)
		}
	}
	return out
}

// cubic reads between pixels, by Catmull and Rom's curve in both directions.
func (m Luma) cubic(x, y float64) float64 {
	x, y = within(x, 1, float64(m.W-3)), within(y, 1, float64(m.H-3))
	ix, iy := int(x), int(y)
	wx, wy := weights(x-float64(ix)), weights(y-float64(iy))
	sum := 0.0
	for j := range 4 {
		row := m.Pix[(iy-1+j)*m.Stride+ix-1:]
		sum += wy[j] * (wx[0]*float64(row[0]) + wx[1]*float64(row[1]) + wx[2]*float64(row[2]) + wx[3]*float64(row[3]))
	}
	return sum
}

func weights(f float64) [4]float64 {
	return [4]float64{
		f * (-.5 + f*(1-.5*f)),
		1 + f*f*(-2.5+1.5*f),
		f * (.5 + f*(2-1.5*f)),
		f * f * (-.5 + .5*f),
	}
}
