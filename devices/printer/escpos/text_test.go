package escpos

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"hallway/devices/printer"
	"hallway/devices/printer/glyphs"
)

// said is what a line says, glyph by glyph, in the order on paper.
func said(l line) string {
	var all []string
	for _, g := range l {
		switch g.class {
		case drawing:
			all = append(all, g.word)
		default:
			all = append(all, string(g.r))
		}
	}
	return strings.Join(all, "|")
}

func fresh(t testing.TB, profile string, fonts *glyphs.Set) *encoder {
	t.Helper()
	p, err := ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	e := &encoder{}
	e.reset(&p, fonts)
	return e
}

// Marks, words and what is next to them.
func TestGlyphs(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"composed", "Joa\u0303o", "J|o|ã|o"},
		{"composed of three", "Nguye\u0302\u0303n", "N|g|u|y|ễ|n"},
		{"in no one character", "x\u0302\u0301y", "x\u0302\u0301|y"},
		{"a mark alone", "\u0301", "\u0301"},
		{"a mark behind a blank", "a \u0301", "a| |\u0301"},
		{"a compatibility character stays what it is", "\uF979", "\uF979"},
		{"a variant selector has no picture", "葛\U000E0100城", "葛|城"},
		{"Uyghur with a dot", "阿卜杜·热合曼", "阿|卜|杜|·|热|合|曼"},
		{"Uyghur", "ئابدۇراخمان ئەخمەت", "ئابدۇراخمان| |ئەخمەت"},
		{"Tibetan by syllables", "བསྟན་འཛིན", "བསྟན་|འཛིན"},
		{"Mongolian", "ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩᠭᠣᠯ"},
		{"between Chinese", "姓名ئابدۇ：", "姓|名|ئابدۇ|："},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(fresh(t, "epson80", nil).glyphs(nil, c.text)); got != c.want {
				t.Errorf("%+q, want %+q", got, c.want)
			}
		})
	}
}

// Words from right to left stand in their order, and what is between them too.
func TestReorder(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"none", "abc 12", "a|b|c| |1|2"},
		{"two words", "ئابدۇ ئەخمەت", "ئەخمەت| |ئابدۇ"},
		{"between Chinese", "姓名 ئابدۇ ئەخمەت 先生", "姓|名| |ئەخمەت| |ئابدۇ| |先|生"},
		{"a number behind", "ئابدۇ 12", "1|2| |ئابدۇ"},
		{"a number with a point", "ئابدۇ 1.2", "1|.|2| |ئابدۇ"},
		{"a number before", "12 ئابدۇ", "1|2| |ئابدۇ"},
		{"Chinese after", "ئابدۇ（中）12", "ئابدۇ|（|中|）|1|2"},
		{"brackets within", "ئابدۇ (ئەخمەت) ئابدۇ", "ئابدۇ| |(|ئەخمەت|)| |ئابدۇ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(reorder(fresh(t, "epson80", nil).glyphs(nil, c.text))); got != c.want {
				t.Errorf("%+q, want %+q", got, c.want)
			}
		})
	}
}

// No character that is not a blank, a control or a selector is lost, whatever
// the text, and lines are no wider than asked.
func TestNothingIsDropped(t *testing.T) {
	alphabet := []rune("ab1 .中文（）·㐂é\u0301\u0303ئابدۇخ བོད་ᠮᠣᠩ𠮷\U0002EBF0")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 80).Draw(t, "text"))
		width := rapid.IntRange(20, 48).Draw(t, "characters") * latinDots
		p, err := ProfileNamed("epson80")
		if err != nil {
			t.Fatal(err)
		}
		e := &encoder{}
		e.reset(&p, nil)
		e.limit = width
		l := e.glyphs(nil, text)
		var got []string
		for _, s := range wrap(nil, l, width) {
			part := l[s.from:s.to]
			if w := part.width(); w > width {
				t.Fatalf("a line of %d dots, wanted %d at most: %q", w, width, said(part))
			}
			got = append(got, said(part))
		}
		count := func(s string) int {
			s = strings.NewReplacer("|", "", " ", "").Replace(s)
			return len([]rune(normal(s)))
		}
		if a, b := count(strings.Join(got, "")), count(text); a != b {
			t.Fatalf("%d characters of %d: %+q of %+q", a, b, got, text)
		}
	})
}

// The encoder asks the fonts that it is given, not the machine's.
func TestOptionsFontsAreAsked(t *testing.T) {
	none := glyphs.Find(t.TempDir())
	p, err := ProfileNamed("epson80")
	if err != nil {
		t.Fatal(err)
	}
	doc := printer.Document{Blocks: []printer.Block{{Text: &printer.Text{S: "㐂𠮷"}}}}
	got, _, err := Encode(p, none, doc)
	if err != nil {
		t.Fatal(err)
	}
	wide := glyphs.BoxWidth('𠮷', heightDots)
	if !bytes.Contains(got, []byte{0x1B, 0x2A, 33, byte(wide), byte(wide >> 8)}) {
		t.Errorf("no box of %d dots: % X", wide, got)
	}
}

// A picture is sent without its white edges, and stands where it stood.
func TestRasterIsTrimmed(t *testing.T) {
	d := glyphs.NewDots(400, 300)
	d.Set(100, 40)
	d.Set(199, 60)
	for _, c := range []struct {
		align printer.Align
		want  string // feed, first command
		rest  string
	}{
		{printer.Left, "1B 4A 28 1D 76 30 00 19 00 15 00", "1B 4A EF"},
		{printer.Center, "1B 4A 28 1D 76 30 00 19 00 15 00", "1B 4A EF"},
		{printer.Right, "1B 4A 28 1D 76 30 00 26 00 15 00", "1B 4A EF"},
	} {
		e := fresh(t, "epson80", nil)
		e.mode.align = c.align
		e.raster(d)
		if !bytes.HasPrefix(e.b, unhex(t, c.want)) || !bytes.HasSuffix(e.b, unhex(t, c.rest)) {
			t.Errorf("%s: % X", c.align, e.b[:11])
		}
	}
	e := fresh(t, "epson80", nil)
	e.raster(glyphs.NewDots(400, 300))
	if !bytes.Equal(e.b, unhex(t, "1B 4A FF 1B 4A 2D")) || e.ink >= 0 {
		t.Errorf("a white picture: % X, ink at %d", e.b, e.ink)
	}
}

var sample = printer.Document{Title: "ticket", Cut: true, Blocks: []printer.Block{
	{Text: &printer.Text{S: "示例市政务服务中心", Align: printer.Center, Scale: 2, Bold: true}}, {Rule: true},
	{Text: &printer.Text{S: "您的号码", Align: printer.Center}},
	{Text: &printer.Text{S: "A012", Align: printer.Center, Scale: 8, Bold: true}},
	{Text: &printer.Text{S: "户籍业务", Align: printer.Center, Scale: 2}}, {Rule: true},
	{Columns: &printer.Columns{Left: "前面等候", Right: "3 人", Bold: true}},
	{Columns: &printer.Columns{Left: "预计等候", Right: "10–20 分钟", Bold: true}},
	{Columns: &printer.Columns{Left: "取号时间", Right: "2026-11-23 09:40"}}, {Rule: true}, {Feed: 1},
	{QR: &printer.QR{Data: "T37010001A012"}}, {Text: &printer.Text{S: "扫码查看进度", Align: printer.Center}}, {Feed: 1},
	{Text: &printer.Text{S: "请留意屏幕和广播。"}}, {Text: &printer.Text{S: "叫号三次未到，请到咨询台重新激活，排在三人之后。"}},
}}

func BenchmarkTicketAsText(b *testing.B) {
	p, err := ProfileNamed("epson80")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Encode(p, nil, sample); err != nil {
			b.Fatal(err)
		}
	}
}

// normal composes, so that a letter and its mark count as what they become.
func normal(s string) string { return norm.NFC.String(s) }
