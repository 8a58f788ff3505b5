package escpos

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"hallway/devices/printer"
	"hallway/devices/printer/glyphs"
)

// Commands, protocol sheet §C.1 and §C.2.
var (
	cmdInit        = []byte{0x1B, 0x40}
	cmdStatusBack  = []byte{0x1D, 0x61, 0x0E} // on/off-line, errors, paper
	cmdPaperAnswer = []byte{0x1D, 0x72, 0x01}
	cmdQuiet       = []byte{0x1B, 0x4A, 20} // white paper under a QR code
	cmdSmooth      = []byte{0x1D, 0x62, 0x01}
)

// ErrTooWide says that a bar code does not fit on the paper.
var ErrTooWide = errors.New("the bar code is wider than the paper: print less data or use wider paper")

// encoder turns a document into the bytes of one printer.
type encoder struct {
	p     *Profile
	fonts *glyphs.Set
	b     bytes.Buffer
	ink   int // offset of the first byte that can blacken paper, -1 before
	mode  mode
}

// mode is what the printer has been told about the text to come.
type mode struct {
	align  printer.Align
	scale  int
	bold   bool
	invert bool
}

// Encode gives the bytes that print a document once, without status
// questions, and the offset of the first byte that puts ink on paper: a job
// that was cut before it has certainly printed nothing.
func Encode(p Profile, fonts *glyphs.Set, doc printer.Document) (data []byte, ink int, err error) {
	if fonts == nil {
		fonts = glyphs.System()
	}
	e := &encoder{p: &p, fonts: fonts, ink: -1}
	e.start()
	for i, b := range doc.Blocks {
		if err := e.block(b); err != nil {
			return nil, 0, fmt.Errorf("block %d of %q: %w", i+1, doc.Title, err)
		}
	}
	e.set(mode{align: printer.Left, scale: 1})
	e.finish(doc.Cut)
	if e.ink < 0 {
		e.ink = e.b.Len()
	}
	return e.b.Bytes(), e.ink, nil
}

// start puts the printer into the state that every command below expects. The
// status answers are asked for again because initialising may end them.
func (e *encoder) start() {
	e.b.Write(cmdInit)
	e.b.Write(cmdStatusBack)
	e.b.Write(e.p.Chinese)
	if e.p.Smooth {
		e.b.Write(cmdSmooth)
	}
	e.b.Write([]byte{0x1B, 0x33, heightDots + airDots})
	e.mode = mode{align: printer.Left, scale: 1}
}

func (e *encoder) finish(cut bool) {
	switch {
	case !cut || e.p.Cutter == NoCutter:
		e.b.Write([]byte{0x1B, 0x64, byte(max(1, e.p.Tail))})
	case e.p.Cutter == Full:
		e.b.Write([]byte{0x1D, 0x56, 0x41, byte(e.p.Tail)})
	default:
		e.b.Write([]byte{0x1D, 0x56, 0x42, byte(e.p.Tail)})
	}
}

// inks notes that the next byte may blacken paper.
func (e *encoder) inks() {
	if e.ink < 0 {
		e.ink = e.b.Len()
	}
}

func (e *encoder) block(b printer.Block) error {
	switch {
	case b.Text != nil:
		return e.text(*b.Text)
	case b.Columns != nil:
		return e.columns(*b.Columns)
	case b.QR != nil:
		return e.qr(*b.QR)
	case b.Code128 != nil:
		return e.code128(*b.Code128)
	case b.Rule:
		e.set(mode{align: printer.Left, scale: 1})
		e.line(e.p.glyphs(rule(e.p)))
	case b.Feed > 0:
		for n := b.Feed; n > 0; n -= 255 {
			e.b.Write([]byte{0x1B, 0x64, byte(min(n, 255))})
		}
	}
	return nil
}

// rule is a full line of the box-drawing dash, which every two-byte font has.
func rule(p *Profile) string {
	out := make([]rune, p.Dots/chineseDots)
	for i := range out {
		out[i] = '─'
	}
	return string(out)
}

// set sends what differs from the printer's mode.
func (e *encoder) set(m mode) {
	if m.align == "" {
		m.align = printer.Left
	}
	m.scale = min(max(m.scale, 1), 8)
	if m.align != e.mode.align {
		e.b.Write([]byte{0x1B, 0x61, map[printer.Align]byte{printer.Left: 0, printer.Center: 1, printer.Right: 2}[m.align]})
	}
	if m.scale != e.mode.scale {
		if e.p.ChineseSize != 0 && (m.scale == 2 || e.mode.scale == 2) {
			size := byte(0)
			if m.scale == 2 {
				size = e.p.ChineseSize
			}
			e.b.Write([]byte{0x1C, 0x21, size})
		}
		e.b.Write([]byte{0x1D, 0x21, byte(m.scale-1)<<4 | byte(m.scale-1)})
		e.b.Write([]byte{0x1B, 0x33, byte(heightDots*m.scale + airDots)})
	}
	if m.bold != e.mode.bold {
		e.b.Write([]byte{0x1B, 0x45, bit(m.bold)})
	}
	if m.invert != e.mode.invert {
		e.b.Write([]byte{0x1D, 0x42, bit(m.invert)})
	}
	e.mode = m
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func (e *encoder) text(t printer.Text) error {
	e.set(mode{align: t.Align, scale: t.Scale, bold: t.Bold, invert: t.Invert})
	width := e.p.Dots / e.mode.scale
	lines := e.p.wrap(t.S, width)
	if t.Align == printer.Center && !strings.Contains(t.S, "\n") {
		// Lines of about one length look better in the middle than a full one
		// with one character below.
		for w := width - latinDots; w >= width/2; w -= latinDots {
			narrower := e.p.wrap(t.S, w)
			if len(narrower) > len(lines) {
				break
			}
			lines = narrower
		}
	}
	for _, l := range lines {
		e.line(l)
	}
	return nil
}

func (e *encoder) columns(c printer.Columns) error {
	e.set(mode{align: printer.Left, scale: 1, bold: c.Bold})
	left, right := e.p.glyphs(c.Left), e.p.glyphs(c.Right)
	gap := (e.p.Dots - left.width() - right.width()) / latinDots
	if gap >= 1 {
		l := append(line{}, left...)
		for range gap {
			l = append(l, glyph{' ', ascii, []byte{' '}, latinDots})
		}
		e.line(append(l, right...))
		return nil
	}
	if err := e.text(printer.Text{S: c.Left, Bold: c.Bold}); err != nil {
		return err
	}
	return e.text(printer.Text{S: c.Right, Align: printer.Right, Bold: c.Bold})
}

// line prints one line and ends it.
func (e *encoder) line(l line) {
	if l.drawn() && (e.mode.scale > 1 || !e.p.InlineImage) {
		e.picture(l)
		return
	}
	page := false
	for i := 0; i < len(l); i++ {
		g := l[i]
		if (g.class == latin) != page && g.class != ascii {
			page = g.class == latin
			e.codePage(page)
		}
		switch {
		case g.class == drawn:
			e.inline(g)
		default:
			e.b.Write(g.bytes)
		}
	}
	if page {
		e.codePage(false)
	}
	e.inks()
	e.b.WriteByte(0x0A)
}

// codePage goes over to single bytes and back to Chinese.
func (e *encoder) codePage(on bool) {
	if on {
		e.b.Write([]byte{0x1C, 0x2E, 0x1B, 0x74, byte(e.p.LatinPage)})
		return
	}
	e.b.Write([]byte{0x1C, 0x26})
}

// inline draws one character within a line: ESC * 33, columns of 24 dots.
func (e *encoder) inline(g glyph) {
	d := e.fonts.Cell(g.r, g.dots, heightDots, e.mode.bold)
	data := make([]byte, 0, d.W*3)
	for x := range d.W {
		for row := range 3 {
			var b byte
			for k := range 8 {
				if d.At(x, row*8+k) != e.mode.invert {
					b |= 0x80 >> k
				}
			}
			data = append(data, b)
		}
	}
	e.b.Write([]byte{0x1B, 0x2A, 33, byte(d.W), byte(d.W >> 8)})
	e.b.Write(harmless(data))
}

// picture draws a whole line, for what cannot be drawn within one.
func (e *encoder) picture(l line) {
	s := e.mode.scale
	canvas := glyphs.NewDots(min(l.width()*s, e.p.Dots), heightDots*s+airDots)
	x := 0
	for _, g := range l {
		canvas.Paste(e.fonts.Cell(g.r, g.dots*s, heightDots*s, e.mode.bold), x, 0)
		x += g.dots * s
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

// raster sends a picture in bands (GS v 0).
func (e *encoder) raster(d *glyphs.Dots) {
	perRow := (d.W + 7) / 8
	e.inks()
	for top := 0; top < d.H; top += bandRows {
		rows := min(bandRows, d.H-top)
		data := make([]byte, perRow*rows)
		for y := range rows {
			for x := range d.W {
				if d.At(x, top+y) {
					data[y*perRow+x/8] |= 0x80 >> (x % 8)
				}
			}
		}
		e.b.Write([]byte{0x1D, 0x76, 0x30, 0, byte(perRow), byte(perRow >> 8), byte(rows), byte(rows >> 8)})
		e.b.Write(harmless(data))
	}
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
