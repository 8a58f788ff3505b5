package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"hallway/app/api"
)

func TestTheWindowsDoorServesPagesBeforeTheTerminalIsMade(t *testing.T) {
	pages := fstest.MapFS{"index.html": {Data: []byte("<html lang=\"zh-Hans\"></html>")}}
	gone := make(chan struct{})
	door := &lateDoor{pages: api.Pages(pages, "kiosk"), made: make(chan struct{}), gone: gone}
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	if w := ask("/"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `data-role="kiosk"`) {
		t.Fatalf("the page before the terminal: %d %s", w.Code, w.Body)
	}
	waiting := make(chan int)
	go func() { waiting <- ask("/api/v1/boot").Code }()
	door.handler.Store(api.New(api.Options{Pages: pages, Role: "kiosk"}))
	close(door.made)
	if code := <-waiting; code != http.StatusOK {
		t.Fatalf("an act that waited for the terminal: %d", code)
	}
	late := &lateDoor{pages: door.pages, made: make(chan struct{}), gone: gone}
	close(gone)
	w := httptest.NewRecorder()
	late.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/boot", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Fatalf("an act when the terminal is not made and the window closes: %d", w.Code)
	}
}
