package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/devices/bench"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOpenAPIHasEveryRoute(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"openapi"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/state", "/events", "/cards", "/devices/plug", "/idcard/place", "/idcard/remove", "/scanner/scan",
		"/printer/set", "/printer/slips", "/printer/slip.png", "/printer/slip.bin", "/evaluator/press", "/caller/press", "/noise", "/lines"} {
		if doc.Paths[bench.Prefix+path] == nil {
			t.Errorf("no route %s", path)
		}
	}
	if doc.Components.Schemas["State"] == nil {
		t.Error("no schema State")
	}
}

func TestCommandLineMistakes(t *testing.T) {
	for _, args := range [][]string{{"dance"}, {"--config", "/no/such/file"}, {"--cofnig", "x"}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}

// serving starts the program and gives its address.
func serving(t *testing.T) (url string, stop func() error) {
	t.Helper()
	c, err := bench.ParseConfig("test", []byte("version = 1\nrun = \""+filepath.Join(t.TempDir(), "dev")+`"
[[device]]
id = "k/idcard"
kind = "idcard"
model = "sdt"
at = "serial:card"
`))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- serve(ctx, c, in, slog.New(slog.DiscardHandler)) }()
	line := make([]byte, 200)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(string(line[:n])), "ready ")
	if !ok || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("printed %q, want «ready <url>»", line[:n])
	}
	return url, func() error {
		cancel()
		select {
		case err := <-done:
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			return err
		case <-time.After(time.Minute):
			t.Fatal("the program does not stop")
			return nil
		}
	}
}

func TestServesAndStops(t *testing.T) {
	url, stop := serving(t)
	for _, c := range []struct {
		name, path string
		head       map[string]string
		status     int
	}{
		{"state", "bench/v1/state", nil, 200},
		{"health", "healthz", nil, 200},
		{"own page", "bench/v1/state", map[string]string{"Origin": strings.TrimSuffix(url, "/")}, 200},
		{"another site's page", "bench/v1/state", map[string]string{"Origin": "http://evil.example"}, 403},
		{"another host's name", "bench/v1/state", map[string]string{"Host": "evil.example"}, 403},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range c.head {
			req.Header.Set(k, v)
		}
		if h := c.head["Host"]; h != "" {
			req.Host = h
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.status)
		}
	}
	// A page that follows the events does not keep the program from stopping.
	res, err := http.Get(url + "bench/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := res.Body.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
