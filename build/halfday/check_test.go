package halfday

import (
	"database/sql"
	"encoding/json"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

// check stops the hall and holds the centre's database against the paper.
func (w *world) check() {
	t := w.t
	m, err := w.managerView()
	if err != nil {
		t.Fatal(err)
	}
	w.stage.Stop()
	tickets := load[hall.Ticket](w, "ticket")
	ratings := load[hall.Rating](w, "rating")
	t.Logf("%d tickets, %d slips, %d ratings", len(tickets), len(w.slips), len(ratings))
	if len(tickets) < 18 || len(w.slips) < 14 {
		t.Errorf("too few tickets (%d) or slips (%d): the half-day did not happen", len(tickets), len(w.slips))
	}
	for _, id := range w.doubled {
		t.Errorf("two slips of ticket %s", id)
	}
	numbers := map[string]string{}
	for id, tk := range tickets {
		if other, ok := numbers[tk.Number]; ok {
			t.Errorf("number %s belongs to %s and %s", tk.Number, other, id)
		}
		numbers[tk.Number] = id
	}
	for id, s := range w.slips {
		if _, ok := tickets[id]; !ok {
			t.Errorf("slip %d is of a ticket that the centre does not have: lost", s.N)
		}
	}
	served := 0
	for id, tk := range tickets {
		if tk.State != hall.TicketDone {
			continue
		}
		served++
		if _, ok := ratings[id]; !ok {
			t.Errorf("service %s has neither a rating nor «not rated»", tk.Number)
		}
	}
	if served != 2*len(w.stage.Names()) {
		t.Errorf("%d services finished, want %d", served, 2*len(w.stage.Names()))
	}
	if m.Totals.Issued != len(tickets) {
		t.Errorf("the manager's page shows %d numbers, the log has %d", m.Totals.Issued, len(tickets))
	}
	w.verify()
}

func load[T any](w *world, kind string) map[string]T {
	w.t.Helper()
	rows, err := w.db().Query("SELECT id, value FROM entity WHERE kind = ?", kind)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]T{}
	for rows.Next() {
		var id string
		var raw []byte
		if err := rows.Scan(&id, &raw); err != nil {
			w.t.Fatal(err)
		}
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			w.t.Fatal(err)
		}
		out[id] = v
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// verify reads every lane of the log again with the writer's own keys: numbers
// without a gap, chains, MACs, and entities that are what the rows give.
func (w *world) verify() {
	dir := filepath.Join(w.stage.Dir(), "central")
	keys, err := writer.LoadKeys(filepath.Join(dir, "keys"))
	if err != nil {
		w.t.Fatal(err)
	}
	log, err := writer.Open(w.ctx, writer.Options{DSN: "sqlite:" + filepath.Join(dir, "hallway.db"), Keys: keys})
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	for _, lane := range []string{sync.SharedLane, sync.HallLane("37010001")} {
		if row, _, err := log.Head(w.ctx, lane); err != nil || row == 0 {
			w.t.Errorf("lane %s: head %d, %v", lane, row, err)
		}
		if err := log.Verify(w.ctx, lane); err != nil {
			w.t.Errorf("lane %s: %v", lane, err)
		}
	}
}

func (w *world) db() *sql.DB {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.stage.Dir(), "central", "hallway.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { db.Close() })
	return db
}
