package glyphs

import "testing"

func black(d *Dots) int {
	n := 0
	for _, on := range d.On {
		if on {
			n++
		}
	}
	return n
}

func TestEveryCharacterGivesAPicture(t *testing.T) {
	s := System()
	for _, c := range []struct {
		name string
		r    rune
	}{
		{"ordinary", '厅'}, {"Latin", 'A'}, {"rare", '𠮷'}, {"rarer", '𬀩'}, {"newest, in no font", 0x2EBF0}, {"private", 0xE815},
	} {
		d := s.Cell(c.r, 24, 24, false)
		if d.W != 24 || d.H != 24 {
			t.Errorf("%s: cell is %d×%d, want 24×24", c.name, d.W, d.H)
		}
		if n := black(d); n < 10 || n > 24*24*3/4 {
			t.Errorf("%s: %d black dots, want a character", c.name, n)
		}
	}
}

func TestWithoutFontsEverythingIsABoxWithItsCodePoint(t *testing.T) {
	s := Find(t.TempDir())
	if s.Has('厅') {
		t.Fatal("an empty folder has no fonts")
	}
	a, b := s.Cell('厅', 24, 24, false), s.Cell('通', 24, 24, false)
	if !a.At(1, 1) || !a.At(22, 22) {
		t.Error("the box has no frame")
	}
	same := true
	for i := range a.On {
		same = same && a.On[i] == b.On[i]
	}
	if same {
		t.Error("two code points give the same box")
	}
}

func TestScaleRepeatsDots(t *testing.T) {
	d := NewDots(2, 1)
	d.Set(1, 0)
	s := d.Scale(3, 2)
	if s.W != 6 || s.H != 2 || s.At(2, 0) || !s.At(3, 1) || !s.At(5, 0) {
		t.Errorf("scaled to %d×%d with wrong dots", s.W, s.H)
	}
}

func TestTheBoxSaysCodePointAndPinyin(t *testing.T) {
	s := System()
	if got := Label(0x30EDE); got != "U+30EDE biáng" {
		t.Errorf("label %q", got)
	}
	if got := Label(0x2EBF0); got != "U+2EBF0" {
		t.Errorf("label %q, want no reading where Unicode knows none", got)
	}
	if len(readings()) < 600 {
		t.Errorf("%d readings", len(readings()))
	}
	if s.Has(0xE815) {
		t.Error("a private character is drawn as this machine's fonts happen to")
	}
	w := BoxWidth(0x2EBF0, 24)
	d := s.Cell(0x2EBF0, w, 24, false)
	if d.W != w || w < 3*24 {
		t.Fatalf("box %d wide, drawn %d", w, d.W)
	}
	if !d.At(1, 1) || !d.At(w-2, 22) {
		t.Error("no frame")
	}
	other := s.Cell(0x2EBF1, w, 24, false)
	differ := 0
	for i := range d.On {
		if d.On[i] != other.On[i] {
			differ++
		}
	}
	if n := black(d); n < 2*(w+24) || differ < 10 {
		t.Errorf("%d black dots, %d differ from another code point: the code cannot be read", n, differ)
	}
}

// A word's outline is what its dots are: as wide, with figures that are closed, and
// nothing when no font has it.
func TestOutlineIsTheWord(t *testing.T) {
	s := System()
	for _, word := range []string{"ئابدۇرەھىم", "བཀྲ་ཤིས", "ئا بد"} {
		o := s.Outline(word)
		if o == nil {
			t.Errorf("no outline of %q", word)
			continue
		}
		if dots := s.Word(word, 100, false); o.Width < float64(dots.W)/100-0.1 || o.Width > float64(dots.W)/80 {
			t.Errorf("%q is %.2f wide, its dots, perhaps made to fit a line, %d of 100", word, o.Width, dots.W)
		}
		if len(o.Curves) < 20 || o.Curves[0].Op != 'M' {
			t.Errorf("%q has %d curves", word, len(o.Curves))
		}
		for _, c := range o.Curves {
			if n := map[byte]int{'M': 2, 'L': 2, 'C': 6}[c.Op]; len(c.At) != n {
				t.Fatalf("%q: %+v", word, c)
			}
		}
		if s.Outline(word) != o {
			t.Errorf("%q is drawn twice", word)
		}
	}
	if o := s.Outline("\U0002EBF0"); o != nil {
		t.Errorf("an outline of what no font has: %+v", o)
	}
	if s.Outline("") != nil {
		t.Error("an outline of nothing")
	}
}
