package central

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hallway/sync/writer"
)

//go:embed sql/*.sql
var centralSchema embed.FS

// ownStore keeps what is the centre's and not a hall's: credentials, sessions,
// the audit trail, the demo clock. The SQL runs unchanged on both databases.
type ownStore struct {
	db, read *sql.DB
}

// openStore opens the centre's tables in the database of dsn and makes those
// that are not there. Several centres may start over one database at once.
func openStore(ctx context.Context, dsn string) (*ownStore, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("folder of the database: %w; make it writable for this program", err)
		}
	}
	files, err := fs.Sub(centralSchema, "sql")
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	s := &ownStore{}
	if s.db, s.read, err = writer.OwnTables(ctx, dsn, "central", files, time.Now()); err != nil {
		return nil, fmt.Errorf("database: the centre's tables: %w", err)
	}
	return s, nil
}

// Close closes the connections.
func (s *ownStore) Close() error { return errors.Join(s.read.Close(), s.db.Close()) }

// inTx runs f in one transaction.
func (s *ownStore) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("database: begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("database: commit: %w", err)
	}
	return nil
}

// ignoreDone drops the error of a transaction that is over already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// audit is one row of the trail: who did or tried what to what. Subject is an
// id, never personal data.
type audit struct {
	at                                  time.Time
	staff, session, terminal, act, subj string
	allowed                             bool
	reason                              string
}

// writeAudit appends a row, chained by hash to the one before.
func (s *ownStore) writeAudit(ctx context.Context, a audit) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return auditTx(ctx, tx, a) })
}

// auditTx appends within a transaction.
func auditTx(ctx context.Context, tx *sql.Tx, a audit) error {
	var n int64
	var prev string
	if err := tx.QueryRowContext(ctx, `UPDATE central_counter SET n = n + 1 WHERE id = 'audit' RETURNING n`).Scan(&n); err != nil {
		return fmt.Errorf("database: audit: %w", err)
	}
	err := tx.QueryRowContext(ctx, `SELECT hash FROM central_audit WHERE n = $1`, n-1).Scan(&prev)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("database: audit: %w", err)
	}
	allowed := int64(0)
	if a.allowed {
		allowed = 1
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO central_audit (n, at, staff, session, terminal, act, subject, allowed, reason, prev, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		n, a.at.UnixMilli(), a.staff, a.session, a.terminal, a.act, a.subj, allowed, a.reason, prev, auditHash(n, allowed, prev, a))
	if err != nil {
		return fmt.Errorf("database: audit: %w", err)
	}
	return nil
}

// auditHash chains a row.
func auditHash(n, allowed int64, prev string, a audit) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d|%d|%d|%q|%q|%q|%q|%q|%q|%q", n, a.at.UnixMilli(), allowed,
		prev, a.staff, a.session, a.terminal, a.act, a.subj, a.reason))
	return hex.EncodeToString(sum[:])
}

// verifyAudit follows the chain and gives the number of rows, or the first row
// that does not fit.
func (s *ownStore) verifyAudit(ctx context.Context) (int64, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT n, at, staff, session, terminal, act, subject, allowed, reason, prev, hash FROM central_audit ORDER BY n`)
	if err != nil {
		return 0, fmt.Errorf("database: audit: %w", err)
	}
	defer rows.Close()
	var count int64
	last := ""
	for rows.Next() {
		var n, at, allowed int64
		var a audit
		var prev, hash string
		if err := rows.Scan(&n, &at, &a.staff, &a.session, &a.terminal, &a.act, &a.subj, &allowed, &a.reason, &prev, &hash); err != nil {
			return count, fmt.Errorf("database: audit: %w", err)
		}
		a.at = time.UnixMilli(at)
		if n != count+1 || prev != last || hash != auditHash(n, allowed, prev, a) {
			return count, fmt.Errorf("audit trail: row %d was changed or one before it is gone; keep the database and call the security administrator", n)
		}
		count, last = n, hash
	}
	return count, rows.Err()
}

// loadClock gives the stored pair of hall time and real time.
func (s *ownStore) loadClock(ctx context.Context) (hallAt, realAt time.Time, ok bool, err error) {
	var h, r int64
	err = s.read.QueryRowContext(ctx, `SELECT hall_at, real_at FROM central_clock WHERE id = 1`).Scan(&h, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, time.Time{}, false, fmt.Errorf("database: clock: %w", err)
	}
	return time.UnixMilli(h), time.UnixMilli(r), true, nil
}

// saveClock stores the pair.
func (s *ownStore) saveClock(ctx context.Context, hallAt, realAt time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO central_clock (id, hall_at, real_at) VALUES (1, $1, $2)
		ON CONFLICT (id) DO UPDATE SET hall_at = excluded.hall_at, real_at = excluded.real_at`, hallAt.UnixMilli(), realAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("database: clock: %w", err)
	}
	return nil
}
