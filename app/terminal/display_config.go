package terminal

import (
	"slices"
	"strings"

	"hallway/app/hall"
)

// Layouts of a display (版面), named by what they show.
const (
	LayoutCalls   = "calls"   // the newest call large, the recent ones, windows and who waits
	LayoutWindows = "windows" // every window with its number, for many windows
	LayoutWaiting = "waiting" // how many wait in each group and how long, and the recent calls
	LayoutNotices = "notices" // notices large, beside the newest calls
)

var layouts = []string{LayoutCalls, LayoutWindows, LayoutWaiting, LayoutNotices}

// DisplayConfig is about a hall display. With Groups or Windows it is the
// display of a part of the hall: it shows, and speaks, only calls of these
// groups, to these windows. Several displays of one hall may differ.
type DisplayConfig struct {
	Layout  string   `toml:"layout"`
	Groups  []string `toml:"groups"`
	Windows []string `toml:"windows"`
	// Contrast: normal, dark (light letters on black), light (black on white).
	Contrast string `toml:"contrast"`
	// Still: nothing moves or blinks; new calls are shown inverse.
	Still bool `toml:"still"`
}

// check says what is wrong.
func (c DisplayConfig) check(bad func(format string, args ...any)) {
	if !slices.Contains(layouts, c.Layout) {
		bad("[display] layout = %q: one of %s", c.Layout, strings.Join(layouts, ", "))
	}
	if !slices.Contains([]string{"normal", "dark", "light"}, c.Contrast) {
		bad("[display] contrast = %q: one of normal, dark, light", c.Contrast)
	}
	for key, list := range map[string][]string{"groups": c.Groups, "windows": c.Windows} {
		for i, id := range list {
			if id == "" {
				bad("[display] %s: an id is empty", key)
			} else if slices.Contains(list[:i], id) {
				bad("[display] %s: %q stands twice", key, id)
			}
		}
	}
}

// zone is the part of the hall that a display is for, as its catalogue has it.
type zone struct {
	groups  []hall.Group
	windows []hall.WindowDef
	chosen  DisplayConfig
	unknown []string // ids that this hall does not have
}

// zoneOf applies the configuration to a catalogue. Without chosen windows those
// are shown that serve a chosen group; without chosen groups all are.
func zoneOf(c DisplayConfig, cat *hall.Catalogue) zone {
	z := zone{chosen: c}
	if cat == nil {
		return z
	}
	for _, g := range cat.Groups {
		if len(c.Groups) == 0 || slices.Contains(c.Groups, g.ID) {
			z.groups = append(z.groups, g)
		}
	}
	for _, w := range cat.Windows {
		if z.window(w) {
			z.windows = append(z.windows, w)
		}
	}
	for _, id := range c.Groups {
		if _, ok := cat.Group(id); !ok {
			z.unknown = append(z.unknown, id)
		}
	}
	for _, id := range c.Windows {
		if _, ok := cat.Window(id); !ok {
			z.unknown = append(z.unknown, id)
		}
	}
	return z
}

func (z zone) window(w hall.WindowDef) bool {
	if len(z.chosen.Windows) > 0 {
		return slices.Contains(z.chosen.Windows, w.ID)
	}
	return len(z.chosen.Groups) == 0 || slices.ContainsFunc(w.Groups, func(g string) bool { return slices.Contains(z.chosen.Groups, g) })
}

// has reports whether a call is shown here.
func (z zone) has(t hall.Ticket) bool {
	return (len(z.chosen.Groups) == 0 || slices.Contains(z.chosen.Groups, t.Group)) &&
		(len(z.chosen.Windows) == 0 || slices.Contains(z.chosen.Windows, t.Window))
}
