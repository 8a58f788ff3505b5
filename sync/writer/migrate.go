package writer

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"time"
)

// migrate applies the numbered files of a set that were not applied yet. Two
// programs that start at once meet at the primary key.
func migrate(ctx context.Context, db *sql.DB, set string, files fs.FS, now time.Time) error {
	const table = `CREATE TABLE IF NOT EXISTS hallway_schema (
		set_name TEXT NOT NULL, version TEXT NOT NULL, at_us BIGINT NOT NULL, PRIMARY KEY (set_name, version))`
	if _, err := db.ExecContext(ctx, table); err != nil {
		// PostgreSQL can answer «exists» when two create it at the same time.
		if _, err = db.ExecContext(ctx, table); err != nil {
			return fmt.Errorf("writer: schema table: %w", err)
		}
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return fmt.Errorf("writer: schema files: %w", err)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := migrateOne(ctx, db, set, name, files, now); err != nil {
			return fmt.Errorf("writer: schema %s/%s: %w", set, name, err)
		}
	}
	return nil
}

func migrateOne(ctx context.Context, db *sql.DB, set, name string, files fs.FS, now time.Time) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	res, err := tx.ExecContext(ctx, `INSERT INTO hallway_schema (set_name, version, at_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		set, name, now.UnixMicro())
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	for _, stmt := range strings.Split(string(text), ";\n") {
		if strings.TrimSpace(stmt) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	return tx.Commit()
}
