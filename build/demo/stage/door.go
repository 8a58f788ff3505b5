package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Door talks to one program as its page does.
type Door struct {
	address func() string // it may change with a restart
	auth    func(context.Context, *Door) (string, error)

	mu    sync.Mutex
	token string
}

// NewDoor talks to what is found at an address. auth gets a token where there is
// none yet or it is no longer good; nil: the door needs none.
func NewDoor(address func() string, auth func(context.Context, *Door) (string, error)) *Door {
	return &Door{address: address, auth: auth}
}

// Door to a program, without a token.
func (p *Program) Door() *Door { return NewDoor(p.URL, nil) }

// TerminalDoor is opened by the code in the terminal's start address.
func (p *Program) TerminalDoor() *Door { return NewDoor(p.URL, openByCode) }

func openByCode(ctx context.Context, d *Door) (string, error) {
	u, err := url.Parse(d.address())
	if err != nil {
		return "", err
	}
	var reply struct {
		Token string `json:"token"`
	}
	err = d.Send(ctx, http.MethodPost, "/api/v1/door", "", map[string]string{"code": strings.TrimPrefix(u.Fragment, "code=")}, &reply)
	return reply.Token, err
}

// Refused is an answer that is not 2xx: the status and the code of the Problem.
type Refused struct {
	Status int
	Code   string
	Body   string
}

func (e *Refused) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Body) }

// DoorClient sends the requests of every door. A killed program leaves no dead
// connection in it for the next request.
var DoorClient = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Get fetches a path.
func (d *Door) Get(ctx context.Context, path string, out any) error {
	return d.Call(ctx, http.MethodGet, path, nil, out)
}

// Post sends in, or an empty object, and wants no answer but that it is done.
func (d *Door) Post(ctx context.Context, path string, in any) error {
	if in == nil {
		in = struct{}{}
	}
	return d.Call(ctx, http.MethodPost, path, in, nil)
}

// Call sends a request and decodes the answer; a 401, as of a program that was
// started again, gets a new token once.
func (d *Door) Call(ctx context.Context, method, path string, in, out any) error {
	for try := 0; ; try++ {
		token, err := d.credential(ctx)
		if err != nil {
			return err
		}
		err = d.Send(ctx, method, path, token, in, out)
		var no *Refused
		if d.auth == nil || try > 0 || !errors.As(err, &no) || no.Status != http.StatusUnauthorized {
			return err
		}
		d.keep("")
	}
}

func (d *Door) credential(ctx context.Context) (string, error) {
	d.mu.Lock()
	token := d.token
	d.mu.Unlock()
	if token != "" || d.auth == nil {
		return token, nil
	}
	token, err := d.auth(ctx, d)
	if err == nil {
		d.keep(token)
	}
	return token, err
}

func (d *Door) keep(token string) {
	d.mu.Lock()
	d.token = token
	d.mu.Unlock()
}

// File is a body that is sent as it is, not as JSON.
type File struct {
	Type string
	Body []byte
}

// Send is one request with a token, or none.
func (d *Door) Send(ctx context.Context, method, path, token string, in, out any) error {
	file, raw := in.(File)
	if !raw && in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		file = File{"application/json", body}
	}
	base, _, _ := strings.Cut(d.address(), "#")
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, bytes.NewReader(file.Body))
	if err != nil {
		return err
	}
	if file.Type != "" {
		req.Header.Set("Content-Type", file.Type)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := DoorClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() // read to its end
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		no := &Refused{Status: res.StatusCode, Body: string(answer)}
		var problem struct {
			Code string `json:"code"`
		}
		if json.Unmarshal(answer, &problem) == nil {
			no.Code = problem.Code
		}
		return no
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	return json.Unmarshal(answer, out)
}
