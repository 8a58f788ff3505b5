package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/secure"
)

// streamBed is a door whose streams are counted and whose tokens can be revoked.
type streamBed struct {
	t    *testing.T
	c    *centre // its writer
	door *Server
	srv  *httptest.Server
	done chan struct{}
	tls  *tls.Config    // of a terminal; nil: without
	end  *secure.Server // who judges certificates; nil: nobody

	later atomic.Int64 // how far certificates' clock is ahead, in nanoseconds

	mu      gosync.Mutex
	open    map[string]int
	revoked map[string]bool
	work    gosync.WaitGroup
}

func newStreamBed(t *testing.T, heartbeat time.Duration) *streamBed {
	t.Helper()
	b := &streamBed{t: t, c: newCentre(t), done: make(chan struct{}), open: map[string]int{}, revoked: map[string]bool{}}
	b.door = New(Options{Writer: b.c.w, Done: b.done, Heartbeat: heartbeat, Go: b.work.Go,
		Auth: func(_ context.Context, token string) (Principal, bool, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return Principal{Terminal: token, Role: "display", Hall: hallCode}, !b.revoked[token], nil
		},
		Line: func(terminal string, on *tls.ConnectionState) *sync.Problem {
			if b.end == nil || terminal != "display" { // the only one with a certificate
				return nil
			}
			return b.end.Terminal(on, terminal)
		},
		Stream: func(terminal string, open bool) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.open[terminal] += map[bool]int{true: 1, false: -1}[open]
		}})
	b.srv = httptest.NewUnstartedServer(b.door)
	b.srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if strings.HasSuffix(t.Name(), "/TLS") {
		b.secure()
	}
	b.srv.Start()
	t.Cleanup(b.srv.Close)
	return b
}

// overBoth runs a test over plain connections and over mutual TLS.
func overBoth(t *testing.T, f func(*testing.T)) {
	t.Run("plain", f)
	t.Run("TLS", f)
}

// secure puts the door behind mutual TLS.
func (b *streamBed) secure() {
	b.t.Helper()
	dir := b.t.TempDir()
	a, _, err := secure.OpenAuthority(dir, "test", time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	files := secure.Files{Cert: filepath.Join(dir, "centre.pem"), Key: filepath.Join(dir, "centre.key"), CA: filepath.Join(dir, "ca.pem")}
	if err = a.Centre("centre", "127.0.0.1"); err != nil {
		b.t.Fatal(err)
	}
	b.end, err = secure.Open(files, nil, func() time.Time { return time.Now().Add(time.Duration(b.later.Load())) })
	if err != nil {
		b.t.Fatal(err)
	}
	b.srv.Listener = b.end.Listener(b.srv.Listener)
	if b.tls, err = secure.Client(secure.Files{CA: files.CA}, nil, nil); err != nil {
		b.t.Fatal(err)
	}
	pair, err := a.Pair("display")
	if err != nil {
		b.t.Fatal(err)
	}
	b.tls.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
}

func (b *streamBed) dial() (net.Conn, error) {
	if b.tls == nil {
		return net.Dial("tcp", b.srv.Listener.Addr().String())
	}
	return tls.Dial("tcp", b.srv.Listener.Addr().String(), b.tls)
}

// streams counts what the door says is open of a terminal.
func (b *streamBed) streams(terminal string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[terminal]
}

func (b *streamBed) until(what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	b.t.Fatal("never: " + what)
}

// listen opens a stream by hand.
func (b *streamBed) listen(token string) (net.Conn, *bufio.Reader) {
	b.t.Helper()
	conn, err := b.dial()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() }) // some are closed by the test
	if _, err := fmt.Fprintf(conn, "GET /sync/v1/wake?lane=shared&lane=%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", hallLane, token); err != nil {
		b.t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%v %v", resp, err)
	}
	for range 2 {
		if name, data := next(b.t, r); name != "wake" || data == "" {
			b.t.Fatalf("it begins with %s %s", name, data)
		}
	}
	return conn, r
}

// in says whether the stream of a terminal has come into its group: a moment
// after its beginning was written.
func (b *streamBed) in(terminal string) bool {
	x := b.door.streams
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, g := range x.groups {
		g.mu.Lock()
		found := slices.ContainsFunc(g.all, func(st *stream) bool { return st.terminal == terminal })
		g.mu.Unlock()
		if found {
			return true
		}
	}
	return false
}

// next reads one event or heartbeat.
func next(t *testing.T, r *bufio.Reader) (name, data string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		switch line = strings.TrimSuffix(line, "\n"); {
		case err == io.EOF:
			return "end", ""
		case err != nil:
			t.Fatal(err)
		case line == ":":
			name = "beat"
		case line == "":
			return name, data
		default:
			k, v, _ := strings.Cut(line, ": ")
			if k == "event" {
				name = v
			} else {
				data = v
			}
		}
	}
}

func (b *streamBed) change(n int) {
	b.t.Helper()
	op := leaseOp("kiosk-1", fmt.Sprint("l", n))
	push := sync.Push{Terminal: "kiosk-1", Incarnation: fmt.Sprint("i", n), Lane: hallLane, Ops: []sync.Envelope{envelope(b.t, "kiosk-1", 1, "", op)}}
	e := &push.Ops[0]
	e.Incarnation = push.Incarnation
	e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
	if code := b.c.call("POST", "/sync/v1/ops", "kiosk-1", push, nil); code != 200 {
		b.t.Fatal(code)
	}
}

// TestEveryStreamIsTold: each open stream hears of a change, those that went
// away are found and forgotten, and no goroutine stays when all are gone.
func TestEveryStreamIsTold(t *testing.T) { overBoth(t, testEveryStreamIsTold) }

func testEveryStreamIsTold(t *testing.T) {
	b := newStreamBed(t, time.Hour)
	conns, readers := make([]net.Conn, 40), make([]*bufio.Reader, 40)
	for i := range conns {
		conns[i], readers[i] = b.listen(fmt.Sprint("display-", i))
	}
	b.change(1)
	for i, r := range readers {
		if name, data := next(t, r); name != "wake" || !strings.Contains(data, hallLane) {
			t.Fatalf("%d: %s %s", i, name, data)
		}
	}
	for i := range 20 {
		if err := conns[i].Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		b.until("a closed stream is found", func() bool { return b.streams(fmt.Sprint("display-", i)) == 0 })
	}
	b.change(2)
	for _, r := range readers[20:] {
		if name, _ := next(t, r); name != "wake" {
			t.Fatal(name)
		}
	}
	for _, c := range conns[20:] {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b.work.Wait() // nothing of the streams is left
	if n := len(b.door.streams.groups); n != 0 {
		t.Errorf("%d groups are left", n)
	}
}

// TestStreamsAreRevoked: at once by name, and at the next heartbeat when the
// token is not known any more.
func TestStreamsAreRevoked(t *testing.T) { overBoth(t, testStreamsAreRevoked) }

func testStreamsAreRevoked(t *testing.T) {
	b := newStreamBed(t, 20*time.Millisecond)
	_, bad := b.listen("display-bad")
	b.until("it is in", func() bool { return b.in("display-bad") })
	_, good := b.listen("display-good")
	b.until("it is in", func() bool { return b.in("display-good") })
	_, named := b.listen("display-named")
	b.until("it is in", func() bool { return b.in("display-named") })
	if n := b.door.Revoke("display-named"); n != 1 {
		t.Errorf("%d streams of the terminal", n)
	}
	if end := afterBeats(t, named); end != "end" {
		t.Errorf("by name: %s", end)
	}
	b.mu.Lock()
	b.revoked["display-bad"] = true
	b.mu.Unlock()
	if end := afterBeats(t, bad); end != "end" {
		t.Errorf("by token: %s", end)
	}
	b.change(1)
	if got := afterBeats(t, good); got != "wake" {
		t.Errorf("another terminal's stream: %s", got)
	}
	if b.streams("display-bad") != 0 || b.streams("display-named") != 0 || b.streams("display-good") != 1 {
		t.Errorf("open: %v", b.open)
	}
}

// TestStreamEndsWithItsCertificate: a stream that is open when the certificate of
// its terminal runs out ends; others go on.
func TestStreamEndsWithItsCertificate(t *testing.T) {
	t.Run("TLS", func(t *testing.T) {
		b := newStreamBed(t, 20*time.Millisecond)
		_, own := b.listen("display")
		_, other := b.listen("display-other")
		b.until("both are in", func() bool { return b.in("display") && b.in("display-other") })
		for range 3 { // it is judged at each, and good
			if name, _ := next(t, own); name != "beat" {
				t.Fatalf("a good certificate: %s", name)
			}
		}
		b.later.Store(int64(3 * 366 * 24 * time.Hour))
		if end := afterBeats(t, own); end != "end" {
			t.Errorf("its certificate has run out: %s", end)
		}
		b.change(1)
		if got := afterBeats(t, other); got != "wake" {
			t.Errorf("another terminal's stream: %s", got)
		}
		b.until("it is told", func() bool { return b.streams("display") == 0 })
	})
}

func afterBeats(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	for {
		if name, _ := next(t, r); name != "beat" {
			return name
		}
	}
}

// TestStreamsEndWithTheServer: also the http.Server shuts down at once, for it
// has none of them.
func TestStreamsEndWithTheServer(t *testing.T) { overBoth(t, testStreamsEndWithTheServer) }

func testStreamsEndWithTheServer(t *testing.T) {
	b := newStreamBed(t, time.Hour)
	_, r := b.listen("display-1")
	if err := b.srv.Config.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(b.done)
	if name, _ := next(t, r); name != "end" {
		t.Error(name)
	}
	b.work.Wait()
	if b.streams("display-1") != 0 {
		t.Error("it is still open")
	}
}

// TestDeafTerminalHoldsNobodyUp: one that does not read is hung up on; the
// others hear everything.
func TestDeafTerminalHoldsNobodyUp(t *testing.T) { overBoth(t, testDeafTerminalHoldsNobodyUp) }

func testDeafTerminalHoldsNobodyUp(t *testing.T) {
	b := newStreamBed(t, time.Hour)
	deaf, _ := b.listen("display-deaf")
	b.until("it is in", func() bool { return b.in("display-deaf") })
	socket := deaf
	if over, ok := deaf.(*tls.Conn); ok {
		socket = over.NetConn()
	}
	if err := socket.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	_, good := b.listen("display-good")
	b.until("it is in", func() bool { return b.in("display-good") })
	heard := make(chan bool)
	go func() {
		defer close(heard)
		for {
			if _, err := good.ReadString('\n'); err != nil {
				return
			}
			heard <- true
		}
	}()
	g := b.door.streams.group([]sync.LaneFeeds{{Lane: "shared", Feeds: []hall.Feed{"catalogue"}}, {Lane: hallLane, Feeds: []hall.Feed{"queue"}}}, false)
	defer b.door.streams.leave(g)
	long := []byte(":" + strings.Repeat(" ", 64<<10) + "\n")
	for b.streams("display-deaf") == 1 {
		g.tell(long, nil)
		if !<-heard {
			t.Fatal("the one that reads was hung up on")
		}
	}
	close(b.done)
	if <-heard {
		t.Error("the other heard more than was told")
	}
}

// TestNoStreamWithoutAConnection: where a connection cannot be taken the
// terminal is told so.
func TestNoStreamWithoutAConnection(t *testing.T) {
	b := newStreamBed(t, time.Hour)
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/sync/v1/wake?lane=shared", nil)
	r.Header.Set("Authorization", "Bearer display-1")
	b.door.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "HTTP/1.1") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	b.work.Wait()
}

// TestNothingFallsBetweenHeadsAndStream: rows that come while streams open are
// told to every one of them.
func TestNothingFallsBetweenHeadsAndStream(t *testing.T) {
	overBoth(t, testNothingFallsBetweenHeadsAndStream)
}

func testNothingFallsBetweenHeadsAndStream(t *testing.T) {
	b := newStreamBed(t, time.Hour)
	stop := make(chan struct{})
	var changes gosync.WaitGroup
	changes.Go(func() {
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			default:
				b.change(n)
			}
		}
	})
	var readers []*bufio.Reader
	for i := range 30 {
		_, r := b.listen(fmt.Sprint("display-", i))
		readers = append(readers, r)
	}
	close(stop)
	changes.Wait()
	want, _, err := b.c.w.Head(t.Context(), hallLane)
	if err != nil {
		t.Fatal(err)
	}
	b.change(1 << 20) // so that each has something to read
	for _, r := range readers {
		for told := int64(0); told <= want; {
			_, data := next(t, r)
			var row int64
			if _, err := fmt.Sscanf(data, `{"lane":"`+hallLane+`","row":%d}`, &row); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			told = row
		}
	}
}
