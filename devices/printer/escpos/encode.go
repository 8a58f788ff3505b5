package escpos

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

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
	gbk   *[65536]uint16
	b     []byte
	ink   int // offset of the first byte that can blacken paper, -1 before
	limit int // a line's width in dots at the scale of the text
	mode  mode

	text1, text2 line // the text that is being set: kept for the next one
	spans, tries []span
}

// mode is what the printer has been told about the text to come.
type mode struct {
	align  printer.Align
	scale  int
	bold   bool
	invert bool
}

// encoders are kept with the room that they have grown to.
var encoders = sync.Pool{New: func() any { return new(encoder) }}

// Encode gives the bytes that print a document once, without status
// questions, and the offset of the first byte that puts ink on paper: a job
// that was cut before it has certainly printed nothing.
func Encode(p Profile, fonts *glyphs.Set, doc printer.Document) (data []byte, ink int, err error) {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.reset(&p, fonts)
	e.start()
	for i := range doc.Blocks {
		if err := e.block(&doc.Blocks[i]); err != nil {
			return nil, 0, fmt.Errorf("block %d of %q: %w", i+1, doc.Title, err)
		}
	}
	e.set(mode{align: printer.Left, scale: 1})
	e.finish(doc.Cut)
	if e.ink < 0 {
		e.ink = len(e.b)
	}
	return bytes.Clone(e.b), e.ink, nil
}

// reset makes an encoder ready for a document.
func (e *encoder) reset(p *Profile, fonts *glyphs.Set) {
	if fonts == nil {
		fonts = glyphs.System()
	}
	e.p, e.fonts, e.gbk = p, fonts, gbk()
	e.b, e.ink, e.limit = e.b[:0], -1, p.Dots
}

func (e *encoder) write(b ...byte) { e.b = append(e.b, b...) }

// start puts the printer into the state that every command below expects. The
// status answers are asked for again because initialising may end them.
func (e *encoder) start() {
	e.write(cmdInit...)
	e.write(cmdStatusBack...)
	e.write(e.p.Chinese...)
	if e.p.Smooth {
		e.write(cmdSmooth...)
	}
	e.write(0x1B, 0x33, heightDots+airDots)
	e.mode = mode{align: printer.Left, scale: 1}
}

func (e *encoder) finish(cut bool) {
	switch {
	case !cut || e.p.Cutter == NoCutter:
		e.write(0x1B, 0x64, byte(max(1, e.p.Tail)))
	case e.p.Cutter == Full:
		e.write(0x1D, 0x56, 0x41, byte(e.p.Tail))
	default:
		e.write(0x1D, 0x56, 0x42, byte(e.p.Tail))
	}
}

// inks notes that the next byte may blacken paper.
func (e *encoder) inks() {
	if e.ink < 0 {
		e.ink = len(e.b)
	}
}

func (e *encoder) block(b *printer.Block) error {
	switch {
	case b.Text != nil:
		e.text(*b.Text)
	case b.Columns != nil:
		e.columns(*b.Columns)
	case b.QR != nil:
		return e.qr(*b.QR)
	case b.Code128 != nil:
		return e.code128(*b.Code128)
	case b.Image != nil:
		return e.logo(*b.Image)
	case b.Buzz > 0:
		e.buzz(b.Buzz)
	case b.Rule:
		e.set(mode{align: printer.Left, scale: 1})
		e.rule()
	case b.Feed > 0:
		for n := b.Feed; n > 0; n -= 255 {
			e.write(0x1B, 0x64, byte(min(n, 255)))
		}
	}
	return nil
}

// rule is a full line of the box-drawing dash, which every two-byte font has.
func (e *encoder) rule() {
	dash := e.classify('─')
	if dash.class != chinese {
		dash = e.classify('-')
	}
	l := e.text1[:0]
	for range e.p.Dots / int(dash.dots) {
		l = append(l, dash)
	}
	e.text1 = l
	e.put(l)
}

var alignments = map[printer.Align]byte{printer.Left: 0, printer.Center: 1, printer.Right: 2}

// set sends what differs from the printer's mode.
func (e *encoder) set(m mode) {
	if m.align == "" {
		m.align = printer.Left
	}
	m.scale = min(max(m.scale, 1), 8)
	if m.align != e.mode.align {
		e.write(0x1B, 0x61, alignments[m.align])
	}
	if m.scale != e.mode.scale {
		if e.p.ChineseSize != 0 && (m.scale == 2 || e.mode.scale == 2) {
			size := byte(0)
			if m.scale == 2 {
				size = e.p.ChineseSize
			}
			e.write(0x1C, 0x21, size)
		}
		e.write(0x1D, 0x21, byte(m.scale-1)<<4|byte(m.scale-1))
		e.write(0x1B, 0x33, byte(heightDots*m.scale+airDots))
	}
	if m.bold != e.mode.bold {
		e.write(0x1B, 0x45, bit(m.bold))
	}
	if m.invert != e.mode.invert {
		e.write(0x1D, 0x42, bit(m.invert))
	}
	e.mode = m
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func (e *encoder) text(t printer.Text) {
	e.set(mode{align: t.Align, scale: t.Scale, bold: t.Bold, invert: t.Invert})
	e.limit = e.p.Dots / e.mode.scale
	defer func() { e.limit = e.p.Dots }()
	single := !strings.Contains(t.S, "\n")
	for rest, more := t.S, true; more; {
		var paragraph string
		paragraph, rest, more = strings.Cut(rest, "\n")
		l := e.glyphs(e.text1[:0], paragraph)
		e.text1 = l
		for _, s := range e.lines(l, single && t.Align == printer.Center) {
			e.put(l[s.from:s.to])
		}
	}
}

// lines breaks a paragraph. Lines of about one length look better in the middle
// than a full one with one character below.
func (e *encoder) lines(l line, even bool) []span {
	e.spans = wrap(e.spans[:0], l, e.limit)
	if !even || len(e.spans) < 2 {
		return e.spans
	}
	for w := e.limit - latinDots; w >= e.limit/2; w -= latinDots {
		e.tries = wrap(e.tries[:0], l, w)
		if len(e.tries) > len(e.spans) {
			break
		}
		e.spans, e.tries = e.tries, e.spans
	}
	return e.spans
}

func (e *encoder) columns(c printer.Columns) {
	e.set(mode{align: printer.Left, scale: 1, bold: c.Bold})
	l := e.glyphs(e.text1[:0], c.Left)
	right := e.glyphs(e.text2[:0], c.Right)
	e.text1, e.text2 = l, right
	gap := (e.p.Dots - l.width() - right.width()) / latinDots
	if gap >= 1 {
		for range gap {
			l = append(l, glyph{r: ' ', code: ' ', dots: latinDots})
		}
		l = append(l, right...)
		e.text1 = l
		e.put(l)
		return
	}
	e.text(printer.Text{S: c.Left, Bold: c.Bold})
	e.text(printer.Text{S: c.Right, Align: printer.Right, Bold: c.Bold})
}

// put prints one line and ends it.
func (e *encoder) put(l line) {
	l = reorder(l)
	if l.drawn() && (e.mode.scale > 1 || !e.p.InlineImage) {
		e.picture(l)
		return
	}
	page := false
	for i := range l {
		g := &l[i]
		if (g.class == latin) != page && g.class != ascii {
			page = g.class == latin
			e.codePage(page)
		}
		switch g.class {
		case drawn:
			e.inline(e.fonts.Cell(g.r, int(g.dots), heightDots, e.mode.bold))
		case drawing:
			e.inline(e.fonts.Word(g.word, heightDots, e.mode.bold))
		case chinese:
			e.b = append(e.b, byte(g.code>>8), byte(g.code))
		default:
			e.b = append(e.b, byte(g.code))
		}
	}
	if page {
		e.codePage(false)
	}
	e.inks()
	e.write(0x0A)
}

// codePage goes over to single bytes and back to Chinese.
func (e *encoder) codePage(on bool) {
	switch {
	case e.p.NoChinese && on:
		e.write(0x1B, 0x74, byte(e.p.LatinPage))
	case e.p.NoChinese:
	case on:
		e.write(0x1C, 0x2E, 0x1B, 0x74, byte(e.p.LatinPage))
	default:
		e.write(0x1C, 0x26)
	}
}
