package escpos

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"hallway/devices"
	"hallway/devices/driver"
)

var options = []string{"profile", "timeout", "answers", "buzzer"}

// SetUp is Learn of a configured printer; what was configured of its profile does
// not count.
func SetUp(ctx context.Context, c devices.Config, ask func(context.Context, Question) (string, error)) (Learnt, error) {
	opener, err := driver.Opener(c, options...)
	if err != nil {
		return Learnt{}, err
	}
	return Learn(ctx, opener, time.Second, ask)
}

// FromConfig makes the driver of one configured device. Options: profile (see
// ProfileNames; default epson80; or the file of a set-up, NAME.toml), timeout (for a job's confirmation, such as
// "15s"), answers ("no" for a printer that never answers),
// buzzer ("esc_b" for a printer that obeys ESC B; default none).
func FromConfig(c devices.Config) (devices.Device, error) {
	opener, err := driver.Opener(c, options...)
	if err != nil {
		return nil, err
	}
	o := Options{ID: c.ID}
	if name := c.Options["profile"]; profileFile(name) {
		l, err := ReadLearnt(name)
		if err != nil {
			return nil, err
		}
		if o.Profile, err = l.Profile(); err != nil {
			return nil, err
		}
		o.OneWay = !l.Answers
	} else if o.Profile, err = ProfileNamed(cmp.Or(name, "epson80")); err != nil {
		return nil, err
	}
	switch c.Options["answers"] {
	case "":
	case "yes":
		o.OneWay = false
	case "no":
		o.OneWay = true
	default:
		return nil, fmt.Errorf("option answers = %q: write no for a printer that never answers, else leave it out", c.Options["answers"])
	}
	switch b := Buzzer(c.Options["buzzer"]); b {
	case "":
	case BuzzNone, BuzzESCB:
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
