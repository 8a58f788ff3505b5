package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

func TestNumbersComeFromTheRightBlock(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	if _, err := p.s.Issue(t.Context(), ticket()); CodeOf(err) != CodeNoNumbers {
		t.Fatalf("a terminal that owns nothing issued: %v", err)
	}
	d.meet(p.s)
	if got := issue(t, p.s); got.Number != "A001" || got.Offline {
		t.Fatalf("on line %+v", got)
	}
	p.s.SetLine(false)
	for i := range 10 {
		if got := issue(t, p.s); got.Number != hall.FormatNumber("AK", i+1) || !got.Offline {
			t.Fatalf("off line %+v", got)
		}
	}
	if p.s.Numbers("g") {
		t.Error("says that it has numbers")
	}
	if _, err := p.s.Issue(t.Context(), ticket()); CodeOf(err) != CodeNoNumbers {
		t.Fatalf("more than it owns: %v", err)
	}
	d.meet(p.s)
	if !p.s.Numbers("g") {
		t.Error("no numbers after a sync")
	}
	if _, err := p.s.Issue(t.Context(), TicketDraft{Actor: citizen, Group: "x"}); CodeOf(err) != CodeNoNumbers {
		t.Errorf("an unknown group: %v", err)
	}
}

func TestLeasesAreAskedForOnce(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.hello(p.s)
	p.s.SetLine(true)
	d.pull(p.s)
	for i, want := range []int{2, 0, 0} {
		if n, err := p.s.EnsureLeases(t.Context()); n != want || err != nil {
			t.Fatalf("call %d asked %d times, %v", i, n, err)
		}
	}
	d.push(p.s, 256, true) // the answer is lost
	d.push(p.s, 256, false)
	if n := len(p.s.Leases()); n != 2 {
		t.Fatalf("%d leases", n)
	}
	issue(t, p.s)
	if n, err := p.s.EnsureLeases(t.Context()); n != 1 || err != nil {
		t.Fatalf("the reserve was not asked for: %d %v", n, err)
	}
}

func TestDayRoll(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	boot := time.Hour
	p.opt.Boot = func() (time.Duration, string) { return boot, "boot-1" }
	s := p.reopen()
	d.meet(s)
	boot += 4 * time.Hour // 14:00
	if n, err := s.EnsureLeases(t.Context()); n != 1 || err != nil {
		t.Fatalf("tomorrow's block was not asked for: %d %v", n, err)
	}
	d.push(s, 256, false)
	boot += 16 * time.Hour // 06:00 of the next day
	s.SetLine(false)
	got := issue(t, s)
	if day := hall.DayOf(got.Op.Stamp.At); got.Number != "AK001" || day != "2026-03-03" {
		t.Fatalf("%+v on %s", got, day)
	}
	w := s.World()
	if tk, ok, err := hall.Load[hall.Ticket](w, hall.EntityTicket, got.Ticket); err != nil || !ok || tk.Day != "2026-03-03" {
		t.Fatalf("%+v %v %v", tk, ok, err)
	}
	if q, err := w.Queue("2026-03-03"); err != nil || q.WaitingIn("g") != 1 {
		t.Fatalf("queue of the next day: %v", err)
	}
	if q, err := w.Queue(today); err != nil || q.WaitingIn("g") != 0 {
		t.Fatalf("queue of the day before: %v", err)
	}
}

func TestClock(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	boot, id, wall := time.Hour, "boot-1", noon.Add(-72*time.Hour)
	p.opt.Boot = func() (time.Duration, string) { return boot, id }
	p.opt.Clock = func() time.Time { return wall }
	s := p.reopen()
	if _, st := s.Now(); st.Trust != hall.TrustUntrusted {
		t.Errorf("before the first sync: %+v", st)
	}
	d.hello(s)
	for _, c := range []struct {
		name  string
		boot  time.Duration
		id    string
		wall  time.Time
		want  time.Time
		trust hall.Trust
	}{
		{"at the anchor", time.Hour, "boot-1", wall, noon, hall.TrustSynced},
		{"time passes", 2 * time.Hour, "boot-1", wall, noon.Add(time.Hour), hall.TrustSynced},
		{"the wall clock is moved", 2 * time.Hour, "boot-1", wall.AddDate(9, 0, 0), noon.Add(time.Hour), hall.TrustSynced},
		{"reboot: the difference is kept", time.Minute, "boot-2", wall.Add(2 * time.Hour), noon.Add(2 * time.Hour), hall.TrustUntrusted},
		{"reboot and a dead battery: not before the last sync", time.Minute, "boot-2", wall.AddDate(-20, 0, 0), noon, hall.TrustUntrusted},
		{"boot clock behind the anchor", time.Minute, "boot-1", wall, noon, hall.TrustUntrusted},
	} {
		boot, id, wall = c.boot, c.id, c.wall
		s = p.reopen()
		got, st := s.Now()
		if !got.Equal(c.want) || st.Trust != c.trust || !st.At.Equal(got) || st.BoundMS < 1 {
			t.Errorf("%s: %v %+v, want %v %s", c.name, got, st, c.want, c.trust)
		}
	}
}

// TestLeaseOfAnotherLife: a writer that was put back names other numbers for a
// lease that is half spent. Nothing of it is spent any more.
func TestLeaseOfAnotherLife(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	p.s.SetLine(false)
	issue(t, p.s)
	l := p.s.Leases()[slices.IndexFunc(p.s.Leases(), func(l Lease) bool { return l.Offline })]
	if n := p.s.Leased(); len(n) != 1 || n["AK/"+today] != 9 {
		t.Errorf("left %v", n)
	}
	again := func(from, to int) {
		t.Helper()
		res, err := json.Marshal(hall.LeaseResult{Lease: hall.Lease{ID: l.ID, Series: l.Series, Group: "g", Day: today,
			Terminal: "K1", Offline: true, From: from, To: to, Prefix: "AK"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.s.Record(t.Context(), []sync.Verdict{{OpID: hall.OpID(l.ID), Status: hall.Applied, Result: res, Row: 1, At: noon}}); err != nil {
			t.Fatal(err)
		}
	}
	again(1, 10)
	if got := issue(t, p.s); got.Number != "AK002" {
		t.Errorf("the same verdict again moved the block: %s", got.Number)
	}
	again(21, 30)
	if _, err := p.s.Issue(t.Context(), ticket()); CodeOf(err) != CodeNoNumbers {
		t.Errorf("spent from a block that is another's now: %v", err)
	}
}

func TestOneProgramPerFolder(t *testing.T) {
	p := newPlace(t)
	files, err := filepath.Glob(filepath.Join(p.opt.Dir, "terminal.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read %s: %v %v", filepath.Base(name), info.Mode(), err)
		}
	}
	if _, err := Open(t.Context(), p.opt); CodeOf(err) != CodeLocked {
		t.Fatalf("a second program got in: %v", err)
	}
	p.close()
	opt := p.opt
	opt.Terminal = "K2"
	if _, err := Open(t.Context(), opt); CodeOf(err) != CodeDamaged {
		t.Fatalf("another terminal got in: %v", err)
	}
	if err := os.WriteFile(filepath.Join(p.opt.Dir, "terminal.db"), []byte("this is no database, it is a sentence of some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), p.opt); err == nil {
		t.Fatal("garbage was opened")
	}
}

func TestAwait(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	out := issue(t, p.s)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.s.Await(short, out.Op.ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("without a verdict: %v", err)
	}
	s := p.reopen() // and after a restart
	got := make(chan sync.Verdict)
	go func() {
		v, err := s.Await(context.Background(), out.Op.ID)
		if err != nil {
			t.Error(err)
		}
		got <- v
	}()
	d.push(s, 256, false)
	d.pull(s)
	if v := <-got; v.Status != hall.Applied || v.Row == 0 {
		t.Errorf("%+v", v)
	}
	if _, err := s.Await(t.Context(), "nothing"); CodeOf(err) != CodeUnknownOp {
		t.Errorf("an unknown operation: %v", err)
	}
}

func TestPersonalFieldsAreNotOnDisk(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	person := hall.PersonSealed{Name: "测试甲", DocKind: "111", DocNo: "370100199001010014", Phone: "13800000000"}
	td := ticket()
	td.Person = &person
	out, err := p.s.Issue(t.Context(), td)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := p.s.LookupKey(today)
	if !ok || len(key) != 32 {
		t.Fatal("no look-up key")
	}
	if _, ok := p.s.LookupKey("2026-03-03"); ok {
		t.Error("a key for another day")
	}
	d.push(p.s, 256, false)
	if plain, err := d.w.OpenSealed(t.Context(), out.Op.ID); err != nil || !bytes.Contains(plain, []byte(person.DocNo)) {
		t.Errorf("the writer cannot read it: %v", err)
	}
	s := p.reopen()
	if again, ok := s.LookupKey(today); !ok || !bytes.Equal(again, key) {
		t.Error("the key did not survive a restart without a line")
	}
	p.close()
	for _, secret := range [][]byte{[]byte(person.Name), []byte(person.DocNo), []byte(person.Phone), key, fmt.Appendf(nil, "%x", key)} {
		err := filepath.WalkDir(filepath.Dir(p.opt.Dir), func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if bytes.Contains(raw, secret) {
				t.Errorf("%s holds something personal in clear", filepath.Base(path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	p.opt.Machine = "machine-2"
	if s := p.open(); true {
		if _, ok := s.LookupKey(today); ok {
			t.Error("another machine can read the key")
		}
	}
}

func TestPrune(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	printed := func() Issued {
		out := issue(t, p.s)
		if err := p.s.JobEnded(t.Context(), out.Job, JobConfirmed); err != nil {
			t.Fatal(err)
		}
		return out
	}
	kept := printed()
	d.push(p.s, 256, false)
	d.pull(p.s)
	printed() // this one waits: two operations
	count := func(s *Store) (n int) {
		if err := s.readers.Load().QueryRow("SELECT count(*) FROM outbox").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count(p.s)
	later := func(days int) {
		p.opt.Boot = func() (time.Duration, string) {
			b, id := bootTime()
			return b + time.Duration(days)*24*time.Hour, id
		}
	}
	p.opt.Clock = func() time.Time { return time.Now().AddDate(70, 0, 0) } // a dead battery
	later(29)
	if n := count(p.reopen()); n != before {
		t.Errorf("after 29 days %d of %d", n, before)
	}
	later(31)
	s := p.reopen()
	if n := count(s); n != 2 || s.Outbox() != 2 {
		t.Errorf("after 31 days %d, waiting %d", n, s.Outbox())
	}
	if _, ok, err := s.Verdict(t.Context(), kept.Op.ID); ok || err != nil {
		t.Errorf("the verdict is still there: %v", err)
	}
	push, err := s.From(t.Context(), lane, s.Incarnation(), 1, 10, 1<<20)
	if err != nil || push.HoleFrom != 1 || len(push.Ops) != 2 {
		t.Fatalf("a hole is not declared: from %d, %d operations, %v", push.HoleFrom, len(push.Ops), err)
	}
	if err := s.Hole(t.Context(), lane, s.Incarnation(), 1, push.Ops[0].Seq-1); err != nil || len(s.WorkList()) != 1 {
		t.Errorf("the hole is nobody's work: %v", err)
	}
}
