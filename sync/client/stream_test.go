package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
	"hallway/sync/pack"
)

func TestTakeEvent(t *testing.T) {
	x := NewStep(StepOptions{Store: nobody{}}).Stream(nil)
	for _, c := range []struct{ name, data, behind string }{
		{"wake", `{"lane":"hall/1","row":7}`, "hall/1"},
		{"ping", `{"lane":"hall/1","row":7}`, ""},
		{"wake", `{"row":7}`, ""},
		{"wake", `{"lane":`, ""},
		{"feeds", `[{"lane":`, ""},
		{"rows", `{"lane":"hall/1","epoch":1,"from":1,"to":2}`, ""}, // not packed
		{"rows", "=", ""},
		{"rows", rowsEvent(sync.Commit{Lane: "hall/1", Epoch: 1, From: 1, To: 2}), ""},       // followed by nobody
		{"rows", rowsEvent(sync.Commit{Lane: "hall/1", Epoch: 1, From: 999, To: 1000}), ""},  // over a hashed state
		{"rows", rowsEvent(sync.Commit{Lane: "hall/2", Epoch: 1, From: 1, To: 2}), "hall/2"}, // followed, and not where it begins
		{"", "", ""},
	} {
		behind, err := x.Take(t.Context(), c.name, []byte(c.data))
		if behind != c.behind || err != nil {
			t.Errorf("%s %q: %q %v", c.name, c.data, behind, err)
		}
	}
}

// nobody is a store that follows one feed and takes nothing.
type nobody struct{ Store }

func (nobody) Follows() []sync.LaneFeeds {
	return []sync.LaneFeeds{{Lane: "hall/2", Feeds: []hall.Feed{"queue"}}}
}
func (nobody) Cursor(lane string, feed hall.Feed) sync.Cursor {
	return sync.Cursor{Lane: lane, Feed: feed}
}

// rowsEvent is the data of a commit as the centre sends it.
func rowsEvent(c sync.Commit) string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return string(sync.Escape(nil, pack.Pack1(nil, raw)))
}

// TestOwnRowsComeWithoutTheStream: what becomes of a terminal's own operations is
// pulled when it does not ride in, also while one follows the other.
func TestOwnRowsComeWithoutTheStream(t *testing.T) {
	c := startCentre(t)
	c.numb.Store(true)
	x := &terminal{t: t, c: c, id: "K1", poll: time.Hour, opt: store.Options{Dir: filepath.Join(t.TempDir(), "k1"), Terminal: "K1", Machine: "machine-1"}}
	x.start()
	defer x.end()
	x.ready()
	for range 3 {
		x.issue()
		eventually(t, "the rows of its own ticket", func() bool {
			row, _, err := c.w.Load().Head(t.Context(), hallLane)
			if err != nil {
				t.Fatal(err)
			}
			return x.Outbox() == 0 && x.Cursor(hallLane, hall.FeedQueue).Row == row
		})
	}
}

func TestEventLines(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(r, "bytes")
		line := append(sync.Escape(nil, b), '\n')
		n, token, err := eventLines(append(line, "next"...), false)
		if err != nil || n != len(line) {
			r.Fatalf("%d of %d: %v", n, len(line), err)
		}
		if back, err := sync.Unescape(token); err != nil || !bytes.Equal(back, b) {
			r.Fatalf("%q %v", back, err)
		}
	})
}

// TestRowsThatRide: a follower whose events are lost, doubled, out of order, cut or
// damaged ends where one ends that only pulls, and takes most of what comes whole.
func TestRowsThatRide(t *testing.T) {
	c := startCentre(t)
	k := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
	defer k.Close()
	k.settle()
	w := c.w.Load()
	commits, stop := w.Commits(hallLane)
	defer stop()
	seen, taken := 0, 0
	for seed := range uint64(5) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		pulls := c.byHand(t, "C1", filepath.Join(t.TempDir(), "pulls"))
		rides := c.byHand(t, "C1", filepath.Join(t.TempDir(), "rides"))
		for _, x := range []*byHand{pulls, rides} {
			x.must(x.step.Greet(t.Context()))
			for x.pullAll() {
			}
		}
		stream := rides.step.Stream([]string{hallLane})
		told, err := json.Marshal(rides.Follows())
		rides.must(err)
		_, err = stream.Take(t.Context(), "feeds", told)
		rides.must(err)
		var events []string
		for range 10 {
			k.act(rnd)
			select {
			case commit := <-commits:
				events = append(events, rowsEvent(commit.Of(feedsOf(rides.Follows(), hallLane))))
			default: // it was told nothing new
			}
			if rnd.IntN(4) > 0 && len(events) > 0 { // the newest arrives
				was := rides.Cursor(hallLane, hall.FeedQueue).Row
				_, err := stream.Take(t.Context(), "rows", []byte(events[len(events)-1]))
				rides.must(err)
				seen++
				if rides.Cursor(hallLane, hall.FeedQueue).Row > was {
					taken++
				}
			}
			for rnd.IntN(3) == 0 && len(events) > 0 { // an old one again, perhaps damaged
				b := []byte(events[rnd.IntN(len(events))])
				if rnd.IntN(2) == 0 {
					b[rnd.IntN(len(b))] ^= byte(1 + rnd.IntN(255))
				}
				_, err := stream.Take(t.Context(), "rows", b[:len(b)-rnd.IntN(2)])
				rides.must(err)
			}
			if rnd.IntN(4) == 0 {
				rides.pullAll()
			}
			if rnd.IntN(2) == 0 {
				pulls.pullAll()
			}
		}
		for pulls.pullAll() || rides.pullAll() {
		}
		for _, feed := range feedsOf(pulls.Follows(), hallLane) {
			if a, b := pulls.Cursor(hallLane, feed), rides.Cursor(hallLane, feed); a != b {
				t.Errorf("seed %d, %s: %+v is not %+v", seed, feed, b, a)
			}
		}
		a, errA := pulls.Newest(t.Context(), hallLane)
		b, errB := rides.Newest(t.Context(), hallLane)
		if err := errors.Join(errA, errB); err != nil || len(a) == 0 || !slices.EqualFunc(a, b, func(a, b sync.Row) bool {
			return a.Hash == b.Hash && a.MAC == b.MAC && sync.RowHash(b) == b.Hash
		}) {
			t.Errorf("seed %d: the rows that are kept differ: %v\n%+v\n%+v", seed, err, a, b)
		}
		for _, x := range []*byHand{pulls, rides} {
			x.must(x.Close())
		}
	}
	if seen == 0 || taken < seen/3 {
		t.Errorf("of %d events %d were taken", seen, taken)
	}
}

// act prints a ticket or two and pushes them.
func (x *byHand) act(rnd *rand.Rand) {
	x.SetLine(true)
	defer x.SetLine(false)
	ctx := x.t.Context()
	for range 1 + rnd.IntN(2) {
		_, err := x.Issue(ctx, store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
		x.must(err)
	}
	x.must(x.step.Numbers(ctx))
	for {
		sent, err := x.step.PushOnce(ctx)
		x.must(err)
		if sent.Ops == 0 {
			break
		}
	}
	for x.pullAll() {
	}
}
