package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	gosync "sync"
	"time"

	"hallway/sync"
)

// writeWithin bounds the beginning of a stream, to a terminal that does not
// read any more.
const writeWithin = 10 * time.Second

// streamHead begins a stream: its body ends with the connection.
const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"

// wake streams «there is more» for some lanes. It may lose events; the terminal
// polls slowly behind it. The connection is taken from net/http, so that a
// stream on which nothing happens costs a socket and no goroutine (streams).
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
	g := s.streams.group(lanes)
	defer s.streams.leave(g)
	b := []byte(streamHead)
	heads := map[string]int64{}
	for _, lane := range lanes { // after subscribing, so that nothing falls between
		row, _, err := s.Writer.Head(r.Context(), lane)
		if err != nil {
			return err
		}
		heads[lane] = row
		b = append(b, event(sync.Wake{Lane: lane, Row: row})...)
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "a wake stream needs a connection of HTTP/1.1 for itself", Hint: "let the terminal speak HTTP/1.1 with the centre"}
	}
	if begin(conn, b) != nil {
		_ = conn.Close() // the terminal went away
		return nil
	}
	s.streams.open(g, conn, p.Terminal, strings.Clone(bearer(r)), heads)
	return nil
}

// begin writes the beginning of a stream.
func begin(conn net.Conn, b []byte) error {
	if err := conn.SetDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	if _, err := conn.Write(b); err != nil {
		return err
	}
	return conn.SetDeadline(time.Time{})
}

// event is a wake event on the wire.
func event(w sync.Wake) []byte {
	b, err := json.Marshal(w)
	if err != nil { // a text and a number
		panic(err)
	}
	return fmt.Appendf(nil, "event: wake\ndata: %s\n\n", b)
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
