package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestSealOpen(t *testing.T) {
	priv, pub, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Public(priv)
	if err != nil || !bytes.Equal(again, pub) {
		t.Fatalf("Public: %x %v, want %x", again, err, pub)
	}
	plain := []byte(`{"name":"测试","doc_no":"11010519491231002X"}`)
	info := Info("01J", "book")
	sealed, err := Seal(pub, info, plain)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("11010519491231002X")) {
		t.Fatal("the sealed part shows the number")
	}
	got, err := Open(priv, info, sealed)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open: %q %v", got, err)
	}
	other, _, _ := GenerateKey()
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for name, f := range map[string]func() ([]byte, error){
		"other op":   func() ([]byte, error) { return Open(priv, Info("01K", "book"), sealed) },
		"other kind": func() ([]byte, error) { return Open(priv, Info("01J", "check_in"), sealed) },
		"other key":  func() ([]byte, error) { return Open(other, info, sealed) },
		"damaged":    func() ([]byte, error) { return Open(priv, info, damaged) },
		"cut":        func() ([]byte, error) { return Open(priv, info, sealed[:20]) },
		"empty":      func() ([]byte, error) { return Open(priv, info, nil) },
	} {
		if b, err := f(); !errors.Is(err, ErrOpen) || b != nil {
			t.Errorf("%s: %q %v, want ErrOpen", name, b, err)
		}
	}
	if _, err := Seal(pub[:5], info, plain); !errors.Is(err, ErrKey) {
		t.Errorf("short key: %v", err)
	}
	if _, err := Open(priv[:5], info, sealed); !errors.Is(err, ErrKey) {
		t.Errorf("short private key: %v", err)
	}
}

// The vector was computed with Python's hmac and hashlib over the documented
// layout, so that another language finds the same people.
func TestLookupVector(t *testing.T) {
	master := bytes.Repeat([]byte{7}, 32)
	day := DayKey(master, "37010001", "2026-03-02")
	if got := hex.EncodeToString(day); got != vectorDay {
		t.Errorf("DayKey = %s, want %s", got, vectorDay)
	}
	if got := Lookup(day, "doc", "111", "11010519491231002X"); got != vectorLookup {
		t.Errorf("Lookup = %s, want %s", got, vectorLookup)
	}
}

func TestLookupSeparates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := DayKey([]byte("m"), "37010001", "2026-03-02")
		a := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "a")
		b := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "b")
		same := len(a) == len(b)
		for i := range a {
			same = same && i < len(b) && a[i] == b[i]
		}
		if (Lookup(key, a...) == Lookup(key, b...)) != same {
			t.Fatalf("look-ups of %q and %q", a, b)
		}
		if Lookup(DayKey([]byte("m"), "37010001", "2026-03-03"), a...) == Lookup(key, a...) {
			t.Fatal("two days share a look-up")
		}
		if Lookup(LongKey([]byte("m"), "37010001"), a...) == Lookup(key, a...) {
			t.Fatal("the long key equals a day key")
		}
	})
}

const (
	vectorDay    = "f49dbae86386d98d553e3fb0dde5c1ce1bcca8022792a72589fe40ae2032b263"
	vectorLookup = "e0d3cb6cab384b7080e3adfa8aa4773af643896470a505d3c467dc6297baf3c1"
)
