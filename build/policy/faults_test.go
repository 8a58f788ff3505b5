package policy

import (
	"testing"

	"hallway/devices"
	"hallway/frontend"
)

// Every fault that a device can have is told in words, with what to do next, in
// the reader's language (design §4, §7).
func TestEveryFaultHasItsWords(t *testing.T) {
	for _, locale := range frontend.Locales() {
		catalogue := frontend.Catalogue(locale)
		for _, d := range devices.Declared() {
			for _, key := range []string{"fault." + d.Code, "remedy." + d.Code} {
				if catalogue[key] == "" {
					t.Errorf("%s: no text for %s", locale, key)
				}
			}
		}
	}
}
