package writer

import (
	"os"
	"testing"

	"hallway/sync/pgtest"
)

// The suite runs on SQLite always, and on PostgreSQL where there is one.
func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// eachDB runs a test on every database; dsn is an empty one.
func eachDB(t *testing.T, test func(t *testing.T, dsn string)) { pgtest.Each(t, test) }
