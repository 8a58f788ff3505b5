package writer

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"time"
)

// OwnTables opens the writer's database for a package that keeps tables of its
// own there, on connections of its own, and applies the numbered *.sql files of
// its set. What it writes waits for no operation, and none waits for it longer
// than for one of its transactions.
func OwnTables(ctx context.Context, dsn, set string, files fs.FS, now time.Time) (write, read *sql.DB, err error) {
	h, err := openDB(ctx, dsn)
	if err != nil {
		return nil, nil, err
	}
	if h.postgres {
		h.write.SetMaxOpenConns(4)
	}
	if err := migrate(ctx, h.write, set, files, now); err != nil {
		return nil, nil, errors.Join(err, h.close())
	}
	return h.write, h.read, nil
}
