// Package numerals writes numbers as people read them aloud, in the languages
// that calls are spoken in: a ticket's letters and digits one by one, with a
// pause between (A012: «A 零 一 二», «A zero one two»), and a window's number as
// a number (12: «十二», «twelve», «doze»).
//
// Guarantees: nothing is lost: what is neither letter nor digit is a pause; a
// number beyond 9,999 or with zeros in front is read digit by digit; a language
// that is not known is read as Mandarin.
//
// Source: requirements G5 (the number is read twice, digit by digit).
package numerals

import (
	"strings"
	"unicode"
)

// language is how one language reads numbers.
type language struct {
	digits   [10]string
	cardinal func(int) string // 0 to 9,999
}

var languages = map[string]language{
	"cmn": {digits: hanDigits, cardinal: func(n int) string { return han(n, "两千") }},
	"yue": {digits: hanDigits, cardinal: func(n int) string { return han(n, "二千") }},
	"en":  {digits: [10]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}, cardinal: english},
	"pt":  {digits: [10]string{"zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"}, cardinal: portuguese},
}

// Languages are those that are known.
func Languages() []string { return []string{"cmn", "yue", "en", "pt"} }

// Known says whether a language is.
func Known(lang string) bool { _, ok := languages[lang]; return ok }

func of(lang string) language {
	if l, ok := languages[lang]; ok {
		return l
	}
	return languages["cmn"]
}

// Ticket reads a ticket's number: each letter and digit by itself.
func Ticket(lang, number string) string {
	l := of(lang)
	var out []string
	for _, r := range number {
		switch {
		case r >= '0' && r <= '9':
			out = append(out, l.digits[r-'0'])
		case unicode.IsLetter(r):
			out = append(out, string(unicode.ToUpper(r)))
		}
	}
	return strings.Join(out, " ")
}

// Window reads a window's name: runs of digits as numbers, letters one by one.
func Window(lang, name string) string {
	l := of(lang)
	var out []string
	for name != "" {
		n := strings.IndexFunc(name, func(r rune) bool { return r < '0' || r > '9' })
		if n < 0 {
			n = len(name)
		}
		if n > 0 {
			out = append(out, number(l, name[:n]))
			name = name[n:]
			continue
		}
		end := strings.IndexFunc(name, func(r rune) bool { return r >= '0' && r <= '9' })
		if end < 0 {
			end = len(name)
		}
		out = append(out, words(name[:end])...)
		name = name[end:]
	}
	return strings.Join(out, " ")
}

// number reads a run of digits.
func number(l language, digits string) string {
	if len(digits) > 4 || len(digits) > 1 && digits[0] == '0' {
		var out []string
		for _, d := range digits {
			out = append(out, l.digits[d-'0'])
		}
		return strings.Join(out, " ")
	}
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return l.cardinal(n)
}

// words are the words of a name; a short one of capitals is spelt.
func words(s string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(w) <= 2 && w == strings.ToUpper(w) && w[0] < 0x80 {
			out = append(out, strings.Split(w, "")...)
		} else {
			out = append(out, w)
		}
	}
	return out
}

var hanDigits = [10]string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// han reads a number in Chinese; twoThousand is how 2,000 begins.
func han(n int, twoThousand string) string {
	if n < 10 {
		return hanDigits[n]
	}
	var b strings.Builder
	zero := false // a gap stands between what was said and what follows
	for _, place := range []struct {
		of   int
		word string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / place.of % 10
		if d == 0 {
			zero = b.Len() > 0
			continue
		}
		if zero {
			b.WriteString(hanDigits[0])
			zero = false
		}
		switch {
		case place.of == 1000 && d == 2:
			b.WriteString(twoThousand)
		case place.of == 10 && d == 1 && b.Len() == 0: // 十二, but 一百一十二
			b.WriteString(place.word)
		default:
			b.WriteString(hanDigits[d] + place.word)
		}
	}
	return b.String()
}

var (
	enSmall = [20]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	enTens = [10]string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
)

func english(n int) string {
	join := func(head string, rest int, and string) string {
		if rest == 0 {
			return head
		}
		return head + and + english(rest)
	}
	switch {
	case n < 20:
		return enSmall[n]
	case n < 100:
		return join(enTens[n/10], n%10, "-")
	case n < 1000:
		return join(enSmall[n/100]+" hundred", n%100, " and ")
	case n%1000 > 0 && n%1000 < 100:
		return join(enSmall[n/1000]+" thousand", n%1000, " and ")
	}
	return join(enSmall[n/1000]+" thousand", n%1000, " ")
}

var (
	ptSmall = [20]string{"zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze",
		"treze", "catorze", "quinze", "dezasseis", "dezassete", "dezoito", "dezanove"}
	ptTens     = [10]string{"", "", "vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"}
	ptHundreds = [10]string{"", "cento", "duzentos", "trezentos", "quatrocentos", "quinhentos", "seiscentos", "setecentos", "oitocentos", "novecentos"}
)

// portuguese reads as in Portugal and Macao.
func portuguese(n int) string {
	join := func(head string, rest int, and string) string {
		if rest == 0 {
			return head
		}
		return head + and + portuguese(rest)
	}
	switch {
	case n < 20:
		return ptSmall[n]
	case n < 100:
		return join(ptTens[n/10], n%10, " e ")
	case n == 100:
		return "cem"
	case n < 1000:
		return join(ptHundreds[n/100], n%100, " e ")
	}
	head := "mil"
	if n >= 2000 {
		head = ptSmall[n/1000] + " mil"
	}
	if rest := n % 1000; rest > 100 && rest%100 != 0 {
		return join(head, rest, " ")
	}
	return join(head, n%1000, " e ")
}
