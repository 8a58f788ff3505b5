package client

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallway/app/store"
	"hallway/sync"
	"hallway/sync/secure"
)

// TestWhyTheLineStaysDown: each fault of TLS and of the terminal's standing is
// told by its code until somebody does something; then the line comes up.
func TestWhyTheLineStaysDown(t *testing.T) {
	c := startCentre(t)
	dir, elsewhere := t.TempDir(), t.TempDir()
	a, _, err := secure.OpenAuthority(dir, "test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Centre("centre", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"K1", "K2"} {
		if err := a.Terminal(id, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := secure.OpenAuthority(elsewhere, "other", time.Now()); err != nil {
		t.Fatal(err)
	}
	end, err := secure.Open(secure.Files{Cert: filepath.Join(dir, "centre.pem"), Key: filepath.Join(dir, "centre.key"), CA: filepath.Join(dir, "ca.pem")}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := end.Terminal(r.TLS, "K1"); p != nil {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"code":"` + p.Code + `","message":"m"}`))
			return
		}
		c.ServeHTTP(w, r)
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	wire := &wires{Listener: srv.Listener, all: map[net.Conn]bool{}}
	srv.Listener = end.Listener(wire)
	srv.Start()
	t.Cleanup(func() { wire.cut(); srv.Close() })
	secured := strings.Replace(srv.URL, "http:", "https:", 1)
	own := func(ca, cert string) *tls.Config {
		files := secure.Files{CA: filepath.Join(ca, "ca.pem")}
		if cert != "" {
			files.Cert, files.Key = filepath.Join(dir, cert+".pem"), filepath.Join(dir, cert+".key")
		}
		conf, err := secure.Client(files, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return conf
	}
	for _, one := range []struct {
		name, url, token string
		own              *tls.Config
		want             string
	}{
		{"another CA", secured, "token-K1", own(elsewhere, "K1"), sync.ProblemCentreUnknown},
		{"another address", strings.Replace(secured, "127.0.0.1", "localhost", 1), "token-K1", own(dir, "K1"), sync.ProblemCentreHost},
		{"no TLS there", strings.Replace(c.srv.URL, "http:", "https:", 1), "token-K1", own(dir, "K1"), sync.ProblemCentrePlain},
		{"TLS there", srv.URL, "token-K1", nil, sync.ProblemCentreTLS},
		{"no certificate", secured, "token-K1", own(dir, ""), sync.ProblemCertMissing},
		{"another's", secured, "token-K1", own(dir, "K2"), sync.ProblemCertOther},
		{"an unknown token", secured, "token-x", own(dir, "K1"), sync.ProblemAuth},
		{"all is well", secured, "token-K1", own(dir, "K1"), ""},
	} {
		t.Run(one.name, func(t *testing.T) {
			s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Terminal: "K1", Machine: "machine-1"})
			if err != nil {
				t.Fatal(err)
			}
			line := New(Options{URL: one.url, Token: one.token, Store: s, TLS: one.own, Timeout: 10 * time.Second})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- line.Run(ctx) }()
			eventually(t, "the line says "+one.want, func() bool {
				up, _ := line.Online()
				p := line.Problem()
				return one.want == "" && up && p == nil || !up && p != nil && p.Code == one.want && p.Message != ""
			})
			cancel()
			if err := errors.Join(<-ended, s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}
