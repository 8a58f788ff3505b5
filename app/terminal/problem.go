package terminal

import (
	"errors"
	"net/http"
)

// Error says what happened in the code's own word; the page has the sentence.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// Fail is a Problem from a code and pairs of parameter names and values.
func Fail(status int, code string, pairs ...string) *Problem {
	p := &Problem{Status: status, Code: code}
	for i := 0; i+1 < len(pairs); i += 2 {
		if p.Params == nil {
			p.Params = map[string]string{}
		}
		p.Params[pairs[i]] = pairs[i+1]
	}
	return p
}

// AsProblem makes any error a Problem: one that is in its chain, or
// "internal". The cause itself is for the log, never for the page.
func AsProblem(err error) *Problem {
	if err == nil {
		return nil
	}
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return Fail(http.StatusInternalServerError, "internal")
}
