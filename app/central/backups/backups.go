// Package backups writes the whole database of a centre into one file, and puts
// it back (备份与恢复), from and to SQLite and PostgreSQL alike.
//
// A backup is gzip over JSON lines: a head, then every table (its columns, its
// rows) as of one moment, then a manifest with the number of rows and the
// SHA-256 of each table. It holds what the database holds: sealed fields stay
// sealed, and the keys are not in it. The file is readable by its owner only.
//
// Guarantees:
//
//   - A backup is in its place whole or not at all, and only after it was read
//     back from the disk, put into an empty database and checked there: digests,
//     counts, SQLite's integrity check, and the chain, the MACs and the state of
//     every lane (writer.Verify).
//   - Put reads the whole file and compares its digests before it writes, fills
//     only an empty database, in one transaction, and marks it, so that the
//     centre knows at its next start that it was put back (writer.MarkRestored).
//   - A file that was cut, changed or made by a newer program is refused with
//     what to do.
//
// Expects: tables of TEXT, BIGINT and BYTEA, as all of the centre's are; steps of
// the layout that only add tables, columns and indexes.
//
// Source: design §2 rule 5.
package backups

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Codes of errors.
const (
	CodeDamaged  = "backup_damaged"   // the file is not what was written
	CodeNewer    = "backup_newer"     // of a newer program
	CodeNotEmpty = "database_in_use"  // the database to fill holds something
	CodeFailed   = "backup_failed"    // it could not be read or written
	CodeDatabase = "database_damaged" // the database itself does not check out
	CodeKeys     = "keys_missing"     // the centre's keys are not there
)

// Error says what happened and what to do.
type Error struct {
	Code, Message, Next string
	Err                 error
}

func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + " (" + e.Next + ")"
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func fail(code, message, next string, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return &Error{code, message, next, err}
}

const format = "hallway-backup 1"

// Manifest is what a backup holds.
type Manifest struct {
	Format string    `json:"format"`
	At     time.Time `json:"at"`
	// Layout is the steps of the tables' layout, «set/file».
	Layout []string `json:"layout"`
	Tables []Table  `json:"tables"`
}

// Table is one table of a backup.
type Table struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// line is one line of the file; exactly one field is set.
type line struct {
	Head     *Manifest `json:"head,omitempty"`
	Table    string    `json:"table,omitempty"`
	Columns  []string  `json:"columns,omitempty"`
	Row      []any     `json:"row,omitempty"`
	Manifest *Manifest `json:"manifest,omitempty"`
}

// blob is how bytes stand in a row.
type blob struct {
	B []byte `json:"b"`
}

// Write writes a backup of the database to path. A file that is there is not
// replaced.
func Write(ctx context.Context, db *sql.DB, postgres bool, path string, at time.Time) (m Manifest, err error) {
	next := "look at the disk and the path, then try again"
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return m, fail(CodeFailed, "the backup file cannot be made", "give the path of a file that is not there yet", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	z := gzip.NewWriter(f)
	m, err = dump(ctx, db, postgres, z, at)
	err = errors.Join(err, z.Close())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return m, fail(CodeFailed, "the backup could not be written", next, err)
	}
	return m, nil
}

func dump(ctx context.Context, db *sql.DB, postgres bool, out io.Writer, at time.Time) (Manifest, error) {
	m := Manifest{Format: format, At: at.UTC()}
	var moment *sql.TxOptions
	if postgres {
		moment = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := db.BeginTx(ctx, moment)
	if err != nil {
		return m, err
	}
	defer tx.Rollback() // only reads
	names, err := tables(ctx, tx, postgres)
	if err != nil {
		return m, err
	}
	if m.Layout, err = texts(ctx, tx, "SELECT set_name || '/' || version FROM hallway_schema ORDER BY 1"); err != nil {
		return m, err
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	head := m
	if err := e.Encode(line{Head: &head}); err != nil {
		return m, err
	}
	for _, name := range names {
		t, err := dumpTable(ctx, tx, name, out)
		if err != nil {
			return m, fmt.Errorf("table %s: %w", name, err)
		}
		m.Tables = append(m.Tables, t)
	}
	return m, e.Encode(line{Manifest: &m})
}

func dumpTable(ctx context.Context, tx *sql.Tx, name string, out io.Writer) (Table, error) {
	t := Table{Name: name}
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+quoted(name))
	if err != nil {
		return t, err
	}
	defer rows.Close() // the error that counts is Err's
	columns, err := rows.Columns()
	if err != nil {
		return t, err
	}
	sum := sha256.New()
	e := json.NewEncoder(io.MultiWriter(out, sum))
	e.SetEscapeHTML(false)
	if err := e.Encode(line{Table: name, Columns: columns}); err != nil {
		return t, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return t, err
		}
		row := make([]any, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case nil, string, int64:
				row[i] = v
			case []byte:
				row[i] = blob{v}
			default:
				return t, fmt.Errorf("column %s holds a %T", columns[i], v)
			}
		}
		if err := e.Encode(line{Row: row}); err != nil {
			return t, err
		}
		t.Rows++
	}
	t.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return t, rows.Err()
}

// tables lists the tables of the database, schema's own first.
func tables(ctx context.Context, tx *sql.Tx, postgres bool) ([]string, error) {
	q := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'hallway_schema' ORDER BY name"
	if postgres {
		q = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'hallway_schema' ORDER BY table_name"
	}
	return texts(ctx, tx, q)
}

func texts(ctx context.Context, tx *sql.Tx, q string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // the error that counts is Err's
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Read reads a backup to its end and compares every digest and count. take gets
// each row, when it is not nil.
func Read(path string, take func(table string, columns []string, row []any) error) (Manifest, error) {
	damaged := func(what string, err error) (Manifest, error) {
		return Manifest{}, fail(CodeDamaged, "the backup is damaged: "+what, "take another backup; this one cannot be put back", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, fail(CodeFailed, "the backup cannot be read", "check the path and the rights of the file", err)
	}
	defer f.Close() // only read
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return damaged("it is no backup", err)
	}
	lines := bufio.NewReaderSize(z, 1<<20)
	var at reading
	for {
		raw, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(raw) == 0 {
			return damaged("it ends before its manifest", nil)
		}
		if err != nil {
			return damaged("it ends in the middle", err)
		}
		end, err := at.line(raw, take)
		if err != nil {
			var known *Error
			if errors.As(err, &known) {
				return Manifest{}, err
			}
			return damaged(err.Error(), nil)
		}
		if !end {
			continue
		}
		if _, err := lines.ReadByte(); !errors.Is(err, io.EOF) {
			return damaged("something stands behind its manifest", nil)
		}
		return at.head, nil
	}
}

// reading is how far a backup has been read.
type reading struct {
	head    Manifest
	begun   bool
	table   Table
	columns []string
	sum     hash.Hash
	done    []Table
}

func (r *reading) line(raw []byte, take func(string, []string, []any) error) (end bool, err error) {
	var l line
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&l); err != nil {
		return false, errors.New("a line cannot be read")
	}
	switch {
	case l.Head != nil && !r.begun:
		r.head, r.begun = *l.Head, true
		if l.Head.Format != format {
			return false, fail(CodeNewer, "the backup has the format "+l.Head.Format, "put it back with the program that made it, or a newer one", nil)
		}
	case !r.begun:
		return false, errors.New("it does not begin with its head")
	case l.Table != "":
		r.close()
		r.table, r.columns, r.sum = Table{Name: l.Table}, l.Columns, sha256.New()
		r.sum.Write(raw)
	case l.Row != nil && r.sum != nil && len(l.Row) == len(r.columns):
		r.sum.Write(raw)
		r.table.Rows++
		if take == nil {
			return false, nil
		}
		for i, v := range l.Row {
			if l.Row[i], err = value(v); err != nil {
				return false, err
			}
		}
		return false, take(r.table.Name, r.columns, l.Row)
	case l.Manifest != nil:
		r.close()
		if !slices.Equal(l.Manifest.Tables, r.done) || !slices.Equal(l.Manifest.Layout, r.head.Layout) {
			return false, errors.New("its tables are not those of its manifest")
		}
		r.head = *l.Manifest
		return true, nil
	default:
		return false, errors.New("a line stands where it does not belong")
	}
	return false, nil
}

func (r *reading) close() {
	if r.sum != nil {
		r.table.SHA256 = hex.EncodeToString(r.sum.Sum(nil))
		r.done = append(r.done, r.table)
		r.sum = nil
	}
}

func value(v any) (any, error) {
	switch v := v.(type) {
	case nil, string:
		return v, nil
	case json.Number:
		return v.Int64()
	case map[string]any:
		raw, err := json.Marshal(v)
		var b blob
		if err == nil {
			err = json.Unmarshal(raw, &b)
		}
		if b.B == nil {
			b.B = []byte{}
		}
		return b.B, err
	}
	return nil, fmt.Errorf("a value is a %T", v)
}

// Put fills a database whose tables are there and hold nothing of a hall with a
// backup, in one transaction. Columns that the backup does not know keep their
// defaults; a table or a step of the layout that the database does not know is
// CodeNewer.
func Put(ctx context.Context, db *sql.DB, postgres bool, path string) (Manifest, error) {
	m, err := Read(path, nil) // before anything is written
	if err != nil {
		return m, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return m, fail(CodeFailed, "the database cannot be written", "look at the database, then try again", err)
	}
	if err := put(ctx, tx, postgres, path, m); err != nil {
		return m, errors.Join(fail(CodeFailed, "the backup could not be put back; nothing was changed", "look at the database and its disk, then try again", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return m, fail(CodeFailed, "the backup could not be put back", "look at the database and its disk, then try again with an empty one", err)
	}
	return m, nil
}

func put(ctx context.Context, tx *sql.Tx, postgres bool, path string, m Manifest) error {
	have, err := texts(ctx, tx, "SELECT set_name || '/' || version FROM hallway_schema")
	if err != nil {
		return err
	}
	for _, step := range m.Layout {
		if !slices.Contains(have, step) {
			return fail(CodeNewer, "the backup has the layout "+step+", which this program does not know", "put it back with the program that made it, or a newer one", nil)
		}
	}
	names, err := tables(ctx, tx, postgres)
	if err != nil {
		return err
	}
	var lanes int
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM lane").Scan(&lanes); err != nil || lanes > 0 {
		if err == nil {
			err = fail(CodeNotEmpty, "the database holds a hall already", "name an empty database in the configuration, or move the old file away first; nothing was changed", nil)
		}
		return err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+quoted(name)); err != nil {
			return err
		}
	}
	statements := map[string]*sql.Stmt{}
	_, err = Read(path, func(table string, columns []string, row []any) error {
		st := statements[table]
		if st == nil {
			if !slices.Contains(names, table) {
				return fail(CodeNewer, "the backup has a table "+table+", which this program does not know", "put it back with the program that made it, or a newer one", nil)
			}
			var cols, marks []string
			for i, c := range columns {
				cols, marks = append(cols, quoted(c)), append(marks, fmt.Sprintf("$%d", i+1))
			}
			var err error
			st, err = tx.PrepareContext(ctx, "INSERT INTO "+quoted(table)+" ("+strings.Join(cols, ", ")+") VALUES ("+strings.Join(marks, ", ")+")")
			if err != nil {
				return fail(CodeFailed, "table "+table, "look at the database, then try again", err)
			}
			statements[table] = st
		}
		if _, err := st.ExecContext(ctx, row...); err != nil {
			return fail(CodeFailed, "table "+table, "look at the database and its disk, then try again", err)
		}
		return nil
	})
	return err
}

// Beside is the path of a database in a folder that is only there to be checked;
// remove removes it.
func Beside(folder string) (path string, remove func() error, err error) {
	dir, err := os.MkdirTemp(folder, ".checking-*")
	if err != nil {
		return "", nil, fail(CodeFailed, "there is no room to check the backup", "look at the disk, then try again", err)
	}
	return filepath.Join(dir, "check.db"), func() error { return os.RemoveAll(dir) }, nil
}
