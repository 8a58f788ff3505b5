package writer

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	gosync "sync"
	"testing"
	"time"

	"hallway/sync/pgtest"
)

// waiting puts effects into the outbox.
func waiting(t testing.TB, n *node, count int) {
	t.Helper()
	err := n.Private(context.Background(), func(ctx context.Context, tx *sql.Tx) error {
		for i := range count {
			if _, err := tx.ExecContext(ctx, `INSERT INTO effect (id, lane, op_id, kind, payload, due_us, done_us, attempts, note) VALUES ($1, $2, '', 'call', 'x', $3, 0, 0, '')`,
				fmt.Sprintf("e%03d", i), hallLane, noon.Add(-time.Minute).UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func claim(t testing.TB, n *node, f EffectFilter, limit int) (ids []string) {
	t.Helper()
	all, err := n.ClaimEffects(context.Background(), noon, f, limit)
	if err != nil {
		t.Error(err)
	}
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return ids
}

// TestEachEffectIsOnes: of several writers each effect is one's, whoever asks when;
// one that dies, stops or puts it off leaves it to the others.
func TestEachEffectIsOnes(t *testing.T) {
	pgtest.Only(t, func(t *testing.T, dsn string) {
		var mu gosync.Mutex
		now := noon
		clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		later := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
		nodes := make([]*node, 3)
		for i := range nodes {
			nodes[i] = start(t, dsn, fixedKeys, func(o *Options) { o.Node, o.Clock = fmt.Sprint("node", i), clock })
		}
		const count = 60
		waiting(t, nodes[0], count)
		got := make([][]string, len(nodes))
		for i, n := range nodes[:2] { // these two have some in any case
			got[i] = claim(t, n, EffectFilter{}, 10)
		}
		var wg gosync.WaitGroup
		for i, n := range nodes {
			wg.Go(func() {
				for range 30 {
					for _, id := range claim(t, n, EffectFilter{Only: []string{"call"}}, 7+len(got[i])) {
						if !slices.Contains(got[i], id) {
							got[i] = append(got[i], id)
						}
					}
				}
			})
		}
		wg.Wait()
		all := slices.Concat(got...)
		slices.Sort(all)
		if len(all) != count || len(slices.Compact(all)) != count {
			t.Fatalf("%d were claimed of %d", len(all), count)
		}
		a, b := nodes[0], nodes[1]
		// A works on, the others are silent: nothing of A's is anybody else's.
		later(claimFor * 2 / 3)
		if ids := claim(t, a, EffectFilter{}, count); len(ids) != len(got[0]) {
			t.Errorf("A holds %d, held %d", len(ids), len(got[0]))
		}
		later(claimFor * 2 / 3)
		taken := claim(t, b, EffectFilter{}, count)
		if len(taken) != count-len(got[0]) {
			t.Errorf("B took %d over, %d were left", len(taken), count-len(got[0]))
		}
		for _, id := range got[0] {
			if slices.Contains(taken, id) {
				t.Errorf("%s is A's", id)
			}
		}
		if err := a.DeferEffect(t.Context(), got[0][0], noon, "tried"); err != nil {
			t.Fatal(err)
		}
		if ids := claim(t, b, EffectFilter{}, count); !slices.Contains(ids, got[0][0]) {
			t.Error("what was put off is nobody's")
		}
		if err := a.CompleteEffect(t.Context(), taken[0]); err != nil { // A had been slow
			t.Fatal(err)
		}
		if ids := claim(t, b, EffectFilter{}, count); slices.Contains(ids, taken[0]) {
			t.Error("what was done is claimed")
		}
		if err := a.ReleaseEffects(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ids := claim(t, b, EffectFilter{}, count); len(ids) != count-1 {
			t.Errorf("B has %d of %d after A stopped", len(ids), count-1)
		}
	})
}

// TestClaimsOnBoth: the same statements on both databases; a process that starts
// again has what it had, and one that is alone needs no claims.
func TestClaimsOnBoth(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn, fixedKeys, func(o *Options) { o.Node = "only" })
		waiting(t, n, 3)
		if ids := claim(t, n, EffectFilter{Except: []string{"other"}}, 2); len(ids) != 2 {
			t.Errorf("claimed %v", ids)
		}
		n.restart()
		if ids := claim(t, n, EffectFilter{}, 5); len(ids) != 3 {
			t.Errorf("after a restart %v", ids)
		}
		if ids := claim(t, n, EffectFilter{Only: []string{"other"}}, 5); len(ids) != 0 {
			t.Errorf("of another kind %v", ids)
		}
	})
	alone := start(t, "sqlite:"+filepath.Join(t.TempDir(), "alone.db"), fixedKeys)
	waiting(t, alone, 3)
	before := alone.Stats().Transactions
	if ids := claim(t, alone, EffectFilter{}, 5); len(ids) != 3 || alone.Stats().Transactions != before {
		t.Errorf("alone %v", ids)
	}
}
