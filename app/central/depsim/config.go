package depsim

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"hallway/app/central/departments"
	"hallway/app/hall"
)

// Config is departments.toml, version 1. A relative path in it is meant from
// the file's own folder.
type Config struct {
	Version     int                `toml:"version"`
	Listen      string             `toml:"listen"`
	Centre      string             `toml:"centre"` // address of the centre, for call-backs
	Data        string             `toml:"data"`   // folder of the simulator's file
	Locale      string             `toml:"locale"` // of the samples
	Departments []DepartmentConfig `toml:"department"`
	Behaviours  []Behaviour        `toml:"behaviour"` // of a department's materials at the first start

	dir string
}

// DepartmentConfig is one department.
type DepartmentConfig struct {
	ID         string            `toml:"id"`
	Name       map[string]string `toml:"name"`
	SecretFile string            `toml:"secret_file"` // the same secret as the centre's

	secret []byte
}

// ReadConfig reads and checks the file and the secrets that it names.
func ReadConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("configuration %s cannot be read: %w; copy build/config/departments.example.toml and edit it", path, err)
	}
	var c Config
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&c); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return Config{}, fmt.Errorf("%s: unknown key: %s", path, strict.String())
		}
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Config{}, fmt.Errorf("folder of %s: %w", path, err)
	}
	c.dir = dir
	if err := c.check(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if c, err = c.WithSecrets(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func (c Config) path(p string) string {
	if filepath.IsAbs(p) || c.dir == "" {
		return p
	}
	return filepath.Join(c.dir, p)
}

// check says everything that is wrong.
func (c Config) check() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Version != 1 {
		fault("version is %d; this program reads version = 1", c.Version)
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		fault(`listen %q is not host:port, for example "127.0.0.1:8790"`, c.Listen)
	}
	if u, err := url.Parse(c.Centre); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.TrimSuffix(u.Path, "/") != "" {
		fault(`centre %q is no address, for example "http://127.0.0.1:8700"`, c.Centre)
	}
	if c.Data == "" {
		fault("data is not set; name a folder")
	}
	seen := map[string]bool{}
	for _, d := range c.Departments {
		if d.ID == "" || seen[d.ID] {
			fault("department %q: give each its own id", d.ID)
		}
		seen[d.ID] = true
	}
	if len(seen) == 0 {
		fault("there is no [[department]]")
	}
	for _, b := range c.Behaviours {
		if !seen[b.Department] || !b.known() {
			fault("behaviour of %q for %q: department, query or delivery is not known", b.Department, b.Material)
		}
	}
	return errors.Join(errs...)
}

// known reports whether a behaviour is one that the simulator has.
func (b Behaviour) known() bool {
	return slices.Contains([]string{QueryYes, QueryNo, QuerySilent, QueryError}, b.Query) &&
		slices.Contains([]string{AtOnce, After, Late, Never, Refuse, Twice, Forged, WrongDigest}, b.Delivery) &&
		b.Seconds >= 0 && b.Think >= 0
}

// name is the department's name, or its id.
func (d DepartmentConfig) names() hall.Names {
	if len(d.Name) == 0 {
		return hall.Names{"zh-Hans": d.ID}
	}
	n := hall.Names{}
	for locale, s := range d.Name {
		n[locale] = s
	}
	return n
}

// WithSecrets reads the secrets that a configuration names.
func (c Config) WithSecrets() (Config, error) {
	list := slices.Clone(c.Departments)
	for i := range list {
		secret, err := departments.ReadSecret(c.path(list[i].SecretFile))
		if err != nil {
			return Config{}, fmt.Errorf("department %q: %w", list[i].ID, err)
		}
		list[i].secret = secret
	}
	c.Departments = list
	return c, nil
}
