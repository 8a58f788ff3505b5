package serialscan

import (
	"context"
	"fmt"
	"testing"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/port/cable"
	"hallway/devices/scanner/serialscan/serialscansim"
)

func TestConformance(t *testing.T) {
	for name, l := range map[string]struct{ scheme, query string }{
		"tarm":  {"serial", "baud=9600"},
		"bugst": {"serial", "baud=9600&driver=bugst"},
		"tcp":   {"tcp", ""},
	} {
		t.Run(name, func(t *testing.T) {
			devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, l.scheme, l.query) })
		})
	}
}

func subject(t testing.TB, scheme, query string) devicetest.Subject {
	sim := serialscansim.New(serialscansim.Options{AIM: "]Q1", Shape: cable.Shape{ChunkMax: 4, Seed: 5}})
	line := devicetest.NewLine(t, scheme, query, sim)
	s := New(line.Opener, Options{ID: "scanner"})
	n := 0
	return devicetest.Subject{
		Device: s, Line: line, Noise: sim.Noise,
		Working: []devices.State{devices.Ready, devices.Degraded},
		Use: func(ctx context.Context) error {
			n++
			code := fmt.Sprintf("CODE-%d", n)
			return devicetest.Scan(ctx, s, code, func() { sim.Scan(code) })
		},
	}
}
