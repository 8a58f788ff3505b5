package keypad

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hallway/devices/devicetest"
	"hallway/devices/evaluator/keypad/keypadsim"
)

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
