// Package pgtest runs tests on every database that the centre can have: SQLite
// always, PostgreSQL when HALLWAY_TEST_PG holds a DSN or a PostgreSQL is
// installed, which it then starts for itself on a private socket and folder.
// Each test gets an empty database. Without a PostgreSQL those tests are left
// out and the run says so; with HALLWAY_TEST_NEEDS_ALL set, as build/test does,
// they fail.
package pgtest

import (
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"
	"go.uber.org/goleak"

	"hallway/sync/pgtest/pgserver"
)

// Main runs the tests of a package, stops the server and looks for goroutines
// that are left.
func Main(m *testing.M) int {
	code := m.Run()
	if pg.stop != nil {
		pg.stop()
	}
	if pg.dsn == "" {
		log.Print("only SQLite was run: HALLWAY_TEST_PG is not set and no PostgreSQL is installed")
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

var pg struct {
	once gosync.Once
	dsn  string
	err  error
	stop func()
	n    atomic.Int64
}

// Postgres returns the DSN of a server for tests, or "" where there is none and
// none is asked for.
func Postgres() (string, error) {
	pg.once.Do(func() {
		if pg.dsn = os.Getenv("HALLWAY_TEST_PG"); pg.dsn != "" {
			return
		}
		switch {
		case pgserver.Installed():
			pg.dsn, pg.stop, pg.err = pgserver.Start(false)
		case os.Getenv("HALLWAY_TEST_NEEDS_ALL") != "":
			pg.err = errors.New("no PostgreSQL is installed: apt-get install postgresql-15, or set HALLWAY_TEST_PG to the address of one")
		}
	})
	return pg.dsn, pg.err
}

// Each runs a test on every database; dsn is an empty one.
func Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "central.db")) })
	if base := need(t); base != "" {
		t.Run("postgres", func(t *testing.T) { test(t, Schema(t, base)) })
	}
}

// Only runs a test on PostgreSQL alone; dsn is an empty database there.
func Only(t *testing.T, test func(t *testing.T, dsn string)) {
	if base := need(t); base != "" {
		test(t, Schema(t, base))
	}
}

func need(t *testing.T) string {
	t.Helper()
	base, err := Postgres()
	if err != nil {
		t.Fatal(err)
	}
	if base == "" {
		t.Log("only SQLite was run")
	}
	return base
}

// Schema makes an empty schema and the DSN that uses it.
func Schema(t testing.TB, base string) string {
	t.Helper()
	name := fmt.Sprintf("t%d_%d", os.Getpid(), pg.n.Add(1))
	db, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE SCHEMA ` + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db, err := sql.Open("pgx", base)
		if err == nil {
			_, err = db.Exec(`DROP SCHEMA ` + name + ` CASCADE`)
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			t.Error(err)
		}
	})
	sep := "?"
	if strings.Contains(base, "?") {
		sep = "&"
	}
	return base + sep + "search_path=" + name + "&application_name=" + name
}
