package codes

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"hallway/devices/scanner"
)

func TestSameSeedSamePicture(t *testing.T) {
	formats := append(scanner.Formats(), Empty)
	if testing.Short() {
		formats = []scanner.Format{scanner.QR, Empty}
	}
	for _, f := range formats {
		a, err := Make(f, 7, 3)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Make(f, 7, 3)
		if err != nil {
			t.Fatal(err)
		}
		other, err := Make(f, 8, 3)
		if err != nil {
			t.Fatal(err)
		}
		if a.Name != b.Name || a.Text != b.Text || !bytes.Equal(a.Image.Pix, b.Image.Pix) {
			t.Errorf("%s: the same seed gives other pictures", f)
		}
		if bytes.Equal(a.Image.Pix, other.Image.Pix) {
			t.Errorf("%s: another seed gives the same picture", f)
		}
	}
}

func TestWrongReadsAreCounted(t *testing.T) {
	shown := []Picture{{Name: "a", Format: scanner.QR, Text: "A"}, {Name: "b", Format: scanner.Code39, Text: "B"}, {Name: "c", Format: Empty}}
	s := score(shown, [][]Read{
		{{Format: scanner.QR, Text: "A"}, {Format: scanner.Code39, Text: "A"}}, // right, and another beside it
		{{Format: scanner.Code39, Text: "BB"}},
		{{Format: scanner.EAN13, Text: "6901234567892"}, {Crash: true}},
	})
	if s.Read != 1 || s.Wrong != 3 || len(s.WrongReads) != 3 || !slices.Equal(s.Crashes, []string{"c"}) {
		t.Errorf("read %d, wrong %d: %v", s.Read, s.Wrong, s.WrongReads)
	}
}

func TestWhatTheProgramsSay(t *testing.T) {
	want := [][]Read{{{Format: scanner.QR, Text: "A b <c>"}}, {}, {{Text: "X"}, {Format: scanner.Code128, Text: "1"}}}
	files := []string{"/x/1", "/x/2", "/x/3"}
	zbar := `<barcodes xmlns='http://zbar.sourceforge.net/2008/barcode'>
<source href='/x/1'><index num='0'><symbol type='QR-Code' quality='1'><data><![CDATA[A b <c>]]></data></symbol></index></source>
<source href='/x/2'></source>
<source href='/x/3'><index num='0'><symbol type='I2/5'><data><![CDATA[X]]></data></symbol><symbol type='CODE-128'><data><![CDATA[1]]></data></symbol></index></source>
</barcodes>`
	zxing := "/x/1 QRCode \"A b <c>\"\n/x/2 None\n/x/3 ITF X\n/x/3 Code128 \"1\"\n"
	for name, got := range map[string]func() ([][]Read, error){
		"zbar":  func() ([][]Read, error) { return parseZBar([]byte(zbar), files) },
		"zxing": func() ([][]Read, error) { return parseZXing([]byte(zxing), files) },
	} {
		reads, err := got()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(reads, want, slices.Equal) {
			t.Errorf("%s: %v, want %v", name, reads, want)
		}
	}
	if _, err := parseZXing([]byte("/x/1 None\n"), files); err == nil {
		t.Error("files that a program did not speak of are no error")
	}
}

// TestACrash: a program that crashes at one picture still reads the others.
func TestACrash(t *testing.T) {
	p := program{"crasher", "/bin/sh", []string{"-c", `for f; do [ "$f" != b ] || kill -ABRT $$; echo "$f QRCode X"; done`, "sh"}, parseZXing}
	reads, _, err := p.Read(context.Background(), []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	x := []Read{{Format: scanner.QR, Text: "X"}}
	if want := [][]Read{x, {{Crash: true}}, x}; !slices.EqualFunc(reads, want, slices.Equal) {
		t.Errorf("%v", reads)
	}
}

// TestSideBySide runs everything once; build/test installs the two programs.
func TestSideBySide(t *testing.T) {
	if m := Missing(); len(m) > 0 {
		t.Skipf("%v are missing: install zbar-tools and zxing-cpp-tools", m)
	}
	var out strings.Builder
	// gozxing alone is slow and is not what this project uses
	readers := []Reader{Hallway(), ZBar(), ZXing()}
	pictures := 3
	if testing.Short() {
		pictures = 1
	}
	scores, err := Run(context.Background(), Options{Pictures: pictures, Readers: readers, Seed: 1, Dir: t.TempDir(), Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + out.String())
	read := map[string]int{}
	for _, s := range scores {
		read[s.Reader] += s.Read
	}
	for name, n := range read {
		if n == 0 {
			t.Errorf("%s read nothing: it cannot have seen the pictures", name)
		}
	}
	for _, s := range scores {
		if s.Reader == "hallway" && s.Wrong > 0 {
			t.Errorf("wrong reads: %v", s.WrongReads)
		}
	}
}
