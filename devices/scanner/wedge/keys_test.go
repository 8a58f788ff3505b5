package wedge

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"hallway/build/fuzz"
	"hallway/devices/scanner"
	"hallway/devices/scanner/text"
	"hallway/devices/scanner/wedge/wedgesim"
)

// typed are the scans of event records, and of the silence behind them.
func typed(o Options, held []uint16, events []byte) []scanner.Scan {
	if o.Max == 0 {
		o.Max = 64
	}
	if o.Least == 0 {
		o.Least = 1
	}
	t := newTypist(o, held)
	return append(t.feed(events), t.idle()...)
}

func TestTyping(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("示例市")
	if err != nil {
		t.Fatal(err)
	}
	const f1, esc, leftCtrl, leftAlt, leftMeta, del, sysrq, keyA, keyB, keyC, power, nul = 59, 1, 29, 56, 125, 111, 99, 30, 48, 46, 116, 0
	plain := wedgesim.New(wedgesim.Options{})
	alt := wedgesim.New(wedgesim.Options{Alt: true})
	chord := wedgesim.New(wedgesim.Options{Alt: true, Chord: true})
	bare := wedgesim.New(wedgesim.Options{Suffix: []uint16{}})
	tab := wedgesim.New(wedgesim.Options{Suffix: []uint16{15}})
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	ok := func(s string) scanner.Scan { return scanner.Scan{Text: s} }
	broken := scanner.Scan{Broken: true}
	all := " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
	for _, tc := range []struct {
		name   string
		o      Options
		held   []uint16
		events []byte
		want   []scanner.Scan
	}{
		{"one", Options{}, nil, plain.Keys([]byte("T*370100*A012*7")), []scanner.Scan{ok("T*370100*A012*7")}},
		{"every character", Options{Max: 200}, nil, plain.Keys([]byte(all)), []scanner.Scan{ok(all)}},
		{"caps lock", Options{Max: 200}, nil, wedgesim.New(wedgesim.Options{Caps: true}).Keys([]byte(all)), []scanner.Scan{ok(all)}},
		{"number pad", Options{}, nil, wedgesim.New(wedgesim.Options{Pad: true}).Keys([]byte("A0123456789")), []scanner.Scan{ok("A0123456789")}},
		{"number pad's Enter", Options{}, nil, wedgesim.New(wedgesim.Options{Suffix: []uint16{96}}).Keys([]byte("A")), []scanner.Scan{ok("A")}},
		{"two", Options{}, nil, join(plain.Keys([]byte("A")), plain.Keys([]byte("B"))), []scanner.Scan{ok("A"), ok("B")}},
		{"enter twice", Options{}, nil, join(plain.Keys([]byte("A")), plain.Keys(nil)), []scanner.Scan{ok("A")}},
		{"ALT mode", Options{}, nil, alt.Keys([]byte("SIP-4-1")), []scanner.Scan{ok("SIP-4-1")}},
		{"ALT mode, digits at once", Options{}, nil, chord.Keys([]byte("SI-41")), []scanner.Scan{ok("SI-41")}},
		{"ALT mode, equal digits at once", Options{}, nil, chord.Keys([]byte("SIP")), []scanner.Scan{broken}},
		{"ALT mode, utf-8", Options{}, nil, alt.Keys([]byte("厅通𠮷")), []scanner.Scan{ok("厅通𠮷")}},
		{"ALT mode, gb18030", Options{}, nil, alt.Keys([]byte(gbk)), []scanner.Scan{ok("示例市")}},
		{"ALT mode, a character's number", Options{}, nil, join(wedgesim.Tap(56, 79, 82, 80, 75), wedgesim.Tap(28)), []scanner.Scan{ok("\u0400")}},
		{"ALT mode, no character", Options{}, nil, join(wedgesim.Tap(56, 73, 73, 73, 73, 73, 73, 73, 73), wedgesim.Tap(28)), []scanner.Scan{broken}},
		{"aim", Options{}, nil, plain.Keys([]byte("]Q1X")), []scanner.Scan{{Text: "X", AIM: "]Q1"}}},
		{"aim missing", Options{AIM: text.Always}, nil, plain.Keys([]byte("X")), []scanner.Scan{broken}},
		{"tab ends", Options{Suffix: Tab}, nil, join(tab.Keys([]byte("A")), tab.Keys([]byte("B"))), []scanner.Scan{ok("A"), ok("B")}},
		{"tab does not end", Options{}, nil, plain.Keys([]byte("A\tB")), []scanner.Scan{ok("AB")}},
		{"silence ends", Options{Suffix: None}, nil, bare.Keys([]byte("ABC")), []scanner.Scan{ok("ABC")}},
		{"silence breaks", Options{}, nil, bare.Keys([]byte("ABC")), []scanner.Scan{broken}},
		{"a key by chance", Options{Least: 4}, nil, bare.Keys([]byte("ABC")), nil},
		{"too short", Options{Least: 4}, nil, plain.Keys([]byte("ABC")), nil},
		{"prefix", Options{Prefix: "$$", Least: 2}, nil, join(plain.Keys([]byte("$$AB")), plain.Keys([]byte("$$A"))), []scanner.Scan{ok("AB")}},
		{"prefix missing", Options{Prefix: "$$"}, nil, plain.Keys([]byte("$AB")), []scanner.Scan{broken}},
		{"over-long", Options{Max: 4}, nil, join(plain.Keys([]byte("12345")), plain.Keys([]byte("1234"))), []scanner.Scan{broken, ok("1234")}},
		{"keys held before", Options{}, []uint16{42, keyB}, join(wedgesim.Event(1, keyB, 2), plain.Keys([]byte("a")), wedgesim.Event(1, 42, 0),
			wedgesim.Event(1, keyB, 0), plain.Keys([]byte("b"))), []scanner.Scan{ok("a"), ok("b")}},
		{"a key that repeats", Options{}, nil, join(wedgesim.Event(1, keyA, 1), wedgesim.Event(1, keyA, 2), wedgesim.Event(1, keyA, 2),
			wedgesim.Event(1, keyA, 0), wedgesim.Tap(28)), []scanner.Scan{ok("a")}},
		{"control characters", Options{}, nil, plain.Keys([]byte("A\x04\x12B")), []scanner.Scan{ok("AB")}},
		{"the system's keys", Options{}, nil, join(wedgesim.Tap(leftAlt, f1), wedgesim.Tap(leftCtrl, leftAlt, del), wedgesim.Tap(leftMeta, keyC),
			wedgesim.Tap(esc), wedgesim.Tap(leftAlt, sysrq, keyB), wedgesim.Tap(power), wedgesim.Tap(nul)), nil},
		{"the system's keys in a code", Options{}, nil, join(wedgesim.Tap(keyA), wedgesim.Tap(leftAlt, f1), wedgesim.Tap(esc), wedgesim.Tap(28)), []scanner.Scan{ok("a")}},
		{"keys were lost", Options{}, nil, join(wedgesim.Tap(keyA), wedgesim.Event(0, 3, 0), wedgesim.Tap(keyB), wedgesim.Tap(28), plain.Keys([]byte("c"))), []scanner.Scan{broken, ok("c")}},
		{"lost with shift down", Options{}, nil, join(wedgesim.Event(1, 42, 1), wedgesim.Event(0, 3, 0), wedgesim.Tap(28), plain.Keys([]byte("c"))), []scanner.Scan{broken, ok("c")}},
	} {
		got := typed(tc.o, tc.held, tc.events)
		if len(got) != len(tc.want) {
			t.Errorf("%s: %d scans, want %d: %+v", tc.name, len(got), len(tc.want), got)
			continue
		}
		for i, w := range tc.want {
			if g := got[i]; g.Text != w.Text || g.AIM != w.AIM || g.Broken != w.Broken {
				t.Errorf("%s: %q %q broken %v, want %q %q %v", tc.name, g.Text, g.AIM, g.Broken, w.Text, w.AIM, w.Broken)
			}
		}
	}
}

// Caps lock that was left on is over with the silence behind it.
func TestCapsLockEndsWithTheSilence(t *testing.T) {
	m := newTypist(Options{Max: 64, Least: 1}, nil)
	if got := m.feed(slices.Concat(wedgesim.Tap(58), wedgesim.Tap(30), wedgesim.Tap(28), wedgesim.Tap(48))); len(got) != 1 || got[0].Text != "A" {
		t.Errorf("%+v", got)
	}
	if got := m.idle(); m.pending() || len(got) != 1 || !got[0].Broken {
		t.Errorf("%+v", got)
	}
	if got := m.feed(wedgesim.New(wedgesim.Options{}).Keys([]byte("aB"))); len(got) != 1 || got[0].Text != "aB" {
		t.Errorf("%+v", got)
	}
}

// What a GS1 code separates by control characters stays in Raw.
func TestControlCharactersStayInRaw(t *testing.T) {
	events := slices.Concat(wedgesim.Tap(30), wedgesim.Event(1, 29, 1), wedgesim.Tap(27), wedgesim.Event(1, 29, 0),
		wedgesim.Event(1, 29, 1), wedgesim.Tap(32), wedgesim.Event(1, 29, 0), wedgesim.Tap(48), wedgesim.Tap(28))
	got := typed(Options{}, nil, events)
	if len(got) != 1 || !bytes.Equal(got[0].Raw, []byte("a\x1d\x04b")) || got[0].Text != "ab" {
		t.Errorf("%+v", got)
	}
}

// Every code of characters that have keys comes out as it went in, in every
// mode, however the records are cut.
func TestEveryCode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := wedgesim.Options{Caps: rapid.Bool().Draw(rt, "caps"), Pad: rapid.Bool().Draw(rt, "pad"), Alt: rapid.Bool().Draw(rt, "alt")}
		characters := rapid.RuneFrom(nil, &unicode.RangeTable{R16: []unicode.Range16{{Lo: ' ', Hi: '~', Stride: 1}}, LatinOffset: 1})
		if o.Alt {
			characters = rapid.RuneFrom([]rune("aZ0 ]厅𠮷"))
		}
		code := rapid.StringOfN(characters, 1, 60, -1).Draw(rt, "code")
		events := wedgesim.New(o).Keys([]byte(code))
		m := newTypist(Options{Max: 300, Least: 1, AIM: text.Never}, nil)
		var got []scanner.Scan
		for len(events) > 0 {
			n := min(len(events), rapid.IntRange(1, 200).Draw(rt, "n"))
			got = append(got, m.feed(events[:n])...)
			events = events[n:]
		}
		if len(got) != 1 || got[0].Text != code || got[0].Broken {
			rt.Fatalf("%q came as %+v", code, got)
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add(wedgesim.New(wedgesim.Options{}).Keys([]byte("A012")), "", uint16(42))
	f.Add(wedgesim.New(wedgesim.Options{Alt: true}).Keys([]byte("厅")), "tab", uint16(0))
	fuzz.Run(f, func(t *testing.T, events []byte, suffix string, held uint16) {
		o := Options{Suffix: Suffix(suffix)}
		if o.Suffix != Enter && o.Suffix != Tab && o.Suffix != None {
			return
		}
		for _, s := range typed(o, []uint16{held}, events) {
			if s.Broken && s.Text != "" || !utf8.ValidString(s.Text) || strings.ContainsFunc(s.Text, unicode.IsControl) {
				t.Fatalf("broken %v with text %q", s.Broken, s.Text)
			}
			if len(s.Raw) > 64 {
				t.Fatalf("%d bytes", len(s.Raw))
			}
		}
	})
}
