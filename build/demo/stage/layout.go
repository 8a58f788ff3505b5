package stage

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// Terminal of the demo hall.
type Terminal struct {
	ID     string
	Role   string
	Letter string // of its offline numbers
	Window string // counters only
}

// Terminals of the demo hall, in the order in which they start.
var Terminals = []Terminal{
	{ID: "kiosk-1", Role: "kiosk", Letter: "K"},
	{ID: "counter-1", Role: "counter", Letter: "P", Window: "1"},
	{ID: "counter-2", Role: "counter", Letter: "Q", Window: "2"},
	{ID: "display-1", Role: "display", Letter: "Z"},
}

// Ports of one demo hall, kept in ports.json so that a restart is found at
// the same addresses.
type Ports struct {
	Central  int            `json:"central"`
	Bench    int            `json:"bench"`
	Printer  int            `json:"printer"`
	Lines    map[string]int `json:"lines"`
	Terminal map[string]int `json:"terminal"`
}

// loadPorts reads ports.json, or picks free ports and writes it.
func loadPorts(dir string) (Ports, error) {
	file := filepath.Join(dir, "ports.json")
	var p Ports
	raw, err := os.ReadFile(file)
	if err == nil {
		if err := json.Unmarshal(raw, &p); err != nil {
			return p, fmt.Errorf("%s is damaged (%w): delete it, or start with --fresh", file, err)
		}
		return p, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return p, err
	}
	p, err = pickPorts()
	if err != nil {
		return p, err
	}
	raw, err = json.MarshalIndent(p, "", "  ")
	if err != nil {
		return p, err
	}
	return p, os.WriteFile(file, raw, 0o600)
}

// pickPorts asks the kernel for free ports. All are held open until the last
// is known, so that no two are the same.
func pickPorts() (Ports, error) {
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	var failed error
	free := func() int {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			failed = err
			return 0
		}
		held = append(held, l)
		return l.Addr().(*net.TCPAddr).Port
	}
	p := Ports{Central: free(), Bench: free(), Printer: free(), Lines: map[string]int{}, Terminal: map[string]int{}}
	for _, t := range Terminals {
		p.Lines[t.ID] = free()
		p.Terminal[t.ID] = free()
	}
	return p, failed
}
