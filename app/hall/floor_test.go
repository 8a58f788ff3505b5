package hall

import (
	"fmt"
	"testing"
)

// whole checks that every thing has exactly one place, inside, none on another.
func whole(t *testing.T, f Floor, windows, terminals []string) {
	t.Helper()
	seen := map[string]int{}
	for i, p := range f.Places {
		seen["w"+p.Window+"/t"+p.Terminal]++
		if !p.Inside(f.Width, f.Height) {
			t.Errorf("place %+v is outside of %g × %g", p, f.Width, f.Height)
		}
		for _, o := range f.Places[:i] {
			if p.Overlaps(o.Box) {
				t.Errorf("%+v stands on %+v", p, o)
			}
		}
	}
	for _, id := range windows {
		if seen["w"+id+"/t"] != 1 {
			t.Errorf("window %s has %d places", id, seen["w"+id+"/t"])
		}
	}
	for _, id := range terminals {
		if seen["w/t"+id] != 1 {
			t.Errorf("terminal %s has %d places", id, seen["w/t"+id])
		}
	}
	if len(f.Places) != len(windows)+len(terminals) {
		t.Errorf("%d places for %d things", len(f.Places), len(windows)+len(terminals))
	}
}

func ids(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(prefix, i+1)
	}
	return list
}

func TestPlanOfAHallThatNobodyDrew(t *testing.T) {
	for windows := 1; windows <= 30; windows += 3 {
		for terminals := 0; terminals <= 14; terminals += 2 {
			w, k := ids("", windows), ids("kiosk-", terminals)
			f := Plan(nil, w, k)
			whole(t, f, w, k)
			if len(f.Areas) != 1 || f.Areas[0].Kind != AreaWaiting || !f.Areas[0].Inside(f.Width, f.Height) {
				t.Fatalf("%d windows, %d terminals: areas %+v", windows, terminals, f.Areas)
			}
			for _, p := range f.Places {
				if p.Overlaps(f.Areas[0].Box) {
					t.Errorf("%+v stands in the waiting area", p)
				}
			}
		}
	}
}

func TestPlanKeepsWhatWasDrawn(t *testing.T) {
	drawn := &Floor{Width: 12, Height: 8, Areas: []FloorArea{{Kind: AreaWall, Box: Box{0, 4, 12, 0.2}}}, Places: []FloorPlace{
		{Window: "1", Box: Box{1, 1, 3, 2}},
		{Window: "gone", Box: Box{5, 1, 3, 2}},
		{Terminal: "kiosk-1", Box: Box{1, 5, 2, 2}},
	}}
	f := Plan(drawn, []string{"1", "2"}, []string{"kiosk-1", "kiosk-2"})
	whole(t, f, []string{"1", "2"}, []string{"kiosk-1", "kiosk-2"})
	if f.Places[0] != drawn.Places[0] || f.Places[1] != drawn.Places[2] || len(f.Areas) != 1 {
		t.Errorf("%+v", f)
	}
	if f.Height <= 8 || f.Places[2].Y < 8 {
		t.Errorf("what was not drawn does not stand below: %+v", f)
	}
	if len(drawn.Places) != 3 || drawn.Height != 8 {
		t.Error("the drawn plan was changed")
	}
	if f := Plan(drawn, []string{"1"}, []string{"kiosk-1"}); f.Height != 8 {
		t.Errorf("a whole plan grew: %+v", f)
	}
}

func TestBoxes(t *testing.T) {
	a := Box{1, 1, 2, 2}
	for _, c := range []struct {
		b    Box
		want bool
	}{{Box{3, 1, 2, 2}, false}, {Box{2.9, 1, 2, 2}, true}, {Box{0, 0, 9, 9}, true}, {Box{1, 3, 2, 2}, false}, {Box{0.1 + 0.2 + 2.7, 1, 1, 1}, false}} {
		if a.Overlaps(c.b) != c.want || c.b.Overlaps(a) != c.want {
			t.Errorf("%+v and %+v: want %v", a, c.b, c.want)
		}
	}
	if (Box{-1, 0, 2, 2}).Inside(5, 5) || (Box{4, 0, 2, 2}).Inside(5, 5) || (Box{0, 0, 0, 2}).Inside(5, 5) || !(Box{0, 0, 5, 5}).Inside(5, 5) {
		t.Error("inside")
	}
}
