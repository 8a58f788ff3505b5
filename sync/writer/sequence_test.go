package writer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/build/fuzz"
	"hallway/sync"
)

func TestResendGetsTheStoredVerdict(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		now := noon
		n := start(t, dsn, func(o *Options) { o.Clock = func() time.Time { return now } })
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 5)
		first := k.do(n, hall.TakeTicket, "t1", json.RawMessage(`{`+`"number":"AK001","lease":"`+l.ID+`","seq":1,"day":"2026-03-02","group":"g","class":"ordinary","offline":true}`))
		if first.Status != hall.Applied || first.Row == 0 {
			t.Fatalf("first: %+v", first)
		}
		now = now.AddDate(1, 0, 0) // a year later, after a restart
		n.restart()
		for range 3 {
			again := k.submit(n, k.sent...)
			if len(again) != 2 || !reflect.DeepEqual(again[1], first) {
				t.Fatalf("again: %+v, first %+v", again, first)
			}
		}
		if s := n.Stats(); s.Ops != 0 || s.Resent != 6 {
			t.Errorf("stats %+v", s)
		}
		n.verify()
	})
}

// However batches are cut, repeated, reordered and the writer killed, every
// operation is decided once, and the log is the one of an undisturbed run.
func TestExactlyOnceUnderResendAndReorder(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		run := 0
		switch {
		case strings.HasPrefix(dsn, "postgres"): // the same code, at a slower pace
			fuzz.Rounds(t, 15)
		case testing.Short():
			fuzz.Rounds(t, 40)
		}
		rapid.Check(t, func(rt *rapid.T) {
			run++
			k := kiosk(t)
			k.incarnation = fmt.Sprint("run", run)
			l := k.lease(n, 40)
			const ops = 12
			for i := range ops {
				k.seal(k.ticket(l, l.From+i))
			}
			before := n.head()
			seen := map[hall.OpID]sync.Verdict{}
			next := 2 // the lease was 1
			for next <= ops+1 {
				from := rapid.IntRange(1, ops+1).Draw(rt, "from")
				to := rapid.IntRange(from, ops+1).Draw(rt, "to")
				if rapid.IntRange(0, 39).Draw(rt, "kill") == 0 {
					n.restart()
				}
				reply, err := n.Submit(context.Background(), k.push(k.sent[from-1:to]...), k.origin())
				if err != nil {
					rt.Fatal(err)
				}
				if from > next {
					if reply.Problem == nil || reply.Problem.Code != sync.ProblemGap || reply.Problem.ResendFrom != int64(next) {
						rt.Fatalf("push from %d while %d is next: %+v", from, next, reply.Problem)
					}
					continue
				}
				next = max(next, to+1)
				for _, v := range reply.Verdicts {
					if old, ok := seen[v.OpID]; ok && !reflect.DeepEqual(old, v) {
						rt.Fatalf("verdict changed: %+v, then %+v", old, v)
					}
					seen[v.OpID] = v
				}
			}
			if got := n.head() - before; got != ops {
				rt.Fatalf("%d rows for %d tickets", got, ops)
			}
		})
		n.verify()
	})
}

// The name of a deadline can be worked out by anybody; a terminal cannot take it
// and so keep the deadline from running.
func TestDeadlinesNamesAreTheCentres(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 20)
		op := k.ticket(l, 1)
		op.ID = hall.DeadlineOpID(today+"#1", 1, hall.CloseDay)
		if v := k.submit(n, k.seal(op))[0]; v.Status != hall.Rejected {
			t.Fatalf("a terminal took a deadline's name: %+v", v)
		}
		k.submit(n, k.seal(k.ticket(l, 2)))
		if v := n.own(hall.CloseDay, string(op.ID), today, hall.CloseDayBody{Day: today}); v.Row == 0 {
			t.Errorf("the deadline did not run: %+v", v)
		}
		n.verify()
	})
}

// What no database could hold is refused before one sees it, and alone.
func TestEnvelopesThatCannotBe(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn, func(o *Options) { o.Step = counting })
		k := kiosk(t)
		k.submit(n, k.seal(countOp(k, 1)))
		good := k.seal(countOp(k, 1))
		for name, change := range map[string]func(*sync.Envelope){
			"hash":              func(e *sync.Envelope) { e.Hash = "\x00" },
			"hash of malformed": func(e *sync.Envelope) { e.Hash, e.Body = "\xff\x00", []byte(`{"op_id":1}`) },
			"terminal":          func(e *sync.Envelope) { e.Terminal, e.Seq = "\x00", 1 },
			"incarnation":       func(e *sync.Envelope) { e.Incarnation, e.Seq = "\xff", 1 },
			"lane":              func(e *sync.Envelope) { e.Lane, e.Seq = "\x00", 1 },
			"no number":         func(e *sync.Envelope) { e.Seq = -1 },
		} {
			bad := good
			change(&bad)
			reply, err := n.Submit(t.Context(), k.push(bad), k.origin())
			if err != nil || reply.Problem == nil || reply.Problem.Code != sync.ProblemInvalid || len(reply.Verdicts) != 0 {
				t.Errorf("%s: %+v %v", name, reply, err)
			}
		}
		if s := n.Stats(); s.Failures != 0 {
			t.Errorf("%d transactions failed", s.Failures)
		}
		if v := k.submit(n, good); v[0].Row != 2 {
			t.Errorf("%+v", v)
		}
		for name, change := range map[string]func(*hall.Op){
			"actor":  func(op *hall.Op) { op.Actor.Kind = "\x00" },
			"staff":  func(op *hall.Op) { op.Actor.ID = "\x00" },
			"entity": func(op *hall.Op) { op.Entity = "a\x00" },
			"hall":   func(op *hall.Op) { op.Hall = "\x00" },
		} {
			bad := countOp(k, 1)
			change(&bad)
			if v := k.submit(n, k.seal(bad)); v[0].Status != hall.Rejected || v[0].Reason.Code != "malformed" {
				t.Errorf("%s: %+v", name, v)
			}
		}
		n.verify()
	})
}

func TestGapForkHole(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 20)
		a, b, c := k.seal(k.ticket(l, 1)), k.seal(k.ticket(l, 2)), k.seal(k.ticket(l, 3))
		ctx := context.Background()
		problem := func(p sync.Push) *sync.Problem {
			t.Helper()
			r, err := n.Submit(ctx, p, k.origin())
			if err != nil {
				t.Fatal(err)
			}
			return r.Problem
		}
		if p := problem(k.push(b)); p == nil || p.Code != sync.ProblemGap || p.ResendFrom != 2 {
			t.Fatalf("gap: %+v", p)
		}
		k.submit(n, a)

		// Another operation under a number that is known: a cloned disk.
		clone := kiosk(t)
		clone.sent = append(clone.sent, k.sent[0])
		clone.n = 100
		forked := clone.seal(clone.ticket(l, 9))
		if p := problem(clone.push(forked)); p == nil || p.Code != sync.ProblemFork {
			t.Fatalf("fork by content: %+v", p)
		}
		// The next number, but not after what is known.
		after := clone.seal(clone.ticket(l, 10))
		if p := problem(clone.push(after)); p == nil || p.Code != sync.ProblemFork {
			t.Fatalf("fork by chain: %+v", p)
		}
		lives := func(want int64) {
			t.Helper()
			if got, err := n.NewLives(ctx); got != want || err != nil {
				t.Fatalf("%d incarnations after the first, want %d: %v", got, want, err)
			}
		}
		lives(0)
		// Under a new incarnation the clone's outbox is taken.
		clone2 := kiosk(t)
		clone2.incarnation = "i2"
		for i, e := range []sync.Envelope{forked, after} {
			if v := clone2.submit(n, clone2.sealBytes(e.Body))[0]; v.Status != hall.Applied || v.Seq != int64(i+1) {
				t.Fatalf("after the new incarnation: %+v", v)
			}
		}
		lives(1)

		// b is lost for ever: declared, recorded, and c goes on.
		hole := k.push(c)
		hole.HoleFrom = 2 // wrong: 2 was received
		if p := problem(hole); p == nil || p.Code != sync.ProblemGap {
			t.Fatalf("wrong hole: %+v", p)
		}
		hole.HoleFrom = 3
		reply, err := n.Submit(ctx, hole, k.origin())
		if err != nil || reply.Problem != nil || reply.Verdicts[0].Status != hall.Applied {
			t.Fatalf("hole: %+v %v", reply, err)
		}
		if p := problem(hole); p != nil {
			t.Fatalf("hole again: %+v", p)
		}
		if p := problem(k.push(b)); p == nil || p.Code != sync.ProblemFork {
			t.Fatalf("from inside the hole: %+v", p)
		}
		due, err := n.DueEffects(ctx, noon, 10)
		if err != nil || len(due) != 1 || due[0].Kind != EffectHole {
			t.Fatalf("work item: %+v %v", due, err)
		}
		var h Hole
		if err := json.Unmarshal(due[0].Payload, &h); err != nil || h.From != 3 || h.To != 3 || h.Terminal != "K1" {
			t.Fatalf("hole %+v %v", h, err)
		}
		n.verify()
	})
}

func TestOpIDIsUniqueAcrossIncarnations(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 5)
		op := k.ticket(l, 1)
		first := k.submit(n, k.seal(op))[0]
		k2 := kiosk(t)
		k2.incarnation = "i2"
		again := k2.submit(n, k2.seal(op))[0]
		want := first
		want.Seq = 1
		if !reflect.DeepEqual(again, want) {
			t.Fatalf("again %+v, first %+v", again, first)
		}
		// The same identity with another body is no operation, and blocks nothing.
		other := k2.ticket(l, 2)
		other.ID = op.ID
		e := k2.seal(other)
		v := k2.submit(n, e, k2.seal(k2.ticket(l, 3)))
		if v[0].Status != hall.Rejected || v[0].Reason.Code != "op_id_conflict" || v[1].Status != hall.Applied {
			t.Fatalf("conflict: %+v", v)
		}
		if back := k2.submit(n, e)[0]; !reflect.DeepEqual(back, v[0]) {
			t.Fatalf("conflict again: %+v, first %+v", back, v[0])
		}
		if rows := all(t, n, hallLane, hall.FeedQueue, 0); len(rows) != 2 {
			t.Fatalf("%d rows", len(rows))
		}
	})
}

func TestProposeIsIdempotent(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		op := centreOp(t, hall.CloseDay, "close-1", today, hall.CloseDayBody{Day: today})
		first, err := n.Propose(t.Context(), op)
		if err != nil {
			t.Fatal(err)
		}
		n.restart()
		again, err := n.Propose(t.Context(), op)
		again.Seq = first.Seq
		if err != nil || !reflect.DeepEqual(first, again) {
			t.Fatalf("%+v, then %+v %v", first, again, err)
		}
		var p *sync.Problem
		if _, err := n.Propose(t.Context(), hall.Op{Kind: hall.CloseDay}); !errors.As(err, &p) || p.Code != sync.ProblemInvalid {
			t.Errorf("without an id: %v", err)
		}
	})
}

func TestRejectionBlocksOnlyItsDependants(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 5)
		bad := k.ticket(l, 99) // not owned
		child := k.op(hall.SlipPrinted, "t-AK099", hall.SlipPrintedBody{Job: "j", Outcome: "confirmed"})
		child.DependsOn = []hall.OpID{bad.ID}
		grandchild := k.op(hall.SlipPrinted, "t-AK099", hall.SlipPrintedBody{Job: "j2", Outcome: "confirmed"})
		grandchild.DependsOn = []hall.OpID{child.ID}
		good := k.ticket(l, 1)
		goodChild := k.op(hall.SlipPrinted, "t-AK001", hall.SlipPrintedBody{Job: "j3", Outcome: "confirmed"})
		goodChild.DependsOn = []hall.OpID{good.ID}
		orphan := k.op(hall.LeaseNumbers, "AK/"+today, hall.LeaseNumbersBody{Series: "AK/" + today, Group: "g", Day: today, Count: 1, Offline: true})
		orphan.DependsOn = []hall.OpID{"never-seen"}
		v := k.submit(n, k.seal(bad), k.seal(child), k.seal(grandchild), k.sealBytes([]byte(`{"op_id":7}`)), k.seal(good), k.seal(goodChild), k.seal(orphan))
		for i, want := range []struct {
			status hall.VerdictStatus
			reason string
		}{
			{hall.Rejected, "number_not_owned"}, {hall.RejectedDependency, "dependency_rejected"}, {hall.RejectedDependency, "dependency_rejected"},
			{hall.Rejected, "malformed"}, {hall.Applied, ""}, {hall.Applied, ""}, {hall.RejectedDependency, "dependency_unknown"},
		} {
			if v[i].Status != want.status || v[i].Reason.Code != want.reason || v[i].Seq != int64(i+2) {
				t.Errorf("%d: %+v, want %v", i, v[i], want)
			}
		}
		if again := k.submit(n, k.sent...); !reflect.DeepEqual(again[1:], v) {
			t.Errorf("again %+v", again)
		}
	})
}

func TestDamagedOrForeignPushes(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db")
	n.furnish(1)
	k := kiosk(t)
	l := k.lease(n, 5)
	e := k.seal(k.ticket(l, 1))
	for name, c := range map[string]struct {
		change func(*sync.Push, *Origin)
		code   string
	}{
		"damaged body":      {func(p *sync.Push, _ *Origin) { p.Ops[0].Body = []byte(`{"a":1}`) }, sync.ProblemInvalid},
		"other terminal in": {func(p *sync.Push, _ *Origin) { p.Ops[0].Terminal = "K2" }, sync.ProblemInvalid},
		"token of another":  {func(_ *sync.Push, o *Origin) { o.Terminal = "K2" }, sync.ProblemAuth},
		"as the centre":     {func(p *sync.Push, o *Origin) { p.Terminal, o.Terminal = Centre, Centre }, sync.ProblemAuth},
		"other lane":        {func(p *sync.Push, _ *Origin) { p.Lane = sync.SharedLane }, sync.ProblemAuth},
		"no lanes":          {func(_ *sync.Push, o *Origin) { o.Lanes = nil }, sync.ProblemAuth},
		"incarnation":       {func(p *sync.Push, _ *Origin) { p.Incarnation = "a\x00b" }, sync.ProblemInvalid},
		"empty":             {func(p *sync.Push, _ *Origin) { p.Ops = nil }, sync.ProblemInvalid},
		"too many":          {func(p *sync.Push, _ *Origin) { p.Ops = make([]sync.Envelope, MaxOps+1) }, sync.ProblemInvalid},
	} {
		p, o := k.push(e), k.origin()
		c.change(&p, &o)
		reply, err := n.Submit(t.Context(), p, o)
		var problem *sync.Problem
		if !errors.As(err, &problem) {
			problem = reply.Problem
		}
		if problem == nil || problem.Code != c.code || problem.Hint == "" || len(reply.Verdicts) != 0 {
			t.Errorf("%s: %+v %v", name, reply, err)
		}
	}
	k.submit(n, e) // and it is still taken as it was
}

// Whatever bytes an operation has, it gets a verdict and the next one too.
func TestGarbageOperationsGetVerdicts(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 5)
		op := k.ticket(l, 1)
		with := func(change func(*hall.Op)) []byte {
			o := op
			o.ID += "x"
			change(&o)
			return raw(t, o)
		}
		for name, body := range map[string][]byte{
			"nothing": nil, "null": []byte(`null`), "list": []byte(`[]`), "text": []byte(`"厅"`), "number": []byte(`1e400`), "object": []byte(`{}`),
			"nul in id":     with(func(o *hall.Op) { o.ID = "a\x00b" }),
			"nul in entity": with(func(o *hall.Op) { o.Entity = "a\x00b" }),
			"long entity":   with(func(o *hall.Op) { o.Entity = string(make([]byte, 5000)) }),
			"other lane":    with(func(o *hall.Op) { o.Lane = sync.SharedLane }),
			"other hall":    with(func(o *hall.Op) { o.Hall = "11010001" }),
			"other device":  with(func(o *hall.Op) { o.Terminal = "K2" }),
			"unknown kind":  with(func(o *hall.Op) { o.Kind = "burn" }),
			"no body":       with(func(o *hall.Op) { o.Body = nil }),
			"body a list":   with(func(o *hall.Op) { o.Body = []byte(`[1]`) }),
			"nul in group":  with(func(o *hall.Op) { o.Body = []byte(`{"number":"AK001","seq":1,"day":"2026-03-02","group":"a\u0000b"}`) }),
		} {
			v := k.submit(n, k.sealBytes(body))[0]
			if v.Status != hall.Rejected || v.Reason.Code == "" || v.OpID == "" {
				t.Errorf("%s: %+v", name, v)
			}
		}
		if v := k.submit(n, k.seal(op))[0]; v.Status != hall.Applied {
			t.Fatalf("after the garbage: %+v", v)
		}
		n.verify()
	})
}
