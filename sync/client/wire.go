package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"hallway/sync"
	"hallway/sync/pack"
)

// maxReply bounds what is read of an answer.
const maxReply = 64 << 20

// packFrom is the length from which a request is packed, to a centre that said
// that it opens it.
const packFrom = 256

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
	if err := json.Unmarshal(b, out); err != nil {
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
	if resp.Header.Get("Content-Encoding") == pack.Name {
		if b, err = pack.Open(b, maxReply); err != nil {
			return nil, fmt.Errorf("client: read %s: %w", name, err)
		}
	}
	if resp.Header.Get("Accept-Encoding") == pack.Name {
		s.packs.Store(true)
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
	coded := len(body) >= packFrom && s.packs.Load()
	if coded {
		body = pack.Pack(nil, body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("client: the centre's address is not usable: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+s.o.Token)
	req.Header.Set("Accept-Encoding", pack.Name)
	req.Header["User-Agent"] = nil // hello says who we are
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if coded {
		req.Header.Set("Content-Encoding", pack.Name)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("client: %s: %w", name, err)
	}
	return resp, nil
}

// problemFrom reads a Problem, Busy when it asks for patience; an answer that is none comes from something
// between us and the centre.
func problemFrom(status int, b []byte) error {
	p := new(sync.Problem)
	if json.Unmarshal(b, p) != nil || p.Code == "" {
		return fmt.Errorf("client: the centre's address answered %d with something else than the centre would", status)
	}
	return busyOf(p)
}
