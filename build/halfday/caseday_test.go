package halfday

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/terminal"
	"hallway/build/demo/stage"
)

// Terminals of the day of cases.
const (
	desk    = "counter-1"
	outside = "station-civil-1" // where papers are signed out
	inside  = "station-hall-1"  // where they are signed in
)

// caseDay is the other half of the day: cases and papers.
type caseDay struct {
	*world
	departments *stage.Door
	station     map[string]*stage.Door
	all         []*errand
	round       int
	victim      string
	ticket      string // at the window
	trip        string // of this round
	cut         bool   // the line of the hall's station is
	bomb        *bomb
	scans       map[string]shownScan // by operation: what a station showed
	pieces      map[string]piece     // every slip ever seen
	pressed     map[string]int       // how often a paper was asked for, by kind and what it is of
	said        map[string]bool      // papers that a terminal said to be out, while the bench lived
}

// errand is what one citizen came for.
type errand struct {
	person
	item     string
	ways     []way // how each material comes
	id       string
	number   string
	password string
	label    string            // code of its paper
	paper    string            // key of the material that comes on paper
	taken    map[string]string // digests of the files that the counter showed as taken
	files    map[string][]byte // what is handed in
	answered bool              // who pressed 受理 heard that it was done
	by       string            // who accepted it, in the end; "" when it was cancelled
}

// way is how one material comes.
type way struct {
	key string
	how string // file, original, share, paper
}

// victims of the day of cases.
var victims = []string{"central", "departments", "bench", desk, outside, inside, "kiosk-1"}

// TestCaseDayWithKills takes cases through their day once per program; in the
// middle of each of its steps that program is killed (SIGKILL) and started
// again.
func TestCaseDayWithKills(t *testing.T) {
	seed := seedOf(t)
	w := newWorld(t, seed, "2001", "3001")
	d := &caseDay{world: w, departments: w.stage.Program("departments").Door(), station: map[string]*stage.Door{},
		scans: map[string]shownScan{}, pieces: map[string]piece{}, pressed: map[string]int{}, said: map[string]bool{}}
	for _, id := range []string{outside, inside} {
		d.station[id] = w.stage.Program(id).TerminalDoor()
	}
	d.behave("police", "M02")
	d.behave("police", "M10")
	d.atWork(desk, "1001")
	for round, victim := range victims {
		d.play(seed, round, victim)
	}
	d.settleCases()
	d.checkCases()
}

// play takes three cases through their day; in each step one program is killed.
func (d *caseDay) play(seed uint64, round int, victim string) {
	t0 := time.Now()
	d.round, d.victim, d.trip = round, victim, ""
	rng := rand.New(rand.NewPCG(seed, uint64(1000+round)))
	shop := d.errand(rng, "open-shop", hall.BySystem, "M03", way{"M01", "file"}, way{"M02", "share"}, way{"M03", "paper"})
	child := d.errand(rng, "newborn", hall.BySystem, "M03", way{"M09", "original"}, way{"M10", "share"}, way{"M03", "paper"})
	gone := d.errand(rng, "open-shop", "", "M03", way{"M01", "original"}, way{"M02", "file"}, way{"M03", "paper"})
	three := []*errand{shop, child, gone}
	twice := rng.IntN(2) == 0
	burst := rng.IntN(2) == 0

	d.step(seed, "open", 6, func() { d.open(three) })
	d.step(seed, "hand in", 16, func() { d.handIn(three) })
	d.step(seed, "call back", 2, func() { d.callBack(shop, child, twice) })
	d.step(seed, "labels", 3, func() { d.labels(three) })
	d.step(seed, "sign out", 5, func() { d.signOut(three, burst) })
	d.step(seed, "change and cancel", 3, func() { d.changeAndCancel(child, gone) })
	d.step(seed, "sign in", 6, func() { d.signIn(three, burst) })
	d.step(seed, "accepted", 3, func() { d.accepted(shop, child) })
	d.step(seed, "send back", 8, func() { d.sendBack(shop, gone) })
	d.step(seed, "progress", 3, func() { d.progress(shop) })
	d.finish()
	d.t.Logf("round %d, %s killed ten times: %v", round, victim, time.Since(t0).Round(time.Millisecond))
}

// errand is somebody with what they want; nothing has happened yet.
func (d *caseDay) errand(rng *rand.Rand, item, by, paper string, ways ...way) *errand {
	e := &errand{person: newPerson(len(d.all)), item: item, ways: ways, by: by, paper: paper,
		taken: map[string]string{}, files: map[string][]byte{}}
	for _, w := range ways {
		e.files[w.key] = picture(rng)
	}
	d.all = append(d.all, e)
	return e
}

// picture is a file that is a picture by its first bytes: one to four pieces on
// its way to the centre.
func picture(rng *rand.Rand) []byte {
	b := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 1000+rng.IntN(900_000))...)
	for i := 8; i < len(b); i++ {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// bomb kills the victim at one act of a step: while it is under way, or right
// after its answer.
type bomb struct {
	at     int
	during bool
	delay  time.Duration
	pause  time.Duration
	lit    bool
	seen   int
	done   chan error
}

// step plays one step of the day while the victim is killed at an act of the
// seed's choosing; acts is about how many there are.
func (d *caseDay) step(seed uint64, name string, acts int, f func()) {
	d.t.Helper()
	h := fnv.New64a()
	fmt.Fprint(h, d.victim, "/", name)
	rng := rand.New(rand.NewPCG(seed, h.Sum64()))
	b := &bomb{at: rng.IntN(acts), during: rng.IntN(2) == 0, delay: time.Duration(rng.IntN(25)) * time.Millisecond,
		pause: time.Duration(50+rng.IntN(500)) * time.Millisecond, done: make(chan error, 1)}
	t0 := time.Now()
	d.bomb = b
	f()
	if !b.lit {
		b.lit = true
		go d.blow(b)
	}
	if err := <-b.done; err != nil {
		d.t.Fatalf("%s while %s is killed: %v", name, d.victim, err)
	}
	d.bomb = nil
	d.collect()
	d.t.Logf("  %s: %d acts, killed at %d (during %v), %v", name, b.seen, b.at, b.during, time.Since(t0).Round(time.Millisecond))
}

// act does one act of a person, and kills the victim when it is its turn.
func (d *caseDay) act(do func() error) error {
	b := d.bomb
	if b == nil {
		return do()
	}
	b.seen++
	if b.lit || b.seen <= b.at {
		return do()
	}
	b.lit = true
	if b.during {
		go d.blow(b)
		return do()
	}
	err := do()
	go d.blow(b)
	return err
}

func (d *caseDay) blow(b *bomb) {
	time.Sleep(b.delay)
	p := d.stage.Program(d.victim)
	if err := p.Kill(syscall.SIGKILL); err != nil {
		b.done <- err
		return
	}
	time.Sleep(b.pause)
	b.done <- p.Start(d.ctx)
}

// press is an act on a page.
func (d *caseDay) press(at *stage.Door, path string, in any) error {
	return d.act(func() error { return at.Post(d.ctx, path, in) })
}

// finish ends the service of the citizen at the window.
func (d *caseDay) finish() {
	d.until("finish at the window", func() (bool, error) {
		v, err := d.counterView(desk)
		switch {
		case err != nil:
			return false, err
		case v.Staff == nil:
			d.atWork(desk, "1001")
			return false, errNotYet
		case v.Current == nil || v.Current.ID != d.ticket:
			return true, nil
		case v.Current.State != hall.TicketServing:
			return false, d.counter[desk].Post(d.ctx, "/api/v1/counter/start", nil)
		}
		return false, d.counter[desk].Post(d.ctx, "/api/v1/counter/finish", nil)
	})
}

// settleCases waits until nothing is on its way.
func (d *caseDay) settleCases() {
	d.until("everything is in step", func() (bool, error) {
		for id := range d.counter {
			v, err := d.counterView(id)
			if err != nil || v.Line.Pending > 0 || !v.Line.Online {
				return false, err
			}
		}
		for id := range d.station {
			v, err := d.stationView(id)
			if err != nil || v.Line.Pending > 0 || !v.Line.Online {
				return false, err
			}
		}
		k, err := d.kioskView()
		if err != nil || k.Line.Pending > 0 || !k.Line.Online {
			return false, err
		}
		return d.replicasEqual(false), errNotYet
	})
	d.collect()
}

// material of a case in hand.
func material(k *terminal.CaseView, key string) terminal.CaseMaterial {
	for _, m := range k.Materials {
		if m.Key == key {
			return m
		}
	}
	return terminal.CaseMaterial{}
}
