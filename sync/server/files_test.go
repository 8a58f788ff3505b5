package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/files"
)

// fileCentre is a centre that keeps files; seen lists who read what.
type fileCentre struct {
	*centre
	files *files.Store
	base  string
	seen  []string
}

func newFileCentre(t *testing.T) *fileCentre {
	t.Helper()
	c := &fileCentre{centre: newCentre(t)}
	var err error
	c.files, err = files.Open(t.Context(), files.Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "f.db"), Key: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(Handler(Options{Writer: c.w, Files: c.files, Done: c.done,
		Auth: func(_ context.Context, token string) (Principal, bool, error) {
			role, _, ok := strings.Cut(token, "-")
			return Principal{Terminal: token, Role: role, Hall: hallCode}, ok, nil
		},
		FileRead: func(_ context.Context, p Principal, session, sha string) (bool, error) {
			c.seen = append(c.seen, p.Terminal+" "+sha)
			return session == "of a clerk at "+p.Terminal, nil
		}}))
	c.base = srv.URL
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		if err := c.files.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func content(n int) ([]byte, string) {
	b := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("0123456789abcdef"), n/16+1)...)[:n]
	s := sha256.Sum256(b)
	return b, hex.EncodeToString(s[:])
}

type reply struct {
	status   int
	offset   string
	complete string
	code     string
	body     []byte
	header   http.Header
}

func (c *fileCentre) do(method, token, path string, header map[string]string, body []byte) reply {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+"/sync/v1/files/"+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, offset: resp.Header.Get(sync.HeaderOffset), complete: resp.Header.Get(sync.HeaderComplete), header: resp.Header}
	if out.body, err = io.ReadAll(resp.Body); err != nil {
		c.t.Fatal(err)
	}
	var p sync.Problem
	if json.Unmarshal(out.body, &p) == nil {
		out.code = p.Code
	}
	return out
}

func (c *fileCentre) patch(token, sha, caseID string, size, at int, piece []byte) reply {
	c.t.Helper()
	return c.do(http.MethodPatch, token, sha+"?type=application/pdf&case="+caseID+"&size="+strconv.Itoa(size), map[string]string{sync.HeaderOffset: strconv.Itoa(at)}, piece)
}

func (c *fileCentre) known(sha string) bool {
	c.t.Helper()
	_, ok, err := hall.Load[hall.File](c.w.World(c.t.Context(), hallLane), hall.EntityFile, sha)
	if err != nil {
		c.t.Fatal(err)
	}
	return ok
}

func TestFileComesInPieces(t *testing.T) {
	c := newFileCentre(t)
	b, sha := content(2*sync.FileChunk + 100)
	if r := c.do(http.MethodHead, "counter-1", sha, nil, nil); r.status != http.StatusNoContent || r.offset != "0" || r.complete != "?0" {
		t.Fatalf("before: %+v", r)
	}
	for at := 0; at < len(b); at += sync.FileChunk {
		next := min(at+sync.FileChunk, len(b))
		r := c.patch("counter-1", sha, "case-1", len(b), at, b[at:next])
		want := map[bool]string{true: "?1", false: "?0"}[next == len(b)]
		if r.status != http.StatusNoContent || r.offset != strconv.Itoa(next) || r.complete != want {
			t.Fatalf("at %d: %+v %s", at, r, r.body)
		}
		if c.known(sha) != (next == len(b)) {
			t.Errorf("at %d the file is known: %v", at, c.known(sha))
		}
		if next < len(b) {
			if r := c.patch("counter-1", sha, "case-1", len(b), at, b[at:next]); r.status != http.StatusConflict || r.code != sync.ProblemFileOffset {
				t.Errorf("twice at %d: %+v", at, r)
			}
		}
	}
	if r := c.do(http.MethodHead, "counter-2", sha, nil, nil); r.offset != strconv.Itoa(len(b)) || r.complete != "?1" {
		t.Errorf("after: %+v", r)
	}
	// For another case, by another counter: nothing is sent again.
	for range 2 {
		if r := c.patch("counter-2", sha, "case-2", len(b), len(b), nil); r.status != http.StatusNoContent || r.complete != "?1" {
			t.Errorf("for a second case: %+v", r)
		}
	}
}

func TestFileIsRefusedWithItsReason(t *testing.T) {
	c := newFileCentre(t)
	b, sha := content(500)
	_, other := content(501)
	for name, r := range map[string]struct {
		got    reply
		status int
		code   string
	}{
		"station":        {c.patch("station-1", sha, "a", len(b), 0, b), http.StatusForbidden, sync.ProblemAuth},
		"nobody":         {c.patch("nobody", sha, "a", len(b), 0, b), http.StatusUnauthorized, sync.ProblemAuth},
		"digest":         {c.patch("counter-1", other, "a", len(b), 0, b), http.StatusUnprocessableEntity, sync.ProblemFileDigest},
		"too large":      {c.patch("counter-1", sha, "a", hall.MaxFileBytes+1, 0, b), http.StatusRequestEntityTooLarge, sync.ProblemFileSize},
		"no page":        {c.patch("counter-1", sha, "a", 9, 0, []byte("<!doctype")), http.StatusUnsupportedMediaType, sync.ProblemFileType},
		"large piece":    {c.patch("counter-1", sha, "a", sync.FileChunk+1, 0, make([]byte, sync.FileChunk+1)), http.StatusBadRequest, sync.ProblemInvalid},
		"gap":            {c.patch("counter-1", sha, "a", sync.FileChunk+1, sync.FileChunk, b[:1]), http.StatusConflict, sync.ProblemFileOffset},
		"no offset":      {c.do(http.MethodPatch, "counter-1", sha+"?size=5", nil, b), http.StatusBadRequest, sync.ProblemInvalid},
		"case too long":  {c.patch("counter-1", sha, strings.Repeat("x", 200), len(b), 0, b), http.StatusBadRequest, sync.ProblemInvalid},
		"another method": {c.do(http.MethodPut, "counter-1", sha, nil, b), http.StatusNotFound, sync.ProblemInvalid},
	} {
		if r.got.status != r.status || r.got.code != r.code {
			t.Errorf("%s: %d %s %s, want %d %s", name, r.got.status, r.got.code, r.got.body, r.status, r.code)
		}
	}
	if c.known(sha) || c.known(other) {
		t.Error("a refused file is known")
	}
}

func TestFileIsShownToClerksOnly(t *testing.T) {
	c := newFileCentre(t)
	b, sha := content(sync.FileChunk + 300)
	for at := 0; at < len(b); at += sync.FileChunk {
		c.patch("counter-1", sha, "case-1", len(b), at, b[at:min(at+sync.FileChunk, len(b))])
	}
	clerk := map[string]string{sync.HeaderSession: "of a clerk at counter-1"}
	r := c.do(http.MethodGet, "counter-1", sha, clerk, nil)
	if r.status != http.StatusOK || !bytes.Equal(r.body, b) || r.header.Get("Content-Type") != "application/pdf" ||
		r.header.Get("Cache-Control") != "no-store" || r.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %d bytes %v", r.status, len(r.body), r.header)
	}
	clerk["Range"] = "bytes=262100-262243"
	if r := c.do(http.MethodGet, "counter-1", sha, clerk, nil); r.status != http.StatusPartialContent || !bytes.Equal(r.body, b[262100:262244]) {
		t.Errorf("range: %d %d bytes", r.status, len(r.body))
	}
	_, strange := content(77)
	for name, x := range map[string]struct {
		got    reply
		status int
	}{
		"nobody signed in": {c.do(http.MethodGet, "counter-1", sha, nil, nil), http.StatusForbidden},
		"elsewhere":        {c.do(http.MethodGet, "counter-2", sha, clerk, nil), http.StatusForbidden},
		"kiosk":            {c.do(http.MethodGet, "kiosk-1", sha, clerk, nil), http.StatusForbidden},
		"unknown file":     {c.do(http.MethodGet, "counter-1", strange, clerk, nil), http.StatusNotFound},
	} {
		if x.got.status != x.status || bytes.Contains(x.got.body, []byte("PDF")) {
			t.Errorf("%s: %d %s", name, x.got.status, x.got.body)
		}
	}
	if len(c.seen) != 4 { // each that got as far as the question who may
		t.Errorf("asked %v", c.seen)
	}
	// A file of the centre that no case of this hall has is not shown.
	f, err := c.files.Put(t.Context(), bytes.NewReader([]byte("%PDF-1.4 of another hall")), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if r := c.do(http.MethodGet, "counter-1", f.SHA256, clerk, nil); r.status != http.StatusNotFound {
		t.Errorf("a file of no case: %d", r.status)
	}
}
