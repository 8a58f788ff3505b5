package server

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"hallway/sync"
	"hallway/sync/pack"
)

// packFrom is the length from which an answer is packed.
const packFrom = 256

// codedWriter is an answer to somebody who takes it packed.
type codedWriter struct{ http.ResponseWriter }

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
	for name := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(name) == pack.Name {
			return &codedWriter{w}, r
		}
	}
	return w, r
}

// packed packs an answer for who takes it so, where it becomes shorter.
func packed(w http.ResponseWriter, b []byte) []byte {
	if _, ok := w.(*codedWriter); !ok || len(b) < packFrom {
		return b
	}
	short := pack.Pack(nil, b)
	if len(short) >= len(b) {
		return b
	}
	w.Header().Set("Content-Encoding", pack.Name)
	return short
}

// unpacked opens a body that came packed; what it holds is at most limit bytes.
func unpacked(r io.Reader, b []byte, limit int64) ([]byte, error) {
	body, ok := r.(*codedBody)
	if !ok {
		return b, nil
	}
	if body.name != pack.Name {
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
