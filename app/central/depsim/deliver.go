package depsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"hallway/app/central/departments"
)

// look finds the call-backs that are due, until the simulator stops.
func (s *Sim) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		due, err := s.store.due(s.ctx, s.now())
		if err != nil && s.ctx.Err() == nil {
			s.log.Error("what is due cannot be read", "error", err)
		}
		for _, r := range due {
			if s.isDown(r.Department) || !s.begin(r.ID) {
				continue
			}
			select {
			case s.jobs <- job{r, r.plan}:
			case <-s.ctx.Done():
				return
			}
		}
	}
}

// begin reserves an order for one call-back at a time.
func (s *Sim) begin(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sending[id] {
		return false
	}
	s.sending[id] = true
	return true
}

func (s *Sim) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sending, id)
}

func (s *Sim) deliverJobs() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case j := <-s.jobs:
			s.callBack(s.ctx, j)
			s.end(j.request.ID)
		}
	}
}

// callBack makes the call-back of an order as it was told, and keeps what the
// centre answered.
func (s *Sim) callBack(ctx context.Context, j job) {
	ctx, cancel := context.WithTimeout(ctx, callbackTimeout)
	defer cancel()
	status, code := s.send(ctx, j)
	if j.how == Twice && status/100 == 2 {
		status, code = s.send(ctx, j)
	}
	if s.ctx.Err() != nil {
		return // it is still due
	}
	if err := s.note(context.WithoutCancel(ctx), j, status, code); err != nil {
		s.log.Error("what the centre answered could not be kept", "request", j.request.ID, "error", err)
	}
}

// note writes what the centre answered.
func (s *Sim) note(ctx context.Context, j job, status int, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed()
	r, ok, err := s.store.one(ctx, j.request.ID)
	if err != nil || !ok {
		return err
	}
	r.Answer, r.Tries = code, r.Tries+1
	switch {
	case status/100 == 2 && j.how == Refuse:
		r.State, r.Due = Refused, time.Time{}
	case status/100 == 2:
		r.State, r.Due = Delivered, time.Time{}
	case status == http.StatusGone || status == http.StatusNotFound:
		if r.State == Waiting {
			r.State = Stopped
		}
		r.Due = time.Time{}
	case status == 0 || status >= 500 || status == http.StatusConflict:
		if !r.Due.IsZero() { // told by its behaviour, not by hand
			r.Due = s.real().Add(s.forward + min(time.Second<<min(r.Tries, 6), 30*time.Second))
		}
	default: // the same again would be wrong again; a person may deliver it
		r.Due = time.Time{}
	}
	return s.store.change(ctx, r)
}

// send makes one call-back; status 0 says that the centre was not reached.
func (s *Sim) send(ctx context.Context, j job) (status int, code string) {
	r := j.request
	path, mediaType := departments.CallbackPath(r.ID), "application/json"
	var body []byte
	var err error
	if j.how == Refuse {
		path = departments.RefusalPath(r.ID)
		reason := r.reason
		if reason == "" {
			reason = "not_found"
		}
		body, err = json.Marshal(departments.Refusal{Reason: reason})
	} else {
		mediaType, body, err = s.fileOf(ctx, r)
	}
	if err != nil {
		s.log.Error("the sample of an order could not be made", "request", r.ID, "error", err)
		return 0, "depsim_fault"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(s.cfg.Centre, "/")+path, bytes.NewReader(body))
	if err != nil {
		return 0, "not_reached"
	}
	req.Header.Set("Content-Type", mediaType)
	secret, digest := s.secret(r.Department), departments.DigestOf(body)
	switch j.how {
	case Forged:
		secret = bytes.Repeat([]byte("forged "), 8)
	case WrongDigest:
		digest = departments.DigestOf(append([]byte("other "), body...))
	}
	departments.Sign(req.Header, secret, r.Department, req.Method, req.URL.RequestURI(), r.ID, digest, s.real())
	return s.exchange(req)
}

func (s *Sim) exchange(req *http.Request) (status int, code string) {
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, "not_reached"
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	var answer struct {
		Code string `json:"code"`
	}
	if err != nil || json.Unmarshal(raw, &answer) != nil || answer.Code == "" {
		answer.Code = fmt.Sprintf("status_%d", resp.StatusCode)
	}
	return resp.StatusCode, answer.Code
}
