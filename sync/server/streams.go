package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	gosync "sync"
	"syscall"
	"time"

	"hallway/sync"
	"hallway/sync/secure"
)

// heartbeat is what a stream on which nothing happens says: a comment.
var heartbeat = []byte(":\n\n")

// slowWithin bounds a write to a connection that cannot be written without
// waiting (no socket of ours).
const slowWithin = 250 * time.Millisecond

// streams are the open wake streams of one door, in groups that follow the same
// feeds. A group is one goroutine (and one that finds closings), however many
// streams it has; it lives while there are any. A terminal that does not read is
// hung up on: it comes again and begins with the heads.
type streams struct {
	s      *server
	mu     gosync.Mutex
	groups map[string]*group // by their feeds
}

// group is the streams that follow the same feeds.
type group struct {
	of      *streams
	key     string
	follows []sync.LaneFeeds
	rows    bool // of small commits ride along
	end     context.CancelFunc
	users   int // streams and requests for one; under streams.mu
	gone    *closings

	mu    gosync.Mutex
	all   []*stream
	last  map[string]int64 // row of a lane that was told last
	ended bool
}

// stream is one terminal's.
type stream struct {
	group           *group
	conn            net.Conn
	raw             syscall.RawConn // of the socket; nil: unknown
	secured         bool            // the socket is under TLS, and conn does not wait for it
	terminal, token string
	place           int // in group.all, -1: closed
}

// group finds or makes the group of some feeds. Who asks leaves it again.
func (x *streams) group(follows []sync.LaneFeeds, rows bool) *group {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := fmt.Sprintf("%v %q", rows, follows)
	g := x.groups[key]
	if g == nil {
		g = &group{of: x, key: key, follows: follows, rows: rows, last: map[string]int64{}}
		g.gone = newClosings(x.s.Go, g.close)
		ctx, cancel := context.WithCancel(context.Background())
		g.end = cancel
		x.groups[key] = g
		events, stop := x.s.subscribe(ctx, follows)
		x.s.Go(func() {
			g.run(ctx, events)
			cancel()
			stop()
		})
	}
	g.users++
	return g
}

// leave ends a group that nobody uses any more.
func (x *streams) leave(g *group) {
	x.mu.Lock()
	g.users--
	last := g.users == 0
	if last && x.groups[g.key] == g {
		delete(x.groups, g.key)
	}
	x.mu.Unlock()
	if last {
		g.end()
		g.gone.end()
	}
}

// open puts a stream into its group. heads are the rows that it was told.
func (x *streams) open(g *group, conn net.Conn, terminal, token string, heads map[string]int64) {
	st := &stream{group: g, conn: conn, terminal: strings.Clone(terminal), token: token}
	if c, ok := conn.(*net.TCPConn); ok {
		st.raw, _ = c.SyscallConn() // without it: a slow write
	} else if canWriteSocket {
		st.raw = secure.Instant(conn, writeSocket)
		st.secured = st.raw != nil
	}
	x.mu.Lock()
	g.users++
	x.mu.Unlock()
	if x.s.Stream != nil {
		x.s.Stream(st.terminal, true)
	}
	g.mu.Lock()
	st.place = len(g.all)
	g.all = append(g.all, st)
	missed := g.ended
	for lane, row := range g.last {
		if told, ok := heads[lane]; ok && told != row { // between its heads and now
			missed = missed || !newShot(said("wake", sync.Wake{Lane: lane, Row: row})).at(st)
		}
	}
	g.mu.Unlock()
	if missed {
		g.close(st)
		return
	}
	if !g.gone.add(st) {
		x.s.Go(func() { // where closings are found by reading
			_, _ = io.Copy(io.Discard, conn) // whatever ends it
			g.close(st)
		})
	}
}

// run tells the group's streams of every event, until nobody is in the group or
// the server or the writer ends; then all of them end.
func (g *group) run(ctx context.Context, events <-chan sync.Commit) {
	defer g.closeAll()
	beat := time.NewTicker(g.of.s.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.of.s.Done:
			return
		case <-beat.C:
			g.revoke(ctx)
			g.tell(heartbeat, nil)
		case ev, open := <-events:
			if !open { // the writer was closed
				return
			}
			g.tell(g.event(ev), &ev)
		}
	}
}

// tell writes to every stream. Nobody waits for one that does not read.
func (g *group) tell(b []byte, ev *sync.Commit) {
	var deaf []*stream
	s := newShot(b)
	g.mu.Lock()
	if ev != nil {
		g.last[ev.Lane] = ev.To
	}
	for _, st := range g.all {
		if !s.at(st) {
			deaf = append(deaf, st)
		}
	}
	g.mu.Unlock()
	for _, st := range deaf {
		g.close(st)
	}
}

// revoke ends the streams whose token is not known any more, or whose connection is
// not one that its terminal may speak on (a certificate that has run out). A token
// that cannot be asked about now stays.
func (g *group) revoke(ctx context.Context) {
	g.mu.Lock()
	all := slices.Clone(g.all)
	g.mu.Unlock()
	for _, st := range all {
		p, ok, err := g.of.s.Auth(ctx, st.token)
		var refused *sync.Problem
		if errors.As(err, &refused) || err == nil && (!ok || p.Terminal != st.terminal) || !g.of.mayGoOn(st) {
			g.close(st)
		}
	}
}

// mayGoOn judges the connection of a stream again.
func (x *streams) mayGoOn(st *stream) bool {
	if x.s.Line == nil {
		return true
	}
	var on *tls.ConnectionState
	if conn, ok := st.conn.(*tls.Conn); ok {
		state := conn.ConnectionState()
		on = &state
	}
	return x.s.Line(st.terminal, on) == nil
}

// close ends one stream, once.
func (g *group) close(st *stream) {
	g.mu.Lock()
	if st.place < 0 {
		g.mu.Unlock()
		return
	}
	last := len(g.all) - 1
	g.all[st.place] = g.all[last]
	g.all[st.place].place = st.place
	g.all[last] = nil
	g.all = g.all[:last]
	st.place = -1
	g.mu.Unlock()
	g.gone.forget(st)
	_ = st.conn.Close() // it may be gone already
	if f := g.of.s.Stream; f != nil {
		f(st.terminal, false)
	}
	g.of.leave(g)
}

func (g *group) closeAll() {
	g.mu.Lock()
	g.ended = true
	all := slices.Clone(g.all)
	g.mu.Unlock()
	x := g.of
	x.mu.Lock()
	if x.groups[g.key] == g { // who comes now makes a new one
		delete(x.groups, g.key)
	}
	x.mu.Unlock()
	for _, st := range all {
		g.close(st)
	}
}

// revoke ends the streams of a terminal and says how many there were.
func (x *streams) revoke(terminal string) (n int) {
	x.mu.Lock()
	var groups []*group
	for _, g := range x.groups {
		groups = append(groups, g)
	}
	x.mu.Unlock()
	for _, g := range groups {
		g.mu.Lock()
		all := slices.DeleteFunc(slices.Clone(g.all), func(st *stream) bool { return st.terminal != terminal })
		g.mu.Unlock()
		for _, st := range all {
			g.close(st)
			n++
		}
	}
	return n
}

// shot writes the same bytes to many streams, without waiting for any.
type shot struct {
	b    []byte
	n    int
	err  error
	fire func(fd uintptr) bool
}

func newShot(b []byte) *shot {
	s := &shot{b: b}
	s.fire = func(fd uintptr) bool {
		s.n, s.err = writeSocket(fd, s.b)
		return true
	}
	return s
}

// at says whether the stream took all.
func (s *shot) at(st *stream) bool {
	switch {
	case st.secured:
		s.n, s.err = st.conn.Write(s.b)
	case st.raw != nil && canWriteSocket:
		s.n, s.err = 0, nil
		if err := st.raw.Write(s.fire); err != nil {
			return false
		}
	default:
		if st.conn.SetWriteDeadline(time.Now().Add(slowWithin)) != nil {
			return false
		}
		s.n, s.err = st.conn.Write(s.b)
	}
	return s.err == nil && s.n == len(s.b)
}
