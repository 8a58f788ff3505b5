package writer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// keeper is a terminal with the verdicts that it got.
type keeper struct {
	*device
	verdicts map[int64]sync.Verdict
	when     map[int64]int64 // each was first decided, counted over all terminals
}

var decided atomic.Int64

func keep(d *device) *keeper { return &keeper{d, map[int64]sync.Verdict{}, map[int64]int64{}} }

// act does one operation and keeps its verdict.
func (k *keeper) act(n *node, op hall.Op) sync.Verdict {
	k.t.Helper()
	v := k.submit(n, k.seal(op))[0]
	k.verdicts[v.Seq], k.when[v.Seq] = v, decided.Add(1)
	return v
}

// offer sends everything from a place on again, with its verdicts, as far as
// the writer takes it; it says whether that was all.
func (k *keeper) offer(n *node, from int) bool {
	k.t.Helper()
	for i := from; i < len(k.sent); i++ {
		e := k.sent[i]
		if v, ok := k.verdicts[e.Seq]; ok {
			v.At = v.At.Truncate(time.Millisecond) // as it is kept
			e.Held = &v
		}
		reply, err := n.Submit(k.t.Context(), k.push(e), k.origin())
		if err != nil {
			k.t.Fatal(err)
		}
		if p := reply.Problem; p != nil {
			switch p.Code {
			case sync.ProblemBusy:
				return false
			case sync.ProblemGap:
				i = int(p.ResendFrom) - 2
				continue
			}
			k.t.Fatalf("%s: %v", k.id, p)
		}
		if was, ok := k.verdicts[e.Seq]; ok {
			now := reply.Verdicts[0]
			if now.Status != was.Status || now.Reason.Code != was.Reason.Code || !hall.SameResult(was.Result, now.Result) || now.Order != was.Order {
				k.t.Fatalf("%s %d was decided as %+v, now as %+v", k.id, e.Seq, was, now)
			}
		}
		k.verdicts[e.Seq] = reply.Verdicts[0]
	}
	return true
}

func fixedKeys(o *Options) {
	o.Keys = Keys{MAC: fixedKey("mac"), Seal: fixedKey("seal"), Lookup: fixedKey("lookup")}
}

func furnished(n *node) {
	n.furnish(1)
	n.own(hall.EnrolTerminal, "enrol-k2", "K2", hall.EnrolTerminalBody{Role: "kiosk", Letter: "M"})
	n.own(hall.EnrolTerminal, "enrol-c1", "C1", hall.EnrolTerminalBody{Role: "counter", Letter: "C", Window: "1"})
}

// live does a random morning: numbers are leased and spent at two kiosks, and
// called at a counter.
func live(t *testing.T, n *node, rnd *rand.Rand, steps, cut int) (keepers []*keeper, before [3]int) {
	furnished(n)
	k1, k2, c := keep(kiosk(t)), keep(kiosk(t)), keep(counter(t, 1))
	k2.id = "K2"
	keepers = []*keeper{k1, k2, c}
	leases := map[*keeper][]hall.Lease{}
	c.act(n, c.op(hall.OpenWindow, "1", hall.OpenWindowBody{}))
	for _, k := range keepers[:2] { // every terminal is known from before the backup
		k.act(n, k.op(hall.SlipPrinted, "nobody", hall.SlipPrintedBody{Job: "j", Outcome: "confirmed"}))
	}
	for step := range steps {
		if step == cut {
			for i, k := range keepers {
				before[i] = len(k.sent)
			}
		}
		k := keepers[rnd.IntN(3)]
		if k == c {
			v := c.act(n, c.op(hall.CallNext, "1", hall.CallNextBody{}))
			var r hall.CallResult
			if json.Unmarshal(v.Result, &r) == nil && r.Ticket.ID != "" {
				c.act(n, c.op(hall.StartService, r.Ticket.ID, hall.TicketActBody{Window: "1"}))
				c.act(n, c.op(hall.FinishService, r.Ticket.ID, hall.TicketActBody{Window: "1"}))
			}
			continue
		}
		if len(leases[k]) == 0 || rnd.IntN(4) == 0 {
			v := k.act(n, k.op(hall.LeaseNumbers, "A/"+today, hall.LeaseNumbersBody{Series: "A/" + today, Group: "g", Day: today, Count: 1 + rnd.IntN(4)}))
			var r hall.LeaseResult
			if err := json.Unmarshal(v.Result, &r); err != nil {
				t.Fatal(v, err)
			}
			leases[k] = append(leases[k], r.Lease)
			continue
		}
		l := &leases[k][0]
		op := k.ticket(*l, l.From)
		body := hall.TakeTicketBody{Number: hall.FormatNumber(l.Prefix, l.From), Lease: l.ID, Seq: l.From, Day: today, Group: "g", Item: "i", Class: hall.ClassOrdinary}
		op.Body = raw(t, body)
		k.act(n, op)
		if l.From++; l.From > l.To {
			leases[k] = leases[k][1:]
		}
	}
	return keepers, before
}

// again brings a writer to where the backup was: the same operations, decided
// as they were, in their order.
func again(t *testing.T, n *node, keepers []*keeper, before [3]int) {
	furnished(n)
	type sent struct {
		k *keeper
		e sync.Envelope
	}
	var all []sent
	for i, k := range keepers {
		for _, e := range k.sent[:before[i]] {
			all = append(all, sent{k, e})
		}
	}
	slices.SortFunc(all, func(a, b sent) int { return int(a.k.when[a.e.Seq] - b.k.when[b.e.Seq]) })
	for _, s := range all {
		v := s.k.submit(n, s.e)[0]
		if was := s.k.verdicts[s.e.Seq]; v.Status != was.Status || !hall.SameResult(was.Result, v.Result) || v.Row != was.Row {
			t.Fatalf("%s %d: %+v, was %+v", s.k.id, s.e.Seq, v, was)
		}
	}
}

// queueOf is the queue as it stands, without what only says when it was decided.
func queueOf(t *testing.T, n *node) (string, map[string]string) {
	t.Helper()
	q, err := n.World(t.Context(), hallLane).Queue(today)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	at := map[string]string{}
	for _, tk := range q.Tickets() {
		if tk.Note.Code != "" {
			t.Errorf("%s has a note: %v", tk.Number, tk.Note)
		}
		if was, twice := at[tk.Number]; twice {
			t.Errorf("%s is %s and %s", tk.Number, was, tk.ID)
		}
		at[tk.Number] = tk.ID
		lines = append(lines, fmt.Sprint(tk.Number, tk.ID, tk.State, tk.Order, tk.Terminal, tk.Window))
	}
	return strings.Join(lines, "\n"), at
}

// TestPutBackAnywhere: put back to any moment of a morning, the centre gets
// everything again that terminals hold, whatever order they come in: the same
// tickets under the same numbers in the same order, the same calls; and no
// number is given twice, also to a terminal that comes before the others.
func TestPutBackAnywhere(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		for seed := range uint64(6) {
			rnd := rand.New(rand.NewPCG(seed, 5))
			first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
			const steps = 60
			keepers, before := live(t, first, rnd, steps, rnd.IntN(steps-5))
			want, _ := queueOf(t, first)
			if seed > 0 {
				dsn = "sqlite:" + filepath.Join(t.TempDir(), "put-back.db")
			}
			n := start(t, dsn, fixedKeys)
			again(t, n, keepers, before)
			head := n.head()
			// Nothing tells but what a terminal holds.
			done := [3]bool{}
			for round := 0; done != [3]bool{true, true, true}; round++ {
				if round > 200 {
					t.Fatalf("seed %d: it never ends: %v", seed, done)
				}
				i := rnd.IntN(3)
				k := keepers[i]
				if done[i] {
					// All of this terminal is back; a new wish waits for the others.
					e := k.sealBytes(raw(t, k.op(hall.LeaseNumbers, "A/"+today, hall.LeaseNumbersBody{Series: "A/" + today, Group: "g", Day: today, Count: 1})))
					k.sent = k.sent[:len(k.sent)-1]
					reply, err := n.Submit(t.Context(), k.push(e), k.origin())
					if err != nil || reply.Problem == nil || reply.Problem.Code != sync.ProblemBusy {
						t.Fatalf("seed %d: something new was decided before everything old was back: %+v %v", seed, reply, err)
					}
					continue
				}
				from := before[i]
				if from > 0 && rnd.IntN(2) == 0 {
					from--
				}
				if done[i] = k.offer(n, from); done[i] && (done != [3]bool{true, true, true}) {
					if err := n.Offered(t.Context(), hallLane, k.id); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Millisecond) // a recovery begins beside
			}
			got, numbers := queueOf(t, n)
			if got != want {
				t.Fatalf("seed %d: the queue was\n%s\nnow\n%s", seed, want, got)
			}
			for _, k := range keepers {
				if err := n.Offered(t.Context(), hallLane, k.id); err != nil {
					t.Fatal(err)
				}
			}
			n.verify()
			all, err := n.Restores(t.Context())
			if err != nil || len(all) != 1 || len(all[0].Lost) > 0 || len(all[0].Aside) > 0 || all[0].From != head || !all[0].Ended || len(all[0].Missing) > 0 {
				t.Fatalf("seed %d: %+v %v", seed, all, err)
			}
			// What is given afresh is nobody's.
			k := keepers[0]
			v := k.act(n, k.op(hall.LeaseNumbers, "A/"+today, hall.LeaseNumbersBody{Series: "A/" + today, Group: "g", Day: today, Count: 3}))
			var r hall.LeaseResult
			if err := json.Unmarshal(v.Result, &r); err != nil || r.Lease.From <= 500 {
				t.Fatalf("seed %d: %+v %v", seed, v, err)
			}
			for i := r.Lease.From; i <= r.Lease.To; i++ {
				if id := numbers[hall.FormatNumber("A", i)]; id != "" {
					t.Errorf("seed %d: number %d is given twice, it is %s", seed, i, id)
				}
			}
		}
	})
}

// TestPutBackWithoutEverybody: a terminal that is off while the lane recovers
// holds it up for a while only. What it brings later is taken as it was: its
// block is its own, the ticket that it printed is valid.
func TestPutBackWithoutEverybody(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
		furnished(first)
		k1, k2 := keep(kiosk(t)), keep(kiosk(t))
		k2.id = "K2"
		wish := func(k *keeper, n *node) hall.Lease {
			v := k.act(n, k.op(hall.LeaseNumbers, "A/"+today, hall.LeaseNumbersBody{Series: "A/" + today, Group: "g", Day: today, Count: 2}))
			var r hall.LeaseResult
			if err := json.Unmarshal(v.Result, &r); err != nil {
				t.Fatal(err)
			}
			return r.Lease
		}
		wish(k1, first)
		wish(k2, first)
		before := [3]int{1, 1, 0}
		block := wish(k1, first)
		op := k1.ticket(block, block.From)
		k1.act(first, op)
		wish(k2, first)
		now := noon
		n := start(t, dsn, fixedKeys, func(o *Options) { o.Clock = func() time.Time { return now } })
		again(t, n, []*keeper{k1, k2}, before)
		if err := n.Recover(t.Context(), hallLane, 1); err != nil {
			t.Fatal(err)
		}
		if !k2.offer(n, 0) {
			t.Fatal("what K2 holds was not taken")
		}
		if err := n.Offered(t.Context(), hallLane, "K2"); err != nil {
			t.Fatal(err)
		}
		all, err := n.Restores(t.Context())
		if err != nil || all[0].Ended || !slices.Equal(all[0].Missing, []string{"K1"}) {
			t.Fatalf("%+v %v", all, err)
		}
		late := centreOp(t, hall.PostNotice, "own-notice", hallCode, struct{}{})
		late.Lane = hallLane
		if _, err := n.Propose(t.Context(), late); !isBusy(err) {
			t.Errorf("the centre's own act while the lane recovers: %v", err)
		}
		now = noon.Add(recoverFor)
		fresh := wish(k2, n)
		if fresh.From <= 500 {
			t.Errorf("%+v is given afresh", fresh)
		}
		if !k1.offer(n, 0) {
			t.Fatal("what K1 holds was not taken")
		}
		if _, numbers := queueOf(t, n); numbers[hall.FormatNumber("A", block.From)] != op.Entity {
			t.Errorf("the printed ticket: %v", numbers)
		}
		again := wish(k1, n)
		if again.From <= fresh.To {
			t.Errorf("%+v after %+v", again, fresh)
		}
		n.verify()
	})
}

func isBusy(err error) bool {
	var p *sync.Problem
	return errors.As(err, &p) && p.Code == sync.ProblemBusy
}

// What nobody held is listed, with how far a follower had come; a verdict that
// was changed proves nothing.
func TestWhatNobodyHeldIsListed(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
		furnished(first)
		k := keep(kiosk(t))
		lease := k.act(first, k.op(hall.LeaseNumbers, "AK/"+today, hall.LeaseNumbersBody{Series: "AK/" + today, Group: "g", Day: today, Count: 20, Offline: true}))
		var r hall.LeaseResult
		if err := json.Unmarshal(lease.Result, &r); err != nil {
			t.Fatal(err)
		}
		head := first.head()
		other := keep(kiosk(t))
		other.id = "K2"
		other.act(first, other.op(hall.LeaseNumbers, "AM/"+today, hall.LeaseNumbersBody{Series: "AM/" + today, Group: "g", Day: today, Count: 2, Offline: true})) // two rows that nobody brings
		k.act(first, k.ticket(r.Lease, 1))
		at := first.head()
		n := start(t, dsn, fixedKeys)
		again(t, n, []*keeper{k}, [3]int{1})
		if err := n.Recover(t.Context(), hallLane, 1); err != nil {
			t.Fatal(err)
		}
		forged := k.sent[1]
		v := k.verdicts[2]
		v.Result = json.RawMessage(`{"lease":{"from":900}}`)
		forged.Held = &v
		reply, err := n.Submit(t.Context(), k.push(forged), k.origin())
		if err != nil || reply.Problem == nil || reply.Problem.Code != sync.ProblemBusy {
			t.Errorf("a forged verdict: %+v %v", reply, err)
		}
		if !k.offer(n, 0) {
			t.Fatal("not taken")
		}
		_, err = n.Rows(t.Context(), sync.Cursor{Epoch: 1, Lane: hallLane, Feed: hall.FeedQueue, Row: at + 3, Hash: "x"}, 0)
		var p *sync.Problem
		if !errors.As(err, &p) || p.Code != sync.ProblemRewind {
			t.Errorf("a follower that is ahead: %v", err)
		}
		want := []Range{{head + 1, head + 2}, {at + 1, at + 3}}
		var all []Restore
		for range 200 { // the follower is noted beside
			if all, err = n.Restores(t.Context()); err == nil && len(all) == 1 && slices.Equal(all[0].Lost, want) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if err != nil || len(all) != 1 || !slices.Equal(all[0].Lost, want) || all[0].Back != 1 {
			t.Errorf("%+v %v", all, err)
		}
	})
}

// TestGenerationFile: a database file that was put back is behind the file that
// follows it, and the new term begins before anybody asks.
func TestGenerationFile(t *testing.T) {
	dir := t.TempDir()
	path, gen := filepath.Join(dir, "centre.db"), filepath.Join(dir, "writer.generation")
	n := start(t, "sqlite:"+path, fixedKeys, func(o *Options) { o.Generation = gen })
	furnished(n)
	epochs := func() (hallwide, shared int64) {
		t.Helper()
		_, a, err := n.Head(t.Context(), hallLane)
		_, b, err2 := n.Head(t.Context(), sync.SharedLane)
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		return a, b
	}
	k := keep(kiosk(t))
	k.lease(n, 10)
	n.restart()
	if a, b := epochs(); a != 1 || b != 1 {
		t.Fatalf("terms %d and %d after a restart", a, b)
	}
	if _, err := n.db.write.Exec("VACUUM INTO ?", filepath.Join(dir, "backup.db")); err != nil {
		t.Fatal(err)
	}
	k.lease(n, 10)
	for range 400 {
		if g, err := readGeneration(gen); err == nil && g.Lanes[hallLane].Row == n.head() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "backup.db"))
	for _, f := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + f)
	}
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.open()
	if a, b := epochs(); a != 2 || b != 1 {
		t.Errorf("terms %d and %d after the restore", a, b)
	}
	if on, err := n.Recovering(context.Background(), hallLane); err != nil || !on {
		t.Errorf("recovering: %v %v", on, err)
	}
	n.restart()
	if a, _ := epochs(); a != 2 {
		t.Errorf("term %d after another start", a)
	}
	db := n.db.write
	if err := MarkRestored(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	n.restart()
	n.restart()
	if a, b := epochs(); a != 3 || b != 2 {
		t.Errorf("terms %d and %d after the restore command", a, b)
	}
}
