package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// pdf is a file of n bytes that says that it is a PDF; seed makes it its own.
func pdf(n int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	b := append([]byte("%PDF-1.7\n"), make([]byte, n)...)[:n]
	for i := 9; i < n; i++ {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

func shaOf(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

func put(t testing.TB, s *Store, b []byte) hall.File {
	t.Helper()
	f, err := s.PutFile(context.Background(), bytes.NewReader(b), "application/pdf", 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFileRoundTrip(t *testing.T) {
	p := newPlace(t)
	ctx := context.Background()
	for _, n := range []int{9, 100, fileSegment - 1, fileSegment, fileSegment + 1, 3 * fileSegment, 1 << 20} {
		b := pdf(n, uint64(n))
		f := put(t, p.s, b)
		if f != (hall.File{SHA256: shaOf(b), Type: "application/pdf", Size: int64(n)}) {
			t.Errorf("%d bytes: %+v", n, f)
		}
		r, g, err := p.s.OpenFile(ctx, f.SHA256)
		if err != nil || g != f {
			t.Fatalf("%d bytes: %+v %v", n, g, err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%d bytes: read %d, %v", n, len(got), err)
		}
		at := int64(n / 2)
		if _, err := r.(io.Seeker).Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, b[at:]) {
			t.Errorf("%d bytes from the middle: read %d, %v", n, len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFileIsEncryptedAtRest(t *testing.T) {
	p := newPlace(t)
	b := append(pdf(64, 1), bytes.Repeat([]byte("SYNTHETIC-NAME "), 2000)...)
	put(t, p.s, b)
	p.close()
	err := filepath.WalkDir(filepath.Dir(p.opt.Dir), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte("SYNTHETIC-NAME")) {
			t.Errorf("%s holds the file in clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.open()
}

func TestFileIsRefused(t *testing.T) {
	p := newPlace(t)
	big := pdf(70_000, 1)
	for name, c := range map[string]struct {
		data     []byte
		declared string
		limit    int64
		code     string
	}{
		"empty":           {nil, "application/pdf", 0, CodeFileSize},
		"too large":       {big, "application/pdf", int64(len(big)) - 1, CodeFileSize},
		"a program":       {[]byte("\x7fELF\x02\x01\x01"), "application/pdf", 0, CodeFileType},
		"declared wrong":  {big, "image/png", 0, CodeFileType},
		"a page":          {[]byte("<html><script>"), "application/xml", 0, CodeFileType},
		"any archive":     {[]byte("PK\x03\x04\x14\x00 word/document.xml"), "application/ofd", 0, CodeFileType},
		"no declaration":  {[]byte("text only"), "", 0, CodeFileType},
		"unknown to type": {[]byte("GIF89a"), "image/gif", 0, CodeFileType},
	} {
		if f, err := p.s.PutFile(context.Background(), bytes.NewReader(c.data), c.declared, c.limit); CodeOf(err) != c.code {
			t.Errorf("%s: %+v %v, want %s", name, f, err, c.code)
		}
	}
	for declared, data := range map[string]string{"image/png": "\x89PNG\r\n\x1a\n…", "image/jpeg": "\xff\xd8\xff\xe0", "image/tiff": "II*\x00",
		"application/ofd": "PK\x03\x04\x14\x00\x00OFD.xml", "text/xml": "\xef\xbb\xbf<?xml version='1.0'?>", "application/xml": "<?xml"} {
		if f, err := p.s.PutFile(context.Background(), bytes.NewReader([]byte(data)), declared, 0); err != nil || f.Type != declared {
			t.Errorf("%s: %+v %v", declared, f, err)
		}
	}
	exact, err := p.s.PutFile(context.Background(), bytes.NewReader(big), "", int64(len(big)))
	if err != nil || exact.Type != "application/pdf" {
		t.Errorf("exactly the limit: %+v %v", exact, err)
	}
	entries, err := os.ReadDir(filepath.Join(p.opt.Dir, "files"))
	if err != nil || len(entries) != 7 {
		t.Errorf("%d files are left: %v", len(entries), err)
	}
}

// broken ends in the middle.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the cable was pulled")
	}
	return n, err
}

func TestFileThatEndsInTheMiddleIsNotKept(t *testing.T) {
	p := newPlace(t)
	for _, n := range []int{1, 5000, fileSegment, 3*fileSegment + 17} {
		if f, err := p.s.PutFile(context.Background(), broken{bytes.NewReader(pdf(n, 3))}, "application/pdf", 0); err == nil {
			t.Errorf("%d bytes: %+v", n, f)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(p.opt.Dir, "files")); err != nil && !errors.Is(err, os.ErrNotExist) || len(entries) != 0 {
		t.Errorf("%d files are left: %v", len(entries), err)
	}
}

// What was changed on disk is found, at whatever byte.
func TestFileThatWasChangedIsFound(t *testing.T) {
	p := newPlace(t)
	b := pdf(2*fileSegment+100, 5)
	f := put(t, p.s, b)
	path := filepath.Join(p.opt.Dir, "files", f.SHA256)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := func(raw []byte) {
		t.Helper()
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := p.s.UploadSource(context.Background(), f.SHA256)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			_ = r.Close() // read only
		}
		if CodeOf(err) != CodeFileDamaged || !errors.Is(err, sync.ErrFileLost) {
			t.Errorf("%d bytes: %v", len(raw), err)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 40 {
		raw := bytes.Clone(whole)
		raw[rnd.IntN(len(raw))] ^= 1 << rnd.IntN(8)
		spoilt(raw)
	}
	spoilt(whole[:len(whole)-1])
	spoilt(whole[:70])
	spoilt(nil)
}

func TestHandInQueuesTheFile(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	ctx := context.Background()
	c.meet()
	f := put(t, c.s, pdf(5000, 1))
	hand := func(id string) (hall.Op, error) {
		return c.s.HandIn(ctx, Draft{Kind: hall.HandIn, Entity: id, Actor: clerkS1, Body: hall.HandInBody{Material: "M1", Way: hall.MethodUpload}}, f)
	}
	for _, id := range []string{c.begin("a"), c.begin("b"), "a"} {
		if _, err := hand(id); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.s.Uploads(); n != 2 { // one file, for two cases; the second time for one is the same
		t.Errorf("%d uploads", n)
	}
	k, _, err := hall.Load[hall.Case](c.s.World(), hall.EntityCase, "a")
	if err != nil || k.Materials[0].State == hall.MaterialDone || !k.Materials[0].Attempts[0].Coming || k.Materials[0].Attempts[0].File != f {
		t.Errorf("the material is %+v: %v", k.Materials[0], err)
	}
	missing := f
	missing.SHA256 = shaOf([]byte("another"))
	if _, err := c.s.HandIn(ctx, Draft{Kind: hall.HandIn, Entity: "a", Actor: clerkS1, Body: hall.HandInBody{Material: "M1", Way: hall.MethodUpload}}, missing); CodeOf(err) != CodeUnknownFile {
		t.Errorf("a file that is not here: %v", err)
	}
	c.reopen() // the queue is on disk
	u, ok, err := c.s.NextUpload(ctx, 0)
	if err != nil || !ok || u.Case != "a" || u.File != f {
		t.Fatalf("next upload %+v %v %v", u, ok, err)
	}
	if err := c.s.Uploaded(ctx, u); err != nil {
		t.Fatal(err)
	}
	v, ok, err := c.s.NextUpload(ctx, 0)
	if err != nil || !ok || v.Case != "b" {
		t.Fatalf("next upload %+v %v %v", v, ok, err)
	}
	if err := c.s.UploadRefused(ctx, v, CodeFileType); err != nil {
		t.Fatal(err)
	}
	if w := c.s.WorkList(); len(w) != 1 || w[0].Entity != "b" || w[0].Reason.Code != CodeFileType || c.s.Uploads() != 0 {
		t.Errorf("work list %+v", w)
	}
	if err := c.s.UploadAgain(ctx); err != nil || c.s.Uploads() != 1 {
		t.Errorf("%d uploads again: %v", c.s.Uploads(), err)
	}
}

// A file is forgotten a month after the centre has it, as its operation is; one
// that waits never; one that no case was given after a day.
func TestFilesAreForgotten(t *testing.T) {
	h := newCaseHall(t, 4)
	c := h.counter(t)
	ctx := context.Background()
	c.meet()
	sent, waiting, unnamed := put(t, c.s, pdf(100, 1)), put(t, c.s, pdf(100, 2)), put(t, c.s, pdf(100, 3))
	c.begin("a")
	for _, f := range []hall.File{sent, waiting} {
		if _, err := c.s.HandIn(ctx, Draft{Kind: hall.HandIn, Entity: "a", Actor: clerkS1, Body: hall.HandInBody{Material: "M1", Way: hall.MethodUpload}}, f); err != nil {
			t.Fatal(err)
		}
	}
	u, _, err := c.s.NextUpload(ctx, 0)
	if err != nil || u.File != sent || c.s.Uploaded(ctx, u) != nil {
		t.Fatalf("%+v %v", u, err)
	}
	most := int64(1000)
	later := func(d time.Duration) (kept []string) {
		t.Helper()
		if err := c.s.pruneFiles(ctx, noon.Add(d), most); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]hall.File{"sent": sent, "waiting": waiting, "unnamed": unnamed} {
			if r, _, err := c.s.OpenFile(ctx, f.SHA256); err == nil {
				kept = append(kept, name)
				_ = r.Close() // read only
			} else if CodeOf(err) != CodeUnknownFile {
				t.Errorf("%s: %v", name, err)
			}
		}
		return kept
	}
	if kept := later(23 * time.Hour); len(kept) != 3 {
		t.Errorf("within a day only %v are kept", kept)
	}
	if kept := later(29 * 24 * time.Hour); len(kept) != 2 || slices.Contains(kept, "unnamed") {
		t.Errorf("within a month %v are kept", kept)
	}
	if err := c.s.UploadAgain(ctx); err != nil || c.s.Uploads() != 2 { // the centre was put back
		t.Errorf("%d files are on their way again: %v", c.s.Uploads(), err)
	}
	if kept := later(40 * 24 * time.Hour); len(kept) != 2 {
		t.Errorf("on their way again, %v are kept", kept)
	}
	if u, _, err := c.s.NextUpload(ctx, 0); err != nil || u.File != sent || c.s.Uploaded(ctx, u) != nil {
		t.Fatalf("%+v %v", u, err)
	}
	most = 50
	if kept := later(time.Hour); len(kept) != 1 {
		t.Errorf("beyond the room for files %v are kept", kept)
	}
	if kept := later(30 * 24 * time.Hour); len(kept) != 1 || kept[0] != "waiting" {
		t.Errorf("after a month %v are kept", kept)
	}
	if entries, err := os.ReadDir(filepath.Join(c.opt.Dir, "files")); err != nil || len(entries) != 1 {
		t.Errorf("%d files on disk: %v", len(entries), err)
	}
}
