package table_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hallway/devices/devicetest"
	"hallway/devices/evaluator/table"
	"hallway/devices/evaluator/table/tablesim"
	"hallway/devices/port/cable"
)

func TestConformance(t *testing.T) {
	for name, l := range map[string]struct{ scheme, query string }{
		"tarm": {"serial", "baud=9600"}, "bugst": {"serial", "baud=9600&driver=bugst"}, "tcp": {"tcp", ""},
	} {
		t.Run(name, func(t *testing.T) {
			devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, l.scheme, l.query) })
		})
	}
}

func subject(t testing.TB, scheme, query string) devicetest.Subject {
	tb, err := table.Load("caller21")
	if err != nil {
		t.Fatal(err)
	}
	sim := tablesim.New(tb, 0, cable.Shape{ChunkMax: 3, Seed: 9}, nil)
	line := devicetest.NewLine(t, scheme, query, sim)
	d := table.New(line.Opener, table.Options{ID: "evaluator", Table: tb})
	level := 0
	return devicetest.Subject{
		Device: d, Line: line, Noise: sim.Noise,
		Use: func(ctx context.Context) error {
			level = level%5 + 1
			press, stop := context.WithCancel(ctx)
			pressed := make(chan struct{})
			go func() {
				defer close(pressed)
				for press.Err() == nil { // a person presses again when nothing happens
					if _, asking := sim.Shows(); asking {
						if _, err := sim.Press(press, level); err != nil {
							return
						}
					}
					time.Sleep(5 * time.Millisecond)
				}
			}()
			defer func() { stop(); <-pressed }()
			a, err := d.Ask(ctx, "t", time.Minute)
			if err != nil || a.Level != level {
				return fmt.Errorf("answer %+v for key %d: %w", a, level, err)
			}
			for _, asking := sim.Shows(); asking && ctx.Err() == nil; _, asking = sim.Shows() {
				time.Sleep(time.Millisecond)
			}
			return nil
		},
		Wait: func(ctx context.Context) error {
			_, err := d.Ask(ctx, "t", 5*time.Minute)
			return err
		},
	}
}
