package print

import (
	"strings"
	"unicode"
)

// Characters that must not begin, or end, a line.
const (
	notFirst = "，。、；：？！）》」』】〉”’…—·,.;:?!)]}%"
	notLast  = "（《「『【〈“‘([{"
)

// wide tells whether a character stands in a square, as Chinese ones do.
func wide(r rune) bool {
	return r >= 0x2E80 && r <= 0xA4CF || r >= 0xAC00 && r <= 0xD7AF || r >= 0xF900 && r <= 0xFAFF ||
		r >= 0xFE30 && r <= 0xFE4F || r >= 0xFF00 && r <= 0xFF60 || r >= 0x20000
}

// clean leaves out what has no picture of its own, but keeps what combines.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == nbspRune:
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		case r == '‑':
			return '-'
		}
		return r
	}, s)
}

const nbspRune = '\u00A0'

func mayBreak(a, b rune) bool {
	if strings.ContainsRune(notFirst, b) || strings.ContainsRune(notLast, a) {
		return false
	}
	return a == ' ' || wide(a) || wide(b)
}

// breakText breaks a text into lines of at most width points.
func (f *fonts) breakText(s string, size float64, bold bool, width float64) []string {
	rest := f.narrow(f.pieces([]rune(strings.TrimSpace(clean(s))), bold, false), 1000*width/size)
	var out []string
	for len(rest) > 0 {
		end, used := 0, 0.0
		for end < len(rest) {
			w := rest[end].width * size / 1000
			if used+w > width && rest[end].first() != ' ' {
				break
			}
			used += w
			end++
		}
		at := end
		for at > 0 && at < len(rest) && !mayBreak(rest[at-1].last(), rest[at].first()) {
			at--
		}
		if at == 0 { // one long word: anywhere
			at = max(end, 1)
		}
		out = append(out, strings.TrimRight(joined(rest[:at]), " "))
		for rest = rest[at:]; len(rest) > 0 && rest[0].first() == ' '; {
			rest = rest[1:]
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}
