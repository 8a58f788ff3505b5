package sdt

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
	"hallway/devices/idcard"
	"hallway/devices/idcard/sdt/sdtsim"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRequests(t *testing.T) {
	for c, want := range map[command]string{
		cmdStatus: "AAAAAA9669000311FFED", cmdSAM: "AAAAAA9669000312FFEE", cmdFind: "AAAAAA96690003200122",
		cmdSelect: "AAAAAA96690003200221", cmdRead: "AAAAAA96690003300132", cmdAddress: "AAAAAA96690003300330",
	} {
		if got := request(c); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("request %x is %X, want %s", c, got, want)
		}
	}
}

func TestKnownAnswers(t *testing.T) {
	for frame, status := range map[string]byte{
		"AAAAAA9669000400008084": 0x80, "AAAAAA9669000400008185": 0x81, "AAAAAA9669000400004145": 0x41,
		"AAAAAA9669000400006064": 0x60, "AAAAAA9669000400009094": 0x90, "AAAAAA9669000800009F0000000097": 0x9F,
		"AAAAAA9669000C00009000000000000000009C": 0x90, "AAAAAA9669000400009F9B": 0x9F, "AAAAAA9669000400009195": 0x91,
	} {
		var d decoder
		a, ok := d.feed(unhex(t, frame))
		if !ok || a.status != status || a.short {
			t.Errorf("%s: %+v %v", frame, a, ok)
		}
	}
}

func TestDamagedAnswers(t *testing.T) {
	// Seen in the field: a wrong high length byte on «your check byte is wrong».
	var d decoder
	if _, ok := d.feed(unhex(t, "AAAAAA9669090400001014")); ok {
		t.Error("a frame with a wrong length was taken whole")
	}
	a, ok := d.idle()
	if !ok || a.status != 0x10 || !a.short {
		t.Errorf("idle: %+v %v, want the status 10", a, ok)
	}
	// A trailing extra 00, and garbage before the next frame.
	d = decoder{}
	if a, ok := d.feed(unhex(t, "AAAAAA966900040000808400FFAAAA")); !ok || a.status != 0x80 {
		t.Errorf("%+v %v", a, ok)
	}
	if a, ok := d.feed(unhex(t, "AA9669000400009094")); !ok || a.status != 0x90 {
		t.Errorf("after garbage: %+v %v", a, ok)
	}
	// Success is never read from a stump.
	d = decoder{}
	d.feed(unhex(t, "AAAAAA96690904000090"))
	if a, ok := d.idle(); ok {
		t.Errorf("success from a stump: %+v", a)
	}
	// A whole frame behind a false beginning that swallows it.
	d = decoder{}
	if _, ok := d.feed(unhex(t, "AAAAAA96690FFF"+"AAAAAA9669000400008084")); ok {
		t.Error("the false frame was taken")
	}
	if a, ok := d.idle(); !ok || a.status != 0x80 {
		t.Errorf("behind a false beginning: %+v %v", a, ok)
	}
}

func TestSAM(t *testing.T) {
	var d decoder
	a, ok := d.feed(unhex(t, "AAAAAA9669001400009005000300A53A340187D61200B168DE3A56"))
	if !ok || samID(a.data) != "05.03-20200101-0001234567-0987654321" {
		t.Errorf("%q %v", samID(a.data), ok)
	}
	if samID(a.data[1:]) != "" {
		t.Error("a short identity was taken")
	}
}

func TestVectors(t *testing.T) {
	want := map[string]idcard.Card{
		"resident": {Kind: idcard.Resident, Name: "测试甲", Sex: "1", Nation: "01", Birth: "19900307", Address: "测试省示例市样例路1号",
			Number: "110101199003074514", Issuer: "示例市公安局", ValidFrom: "20200101", ValidUntil: "长期", NumberOK: true},
		"J": {Kind: idcard.HMTResidence, Name: "測試乙", Sex: "2", Birth: "19850612", Address: "测试省示例市样例路2号",
			Number: "810000198506120024", Issuer: "示例市公安局", ValidFrom: "20220101", ValidUntil: "20270101",
			PassNumber: "H12345678", IssueCount: "01", NumberOK: true},
		"I": {Kind: idcard.Foreigner17, Name: "测试丙", NameLatin: "TEST, SAMPLE PERSON", Sex: "1", Birth: "19800101",
			Number: "USA110080010100", Nationality: "USA", Issuer: "1500", Version: "01", ValidFrom: "20180101", ValidUntil: "20280101"},
		"Y": {Kind: idcard.Foreigner23, Name: "测试丁", NameLatin: "SAMPLE TEST PERSON", Sex: "1", Birth: "19800101",
			Number: "911156198001010032", Nationality: "840", IssueCount: "00", Earlier: "000", ValidFrom: "20240101", ValidUntil: "20340101", NumberOK: true},
	}
	for name, frame := range vectors(t) {
		var d decoder
		a, ok := d.feed(frame)
		if !ok || a.status != 0x90 || len(frame) != 1295 {
			t.Fatalf("%s: %v %x, %d bytes", name, ok, a.status, len(frame))
		}
		read, err := parseRead(a.data)
		if err != nil || len(read.photo) != 1024 || read.finger != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c, err := ParseText(read.text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(c.NameAsRead) != 6 {
			t.Errorf("%s: name as read has %d bytes", name, len(c.NameAsRead))
		}
		c.NameAsRead = nil
		w := want[name]
		if !same(*c, w) {
			t.Errorf("%s: %+v, want %+v", name, *c, w)
		}
	}
}

func same(a, b idcard.Card) bool {
	return slices.Equal([]string{string(a.Kind), a.Name, a.NameLatin, a.Sex, a.Nation, a.Nationality, a.Birth, a.Address,
		a.Number, a.Issuer, a.ValidFrom, a.ValidUntil, a.PassNumber, a.IssueCount, a.Version, a.Earlier},
		[]string{string(b.Kind), b.Name, b.NameLatin, b.Sex, b.Nation, b.Nationality, b.Birth, b.Address,
			b.Number, b.Issuer, b.ValidFrom, b.ValidUntil, b.PassNumber, b.IssueCount, b.Version, b.Earlier}) && a.NumberOK == b.NumberOK
}

// However the stream is cut and whatever stands between frames that cannot be
// taken for a preamble, every frame is found, in order.
func TestAnyChunking(t *testing.T) {
	vec := vectors(t)
	frames := [][]byte{vec["resident"], vec["Y"], unhex(t, "AAAAAA9669000400008084"), unhex(t, "AAAAAA9669000800009F0000000097")}
	rapid.Check(t, func(rt *rapid.T) {
		var stream []byte
		var want []byte
		for range rapid.IntRange(1, 5).Draw(rt, "frames") {
			for _, b := range rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(rt, "garbage") {
				if b != 0x69 { // no garbage can complete a preamble
					stream = append(stream, b)
				}
			}
			f := rapid.SampledFrom(frames).Draw(rt, "frame")
			stream, want = append(stream, f...), append(want, f[status0])
		}
		var d decoder
		var got []byte
		for len(stream) > 0 {
			n := min(len(stream), rapid.IntRange(1, 400).Draw(rt, "chunk"))
			a, ok := d.feed(stream[:n])
			for ; ok; a, ok = d.feed(nil) {
				got = append(got, a.status)
			}
			stream = stream[n:]
		}
		if !bytes.Equal(got, want) {
			rt.Fatalf("statuses %x, want %x", got, want)
		}
	})
}

// One damaged byte anywhere behind the preamble: the frame is never taken.
func TestOneWrongByteIsNeverTaken(t *testing.T) {
	vec := vectors(t)
	rapid.Check(t, func(rt *rapid.T) {
		f := bytes.Clone(vec[rapid.SampledFrom([]string{"resident", "J", "I", "Y"}).Draw(rt, "card")])
		at := rapid.IntRange(5, len(f)-1).Draw(rt, "at")
		f[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "flip"))
		var d decoder
		if a, ok := d.feed(f); ok && len(a.data) > 1000 {
			rt.Fatalf("taken with byte %d damaged", at)
		}
		if a, ok := d.idle(); ok && !a.short && len(a.data) > 1000 {
			rt.Fatalf("taken when idle, with byte %d damaged", at)
		}
	})
}

// mendFrame puts a preamble before bytes, and their length and check byte where
// they belong.
func mendFrame(b []byte) []byte {
	if len(b) < 11 || len(b) > 3000 {
		return b
	}
	copy(b, preamble)
	binary.BigEndian.PutUint16(b[5:], uint16(len(b)-7))
	x := byte(0)
	for _, c := range b[5 : len(b)-1] {
		x ^= c
	}
	b[len(b)-1] = x
	return b
}

// mendNumber puts right the check character of a card's number, UTF-16LE.
func mendNumber(b []byte) []byte {
	if len(b) < 256 {
		return b
	}
	var digits []byte
	for i := 122; i < 156; i += 2 {
		digits = append(digits, b[i])
	}
	if c := CheckCharacter(string(digits)); c != 0 {
		b[156], b[157] = c, 0
	}
	return b[:256]
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v, 7)
		f.Add(v[:600], 64)
	}
	f.Add(unhex(f, "AAAAAA96690904000010"), 1)
	f.Add(unhex(f, "AAAAAAAAAAAA9669FFFF00"), 3)
	fuzz.Run(f, func(t *testing.T, stream []byte, chunk int) {
		if chunk < 1 {
			chunk = 1
		}
		var d decoder
		check := func(a answer) {
			if !a.short && !inStream(stream, a) {
				t.Fatalf("an answer %x that is not in the stream with a right check byte", a.status)
			}
			if a.short && len(a.data) != 0 {
				t.Fatal("data from a broken frame")
			}
		}
		for rest := stream; len(rest) > 0; {
			n := min(chunk, len(rest))
			for a, ok := d.feed(rest[:n]); ok; a, ok = d.feed(nil) {
				check(a)
			}
			rest = rest[n:]
		}
		for a, ok := d.idle(); ok; a, ok = d.idle() {
			check(a)
		}
		if len(d.buf) != 0 {
			t.Fatal("bytes are left after idle")
		}
	}, mendFrame)
}

// inStream looks for an answer in a stream in another way than the decoder: at
// every place, with the check byte.
func inStream(stream []byte, a answer) bool {
	for i := range stream {
		f := stream[i:]
		n := minLen + len(a.data)
		if len(f) < head+n || !bytes.HasPrefix(f, preamble) || int(f[5])<<8+int(f[6]) != n {
			continue
		}
		if f[9] == a.status && bytes.Equal(f[10:10+len(a.data)], a.data) && xor(f[5:head+n-1]) == f[head+n-1] {
			return true
		}
	}
	return false
}

func FuzzParseText(f *testing.F) {
	for _, name := range sdtsim.SampleNames() {
		c, _ := sdtsim.Sample(name)
		text, err := c.TextFile()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(make([]byte, 256))
	fuzz.Run(f, func(t *testing.T, b []byte) {
		c, err := ParseText(b)
		if (c == nil) == (err == nil) {
			t.Fatal("want a card or an error")
		}
		if err != nil {
			return
		}
		switch b[248] {
		case ' ', 'J', 'I', 'Y':
		default:
			t.Fatal("an unknown mark was taken")
		}
		if c.Kind != idcard.Foreigner17 && (!c.NumberOK || !CheckNumber(c.Number)) {
			t.Fatal("a number with a wrong check character was taken")
		}
	}, mendNumber)
}

func TestParseTextRefuses(t *testing.T) {
	c, _ := sdtsim.Sample("resident")
	text, _ := c.TextFile()
	for _, tc := range []struct {
		name   string
		change func(b []byte) []byte
		want   error
	}{
		{"short", func(b []byte) []byte { return b[:255] }, errShape},
		{"unknown mark", func(b []byte) []byte { b[248] = 'K'; return b }, errMarker},
		{"mark in another alphabet", func(b []byte) []byte { b[249] = 1; return b }, errMarker},
		{"check character", func(b []byte) []byte { b[122+34] = '5'; return b }, errNumber},
		{"no name", func(b []byte) []byte {
			for i := 0; i < 30; i += 2 {
				b[i], b[i+1] = ' ', 0
			}
			return b
		}, errName},
		{"J with a citizen's number", func(b []byte) []byte { b[248] = 'J'; return b }, errMarker},
	} {
		if _, err := ParseText(tc.change(bytes.Clone(text))); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestOldReaderShowsNoMarkOnAPermit(t *testing.T) {
	c, _ := sdtsim.Sample("J")
	text, _ := c.TextFile()
	text[248] = ' '
	got, err := ParseText(text)
	if err != nil || got.Kind != idcard.HMTResidence {
		t.Errorf("%v %v, want a residence permit by its number", got, err)
	}
}

// A long English name of a 2023 card is in two places.
func TestLongNameOfAForeigner(t *testing.T) {
	c, _ := sdtsim.Sample("Y")
	c.Latin = "ABCDEFGHIJKLMNOPQRSTUVWXYZ ABCDEFGH IJKLMNOPQR"
	text, err := c.TextFile()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseText(text); err != nil || got.NameLatin != c.Latin {
		t.Errorf("%q %v", got.NameLatin, err)
	}
}

func TestCheckCharacter(t *testing.T) {
	for _, n := range []string{"11010519491231002X", "440524188001010014", "34052419800101001X", "110101199003070134",
		"830000199201300022", "82000019850302002X", "810000198001010014"} {
		if !CheckNumber(n) {
			t.Errorf("%s is right", n)
		}
	}
	for _, n := range []string{"110105194912310021", "", "1101011990030701", "11010119900307013x", "１10101199003070134"} {
		if CheckNumber(n) {
			t.Errorf("%q was taken", n)
		}
	}
	if CheckCharacter("1234567890123456") != 0 || CheckCharacter("1234567890123456a") != 0 {
		t.Error("a check character to no digits")
	}
}

func TestAdditionalAddressData(t *testing.T) {
	b := append(unhex(t, "4B6DD58B01773A798B4F025EB06540573300F753"), bytes.Repeat([]byte{0x20, 0}, 25)...)
	if s, err := parseAddress(b); err != nil || s != "测试省示例市新址3号" {
		t.Errorf("%q %v", s, err)
	}
	for _, n := range []int{0, 69, 71, 350} {
		if _, err := parseAddress(make([]byte, n)); err == nil {
			t.Errorf("%d bytes were taken", n)
		}
	}
}
