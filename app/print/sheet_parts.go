package print

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

func (w warning) sheet(s *sheet) error {
	lines := s.fonts.breakText(w.text, 13, true, inner-24)
	height := float64(len(lines))*13*leading + 46
	s.room(height)
	s.box(margin, s.y-height, inner, height, 0)
	top := s.y
	s.put(w.large, (pageWidth-s.fonts.measure(w.large, 22, true))/2, s.y-28, 22, true, 1)
	s.y -= 36
	for _, l := range lines {
		s.y -= 13 * leading
		s.put(l, (pageWidth-s.fonts.measure(l, 13, true))/2, s.y+13*0.4, 13, true, 1)
	}
	s.y = top - height - 12
	return nil
}

// Facts stand in a grid: the label in a gray cell.
func (f fact) sheet(s *sheet) error {
	const labelWidth, pad = inner * 0.28, 4.0
	left := s.fonts.breakText(f.label, bodySize, false, labelWidth-2*pad)
	right := s.fonts.breakText(f.value, bodySize, f.strong, inner-labelWidth-2*pad)
	height := float64(max(len(left), len(right)))*bodySize*leading + pad
	s.room(height)
	s.open = true
	s.box(margin, s.y-height, labelWidth, height, 0.94)
	s.frame(margin, s.y-height, labelWidth, height)
	s.frame(margin+labelWidth, s.y-height, inner-labelWidth, height)
	top := s.y
	s.y -= pad / 2
	s.lines(left, margin+pad, bodySize, false, 0)
	s.y = top - pad/2
	s.lines(right, margin+labelWidth+pad, bodySize, f.strong, 0)
	s.y = top - height
	return nil
}

func (n number) sheet(s *sheet) error {
	s.room(44)
	s.center(n.label, smallSize, false)
	s.center(n.value, 17, true)
	s.y -= 8
	return nil
}

func (h heading) sheet(s *sheet) error {
	s.room(max(70, h.keep)) // never alone at the foot of a page
	s.y -= 4
	s.lines(s.fonts.breakText(h.text, 12, true, inner), margin, 12, true, 0)
	s.y -= 3
	return nil
}

func (p para) sheet(s *sheet) error {
	lines := s.fonts.breakText(p.text, bodySize, p.bold, inner)
	s.room(float64(min(len(lines), 4))*bodySize*leading + p.keep)
	s.lines(lines, margin, bodySize, p.bold, 0)
	s.y -= 5
	return nil
}

func (line) sheet(s *sheet) error {
	s.y -= 4
	return nil
}

func (t table) sheet(s *sheet) error {
	s.tableRow(t, nil, true)
	for _, r := range t.rows {
		s.tableRow(t, &r, false)
	}
	s.y -= 8
	return nil
}

// tableRow draws one row; a row is never split, and the head is repeated on
// every page.
func (s *sheet) tableRow(t table, r *row, head bool) {
	const pad = 5.0
	if r != nil && r.group != "" {
		lines := s.fonts.breakText(r.group, smallSize+0.5, true, inner-2*pad)
		height := float64(len(lines))*(smallSize+0.5)*leading + pad
		s.tableRoom(t, height+20) // with the first row below
		s.box(margin, s.y-height, inner, height, 0.97)
		s.frame(margin, s.y-height, inner, height)
		top := s.y
		s.y -= pad / 2
		s.lines(lines, margin+pad, smallSize+0.5, true, 0)
		s.y = top - height
		return
	}
	cells := make([][]string, len(t.cols))
	most := 1
	for i, c := range t.cols {
		text := c.title
		if !head {
			text = r.cells[i]
		}
		cells[i] = s.fonts.breakText(text, smallSize+0.5, head, c.width*inner-2*pad)
		most = max(most, len(cells[i]))
	}
	height := float64(most)*(smallSize+0.5)*leading + pad
	if head {
		s.room(height + 24)
	} else {
		s.tableRoom(t, height)
	}
	x, top := margin, s.y
	for i, c := range t.cols {
		w := c.width * inner
		if head {
			s.box(x, top-height, w, height, 0.9)
		}
		s.frame(x, top-height, w, height)
		s.y = top - pad/2
		s.lines(cells[i], x+pad, smallSize+0.5, head, 0)
		x += w
	}
	s.y = top - height
}

func (s *sheet) tableRoom(t table, height float64) {
	if s.y-height < foot {
		s.newPage()
		s.tableRow(t, nil, true)
	}
}

// codeSize is how large a QR code is on A4: 22 mm.
const codeSize = 62.0

// code draws the QR code in the corner of the first page, its caption below.
func (c code) sheet(s *sheet) error {
	pages, y := s.pages, s.y
	defer func() { s.pages, s.y = pages, y }()
	s.pages = pages[:1]
	const left, top = pageWidth - margin - codeSize, pageHeight - margin + 22
	for i, l := range s.fonts.breakText(c.caption, 6, false, corner) {
		s.put(l, left+(codeSize-s.fonts.measure(l, 6, false))/2, top-codeSize-8-float64(i)*7, 6, false, 0.35)
	}
	return s.qr(c.data, left, top, codeSize)
}

// qr draws a QR code with its upper left corner at x, top.
func (s *sheet) qr(data string, left, top, size float64) error {
	m, err := qrcode.NewQRCodeWriter().Encode(data, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: "M", gozxing.EncodeHintType_MARGIN: 0, gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		return fmt.Errorf("draw the QR code: %w", err)
	}
	step := size / float64(m.GetWidth())
	fmt.Fprint(s.out(), "0 g\n")
	for y := range m.GetHeight() {
		for x := 0; x < m.GetWidth(); x++ {
			run := 0
			for x+run < m.GetWidth() && m.Get(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(s.out(), "%.3f %.3f %.3f %.3f re\n", left+float64(x)*step, top-float64(y+1)*step, float64(run)*step, step)
				x += run
			}
		}
	}
	fmt.Fprint(s.out(), "f\n")
	return nil
}

// signatures stand side by side, long ones one below the other.
func (g signatures) sheet(s *sheet) error {
	each := len(g.labels)
	if g.long {
		each = 1
	}
	for i := 0; i < len(g.labels); i += each {
		s.room(32)
		s.y -= 28
		w := inner / float64(each)
		for k, label := range g.labels[i:min(i+each, len(g.labels))] {
			end := 12.0
			if k == each-1 {
				end = 0
			}
			s.signature(label, margin+float64(k)*w, w-end)
		}
	}
	s.y -= 12
	return nil
}

// signature is a label and a line to write on, at the height reached.
func (s *sheet) signature(label string, x, width float64) {
	text := s.fonts.measure(label, bodySize, false) + 4
	s.put(label, x, s.y, bodySize, false, 0)
	fmt.Fprintf(s.out(), "0 G 0.6 w %.2f %.2f m %.2f %.2f l S\n", x+text, s.y-2, x+max(width, text+40), s.y-2)
}

// A seal is 42 mm wide; sealRoom is what it needs with the air around.
const (
	sealRadius = 59.5
	sealRoom   = 2*sealRadius + 14
)

// seal leaves a round place of 42 mm, as seals of offices are, with the lines
// to sign at its left.
func (g seal) sheet(s *sheet) error {
	const r = sealRadius
	s.y -= 2
	s.room(2*r + 4)
	top := s.y
	for _, label := range g.beside.labels {
		s.y -= 42
		s.signature(label, margin, inner-2*r-70)
	}
	s.y = top
	cx, cy := pageWidth-margin-r-20, s.y-r
	const k = 0.5523 * r
	fmt.Fprintf(s.out(), "q 0.6 G 0.8 w [3 3] 0 d %.2f %.2f m %.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c "+
		"%.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c S Q\n",
		cx+r, cy, cx+r, cy+k, cx+k, cy+r, cx, cy+r, cx-k, cy+r, cx-r, cy+k, cx-r, cy,
		cx-r, cy-k, cx-k, cy-r, cx, cy-r, cx+k, cy-r, cx+r, cy-k, cx+r, cy)
	middle := func(text string, y, size float64, bold bool, gray float64) {
		s.put(text, cx-s.fonts.measure(text, size, bold)/2, y, size, bold, gray)
	}
	for i, l := range s.fonts.breakText(g.place, 8, false, 1.5*r) {
		middle(l, cy+30-float64(i)*11, 8, false, 0.45)
	}
	lines := s.fonts.breakText(g.authority, bodySize+0.5, true, 2*r+40)
	if g.chinese != "" {
		lines = append(lines, g.chinese)
	}
	for i, l := range lines {
		middle(l, cy-float64(i)*14, bodySize+0.5, true, 0)
	}
	under := cy - float64(len(lines))*14 - 3
	middle(g.date, under, bodySize, false, 0)
	for i, l := range s.fonts.breakText(g.needed, 8, false, 1.4*r) {
		middle(l, under-13-float64(i)*10, 8, false, 0.45)
	}
	s.y -= 2*r + 4
	return nil
}
