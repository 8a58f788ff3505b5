package fuzz

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// mutator makes inputs of seeds.
type mutator struct {
	r     *rand.Rand
	seeds [][]any
	words [][]byte // pieces of the seeds, and what parsers stumble over
	limit int      // bytes of one text at most
	mends []Mend
}

// trouble is what parsers stumble over.
var trouble = []string{"", "\x00", "\xff", "\xfe\xff", "\xef\xbb\xbf", "\r\n", "\n", "\t", " ", "-", "-1", "+", "0", "00", "1e99", "NaN", "0x",
	"9223372036854775807", "-9223372036854775808", "4294967295", "65536", "255", "256", "1.5", ".", "..", "/", "\\", "\"", "'", "`", "{", "}", "{}",
	"[", "]", "[]", "(", ")", "<", ">", "</", "&", "%", "%s", "%00", "$", "#", ",", ";", ":", "=", "*", "?", "|", "~", "null", "true", "１", "Ａ",
	"\u00a0", "\u200b", "\u202e", "\u3000", "\ufeff", "\ufffd", "厅", "㐂", "𠮷", "é", "e\u0301", "İ", "ß", "\xc3\x28", "\xed\xa0\x80", "\xf4\x90\x80\x80"}

func newMutator(seeds [][]any, body reflect.Type, mends []Mend) *mutator {
	m := &mutator{seeds: seeds, limit: 4096, mends: mends}
	for _, w := range trouble {
		m.words = append(m.words, []byte(w))
	}
	if len(seeds) == 0 {
		var none []any
		for i := 1; i < body.NumIn(); i++ {
			none = append(none, reflect.Zero(body.In(i)).Interface())
		}
		m.seeds = [][]any{none}
	}
	for _, seed := range seeds {
		for _, v := range seed {
			b, text := bytesOf(v)
			if !text {
				continue
			}
			m.limit = max(m.limit, 2*len(b))
			for _, w := range bytes.FieldsFunc(b, func(r rune) bool { return r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z' }) {
				if len(w) <= 32 && len(m.words) < 4000 {
					m.words = append(m.words, w)
				}
			}
		}
	}
	return m
}

// bytesOf gives the bytes of a text or a slice of bytes.
func bytesOf(v any) ([]byte, bool) {
	switch v := v.(type) {
	case string:
		return []byte(v), true
	case []byte:
		return v, true
	}
	return nil, false
}

// cloned is an input of its own: bodies may write into their bytes.
func cloned(in []any) []any {
	out := slices.Clone(in)
	for i, v := range out {
		if b, ok := v.([]byte); ok {
			out[i] = bytes.Clone(b)
		}
	}
	return out
}

// next makes an input: a seed of which one value at least is changed.
func (m *mutator) next() []any {
	in := cloned(m.seeds[m.r.IntN(len(m.seeds))])
	must := m.r.IntN(len(in))
	for i, v := range in {
		if i != must && m.r.IntN(3) > 0 {
			continue
		}
		b, text := bytesOf(v)
		if !text {
			in[i] = m.number(reflect.ValueOf(v))
			continue
		}
		if b = m.text(b, i); reflect.TypeOf(v).Kind() == reflect.String {
			in[i] = string(b)
		} else {
			in[i] = b
		}
	}
	return in
}

// text changes bytes, once or a few times over; i is which value it is, for what
// other seeds have there.
func (m *mutator) text(b []byte, i int) []byte {
	for more := true; more; more = m.r.IntN(2) == 0 {
		b = m.change(b, i)
		if len(b) > m.limit {
			b = b[:m.limit]
		}
	}
	if len(m.mends) > 0 && m.r.IntN(3) > 0 {
		b = m.mends[m.r.IntN(len(m.mends))](b)
		if m.r.IntN(4) == 0 {
			b = m.change(b, i)
		}
	}
	return b
}

// span is a piece of b, of any length or a short one.
func (m *mutator) span(b []byte) (from, to int) {
	from = m.r.IntN(len(b) + 1)
	rest := len(b) - from
	if m.r.IntN(2) == 0 {
		rest = min(rest, 8)
	}
	return from, from + m.r.IntN(rest+1)
}

// change does one change.
func (m *mutator) change(b []byte, i int) []byte {
	if len(b) == 0 {
		return m.insert(b, i)
	}
	at := m.r.IntN(len(b))
	switch from, to := m.span(b); m.r.IntN(14) {
	case 0:
		b[at] ^= 1 << m.r.IntN(8)
	case 1:
		b[at] = byte(m.r.Uint32())
	case 2:
		b[at] += byte(m.r.IntN(33) - 16)
	case 3:
		return b[:at] // the line was cut
	case 4:
		return slices.Delete(b, from, to)
	case 5:
		piece := bytes.Repeat(b[from:to], 1+m.r.IntN(1<<m.r.IntN(8)))
		return slices.Insert(b, from, piece[:min(len(piece), m.limit)]...)
	case 6:
		copy(b[at:], bytes.Clone(b[from:to])) // a piece over another
	case 7:
		slices.Reverse(b[from:to])
	case 8:
		return slices.Concat(b[from:], b[:from])
	case 9:
		m.length(b)
	case 10:
		m.check(b)
	case 11:
		return m.digits(b)
	default:
		return m.insert(b, i)
	}
	return b
}

// insert puts something in, or over what is there: a word, noise, or a piece of
// another seed.
func (m *mutator) insert(b []byte, i int) []byte {
	var piece []byte
	switch m.r.IntN(4) {
	case 0:
		piece = make([]byte, 1+m.r.IntN(16))
		for i := range piece {
			piece[i] = byte(m.r.Uint32())
		}
	case 1:
		other, _ := bytesOf(m.seeds[m.r.IntN(len(m.seeds))][i])
		from, to := m.span(other)
		piece = other[from:to]
	case 2:
		piece = utf8.AppendRune(nil, rune(m.r.IntN(utf8.MaxRune+1)))
	default:
		piece = m.words[m.r.IntN(len(m.words))]
	}
	from, to := m.span(b)
	if m.r.IntN(2) == 0 {
		to = from
	}
	return slices.Concat(b[:from], piece, b[to:])
}

// digits puts another number where one stands.
func (m *mutator) digits(b []byte) []byte {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	from := bytes.IndexFunc(b, func(r rune) bool { return r < 128 && digit(byte(r)) && m.r.IntN(3) == 0 })
	if from < 0 {
		return b
	}
	to := from
	for to < len(b) && digit(b[to]) {
		to++
	}
	n := int64(0)
	switch m.r.IntN(3) {
	case 0:
		n = edges[m.r.IntN(len(edges))]
	case 1:
		n = m.r.Int64N(1 << m.r.IntN(62))
	default:
		n, _ = strconv.ParseInt(string(b[from:to]), 10, 64) // 0 when it is too long
		n += m.r.Int64N(5) - 2
	}
	return slices.Concat(b[:from], strconv.AppendInt(nil, n, 10), b[to:])
}

// length writes a length into the first bytes: the true one, less a head, or one
// that lies.
func (m *mutator) length(b []byte) {
	n := len(b) - m.r.IntN(12)
	if m.r.IntN(3) == 0 {
		n = int(edges[m.r.IntN(len(edges))])
	}
	at := m.r.IntN(min(len(b), 12))
	switch {
	case len(b)-at < 4 || m.r.IntN(2) == 0:
		b[at] = byte(n)
	case m.r.IntN(2) == 0:
		binary.BigEndian.PutUint16(b[at:], uint16(n))
	case m.r.IntN(2) == 0:
		binary.LittleEndian.PutUint16(b[at:], uint16(n))
	default:
		binary.BigEndian.PutUint32(b[at:], uint32(n))
	}
}

// check puts right a check byte as many frames have one: behind all, or before an
// end mark, over what begins within the first bytes.
func (m *mutator) check(b []byte) {
	at := len(b) - 1 - m.r.IntN(2)
	if at < 1 {
		return
	}
	from := m.r.IntN(min(at, 8))
	var sum, xor byte
	for _, c := range b[from:at] {
		sum, xor = sum+c, xor^c
	}
	b[at] = [4]byte{sum, xor, -sum, ^sum}[m.r.IntN(4)]
}

// edges are numbers at which something ends.
var edges = []int64{0, 1, -1, 2, 7, 8, 9, 10, 15, 16, 17, 31, 32, 63, 64, 65, 99, 100, 127, 128, 255, 256, 257, 511, 512, 1000, 1023, 1024, 4095, 4096,
	9999, 10000, 32767, 32768, 65535, 65536, math.MaxInt32, math.MinInt32, math.MaxUint32, math.MaxInt64, math.MinInt64}

// number changes a number or a truth.
func (m *mutator) number(v reflect.Value) any {
	n := edges[m.r.IntN(len(edges))]
	near := m.r.IntN(2) == 0
	d := m.r.Int64N(9) - 4
	out := reflect.New(v.Type()).Elem()
	switch {
	case v.Kind() == reflect.Bool:
		out.SetBool(!v.Bool())
	case v.CanInt():
		if near {
			n = v.Int() + d
		}
		out.SetInt(n)
	case v.CanUint():
		if near {
			n = int64(v.Uint()) + d
		}
		out.SetUint(uint64(n))
	default:
		panic("the loop makes no " + v.Type().String() + ": give the body whole numbers, truths, texts and bytes")
	}
	return out.Interface()
}
