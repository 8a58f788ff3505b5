package sane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallway/devices/capture"
	"hallway/devices/port"
)

// program is SANE's own for the command line.
const program = "scanimage"

// answering is how long the program may take to find scanners: those of the network
// are asked too.
const answering = 30 * time.Second

// Found is one scanner of the system's list.
type Found struct {
	Name, Maker, Model, Kind string
}

// Address is what a configuration says of it: without the numbers of a socket of USB,
// which are others tomorrow.
func (f Found) Address() string {
	if at := strings.Index(f.Name, ":libusb:"); at >= 0 {
		return "sane:" + f.Name[:at+len(":libusb")]
	}
	return "sane:" + f.Name
}

// List asks the system for its scanners. Cameras, which SANE lists too, are left
// out. Without the program the list is empty.
func List(ctx context.Context) ([]Found, error) { return list(ctx, program, os.Environ()) }

func list(ctx context.Context, program string, env []string) ([]Found, error) {
	if _, err := exec.LookPath(program); err != nil {
		return nil, nil
	}
	out, err := run(ctx, program, env, "-f", "%d\t%v\t%m\t%t%n")
	if err != nil {
		return nil, err
	}
	return parseList(out), nil
}

func parseList(text string) []Found {
	var all []Found
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) != 4 || f[0] == "" || strings.HasPrefix(f[0], "v4l:") {
			continue
		}
		all = append(all, Found{f[0], f[1], f[2], f[3]})
	}
	return all
}

// run starts the program for a short question.
func run(ctx context.Context, program string, env []string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	var out, said limited
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &said, append(env, "LC_ALL=C")
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", &port.Error{Code: port.Timeout, Port: program, Op: "ask", Err: ctx.Err()}
	}
	if err != nil {
		return "", failure(err, said.String())
	}
	return out.String(), nil
}

// limited keeps the first 64 KiB of what a program says.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), max(64<<10-l.Len(), 0))])
	return len(p), nil
}

// The ways in which scanimage ends: numbers of SANE_Status.
var exits = map[int]string{
	3:  "port_busy",
	6:  capture.FaultPageJam,
	7:  capture.FaultFeederEmpty,
	8:  capture.FaultCoverOpen,
	9:  "port_hangup",
	11: "port_permission",
}

// Ends that are no failure: somebody pressed the scanner's own stop key; the feeder is
// empty behind the last of its sheets.
const (
	exitCancelled = 2
	exitNoDocs    = 7
)

// opening are the words of a scanner that cannot be opened: the program ends with 1
// then, as it does for an option that it does not know.
var opening = []struct{ words, code string }{
	{"Invalid argument", "port_absent"},
	{"Device busy", "port_busy"},
	{"Access to resource has been denied", "port_permission"},
	{"Error during device I/O", "port_hangup"},
}

// failure says what a program that ended badly means.
func failure(err error, said string) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return &capture.Failure{Code: capture.FaultNoProgram, Err: err}
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return &capture.Failure{Code: "port_protocol", Err: err}
	}
	detail := fmt.Errorf("%s ended with %d: %s", program, exit.ExitCode(), lastLine(said))
	if code, ok := exits[exit.ExitCode()]; ok {
		return &capture.Failure{Code: code, Err: detail}
	}
	if exit.ExitCode() != 1 {
		return &capture.Failure{Code: "port_protocol", Err: detail}
	}
	if strings.Contains(said, "open of device") || strings.Contains(said, "no SANE devices found") {
		for _, o := range opening {
			if strings.Contains(said, o.words) {
				return &capture.Failure{Code: o.code, Err: detail}
			}
		}
		return &capture.Failure{Code: "port_absent", Err: detail}
	}
	return &capture.Failure{Code: "misconfigured", Err: detail}
}

// lastLine is the last thing that a program said, for the engineer.
func lastLine(said string) string {
	lines := strings.FieldsFunc(said, func(r rune) bool { return r == '\n' || r == '\r' })
	for _, l := range slices.Backward(lines) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "Batch terminated") && !strings.HasPrefix(l, "Scanned page") {
			return l[:min(len(l), 200)]
		}
	}
	return "it said nothing"
}

// find is the scanner's full name.
func (s *Scanner) find(ctx context.Context) (string, error) {
	name := s.o.Device
	if strings.Contains(name, ":") && !strings.HasSuffix(name, ":libusb") {
		return name, nil
	}
	if _, err := exec.LookPath(s.o.Program); err != nil {
		return "", &capture.Failure{Code: capture.FaultNoProgram, Err: err}
	}
	all, err := list(ctx, s.o.Program, s.environment())
	if err != nil {
		return "", err
	}
	var fit []string
	for _, f := range all {
		if f.Name == name || strings.HasPrefix(f.Name, name+":") {
			fit = append(fit, f.Name)
		}
	}
	switch len(fit) {
	case 0:
		return "", &port.Error{Code: port.Gone, Port: s.Status().Port, Op: "look", Err: errors.New("«scanimage -L» does not show it")}
	case 1:
		return fit[0], nil
	}
	return "", &port.Error{Code: port.Ambiguous, Port: s.Status().Port, Op: "look",
		Err: fmt.Errorf("%s fit; write more of the name", strings.Join(fit, " and "))}
}

// ask has the scanner say what it can do.
func (s *Scanner) ask(ctx context.Context, name string) (settings, error) {
	out, err := run(ctx, s.o.Program, s.environment(), "-d", name, "-A")
	if err != nil {
		return nil, err
	}
	return parseSettings(out), nil
}

// settings are the options of a scanner that can be set, and what they can be set to
// as the program writes it: "Color|Gray", "75|100|200dpi", "0..215.9mm".
type settings map[string]string

// parseSettings reads what «scanimage -A» says. A line of an option is
//
//	--mode Gray|Color [Gray]
//
// and what has no value now cannot be set.
func parseSettings(text string) settings {
	out := settings{}
	for line := range strings.Lines(text) {
		l := strings.TrimSpace(line)
		if !strings.HasPrefix(line, "    -") || strings.HasPrefix(line, "     ") {
			continue
		}
		name, rest, _ := strings.Cut(l, " ")
		name, _, _ = strings.Cut(name, "[")
		values, now, ok := strings.Cut(rest, " [")
		if !ok || strings.HasPrefix(now, "inactive]") || strings.HasPrefix(now, "read-only]") {
			continue
		}
		values, _, _ = strings.Cut(values, " (in ")
		out[name] = strings.TrimSpace(values)
	}
	return out
}

// choices are the values of an option that has a list of them.
func (k settings) choices(name string) []string {
	if k[name] == "" || strings.Contains(k[name], "..") {
		return nil
	}
	return strings.Split(k[name], "|")
}

// feeder and glass are the names of where sheets come from, "" where there is none.
func (k settings) feeder() string {
	for _, c := range k.choices("--source") {
		if l := strings.ToLower(c); strings.Contains(l, "feeder") || strings.Contains(l, "adf") {
			return c
		}
	}
	return ""
}

func (k settings) glass() string {
	for _, c := range k.choices("--source") {
		if l := strings.ToLower(c); strings.Contains(l, "flatbed") || strings.Contains(l, "glass") || strings.Contains(l, "normal") {
			return c
		}
	}
	return ""
}

// able is what the scanner can do, with the source that is configured.
func (k settings) able(o Options) capture.Able {
	if o.Source != "" {
		feeds := settings{"--source": o.Source}.feeder() != ""
		return capture.Able{Feeder: feeds, Glass: !feeds}
	}
	a := capture.Able{Feeder: k.feeder() != "", Glass: k.glass() != ""}
	if !a.Feeder && !a.Glass {
		a.Glass = true // it has one place, whatever that is
	}
	return a
}

// source is the name of where a wish's sheets come from; "" leaves it to the scanner.
func (k settings) source(o Options, feeder bool) string {
	switch {
	case o.Source != "":
		return o.Source
	case feeder:
		return k.feeder()
	}
	return k.glass()
}

// resolution is the least that is enough, or else the most there is.
func (k settings) resolution(want int) string {
	v := k["--resolution"]
	if v == "" {
		return ""
	}
	best := 0
	for _, c := range k.choices("--resolution") {
		n := int(leading(c))
		if n > 0 && (best == 0 || best < want && n > best || n >= want && n < best) {
			best = n
		}
	}
	if lo, hi, ok := bounds(v); ok {
		best = int(min(max(float64(want), lo), hi))
	}
	if best == 0 {
		return ""
	}
	return strconv.Itoa(best)
}

// length is a measure within what the scanner has.
func (k settings) length(name string, want float64) string {
	lo, hi, ok := bounds(k[name])
	if !ok {
		return ""
	}
	return strconv.FormatFloat(min(max(want, lo), hi), 'f', -1, 64)
}

// bounds of an option that takes numbers of a range.
func bounds(v string) (lo, hi float64, ok bool) {
	from, to, ok := strings.Cut(v, "..")
	return leading(from), leading(to), ok
}

// leading is the number at the front of a text; 0 without one.
func leading(s string) float64 {
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' || n == 0 && s[n] == '-') {
		n++
	}
	v, err := strconv.ParseFloat(s[:n], 64)
	if err != nil {
		return 0
	}
	return v
}
