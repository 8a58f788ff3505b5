package escpos

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"hallway/build/fuzz"
	"hallway/devices/printer"
	"hallway/devices/printer/glyphs"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encode(t testing.TB, profile string, blocks ...printer.Block) []byte {
	t.Helper()
	p, err := ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := Encode(p, glyphs.System(), printer.Document{Title: "test", Blocks: blocks, Cut: true})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Commands as the protocol sheet §C.1 gives them.
func TestCommandsEqualTheSheet(t *testing.T) {
	text := func(s string) printer.Block { return printer.Block{Text: &printer.Text{S: s}} }
	for _, c := range []struct {
		name, profile string
		block         printer.Block
		want          string
	}{
		{"begins: initialise, status on, Chinese mode", "generic80", text("x"), "1B 40 1D 61 0E 1C 26"},
		{"中文", "generic80", text("中文"), "D6 D0 CE C4 0A"},
		{"centre", "generic80", printer.Block{Text: &printer.Text{S: "A", Align: printer.Center}}, "1B 61 01 41 0A"},
		{"bold", "generic80", printer.Block{Text: &printer.Text{S: "A", Bold: true}}, "1B 45 01 41 0A 1B 45 00"},
		{"size 3", "epson80", printer.Block{Text: &printer.Text{S: "A", Scale: 3}}, "1D 21 22 1B 33 50 41 0A"},
		{"size 2 in Chinese mode of clones", "generic80", printer.Block{Text: &printer.Text{S: "中", Scale: 2}}, "1C 21 0C 1D 21 11 1B 33 38 D6 D0 0A"},
		{"size 2 of SPRT", "sprt58", printer.Block{Text: &printer.Text{S: "中", Scale: 2}}, "1C 21 30 1D 21 11 1B 33 38 D6 D0 0A"},
		{"reverse", "generic80", printer.Block{Text: &printer.Text{S: "A", Invert: true}}, "1D 42 01 41 0A 1D 42 00"},
		{"QR", "epson80", printer.Block{QR: &printer.QR{Data: "A1", Module: 5}},
			"1D 28 6B 04 00 31 41 32 00 1D 28 6B 03 00 31 43 05 1D 28 6B 03 00 31 45 31 1D 28 6B 05 00 31 50 30 41 31 1D 28 6B 03 00 31 51 30"},
		{"Code 128, set B with a brace", "epson80", printer.Block{Code128: &printer.Code128{Data: "A{1"}}, "1D 6B 49 06 7B 42 41 7B 7B 31"},
		{"Code 128, set C", "epson80", printer.Block{Code128: &printer.Code128{Data: "123456"}}, "1D 6B 49 05 7B 43 0C 22 38"},
		{"Code 128, digits within go over to set C and back", "epson80", printer.Block{Code128: &printer.Code128{Data: "H.123456.1"}},
			"1D 6B 49 0D 7B 42 48 2E 7B 43 0C 22 38 7B 42 2E 31"},
		{"Code 128, an odd digit first at the end", "epson80", printer.Block{Code128: &printer.Code128{Data: "A12345"}},
			"1D 6B 49 08 7B 42 41 31 7B 43 17 2D"},
		{"Code 128 that would spell DLE EOT", "epson80", printer.Block{Code128: &printer.Code128{Data: "1604"}}, "1D 6B 49 06 7B 42 31 36 30 34"},
		{"feed", "epson80", printer.Block{Feed: 3}, "1B 64 03"},
		{"partial cut", "epson80", text("x"), "1D 56 42 01"},
		{"Portuguese through code page 850", "epson80", text("ção"), "1C 2E 1B 74 02 87 C6 6F 1C 26 0A"},
		{"a rare character within the line", "epson80", text("㐂"), "1B 2A 21 18 00"},
		{"a letter and its mark are the one character of both", "epson80", text("cafe\u0301"), "63 61 66 1C 2E 1B 74 02 82 1C 26 0A"},
		{"a mark that goes with no character of its own is drawn", "epson80", text("m\u0303"), "1B 2A 21"},
		{"no two-byte font", "western80", text("中"), "1B 40 1D 61 0E 1D 62 01 1B 33 20 1D 76 30 00 03 00 16 00"},
		{"no two-byte font: Latin letters are text", "western80", text("ção"), "1B 33 20 1B 74 02 87 C6 6F 0A"},
		{"a rare character as a picture", "generic58", text("㐂"), "1D 76 30 00 03 00 15 00 00 60 00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := encode(t, c.profile, c.block), unhex(t, c.want); !bytes.Contains(got, want) {
				t.Errorf("% X\ndoes not hold\n% X", got, want)
			}
		})
	}
	if got := processID("0042"); !bytes.Equal(got, unhex(t, "1D 28 48 06 00 30 30 30 30 34 32")) {
		t.Errorf("process id: % X", got)
	}
}

func TestCodesThatCannotBePrinted(t *testing.T) {
	for _, c := range []struct {
		name  string
		block printer.Block
		wide  bool
	}{
		{"too wide", printer.Block{Code128: &printer.Code128{Data: strings.Repeat("A", 40)}}, true},
		{"not ASCII", printer.Block{Code128: &printer.Code128{Data: "厅"}}, false},
		{"empty", printer.Block{Code128: &printer.Code128{}}, false},
		{"empty QR", printer.Block{QR: &printer.QR{}}, false},
		{"QR with DLE", printer.Block{QR: &printer.QR{Data: "\x10\x04\x01"}}, false},
	} {
		p, _ := ProfileNamed("epson80")
		_, _, err := Encode(p, glyphs.System(), printer.Document{Blocks: []printer.Block{c.block}})
		if err == nil || errors.Is(err, ErrTooWide) != c.wide {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

func TestWrap(t *testing.T) {
	p, _ := ProfileNamed("generic80")
	for _, c := range []struct {
		name, text string
		chars      int // half-width
		want       []string
	}{
		{"fits", "你好", 4, []string{"你好"}},
		{"between characters", "你好吗", 4, []string{"你好", "吗"}},
		{"no full stop at the beginning", "你好吗。", 6, []string{"你好", "吗。"}},
		{"no bracket at the end", "你好（吗）", 6, []string{"你好", "（吗）"}},
		{"words stay whole", "one two three", 8, []string{"one two", "three"}},
		{"a long word", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"line feeds", "a\n\nb", 4, []string{"a", "", "b"}},
		{"blank at the break", "abcd efgh", 4, []string{"abcd", "efgh"}},
		{"empty", "", 4, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			e := &encoder{}
			e.reset(&p, nil)
			for _, paragraph := range strings.Split(c.text, "\n") {
				l := e.glyphs(nil, paragraph)
				for _, part := range wrap(nil, l, c.chars*latinDots) {
					var s strings.Builder
					for _, g := range l[part.from:part.to] {
						s.WriteRune(g.r)
					}
					got = append(got, s.String())
				}
			}
			if strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Pictures never hold the byte pairs of real-time commands.
func TestPicturesAreHarmless(t *testing.T) {
	d := glyphs.NewDots(64, 48)
	for y := range d.H { // every row: 10 04 10 05 10 14 10 10
		for i, b := range unhex(t, "10 04 10 05 10 14 10 10") {
			for k := range 8 {
				if b>>(7-k)&1 == 1 {
					d.Set(i*8+k, y)
				}
			}
		}
	}
	p, _ := ProfileNamed("epson80")
	e := &encoder{}
	e.reset(&p, nil)
	e.raster(d)
	for _, pair := range []string{"10 04", "10 05", "10 14"} {
		if bytes.Contains(e.b, unhex(t, pair)) {
			t.Errorf("the picture holds %s", pair)
		}
	}
}

// Answers as the protocol sheet §C.2 gives them.
func TestClassifierTellsAnswersApart(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []answer
		noise    int
	}{
		{"idle status", "10 00 00 0F", []answer{{kind: answerStatus, bytes: [4]byte{0x10, 0, 0, 0x0F}}}, 0},
		{"real time", "12", []answer{{kind: answerRealTime, bytes: [4]byte{0x12}}}, 0},
		{"paper end in real time", "72", []answer{{kind: answerRealTime, bytes: [4]byte{0x72}}}, 0},
		{"GS r", "0C", []answer{{kind: answerQueued, bytes: [4]byte{0x0C}}}, 0},
		{"text block", "5F 54 4D 00", []answer{{kind: answerText, text: "TM"}}, 0},
		{"process id", "37 22 30 30 34 32 00", []answer{{kind: answerProcessID, text: "0042"}}, 0},
		{"cleared", "37 25 00", []answer{{kind: answerCleared}}, 0},
		{"flow control", "11 13", nil, 0},
		{"real time within a status", "18 00 12 0C 0F", []answer{{kind: answerRealTime, bytes: [4]byte{0x12}},
			{kind: answerStatus, bytes: [4]byte{0x18, 0, 0x0C, 0x0F}}}, 0},
		{"a status cut short by another", "10 00 18 00 00 0F", []answer{{kind: answerStatus, bytes: [4]byte{0x18, 0, 0, 0x0F}}}, 2},
		{"noise", "FF 93 12", []answer{{kind: answerRealTime, bytes: [4]byte{0x12}}}, 2},
		{"endless block", "5F " + strings.Repeat("41", 90) + " 12", nil, 81},
	} {
		t.Run(c.name, func(t *testing.T) {
			var cl classifier
			var got []answer
			for _, b := range unhex(t, c.in) {
				if a, ok := cl.feed(b); ok {
					got = append(got, a)
				}
			}
			if c.name == "endless block" {
				got = nil // the rest of the block is read as single answers
			}
			if len(got) != len(c.want) || cl.noise != c.noise {
				t.Fatalf("%+v with noise %d, want %+v with %d", got, cl.noise, c.want, c.noise)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("answer %d: %+v, want %+v", i, got[i], c.want[i])
				}
			}
		})
	}
}

// Status bits as the tables of §C.2 give them.
func TestConditionBits(t *testing.T) {
	for _, c := range []struct {
		in   [4]byte
		want condition
	}{
		{[4]byte{0x10, 0, 0, 0x0F}, condition{}},
		{[4]byte{0x18, 0, 0x0F, 0x0F}, condition{Offline: true, PaperEnd: true, NearEnd: true}},
		{[4]byte{0x38, 0, 0, 0x0F}, condition{Offline: true, CoverOpen: true}},
		{[4]byte{0x18, 0x08, 0, 0}, condition{Offline: true, Cutter: true}},
		{[4]byte{0x18, 0x20, 0, 0}, condition{Offline: true, Error: true}},
		{[4]byte{0x18, 0x40, 0, 0}, condition{Offline: true, Hot: true}},
		{[4]byte{0x10, 0, 0x03, 0}, condition{NearEnd: true}},
	} {
		if got := (condition{}).status(c.in); got != c.want {
			t.Errorf("% X: %+v, want %+v", c.in, got, c.want)
		}
	}
	for _, c := range []struct {
		n    int
		b    byte
		want condition
	}{
		{1, 0x12, condition{}}, {1, 0x1A, condition{Offline: true}}, {2, 0x16, condition{CoverOpen: true}},
		{2, 0x32, condition{PaperEnd: true}}, {3, 0x1A, condition{Cutter: true}}, {3, 0x32, condition{Error: true}},
		{3, 0x52, condition{Hot: true}}, {4, 0x1E, condition{NearEnd: true}}, {4, 0x7E, condition{NearEnd: true, PaperEnd: true}},
	} {
		if got := (condition{}).realTime(c.n, c.b); got != c.want {
			t.Errorf("DLE EOT %d, %02X: %+v, want %+v", c.n, c.b, got, c.want)
		}
	}
}

func FuzzClassifier(f *testing.F) {
	f.Add([]byte("\x10\x00\x00\x0F\x12\x37\x22" + "0001\x00\x5FTM\x00"))
	f.Add([]byte("\x10\x00\x12\x00\x93\x5F"))
	fuzz.Run(f, func(t *testing.T, in []byte) {
		var c classifier
		for _, b := range in {
			if a, ok := c.feed(b); ok && len(a.text) > maxBlock {
				t.Fatalf("an answer of %d bytes", len(a.text))
			}
		}
		c.idle()
		if c.status != nil || c.block != nil || c.noise > len(in) {
			t.Fatalf("after idle: %+v", c)
		}
		if a, ok := c.feed(0x12); !ok || a.kind != answerRealTime {
			t.Fatal("after idle the next answer is not understood")
		}
	})
}
