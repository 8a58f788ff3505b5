package escpos

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/png" // logos are PNG

	"golang.org/x/image/draw"

	"hallway/devices/printer"
	"hallway/devices/printer/glyphs"
)

// Largest logo that is taken, in pixels each way; more is nobody's logo.
const maxLogo = 4000

// logo prints a picture in the middle of the paper: made smaller where it is too
// wide, never larger, in dots as dense as it is dark.
func (e *encoder) logo(m printer.Image) error {
	head, _, err := image.DecodeConfig(bytes.NewReader(m.PNG))
	if err != nil {
		return fmt.Errorf("the logo cannot be read: give a PNG: %w", err)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxLogo || head.Height > maxLogo {
		return fmt.Errorf("the logo has %d × %d pixels: 1 to %d each way", head.Width, head.Height, maxLogo)
	}
	img, _, err := image.Decode(bytes.NewReader(m.PNG))
	if err != nil {
		return fmt.Errorf("the logo cannot be read: give a PNG: %w", err)
	}
	w, h := head.Width, head.Height
	if w > e.p.Dots {
		w, h = e.p.Dots, max(1, h*e.p.Dots/w)
	}
	gray := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(gray, gray.Rect, image.White, image.Point{}, draw.Src) // below what is transparent
	draw.CatmullRom.Scale(gray, gray.Rect, img, img.Bounds(), draw.Over, nil)
	one := image.NewPaletted(gray.Rect, color.Palette{color.White, color.Black})
	draw.FloydSteinberg.Draw(one, one.Rect, gray, image.Point{})
	d := glyphs.NewDots(w, h)
	for i := range d.On {
		d.On[i] = one.Pix[i] == 1
	}
	e.set(mode{align: printer.Center, scale: 1})
	e.raster(d)
	return nil
}

// buzz makes the printer heard so many times, where it can be (protocol sheet
// §C.1, ESC B).
func (e *encoder) buzz(times int) {
	if e.p.Buzzer == BuzzESCB {
		e.write(0x1B, 0x42, byte(min(max(times, 1), 9)), 2)
	}
}
