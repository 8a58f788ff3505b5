package writer

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
)

// connTx is the transaction in which operations are decided: reads ask for many
// keys at once, and everything that is written goes to the database at its end,
// with the commit. On PostgreSQL that is one round trip per read and one for all
// that is written; on SQLite, prepared statements of the driver itself. There
// the context has no end: one that has makes the driver start a goroutine for
// each statement.
type connTx struct {
	conn     *sql.Conn
	stmts    *liteStmts
	ctx      context.Context
	postgres bool
	flight   chan error // of what is being written, see ahead
	failed   error
}

// begin takes the write connection and begins a transaction.
func (h *handle) begin(ctx context.Context) (*connTx, error) {
	if !h.postgres {
		ctx = context.Background()
	}
	conn, err := h.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &connTx{conn: conn, stmts: &h.stmts, ctx: ctx, postgres: h.postgres}
	how := "BEGIN IMMEDIATE"
	if h.postgres {
		how = "BEGIN"
	}
	if _, err := conn.ExecContext(ctx, how); err != nil {
		c.rollback()
		return nil, err
	}
	return c, nil
}

// rollback ends the transaction without it, and gives the connection back or,
// when it is broken, away.
func (c *connTx) rollback() {
	_ = c.land()                        // it goes too
	_ = c.conn.Raw(func(dc any) error { // gone already, or the pool makes another
		if lite, ok := dc.(*sqlite3.SQLiteConn); ok && lite.AutoCommit() {
			return nil // SQLite has rolled back by itself
		}
		_, err := dc.(driver.ExecerContext).ExecContext(c.ctx, "ROLLBACK", nil)
		if err != nil {
			c.stmts.close()
			return driver.ErrBadConn
		}
		return nil
	})
	_ = c.conn.Close() // only gives it back
}

// QueryContext implements querier.
func (c *connTx) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := c.land(); err != nil {
		return nil, err
	}
	return c.conn.QueryContext(c.ctx, query, args...)
}

// QueryRowContext implements querier.
func (c *connTx) QueryRowContext(_ context.Context, query string, args ...any) *sql.Row {
	_ = c.land() // the commit will not forget it
	return c.conn.QueryRowContext(c.ctx, query, args...)
}

func (c *connTx) exec(query string, args ...any) error {
	if err := c.land(); err != nil {
		return err
	}
	_, err := c.conn.ExecContext(c.ctx, query, args...)
	return err
}

// find gives each row that has one of the keys to got. Its values are string,
// int64, []byte or nil, and got may keep them.
func (c *connTx) find(l *lookup, keys [][]any, got func(row []any) error) error {
	if len(keys) == 0 {
		return nil
	}
	if err := c.land(); err != nil {
		return err
	}
	if !c.postgres {
		return c.findSQLite(l, keys, got)
	}
	query, args := l.one, keys[0]
	if len(keys) > 1 {
		query, args = l.many, arrays(l.table.columns[:l.table.key], keys)
	}
	rows, err := c.conn.QueryContext(c.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() // the error that counts is Err's
	into := make([]any, l.columns)
	for rows.Next() {
		row := make([]any, l.columns)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := got(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (c *connTx) findSQLite(l *lookup, keys [][]any, got func(row []any) error) error {
	query, args := l.one, keys[0]
	if len(keys) > 1 {
		list, err := json.Marshal(keys)
		if err != nil {
			return fmt.Errorf("keys: %w", err)
		}
		query, args = l.listed, []any{string(list)}
	}
	return c.conn.Raw(func(dc any) error {
		stmt, err := c.stmts.get(dc.(*sqlite3.SQLiteConn), query)
		if err != nil {
			return err
		}
		rows, err := stmt.Query(values(args))
		if err != nil {
			return err
		}
		return errors.Join(each(rows, l.columns, got), rows.Close())
	})
}

// each gives the rows of a statement of the driver to got.
func each(rows driver.Rows, columns int, got func(row []any) error) error {
	row := make([]driver.Value, columns)
	for {
		err := rows.Next(row)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		out := make([]any, columns)
		for i, v := range row {
			out[i], row[i] = v, nil
		}
		if err := got(out); err != nil {
			return err
		}
	}
}

func values(row []any) []driver.Value {
	out := make([]driver.Value, len(row))
	for i, v := range row {
		out[i] = v
	}
	return out
}

// bulk is what goes into one table, and what goes out of it.
type bulk struct {
	table *table
	put   [][]any
	del   [][]any // keys
}

// ahead writes something while the next operations are decided; only one flight
// is in the air, and whoever needs the connection waits until it has landed. What
// fails is told at the latest by commit.
func (c *connTx) ahead(all []bulk) {
	if c.land() != nil {
		return
	}
	flight := make(chan error, 1)
	c.flight = flight
	go func() { flight <- c.write(all, false) }()
}

// now writes something at once, for what is read later in this transaction.
func (c *connTx) now(b bulk) error {
	if err := c.land(); err != nil {
		return err
	}
	return c.write([]bulk{b}, false)
}

func (c *connTx) land() error {
	if c.flight != nil {
		c.failed = <-c.flight
		c.flight = nil
	}
	return c.failed
}

// commit writes everything and commits; whatever fails, nothing of it is there.
func (c *connTx) commit(all []bulk) error {
	err := c.land()
	if err == nil {
		err = c.write(all, true)
	}
	if err != nil {
		c.rollback()
		return err
	}
	return c.conn.Close() // only gives it back
}

func (c *connTx) write(all []bulk, commit bool) error {
	if c.postgres {
		return c.writePostgres(all, commit)
	}
	return c.writeSQLite(all, commit)
}

func (c *connTx) writeSQLite(all []bulk, commit bool) error {
	return c.conn.Raw(func(dc any) error {
		conn := dc.(*sqlite3.SQLiteConn)
		for _, b := range all {
			if err := c.execAll(conn, b.table.insertOne, b.put); err != nil {
				return fmt.Errorf("write %s: %w", b.table.name, err)
			}
			if err := c.execAll(conn, b.table.deleteOne, b.del); err != nil {
				return fmt.Errorf("delete %s: %w", b.table.name, err)
			}
		}
		if !commit {
			return nil
		}
		if err := c.execAll(conn, "COMMIT", [][]any{nil}); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return nil
	})
}

func (c *connTx) execAll(conn *sqlite3.SQLiteConn, query string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	stmt, err := c.stmts.get(conn, query)
	if err != nil {
		return err
	}
	for _, row := range rows {
		// The driver binds and steps in one call of C where a query is asked; an Exec
		// takes one call for each value.
		done, err := stmt.Query(values(row))
		if err != nil {
			return err
		}
		if err := done.Close(); err != nil {
			return err
		}
	}
	return nil
}

// liteStmts are the prepared statements of the connection that writes to SQLite.
type liteStmts struct {
	conn *sqlite3.SQLiteConn
	all  map[string]*sqlite3.SQLiteStmt
}

func (s *liteStmts) get(conn *sqlite3.SQLiteConn, query string) (*sqlite3.SQLiteStmt, error) {
	if s.conn != conn {
		s.close()
		s.conn, s.all = conn, map[string]*sqlite3.SQLiteStmt{}
	}
	if stmt := s.all[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	s.all[query] = stmt.(*sqlite3.SQLiteStmt)
	return s.all[query], nil
}

// close must come before the connection's own end: what is prepared holds its
// file open.
func (s *liteStmts) close() {
	for _, stmt := range s.all {
		_ = stmt.Close() // the connection goes too
	}
	s.conn, s.all = nil, nil
}

func (c *connTx) writePostgres(all []bulk, commit bool) error {
	batch := &pgx.Batch{}
	for _, b := range all {
		t := b.table
		if len(b.put) == 1 {
			batch.Queue(t.insertOne, b.put[0]...)
		} else if len(b.put) > 1 {
			batch.Queue(t.insertMany, arrays(t.columns, b.put)...)
		}
		if len(b.del) > 0 {
			batch.Queue(t.deleteMany, arrays(t.columns[:t.key], b.del)...)
		}
	}
	if commit {
		batch.Queue("COMMIT")
	}
	return c.conn.Raw(func(dc any) error {
		results := dc.(*stdlib.Conn).Conn().SendBatch(c.ctx, batch)
		var err error
		for range batch.Len() {
			tag, failed := results.Exec()
			if failed == nil && tag.String() == "ROLLBACK" {
				failed = errors.New("the transaction was undone")
			}
			err = errors.Join(err, failed)
			if err != nil {
				break
			}
		}
		if err = errors.Join(err, results.Close()); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	})
}

// arrays turns rows into one array per column.
func arrays(columns []column, rows [][]any) []any {
	out := make([]any, len(columns))
	for i, c := range columns {
		switch c.kind {
		case text:
			out[i] = gather[string](rows, i)
		case whole:
			out[i] = gather[int64](rows, i)
		default:
			out[i] = gather[[]byte](rows, i)
		}
	}
	return out
}

func gather[T any](rows [][]any, i int) []T {
	out := make([]T, len(rows))
	for n, row := range rows {
		out[n], _ = row[i].(T) // nil is SQL's NULL
	}
	return out
}
