package escpos

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"hallway/devices/printer"
)

func pngOf(t *testing.T, w, h int, at func(x, y int) color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, at(x, y))
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLogo(t *testing.T) {
	black := func(int, int) color.Color { return color.Black }
	small := encode(t, "epson80", printer.Block{Image: &printer.Image{PNG: pngOf(t, 16, 4, black)}})
	if want := unhex(t, "1B 61 01 1D 76 30 00 02 00 04 00 FF FF FF FF FF FF FF FF"); !bytes.Contains(small, want) {
		t.Errorf("% X\ndoes not hold\n% X", small, want)
	}
	wide := encode(t, "epson80", printer.Block{Image: &printer.Image{PNG: pngOf(t, 1152, 8, black)}})
	if want := unhex(t, "1D 76 30 00 48 00 04 00 FF"); !bytes.Contains(wide, want) {
		t.Errorf("a wide one is not made as wide as the paper: % X", wide[:40])
	}
	clear := encode(t, "epson80", printer.Block{Image: &printer.Image{PNG: pngOf(t, 16, 4, func(int, int) color.Color { return color.Transparent })}})
	if bytes.Contains(clear, []byte{0x1D, 0x76}) {
		t.Errorf("what is transparent has ink: % X", clear)
	}
	e := fresh(t, "epson80", nil)
	if err := e.logo(printer.Image{PNG: pngOf(t, 400, 400, func(int, int) color.Color { return color.Gray{0x80} })}); err != nil {
		t.Fatal(err)
	}
	dark := 0
	for _, b := range e.b {
		for ; b != 0; b &= b - 1 {
			dark++
		}
	}
	if share := float64(dark) / (400 * 400); share < 0.4 || share > 0.6 {
		t.Errorf("half grey has %.2f of its dots", share)
	}
	for _, bad := range [][]byte{nil, []byte("GIF89a"), pngOf(t, maxLogo+1, 1, black)} {
		if err := fresh(t, "epson80", nil).logo(printer.Image{PNG: bad}); err == nil {
			t.Errorf("a picture of %d bytes was taken", len(bad))
		}
	}
}

func TestBuzz(t *testing.T) {
	p, err := ProfileNamed("generic80")
	if err != nil {
		t.Fatal(err)
	}
	doc := printer.Document{Blocks: []printer.Block{{Buzz: 3}}}
	for _, c := range []struct {
		buzzer Buzzer
		want   bool
	}{{"", false}, {BuzzNone, false}, {BuzzESCB, true}} {
		p.Buzzer = c.buzzer
		data, _, err := Encode(p, nil, doc)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(data, unhex(t, "1B 42 03 02")); got != c.want {
			t.Errorf("%q: % X", c.buzzer, data)
		}
	}
}
