package fuzz

import (
	"flag"
	"strconv"
	"testing"
)

// Rounds lets rapid.Check draw n times in the rest of a test, where its usual number
// takes too long. With -short rapid draws a fifth of what it is told; that is made up
// for, so that n is what is drawn.
func Rounds(t testing.TB, n int) {
	t.Helper()
	if testing.Short() {
		n *= 5
	}
	const name = "rapid.checks"
	was := flag.Lookup(name).Value.String()
	if err := flag.Set(name, strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set(name, was); err != nil {
			t.Error(err)
		}
	})
}
