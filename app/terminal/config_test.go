package terminal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallway/build/fuzz"
)

func TestTheExampleConfigurationIsRight(t *testing.T) {
	raw, err := os.ReadFile("../../build/config/hallway.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseConfig(raw)
	if err != nil {
		t.Fatal(err)
	}
	if c.Role != RoleKiosk || len(c.Devices) != 4 || c.Kiosk.IdleSeconds != 90 {
		t.Errorf("%+v", c)
	}
}

func TestConfigurationMistakesAreNamed(t *testing.T) {
	good := "version = 1\nrole = \"counter\"\nterminal = \"c1\"\ncentre = \"http://127.0.0.1:1\"\ndata = \"d\"\ntoken_file = \"t\"\nwindow = \"1\"\n"
	if _, err := ParseConfig([]byte(good)); err != nil {
		t.Fatal(err)
	}
	screen := "version = 1\nrole = \"evaluator\"\nterminal = \"e1\"\nevaluator.door = \"d/evaluator.door\"\n"
	if _, err := ParseConfig([]byte(screen)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ text, want string }{
		"misspelt key":      {good + "lisen = \"x\"\n", "lisen"},
		"misspelt in table": {good + "[kiosk]\nidel_seconds = 1\n", "idel_seconds"},
		"version":           {strings.Replace(good, "version = 1", "version = 2", 1), "version"},
		"role":              {strings.Replace(good, "counter", "waiter", 1), "role"},
		"window":            {strings.Replace(good, "window = \"1\"", "", 1), "window"},
		"centre":            {strings.Replace(good, "http://127.0.0.1:1", "127.0.0.1:1", 1), "centre"},
		"short idle":        {good + "[kiosk]\nidle_seconds = 20\nwarn_seconds = 5\n", "idle_seconds"},
		"warning too long":  {good + "demo = true\n[kiosk]\nidle_seconds = 20\nwarn_seconds = 20\n", "warn_seconds"},
		"reusable":          {good + "[door]\nreusable_code = true\n", "reusable_code"},
		"voice":             {good + "[voice]\nmode = \"loud\"\n", "[voice]"},
		"bench, no demo":    {good + "[dock]\nbench = \"http://127.0.0.1:1\"\n", "[dock]"},
		"bench elsewhere":   {good + "demo = true\n[dock]\nbench = \"http://10.0.0.1:1\"\n", "[dock]"},
		"a door elsewhere":  {good + "[evaluator]\ndoor = \"d/evaluator.door\"\n", "[evaluator] door"},
		"screen, no door":   {"version = 1\nrole = \"evaluator\"\nterminal = \"e1\"\n", "[evaluator] door"},
		"screen, no folder": {screen + "demo = true\n[door]\nreusable_code = true\n", "needs data"},
		"not TOML":          {"version = = 1", "TOML"},
		"empty":             {"", "version"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseConfig([]byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v; want it to name %q", err, tc.want)
			}
		})
	}
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hallway.toml")
	text := "version = 1\nrole = \"display\"\nterminal = \"d1\"\ncentre = \"http://127.0.0.1:1\"\ndata = \"data\"\ntoken_file = \"/etc/token\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != filepath.Join(dir, "data") || c.TokenFile != "/etc/token" {
		t.Errorf("%q %q", c.Data, c.TokenFile)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("version = 1"))
	f.Add([]byte("[[device]]\nid = 1"))
	fuzz.Run(f, func(t *testing.T, raw []byte) {
		if c, err := ParseConfig(raw); err == nil && (c.Terminal == "" || c.Version != 1) {
			t.Errorf("accepted %+v", c)
		}
	})
}
