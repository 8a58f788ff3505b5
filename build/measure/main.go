// Command measure takes the figures of build/bench: each as a ratio to a
// baseline that is measured in the same run, so that the ratio carries from
// one machine to another. It never fails because something is slow.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

// Figure is one measured ratio.
type Figure struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`    // milliseconds, median where the name says nothing else
	Baseline float64 `json:"baseline"` // milliseconds, median
	Ratio    float64 `json:"ratio"`    // value / baseline
	Runs     int     `json:"runs"`
	Against  string  `json:"against"`
}

func main() {
	bin := flag.String("bin", "bin", "folder with the programs")
	out := flag.String("out", "", "write the figures to this file too")
	only := flag.String("only", "", "one of durable, waiting, scans, hall, paint; empty: all")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	var figures []Figure
	for _, m := range []struct {
		name    string
		measure func(context.Context, string) ([]Figure, error)
	}{{"durable", durable}, {"waiting", waiting}, {"scans", scans}, {"hall", hallFigures}, {"paint", firstPaint}} {
		if *only != "" && *only != m.name {
			continue
		}
		f, err := m.measure(ctx, *bin)
		if err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		figures = append(figures, f...)
	}
	fmt.Printf("%-44s %10s %10s %7s  %s\n", "figure", "ms", "baseline", "ratio", "against")
	for _, f := range figures {
		fmt.Printf("%-44s %10.3f %10.3f %7.2f  %s (%d runs)\n", f.Name, f.Value, f.Baseline, f.Ratio, f.Against, f.Runs)
	}
	if *out == "" {
		return
	}
	raw, err := json.MarshalIndent(figures, "", "  ")
	if err == nil {
		err = os.WriteFile(*out, append(raw, '\n'), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// figure makes a Figure of two series of durations.
func figure(name, against string, value, baseline []time.Duration) Figure {
	v, b := median(value), median(baseline)
	return Figure{Name: name, Value: v, Baseline: b, Ratio: v / b, Runs: len(value), Against: against}
}

// median in milliseconds.
func median(d []time.Duration) float64 {
	d = slices.Clone(d)
	slices.Sort(d)
	return float64(d[len(d)/2].Nanoseconds()) / 1e6
}
