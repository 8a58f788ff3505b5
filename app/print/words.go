package print

import (
	"fmt"

	"hallway/devices/printer/glyphs"
)

// piece is what is written in one go: a character, or a word of a script whose
// letters change with their neighbours (Uyghur, Tibetan, Mongolian, …).
type piece struct {
	runes []rune
	width float64         // in thousandths of the size
	word  *glyphs.Outline // of a word
}

func (p piece) first() rune { return p.runes[0] }
func (p piece) last() rune  { return p.runes[len(p.runes)-1] }

// pieces takes a text apart. Whole keeps words that are written from right to
// left together, so that they stand in their order; lines are broken between them.
func (f *fonts) pieces(text []rune, bold, whole bool) []piece {
	out := make([]piece, 0, len(text))
	for i := 0; i < len(text); {
		end := wordEnd(text, i, whole)
		if end > i {
			if o := glyphs.System().Outline(string(text[i:end])); o != nil {
				out = append(out, piece{text[i:end], o.Width * 1000, o})
				i = end
				continue
			}
		}
		for end = max(end, i+1); i < end; i++ {
			out = append(out, piece{text[i : i+1], f.width(text[i], bold), nil})
		}
	}
	return out
}

// wordEnd is where a word ends that begins at i; i when none begins there.
func wordEnd(text []rune, i int, whole bool) int {
	block := glyphs.Block(text[i])
	if block == 0 {
		return i
	}
	end := i
	for j := i; j < len(text); j++ {
		switch {
		case glyphs.Block(text[j]) == block || glyphs.Mark(text[j]):
			end = j + 1
		case text[j] != ' ' || !whole || !glyphs.RightToLeft(text[i]):
			return end
		}
	}
	return end
}

// narrow breaks words that are wider than a line into their letters.
func (f *fonts) narrow(all []piece, most float64) []piece {
	var out []piece
	for _, p := range all {
		if p.word == nil || p.width <= most {
			out = append(out, p)
			continue
		}
		for i := range p.runes {
			out = append(out, piece{p.runes[i : i+1], p.width / float64(len(p.runes)), nil})
		}
	}
	return out
}

func joined(all []piece) string {
	var text []rune
	for _, p := range all {
		text = append(text, p.runes...)
	}
	return string(text)
}

// word draws a word as lines and curves; copying gives its letters: a sign that
// is not seen stands for them.
func (s *sheet) word(p piece, x, y, size float64, bold bool, gray float64) {
	const sign = '-'
	fmt.Fprintf(s.out(), "/Span <</ActualText <%X>>> BDC\n", utf16BE(string(p.runes)))
	if at, gid, ok := s.fonts.find(sign, false); ok {
		s.use(at, gid, sign)
		fmt.Fprintf(s.out(), "BT /%s %.2f Tf 3 Tr %.2f %.2f Td <%04X> Tj ET\n", fontKey(at), size, x, y, gid)
	}
	if len(p.word.Curves) == 0 {
		fmt.Fprint(s.out(), "EMC\n")
		return
	}
	fmt.Fprintf(s.out(), "q %.4f 0 0 %.4f %.2f %.2f cm %.2f g %.2f G\n", size, size, x, y, gray, gray)
	for i, c := range p.word.Curves {
		if c.Op == 'M' && i > 0 {
			fmt.Fprint(s.out(), "h\n")
		}
		for _, v := range c.At {
			fmt.Fprintf(s.out(), "%.4f ", v)
		}
		fmt.Fprintf(s.out(), "%s\n", map[byte]string{'M': "m", 'L': "l", 'C': "c"}[c.Op])
	}
	if bold { // these fonts have one weight: drawn thicker
		fmt.Fprint(s.out(), "h 0.032 w B Q\nEMC\n")
		return
	}
	fmt.Fprint(s.out(), "h f Q\nEMC\n")
}
