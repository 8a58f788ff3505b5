package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"hallway/sync"
	"hallway/sync/pgtest"
	"hallway/sync/writer"
)

func TestPut(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, 1, noon)
		ctx := context.Background()
		b := pdf(3*sync.FileChunk+9, 1)
		f := describe(b)
		for range 2 {
			if got, err := s.Put(ctx, iotest.OneByteReader(bytes.NewReader(b[:100])), "", ""); err != nil || got.Size != 100 || got.Type != "application/pdf" {
				t.Fatalf("small: %+v %v", got, err)
			}
			if got, err := s.Put(ctx, bytes.NewReader(b), "application/pdf", f.SHA256); err != nil || got != f {
				t.Fatalf("%+v %v", got, err)
			}
		}
		if !bytes.Equal(read(t, s, f.SHA256), b) {
			t.Error("it comes back otherwise")
		}
		s.limit = 1 << 20
		for name, c := range map[string]struct {
			r              io.Reader
			declared, want string
			code           string
		}{
			"digest":    {bytes.NewReader(pdf(1000, 9)), "application/pdf", f.SHA256, sync.ProblemFileDigest},
			"type":      {strings.NewReader("#!/bin/sh"), "application/pdf", "", sync.ProblemFileType},
			"declared":  {bytes.NewReader(b), "image/jpeg", "", sync.ProblemFileType},
			"empty":     {strings.NewReader(""), "application/pdf", "", sync.ProblemFileSize},
			"too large": {bytes.NewReader(pdf(1<<20+1, 1)), "application/pdf", "", sync.ProblemFileSize},
		} {
			if got, err := s.Put(ctx, c.r, c.declared, c.want); code(err) != c.code {
				t.Errorf("%s: %+v %v, want %s", name, got, err, c.code)
			}
		}
		cut := errors.New("cut")
		if _, err := s.Put(ctx, io.MultiReader(bytes.NewReader(b[:700_000]), iotest.ErrReader(cut)), "application/pdf", ""); !errors.Is(err, cut) {
			t.Errorf("a call-back that was cut: %v", err)
		}
		var blobs, pieces int
		if err := s.read.QueryRow(`SELECT (SELECT COUNT(*) FROM file_blob), (SELECT COUNT(*) FROM file_piece)`).Scan(&blobs, &pieces); err != nil || blobs != 2 || pieces != 5 {
			t.Errorf("%d contents, %d pieces are left: %v", blobs, pieces, err)
		}
	})
}

func TestReadFromAnywhere(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, 1, noon)
		b := pdf(3*sync.FileChunk+9, 1)
		f, err := s.Put(context.Background(), bytes.NewReader(b), "", "")
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(context.Background(), f.SHA256)
		if err != nil || r.File() != f {
			t.Fatal(err)
		}
		defer r.Close()
		if err := iotest.TestReader(r, b); err != nil {
			t.Error(err)
		}
	})
}

func TestAtRestAndAfterDeleting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "central.db")
	s := open(t, "sqlite:"+path, 1, noon)
	ctx := context.Background()
	b := append(pdf(64, 1), bytes.Repeat([]byte("SYNTHETIC-NAME "), 40_000)...)
	f, err := s.Put(ctx, bytes.NewReader(b), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || bytes.Contains(raw, []byte("SYNTHETIC-NAME")) {
		t.Errorf("the database holds the file in clear: %v", err)
	}
	if err := s.Delete(ctx, f.SHA256); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(ctx, f.SHA256); code(err) != sync.ProblemFileGone {
		t.Errorf("after deleting: %v", err)
	}
	if _, err := s.Put(ctx, bytes.NewReader(b), "", f.SHA256); err != nil {
		t.Errorf("again after deleting: %v", err)
	}
}

func TestKeyOfTheFolder(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		open(t, dsn, 1, noon)
		if s, err := Open(context.Background(), Options{DSN: dsn, Key: bytes.Repeat([]byte{2}, 32)}); err == nil || !strings.Contains(err.Error(), KeyFile) {
			t.Errorf("another key was taken: %v %v", s, err)
		}
		if s, err := Open(context.Background(), Options{DSN: dsn, Key: []byte("short")}); err == nil {
			t.Errorf("no key was taken: %v", s)
		}
	})
	dir := t.TempDir()
	first, err := writer.LoadKey(dir, KeyFile)
	if err != nil || len(first) != 32 {
		t.Fatal(err)
	}
	if again, err := writer.LoadKey(dir, KeyFile); err != nil || !bytes.Equal(first, again) {
		t.Errorf("another key at the second start: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, KeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, KeyFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.LoadKey(dir, KeyFile); err == nil {
		t.Error("a damaged key was taken")
	}
}

func TestWhatStoppedComingIsDropped(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		s := open(t, dsn, 1, noon)
		b := pdf(2*sync.FileChunk, 1)
		send(t, s, "C1", b, 0, 1)
		kept, err := s.Put(ctx, bytes.NewReader(pdf(100, 2)), "", "")
		if err != nil {
			t.Fatal(err)
		}
		if at, _, err := open(t, dsn, 1, noon.Add(6*24*time.Hour)).Offset(ctx, describe(b).SHA256, "C1"); err != nil || at == 0 {
			t.Errorf("dropped within a week: %v", err)
		}
		late := open(t, dsn, 1, noon.Add(8*24*time.Hour))
		if at, _, err := late.Offset(ctx, describe(b).SHA256, "C1"); err != nil || at != 0 {
			t.Errorf("still %d after a week: %v", at, err)
		}
		if _, whole, err := late.Has(ctx, kept.SHA256); err != nil || !whole {
			t.Errorf("a whole file was dropped: %v", err)
		}
		for n := range maxUnfinished + 5 {
			send(t, late, "C1", pdf(2*sync.FileChunk, uint64(100+n)), 0, 1)
		}
		var n int
		if err := late.read.QueryRow(`SELECT COUNT(*) FROM file_blob WHERE owner = 'C1'`).Scan(&n); err != nil || n != maxUnfinished {
			t.Errorf("%d unfinished files of one sender: %v", n, err)
		}
	})
}

// A piece that was changed in the database is found, not given out.
func TestDamagedPiece(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, 1, noon)
		f, err := s.Put(context.Background(), bytes.NewReader(pdf(sync.FileChunk+5, 1)), "", "")
		if err == nil { // the last piece in place of the first
			_, err = s.write.Exec(`UPDATE file_piece SET data = (SELECT p.data FROM file_piece p WHERE p.n = 1) WHERE n = 0`)
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(context.Background(), f.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if b, err := io.ReadAll(r); err == nil {
			t.Errorf("%d bytes of a damaged file were given out", len(b))
		}
	})
}
