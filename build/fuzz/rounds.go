package fuzz

import (
	"flag"
	"strconv"
	"testing"
)

// Rounds lets rapid.Check draw n times in the rest of a test, where its usual number
// takes too long or shows too little. With -short rapid draws a fifth of what it is
// told, and walks half as far: that is made up for, so that n walks are drawn, of the
// usual length.
func Rounds(t testing.TB, n int) {
	t.Helper()
	if testing.Short() {
		n *= 5
		setFlag(t, "rapid.steps", "60") // half of which is what is usual
	}
	setFlag(t, "rapid.checks", strconv.Itoa(n))
}

// setFlag sets a flag for the rest of a test.
func setFlag(t testing.TB, name, value string) {
	t.Helper()
	was := flag.Lookup(name).Value.String()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set(name, was); err != nil {
			t.Error(err)
		}
	})
}
