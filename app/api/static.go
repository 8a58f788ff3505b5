package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"hallway/app/terminal"
)

// policy of the pages: only what this handler serves, and what a page shows
// from its own memory (pictures and documents of a case).
const policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self'; frame-src blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// plain registers what is not JSON.
func (h *Handler) plain() {
	h.mux.HandleFunc("GET "+prefix+"/events", h.events)
	h.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write([]byte("ok\n")) //nolint:errcheck // the other side has gone
	})
	if h.opts.Metrics != nil {
		h.mux.Handle("GET /metrics", h.opts.Metrics)
	}
	if h.opts.Devices != nil {
		h.mux.Handle("GET /devices.json", h.opts.Devices)
	}
	if h.opts.Bench != nil {
		h.mux.Handle(benchPrefix+"/", h.opts.Bench)
	}
	h.mux.HandleFunc(prefix+"/", func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, terminal.Fail(http.StatusNotFound, "not_found"))
	})
	if h.opts.Door == nil {
		h.mux.HandleFunc("GET "+EarlyScript, h.early)
	}
	h.mux.HandleFunc("/", h.page)
}

// Pages serves the built pages of the program's own window alone, for the moment in
// which the terminal behind them is not made yet; role is the terminal's.
func Pages(files fs.FS, role string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard(w)
		servePage(w, r, files, role, true)
	})
}

// EarlyScript is the address of the early answers. The page that names it does not
// hold them: it is drawn while the terminal is still being made. An empty answer is
// none: the page then says that it opens, and asks.
const EarlyScript = "/early.js"

// IsPage tells whether a request is for a page or one of its files, and not
// for the terminal.
func IsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, prefix+"/") && r.URL.Path != "/healthz" && r.URL.Path != "/metrics" && r.URL.Path != "/devices.json" && r.URL.Path != EarlyScript
}

// page serves a file of the built pages, and index.html for the addresses
// that the page routes by itself.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	servePage(w, r, h.opts.Pages, h.opts.Role, h.opts.Door == nil)
}

// early is what the page of this process's own window would ask for first, so that it
// need not ask: a script that is run before the page's own, with answers by their path
// under /api/v1. There is none behind a door: any page could run it.
func (h *Handler) early(w http.ResponseWriter, _ *http.Request) {
	data, err := json.Marshal(h.firstAnswers()) // "<" and line separators are escaped
	if err != nil {
		writeProblem(w, terminal.Fail(http.StatusInternalServerError, "internal"))
		return
	}
	w.Header().Set("Content-Type", contentType(EarlyScript))
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "window.hallwayEarly = %s;\n", data) //nolint:errcheck // the other side has gone
}

func (h *Handler) firstAnswers() map[string]any {
	answers := map[string]any{"/boot": h.boot()}
	switch {
	case h.opts.Kiosk != nil:
		answers["/kiosk/view"] = h.opts.Kiosk.View()
	case h.opts.Counter != nil:
		answers["/counter/view"] = h.opts.Counter.View()
	case h.opts.Display != nil:
		answers["/display/view"] = h.opts.Display.View()
	case h.opts.Station != nil:
		answers["/station/view"] = h.opts.Station.View()
	case h.opts.Rating != nil:
		answers["/evaluator/view"] = h.opts.Rating.View()
	}
	return answers
}

// servePage serves a page or one of its files. Into index.html it writes the
// role and the addresses of the role's own files; own is the process's own window.
func servePage(w http.ResponseWriter, r *http.Request, pages fs.FS, role string, own bool) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		writeProblem(w, terminal.Fail(http.StatusMethodNotAllowed, "invalid_request"))
		return
	}
	if pages == nil {
		writeProblem(w, terminal.Fail(http.StatusNotFound, "no_pages"))
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	if info, err := fs.Stat(pages, name); err != nil || info.IsDir() {
		if path.Ext(name) != "" {
			writeProblem(w, terminal.Fail(http.StatusNotFound, "not_found"))
			return
		}
		name = "index.html"
	}
	data, err := fs.ReadFile(pages, name)
	if err != nil {
		writeProblem(w, terminal.Fail(http.StatusNotFound, "no_pages"))
		return
	}
	if name == "index.html" && role != "" {
		data = openingPage(data, pages, role, own)
	}
	head := w.Header()
	head.Set("Content-Security-Policy", policy)
	if strings.HasPrefix(name, "assets/") {
		head.Set("Cache-Control", "public, max-age=31536000, immutable") // names carry their hash
	}
	head.Set("Content-Type", contentType(name))
	w.Write(data) //nolint:errcheck // the other side has gone
}

// openingPage is index.html for a role: the page begins to fetch its part before it
// has asked anything. The page of the process's own window fetches its first answers,
// too, and holds its style: each file is a question to this process.
func openingPage(page []byte, pages fs.FS, role string, own bool) []byte {
	page = bytes.Replace(page, []byte("<html "), []byte(`<html data-role="`+role+`" `), 1)
	var head, body bytes.Buffer
	if own { // before the page's own script
		page = bytes.Replace(page, []byte("<head>"), []byte(`<head><script defer src="`+EarlyScript+`"></script>`), 1)
	}
	for _, name := range loads(pages, role) {
		address := `href="/` + name + `"`
		sheet := `<link rel="stylesheet" crossorigin ` + address + `>`
		isStyle := path.Ext(name) == ".css"
		if style, ok := inline(pages, name); isStyle && ok && own {
			page = bytes.Replace(page, []byte(sheet), nil, 1)
			body.WriteString(style)
			continue
		}
		switch {
		case bytes.Contains(page, []byte(address)) || bytes.Contains(page, []byte(`src="/`+name+`"`)):
		case isStyle:
			body.WriteString(sheet)
		default:
			fmt.Fprintf(&head, `<link rel="modulepreload" crossorigin %s>`, address)
		}
	}
	page = bytes.Replace(page, []byte("</head>"), append(head.Bytes(), "</head>"...), 1)
	return bytes.Replace(page, []byte("</body>"), append(body.Bytes(), "</body>"...), 1)
}

// inline is a style sheet as an element of the page, with the address that it
// has as a file.
func inline(pages fs.FS, name string) (string, bool) {
	style, err := fs.ReadFile(pages, name)
	if err != nil || bytes.Contains(style, []byte("</")) {
		return "", false
	}
	return fmt.Sprintf(`<style data-file="/%s">%s</style>`, name, style), true
}

// loads are the files that a role's page is made of, as the build wrote them
// down; without that list the page finds them by itself, a little later.
func loads(pages fs.FS, role string) []string {
	data, err := fs.ReadFile(pages, "roles.json")
	if err != nil {
		return nil
	}
	var roles map[string][]string
	if json.Unmarshal(data, &roles) != nil {
		return nil
	}
	return roles[role]
}

// contentType does not ask the machine's tables, which differ from one to another.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".woff":
		return "font/woff"
	case ".wav":
		return "audio/wav"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
