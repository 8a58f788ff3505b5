package codepic

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common/reedsolomon"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// MakeBytes is a QR code with bytes as they are and no word about their character
// set, as many Chinese programs print GB18030. It holds 106 bytes at most.
func MakeBytes(data []byte) (*Code, error) {
	for number := 1; number <= 5; number++ { // more are in several blocks
		version, err := decoder.Version_GetVersionForNumber(number)
		if err != nil {
			return nil, err
		}
		ec := version.GetECBlocksForLevel(decoder.ErrorCorrectionLevel_L)
		room := version.GetTotalCodewords() - ec.GetTotalECCodewords()
		if len(data)+2 > room {
			continue
		}
		words := []int{4<<4 | len(data)>>4}
		for i, c := range data {
			next := byte(0)
			if i+1 < len(data) {
				next = data[i+1]
			}
			if i == 0 {
				words = append(words, len(data)&15<<4|int(c)>>4)
			}
			words = append(words, int(c)&15<<4|int(next)>>4)
		}
		for pad := 0xec; len(words) < room; pad ^= 0xec ^ 0x11 {
			words = append(words, pad)
		}
		words = append(words, make([]int, ec.GetTotalECCodewords())...)
		rs := reedsolomon.NewReedSolomonEncoder(reedsolomon.GenericGF_QR_CODE_FIELD_256)
		if err := rs.Encode(words, ec.GetTotalECCodewords()); err != nil {
			return nil, fmt.Errorf("check words: %w", err)
		}
		return build(words, version)
	}
	return nil, fmt.Errorf("%d bytes are too many for a drawn code", len(data))
}

func build(words []int, version *decoder.Version) (*Code, error) {
	bits := gozxing.NewEmptyBitArray()
	for _, w := range words {
		if err := bits.AppendBits(w, 8); err != nil {
			return nil, err
		}
	}
	n := version.GetDimensionForVersion()
	m := encoder.NewByteMatrix(n, n)
	if err := encoder.MatrixUtil_buildMatrix(bits, decoder.ErrorCorrectionLevel_L, version, 3, m); err != nil {
		return nil, err
	}
	c := &Code{W: n, H: n, Quiet: 4, dark: make([]bool, n*n)}
	for i := range c.dark {
		c.dark[i] = m.Get(i%n, i/n) == 1
	}
	return c, nil
}
