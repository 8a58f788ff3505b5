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

// keepFiles is how long a file stays here after the centre has it, or when no
// case was given it.
const keepFiles = 24 * time.Hour

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
		return t.addWork("upload/"+u.File.SHA256+"/"+u.Case+"/"+newID(at), hall.HandIn, u.Case, hall.Text{Code: code}, at)
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

// pruneFiles deletes the files that the centre has had for a day, and those
// that no case was given for a day. Names first, so that a crash leaves a file
// without a name, which the next start deletes.
func (s *Store) pruneFiles(ctx context.Context, now time.Time) error {
	limit := now.Add(-keepFiles).UnixMilli()
	s.filesMu.Lock()
	defer s.filesMu.Unlock()
	var gone []string
	err := s.write(ctx, func(t *tx) error {
		gone = nil
		err := t.each(`SELECT sha256 FROM files WHERE created < ? AND NOT EXISTS (
			SELECT 1 FROM uploads u WHERE u.sha256 = files.sha256 AND u.problem = '' AND (u.done = 0 OR u.done >= ?))`, []any{limit, limit},
			func(r *sql.Rows) error {
				gone = append(gone, "")
				return r.Scan(&gone[len(gone)-1])
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
