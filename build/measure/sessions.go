package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

// sample is what the kiosk's page and its program hold after some sessions.
type sample struct {
	Sessions  int     `json:"sessions"`
	Heap      float64 `json:"heap"`  // MiB of script objects after a collection
	Nodes     float64 `json:"nodes"` // of the page
	Listeners float64 `json:"listeners"`
	Program   float64 `json:"program"` // MiB resident
}

// sessions plays citizens one after the other at a kiosk in a browser: a number
// is taken, a phone number is typed and left, a language and elder mode are
// chosen, a search is left. What the page and the program hold afterwards is
// compared with what they held after the first hundred.
func sessions(ctx context.Context, bin string) ([]Figure, error) {
	st, err := startHall(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(st.Dir())
	defer st.Stop()
	count := 1000
	if long {
		count = 20_000
	}
	cmd := exec.CommandContext(ctx, "node", "build/measure/sessions.mjs", st.Program("kiosk-1").URL(), strconv.Itoa(count), strconv.Itoa(st.Program("kiosk-1").PID()))
	cmd.Stderr = os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("sessions of the kiosk: %w", err)
	}
	var samples []sample
	if err := json.Unmarshal(raw, &samples); err != nil {
		return nil, fmt.Errorf("sessions of the kiosk: %w: %s", err, raw)
	}
	if len(samples) < 4 {
		return nil, fmt.Errorf("sessions of the kiosk: only %d samples", len(samples))
	}
	against := fmt.Sprintf("the same after %d", samples[0].Sessions)
	name := func(of string) string { return fmt.Sprintf("%s after %d sessions of the kiosk", of, count) }
	return []Figure{
		slope(name("script heap"), "MiB", against, samples, func(s sample) float64 { return s.Heap }),
		slope(name("nodes of the page"), "", against, samples, func(s sample) float64 { return s.Nodes }),
		slope(name("listeners of the page"), "", against, samples, func(s sample) float64 { return s.Listeners }),
		slope(name("memory of the program"), "MiB", against, samples, func(s sample) float64 { return s.Program }),
	}, nil
}

// slope lays a straight line through the samples (least squares) and compares
// its last value with its first, so that one odd sample decides nothing.
func slope(name, unit, against string, samples []sample, of func(sample) float64) Figure {
	n := float64(len(samples))
	var sx, sy, sxx, sxy float64
	for _, s := range samples {
		x, y := float64(s.Sessions), of(s)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	rise := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	base := (sy - rise*sx) / n
	first, last := base+rise*float64(samples[0].Sessions), base+rise*float64(samples[len(samples)-1].Sessions)
	return Figure{Name: name, Unit: unit, Value: last, Baseline: first, Ratio: last / first, Runs: len(samples), Against: against}
}
