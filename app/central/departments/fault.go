package departments

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// Fault answers a message that was not taken. Code says what happened and Do
// what the sender does next: retry (the same again, later), resign (correct the
// clock or the secret and sign anew), correct (the message is wrong) or stop
// (nothing; it is not wanted any more).
type Fault struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Do     string `json:"do" enum:"retry,resign,correct,stop"`
}

// Values of Fault.Do and Receipt.Do.
const (
	DoRetry   = "retry"
	DoResign  = "resign"
	DoCorrect = "correct"
	DoStop    = "stop"
	DoNothing = "nothing"
)

// Faults of the contract.
var (
	ErrForm      = &Fault{http.StatusBadRequest, "signature_form", DoCorrect}
	ErrSignature = &Fault{http.StatusUnauthorized, "signature_wrong", DoResign}
	ErrExpired   = &Fault{http.StatusUnauthorized, "signature_expired", DoResign}
	ErrReplayed  = &Fault{http.StatusConflict, "signature_used", DoResign}
	ErrDigest    = &Fault{http.StatusUnprocessableEntity, "digest_wrong", DoRetry}
	ErrUnknown   = &Fault{http.StatusNotFound, "callback_unknown", DoStop}
	ErrEnded     = &Fault{http.StatusGone, "callback_superseded", DoStop}
	ErrCancelled = &Fault{http.StatusGone, "callback_cancelled", DoStop}
	ErrType      = &Fault{http.StatusUnsupportedMediaType, "file_type", DoCorrect}
	ErrEmpty     = &Fault{http.StatusUnprocessableEntity, "file_empty", DoCorrect}
	ErrTooLarge  = &Fault{http.StatusRequestEntityTooLarge, "file_too_large", DoCorrect}
	ErrReason    = &Fault{http.StatusUnprocessableEntity, "reason_form", DoCorrect}
	ErrRefused   = &Fault{http.StatusUnprocessableEntity, "callback_refused", DoCorrect}
	ErrBusy      = &Fault{http.StatusServiceUnavailable, "busy", DoRetry}
)

// Error implements error.
func (p *Fault) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Fault) GetStatus() int { return p.Status }

// ContentType keeps plain JSON.
func (p *Fault) ContentType(ct string) string { return ct }

// write answers outside the framework.
func (p *Fault) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client that went away is no error of ours
}

// checkMessage proves a small message and gives its body.
func checkMessage(r *http.Request, secret func(string) []byte, now time.Time) ([]byte, *Fault) {
	s, ok := ParseSigned(r.Header)
	switch {
	case !ok:
		return nil, ErrForm
	case !s.By(secret(s.Department), r.Method, r.RequestURI):
		return nil, ErrSignature
	case !s.Fresh(now):
		return nil, ErrExpired
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	switch {
	case err != nil:
		return nil, ErrBusy
	case len(body) > maxMessage:
		return nil, ErrTooLarge
	case DigestOf(body) != s.Digest:
		return nil, ErrDigest
	}
	return body, nil
}

// withBody is the request with a body that was read before.
func withBody(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// problemOf finds the Fault in an error.
func problemOf(err error) (*Fault, bool) {
	var p *Fault
	ok := errors.As(err, &p)
	return p, ok
}
