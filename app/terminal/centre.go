package terminal

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hallway/sync/secure"
)

// HTTPCentre is the centre over HTTP, as this terminal.
type HTTPCentre struct {
	Base     string
	Token    string // the terminal's own
	Terminal string
	Client   *http.Client
}

// NewHTTPCentre makes the door to the centre's own API. own is this terminal's end
// of TLS, nil the machine's.
func NewHTTPCentre(base, token, terminal string, own *tls.Config) *HTTPCentre {
	return &HTTPCentre{Base: strings.TrimRight(base, "/"), Token: token, Terminal: terminal,
		Client: &http.Client{Timeout: 8 * time.Second, Transport: secure.Transport(&http.Transport{MaxIdleConns: 2, IdleConnTimeout: 30 * time.Second}, own)}}
}

// SignIn asks for a session. A refusal comes back as the centre's own code.
func (h *HTTPCentre) SignIn(ctx context.Context, staff, password string) (Session, error) {
	var s Session
	err := h.call(ctx, http.MethodPost, "/central/v1/sessions", "",
		map[string]string{"staff": staff, "password": password, "terminal": h.Terminal}, &s)
	return s, err
}

// SignOut ends a session.
func (h *HTTPCentre) SignOut(ctx context.Context, token string) error {
	return h.call(ctx, http.MethodDelete, "/central/v1/sessions", token, nil, nil)
}

// Person is the name of the person of a ticket, for the clerk in whose hand it is.
func (h *HTTPCentre) Person(ctx context.Context, ticket, token string) (string, error) {
	var p struct {
		Name string `json:"name"`
	}
	err := h.call(ctx, http.MethodGet, "/central/v1/tickets/"+url.PathEscape(ticket)+"/person", token, nil, &p)
	return p.Name, err
}

// call does one request. Its errors never hold what was sent.
func (h *HTTPCentre) call(ctx context.Context, method, path, session string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("request to the centre: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.Base+path, body)
	if err != nil {
		return fmt.Errorf("request to the centre: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+h.Token)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if session != "" {
		req.Header.Set("X-Staff-Session", session)
	}
	resp, err := h.Client.Do(req)
	if err != nil {
		return fmt.Errorf("the centre does not answer: %w", errors.Join(Fail(http.StatusServiceUnavailable, "centre_unreachable"), err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("the centre's answer broke off: %w", errors.Join(Fail(http.StatusServiceUnavailable, "centre_unreachable"), err))
	}
	if resp.StatusCode >= 300 {
		return centreProblem(resp.StatusCode, data)
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("the centre's answer to %s is not understood: %w", path, err)
	}
	return nil
}

// centreProblem passes the centre's code on. 401 and 403 of the centre are not
// this terminal's: its page would think that it lost its own token.
func centreProblem(status int, data []byte) error {
	p := &Problem{}
	if err := json.Unmarshal(data, p); err != nil || p.Code == "" {
		p = Fail(status, "centre_refused")
	}
	p.Status = status
	if status == http.StatusUnauthorized {
		p.Status = http.StatusForbidden
	}
	if status >= 500 {
		p.Status = http.StatusBadGateway
	}
	return p
}
