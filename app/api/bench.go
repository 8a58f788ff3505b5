package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hallway/app/terminal"
)

// benchPrefix is where a demo terminal's page finds the bench.
const benchPrefix = prefix + "/demo/bench"

// maxBench bounds what the bench answers: a document of many pages.
const maxBench = 32 << 20

// Bench lets the page of a demo terminal play the simulated devices that stand
// beside it, which are another program of this machine.
//
// It guarantees: only the bench's address is asked, which is on this machine;
// only the routes below; only devices and the line of this terminal are seen and
// touched, except that any code that was printed in the hall can be held under
// its scanner. Without one (every terminal that is no demo) these routes do not
// exist.
type Bench struct {
	base     string
	terminal string
	client   *http.Client
}

// benchReads and benchActs are the routes that pass.
var (
	benchReads = map[string]bool{"/state": true, "/cards": true, "/codes": true,
		"/printer/slips": true, "/printer/slip.png": true, "/sheet/document.pdf": true}
	benchActs = map[string]bool{"/devices/plug": true, "/noise": true, "/lines": true, "/idcard/place": true, "/idcard/remove": true,
		"/scanner/scan": true, "/printer/set": true, "/sheet/set": true, "/capture/lay": true, "/evaluator/press": true, "/caller/press": true}
)

// NewBench is the way to the bench at base («http://127.0.0.1:PORT») for one
// terminal; nil when base is empty or not on this machine.
func NewBench(base, terminal string) *Bench {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || terminal == "" {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return nil
	}
	return &Bench{base: "http://" + u.Host + "/bench/v1", terminal: terminal,
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// ServeHTTP passes one request on.
func (b *Bench) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, benchPrefix)
	ask, p := b.request(r, path)
	if p != nil {
		writeProblem(w, p)
		return
	}
	resp, err := b.client.Do(ask)
	if err != nil {
		writeProblem(w, terminal.Fail(http.StatusBadGateway, "bench_unreachable"))
		return
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBench))
	if err == nil && resp.StatusCode == http.StatusOK && (path == "/state" || ask.Method == http.MethodPost) {
		data, err = b.own(data)
	}
	if err != nil {
		writeProblem(w, terminal.Fail(http.StatusBadGateway, "bench_unreachable"))
		return
	}
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	w.WriteHeader(resp.StatusCode)
	w.Write(data) //nolint:errcheck // the other side has gone
}

// request is what the bench is asked, or why it is not.
func (b *Bench) request(r *http.Request, path string) (*http.Request, *terminal.Problem) {
	target := b.base + path
	switch {
	case r.Method == http.MethodGet && benchReads[path]:
		if q := r.URL.Query(); len(q) > 0 {
			if len(q["id"]) != 1 || !b.mine(q.Get("id")) {
				return nil, terminal.Fail(http.StatusForbidden, "forbidden")
			}
			target += "?" + url.Values{"id": q["id"], "n": q["n"]}.Encode()
		}
		ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, target, nil)
		return ask, terminal.AsProblem(err)
	case r.Method == http.MethodPost && benchActs[path]:
		body, p := b.act(r, path)
		if p != nil {
			return nil, p
		}
		ask, err := http.NewRequestWithContext(r.Context(), http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return nil, terminal.AsProblem(err)
		}
		ask.Header.Set("Content-Type", "application/json")
		return ask, nil
	}
	return nil, terminal.Fail(http.StatusNotFound, "not_found")
}

// act reads an act and keeps it to what belongs to this terminal.
func (b *Bench) act(r *http.Request, path string) ([]byte, *terminal.Problem) {
	var body map[string]json.RawMessage
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || json.Unmarshal(raw, &body) != nil {
		return nil, terminal.Fail(http.StatusUnprocessableEntity, "invalid_request")
	}
	var id string
	for key := range body { // another spelling of id would be read as id by the bench
		if strings.EqualFold(key, "id") && key != "id" {
			return nil, terminal.Fail(http.StatusForbidden, "forbidden")
		}
	}
	if err := json.Unmarshal(body["id"], &id); err != nil {
		return nil, terminal.Fail(http.StatusUnprocessableEntity, "invalid_request")
	}
	if own := path == "/lines" && id == b.terminal || path != "/lines" && b.mine(id); !own {
		return nil, terminal.Fail(http.StatusForbidden, "forbidden")
	}
	clean, err := json.Marshal(body)
	return clean, terminal.AsProblem(err)
}

// mine: a device's id is «<terminal>/<device>».
func (b *Bench) mine(id string) bool {
	device, ok := strings.CutPrefix(id, b.terminal+"/")
	return ok && device != "" && !strings.Contains(device, "/")
}

// own leaves of the bench's state what belongs to this terminal.
func (b *Bench) own(data []byte) ([]byte, error) {
	var state struct {
		Rev     int64             `json:"rev"`
		Now     time.Time         `json:"now"`
		Devices []json.RawMessage `json:"devices"`
		Lines   []json.RawMessage `json:"lines"`
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return nil, err
	}
	keep := func(all []json.RawMessage, own func(id string) bool) []json.RawMessage {
		kept := []json.RawMessage{}
		for _, raw := range all {
			var one struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(raw, &one) == nil && own(one.ID) {
				kept = append(kept, raw)
			}
		}
		return kept
	}
	state.Devices = keep(state.Devices, b.mine)
	state.Lines = keep(state.Lines, func(id string) bool { return id == b.terminal })
	return json.Marshal(state)
}
