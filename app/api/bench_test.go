package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fakeBench notes what it is asked.
type fakeBench struct {
	mu    sync.Mutex
	asked []string
}

func (b *fakeBench) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	b.asked = append(b.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	b.mu.Unlock()
	if r.URL.Path == "/bench/v1/printer/slip.png" {
		w.Header().Set("Content-Type", "image/png")
		w.Write([]byte("picture"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte(`{"rev":3,"now":"2026-03-02T10:00:00+08:00","devices":[{"id":"kiosk-1/idcard","terminal":"kiosk-1"},{"id":"counter-1/idcard"},{"id":"kiosk-10/idcard"}],"lines":[{"id":"kiosk-1","up":true},{"id":"counter-1"}]}`))
}

func (b *fakeBench) took() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.asked
	b.asked = nil
	return all
}

func TestADemoTerminalPlaysItsOwnDevicesOnly(t *testing.T) {
	bench := &fakeBench{}
	server := httptest.NewServer(bench)
	defer server.Close()
	h := newHouseWith(t, func(o *Options) { o.Bench = NewBench(server.URL, "kiosk-1") })
	if status, _, _ := h.do("GET", benchPrefix+"/state", "", nil); status != 401 {
		t.Errorf("without a token: %d", status)
	}
	h.enter()
	own := `"devices":[{"id":"kiosk-1/idcard","terminal":"kiosk-1"}],"lines":[{"id":"kiosk-1","up":true}]}`
	for _, c := range []struct {
		method, path, body string
		status             int
		asked              string // "" = nothing
		answer             string
	}{
		{"GET", "/state", "", 200, "GET /bench/v1/state", own},
		{"GET", "/codes", "", 200, "GET /bench/v1/codes", ""},
		{"GET", "/printer/slip.png?id=kiosk-1%2Fprinter&n=2&x=1", "", 200, "GET /bench/v1/printer/slip.png?id=kiosk-1%2Fprinter&n=2", "picture"},
		{"GET", "/printer/slip.png?id=counter-1%2Fprinter&n=2", "", 403, "", ""},
		{"GET", "/printer/slip.png?id=kiosk-1%2Fprinter&id=counter-1%2Fprinter&n=2", "", 403, "", ""},
		{"GET", "/printer/slip.bin?id=kiosk-1%2Fprinter&n=2", "", 404, "", ""},
		{"GET", "/events", "", 404, "", ""},
		{"GET", "/../../metrics", "", 404, "", ""},
		{"POST", "/state", "{}", 404, "", ""},
		{"POST", "/idcard/place", `{"id":"kiosk-1/idcard","card":"zhang"}`, 200, `POST /bench/v1/idcard/place {"card":"zhang","id":"kiosk-1/idcard"}`, own},
		{"POST", "/idcard/place", `{"id":"counter-1/idcard","card":"zhang"}`, 403, "", ""},
		{"POST", "/idcard/place", `{"id":"kiosk-1/idcard","ID":"counter-1/idcard"}`, 403, "", ""},
		{"POST", "/idcard/place", `{"id":"kiosk-10/idcard"}`, 403, "", ""},
		{"POST", "/idcard/place", `{"id":7}`, 422, "", ""},
		{"POST", "/idcard/place", `nothing`, 422, "", ""},
		{"POST", "/lines", `{"id":"kiosk-1","up":false}`, 200, `POST /bench/v1/lines {"id":"kiosk-1","up":false}`, own},
		{"POST", "/lines", `{"id":"counter-1","up":false}`, 403, "", ""},
	} {
		status, body, _ := h.do(c.method, benchPrefix+c.path, c.body, nil)
		if asked := strings.Join(bench.took(), "|"); status != c.status || asked != c.asked || !strings.HasSuffix(body, c.answer) {
			t.Errorf("%s %s %s: %d, asked %q, %s", c.method, c.path, c.body, status, asked, body)
		}
	}
	server.Close()
	if status, body, _ := h.do("GET", benchPrefix+"/state", "", nil); status != 502 || codeIn(t, body) != "bench_unreachable" {
		t.Errorf("a bench that is gone: %d %s", status, body)
	}
}

func TestOutsideOfADemoThereIsNoBench(t *testing.T) {
	h := newHouse(t)
	h.enter()
	for _, path := range []string{"/state", "/idcard/place"} {
		if status, body, _ := h.do("GET", benchPrefix+path, "", nil); status != 404 || codeIn(t, body) != "not_found" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for _, base := range []string{"", "http://10.0.0.1:80", "https://127.0.0.1:80", "http://localhost.example.org", "http://0.0.0.0:1", ":"} {
		if NewBench(base, "kiosk-1") != nil {
			t.Errorf("%q is taken for a bench of this machine", base)
		}
	}
}
