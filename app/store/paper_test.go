package store

import (
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hallway/app/hall"
)

func TestPapersOfCasesAreJobs(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	ctx := context.Background()
	c.meet()
	n, err := c.s.ProposeNumbered(ctx, NumberedDraft{Kind: hall.ReceiveCase, Case: c.begin("a"), Actor: clerkS1, Paper: "receipt"})
	if err != nil || n.Job.ID == "" || n.Job.Kind != "receipt" || n.Job.Ticket != "a" || n.Job.Reprint {
		t.Fatalf("%+v %v", n.Job, err)
	}
	before := c.s.Outbox()
	if err := c.s.JobBegun(ctx, n.Job.ID); err != nil {
		t.Fatal(err)
	}
	if err := c.s.JobEnded(ctx, n.Job.ID, JobConfirmed); err != nil {
		t.Fatal(err)
	}
	if c.s.Outbox() != before {
		t.Error("the outcome of a case's paper was told to the centre as a ticket's")
	}
	again, err := c.s.QueuePaper(ctx, PaperJob{Kind: "receipt", Key: "a"})
	if err != nil || !again.Reprint {
		t.Errorf("printed once more without a mark: %+v %v", again, err)
	}
	other, err := c.s.QueuePaper(ctx, PaperJob{Kind: "slip", Key: "a"})
	if err != nil || other.Reprint {
		t.Errorf("another paper of the case: %+v %v", other, err)
	}
	all, err := c.s.PapersOf(ctx, "a")
	if err != nil || len(all) != 3 || all[2].State != JobConfirmed || all[2].Kind != "receipt" {
		t.Errorf("papers %+v %v", all, err)
	}
	latest, err := c.s.PaperJobs(ctx, noon.Add(-time.Hour))
	if err != nil || len(latest) != 2 {
		t.Errorf("latest of each %+v %v", latest, err)
	}
	for _, j := range []string{"", "ticket"} {
		if _, err := c.s.QueuePaper(ctx, PaperJob{Kind: j, Key: "a"}); CodeOf(err) != CodeJobState {
			t.Errorf("kind %q: %v", j, err)
		}
	}
	if open, err := c.s.OpenJobs(ctx); err != nil || len(open) != 0 {
		t.Errorf("papers among the tickets' jobs: %+v %v", open, err)
	}
}

// A paper that was begun when the process died is unknown: it is never printed
// again by itself, and when somebody wants it again it is marked.
func TestPaperBegunAtACrashIsUnknown(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	ctx := context.Background()
	c.meet()
	begun, err := c.s.QueuePaper(ctx, PaperJob{Kind: "label", Key: "p1"})
	if err != nil || c.s.JobBegun(ctx, begun.ID) != nil {
		t.Fatal(err)
	}
	fresh, err := c.s.QueuePaper(ctx, PaperJob{Kind: "label", Key: "p2"})
	if err != nil {
		t.Fatal(err)
	}
	c.reopen()
	if state, err := c.s.JobState(ctx, begun.ID); err != nil || state != JobUnknown {
		t.Errorf("the begun one is %q: %v", state, err)
	}
	open, err := c.s.OpenPapers(ctx)
	if err != nil || len(open) != 1 || open[0].ID != fresh.ID {
		t.Errorf("still wanted: %+v %v", open, err)
	}
	if jobs, err := c.s.LostJobs(ctx, time.Hour); err != nil || len(jobs) != 0 {
		t.Errorf("lost tickets: %+v %v", jobs, err)
	}
	if again, err := c.s.QueuePaper(ctx, PaperJob{Kind: "label", Key: "p1"}); err != nil || !again.Reprint {
		t.Errorf("again: %+v %v", again, err)
	}
	if err := c.s.JobEnded(ctx, begun.ID, JobConfirmed); CodeOf(err) != CodeJobState {
		t.Errorf("an outcome was changed: %v", err)
	}
}

// A store of the first layout is brought to this one with all that it holds.
func TestOldStoreIsMigrated(t *testing.T) {
	d := newDesk(t, 40)
	dir := filepath.Join(t.TempDir(), "k1")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := fs.ReadFile(layouts, "sql/0001_store.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", dsn(filepath.Join(dir, "terminal.db"), "", false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(first) + `
		INSERT INTO meta VALUES ('incarnation', '01OLD'), ('terminal', 'K1'), ('machine', '` + machineHash("machine-1") + `'), ('generation', '3'), ('hall', '` + hallCode + `'), ('blocked', '');
		INSERT INTO jobs (id, op_id, ticket, lane, reprint, state, created, changed) VALUES ('job1', '', 't1', '', 0, 'confirmed', 1, 2);
		INSERT INTO leases VALUES ('l1', 'A/2199-01-01', 'g', '2199-01-01', 1, 'AK', 5, 1, 20);
		PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, opt: Options{Dir: dir, Terminal: "K1", Machine: "machine-1"}}
	if err := os.WriteFile(dir+".identity", []byte("hallway-generation 1\n00000000000000000003\n01OLD\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.open()
	t.Cleanup(func() { p.close() })
	if p.s.Incarnation() != "01OLD" || len(p.s.Leases()) != 1 || p.s.Leases()[0].Next != 5 {
		t.Errorf("incarnation %q, leases %+v", p.s.Incarnation(), p.s.Leases())
	}
	if state, err := p.s.JobState(context.Background(), "job1"); err != nil || state != JobConfirmed {
		t.Errorf("the old job is %q: %v", state, err)
	}
	d.meet(p.s)
	issue(t, p.s)
	put(t, p.s, pdf(100, 1))
	var version int
	names, err := fs.Glob(layouts, "sql/*.sql")
	if err == nil {
		err = p.s.readers.Load().QueryRow("PRAGMA user_version").Scan(&version)
	}
	if err != nil || version != len(names) {
		t.Errorf("layout %d of %d: %v", version, len(names), err)
	}
	if _, err := p.s.w.conn.ExecContext(context.Background(), "PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	p.close()
	if s, err := Open(context.Background(), p.opt); CodeOf(err) != CodeDamaged {
		t.Errorf("the store of a newer program was opened: %v %v", s, err)
	}
	p.s = nil
}
