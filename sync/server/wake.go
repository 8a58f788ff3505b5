package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	gosync "sync"
	"time"

	"hallway/sync"
)

// writeWithin bounds a write to a terminal that does not read any more.
const writeWithin = 10 * time.Second

// wake streams «there is more» for some lanes. It may lose events; the terminal
// polls slowly behind it.
func (s *server) wake(w http.ResponseWriter, r *http.Request, p Principal) error {
	lanes := r.URL.Query()["lane"]
	if len(lanes) == 0 || len(lanes) > 16 {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "name 1 to 16 lanes", Hint: "correct the client"}
	}
	for _, lane := range lanes {
		if err := s.mayRead(r.Context(), p, lane, ""); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	merged, stop := s.subscribe(ctx, lanes)
	defer stop()
	defer cancel() // before stop, which waits

	var heads []sync.Wake
	for _, lane := range lanes { // after subscribing, so that nothing falls between
		row, _, err := s.Writer.Head(ctx, lane)
		if err != nil {
			return err
		}
		heads = append(heads, sync.Wake{Lane: lane, Row: row})
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out := stream{w: w, c: http.NewResponseController(w)}
	for _, h := range heads {
		if out.event("wake", h) != nil {
			return nil // the terminal went away
		}
	}
	s.relay(ctx, merged, out)
	return nil
}

// relay passes events on until the terminal, the server or the writer ends.
func (s *server) relay(ctx context.Context, merged <-chan sync.Wake, out stream) {
	beat := time.NewTicker(s.Heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.Done:
			return
		case <-beat.C:
			err = out.event("ping", struct{}{})
		case ev, open := <-merged:
			if !open { // the writer was closed
				return
			}
			err = out.event("wake", ev)
		}
		if err != nil {
			return // the terminal went away
		}
	}
}

// subscribe merges the subscriptions of several lanes. The channel closes when
// the writer does.
func (s *server) subscribe(ctx context.Context, lanes []string) (<-chan sync.Wake, func()) {
	out := make(chan sync.Wake)
	var wait gosync.WaitGroup
	var stops []func()
	for _, lane := range lanes {
		rows, stop := s.Writer.Subscribe(lane)
		stops = append(stops, stop)
		wait.Go(func() {
			for row := range rows {
				select {
				case out <- sync.Wake{Lane: lane, Row: row}:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	closed := make(chan struct{})
	go func() { wait.Wait(); close(out); close(closed) }()
	return out, func() {
		for _, stop := range stops {
			stop()
		}
		<-closed
	}
}

type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (s stream) event(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := s.c.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", name, b); err != nil {
		return err
	}
	return s.c.Flush()
}
