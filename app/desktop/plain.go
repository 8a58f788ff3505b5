package desktop

import (
	"net/http"
	"strings"
)

// plain keeps the scripts of Wails' own bridge out of the page. Nothing of the page
// uses them, and the page is not drawn before both were asked of this process. Wails
// puts them into every page of type «text/html» that is written so; the names of
// media types mean the same in capitals (RFC 9110 §8.3.1).
func plain(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") || r.URL.Path == "" { // what Wails looks at
			w = &plainWriter{ResponseWriter: w}
		}
		h.ServeHTTP(w, r)
	})
}

type plainWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *plainWriter) WriteHeader(code int) {
	if !w.begun {
		w.begun = true
		if rest, ok := strings.CutPrefix(w.Header().Get("Content-Type"), "text/html"); ok {
			w.Header().Set("Content-Type", "text/HTML"+rest)
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *plainWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}
