// Package table drives evaluators (评价器) from tables: what to send, what
// comes back, and which key means which level. There is no national wire
// protocol; every maker has its own, so a new model is a new file, not new code.
//
// Guarantees: a frame with a wrong length, check byte or address is dropped and
// the search goes on one byte later; a key counts only for the asking that was
// open when it was pressed; nothing pressed is level 0, never a default; what
// the table says to acknowledge is acknowledged at once.
//
// Expects: a table file (see tables/caller21.toml for a commented one), either
// one of those built in, by name, or a path ending in .toml.
//
// Source: protocol sheet §D.1 and §D.2; levels: standards §5.3 and §6, 1 = 非常
// 满意 … 5 = 非常不满意.
package table

import (
	"bytes"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed tables/*.toml
var builtIn embed.FS

// Table is one model of evaluator.
type Table struct {
	Name    string
	Baud    int
	Address byte
	Echo    bool // frames of the device are echoed
	Welcome []Pattern
	Ask     []Pattern
	Thanks  []Pattern
	Frame   Pattern
	Rate    Pattern
	Keys    map[byte]int // key → level
}

// file is the form on disk.
type file struct {
	Version     int            `toml:"version"`
	Name        string         `toml:"name"`
	Baud        int            `toml:"baud"`
	Address     int            `toml:"address"`
	Acknowledge string         `toml:"acknowledge"`
	Welcome     []string       `toml:"welcome"`
	Ask         []string       `toml:"ask"`
	Thanks      []string       `toml:"thanks"`
	Frame       string         `toml:"frame"`
	Rate        string         `toml:"rate"`
	Keys        map[string]int `toml:"keys"`
}

// Names lists the tables that are built in.
func Names() []string {
	entries, err := fs.ReadDir(builtIn, "tables")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".toml"))
	}
	slices.Sort(names)
	return names
}

// Load reads a table: a name that is built in, or a path ending in .toml.
func Load(name string) (Table, error) {
	var data []byte
	var err error
	if strings.HasSuffix(name, ".toml") {
		data, err = os.ReadFile(name)
	} else {
		data, err = builtIn.ReadFile("tables/" + name + ".toml")
	}
	if err != nil {
		return Table{}, fmt.Errorf("evaluator %q is not known: give one of %s, or the path of a .toml file: %w", name, strings.Join(Names(), ", "), err)
	}
	t, err := Parse(data)
	if err != nil {
		return Table{}, fmt.Errorf("evaluator table %s: %w", name, err)
	}
	return t, nil
}

// Parse reads the text of a table.
func Parse(data []byte) (Table, error) {
	var f file
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&f); err != nil {
		return Table{}, err
	}
	switch {
	case f.Version != 1:
		return Table{}, fmt.Errorf("version = %d is not known: this program reads version = 1", f.Version)
	case f.Address < 0 || f.Address > 255:
		return Table{}, fmt.Errorf("address = %d: an address is one byte", f.Address)
	case f.Acknowledge != "" && f.Acknowledge != "echo":
		return Table{}, fmt.Errorf("acknowledge = %q: write \"echo\" or leave it out", f.Acknowledge)
	}
	t := Table{Name: f.Name, Baud: f.Baud, Address: byte(f.Address), Echo: f.Acknowledge == "echo", Keys: map[byte]int{}}
	var err error
	for _, set := range []struct {
		from []string
		to   *[]Pattern
	}{{f.Welcome, &t.Welcome}, {f.Ask, &t.Ask}, {f.Thanks, &t.Thanks}} {
		if *set.to, err = parseAll(set.from); err != nil {
			return Table{}, err
		}
	}
	if t.Rate, err = ParsePattern(f.Rate); err != nil {
		return Table{}, fmt.Errorf("rate: %w", err)
	}
	if f.Frame == "" {
		f.Frame = f.Rate
	}
	if t.Frame, err = ParsePattern(f.Frame); err != nil {
		return Table{}, fmt.Errorf("frame: %w", err)
	}
	return t, t.keys(f.Keys)
}

func parseAll(in []string) ([]Pattern, error) {
	var out []Pattern
	for _, s := range in {
		p, err := ParsePattern(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// keys fills the map and checks that all five levels can be given.
func (t *Table) keys(in map[string]int) error {
	seen := map[int]bool{}
	for s, level := range in {
		b, err := hex.DecodeString(s)
		if err != nil || len(b) != 1 || level < 1 || level > 5 {
			return fmt.Errorf("keys: %q = %d: write a byte in hexadecimal = a level from 1 to 5", s, level)
		}
		t.Keys[b[0]] = level
		seen[level] = true
	}
	if len(seen) != 5 {
		return fmt.Errorf("keys: %d of the five levels have a key; each needs one, or the citizen could not choose freely", len(seen))
	}
	return nil
}

// KeyOf finds a key for a level.
func (t Table) KeyOf(level int) (byte, bool) {
	for k, l := range t.Keys {
		if l == level {
			return k, true
		}
	}
	return 0, false
}
