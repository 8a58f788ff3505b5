package central

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	gosync "sync"
	"testing"

	"hallway/sync/pgtest"
)

// What a centre does over PostgreSQL: the same tests as over SQLite.
func TestOnPostgres(t *testing.T) {
	if base, err := pgtest.Postgres(); err != nil {
		t.Fatal(err)
	} else if base == "" {
		t.Skip("no PostgreSQL is installed")
	}
	tests := map[string]func(*testing.T){
		"booking":     TestBookGivesCodeAndQR,
		"again":       TestBookAgainIsTheSameBooking,
		"race":        TestRaceForTheLastPlace,
		"one key":     TestOneKeyAtOnce,
		"cancel":      TestCancel,
		"sessions":    TestSessionAtTerminals,
		"lock":        TestLockAfterFailures,
		"audit":       TestAuditTrail,
		"no show":     TestNoShowFiresOnce,
		"close day":   TestDayIsClosedOnce,
		"restart":     TestRestartKeepsEverything,
		"material":    TestMaterialComesAndAcceptsTheCase,
		"deadlines":   TestClocksOfCasesFireOnce,
		"files":       TestCaseFiles,
		"progress":    TestProgress,
		"manager":     TestManagerView,
		"versions":    TestPublishedVersionsStay,
		"notices":     TestTheManagerPostsAndWithdrawsNotices,
		"revoke":      TestRevoke,
		"revoke page": TestTheManagerShutsATerminalOut,
		"department":  TestDepartmentDownAndBack,
		"two centres": twoCentresAskOnce,
		"records":     TestRecordsAcrossACrash,
		"one sends":   twoCentresSendOnce,
		"one reminds": twoCentresRemindOnce,
		"supervision": TestSupervision,
		"long turn":   TestALongTurnHoldsAndLetsGo,
		"one batch":   TestCompletionAndVoidingInOneBatch,
		"permissions": TestPermissionMatrix,
	}
	if testing.Short() {
		delete(tests, "permissions") // who may is decided before any database is asked
	}
	for name, test := range tests {
		t.Run(name, test)
	}
}

func postgresOf(t testing.TB) string {
	t.Helper()
	base, err := pgtest.Postgres()
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.Schema(t, base)
}

func bytesOfPostgres(t testing.TB, dsn string) []byte {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return valuesOf(t, db, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`)
}

// valuesOf reads every value of the tables that a query names, each on a line.
func valuesOf(t testing.TB, db *sql.DB, tables string) []byte {
	t.Helper()
	list := func(query string) (out [][]any) {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			out = append(out, values)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	var all []byte
	for _, table := range list(tables) {
		for _, row := range list(fmt.Sprintf(`SELECT * FROM %q`, table[0])) {
			for _, v := range row {
				if b, ok := v.([]byte); ok {
					all = append(all, b...)
				} else {
					all = fmt.Append(all, v)
				}
				all = append(all, '\n')
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("the database is empty")
	}
	return all
}

// Several centres start over one empty database at once: each finds the tables
// made once and the hall published once.
func TestCentresStartAtOnce(t *testing.T) {
	pgtest.Only(t, func(t *testing.T, dsn string) {
		b := newBed(t, func(c *Config) { c.Keys = t.TempDir() + "/keys" })
		cfg := b.cfg
		cfg.Database = dsn
		const n = 4
		centres, errs := make([]*Centre, n), make([]error, n)
		var wg gosync.WaitGroup
		for i := range n {
			wg.Go(func() {
				centres[i], errs[i] = Open(context.Background(), Options{Config: cfg, Real: b.clock.now, Logger: slog.New(slog.DiscardHandler)})
			})
		}
		wg.Wait()
		for i, c := range centres {
			if errs[i] != nil {
				t.Errorf("centre %d: %v", i, errs[i])
				continue
			}
			t.Cleanup(func() {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
			if _, err := c.store.verifyAudit(t.Context()); err != nil {
				t.Error(err)
			}
			for _, lane := range []string{"shared", "hall/" + c.hallCode} {
				if err := c.writer.Verify(t.Context(), lane); err != nil {
					t.Error(err)
				}
			}
		}
		if centres[0] == nil {
			return
		}
		var twice int
		err := centres[0].store.read.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM (SELECT id FROM log WHERE kind = 'catalogue' GROUP BY id HAVING COUNT(*) > 1) AS t`).Scan(&twice)
		if err != nil || twice != 0 {
			t.Error(fmt.Errorf("%d catalogues were published twice: %w", twice, err))
		}
	})
}
