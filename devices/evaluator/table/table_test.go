package table

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func caller(t testing.TB) Table {
	t.Helper()
	table, err := Load("caller21")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func mustFill(t *testing.T, pattern string) []byte {
	t.Helper()
	p, err := ParsePattern(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return p.Fill(5, 0, nil)
}

// The vectors of the protocol sheet, §D.1, for address 05.
func TestVectorsOfTheSheet(t *testing.T) {
	c := caller(t)
	show, err := ParsePattern("FF 68 {len} {len} 68 ( {addr} 02 0A 0A 0A 01 02 03 ) {sum} 16")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		name string
		got  []byte
		want string
	}{
		{"show ticket 123, count blank", show.Fill(5, 0, nil), "FF 68 08 08 68 05 02 0A 0A 0A 01 02 03 2B 16"},
		{"beep", c.Ask[1].Fill(5, 0, nil), "FF 68 02 02 68 05 03 08 16"},
		{"call-next key", mustFill(t, "FF 68 {len} {len} 68 ( {addr} {any} 0C ) {sum} 16"), "FF 68 03 03 68 05 01 0C 12 16"},
		{"light all segments", c.Ask[0].Fill(5, 0, nil), "FF 68 08 08 68 05 02 0A 0A 0A 08 08 08 3D 16"},
		{"4 and evaluate", c.Rate.Fill(5, 4, nil), "FF 68 04 04 68 05 01 04 0B 15 16"},
	} {
		if want := unhex(t, v.want); !bytes.Equal(v.got, want) {
			t.Errorf("%s: % X, want % X", v.name, v.got, want)
		}
	}
}

func TestScannerFindsFramesInAnything(t *testing.T) {
	c := caller(t)
	five := "FF 68 04 04 68 05 01 05 0B 16 16"
	for _, v := range []struct {
		name, in string
		levels   []int // of the frames, 0 for another key
	}{
		{"level 5", five, []int{5}},
		{"two digits, the last one counts", "FF 68 05 05 68 05 01 02 05 0B 18 16", []int{5}},
		{"call next is another key", "FF 68 03 03 68 05 01 0C 12 16", []int{0}},
		{"digit 9 is no level", "FF 68 04 04 68 05 01 09 0B 1A 16", []int{0}},
		{"garbage before", "00 FF 68 FF FF 68 04 " + five, []int{5}},
		{"garbage between", five + " 12 34 " + five, []int{5, 5}},
		{"another address", "FF 68 04 04 68 06 01 05 0B 17 16", nil},
		{"wrong sum", "FF 68 04 04 68 05 01 05 0B 17 16", nil},
		{"wrong end", "FF 68 04 04 68 05 01 05 0B 16 17", nil},
		{"the lengths differ", "FF 68 04 05 68 05 01 05 0B 16 16", nil},
		{"length 2", "FF 68 02 02 68 05 01 06 16", nil},
		{"cut, then whole", "FF 68 04 04 68 05 " + five, []int{5}},
		{"nothing", "", nil},
	} {
		t.Run(v.name, func(t *testing.T) {
			for _, size := range []int{1, 3, 100} {
				s := scanner{t: &c, addr: 5}
				var got []int
				in := unhex(t, v.in)
				for len(in) > 0 {
					n := min(size, len(in))
					for _, f := range s.feed(in[:n]) {
						got = append(got, f.level)
					}
					in = in[n:]
				}
				for _, f := range s.idle() {
					got = append(got, f.level)
				}
				if len(got) != len(v.levels) {
					t.Fatalf("in pieces of %d: levels %v, want %v", size, got, v.levels)
				}
				for i := range got {
					if got[i] != v.levels[i] {
						t.Fatalf("in pieces of %d: levels %v, want %v", size, got, v.levels)
					}
				}
			}
		})
	}
}

func TestTablesWithMistakesAreRefused(t *testing.T) {
	good := "version = 1\nname = \"x\"\nask = [\"AA 01\"]\nrate = \"BB {key} {any}\"\n[keys]\n\"31\" = 1\n\"32\" = 2\n\"33\" = 3\n\"34\" = 4\n\"35\" = 5\n"
	if _, err := Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ name, from, to, want string }{
		{"version", "version = 1", "version = 2", "version"},
		{"unknown key", "name", "nmae", "strict"},
		{"a level without a key", "\"35\" = 5", "\"35\" = 4", "5 levels"},
		{"level 6", "\"35\" = 5", "\"35\" = 6", "level"},
		{"no byte", "AA 01", "AA 1", "hexadecimal"},
		{"unknown place", "AA 01", "AA {x}", "known place"},
		{"sum without brackets", "AA 01", "AA {sum}", "need ("},
		{"two keys", "{any}", "{key}", "once"},
		{"variable beginning", "BB {key}", "{key}", "fixed byte"},
		{"acknowledge", "version = 1", "version = 1\nacknowledge = \"nod\"", "echo"},
	} {
		t.Run(v.name, func(t *testing.T) {
			_, err := Parse([]byte(strings.Replace(good, v.from, v.to, 1)))
			if err == nil {
				t.Fatal("accepted")
			}
			if v.name == "a level without a key" {
				v.want = "five levels"
			}
			if !strings.Contains(err.Error(), v.want) {
				t.Errorf("error %q does not say %q", err, v.want)
			}
		})
	}
}

func TestUnknownTableNamesTheKnown(t *testing.T) {
	_, err := Load("caller99")
	if err == nil || !strings.Contains(err.Error(), "caller21") {
		t.Errorf("error %v", err)
	}
}

func FuzzScanner(f *testing.F) {
	f.Add([]byte("\xFF\x68\x04\x04\x68\x05\x01\x05\x0B\x16\x16"), 1)
	f.Add([]byte("\xFF\x68\xFF\x68\xFF\x68\x20\x20\x68\x05"), 7)
	f.Add([]byte("\xFF\x68\x22\x22\x68\x05\x01\x0B\x11\x16"), 3)
	c := caller(f)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		if size < 1 || size > 64 || len(in) > 2000 {
			return
		}
		count := func(size int) (frames, bytesIn int) {
			s := scanner{t: &c, addr: 5}
			rest := in
			for len(rest) > 0 {
				n := min(size, len(rest))
				for _, x := range s.feed(rest[:n]) {
					frames++
					bytesIn += len(x.frame)
				}
				rest = rest[n:]
			}
			for _, x := range s.idle() {
				frames++
				bytesIn += len(x.frame)
			}
			if bytesIn+s.lost != len(in) {
				t.Fatalf("%d bytes in frames and %d lost of %d", bytesIn, s.lost, len(in))
			}
			return frames, bytesIn
		}
		count(size)
		count(1)
	})
}

func FuzzParse(f *testing.F) {
	f.Add("FF 68 {len} {len} 68 ( {addr} {any} {data} {key} 0B ) {sum} 16", []byte{0xFF, 0x68})
	f.Add("BB {key}", []byte{0xBB})
	f.Fuzz(func(t *testing.T, s string, b []byte) {
		p, err := ParsePattern(s)
		if err != nil || len(s) > 300 {
			return
		}
		v, n, _ := p.Match(b, 5)
		if v == yes && (n <= 0 || n > len(b)) {
			t.Fatalf("a frame of %d in %d bytes", n, len(b))
		}
		whole := p.Fill(5, 1, nil)
		if v, n, _ := p.Match(whole, 5); v != yes || n != len(whole) {
			t.Fatalf("%q does not match what it fills in (% X): %v, %d", s, whole, v, n)
		}
	})
}
