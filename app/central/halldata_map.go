package central

import (
	"fmt"
	"slices"
	"strings"

	"hallway/app/hall"
)

// mapTable is the plan of the hall as its files give it. All lengths are metres
// from the upper left corner of the plan.
type mapTable struct {
	Width  float64       `toml:"width"`
	Height float64       `toml:"height"`
	Areas  []mapAreaRow  `toml:"area"`
	Places []mapPlaceRow `toml:"place"`
}

type mapAreaRow struct {
	Kind string            `toml:"kind"`
	X    float64           `toml:"x"`
	Y    float64           `toml:"y"`
	W    float64           `toml:"w"`
	H    float64           `toml:"h"`
	Name map[string]string `toml:"name"`
}

type mapPlaceRow struct {
	Window   string  `toml:"window"`
	Terminal string  `toml:"terminal"`
	X        float64 `toml:"x"`
	Y        float64 `toml:"y"`
	W        float64 `toml:"w"`
	H        float64 `toml:"h"`
}

// Most areas and places of one plan; more could not be read on a screen.
const (
	maxMapAreas  = 100
	maxMapPlaces = 200
)

// floor checks the plan. Terminals are enrolled elsewhere: a place of one that
// is not enrolled is simply not drawn.
func (l *hallLoader) floor(c *fileChecker, m *mapTable) {
	if !l.once(c, "map", 0, "[map]") {
		return
	}
	sound := true
	for _, side := range []struct {
		key string
		v   float64
	}{{"width", m.Width}, {"height", m.Height}} {
		if side.v < hall.MinFloor || side.v > hall.MaxFloor {
			c.add("map", 0, fmt.Sprintf("%s = %g", side.key, side.v), fmt.Sprintf("metres, from %g to %g", hall.MinFloor, hall.MaxFloor))
			sound = false
		}
	}
	if !sound { // nothing could lie in it
		return
	}
	if len(m.Areas) > maxMapAreas || len(m.Places) > maxMapPlaces {
		c.add("map", 0, fmt.Sprintf("%d areas and %d places", len(m.Areas), len(m.Places)), fmt.Sprintf("at most %d and %d", maxMapAreas, maxMapPlaces))
		return
	}
	f := &hall.Floor{Width: m.Width, Height: m.Height}
	for i, a := range m.Areas {
		f.Areas = append(f.Areas, l.mapArea(c, i, a, m))
	}
	for i, p := range m.Places {
		place := l.mapPlace(c, i, p, m)
		for _, o := range f.Places {
			if place.Overlaps(o.Box) {
				c.add("map.place", i, placeName(place)+" stands on "+placeName(o), "move one of them, or make it smaller")
			}
		}
		f.Places = append(f.Places, place)
	}
	l.cat.Floor = f
	l.deferred(c, func(c *fileChecker) { l.mapWindows(c, m.Places) })
}

// mapArea checks one area.
func (l *hallLoader) mapArea(c *fileChecker, n int, a mapAreaRow, m *mapTable) hall.FloorArea {
	if !slices.Contains(hall.AreaKinds(), a.Kind) {
		c.add("map.area", n, fmt.Sprintf("kind %q", a.Kind), "one of "+strings.Join(hall.AreaKinds(), ", "))
	}
	area := hall.FloorArea{Kind: a.Kind, Box: hall.Box{X: a.X, Y: a.Y, W: a.W, H: a.H},
		Name: c.names("map.area", n, "name", a.Name, false)}
	c.inside("map.area", n, area.Box, m)
	return area
}

// mapPlace checks one place.
func (l *hallLoader) mapPlace(c *fileChecker, n int, p mapPlaceRow, m *mapTable) hall.FloorPlace {
	place := hall.FloorPlace{Window: p.Window, Terminal: p.Terminal, Box: hall.Box{X: p.X, Y: p.Y, W: p.W, H: p.H}}
	if (p.Window == "") == (p.Terminal == "") {
		c.add("map.place", n, "names a window and a terminal, or neither", `write window = "1" or terminal = "kiosk-1"`)
		return place
	}
	l.once(c, "map.place", n, "place of "+placeName(place))
	if p.W < hall.MinPlace || p.H < hall.MinPlace {
		c.add("map.place", n, fmt.Sprintf("w = %g, h = %g", p.W, p.H), fmt.Sprintf("at least %g m each way, so that it can be touched on a screen", hall.MinPlace))
	}
	c.inside("map.place", n, place.Box, m)
	return place
}

// inside keeps a box in the plan.
func (c *fileChecker) inside(table string, n int, b hall.Box, m *mapTable) {
	if !b.Inside(m.Width, m.Height) {
		c.add(table, n, fmt.Sprintf("x = %g, y = %g, w = %g, h = %g", b.X, b.Y, b.W, b.H),
			fmt.Sprintf("it must lie in the plan of %g by %g m", m.Width, m.Height))
	}
}

// mapWindows checks that the windows of the plan are windows of the hall.
func (l *hallLoader) mapWindows(c *fileChecker, places []mapPlaceRow) {
	for n, p := range places {
		known := slices.ContainsFunc(l.cat.Windows, func(w hall.WindowDef) bool { return w.ID == p.Window })
		if p.Window != "" && !known {
			c.add("map.place", n, fmt.Sprintf("window %q is not defined", p.Window), "see [[window]]")
		}
	}
}

// placeName names a place for who edits the file.
func placeName(p hall.FloorPlace) string {
	if p.Window != "" {
		return "window " + p.Window
	}
	return "terminal " + p.Terminal
}
