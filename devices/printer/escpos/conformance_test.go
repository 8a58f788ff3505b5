package escpos_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/devicetest"
	"hallway/devices/port/cable"
	"hallway/devices/printer"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/escpos/escpossim"
)

func TestConformance(t *testing.T) {
	for _, c := range []struct{ name, scheme, query, profile string }{
		{"tcp", "tcp", "", "epson80"},
		{"serial", "serial", "baud=115200", "epson80"},
		{"serial that does not confirm", "serial", "baud=115200&driver=bugst", "generic80"},
	} {
		t.Run(c.name, func(t *testing.T) {
			devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, c.scheme, c.query, c.profile) })
		})
	}
}

func subject(t testing.TB, scheme, query, profile string) devicetest.Subject {
	sim := escpossim.New(escpossim.Options{
		Confirms: profile == "epson80", Clears: true, NativeQR: true, Shape: cable.Shape{ChunkMax: 3, Seed: 11},
	})
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = sim.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	line := devicetest.NewLine(t, scheme, query, sim)
	p, err := escpos.ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	d := escpos.New(line.Opener, escpos.Options{ID: "printer", Profile: p})
	want := printer.Parsed
	if profile == "epson80" {
		want = printer.Confirmed
	}
	return devicetest.Subject{
		Device: d, Line: line, Noise: sim.Noise,
		Use: func(ctx context.Context) error {
			for d.Ready() != nil && ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			before := sim.Count()
			got, err := d.Print(ctx, printer.Job{ID: "1", Doc: ticket("A001")})
			if err != nil || got != want {
				return fmt.Errorf("outcome %s, %w", got, err)
			}
			for !sim.Idle() {
				time.Sleep(time.Millisecond)
			}
			if n := sim.Count() - before; n != 1 {
				return fmt.Errorf("%d slips", n)
			}
			return nil
		},
		Working: []devices.State{devices.Ready},
	}
}
