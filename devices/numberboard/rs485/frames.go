package rs485

import (
	"fmt"
	"strconv"
	"strings"
)

// Colour of a board that has several.
type Colour byte

const (
	Green  Colour = 0
	Yellow Colour = 1
	Red    Colour = 2
)

// colours by the names used in configurations.
var colours = map[string]Colour{"green": Green, "yellow": Yellow, "red": Red}

// ParseColour reads a colour; empty is red.
func ParseColour(s string) (Colour, error) {
	if s == "" {
		return Red, nil
	}
	c, ok := colours[s]
	if !ok {
		return 0, fmt.Errorf("colour %q is not known: write green, yellow or red", s)
	}
	return c, nil
}

// Value is the number that a board of digits shows for a ticket number: its
// digits, A012 as 12. Empty is 0, the nearest to blank that the boards have.
func Value(number string) (uint16, error) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	if number == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("number %q has no digits that a board can show", number)
	}
	return uint16(n), nil
}

// Board4 is the four-byte frame: ID HI LO SUM, the sum being the low byte of
// the first three.
func Board4(id byte, value uint16) []byte {
	hi, lo := byte(value>>8), byte(value)
	return []byte{id, hi, lo, id + hi + lo}
}

// Xunpeng is the frame 3A colour LO HI info SUM 0A; the sum covers everything
// before it.
func Xunpeng(colour Colour, value uint16) []byte {
	b := []byte{0x3A, byte(colour), byte(value), byte(value >> 8), 0x01}
	var sum byte
	for _, c := range b {
		sum += c
	}
	return append(b, sum, 0x0A)
}
