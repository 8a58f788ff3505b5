package client

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
	"hallway/sync/files"
	"hallway/sync/server"
	"hallway/sync/writer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	hallCode = "37010001"
	hallLane = "hall/" + hallCode
)

// centre is a real writer behind its real door, over a line that can be cut
// and that can lose answers after they were made.
type centre struct {
	t    testing.TB
	opts writer.Options
	path string
	w    atomic.Pointer[writer.Writer]
	file atomic.Pointer[files.Store]
	most int64 // bytes of a file; 0 is the usual limit
	// onFile may cut a request for a file; it returns false when it has answered.
	onFile atomic.Pointer[func(w http.ResponseWriter, r *http.Request, serve func()) bool]
	srv    *httptest.Server
	wire   *wires
	down   atomic.Bool
	hang   atomic.Bool
	mute   atomic.Bool  // gives no rows
	numb   atomic.Bool  // its wake streams live and tell nothing
	lose   atomic.Int64 // percent of answers to pushes that are lost
	done   chan struct{}
	mu     gosync.Mutex
	rnd    *rand.Rand
	seen   atomic.Int64 // pushes
	last   atomic.Pointer[sync.TerminalStatus]
}

// startCentre opens a hall at 10:00 of a working Monday, with kiosks K1 and K2.
func startCentre(t testing.TB) *centre {
	t.Helper()
	keys, err := writer.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	noon := time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)
	c := &centre{t: t, path: filepath.Join(t.TempDir(), "centre.db"), done: make(chan struct{}), rnd: rand.New(rand.NewPCG(7, 11))}
	c.opts = writer.Options{DSN: "sqlite:" + c.path, Keys: keys, Logger: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return noon.Add(time.Since(began)) }}
	c.open()
	c.furnish()
	c.srv = httptest.NewUnstartedServer(c)
	c.wire = &wires{Listener: c.srv.Listener, all: map[net.Conn]bool{}}
	c.srv.Listener = c.wire
	c.srv.Start()
	t.Cleanup(func() {
		close(c.done)
		c.wire.cut()
		c.srv.Close()
		if err := c.w.Load().Verify(context.Background(), hallLane); err != nil {
			t.Error(err)
		}
		c.close()
	})
	return c
}

func (c *centre) open() {
	w, err := writer.Open(context.Background(), c.opts)
	if err != nil {
		c.t.Fatal(err)
	}
	c.w.Store(w)
	f, err := files.Open(context.Background(), files.Options{DSN: c.opts.DSN, Key: c.opts.Keys.MAC, Clock: c.opts.Clock, Limit: c.most})
	if err != nil {
		c.t.Fatal(err)
	}
	c.file.Store(f)
}

func (c *centre) close() {
	c.t.Helper()
	if err := errors.Join(c.file.Load().Close(), c.w.Load().Close()); err != nil {
		c.t.Error(err)
	}
}

func (c *centre) furnish() {
	groups := []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5},
		{ID: "h", Prefix: "B", Name: hall.Names{"zh-Hans": "社保"}, ServiceMinutes: 5}}
	cat := hall.Catalogue{Version: "1", Code: hallCode, Area: "370100", Name: hall.Names{"zh-Hans": "示例市政务服务中心"}, Groups: groups,
		Items:   []hall.Item{{ID: "i", Group: "g", Name: hall.Names{"zh-Hans": "事项"}, Bookable: true, Quota: 2}},
		Windows: []hall.WindowDef{{ID: "1", Name: hall.Names{"zh-Hans": "1号窗口"}, Groups: []string{"g", "h"}}},
		Staff:   []hall.Staff{{ID: "s1", Name: "员工", Roles: []hall.Role{hall.RoleClerk}}},
		Hours:   []hall.OpenHours{{From: "09:00", To: "17:00"}},
		Queue:   hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 40}}
	c.own(hall.PublishCatalogue, hallCode, hall.PublishCatalogueBody{Catalogue: cat})
	c.own(hall.EnrolTerminal, "K1", hall.EnrolTerminalBody{Role: "kiosk", Letter: "K"})
	c.own(hall.EnrolTerminal, "C1", hall.EnrolTerminalBody{Role: "counter", Letter: "C", Window: "1"})
}

func (c *centre) own(kind hall.Kind, entity string, body any) {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	info, _ := hall.KindOf(kind)
	op := hall.Op{ID: hall.OpID("own-" + string(kind) + entity), Kind: kind, Schema: 1, Lane: sync.SharedLane, Hall: hallCode, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Terminal: writer.Centre,
		Stamp: hall.Stamp{At: c.opts.Clock(), Trust: hall.TrustSynced}, Body: raw}
	if info.Lane == "hall" {
		op.Lane = hallLane
	}
	v, err := c.w.Load().Propose(context.Background(), op)
	if err != nil || v.Status != hall.Applied {
		c.t.Fatalf("%s: %v %v %v", kind, v.Status, v.Reason, err)
	}
}

// ServeHTTP is the line.
func (c *centre) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.down.Load() {
		panic(http.ErrAbortHandler)
	}
	if c.hang.Load() {
		select {
		case <-r.Context().Done():
		case <-c.done:
		}
		return
	}
	if c.mute.Load() && strings.HasSuffix(r.URL.Path, "/rows") {
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(sync.Problem{Code: sync.ProblemBusy})
		return
	}
	if c.numb.Load() && strings.HasSuffix(r.URL.Path, "/wake") {
		c.beat(w, r)
		return
	}
	door := server.Handler(server.Options{Writer: c.w.Load(), Done: c.done,
		Auth: func(_ context.Context, token string) (server.Principal, bool, error) {
			switch token {
			case "token-K1":
				return server.Principal{Terminal: "K1", Role: "kiosk", Hall: hallCode}, true, nil
			case "token-C1":
				return server.Principal{Terminal: "C1", Role: "counter", Hall: hallCode}, true, nil
			}
			return server.Principal{}, false, nil
		},
		Session: func(context.Context, string, hall.Actor) (bool, error) { return true, nil },
		Files:   c.file.Load(),
		Status:  func(_ context.Context, s sync.TerminalStatus) { c.last.Store(&s) },
	})
	if f := c.onFile.Load(); f != nil && strings.Contains(r.URL.Path, "/files/") {
		if !(*f)(w, r, func() { door.ServeHTTP(w, r) }) {
			return
		}
	}
	if strings.HasSuffix(r.URL.Path, "/ops") {
		c.seen.Add(1)
		c.mu.Lock()
		lost := c.rnd.Int64N(100) < c.lose.Load()
		c.mu.Unlock()
		if lost {
			door.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
	}
	door.ServeHTTP(w, r)
}

// beat is a wake stream of nothing but heartbeats.
func (c *centre) beat(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := io.WriteString(w, ":\n\n"); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-c.done:
			return
		}
	}
}

// cut takes the line down: what is open breaks, what is new is refused.
func (c *centre) cut()  { c.down.Store(true); c.wire.cut() }
func (c *centre) mend() { c.down.Store(false) }

// wires are the connections of a centre, streams too: they are nobody's whom
// httptest knows.
type wires struct {
	net.Listener
	mu  gosync.Mutex
	all map[net.Conn]bool
}

func (w *wires) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[conn] = true
	return conn, nil
}

func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.all {
		_ = conn.Close() // many are closed already
	}
	clear(w.all)
}

// restore puts the centre's database back to what copyTo kept.
func (c *centre) restore(from string) {
	c.t.Helper()
	c.cut()
	c.close()
	c.still()
	copyFiles(c.t, from, filepath.Dir(c.path))
	c.open()
	c.mend()
}

func (c *centre) backup() string {
	c.t.Helper()
	c.cut()
	c.close()
	c.still()
	to := c.t.TempDir()
	copyFiles(c.t, filepath.Dir(c.path), to)
	c.open()
	c.mend()
	return to
}

// still waits until nobody has the database open: what answered a line that was
// cut may be reading yet, and the last to leave puts the log into the file. Two
// that leave at once each take the other for the last: then this is.
func (c *centre) still() {
	c.t.Helper()
	eventually(c.t, "the centre's database is closed", func() bool {
		if _, err := os.Stat(c.path + "-shm"); errors.Is(err, fs.ErrNotExist) {
			return true
		}
		db, err := sql.Open("sqlite3", c.path)
		if err != nil {
			c.t.Fatal(err)
		}
		var n int
		if err := errors.Join(db.QueryRow("SELECT COUNT(*) FROM lane").Scan(&n), db.Close()); err != nil {
			c.t.Log("the centre's database is looked at: ", err) // busy: the next time
		}
		_, err = os.Stat(c.path + "-shm")
		return errors.Is(err, fs.ErrNotExist)
	})
}

// copyFiles makes to hold what from holds, and nothing else.
func copyFiles(t testing.TB, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// tickets reads every ticket that the centre has, by number.
func (c *centre) tickets() map[string][]hall.Ticket {
	c.t.Helper()
	all, err := c.w.Load().Entities(context.Background(), hallLane, hall.EntityTicket, writer.Filter{})
	if err != nil {
		c.t.Fatal(err)
	}
	out := map[string][]hall.Ticket{}
	for _, e := range all {
		var tk hall.Ticket
		if err := json.Unmarshal(e.Value, &tk); err != nil {
			c.t.Fatal(err)
		}
		out[tk.Number] = append(out[tk.Number], tk)
	}
	return out
}

// terminal is a store with its client.
type terminal struct {
	*store.Store
	t      testing.TB
	c      *centre
	opt    store.Options
	id     string
	poll   time.Duration // 0 = 1 s
	client *Client
	stop   context.CancelFunc
	ended  chan error
}

func (c *centre) terminal(id, dir string) *terminal {
	c.t.Helper()
	x := &terminal{t: c.t, c: c, id: id, opt: store.Options{Dir: dir, Terminal: id, Machine: "machine-1"}}
	x.start()
	c.t.Cleanup(func() {
		if x.Store != nil {
			x.end()
		}
	})
	return x
}

func (x *terminal) start() {
	x.t.Helper()
	s, err := store.Open(context.Background(), x.opt)
	if err != nil {
		x.t.Fatal(err)
	}
	x.Store = s
	x.client = New(Options{URL: x.c.srv.URL, Token: "token-" + x.id, Store: s, Version: "test", Poll: cmp.Or(x.poll, time.Second),
		Status: func() sync.TerminalStatus {
			return sync.TerminalStatus{Terminal: x.id, Role: "kiosk", Outbox: s.Outbox(), Devices: []sync.DeviceStatus{}}
		}})
	ctx, cancel := context.WithCancel(context.Background())
	x.stop, x.ended = cancel, make(chan error, 1)
	go func() { x.ended <- x.client.Run(ctx) }()
}

// end stops the client and closes the store.
func (x *terminal) end() {
	x.t.Helper()
	x.stop()
	if err := <-x.ended; err != nil {
		x.t.Error(err)
	}
	if err := x.Close(); err != nil {
		x.t.Error(err)
	}
	x.Store = nil
}

func (x *terminal) issue() store.Issued {
	x.t.Helper()
	out, err := x.Issue(context.Background(), store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
	if err != nil {
		x.t.Fatal(err)
	}
	return out
}

var citizen = hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never: " + what)
}

// ready waits until a kiosk has its numbers.
func (x *terminal) ready() {
	x.t.Helper()
	n := map[string]int{}
	defer func() {
		if x.t.Failed() {
			x.t.Logf("%s owns %v, outbox %d", x.Incarnation(), n, x.Outbox())
		}
	}()
	eventually(x.t, "numbers for both groups", func() bool {
		clear(n)
		for _, l := range x.Leases() {
			n[fmt.Sprint(l.Group, l.Offline)] += l.Left()
		}
		return n["gfalse"] == 1 && n["gtrue"] >= 20 && n["hfalse"] == 1 && n["htrue"] >= 20
	})
}
