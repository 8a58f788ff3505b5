package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"hallway/build/fuzz"
)

func gb(t *testing.T, s string) string {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTyped(t *testing.T) {
	for _, tc := range []struct {
		name   string
		aim    AIM
		raw    string
		text   string
		id     string
		broken bool
	}{
		{"plain", Auto, "A012", "A012", "", false},
		{"an identifier", Auto, "]Q1A012", "A012", "]Q1", false},
		{"no identifier is wanted", Never, "]Q1A012", "]Q1A012", "", false},
		{"one is missing", Always, "A012", "", "", true},
		{"gb18030", Auto, gb(t, "示例市𠮷"), "示例市𠮷", "", false},
		{"eci", Auto, "]Q2\\000029" + gb(t, "示例市") + "\\\\", "示例市\\", "]Q2", false},
		{"eci cut off", Auto, "]Q2A\\00", "", "]Q2", true},
		{"neither", Auto, "\xff\xff", "", "", true},
		{"hostile", Auto, "\x1b[2J\x00A\u202eB\r\n", "[2JAB", "", false},
		{"nothing to be seen", Auto, "\x1d\x04", "", "", false},
	} {
		s := tc.aim.Typed([]byte(tc.raw))
		if s.Text != tc.text || s.AIM != tc.id || s.Broken != tc.broken {
			t.Errorf("%s: %q %q broken %v", tc.name, s.Text, s.AIM, s.Broken)
		}
	}
}

func TestParseAIM(t *testing.T) {
	for _, s := range []string{"", "on", "off"} {
		if a, err := ParseAIM(s); err != nil || string(a) != s {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := ParseAIM("yes"); err == nil {
		t.Error("yes was taken")
	}
}

func FuzzTyped(f *testing.F) {
	f.Add([]byte("]Q2\\000029\xca\xbe"), "on")
	f.Add([]byte("\x84\x31\xa4\x37\x1b]0;"), "")
	fuzz.Run(f, func(t *testing.T, raw []byte, aim string) {
		a, err := ParseAIM(aim)
		if err != nil {
			return
		}
		s := a.Typed(raw)
		if s.Broken && s.Text != "" || !utf8.ValidString(s.Text) || len(s.AIM)+len(s.Raw) != len(raw) {
			t.Fatalf("%+v", s)
		}
		if strings.ContainsFunc(s.Text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Fatalf("%q", s.Text)
		}
	})
}
