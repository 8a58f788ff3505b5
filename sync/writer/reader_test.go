package writer

import (
	"database/sql"
	"strings"
	gosync "sync"
	"testing"

	"hallway/app/hall"
	"hallway/sync/pgtest"
)

// TestReadsAfterCuts: connections that were cut while nobody used them are no
// reader's trouble, neither one of them nor all at once.
func TestReadsAfterCuts(t *testing.T) {
	pgtest.Only(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		_, name, _ := strings.Cut(dsn, "application_name=")
		admin, err := sql.Open("pgx", strings.Replace(dsn, "application_name=", "application_name=admin_", 1))
		if err != nil {
			t.Fatal(err)
		}
		defer admin.Close() // only for the cuts
		read := func() {
			var wg gosync.WaitGroup
			for range 3 * readers {
				wg.Go(func() {
					if _, _, err := n.Head(t.Context(), hallLane); err != nil {
						t.Error(err)
					}
					if _, err := n.Entities(t.Context(), hallLane, hall.EntityTerminal, Filter{}); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		for range 5 {
			read()
			var cut int
			if err := admin.QueryRowContext(t.Context(), `SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1`, name).Scan(&cut); err != nil || cut < 1 {
				t.Fatalf("%d connections were cut: %v", cut, err)
			}
			read()
			if _, err := n.Snapshot(t.Context(), hallLane, hall.FeedQueue); err != nil {
				t.Error(err)
			}
		}
		if _, err := (reader{n.Writer}).QueryContext(t.Context(), `SELECT nothing FROM nowhere`); err == nil {
			t.Error("a wrong query has an answer")
		}
	})
}
