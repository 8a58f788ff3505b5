//go:build linux

package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

var errLine = errors.New("the line broke")

// line is what lies between one terminal and the centre.
type line struct {
	x    *terminal
	down bool
}

// RoundTrip does with a request what this seed's line does.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	w := l.x.w
	var body []byte
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = b
		_ = r.Body.Close() // of bytes
	}
	w.fault.asked(l.x, r)
	what := strings.TrimPrefix(r.URL.Path, "/sync/v1/")
	if l.down {
		return nil, errLine
	}
	w.now = w.now.Add(time.Duration(1+w.rnd.IntN(80)) * time.Millisecond)
	life := w.centre.life
	again := func() (*http.Response, error) {
		if w.centre.life != life { // no connection outlives a restore
			return nil, errLine
		}
		return l.serve(r, body)
	}
	switch p := w.rnd.Float64(); {
	case p < w.lose/2:
		w.note("%s %s: request lost", l.x.name, what)
		return nil, errLine
	case p < w.lose:
		_, _ = again()
		w.note("%s %s: reply lost", l.x.name, what)
		return nil, errLine
	case p < w.lose+w.late:
		w.note("%s %s: comes later", l.x.name, what)
		w.later(w.delay(), func() { _, _ = again() })
		return nil, errLine
	case p < w.lose+w.late+w.again:
		w.note("%s %s: comes again later", l.x.name, what)
		w.later(w.delay(), func() { _, _ = again() })
	}
	return again()
}

// delay is short or long.
func (w *world) delay() time.Duration {
	if w.rnd.IntN(3) == 0 {
		return time.Duration(w.rnd.IntN(600)) * time.Second
	}
	return time.Duration(w.rnd.IntN(20_000)) * time.Millisecond
}

// serve lets the centre answer; one that dies on the way answers nothing.
func (l *line) serve(r *http.Request, body []byte) (*http.Response, error) {
	w := l.x.w
	n := w.centre.any()
	if n == nil {
		return nil, errLine
	}
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	bad := n.proc.Failed()
	n.door.ServeHTTP(rec, again)
	n.wr.Quiet()
	if n.proc.Dead() {
		w.centre.fell(n)
		w.fault.died(r, body)
		return nil, errLine
	}
	w.centre.bad(n, bad)
	return w.fault.answered(l.x, r, rec.Result()), nil
}
