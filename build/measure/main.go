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
	Unit     string  `json:"unit"`     // ms unless it says something else
	Value    float64 `json:"value"`    // median where the name says nothing else
	Baseline float64 `json:"baseline"` // median
	Ratio    float64 `json:"ratio"`    // value / baseline
	Runs     int     `json:"runs"`
	Against  string  `json:"against"`
}

// long asks for the measurements that take hours.
var long bool

func main() {
	if len(os.Args) == 3 && (os.Args[1] == holderFlag || os.Args[1] == holderTLSFlag) {
		if err := holdStreams(os.Args[2], os.Args[1] == holderTLSFlag); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		return
	}
	bin := flag.String("bin", "bin", "folder with the programs")
	out := flag.String("out", "", "write the figures to this file too")
	only := flag.String("only", "", "one of durable, path, lists, push, scale, idle, sync, waiting, scans, hall, print, devices, webview, sessions; empty: all")
	flag.BoolVar(&long, "long", false, "20,000 sessions of the kiosk, not 1,000")
	flag.IntVar(&manyCases, "cases", manyCases, "how many are many, in scale")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Hour)
	defer cancel()
	var figures []Figure
	for _, m := range []struct {
		name    string
		measure func(context.Context, string) ([]Figure, error)
	}{{"durable", durable}, {"path", pathFigures}, {"lists", listFigures}, {"push", pushFigures}, {"scale", scaleFigures}, {"idle", idleFigures}, {"sync", syncFigures}, {"waiting", waiting}, {"scans", scans}, {"hall", hallFigures}, {"print", printing}, {"devices", deviceFigures}, {"webview", webview}, {"sessions", sessions}} {
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
	fmt.Printf("%-50s %10s %10s %4s %7s  %s\n", "figure", "value", "baseline", "", "ratio", "against")
	for _, f := range figures {
		fmt.Printf("%-50s %10.3f %10.3f %4s %7.2f  %s (%d runs)\n", f.Name, f.Value, f.Baseline, f.Unit, f.Ratio, f.Against, f.Runs)
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
	return Figure{Name: name, Unit: "ms", Value: v, Baseline: b, Ratio: v / b, Runs: len(value), Against: against}
}

// amount makes a Figure of two series of something else than time.
func amount(name, unit, against string, value, baseline []float64) Figure {
	mid := func(all []float64) float64 {
		all = slices.Clone(all)
		slices.Sort(all)
		return all[len(all)/2]
	}
	v, b := mid(value), mid(baseline)
	return Figure{Name: name, Unit: unit, Value: v, Baseline: b, Ratio: v / b, Runs: len(value), Against: against}
}

// median in milliseconds.
func median(d []time.Duration) float64 {
	d = slices.Clone(d)
	slices.Sort(d)
	return float64(d[len(d)/2].Nanoseconds()) / 1e6
}
