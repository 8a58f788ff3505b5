package escpos

import (
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
	"hallway/devices/port"
)

// FromConfig makes the driver of one configured device. Options: profile (see
// ProfileNames; default epson80), timeout (for a job's confirmation, such as
// "15s").
func FromConfig(c devices.Config) (devices.Device, error) {
	if err := driver.KnownOptions(c, "profile", "timeout"); err != nil {
		return nil, err
	}
	name := c.Options["profile"]
	if name == "" {
		name = "epson80"
	}
	p, err := ProfileNamed(name)
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID, Profile: p}
	if s := c.Options["timeout"]; s != "" {
		if o.Timeout, err = time.ParseDuration(s); err != nil || o.Timeout <= 0 {
			return nil, fmt.Errorf("option timeout = %q: write a time such as 15s", s)
		}
	}
	opener, err := port.Parse(c.Port)
	if err != nil {
		return nil, err
	}
	return New(opener, o), nil
}
