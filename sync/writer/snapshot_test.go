package writer

import (
	"context"
	"errors"
	"fmt"
	gosync "sync"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
)

// TestSnapshotInPieces: the pieces hold what the whole does, are made once for
// all who ask, and stay the same where nothing changed.
func TestSnapshotInPieces(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		var wait gosync.WaitGroup
		for i := range 1200 {
			wait.Go(func() {
				n.own(hall.EnrolTerminal, fmt.Sprint("e", i), fmt.Sprint("T", i), hall.EnrolTerminalBody{Role: "display"})
			})
			if i%300 == 299 {
				wait.Wait()
			}
		}
		wait.Wait()
		ctx := t.Context()
		whole, err := n.Snapshot(ctx, sync.SharedLane, hall.FeedCatalogue)
		if err != nil {
			t.Fatal(err)
		}
		made := make([]*cut, 8)
		for i := range made {
			wait.Go(func() {
				c, err := n.cutOf(ctx, sync.SharedLane, hall.FeedCatalogue, 0)
				if err != nil {
					t.Error(err)
				}
				made[i] = c
			})
		}
		wait.Wait()
		for _, c := range made {
			if c != made[0] {
				t.Fatal("it was made twice")
			}
		}
		m := made[0].manifest
		if m.Row != whole.Row || m.Hash != whole.Hash || m.StateHash != whole.StateHash || m.Epoch != whole.Epoch || len(m.Chunks) < 3 {
			t.Fatalf("%+v, the whole is at %d", m, whole.Row)
		}
		if got := n.opened(t, m); fmt.Sprint(got) != fmt.Sprint(whole.Entities) {
			t.Fatalf("%d entities in pieces, %d in the whole", len(got), len(whole.Entities))
		}

		// One change, and a writer that knows nothing of it: one piece is another.
		n.own(hall.EnrolTerminal, "e-new", "T-new", hall.EnrolTerminalBody{Role: "display"})
		if again, err := n.Manifest(ctx, sync.SharedLane, hall.FeedCatalogue, m.Row); err != nil || again.Row != m.Row {
			t.Errorf("so little happened, and there is a new one of %d: %v", again.Row, err)
		}
		later, err := n.Manifest(ctx, sync.SharedLane, hall.FeedCatalogue, m.Row+1)
		if err != nil || later.Row != m.Row+1 {
			t.Fatalf("for a follower who is further: %d, %v", later.Row, err)
		}
		n.restart()
		was := map[string]bool{}
		for _, c := range m.Chunks {
			was[c.SHA256] = true
		}
		fresh := 0
		for _, c := range later.Chunks {
			if packed, err := n.Chunk(ctx, sync.SharedLane, hall.FeedCatalogue, c.SHA256); err != nil || c.Check(packed) != nil {
				t.Errorf("after a restart: %v", err)
			}
			if !was[c.SHA256] {
				fresh++
			}
		}
		if fresh != 1 {
			t.Errorf("one entity is new, and %d pieces of %d", fresh, len(later.Chunks))
		}
		var gone *sync.Problem
		if _, err := n.Chunk(ctx, sync.SharedLane, hall.FeedCatalogue, "no such"); !errors.As(err, &gone) || gone.Code != sync.ProblemGone {
			t.Errorf("a piece that is none: %v", err)
		}

		// A new term is a new snapshot.
		if err := n.Recover(ctx, sync.SharedLane, 1); err != nil {
			t.Fatal(err)
		}
		if m, err := n.Manifest(ctx, sync.SharedLane, hall.FeedCatalogue, 0); err != nil || m.Epoch != later.Epoch+1 {
			t.Errorf("of the term %d, %v", m.Epoch, err)
		}
	})
}

// opened reads every piece.
func (n *node) opened(t *testing.T, m sync.Manifest) (all []sync.EntityValue) {
	t.Helper()
	for _, c := range m.Chunks {
		packed, err := n.Chunk(context.Background(), m.Lane, m.Feed, c.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		some, err := c.Open(packed)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// TestSnapshotOfNothing: an empty feed is a snapshot too.
func TestSnapshotOfNothing(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db")
	m, err := n.Manifest(t.Context(), hallLane, hall.FeedQueue, 99)
	if err != nil || len(m.Chunks) != 0 || m.Row != 0 || m.StateHash != (sync.StateSum{}).String() {
		t.Errorf("%+v %v", m, err)
	}
}
