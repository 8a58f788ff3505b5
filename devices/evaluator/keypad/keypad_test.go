package keypad

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/evaluator/keypad/keypadsim"
	"hallway/devices/frame"
	"hallway/devices/port"
	"hallway/devices/port/cable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	devicetest.Run(t, func(t testing.TB) devicetest.Subject {
		sim := keypadsim.New()
		p, c := pad(t, sim)
		level := 0
		return devicetest.Subject{
			Device: p, Line: c,
			Use: func(ctx context.Context) error {
				level = level%5 + 1
				done := make(chan error, 1)
				go func() {
					for ctx.Err() == nil && !p.asking.Open() {
						time.Sleep(time.Millisecond)
					}
					done <- sim.Press(uint16(level+1), 2)
				}()
				a, err := p.Ask(ctx, "t", time.Minute)
				if perr := <-done; err != nil || perr != nil || a.Level != level {
					return fmt.Errorf("answer %+v for key %d: %v, %v", a, level, err, perr)
				}
				return nil
			},
			Wait: func(ctx context.Context) error {
				_, err := p.Ask(ctx, "t", 5*time.Minute)
				return err
			},
		}
	})
}

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
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
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
