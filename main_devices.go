package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"
	"text/tabwriter"

	"hallway/app/terminal"
	"hallway/devices"
	calls "hallway/devices/caller/table"
	"hallway/devices/capture/doccam"
	"hallway/devices/capture/sane"
	"hallway/devices/detect"
	"hallway/devices/evaluator/keypad"
	"hallway/devices/evaluator/screen"
	"hallway/devices/evaluator/table"
	"hallway/devices/idcard/sdt"
	"hallway/devices/numberboard/rs485"
	"hallway/devices/port"
	"hallway/devices/printer/escpos"
	"hallway/devices/printer/ipp"
	"hallway/devices/scanner/camera"
	"hallway/devices/scanner/hidpos"
	"hallway/devices/scanner/serialscan"
	"hallway/devices/scanner/wedge"
	"hallway/devices/voice/espeak"
)

// factories makes every driver that this program knows, by "<kind>/<model>".
// An evaluator's, a caller's or a board's model may be the path of a table of the hall's own
// (devices/frame).
func factories(config terminal.Config) devices.Factories {
	known := devices.Factories{
		"idcard/sdt":          sdt.FromConfig,
		"scanner/serial":      serialscan.FromConfig,
		"scanner/camera":      camera.FromConfig,
		"scanner/hidpos":      hidpos.FromConfig,
		"scanner/wedge":       wedge.FromConfig,
		"printer/escpos":      escpos.FromConfig,
		"sheet/ipp":           ipp.FromConfig,
		"capture/sane":        sane.FromConfig,
		"capture/doccam":      doccam.FromConfig,
		"numberboard/board4":  rs485.FromConfig,
		"numberboard/xunpeng": rs485.FromConfig,

		"numberboard/onbon_text": rs485.FromConfig,
		"voice/espeak":           espeak.FromConfig,
		"evaluator/caller21":     table.FromConfig,
		"evaluator/five_key":     table.FromConfig,

		"evaluator/hid_keypad": keypad.FromConfig,
		"evaluator/screen":     screen.FromConfig,
		"caller/caller21":      calls.FromConfig,
	}
	own := map[devices.Kind]devices.Factory{devices.KindEvaluator: evaluatorTable, devices.KindCaller: calls.FromConfig,
		devices.KindNumberBoard: rs485.FromConfig}
	for _, d := range config.Devices {
		if f, ok := own[devices.Kind(d.Kind)]; ok && strings.HasSuffix(d.Model, ".toml") {
			known[d.Kind+"/"+d.Model] = f
		}
	}
	return known
}

// evaluatorTable makes an evaluator from a table: of frames on a line, or of the
// keys of a key pad.
func evaluatorTable(c devices.Config) (devices.Device, error) {
	if strings.HasPrefix(c.Port, "evdev:") {
		return keypad.FromConfig(c)
	}
	return table.FromConfig(c)
}

// onBus are the kinds of devices of which several may be on one line.
var onBus = map[string]bool{string(devices.KindEvaluator): true, string(devices.KindCaller): true, string(devices.KindNumberBoard): true}

// buses are the lines that several devices share, by their port.
func buses(config terminal.Config) map[string]*port.Bus {
	seen, shared := map[string]bool{}, map[string]*port.Bus{}
	for _, d := range config.Devices {
		if !onBus[d.Kind] || d.Off || d.Port == "" {
			continue
		}
		if seen[d.Port] && shared[d.Port] == nil {
			shared[d.Port] = port.NewBus()
		}
		seen[d.Port] = true
	}
	return shared
}

// deviceConfigs are the devices of the configuration, in its order. A profile
// and the voice's mode are options like any other.
func deviceConfigs(config terminal.Config) []devices.Config {
	var all []devices.Config
	shared := buses(config)
	for _, d := range config.Devices {
		options := map[string]string{}
		maps.Copy(options, d.Options)
		if d.Profile != "" {
			options["profile"] = d.Profile
		}
		if d.Kind == string(devices.KindVoice) {
			options["mode"], options["dir"] = config.Voice.Mode, config.Voice.Dir
		}
		if d.Kind == string(devices.KindEvaluator) && d.Model == "screen" && options["dir"] == "" {
			options["dir"] = config.Data
		}
		c := devices.Config{ID: d.ID, Kind: devices.Kind(d.Kind), Model: d.Model, Port: d.Port, Off: d.Off, Options: options}
		if bus := shared[d.Port]; bus != nil && onBus[d.Kind] {
			c.Wrap = bus.Join
		}
		all = append(all, c)
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
// configuration and opens no device; of scanners for papers the system's list is told
// by scanners, which may ask them.
func detectDevices(ctx context.Context, w io.Writer, sys port.Sys, scanners func(context.Context) ([]sane.Found, error)) error {
	known := factories(terminal.Config{})
	found, err := scanners(ctx)
	if err != nil {
		fmt.Fprintf(w, "# Scanners for papers cannot be listed: %v\n\n", detect.OneLine(err.Error())) //nolint:errcheck // Write tells
	}
	return detect.Write(w, detect.Detect(sys, found, func(kind devices.Kind, model string) bool {
		_, ok := known[string(kind)+"/"+model]
		return ok
	}))
}
