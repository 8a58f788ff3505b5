package print

import (
	"bytes"
	"fmt"

	"hallway/frontend"
)

// A4 in points, with margins of 20 mm and a foot of 15.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	margin     = 56.7
	foot       = 64.0
	inner      = pageWidth - 2*margin

	bodySize  = 10.5
	smallSize = 9.0
	leading   = 1.5
	corner    = 84.0 // kept free of titles at both sides
)

// sheet draws a paper on A4 pages, from top to bottom.
type sheet struct {
	fonts  *fonts
	locale string
	title  string
	ground string
	hall   string
	pages  []*bytes.Buffer
	y      float64                    // top of what is free
	used   map[string]map[uint16]rune // by font: the glyphs and what they were written for
	open   bool                       // the part before was a fact: the grid goes on
}

func newSheet(f *fonts, p Paper) *sheet {
	s := &sheet{fonts: f.in(p.locale), ground: p.ground, locale: p.locale, title: p.title, hall: p.hall, used: map[string]map[uint16]rune{}}
	s.newPage()
	return s
}

func fontKey(i int) string { return fmt.Sprintf("F%d", i) }

func (s *sheet) out() *bytes.Buffer { return s.pages[len(s.pages)-1] }

func (s *sheet) newPage() {
	s.pages = append(s.pages, &bytes.Buffer{})
	s.y = pageHeight - margin
	s.behind()
}

// behind writes the paper's ground across the page, pale and tilted.
func (s *sheet) behind() {
	if s.ground == "" {
		return
	}
	size := min(100, 500/s.fonts.measure(s.ground, 1, true))
	fmt.Fprintf(s.out(), "q 0.788 0.616 -0.616 0.788 %.2f %.2f cm\n", pageWidth/2, pageHeight/2-60)
	s.put(s.ground, -s.fonts.measure(s.ground, size, true)/2, 0, size, true, 0.93)
	fmt.Fprint(s.out(), "Q\n")
}

// room goes to a new page when height does not fit on this one.
func (s *sheet) room(height float64) {
	if s.y-height < foot && s.y < pageHeight-margin {
		s.newPage()
	}
}

// compose draws the whole paper and then the feet, which know how many pages
// there are.
func (s *sheet) compose(p Paper) error {
	s.head(p)
	for _, part := range p.parts {
		if _, isFact := part.(fact); !isFact && s.open {
			s.open = false
			s.y -= 10
		}
		if err := part.sheet(s); err != nil {
			return err
		}
	}
	for i := range s.pages {
		s.foot(i)
	}
	return nil
}

func (s *sheet) head(p Paper) {
	if p.reprint {
		mark := frontend.Format(p.locale, "slip.reprint", nil)
		w := s.fonts.measure(mark, 12, true) + 16
		s.box(margin, s.y-20, w, 20, 0)
		s.put(mark, margin+8, s.y-14.5, 12, true, 1)
	}
	if p.hall != "" {
		s.center(p.hall, 12, false)
		s.y -= 6
	}
	s.center(p.title, 21, true)
	if p.chinese != "" {
		s.y -= 2
		s.center(p.chinese, 13, true)
	}
	s.y -= 12
}

func (s *sheet) foot(page int) {
	buf := s.pages[page]
	keep := s.pages
	s.pages = keep[:page+1]
	fmt.Fprintf(buf, "0.6 G 0.5 w %.2f %.2f m %.2f %.2f l S\n", margin, foot-12, pageWidth-margin, foot-12)
	s.put(s.hall+"  "+s.title, margin, foot-25, 8, false, 0.35)
	n := frontend.Format(s.locale, "paper.page", map[string]string{"n": count(page + 1), "of": count(len(keep))})
	s.put(n, pageWidth-margin-s.fonts.measure(n, 8, false), foot-25, 8, false, 0.35)
	s.pages = keep
}

// center writes lines in the middle, balanced so that none is a lone character.
func (s *sheet) center(text string, size float64, bold bool) {
	width := inner - 2*corner
	lines := s.fonts.breakText(text, size, bold, width)
	for w := width - size; w > width/2; w -= size {
		narrower := s.fonts.breakText(text, size, bold, w)
		if len(narrower) > len(lines) {
			break
		}
		lines = narrower
	}
	for _, l := range lines {
		s.y -= size * 1.3
		s.put(l, (pageWidth-s.fonts.measure(l, size, bold))/2, s.y+size*0.2, size, bold, 0)
	}
}

// lines writes broken text at x and moves down.
func (s *sheet) lines(lines []string, x, size float64, bold bool, gray float64) {
	for _, l := range lines {
		s.room(size * leading)
		s.y -= size * leading
		s.put(l, x, s.y+size*0.4, size, bold, gray)
	}
}

// box is a filled rectangle; gray 0 is black.
func (s *sheet) box(x, y, w, h, gray float64) {
	fmt.Fprintf(s.out(), "%.2f g %.2f %.2f %.2f %.2f re f\n", gray, x, y, w, h)
}

func (s *sheet) frame(x, y, w, h float64) {
	fmt.Fprintf(s.out(), "0.45 G 0.6 w %.2f %.2f %.2f %.2f re S\n", x, y, w, h)
}

// put writes one line of text with its baseline at y.
func (s *sheet) put(text string, x, y, size float64, bold bool, gray float64) {
	all := s.fonts.pieces([]rune(clean(text)), bold, true)
	for i := 0; i < len(all); {
		p := all[i]
		if p.word != nil {
			s.word(p, x, y, size, bold, gray)
			x += p.width * size / 1000
			i++
			continue
		}
		at, _, ok := s.fonts.find(p.first(), bold)
		if !ok {
			s.unknown(p.first(), x, y, size, gray)
			x += p.width * size / 1000
			i++
			continue
		}
		var hex []byte
		width := 0.0
		for ; i < len(all); i++ {
			same, gid, ok := s.fonts.find(all[i].first(), bold)
			if all[i].word != nil || !ok || same != at {
				break
			}
			s.use(at, gid, all[i].first())
			hex = fmt.Appendf(hex, "%04X", gid)
			width += all[i].width * size / 1000
		}
		mode := "0 Tr"
		if bold && !s.fonts.faces[at].bold { // a bold that the font does not have: drawn thicker
			mode = fmt.Sprintf("2 Tr %.2f w %.2f G", size*0.032, gray)
		}
		fmt.Fprintf(s.out(), "BT /%s %.2f Tf %.2f g %s %.2f %.2f Td <%s> Tj ET\n", fontKey(at), size, gray, mode, x, y, hex)
		x += width
	}
}

// use notes that a glyph was written, and for which character.
func (s *sheet) use(at int, gid uint16, r rune) {
	name := s.fonts.faces[at].name
	if s.used[name] == nil {
		s.used[name] = map[uint16]rune{}
	}
	s.used[name][gid] = r
}

// unknown draws a box with the code point and pinyin, as printers and pages do;
// copying gives the character itself.
func (s *sheet) unknown(r rune, x, y, size, gray float64) {
	width := s.fonts.unknownWidth(r) * size / 1000
	fmt.Fprintf(s.out(), "/Span <</ActualText <%X>>> BDC\n", utf16BE(string(r)))
	fmt.Fprintf(s.out(), "%.2f G %.2f w %.2f %.2f %.2f %.2f re S\n", gray, size*0.05, x+size*0.08, y-size*0.14, width-size*0.16, size*1.02)
	s.put(s.fonts.label(r), x+size*unknownPad/1000, y+size*0.1, size*unknownScale, false, gray)
	fmt.Fprint(s.out(), "EMC\n")
}
