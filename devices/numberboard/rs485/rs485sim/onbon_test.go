package rs485sim

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"hallway/devices/port/cable"
)

// Frames of a weather station to its board, as they are on a line: 64 dots by 12
// at the height 12 of area 1, the font of 12 dots, and a text in GB 2312.
const seen = "A5A5A5A5A5A5A5A5 0100 0080 000000000000 FE02 3500 A3060200000001 2C00 00 0000 0C00 4000 0C00 01 0A 01 0200 000000 01 01 01 00 17 02 11000000 5C464F303030 54454D5045523A3231A1E6 82DA 5A"

func frame(t *testing.T) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(seen, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAFrameOfALineIsTaken(t *testing.T) {
	o := NewOnbon(0, cable.Shape{}, nil)
	o.receive(append([]byte("\x5A noise"), frame(t)...))
	number, _ := o.Shows()
	at, refused := o.Area()
	if number != "\\FO000TEMPER:21\xA1\xE6" || at != (Area{0, 12, 64, 12, 1}) || refused != 1 {
		t.Errorf("shows %q at %+v, %d refused", number, at, refused)
	}
}

// Whatever byte of the body is damaged, nothing is shown; nor on a board with
// another address.
func TestADamagedFrameShowsNothing(t *testing.T) {
	whole := frame(t)
	for i := 8; i < len(whole); i++ {
		for _, by := range []byte{0x01, 0x80, 0xFF} {
			b := slices.Clone(whole)
			b[i] ^= by
			o := NewOnbon(1, cable.Shape{}, nil)
			o.receive(b)
			if number, _ := o.Shows(); number != "" {
				t.Fatalf("byte %d turned by %02X shows %q", i, by, number)
			}
		}
	}
	o := NewOnbon(2, cable.Shape{}, nil)
	o.receive(whole)
	if number, _ := o.Shows(); number != "" {
		t.Errorf("board 2 shows %q, which is for board 1", number)
	}
}
