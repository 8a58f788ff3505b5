package recordsim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallway/app/central/records"
)

// The receiver as a program: it takes a signed batch, answers as it is told to, and
// turns away what nobody signed.
func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, file, "127.0.0.1:0", slog.New(slog.DiscardHandler), w) }()
	line := make([]byte, 200)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(string(line[:n]), "ready "))
	base := strings.TrimSuffix(url, Path)
	post := func(path, body string, want int) {
		t.Helper()
		resp, err := http.Post(base+path, "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	post(Path, "{}", http.StatusUnauthorized)
	post("/refuse", "", http.StatusBadRequest)
	post("/refuse", "SXBM missing", http.StatusNoContent)
	post("/answers", "busy", http.StatusNoContent)
	up := records.HTTP{URL: url, Format: records.JSON, Secret: bytes.Repeat([]byte("k"), 32), Now: time.Now, Client: http.DefaultClient, Wait: time.Minute}
	b := records.Batch{Hall: "37010001", Batch: 1, Records: []records.Record{{ID: "a", Version: 1, Fields: records.Fields{{Code: "SXBM", Value: "1"}}}, {ID: "b", Version: 1}}}
	if _, err := up.Send(t.Context(), b); err == nil {
		t.Error("a receiver that is busy acknowledged")
	}
	results, err := up.Send(t.Context(), b)
	if err != nil || len(results) != 2 || results[0].Result != records.Accepted || results[1].Reason() != "missing SXBM" {
		t.Errorf("%+v %v", results, err)
	}
	resp, err := http.Get(base + "/held")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var held []map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&held); err != nil || len(held) != 1 || held[0]["id"] != "a" {
		t.Errorf("%v %v", held, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := Run(t.Context(), file, "0.0.0.0:0", slog.New(slog.DiscardHandler), io.Discard); err == nil {
		t.Error("it serves to everybody")
	}
}
