package depsim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/central/departments"
)

// Prefix of the control API.
const Prefix = "/depsim/v1"

// Problem answers an act that failed.
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType keeps plain JSON.
func (p *Problem) ContentType(ct string) string { return ct }

// Problems of the control API.
var (
	errNoRequest    = &Problem{http.StatusNotFound, "depsim_request"}
	errNoDepartment = &Problem{http.StatusNotFound, "depsim_department"}
	errBehaviour    = &Problem{http.StatusUnprocessableEntity, "depsim_behaviour"}
	errFault        = &Problem{http.StatusInternalServerError, "depsim_fault"}
)

type stateOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         State
}

type requestsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         []Request
}

type actInput[T any] struct{ Body T }

type fileInput struct {
	ID string `query:"id" required:"true" maxLength:"200"`
}

type fileOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// control is what the routes of the page call; Sim implements it.
type control interface {
	State(ctx context.Context) (State, error)
	Behave(ctx context.Context, b Behaviour) error
	SetUp(ctx context.Context, r DepartmentRequest) error
	Deliver(ctx context.Context, r DeliverRequest) error
	Refuse(ctx context.Context, r RefuseRequest) error
	Forward(ctx context.Context, r ClockRequest) error
	File(ctx context.Context, id string) (mediaType string, body []byte, err error)
}

func registerControl(api huma.API, c control) {
	state := func(ctx context.Context, err error) (*stateOutput, error) {
		if err != nil {
			return nil, err
		}
		s, err := c.State(ctx)
		return &stateOutput{"no-store", s}, err
	}
	huma.Register(api, controlOperation("state", http.MethodGet, "/state", "Everything that the page shows"),
		func(ctx context.Context, _ *struct{}) (*stateOutput, error) { return state(ctx, nil) })
	huma.Register(api, controlOperation("requests", http.MethodGet, "/requests", "What the departments were asked, newest first"),
		func(ctx context.Context, _ *struct{}) (*requestsOutput, error) {
			s, err := c.State(ctx)
			return &requestsOutput{"no-store", s.Requests}, err
		})
	act(api, state, "behaviour", "How a department treats a material from now on", c.Behave)
	act(api, state, "department", "Take a department down or up", c.SetUp)
	act(api, state, "deliver", "Send an order's call-back now", c.Deliver)
	act(api, state, "refuse", "Say that an order cannot be supplied", c.Refuse)
	act(api, state, "clock", "Put the departments' clock forward", c.Forward)
	file := controlOperation("file", http.MethodGet, "/file", "The sample that was made for an order")
	file.Responses = map[string]*huma.Response{"200": {Description: "the file", Content: map[string]*huma.MediaType{"application/pdf": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	huma.Register(api, file, func(ctx context.Context, in *fileInput) (*fileOutput, error) {
		t, body, err := c.File(ctx, in.ID)
		return &fileOutput{t, "no-store", body}, err
	})
}

func controlOperation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: Prefix + path, Summary: summary, Tags: []string{"control"}}
}

// act registers one act that answers with the state.
func act[T any](api huma.API, state func(context.Context, error) (*stateOutput, error), name, summary string, do func(context.Context, T) error) {
	huma.Register(api, controlOperation(name, http.MethodPost, "/"+name, summary), func(ctx context.Context, in *actInput[T]) (*stateOutput, error) {
		return state(ctx, do(ctx, in.Body))
	})
}

// OpenAPI is the document of the control API.
func OpenAPI() ([]byte, error) {
	api := departments.NewAPI(http.NewServeMux(), "Hallway departments' simulator", "What the page of the simulator does. The departments' own routes are in the document of the contract.")
	var none *Sim
	registerControl(api, none)
	doc, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("depsim: document: %w", err)
	}
	return doc, nil
}

// local lets only this machine's pages use the control API.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r.Host) || r.Header.Get("Origin") != "" && !isLocal(strings.TrimPrefix(r.Header.Get("Origin"), "http://")) {
			http.Error(w, "only this machine's own pages may ask", http.StatusForbidden)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

func isLocal(host string) bool {
	for _, own := range []string{"127.0.0.1", "localhost", "[::1]"} {
		if host == own || strings.HasPrefix(host, own+":") {
			return true
		}
	}
	return false
}
