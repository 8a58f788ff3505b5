package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hallway/build/demo/stage"
)

// door talks to one program as its page does.
type door struct {
	address func() string // it may change with a restart
	code    bool          // a terminal's, opened by the code in its address
	token   string
}

func terminalDoor(p *stage.Program) *door { return &door{address: p.URL, code: true} }

// refused is an answer that is not 2xx.
type refused struct {
	status int
	body   string
}

func (e *refused) Error() string { return fmt.Sprintf("%d: %s", e.status, e.body) }

var client = &http.Client{
	Timeout: 10 * time.Second,
	// A killed program must not leave a dead connection for the next request.
	Transport: &http.Transport{DisableKeepAlives: true},
}

func (d *door) get(ctx context.Context, path string, out any) error {
	return d.call(ctx, http.MethodGet, path, nil, out)
}

func (d *door) post(ctx context.Context, path string, in, out any) error {
	if in == nil {
		in = struct{}{}
	}
	return d.call(ctx, http.MethodPost, path, in, out)
}

// call sends a request; a program that was started again wants a new token.
func (d *door) call(ctx context.Context, method, path string, in, out any) error {
	if d.code && d.token == "" {
		if err := d.open(ctx); err != nil {
			return err
		}
	}
	err := d.send(ctx, method, path, in, out)
	if e, ok := err.(*refused); ok && e.status == http.StatusUnauthorized && d.code {
		d.token = ""
	}
	return err
}

// open exchanges the code of the start address.
func (d *door) open(ctx context.Context) error {
	u, err := url.Parse(d.address())
	if err != nil {
		return err
	}
	var reply struct {
		Token string `json:"token"`
	}
	if err := d.send(ctx, http.MethodPost, "/api/v1/door", map[string]string{"code": strings.TrimPrefix(u.Fragment, "code=")}, &reply); err != nil {
		return err
	}
	d.token = reply.Token
	return nil
}

func (d *door) send(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	base, _, _ := strings.Cut(d.address(), "#")
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() // read to its end
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return &refused{res.StatusCode, string(raw)}
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}
