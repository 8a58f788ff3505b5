package inside

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/evaluator/keypad"
	"hallway/devices/frame"
	"hallway/devices/scanner/wedge/wedgesim"
)

// A key pad is a keyboard to the system: a level is given by its key, however often
// the pad is pulled out.
func TestKeyPad(t *testing.T) {
	table, err := frame.Load("hid_keypad")
	if err != nil {
		t.Fatal(err)
	}
	devicetest.RunOnBus(t, func(t testing.TB) devicetest.Subject {
		w := newKeyWire(t, 0x1A2C, 0x0E24)
		p := keypad.New(address(t, "evdev:1a2c:0e24"), keypad.Options{ID: "pad", Table: table})
		level := 0
		return devicetest.Subject{Device: p, Line: w,
			Use: func(ctx context.Context) error {
				level = level%5 + 1
				pressed := make(chan error, 1)
				go func() {
					for ctx.Err() == nil && p.Status().State != devices.Busy {
						time.Sleep(time.Millisecond)
					}
					pressed <- w.enter(wedgesim.Tap(uint16(level + 1))) // KEY_1 is 2
				}()
				a, err := p.Ask(ctx, "t", time.Minute)
				if perr := <-pressed; err != nil || perr != nil || a.Level != level {
					return fmt.Errorf("answer %+v for key %d: %w, %w", a, level, err, perr)
				}
				return nil
			},
			Wait: func(ctx context.Context) error {
				_, err := p.Ask(ctx, "t", 5*time.Minute)
				return err
			}}
	}, cycles())
}
