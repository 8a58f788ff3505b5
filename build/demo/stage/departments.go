package stage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// Department of the demo hall, as its files name it.
type Department struct {
	ID   string            `toml:"id"`
	Name map[string]string `toml:"name"`
}

// departmentsOf reads the departments from the hall's files, so that their
// simulator has the same.
func departmentsOf(dir string) ([]Department, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.toml"))
	if err != nil {
		return nil, err
	}
	var all []Department
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var f struct {
			Department []Department `toml:"department"`
		}
		if err := toml.Unmarshal(raw, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, f.Department...)
	}
	if len(all) == 0 {
		return nil, errors.New(dir + " names no department: the demo needs the hall's files")
	}
	return all, nil
}
