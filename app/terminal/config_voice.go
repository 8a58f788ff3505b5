package terminal

import (
	"slices"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/devices/voice/numerals"
)

// VoiceConfig: how calls are spoken. Mode auto, off or wav (files into Dir).
// Languages are those of each call, one after another; empty is Mandarin.
// Volume is by the time of day, in the hall's time; without it, as loud as usual.
type VoiceConfig struct {
	Mode      string         `toml:"mode"`
	Dir       string         `toml:"dir"`
	Languages []string       `toml:"languages"` // cmn, yue, en, pt
	Volume    []VolumeConfig `toml:"volume"`
}

// VolumeConfig is how loud it is from a time of day on, until the next.
type VolumeConfig struct {
	From    string `toml:"from"` // HH:MM
	Percent int    `toml:"percent"`
}

func (c VoiceConfig) check(bad func(string, ...any)) {
	switch c.Mode {
	case "auto", "off", "wav":
	default:
		bad("[voice] mode = %q: one of auto, off, wav", c.Mode)
	}
	if c.Mode == "wav" && c.Dir == "" {
		bad("[voice] dir: where the files of mode wav go")
	}
	for i, lang := range c.Languages {
		if !numerals.Known(lang) || slices.Contains(c.Languages[:i], lang) {
			bad("[voice] languages: %q: each once, of %s", lang, strings.Join(numerals.Languages(), ", "))
		}
	}
	seen := map[string]bool{}
	for _, v := range c.Volume {
		if _, err := time.Parse("15:04", v.From); err != nil || len(v.From) != 5 || seen[v.From] {
			bad("[[voice.volume]] from = %q: a time of day such as 08:30, each once", v.From)
		}
		if v.Percent < 1 || v.Percent > 200 {
			bad("[[voice.volume]] percent = %d: 1 to 200; mode = \"off\" is silent", v.Percent)
		}
		seen[v.From] = true
	}
}

// spoken are the languages of a call.
func (c VoiceConfig) spoken() []string {
	if len(c.Languages) == 0 {
		return []string{"cmn"}
	}
	return c.Languages
}

// VolumeAt is how loud it is at a time, in percent. Before the first time of the
// day the last one's goes on.
func (c VoiceConfig) VolumeAt(now time.Time) int {
	at, from, percent := now.In(hall.Zone).Format("15:04"), "", 100
	last := ""
	for _, v := range c.Volume {
		if v.From <= at && v.From >= from {
			from, percent = v.From, v.Percent
		}
	}
	if from != "" {
		return percent
	}
	for _, v := range c.Volume {
		if v.From >= last {
			last, percent = v.From, v.Percent
		}
	}
	return percent
}
