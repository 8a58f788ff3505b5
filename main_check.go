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
	"strings"
	"text/tabwriter"
	"time"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/frontend"
)

// checking is «hallway devices check»: the conformance suite's steps with real
// hardware, for an installer, who is asked to pull cables. Each device alone is
// opened, looked at, unplugged, plugged in again, and let go; a plain report
// says how each step went. The terminal must not run meanwhile: a device has one
// program. Nothing is printed on paper and no card is needed.
type checking struct {
	lines  <-chan string // what the installer types
	out    io.Writer
	locale string
	limit  time.Duration // how long a device may take to be found
}

// result is one line of the report.
type result struct {
	device, step, outcome, detail string
}

const (
	good    = "good"
	bad     = "FAILED"
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
			report = append(report, result{d.ID, "configured", bad, "no driver " + string(d.Kind) + "/" + d.Model})
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
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "\nDEVICE\tSTEP\tOUTCOME\tDETAIL") //nolint:errcheck // Flush tells
	failed := 0
	for _, r := range report {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.device, r.step, r.outcome, r.detail) //nolint:errcheck // Flush tells
		if r.outcome == bad {
			failed++
		}
	}
	if err := w.Flush(); err != nil {
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
	fmt.Fprintf(c.out, "%s: looking for it at %s\n", id, d.Status().Port)
	start := time.Now()
	var report []result
	if !c.until(ctx, d, c.limit, working) {
		report = append(report, result{id, "found", bad, c.faults(d.Status())})
	} else {
		report = append(report, result{id, "found", good, fmt.Sprintf("in %v; %s", time.Since(start).Round(time.Millisecond), about(d.Status()))})
		if s := d.Status(); len(s.Faults) > 0 {
			report = append(report, result{id, "without a fault", bad, c.faults(s)})
		}
		if cable {
			report = append(report, c.pull(ctx, d)...)
		}
	}
	cancel()
	start = time.Now()
	<-ended
	report = append(report, result{id, "let go", good, fmt.Sprintf("in %v", time.Since(start).Round(time.Millisecond))})
	if left := before.left(c.limit); left != "" {
		report = append(report, result{id, "nothing is left", bad, left})
	}
	return report
}

// pull asks for the cable to be pulled and plugged in again.
func (c checking) pull(ctx context.Context, d devices.Device) []result {
	id := d.Status().ID
	gone := func(s devices.Status) bool { return s.State == devices.Absent }
	if !c.asked(ctx, d, "pull its cable now, or press Enter to go on without", gone) {
		return []result{{id, "unplug", skipped, "not pulled, or a line that cannot tell"}}
	}
	report := []result{{id, "unplug", good, "noticed: " + c.faults(d.Status())}}
	if !c.asked(ctx, d, "plug it in again, or press Enter to give up", working) {
		return append(report, result{id, "plug in again", bad, c.faults(d.Status())})
	}
	return append(report, result{id, "plug in again", good, about(d.Status())})
}

// asked waits until the device is as wanted, or the installer presses Enter.
func (c checking) asked(ctx context.Context, d devices.Device, what string, want func(devices.Status) bool) bool {
	fmt.Fprintf(c.out, "%s: %s\n", d.Status().ID, what)
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
		text := texts["fault."+f.Code] + ": " + texts["remedy."+f.Code]
		if f.Detail != "" {
			text += " (" + f.Detail + ")"
		}
		all = append(all, text)
	}
	return cmp.Or(strings.Join(all, "; "), "no answer in time")
}

// count is how much of what a driver could leave behind there is.
type count struct{ goroutines, files int }

func counts() count {
	files, _ := os.ReadDir("/proc/self/fd") // not there: nothing to compare
	return count{runtime.NumGoroutine(), len(files)}
}

// left says what is left behind, looking again until it is gone or for so long.
func (b count) left(limit time.Duration) string {
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		now := counts()
		if now.goroutines <= b.goroutines && now.files <= b.files {
			return ""
		}
		if time.Now().After(end) {
			return fmt.Sprintf("%d goroutines and %d open files more than before", now.goroutines-b.goroutines, now.files-b.files)
		}
	}
}
