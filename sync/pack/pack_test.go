package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	gosync "sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSameAgain(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 4096).Draw(r, "bytes")
		packed := Pack(nil, b)
		if !bytes.Equal(packed, Pack(nil, b)) {
			r.Fatal("the same bytes are packed in two ways")
		}
		got, err := Open(packed, 4096)
		if err != nil || !bytes.Equal(got, b) {
			r.Fatalf("%v, %d bytes of %d", err, len(got), len(b))
		}
	})
}

func TestLimit(t *testing.T) {
	long := Pack(nil, make([]byte, 5<<20))
	if len(long) > 4096 {
		t.Fatalf("zeros take %d bytes", len(long))
	}
	for limit, want := range map[int64]error{5 << 20: nil, 5<<20 - 1: ErrLong, 1 << 10: ErrLong} {
		if _, err := Open(long, limit); !errors.Is(err, want) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	// Many frames one after the other are no way around it.
	if _, err := Open(bytes.Repeat(Pack(nil, make([]byte, 1<<10)), 100), 10<<10); !errors.Is(err, ErrLong) {
		t.Errorf("many frames: %v", err)
	}
}

func TestBroken(t *testing.T) {
	packed := Pack(nil, []byte(strings.Repeat("a hall with many windows ", 100)))
	for cut := range packed {
		if _, err := Open(packed[:cut], 1<<20); !errors.Is(err, ErrBroken) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		b := bytes.Clone(packed)
		b[rnd.IntN(len(b))] ^= byte(1 + rnd.IntN(255))
		if out, err := Open(b, 1<<20); err == nil && !bytes.Equal(out, []byte(strings.Repeat("a hall with many windows ", 100))) {
			t.Fatal("damage went unseen") // the frame has a checksum
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	var wait gosync.WaitGroup
	for n := range 16 {
		wait.Go(func() {
			b := bytes.Repeat([]byte{byte(n)}, 10000+n)
			for range 20 {
				if got, err := Open(Pack(nil, b), 1<<20); err != nil || !bytes.Equal(got, b) {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte{})
	f.Add(Pack(nil, []byte("a")))
	f.Add(Pack(nil, make([]byte, 1<<16)))
	f.Add([]byte("\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	fuzz.Run(f, func(t *testing.T, b []byte) {
		out, err := Open(b, 1<<14)
		if err == nil && len(out) > 1<<14 || err != nil && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrLong) {
			t.Fatalf("%d bytes, %v", len(out), err)
		}
	}, func(b []byte) []byte { return Pack(nil, b) })
}

// A message of one row is much shorter with the dictionary, and both codings are
// opened alike.
func TestDictionary(t *testing.T) {
	row := []byte(`{"lane":"hall/37010001","epoch":1,"from":41,"to":42,"rows":[{"row":42,"feed":"queue","event":"window.freed","kind":"window","id":"3",` +
		`"value":{"id":"3","open":true,"staff":"1007","terminal":"counter-3","since":"2026-03-02T10:15:30.123456+08:00"},"op_id":"01JQWERTYUIOPASDFGHJKLZXCV"}]}`)
	plain, short := Pack(nil, row), Pack1(nil, row)
	if len(short) > len(row)/2 || len(short) > len(plain)*2/3 {
		t.Errorf("%d bytes become %d, and %d without the dictionary", len(row), len(short), len(plain))
	}
	for _, b := range [][]byte{plain, short} {
		if got, err := Open(b, 4096); err != nil || !bytes.Equal(got, row) {
			t.Errorf("%v: %s", err, got)
		}
	}
	if _, err := Open(short, 100); !errors.Is(err, ErrLong) {
		t.Errorf("limit: %v", err)
	}
	// The dictionary is part of the protocol.
	if sum := sha256.Sum256(dict1); hex.EncodeToString(sum[:]) != "729e5c7812c05ac4025e9164390c982564b71bd70bc2ee5cdc7e7624b15464f0" {
		t.Errorf("the first dictionary changed (%x): make a second one", sum)
	}
}
