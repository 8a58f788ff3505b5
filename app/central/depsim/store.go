package depsim

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "github.com/mattn/go-sqlite3" // driver "sqlite3"
)

// shownRequests bounds the list of the page.
const shownRequests = 200

const schema = `
CREATE TABLE IF NOT EXISTS request (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, department TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  received_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS request_due ON request (state, due_ms);
CREATE TABLE IF NOT EXISTS file (id TEXT PRIMARY KEY, type TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS behaviour (department TEXT NOT NULL, material TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (department, material));
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
`

// store is the simulator's file. One connection: every act is short.
type store struct{ db *sql.DB }

func openStore(ctx context.Context, dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the simulator: %w; make it writable for this program", err)
	}
	q := url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_busy_timeout": {"10000"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: filepath.Join(dir, "departments.db")}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("file of the simulator: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("file of the simulator: %w", err), db.Close())
	}
	return &store{db}, nil
}

// kept is a request as it is stored: with what the page does not show.
type kept struct {
	Request
	Plan   string `json:"plan"`
	Reason string `json:"reason,omitempty"`
}

func (k kept) request() Request {
	k.Request.plan, k.Request.reason = k.Plan, k.Reason
	return k.Request
}

// add keeps a new request; false when it was there.
func (s *store) add(ctx context.Context, r Request) (bool, error) {
	raw, err := json.Marshal(kept{r, r.plan, r.reason})
	if err != nil {
		return false, err
	}
	res, err := s.db.ExecContext(ctx, `INSERT INTO request (id, department, kind, state, received_ms, due_ms, value) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.ID, r.Department, r.Kind, r.State, r.Received.UnixMilli(), millis(r.Due), raw)
	if err != nil {
		return false, fmt.Errorf("keep a request: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// change rewrites a request.
func (s *store) change(ctx context.Context, r Request) error {
	raw, err := json.Marshal(kept{r, r.plan, r.reason})
	if err != nil {
		return err
	}
	if _, err := s.db.ExecContext(ctx, `UPDATE request SET state = ?, due_ms = ?, value = ? WHERE id = ?`, r.State, millis(r.Due), raw, r.ID); err != nil {
		return fmt.Errorf("keep a request: %w", err)
	}
	return nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func (s *store) list(ctx context.Context, where string, args ...any) ([]Request, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT value FROM request `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	defer rows.Close()
	all := []Request{}
	for rows.Next() {
		var raw []byte
		var k kept
		if err := errors.Join(rows.Scan(&raw), json.Unmarshal(raw, &k)); err != nil {
			return nil, fmt.Errorf("read requests: %w", err)
		}
		all = append(all, k.request())
	}
	return all, rows.Err()
}

// one finds a request.
func (s *store) one(ctx context.Context, id string) (Request, bool, error) {
	list, err := s.list(ctx, `WHERE id = ?`, id)
	if err != nil || len(list) == 0 {
		return Request{}, false, err
	}
	return list[0], true, nil
}

// due lists the orders whose call-back is due.
func (s *store) due(ctx context.Context, now time.Time) ([]Request, error) {
	return s.list(ctx, `WHERE state = ? AND due_ms > 0 AND due_ms <= ? ORDER BY due_ms LIMIT 50`, Waiting, now.UnixMilli())
}

func (s *store) newest(ctx context.Context) ([]Request, error) {
	return s.list(ctx, `ORDER BY n DESC LIMIT ?`, shownRequests)
}

// open counts the orders that wait, by department.
func (s *store) open(ctx context.Context) (map[string]int, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT department, COUNT(*) FROM request WHERE state = ? GROUP BY department`, Waiting)
	if err != nil {
		return nil, fmt.Errorf("count requests: %w", err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("count requests: %w", err)
		}
		counts[id] = n
	}
	return counts, rows.Err()
}

// file gives the file of an order, if it was made.
func (s *store) file(ctx context.Context, id string) (mediaType string, body []byte, ok bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT type, body FROM file WHERE id = ?`, id).Scan(&mediaType, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, false, nil
	}
	return mediaType, body, err == nil, err
}

func (s *store) keepFile(ctx context.Context, id, mediaType string, body []byte) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO file (id, type, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, id, mediaType, body)
	return err
}

// behave keeps a behaviour; one that was set before goes.
func (s *store) behave(ctx context.Context, b Behaviour, replace bool) error {
	raw, err := json.Marshal(b)
	if err != nil {
		return err
	}
	clause := `DO NOTHING`
	if replace {
		clause = `DO UPDATE SET value = excluded.value`
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO behaviour (department, material, value) VALUES (?, ?, ?) ON CONFLICT (department, material) `+clause, b.Department, b.Material, raw)
	return err
}

func (s *store) behaviours(ctx context.Context) ([]Behaviour, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT value FROM behaviour ORDER BY department, material`)
	if err != nil {
		return nil, fmt.Errorf("read behaviours: %w", err)
	}
	defer rows.Close()
	all := []Behaviour{}
	for rows.Next() {
		var raw []byte
		var b Behaviour
		if err := errors.Join(rows.Scan(&raw), json.Unmarshal(raw, &b)); err != nil {
			return nil, fmt.Errorf("read behaviours: %w", err)
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// number reads a kept number, 0 when there is none.
func (s *store) number(ctx context.Context, name string) (int64, error) {
	var v int64
	err := s.db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

func (s *store) setNumber(ctx context.Context, name string, v int64) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, v)
	return err
}
