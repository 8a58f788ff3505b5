package central

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/sync"
	"hallway/sync/secure"
)

// secured puts a bed behind mutual TLS with the certificates that the command
// makes, and gives a client with the certificate of a terminal ("" = none).
func secured(t *testing.T) (b *bed, as func(terminal string) *http.Client) {
	t.Helper()
	dir := t.TempDir()
	b = newBed(t, func(c *Config) {
		c.dir = dir
		c.TLSCert, c.TLSKey, c.TLSClientCA = "certs/centre.pem", "certs/centre.key", "certs/ca.pem"
		var out bytes.Buffer
		if err := Certs(*c, "certs", "localhost, 127.0.0.1", "", &out); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{`tls_client_ca = "certs/ca.pem"`, "terminal-kiosk-1.pem"} {
			if !strings.Contains(out.String(), line) {
				t.Errorf("%s does not stand in: %s", line, &out)
			}
		}
	})
	srv := httptest.NewUnstartedServer(b.c.Handler())
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.Listener = b.c.tls.Listener(srv.Listener)
	srv.Start()
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections)
	b.srv.Close()
	b.srv = srv
	srv.URL = strings.Replace(srv.URL, "http:", "https:", 1)
	return b, func(terminal string) *http.Client {
		files := secure.Files{CA: filepath.Join(dir, "certs", "ca.pem")}
		if terminal != "" {
			files.Cert = filepath.Join(dir, "certs", "terminal-"+terminal+".pem")
			files.Key = filepath.Join(dir, "certs", "terminal-"+terminal+".key")
		}
		own, err := secure.Client(files, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		tr := secure.Transport(&http.Transport{}, own)
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr}
	}
}

// said does one request and gives the status and the code of its Problem.
func said(t *testing.T, c *http.Client, method, url, token string, in any) (int, string) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	r, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p sync.Problem
	if r.StatusCode >= 400 && json.Unmarshal(b, &p) != nil {
		t.Fatalf("%d %s", r.StatusCode, b)
	}
	return r.StatusCode, p.Code
}

// TestMutualTLS: a token is taken with its terminal's certificate only, on every
// route; pages, health and staff who use a browser need none.
func TestMutualTLS(t *testing.T) {
	b, as := secured(t)
	hello := sync.Hello{Terminal: "kiosk-1"}
	signIn := map[string]string{"staff": "1001", "password": testPassword, "terminal": "counter-1"}
	for _, one := range []struct {
		name, cert, method, path, token string
		in                              any
		status                          int
		code                            string
	}{
		{"its own", "kiosk-1", "POST", "/sync/v1/hello", "token-kiosk-1", hello, 200, ""},
		{"no certificate", "", "POST", "/sync/v1/hello", "token-kiosk-1", hello, 403, sync.ProblemCertMissing},
		{"another's", "display-1", "POST", "/sync/v1/hello", "token-kiosk-1", hello, 403, sync.ProblemCertOther},
		{"a certificate without a token", "kiosk-1", "POST", "/sync/v1/hello", "", hello, 401, sync.ProblemAuth},
		{"the centre's API, its own", "counter-1", "POST", Prefix + "/sessions", "token-counter-1", signIn, 200, ""},
		{"the centre's API, none", "", "POST", Prefix + "/sessions", "token-counter-1", signIn, 403, "terminal_refused"},
		{"the centre's API, another's", "kiosk-1", "POST", Prefix + "/sessions", "token-counter-1", signIn, 403, "terminal_refused"},
		{"citizens", "", "GET", Prefix + "/booking/info", "", nil, 200, ""},
		{"health", "", "GET", "/healthz", "", nil, 200, ""},
	} {
		t.Run(one.name, func(t *testing.T) {
			if status, code := said(t, as(one.cert), one.method, b.srv.URL+one.path, one.token, one.in); status != one.status || code != one.code {
				t.Errorf("%d %s, not %d %s", status, code, one.status, one.code)
			}
		})
	}
}

// TestRevoke: the command, in another process, shuts a terminal out within
// seconds, its stream ends, and it comes back when that is taken back.
func TestRevoke(t *testing.T) { revoke(t, newBed(t)) }

func revoke(t *testing.T, b *bed) {
	hello := sync.Hello{Terminal: "kiosk-1"}
	conn, err := net.Dial("tcp", b.srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /sync/v1/wake?lane=shared HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-kiosk-1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	stream := bufio.NewReader(conn)
	if r, err := http.ReadResponse(stream, nil); err != nil || r.StatusCode != 200 {
		t.Fatal(r, err)
	}
	var out bytes.Buffer
	if err := Revoke(t.Context(), b.cfg, "kiosk-9", false, &out); err == nil || !strings.Contains(err.Error(), "kiosk-1") {
		t.Errorf("an unknown terminal: %v", err)
	}
	if err := Revoke(t.Context(), b.cfg, "kiosk-1", false, &out); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, stream) // until it ends
		ended <- err
	}()
	if err := <-ended; err != nil {
		t.Errorf("the stream: %v", err)
	}
	if status, code := said(t, http.DefaultClient, "POST", b.srv.URL+"/sync/v1/hello", "token-kiosk-1", hello); status != 403 || code != sync.ProblemRevoked {
		t.Errorf("its hello: %d %s", status, code)
	}
	if status, code := said(t, http.DefaultClient, "GET", b.srv.URL+Prefix+"/booking/info", "token-kiosk-1", nil); status != 403 || code != "terminal_refused" {
		t.Errorf("the centre's API: %d %s", status, code)
	}
	if status, _ := said(t, http.DefaultClient, "POST", b.srv.URL+"/sync/v1/hello", "token-display-1", sync.Hello{Terminal: "display-1"}); status != 200 {
		t.Errorf("another terminal: %d", status)
	}
	b.restart() // it stays so
	if status, code := said(t, http.DefaultClient, "POST", b.srv.URL+"/sync/v1/hello", "token-kiosk-1", hello); status != 403 || code != sync.ProblemRevoked {
		t.Errorf("after a restart: %d %s", status, code)
	}
	if err := Revoke(t.Context(), b.cfg, "kiosk-1", true, &out); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is let in again", func() bool {
		status, _ := said(t, http.DefaultClient, "POST", b.srv.URL+"/sync/v1/hello", "token-kiosk-1", hello)
		return status == 200
	})
	if n, err := b.c.store.verifyAudit(t.Context()); err != nil || n < 2 {
		t.Errorf("the audit trail has %d rows: %v", n, err)
	}
}

// TestTheManagerShutsATerminalOut: from the manager's page, at once, and back.
func TestTheManagerShutsATerminalOut(t *testing.T) {
	b := newBed(t)
	s := b.signIn("9001", "")
	manager := bearer(s.Token)
	at := func(id, act string) string { return Prefix + "/manager/terminals/" + id + "/" + act }
	hello := func() int {
		t.Helper()
		status, _ := said(t, http.DefaultClient, "POST", b.srv.URL+"/sync/v1/hello", "token-kiosk-1", sync.Hello{Terminal: "kiosk-1"})
		return status
	}
	alarmed := func(v ManagerView) bool {
		return slices.ContainsFunc(v.Alarms, func(a ManagerAlarm) bool {
			return a.Code == "terminal_revoked" && a.ID == "kiosk-1" && !a.Since.IsZero()
		})
	}
	press := func(act string) (v ManagerView) {
		t.Helper()
		b.want(200, "POST", at("kiosk-1", act), nil, &v, manager...)
		return v
	}
	b.refused(404, "not_found", "POST", at("kiosk-9", "revoke"), nil, manager...)
	b.refused(409, "own_terminal", "POST", at("kiosk-1", "revoke"), nil, append(bearer("token-kiosk-1"), "X-Staff-Session", s.Token)...)
	for range 2 { // the same again changes nothing
		v := press("revoke")
		if one := terminalOf(v, "kiosk-1"); one.State != terminalRevoked || one.Revoked.IsZero() || !alarmed(v) {
			t.Errorf("it is shown as %+v %+v", one, v.Alarms)
		}
		if status := hello(); status != 403 {
			t.Errorf("its hello: %d", status)
		}
		if one := terminalOf(v, "display-1"); one.State == terminalRevoked || !one.Revoked.IsZero() {
			t.Errorf("another terminal: %+v", one)
		}
	}
	v := press("readmit")
	if one := terminalOf(v, "kiosk-1"); one.State == terminalRevoked || !one.Revoked.IsZero() || alarmed(v) {
		t.Errorf("let in again it is shown as %+v", one)
	}
	if status := hello(); status != 200 {
		t.Errorf("let in again: %d", status)
	}
	var n int
	err := b.c.store.read.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM central_audit WHERE act IN ('revoke_terminal', 'readmit_terminal') AND subject = 'kiosk-1' AND staff = '9001'`).Scan(&n)
	if err != nil || n != 3 {
		t.Errorf("the audit trail names the manager %d times: %v", n, err)
	}
	if _, err := b.c.store.verifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCertsCommand(t *testing.T) {
	cfg := Config{dir: t.TempDir(), Terminals: []TerminalConfig{{ID: "kiosk-1"}}}
	if err := Certs(cfg, "c", "", "", io.Discard); err == nil || !strings.Contains(err.Error(), "--host") {
		t.Errorf("without an address: %v", err)
	}
	if err := Certs(cfg, "c", "", "", io.Discard); err == nil || !strings.Contains(err.Error(), "--host") {
		t.Errorf("without an address, with a CA: %v", err)
	}
	if err := Certs(cfg, "d", "centre.test,192.0.2.7", "", io.Discard); err != nil {
		t.Fatal(err)
	}
	serial := func() string {
		pair, err := tls.LoadX509KeyPair(filepath.Join(cfg.dir, "d", "terminal-kiosk-1.pem"), filepath.Join(cfg.dir, "d", "terminal-kiosk-1.key"))
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.String()
	}
	first := serial()
	if err := Certs(cfg, "d", "", "", io.Discard); err != nil || serial() != first {
		t.Errorf("a good certificate was made anew: %v", err)
	}
	if err := Certs(cfg, "d", "", "kiosk-1", io.Discard); err != nil || serial() == first {
		t.Errorf("it was not renewed: %v", err)
	}
	old, _, err := secure.OpenAuthority(filepath.Join(cfg.dir, "d"), "", time.Now().AddDate(-2, 0, 30))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(old.Centre("centre", "centre.test", "192.0.2.7"), Certs(cfg, "d", "", "", io.Discard)); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(cfg.dir, "d", "centre.pem"), filepath.Join(cfg.dir, "d", "centre.key"))
	if err != nil || time.Until(pair.Leaf.NotAfter) < renewBefore || pair.Leaf.VerifyHostname("centre.test") != nil || pair.Leaf.VerifyHostname("192.0.2.7") != nil {
		t.Errorf("the centre's certificate that ends soon: %v %v", pair.Leaf, err)
	}
	if err := Certs(cfg, "d", "", "kiosk-2", io.Discard); err == nil {
		t.Error("a terminal that is not there")
	}
}

func TestTLSConfig(t *testing.T) {
	const head = "version = 1\nlisten = \"127.0.0.1:0\"\ndatabase = \"sqlite:x\"\nkeys = \"k\"\nhall_files = \"h\"\n"
	for text, want := range map[string]string{
		"tls_cert = \"a\"": "belong together", "tls_client_ca = \"a\"": "without tls_cert",
		"tls_cert = \"a\"\ntls_key = \"b\"\ntls_client_ca = \"c\"": "",
	} {
		_, err := ParseConfig("central.toml", []byte(head+text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err := Open(context.Background(), Options{Config: Config{TLSCert: "none", TLSKey: "none", Keys: t.TempDir(), HallFiles: demoHall, Database: "sqlite:" + filepath.Join(t.TempDir(), "c.db")}})
	var file *FileError
	if err == nil || errors.As(err, &file) || !strings.Contains(err.Error(), "hallway-central certs") {
		t.Errorf("files that are not there: %v", err)
	}
}
