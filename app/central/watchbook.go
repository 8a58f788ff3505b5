package central

import (
	"iter"
	"math"
	"strings"

	"hallway/app/hall"
)

// watchBook is what supervision (电子监察) counts and lists of the hall's cases,
// kept as they change. Of a case it keeps the days on which its lights turn: a
// look on any day costs the same however many cases there are.
type watchBook struct {
	cat    *hall.Catalogue
	open   map[string]*watched
	urgent [3]ranked // by the first day on which the light of the case, of its stage, or one of them is red
	units  map[unit]*unitTally
}

// unit is what figures are made for: the hall as a whole, an authority, an item.
type unit struct{ kind, id string }

// Kinds of units.
const (
	unitHall      = "hall"
	unitAuthority = "authority"
	unitItem      = "item"
)

// watched is an open case under supervision.
type watched struct {
	authority, item string
	stage           hall.Stage
	lights          [2]turns // of the case, of its stage
	reminded        int
}

// Places in watched.lights and unitTally.lights.
const (
	ofCase  = 0
	ofStage = 1
	ofBoth  = 2 // in watchBook.urgent
)

// What is not going to be red stands behind what is, what is stopped last.
const (
	neverAt  = math.MaxInt64 - 2
	pausedAt = math.MaxInt64 - 1
)

// turns are the first days on which a light is yellow and red; none of a clock
// that is stopped, nor where nothing counts.
type turns struct {
	yellow, red string
	paused      bool
}

// on is the light on a day.
func (t turns) on(day string) hall.Light {
	switch {
	case t.paused:
		return hall.LightPaused
	case t.red != "" && t.red <= day:
		return hall.LightRed
	case t.yellow != "" && t.yellow <= day:
		return hall.LightYellow
	}
	return hall.LightGreen
}

// unitTally is what is counted of a unit.
type unitTally struct {
	open     int
	lights   [2]lightTally
	finished map[string]*finished // by month, YYYY-MM
	reminded map[string]int       // by month
}

// lightTally counts the days on which lights turn.
type lightTally struct {
	paused      int
	yellow, red map[string]int
}

// finished counts cases that were decided.
type finished struct{ n, onTime, days, promised int }

func newWatchBook(cat *hall.Catalogue) *watchBook {
	return &watchBook{cat: cat, open: map[string]*watched{}, units: map[unit]*unitTally{}}
}

// put takes over a case. first: it was not known; decided: it was decided before.
func (b *watchBook) put(c hall.Case, first, decided bool) {
	was, known := b.open[c.ID]
	if known {
		b.count(c.ID, was, -1)
		delete(b.open, c.ID)
	} else {
		was = &watched{}
	}
	is := b.watch(c)
	if c.Stage() != "" {
		b.open[c.ID] = is
		b.count(c.ID, is, 1)
	}
	if first || known {
		b.remind(c, is, was.reminded)
	}
	if c.Decision != nil && (first || !decided) {
		b.finish(c, is)
	}
}

// watch is what is kept of a case.
func (b *watchBook) watch(c hall.Case) *watched {
	it, _ := b.cat.Item(c.Item)
	version, _ := it.Version(c.ItemVersion)
	w := &watched{authority: version.Authority["zh-Hans"], item: c.Item, stage: c.Stage(), reminded: c.Reminded()}
	// Which of several clocks is the most urgent depends on the day only as long as
	// both count: the earliest turns of all are those of the light.
	for i, k := range c.LegalClocks() {
		w.lights[ofCase] = w.lights[ofCase].and(b.turns(k), i == 0)
	}
	if k, ok := c.StageClock(b.cat); ok {
		w.lights[ofStage] = b.turns(k)
	}
	return w
}

func (b *watchBook) turns(k hall.Clock) turns {
	yellow, red := k.LightDays(b.cat.Calendar)
	return turns{yellow, red, k.Stopped()}
}

// and joins the lights of two clocks; a stopped one says nothing beside another.
func (t turns) and(other turns, first bool) turns {
	switch {
	case first || t.paused:
		return other
	case other.paused:
		return t
	}
	return turns{yellow: sooner(t.yellow, other.yellow), red: sooner(t.red, other.red)}
}

func sooner(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// rank is where a case stands in a list of the most urgent.
func (w *watched) rank(list int, id string) rank {
	day, paused := sooner(w.lights[ofCase].red, w.lights[ofStage].red), false
	if list != ofBoth {
		day, paused = w.lights[list].red, w.lights[list].paused
	}
	start, err := hall.DayStart(day)
	switch {
	case paused:
		return rank{pausedAt, id}
	case err != nil:
		return rank{neverAt, id}
	}
	return rank{hall.PlaceAt(start), id}
}

// units are those that a case counts for.
func (w *watched) units() [3]unit {
	return [3]unit{{kind: unitHall}, {unitAuthority, w.authority}, {unitItem, w.item}}
}

func (b *watchBook) unit(u unit) *unitTally {
	t := b.units[u]
	if t == nil {
		t = &unitTally{finished: map[string]*finished{}, reminded: map[string]int{}}
		for i := range t.lights {
			t.lights[i] = lightTally{yellow: map[string]int{}, red: map[string]int{}}
		}
		b.units[u] = t
	}
	return t
}

// count counts an open case, or takes it back (n -1).
func (b *watchBook) count(id string, w *watched, n int) {
	for list := range b.urgent {
		b.urgent[list].count(w.rank(list, id), n)
	}
	for _, u := range w.units() {
		t := b.unit(u)
		t.open += n
		for i := range t.lights {
			t.lights[i].count(w.lights[i], n)
		}
	}
}

func (t *lightTally) count(l turns, n int) {
	if l.paused {
		t.paused += n
	}
	tallyDay(t.yellow, l.yellow, n)
	tallyDay(t.red, l.red, n)
}

func tallyDay(counts map[string]int, day string, n int) {
	if day == "" {
		return
	}
	if counts[day] += n; counts[day] == 0 {
		delete(counts, day)
	}
}

// lit counts the cases of a unit by their light on a day.
func (t *unitTally) lit(of int, day string) SupervisedLights {
	l := t.lights[of]
	red := turned(l.red, day)
	yellow := turned(l.yellow, day) - red
	return SupervisedLights{Green: t.open - yellow - red - l.paused, Yellow: yellow, Red: red, Paused: l.paused}
}

func turned(counts map[string]int, day string) (n int) {
	for d, k := range counts {
		if d <= day {
			n += k
		}
	}
	return n
}

// remind counts the reminders of a case beyond those that are counted. Of those
// that the case no longer keeps only the number is known.
func (b *watchBook) remind(c hall.Case, w *watched, counted int) {
	for i, r := range c.Reminders {
		n := 1
		if i == 0 {
			n = r.No
		}
		if r.No <= counted {
			continue
		}
		n = min(n, r.No-counted)
		for _, u := range w.units() {
			b.unit(u).reminded[monthOf(hall.DayOf(r.At))] += n
		}
	}
}

// finish counts a case that was decided, in the month of its decision.
func (b *watchBook) finish(c hall.Case, w *watched) {
	k := c.Clock(hall.ClockDecision)
	if k == nil {
		k = c.Clock(hall.ClockReview)
	}
	if k == nil || k.Ended == "" {
		return
	}
	month := monthOf(k.Ended)
	for _, u := range w.units() {
		t := b.unit(u)
		f := t.finished[month]
		if f == nil {
			f = &finished{}
			t.finished[month] = f
		}
		f.n++
		f.days += k.Used(b.cat.Calendar, k.Ended)
		f.promised += k.N + k.Extra
		if k.Light(b.cat.Calendar, k.Ended) != hall.LightRed {
			f.onTime++
		}
	}
}

func monthOf(day string) string { return day[:min(len(day), len("2006-01"))] }

// during sums what was finished and reminded in the months that begin with a
// year, or are a month.
func (t *unitTally) during(period string) (f finished, reminded int) {
	for month, one := range t.finished {
		if strings.HasPrefix(month, period) {
			f.n, f.onTime, f.days, f.promised = f.n+one.n, f.onTime+one.onTime, f.days+one.days, f.promised+one.promised
		}
	}
	for month, n := range t.reminded {
		if strings.HasPrefix(month, period) {
			reminded += n
		}
	}
	return f, reminded
}

// after goes through a list behind a rank, in its order.
func (r *ranked) after(x rank) iter.Seq[rank] {
	return func(yield func(rank) bool) {
		i, _ := r.piece(x)
		for _, p := range r.pieces[min(i, len(r.pieces)):] {
			for _, y := range p {
				if compareRanks(y, x) > 0 && !yield(y) {
					return
				}
			}
		}
	}
}
