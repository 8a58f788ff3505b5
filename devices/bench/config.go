package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Config is devices.toml.
type Config struct {
	Version int            `toml:"version"`
	Listen  string         `toml:"listen"` // of the bench page
	Run     string         `toml:"run"`    // folder of the pseudo-terminals' links
	Slips   string         `toml:"slips"`  // folder of the printed slips; empty: memory only
	Seed    uint64         `toml:"seed"`   // of everything random
	Device  []DeviceConfig `toml:"device"`
	Line    []LineConfig   `toml:"line"`
}

// DeviceConfig is one simulated device.
type DeviceConfig struct {
	ID       string `toml:"id"`
	Terminal string `toml:"terminal"`
	Kind     string `toml:"kind"`
	Model    string `toml:"model"`
	At       string `toml:"at"`   // "serial:<link name>", "tcp:host:port" or "door:<path>"
	Baud     int    `toml:"baud"` // 0: as fast as it can
	Address  int    `toml:"address"`
	WidthMM  int    `toml:"width_mm"`      // paper of a printer: 58 or 80
	Speed    int    `toml:"mm_per_second"` // of a printer; 0: 200
	Profile  string `toml:"profile"`       // of a printer
	Unplug   bool   `toml:"unplugged"`
}

// LineConfig is the network line of one terminal.
type LineConfig struct {
	ID     string `toml:"id"`
	Listen string `toml:"listen"`
	Target string `toml:"target"`
}

// ReadConfig reads and checks a devices.toml. An unknown key is an error that
// names it.
func ReadConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read the bench's configuration: %w", err)
	}
	return ParseConfig(path, data)
}

// ParseConfig checks the text of a devices.toml; path is only for messages.
func ParseConfig(path string, data []byte) (Config, error) {
	var c Config
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			keys := make([]string, 0, len(strict.Errors))
			for _, e := range strict.Errors {
				keys = append(keys, strings.Join(e.Key(), "."))
			}
			return Config{}, fmt.Errorf("%s: unknown keys %s: remove them or look for a spelling mistake", path, strings.Join(keys, ", "))
		}
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := c.check(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func (c *Config) check() error {
	if c.Version != 1 {
		return fmt.Errorf("version = %d is not known: this program reads version = 1", c.Version)
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if err := loopback(c.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if c.Run == "" {
		c.Run = "run"
	}
	seen := map[string]bool{}
	for i := range c.Device {
		d := &c.Device[i]
		if d.ID == "" || seen[d.ID] {
			return fmt.Errorf("device %d: id %q is empty or used twice", i+1, d.ID)
		}
		seen[d.ID] = true
		if err := d.check(); err != nil {
			return fmt.Errorf("device %q: %w", d.ID, err)
		}
	}
	lines := map[string]bool{}
	for i, l := range c.Line {
		if l.ID == "" || lines[l.ID] {
			return fmt.Errorf("line %d: id %q is empty or used twice", i+1, l.ID)
		}
		lines[l.ID] = true
		if err := loopback(l.Listen); err != nil {
			return fmt.Errorf("line %q: listen: %w", l.ID, err)
		}
		if _, _, err := net.SplitHostPort(l.Target); err != nil {
			return fmt.Errorf("line %q: target must be host:port: %w", l.ID, err)
		}
	}
	return nil
}

func (d *DeviceConfig) check() error {
	if _, ok := models[d.Kind]; !ok {
		return fmt.Errorf("kind %q is not simulated: choose one of %s", d.Kind, strings.Join(kindNames(), ", "))
	}
	if _, ok := makerOf(d.Kind, d.Model); !ok {
		return fmt.Errorf("model %q of kind %q is not simulated: choose one of %s", d.Model, d.Kind, strings.Join(modelNames(d.Kind), ", "))
	}
	scheme, rest, _ := strings.Cut(d.At, ":")
	if d.Kind == "capture" && scheme != "tcp" {
		return fmt.Errorf("at %q: a document camera is on the network: write tcp:127.0.0.1:<port>", d.At)
	}
	if d.Kind == "sheet" && scheme != "tcp" {
		return fmt.Errorf("at %q: a page printer is on the network: write tcp:127.0.0.1:<port>", d.At)
	}
	if screen := d.Kind == "evaluator" && d.Model == "screen"; screen != (scheme == "door") || screen && rest == "" {
		return fmt.Errorf("at %q: an evaluator's screen, and nothing else, finds its counter by a file: write door:<path of evaluator.door in the counter's data folder>", d.At)
	}
	switch scheme {
	case "door":
	case "serial":
		if rest == "" || strings.ContainsAny(rest, "/\\") {
			return fmt.Errorf("at %q: after serial: comes the plain name of a link in the run folder", d.At)
		}
	case "tcp":
		if err := loopback(rest); err != nil {
			return fmt.Errorf("at: %w", err)
		}
	default:
		return fmt.Errorf("at %q: write serial:<name> or tcp:127.0.0.1:<port>", d.At)
	}
	return nil
}

// loopback refuses addresses that others could reach: the bench has no
// password.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q must be host:port: %w", addr, err)
	}
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%q is not a loopback address: use 127.0.0.1", addr)
	}
	return nil
}
