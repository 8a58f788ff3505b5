package server

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"hallway/sync"
	"hallway/sync/pack"
)

// codedWriter is an answer to somebody who takes it packed, in the coding name.
type codedWriter struct {
	http.ResponseWriter
	name string
}

// Unwrap lets http.ResponseController through.
func (w *codedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// codedBody is the body of a request in another coding than none.
type codedBody struct {
	io.ReadCloser
	name string
}

// coded notes what codings a request uses and takes. The answers of the protocol
// have no headers that only browsers and caches read.
func coded(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	w.Header()["Date"] = nil
	if name := r.Header.Get("Content-Encoding"); name != "" && name != "identity" {
		with := *r
		with.Body = &codedBody{r.Body, name}
		r = &with
	}
	best := ""
	for name := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		switch name = strings.TrimSpace(name); {
		case name == pack.Name1, name == pack.Name && best == "":
			best = name
		}
	}
	if best != "" {
		return &codedWriter{w, best}, r
	}
	return w, r
}

// packed packs an answer for who takes it so, where it becomes shorter.
func packed(w http.ResponseWriter, b []byte) []byte {
	c, ok := w.(*codedWriter)
	if !ok {
		return b
	}
	short := b
	switch {
	case c.name == pack.Name1 && len(b) >= pack.From1:
		short = pack.Pack1(nil, b)
	case c.name == pack.Name && len(b) >= pack.From:
		short = pack.Pack(nil, b)
	}
	if len(short) >= len(b) {
		return b
	}
	w.Header().Set("Content-Encoding", c.name)
	return short
}

// unpacked opens a body that came packed; what it holds is at most limit bytes.
func unpacked(r io.Reader, b []byte, limit int64) ([]byte, error) {
	body, ok := r.(*codedBody)
	if !ok {
		return b, nil
	}
	if body.name != pack.Name && body.name != pack.Name1 {
		return nil, &sync.Problem{Code: sync.ProblemInvalid, Message: "the request is packed in a way that this centre does not know", Hint: "send it as it is, or as " + pack.Name}
	}
	out, err := pack.Open(b, limit)
	switch {
	case errors.Is(err, pack.ErrLong):
		return nil, errTooLarge()
	case err != nil:
		return nil, &sync.Problem{Code: sync.ProblemInvalid, Message: "the packed request is damaged or cut off", Hint: "send it again"}
	}
	return out, nil
}

func errTooLarge() error {
	return tooLarge{&sync.Problem{Code: sync.ProblemInvalid, Message: "the request is too large", Hint: "send smaller batches"}}
}
