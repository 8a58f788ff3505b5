package screen_test

import (
	"os"
	"path/filepath"
	"testing"

	"hallway/devices/devicetest"
	"hallway/devices/evaluator/evaluatortest"
	"hallway/devices/evaluator/screen"
	"hallway/devices/evaluator/screen/screensim"
	"hallway/devices/port/cable"
)

func TestConformance(t *testing.T) {
	for name, address := range map[string]string{"socket": "", "loopback": "tcp:127.0.0.1:0"} {
		t.Run(name, func(t *testing.T) {
			devicetest.Run(t, func(t testing.TB) devicetest.Subject { return subject(t, address) })
		})
	}
}

// folder has a short name: the system takes no long path of a socket.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "screen")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// pair is a driver and its screen, not running and not plugged in.
func pair(t testing.TB, address string, shape cable.Shape) (*screen.Screen, *screensim.Sim, *cable.Cable) {
	t.Helper()
	dir := folder(t)
	if address == "" {
		address = "unix:" + filepath.Join(dir, "s")
	}
	file := filepath.Join(dir, screen.DoorFile)
	sim := screensim.New(file, shape, nil)
	line := cable.Calling("door:"+file, sim.Dial, sim)
	t.Cleanup(func() {
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	})
	return screen.New(screen.Options{ID: "evaluator", Address: address, Door: file}), sim, line
}

func subject(t testing.TB, address string) devicetest.Subject {
	d, sim, line := pair(t, address, cable.Shape{ChunkMax: 3, Seed: 9})
	if err := line.Plug(); err != nil {
		t.Fatal(err)
	}
	return evaluatortest.Subject(d, evaluatortest.Keys{Asking: func() bool { return sim.Shown().Asking }, Press: sim.Press},
		devicetest.Subject{Line: line, Noise: sim.Noise})
}
