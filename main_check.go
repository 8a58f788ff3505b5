package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/frontend"
)

// checking is «hallway devices check»: the conformance suite's steps with real
// hardware, for an installer, who is asked to pull cables. Each device alone is
// opened, looked at, unplugged, plugged in again, and let go; a plain report
// says how each step went, in the language of the configuration. The terminal must
// not run meanwhile: a device has one program. Nothing is printed on paper and no
// card is needed.
type checking struct {
	lines  <-chan string // what the installer types
	out    io.Writer
	locale string
	limit  time.Duration // how long a device may take to be found
}

// result is one line of the report: step and outcome are ends of keys.
type result struct {
	device, step, outcome, detail string
}

const (
	good    = "good"
	bad     = "bad"
	skipped = "skipped"
)

// typed gives what is typed, line by line. It ends with its input.
func typed(in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// run checks one device, or all that are not switched off.
func (c checking) run(ctx context.Context, config terminal.Config, id string) error {
	known := factories(config)
	var report []result
	found := false
	for _, d := range deviceConfigs(config) {
		if id != "" && d.ID != id || d.Off && id == "" {
			continue
		}
		found = true
		factory, ok := known[string(d.Kind)+"/"+d.Model]
		if !ok {
			report = append(report, result{d.ID, "configured", bad, c.text("no_driver", "model", string(d.Kind)+"/"+d.Model)})
			continue
		}
		made, err := factory(d)
		if err != nil {
			report = append(report, result{d.ID, "configured", bad, err.Error()})
			continue
		}
		report = append(report, c.device(ctx, made, d.Port != "")...)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if !found {
		return errors.New("there is no such device in the configuration; «hallway devices» lists them")
	}
	return c.print(report)
}

func (c checking) print(report []result) error {
	rows := [][]string{{c.text("col.device"), c.text("col.step"), c.text("col.outcome"), c.text("col.detail")}}
	failed := 0
	for _, r := range report {
		rows = append(rows, []string{r.device, c.text("step." + r.step), c.text(r.outcome), r.detail})
		if r.outcome == bad {
			failed++
		}
	}
	if _, err := io.WriteString(c.out, "\n"+columns(rows)); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if failed > 0 {
		return fmt.Errorf("%d steps failed; the report says which, and what to do", failed)
	}
	return nil
}

// device goes through the steps with one device.
func (c checking) device(ctx context.Context, d devices.Device, cable bool) []result {
	id := d.Status().ID
	before := counts()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = d.Run(ctx) }() // it ends with its context
	c.say(id, c.text("looking", "port", d.Status().Port))
	start := time.Now()
	var report []result
	if !c.until(ctx, d, c.limit, working) {
		report = append(report, result{id, "found", bad, c.faults(d.Status())})
	} else {
		report = append(report, result{id, "found", good, c.text("in", "time", rounded(start)) + "; " + about(d.Status())})
		if s := d.Status(); len(s.Faults) > 0 {
			report = append(report, result{id, "faultless", bad, c.faults(s)})
		}
		if cable {
			report = append(report, c.pull(ctx, d)...)
		}
	}
	cancel()
	start = time.Now()
	select {
	case <-ended:
		report = append(report, result{id, "let_go", good, c.text("in", "time", rounded(start))})
	case <-time.After(c.limit):
		return append(report, result{id, "let_go", bad, c.text("held", "time", c.limit.String())})
	}
	if goroutines, files := before.left(c.limit); goroutines > 0 || files > 0 {
		report = append(report, result{id, "nothing_left", bad, c.text("left", "goroutines", strconv.Itoa(goroutines), "files", strconv.Itoa(files))})
	}
	return report
}

// pull asks for the cable to be pulled and plugged in again.
func (c checking) pull(ctx context.Context, d devices.Device) []result {
	id := d.Status().ID
	gone := func(s devices.Status) bool { return s.State == devices.Absent }
	if !c.asked(ctx, d, c.text("pull"), gone) {
		return []result{{id, "unplug", skipped, c.text("not_pulled")}}
	}
	report := []result{{id, "unplug", good, c.text("noticed", "what", c.faults(d.Status()))}}
	if !c.asked(ctx, d, c.text("plug"), working) {
		return append(report, result{id, "replug", bad, c.faults(d.Status())})
	}
	return append(report, result{id, "replug", good, about(d.Status())})
}

// asked waits until the device is as wanted, or the installer presses Enter.
func (c checking) asked(ctx context.Context, d devices.Device, what string, want func(devices.Status) bool) bool {
	c.say(d.Status().ID, what)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reached := make(chan bool, 1)
	go func() { reached <- c.until(ctx, d, 0, want) }()
	select {
	case ok := <-reached:
		return ok
	case <-c.lines:
	}
	cancel()
	return <-reached
}

// until waits for a state; with a limit of 0 as long as it takes.
func (c checking) until(ctx context.Context, d devices.Device, limit time.Duration, want func(devices.Status) bool) bool {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	reached := make(chan struct{}, 1)
	stop := d.Watch(func(s devices.Status) {
		if want(s) {
			select {
			case reached <- struct{}{}:
			default:
			}
		}
	})
	defer stop()
	select {
	case <-reached:
		return true
	case <-ctx.Done():
		return false
	}
}

func working(s devices.Status) bool {
	return s.State == devices.Ready || s.State == devices.Busy || s.State == devices.Degraded
}

// about is what the device has said about itself.
func about(s devices.Status) string {
	text := string(s.State)
	for _, k := range slices.Sorted(maps.Keys(s.Caps)) {
		text += ", " + k + " " + s.Caps[k]
	}
	return text
}

// faults are the faults of a device in the reader's language, with what to do.
func (c checking) faults(s devices.Status) string {
	texts := frontend.Catalogue(c.locale)
	var all []string
	for _, f := range s.Faults {
		text := cmp.Or(texts["fault."+f.Code], strings.ReplaceAll(texts["fault.general"], "{code}", f.Code)) +
			": " + cmp.Or(texts["remedy."+f.Code], texts["remedy.general"])
		if f.Detail != "" {
			text += " (" + f.Detail + ")"
		}
		all = append(all, text)
	}
	return cmp.Or(strings.Join(all, "; "), c.text("no_answer"))
}

// text is a text of the check, with pairs of parameters and their values.
func (c checking) text(key string, pairs ...string) string {
	params := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return frontend.Format(c.locale, "check."+key, params)
}

func (c checking) say(id, what string) { fmt.Fprintf(c.out, "%s: %s\n", id, what) }

func rounded(since time.Time) string { return time.Since(since).Round(time.Millisecond).String() }

// columns sets the cells of rows under each other; a Chinese character is as wide as two letters.
func columns(rows [][]string) string {
	wide := func(cell string) (n int) {
		for _, r := range cell {
			switch width.LookupRune(r).Kind() {
			case width.EastAsianWide, width.EastAsianFullwidth:
				n += 2
			default:
				n++
			}
		}
		return n
	}
	widest := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widest[i] = max(widest[i], wide(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			text.WriteString(cell + strings.Repeat(" ", widest[i]-wide(cell)+2))
		}
		text.WriteString(row[len(row)-1] + "\n")
	}
	return text.String()
}

// count is how much of what a driver could leave behind there is.
type count struct{ goroutines, files int }

func counts() count {
	files, _ := os.ReadDir("/proc/self/fd") // not there: nothing to compare
	return count{runtime.NumGoroutine(), len(files)}
}

// left is what is left behind, looking again until it is gone or for so long.
func (b count) left(limit time.Duration) (goroutines, files int) {
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		now := counts()
		if now.goroutines <= b.goroutines && now.files <= b.files {
			return 0, 0
		}
		if time.Now().After(end) {
			return now.goroutines - b.goroutines, now.files - b.files
		}
	}
}
