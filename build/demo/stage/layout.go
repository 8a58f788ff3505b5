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
	// Department of a sign-out station; empty: a station of the hall.
	Department string
	Layout     string // of a display; empty: calls
}

// Printer reports whether the terminal has a receipt printer of its own.
func (t Terminal) Printer() bool {
	return t.Role == "kiosk" || t.Role == "counter" || t.Role == "station"
}

// Scanner reports whether the terminal has a scanner.
func (t Terminal) Scanner() bool { return t.Printer() }

// CardReader reports whether the terminal reads cards.
func (t Terminal) CardReader() bool { return t.Role == "kiosk" || t.Role == "counter" }

// Voice reports whether the terminal speaks: calls, or prompts to the person
// before it.
func (t Terminal) Voice() bool { return t.Role == "display" || t.Role == "kiosk" }

// Terminals of the demo hall, in the order in which they start.
var Terminals = []Terminal{
	{ID: "kiosk-1", Role: "kiosk", Letter: "K"},
	{ID: "counter-1", Role: "counter", Letter: "P", Window: "1"},
	{ID: "counter-2", Role: "counter", Letter: "Q", Window: "2"},
	{ID: "display-1", Role: "display", Letter: "Z"},
	{ID: "display-2", Role: "display", Letter: "Y", Layout: "windows"},
	{ID: "station-civil-1", Role: "station", Department: "civil"},
	{ID: "station-hall-1", Role: "station"},
}

// The evaluator's screen and its counter, with Options.Screen. It is no terminal
// of the centre but a device of that counter.
const (
	screenID = "evaluator-2"
	screened = "counter-2"
)

// filmed are the terminals that have a document camera, with Options.Camera.
var filmed = []string{"counter-1", "kiosk-1"}

// feeding is the counter that has a sheet scanner, with Options.Scanner.
const feeding = "counter-2"

// Ports of one demo hall, kept in ports.json so that a restart is found at
// the same addresses.
type Ports struct {
	Central     int `json:"central"`
	Bench       int `json:"bench"`
	Departments int `json:"departments"`
	// Second centre, and Front, where terminals find either.
	Second int `json:"second"`
	Front  int `json:"front"`
	// Ways are where terminals look for the centre when Options.Ways says so.
	Ways     map[string]int `json:"ways"`
	Printers map[string]int `json:"printers"` // receipt printers, by terminal
	Sheets   map[string]int `json:"sheets"`   // page printers, by terminal
	Cameras  map[string]int `json:"cameras"`  // document cameras, by terminal
	Lines    map[string]int `json:"lines"`
	Terminal map[string]int `json:"terminal"`
}

// loadPorts reads ports.json, picks free ports for what is not in it, and
// writes it. The file that it gives holds the range of ports until it is closed.
func loadPorts(dir string) (Ports, *os.File, error) {
	file := filepath.Join(dir, "ports.json")
	var p Ports
	raw, err := os.ReadFile(file)
	switch {
	case err == nil:
		if err := json.Unmarshal(raw, &p); err != nil {
			return p, nil, fmt.Errorf("%s is damaged (%w): delete it, or start with --fresh", file, err)
		}
	case !errors.Is(err, os.ErrNotExist):
		return p, nil, err
	}
	held, err := holdBlock(p.Central)
	if err != nil { // then they are only likely to differ from another hall's
		held = block{from: lowestPort, below: beyondPort}
	}
	if err := p.pick(held); err != nil {
		return p, held.lock, err
	}
	if raw, err = json.MarshalIndent(p, "", "  "); err != nil {
		return p, held.lock, err
	}
	return p, held.lock, os.WriteFile(file, raw, 0o600)
}

// pick finds the free ports that are still needed. All are held open until the
// last is known, so that no two are the same.
func (p *Ports) pick(in block) error {
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	var failed error
	free := func(port int) int {
		if port != 0 {
			return port
		}
		l, err := listenIn(in.from, in.below)
		if err != nil {
			failed = err
			return 0
		}
		held = append(held, l)
		return l.Addr().(*net.TCPAddr).Port
	}
	for _, m := range []*map[string]int{&p.Printers, &p.Sheets, &p.Cameras, &p.Lines, &p.Terminal, &p.Ways} {
		if *m == nil {
			*m = map[string]int{}
		}
	}
	p.Central, p.Bench, p.Departments = free(p.Central), free(p.Bench), free(p.Departments)
	p.Second, p.Front = free(p.Second), free(p.Front)
	for _, t := range Terminals {
		p.Lines[t.ID], p.Terminal[t.ID], p.Ways[t.ID] = free(p.Lines[t.ID]), free(p.Terminal[t.ID]), free(p.Ways[t.ID])
		if t.Printer() {
			p.Printers[t.ID] = free(p.Printers[t.ID])
		}
		if t.Role == "counter" {
			p.Sheets[t.ID] = free(p.Sheets[t.ID])
		}
		if t.CardReader() {
			p.Cameras[t.ID] = free(p.Cameras[t.ID])
		}
	}
	p.Terminal[screenID] = free(p.Terminal[screenID])
	return failed
}
