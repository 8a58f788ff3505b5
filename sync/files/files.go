package files

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

//go:embed sql/*.sql
var schema embed.FS

// Options of Open. DSN and Key are required.
type Options struct {
	DSN   string // the writer's
	Key   []byte // 32 bytes; see writer.LoadKey(dir, KeyFile)
	Clock func() time.Time
	Limit int64 // of one file; 0 is hall.MaxFileBytes
}

// KeyFile is the name of the key in the centre's key folder.
const KeyFile = "files.key"

// keepUnfinished is how long a file that stopped coming is kept, and
// maxUnfinished how many of one sender.
const (
	keepUnfinished = 7 * 24 * time.Hour
	maxUnfinished  = 32
)

// Store keeps files. Its methods may be called at once from many goroutines.
type Store struct {
	write, read *sql.DB
	aead        cipher.AEAD
	clock       func() time.Time
	limit       int64
	swept       atomic.Int64 // when Sweep was last done
}

// Open opens the tables, makes them when they are not there, and drops what
// stopped coming a week ago.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{clock: o.Clock, limit: o.Limit}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.limit <= 0 || s.limit > hall.MaxFileBytes {
		s.limit = hall.MaxFileBytes
	}
	var err error
	if s.aead, err = masterCipher(o.Key); err != nil {
		return nil, err
	}
	tables, err := fs.Sub(schema, "sql")
	if err != nil {
		return nil, fmt.Errorf("files: schema: %w", err)
	}
	if s.write, s.read, err = writer.OwnTables(ctx, o.DSN, "files", tables, s.clock().UTC()); err != nil {
		return nil, err
	}
	if err = s.checkKey(ctx); err == nil {
		err = s.Sweep(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func masterCipher(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, errors.New("files: the key is not 32 bytes; point «keys» at the folder that was filled at the first start")
	}
	k, err := hkdf.Key(sha256.New, key, nil, "hallway/files/1", 32)
	if err != nil {
		return nil, fmt.Errorf("files: key: %w", err)
	}
	return newCipher(k)
}

func newCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("files: key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// checkKey refuses a key that cannot read what is stored.
func (s *Store) checkKey(ctx context.Context) error {
	const name = "key"
	sealed := s.aead.Seal(nil, nil, []byte(name), []byte("check"))
	if _, err := s.write.ExecContext(ctx, `INSERT INTO file_check (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, sealed); err != nil {
		return fmt.Errorf("files: check of the key: %w", err)
	}
	var have []byte
	if err := s.write.QueryRowContext(ctx, `SELECT value FROM file_check WHERE name = $1`, name).Scan(&have); err != nil {
		return fmt.Errorf("files: check of the key: %w", err)
	}
	if _, err := s.aead.Open(nil, nil, have, []byte("check")); err != nil {
		return errors.New("files: " + KeyFile + " is not the key of the stored files; restore the keys folder from its backup")
	}
	return nil
}

// Close closes the connections.
func (s *Store) Close() error { return errors.Join(s.write.Close(), s.read.Close()) }

func (s *Store) now() int64 { return s.clock().UTC().UnixMicro() }

// Has says whether a file is there whole.
func (s *Store) Has(ctx context.Context, sha string) (hall.File, bool, error) {
	f := hall.File{SHA256: sha}
	err := s.read.QueryRowContext(ctx, `SELECT media_type, size FROM file_stored WHERE sha256 = $1`, sha).Scan(&f.Type, &f.Size)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("files: look up: %w", err)
	}
	return f, true, nil
}

// Delete makes a file unreadable for good, and gives its room back.
func (s *Store) Delete(ctx context.Context, sha string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			`DELETE FROM file_piece WHERE blob IN (SELECT id FROM file_blob WHERE sha256 = $1)`,
			`DELETE FROM file_blob WHERE sha256 = $1`,
			`DELETE FROM file_stored WHERE sha256 = $1`,
		} {
			if _, err := tx.ExecContext(ctx, q, sha); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sweep drops what stopped coming a week ago. It is done at Open, and daily when
// files come.
func (s *Store) Sweep(ctx context.Context) error {
	s.swept.Store(s.now())
	old, err := s.ids(ctx, `SELECT id FROM file_blob WHERE touched_us < $1 AND id NOT IN (SELECT blob FROM file_stored)`,
		s.clock().UTC().Add(-keepUnfinished).UnixMicro())
	if err != nil {
		return err
	}
	for _, id := range old {
		if err := s.drop(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("files: list: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("files: list: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// drop takes one content away.
func (s *Store) drop(ctx context.Context, blob string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{`DELETE FROM file_piece WHERE blob = $1`, `DELETE FROM file_blob WHERE id = $1`} {
			if _, err := tx.ExecContext(ctx, q, blob); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("files: begin: %w", err)
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := f(tx); err != nil {
		var p *sync.Problem
		if errors.As(err, &p) {
			return p
		}
		return fmt.Errorf("files: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("files: commit: %w", err)
	}
	return nil
}

// blob is one content that comes or has come.
type blob struct {
	id       string
	file     hall.File
	owner    string
	received int64
	aead     cipher.AEAD
}

// newBlob makes a content with a key of its own.
func (s *Store) newBlob(ctx context.Context, tx *sql.Tx, f hall.File, owner string) (*blob, error) {
	var raw [16]byte
	key := make([]byte, 32)
	if _, err := rand.Read(raw[:]); err != nil {
		return nil, err
	}
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	defer clear(key)
	b := &blob{id: hex.EncodeToString(raw[:]), file: f, owner: owner}
	var err error
	if b.aead, err = newCipher(key); err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO file_blob (id, sha256, owner, media_type, size, received, file_key, touched_us)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $7)`, b.id, f.SHA256, owner, f.Type, f.Size, s.aead.Seal(nil, nil, key, []byte(b.id)), s.now())
	return b, err
}

// querier is a transaction or a pool.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// find loads a content; nil when there is none.
func (s *Store) find(ctx context.Context, q querier, where string, args ...any) (*blob, error) {
	b := &blob{}
	var sealed []byte
	err := q.QueryRowContext(ctx, `SELECT id, sha256, owner, media_type, size, received, file_key FROM file_blob WHERE `+where, args...).
		Scan(&b.id, &b.file.SHA256, &b.owner, &b.file.Type, &b.file.Size, &b.received, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("files: look up: %w", err)
	}
	key, err := s.aead.Open(nil, nil, sealed, []byte(b.id))
	if err != nil {
		return nil, fmt.Errorf("files: the key of a stored file cannot be opened; restore the database from its backup: %w", err)
	}
	defer clear(key)
	b.aead, err = newCipher(key)
	return b, err
}

func pieceName(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// addPiece stores the next piece of a content.
func (s *Store) addPiece(ctx context.Context, tx *sql.Tx, b *blob, data []byte) error {
	n := b.received / sync.FileChunk
	if _, err := tx.ExecContext(ctx, `INSERT INTO file_piece (blob, n, data) VALUES ($1, $2, $3)`, b.id, n, b.aead.Seal(nil, nil, data, pieceName(n))); err != nil {
		return err
	}
	next := b.received + int64(len(data))
	res, err := tx.ExecContext(ctx, `UPDATE file_blob SET received = $1, touched_us = $2 WHERE id = $3 AND received = $4`, next, s.now(), b.id, b.received)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, notHere(b.received))
	}
	b.received = next
	return nil
}

// piece reads one piece of a content.
func (s *Store) piece(ctx context.Context, b *blob, n int64) ([]byte, error) {
	var sealed []byte
	if err := s.read.QueryRowContext(ctx, `SELECT data FROM file_piece WHERE blob = $1 AND n = $2`, b.id, n).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("files: read: %w", err)
	}
	plain, err := b.aead.Open(sealed[:0:0], nil, sealed, pieceName(n))
	if err != nil {
		return nil, fmt.Errorf("files: a stored piece is damaged; restore the database from its backup: %w", err)
	}
	return plain, nil
}
