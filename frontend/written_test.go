package frontend

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// table is testdata/written.json, which test/written.test.ts reads too.
type table struct {
	Days    []map[string]json.RawMessage `json:"days"`
	Seconds []map[string]any             `json:"seconds"`
	Figures []map[string]any             `json:"figures"`
	Counted []map[string]json.RawMessage `json:"counted"`
}

func read(t *testing.T) table {
	t.Helper()
	raw, err := os.ReadFile("testdata/written.json")
	if err != nil {
		t.Fatal(err)
	}
	var all table
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func as[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDaysAreWrittenAsThePagesWriteThem(t *testing.T) {
	zone := time.FixedZone("", 8*60*60)
	for _, one := range read(t).Days {
		at := as[time.Time](t, one["at"]).In(zone)
		for _, locale := range Locales() {
			want := as[map[string]string](t, one[locale])
			for way, got := range map[string]string{"long": LongDay(locale, at), "full": FullDay(locale, at),
				"short": ShortDay(locale, at), "moment": Moment(locale, at)} {
				if got != want[way] {
					t.Errorf("%s %s of %v: %q, want %q", locale, way, at, got, want[way])
				}
			}
		}
	}
}

func TestNumbersAreWrittenAsThePagesWriteThem(t *testing.T) {
	all := read(t)
	for _, one := range all.Seconds {
		for _, locale := range Locales() {
			if got := Minutes(locale, time.Duration(one["of"].(float64))*time.Second); got != one[locale] {
				t.Errorf("%s: %v seconds are %q, want %q", locale, one["of"], got, one[locale])
			}
		}
	}
	for _, one := range all.Figures {
		for _, locale := range Locales() {
			if got := Figure(locale, int(one["of"].(float64))); got != one[locale] {
				t.Errorf("%s: %v is %q, want %q", locale, one["of"], got, one[locale])
			}
		}
	}
}

func TestExactlyOneIsSaidInTheSingular(t *testing.T) {
	for _, one := range read(t).Counted {
		key, params := as[string](t, one["key"]), as[map[string]string](t, one["params"])
		for _, locale := range Locales() {
			if got, want := Format(locale, key, params), as[string](t, one[locale]); got != want {
				t.Errorf("%s %s %v: %q, want %q", locale, key, params, got, want)
			}
		}
	}
}

func TestACallSaysItsNumberTwice(t *testing.T) {
	for _, locale := range Locales() {
		call := Format(locale, "voice.call", map[string]string{"number": "A 0 1 2", "window": "3"})
		if strings.Count(call, "A 0 1 2") != 2 {
			t.Errorf("%s: %q", locale, call)
		}
	}
}
