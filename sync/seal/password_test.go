package seal

import (
	"bytes"
	"fmt"
	"testing"
)

func TestQueryPassword(t *testing.T) {
	key := bytes.Repeat([]byte{7}, KeySize)
	seen, first := map[string]bool{}, map[byte]int{}
	for i := range 5000 {
		p := QueryPassword(key, fmt.Sprint("case", i))
		if len(p) != 6 || p != QueryPassword(key, fmt.Sprint("case", i)) {
			t.Fatalf("password %q", p)
		}
		for _, c := range []byte(p) {
			if c < '0' || c > '9' {
				t.Fatalf("password %q", p)
			}
		}
		seen[p] = true
		first[p[0]]++
	}
	if len(seen) < 4900 { // a few coincidences are chance
		t.Errorf("only %d passwords for 5000 cases", len(seen))
	}
	for d, n := range first {
		if n < 350 || n > 650 {
			t.Errorf("%d passwords begin with %c", n, d)
		}
	}
	other := bytes.Repeat([]byte{8}, KeySize)
	if QueryPassword(key, "a") == QueryPassword(other, "a") && QueryPassword(key, "b") == QueryPassword(other, "b") {
		t.Error("the key does not matter")
	}
	if PasswordLook(key, "a", "123456") == PasswordLook(key, "b", "123456") || PasswordLook(key, "a", "123456") == PasswordLook(key, "a", "123457") {
		t.Error("look-ups of different cases or passwords are alike")
	}
	if OwnerLook(key, "111", "x") != Lookup(key, "person", "111", "x") {
		t.Error("an owner is found by another hash")
	}
}
