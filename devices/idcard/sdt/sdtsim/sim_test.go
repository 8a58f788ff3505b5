package sdtsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ask(t *testing.T, s *Sim, question string) []byte {
	t.Helper()
	b, err := hex.DecodeString(question)
	if err != nil {
		t.Fatal(err)
	}
	s.in = append(s.in, b...)
	q, ok := s.next()
	if !ok {
		t.Fatalf("%s was not taken for a question", question)
	}
	reply, _ := s.answer(q)
	return reply
}

const (
	qStatus = "AAAAAA9669000311FFED"
	qSAM    = "AAAAAA9669000312FFEE"
	qFind   = "AAAAAA96690003200122"
	qSelect = "AAAAAA96690003200221"
	qRead   = "AAAAAA96690003300132"
	qSecond = "AAAAAA96690003300330"
)

func find(t *testing.T, s *Sim) []byte {
	t.Helper()
	return ask(t, s, qFind)
}

// The simulator's frames equal the synthetic vectors byte for byte.
func TestFramesEqualTheVectors(t *testing.T) {
	data, err := os.ReadFile("../testdata/frames.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		name, want, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		n++
		s := New(Options{})
		if err := s.PlaceSample(name); err != nil {
			t.Fatal(err)
		}
		find(t, s)
		ask(t, s, qSelect)
		if got := hex.EncodeToString(ask(t, s, qRead)); got != want {
			t.Errorf("%s: the frame differs", name)
		}
	}
	if n != 4 {
		t.Errorf("%d vectors, want 4", n)
	}
	for name, want := range map[string]string{"resident": "62e25db6a4176883", "J": "18a24803bcbeb681", "I": "0833b4edf26f8f1b", "Y": "5bd7dbb823a1ba42"} {
		c, _ := Sample(name)
		body, err := c.content()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(frame(0x90, body))
		if hex.EncodeToString(sum[:8]) != want {
			t.Errorf("%s: sha256 starts %x, want %s", name, sum[:8], want)
		}
	}
}

func TestShortAnswersEqualTheKnownFrames(t *testing.T) {
	s := New(Options{})
	for _, tc := range []struct{ q, want string }{
		{qStatus, "AAAAAA9669000400009094"},
		{qSAM, "AAAAAA9669001400009005000300A53A340187D61200B168DE3A56"},
		{qFind, "AAAAAA9669000400008084"},
		{qSelect, "AAAAAA9669000400008185"},
		{qRead, "AAAAAA9669000400004145"},
		{"AAAAAA966900033001FF", "AAAAAA9669000400001014"},
		{"AAAAAA96690003770175", "AAAAAA9669000400002125"},
	} {
		if got := strings.ToUpper(hex.EncodeToString(ask(t, s, tc.q))); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.q, got, tc.want)
		}
	}
	if err := s.PlaceSample("resident"); err != nil {
		t.Fatal(err)
	}
	if got := find(t, s); !bytes.Equal(got, []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 8, 0, 0, 0x9F, 0, 0, 0, 0, 0x97}) {
		t.Errorf("found: %X", got)
	}
	if got := ask(t, s, qSelect); strings.ToUpper(hex.EncodeToString(got)) != "AAAAAA9669000C00009000000000000000009C" {
		t.Errorf("selected: %X", got)
	}
	if got := ask(t, s, qSecond); strings.ToUpper(hex.EncodeToString(got)) != "AAAAAA9669000400009195" {
		t.Errorf("no additional address: %X", got)
	}
	c, _ := Sample("resident")
	c.Second = "测试省示例市新址3号"
	if err := s.Place("", c); err != nil {
		t.Fatal(err)
	}
	find(t, s)
	ask(t, s, qSelect)
	want := "AAAAAA9669004A0000904B6DD58B01773A798B4F025EB06540573300F753" + strings.Repeat("2000", 25) + "7A"
	if got := strings.ToUpper(hex.EncodeToString(ask(t, s, qSecond))); got != want {
		t.Errorf("additional address: %s", got)
	}
}

// Reading without finding and selecting first fails, as on the real module.
func TestOrderIsStrict(t *testing.T) {
	s := New(Options{})
	if err := s.PlaceSample("Y"); err != nil {
		t.Fatal(err)
	}
	status := func(b []byte) byte { return b[9] }
	if status(ask(t, s, qRead)) != 0x41 || status(ask(t, s, qSelect)) != 0x81 {
		t.Error("read or select without find")
	}
	find(t, s)
	if status(ask(t, s, qRead)) != 0x41 {
		t.Error("read without select")
	}
	find(t, s)
	ask(t, s, qSelect)
	if status(ask(t, s, qRead)) != 0x90 {
		t.Error("the right order was refused")
	}
	if status(ask(t, s, qRead)) != 0x41 {
		t.Error("a second read without find and select")
	}
}

func TestTextThatDoesNotFit(t *testing.T) {
	c, _ := Sample("resident")
	c.Name = "一二三四五六七八九十一二三四五六"
	if err := New(Options{}).Place("", c); err == nil {
		t.Error("sixteen characters were put where fifteen fit")
	}
	c, _ = Sample("resident")
	c.Layout = 'Z'
	if err := New(Options{}).Place("", c); err == nil {
		t.Error("an unknown layout was made")
	}
	if err := New(Options{}).PlaceSample("nobody"); err == nil {
		t.Error("an unknown sample was placed")
	}
}
