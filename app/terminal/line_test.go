package terminal

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	wire "hallway/sync"
)

// What the centre has against a terminal is a fault of its line with words in
// every language, and what to do.
func TestFaultsOfTheLine(t *testing.T) {
	line := &fakeLine{down: true}
	c := newCore(Deps{Store: newFakeStore(nil, "kiosk-1", func() time.Time { return at("09:00") }), Uplink: line})
	if l := c.line(); l.Fault != "" || l.Recovering {
		t.Errorf("a line that is only down: %+v", l)
	}
	catalogues := map[string]map[string]string{}
	for _, locale := range []string{"zh-Hans", "zh-Hant", "en", "pt"} {
		raw, err := os.ReadFile("../../frontend/src/locales/" + locale + ".json")
		texts := map[string]string{}
		if err := errors.Join(err, json.Unmarshal(raw, &texts)); err != nil {
			t.Fatal(err)
		}
		catalogues[locale] = texts
	}
	for code, fault := range lineFaults {
		line.problem = &wire.Problem{Code: code}
		if got := c.line().Fault; got != fault {
			t.Errorf("%s is shown as %q", code, got)
		}
		for locale, texts := range catalogues {
			if texts["fault."+fault] == "" || texts["remedy."+fault] == "" {
				t.Errorf("%s has no words for %s, or does not say what to do", locale, fault)
			}
		}
	}
	line.problem = &wire.Problem{Code: wire.ProblemBusy}
	if got := c.line().Fault; got != "" {
		t.Errorf("a centre that asks for patience is shown as %q", got)
	}
	line.problem, line.down, line.recovering = nil, false, true
	if l := c.line(); !l.Recovering || !l.Online {
		t.Errorf("a centre that is being put back: %+v", l)
	}
}
