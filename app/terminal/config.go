package terminal

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"hallway/sync/secure"
)

// Roles that this program can be started in.
const (
	RoleKiosk     = "kiosk"
	RoleCounter   = "counter"
	RoleStation   = "station"
	RoleDisplay   = "display"
	RoleEvaluator = "evaluator"
	RoleManager   = "manager"
)

// Config is the terminal's configuration file (version 1). An unknown key is
// an error with a hint, so that a misspelt one is never silently a default.
type Config struct {
	Version   int    `toml:"version"`
	Role      string `toml:"role"`
	Terminal  string `toml:"terminal"` // as enrolled at the centre
	Centre    string `toml:"centre"`   // base address
	TokenFile string `toml:"token_file"`
	// Of TLS, PEM: the CA of the centre where the machine does not trust it, and
	// this terminal's own certificate where the centre asks for one.
	CA     string `toml:"ca"`
	Cert   string `toml:"cert"`
	Key    string `toml:"key"`
	Data   string `toml:"data"` // folder of the store
	Listen string `toml:"listen"`
	Locale string `toml:"locale"`
	Demo   bool   `toml:"demo"`
	Window string `toml:"window"` // counter: of which window
	// Department of a station where papers are signed out; empty: the hall's own.
	Department string          `toml:"department"`
	WidthMM    int             `toml:"width_mm"`
	Door       DoorConfig      `toml:"door"`
	Kiosk      KioskConfig     `toml:"kiosk"`
	Counter    CounterConfig   `toml:"counter"`
	Evaluator  EvaluatorConfig `toml:"evaluator"`
	Caller     CallerConfig    `toml:"caller"`
	Voice      VoiceConfig     `toml:"voice"`
	Dock       DockConfig      `toml:"dock"`
	Display    DisplayConfig   `toml:"display"`
	Devices    []DeviceConfig  `toml:"device"`
}

// DoorConfig is about the browser door.
type DoorConfig struct {
	ReusableCode bool `toml:"reusable_code"` // demo only
}

// KioskConfig holds the time-outs of a session (standards §8: at least 60 s,
// with a warning and one-press extension).
type KioskConfig struct {
	IdleSeconds int `toml:"idle_seconds"` // after so long without a touch the person is forgotten
	WarnSeconds int `toml:"warn_seconds"` // and is warned so long before
}

// CounterConfig is about the clerk's desk. Scans is the folder that the
// document scanner writes into; a file that was handed in is taken out of it.
type CounterConfig struct {
	Scans string `toml:"scans"`
}

// EvaluatorConfig: at a counter, how long a rating is asked for; at an
// evaluator's screen, the file by which it finds its counter.
type EvaluatorConfig struct {
	TimeoutSeconds int    `toml:"timeout_seconds"`
	Door           string `toml:"door"`
}

// DockConfig: where the bench of simulated devices is that the page of a demo
// terminal plays.
type DockConfig struct {
	Bench string `toml:"bench"` // http://127.0.0.1:PORT; demo only
}

// DeviceConfig is one device. A mistake in it does not keep the terminal from
// starting: the device is shown as failed (NewDevices).
type DeviceConfig struct {
	ID      string            `toml:"id"`
	Kind    string            `toml:"kind"`
	Model   string            `toml:"model"`
	Port    string            `toml:"port"`
	Profile string            `toml:"profile"`
	Off     bool              `toml:"off"` // described here, but not used now
	Options map[string]string `toml:"options"`
}

// LoadConfig reads and checks a configuration file. Paths in it are relative
// to the file.
func LoadConfig(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("configuration cannot be read (give its path with --config): %w", err)
	}
	c, err := ParseConfig(raw)
	if err != nil {
		return Config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	dir := filepath.Dir(path)
	for _, p := range []*string{&c.TokenFile, &c.CA, &c.Cert, &c.Key, &c.Data, &c.Voice.Dir, &c.Counter.Scans, &c.Evaluator.Door} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	return c, nil
}

// TLS is this terminal's end of TLS; nil: the machine's.
func (c Config) TLS(log *slog.Logger) (*tls.Config, error) {
	if c.CA == "" && c.Cert == "" {
		return nil, nil
	}
	own, err := secure.Client(secure.Files{Cert: c.Cert, Key: c.Key, CA: c.CA}, log, nil)
	if err != nil {
		return nil, fmt.Errorf("TLS (ca, cert and key of the configuration): %w", err)
	}
	return own, nil
}

// ParseConfig reads a configuration, fills in the defaults and checks it.
func ParseConfig(raw []byte) (Config, error) {
	c := Config{Listen: "127.0.0.1:0", Locale: "zh-Hans",
		Kiosk:     KioskConfig{IdleSeconds: 90, WarnSeconds: 30},
		Evaluator: EvaluatorConfig{TimeoutSeconds: 15}, Voice: VoiceConfig{Mode: "auto"},
		Display: DisplayConfig{Layout: LayoutCalls, Contrast: "normal"}}
	dec := toml.NewDecoder(strings.NewReader(string(raw))).DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return Config{}, fmt.Errorf("unknown keys (is one misspelt? build/config has a commented example):\n%s", strict.String())
		}
		return Config{}, fmt.Errorf("not a TOML file of the expected shape: %w", err)
	}
	return c, c.check()
}

// check says everything that is wrong at once.
func (c *Config) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Version != 1 {
		bad("version = %d: this program reads version 1", c.Version)
	}
	switch c.Role {
	case RoleKiosk, RoleCounter, RoleStation, RoleDisplay, RoleEvaluator, RoleManager:
	default:
		bad("role = %q: one of kiosk, counter, station, display, evaluator, manager", c.Role)
	}
	if c.Department != "" && c.Role != RoleStation {
		bad("department: only a station has one")
	}
	if c.Role == RoleCounter && c.Window == "" {
		bad("window: a counter needs the id of its window")
	}
	if c.Terminal == "" {
		bad("terminal: the id as enrolled at the centre")
	}
	stored := c.Role != RoleManager && c.Role != RoleEvaluator // with a store of its own
	if u, err := url.Parse(c.Centre); c.Role == RoleEvaluator {
		if c.Evaluator.Door == "" {
			bad("[evaluator] door: the file evaluator.door in the data folder of the counter that this screen belongs to")
		}
	} else if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		bad("centre = %q: the address of the centre, such as http://127.0.0.1:8080", c.Centre)
	}
	if (c.Cert == "") != (c.Key == "") {
		bad("cert and key: both, or neither")
	}
	if (c.CA != "" || c.Cert != "") && !strings.HasPrefix(c.Centre, "https://") {
		bad("centre = %q: ca and cert are for an address with https://", c.Centre)
	}
	if c.Data == "" && stored {
		bad("data: the folder of the store")
	}
	if c.TokenFile == "" && stored {
		bad("token_file: the file that holds this terminal's token")
	}
	if c.Kiosk.WarnSeconds < 1 || c.Kiosk.IdleSeconds <= c.Kiosk.WarnSeconds {
		bad("[kiosk] warn_seconds at least 1, idle_seconds more than warn_seconds")
	}
	if !c.Demo && c.Kiosk.IdleSeconds < 60 {
		bad("[kiosk] idle_seconds: at least 60 outside of a demo")
	}
	if c.Door.ReusableCode && !c.Demo {
		bad("[door] reusable_code: only with demo = true")
	}
	if c.Door.ReusableCode && c.Data == "" {
		bad("[door] reusable_code: needs data, a folder to keep the code in")
	}
	if c.Evaluator.Door != "" && c.Role != RoleEvaluator {
		bad("[evaluator] door: only an evaluator's screen has one")
	}
	if c.Dock.Bench != "" && !c.Demo {
		bad("[dock] bench: only with demo = true")
	}
	if u, err := url.Parse(c.Dock.Bench); c.Dock.Bench != "" && (err != nil || u.Scheme != "http" || !net.ParseIP(u.Hostname()).IsLoopback()) {
		bad("[dock] bench = %q: the address of the bench on this machine, such as http://127.0.0.1:8790", c.Dock.Bench)
	}
	c.Voice.check(bad)
	c.Caller.check(bad)
	c.Display.check(bad)
	if c.Role != RoleDisplay && len(c.Display.Groups)+len(c.Display.Windows) > 0 {
		bad("[display] groups, windows: only a display has them")
	}
	return errors.Join(errs...)
}
