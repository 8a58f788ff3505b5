package terminal

import (
	"sync/atomic"
	"testing"

	"hallway/devices"
)

// A card that lies on the reader and was taken already is shown as such, of the
// reader and of nothing else.
func TestACardThatLiesThereIsShown(t *testing.T) {
	lies := &atomic.Bool{}
	r := newKioskRig(t, func(r *kioskRig) { r.reader.lies = lies })
	shown := func() (of []devices.Kind) {
		for _, d := range r.View().Devices {
			if d.Lies {
				of = append(of, d.Kind)
			}
		}
		return of
	}
	for _, on := range []bool{true, false} {
		lies.Store(on)
		eventually(t, "the card on the page", func() bool { return (len(shown()) == 1) == on })
		if of := shown(); on && of[0] != devices.KindIDCard {
			t.Errorf("shown of %v", of)
		}
	}
}
