package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"hallway/app/hall"
)

// reader is the reading pool of the writer as it is now.
type reader struct{ w *Writer }

func (r reader) pool() *sql.DB { return r.w.Reader() }

// QueryContext implements querier.
func (r reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	db := r.pool()
	if db == nil {
		return nil, errClosed()
	}
	rows, err := db.QueryContext(ctx, query, args...)
	for n := 0; n < readers && r.again(ctx, err); n++ {
		rows, err = db.QueryContext(ctx, query, args...)
	}
	return rows, err
}

// again says whether a read failed because its connection did: all of the pool may
// have been cut while nobody used them, and a new one be whole.
func (r reader) again(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, sql.ErrConnDone) || !r.w.onPostgres() {
		return false
	}
	var said *pgconn.PgError
	return !errors.As(err, &said) || strings.HasPrefix(said.Code, "57P") || strings.HasPrefix(said.Code, "08")
}

func (w *Writer) onPostgres() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.db != nil && w.db.postgres
}

// QueryRowContext implements querier.
func (r reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if db := r.pool(); db != nil {
		row := db.QueryRowContext(ctx, query, args...)
		for n := 0; n < readers && r.again(ctx, row.Err()); n++ {
			row = db.QueryRowContext(ctx, query, args...)
		}
		return row
	}
	return closedDB.QueryRowContext(ctx, query, args...)
}

// closedDB answers «database is closed» to whoever reads after Close.
var closedDB = func() *sql.DB {
	db, err := sql.Open("sqlite3", ":memory:")
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		panic("writer: " + err.Error())
	}
	return db
}()

// Entity is one value of the confirmed state.
type Entity struct {
	Kind  hall.EntityKind
	ID    string
	Value json.RawMessage
	Row   int64 // of its last change
}

// Filter of Entities; zero fields do not restrict.
type Filter struct {
	Prefix string // of the id
	Day    string // that the value carries
}

// Entities lists the entities of one kind in a lane, in order of their ids.
func (w *Writer) Entities(ctx context.Context, lane string, kind hall.EntityKind, f Filter) ([]Entity, error) {
	query, args := `SELECT id, value, row_no FROM entity WHERE lane = $1 AND kind = $2`, []any{lane, string(kind)}
	if f.Day != "" {
		query, args = query+` AND part = $3`, append(args, f.Day)
	}
	rows, err := reader{w}.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("writer: entities: %w", err)
	}
	all, err := collect(rows, func(r *sql.Rows) (Entity, error) {
		e := Entity{Kind: kind}
		var value []byte
		err := r.Scan(&e.ID, &value, &e.Row)
		e.Value = value
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("writer: entities: %w", err)
	}
	out := all[:0]
	for _, e := range all {
		if strings.HasPrefix(e.ID, f.Prefix) {
			out = append(out, e)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out, nil
}
