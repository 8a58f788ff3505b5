package decode

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"hallway/build/fuzz"
	"hallway/devices/scanner"
	"hallway/devices/scanner/codepic"
)

func luma(im *image.Gray) Luma {
	return Luma{Pix: im.Pix, W: im.Rect.Dx(), H: im.Rect.Dy(), Stride: im.Stride}
}

// plain is an easy view: 3 pixels a module, hardly turned.
func plain() codepic.View {
	return codepic.View{W: 640, H: 480, X: 320, Y: 240, Turn: 7, Module: 2.6, Blur: .6, Noise: 2, Ink: 40, Paper: 210, Desk: 120, Seed: 1}
}

func draw(t testing.TB, v codepic.View, f scanner.Format, text string) Luma {
	t.Helper()
	c, err := codepic.Make(f, text)
	if err != nil {
		t.Fatal(err)
	}
	return show(t, v, c)
}

func show(t testing.TB, v codepic.View, c *codepic.Code) Luma {
	t.Helper()
	if !v.Fits(c) {
		t.Fatal("the code does not fit the picture")
	}
	im, err := v.Draw(c)
	if err != nil {
		t.Fatal(err)
	}
	return luma(im)
}

// one wants exactly one code.
func one(t testing.TB, m Luma, f scanner.Format, text string) Result {
	t.Helper()
	got := Read(m, Options{})
	if len(got) != 1 || got[0].Format != f || got[0].Text != text {
		t.Fatalf("read %+v, the picture shows %s %q", got, f, text)
	}
	return got[0]
}

func TestEverySymbology(t *testing.T) {
	for _, tc := range []struct {
		f         scanner.Format
		text, aim string
	}{
		{scanner.Code128, "HW-2026 abc~", "]C0"},
		{scanner.Code128, "123456789012", "]C0"},
		{scanner.Code128, "AB123456cd", "]C0"},
		{scanner.EAN13, "6901234567892", "]E0"},
		{scanner.EAN13, "0012345678905", "]E0"},
		{scanner.Code39, "A-Z 0.9$/+%", "]A0"},
		{scanner.QR, "https://hall.example/q?n=A012", "]Q1"},
		{scanner.QR, "0123456789", "]Q1"},
		{scanner.QR, "HELLO WORLD/:", "]Q1"},
		{scanner.DataMatrix, "A", "]d1"},
		{scanner.DataMatrix, "HW1.A.37010001.20261123.VLHXQLRDETLXW and some more", "]d1"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			r := one(t, draw(t, plain(), tc.f, tc.text), tc.f, tc.text)
			if r.AIM != tc.aim || string(r.Bytes) != tc.text {
				t.Errorf("AIM %s, bytes %q", r.AIM, r.Bytes)
			}
		})
	}
}

func TestAnyAngle(t *testing.T) {
	step := 72.0
	if testing.Short() {
		step = 120
	}
	for _, f := range scanner.Formats() {
		text := map[scanner.Format]string{scanner.EAN13: "6923450657713"}[f]
		if text == "" {
			text = "HW123456"
		}
		for turn := 0.0; turn < 360; turn += step {
			v := plain()
			v.Turn = turn + 1
			v.Tilt, v.TiltAxis, v.Shade, v.ShadeTo = 15, turn, .5, turn
			one(t, draw(t, v, f, text), f, text)
		}
	}
}

// TestBytes: the bytes of a code are text by ECI, UTF-8 or GB18030 (protocol
// sheet §B.5).
func TestBytes(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("示例市政务服务中心")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ bytes, text string }{
		"GB18030": {gbk, "示例市政务服务中心"},
		"UTF-8":   {"厅通𠮷", "厅通𠮷"},
		"control": {"A\x1dB\x02\u202eC", "ABC"},
		"neither": {"\xff\xff\xfe", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := codepic.MakeBytes([]byte(tc.bytes))
			if err != nil {
				t.Fatal(err)
			}
			r := one(t, show(t, plain(), c), scanner.QR, tc.text)
			if string(r.Bytes) != tc.bytes {
				t.Errorf("bytes %x, want %x", r.Bytes, tc.bytes)
			}
		})
	}
}

func TestLightOnDark(t *testing.T) {
	v := plain()
	v.Inverted = true
	for _, f := range []scanner.Format{scanner.QR, scanner.DataMatrix} {
		one(t, draw(t, v, f, "HW123456"), f, "HW123456")
	}
}

func TestOnlyWhatIsWanted(t *testing.T) {
	m := draw(t, plain(), scanner.Code39, "HW123456")
	for _, f := range scanner.Formats() {
		if got := Read(m, Options{Formats: []scanner.Format{f}}); (len(got) > 0) != (f == scanner.Code39) {
			t.Errorf("looking for %s: %+v", f, got)
		}
	}
}

// TestNothingWhereNothingIs: sheets of print, bars that are no code, noise.
func TestNothingWhereNothingIs(t *testing.T) {
	seeds := uint64(5)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		v := codepic.View{W: 640, H: 480, Desk: 120, Ink: 40, Paper: 210, Lines: 2 + int(seed), Noise: 3, Blur: .7, Seed: seed}
		im, err := v.Draw(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := Read(luma(im), Options{}); got != nil {
			t.Errorf("print, seed %d: %+v", seed, got)
		}
		r := rand.New(rand.NewPCG(seed, 1))
		for kind, paint := range map[string]func(m Luma){"random bars": stripes(r), "random modules": modules(r)} {
			m := Luma{Pix: make([]byte, 640*480), W: 640, H: 480, Stride: 640}
			for i := range m.Pix {
				m.Pix[i] = 200
			}
			paint(m)
			if got := Read(m, Options{}); got != nil {
				t.Errorf("%s, seed %d: %+v", kind, seed, got)
			}
		}
	}
}

func stripes(r *rand.Rand) func(Luma) {
	return func(m Luma) {
		for x := 100; x < 500; {
			w := 2 + 2*r.IntN(4)
			if x/2%3 != 0 {
				for y := 150; y < 300; y++ {
					for k := range w {
						m.Pix[y*m.Stride+x+k] = 40
					}
				}
			}
			x += w + 2 + 2*r.IntN(3)
		}
	}
}

func modules(r *rand.Rand) func(Luma) {
	return func(m Luma) {
		for by := range 25 {
			for bx := range 25 {
				if r.IntN(2) == 0 {
					continue
				}
				for i := range 36 {
					m.Pix[(150+6*by+i/6)*m.Stride+200+6*bx+i%6] = 40
				}
			}
		}
	}
}

// TestDamage: whatever is put over a code, it is read right or not at all.
func TestDamage(t *testing.T) {
	if testing.Short() {
		fuzz.Rounds(t, 12)
	}
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom(scanner.Formats()).Draw(rt, "format")
		text := "6923450657713"
		if f != scanner.EAN13 {
			text = rapid.StringMatching(`[A-Z0-9]{4,8}`).Draw(rt, "text")
		}
		v := plain()
		v.W, v.H, v.X, v.Y, v.Module = 400, 400, 200, 200, 1.9 // eight characters of Code 39 fit at any turn
		v.Turn = rapid.Float64Range(0, 360).Draw(rt, "turn")
		v.Blur = rapid.Float64Range(.3, 2).Draw(rt, "blur")
		m := draw(t, v, f, text)
		for range rapid.IntRange(0, 6).Draw(rt, "spots") {
			x, y := rapid.IntRange(60, 340).Draw(rt, "x"), rapid.IntRange(60, 340).Draw(rt, "y")
			w, h := rapid.IntRange(1, 40).Draw(rt, "w"), rapid.IntRange(1, 40).Draw(rt, "h")
			level := byte(rapid.IntRange(0, 255).Draw(rt, "level"))
			for yy := y; yy < min(y+h, m.H); yy++ {
				for xx := x; xx < min(x+w, m.W); xx++ {
					m.Pix[yy*m.Stride+xx] = level
				}
			}
		}
		for _, r := range Read(m, Options{}) {
			if r.Format != f || r.Text != text {
				rt.Fatalf("read %s %q, the picture shows %s %q", r.Format, r.Text, f, text)
			}
		}
	})
}

// TestNoDataMatrixInAQR: the check words of a small Data Matrix would confirm what
// is in this QR code, turned as it is; its border is not there.
func TestNoDataMatrixInAQR(t *testing.T) {
	v := plain()
	v.W, v.H, v.X, v.Y, v.Module, v.Turn, v.Blur = 360, 300, 180, 150, 1.9, 1.0808570773506965, .8984375
	m := draw(t, v, scanner.QR, "KCK3")
	for _, want := range [][]scanner.Format{nil, {scanner.DataMatrix}} {
		for _, r := range Read(m, Options{Formats: want}) {
			if r.Format != scanner.QR || r.Text != "KCK3" {
				t.Errorf("read %s %q", r.Format, r.Text)
			}
		}
	}
}

// FuzzRead: pictures of any bytes and size.
func FuzzRead(f *testing.F) {
	im, err := plain().Draw(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(im.Pix[:64*64], uint8(64))
	f.Add([]byte{0}, uint8(1))
	fuzz.Run(f, func(t *testing.T, pix []byte, w uint8) {
		if w == 0 {
			return
		}
		m := Luma{Pix: pix, W: int(w), Stride: int(w), H: len(pix) / int(w)}
		for _, r := range Read(m, Options{}) {
			if !utf8.ValidString(r.Text) {
				t.Errorf("%q is no text", r.Text)
			}
		}
	})
}

// FuzzQRBytes: data of any bytes.
func FuzzQRBytes(f *testing.F) {
	f.Add([]byte{0x40, 0x14, 0x10}, 1)
	f.Add([]byte{0x71, 0xa4, 0x02, 0x41, 0x42}, 10)
	f.Add([]byte{0x10, 0x10, 0x7b, 0x20, 0x0a}, 27)
	fuzz.Run(f, func(t *testing.T, raw []byte, version int) {
		data, eci, err := qrBytes(raw, version)
		if err != nil {
			return
		}
		for _, e := range eci {
			if e.from > len(data) {
				t.Fatalf("ECI at %d of %d bytes", e.from, len(data))
			}
		}
		if s := textOf(data, eci); !utf8.ValidString(s) {
			t.Errorf("%q is no text", s)
		}
	})
}

func TestQRData(t *testing.T) {
	for _, tc := range []struct {
		raw  []byte
		want string
	}{
		{[]byte{0x40, 0x24, 0x14, 0x20}, "AB"},  // bytes
		{[]byte{0x10, 0x0c, 0x7b, 0x00}, "123"}, // three digits in ten bits
	} {
		got, _, err := qrBytes(tc.raw, 1)
		if err != nil || string(got) != tc.want {
			t.Errorf("%x: %q, %v; want %q", tc.raw, got, err, tc.want)
		}
	}
	for _, bad := range [][]byte{{0x40, 0xff, 0x41}, {0x11, 0xff, 0xff}, {0x80, 0x24, 0x14}} {
		if got, _, err := qrBytes(bad, 1); err == nil {
			t.Errorf("%x: %q", bad, got)
		}
	}
}

func BenchmarkEmptyFrame(b *testing.B) {
	for _, lines := range []int{0, 10} {
		v := codepic.View{W: 1280, H: 720, Desk: 120, Ink: 40, Paper: 210, Lines: lines, Noise: 4, Blur: .7, Seed: 3}
		im, err := v.Draw(nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%d lines", lines), func(b *testing.B) {
			for b.Loop() {
				Read(luma(im), Options{})
			}
		})
	}
}
