package central

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hallway/app/central/backups"
	"hallway/sync/files"
	"hallway/sync/writer"
)

// Backup writes the database into a file and proves that it can be put back. The
// centre may run meanwhile. It tells out what the file holds.
func Backup(ctx context.Context, cfg Config, path string, out io.Writer) error {
	if path == "" {
		return errors.New("backup needs --to FILE, a file that is not there yet")
	}
	store, err := openStore(ctx, cfg.DSN())
	if err != nil {
		return err
	}
	defer store.Close() // only read
	if err := integrity(ctx, store.read, cfg.DSN()); err != nil {
		return err
	}
	part := path + ".part"
	if _, err := os.Lstat(path); err == nil {
		return &backups.Error{Code: backups.CodeFailed, Message: "the file is there already", Next: "give the path of a file that is not there yet"}
	}
	if _, err := backups.Write(ctx, store.read, onPostgres(cfg.DSN()), part, time.Now()); err != nil {
		return err
	}
	m, err := provedIn(ctx, cfg, filepath.Dir(part), part)
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return &backups.Error{Code: backups.CodeFailed, Message: "the backup cannot be put in its place", Next: "look at the disk, then try again", Err: err}
	}
	return tell(out, "backup written and checked: "+path, m)
}

// CheckBackup reads a backup, puts it into an empty database beside it, and
// checks that: digests, integrity, and the chain and state of every lane.
func CheckBackup(ctx context.Context, cfg Config, path string, out io.Writer) error {
	if path == "" {
		return errors.New("check needs --from FILE, a backup")
	}
	m, err := provedIn(ctx, cfg, os.TempDir(), path)
	if err != nil {
		return err
	}
	return tell(out, "backup checked: "+path, m)
}

// provedIn puts a backup into an empty database in a folder, checks it, and
// removes it.
func provedIn(ctx context.Context, cfg Config, folder, path string) (backups.Manifest, error) {
	beside, remove, err := backups.Beside(folder)
	if err != nil {
		return backups.Manifest{}, err
	}
	m, err := putBack(ctx, cfg, "sqlite:"+beside, path)
	return m, errors.Join(err, remove())
}

// Restore fills the empty database of the configuration with a backup and marks
// it: at its next start the centre takes in what terminals hold since.
func Restore(ctx context.Context, cfg Config, path string, out io.Writer) error {
	if path == "" {
		return errors.New("restore needs --from FILE, a backup")
	}
	// First beside: what does not check out leaves the database empty.
	if _, err := provedIn(ctx, cfg, os.TempDir(), path); err != nil {
		return err
	}
	m, err := putBack(ctx, cfg, cfg.DSN(), path)
	if err != nil {
		return err
	}
	return tell(out, "put back: "+path+"; start the centre, then look at «hallway-central restores»", m)
}

// putBack fills a database and checks it; only then it is marked.
func putBack(ctx context.Context, cfg Config, dsn, path string) (m backups.Manifest, err error) {
	if _, err := os.Stat(filepath.Join(cfg.path(cfg.Keys), "mac.key")); err != nil {
		return m, &backups.Error{Code: backups.CodeKeys, Message: "the centre's keys are not in their folder", Next: "put the keys folder back first; it is kept apart from the backups", Err: err}
	}
	keys, err := writer.LoadKeys(cfg.path(cfg.Keys))
	if err != nil {
		return m, err
	}
	if m, err = backups.Read(path, nil); err != nil { // before a database is made
		return m, err
	}
	store, err := openStore(ctx, dsn)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	w, err := writer.Open(ctx, writer.Options{DSN: dsn, Keys: keys})
	if err != nil {
		return m, err
	}
	key, err := writer.LoadKey(cfg.path(cfg.Keys), files.KeyFile)
	if err == nil {
		var f *files.Store
		if f, err = files.Open(ctx, files.Options{DSN: dsn, Key: key}); err == nil {
			err = f.Close()
		}
	}
	if err != nil {
		return m, errors.Join(err, w.Close())
	}
	if err = w.Close(); err != nil {
		return m, err
	}
	if m, err = backups.Put(ctx, store.db, onPostgres(dsn), path); err != nil {
		return m, err
	}
	if err := integrity(ctx, store.read, dsn); err != nil {
		return m, err
	}
	if err := verifyLanes(ctx, dsn, keys); err != nil {
		return m, err
	}
	return m, writer.MarkRestored(ctx, store.db)
}

// verifyLanes checks the chain and the state of every lane.
func verifyLanes(ctx context.Context, dsn string, keys writer.Keys) error {
	w, err := writer.Open(ctx, writer.Options{DSN: dsn, Keys: keys})
	if err != nil {
		return err
	}
	lanes, err := w.Lanes(ctx)
	for _, lane := range lanes {
		if err == nil {
			err = w.Verify(ctx, lane)
		}
	}
	if err != nil {
		err = &backups.Error{Code: backups.CodeDatabase, Message: "what was put back does not check out", Next: "take another backup, and the keys that belong to it", Err: err}
	}
	return errors.Join(err, w.Close())
}

// integrity asks SQLite to check the whole database; PostgreSQL does so itself.
func integrity(ctx context.Context, db *sql.DB, dsn string) error {
	if onPostgres(dsn) {
		return nil
	}
	var said string
	err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said)
	if err == nil && said == "ok" {
		return nil
	}
	if err == nil {
		err = errors.New(said)
	}
	return &backups.Error{Code: backups.CodeDatabase, Message: "the database does not check out", Next: "put the last good backup back; keep the damaged file for whoever looks into it", Err: err}
}

func onPostgres(dsn string) bool { return !strings.HasPrefix(dsn, "sqlite:") }

func tell(out io.Writer, what string, m backups.Manifest) error {
	lines := []string{what, "of " + m.At.Format(time.RFC3339)}
	for _, t := range m.Tables {
		lines = append(lines, fmt.Sprintf("%-20s %9d rows  %s", t.Name, t.Rows, t.SHA256))
	}
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// TellRestores lists the restores of the centre: what came back, who has not
// come yet, and what nobody held.
func TellRestores(ctx context.Context, cfg Config, out io.Writer) error {
	all, err := writer.RestoresOf(ctx, cfg.DSN(), time.Now)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, err = fmt.Fprintln(out, "this centre was never put back from a backup")
		return err
	}
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "%s  lane %s  term %d, from row %d\n", r.At.Format(time.RFC3339), r.Lane, r.Epoch, r.From)
		state := "ended"
		if !r.Ended {
			state = "new operations wait, at most until " + r.Until.Format(time.RFC3339)
		}
		fmt.Fprintf(&b, "  %s; %d operations came back, %d rows without theirs\n", state, r.Back, r.Rows)
		for _, t := range r.Missing {
			fmt.Fprintf(&b, "  not heard of yet: %s\n", t)
		}
		for _, l := range r.Lost {
			fmt.Fprintf(&b, "  nobody held rows %d to %d of the term before\n", l.From, l.To)
		}
		for _, op := range r.Aside {
			fmt.Fprintf(&b, "  kept, but not made again, or changed since: %s\n", op)
		}
	}
	_, err = io.WriteString(out, b.String())
	return err
}
