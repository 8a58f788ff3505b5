package desktop

import (
	"mime"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPlain: what Wails would write its scripts into does not say that it is HTML in
// the letters that Wails looks for, and says it to everybody else; nothing else changes.
func TestPlain(t *testing.T) {
	const page = "<!doctype html><title>x</title>厅"
	h := plain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/", "/calibrate":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(page[:5])) //nolint:errcheck // a recorder
			w.Write([]byte(page[5:])) //nolint:errcheck // a recorder
		case "/list/":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusTeapot)
			w.Write([]byte(page)) //nolint:errcheck // a recorder
		}
	}))
	for path, want := range map[string]struct {
		code int
		kind string
	}{"/": {200, "text/HTML; charset=utf-8"}, "/calibrate": {200, "text/html; charset=utf-8"}, "/list/": {418, "text/plain; charset=utf-8"}} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		kind := w.Header().Get("Content-Type")
		if w.Code != want.code || kind != want.kind || w.Body.String() != page {
			t.Errorf("%s: %d %s %q", path, w.Code, kind, w.Body)
		}
		if is, _, err := mime.ParseMediaType(kind); err != nil || path == "/" && is != "text/html" {
			t.Errorf("%s: %s, %v", path, is, err)
		}
	}
}
