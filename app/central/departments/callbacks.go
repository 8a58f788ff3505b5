package departments

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/hall"
)

// Prefix of the centre's call-backs.
const Prefix = "/departments/v1"

// bodyTimeout is how long a department may take to send a file.
const bodyTimeout = 2 * time.Minute

// Receipt answers a call-back that was taken.
type Receipt struct {
	Request string `json:"request"`
	// Code says what came of it: callback_taken, callback_late (taken, after its
	// limit), callback_known (the same as before).
	Code string `json:"code" enum:"callback_taken,callback_late,callback_known"`
	Do   string `json:"do" enum:"nothing"`
}

// Codes of Receipt.
const (
	CodeTaken = "callback_taken"
	CodeLate  = "callback_late"
	CodeKnown = "callback_known"
)

// Refusal says that the material cannot be supplied after all.
type Refusal struct {
	Reason string `json:"reason" doc:"a code of letters, digits, - and _; words of people may name somebody" maxLength:"64"`
}

// CallbackRef is the request id: case/material/attempt.
type CallbackRef struct {
	SignedHeaders
	Case     string `path:"case" maxLength:"80"`
	Material string `path:"material" maxLength:"80" doc:"key of the material; # is written %23"`
	Attempt  int    `path:"attempt" minimum:"1" maximum:"9999"`
}

func (p CallbackRef) request() string { return hall.RequestID(p.Case, p.Material, p.Attempt) }

type fileInput struct {
	CallbackRef
	ContentType string `header:"Content-Type" required:"true" maxLength:"128"`
}

type refusalInput struct {
	CallbackRef
	Body Refusal
}

type receiptOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         Receipt
}

// CallbackPath is the path of a call-back with a file.
func CallbackPath(request string) string { return Prefix + "/callbacks/" + escaped(request) }

// RefusalPath is the path of a refusal.
func RefusalPath(request string) string { return Prefix + "/refusals/" + escaped(request) }

// escaped writes a request id into a path.
func escaped(request string) string {
	return strings.ReplaceAll(strings.ReplaceAll(request, "%", "%25"), "#", "%23")
}

// centreTag marks the routes that the centre serves.
const centreTag = "centre"

// callbacks is what the routes call; Adapter implements it.
type callbacks interface {
	arrived(ctx context.Context, m message) (Receipt, error)
	refused(ctx context.Context, m message, reason string) (Receipt, error)
}

// message is a call-back whose signature was proved.
type message struct {
	department, request, caseID, material string
	attempt                               int
	digest                                Digest
	contentType                           string
	body                                  io.Reader
}

func (p CallbackRef) message(s Signed) message {
	return message{department: s.Department, request: p.request(), caseID: p.Case, material: p.Material, attempt: p.Attempt, digest: s.Digest}
}

// registerCallbacks puts the centre's routes on an API.
func registerCallbacks(api huma.API, c callbacks) {
	errs := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}
	file := huma.Operation{
		OperationID: "materialArrived", Method: http.MethodPost, Path: Prefix + "/callbacks/{case}/{material}/{attempt}",
		Summary: "The material that was asked for: the file itself is the body", Tags: []string{centreTag},
		Responses:   problems(api, append(errs, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)...),
		RequestBody: &huma.RequestBody{Required: true, Description: "at most " + strconv.Itoa(hall.MaxFileBytes>>20) + " MiB; its SHA-256 is the Content-Digest", Content: fileContent()},
	}
	huma.Register(api, file, func(ctx context.Context, in *fileInput) (*receiptOutput, error) {
		s, body := provedOf(ctx)
		m := in.message(s)
		m.contentType, m.body = in.ContentType, body
		r, err := c.arrived(ctx, m)
		return &receiptOutput{CacheControl: "no-store", Body: r}, err
	})
	refusal := huma.Operation{
		OperationID: "materialRefused", Method: http.MethodPost, Path: Prefix + "/refusals/{case}/{material}/{attempt}",
		Summary: "The material that was asked for cannot be supplied", Tags: []string{centreTag}, Responses: problems(api, errs...), MaxBodyBytes: maxMessage,
	}
	huma.Register(api, refusal, func(ctx context.Context, in *refusalInput) (*receiptOutput, error) {
		s, _ := provedOf(ctx)
		r, err := c.refused(ctx, in.message(s), in.Body.Reason)
		return &receiptOutput{CacheControl: "no-store", Body: r}, err
	})
}

func fileContent() map[string]*huma.MediaType {
	content := map[string]*huma.MediaType{}
	for _, t := range hall.FileTypes() {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	return content
}

// proved is what the signature check puts into a request's context.
type proved struct {
	signed Signed
	body   io.Reader
}

type provedKey struct{}

func provedOf(ctx context.Context) (Signed, io.Reader) {
	p, _ := ctx.Value(provedKey{}).(proved)
	return p.signed, p.body
}

// Handler serves the call-backs. Signature, time and replay are checked from
// the headers alone, before any of the body is read.
func (a *Adapter) Handler() http.Handler {
	mux := http.NewServeMux()
	registerCallbacks(NewAPI(mux, "", ""), a)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, problem := a.prove(r)
		if problem != nil {
			a.log.Warn("a call-back was not taken", "why", problem.Code)
			problem.write(w)
			return
		}
		if !a.used.begin(s, a.real()) {
			a.log.Warn("a call-back was replayed", "department", s.Department, "request", s.Request)
			ErrReplayed.write(w)
			return
		}
		status := &statusWriter{ResponseWriter: w}
		if strings.HasPrefix(r.URL.Path, Prefix+"/refusals/") {
			body, problem := checkMessage(r, a.secret, a.real())
			if problem != nil {
				a.used.forget(s)
				problem.write(w)
				return
			}
			r = withBody(r, body)
		}
		// The framework limits only what it reads itself. Without a limit there is
		// no call-back: a sender that stops in the middle would keep it for ever.
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil {
			a.used.forget(s)
			a.log.Error("a call-back's time cannot be limited", "error", err)
			ErrBusy.write(w)
			return
		}
		ctx := context.WithValue(r.Context(), provedKey{}, proved{s, http.MaxBytesReader(w, r.Body, hall.MaxFileBytes+1)})
		mux.ServeHTTP(status, r.WithContext(ctx))
		if status.status >= http.StatusBadRequest {
			a.used.forget(s) // nothing came of it: the very same message may come again
		}
	})
}

// prove checks who a call-back is from. Its answer does not say whether the
// department or the secret was wrong.
func (a *Adapter) prove(r *http.Request) (Signed, *Fault) {
	s, ok := ParseSigned(r.Header)
	switch {
	case !ok:
		return s, ErrForm
	case !s.By(a.secret(s.Department), r.Method, r.RequestURI):
		return s, ErrSignature
	case !s.Fresh(a.real()):
		return s, ErrExpired
	case strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, Prefix+"/callbacks/"), Prefix+"/refusals/") != s.Request:
		return s, ErrForm
	}
	return s, nil
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// OpenAPI is the whole contract in one document: the routes tagged «department»
// are served by a department, those tagged «centre» by the centre.
func OpenAPI() ([]byte, error) {
	api := NewAPI(http.NewServeMux(), "Hallway and the departments",
		"What the centre asks of a department that supplies materials (tag department, paths under the department's own address), and how the department answers later (tag centre, paths under the centre's address). "+
			"Both directions are signed with the department's secret. Errors are Fault objects; do says what the sender does next: retry, resign, correct or stop.")
	var provider Provider
	RegisterProvider(api, provider)
	var none *Adapter
	registerCallbacks(api, none)
	return api.OpenAPI().MarshalJSON()
}
