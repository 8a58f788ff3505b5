package escpossim

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"hallway/devices/printer/glyphs"
)

// press obeys commands one after another and keeps the modes, the line that
// is being collected and the paper that hangs out.
type press struct {
	sim  *Sim
	seen int // clearings that were noticed

	mode  mode
	cells []cell // the line so far
	width int    // of the cells

	bands   []band // paper since the last cut
	high    int    // of them, in dots
	inked   bool
	raw     []byte
	text    []string
	qr      []string
	bars    []string
	unclean []string
	store   string // QR data
	module  int
	level   byte
}

// mode is everything that ESC @ resets.
type mode struct {
	align          byte
	w, h           int // size from GS !
	kanjiW, kanjiH int // size from FS !
	bold, under    bool
	invert         bool
	smooth         bool
	chinese        bool
	page           byte
	spacing        int // dots from line to line
	barHeight      int
	barModule      int
	barText        byte
	left, area     int
}

func (s *Sim) powerOn() mode {
	return mode{w: 1, h: 1, kanjiW: 1, kanjiH: 1, chinese: !s.o.NoChinese, spacing: 30, barHeight: 162, barModule: 3, area: s.o.Dots}
}

// band is a piece of paper over its whole width.
type band struct {
	dots *glyphs.Dots // nil is white
	h    int
}

// cell is one character or picture of a line.
type cell struct {
	dots   *glyphs.Dots
	invert bool
	under  bool
	r      rune
}

func newPress(s *Sim) *press { return &press{sim: s, mode: s.powerOn(), module: 3, level: 48} }

// forget drops what a clearing drops: the line so far.
func (p *press) forget() {
	p.cells, p.width = nil, 0
	p.mode = p.sim.powerOn()
}

// most is what is made room for before it has come.
const most = 4096

func (p *press) read(ctx context.Context, n int) ([]byte, error) {
	out := make([]byte, 0, min(n, most)) // a command may claim gigabytes that never come
	for len(out) < n {
		var err error
		if out, err = p.sim.next(ctx, &p.seen, out, n-len(out)); err != nil {
			return nil, err
		}
	}
	p.raw = append(p.raw, out...)
	return out, nil
}

func (p *press) report(format string, args ...any) {
	p.unclean = append(p.unclean, fmt.Sprintf(format, args...))
	p.sim.mu.Lock()
	p.sim.unclean++
	p.sim.mu.Unlock()
	p.sim.changed()
}

// command obeys the next command or prints the next character.
func (p *press) command(ctx context.Context) error {
	b, err := p.read(ctx, 1)
	if err != nil {
		return err
	}
	switch c := b[0]; {
	case c == 0x00:
		return nil
	case c == 0x0A:
		return p.endLine(ctx)
	case c == 0x0D:
		return nil
	case c == 0x1B:
		return p.escape(ctx)
	case c == 0x1C:
		return p.fieldSeparator(ctx)
	case c == 0x1D:
		return p.groupSeparator(ctx)
	case c < 0x20:
		p.report("control character %02X", c)
		return nil
	default:
		return p.character(ctx, c)
	}
}

// character puts one character into the line.
func (p *press) character(ctx context.Context, c byte) error {
	if c < 0x80 {
		return p.put(ctx, rune(c), 12, p.mode.w, p.mode.h)
	}
	if !p.mode.chinese {
		r := codePages[p.mode.page].DecodeByte(c)
		return p.put(ctx, r, 12, p.mode.w, p.mode.h)
	}
	t, err := p.read(ctx, 1)
	if err != nil {
		return err
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes([]byte{c, t[0]})
	r := []rune(string(text))
	if err != nil || len(r) != 1 || r[0] == 0xFFFD || p.sim.o.GB2312 && (c < 0xA1 || t[0] < 0xA1) {
		p.report("two-byte character %02X %02X is not in the font", c, t[0])
		return p.put(ctx, '　', 24, p.mode.w, p.mode.h)
	}
	return p.put(ctx, r[0], 24, max(p.mode.w, p.mode.kanjiW), max(p.mode.h, p.mode.kanjiH))
}

var codePages = map[byte]*charmap.Charmap{0: charmap.CodePage437, 2: charmap.CodePage850, 16: charmap.Windows1252}

// put adds a character; a full line is printed first.
func (p *press) put(ctx context.Context, r rune, dots, w, h int) error {
	var d *glyphs.Dots
	if p.mode.smooth && w >= 4 && h >= 4 {
		d = p.sim.o.Fonts.Cell(r, dots*w, 24*h, p.mode.bold)
	} else if d = p.sim.o.Fonts.Cell(r, dots, 24, p.mode.bold); w > 1 || h > 1 {
		d = d.Scale(w, h)
	}
	return p.add(ctx, cell{dots: d, invert: p.mode.invert, under: p.mode.under, r: r})
}

func (p *press) add(ctx context.Context, c cell) error {
	if p.width+c.dots.W > p.mode.area && len(p.cells) > 0 {
		if err := p.endLine(ctx); err != nil {
			return err
		}
	}
	p.cells = append(p.cells, c)
	p.width += c.dots.W
	return nil
}

// endLine prints the line so far.
func (p *press) endLine(ctx context.Context) error {
	height := 0
	var text strings.Builder
	for _, c := range p.cells {
		height = max(height, c.dots.H)
		if c.r != 0 {
			text.WriteRune(c.r)
		}
	}
	advance := max(height, p.mode.spacing)
	if err := p.sim.move(ctx, &p.seen, advance); err != nil {
		return err
	}
	if len(p.cells) == 0 {
		p.white(advance)
	} else {
		canvas := glyphs.NewDots(p.sim.o.Dots, advance)
		x := p.mode.left + p.indent(p.width)
		for _, c := range p.cells {
			p.stamp(canvas, c, x, height)
			x += c.dots.W
		}
		p.paper(canvas)
	}
	p.text = append(p.text, text.String())
	p.inked = p.inked || len(p.cells) > 0
	p.cells, p.width = nil, 0
	return nil
}

func (p *press) stamp(canvas *glyphs.Dots, c cell, x, height int) {
	y := height - c.dots.H
	if !c.invert && !c.under {
		canvas.Paste(c.dots, x, y)
		return
	}
	for j := range c.dots.H {
		for i := range c.dots.W {
			on := c.dots.At(i, j) || c.under && j >= c.dots.H-2
			if on != c.invert {
				canvas.Set(x+i, y+j)
			}
		}
	}
}

func (p *press) indent(width int) int {
	switch p.mode.align {
	case 1:
		return max(0, (p.mode.area-width)/2)
	case 2:
		return max(0, p.mode.area-width)
	}
	return 0
}

// longest is the longest slip in dots, 5 m: nobody prints more at once, and
// bytes that make no sense must not fill the memory.
const longest = 40000

// paper appends what is drawn.
func (p *press) paper(d *glyphs.Dots) {
	p.grow(d.H)
	p.bands = append(p.bands, band{d, d.H})
}

// white appends paper on which nothing is.
func (p *press) white(dots int) {
	dots = min(dots, longest)
	p.grow(dots)
	if n := len(p.bands); n > 0 && p.bands[n-1].dots == nil {
		p.bands[n-1].h += dots
		return
	}
	p.bands = append(p.bands, band{h: dots})
}

// grow makes sure that so many rows more are not too many.
func (p *press) grow(rows int) {
	if p.high+rows > longest {
		p.report("the slip is longer than 5 m: its beginning is dropped")
		p.bands, p.high = nil, 0
	}
	p.high += rows
}

// picture prints a picture on lines of its own.
func (p *press) picture(ctx context.Context, d *glyphs.Dots) error {
	if len(p.cells) > 0 {
		p.report("a picture in the middle of a line")
		if err := p.endLine(ctx); err != nil {
			return err
		}
	}
	if err := p.sim.move(ctx, &p.seen, d.H); err != nil {
		return err
	}
	if d.W > p.sim.o.Dots {
		p.report("a picture of %d dots is wider than the paper (%d)", d.W, p.sim.o.Dots)
	}
	if d.W == 0 {
		p.white(d.H)
	} else {
		canvas := glyphs.NewDots(p.sim.o.Dots, d.H)
		canvas.Paste(d, p.mode.left+p.indent(d.W), 0)
		p.paper(canvas)
	}
	p.inked = true
	return nil
}

func (p *press) feed(ctx context.Context, dots int) error {
	if len(p.cells) > 0 {
		if err := p.endLine(ctx); err != nil {
			return err
		}
	}
	if err := p.sim.move(ctx, &p.seen, dots); err != nil {
		return err
	}
	p.white(dots)
	return nil
}

// cut ends the slip; a piece without ink is thrown away.
func (p *press) cut(ctx context.Context, torn bool) error {
	if len(p.cells) > 0 {
		p.report("a cut in the middle of a line")
		if err := p.endLine(ctx); err != nil {
			return err
		}
	}
	if err := p.sim.move(ctx, &p.seen, 0); err != nil {
		return err
	}
	s := p.sim
	if !p.inked { // a white scrap is no slip
		p.bands, p.high, p.raw, p.text = nil, 0, nil, nil
		return nil
	}
	slip := Slip{At: s.o.Clock(), Raw: p.raw, Text: p.text, QR: p.qr, Bars: p.bars, Unclean: p.unclean, Torn: torn}
	slip.W, slip.H, slip.ink = s.o.Dots, p.high, pack(p.bands, s.o.Dots)
	p.bands, p.high, p.raw, p.text, p.qr, p.bars, p.unclean, p.inked = nil, 0, nil, nil, nil, nil, nil, false
	s.mu.Lock()
	s.count++
	slip.N = s.count
	s.slips = append(s.slips, slip)
	if len(s.slips) > s.o.KeepSlips {
		s.slips = append([]Slip(nil), s.slips[1:]...)
	}
	s.mu.Unlock()
	if s.o.OnSlip != nil {
		s.o.OnSlip(slip)
	}
	s.changed()
	return nil
}
