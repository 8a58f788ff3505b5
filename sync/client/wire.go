package client

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

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pack"
	"hallway/sync/secure"
)

// maxReply bounds what is read of an answer.
const maxReply = 64 << 20

// accepts is what this client opens.
const accepts = pack.Name1 + ", " + pack.Name

// post sends in and reads out; out may be nil. An answer of the centre that is
// not 2xx is a *sync.Problem or a *Busy.
func (s *Step) post(ctx context.Context, limit time.Duration, name string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("client: write %s: %w", name, err)
	}
	return s.do(ctx, limit, http.MethodPost, name, nil, body, out)
}

func (s *Step) get(ctx context.Context, limit time.Duration, name string, q url.Values, out any) error {
	return s.do(ctx, limit, http.MethodGet, name, q, nil, out)
}

func (s *Step) do(ctx context.Context, limit time.Duration, method, name string, q url.Values, body []byte, out any) error {
	b, err := s.exchange(ctx, limit, method, name, q, body)
	if err != nil || out == nil {
		return err
	}
	if err := hall.Decode(b, out); err != nil {
		return fmt.Errorf("client: the answer to %s cannot be read: %w", name, err)
	}
	return nil
}

// exchange is one request with the bytes of its answer.
func (s *Step) exchange(ctx context.Context, limit time.Duration, method, name string, q url.Values, body []byte) ([]byte, error) {
	ctx, cancel := s.o.Within(ctx, limit)
	defer cancel()
	resp, err := s.send(ctx, method, name, q, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, fmt.Errorf("client: read %s: %w", name, err)
	}
	if coding := resp.Header.Get("Content-Encoding"); coding == pack.Name || coding == pack.Name1 {
		if b, err = pack.Open(b, maxReply); err != nil {
			return nil, fmt.Errorf("client: read %s: %w", name, err)
		}
	}
	for _, name := range resp.Header.Values("Accept-Encoding") {
		if name == pack.Name || name == pack.Name1 { // the best comes last
			s.packs.Store(name)
		}
	}
	if resp.StatusCode/100 != 2 {
		return nil, problemFrom(resp.StatusCode, b)
	}
	return b, nil
}

func (s *Step) send(ctx context.Context, method, name string, q url.Values, body []byte) (*http.Response, error) {
	u := s.o.URL + "/sync/v1/" + name
	if len(q) > 0 {
		u += "?" + q.Encode()
	}
	body, coding := s.packed(body)
	req, err := http.NewRequestWithContext(ctx, method, u, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("client: the centre's address is not usable: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+s.o.Token)
	req.Header.Set("Accept-Encoding", accepts)
	req.Header["User-Agent"] = nil // hello says who we are
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if coding != "" {
		req.Header.Set("Content-Encoding", coding)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("client: %s: %w", name, err)
	}
	return resp, nil
}

// packed packs a request, in the best coding that the centre said it opens.
func (s *Step) packed(body []byte) (b []byte, coding string) {
	coding, _ = s.packs.Load().(string)
	switch {
	case coding == pack.Name && len(body) >= pack.From:
		return pack.Pack(nil, body), coding
	case coding == pack.Name1 && len(body) >= pack.From1:
		return pack.Pack1(nil, body), coding
	}
	return body, ""
}

// problemFrom reads a Problem, Busy when it asks for patience; an answer that is none comes from something
// between us and the centre.
func problemFrom(status int, b []byte) error {
	if strings.Contains(string(b), secure.PlainAnswer) {
		return secure.Fault(fmt.Errorf("client: %s", b))
	}
	p := new(sync.Problem)
	if hall.Decode(b, p) != nil || p.Code == "" {
		return fmt.Errorf("client: the centre's address answered %d with something else than the centre would", status)
	}
	return busyOf(p)
}
