package ipp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/OpenPrinting/goipp"

	"hallway/devices/port"
)

// maxReply bounds what a printer may answer.
const maxReply = 4 << 20

// client speaks IPP with one queue. One connection a request: a printer that
// went away is seen at the next one.
type client struct {
	address string // as configured
	printer string // ipp://…, as the protocol wants it
	http    string
	hc      *http.Client
	next    atomic.Uint32
}

// newClient speaks with one queue; certificate is the fingerprint of its certificate,
// nil: one that this machine takes.
func newClient(address string, certificate []byte) (*client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "ipp" && u.Scheme != "ipps" {
		return nil, &port.Error{Code: port.BadAddress, Port: address, Op: "parse",
			Err: errors.New("write ipp://host:port/printers/NAME or ipps://…")}
	}
	h := *u
	h.Scheme = map[string]string{"ipp": "http", "ipps": "https"}[u.Scheme]
	if h.Port() == "" {
		h.Host = net.JoinHostPort(h.Hostname(), "631")
	}
	dialer := &net.Dialer{Timeout: time.Second}
	return &client{address: address, printer: u.String(), http: h.String(), hc: &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, ResponseHeaderTimeout: 30 * time.Second, TLSClientConfig: trust(certificate)},
	}}, nil
}

// refusal is an answer that says no.
type refusal struct{ status goipp.Status }

func (r refusal) Error() string {
	return "the printer refused: " + r.status.String() + ": look at the queue's settings"
}

// request begins a message of an operation.
func (c *client) request(op goipp.Op) *goipp.Message {
	m := goipp.NewRequest(goipp.DefaultVersion, op, c.next.Add(1))
	m.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	m.Operation.Add(goipp.MakeAttribute("printer-uri", goipp.TagURI, goipp.String(c.printer)))
	return m
}

// wants names the attributes that are asked for.
func wants(m *goipp.Message, names ...string) {
	a := goipp.Attribute{Name: "requested-attributes"}
	for _, n := range names {
		a.Values.Add(goipp.TagKeyword, goipp.String(n))
	}
	m.Operation.Add(a)
}

// ask sends a message, with a document behind it, and reads the answer. A
// refusal is an error of type refusal; everything else is a *port.Error.
func (c *client) ask(ctx context.Context, m *goipp.Message, document []byte) (*goipp.Message, error) {
	op := goipp.Op(m.Code).String()
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.http, io.MultiReader(bytes.NewReader(head), bytes.NewReader(document)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	r.ContentLength = int64(len(head) + len(document))
	r.Header.Set("Content-Type", goipp.ContentType)
	r.Header.Set("Accept", goipp.ContentType)
	resp, err := c.hc.Do(r)
	if err != nil {
		return nil, c.fault(op, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, c.fault(op, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &port.Error{Code: httpCode(resp.StatusCode), Port: c.address, Op: op, Err: errors.New(resp.Status)}
	}
	answer := &goipp.Message{}
	if err := answer.DecodeBytes(raw); err != nil {
		return nil, &port.Error{Code: port.Protocol, Port: c.address, Op: op, Err: err}
	}
	if answer.RequestID != m.RequestID {
		return nil, &port.Error{Code: port.Protocol, Port: c.address, Op: op, Err: errors.New("an answer to another question")}
	}
	if s := goipp.Status(answer.Code); s >= 0x0400 {
		return answer, refusal{s}
	}
	return answer, nil
}

func httpCode(status int) port.Code {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return port.Permission
	}
	return port.Protocol
}

// fault sorts what can go wrong with a connection.
func (c *client) fault(op string, err error) error {
	code := port.HangUp
	if s, ok := strangerOf(err); ok {
		return s
	}
	var ne net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), isDial(err):
		code = port.Gone
	case errors.As(err, &ne) && ne.Timeout():
		code = port.Timeout
	}
	return &port.Error{Code: code, Port: c.address, Op: op, Err: err}
}

// isDial reports an error from before anything was sent.
func isDial(err error) bool {
	var oe *net.OpError
	return errors.As(err, &oe) && oe.Op == "dial"
}

// text, number and texts read attributes; number is -1 where there is none.
func text(list goipp.Attributes, name string) string {
	if all := texts(list, name); len(all) > 0 {
		return all[0]
	}
	return ""
}

func texts(list goipp.Attributes, name string) []string {
	var out []string
	for _, a := range list {
		if a.Name != name {
			continue
		}
		for _, v := range a.Values {
			out = append(out, strings.TrimSpace(v.V.String()))
		}
	}
	return out
}

func number(list goipp.Attributes, name string) int {
	for _, a := range list {
		if a.Name == name && len(a.Values) > 0 {
			if n, ok := a.Values[0].V.(goipp.Integer); ok {
				return int(n)
			}
		}
	}
	return -1
}
