package hidpos

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"hallway/build/fuzz"
	"hallway/devices/scanner"
	"hallway/devices/scanner/hidpos/hidpossim"
)

// joined are the scans of reports, and of the silence behind them.
func joined(reports ...[]byte) []scanner.Scan {
	var m message
	var out []scanner.Scan
	for _, r := range reports {
		out = append(out, m.report(r)...)
	}
	return append(out, m.idle()...)
}

// report is a report of the common form.
func report(aim, data string, more byte) []byte {
	r := make([]byte, 64)
	r[0], r[1], r[63] = 2, byte(len(data)), more
	copy(r[2:], aim)
	copy(r[5:], data)
	return r
}

func simple(data string) []byte {
	r := make([]byte, 64)
	r[0], r[1] = 1, byte(len(data))
	copy(r[2:], data)
	return r
}

func TestMessages(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("示例市政务")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("7", 56)
	shifted := make([]byte, 64)
	shifted[0], shifted[1] = 2, 4
	copy(shifted[3:], "]C0A012")
	over := report("]Q1", "A", 0)
	over[1] = 57
	full := strings.Repeat("9", 62)
	for _, tc := range []struct {
		name    string
		reports [][]byte
		want    []scanner.Scan
	}{
		{"one", [][]byte{report("]Q1", "A012", 0)}, []scanner.Scan{{Text: "A012", AIM: "]Q1"}}},
		{"a carriage return", [][]byte{report("]Q1", "A012\r", 0)}, []scanner.Scan{{Text: "A012", AIM: "]Q1"}}},
		{"no aim", [][]byte{report("", "A012", 0)}, []scanner.Scan{{Text: "A012"}}},
		{"aim in the data", [][]byte{report("", "]C0A012", 0)}, []scanner.Scan{{Text: "A012", AIM: "]C0"}}},
		{"two reports", [][]byte{report("]Q0", long, 1), report("]Q0", "7777", 0)}, []scanner.Scan{{Text: long + "7777", AIM: "]Q0"}}},
		{"a character over two reports", [][]byte{report("]Q1", "\xe5\x8e", 1), report("]Q1", "\x85", 0)}, []scanner.Scan{{Text: "厅", AIM: "]Q1"}}},
		{"shifted", [][]byte{shifted}, []scanner.Scan{{Text: "A012", AIM: "]C0"}}},
		{"gb18030", [][]byte{report("]Q1", gbk, 0)}, []scanner.Scan{{Text: "示例市政务", AIM: "]Q1"}}},
		{"eci", [][]byte{report("]Q2", "\\000029"+gbk, 0)}, []scanner.Scan{{Text: "示例市政务", AIM: "]Q2"}}},
		{"unfinished", [][]byte{report("]Q1", long, 1)}, []scanner.Scan{{Broken: true, AIM: "]Q1"}}},
		{"another begins before the end", [][]byte{report("]Q1", long, 1), report("]C0", "A", 0)},
			[]scanner.Scan{{Broken: true, AIM: "]Q1"}, {Text: "A", AIM: "]C0"}}},
		{"longer than a report can be", [][]byte{over}, []scanner.Scan{{Broken: true, AIM: "]Q1"}}},
		{"no text", [][]byte{report("]Q1", "\xff\xff", 0)}, []scanner.Scan{{Broken: true, AIM: "]Q1"}}},
		{"control characters", [][]byte{report("]C1", "A\x1dB\x00\x1b[2JC", 0)}, []scanner.Scan{{Text: "AB[2JC", AIM: "]C1"}}},
		{"an answer to a command", [][]byte{report("]X0", "REVINF", 1), report("]Z6", "REVINF\x06", 0)}, nil},
		{"a report of something else", [][]byte{{0x0F, 1, 2}, {}, {2, 4}}, nil},
		{"simple", [][]byte{simple("A012\r")}, []scanner.Scan{{Text: "A012"}}},
		{"simple, two reports", [][]byte{simple(full), simple("8")}, []scanner.Scan{{Text: full + "8"}}},
		{"simple, exactly full", [][]byte{simple(full)}, []scanner.Scan{{Text: full}}},
		{"simple, wrong length", [][]byte{{1, 63, 'A', 'B'}}, []scanner.Scan{{Broken: true}}},
		{"two forms at once", [][]byte{report("]Q1", long, 1), simple("A")}, []scanner.Scan{{Broken: true, AIM: "]Q1"}, {Text: "A"}}},
	} {
		got := joined(tc.reports...)
		if len(got) != len(tc.want) {
			t.Errorf("%s: %d scans, want %d", tc.name, len(got), len(tc.want))
			continue
		}
		for i, w := range tc.want {
			if g := got[i]; g.Text != w.Text || g.AIM != w.AIM || g.Broken != w.Broken {
				t.Errorf("%s: %q %q broken %v, want %q %q %v", tc.name, g.Text, g.AIM, g.Broken, w.Text, w.AIM, w.Broken)
			}
		}
	}
}

// Every code of every length comes out as it went in, in every form.
func TestEveryLength(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := hidpossim.Options{AIM: "]Q1", Shifted: rapid.Bool().Draw(rt, "shifted"), CR: rapid.Bool().Draw(rt, "cr"), Vendor: 's'}
		if o.Simple = rapid.Bool().Draw(rt, "simple"); o.Simple {
			o.AIM = ""
		}
		code := rapid.StringOfN(rapid.RuneFrom([]rune("A0厅𠮷")), 1, 400, -1).Draw(rt, "code")
		got := joined(hidpossim.New(o).Reports([]byte(code))...)
		if len(got) != 1 || got[0].Text != code || got[0].Broken || got[0].AIM != o.AIM {
			rt.Fatalf("%q came as %+v", code, got)
		}
	})
}

func FuzzReports(f *testing.F) {
	f.Add(slices.Concat(report("]Q1", "A012", 0), simple("B")), byte(64))
	f.Add(slices.Concat(report("]Q2", "\\000029", 1), report("", "\xca\xbe", 0)), byte(64))
	f.Add([]byte{2, 255, ']', 'Z', '6'}, byte(5))
	fuzz.Run(f, func(t *testing.T, stream []byte, size byte) {
		for _, s := range joined(slices.Collect(slices.Chunk(stream, max(1, int(size))))...) {
			if s.Broken && s.Text != "" || !utf8.ValidString(s.Text) || strings.ContainsFunc(s.Text, unicode.IsControl) {
				t.Fatalf("broken %v with text %q", s.Broken, s.Text)
			}
			if len(s.Raw) > maxCode || s.AIM != "" && len(s.AIM) != 3 {
				t.Fatalf("%d bytes, aim %q", len(s.Raw), s.AIM)
			}
		}
	})
}
