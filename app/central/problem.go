package central

import (
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Problem answers a request that failed. The page shows "error.<code>" and
// "remedy.<code>" of its catalogue with Params. It never repeats what the
// person typed.
type Problem struct {
	Status int               `json:"status"`
	Code   string            `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType keeps plain JSON, as everywhere in this API.
func (p *Problem) ContentType(ct string) string { return ct }

// problem makes a Problem; params are name, value, name, value …
func problem(status int, code string, params ...string) *Problem {
	p := &Problem{Status: status, Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if p.Params == nil {
			p.Params = map[string]string{}
		}
		p.Params[params[i]] = params[i+1]
	}
	return p
}

// The framework's own errors (a body that does not fit its schema, a wrong
// media type) take the same shape. Its details quote the input, which may be
// personal, so they are left out; only the place is told.
func init() {
	huma.DefaultArrayNullable = false // every list in our answers is a list, never null
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		for _, err := range errs {
			var own *Problem
			if errors.As(err, &own) {
				return own
			}
		}
		p := &Problem{Status: status, Code: statusCode(status)}
		for _, err := range errs {
			var detail huma.ErrorDetailer
			if errors.As(err, &detail) {
				if d := detail.ErrorDetail(); d != nil && d.Location != "" {
					p.Params = map[string]string{"field": d.Location}
					break
				}
			}
		}
		return p
	}
}

// statusCode names a framework error by its status.
func statusCode(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "bad_request"
	case http.StatusUnauthorized:
		return "signed_out"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusUnsupportedMediaType:
		return "bad_media"
	case http.StatusTooManyRequests:
		return "too_many"
	default:
		return "centre_internal"
	}
}
