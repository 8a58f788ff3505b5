package writer

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"hallway/app/hall"
)

const entitySeen hall.EntityKind = "seen"

// seenBy is a rule by which an entity is all that was seen of it.
func seenBy(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
	if op.Kind != hall.SlipPrinted {
		return hall.Step(w, op, c)
	}
	ids, _, err := hall.Load[[]hall.OpID](w, entitySeen, op.Entity)
	if err != nil || slices.Contains(ids, op.ID) {
		return hall.Outcome{Status: hall.Noop}, err
	}
	value, err := json.Marshal(append(ids, op.ID))
	return hall.Outcome{Status: hall.Applied, Result: json.RawMessage(`{}`),
		Changes: []hall.Change{{Feed: hall.FeedQueue, Event: "seen", Kind: entitySeen, ID: op.Entity, Value: value}}}, err
}

// seenNow is what the writer has, by entity.
func seenNow(t *testing.T, n *node, entities int) (out [][]hall.OpID) {
	for i := range entities {
		ids, _, err := hall.Load[[]hall.OpID](n.World(t.Context(), hallLane), entitySeen, fmt.Sprint("e", i))
		if err != nil {
			t.Fatal(err)
		}
		for j, id := range ids {
			if slices.Contains(ids[:j], id) {
				t.Fatalf("%s is there twice: %v", id, ids)
			}
		}
		out = append(out, ids)
	}
	return out
}

// TestNothingSeenIsLost: several terminals see something of the same entities; the
// centre is put back; what they hold comes back in any order, a part of it after
// the recovery is over, and followers bring the rows that they have. Whatever
// somebody brought, as an operation or in a row, is there in the end, once; so is
// what was seen since (every other seed): what rows had more than that is listed.
func TestNothingSeenIsLost(t *testing.T) {
	seeds := uint64(25)
	if testing.Short() {
		seeds = 10
	}
	eachDB(t, func(t *testing.T, dsn string) {
		for seed := range seeds {
			if seed > 0 && dsn[:6] != "sqlite" {
				return // one database
			}
			rnd := rand.New(rand.NewPCG(seed, 3))
			morning(t, rnd, seed, dsn)
		}
	})
}

func morning(t *testing.T, rnd *rand.Rand, seed uint64, dsn string) {
	const entities, steps = 3, 40
	rules := func(o *Options) { fixedKeys(o); o.Step = seenBy }
	first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), rules)
	furnished(first)
	keepers := []*keeper{keep(kiosk(t)), keep(kiosk(t)), keep(kiosk(t))}
	for i, k := range keepers {
		k.id = fmt.Sprint("K", i+1)
		k.act(first, k.op(hall.SlipPrinted, "e0", struct{}{}))
	}
	var before [3]int
	cut := rnd.IntN(steps)
	made := map[hall.OpID]int{} // by which terminal
	for step := range steps {
		if step == cut {
			for i, k := range keepers {
				before[i] = len(k.sent)
			}
		}
		i := rnd.IntN(3)
		op := keepers[i].op(hall.SlipPrinted, fmt.Sprint("e", rnd.IntN(entities)), struct{}{})
		made[op.ID] = i
		keepers[i].act(first, op)
	}
	want, kept := seenNow(t, first, entities), tail(t, first)

	if seed > 0 {
		dsn = "sqlite:" + filepath.Join(t.TempDir(), "put-back.db")
	}
	n := start(t, dsn, rules)
	again(t, n, keepers, before)
	if err := n.Recover(t.Context(), hallLane, 1); err != nil {
		t.Fatal(err)
	}
	brought := map[hall.OpID]bool{} // in a row
	follow := func(who string) {
		part := kept[:0:0]
		for _, r := range kept {
			if rnd.IntN(4) > 0 && r.Kind == entitySeen && r.Row <= kept[len(kept)-1].Row*int64(rnd.IntN(5))/4 {
				part = append(part, r)
			}
		}
		if len(part) == 0 {
			return
		}
		bring(t, n, who, part, 1+rnd.IntN(9))
		for _, r := range part {
			var ids []hall.OpID
			if err := json.Unmarshal(r.Value, &ids); err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				brought[id] = true
			}
		}
		if err := n.Offered(t.Context(), hallLane, who); err != nil {
			t.Fatal(err)
		}
	}
	fresh := map[int][]hall.OpID{}
	check := func(when string, all bool, here ...int) {
		t.Helper()
		got := seenNow(t, n, entities)
		for e := range want {
			for _, id := range want[e] {
				if i, ok := made[id]; (all || !ok || brought[id] && seed%2 == 0 || slices.Contains(here, i)) && !slices.Contains(got[e], id) {
					t.Fatalf("seed %d, %s: %s of e%d is lost: %v, was %v", seed, when, id, e, got[e], want[e])
				}
			}
			for _, id := range fresh[e] {
				if !slices.Contains(got[e], id) {
					t.Fatalf("seed %d, %s: the new %s of e%d is lost: %v", seed, when, id, e, got[e])
				}
			}
		}
	}
	besides := keep(kiosk(t))
	besides.id = "K4"
	since := func() {
		for range rnd.IntN(3) * int(seed%2) {
			e := rnd.IntN(entities)
			op := besides.op(hall.SlipPrinted, fmt.Sprint("e", e), struct{}{})
			besides.act(n, op)
			fresh[e] = append(fresh[e], op.ID)
		}
	}
	order := rnd.Perm(3)
	early := order[:rnd.IntN(3)]
	follow("C8")
	for _, i := range early {
		keepers[i].offer(n, 0)
	}
	n.over(t)
	check("at the end of the recovery", false, early...)
	since()
	follow("C9")
	check("after a late follower", false, early...)
	for at, i := range order[len(early):] {
		if !keepers[i].offer(n, 0) {
			t.Fatalf("seed %d: %s is still waiting", seed, keepers[i].id)
		}
		since()
		check("after one that came late", false, order[:len(early)+at+1]...)
	}
	follow("C7")
	check("with all", true)
	n.verify()
	rs, err := n.Restores(t.Context())
	if err != nil || len(rs) != 1 || len(rs[0].Aside) > 0 && seed%2 == 0 {
		t.Fatalf("seed %d: %+v %v", seed, rs, err)
	}
}
