package central

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hallway/app/central/backups"
	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pgtest"
	"hallway/sync/writer"
)

func codeOf(err error) string {
	var e *backups.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestBackupAndRestore, from and to each database: a centre that runs is backed
// up, its database is put back elsewhere, and it starts there as one that was
// put back: with a new term, and waiting for what its terminals hold.
func TestBackupAndRestore(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, first string) {
		b := newBed(t, func(c *Config) { c.Database = first })
		dir := t.TempDir()
		file := filepath.Join(dir, "hall.backup")
		var out bytes.Buffer
		if err := Backup(t.Context(), b.cfg, file, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "checked") || !strings.Contains(out.String(), "central_credential") {
			t.Errorf("told: %s", out.String())
		}
		if err := Backup(t.Context(), b.cfg, file, &out); codeOf(err) != backups.CodeFailed {
			t.Errorf("over a backup that is there: %v", err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file: %v %v", info, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("left behind: %v %v", left, err)
		}
		if err := Restore(t.Context(), b.cfg, file, &out); codeOf(err) != backups.CodeNotEmpty {
			t.Errorf("into the database that is served: %v", err)
		}
		row, _, err := b.c.writer.Head(t.Context(), sync.SharedLane)
		if err != nil {
			t.Fatal(err)
		}
		b.close()
		for _, to := range []string{"sqlite:" + filepath.Join(dir, "again.db"), otherOf(t, first)} {
			b.cfg.Database = to
			out.Reset()
			if err := Restore(t.Context(), b.cfg, file, &out); err != nil {
				t.Fatal(err)
			}
			b.open()
			now, epoch, err := b.c.writer.Head(t.Context(), sync.SharedLane)
			if err != nil || now != row || epoch != 2 {
				t.Errorf("row %d of term %d, want %d of 2: %v", now, epoch, row, err)
			}
			if _, ok, err := hall.Load[hall.Terminal](b.c.writer.World(t.Context(), sync.SharedLane), hall.EntityTerminal, "kiosk-1"); err != nil || !ok {
				t.Errorf("the kiosk: %v %v", ok, err)
			}
			var credentials int
			if err := b.c.store.read.QueryRow("SELECT COUNT(*) FROM central_credential").Scan(&credentials); err != nil || credentials != 6 {
				t.Errorf("%d credentials: %v", credentials, err)
			}
			out.Reset()
			if err := TellRestores(t.Context(), b.cfg, &out); err != nil || !strings.Contains(out.String(), "term 2") {
				t.Errorf("restores: %v %s", err, out.String())
			}
			b.restart()
			if _, epoch, err := b.c.writer.Head(t.Context(), sync.SharedLane); err != nil || epoch != 2 {
				t.Errorf("term %d after another start: %v", epoch, err)
			}
			b.close()
		}
	})
}

// otherOf is an empty database of the other kind, or of the same when there is
// only one kind here.
func otherOf(t *testing.T, dsn string) string {
	t.Helper()
	if base, err := pgtest.Postgres(); err == nil && base != "" {
		return pgtest.Schema(t, base)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "other.db")
}

// A backup that was cut or changed anywhere is refused, and nothing is written.
func TestDamagedBackup(t *testing.T) {
	b := newBed(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "hall.backup")
	if err := Backup(t.Context(), b.cfg, file, io.Discard); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(plain, []byte("\n")), []byte("\n"))
	packed := func(lines ...[]byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, err := z.Write(bytes.Join(lines, nil))
		if err = errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	without := func(i int) []byte {
		return packed(append(append([][]byte{}, lines[:i]...), lines[i+1:]...)...)
	}
	cfg := b.cfg
	cfg.Database = "sqlite:" + filepath.Join(dir, "never.db")
	for name, c := range map[string]struct {
		bytes []byte
		code  string
	}{
		"cut":             {whole[:len(whole)/2], backups.CodeDamaged},
		"a byte":          {append(append(bytes.Clone(whole[:len(whole)/2]), whole[len(whole)/2]^1), whole[len(whole)/2+1:]...), backups.CodeDamaged},
		"no backup":       {[]byte("hello"), backups.CodeDamaged},
		"a row less":      {without(len(lines) / 2), backups.CodeDamaged},
		"no manifest":     {without(len(lines) - 1), backups.CodeDamaged},
		"something after": {packed(append(append([][]byte{}, lines...), []byte("\n{}\n"))...), backups.CodeDamaged},
		"a value":         {packed(bytes.Replace(plain, []byte("kiosk-1"), []byte("kiosk-9"), 1)), backups.CodeDamaged},
		"newer":           {packed(bytes.Replace(plain, []byte("hallway-backup 1"), []byte("hallway-backup 2"), 1)), backups.CodeNewer},
		"newer layout":    {packed(bytes.ReplaceAll(plain, []byte("writer/0001_log.sql"), []byte("writer/9999_log.sql"))), backups.CodeNewer},
	} {
		bad := filepath.Join(dir, "bad")
		if err := os.WriteFile(bad, c.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Restore(t.Context(), cfg, bad, io.Discard); codeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if err := CheckBackup(t.Context(), cfg, bad, io.Discard); codeOf(err) != c.code {
			t.Errorf("%s: check: %v", name, err)
		}
	}
	// A refusal leaves the database empty: the whole backup still goes in.
	if err := Restore(t.Context(), cfg, file, io.Discard); err != nil {
		t.Error(err)
	}
	other := b.cfg
	other.Keys = t.TempDir()
	other.Database = "sqlite:" + filepath.Join(dir, "other-keys.db")
	if err := Restore(t.Context(), other, file, io.Discard); codeOf(err) != backups.CodeKeys {
		t.Errorf("without keys: %v", err)
	}
	if _, err := writer.LoadKeys(other.Keys); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), other, file, io.Discard); codeOf(err) != backups.CodeDatabase {
		t.Errorf("with other keys: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "other-keys.db")); !os.IsNotExist(err) {
		t.Errorf("what does not check out was put back: %v", err)
	}
	// A log that somebody changed is not backed up in silence.
	b.close()
	b.open()
	if _, err := b.c.store.db.ExecContext(t.Context(), "UPDATE log SET event = 'other' WHERE row_no = 1"); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), b.cfg, filepath.Join(dir, "second"), io.Discard); codeOf(err) != backups.CodeDatabase {
		t.Errorf("of a changed log: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "second")); !os.IsNotExist(err) {
		t.Errorf("a backup that does not check out was left: %v", err)
	}
}
