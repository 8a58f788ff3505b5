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
	door := newLateDoor(api.Pages(pages, "kiosk"), gone)
	select {
	case <-door.asked:
		t.Fatal("nothing was asked yet")
	default:
	}
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	if w := ask("/"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `data-role="kiosk"`) {
		t.Fatalf("the page before the terminal: %d %s", w.Code, w.Body)
	}
	select {
	case <-door.asked:
	default:
		t.Fatal("the page was asked for, and the terminal is not begun")
	}
	if w := ask(api.EarlyScript); w.Code != http.StatusOK || w.Body.Len() != 0 { // a terminal that takes long: the page says that it opens
		t.Fatalf("the first answers before the terminal: %d", w.Code)
	}
	waiting := make(chan int)
	go func() { waiting <- ask("/api/v1/boot").Code }()
	door.handler.Store(api.New(api.Options{Pages: pages, Role: "kiosk"}))
	close(door.made)
	if code := <-waiting; code != http.StatusOK {
		t.Fatalf("an act that waited for the terminal: %d", code)
	}
	if w := ask(api.EarlyScript); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "hallwayEarly") {
		t.Fatalf("the first answers: %d %s", w.Code, w.Body)
	}
	late := newLateDoor(door.pages, gone)
	close(gone)
	w := httptest.NewRecorder()
	late.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/boot", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Fatalf("an act when the terminal is not made and the window closes: %d", w.Code)
	}
}
