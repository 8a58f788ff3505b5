package frame

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// crc is a 16-bit cyclic redundancy check.
type crc struct {
	poly, init, out uint16
	reflected       bool // the low bit of a byte is taken first
}

// parseCRC reads «POLY,INIT,ORDER» with «,OUT» behind it or not.
func parseCRC(s string, reflected bool) (c crc, low, ok bool) {
	parts := strings.Split(s, ",")
	if len(parts) != 3 && len(parts) != 4 || parts[2] != "lo" && parts[2] != "hi" {
		return crc{}, false, false
	}
	c.reflected = reflected
	for i, to := range map[int]*uint16{0: &c.poly, 1: &c.init, 3: &c.out} {
		if i >= len(parts) {
			continue
		}
		v, err := strconv.ParseUint(parts[i], 16, 16)
		if err != nil || len(parts[i]) != 4 {
			return crc{}, false, false
		}
		*to = uint16(v)
	}
	return c, parts[2] == "lo", true
}

func (c crc) of(b []byte) uint16 {
	v := c.init
	for _, x := range b {
		if c.reflected {
			x = bits.Reverse8(x)
		}
		v ^= uint16(x) << 8
		for range 8 {
			top := v&0x8000 != 0
			v <<= 1
			if top {
				v ^= c.poly
			}
		}
	}
	if c.reflected {
		v = bits.Reverse16(v)
	}
	return v ^ c.out
}

// escapes are the bytes that stand for others on the line.
type escapes map[byte][]byte

// check refuses escapes that could not be undone: each begins with a byte that
// is itself escaped, and no two are the same.
func (e escapes) check() error {
	seen := map[string]byte{}
	for b, seq := range e {
		if len(seq) != 2 {
			return fmt.Errorf("escape %02X = % X: write two bytes", b, seq)
		}
		if _, ok := e[seq[0]]; !ok {
			return fmt.Errorf("escape %02X = % X: %02X must be escaped too, or nobody could tell it from the beginning of an escape", b, seq, seq[0])
		}
		if other, ok := seen[string(seq)]; ok {
			return fmt.Errorf("escapes %02X and %02X are both % X", min(b, other), max(b, other), seq)
		}
		seen[string(seq)] = b
	}
	return nil
}

// next is the first plain byte of b.
func (e escapes) next(b []byte) (c byte, width int, v Verdict) {
	if _, escaped := e[b[0]]; !escaped {
		return b[0], 1, Yes
	}
	for plain, seq := range e {
		if seq[0] != b[0] {
			continue
		}
		if len(b) == 1 {
			return 0, 0, More
		}
		if b[1] == seq[1] {
			return plain, 2, Yes
		}
	}
	return 0, 0, No // a byte that never stands there by itself
}
