package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// describeEvents puts the event stream into the document; it is served by a
// plain handler.
func (h *Handler) describeEvents() {
	op := operation("events", http.MethodGet, "/events",
		"Event stream: «view» (data: the role's whole view, id: its revision) on each change, «ping» every five seconds", "door")
	op.Responses = map[string]*huma.Response{
		"200": {Description: "text/event-stream", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: "string"}},
		}},
	}
	h.api.OpenAPI().AddOperation(&op)
}

// source is the use-case whose view this terminal shows.
func (h *Handler) source() Source {
	switch {
	case h.opts.Kiosk != nil:
		return h.opts.Kiosk
	case h.opts.Counter != nil:
		return h.opts.Counter
	case h.opts.Display != nil:
		return h.opts.Display
	case h.opts.Station != nil:
		return h.opts.Station
	case h.opts.Rating != nil:
		return h.opts.Rating
	}
	return nil
}

// events streams the role's views. A view is whole, so that any reconnect
// resumes with its first event; a page that already has that revision
// (Last-Event-ID) gets a ping in its place.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	src := h.source()
	if src == nil {
		writeProblem(w, h.otherRole())
		return
	}
	head := w.Header()
	head.Set("Content-Type", "text/event-stream; charset=utf-8")
	head.Set("X-Accel-Buffering", "no")
	out := stream{w: w, rc: http.NewResponseController(w)}
	seen := r.Header.Get("Last-Event-ID")
	ping := time.NewTicker(h.opts.Ping)
	defer ping.Stop()
	for {
		rev, view, changed := src.Snapshot()
		id := fmt.Sprint(rev)
		err := error(nil)
		if id == seen {
			err = out.ping()
		} else {
			err = out.view(id, view)
			seen = id
		}
		for waiting := true; waiting && err == nil; {
			select {
			case <-changed:
				waiting = false
			case <-ping.C:
				err = out.ping()
			case <-r.Context().Done():
				return
			case <-h.quit:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// stream writes events to a writer that may or may not know how to flush.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (s stream) view(id string, view any) error { return s.event("view", id, view) }

// event sends one event; without an id the reader's last one stays.
func (s stream) event(name, id string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	b := fmt.Appendf(nil, "event: %s\n", name)
	if id != "" {
		b = fmt.Appendf(b, "id: %s\n", id)
	}
	return s.send(fmt.Appendf(b, "data: %s\n\n", data))
}

func (s stream) ping() error { return s.send([]byte("event: ping\ndata: {}\n\n")) }

func (s stream) send(b []byte) error {
	// A reader that takes nothing for ten seconds is gone.
	if err := s.rc.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	if err := s.rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
