package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"hallway/app/api"
	"hallway/app/terminal"
)

// The evaluator's screen needs neither store nor token; without its counter it
// says so and takes no key.
func TestTheScreenIsWiredWithoutAStore(t *testing.T) {
	config, err := terminal.ParseConfig([]byte("version = 1\nrole = \"evaluator\"\nterminal = \"evaluator-1\"\nevaluator.door = \"" +
		filepath.ToSlash(filepath.Join(t.TempDir(), "evaluator.door")) + "\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := wire(t.Context(), config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h := api.New(w.options)
	defer h.Stop()
	ask := func(method, path, body string, into any) int {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			t.Fatalf("%s: %v: %s", path, err, rec.Body)
		}
		return rec.Code
	}
	var boot terminal.Boot
	if code := ask(http.MethodGet, "/api/v1/boot", "", &boot); code != http.StatusOK || boot.Role != "evaluator" || boot.Hall == nil {
		t.Errorf("boot %d: %+v", code, boot)
	}
	var view terminal.EvaluatorView
	if code := ask(http.MethodGet, "/api/v1/evaluator/view", "", &view); code != http.StatusOK || view.State != "offline" || view.Why != "absent" {
		t.Errorf("view %d: %+v", code, view)
	}
	var problem terminal.Problem
	if code := ask(http.MethodPost, "/api/v1/evaluator/rate", `{"asking":1,"level":3}`, &problem); code != http.StatusServiceUnavailable || problem.Code != "evaluator_offline" {
		t.Errorf("a key %d: %+v", code, problem)
	}
	if code := ask(http.MethodPost, "/api/v1/evaluator/rate", `{"asking":1,"level":6}`, &problem); code != http.StatusUnprocessableEntity {
		t.Errorf("level 6: %d", code)
	}
	if code := ask(http.MethodGet, "/api/v1/kiosk/view", "", &problem); code != http.StatusNotFound || problem.Code != "other_role" {
		t.Errorf("another role's view: %d %+v", code, problem)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
}
