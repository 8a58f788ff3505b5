package writer

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pgtest"
)

// Four writers, one of them a process of its own, serve one hall over one
// PostgreSQL with many senders at once; the process is killed in the middle, and
// an operator cuts connections at random. Every operation is decided once, the
// log has no gap, and what was acknowledged is there.
func TestSeveralWritersOneKilled(t *testing.T) {
	pgtest.Only(t, func(t *testing.T, dsn string) {
		dir := t.TempDir()
		keys, err := LoadKeys(dir)
		if err != nil {
			t.Fatal(err)
		}
		var nodes []*node
		for range 3 {
			nodes = append(nodes, start(t, dsn, func(o *Options) { o.Step, o.Keys = counting, keys }))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		acks := acknowledged{rows: map[string]string{}}
		var wg gosync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				k := kiosk(t)
				k.id = fmt.Sprint("T", i)
				for j := range 40 {
					e := k.seal(countOp(k, 3))
					for try := 0; ; try++ {
						// another writer each time, as behind a balancer
						reply, err := nodes[(i+j+try)%len(nodes)].Submit(ctx, k.push(e), k.origin())
						var p *sync.Problem
						if errors.As(err, &p) && p.Code == sync.ProblemBusy {
							time.Sleep(time.Duration(10+i) * time.Millisecond)
							continue
						}
						if err != nil || reply.Problem != nil {
							t.Errorf("%s: %v %v", k.id, err, reply.Problem)
							return
						}
						acks.add(t, string(reply.Verdicts[0].OpID), fmt.Sprint(reply.Verdicts[0].Row))
						break
					}
				}
			})
		}
		stopCutting := cutConnections(t, dsn)
		for range 3 {
			killChild(t, dsn+"\n"+dir, 15, &acks, 20)
		}
		wg.Wait()
		stopCutting()
		n := nodes[0]
		n.restart() // reads over connections that were not cut
		n.verify()
		for id, row := range acks.rows {
			if v, ok, err := n.Verdict(ctx, hall.OpID(id)); err != nil || !ok || fmt.Sprint(v.Row) != row {
				t.Fatalf("%s acknowledged at row %s: %+v %v %v", id, row, v, ok, err)
			}
		}
		var ops, rows int64
		if err := n.Reader().QueryRowContext(ctx, `SELECT COUNT(*), COUNT(DISTINCT row_no) FROM op`).Scan(&ops, &rows); err != nil {
			t.Fatal(err)
		}
		if head := n.head(); len(acks.rows) < 16*40+45 || head != 3*ops || rows != ops {
			t.Errorf("%d acknowledged, %d operations at %d rows, head %d", len(acks.rows), ops, rows, head)
		}
	})
}

func TestPostgresThatMayForgetIsRefused(t *testing.T) {
	pgtest.Only(t, func(t *testing.T, dsn string) {
		w, err := Open(t.Context(), Options{DSN: dsn + "&synchronous_commit=off", Keys: testKeys(t)})
		if err == nil {
			err = w.Close()
			t.Fatalf("opened; %v", err)
		}
		if !strings.Contains(err.Error(), "synchronous_commit") {
			t.Error(err)
		}
	})
}

// acknowledged remembers at which row each operation was acknowledged.
type acknowledged struct {
	mu   gosync.Mutex
	rows map[string]string
}

func (a *acknowledged) add(t *testing.T, op, row string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if was, ok := a.rows[op]; ok && was != row {
		t.Errorf("%s was decided at row %s, then at %s", op, was, row)
	}
	a.rows[op] = row
}

// killChild runs TestChild in a process of its own and kills it after so many
// verdicts more than any child before gave. One that cannot begin is started
// again, as its supervisor would.
func killChild(t *testing.T, env string, verdicts int, acks *acknowledged, restarts int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+env)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	fresh := 0
	for sc := bufio.NewScanner(out); sc.Scan(); {
		f := strings.Fields(sc.Text())
		if len(f) != 3 || f[0] != "verdict" {
			continue // of the testing package
		}
		acks.mu.Lock()
		_, known := acks.rows[f[1]]
		acks.mu.Unlock()
		acks.add(t, f[1], f[2])
		if known {
			continue
		}
		if fresh++; fresh == verdicts {
			if err := cmd.Process.Kill(); err != nil { // while it goes on
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	if fresh == 0 && restarts > 0 { // its connection was cut before it had begun
		killChild(t, env, verdicts, acks, restarts-1)
		return
	}
	if err == nil || fresh < verdicts {
		t.Fatalf("the child ended by itself after %d verdicts: %v", fresh, err)
	}
}

// cutConnections ends one connection of that database after another.
func cutConnections(t *testing.T, dsn string) (stop func()) {
	t.Helper()
	_, name, _ := strings.Cut(dsn, "application_name=")
	admin, err := sql.Open("pgx", strings.Replace(dsn, "application_name=", "application_name=admin_", 1))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done, cut := make(chan struct{}), 0
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			time.Sleep(30 * time.Millisecond)
			var n int
			err := admin.QueryRowContext(ctx, `SELECT COUNT(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
				WHERE application_name = $1 AND state <> 'idle' ORDER BY random() LIMIT 1) AS one`, name).Scan(&n)
			if err == nil {
				cut += n
			}
		}
	}()
	return func() {
		cancel()
		<-done
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
		if cut == 0 {
			t.Error("no connection was cut")
		}
	}
}
