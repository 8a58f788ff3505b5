package main

import (
	"errors"
	"fmt"
	"maps"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/evaluator/table"
	"hallway/devices/idcard/sdt"
	"hallway/devices/numberboard/rs485"
	"hallway/devices/port"
	"hallway/devices/printer/escpos"
	"hallway/devices/scanner/serialscan"
	"hallway/devices/voice/espeak"
)

// factories makes every driver that this program knows, by "<kind>/<model>".
// An evaluator's model is the name of its key table or a path to one, so that
// a hall can describe its own.
func factories(config terminal.Config) devices.Factories {
	known := devices.Factories{
		"idcard/sdt":          onPort(newSDT),
		"scanner/serial":      onPort(newScanner),
		"printer/escpos":      escpos.FromConfig,
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
		all = append(all, devices.Config{ID: d.ID, Kind: devices.Kind(d.Kind), Model: d.Model, Port: d.Port, Options: options})
	}
	return all
}

// onPort makes a factory of a driver that works on a port. An option that it
// did not read is a mistake.
func onPort(make func(port.Opener, string, *options) (devices.Device, error)) devices.Factory {
	return func(c devices.Config) (devices.Device, error) {
		if c.Port == "" {
			return nil, errors.New("has no port; give it one, such as \"serial:/dev/ttyS0?baud=9600\" or \"tcp:10.0.0.5:9100\"")
		}
		opener, err := port.Parse(c.Port)
		if err != nil {
			return nil, err
		}
		o := &options{left: maps.Clone(c.Options)}
		d, err := make(opener, c.ID, o)
		if err != nil {
			return nil, err
		}
		for name := range o.left {
			return nil, fmt.Errorf("option %q is not known to %s/%s", name, c.Kind, c.Model)
		}
		return d, nil
	}
}

// options of one device, of which none may stay unread.
type options struct{ left map[string]string }

func (o *options) text(name, otherwise string) string {
	v := o.left[name]
	delete(o.left, name)
	if v == "" {
		return otherwise
	}
	return v
}

func newSDT(p port.Opener, id string, o *options) (devices.Device, error) {
	return sdt.New(p, sdt.Options{ID: id, Address: o.text("address", "no") == "yes"}), nil
}

func newScanner(p port.Opener, id string, o *options) (devices.Device, error) {
	end, err := serialscan.ParseTerminator(o.text("terminator", ""))
	if err != nil {
		return nil, err
	}
	aim := serialscan.AIM(o.text("aim", ""))
	switch aim {
	case serialscan.Auto, serialscan.Always, serialscan.Never:
	default:
		return nil, fmt.Errorf("option aim = %q: write on or off, or leave it out", aim)
	}
	return serialscan.New(p, serialscan.Options{ID: id, Terminator: end, AIM: aim}), nil
}
