package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/frontend"
)

// devicesHandler tells how every device is, as JSON: state, faults with what to
// do in the terminal's language, counters, and what became of loading it. It
// says nothing of persons.
func devicesHandler(r *devices.Registry, locale string) http.Handler {
	texts := frontend.Catalogue(locale)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		enc.Encode(r.Snapshot(func(key string) string { return texts[key] })) //nolint:errcheck // the other side has gone
	})
}

// printStatus asks the running terminal at the address that it listens at, and
// prints how each device is.
func printStatus(ctx context.Context, w io.Writer, config terminal.Config) error {
	if _, port, err := net.SplitHostPort(config.Listen); err != nil || port == "0" {
		return errors.New("this terminal listens at a port that changes with each start; give «listen» of its configuration one, such as 127.0.0.1:8780")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+config.Listen+"/devices.json", nil)
	if err != nil {
		return fmt.Errorf("address %s: %w", config.Listen, err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the terminal does not answer; is it running? %w", err)
	}
	defer res.Body.Close()
	var all []devices.View
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("what listens at %s is no terminal: %s", config.Listen, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		return fmt.Errorf("the terminal's answer: %w", err)
	}
	return writeStatus(w, all)
}

func writeStatus(w io.Writer, all []devices.View) error {
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "DEVICE\tKIND\tMODEL\tPORT\tSTATE\tCOUNTERS") //nolint:errcheck // Flush tells
	for _, v := range all {
		state := string(v.State)
		if v.Outcome == devices.Skipped {
			state = string(v.Outcome)
		}
		var counters []string
		for _, k := range slices.Sorted(maps.Keys(v.Counters)) {
			counters = append(counters, fmt.Sprintf("%s %d", k, v.Counters[k]))
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", v.ID, v.Kind, v.Model, v.Port, state, strings.Join(counters, ", ")) //nolint:errcheck // Flush tells
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("table of the devices: %w", err)
	}
	for _, v := range all {
		if v.Reason != "" {
			fmt.Fprintf(w, "%s: %s\n", v.ID, v.Reason)
		}
		for _, f := range v.Told {
			fmt.Fprintf(w, "%s: %s: %s\n", v.ID, f.What, f.Remedy)
		}
	}
	return nil
}
