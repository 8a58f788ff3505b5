package escpos

import (
	"cmp"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
)

// FromConfig makes the driver of one configured device. Options: profile (see
// ProfileNames; default epson80), timeout (for a job's confirmation, such as
// "15s"), answers ("no" for a printer that never answers),
// buzzer ("esc_b" for a printer that obeys ESC B; default none).
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, "profile", "timeout", "answers", "buzzer")
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	if o.Profile, err = ProfileNamed(cmp.Or(c.Options["profile"], "epson80")); err != nil {
		return nil, err
	}
	switch c.Options["answers"] {
	case "", "yes":
	case "no":
		o.OneWay = true
	default:
		return nil, fmt.Errorf("option answers = %q: write no for a printer that never answers, else leave it out", c.Options["answers"])
	}
	switch b := Buzzer(c.Options["buzzer"]); b {
	case "", BuzzNone, BuzzESCB:
		o.Profile.Buzzer = b
	default:
		return nil, fmt.Errorf("option buzzer = %q: write %s or %s", b, BuzzNone, BuzzESCB)
	}
	if s := c.Options["timeout"]; s != "" {
		if o.Timeout, err = time.ParseDuration(s); err != nil || o.Timeout <= 0 {
			return nil, fmt.Errorf("option timeout = %q: write a time such as 15s", s)
		}
	}
	return New(opener, o), nil
}
