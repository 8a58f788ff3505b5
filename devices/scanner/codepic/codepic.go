// Package codepic draws codes as a camera sees them: a label on a desk, turned,
// tilted, small, blurred, in uneven light, with the noise of a sensor and the
// losses of JPEG. The camera's simulator shows its pictures and build/codes makes
// the sets of the comparison from them.
//
// Guarantees: the same View of the same text gives the same picture; the label
// with its quiet zone is inside the picture where View.Fits says so.
// Source: the symbologies' own writers are gozxing's; the optics (perspective,
// Gaussian and motion blur, multiplied light, added noise) are the usual model of
// a cheap camera.
package codepic

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"hallway/devices/scanner"
)

// Code is a drawn code, in modules: dark or light.
type Code struct {
	W, H  int
	Quiet int // modules of light around it
	dark  []bool
}

// Dark says whether a module is dark; outside the code nothing is.
func (c *Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.W && y < c.H && c.dark[y*c.W+x]
}

// Make encodes a text. Code 128, Code 39 and EAN-13 are as high as a third of
// their width.
func Make(f scanner.Format, text string) (*Code, error) {
	type writer interface {
		Encode(string, gozxing.BarcodeFormat, int, int, map[gozxing.EncodeHintType]any) (*gozxing.BitMatrix, error)
	}
	kinds := map[scanner.Format]struct {
		w     writer
		f     gozxing.BarcodeFormat
		quiet int
	}{
		scanner.Code128:    {oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, 10},
		scanner.Code39:     {oned.NewCode39Writer(), gozxing.BarcodeFormat_CODE_39, 10},
		scanner.EAN13:      {oned.NewEAN13Writer(), gozxing.BarcodeFormat_EAN_13, 11},
		scanner.QR:         {qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, 4},
		scanner.DataMatrix: {datamatrix.NewDataMatrixWriter(), gozxing.BarcodeFormat_DATA_MATRIX, 2},
	}
	k, ok := kinds[f]
	if !ok {
		return nil, fmt.Errorf("symbology %q cannot be drawn", f)
	}
	m, err := k.w.Encode(text, k.f, 0, 0, map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0})
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", f, err)
	}
	c := &Code{W: m.GetWidth(), H: m.GetHeight(), Quiet: k.quiet}
	if c.H == 1 {
		c.H = c.W / 3
	}
	c.dark = make([]bool, c.W*c.H)
	for y := range c.H {
		for x := range c.W {
			c.dark[y*c.W+x] = m.Get(x, min(y, m.GetHeight()-1))
		}
	}
	return c, nil
}

// View is how the camera sees the label.
type View struct {
	W, H     int     // of the picture, pixels
	X, Y     float64 // the label's middle
	Turn     float64 // degrees, clockwise
	Tilt     float64 // degrees out of the picture's plane
	TiltAxis float64 // degrees
	Module   float64 // pixels
	Blur     float64 // standard deviation, pixels
	Motion   float64 // pixels
	MotionTo float64 // degrees
	Noise    float64 // standard deviation, grey levels
	Ink      float64 // grey levels of ink, of paper, and of the desk
	Paper    float64
	Desk     float64
	Shade    float64 // share of the light that is missing at the dark side, 0 to 1
	ShadeTo  float64 // degrees
	Inverted bool    // light ink on dark paper
	Lines    int     // lines of print on a sheet, where there is no code
	JPEG     int     // quality; 0 keeps the picture as it is
	Seed     uint64  // of the texture and the noise
}

// focal is the camera's focal length in pixels.
const focal = 1100

// plane maps modules (from the code's middle) to pixels.
func (v View) plane() matrix {
	t, a, p := rad(v.Turn), rad(v.TiltAxis), rad(v.Tilt)
	rot := [4]float64{v.Module * math.Cos(t), -v.Module * math.Sin(t), v.Module * math.Sin(t), v.Module * math.Cos(t)}
	n := [2]float64{-math.Sin(a), math.Cos(a)}
	u := [2]float64{n[0]*rot[0] + n[1]*rot[2], n[0]*rot[1] + n[1]*rot[3]}
	k := math.Cos(p) - 1
	m := matrix{
		rot[0] + k*u[0]*n[0], rot[1] + k*u[1]*n[0], 0,
		rot[2] + k*u[0]*n[1], rot[3] + k*u[1]*n[1], 0,
		math.Sin(p) * u[0] / focal, math.Sin(p) * u[1] / focal, 1,
	}
	for i := range 3 {
		m[i] += v.X * m[6+i]
		m[3+i] += v.Y * m[6+i]
	}
	return m
}

// Corners are where the code's corners are in the picture, clockwise from its
// own top left.
func (v View) Corners(c *Code) [4][2]float64 { return v.corners(c, 0) }

func (v View) corners(c *Code, margin float64) [4][2]float64 {
	m, x, y := v.plane(), float64(c.W)/2+margin, float64(c.H)/2+margin
	var out [4][2]float64
	for i, at := range [4][2]float64{{-x, -y}, {x, -y}, {x, y}, {-x, y}} {
		out[i][0], out[i][1] = m.at(at[0], at[1])
	}
	return out
}

// Fits says whether the code and its quiet zone are inside the picture.
func (v View) Fits(c *Code) bool {
	for _, p := range v.corners(c, float64(c.Quiet)) {
		if p[0] < 0 || p[1] < 0 || p[0] > float64(v.W) || p[1] > float64(v.H) {
			return false
		}
	}
	return true
}

// Draw gives the picture of a code; without a code, of the desk.
func (v View) Draw(c *Code) (*image.Gray, error) {
	r := rand.New(rand.NewPCG(v.Seed, 0x636f6465))
	p := newPlane(v.W, v.H)
	p.desk(r, v.Desk)
	if v.Lines > 0 {
		p.print(r, v)
	}
	if c != nil {
		if err := p.label(v, c); err != nil {
			return nil, err
		}
	}
	if v.Motion > 0 {
		p.smear(v.Motion, rad(v.MotionTo))
	}
	if v.Blur > 0 {
		p.blur(v.Blur)
	}
	p.light(v.Shade, rad(v.ShadeTo))
	out := p.grey(r, v.Noise)
	if v.JPEG == 0 {
		return out, nil
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: v.JPEG}); err != nil {
		return nil, fmt.Errorf("encode the picture: %w", err)
	}
	im, err := jpeg.Decode(&b)
	if err != nil {
		return nil, fmt.Errorf("decode the picture: %w", err)
	}
	return im.(*image.Gray), nil
}

func rad(deg float64) float64 { return deg * math.Pi / 180 }
