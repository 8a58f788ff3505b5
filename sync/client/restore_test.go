package client

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync/writer"
)

// TestEverythingOfBeforeARestoreHolds: between the backup and the restore a
// kiosk printed tickets and a counter numbered a case. One of the two is off when
// the centre comes back: what is new waits for it. In the end every printed
// number is its ticket's, the case has its number, the file is there again, and
// numbers that are given afresh are nobody's.
func TestEverythingOfBeforeARestoreHolds(t *testing.T) {
	c := startCentre(t)
	x := c.desk()
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	k.issue()
	eventually(t, "application numbers", func() bool { return x.ApplicationNumbers() > 0 })
	x.hand("before", pdf(500, 1))
	idle := func() bool { return k.Outbox() == 0 && x.Outbox() == 0 && x.Uploads() == 0 }
	eventually(t, "all at the centre", idle)
	backup := c.backup()

	printed := map[string]string{}
	for range 6 {
		eventually(t, "a number", func() bool { return k.Numbers("g") })
		out := k.issue()
		printed[out.Number] = out.Ticket
	}
	x.hand("after", pdf(500, 2))
	n, err := x.ProposeNumbered(context.Background(), store.NumberedDraft{Kind: hall.ReceiveCase, Case: "after", Actor: clerk})
	if err != nil || n.Number == "" {
		t.Fatalf("%+v %v", n, err)
	}
	eventually(t, "all at the centre again", func() bool { return idle() && c.has("after") })
	order := queueOrder(t, c)
	k.end()
	c.restore(backup)

	restores := func() []writer.Restore {
		all, err := c.w.Load().Restores(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	eventually(t, "the counter has offered what it holds", func() bool {
		all := restores()
		return len(all) == 1 && slices.Equal(all[0].Missing, []string{"K1"})
	})
	eventually(t, "the counter says that the centre is being put back", x.client.Recovering)
	x.hand("new", pdf(500, 3))
	time.Sleep(1500 * time.Millisecond)
	if x.Outbox() == 0 {
		t.Error("something new was decided before everything old was back")
	}
	k.start()
	eventually(t, "the restore is over", func() bool { all := restores(); return len(all) == 1 && all[0].Ended })
	eventually(t, "nobody says any more that it is being put back", func() bool { return !x.client.Recovering() && !k.client.Recovering() })
	eventually(t, "all at the centre in the end", func() bool { return idle() && c.has("after") && c.has("new") })
	tickets := c.tickets()
	for number, id := range printed {
		if all := tickets[number]; len(all) != 1 || all[0].ID != id || all[0].Note.Code != "" {
			t.Errorf("%s: %+v", number, all)
		}
	}
	if now := queueOrder(t, c); !slices.Equal(now, order) {
		t.Errorf("the queue was %v, is %v", order, now)
	}
	kase, _, err := hall.Load[hall.Case](c.w.Load().World(context.Background(), hallLane), hall.EntityCase, "after")
	if err != nil || kase.Number != n.Number {
		t.Errorf("the case has number %q, it was given %q: %v", kase.Number, n.Number, err)
	}
	// The reserve is spent, then fresh numbers come.
	fresh := false
	for i := 0; i < 20 && !fresh; i++ {
		eventually(t, "a number", func() bool { return k.Numbers("g") })
		out := k.issue()
		if was := printed[out.Number]; was != "" {
			t.Errorf("%s is given twice", out.Number)
		}
		printed[out.Number] = out.Ticket
		eventually(t, "its verdict", func() bool { return k.Outbox() == 0 })
		fresh = slices.ContainsFunc(k.Leases(), func(l store.Lease) bool { return l.Group == "g" && l.Next > 500 })
	}
	if !fresh {
		t.Error("no number was given afresh")
	}
	eventually(t, "the last at the centre", idle)
	for _, r := range restores() {
		if len(r.Aside) > 0 || r.Back == 0 {
			t.Errorf("%+v", r)
		}
	}
}

// queueOrder is every ticket of the day in its order.
func queueOrder(t *testing.T, c *centre) (out []string) {
	t.Helper()
	q, err := c.w.Load().World(context.Background(), hallLane).Queue("2026-03-02")
	if err != nil {
		t.Fatal(err)
	}
	for _, tk := range q.Tickets() {
		out = append(out, fmt.Sprint(tk.Number, " ", tk.Order))
	}
	return out
}
