package central

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/sync/secure"
)

// Config is central.toml, version 1. A relative path in it is meant from the
// file's own folder.
type Config struct {
	Version int    `toml:"version"`
	Listen  string `toml:"listen"`
	// TLSCert and TLSKey (PEM) make it speak TLS; TLSClientCA: terminals must show a
	// certificate of this CA.
	TLSCert     string `toml:"tls_cert"`
	TLSKey      string `toml:"tls_key"`
	TLSClientCA string `toml:"tls_client_ca"`

	Database  string           `toml:"database"`   // sqlite:PATH or postgres://…
	Keys      string           `toml:"keys"`       // folder of the centre's secrets, created 0600
	HallFiles string           `toml:"hall_files"` // folder of the hall's catalogue
	Demo      DemoConfig       `toml:"demo"`
	Sessions  SessionConfig    `toml:"sessions"`
	Terminals []TerminalConfig `toml:"terminal"`
	// Departments are the addresses of the departments that supply materials.
	Departments []DepartmentConfig `toml:"department"`
	// Export is where the process records of cases go up.
	Export ExportConfig `toml:"export"`

	dir string
	// where the [[terminal]] blocks stand, for what only the hall can tell.
	terminalsAt fileChecker
}

// DemoConfig makes the clock of a demonstration. Clock "" is the real clock;
// otherwise an RFC 3339 time from which the hall's clock runs on.
type DemoConfig struct {
	Clock string `toml:"clock"`
}

// SessionConfig holds the limits of staff sessions (等保: log-out by time, lock
// after failures).
type SessionConfig struct {
	IdleMinutes   int `toml:"idle_minutes"`
	AbsoluteHours int `toml:"absolute_hours"`
	LockAfter     int `toml:"lock_after"`
	LockMinutes   int `toml:"lock_minutes"`
}

// TerminalConfig enrols a terminal. TokenSHA256 is the hex SHA-256 of the
// bearer token that the terminal holds; the token itself is nowhere here.
type TerminalConfig struct {
	ID          string `toml:"id"`
	Role        string `toml:"role"`
	Letter      string `toml:"letter"`
	Window      string `toml:"window"`
	Department  string `toml:"department"` // of a sign-out station; empty: a station of the hall
	TokenSHA256 string `toml:"token_sha256"`
}

// Limits that hold when the file says nothing.
const (
	defaultIdleMinutes   = 60
	defaultAbsoluteHours = 12
	defaultLockAfter     = 5
	defaultLockMinutes   = 15
)

// LoadConfig reads and checks central.toml.
func LoadConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("configuration %s cannot be read: %w; copy build/config/central.example.toml and edit it", path, err)
	}
	cfg, err := ParseConfig(path, data)
	if err != nil {
		return Config{}, err
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Config{}, fmt.Errorf("folder of %s: %w", path, err)
	}
	cfg.dir = dir
	return cfg, nil
}

// ParseConfig checks the text of a configuration; file is its name in messages.
func ParseConfig(file string, data []byte) (Config, error) {
	var cfg Config
	if err := decodeStrict(file, data, &cfg); err != nil {
		return Config{}, err
	}
	c := fileChecker{file: file, lines: tableLines(data)}
	if cfg.Version != 1 {
		c.add("", 0, fmt.Sprintf("version is %d", cfg.Version), "this program reads version = 1")
	}
	if _, _, err := net.SplitHostPort(cfg.Listen); err != nil {
		c.add("", 0, fmt.Sprintf("listen %q is not host:port", cfg.Listen), `for example "127.0.0.1:8700"`)
	}
	if !strings.HasPrefix(cfg.Database, "sqlite:") && !strings.HasPrefix(cfg.Database, "postgres://") && !strings.HasPrefix(cfg.Database, "postgresql://") {
		c.add("", 0, "database is not set", `write "sqlite:data/central.db" or "postgres://…"`)
	}
	if (cfg.TLSCert == "") != (cfg.TLSKey == "") {
		c.add("", 0, "tls_cert and tls_key belong together", "name both, or neither")
	}
	if cfg.TLSClientCA != "" && cfg.TLSCert == "" {
		c.add("", 0, "tls_client_ca without tls_cert", "terminals show certificates on TLS only: name tls_cert and tls_key too")
	}
	if cfg.Keys == "" {
		c.add("", 0, "keys is not set", "name a folder that only this program may read")
	}
	if cfg.HallFiles == "" {
		c.add("", 0, "hall_files is not set", "name the folder with hall.toml and the others")
	}
	if _, err := cfg.demoStart(); err != nil {
		c.add("demo", 0, fmt.Sprintf("clock %q is not a time", cfg.Demo.Clock), `write for example "2026-03-02T09:05:00+08:00", or "" for the real clock`)
	}
	c.terminals(cfg.Terminals)
	c.departments(cfg.Departments)
	c.export(&cfg.Export)
	cfg.terminalsAt = fileChecker{file: filepath.Base(file), lines: c.lines}
	cfg.Sessions.fill()
	return cfg, errors.Join(c.errs...)
}

// fill sets what the file left out.
func (s *SessionConfig) fill() {
	for _, f := range []struct {
		v *int
		d int
	}{{&s.IdleMinutes, defaultIdleMinutes}, {&s.AbsoluteHours, defaultAbsoluteHours}, {&s.LockAfter, defaultLockAfter}, {&s.LockMinutes, defaultLockMinutes}} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
}

// checkHall holds the terminals to the hall's catalogue.
func (c Config) checkHall(cat *hall.Catalogue) error {
	check := fileChecker{file: c.terminalsAt.file, lines: c.terminalsAt.lines}
	for i, t := range c.Terminals {
		if _, known := cat.Department(t.Department); t.Department != "" && !known {
			check.add("terminal", i, fmt.Sprintf("department %q of %s is not one of the hall's", t.Department, t.ID), "see [[department]] in the hall's files")
		}
	}
	return errors.Join(check.errs...)
}

// demoStart is the start of the demonstration's clock; zero = real clock.
func (c Config) demoStart() (time.Time, error) {
	if c.Demo.Clock == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, c.Demo.Clock)
}

// path resolves a path of the file.
func (c Config) path(p string) string {
	if filepath.IsAbs(p) || c.dir == "" {
		return p
	}
	return filepath.Join(c.dir, p)
}

// openTLS reads the certificates, when there are any.
func (c Config) openTLS(log *slog.Logger) (*secure.Server, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	files := secure.Files{Cert: c.path(c.TLSCert), Key: c.path(c.TLSKey)}
	if c.TLSClientCA != "" {
		files.CA = c.path(c.TLSClientCA)
	}
	s, err := secure.Open(files, log, nil)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w; see tls_cert, tls_key and tls_client_ca (hallway-central certs makes them)", err)
	}
	return s, nil
}

// DSN is the database with its path resolved.
func (c Config) DSN() string {
	if p, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		return "sqlite:" + c.path(p)
	}
	return c.Database
}

// fileChecker collects what is wrong in one file, with lines.
type fileChecker struct {
	file  string
	lines map[string][]int
	errs  []error
}

// add notes an error at the n-th header of a table; table "" is the file.
func (c *fileChecker) add(table string, n int, what, hint string) {
	line := 0
	if at := c.lines[table]; n < len(at) {
		line = at[n]
	}
	c.errs = append(c.errs, &FileError{File: c.file, Line: line, What: what, Hint: hint})
}

// terminalRoles that can be enrolled.
var terminalRoles = map[string]bool{"kiosk": true, "counter": true, "station": true, "display": true, "evaluator": true, "manager": true}

// terminals checks the [[terminal]] tables.
func (c *fileChecker) terminals(list []TerminalConfig) {
	ids, letters, tokens := map[string]bool{}, map[string]string{}, map[string]string{}
	for i, t := range list {
		if !validID(t.ID) {
			c.add("terminal", i, fmt.Sprintf("id %q", t.ID), "use small letters, digits and - only, 1 to 32 of them")
		}
		if ids[t.ID] {
			c.add("terminal", i, fmt.Sprintf("terminal %q is there twice", t.ID), "give each its own id")
		}
		ids[t.ID] = true
		if !terminalRoles[t.Role] {
			c.add("terminal", i, fmt.Sprintf("role %q of %s is not known", t.Role, t.ID), "kiosk, counter, station, display, evaluator or manager")
		}
		if len(t.Letter) > 1 || (t.Letter != "" && (t.Letter[0] < 'A' || t.Letter[0] > 'Z')) {
			c.add("terminal", i, fmt.Sprintf("letter %q of %s", t.Letter, t.ID), "one capital letter")
		}
		if t.Department != "" && t.Role != hall.AtStation {
			c.add("terminal", i, fmt.Sprintf("department %q of %s, which is a %s", t.Department, t.ID, t.Role), "only a station belongs to a department; leave it out")
		}
		if t.Role == "kiosk" && t.Letter == "" {
			c.add("terminal", i, t.ID+" has no letter", "a kiosk needs one for the numbers that it gives without network")
		}
		if other := letters[t.Letter]; t.Letter != "" && other != "" {
			c.add("terminal", i, fmt.Sprintf("letter %s of %s is also that of %s", t.Letter, t.ID, other), "offline numbers would be given twice; choose another")
		}
		letters[t.Letter] = t.ID
		if sum, err := hex.DecodeString(t.TokenSHA256); err != nil || len(sum) != 32 {
			c.add("terminal", i, "token_sha256 of "+t.ID+" is not 64 hex digits", "printf %s \"$TOKEN\" | sha256sum")
		} else if other := tokens[t.TokenSHA256]; other != "" {
			c.add("terminal", i, t.ID+" has the same token as "+other, "give each terminal its own")
		}
		tokens[t.TokenSHA256] = t.ID
	}
}

// validID says whether an id of a file is short and plain.
func validID(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}
