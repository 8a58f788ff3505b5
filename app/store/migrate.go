package store

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// migrate brings the tables to the layout of this program, one step at a time,
// each in a transaction of its own: a process killed in between goes on from
// there. The database of a newer program is left alone.
func (s *Store) migrate(ctx context.Context) error {
	var version int
	if err := s.w.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return disk("read the schema version", err)
	}
	names, err := fs.Glob(layouts, "sql/*.sql") // sorted
	if err != nil {
		return fail(CodeFailed, "the layouts cannot be listed", "report this", err)
	}
	if version > len(names) {
		return fail(CodeDamaged, fmt.Sprintf("the database has layout %d, this program knows %d", version, len(names)), "start the newer program", nil)
	}
	if version == 0 {
		// Small pages: a transaction touches several of them, and each is written
		// whole.
		if _, err := s.w.conn.ExecContext(ctx, "PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM; PRAGMA journal_mode = WAL"); err != nil {
			return disk("lay the database out", err)
		}
	}
	for _, name := range names[version:] {
		if err := s.migrateTo(ctx, name); err != nil {
			return disk("make the tables of "+name, err)
		}
	}
	syncDir(s.opt.Dir)
	return nil
}

func (s *Store) migrateTo(ctx context.Context, name string) error {
	text, err := fs.ReadFile(layouts, name)
	if err != nil {
		return err
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(name, "sql/"), "_")
	version, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	_, err = s.w.conn.ExecContext(ctx, "BEGIN IMMEDIATE;\n"+string(text)+"\nPRAGMA user_version = "+strconv.Itoa(version)+";\nCOMMIT")
	if err != nil {
		_, _ = s.w.conn.ExecContext(ctx, "ROLLBACK") // SQLite may have done it already
	}
	return err
}
