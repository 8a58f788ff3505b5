package hall

import (
	"cmp"
	"math"
	"slices"
)

// Floor (大厅平面图) is where things stand in the hall, in metres from its upper
// left corner as one looks at the plan. Windows and terminals that it does not
// name are put in a tidy row beside it by Plan, so that none is ever missing.
type Floor struct {
	Width  float64      `json:"width"`
	Height float64      `json:"height"`
	Areas  []FloorArea  `json:"areas,omitempty"`
	Places []FloorPlace `json:"places,omitempty"`
}

// Kinds of areas of a floor.
const (
	AreaWall     = "wall"     // a wall or a row of desks
	AreaRoom     = "room"     // a room or a zone with a name
	AreaWaiting  = "waiting"  // where people sit; the number of those who wait is shown here
	AreaEntrance = "entrance" // a door
)

// AreaKinds lists them.
func AreaKinds() []string { return []string{AreaWall, AreaRoom, AreaWaiting, AreaEntrance} }

// Box is a rectangle in metres.
type Box struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// FloorArea is a rectangle of the plan that is not touched.
type FloorArea struct {
	Box
	Kind string `json:"kind" enum:"wall,room,waiting,entrance"`
	Name Names  `json:"name,omitempty"`
}

// FloorPlace is where a window or a terminal stands: one of the two is named.
type FloorPlace struct {
	Box
	Window   string `json:"window,omitempty"`
	Terminal string `json:"terminal,omitempty"`
}

// Bounds of a plan, in metres: smaller boxes could not be touched on a screen.
const (
	MinFloor = 4.0
	MaxFloor = 400.0
	MinPlace = 0.8
)

// Inside reports whether the box lies in a floor of that size.
func (b Box) Inside(width, height float64) bool {
	return b.X >= 0 && b.Y >= 0 && b.W > 0 && b.H > 0 && b.X+b.W <= width+slack && b.Y+b.H <= height+slack
}

// Overlaps reports whether two boxes share more than an edge.
func (b Box) Overlaps(o Box) bool {
	return b.X+slack < o.X+o.W && o.X+slack < b.X+b.W && b.Y+slack < o.Y+o.H && o.Y+slack < b.Y+b.H
}

// slack forgives the rounding of decimal metres.
const slack = 1e-6

// Measures of a plan that nobody drew, in metres.
const (
	gridColumns = 6
	gridW       = 3.4
	gridH       = 2.2
	gridGap     = 0.6
	gridWaiting = 3.6
)

// Plan is the floor with a place for every window and terminal that is given.
// A floor that was drawn keeps what was drawn, without the places of things
// that are gone; what it does not name stands in rows below. Without a drawn
// floor the windows stand in rows, a waiting area below them, the terminals
// under that.
func Plan(drawn *Floor, windows, terminals []string) Floor {
	if drawn == nil {
		return grid(windows, terminals)
	}
	f := Floor{Width: drawn.Width, Height: drawn.Height, Areas: slices.Clone(drawn.Areas)}
	for _, p := range drawn.Places {
		if slices.Contains(windows, p.Window) || slices.Contains(terminals, p.Terminal) {
			f.Places = append(f.Places, p)
		}
	}
	var rest []FloorPlace
	for _, id := range windows {
		if !slices.ContainsFunc(f.Places, func(p FloorPlace) bool { return p.Window == id }) {
			rest = append(rest, FloorPlace{Window: id})
		}
	}
	for _, id := range terminals {
		if !slices.ContainsFunc(f.Places, func(p FloorPlace) bool { return p.Terminal == id }) {
			rest = append(rest, FloorPlace{Terminal: id})
		}
	}
	return f.addRows(rest)
}

// grid is the floor of a hall that nobody drew.
func grid(windows, terminals []string) Floor {
	places := make([]FloorPlace, 0, len(windows))
	for _, id := range windows {
		places = append(places, FloorPlace{Window: id})
	}
	columns := min(max(len(windows), len(terminals), 3), gridColumns)
	f := Floor{Width: gridGap + float64(columns)*(gridW+gridGap)}
	f = f.addRows(places)
	f.Areas = []FloorArea{{Kind: AreaWaiting, Box: Box{X: gridGap, Y: metres(f.Height + gridGap), W: metres(f.Width - 2*gridGap), H: gridWaiting}}}
	f.Height = metres(f.Height + 2*gridGap + gridWaiting)
	rest := make([]FloorPlace, 0, len(terminals))
	for _, id := range terminals {
		rest = append(rest, FloorPlace{Terminal: id})
	}
	return f.addRows(rest)
}

// addRows puts places in rows below the floor and makes it as much higher.
func (f Floor) addRows(places []FloorPlace) Floor {
	if len(places) == 0 {
		return f
	}
	columns := max(1, int(math.Floor((f.Width-gridGap)/(gridW+gridGap)+slack)))
	w := cmp.Or(min(gridW, f.Width-2*gridGap), gridW)
	top := f.Height
	if top == 0 {
		top = gridGap
	}
	for i, p := range places {
		p.Box = Box{
			X: metres(gridGap + float64(i%columns)*(gridW+gridGap)),
			Y: metres(top + float64(i/columns)*(gridH+gridGap)),
			W: metres(w), H: gridH,
		}
		f.Places = append(f.Places, p)
	}
	rows := (len(places) + columns - 1) / columns
	f.Height = metres(top + float64(rows)*(gridH+gridGap))
	return f
}

// metres rounds to centimetres, so that a plan reads as people write it.
func metres(v float64) float64 { return math.Round(v*100) / 100 }
