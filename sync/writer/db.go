package writer

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"
	"github.com/mattn/go-sqlite3"
)

//go:embed sql/*.sql
var schema embed.FS

// handle is an open database: one connection that writes, a pool that reads.
type handle struct {
	write, read *sql.DB
	postgres    bool
	stmts       liteStmts
}

// openDB opens the database that dsn names: "sqlite:PATH" or "postgres://…"; a
// test may put a disk of its own under SQLite: "sqlite:PATH?vfs=NAME".
func openDB(ctx context.Context, dsn string) (*handle, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgres(ctx, dsn)
	}
	return nil, errors.New("writer: the database must be sqlite:PATH or postgres://…; correct «database» in the configuration")
}

// readers is how many connections to PostgreSQL read.
const readers = 8

func openPostgres(ctx context.Context, dsn string) (*handle, error) {
	h := &handle{postgres: true}
	for _, p := range []struct {
		db *(*sql.DB)
		n  int
	}{{&h.write, 1}, {&h.read, readers}} {
		db, err := sql.Open("pgx", dsn)
		if err != nil { // the text may hold the password: not wrapped
			h.close()
			return nil, errors.New("writer: the PostgreSQL address cannot be read; correct «database» in the configuration")
		}
		db.SetMaxOpenConns(p.n)
		db.SetMaxIdleConns(p.n)
		*p.db = db
		if err := db.PingContext(ctx); err != nil {
			h.close()
			return nil, fmt.Errorf("writer: PostgreSQL does not answer; is it running, and may this user connect? %w", err)
		}
	}
	if err := assertPostgres(ctx, h.write); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// assertPostgres refuses a server that answers before what was committed is safe.
func assertPostgres(ctx context.Context, db *sql.DB) error {
	var commit sql.NullString // NULL: an engine that has no such choice
	if err := db.QueryRowContext(ctx, `SELECT current_setting('synchronous_commit', true)`).Scan(&commit); err != nil {
		return fmt.Errorf("writer: PostgreSQL does not say how it commits: %w", err)
	}
	if commit.String == "off" {
		return errors.New("writer: PostgreSQL has synchronous_commit = off and would lose what was acknowledged; set it to on for this user or database")
	}
	return nil
}

// writerDriver is SQLite for the connection that writes: with room in memory for
// the inner pages of a million cases, and a log that is taken over every 16 MB and
// not every 4, because a batch touches the same pages again and again.
const writerDriver = "sqlite3-writer"

func init() {
	sql.Register(writerDriver, &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		for _, pragma := range []string{"PRAGMA cache_size = -32768", "PRAGMA wal_autocheckpoint = 4096"} {
			if _, err := c.Exec(pragma, nil); err != nil {
				return err
			}
		}
		return nil
	}})
}

// openSQLite opens PATH, or PATH?vfs=NAME through a registered VFS of SQLite.
func openSQLite(ctx context.Context, path string) (*handle, error) {
	path, vfs, _ := strings.Cut(path, "?vfs=")
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("writer: path of the database: %w", err)
	}
	// Created here so that nobody else can read it; the -wal and -shm files
	// take over its mode.
	f, err := os.OpenFile(abs, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writer: cannot open the database file; check the folder and its rights: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("writer: database file: %w", err)
	}
	base := "file:" + (&url.URL{Path: abs}).EscapedPath() +
		"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_foreign_keys=1&_secure_delete=1&_stmt_cache_size=64"
	if vfs != "" {
		base += "&vfs=" + url.QueryEscape(vfs)
	}
	h := &handle{}
	if h.write, err = sql.Open(writerDriver, base+"&_txlock=immediate"); err == nil {
		h.write.SetMaxOpenConns(1)
		err = assertSQLite(ctx, h.write)
	}
	if err == nil {
		if h.read, err = sql.Open("sqlite3", base+"&_query_only=1"); err == nil {
			h.read.SetMaxOpenConns(4)
			h.read.SetMaxIdleConns(4)
			err = assertSQLite(ctx, h.read)
		}
	}
	if err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

// assertSQLite refuses a library or a connection that does not keep the
// promises that we build on.
func assertSQLite(ctx context.Context, db *sql.DB) error {
	if _, n, _ := sqlite3.Version(); n < 3051003 {
		return fmt.Errorf("writer: SQLite %d is older than 3.51.3 and can damage a WAL database; build with the bundled one", n)
	}
	for _, p := range []struct{ name, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"secure_delete", "1"}, {"busy_timeout", "10000"},
	} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("writer: cannot open the SQLite database: %w", err)
		}
		if got != p.want {
			return fmt.Errorf("writer: SQLite pragma %s is %s, not %s; is the file on a network disk?", p.name, got, p.want)
		}
	}
	return nil
}

func (h *handle) close() error {
	var errs []error
	h.stmts.close()
	if h.read != nil {
		errs = append(errs, h.read.Close())
	}
	if h.write != nil {
		errs = append(errs, h.write.Close())
	}
	return errors.Join(errs...)
}

// broken says that after this error the SQLite handle must not be used again:
// an fsync that failed leaves nobody knowing what is on the disk.
func broken(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrIoErr || e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}

// diskFull says that there was no room to write.
func diskFull(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) {
		return e.Code == sqlite3.ErrFull
	}
	var pg interface{ SQLState() string }
	return errors.As(err, &pg) && pg.SQLState() == "53100"
}
