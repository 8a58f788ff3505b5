package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	gosync "sync"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
)

// bigCentre has more displays than rows are given one by one.
func bigCentre(t *testing.T) *centre {
	c := startCentre(t)
	var wait gosync.WaitGroup
	for worker := range 150 {
		wait.Go(func() {
			for i := worker; i < 2100; i += 150 {
				c.own(hall.EnrolTerminal, fmt.Sprint("T", i), hall.EnrolTerminalBody{Role: "display"})
			}
		})
	}
	wait.Wait()
	return c
}

// chunkLine counts the pieces of snapshots that come over it, and breaks off or
// damages some.
type chunkLine struct {
	next   http.RoundTripper
	came   map[string]int
	asked  []string // what was asked for, in order
	before func(n int) error
	damage bool
}

func (l *chunkLine) RoundTrip(r *http.Request) (*http.Response, error) {
	l.asked = append(l.asked, r.URL.Path)
	_, sha, ok := strings.Cut(r.URL.Path, "/chunk/")
	if !ok {
		return l.next.RoundTrip(r)
	}
	if l.before != nil {
		if err := l.before(len(l.came)); err != nil {
			return nil, err
		}
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if l.damage {
		b[len(b)/2] ^= 1
	} else {
		l.came[sha]++
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, nil
}

// over makes the steps go over another line.
func (x *byHand) over(l http.RoundTripper) {
	x.step = NewStep(StepOptions{URL: "http://centre", Token: "token-" + x.Terminal(), Version: "test", Store: x.Store, Transport: l})
}

// same says whether the replica of the catalogue's feed is the writer's.
func (x *byHand) same(c *centre) {
	x.t.Helper()
	snap, err := c.w.Load().Snapshot(x.t.(*testing.T).Context(), sync.SharedLane, hall.FeedCatalogue)
	x.must(err)
	if cur := x.Cursor(sync.SharedLane, hall.FeedCatalogue); cur.Hash != snap.Hash || cur.Row != snap.Row {
		x.t.Errorf("the replica is at %d %s, the writer at %d %s", cur.Row, cur.Hash, snap.Row, snap.Hash)
	}
	for _, e := range snap.Entities {
		got, ok, err := x.Confirmed().Entity(e.Kind, e.ID)
		if err != nil || !ok || !bytes.Equal(got, e.Value) {
			x.t.Fatalf("%s %s: %s %v %v", e.Kind, e.ID, got, ok, err)
		}
	}
}

// TestFirstSyncIsASnapshot: a new follower of a long log takes a snapshot, that
// is broken off between any two pieces by the end of the program, of the centre,
// or of the line. Every piece comes once, and rows go on from there.
func TestFirstSyncIsASnapshot(t *testing.T) {
	c := bigCentre(t)
	dir := filepath.Join(t.TempDir(), "k1")
	x := c.byHand(t, "K1", dir)
	defer func() { _ = x.Close() }() // of the last life
	line := &chunkLine{next: x.line, came: map[string]int{}}
	breaks := 0
	for done := false; !done; breaks++ {
		at := len(line.came) + 1
		line.before = func(n int) error {
			if n >= at {
				return errLine
			}
			return nil
		}
		x.over(line)
		if breaks == 0 {
			x.must(x.step.Greet(t.Context()))
		}
		_, err := x.step.PullOnce(t.Context(), sync.SharedLane, hall.FeedCatalogue)
		if done = err == nil; done {
			break
		}
		if !errors.Is(err, errLine) {
			t.Fatal(err)
		}
		x.must(x.Close()) // killed: nothing but the disk is left
		x = c.byHand(t, "K1", dir)
		if breaks == 1 {
			c.close()
			c.still()
			c.open()
		}
	}
	if breaks < 3 {
		t.Errorf("only %d breaks: the test shows little", breaks)
	}
	for sha, n := range line.came {
		if n != 1 {
			t.Errorf("piece %s came %d times", sha, n)
		}
	}
	x.same(c)
	x.over(x.line)
	c.own(hall.EnrolTerminal, "T-late", hall.EnrolTerminalBody{Role: "display"})
	x.settle()
	x.same(c)
}

// TestSnapshotThatChangesOnItsWay: the state moves on between two pieces, and the
// centre knows only the new one: the pieces that stayed the same are not fetched
// again.
func TestSnapshotThatChangesOnItsWay(t *testing.T) {
	c := bigCentre(t)
	x := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
	defer x.Close()
	x.must(x.step.Greet(t.Context()))
	line := &chunkLine{next: x.line, came: map[string]int{}}
	line.before = func(n int) error {
		if n == 3 {
			for i := range 5 {
				c.own(hall.EnrolTerminal, fmt.Sprint("T-late", i), hall.EnrolTerminalBody{Role: "display"})
			}
			c.close()
			c.still()
			c.open()
		}
		return nil
	}
	x.over(line)
	_, err := x.step.PullOnce(t.Context(), sync.SharedLane, hall.FeedCatalogue)
	x.must(err)
	m, err := c.w.Load().Manifest(t.Context(), sync.SharedLane, hall.FeedCatalogue, 0)
	x.must(err)
	if extra := len(line.came) - len(m.Chunks); extra < 0 || extra > 5 {
		t.Errorf("%d pieces came for a snapshot of %d", len(line.came), len(m.Chunks))
	}
	x.over(x.line)
	x.settle()
	x.same(c)
}

// TestDamagedPiece: it is not kept, and the next try has it right.
func TestDamagedPiece(t *testing.T) {
	c := bigCentre(t)
	x := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
	defer x.Close()
	x.must(x.step.Greet(t.Context()))
	line := &chunkLine{next: x.line, came: map[string]int{}, damage: true}
	x.over(line)
	if _, err := x.step.PullOnce(t.Context(), sync.SharedLane, hall.FeedCatalogue); !errors.Is(err, sync.ErrChunk) {
		t.Fatal(err)
	}
	_, missing, ok, err := x.Fetching(t.Context(), sync.SharedLane, hall.FeedCatalogue)
	if err != nil || !ok || len(missing) < 3 {
		t.Fatalf("%d are missing, %v %v", len(missing), ok, err)
	}
	line.damage = false
	_, err = x.step.PullOnce(t.Context(), sync.SharedLane, hall.FeedCatalogue)
	x.must(err)
	x.same(c)
	if _, _, ok, err := x.Fetching(t.Context(), sync.SharedLane, hall.FeedCatalogue); ok || err != nil {
		t.Errorf("something is left of it: %v %v", ok, err)
	}
}
