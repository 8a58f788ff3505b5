package departments

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"hallway/app/hall"
)

// Errors of a call.
var (
	errNoAddress = errors.New("departments: no_address: the department offers no such address; add it to its [[department]] block")
	errAnswer    = errors.New("departments: bad_answer: the department's answer has not the form of the contract")
)

// statusError is an answer that is none of success.
type statusError struct{ status int }

func (e *statusError) Error() string {
	return fmt.Sprintf("departments: status_%d: the department refused the message", e.status)
}

// call sends one signed message and reads the answer into out, if any. What the
// department says in an error is not kept: it may name somebody.
func (a *Adapter) call(ctx context.Context, l *line, address, request string, in, out any) error {
	if address == "" {
		return errNoAddress
	}
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("departments: message: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errNoAddress
	}
	req.Header.Set("Content-Type", "application/json")
	Sign(req.Header, l.Secret, l.ID, req.Method, req.URL.RequestURI(), request, DigestOf(body), a.real())
	err = a.exchange(req, out)
	var refused *statusError
	switch {
	case errors.As(err, &refused) && refused.status < http.StatusInternalServerError:
		a.reached(l, nil) // it answers, if only to refuse
	case !errors.Is(err, context.Canceled): // that we stopped asking is not its fault
		a.reached(l, err)
	}
	return err
}

// exchange sends a request and reads the answer.
func (a *Adapter) exchange(req *http.Request, out any) error {
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("departments: not_reached: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxMessage))
	switch {
	case resp.StatusCode/100 != 2:
		return &statusError{resp.StatusCode}
	case err != nil:
		return fmt.Errorf("departments: not_reached: %w", err)
	case out == nil:
		return nil
	case json.Unmarshal(answer, out) != nil:
		return errAnswer
	}
	return nil
}

// ask is one query; the answer is yes, no or failed, whatever happens. A reason
// that is no code is not kept: words of people may name somebody.
func (a *Adapter) ask(ctx context.Context, l *line, q Query) (answer, reason string) {
	var r QueryAnswer
	if err := a.call(ctx, l, l.Query, q.Request, q, &r); err != nil || r.Answer != Yes && r.Answer != No {
		return hall.AnswerFailed, ""
	}
	if !isCode(r.Reason) {
		r.Reason = ""
	}
	return r.Answer, r.Reason
}
