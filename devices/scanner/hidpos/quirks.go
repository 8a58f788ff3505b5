package hidpos

import (
	_ "embed"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"hallway/devices/port"
)

//go:embed quirks.toml
var quirksText string

// quirk is what one maker's scanners need.
type quirk struct {
	Name    string
	VID     uint16
	PID     uint16
	Feature []int
}

var quirks = mustQuirks(quirksText)

func mustQuirks(text string) []quirk {
	q, err := parseQuirks(text)
	if err != nil {
		panic(err)
	}
	return q
}

func parseQuirks(text string) ([]quirk, error) {
	var file struct{ Scanner []quirk }
	if err := toml.Unmarshal([]byte(text), &file); err != nil {
		return nil, err
	}
	for _, q := range file.Scanner {
		for _, b := range q.Feature {
			if b < 0 || b > 0xFF {
				return nil, fmt.Errorf("scanner %s: %d is no byte", q.Name, b)
			}
		}
	}
	return file.Scanner, nil
}

// setup is the feature report that a scanner needs, nil for most.
func (q quirk) setup() []byte {
	var report []byte
	for _, b := range q.Feature {
		report = append(report, byte(b))
	}
	return report
}

// quirkOf finds what a scanner needs: by the name in the configuration, or by
// the numbers in its address. One that nobody knows needs nothing.
func quirkOf(name string, o port.Opener) (quirk, error) {
	if name != "" && name != "none" {
		for _, q := range quirks {
			if q.Name == name {
				return q, nil
			}
		}
		return quirk{}, fmt.Errorf("option quirks = %q is not known: write none, or one of quirks.toml", name)
	}
	id, ok := port.IdentityOf(o)
	for _, q := range quirks {
		if ok && name == "" && q.VID == id.VID && (q.PID == 0 || q.PID == id.PID) {
			return q, nil
		}
	}
	return quirk{Name: "none"}, nil
}
