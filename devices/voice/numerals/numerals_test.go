package numerals

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWindows(t *testing.T) {
	for _, c := range []struct{ name, cmn, yue, en, pt string }{
		{"2", "二", "二", "two", "dois"},
		{"10", "十", "十", "ten", "dez"},
		{"12", "十二", "十二", "twelve", "doze"},
		{"21", "二十一", "二十一", "twenty-one", "vinte e um"},
		{"100", "一百", "一百", "one hundred", "cem"},
		{"101", "一百零一", "一百零一", "one hundred and one", "cento e um"},
		{"112", "一百一十二", "一百一十二", "one hundred and twelve", "cento e doze"},
		{"230", "二百三十", "二百三十", "two hundred and thirty", "duzentos e trinta"},
		{"1000", "一千", "一千", "one thousand", "mil"},
		{"1100", "一千一百", "一千一百", "one thousand one hundred", "mil e cem"},
		{"2005", "两千零五", "二千零五", "two thousand and five", "dois mil e cinco"},
		{"3210", "三千二百一十", "三千二百一十", "three thousand two hundred and ten", "três mil duzentos e dez"},
		{"6060", "六千零六十", "六千零六十", "six thousand and sixty", "seis mil e sessenta"},
		{"012", "零 一 二", "零 一 二", "zero one two", "zero um dois"},
		{"12345", "一 二 三 四 五", "一 二 三 四 五", "one two three four five", "um dois três quatro cinco"},
		{"B3", "B 三", "B 三", "B three", "B três"},
		{"A-12", "A 十二", "A 十二", "A twelve", "A doze"},
		{"VIP 1", "VIP 一", "VIP 一", "VIP one", "VIP um"},
	} {
		for lang, want := range map[string]string{"cmn": c.cmn, "yue": c.yue, "en": c.en, "pt": c.pt} {
			if got := Window(lang, c.name); got != want {
				t.Errorf("%s, window %s: %q, want %q", lang, c.name, got, want)
			}
		}
	}
}

func TestTickets(t *testing.T) {
	for _, c := range []struct{ lang, number, want string }{
		{"cmn", "A012", "A 零 一 二"}, {"yue", "b007", "B 零 零 七"}, {"en", "AK-120", "A K one two zero"}, {"pt", "C3", "C três"},
		{"fr", "A1", "A 一"}, {"cmn", "", ""},
	} {
		if got := Ticket(c.lang, c.number); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.lang, c.number, got, c.want)
		}
	}
}

// No two numbers are read alike, and none leaves a digit.
func TestEveryNumberHasItsOwnWords(t *testing.T) {
	for _, lang := range Languages() {
		seen := map[string]int{}
		for n := range 10000 {
			s := of(lang).cardinal(n)
			if other, ok := seen[s]; ok || s == "" || strings.ContainsAny(s, "0123456789") || strings.Contains(s, "  ") || s != strings.TrimSpace(s) {
				t.Fatalf("%s: %d is %q, and so is %d", lang, n, s, other)
			}
			seen[s] = n
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name, lang := rapid.String().Draw(t, "name"), rapid.SampledFrom(Languages()).Draw(t, "language")
		if s := Ticket(lang, name) + Window(lang, name); strings.ContainsAny(s, "0123456789\n\x1b<>") {
			t.Fatalf("%q is read %q", name, s)
		}
	})
}
