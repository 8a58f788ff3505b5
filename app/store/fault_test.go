package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"hallway/app/hall"
)

func TestJobs(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	ctx := t.Context()
	p.s.SetLine(false)
	var job [5]Issued
	for i := range job {
		job[i] = issue(t, p.s)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(p.s.JobBegun(ctx, job[0].Job))
	must(p.s.JobEnded(ctx, job[0].Job, JobParsed))
	before := p.s.Outbox()
	must(p.s.JobEnded(ctx, job[0].Job, JobParsed)) // again is nothing
	if p.s.Outbox() != before {
		t.Error("a job ended twice")
	}
	if err := p.s.JobEnded(ctx, job[0].Job, JobFailed); CodeOf(err) != CodeJobState {
		t.Errorf("another outcome: %v", err)
	}
	if err := p.s.JobBegun(ctx, job[0].Job); CodeOf(err) != CodeJobState {
		t.Errorf("begun after its end: %v", err)
	}
	if err := p.s.JobEnded(ctx, job[1].Job, "eaten"); CodeOf(err) != CodeJobState {
		t.Errorf("no such outcome: %v", err)
	}
	must(p.s.JobBegun(ctx, job[1].Job))
	s := p.reopen()
	check := func(i int, want string) {
		t.Helper()
		if got, err := s.JobState(ctx, job[i].Job); err != nil || got != want {
			t.Errorf("job %d is %s, want %s, %v", i, got, want, err)
		}
	}
	check(0, JobParsed)
	check(1, JobUnknown)
	check(2, JobQueued)
	open, err := s.OpenJobs(ctx)
	if err != nil || len(open) != 3 || open[0].ID != job[2].Job || open[0].Ticket != job[2].Ticket {
		t.Fatalf("%+v %v", open, err)
	}
	p.opt.Boot = func() (time.Duration, string) { b, id := bootTime(); return b + 3*time.Minute, id }
	s = p.reopen()
	check(2, JobFailed)
	again, err := s.NewJob(ctx, job[2].Ticket, true)
	if err != nil || !again.Reprint {
		t.Fatal(err)
	}
	if open, err := s.OpenJobs(ctx); err != nil || len(open) != 1 || !open[0].Reprint {
		t.Fatalf("%+v %v", open, err)
	}
	for s.Outbox() > 0 {
		d.push(s, 256, false)
	}
	slip, ok, err := hall.Load[hall.Slip](d.w.World(ctx, lane), hall.EntitySlip, job[1].Ticket)
	if err != nil || !ok || slip.Outcome != JobUnknown {
		t.Errorf("the centre knows of the slip: %+v %v %v", slip, ok, err)
	}
	if len(s.WorkList()) != 0 {
		t.Errorf("work list %+v", s.WorkList())
	}
}

// A number that is spent with its job begun needs no second commit before the
// first byte: after a crash nobody prints it again, and the person is told.
func TestIssuedWithItsJobBegun(t *testing.T) {
	d, p := newDesk(t, 10), newPlace(t)
	d.meet(p.s)
	p.s.SetLine(false)
	ctx := t.Context()
	draft := ticket()
	draft.Begun = true
	var all [2]Issued
	for i := range all {
		var err error
		if all[i], err = p.s.Issue(ctx, draft); err != nil {
			t.Fatal(err)
		}
		if state, err := p.s.JobState(ctx, all[i].Job); err != nil || state != JobBegun {
			t.Errorf("the job is %s, %v", state, err)
		}
	}
	if err := p.s.JobBegun(ctx, all[0].Job); CodeOf(err) != CodeJobState {
		t.Errorf("begun twice: %v", err)
	}
	if err := p.s.JobEnded(ctx, all[0].Job, JobFailed); err != nil { // not a byte went out
		t.Error(err)
	}
	s := p.reopen()
	if open, err := s.OpenJobs(ctx); err != nil || len(open) != 0 {
		t.Errorf("to be printed again: %+v %v", open, err)
	}
	if lost, err := s.LostJobs(ctx, time.Hour); err != nil || len(lost) != 1 || lost[0].ID != all[1].Job || lost[0].Ticket != all[1].Ticket {
		t.Errorf("lost: %+v %v", lost, err)
	}
}

func TestDiskFull(t *testing.T) {
	d, p := newDesk(t, 500), newPlace(t)
	d.meet(p.s)
	p.s.SetLine(false)
	ctx := t.Context()
	last := issue(t, p.s)
	var pages int
	if err := p.s.w.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := p.s.w.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 2)
	given := 1
	for ; ; given++ {
		out, err := p.s.Issue(ctx, ticket())
		if CodeOf(err) == CodeDiskFull {
			break
		}
		if err != nil || given > 400 {
			t.Fatalf("after %d: %v", given, err)
		}
		last = out
	}
	if n := p.s.Outbox(); n != given {
		t.Errorf("%d in the outbox, %d were issued", n, given)
	}
	limit(1 << 20)
	got := issue(t, p.s)
	if want := hall.FormatNumber("AK", given+1); got.Number != want {
		t.Errorf("after the full disk %s, want %s (before it %s)", got.Number, want, last.Number)
	}
	if q, err := p.s.World().Queue(today); err != nil || q.WaitingIn("g") != given+1 {
		t.Errorf("shown %d, %v", q.WaitingIn("g"), err)
	}
}

func TestDeadHandleIsOpenedAgain(t *testing.T) {
	d, p := newDesk(t, 50), newPlace(t)
	d.meet(p.s)
	p.s.SetLine(false)
	first := issue(t, p.s)
	p.s.w.dead = true
	if got := issue(t, p.s); got.Number == first.Number || p.s.Outbox() != 2 {
		t.Errorf("%+v, outbox %d", got, p.s.Outbox())
	}
}

// TestInDoubt: a commit that failed with an I/O error may be durable or not.
func TestInDoubt(t *testing.T) {
	d, p := newDesk(t, 50), newPlace(t)
	d.meet(p.s)
	out := issue(t, p.s)
	cause := sqlite3.Error{Code: sqlite3.ErrIoErr}
	for _, c := range []struct {
		name string
		ops  []hall.OpID
		want string
	}{
		{"it is there", []hall.OpID{out.Op.ID}, ""},
		{"it is not", []hall.OpID{"01JNOWHERE"}, CodeFailed},
		{"nothing to look for", nil, CodeFailed},
	} {
		p.s.turn <- struct{}{}
		_, err := p.s.inDoubt(&tx{s: p.s, w: p.s.w, ops: c.ops, spent: true}, cause)
		<-p.s.turn
		if CodeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if next := issue(t, p.s); next.Number == out.Number {
		t.Errorf("%s twice", out.Number)
	}
}

// Identities sort as they were given, in one millisecond too; after a clock that was
// set back they are still all different.
func TestIdentitiesFollowEachOther(t *testing.T) {
	ids, at, seen, last := newIDs(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), map[string]bool{}, ""
	for i := range 10_000 {
		id := ids.next(at.Add(-time.Duration(i%7) * time.Millisecond)) // asked for a little before it was made
		if id <= last || seen[id] {
			t.Fatalf("%s came after %s", id, last)
		}
		if last, seen[id] = id, true; i%1000 == 999 {
			at = at.Add(time.Millisecond)
		}
	}
	if id := ids.next(at.Add(-time.Hour)); seen[id] {
		t.Error("twice after the clock was set back")
	}
}
