package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	gosync "sync"
	"time"

	"hallway/sync"
	"hallway/sync/pack"
)

// writeWithin bounds the beginning of a stream, to a terminal that does not
// read any more.
const writeWithin = 10 * time.Second

// streamHead begins a stream: its body ends with the connection.
const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"

// wake streams «there is more» for some lanes, and to who asks for it (rows=1) the
// rows of small commits with it. It may lose events; the terminal polls slowly
// behind it. The connection is taken from net/http, so that a stream on which
// nothing happens costs a socket and no goroutine (streams).
func (s *server) wake(w http.ResponseWriter, r *http.Request, p Principal) error {
	q := r.URL.Query()
	lanes := q["lane"]
	if len(lanes) == 0 || len(lanes) > 16 {
		return &sync.Problem{Code: sync.ProblemInvalid, Message: "name 1 to 16 lanes", Hint: "correct the client"}
	}
	departments, err := s.departments(r.Context(), p)
	if err != nil {
		return err
	}
	var follows []sync.LaneFeeds
	for _, lane := range lanes {
		i := slices.IndexFunc(lanesOf(p, departments), func(l sync.LaneFeeds) bool { return l.Lane == lane })
		if i < 0 {
			return errNotFollowed()
		}
		follows = append(follows, lanesOf(p, departments)[i])
	}
	rows := q.Get("rows") == "1"
	g := s.streams.group(follows, rows)
	defer s.streams.leave(g)
	b := []byte(streamHead)
	if rows {
		b = append(b, said("feeds", follows)...)
	}
	heads := map[string]int64{}
	for _, lane := range lanes { // after subscribing, so that nothing falls between
		row, _, err := s.Writer.Head(r.Context(), lane)
		if err != nil {
			return err
		}
		heads[lane] = row
		b = append(b, said("wake", sync.Wake{Lane: lane, Row: row})...)
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

// said is an event of JSON on the wire.
func said(name string, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil { // texts and numbers
		panic(err)
	}
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, b)
}

// event is what the group's streams are told of a commit, made once for all: its
// rows, packed, or only that there are more.
func (g *group) event(c sync.Commit) []byte {
	i := slices.IndexFunc(g.follows, func(l sync.LaneFeeds) bool { return l.Lane == c.Lane })
	if !g.rows || i < 0 || c.Rows == nil || !c.Rides() {
		return said("wake", sync.Wake{Lane: c.Lane, Row: c.To})
	}
	raw, err := json.Marshal(c.Of(g.follows[i].Feeds))
	if err != nil { // values that the writer has marshalled
		return said("wake", sync.Wake{Lane: c.Lane, Row: c.To})
	}
	b := sync.Escape([]byte("event: rows\ndata: "), pack.Pack1(nil, raw))
	return append(b, '\n', '\n')
}

// subscribe merges the subscriptions of several lanes. The channel closes when
// the writer does.
func (s *server) subscribe(ctx context.Context, follows []sync.LaneFeeds) (<-chan sync.Commit, func()) {
	out := make(chan sync.Commit)
	var wait gosync.WaitGroup
	var stops []func()
	for _, l := range follows {
		commits, stop := s.Writer.Commits(l.Lane)
		stops = append(stops, stop)
		wait.Go(func() {
			for c := range commits {
				select {
				case out <- c:
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
