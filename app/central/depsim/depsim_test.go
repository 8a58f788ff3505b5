package depsim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/app/central/departments"
	"hallway/app/print"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var monday = time.Date(2026, 5, 18, 1, 5, 0, 0, time.UTC)

// centre answers call-backs as it is told and keeps what came.
type centre struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	paths  []string
	bodies [][]byte
}

func newCentre(t *testing.T) *centre {
	c := &centre{status: 200}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		s, ok := departments.ParseSigned(r.Header)
		if err != nil || !ok || !s.By(secretOfTests, r.Method, r.RequestURI) || s.Digest != departments.DigestOf(body) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		c.paths, c.bodies = append(c.paths, r.URL.Path), append(c.bodies, body)
		w.WriteHeader(c.status)
		fmt.Fprintf(w, `{"code":"code_%d"}`, c.status)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *centre) answer(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

func (c *centre) came() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.paths)
}

var secretOfTests = []byte("0123456789abcdef0123456789abcdef")

// place writes a configuration with one department and gives its file.
func place(t *testing.T, centre, more string) string {
	t.Helper()
	dir := t.TempDir()
	text := fmt.Sprintf("version = 1\nlisten = \"127.0.0.1:0\"\ncentre = %q\ndata = \"data\"\n[[department]]\nid = \"civil\"\nsecret_file = \"civil.secret\"\n%s", centre, more)
	for name, body := range map[string]string{"departments.toml": text, "civil.secret": string(secretOfTests) + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "departments.toml")
}

func start(t *testing.T, file string) *Sim {
	t.Helper()
	cfg, err := ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: cfg, Logger: slog.New(slog.DiscardHandler), Real: func() time.Time { return monday },
		Sample: func(p print.Sample) ([]byte, error) { return []byte("%PDF-1.7 " + p.Request), nil }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t *testing.T, s *Sim) {
	t.Helper()
	if err := s.Close(time.Minute); err != nil {
		t.Error(err)
	}
}

func order(id string) departments.Order {
	return departments.Order{Request: id, Item: "i", Material: "M17", Subject: departments.Subject{DocKind: "111", DocNo: "370102199002280011", Name: "测试甲乙"}}
}

func wait(t *testing.T, s *Sim, id string, ready func(Request) bool) Request {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r, ok, err := s.store.one(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if ok && ready(r) {
			return r
		}
	}
	t.Fatalf("%s never came to be as it should", id)
	return Request{}
}

// What was ordered for later is not forgotten when the program ends, nor what
// was set, nor how far the clock was put; the same order again is the same.
func TestNothingIsForgotten(t *testing.T) {
	c := newCentre(t)
	file := place(t, c.URL, "[[behaviour]]\ndepartment = \"civil\"\nquery = \"yes\"\ndelivery = \"after\"\nseconds = 3600\n")
	s := start(t, file)
	for range 2 {
		if err := s.Order(t.Context(), "civil", order("c1/M17/1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Behave(t.Context(), Behaviour{Department: "civil", Query: QueryNo, Delivery: Never, Reason: "lent"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Forward(t.Context(), ClockRequest{Seconds: 1800}); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(file), "data", "departments.db"))
	if err != nil || bytes.Contains(raw, []byte("370102199002280011")) || bytes.Contains(raw, []byte("测试甲乙")) {
		t.Errorf("a person is in the file: %v", err)
	}
	s = start(t, file)
	defer func() { stop(t, s) }()
	st, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Requests) != 1 || st.Requests[0].Tries != 1 || st.Departments[0].Open != 1 || !st.Now.Equal(monday.Add(30*time.Minute)) {
		t.Errorf("%+v", st)
	}
	if a, err := s.Query(t.Context(), "civil", departments.Query{Request: "q", Material: "M17", Method: "E_SHARE"}); err != nil || a.Answer != departments.No || a.Reason != "lent" {
		t.Errorf("%+v %v", a, err)
	}
	if c.came() != 0 {
		t.Error("it was delivered too early")
	}
	c.answer(503) // the centre is away, then back
	if err := s.Forward(t.Context(), ClockRequest{Seconds: 1801}); err != nil {
		t.Fatal(err)
	}
	r := wait(t, s, "c1/M17/1", func(r Request) bool { return r.Answer == "code_503" })
	if r.State != Waiting || r.Due.IsZero() {
		t.Errorf("%+v", r)
	}
	c.answer(200)
	if err := s.Forward(t.Context(), ClockRequest{Seconds: 60}); err != nil {
		t.Fatal(err)
	}
	wait(t, s, "c1/M17/1", func(r Request) bool { return r.State == Delivered && r.Due.IsZero() })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paths[0] != "/departments/v1/callbacks/c1/M17/1" || !bytes.Equal(c.bodies[0], c.bodies[len(c.bodies)-1]) {
		t.Errorf("%v", c.paths)
	}
}

// What the centre says decides what becomes of an order.
func TestWhatTheCentreSays(t *testing.T) {
	for status, want := range map[int]string{200: Delivered, 410: Stopped, 404: Stopped, 401: Waiting, 422: Waiting, 503: Waiting} {
		c := newCentre(t)
		s := start(t, place(t, c.URL, "[[behaviour]]\ndepartment = \"civil\"\nquery = \"yes\"\ndelivery = \"never\"\n"))
		if err := s.Order(t.Context(), "civil", order("c1/M17#2/1")); err != nil {
			t.Fatal(err)
		}
		c.answer(status)
		if err := s.Deliver(t.Context(), DeliverRequest{ID: "c1/M17#2/1", How: AtOnce}); err != nil {
			t.Fatal(err)
		}
		if r := wait(t, s, "c1/M17#2/1", func(Request) bool { return true }); r.State != want || r.Answer != fmt.Sprintf("code_%d", status) {
			t.Errorf("%d: %s %s, want %s", status, r.State, r.Answer, want)
		}
		if got := c.paths[0]; got != "/departments/v1/callbacks/c1/M17#2/1" {
			t.Errorf("%s", got)
		}
		stop(t, s)
	}
}

// The control API, the page and the files answer this machine's pages only.
func TestControl(t *testing.T) {
	c := newCentre(t)
	s := start(t, place(t, c.URL, ""))
	defer func() { stop(t, s) }()
	srv := httptest.NewServer(s.Handler())
	defer srv.Close()
	if err := s.Order(t.Context(), "civil", order("c1/M17/1")); err != nil {
		t.Fatal(err)
	}
	wait(t, s, "c1/M17/1", func(r Request) bool { return r.State == Delivered })
	for _, step := range []struct {
		path, body string
		status     int
		check      func(State) bool
	}{
		{"/behaviour", `{"department":"civil","material":"M17","query":"no","delivery":"refuse","seconds":0,"think":0,"reason":"lent"}`, 200, func(st State) bool { return len(st.Behaviours) == 2 }},
		{"/behaviour", `{"department":"forests","material":"","query":"no","delivery":"refuse","seconds":0,"think":0}`, 404, nil},
		{"/behaviour", `{"department":"civil","material":"","query":"maybe","delivery":"refuse","seconds":0,"think":0}`, 422, nil},
		{"/department", `{"id":"civil","up":false}`, 200, func(st State) bool { return !st.Departments[0].Up }},
		{"/department", `{"id":"forests","up":false}`, 404, nil},
		{"/refuse", `{"id":"c1/M17/1","reason":"lent"}`, 200, func(st State) bool { return st.Requests[0].State == Refused }},
		{"/deliver", `{"id":"nothing","how":"at_once"}`, 404, nil},
		{"/clock", `{"seconds":60}`, 200, func(st State) bool { return st.Now.Equal(monday.Add(time.Minute)) }},
	} {
		resp, err := http.Post(srv.URL+Prefix+step.path, "application/json", strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		var st State
		err = json.NewDecoder(resp.Body).Decode(&st)
		_ = resp.Body.Close()
		if resp.StatusCode != step.status || err != nil || step.check != nil && !step.check(st) {
			t.Errorf("%s %s: %d %v %+v", step.path, step.body, resp.StatusCode, err, st)
		}
	}
	resp, err := http.Get(srv.URL + Prefix + "/file?id=c1/M17/1")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || string(raw) != "%PDF-1.7 c1/M17/1" || resp.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%s %v", raw, err)
	}
	for name, change := range map[string]func(*http.Request){
		"another page":    func(r *http.Request) { r.Header.Set("Origin", "https://example.org") },
		"another machine": func(r *http.Request) { r.Host = "departments.example.org" },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+Prefix+"/state", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 403 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// The sample is a PDF that says what it is, made with the machine's fonts.
func TestSampleIsAPDF(t *testing.T) {
	c := newCentre(t)
	cfg, err := ReadConfig(place(t, c.URL, ""))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: cfg, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { stop(t, s) }()
	if err := s.Order(t.Context(), "civil", order("c1/M17/1")); err != nil {
		t.Fatal(err)
	}
	r := wait(t, s, "c1/M17/1", func(r Request) bool { return r.State == Delivered })
	if r.Answer != "code_200" || !bytes.HasPrefix(c.bodies[0], []byte("%PDF-")) {
		t.Errorf("%+v %.20q", r, c.bodies[0])
	}
}

// What is wrong in a configuration is told, all of it.
func TestConfiguration(t *testing.T) {
	for name, c := range map[string]struct{ centre, more, want string }{
		"no centre":       {"nowhere", "", "is no address"},
		"unknown key":     {"http://127.0.0.1:1", "colour = 1\n", "unknown key"},
		"twice":           {"http://127.0.0.1:1", "[[department]]\nid = \"civil\"\nsecret_file = \"civil.secret\"\n", "give each its own id"},
		"no secret":       {"http://127.0.0.1:1", "[[department]]\nid = \"police\"\nsecret_file = \"none\"\n", "secret_file"},
		"behaviour":       {"http://127.0.0.1:1", "[[behaviour]]\ndepartment = \"civil\"\nquery = \"maybe\"\ndelivery = \"never\"\n", "is not known"},
		"whose behaviour": {"http://127.0.0.1:1", "[[behaviour]]\ndepartment = \"forests\"\nquery = \"yes\"\ndelivery = \"never\"\n", "is not known"},
	} {
		if _, err := ReadConfig(place(t, c.centre, c.more)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadConfig(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "departments.example.toml") {
		t.Errorf("%v", err)
	}
	example, err := os.ReadFile("../../../build/config/departments.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	file := place(t, "http://127.0.0.1:1", "")
	if err := os.WriteFile(file, example, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadConfig(file); err != nil {
		t.Errorf("the example: %v", err)
	}
}

// The program says where it is and ends when it is told to, even while a
// department is silent.
func TestRun(t *testing.T) {
	c := newCentre(t)
	file := place(t, c.URL, "[[behaviour]]\ndepartment = \"civil\"\nquery = \"silent\"\ndelivery = \"never\"\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, file, slog.New(slog.DiscardHandler), in) }()
	line := make([]byte, 200)
	n, err := out.Read(line)
	url, ok := strings.CutPrefix(strings.TrimSpace(string(line[:n])), "ready ")
	if err != nil || !ok {
		t.Fatalf("%q %v", line[:n], err)
	}
	raw, err := json.Marshal(departments.Query{Request: "q", Material: "M17", Item: "i", Method: "E_SHARE"})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+departments.ProviderPrefix+"/query", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	departments.Sign(req.Header, secretOfTests, "civil", req.Method, req.URL.RequestURI(), "q", departments.DigestOf(raw), time.Now())
	asked := make(chan error, 1)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	go func() {
		resp, err := client.Do(req)
		if err == nil {
			err = resp.Body.Close()
		}
		asked <- err
	}()
	time.Sleep(50 * time.Millisecond) // the query is under way, or comes too late: both must end
	cancel()
	for _, wait := range []chan error{ended, asked} {
		select {
		case err := <-wait:
			if err != nil && wait == ended {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("does not end")
		}
	}
}
