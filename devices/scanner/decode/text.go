package decode

import (
	"strings"

	"hallway/devices/scanner/text"
)

// eciAt is an ECI assignment and the byte from which on it holds.
type eciAt struct{ from, eci int }

// textOf decodes as every scanner's bytes are decoded. Bytes that are no text
// give "".
func textOf(b []byte, eci []eciAt) string {
	var out strings.Builder
	at, set := 0, -1
	for _, e := range append(eci, eciAt{len(b), -1}) {
		s, ok := text.Charset(b[at:e.from], set)
		if !ok {
			return ""
		}
		out.WriteString(s)
		at, set = e.from, e.eci
	}
	return text.Readable(out.String())
}
