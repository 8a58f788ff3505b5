package print

import (
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos/escpossim"
	"hallway/devices/printer/glyphs"
)

// where finds a picture on a slip, nearly dot for dot: a dot is changed where a
// printer would take picture bytes for a command.
func where(paper, pic *glyphs.Dots) (x, y int, ok bool) {
	for y = 0; y+pic.H <= paper.H; y++ {
		for x = 0; x+pic.W <= paper.W; x++ {
			if same(paper, pic, x, y) {
				return x, y, true
			}
		}
	}
	return 0, 0, false
}

func same(paper, pic *glyphs.Dots, x, y int) bool {
	other := 0
	for j := range pic.H {
		for i := range pic.W {
			if paper.On[(y+j)*paper.W+x+i] != pic.On[j*pic.W+i] {
				if other++; other > 3 {
					return false
				}
			}
		}
	}
	return true
}

// The names that a hall meets, on a receipt of either paper: nothing is a box,
// nothing is left out, and words from right to left stand in their order. With
// HALLWAY_SLIPS set the pictures are kept.
func TestNamesOnReceipts(t *testing.T) {
	for _, c := range []struct {
		key, name string
		text      string   // in the printer's own letters
		cells     string   // drawn characters
		words     []string // drawn words, from left to right on paper
	}{
		{key: "four-byte", name: "王𬀩㐂", text: "王", cells: "𬀩㐂"},
		{key: "uyghur-chinese", name: "阿卜杜热西提·买买提", text: "阿卜杜热西提·买买提"},
		{key: "uyghur", name: "ئابدۇرېشىت مەمەت", words: []string{"مەمەت", "ئابدۇرېشىت"}},
		{key: "tibetan", name: "བསྟན་འཛིན", words: []string{"བསྟན་", "འཛིན"}},
		{key: "mongolian", name: "ᠪᠠᠲᠤ ᠮᠥᠩᠬᠡ", words: []string{"ᠪᠠᠲᠤ", "ᠮᠥᠩᠬᠡ"}},
		{key: "english", name: "John Fitzgerald O'Neill-Smith", text: "John Fitzgerald O'Neill-Smith"},
		{key: "portuguese", name: "João Gonçalves da Conceição", text: "João Gonçalves da Conceição"},
		{key: "portuguese-apart", name: "Joa\u0303o Conceic\u0327a\u0303o", text: "João Conceição"},
	} {
		t.Run(c.key, func(t *testing.T) {
			fonts := glyphs.System()
			for _, r := range c.cells {
				if !fonts.Has(r) {
					t.Fatalf("no font has %c: install fonts-hanazono", r)
				}
			}
			for _, w := range c.words {
				if !fonts.HasWord(w) {
					t.Fatalf("no font has all of %s: install fonts-noto-core", w)
				}
			}
			r := receivedSample("zh-Hans")
			r.Applicant.Name = hall.Secret(c.name)
			s := onPaper(t, "epson80", escpossim.Options{NativeQR: true, Confirms: true, Clears: true}, Received(r).Roll())
			checkName(t, s, c.text, c.cells, c.words)
			keep(t, "receipt-name-"+c.key, s)
			narrow := onPaper(t, "generic58", escpossim.Options{Dots: 384, NativeQR: true, NoCutter: true}, Received(r).Roll())
			if len(narrow.Unclean) > 0 {
				t.Errorf("58 mm: the printer did not understand %q", narrow.Unclean)
			}
			if c.text == "" {
				checkName(t, narrow, "", "", c.words) // a line that is drawn whole
			}
			keep(t, "receipt58-name-"+c.key, narrow)
		})
	}
}

func checkName(t *testing.T, s escpossim.Slip, text, cells string, words []string) {
	t.Helper()
	if len(s.Unclean) > 0 {
		t.Errorf("the printer did not understand %q", s.Unclean)
	}
	if all := strings.Join(s.Text, ""); !strings.Contains(all, text) {
		t.Errorf("the paper does not say %q: %q", text, all)
	}
	for _, r := range cells {
		if _, _, ok := where(s.Dots(), glyphs.System().Cell(r, 24, 24, false)); !ok {
			t.Errorf("%c is not on the paper", r)
		}
	}
	right := -1
	for _, w := range words {
		pic := glyphs.System().Word(w, 24, false)
		x, _, ok := where(s.Dots(), pic)
		if !ok {
			t.Errorf("%s is not on the paper", w)
		}
		if x <= right {
			t.Errorf("%s stands at %d, want behind %d", w, x, right)
		}
		right = x
	}
}

// A ticket of a hall and a service with such names: it holds no person's.
func TestNamesOnTickets(t *testing.T) {
	s := sample("zh-Hans")
	s.Hall = hall.Names{"zh-Hans": "𬀩㐂市政务服务中心"}
	s.Group = hall.Names{"zh-Hans": "阿卜杜热西提·买买提窗口"}
	s.Item = hall.Names{"zh-Hans": "ئابدۇرېشىت مەمەت"}
	doc := Ticket(s)
	for _, extra := range []string{"John Smith", "João Gonçalves"} {
		doc.Blocks = append(doc.Blocks, printer.Block{Text: &printer.Text{S: extra, Scale: 2, Align: printer.Center}})
	}
	slip := onPaper(t, "epson80", escpossim.Options{NativeQR: true, Confirms: true, Clears: true}, doc)
	checkName(t, slip, "阿卜杜热西提·买买提", "", []string{"مەمەت", "ئابدۇرېشىت"})
	if all := strings.Join(slip.Text, ""); !strings.Contains(all, "John Smith") || !strings.Contains(all, "João Gonçalves") {
		t.Errorf("%q", all)
	}
	keep(t, "ticket-names", slip)
}
