package writer

import (
	"reflect"
	"testing"

	"hallway/app/hall"
)

// A terminal that is newer than the centre: its claims are refused; what it
// witnessed is kept, holds up nothing behind it, and is decided in its order
// after the update, by one of the writers that start then.
func TestNewerSchema(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 10)
		claim := k.op(hall.LeaseNumbers, "AK/"+today, struct{}{})
		claim.Schema = 2
		if v := k.submit(n, k.seal(claim))[0]; v.Status != hall.Rejected || v.Reason.Code != "newer_schema" {
			t.Errorf("claim: %+v", v)
		}
		newer := func(seq int) hall.Op {
			op := k.ticket(l, seq)
			op.Schema = 2
			return op
		}
		slip := k.op(hall.SlipPrinted, "t-"+hall.FormatNumber("AK", 1), hall.SlipPrintedBody{Job: "j", Outcome: "confirmed"})
		slip.Schema = 2
		before := n.head()
		mark := len(k.sent)
		k.seal(newer(1))
		k.seal(slip) // of the ticket before it: the order counts
		k.seal(k.ticket(l, 2))
		k.seal(newer(2)) // the same number again: it does not fit
		first := k.submit(n, k.sent[mark:]...)
		for i, v := range first {
			kept := v.Reason.Code == "kept_until_update" && v.Row == 0
			if v.Status != hall.Applied || kept != (i != 2) {
				t.Fatalf("%d: %+v", i, v)
			}
		}
		if head := n.head(); head <= before || first[2].Row != head {
			t.Fatalf("head %d, the one behind them is at %d", head, first[2].Row)
		}
		n.restart() // nothing is known yet
		if got := k.submit(n, k.sent[mark:]...); !reflect.DeepEqual(got, first) || n.head() != first[2].Row {
			t.Fatalf("before the update: %+v", got)
		}

		n.opts.kindOf = func(kind hall.Kind) (hall.KindInfo, bool) {
			info, known := hall.KindOf(kind)
			info.Schema = 2
			return info, known
		}
		n.opts.Step = func(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
			op.Schema = 1
			return hall.Step(w, op, c)
		}
		if n.db.postgres {
			other := start(t, dsn, func(o *Options) { *o = n.opts })
			defer other.verify()
		}
		n.restart()
		if got := k.submit(n, k.sent[mark:]...); !reflect.DeepEqual(got, first) { // behind what was kept
			t.Errorf("after the update: %+v", got)
		}
		world := n.World(t.Context(), hallLane)
		q, err := world.Queue(today)
		if err != nil || len(q.Tickets()) != 2 {
			t.Errorf("%d tickets, %v", len(q.Tickets()), err)
		}
		if s, ok, err := hall.Load[hall.Slip](world, hall.EntitySlip, "t-"+hall.FormatNumber("AK", 1)); err != nil || !ok || s.Outcome != "confirmed" {
			t.Errorf("slip %+v %v %v", s, ok, err)
		}
		var left int
		if err := n.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM kept`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d still kept, %v", left, err)
		}
		head := n.head()
		n.restart()
		n.verify()
		if n.head() != head {
			t.Error("what was kept was decided twice")
		}
	})
}
