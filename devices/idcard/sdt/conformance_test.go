package sdt

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/idcard/sdt/sdtsim"
	"hallway/devices/port/cable"
)

// lines are all lines that a reader can be on: scheme, query, and what it has
// on USB.
var lines = map[string]struct {
	scheme, query string
	pipes         sdtsim.Pipes
}{
	"tarm":      {"serial", "baud=115200", ""},
	"bugst":     {"serial", "baud=115200&driver=bugst", ""},
	"tcp":       {"tcp", "", ""},
	"one pair":  {"usb", "", sdtsim.OnePair},
	"two pairs": {"usb", "", sdtsim.TwoPairs},
	"reports":   {"hid", "", sdtsim.Reports},
}

func TestConformance(t *testing.T) {
	for name, l := range lines {
		t.Run(name, func(t *testing.T) {
			devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, l.scheme, l.query, l.pipes) })
		})
	}
}

// onLine is a simulator as its line carries it.
func onLine(sim *sdtsim.Sim, p sdtsim.Pipes) cable.Simulator {
	if p == "" {
		return sim
	}
	return cable.Packets(sim.OnUSB(p))
}

func subject(t testing.TB, scheme, query string, pipes sdtsim.Pipes) devicetest.Subject {
	sim := sdtsim.New(sdtsim.Options{OnceOnly: true, Shape: cable.Shape{ChunkMax: 100, Seed: 5}})
	line := devicetest.NewLine(t, scheme, query, onLine(sim, pipes))
	r := New(line.Opener, Options{ID: "reader", Poll: 10 * time.Millisecond, Hold: 50 * time.Millisecond, SameCard: time.Millisecond})
	names := []string{"resident", "Y"}
	return devicetest.Subject{
		Device: r, Line: line, Noise: sim.Noise,
		Working: []devices.State{devices.Ready, devices.Degraded},
		Use: func(ctx context.Context) error {
			names[0], names[1] = names[1], names[0]
			if err := sim.PlaceSample(names[0]); err != nil {
				return err
			}
			defer func() {
				sim.Remove()
				time.Sleep(100 * time.Millisecond) // hands are no faster
			}()
			want, _ := sdtsim.Sample(names[0])
			select {
			case e := <-r.Events():
				if e.Card == nil || e.Card.Number != want.Number {
					return fmt.Errorf("not the card on the plate: error %q", e.Err)
				}
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}
}
