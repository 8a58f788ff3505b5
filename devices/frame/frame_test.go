package frame

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pattern(t testing.TB, s string) Pattern {
	t.Helper()
	p, err := Parse(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func load(t testing.TB, name string) Table {
	t.Helper()
	table, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The vectors of the protocol sheet, §D.1 and §D.3.
func TestVectorsOfTheSheet(t *testing.T) {
	c, b4, xp := load(t, "caller21"), load(t, "board4"), load(t, "xunpeng")
	five := Values{Addr: 5}
	for _, v := range []struct {
		name string
		got  []byte
		want string
	}{
		{"show ticket 123, count blank", c.Caller.Show[0].Fill(Values{Addr: 5, Number: 123}), "FF 68 08 08 68 05 02 0A 0A 0A 01 02 03 2B 16"},
		{"beep", c.Evaluator.Ask[1].Fill(five), "FF 68 02 02 68 05 03 08 16"},
		{"beep of the clerk's side", c.Caller.Beep[0].Fill(five), "FF 68 02 02 68 05 03 08 16"},
		{"call-next key", c.Caller.Press.Fill(Values{Addr: 5, Key: 0x0C}), "FF 68 03 03 68 05 01 0C 12 16"},
		{"light all segments", c.Evaluator.Ask[0].Fill(five), "FF 68 08 08 68 05 02 0A 0A 0A 08 08 08 3D 16"},
		{"4 and evaluate", c.Evaluator.Rate.Fill(Values{Addr: 5, Key: 4}), "FF 68 04 04 68 05 01 04 0B 15 16"},
		{"board 5 shows 999", b4.Board.Show[0].Fill(Values{Addr: 5, Number: 999}), "05 03 E7 EF"},
		{"888 in green", xp.Board.Show[0].Fill(Values{Colour: xp.Board.Colours["green"], Number: 888}), "3A 00 78 03 01 B6 0A"},
	} {
		if want := unhex(t, v.want); !bytes.Equal(v.got, want) {
			t.Errorf("%s: % X, want % X", v.name, v.got, want)
		}
	}
}

// The outer frame of Onbon's LED controllers (§D.4) by an encoder of its own:
// eight A5, the escaped body with a header of 16 bytes, its length and CRC, 5A.
func TestTheOuterFrameOfOnbonCanBeATable(t *testing.T) {
	esc := escapes{0xA5: {0xA6, 2}, 0xA6: {0xA6, 1}, 0x5A: {0x5B, 2}, 0x5B: {0x5B, 1}}
	p, err := Parse("A5*8 < ( 01 00 00 80 00 00 FE 02 00*4 {len2:lo} 00 00 [ A3 06 5A 5B A5 A6 {data} {ascii:4} ] ) {crc16r:8005,0000,lo} > 5A", esc)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		data, text := rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "data"), rapid.StringMatching("[A-Z0-9]{4}").Draw(t, "text")
		inner := append([]byte{0xA3, 0x06, 0x5A, 0x5B, 0xA5, 0xA6}, append(slices.Clone(data), text...)...)
		body := append([]byte{1, 0, 0, 0x80, 0, 0, 0xFE, 2, 0, 0, 0, 0, byte(len(inner)), 0, 0, 0}, inner...)
		var crc uint16 // the low bit first, by the turned polynomial
		for _, b := range body {
			crc ^= uint16(b)
			for range 8 {
				if crc&1 != 0 {
					crc = crc>>1 ^ 0xA001
				} else {
					crc >>= 1
				}
			}
		}
		body = append(body, byte(crc), byte(crc>>8))
		want := bytes.Repeat([]byte{0xA5}, 8)
		for _, b := range body {
			switch b {
			case 0xA5:
				want = append(want, 0xA6, 2)
			case 0xA6:
				want = append(want, 0xA6, 1)
			case 0x5A:
				want = append(want, 0x5B, 2)
			case 0x5B:
				want = append(want, 0x5B, 1)
			default:
				want = append(want, b)
			}
		}
		want = append(want, 0x5A)
		if got := p.Fill(Values{Data: data, Text: text}); !bytes.Equal(got, want) {
			t.Fatalf("% X\n% X", got, want)
		}
		if v, n, got := p.Match(want); v != Yes || n != len(want) || got.Text != text || !bytes.Equal(got.Data, data) {
			t.Fatalf("% X is read as %v, %d bytes, %+v", want, v, n, got)
		}
	})
}

// The table of Onbon's controllers with fonts, by a frame that was computed apart,
// and its places by frames that a controller takes, from public code that sends them
// to one: another area, and a text with the font in front. Their CRCs show which it is.
func TestTheTextOfOnbonByFramesOfALine(t *testing.T) {
	table := load(t, "onbon_text")
	want := unhex(t, "A5A5A5A5A5A5A5A5 0100 0080 000000000000 FE02 2C00 A3060200000001 2300 00 0000 0000 0800 1000 00 00 00 0000 000000 01 01 01 00 04 05 08000000 4130313220202020 03B0 5A")
	if got := table.Board.Show[0].Fill(Values{Addr: 1, Text: "A012"}); !bytes.Equal(got, want) {
		t.Errorf("A012: % X, want % X", got, want)
	}
	area, whole := "23 00  00  00 00 00 00 08 00 10 00  00 00 00 00 00  00 00 00  01 01 01 00 04 05  08 00 00 00 {ascii:8}", table.Board.Show[0].String()
	for _, seen := range []struct{ line, area, text string }{
		{"A5A5A5A5A5A5A5A5 0100 0080 000000000000 FE02 3300 A3060200000001 2A00 00 0000 1800 4000 0C00 01 0A 01 0200 000000 01 01 01 00 17 02 0F000000 5C464F30303048554D3A3636255248 367A 5A",
			"2A 00 00 00 00 18 00 40 00 0C 00 01 0A 01 02 00 00 00 00 01 01 01 00 17 02 0F 00 00 00 {ascii:15}", `\FO000HUM:66%RH`},
		{"A5A5A5A5A5A5A5A5 0100 0080 000000000000 FE02 2C00 A3060200000001 2300 00 0000 2400 4000 0C00 01 0A 01 0200 000000 01 01 01 00 17 02 08000000 5C464F3030302020 DAF6 5A",
			"23 00 00 00 00 24 00 40 00 0C 00 01 0A 01 02 00 00 00 00 01 01 01 00 17 02 08 00 00 00 {ascii:8}", `\FO000`},
	} {
		text := strings.Replace(whole, area, seen.area, 1)
		p, err := Parse(text, escapes{0xA5: {0xA6, 2}, 0xA6: {0xA6, 1}, 0x5A: {0x5B, 2}, 0x5B: {0x5B, 1}})
		if err != nil || text == whole {
			t.Fatalf("%q, %v", text, err)
		}
		if got, want := p.Fill(Values{Addr: 1, Text: seen.text}), unhex(t, seen.line); !bytes.Equal(got, want) {
			t.Errorf("%s: % X, want % X", seen.text, got, want)
		}
	}
}

// The published check values of these CRCs over «123456789».
func TestCRCsByTheirCheckValues(t *testing.T) {
	for _, v := range []struct{ name, place, want string }{
		{"ARC", "{crc16r:8005,0000,hi}", "BB3D"},
		{"MODBUS", "{crc16r:8005,FFFF,lo}", "374B"},
		{"XMODEM", "{crc16:1021,0000,hi}", "31C3"},
		{"CCITT-FALSE", "{crc16:1021,FFFF,hi}", "29B1"},
		{"KERMIT", "{crc16r:1021,0000,hi}", "2189"},
		{"X.25", "{crc16r:1021,FFFF,hi,FFFF}", "906E"},
	} {
		got := pattern(t, "( 31 32 33 34 35 36 37 38 39 ) "+v.place).Fill(Values{})[9:]
		if want := unhex(t, v.want); !bytes.Equal(got, want) {
			t.Errorf("%s: % X, want % X", v.name, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	esc := escapes{0xA5: {0xA6, 2}, 0xA6: {0xA6, 1}, 0x5A: {0x5B, 2}, 0x5B: {0x5B, 1}}
	for _, v := range []struct {
		pattern string
		v       Values
		want    string
	}{
		{"AA*3 {any*2} BB", Values{}, "AA AA AA 01 01 BB"},
		{"02 {len2} ( 10 20 {data} ) {xor}", Values{Data: []byte{1}}, "02 00 03 10 20 01 31"},
		{"02 {len2:lo} ( 10 20 ) {neg}", Values{}, "02 02 00 10 20 D0"},
		{"02 ( 10 20 ) {not}", Values{}, "02 10 20 CF"},
		{"02 ( {len} [ 10 ) {sum} ]", Values{}, "02 02 10 12"},
		{"02 {digits:4}", Values{Number: 57}, "02 00 00 05 07"},
		{"02 {digits:4,0A}", Values{Number: 57}, "02 0A 0A 05 07"},
		{"02 {digits:3,0A}", Values{}, "02 0A 0A 00"},
		{"02 {ascii:5}", Values{Text: "A012"}, "02 41 30 31 32 20"},
		{"02 {ascii:3}", Values{Text: "A012"}, "02 41 30 31"},
		{"02 {num1} {colour}", Values{Number: 9, Colour: 2}, "02 09 02"},
		{"A5 < A5 5A {key} 5B > 5A", Values{Key: 0xA6}, "A5 A6 02 5B 02 A6 01 5B 01 5A"},
	} {
		p, err := Parse(v.pattern, esc)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Fill(v.v)
		if want := unhex(t, v.want); !bytes.Equal(got, want) {
			t.Errorf("%s: % X, want % X", v.pattern, got, want)
		}
		for cut := range got {
			if verdict, _, _ := p.Match(got[:cut]); verdict != More {
				t.Errorf("%s: %d bytes of it are %v, not the beginning of it", v.pattern, cut, verdict)
			}
		}
	}
}

func TestWhatIsFilledInIsReadBack(t *testing.T) {
	patterns := []string{
		"FF {addr} {len} ( {key} {data} {num2:lo} ) {sum} 16",
		"FF ( {colour} {digits:4,0A} {addr} {any} ) {crc16r:8005,0000,lo}",
		"02 < {len2} ( {ascii:6} {data} {key} ) {crc16:1021,FFFF,hi} > 03",
		"( {addr} {num1} ) {neg}",
	}
	esc := escapes{2: {0x10, 2}, 3: {0x10, 3}, 0x10: {0x10, 0x10}}
	rapid.Check(t, func(t *rapid.T) {
		p, err := Parse(rapid.SampledFrom(patterns).Draw(t, "pattern"), esc)
		if err != nil {
			t.Fatal(err)
		}
		v := Values{Addr: rapid.Byte().Draw(t, "addr")}
		if p.Has("key") {
			v.Key = rapid.Byte().Draw(t, "key")
		}
		if p.Has("colour") {
			v.Colour = rapid.Byte().Draw(t, "colour")
		}
		if p.Has("ascii") {
			v.Text = rapid.StringMatching("[A-Z0-9]{0,6}").Draw(t, "text")
		}
		if p.MaxNumber() > 0 {
			v.Number = rapid.Uint32Range(0, p.MaxNumber()).Draw(t, "number")
		}
		if !p.Has("addr") {
			v.Addr = 0
		}
		frame := p.Fill(v)
		got, n, read := p.Match(append(slices.Clone(frame), 0xFF))
		if got != Yes || n != len(frame) || len(read.Data) > 0 {
			t.Fatalf("% X: %v, %d bytes, %+v", frame, got, n, read)
		}
		if read.Data = nil; read.Addr != v.Addr || read.Key != v.Key || read.Colour != v.Colour || read.Number != v.Number || read.Text != v.Text {
			t.Fatalf("%+v is read as %+v", v, read)
		}
	})
}

func TestPatternsWithMistakesAreRefused(t *testing.T) {
	for _, v := range []struct{ pattern, want string }{
		{"", "empty"}, {"AA 1", "hexadecimal"}, {"AA {x}", "known place"}, {"AA {sum}", "need ("}, {"AA {len}", "needs ["},
		{"AA {key} {key}", "once"}, {"AA {num1} {num2}", "once"}, {"{key} AA", "fixed byte"}, {"{addr} {key}", "fixed byte"},
		{"AA ( 01", "bracket"}, {"AA ) 01 (", "bracket"}, {"AA ( {sum} )", "between"}, {"AA < 01 >", "[escape]"},
		{"AA {crc16:8005,0000}", "known place"}, {"AA {crc16:8005,0000,up}", "known place"}, {"AA {digits:0}", "known place"},
		{"AA {digits:3,05}", "known place"}, {"AA {ascii:65}", "known place"}, {"AA*999", "hexadecimal"}, {"AA {key*2}", "known place"},
		{"AA*200 BB*200", "at most"}, {"AA {num2:up}", "known place"}, {"AA {any:3}", "known place"},
	} {
		if _, err := Parse(v.pattern, nil); err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%q: %v does not say %q", v.pattern, err, v.want)
		}
	}
}

func TestScannerFindsFramesInAnything(t *testing.T) {
	c := load(t, "caller21")
	five := "FF 68 04 04 68 05 01 05 0B 16 16"
	for _, v := range []struct {
		name, in string
		levels   []int // of the frames, 0 for another key
		lost     int
	}{
		{"level 5", five, []int{5}, 0},
		{"two digits, the last one counts", "FF 68 05 05 68 05 01 02 05 0B 18 16", []int{5}, 0},
		{"call next is another key", "FF 68 03 03 68 05 01 0C 12 16", []int{0}, 0},
		{"digit 9 is no level", "FF 68 04 04 68 05 01 09 0B 1A 16", []int{0}, 0},
		{"garbage before", "00 FF 68 FF FF 68 04 " + five, []int{5}, 7},
		{"garbage between", five + " 12 34 " + five, []int{5, 5}, 2},
		{"another address is no noise", "FF 68 04 04 68 06 01 05 0B 17 16", nil, 0},
		{"wrong sum", "FF 68 04 04 68 05 01 05 0B 17 16", nil, 11},
		{"wrong end", "FF 68 04 04 68 05 01 05 0B 16 17", nil, 11},
		{"the lengths differ", "FF 68 04 05 68 05 01 05 0B 16 16", nil, 11},
		{"length 2", "FF 68 02 02 68 05 01 06 16", nil, 9},
		{"cut, then whole", "FF 68 04 04 68 05 " + five, []int{5}, 6},
		{"nothing", "", nil, 0},
	} {
		t.Run(v.name, func(t *testing.T) {
			for _, size := range []int{1, 3, 100} {
				s := Scanner{Patterns: []Pattern{c.Evaluator.Rate, c.Frame}, Addr: 5}
				var got []int
				for _, f := range feed(&s, unhex(t, v.in), size) {
					level := 0
					if f.Which == 0 {
						level = c.Evaluator.Keys[uint16(f.Key)]
					}
					got = append(got, level)
				}
				if !slices.Equal(got, v.levels) || s.Lost != v.lost {
					t.Fatalf("in pieces of %d: levels %v, lost %d, want %v and %d", size, got, s.Lost, v.levels, v.lost)
				}
			}
		})
	}
}

// feed gives a stream in pieces and says at its end that nothing more comes.
func feed(s *Scanner, in []byte, size int) []Found {
	var out []Found
	for len(in) > 0 {
		n := min(size, len(in))
		out = append(out, s.Feed(in[:n])...)
		in = in[n:]
	}
	return append(out, s.Idle()...)
}

func FuzzScanner(f *testing.F) {
	f.Add([]byte("\xFF\x68\x04\x04\x68\x05\x01\x05\x0B\x16\x16"), 1)
	f.Add([]byte("\xFF\x68\xFF\x68\xFF\x68\x20\x20\x68\x05"), 7)
	f.Add([]byte("\xFF\x68\x22\x22\x68\x05\x01\x0B\x11\x16\xAA\x05\x10\x01\x16\x55"), 3)
	f.Add([]byte("\xA5\xA6\x02\x5A\xA5\xA6\x03\x5A"), 2)
	c, k := load(f, "caller21"), load(f, "five_key")
	esc := escapes{0xA5: {0xA6, 2}, 0xA6: {0xA6, 1}}
	escaped, err := Parse("A5 < {key} {data} > 5A", esc)
	if err != nil {
		f.Fatal(err)
	}
	fuzz.Run(f, func(t *testing.T, in []byte, size int) {
		if size < 1 || size > 64 {
			return
		}
		in = in[:min(len(in), 400)] // longer than the longest frame and what may lie before it
		for _, size := range []int{size, 1} {
			s := Scanner{Patterns: []Pattern{c.Evaluator.Rate, c.Frame, k.Evaluator.Rate, escaped}, Addr: 5}
			whole := 0
			for _, x := range feed(&s, in, size) {
				whole += len(x.Bytes)
			}
			if whole+s.Lost+s.Others != len(in) {
				t.Fatalf("%d bytes in frames, %d lost, %d for others, of %d", whole, s.Lost, s.Others, len(in))
			}
		}
	}, func(b []byte) []byte { // a whole frame behind other bytes
		if len(b) == 0 {
			return b
		}
		p := [...]Pattern{c.Evaluator.Rate, c.Frame, k.Evaluator.Rate, escaped}[b[0]%4]
		return append(b, p.Fill(Values{Addr: 5, Key: b[0], Data: bytes.Clone(b[:min(len(b), 9)])})...)
	})
}

func FuzzParse(f *testing.F) {
	f.Add("FF 68 {len} {len} 68 ( {addr} {any} {data} {key} 0B ) {sum} 16", []byte{0xFF, 0x68})
	f.Add("BB {key}", []byte{0xBB})
	f.Add("A5*8 < {len2:lo} ( {any*16} {data} ) {crc16r:8005,0000,lo} > 5A", []byte{0xA5})
	f.Add("( {addr} {digits:3,0A} {ascii:4} ) {neg} {not} {xor} [ {colour} ]", []byte{5})
	esc := escapes{0xA5: {0xA6, 2}, 0xA6: {0xA6, 1}}
	fuzz.Run(f, func(t *testing.T, s string, b []byte) {
		p, err := Parse(s, esc)
		if err != nil || len(s) > 300 {
			return
		}
		v, n, _ := p.Match(b)
		if v == Yes && (n <= 0 || n > len(b)) {
			t.Fatalf("a frame of %d in %d bytes", n, len(b))
		}
		whole := p.Fill(Values{Addr: 5, Key: 1, Text: "A1", Number: 7})
		if v, n, _ := p.Match(whole); v != Yes || n != len(whole) {
			t.Fatalf("%q does not match what it fills in (% X): %v, %d", s, whole, v, n)
		}
	})
}
