package api

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"hallway/app/hall"
	"hallway/app/terminal"
)

// openingPages are pages as the build leaves them: one of the role's files is
// named in index.html already.
func openingPages() fstest.MapFS {
	return fstest.MapFS{
		"index.html":       {Data: []byte(`<!doctype html><html lang="zh-Hans"><head><script type="module" src="/assets/base.js"></script></head><body><div id="app"></div><link rel="stylesheet" crossorigin href="/assets/base.css"></body></html>`)},
		"roles.json":       {Data: []byte(`{"kiosk":["assets/base.js","assets/base.css","assets/kiosk.js","assets/kiosk.css","assets/odd.css"],"counter":["assets/counter.js","assets/base.css","assets/kiosk.css"]}`)},
		"assets/base.css":  {Data: []byte(`.base{}`)},
		"assets/kiosk.css": {Data: []byte(`.kiosk{}`)},
		"assets/odd.css":   {Data: []byte(`.odd{content:"</style>"}`)}, // stays a file
	}
}

// The program's own window: what its page asks for first stands in it, and what
// it is made of is named, each file once.
func TestTheOpeningPageOfTheOwnWindow(t *testing.T) {
	fake := newFakeKiosk()
	boot := terminal.Boot{Role: "kiosk", Terminal: "kiosk-1"}
	h := New(Options{Role: "kiosk", Pages: openingPages(), Kiosk: fake, Boot: func() terminal.Boot { return boot }})
	defer h.Stop()
	page := ask(t, h, "/")
	for part, times := range map[string]int{
		`<html data-role="kiosk" `: 1,
		`assets/base.js"`:          1, // named by the build already
		`<link rel="modulepreload" crossorigin href="/assets/kiosk.js">`: 1,
		`<style data-file="/assets/base.css">.base{}</style>`:            1,
		`<style data-file="/assets/kiosk.css">.kiosk{}</style>`:          1,
		`<link rel="stylesheet" crossorigin href="/assets/base.css">`:    0, // not fetched as well
		`<link rel="stylesheet" crossorigin href="/assets/kiosk.css">`:   0,
		`<link rel="stylesheet" crossorigin href="/assets/odd.css">`:     1,
		`assets/counter.js`:                       0,
		`<script defer src="/early.js"></script>`: 1,
	} {
		if n := strings.Count(page, part); n != times {
			t.Errorf("%s stands %d times in the page, not %d:\n%s", part, n, times, page)
		}
	}
	if strings.Index(page, "early.js") > strings.Index(page, "assets/base.js") {
		t.Error("the page's own script is run before it has its answers")
	}
	answers := earlyOf(t, h)
	var told struct {
		Role string         `json:"role"`
		Hall map[string]any `json:"hall"`
	}
	if err := json.Unmarshal(answers["/boot"], &told); err != nil || told.Role != "kiosk" || told.Hall == nil {
		t.Errorf("/boot before the centre was met: %s", answers["/boot"])
	}
	var view struct{ Rev int64 }
	if err := json.Unmarshal(answers["/kiosk/view"], &view); err != nil || view.Rev != fake.View().Rev {
		t.Errorf("/kiosk/view: %s", answers["/kiosk/view"])
	}
	if len(answers) != 2 {
		t.Errorf("%d answers, not two: another role's view is told", len(answers))
	}

	boot.Hall = hall.Names{"zh-Hans": "</script><img src=x>\u2028"} // a name stays a name
	if script := ask(t, h, EarlyScript); strings.Contains(script, "<") || strings.Contains(script, "\u2028") {
		t.Errorf("a name became a part of the script:\n%s", script)
	}
	if !strings.Contains(string(earlyOf(t, h)["/boot"]), "img src=x") {
		t.Error("the name is gone")
	}
}

// Behind a door the page tells nothing to whoever has no token.
func TestTheOpeningPageBehindADoor(t *testing.T) {
	h := newHouseWith(t, func(o *Options) { o.Role, o.Pages = "kiosk", openingPages() })
	h.enter()
	_, page, _ := h.do("GET", "/", "", nil)
	if !strings.Contains(page, `data-role="kiosk"`) {
		t.Errorf("no role in the page:\n%s", page)
	}
	if strings.Contains(page, "early") || strings.Contains(page, "kiosk-1") {
		t.Errorf("told without a token:\n%s", page)
	}
	// Not even with one: another page could run the script.
	if code, script, _ := h.do("GET", EarlyScript, "", nil); code != 404 || strings.Contains(script, "kiosk-1") {
		t.Errorf("the script is told behind a door: %d %s", code, script)
	}
}

// Before the terminal is made only the page and its files are there.
func TestTheOpeningPageBeforeTheTerminal(t *testing.T) {
	w := httptest.NewRecorder()
	Pages(openingPages(), "counter").ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	page := w.Body.String()
	for part, there := range map[string]bool{`href="/assets/counter.js"`: true, EarlyScript: true, `<style data-file="/assets/base.css">`: true,
		`<style data-file="/assets/kiosk.css">`: true, `rel="stylesheet"`: false} {
		if strings.Contains(page, part) != there {
			t.Errorf("%s, %v, not %v:\n%s", part, !there, there, page)
		}
	}
	if IsPage(httptest.NewRequest("GET", EarlyScript, nil)) {
		t.Error("the answers are not told by the terminal")
	}
}

func ask(t *testing.T, h *Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != 200 {
		t.Fatalf("%s: %d", path, w.Code)
	}
	return w.Body.String()
}

func earlyOf(t *testing.T, h *Handler) map[string]json.RawMessage {
	t.Helper()
	script := ask(t, h, EarlyScript)
	_, rest, found := strings.Cut(script, "window.hallwayEarly = ")
	text, _, closed := strings.Cut(rest, ";\n")
	var answers map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &answers); !found || !closed || err != nil {
		t.Fatalf("no early answers (%v):\n%s", err, script)
	}
	return answers
}
