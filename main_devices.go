package main

import (
	"errors"
	"fmt"
	"strconv"

	"hallway/app/terminal"
	"hallway/devices"
	"hallway/devices/evaluator/table"
	"hallway/devices/idcard/sdt"
	"hallway/devices/numberboard/rs485"
	"hallway/devices/port"
	"hallway/devices/printer/escpos"
	"hallway/devices/voice/espeak"
)

// factories makes every driver that this program knows, by "<kind>/<model>".
// An evaluator's model is the name of its key table or a path to one.
func factories(config terminal.Config) devices.Factories {
	known := devices.Factories{
		"idcard/sdt":     onPort(newSDT),
		"printer/escpos": onPort(newESCPOS),
		"voice/espeak":   newVoice(config.Voice),
	}
	for _, d := range config.Devices {
		switch devices.Kind(d.Kind) {
		case devices.KindEvaluator:
			known[d.Kind+"/"+d.Model] = onPort(newEvaluator)
		case devices.KindNumberBoard:
			known[d.Kind+"/"+d.Model] = onPort(newBoard)
		}
	}
	return known
}

// deviceConfigs are the devices of the configuration, in its order. A profile
// is an option like any other.
func deviceConfigs(config terminal.Config) []devices.Config {
	var all []devices.Config
	for _, d := range config.Devices {
		options := map[string]string{}
		for k, v := range d.Options {
			options[k] = v
		}
		if d.Profile != "" {
			options["profile"] = d.Profile
		}
		all = append(all, devices.Config{ID: d.ID, Kind: devices.Kind(d.Kind), Model: d.Model, Port: d.Port, Options: options})
	}
	return all
}

// onPort makes a factory of a driver that works on a port.
func onPort(make func(port.Opener, *options) (devices.Device, error)) devices.Factory {
	return func(c devices.Config) (devices.Device, error) {
		if c.Port == "" {
			return nil, errors.New("has no port; give it one, such as \"serial:/dev/ttyS0?baud=9600\" or \"tcp:10.0.0.5:9100\"")
		}
		opener, err := port.Parse(c.Port)
		if err != nil {
			return nil, err
		}
		o := &options{config: c, left: map[string]string{}}
		for k, v := range c.Options {
			o.left[k] = v
		}
		d, err := make(opener, o)
		return d, errors.Join(err, o.done())
	}
}

// options of one device, of which none may stay unread.
type options struct {
	config devices.Config
	left   map[string]string
	errs   []error
}

func (o *options) text(name, otherwise string) string {
	v, ok := o.left[name]
	delete(o.left, name)
	if !ok || v == "" {
		return otherwise
	}
	return v
}

func (o *options) number(name string, otherwise int) int {
	v := o.text(name, "")
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("option %s = %q: a whole number is wanted", name, v))
	}
	return n
}

func (o *options) done() error {
	for name := range o.left {
		o.errs = append(o.errs, fmt.Errorf("option %q is not known to %s/%s", name, o.config.Kind, o.config.Model))
	}
	return errors.Join(o.errs...)
}

func newSDT(p port.Opener, o *options) (devices.Device, error) {
	return sdt.New(p, sdt.Options{ID: o.config.ID, Address: o.text("address", "no") == "yes"}), nil
}

func newESCPOS(p port.Opener, o *options) (devices.Device, error) {
	profile, err := escpos.ProfileNamed(o.text("profile", "epson80"))
	if err != nil {
		return nil, err
	}
	return escpos.New(p, escpos.Options{ID: o.config.ID, Profile: profile}), nil
}

func newEvaluator(p port.Opener, o *options) (devices.Device, error) {
	t, err := table.Load(o.config.Model)
	if err != nil {
		return nil, err
	}
	return table.New(p, table.Options{ID: o.config.ID, Table: t, Address: o.number("address", 0)}), nil
}

func newBoard(p port.Opener, o *options) (devices.Device, error) {
	return rs485.New(p, rs485.Options{ID: o.config.ID, Model: o.config.Model, Address: byte(o.number("address", 0))}), nil
}

func newVoice(v terminal.VoiceConfig) devices.Factory {
	return func(c devices.Config) (devices.Device, error) {
		return espeak.New(espeak.Options{ID: c.ID, Mode: v.Mode, Dir: v.Dir})
	}
}
