package api

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"hallway/app/terminal"
)

// Door guards the browser door: a loopback listener that any program and any
// web page on this machine can reach. A code in the start address's fragment
// (never sent by the browser by itself) is exchanged once for the token.
type Door struct {
	token    string
	reusable bool
	host     string // host:port of the listener

	mu   sync.Mutex
	code string // "" when used up
	bad  int
}

// maxBadCodes: after so many wrong codes the door stays shut.
const maxBadCodes = 20

// NewDoor makes a door for the listener at host ("127.0.0.1:port"), with a code
// that opens once.
func NewDoor(host string) *Door {
	return &Door{token: secret(32), code: secret(12), host: host}
}

// NewDemoDoor makes a door whose code is kept in a file and opens again and
// again, so that a page that is open finds back after a restart. Demo only.
func NewDemoDoor(host, file string) (*Door, error) {
	d := NewDoor(host)
	d.reusable = true
	kept, err := os.ReadFile(file)
	if err == nil && len(kept) >= 16 {
		d.code = string(kept)
		return d, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("code of the browser door: %w", err)
	}
	if err := os.WriteFile(file, []byte(d.code), 0o600); err != nil {
		return nil, fmt.Errorf("code of the browser door: %w", err)
	}
	return d, nil
}

// StartURL is the address to open in the browser.
func (d *Door) StartURL() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "http://" + d.host + "/#code=" + d.code
}

func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // crypto/rand.Read never fails (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}

// exchange gives the token for the code.
func (d *Door) exchange(code string) (string, *terminal.Problem) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bad >= maxBadCodes {
		return "", terminal.Fail(http.StatusForbidden, "door_locked")
	}
	if d.code == "" || subtle.ConstantTimeCompare([]byte(code), []byte(d.code)) != 1 {
		d.bad++
		return "", terminal.Fail(http.StatusForbidden, "door_code")
	}
	if !d.reusable {
		d.code = ""
	}
	return d.token, nil
}

// refuse says why a request may not pass, or nil.
func (d *Door) refuse(r *http.Request) *terminal.Problem {
	if !d.ownHost(r.Host) {
		return terminal.Fail(http.StatusForbidden, "foreign_host")
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" || !d.ownHost(u.Host) {
			return terminal.Fail(http.StatusForbidden, "foreign_origin")
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" && strings.HasPrefix(r.URL.Path, prefix) {
		return terminal.Fail(http.StatusForbidden, "foreign_origin")
	}
	if !strings.HasPrefix(r.URL.Path, prefix+"/") || r.URL.Path == prefix+"/door" {
		return nil
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(given), []byte(d.token)) != 1 {
		return terminal.Fail(http.StatusUnauthorized, "no_token")
	}
	return nil
}

// ownHost: the listener's own address, or localhost with its port.
func (d *Door) ownHost(host string) bool {
	if strings.EqualFold(host, d.host) {
		return true
	}
	_, port, err := net.SplitHostPort(d.host)
	return err == nil && strings.EqualFold(host, "localhost:"+port)
}

// writeProblem answers outside of the route table.
func writeProblem(w http.ResponseWriter, p *terminal.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p) //nolint:errcheck // the other side has gone
}
