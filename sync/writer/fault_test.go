package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pgtest"
)

// childEnv makes this test binary a writer that decides operations until it is
// killed, and prints each op_id only after its verdict.
const childEnv = "HALLWAY_WRITER_CHILD"

func TestChild(t *testing.T) {
	dsn, keys, ok := strings.Cut(os.Getenv(childEnv), "\n")
	if !ok {
		return // only a child of another test does something here
	}
	k, err := LoadKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	n := start(t, dsn, func(o *Options) { o.Step, o.Keys = counting, k })
	d := kiosk(t)
	for {
		e := d.seal(countOp(d, 3))
		reply, err := n.Submit(t.Context(), d.push(e), d.origin())
		for p := (*sync.Problem)(nil); errors.As(err, &p) && p.Code == sync.ProblemBusy; {
			reply, err = n.Submit(t.Context(), d.push(e), d.origin())
		}
		if err != nil || reply.Problem != nil {
			t.Fatal(err, reply.Problem)
		}
		fmt.Println("verdict", reply.Verdicts[0].OpID, reply.Verdicts[0].Row)
	}
}

// What was acknowledged is there after SIGKILL, and a sender that begins from
// its first operation ends with each exactly once.
func TestKillLosesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		dir := t.TempDir()
		keys, err := LoadKeys(dir)
		if err != nil {
			t.Fatal(err)
		}
		acks := acknowledged{rows: map[string]string{}}
		for range 4 {
			killChild(t, dsn+"\n"+dir, 40, &acks, 0)
		}
		n := start(t, dsn, func(o *Options) { o.Step, o.Keys = counting, keys })
		n.verify()
		for id, row := range acks.rows {
			v, ok, err := n.Verdict(t.Context(), hall.OpID(id))
			if err != nil || !ok || fmt.Sprint(v.Row) != row {
				t.Fatalf("%s acknowledged at row %s: %+v %v %v", id, row, v, ok, err)
			}
		}
		if len(acks.rows) < 160 || n.head() < int64(3*len(acks.rows)) {
			t.Errorf("%d acknowledged, head %d", len(acks.rows), n.head())
		}
	})
}

// A full disk: a clear Problem, reading goes on, nothing is lost or doubled.
func TestFullDisk(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db")
	n.furnish(1)
	k := kiosk(t)
	l := k.lease(n, 500)
	k.submit(n, k.seal(k.ticket(l, 1)))
	if _, err := n.db.write.Exec(`PRAGMA max_page_count = 1`); err != nil { // SQLite takes the present size
		t.Fatal(err)
	}
	var failed []sync.Envelope
	for i := 2; i <= 400 && len(failed) == 0; i++ {
		e := k.seal(k.ticket(l, i))
		_, err := n.Submit(t.Context(), k.push(e), k.origin())
		if err == nil {
			continue
		}
		var p *sync.Problem
		if !errors.As(err, &p) || p.Code != sync.ProblemBusy || !strings.Contains(p.Message, "full") || p.Hint == "" || p.RetryMS == 0 {
			t.Fatalf("full disk: %v", err)
		}
		failed = append(failed, e)
	}
	if len(failed) == 0 {
		t.Fatal("the disk never got full")
	}
	n.verify()
	if _, err := n.db.write.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if v := k.submit(n, failed...); v[0].Status != hall.Applied {
		t.Fatalf("after room was made: %+v", v)
	}
	q, err := n.World(t.Context(), hallLane).Queue(today)
	if err != nil || len(q.Tickets()) != len(k.sent)-1 {
		t.Fatalf("%d tickets of %d operations, %v", len(q.Tickets()), len(k.sent)-1, err)
	}
	n.verify()
}

// A transaction that fails takes what it put into the queues in memory with it;
// after an I/O error the database is opened again; others are not held up.
func TestFailedTransactionLeavesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		var mu gosync.Mutex
		failing := map[string]error{}
		n := start(t, dsn, func(o *Options) {
			o.Step = func(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
				mu.Lock()
				err := failing[op.Terminal]
				mu.Unlock()
				if op.Kind == hall.SlipPrinted && err != nil {
					return hall.Outcome{}, w.(*world).fail(err)
				}
				return hall.Step(w, op, c)
			}
		})
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 50)
		c := counter(t, 1)
		c.do(n, hall.OpenWindow, "1", hall.OpenWindowBody{})
		if v := c.do(n, hall.CallNext, "1", hall.CallNextBody{}); v.Reason.Code != "nobody_waiting" { // the queue is in memory now
			t.Fatalf("%+v", v)
		}
		for _, cause := range []error{errors.New("line broke"), sqlite3.Error{Code: sqlite3.ErrIoErr}} {
			mu.Lock()
			failing["K1"] = cause
			mu.Unlock()
			mark := len(k.sent)
			k.seal(k.ticket(l, mark)) // applied to the queue in memory, then rolled back
			k.seal(k.op(hall.SlipPrinted, "t", hall.SlipPrintedBody{Job: "j", Outcome: "confirmed"}))
			_, err := n.Submit(t.Context(), k.push(k.sent[mark:]...), k.origin())
			var p *sync.Problem
			if !errors.As(err, &p) || p.Code != sync.ProblemBusy {
				t.Fatalf("%v: %v", cause, err)
			}
			if v := c.do(n, hall.CallNext, "1", hall.CallNextBody{}); v.Reason.Code != "nobody_waiting" {
				t.Fatalf("called a ticket that was rolled back: %+v", v)
			}
			mu.Lock()
			delete(failing, "K1")
			mu.Unlock()
			if v := k.submit(n, k.sent[mark:]...); v[0].Status != hall.Applied {
				t.Fatalf("resent: %+v", v)
			}
			if v := c.do(n, hall.CallNext, "1", hall.CallNextBody{}); v.Status != hall.Applied {
				t.Fatalf("call: %+v", v)
			}
			number := "t-" + hall.FormatNumber("AK", mark)
			for _, kind := range []hall.Kind{hall.StartService, hall.FinishService} {
				if v := c.do(n, kind, number, hall.TicketActBody{Window: "1"}); v.Status != hall.Applied {
					t.Fatalf("%s: %+v", kind, v)
				}
			}
		}

		// One that fails again and again holds up nobody.
		mu.Lock()
		failing["K9"] = errors.New("always")
		mu.Unlock()
		var wg gosync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				d := kiosk(t)
				d.id = fmt.Sprint("K", i)
				d.incarnation = "batch"
				e := d.seal(d.op(hall.SlipPrinted, "t", hall.SlipPrintedBody{Job: "j", Outcome: "confirmed"}))
				_, err := n.Submit(context.Background(), d.push(e), d.origin())
				if (err != nil) != (i == 9) {
					t.Errorf("K%d: %v", i, err)
				}
			})
		}
		wg.Wait()
		n.verify()
	})
}

// PostgreSQL restarts, or an operator cuts our connections: it goes on.
func TestLostConnections(t *testing.T) {
	base, err := pgtest.Postgres()
	if err != nil {
		t.Fatal(err)
	}
	if base == "" {
		t.Log("only SQLite was run, which has no connection to lose")
		return
	}
	dsn := pgtest.Schema(t, base)
	_, name, _ := strings.Cut(dsn, "application_name=")
	n := start(t, dsn, func(o *Options) { o.Step = counting })
	k := kiosk(t)
	k.submit(n, k.seal(countOp(k, 3)))
	for round := range 3 {
		admin, err := sql.Open("pgx", base)
		if err == nil {
			var cut int
			err = admin.QueryRow(`SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1`, name).Scan(&cut)
			if err = errors.Join(err, admin.Close()); err == nil && cut == 0 {
				err = errors.New("no connection was there to cut")
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		e := k.seal(countOp(k, 3))
		for try := 0; ; try++ {
			reply, err := n.Submit(t.Context(), k.push(e), k.origin())
			if err == nil && reply.Problem == nil && reply.Verdicts[0].Row == int64(6+3*round) {
				break
			}
			var p *sync.Problem
			if try == 5 || !errors.As(err, &p) || p.Code != sync.ProblemBusy {
				t.Fatalf("round %d: %+v %v", round, reply, err)
			}
		}
	}
	n.restart() // reads over connections that were not cut
	n.verify()
}

func TestRulesThatFailRejectOneOperation(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db", func(o *Options) {
		o.Step = func(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
			change := hall.Change{Feed: hall.FeedQueue, Event: "e", Kind: "k", ID: "i", Value: []byte(`1`)}
			switch op.Entity {
			case "panic":
				panic("boom")
			case "error":
				return hall.Outcome{}, errors.New("undecidable")
			case "status":
				return hall.Outcome{Status: "maybe"}, nil
			case "noop with changes":
				return hall.Outcome{Status: hall.Noop, Changes: []hall.Change{change}}, nil
			case "no id":
				change.ID = ""
			case "nul":
				change.ID = "a\x00"
			case "not json":
				change.Value = []byte(`{`)
			case "effect":
				return hall.Outcome{Status: hall.Applied, Effects: []hall.Effect{{Kind: "x"}}}, nil
			}
			return hall.Outcome{Status: hall.Applied, Changes: []hall.Change{change}}, nil
		}
	})
	k := kiosk(t)
	for _, entity := range []string{"panic", "error", "status", "noop with changes", "no id", "nul", "not json", "effect"} {
		v := k.submit(n, k.seal(k.op(hall.TakeTicket, entity, struct{}{})))[0]
		if v.Status != hall.Rejected || v.Reason.Code != "rules_failed" {
			t.Errorf("%s: %+v", entity, v)
		}
	}
	if v := k.submit(n, k.seal(k.op(hall.TakeTicket, "good", struct{}{})))[0]; v.Status != hall.Applied || v.Row != 1 {
		t.Errorf("after them: %+v", v)
	}
	n.verify()
}

func TestClosedWriterAnswersBusy(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db")
	k := kiosk(t)
	e := k.seal(countOp(k, 1))
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	var p *sync.Problem
	if _, err := n.Submit(t.Context(), k.push(e), k.origin()); !errors.As(err, &p) || p.Code != sync.ProblemBusy {
		t.Errorf("submit: %v", err)
	}
	if err := n.Private(t.Context(), func(context.Context, *sql.Tx) error { return nil }); !errors.As(err, &p) {
		t.Errorf("private: %v", err)
	}
	if _, _, err := n.Head(t.Context(), hallLane); err == nil {
		t.Error("head answers after Close")
	}
	if _, err := n.Rows(t.Context(), sync.Cursor{Lane: hallLane, Feed: hall.FeedQueue}, 0); err == nil {
		t.Error("rows answers after Close")
	}
	if _, err := n.World(t.Context(), hallLane).Queue(today); err == nil {
		t.Error("world answers after Close")
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"no keys":     {DSN: "sqlite:" + t.TempDir() + "/c.db"},
		"other dsn":   {DSN: "mysql://x", Keys: testKeys(t)},
		"no folder":   {DSN: "sqlite:" + t.TempDir() + "/none/c.db", Keys: testKeys(t)},
		"no database": {DSN: "postgres://u:geheim@127.0.0.1:1/x?connect_timeout=1", Keys: testKeys(t)},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		w, err := Open(ctx, o)
		cancel()
		if err == nil {
			t.Errorf("%s: opened", name)
			_ = w.Close()
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the password is in the error: %v", name, err)
		}
	}
}

func TestLoadKeys(t *testing.T) {
	dir := t.TempDir() + "/keys"
	a, err := LoadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := LoadKeys(dir)
	if err != nil || string(a.MAC)+string(a.Seal)+string(a.Lookup) != string(b.MAC)+string(b.Seal)+string(b.Lookup) {
		t.Fatalf("other keys the second time: %v", err)
	}
	st, err := os.Stat(dir + "/seal.key")
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", st.Mode(), err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", a, a, a, a); strings.ContainsAny(s, "0123456789") {
		t.Errorf("keys are printed: %s", s)
	}
	if err := os.WriteFile(dir+"/mac.key", []byte("zz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(dir); err == nil {
		t.Error("a damaged key is taken")
	}
	if err := os.Remove(dir + "/mac.key"); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(dir); err == nil {
		t.Error("a missing key is made anew beside old ones")
	}
}
