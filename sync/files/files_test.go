package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var noon = time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)

func open(t testing.TB, dsn string, key byte, now time.Time) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{DSN: dsn, Key: bytes.Repeat([]byte{key}, 32), Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// pdf is a file of n bytes that says that it is a PDF; seed makes it its own.
func pdf(n int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	b := append([]byte("%PDF-1.7\n"), make([]byte, n)...)[:n]
	for i := 9; i < n; i++ {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

func describe(b []byte) hall.File {
	s := sha256.Sum256(b)
	return hall.File{SHA256: hex.EncodeToString(s[:]), Type: "application/pdf", Size: int64(len(b))}
}

func code(err error) string {
	var p *sync.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return fmt.Sprint(err)
}

// send appends the pieces of b from an offset to an end.
func send(t testing.TB, s *Store, owner string, b []byte, from, to int) {
	t.Helper()
	f := describe(b)
	for at := from; at < to; at += sync.FileChunk {
		next := min(at+sync.FileChunk, len(b))
		got, err := s.Append(context.Background(), Piece{File: f, Owner: owner, Offset: int64(at), Data: b[at:next]})
		if err != nil || got != int64(next) {
			t.Fatalf("piece at %d: %d %v", at, got, err)
		}
	}
}

func read(t testing.TB, s *Store, sha string) []byte {
	t.Helper()
	r, err := s.Open(context.Background(), sha)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPiecesBecomeAFile(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, 1, noon)
		ctx := context.Background()
		for _, n := range []int{9, sync.FileChunk - 1, sync.FileChunk, sync.FileChunk + 1, 3*sync.FileChunk + 77} {
			b := pdf(n, uint64(n))
			f := describe(b)
			send(t, s, "C1", b, 0, n)
			if _, whole, err := s.Has(ctx, f.SHA256); err != nil || whole {
				t.Errorf("%d bytes are there before they were checked: %v", n, err)
			}
			if got, err := s.Finish(ctx, f.SHA256, "C1"); err != nil || got != f {
				t.Fatalf("%d bytes: %+v %v", n, got, err)
			}
			if got, err := s.Finish(ctx, f.SHA256, "C2"); err != nil || got != f { // whoever asks
				t.Errorf("again: %+v %v", got, err)
			}
			if !bytes.Equal(read(t, s, f.SHA256), b) {
				t.Errorf("%d bytes come back otherwise", n)
			}
			if at, whole, err := s.Offset(ctx, f.SHA256, "C3"); err != nil || !whole || at != f.Size {
				t.Errorf("offset %d %v %v", at, whole, err)
			}
		}
	})
}

// The process dies after every piece: what is durable is exactly what was
// acknowledged, and the file goes on from there.
func TestCutAfterEveryPiece(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		b := pdf(4*sync.FileChunk+5, 3)
		f := describe(b)
		for at := 0; at < len(b); at += sync.FileChunk {
			s := open(t, dsn, 1, noon)
			if offset, whole, err := s.Offset(ctx, f.SHA256, "C1"); err != nil || whole || offset != int64(at) {
				t.Fatalf("after a start at %d: %d %v %v", at, offset, whole, err)
			}
			if _, err := s.Finish(ctx, f.SHA256, "C1"); code(err) != sync.ProblemFileOffset {
				t.Errorf("finished at %d: %v", at, err)
			}
			if at > 0 { // a piece that was sent twice, because its answer was lost
				if _, err := s.Append(ctx, Piece{File: f, Owner: "C1", Offset: int64(at - sync.FileChunk), Data: b[at-sync.FileChunk : at]}); code(err) != sync.ProblemFileOffset {
					t.Errorf("twice at %d: %v", at, err)
				}
			}
			send(t, s, "C1", b, at, at+1)
		}
		s := open(t, dsn, 1, noon)
		if _, err := s.Finish(ctx, f.SHA256, "C1"); err != nil || !bytes.Equal(read(t, s, f.SHA256), b) {
			t.Errorf("the file is not whole: %v", err)
		}
	})
}

func TestWhatIsNotAFileIsRefused(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, 1, noon)
		ctx := context.Background()
		b := pdf(sync.FileChunk+10, 1)
		f := describe(b)
		with := func(change func(*Piece)) Piece {
			p := Piece{File: f, Owner: "C1", Data: b[:sync.FileChunk]}
			change(&p)
			return p
		}
		for name, c := range map[string]struct {
			p    Piece
			code string
		}{
			"name":          {with(func(p *Piece) { p.File.SHA256 = "../../etc" }), sync.ProblemInvalid},
			"capital name":  {with(func(p *Piece) { p.File.SHA256 = strings.ToUpper(f.SHA256) }), sync.ProblemInvalid},
			"empty":         {with(func(p *Piece) { p.File.Size = 0; p.Data = nil }), sync.ProblemFileSize},
			"too large":     {with(func(p *Piece) { p.File.Size = hall.MaxFileBytes + 1 }), sync.ProblemFileSize},
			"type":          {with(func(p *Piece) { p.File.Type = "text/html" }), sync.ProblemFileType},
			"other content": {with(func(p *Piece) { p.File.Type = "image/png" }), sync.ProblemFileType},
			"middle first":  {with(func(p *Piece) { p.Offset, p.Data = sync.FileChunk, b[sync.FileChunk:] }), sync.ProblemFileOffset},
			"crooked":       {with(func(p *Piece) { p.Offset = 7 }), sync.ProblemInvalid},
			"short":         {with(func(p *Piece) { p.Data = p.Data[:100] }), sync.ProblemInvalid},
			"before zero":   {with(func(p *Piece) { p.Offset = -sync.FileChunk }), sync.ProblemInvalid},
			"beyond":        {with(func(p *Piece) { p.Offset, p.Data = 2*sync.FileChunk, nil }), sync.ProblemInvalid},
		} {
			if at, err := s.Append(ctx, c.p); code(err) != c.code {
				t.Errorf("%s: %d %v, want %s", name, at, err, c.code)
			}
		}
		send(t, s, "C1", b, 0, 1)
		other := f
		other.Size++
		if _, err := s.Append(ctx, Piece{File: other, Owner: "C1", Offset: sync.FileChunk, Data: pdf(11, 1)}); code(err) != sync.ProblemInvalid {
			t.Errorf("announced otherwise: %v", err)
		}
		if _, err := s.Open(ctx, f.SHA256); code(err) != sync.ProblemFileGone {
			t.Errorf("half a file was opened: %v", err)
		}
	})
}

// Content that does not have its digest is dropped, and the sender begins
// again; nobody else's pieces are touched.
func TestWrongDigest(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, 1, noon)
		ctx := context.Background()
		good := pdf(2*sync.FileChunk, 1)
		f := describe(good)
		send(t, s, "C2", good, 0, 1)
		bad := bytes.Clone(good)
		bad[len(bad)-1] ^= 1
		for at := 0; at < len(bad); at += sync.FileChunk {
			if _, err := s.Append(ctx, Piece{File: f, Owner: "C1", Offset: int64(at), Data: bad[at : at+sync.FileChunk]}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Finish(ctx, f.SHA256, "C1"); code(err) != sync.ProblemFileDigest {
			t.Fatalf("wrong digest: %v", err)
		}
		for owner, want := range map[string]int64{"C1": 0, "C2": sync.FileChunk} {
			if at, whole, err := s.Offset(ctx, f.SHA256, owner); err != nil || whole || at != want {
				t.Errorf("%s is at %d %v %v, want %d", owner, at, whole, err, want)
			}
		}
		send(t, s, "C2", good, sync.FileChunk, len(good))
		if _, err := s.Finish(ctx, f.SHA256, "C2"); err != nil || !bytes.Equal(read(t, s, f.SHA256), good) {
			t.Errorf("the other sender: %v", err)
		}
	})
}

// Many senders at once, some of the same file: each file is there once.
func TestSendersAtOnce(t *testing.T) {
	pgtest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, 1, noon)
		ctx := context.Background()
		var wg gosync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				b := pdf(2*sync.FileChunk+n%3, uint64(n%3))
				owner := fmt.Sprint("C", n)
				f := describe(b)
				for at := 0; at < len(b); at += sync.FileChunk {
					if _, err := s.Append(ctx, Piece{File: f, Owner: owner, Offset: int64(at), Data: b[at:min(at+sync.FileChunk, len(b))]}); err != nil {
						t.Errorf("%s at %d: %v", owner, at, err)
						return
					}
				}
				if got, err := s.Finish(ctx, f.SHA256, owner); err != nil || got != f {
					t.Errorf("%s: %+v %v", owner, got, err)
				}
			})
		}
		wg.Wait()
		var stored, blobs int
		if err := s.read.QueryRow(`SELECT (SELECT COUNT(*) FROM file_stored), (SELECT COUNT(*) FROM file_blob WHERE id IN (SELECT blob FROM file_stored))`).Scan(&stored, &blobs); err != nil || stored != 3 || blobs != 3 {
			t.Errorf("%d files in %d contents: %v", stored, blobs, err)
		}
	})
}
