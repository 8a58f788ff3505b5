package halfday

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"hallway/build/demo/stage"
)

// door talks to one program as its page does.
type door struct {
	program *stage.Program
	auth    func(ctx context.Context, d *door) (string, error) // how to get a token, nil: none

	mu    sync.Mutex
	token string
}

// apiError is a refusal: the status and the code of the Problem.
type apiError struct {
	Status int
	Code   string
	Body   string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Body) }

var httpClient = &http.Client{
	Timeout: 10 * time.Second,
	// A killed program must not leave a dead connection for the next request.
	Transport: &http.Transport{DisableKeepAlives: true},
}

// terminalDoor exchanges the code of the start address.
func terminalDoor(ctx context.Context, d *door) (string, error) {
	u, err := url.Parse(d.program.URL())
	if err != nil {
		return "", err
	}
	code := strings.TrimPrefix(u.Fragment, "code=")
	var reply struct {
		Token string `json:"token"`
	}
	if err := d.send(ctx, "POST", "/api/v1/door", "", map[string]string{"code": code}, &reply); err != nil {
		return "", err
	}
	return reply.Token, nil
}

// call sends a request and decodes the answer; a 401 gets a new token once.
func (d *door) call(ctx context.Context, method, path string, in, out any) error {
	for try := 0; ; try++ {
		d.mu.Lock()
		token := d.token
		d.mu.Unlock()
		if token == "" && d.auth != nil {
			t, err := d.auth(ctx, d)
			if err != nil {
				return err
			}
			d.mu.Lock()
			d.token, token = t, t
			d.mu.Unlock()
		}
		err := d.send(ctx, method, path, token, in, out)
		if e, ok := err.(*apiError); ok && e.Status == http.StatusUnauthorized && d.auth != nil && try == 0 {
			d.mu.Lock()
			d.token = ""
			d.mu.Unlock()
			continue
		}
		return err
	}
}

func (d *door) send(ctx context.Context, method, path, token string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, d.address(path), body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := httpClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		e := &apiError{Status: res.StatusCode, Body: string(raw)}
		var p struct {
			Code string `json:"code"`
		}
		if json.Unmarshal(raw, &p) == nil {
			e.Code = p.Code
		}
		return e
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// address of a path of the program.
func (d *door) address(path string) string {
	base, _, _ := strings.Cut(d.program.URL(), "#")
	return strings.TrimSuffix(base, "/") + path
}

func (d *door) get(ctx context.Context, path string, out any) error {
	return d.call(ctx, "GET", path, nil, out)
}

func (d *door) post(ctx context.Context, path string, in any) error {
	if in == nil {
		in = struct{}{}
	}
	return d.call(ctx, "POST", path, in, nil)
}
