package escpos

import (
	"slices"

	"hallway/devices/printer"
	"hallway/devices/printer/glyphs"
)

// inline draws one character or word within a line: ESC * 33, columns of 24
// dots.
func (e *encoder) inline(d *glyphs.Dots) {
	e.write(0x1B, 0x2A, 33, byte(d.W), byte(d.W>>8))
	at := len(e.b)
	for x := range d.W {
		for row := range 3 {
			var b byte
			for k := range 8 {
				if d.At(x, row*8+k) != e.mode.invert {
					b |= 0x80 >> k
				}
			}
			e.b = append(e.b, b)
		}
	}
	harmless(e.b[at:])
}

// picture draws a whole line, for what cannot be drawn within one.
func (e *encoder) picture(l line) {
	s := e.mode.scale
	parts := make([]*glyphs.Dots, len(l))
	width := 0
	for i := range l {
		if l[i].class == drawing {
			parts[i] = e.fonts.Word(l[i].word, heightDots*s, e.mode.bold)
		} else {
			parts[i] = e.fonts.Cell(l[i].r, int(l[i].dots)*s, heightDots*s, e.mode.bold)
		}
		width += parts[i].W
	}
	canvas := glyphs.NewDots(min(width, e.p.Dots), heightDots*s+airDots)
	x := 0
	for _, d := range parts {
		canvas.Paste(d, x, 0)
		x += d.W
	}
	if e.mode.invert {
		for i := range canvas.On {
			canvas.On[i] = !canvas.On[i]
		}
	}
	e.raster(canvas)
}

// bandRows keeps picture commands short, so that an unfinished one can be
// filled up (see Printer.clear).
const bandRows = 24

// raster sends a picture in bands (GS v 0), without its white edges: rows above
// and below are fed, columns are left out where that moves nothing, which is on
// both sides equally in the middle of the paper.
func (e *encoder) raster(d *glyphs.Dots) {
	left, top, right, bottom := inked(d)
	if bottom == 0 {
		e.feedDots(d.H)
		return
	}
	switch e.mode.align {
	case printer.Left, "":
		left = 0
	case printer.Right:
		right = d.W
	case printer.Center:
		left = min(left, d.W-right)
		right = d.W - left
	}
	e.feedDots(top)
	e.inks()
	w := right - left
	perRow := (w + 7) / 8
	for ; top < bottom; top += bandRows {
		rows := min(bandRows, bottom-top)
		e.write(0x1D, 0x76, 0x30, 0, byte(perRow), byte(perRow>>8), byte(rows), byte(rows>>8))
		at := len(e.b)
		for y := top; y < top+rows; y++ {
			row := d.On[y*d.W+left : y*d.W+right]
			for x := 0; x < w; x += 8 {
				var b byte
				for k, on := range row[x:min(x+8, w)] {
					if on {
						b |= 0x80 >> k
					}
				}
				e.b = append(e.b, b)
			}
		}
		harmless(e.b[at:])
	}
	e.feedDots(d.H - bottom)
}

// feedDots moves the paper without ink.
func (e *encoder) feedDots(n int) {
	for ; n > 0; n -= 255 {
		e.write(0x1B, 0x4A, byte(min(n, 255)))
	}
}

// inked is the part of a picture that is not white; all 0 without any.
func inked(d *glyphs.Dots) (left, top, right, bottom int) {
	left, top = d.W, d.H
	for y := range d.H {
		row := d.On[y*d.W : (y+1)*d.W]
		x := slices.Index(row, true)
		if x < 0 {
			continue
		}
		left, top, bottom = min(left, x), min(top, y), y+1
		for x = d.W; x > right && !row[x-1]; x-- {
		}
		right = x
	}
	if bottom == 0 {
		return 0, 0, 0, 0
	}
	return left, top, right, bottom
}

// harmless changes a dot where picture data would be taken for a real-time
// command (10 04, 10 05, 10 14: protocol sheet §C.2).
func harmless(data []byte) []byte {
	for i := 0; i+1 < len(data); i++ {
		if data[i] == 0x10 && (data[i+1] == 0x04 || data[i+1] == 0x05 || data[i+1] == 0x14) {
			data[i] = 0x30
		}
	}
	return data
}
