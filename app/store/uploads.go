package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// How long a file stays here after the centre has it: as long as the operation
// that names it, for a centre that is put back from a backup; at a kiosk, where
// people scan what is theirs, only as long as yesterday's backup needs. What no
// case was given goes after a day, and of what the centre has the oldest beyond
// keepBytes.
const (
	keepFiles      = keepAcked
	keepKioskFiles = 48 * time.Hour
	keepUnused     = 24 * time.Hour
	keepBytes      = 2 << 30
)

func isNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// HandIn writes hand_in down and puts its file on its way to the centre, in one
// transaction. The body must name the file; a zero file there is filled in. A
// file that is not kept here and not at the centre is CodeUnknownFile. Without
// a file (an original that was shown) it is Propose.
func (s *Store) HandIn(ctx context.Context, d Draft, f hall.File) (hall.Op, error) {
	if body, ok := d.Body.(hall.HandInBody); ok && body.File == (hall.File{}) {
		body.File = f
		d.Body = body
	}
	var op hall.Op
	err := s.write(ctx, func(t *tx) (err error) {
		if f != (hall.File{}) {
			if err := t.queueUpload(d.Entity, f); err != nil {
				return err
			}
		}
		op, err = t.propose(d)
		return err
	})
	if err != nil {
		return hall.Op{}, err
	}
	return op, nil
}

func (t *tx) queueUpload(caseID string, f hall.File) error {
	var size int64
	kept, err := t.one("SELECT size FROM files WHERE sha256 = ?", []any{f.SHA256}, &size)
	if err != nil {
		return err
	}
	if !kept {
		// Handed in a second time, while the centre has it from the first.
		if _, durable, err := t.replicaValue(hall.EntityFile, f.SHA256); err != nil || durable {
			return err
		}
	}
	if !kept || size != f.Size {
		return fail(CodeUnknownFile, "this file is not kept here", "scan it again", nil)
	}
	at := t.s.nowMilli()
	t.after = append(t.after, func(*live) { t.s.sending.Store(true) })
	// Once more after a problem, or for a case that has it: the centre knows.
	return t.exec(`INSERT INTO uploads (sha256, case_id, queued) VALUES (?, ?, ?)
		ON CONFLICT (sha256, case_id) DO UPDATE SET queued = excluded.queued, done = 0, problem = ''`, f.SHA256, caseID, at)
}

// Uploads counts the files that are on their way to the centre.
func (s *Store) Uploads() int {
	var n int
	if err := s.readers.Load().QueryRow("SELECT COUNT(*) FROM uploads WHERE done = 0 AND problem = ''").Scan(&n); err != nil {
		s.opt.Logger.Error("the files on their way cannot be counted", "err", err)
	}
	return n
}

// NextUpload is the file that waits longest, after the one named by pos (0: the
// first); not ok when none waits.
func (s *Store) NextUpload(ctx context.Context, after int64) (u sync.Upload, ok bool, err error) {
	if after == 0 && !s.sending.Swap(false) {
		return u, false, nil // nothing came since none was found: asked after every change
	}
	defer func() {
		if ok || err != nil {
			s.sending.Store(true)
		}
	}()
	err = s.readers.Load().QueryRowContext(ctx, `SELECT u.pos, u.case_id, u.sha256, COALESCE(f.type, ''), COALESCE(f.size, 0)
		FROM uploads u LEFT JOIN files f ON f.sha256 = u.sha256
		WHERE u.done = 0 AND u.problem = '' AND u.pos > ? ORDER BY u.pos LIMIT 1`, after).
		Scan(&u.Pos, &u.Case, &u.File.SHA256, &u.File.Type, &u.File.Size)
	if isNoRows(err) {
		return u, false, nil
	}
	return u, err == nil, disk("read the files on their way", err)
}

// UploadSource opens a file of the queue for sending.
func (s *Store) UploadSource(ctx context.Context, sha string) (io.ReadSeekCloser, error) {
	r, _, err := s.FileReader(ctx, sha)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Uploaded records that the centre has a file durable for its case.
func (s *Store) Uploaded(ctx context.Context, u sync.Upload) error {
	return s.write(ctx, func(t *tx) error {
		t.dirty = true
		return t.exec("UPDATE uploads SET done = ? WHERE pos = ?", s.nowMilli(), u.Pos)
	})
}

// UploadRefused records that a file will never come to the centre, and puts it
// on the work list (需处理): the material must be handed in again.
func (s *Store) UploadRefused(ctx context.Context, u sync.Upload, code string) error {
	return s.write(ctx, func(t *tx) error {
		t.dirty = true
		if err := t.exec("UPDATE uploads SET problem = ? WHERE pos = ?", code, u.Pos); err != nil {
			return err
		}
		at, _ := s.Now()
		return t.addWork("upload/"+u.File.SHA256+"/"+u.Case+"/"+t.s.fresh.next(at), hall.HandIn, u.Case, hall.Text{Code: code}, at)
	})
}

// UploadAgain puts every file that is still kept on its way again: the centre
// was put back from a backup and may have lost it. What it has is not sent.
func (s *Store) UploadAgain(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		t.dirty = true
		t.after = append(t.after, func(*live) { s.sending.Store(true) })
		return t.exec("UPDATE uploads SET done = 0 WHERE done > 0 AND sha256 IN (SELECT sha256 FROM files)")
	})
}

// pruneFiles deletes the files that have been kept long enough. Names first, so
// that a crash leaves a file without a name, which the next start deletes.
func (s *Store) pruneFiles(ctx context.Context, now time.Time, most int64) error {
	keep := keepFiles
	if s.Enrolled().Role == hall.AtKiosk {
		keep = keepKioskFiles
	}
	unused, had := now.Add(-keepUnused).UnixMilli(), now.Add(-keep).UnixMilli()
	s.filesMu.Lock()
	defer s.filesMu.Unlock()
	var gone []string
	err := s.write(ctx, func(t *tx) error {
		gone = nil
		err := t.each(`SELECT f.sha256, f.size, COUNT(u.pos), COALESCE(SUM(u.done = 0), 0), COALESCE(MAX(u.done), 0), f.created
			FROM files f LEFT JOIN uploads u ON u.sha256 = f.sha256 AND u.problem = '' GROUP BY f.sha256 ORDER BY MAX(u.done) DESC, f.sha256`, nil,
			func(r *sql.Rows) error {
				var sha string
				var size, uses, waiting, done, created int64
				if err := r.Scan(&sha, &size, &uses, &waiting, &done, &created); err != nil {
					return err
				}
				switch {
				case waiting > 0:
					return nil
				case uses == 0 && created >= unused:
					return nil
				case uses > 0 && done >= had:
					if most -= size; most >= 0 {
						return nil
					}
				}
				gone = append(gone, sha)
				return nil
			})
		if err != nil {
			return err
		}
		for _, sha := range gone {
			if err := t.exec("DELETE FROM files WHERE sha256 = ?", sha); err != nil {
				return err
			}
		}
		return t.exec("DELETE FROM uploads WHERE done > 0 AND done < ?", now.Add(-keepAcked).UnixMilli())
	})
	if err != nil {
		return err
	}
	for _, sha := range gone {
		if err := os.Remove(s.filePath(sha)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return disk("delete a file", err)
		}
	}
	return nil
}

// tidyFiles deletes what a dead process left: files without a name. It runs
// at Open, when nobody puts files.
func (s *Store) tidyFiles(ctx context.Context) error {
	entries, err := os.ReadDir(s.filesDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return disk("read the folder of files", err)
	}
	for _, e := range entries {
		var n int
		err := s.readers.Load().QueryRowContext(ctx, "SELECT 1 FROM files WHERE sha256 = ?", e.Name()).Scan(&n)
		if isNoRows(err) {
			err = os.Remove(s.filePath(e.Name()))
		}
		if err != nil {
			return disk("tidy the folder of files", err)
		}
	}
	return nil
}
