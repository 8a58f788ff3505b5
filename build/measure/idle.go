package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	gosync "sync"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/server"
	"hallway/sync/writer"
)

// How many terminals are connected, and how often they are woken.
const (
	idleTerminals = 5000
	wakeRounds    = 15
)

// holderFlag starts this program as the centre of the idle figures: in a process
// of its own, so that its memory is the centre's alone.
const holderFlag = "-hold-streams"

// idleFigures are what a terminal costs the centre on which nothing happens, and
// how long a change takes to 5,000 of them, against connections that were taken
// from net/http and are only kept and written to.
func idleFigures(ctx context.Context, _ string) ([]Figure, error) {
	var all []Figure
	for _, way := range []struct{ name, arg string }{{"plain", holderFlag}, {"mutual TLS", holderTLSFlag}} {
		some, err := idleOver(ctx, way.name, way.arg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", way.name, err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// idleOver measures with a centre of its own: 5,000 real and 5,000 bare
// connections, which are TLS where the real ones are.
func idleOver(ctx context.Context, name, arg string) ([]Figure, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hallway-idle")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	h := exec.CommandContext(ctx, self, arg, dir)
	h.Stderr = os.Stderr
	in, err := h.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := h.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := h.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = h.Wait() }() // what it had to say came over the line
	defer in.Close()                // ends it
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the centre did not start: %w", err)
	}
	c := &crowd{base: strings.TrimSpace(line), name: name, dial: func(_ int, address string) (net.Conn, error) { return net.Dial("tcp", address) }, http: http.DefaultClient}
	if arg == holderTLSFlag {
		if err := c.secure(dir); err != nil {
			return nil, err
		}
	}
	defer c.close()
	return c.figures()
}

// crowd is the terminals.
type crowd struct {
	base  string
	name  string // how the lines are
	dial  func(i int, address string) (net.Conn, error)
	http  *http.Client
	conns []net.Conn

	mu    gosync.Mutex
	heard map[string][]time.Time // by the way that they are connected
}

// ways of being connected: the real one, and the bare one.
var ways = []struct{ name, path string }{
	{"bare", "/bare"}, {"real", "/sync/v1/wake?rows=1&lane=shared&lane=" + "hall/" + pushHall},
}

// held is what the centre says of its memory.
type held struct{ Used, Resident float64 }

func (c *crowd) figures() ([]Figure, error) {
	c.heard = map[string][]time.Time{}
	cost := map[string]held{}
	for _, way := range ways {
		before, err := c.memory()
		if err != nil {
			return nil, err
		}
		for i := range idleTerminals {
			if err := c.connect(way.name, way.path, i); err != nil {
				return nil, fmt.Errorf("terminal %d: %w", i, err)
			}
		}
		after, err := c.memory()
		if err != nil {
			return nil, err
		}
		cost[way.name] = held{(after.Used - before.Used) / idleTerminals / 1024, (after.Resident - before.Resident) / idleTerminals / 1024}
	}
	var p99 = map[string][]float64{}
	for range wakeRounds {
		for _, way := range ways {
			took, err := c.wake(way.name)
			if err != nil {
				return nil, err
			}
			p99[way.name] = append(p99[way.name], took)
		}
	}
	const against = "a bare hijacked connection"
	one := func(x float64) []float64 { return []float64{x} }
	return []Figure{
		amount("memory per idle terminal, "+c.name+", in use", "KiB", against, one(cost["real"].Used), one(cost["bare"].Used)),
		amount("memory per idle terminal, "+c.name+", resident", "KiB", against, one(cost["real"].Resident), one(cost["bare"].Resident)),
		amount(fmt.Sprintf("a change to %d terminals, %s, p99", idleTerminals, c.name), "ms", "as many bytes over bare hijacked connections", p99["real"], p99["bare"]),
	}, nil
}

func (c *crowd) close() {
	for _, conn := range c.conns {
		_ = conn.Close() // the process ends
	}
}

func (c *crowd) memory() (m held, err error) {
	r, err := c.http.Get(c.base + "/memory")
	if err != nil {
		return m, err
	}
	defer r.Body.Close()
	return m, json.NewDecoder(r.Body).Decode(&m)
}

// connect opens one stream and listens to it.
func (c *crowd) connect(way, path string, i int) error {
	conn, err := c.dial(i, c.base[strings.LastIndexByte(c.base, '/')+1:])
	if err != nil {
		return err
	}
	c.conns = append(c.conns, conn)
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: centre\r\nAuthorization: Bearer display-%d\r\n\r\n", path, i); err != nil {
		return err
	}
	begun := make(chan error, 1)
	go c.listen(way, conn, begun)
	return <-begun
}

// listen notes when events come, after what a stream begins with.
func (c *crowd) listen(way string, conn net.Conn, begun chan<- error) {
	buf := make([]byte, 512)
	head, opened := "", false
	for {
		n, err := conn.Read(buf)
		at := time.Now()
		if err != nil {
			if !opened {
				begun <- err
			}
			return
		}
		if opened {
			if strings.Contains(string(buf[:n]), "event: ") {
				c.mu.Lock()
				c.heard[way] = append(c.heard[way], at)
				c.mu.Unlock()
			}
			continue
		}
		if head += string(buf[:n]); strings.HasPrefix(head, "HTTP/1.1 200 ") && strings.Count(head, "event: wake") == 2 && strings.HasSuffix(head, "\n\n") {
			opened = true
			begun <- nil
		}
	}
}

// wake makes a change and gives the 99th of a hundred terminals, in ms from when
// it was asked for: both ways have it durable first.
func (c *crowd) wake(way string) (float64, error) {
	c.mu.Lock()
	c.heard = map[string][]time.Time{}
	c.mu.Unlock()
	began := time.Now()
	r, err := c.http.Post(c.base+"/change/"+way, "", nil)
	if err != nil {
		return 0, err
	}
	_ = r.Body.Close() // it says nothing
	if r.StatusCode != http.StatusNoContent {
		return 0, fmt.Errorf("the centre answered %d", r.StatusCode)
	}
	var took []time.Duration
	err = wait(fmt.Sprintf("%d terminals hear of it (%s)", idleTerminals, way), func() (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.heard[way]) < idleTerminals {
			return false, nil
		}
		for _, at := range c.heard[way] {
			took = append(took, at.Sub(began))
		}
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	time.Sleep(100 * time.Millisecond) // what comes the real way while the bare one is measured is over
	slices.Sort(took)
	return float64(took[len(took)*99/100].Nanoseconds()) / 1e6, nil
}

// holdStreams is the centre of the idle figures; it ends with its input.
func holdStreams(dir string, secured bool) error {
	keys, err := writer.NewKeys()
	if err != nil {
		return err
	}
	w, err := writer.Open(context.Background(), writer.Options{DSN: "sqlite:" + filepath.Join(dir, "c.db"), Keys: keys})
	if err != nil {
		return err
	}
	h := &holder{w: w}
	mux := http.NewServeMux()
	options := server.Options{Writer: w, Auth: func(_ context.Context, token string) (server.Principal, bool, error) {
		return server.Principal{Terminal: token, Role: "display", Hall: pushHall}, true, nil
	}}
	mux.HandleFunc("GET /bare", h.take)
	mux.HandleFunc("GET /memory", h.memory)
	mux.HandleFunc("POST /change/{way}", h.change)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, w.Close())
	}
	scheme := "http"
	if secured {
		end, err := secureCentre(dir)
		if err != nil {
			return errors.Join(err, l.Close(), w.Close())
		}
		options.Line = func(terminal string, on *tls.ConnectionState) *sync.Problem { return end.Terminal(on, terminal) }
		l, scheme = end.Listener(l), "https"
	}
	mux.Handle("/sync/v1/", server.New(options))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }() // ends with Close
	fmt.Printf("%s://%s\n", scheme, l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin) // until it ends
	return errors.Join(srv.Close(), w.Close())
}

// holder keeps bare connections.
type holder struct {
	w     *writer.Writer
	mu    gosync.Mutex
	conns []net.Conn
	n     int
}

func (h *holder) take(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"+bareEvent+bareEvent)
	if err != nil {
		_ = conn.Close() // the other end is gone
		return
	}
	h.mu.Lock()
	h.conns = append(h.conns, conn)
	h.mu.Unlock()
}

// bareEvent is as long as the real one, in which the row rides.
var bareEvent = "event: wake\ndata: " + strings.Repeat("x", 200) + "\n\n"

func (h *holder) memory(w http.ResponseWriter, _ *http.Request) {
	for range 3 { // what pools keep goes with the second
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	raw, err := os.ReadFile("/proc/self/statm")
	var size, resident float64
	if err == nil {
		_, err = fmt.Sscan(string(raw), &size, &resident)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(held{float64(m.HeapInuse + m.StackInuse), resident * float64(os.Getpagesize())}) // seen at the other end
}

// change is one that is durable. The real streams hear of it by themselves when
// it is of a lane that they follow; the bare ones are written to.
func (h *holder) change(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	bare := r.PathValue("way") == "bare"
	op := hall.Op{ID: hall.OpID(fmt.Sprint("change-", h.n)), Kind: hall.EnrolTerminal, Hall: pushHall, Entity: fmt.Sprint("T", h.n),
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: []byte(`{"role":"display"}`)}
	if bare { // of a hall that nobody listens to, and refused: durable, without a row
		op.Kind, op.Hall, op.Body = hall.LeaseNumbers, "37010002", []byte(`{}`)
	}
	if _, err := h.w.Propose(r.Context(), op); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if bare { // beside the answer, as the real ones are
		go func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, conn := range h.conns {
				_, _ = io.WriteString(conn, bareEvent) // one that is missing is seen at the other end
			}
		}()
	}
	w.WriteHeader(http.StatusNoContent)
}
