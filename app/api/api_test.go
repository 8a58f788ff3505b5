package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"hallway/app/terminal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeKiosk remembers what it was asked and answers with err.
type fakeKiosk struct {
	Capturing // nil: none
	mu        sync.Mutex
	asked     []string
	err       error
	rev       int64
	changed   chan struct{}
}

func newFakeKiosk() *fakeKiosk { return &fakeKiosk{rev: 7, changed: make(chan struct{})} }

func (k *fakeKiosk) ask(what string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = append(k.asked, what)
	return k.err
}

func (k *fakeKiosk) View() terminal.KioskView {
	k.mu.Lock()
	defer k.mu.Unlock()
	return terminal.KioskView{Rev: k.rev, Groups: []terminal.KioskGroup{}, Devices: []terminal.DeviceView{}}
}

func (k *fakeKiosk) Snapshot() (int64, any, <-chan struct{}) {
	v := k.View()
	k.mu.Lock()
	defer k.mu.Unlock()
	return v.Rev, v, k.changed
}

func (k *fakeKiosk) change() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rev++
	close(k.changed)
	k.changed = make(chan struct{})
}

func (k *fakeKiosk) Begin(context.Context) error    { return k.ask("begin") }
func (k *fakeKiosk) Progress(context.Context) error { return k.ask("progress") }
func (k *fakeKiosk) ProgressNumber(_ context.Context, r terminal.ProgressRequest) error {
	return k.ask("progress " + r.Number)
}
func (k *fakeKiosk) ProgressPrint(_ context.Context, r terminal.ProgressPrintRequest) error {
	return k.ask("print " + r.Number)
}
func (k *fakeKiosk) Apply(_ context.Context, r terminal.ApplyRequest) error {
	return k.ask("apply " + r.Item)
}
func (k *fakeKiosk) ApplyContinue(_ context.Context, r terminal.ApplyContinueRequest) error {
	return k.ask("continue " + r.Case)
}
func (k *fakeKiosk) ApplyCheck(_ context.Context, r terminal.ApplyCheckRequest) error {
	return k.ask("check " + r.ID + " " + r.Answer)
}
func (k *fakeKiosk) ApplyStart(context.Context) error { return k.ask("start") }
func (k *fakeKiosk) ApplyMethod(_ context.Context, r terminal.ApplyMethodRequest) error {
	return k.ask("method " + r.Material + " " + string(r.Method))
}
func (k *fakeKiosk) ApplyDrop(_ context.Context, r terminal.MaterialRequest) error {
	return k.ask("drop " + r.Material)
}
func (k *fakeKiosk) ApplySubmit(_ context.Context, r terminal.ApplySubmitRequest) error {
	return k.ask("submit " + r.Locale)
}
func (k *fakeKiosk) ApplyField(_ context.Context, r terminal.FormFieldRequest) error {
	return k.ask("field " + r.Field + " " + r.Text)
}
func (k *fakeKiosk) ApplyFormOpen(context.Context) error { return k.ask("form open") }
func (k *fakeKiosk) ApplyFill(context.Context) error     { return k.ask("form") }
func (k *fakeKiosk) ApplyCancel(_ context.Context, r terminal.ApplyCancelRequest) error {
	return k.ask(fmt.Sprintf("cancel %s %v", r.Case, r.Confirmed))
}
func (k *fakeKiosk) ApplyPrint(_ context.Context, r terminal.ApplyPrintRequest) error {
	return k.ask("print " + r.What)
}
func (k *fakeKiosk) ApplyBack(context.Context) error { return k.ask("back") }
func (k *fakeKiosk) Take(_ context.Context, r terminal.TakeRequest) error {
	return k.ask("take " + r.Group)
}
func (k *fakeKiosk) CheckIn(_ context.Context, r terminal.CheckInRequest) error {
	return k.ask("checkin " + r.Appointment)
}
func (k *fakeKiosk) Phone(context.Context, terminal.PhoneRequest) error     { return k.ask("phone") }
func (k *fakeKiosk) Requeue(context.Context) error                          { return k.ask("requeue") }
func (k *fakeKiosk) Replace(context.Context, terminal.ReplaceRequest) error { return k.ask("replace") }
func (k *fakeKiosk) Extend(context.Context) error                           { return k.ask("extend") }
func (k *fakeKiosk) End(context.Context) error                              { return k.ask("end") }
func (k *fakeKiosk) Help(context.Context) error                             { return k.ask("help") }

// house is a handler behind a listener, as in browser mode.
type house struct {
	t      *testing.T
	kiosk  *fakeKiosk
	door   *Door
	server *httptest.Server
	token  string
}

func newHouse(t *testing.T) *house { return newHouseWith(t, nil) }

// newHouseWith is a house whose handler has more to it.
func newHouseWith(t *testing.T, more func(*Options)) *house {
	t.Helper()
	h := &house{t: t, kiosk: newFakeKiosk()}
	h.server = httptest.NewUnstartedServer(nil)
	h.door = NewDoor(h.server.Listener.Addr().String())
	options := Options{Boot: func() terminal.Boot { return terminal.Boot{Role: "kiosk", Terminal: "kiosk-1"} }, Kiosk: h.kiosk,
		Door: h.door, Ping: 20 * time.Millisecond,
		Pages: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}, "assets/a.js": {Data: []byte("1")}}}
	if more != nil {
		more(&options)
	}
	handler := New(options)
	h.server.Config.Handler = handler
	h.server.Start()
	t.Cleanup(func() { handler.Stop(); h.server.Close(); http.DefaultClient.CloseIdleConnections() })
	return h
}

func (h *house) do(method, path, body string, change func(*http.Request)) (int, string, http.Header) {
	h.t.Helper()
	r, err := http.NewRequest(method, h.server.URL+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if h.token != "" {
		r.Header.Set("Authorization", "Bearer "+h.token)
	}
	if change != nil {
		change(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(data), resp.Header
}

func (h *house) enter() {
	h.t.Helper()
	_, code, _ := strings.Cut(h.door.StartURL(), "#code=")
	status, body, _ := h.do("POST", prefix+"/door", `{"code":"`+code+`"}`, nil)
	var reply DoorReply
	if status != 200 || json.Unmarshal([]byte(body), &reply) != nil || reply.Token == "" {
		h.t.Fatalf("door: %d %s", status, body)
	}
	h.token = reply.Token
}

func codeIn(t *testing.T, body string) string {
	t.Helper()
	var p terminal.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Fatalf("not a problem: %s", body)
	}
	return p.Code
}

func TestTheDoor(t *testing.T) {
	h := newHouse(t)
	for path, method := range map[string]string{"/boot": "GET", "/kiosk/view": "GET", "/events": "GET", "/kiosk/begin": "POST",
		"/kiosk/take": "POST", "/counter/next": "POST", "/nowhere": "GET"} {
		status, body, _ := h.do(method, prefix+path, "", nil)
		if status != 401 || codeIn(t, body) != "no_token" {
			t.Errorf("%s without a token: %d %s", path, status, body)
		}
		status, _, _ = h.do(method, prefix+path, "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer wrong") })
		if status != 401 {
			t.Errorf("%s with a wrong token: %d", path, status)
		}
	}
	h.enter()
	if status, body, _ := h.do("GET", prefix+"/boot", "", nil); status != 200 || !strings.Contains(body, `"role":"kiosk"`) || !strings.Contains(body, `"hall":{}`) {
		t.Errorf("boot: %d %s", status, body)
	}
	_, code, _ := strings.Cut(h.door.StartURL(), "#code=")
	if code != "" {
		t.Error("a code that was used is still told")
	}
	for range maxBadCodes + 1 {
		h.do("POST", prefix+"/door", `{"code":"guess"}`, nil)
	}
	if status, body, _ := h.do("POST", prefix+"/door", `{"code":"guess"}`, nil); status != 403 || codeIn(t, body) != "door_locked" {
		t.Errorf("after many guesses: %d %s", status, body)
	}
}

func TestForeignHostsAndOrigins(t *testing.T) {
	h := newHouse(t)
	h.enter()
	_, port, _ := strings.Cut(h.door.host, ":")
	for name, tc := range map[string]struct {
		change func(*http.Request)
		status int
		code   string
	}{
		"another host":      {func(r *http.Request) { r.Host = "evil.example" }, 403, "foreign_host"},
		"rebinding":         {func(r *http.Request) { r.Host = "evil.example:" + port }, 403, "foreign_host"},
		"another port":      {func(r *http.Request) { r.Host = "127.0.0.1:1" }, 403, "foreign_host"},
		"another origin":    {func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403, "foreign_origin"},
		"a null origin":     {func(r *http.Request) { r.Header.Set("Origin", "null") }, 403, "foreign_origin"},
		"https of our host": {func(r *http.Request) { r.Header.Set("Origin", "https://"+h.door.host) }, 403, "foreign_origin"},
		"across sites":      {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "foreign_origin"},
		"our origin":        {func(r *http.Request) { r.Header.Set("Origin", "http://"+h.door.host) }, 200, ""},
		"localhost":         {func(r *http.Request) { r.Host = "localhost:" + port }, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, body, head := h.do("POST", prefix+"/kiosk/begin", "", tc.change)
			if status != tc.status || tc.code != "" && codeIn(t, body) != tc.code {
				t.Errorf("%d %s", status, body)
			}
			if head.Get("Access-Control-Allow-Origin") != "" {
				t.Error("other sites are let in")
			}
		})
	}
	if status, _, _ := h.do("GET", "/", "", func(r *http.Request) { r.Host = "evil.example" }); status != 403 {
		t.Errorf("page for a foreign host: %d", status)
	}
}

func TestActs(t *testing.T) {
	h := newHouse(t)
	h.enter()
	for name, tc := range map[string]struct {
		path, body string
		err        error
		status     int
		code       string
		asked      string
	}{
		"begin":               {"/kiosk/begin", "", nil, 200, "", "begin"},
		"take":                {"/kiosk/take", `{"group":"tax"}`, nil, 200, "", "take tax"},
		"take nothing":        {"/kiosk/take", `{}`, nil, 422, "invalid_request", ""},
		"take without a body": {"/kiosk/take", "", nil, 400, "invalid_request", ""},
		"not JSON":            {"/kiosk/take", `{"group":`, nil, 400, "invalid_request", ""},
		"unknown field":       {"/kiosk/take", `{"group":"tax","grop":"x"}`, nil, 422, "invalid_request", ""},
		"a long group":        {"/kiosk/take", `{"group":"` + strings.Repeat("x", 50) + `"}`, nil, 422, "invalid_request", ""},
		"an endless body":     {"/kiosk/take", `{"group":"` + strings.Repeat("x", 100<<10) + `"}`, nil, 413, "invalid_request", ""},
		"refused":             {"/kiosk/take", `{"group":"tax"}`, terminal.Fail(409, "refused_now"), 409, "refused_now", "take tax"},
		"an inner error":      {"/kiosk/take", `{"group":"tax"}`, errors.New("secret path /x"), 500, "internal", "take tax"},
		"apply":               {"/kiosk/apply", `{"item":"id-card"}`, nil, 200, "", "apply id-card"},
		"apply for nothing":   {"/kiosk/apply", `{}`, nil, 422, "invalid_request", ""},
		"go on":               {"/kiosk/apply/continue", `{"case":"C1"}`, nil, 200, "", "continue C1"},
		"answer":              {"/kiosk/apply/check", `{"id":"own","answer":"yes"}`, nil, 200, "", "check own yes"},
		"answer perhaps":      {"/kiosk/apply/check", `{"id":"own","answer":"perhaps"}`, nil, 422, "invalid_request", ""},
		"start":               {"/kiosk/apply/start", "", nil, 200, "", "start"},
		"choose":              {"/kiosk/apply/method", `{"material":"M10","method":"E_SHARE"}`, nil, 200, "", "method M10 E_SHARE"},
		"choose by pages":     {"/kiosk/apply/method", `{"material":"M10","method":"UPLOAD"}`, nil, 422, "invalid_request", ""},
		"drop":                {"/kiosk/apply/drop", `{"material":"M10"}`, nil, 200, "", "drop M10"},
		"submit":              {"/kiosk/apply/submit", `{"locale":"pt"}`, nil, 200, "", "submit pt"},
		"cancel":              {"/kiosk/apply/cancel", `{"confirmed":true}`, nil, 200, "", "cancel  true"},
		"print":               {"/kiosk/apply/print", `{"what":"slip"}`, nil, 200, "", "print slip"},
		"print a password":    {"/kiosk/apply/print", `{"what":"password"}`, nil, 422, "invalid_request", ""},
		"back":                {"/kiosk/apply/back", "", nil, 200, "", "back"},
		"another role":        {"/counter/open", "", nil, 404, "other_role", ""},
		"no such route":       {"/kiosk/dance", "", nil, 404, "not_found", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h.kiosk.mu.Lock()
			h.kiosk.asked, h.kiosk.err = nil, tc.err
			h.kiosk.mu.Unlock()
			status, body, _ := h.do("POST", prefix+tc.path, tc.body, nil)
			if status != tc.status || tc.code != "" && codeIn(t, body) != tc.code {
				t.Errorf("%d %s", status, body)
			}
			if strings.Contains(body, "secret") || strings.Contains(body, "$schema") {
				t.Errorf("too much told: %s", body)
			}
			if got := strings.Join(h.kiosk.asked, ","); got != tc.asked {
				t.Errorf("asked %q, want %q", got, tc.asked)
			}
		})
	}
}

func TestEvents(t *testing.T) {
	h := newHouse(t)
	h.enter()
	r, err := http.NewRequest("GET", h.server.URL+prefix+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", want, lines.Err())
	}
	until("event: view")
	until("id: 7")
	until(`data: {"rev":7`)
	until("event: ping")
	h.kiosk.change()
	until("id: 8")
	resp.Body.Close()

	r.Header.Set("Last-Event-ID", "8")
	again, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Body.Close()
	lines = bufio.NewScanner(again.Body)
	if !lines.Scan() || lines.Text() != "event: ping" {
		t.Errorf("a page that has the newest view got %q", lines.Text())
	}
}

// broken is a page that has left: writing to it fails.
type broken struct{ http.ResponseWriter }

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestEventsEndWhenWritingFails(t *testing.T) {
	k := newFakeKiosk()
	h := New(Options{Kiosk: k, Ping: 5 * time.Millisecond})
	done := make(chan struct{})
	go func() {
		defer close(done)
		// No http.Flusher and a context that is never cancelled, as in the webview.
		h.ServeHTTP(broken{httptest.NewRecorder()}, httptest.NewRequest("GET", prefix+"/events", nil))
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the stream goes on")
	}
}

func TestPages(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/":                    {200, "text/html; charset=utf-8"},
		"/kiosk/deep/link":     {200, "text/html; charset=utf-8"},
		"/assets/a.js":         {200, "text/javascript; charset=utf-8"},
		"/assets/missing.js":   {404, ""},
		"/../../../etc/passwd": {200, "text/html; charset=utf-8"},
		"/%2e%2e/secret.txt":   {404, ""},
		"/healthz":             {200, "text/plain; charset=utf-8"},
	} {
		status, body, head := h.do("GET", path, "", nil)
		if status != want.status || want.kind != "" && head.Get("Content-Type") != want.kind {
			t.Errorf("%s: %d %s", path, status, head.Get("Content-Type"))
		}
		if strings.Contains(body, "root:") {
			t.Errorf("%s: left the pages", path)
		}
		if status == 200 && strings.HasPrefix(want.kind, "text/html") && !strings.Contains(head.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: no policy", path)
		}
		if head.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", path)
		}
	}
	if status, _, _ := h.do("DELETE", "/", "", nil); status != 405 {
		t.Errorf("DELETE /: %d", status)
	}
}

func TestADemoDoorSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "door-code")
	one, err := NewDemoDoor("127.0.0.1:1", file)
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewDemoDoor("127.0.0.1:1", file)
	if err != nil {
		t.Fatal(err)
	}
	if one.StartURL() != two.StartURL() {
		t.Error("the start address changed")
	}
	for range 2 {
		if _, p := two.exchange(one.code); p != nil {
			t.Error(p)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file of the code: %v %v", info.Mode(), err)
	}
}

func TestEveryRouteIsInTheDocument(t *testing.T) {
	raw, err := Document("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Security []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) < 29 {
		t.Errorf("%d paths", len(doc.Paths))
	}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if open := len(op.Security) == 0; open != (path == prefix+"/door") {
				t.Errorf("%s %s: needs a token: %v", method, path, !open)
			}
		}
	}
}
