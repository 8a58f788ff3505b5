package keypad

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"hallway/build/fuzz"
	"hallway/devices"
	"hallway/devices/evaluator/keypad/keypadsim"
	"hallway/devices/frame"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func pad(t testing.TB, sim *keypadsim.Sim) (*Pad, *cable.Cable) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pad")
	c, err := cable.New("packet:"+path, cable.Packets(sim))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	d, err := FromConfig(devices.Config{ID: "pad", Kind: devices.KindEvaluator, Model: "hid_keypad", Port: "evdev:unix:" + path})
	if err != nil {
		t.Fatal(err)
	}
	return d.(*Pad), c
}

func TestKeyPadNeedsItsTable(t *testing.T) {
	if _, err := FromConfig(devices.Config{ID: "pad", Model: "caller21", Port: "evdev:0001:0002"}); err == nil {
		t.Error("a table of frames was taken for a key pad's")
	}
	table, err := frame.Load("hid_keypad")
	if err != nil {
		t.Fatal(err)
	}
	opener, err := port.Parse("evdev:0001:0002")
	if err != nil {
		t.Fatal(err)
	}
	if err := New(opener, Options{ID: "pad", Table: table}).Welcome(t.Context()); port.CodeOf(err) != port.Gone {
		t.Errorf("a pad that is not there: %v", err)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1, 0, 2, 0}, 18), 5)
	fuzz.Run(f, func(t *testing.T, b []byte, cut int) {
		if cut < 0 || cut > len(b) {
			return
		}
		whole, rest := pressed(b)
		first, left := pressed(b[:cut])
		second, end := pressed(append(left, b[cut:]...))
		if fmt.Sprint(whole) != fmt.Sprint(append(first, second...)) || !bytes.Equal(rest, end) {
			t.Fatalf("cut at %d: %v and %v, whole: %v", cut, first, second, whole)
		}
	})
}
