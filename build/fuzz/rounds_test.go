package fuzz_test

import (
	"testing"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

// A property is drawn as often as was said, with -short too, and in the next test as
// often as before.
func TestRounds(t *testing.T) {
	drawn := func(t *testing.T) (n int) {
		rapid.Check(t, func(*rapid.T) { n++ })
		return n
	}
	usual := drawn(t)
	t.Run("seven", func(t *testing.T) {
		fuzz.Rounds(t, 7)
		if n := drawn(t); n != 7 {
			t.Errorf("drawn %d times", n)
		}
	})
	if n := drawn(t); n != usual || n == 7 {
		t.Errorf("drawn %d times after, %d before", n, usual)
	}
}
