package writer

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"hallway/app/hall"
)

// TestWitnessOfWhatHasNotComeBack: the centre is put back, and the kiosk that
// issued a ticket is late. Another one printed its slip again, and says so: that is
// kept, holds up nothing behind it, and is decided when the kiosk has come.
func TestWitnessOfWhatHasNotComeBack(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		first := start(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), fixedKeys)
		furnished(first)
		k, c := keep(kiosk(t)), keep(kiosk(t))
		c.id = "K2"
		lease := k.act(first, k.op(hall.LeaseNumbers, "A/"+today, hall.LeaseNumbersBody{Series: "A/" + today, Group: "g", Day: today, Count: 5}))
		var l hall.LeaseResult
		if err := json.Unmarshal(lease.Result, &l); err != nil {
			t.Fatal(err)
		}
		c.act(first, c.op(hall.SlipPrinted, "nobody", hall.SlipPrintedBody{Job: "j", Outcome: "confirmed"}))
		before := [3]int{len(k.sent), len(c.sent)}
		ticket := oneTicket(t, k, l.Lease, 1)
		k.act(first, ticket)

		n := start(t, dsn, fixedKeys)
		again(t, n, []*keeper{k, c}, before)
		if err := n.Recover(t.Context(), hallLane, 1); err != nil {
			t.Fatal(err)
		}
		n.over(t)
		v := c.submit(n, c.seal(c.op(hall.SlipPrinted, ticket.Entity, hall.SlipPrintedBody{Job: "again", Outcome: "confirmed", Reprint: true})))[0]
		if v.Status != hall.Applied || v.Reason.Code != keptBackReason || v.Row != 0 {
			t.Fatalf("before its ticket has come back: %+v", v)
		}
		if v := c.submit(n, c.seal(c.op(hall.LeaseNumbers, "AM/"+today, hall.LeaseNumbersBody{Series: "AM/" + today, Group: "g", Day: today, Count: 5, Offline: true})))[0]; v.Status != hall.Applied || v.Row == 0 {
			t.Fatalf("behind it: %+v", v)
		}
		if err := n.Offered(t.Context(), hallLane, "K2"); err != nil {
			t.Fatal(err)
		}
		if !k.offer(n, 0) {
			t.Fatal("the kiosk is still waiting")
		}
		if err := n.Offered(t.Context(), hallLane, "K1"); err != nil {
			t.Fatal(err)
		}
		for range 10_000 {
			var left int
			if err := n.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM kept`).Scan(&left); err != nil {
				t.Fatal(err)
			}
			if left == 0 {
				slip, _, err := hall.Load[hall.Slip](n.World(t.Context(), hallLane), hall.EntitySlip, ticket.Entity)
				if err != nil {
					t.Fatal(err)
				}
				if slip.Job != "again" {
					t.Errorf("the slip is %+v", slip)
				}
				n.verify()
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("it is kept for ever")
	})
}
