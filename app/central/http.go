package central

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hallway/app/central/departments"
	"hallway/app/hall"
	"hallway/frontend"
	"hallway/sync"
	"hallway/sync/server"
	"hallway/sync/writer"
)

// entities lists the raw values of a kind and day.
func (c *Centre) entities(ctx context.Context, kind hall.EntityKind, day string) ([]json.RawMessage, error) {
	list, err := c.writer.Entities(ctx, c.hallLane(), kind, writer.Filter{Day: day})
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(list))
	for i, e := range list {
		out[i] = e.Value
	}
	return out, nil
}

// Handler serves everything of the centre on one address: its API, the
// terminals' protocol, the pages, health and metrics.
func (c *Centre) Handler() http.Handler {
	mux := http.NewServeMux()
	api := newAPI(mux, c, c.guard)
	door := server.New(server.Options{
		Writer: c.writer, Auth: c.authTerminal, Line: c.speaks, Session: c.sessions.live, Witnessed: c.witnessed,
		Status: func(_ context.Context, s sync.TerminalStatus) { c.tele.report(s) },
		Files:  c.files, FileRead: c.fileRead,
		Logger: c.log, Done: c.ctx.Done(), Stream: c.tele.stream, Go: c.work.Go,
	})
	c.door.Store(door)
	mux.Handle("/sync/v1/", c.terminals(door))
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		doc, err := api.OpenAPI().MarshalJSON()
		if err != nil {
			http.Error(w, "the document cannot be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(doc) // a client that went away is no error of ours
	})
	mux.Handle(departments.Prefix+"/", c.departments.Handler())
	mux.HandleFunc("GET /healthz", c.health)
	mux.Handle("GET /metrics", promhttp.HandlerFor(c.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc(Prefix+"/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, problem(http.StatusNotFound, "not_found"))
	})
	mux.Handle("/", pages(frontend.Dist()))
	return c.metrics.count(headers(mux))
}

// writeProblem answers outside the framework.
func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client that went away is no error of ours
}

// authTerminal finds the terminal of a token for the protocol.
func (c *Centre) authTerminal(_ context.Context, token string) (server.Principal, bool, error) {
	t, ok := c.terminalByToken(token)
	if !ok {
		return server.Principal{}, false, nil
	}
	if c.shutOut(t.ID) {
		return server.Principal{}, false, revokedProblem()
	}
	return server.Principal{Terminal: t.ID, Role: t.Role, Hall: c.hallCode, Department: t.Department}, true, nil
}

// terminals watches the protocol's requests for signs of life. Wake streams tell
// by themselves when they open and break (server.Options.Stream).
func (c *Centre) terminals(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if t, ok := c.terminalByToken(bearer); ok && c.speaks(t.ID, r.TLS) == nil {
			c.tele.heard(t.ID)
		}
		next.ServeHTTP(w, r)
	})
}

// health answers 200 when the database answers and the hall is published.
func (c *Centre) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	status, answer := http.StatusOK, map[string]string{"status": "ok", "hall": c.hallCode}
	if _, _, err := c.writer.Head(ctx, c.hallLane()); err != nil {
		c.log.Error("health: the database does not answer", "error", err)
		status, answer = http.StatusServiceUnavailable, map[string]string{"status": "database"}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // a client that went away is no error of ours
}

// contentPolicy lets the pages load nothing from elsewhere. Styles may be in
// line because the table and form components set them on elements.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// headers sets those that every answer to a browser carries.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sync/") { // terminals: no browser shows it
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		next.ServeHTTP(w, r)
	})
}

// pages serves /book and /manager from central.html, and its assets. Any other
// address under a page is the page (it routes by itself).
func pages(dist fs.FS) http.Handler {
	files := http.FileServerFS(dist)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writeProblem(w, problem(http.StatusMethodNotAllowed, "not_found"))
			return
		}
		p := path.Clean(r.URL.Path)
		switch {
		case p == "/":
			http.Redirect(w, r, "/book", http.StatusFound)
		case p == "/book" || p == "/manager" || strings.HasPrefix(p, "/book/") || strings.HasPrefix(p, "/manager/"):
			page, err := fs.ReadFile(dist, "central.html")
			if err != nil {
				http.Error(w, notBuilt(), http.StatusServiceUnavailable)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(page) // a client that went away is no error of ours
		case isFile(dist, strings.TrimPrefix(p, "/")) && !strings.HasSuffix(p, ".html"):
			if strings.HasPrefix(p, "/assets/") {
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			files.ServeHTTP(w, r)
		default:
			writeProblem(w, problem(http.StatusNotFound, "not_found"))
		}
	})
}

// notBuilt is the sentence of a program without pages, in every language.
func notBuilt() string {
	var lines []string
	for _, locale := range frontend.Locales() {
		lines = append(lines, frontend.Format(locale, "error.no_pages", nil)+" "+frontend.Format(locale, "remedy.no_pages", nil))
	}
	return strings.Join(lines, "\n")
}

// isFile says whether a name is a file of the built pages.
func isFile(dist fs.FS, name string) bool {
	info, err := fs.Stat(dist, name)
	return err == nil && info.Mode().IsRegular()
}
