package decode

import (
	"errors"

	"github.com/makiuchi-d/gozxing/common"

	"hallway/devices/scanner"
)

var errPayload = errors.New("the code's data is not well formed")

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// qrBytes takes the data of a QR code apart: the bytes as they are, and ECI
// assignments with the place of their first byte. gozxing's own text has guessed
// the bytes' character set already.
func qrBytes(raw []byte, version int) ([]byte, []eciAt, error) {
	b := common.NewBitSource(raw)
	var out []byte
	var eci []eciAt
	bits := func(n int) int {
		v, err := b.ReadBits(n)
		if err != nil {
			return -1
		}
		return v
	}
	wide := 0
	if version > 9 {
		wide = 1
	}
	if version > 26 {
		wide = 2
	}
	for b.Available() >= 4 {
		switch mode := bits(4); mode {
		case 0:
			return out, eci, nil
		case 1:
			n := bits([]int{10, 12, 14}[wide])
			for ; n > 0; n -= 3 {
				k := min(n, 3)
				v := bits([]int{0, 4, 7, 10}[k])
				if v < 0 || v >= []int{0, 10, 100, 1000}[k] {
					return nil, nil, errPayload
				}
				d := []byte{byte('0' + v/100), byte('0' + v/10%10), byte('0' + v%10)}
				out = append(out, d[3-k:]...)
			}
		case 2:
			n := bits([]int{9, 11, 13}[wide])
			for ; n > 1; n -= 2 {
				v := bits(11)
				if v < 0 || v >= 45*45 {
					return nil, nil, errPayload
				}
				out = append(out, alphanumeric[v/45], alphanumeric[v%45])
			}
			if n == 1 {
				v := bits(6)
				if v < 0 || v >= 45 {
					return nil, nil, errPayload
				}
				out = append(out, alphanumeric[v])
			}
		case 4:
			n := bits([]int{8, 16, 16}[wide])
			for range n {
				v := bits(8)
				if v < 0 {
					return nil, nil, errPayload
				}
				out = append(out, byte(v))
			}
		case 7:
			n := eciNumber(bits)
			if n < 0 {
				return nil, nil, errPayload
			}
			eci = append(eci, eciAt{len(out), n})
		case 3: // one of several codes that belong together
			if bits(16) < 0 {
				return nil, nil, errPayload
			}
		case 5: // GS1
		case 9:
			if bits(8) < 0 {
				return nil, nil, errPayload
			}
		default: // Kanji and Hanzi: Shift JIS and GB 2312 by numbers, which nothing here prints
			return nil, nil, errPayload
		}
	}
	return out, eci, nil
}

// eciNumber reads an assignment of one to three bytes.
func eciNumber(bits func(int) int) int {
	first := bits(8)
	switch {
	case first < 0:
		return -1
	case first&0x80 == 0:
		return first
	case first&0xc0 == 0x80:
		if v := bits(8); v >= 0 {
			return first&0x3f<<8 | v
		}
	case first&0xe0 == 0xc0:
		if v := bits(16); v >= 0 {
			return first&0x1f<<16 | v
		}
	}
	return -1
}

func textResult(f scanner.Format, data []byte, eci []eciAt, q quad) Result {
	r := Result{Format: f, Bytes: data, Text: textOf(data, eci)}
	for i, p := range q {
		r.Corners[i] = [2]float64{p.x, p.y}
	}
	switch {
	case f == scanner.QR && len(eci) > 0:
		r.AIM = "]Q2"
	case f == scanner.QR:
		r.AIM = "]Q1"
	case len(eci) > 0:
		r.AIM = "]d4"
	default:
		r.AIM = "]d1"
	}
	return r
}
