package driver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hallway/devices"
	"hallway/devices/port"
)

// KnownOptions is an error when a device is configured with an option that its
// driver does not read: a spelling mistake must not become a silent default.
func KnownOptions(c devices.Config, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(c.Options)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("option %q is not known to %s/%s: it knows %s", name, c.Kind, c.Model, strings.Join(known, ", "))
		}
	}
	return nil
}

// Opener gives the configured port of a driver that knows these options.
func Opener(c devices.Config, known ...string) (port.Opener, error) {
	if err := KnownOptions(c, known...); err != nil {
		return nil, err
	}
	o, err := port.Parse(c.Port)
	if err == nil && c.Wrap != nil {
		o = c.Wrap(o)
	}
	return o, err
}

// BusAddress reads the option «address» of a device on a bus, 1 to 255; 0 when
// it is left out.
func BusAddress(c devices.Config) (byte, error) {
	text := c.Options["address"]
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("option address = %q: write a number from 1 to 255", text)
	}
	return byte(n), nil
}
