package client

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/build/fuzz"
	"hallway/sync"
)

func TestTicketsOverACutLine(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	if got := k.issue(); got.Number != "A001" || got.Offline {
		t.Fatalf("online number %+v", got)
	}
	c.cut()
	eventually(t, "the kiosk knows that the line is cut", func() bool { up, _ := k.client.Online(); return !up })
	var printed []store.Issued
	for i := range 8 {
		got := k.issue()
		if !got.Offline || got.Number != hall.FormatNumber("AK", i+1) {
			t.Fatalf("offline number %d: %+v", i, got)
		}
		printed = append(printed, got)
		if i == 4 { // and the program dies in between
			k.end()
			k.start()
		}
	}
	q, err := k.World().Queue("2026-03-02")
	if err != nil || q.WaitingIn("g") != 9 {
		t.Fatalf("the overlay shows %d waiting, %v", q.WaitingIn("g"), err)
	}
	c.mend()
	for _, p := range printed {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		v, err := k.Await(ctx, p.Op.ID)
		cancel()
		if err != nil || v.Status != hall.Applied {
			t.Fatalf("%s: %+v %v", p.Number, v, err)
		}
	}
	for number, all := range c.tickets() {
		if len(all) != 1 || all[0].Note.Code != "" {
			t.Errorf("%s: %+v", number, all)
		}
	}
	if n := len(c.tickets()); n != 9 {
		t.Errorf("%d tickets at the centre, 9 were printed", n)
	}
	eventually(t, "an empty outbox at the centre's list", func() bool {
		s := c.last.Load()
		return k.Outbox() == 0 && s != nil && s.Outbox == 0
	})
}

func TestNothingDoubledOrLostWhenAnswersAre(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	c.lose.Store(40)
	rnd := rand.New(rand.NewPCG(3, 5))
	var printed []store.Issued
	for i := range 60 {
		if !k.Numbers("g") {
			eventually(t, "numbers again", func() bool { return k.Numbers("g") })
		}
		out, err := k.Issue(t.Context(), store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
		if store.CodeOf(err) == store.CodeNoNumbers {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, out)
		switch {
		case i == 30:
			k.end()
			k.start()
		case rnd.IntN(12) == 0:
			c.cut()
			time.Sleep(time.Duration(rnd.IntN(20)) * time.Millisecond)
			c.mend()
		}
	}
	eventually(t, "an empty outbox in spite of it", func() bool { return k.Outbox() == 0 })
	at := c.tickets()
	if len(at) != len(printed) {
		t.Errorf("%d numbers at the centre, %d were printed", len(at), len(printed))
	}
	for _, p := range printed {
		if len(at[p.Number]) != 1 || at[p.Number][0].ID != p.Ticket || at[p.Number][0].Note.Code != "" {
			t.Errorf("%s: %+v", p.Number, at[p.Number])
		}
	}
	if len(printed) < 40 {
		t.Errorf("only %d tickets were issued: the test shows little", len(printed))
	}
}

// TestClonedDisk: the whole disk was cloned, so that nothing on it can tell.
// Both go on with the same numbers; the writer finds the fork.
func TestClonedDisk(t *testing.T) {
	c := startCentre(t)
	root := t.TempDir()
	first := c.terminal("K1", filepath.Join(root, "a", "k1"))
	first.ready()
	c.cut()
	eventually(t, "off line", func() bool { up, _ := first.client.Online(); return !up })
	first.issue()
	first.end()
	copyFiles(t, filepath.Join(root, "a"), filepath.Join(root, "b"))
	first.start()
	second := c.terminal("K1", filepath.Join(root, "b", "k1"))
	a, b := first.issue(), second.issue()
	if a.Number != b.Number {
		t.Fatalf("the clone is no clone: %s and %s", a.Number, b.Number)
	}
	was := first.Incarnation()
	if second.Incarnation() != was {
		t.Fatal("the clone has another incarnation already")
	}
	c.mend()
	eventually(t, "both outboxes empty", func() bool { return first.Outbox() == 0 && second.Outbox() == 0 })
	if first.Incarnation() == was && second.Incarnation() == was {
		t.Error("nobody took a new incarnation")
	}
	tickets := c.tickets()
	if all := tickets[a.Number]; len(all) != 2 || (all[0].Note.Code == "") == (all[1].Note.Code == "") {
		t.Errorf("the number that both printed: %+v", all)
	}
	if len(tickets["AK001"]) != 1 {
		t.Errorf("the ticket from before the copy: %+v", tickets["AK001"])
	}
	// Whoever forked gave its numbers up and owns fresh ones.
	first.ready()
	second.ready()
	own := map[int]bool{}
	for _, x := range []*terminal{first, second} {
		for _, l := range x.Leases() {
			if l.Group == "g" && l.Offline && l.Day == "2026-03-02" {
				for n := l.Next; n <= l.Last; n++ {
					if own[n] {
						t.Fatalf("number %d is owned twice", n)
					}
					own[n] = true
				}
			}
		}
	}
}

// TestDiskPutBack: the whole disk was put back from an image, so that nothing on it
// can tell. The centre's hello does, before a number that was given is given again.
func TestDiskPutBack(t *testing.T) {
	c := startCentre(t)
	root := t.TempDir()
	k := c.terminal("K1", filepath.Join(root, "a", "k1"))
	k.ready()
	k.issue()
	eventually(t, "the first ticket at the centre", func() bool { return k.Outbox() == 0 })
	k.end()
	copyFiles(t, filepath.Join(root, "a"), filepath.Join(root, "image"))
	k.start()
	k.ready()
	given := k.issue()
	eventually(t, "the second too", func() bool { return k.Outbox() == 0 })
	was := k.Incarnation()
	k.end()
	copyFiles(t, filepath.Join(root, "image"), filepath.Join(root, "a"))
	k.start()
	eventually(t, "another incarnation", func() bool { return k.Incarnation() != was })
	k.ready()
	again := k.issue()
	eventually(t, "the third ticket at the centre", func() bool { return k.Outbox() == 0 })
	if again.Number == given.Number {
		t.Errorf("%s was given twice", given.Number)
	}
	for number, all := range c.tickets() {
		if len(all) != 1 || all[0].Note.Code != "" {
			t.Errorf("%s: %+v", number, all)
		}
	}
	if n := len(c.tickets()); n != 3 {
		t.Errorf("%d tickets, want 3", n)
	}
}

// TestCentrePutBack: the centre's database was restored from a backup. What it
// lost comes back from the terminals.
func TestCentrePutBack(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	k.issue()
	eventually(t, "the first ticket at the centre", func() bool { return k.Outbox() == 0 })
	backup := c.backup()
	var later []store.Issued
	for range 5 {
		eventually(t, "a number", func() bool { return k.Numbers("g") })
		later = append(later, k.issue())
	}
	eventually(t, "all at the centre", func() bool { return k.Outbox() == 0 && len(c.tickets()) == 6 })
	c.restore(backup)
	if len(c.tickets()) != 1 {
		t.Fatal("the backup is not older")
	}
	eventually(t, "what was lost is back", func() bool { return len(c.tickets()) == 6 })
	for _, p := range later {
		if all := c.tickets()[p.Number]; len(all) != 1 || all[0].ID != p.Ticket {
			t.Errorf("%s: %+v", p.Number, all)
		}
	}
	eventually(t, "the replica is the centre's again", func() bool {
		q, err := k.Confirmed().Queue("2026-03-02")
		return err == nil && q.WaitingIn("g") == 6 && k.Outbox() == 0
	})
}

// TestCentrePutBackBeforeItsRowsCame: the terminal has the verdicts of what the
// centre lost, but not the rows: its cursor is not ahead of the backup.
func TestCentrePutBackBeforeItsRowsCame(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	k.issue()
	eventually(t, "the first ticket at the centre", func() bool { return k.Outbox() == 0 })
	c.mute.Store(true)
	backup := c.backup()
	later := k.issue()
	eventually(t, "both at the centre", func() bool { return k.Outbox() == 0 && len(c.tickets()) == 2 })
	c.restore(backup)
	c.mute.Store(false)
	eventually(t, "what was lost is back", func() bool {
		all := c.tickets()[later.Number]
		return len(all) == 1 && all[0].ID == later.Ticket
	})
	eventually(t, "the replica is the centre's again", func() bool {
		q, err := k.Confirmed().Queue("2026-03-02")
		return err == nil && q.WaitingIn("g") == 2 && k.Outbox() == 0
	})
}

// What is offered again and has the same verdict as before brings nothing back
// that was dealt with.
func TestOfferingAgainChangesNothing(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	bad, err := k.Propose(t.Context(), store.Draft{Kind: hall.RequeueTicket, Entity: "nobody", Actor: citizen, Body: hall.TicketActBody{}})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := k.Await(t.Context(), bad.ID); err != nil || v.Status != hall.Rejected {
		t.Fatalf("%+v %v", v, err)
	}
	eventually(t, "the work", func() bool { return len(k.WorkList()) == 1 })
	if err := k.Dismiss(t.Context(), string(bad.ID)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an empty outbox", func() bool { return k.Outbox() == 0 })
	leases := k.Leases()
	for range 2 {
		at := c.seen.Load()
		c.cut()
		eventually(t, "off line", func() bool { up, _ := k.client.Online(); return !up })
		c.mend()
		eventually(t, "the offer", func() bool { return c.seen.Load() > at })
		eventually(t, "on line", func() bool { up, _ := k.client.Online(); return up })
	}
	k.end()
	k.start()
	if len(k.WorkList()) != 0 || !slices.Equal(k.Leases(), leases) {
		t.Errorf("work %+v, numbers %+v, before %+v", k.WorkList(), k.Leases(), leases)
	}
}

func TestRejectionGoesToTheWorkList(t *testing.T) {
	c := startCentre(t)
	x := c.terminal("C1", filepath.Join(t.TempDir(), "c1"))
	eventually(t, "the catalogue", func() bool { cat, err := x.World().Catalogue(); return err == nil && cat != nil })
	clerk := hall.Actor{Kind: hall.ActorStaff, ID: "s1", Role: hall.RoleClerk, Session: "x"}
	open, err := x.Propose(t.Context(), store.Draft{Kind: hall.OpenWindow, Entity: "1", Actor: clerk, Body: hall.OpenWindowBody{}})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := x.Await(t.Context(), open.ID); err != nil || v.Status != hall.Applied {
		t.Fatalf("%+v %v", v, err)
	}
	q, err := x.World().Queue("2026-03-02") // Await has waited for the rows
	if w, _ := q.Window("1"); err != nil || !w.Open {
		t.Fatalf("the window is not shown as open: %+v %v", w, err)
	}
	call, err := x.Propose(t.Context(), store.Draft{Kind: hall.CallNext, Entity: "1", Actor: clerk, Body: hall.CallNextBody{}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := x.Await(t.Context(), call.ID)
	if err != nil || v.Status != hall.Rejected {
		t.Fatalf("calling an empty queue: %+v %v", v, err)
	}
	work := x.WorkList()
	if len(work) != 1 || work[0].ID != string(call.ID) || work[0].Kind != hall.CallNext || work[0].Reason.Code != v.Reason.Code {
		t.Fatalf("work list %+v", work)
	}
	if err := x.Dismiss(t.Context(), work[0].ID); err != nil || len(x.WorkList()) != 0 {
		t.Fatalf("dismiss: %v %+v", err, x.WorkList())
	}
	if len(x.Leases()) != 0 {
		t.Error("a counter took numbers away from the kiosks")
	}
}

// An operation that the writer cannot read is refused like any other: it leaves
// the outbox, and holds nothing up.
func TestMalformedBlocksNothing(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	bad, err := k.Propose(t.Context(), store.Draft{Kind: hall.RequeueTicket, Entity: "bad\x01name",
		Actor: hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}, Body: hall.TicketActBody{}})
	if err != nil {
		t.Fatal(err)
	}
	got := k.issue()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if v, err := k.Await(ctx, got.Op.ID); err != nil || v.Status != hall.Applied {
		t.Fatalf("the ticket behind it: %+v %v", v, err)
	}
	if v, err := k.Await(ctx, bad.ID); err != nil || v.Status != hall.Rejected {
		t.Fatalf("the malformed one: %+v %v", v, err)
	}
	if work := k.WorkList(); len(work) != 1 || work[0].Reason.Code != "malformed" {
		t.Errorf("work list %+v", work)
	}
}

// TestLineTells: the state of the line, and a token that the centre does not know.
func TestLineTells(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	eventually(t, "on line", func() bool { up, _ := k.client.Online(); return up })
	if _, ok := k.client.LookupKey("2026-03-02"); !ok {
		t.Error("a kiosk got no look-up key")
	}
	_, stamp := k.Now()
	if stamp.Trust != hall.TrustSynced || stamp.At.Sub(c.opts.Clock()).Abs() > time.Minute {
		t.Errorf("stamp %+v at %v", stamp, c.opts.Clock())
	}
	c.cut()
	eventually(t, "off line", func() bool { up, _ := k.client.Online(); return !up })
	c.mend()
	eventually(t, "on line again", func() bool { up, _ := k.client.Online(); return up })

	var said lines
	other := New(Options{URL: c.srv.URL, Token: "nobody", Store: k.Store, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- other.Run(ctx) }()
	eventually(t, "the centre says that it does not know the token", func() bool {
		p := other.Problem()
		return p != nil && p.Code == sync.ProblemAuth
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := strings.Count(said.String(), "level=WARN"); n != 1 || !strings.Contains(said.String(), "enrol") {
		t.Errorf("the operator is not told once what to do: %s", said.String())
	}
}

// lines collects a log.
type lines struct {
	mu gosync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestHungLine: requests vanish, nothing is refused.
func TestHungLine(t *testing.T) {
	c := startCentre(t)
	k := c.terminal("K1", filepath.Join(t.TempDir(), "k1"))
	k.ready()
	c.hang.Store(true)
	eventually(t, "off line", func() bool { up, _ := k.client.Online(); return !up })
	if got := k.issue(); !got.Offline {
		t.Errorf("%+v", got)
	}
	c.hang.Store(false)
	eventually(t, "the ticket at the centre", func() bool { return k.Outbox() == 0 && len(c.tickets()) == 1 })
}

func FuzzProblem(f *testing.F) {
	for _, seed := range []string{`{"code":"AUTH","message":"who?"}`, `{}`, `null`, `[]`, `<html>502</html>`, ``, `{"code":7}`} {
		f.Add(502, []byte(seed))
	}
	fuzz.Run(f, func(t *testing.T, status int, body []byte) {
		err := problemFrom(status, body)
		if err == nil || err.Error() == "" {
			t.Fatal("an answer that is no answer gave no error")
		}
		if p := problemOf(err); p != nil && p.Code == "" {
			t.Fatal("a problem without a code")
		}
	})
}
