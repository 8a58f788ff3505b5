package frame

import "strings"

// Fill gives the bytes of a pattern. A number that is too great loses its
// upper digits (MaxNumber), a text that is too long its end.
func (p Pattern) Fill(v Values) []byte {
	data := v.Data
	if len(data) > maxData {
		data = data[:maxData]
	}
	w := writer{escapes: p.escapes}
	length := p.counted(len(data))
	for _, t := range p.tokens {
		switch t.kind {
		case "mark":
			w.mark(t.b)
		case "data":
			w.put(data...)
		default:
			w.put(t.bytes(v, length, w.covered)...)
		}
	}
	return w.out
}

// writer puts bytes on the line and remembers those that are covered.
type writer struct {
	escapes  escapes
	out      []byte
	covered  []byte
	in       bool // between ( and )
	escaping bool // between < and >
}

func (w *writer) mark(b byte) {
	switch b {
	case '(', ')':
		w.in = b == '('
	case '<', '>':
		w.escaping = b == '<'
	}
}

func (w *writer) put(b ...byte) {
	if w.in {
		w.covered = append(w.covered, b...)
	}
	for _, c := range b {
		if seq, ok := w.escapes[c]; ok && w.escaping {
			w.out = append(w.out, seq...)
		} else {
			w.out = append(w.out, c)
		}
	}
}

// bytes are what a place holds for these values. covered are the bytes between
// ( and ) so far.
func (t token) bytes(v Values, length int, covered []byte) []byte {
	switch t.kind {
	case "byte":
		return []byte{t.b}
	case "addr":
		return []byte{v.Addr}
	case "any":
		return []byte{1}
	case "key":
		return []byte{v.Key}
	case "colour":
		return []byte{v.Colour}
	case "num1":
		return []byte{byte(v.Number)}
	case "num2":
		return t.two(uint16(v.Number))
	case "digits":
		return t.digits(v.Number)
	case "ascii":
		return t.ascii(v.Text)
	case "len":
		return []byte{byte(length)}
	case "len2":
		return t.two(uint16(length))
	case "crc":
		return t.two(t.crc.of(covered))
	}
	return []byte{t.check(covered)}
}

// check is a check byte over the covered bytes.
func (t token) check(covered []byte) byte {
	var sum, xor byte
	for _, c := range covered {
		sum += c
		xor ^= c
	}
	switch t.kind {
	case "not":
		return ^sum
	case "neg":
		return -sum
	case "xor":
		return xor
	}
	return sum
}

func (t token) two(v uint16) []byte {
	if t.low {
		return []byte{byte(v), byte(v >> 8)}
	}
	return []byte{byte(v >> 8), byte(v)}
}

func (t token) digits(n uint32) []byte {
	out := make([]byte, t.width)
	for i := t.width - 1; i >= 0; i-- {
		out[i] = byte(n % 10)
		if t.pad && n == 0 && i < t.width-1 {
			out[i] = t.b
		}
		n /= 10
	}
	return out
}

func (t token) ascii(s string) []byte {
	out := []byte(strings.Repeat(" ", t.width))
	i := 0
	for _, r := range s {
		if i < t.width && r >= ' ' && r < 0x7F {
			out[i] = byte(r)
			i++
		}
	}
	return out
}

// Verdict of a match.
type Verdict int

const (
	No   Verdict = iota // b does not begin with such a frame
	More                // it may, when more has come
	Yes
)

// Match looks whether b begins with such a frame, how long it is and what it
// holds. Any address matches.
func (p Pattern) Match(b []byte) (v Verdict, n int, got Values) {
	if v := p.begins(b); v != Yes {
		return v, 0, Values{}
	}
	most := 0
	if p.Has("data") {
		most = maxData
	}
	for data := range most + 1 {
		one, n, got := p.matchWith(b, data)
		switch one {
		case Yes:
			return Yes, n, got
		case More:
			v = More
		}
	}
	return v, 0, Values{}
}

// begins compares the bytes that stand before anything else: nearly all that is no
// frame is told by them, whatever the length of its data.
func (p Pattern) begins(b []byte) Verdict {
	for i, t := range p.tokens {
		switch {
		case t.kind != "byte":
			return Yes
		case i >= len(b):
			return More
		case b[i] != t.b:
			return No
		}
	}
	return Yes
}

// reader takes bytes off a line and remembers those that are covered.
type reader struct {
	writer
	b  []byte
	at int
}

// take reads n plain bytes.
func (r *reader) take(n int) ([]byte, Verdict) {
	out := make([]byte, 0, n)
	for range n {
		c, width, v := r.one()
		if v != Yes {
			return nil, v
		}
		r.at += width
		out = append(out, c)
		if r.in {
			r.covered = append(r.covered, c)
		}
	}
	return out, Yes
}

func (r *reader) one() (c byte, width int, v Verdict) {
	if r.at >= len(r.b) {
		return 0, 0, More
	}
	if !r.escaping {
		return r.b[r.at], 1, Yes
	}
	return r.escapes.next(r.b[r.at:])
}

// matchWith matches with a fixed number of bytes for {data}.
func (p Pattern) matchWith(b []byte, data int) (Verdict, int, Values) {
	r := reader{writer: writer{escapes: p.escapes}, b: b}
	length := p.counted(data)
	var got Values
	addressed := false
	for _, t := range p.tokens {
		if t.kind == "mark" {
			r.mark(t.b)
			continue
		}
		width := t.width
		if t.kind == "data" {
			width = data
		}
		covered := r.covered
		in, v := r.take(width)
		if v != Yes {
			return v, 0, Values{}
		}
		if t.kind == "addr" && addressed && in[0] != got.Addr {
			return No, 0, Values{}
		}
		addressed = addressed || t.kind == "addr"
		if !t.read(in, &got) {
			return No, 0, Values{}
		}
		if t.fixed() && string(in) != string(t.bytes(got, length, covered)) {
			return No, 0, Values{}
		}
	}
	return Yes, r.at, got
}

// fixed says that nothing may differ from what Fill would write.
func (t token) fixed() bool {
	switch t.kind {
	case "any", "data":
		return false
	}
	return true
}

// read takes the value of a place; false when it cannot be one.
func (t token) read(in []byte, got *Values) bool {
	switch t.kind {
	case "addr":
		got.Addr = in[0]
	case "key":
		got.Key = in[0]
	case "colour":
		got.Colour = in[0]
	case "data":
		got.Data = in
	case "num1":
		got.Number = uint32(in[0])
	case "num2":
		hi, lo := in[0], in[1]
		if t.low {
			hi, lo = lo, hi
		}
		got.Number = uint32(hi)<<8 | uint32(lo)
	case "digits":
		for _, c := range in {
			switch {
			case c <= 9:
				got.Number = got.Number*10 + uint32(c)
			case !t.pad || c != t.b:
				return false
			}
		}
	case "ascii":
		got.Text = strings.TrimRight(string(in), " ")
	}
	return true
}
