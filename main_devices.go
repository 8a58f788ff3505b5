package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"text/tabwriter"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/detect"
	"hallway/devices/evaluator/table"
	"hallway/devices/idcard/sdt"
	"hallway/devices/numberboard/rs485"
	"hallway/devices/port"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/ipp"
	"hallway/devices/scanner/serialscan"
	"hallway/devices/voice/espeak"
)

// factories makes every driver that this program knows, by "<kind>/<model>".
// An evaluator's model is the name of its key table or a path to one, so that
// a hall can describe its own.
func factories(config terminal.Config) devices.Factories {
	known := devices.Factories{
		"idcard/sdt":          sdt.FromConfig,
		"scanner/serial":      serialscan.FromConfig,
		"printer/escpos":      escpos.FromConfig,
		"sheet/ipp":           ipp.FromConfig,
		"numberboard/board4":  rs485.FromConfig,
		"numberboard/xunpeng": rs485.FromConfig,
		"voice/espeak":        espeak.FromConfig,
		"evaluator/caller21":  table.FromConfig,
	}
	for _, d := range config.Devices {
		if d.Kind == string(devices.KindEvaluator) {
			known[d.Kind+"/"+d.Model] = table.FromConfig
		}
	}
	return known
}

// deviceConfigs are the devices of the configuration, in its order. A profile
// and the voice's mode are options like any other.
func deviceConfigs(config terminal.Config) []devices.Config {
	var all []devices.Config
	for _, d := range config.Devices {
		options := map[string]string{}
		maps.Copy(options, d.Options)
		if d.Profile != "" {
			options["profile"] = d.Profile
		}
		if d.Kind == string(devices.KindVoice) {
			options["mode"], options["dir"] = config.Voice.Mode, config.Voice.Dir
		}
		all = append(all, devices.Config{ID: d.ID, Kind: devices.Kind(d.Kind), Model: d.Model, Port: d.Port, Off: d.Off, Options: options})
	}
	return all
}

// printDevices prints what would become of each configured device at a start;
// nothing is opened. The error counts those that would fail.
func printDevices(w io.Writer, config terminal.Config) error {
	devs := terminal.NewDevices(slog.New(slog.DiscardHandler), factories(config), deviceConfigs(config))
	out := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(out, "DEVICE\tKIND\tMODEL\tPORT\tOUTCOME\tREASON") //nolint:errcheck // Flush tells
	failed := 0
	for _, r := range devs.Reports() {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Kind, r.Model, r.Port, r.Outcome, r.Reason) //nolint:errcheck // Flush tells
		if r.Outcome == devices.Refused {
			failed++
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("table of the devices: %w", err)
	}
	if failed > 0 {
		return fmt.Errorf("%d of the configured devices cannot be made; mend the configuration as the reasons say", failed)
	}
	return nil
}

// detectDevices proposes a configuration for what is plugged in. It needs no
// configuration and opens no device.
func detectDevices(w io.Writer, sys port.Sys) error {
	known := factories(terminal.Config{})
	return detect.Write(w, detect.Detect(sys, func(kind devices.Kind, model string) bool {
		_, ok := known[string(kind)+"/"+model]
		return ok
	}))
}
