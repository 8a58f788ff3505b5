package central

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
)

// watchCatalogue has two items of one authority, and one of another.
func watchCatalogue() *hall.Catalogue {
	cat := bookCatalogue()
	cat.Version, cat.Calendar = "1", []hall.CalendarYear{{Year: 2026, Off: []string{"2026-03-04"}, Worked: []string{"2026-03-07"}}}
	for i, authority := range []string{"甲局", "甲局", "乙局"} {
		cat.Items = append(cat.Items, hall.Item{ID: fmt.Sprint("i", i), Versions: []hall.ItemVersion{{Version: 1, PromisedDays: 5 * (i + 1), Authority: hall.Names{"zh-Hans": authority}}}})
	}
	return cat
}

// drawWatched is any case of the catalogue on its way.
func drawWatched(rt *rapid.T, cat *hall.Catalogue, id string) hall.Case {
	item := rapid.IntRange(0, 2).Draw(rt, "item")
	from := bookDay.AddDate(0, 0, -rapid.IntRange(0, 30).Draw(rt, "from"))
	c := hall.Case{ID: id, Item: fmt.Sprint("i", item), ItemVersion: 1, AcceptedAt: from,
		State: rapid.SampledFrom([]hall.CaseState{hall.CaseDraft, hall.CaseReceived, hall.CaseAccepted, hall.CaseInApproval, hall.CaseSpecialStop, hall.CaseWithdrawn}).Draw(rt, "state")}
	kind := hall.ClockDecision
	if c.State == hall.CaseReceived {
		kind = hall.ClockNotice
	}
	k := hall.Clock{Kind: kind, From: hall.DayOf(from), N: 5 * (item + 1)}
	if c.State == hall.CaseSpecialStop {
		k.Stops = []hall.Stop{{From: hall.DayOf(from)}}
	}
	c.Clocks = []hall.Clock{k.Reckon(cat.Calendar)}
	if c.State == hall.CaseInApproval {
		c.Approval = &hall.Approval{At: rapid.IntRange(hall.StepHandle, hall.StepApprove).Draw(rt, "step"),
			Steps: []hall.ApprovalStep{{No: 1, Step: hall.StepHandle, Status: hall.StepPassed, At: from.AddDate(0, 0, rapid.IntRange(0, 5).Draw(rt, "stepped"))}}}
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "reminders") {
		c.Reminders = append(c.Reminders, hall.Reminder{No: i + 1, At: bookDay})
	}
	return c
}

// What supervision counts row after row is what a look at every case counts, on
// any day, and its pages have every case once.
func TestWatchBookProperty(t *testing.T) {
	cat := watchCatalogue()
	rapid.Check(t, func(rt *rapid.T) {
		b := newCaseBook(cat)
		cases, reminded := map[string]hall.Case{}, 0
		for range rapid.IntRange(1, 60).Draw(rt, "rows") {
			id := fmt.Sprint(rapid.IntRange(1, 15).Draw(rt, "id"))
			c, was := drawWatched(rt, cat, id), cases[id]
			if was.State == hall.CaseWithdrawn {
				continue // it is over
			}
			if was.Stage() == "" && was.ID != "" || c.Reminded() < was.Reminded() {
				c.Reminders = was.Reminders // they only grow, and only of what is open
			}
			raw, err := json.Marshal(c)
			if err == nil {
				err = b.put(hall.EntityCase, id, raw)
			}
			if err != nil {
				rt.Fatal(err)
			}
			cases[id] = c
		}
		for _, c := range cases {
			reminded += c.Reminded()
		}
		day := hall.DayOf(bookDay.AddDate(0, 0, rapid.IntRange(-40, 40).Draw(rt, "look")))
		filter := &supervisionInput{Light: rapid.SampledFrom([]string{"", "green", "yellow", "red", "paused"}).Draw(rt, "light"),
			Of: rapid.SampledFrom([]string{"case", "step"}).Draw(rt, "of"), Department: rapid.SampledFrom([]string{"", "甲局"}).Draw(rt, "department")}
		var whole, step SupervisedLights
		var want []string
		for id, c := range cases {
			if c.Stage() == "" {
				continue
			}
			_, light, _ := c.CaseClock(cat.Calendar, day)
			k, ok := c.StageClock(cat)
			if !ok {
				rt.Fatalf("%+v has no clock", c)
			}
			lights := map[string]hall.Light{"case": light, "step": k.Light(cat.Calendar, day)}
			whole.add(lights["case"])
			step.add(lights["step"])
			if (filter.Light == "" || filter.Light == string(lights[filter.Of])) && (filter.Department == "" || c.Item != "i2") {
				want = append(want, id)
			}
		}
		tally := b.watch.unit(unit{kind: unitHall})
		if is := [2]SupervisedLights{tally.lit(ofCase, day), tally.lit(ofStage, day)}; is != [2]SupervisedLights{whole, step} {
			rt.Fatalf("on %s: %+v, want %+v and %+v", day, is, whole, step)
		}
		if _, n := tally.during("2026"); n != reminded {
			rt.Fatalf("%d reminders, want %d", n, reminded)
		}
		found, after := b.watch.page(filter, day)
		var got []string
		for i, at := range found {
			if got = append(got, at.id); i > 0 && compareRanks(found[i-1], at) >= 0 {
				rt.Fatalf("%v is not in order", found)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || after != "" {
			rt.Fatalf("on %s %+v: %v and after %q, want %v", day, filter, got, after, want)
		}
	})
}

func (l *SupervisedLights) add(light hall.Light) {
	*map[hall.Light]*int{hall.LightGreen: &l.Green, hall.LightYellow: &l.Yellow, hall.LightRed: &l.Red, hall.LightPaused: &l.Paused}[light]++
}

// manyWatched is a book with that many open cases.
func manyWatched(t testing.TB, n int) *watchBook {
	cat := watchCatalogue()
	b := newWatchBook(cat)
	for i := range n {
		from := bookDay.AddDate(0, 0, -i%40)
		b.put(hall.Case{ID: fmt.Sprint(i), Item: fmt.Sprint("i", i%3), ItemVersion: 1, State: hall.CaseAccepted, AcceptedAt: from,
			Clocks: []hall.Clock{hall.NewClock(cat.Calendar, hall.ClockDecision, hall.DayOf(from), 5)}}, true, false)
	}
	if b.unit(unit{kind: unitHall}).open != n {
		t.Fatal("they are not counted")
	}
	return b
}

// Page after page every case is listed once.
func TestWatchBookPages(t *testing.T) {
	b := manyWatched(t, 730)
	in, seen, last := &supervisionInput{Department: "甲局"}, map[string]bool{}, int64(math.MinInt64)
	for range 20 {
		found, after := b.page(in, hall.DayOf(bookDay))
		for _, at := range found {
			if seen[at.id] || at.at < last {
				t.Fatalf("%s again, or out of order", at.id)
			}
			seen[at.id], last = true, at.at
		}
		if in.After = after; after == "" {
			break
		}
	}
	if len(seen) != 487 { // two of three
		t.Errorf("%d were listed", len(seen))
	}
}

// What is finished is counted once, in its month: how many in time, how long, and
// how long was promised.
func TestFiguresOfWhatIsFinished(t *testing.T) {
	b := newCaseBook(watchCatalogue())
	finish := func(id, from, ended string) {
		t.Helper()
		start, err := hall.DayStart(from)
		if err != nil {
			t.Fatal(err)
		}
		k := hall.NewClock(b.watch.cat.Calendar, hall.ClockDecision, from, 5)
		c := hall.Case{ID: id, Item: "i0", ItemVersion: 1, State: hall.CaseInApproval, AcceptedAt: start, Clocks: []hall.Clock{k}}
		for _, state := range []hall.CaseState{hall.CaseInApproval, hall.CaseDecided, hall.CaseCompleted, hall.CaseCollected} {
			if c.State = state; state == hall.CaseDecided {
				c.Clocks[0].Ended, c.Decision = ended, &hall.Decision{Result: hall.DecisionGranted, At: start.Add(time.Hour)}
			}
			raw, err := json.Marshal(c)
			if err == nil {
				err = b.put(hall.EntityCase, id, raw)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	finish("A", "2026-03-02", "2026-03-09") // 3, 5, 6, 7 (worked), 9: the last day
	finish("B", "2026-03-02", "2026-03-10") // a day late
	finish("C", "2026-02-02", "2026-02-04")
	for period, want := range map[string]finished{"2026-03": {2, 1, 11, 10}, "2026": {3, 2, 13, 15}, "2025": {}} {
		for _, u := range []unit{{kind: unitHall}, {unitAuthority, "甲局"}, {unitItem, "i0"}} {
			if got, _ := b.watch.unit(u).during(period); got != want {
				t.Errorf("%v in %s: %+v, want %+v", u, period, got, want)
			}
		}
	}
}

// BenchmarkSupervision is a look at few open cases and at many: pages that lie
// behind most of the others, and the figures.
func BenchmarkSupervision(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			book := manyWatched(b, n)
			for b.Loop() {
				for _, in := range []supervisionInput{{Light: "green"}, {Light: "yellow", Of: "step"}, {Light: "red", Department: "乙局"}, {Light: "paused"}} {
					if found, _ := book.page(&in, "2026-03-02"); len(found) == 0 && in.Light != "paused" && in.Light != "yellow" {
						b.Fatal(in)
					}
				}
				book.figures(unitAuthority, "2026-03-02", "2026", func(string) hall.Names { return nil })
			}
		})
	}
}
