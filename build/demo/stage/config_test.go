package stage

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hallway/app/terminal"
	"hallway/devices/bench"
)

// Every program of the demo reads what is written for it, and each evaluator of a
// counter has exactly one other side.
func TestWhatIsWrittenIsRead(t *testing.T) {
	for name, screen := range map[string]bool{"with a screen": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			s, err := New(Options{Dir: t.TempDir(), Bin: "bin", HallFiles: "../hall", Screen: screen, Camera: screen, Scanner: screen})
			if err != nil {
				t.Fatal(err)
			}
			read := func(file string) []byte {
				raw, err := os.ReadFile(filepath.Join(s.Dir(), file))
				if err != nil {
					t.Fatal(err)
				}
				return raw
			}
			simulated, err := bench.ParseConfig("devices.toml", read("devices.toml"))
			if err != nil {
				t.Fatal(err)
			}
			sides, cameras, scanners := map[string]int{}, 0, 0
			for _, d := range simulated.Device {
				if d.Kind == "evaluator" {
					sides[d.Terminal]++
				}
				if d.Kind == "capture" && slices.Contains(filmed, d.Terminal) {
					cameras++
				}
			}
			for _, one := range Terminals {
				c, err := terminal.ParseConfig(read(one.ID + ".toml"))
				if err != nil {
					t.Fatalf("%s: %v", one.ID, err)
				}
				ids := map[string]bool{}
				for _, d := range c.Devices {
					if ids[d.ID] {
						t.Errorf("%s has two devices %s", one.ID, d.ID)
					}
					ids[d.ID] = true
					if d.Model == "screen" && one.ID == screened {
						sides[one.ID]++
					}
					if d.Kind == "capture" && slices.Contains(filmed, one.ID) {
						cameras++
					}
					if d.Model == "sane" && one.ID == feeding {
						scanners++
					}
				}
			}
			if scanners != map[bool]int{true: 1}[screen] {
				t.Errorf("%d sheet scanners", scanners)
			}
			if want := map[bool]int{true: 2 * len(filmed)}[screen]; cameras != want {
				t.Errorf("%d ends of a document camera, want %d", cameras, want)
			}
			if len(sides) != 2 || sides["counter-1"] != 1 || sides["counter-2"] != 1 {
				t.Errorf("evaluators: %v", sides)
			}
			if (s.Program(screenID) != nil) != screen {
				t.Errorf("the screen's program: %v", s.Names())
			}
			if !screen {
				return
			}
			c, err := terminal.ParseConfig(read(screenID + ".toml"))
			if err != nil || c.Role != terminal.RoleEvaluator || c.Evaluator.Door != filepath.Join(s.Dir(), screened, "evaluator.door") {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}
