package rs485_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"hallway/devices/devicetest"
	"hallway/devices/numberboard/rs485"
	"hallway/devices/numberboard/rs485/rs485sim"
	"hallway/devices/port/cable"
)

func TestConformance(t *testing.T) {
	for _, model := range []string{board4, xunpeng, onbon} {
		for name, l := range map[string]struct{ scheme, query string }{
			"tarm": {"serial", "baud=9600"}, "bugst": {"serial", "baud=9600&driver=bugst"}, "tcp": {"tcp", ""},
		} {
			t.Run(model+"/"+name, func(t *testing.T) {
				devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, model, l.scheme, l.query) })
			})
		}
	}
}

func subject(t testing.TB, model, scheme, query string) devicetest.Subject {
	shape, letter := cable.Shape{ChunkMax: 2, Seed: 5}, ""
	var sim interface {
		cable.Simulator
		Shows() (number, colour string)
		Noise(n int)
	} = rs485sim.New(model == xunpeng, 1, shape, nil)
	if model == onbon {
		sim, letter = rs485sim.NewOnbon(1, shape, nil), "A" // it shows letters too
	}
	line := devicetest.NewLine(t, scheme, query, sim)
	d := rs485.New(line.Opener, rs485.Options{ID: "board", Table: load(t, model)})
	n := 0
	return devicetest.Subject{
		Device: d, Line: line, Noise: sim.Noise,
		Use: func(ctx context.Context) error {
			n++
			if err := d.Show(ctx, "A"+strconv.Itoa(n)); err != nil {
				return err
			}
			for {
				if shows, _ := sim.Shows(); shows == letter+strconv.Itoa(n) {
					return nil
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(2 * time.Millisecond):
				}
			}
		},
	}
}
