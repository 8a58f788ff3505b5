package api

import (
	"context"
	"net/http"
	"testing"

	"hallway/app/terminal"
)

type fakeSpeech struct{ said []string }

func (s *fakeSpeech) Say(_ context.Context, r terminal.SayRequest) (terminal.SayReply, error) {
	if r.Key == "a name" {
		return terminal.SayReply{}, terminal.Fail(http.StatusUnprocessableEntity, "invalid_request")
	}
	s.said = append(s.said, r.Key)
	return terminal.SayReply{Spoken: true, Volume: 2}, nil
}

func (s *fakeSpeech) Hush(context.Context) (terminal.SayReply, error) {
	s.said = append(s.said, "hush")
	return terminal.SayReply{Volume: 2}, nil
}

func (s *fakeSpeech) SetVolume(_ context.Context, r terminal.VolumeRequest) (terminal.SayReply, error) {
	return terminal.SayReply{Volume: r.Volume}, nil
}

func TestSayRoutes(t *testing.T) {
	speech := &fakeSpeech{}
	h := newHouseWith(t, func(o *Options) { o.Speech = speech })
	h.enter()
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/say", `{"key":"timeout.title","locale":"en"}`, 200, `{"spoken":true,"volume":2}`},
		{"/say/hush", `{}`, 200, `{"spoken":false,"volume":2}`},
		{"/say/volume", `{"volume":3}`, 200, `{"spoken":false,"volume":3}`},
		{"/say/volume", `{"volume":4}`, 422, ""},
		{"/say", `{"key":""}`, 422, ""},
		{"/say", `{"key":"a name"}`, 422, ""},
	} {
		status, body, _ := h.do("POST", prefix+c.path, c.body, nil)
		if status != c.status || c.want != "" && body != c.want+"\n" {
			t.Errorf("%s %s: %d %s", c.path, c.body, status, body)
		}
	}
	if len(speech.said) != 2 {
		t.Errorf("said %v", speech.said)
	}
	h = newHouse(t) // a role that has nobody before it
	h.enter()
	if status, body, _ := h.do("POST", prefix+"/say", `{"key":"timeout.title"}`, nil); status != 404 || codeIn(t, body) != "other_role" {
		t.Errorf("%d %s", status, body)
	}
}
