package table_test

import (
	"testing"

	"hallway/devices/devicetest"
	"hallway/devices/evaluator/evaluatortest"
	"hallway/devices/evaluator/table"
	"hallway/devices/frame"
	"hallway/devices/frame/framesim"
	"hallway/devices/port/cable"
)

func TestConformance(t *testing.T) {
	for name, l := range map[string]struct{ model, scheme, query string }{
		"tarm": {"caller21", "serial", "baud=9600"}, "bugst": {"caller21", "serial", "baud=9600&driver=bugst"},
		"tcp": {"caller21", "tcp", ""}, "five keys": {"five_key", "tcp", ""},
	} {
		t.Run(name, func(t *testing.T) {
			devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, l.model, l.scheme, l.query) })
		})
	}
}

func subject(t testing.TB, model, scheme, query string) devicetest.Subject {
	tb, err := frame.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	sim := framesim.New(tb, 0, cable.Shape{ChunkMax: 3, Seed: 9}, nil)
	line := devicetest.NewLine(t, scheme, query, sim)
	d := table.New(line.Opener, table.Options{ID: "evaluator", Table: tb})
	return evaluatortest.Subject(d, evaluatortest.Keys{Asking: func() bool { return sim.Shown().Asking }, Press: sim.Press},
		devicetest.Subject{Line: line, Noise: sim.Noise})
}
