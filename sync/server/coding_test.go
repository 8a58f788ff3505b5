package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"hallway/build/fuzz"
	"hallway/sync"
	"hallway/sync/pack"
)

// send does a request in a coding and gives the status and the Problem.
func (c *centre) send(coding string, body []byte) (int, sync.Problem) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "POST", c.url+"/sync/v1/ops", bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer kiosk-1")
	req.Header.Set("Content-Encoding", coding)
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var p sync.Problem
	if err := json.Unmarshal(b, &p); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, p
}

// TestPackedRequests: what is damaged, too long when it is opened, or packed in
// another way is refused, and nothing of it is taken.
func TestPackedRequests(t *testing.T) {
	c := newCentre(t)
	good, err := json.Marshal(sync.Push{Terminal: "kiosk-1", Incarnation: "i", Lane: hallLane,
		Ops: []sync.Envelope{envelope(t, "kiosk-1", 1, "", leaseOp("kiosk-1", "l"))}})
	if err != nil {
		t.Fatal(err)
	}
	packed := pack.Pack(nil, good)
	head := func() int64 {
		row, _, err := c.w.Head(t.Context(), hallLane)
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	was := head()
	for name, x := range map[string]struct {
		coding string
		body   []byte
		want   int
	}{
		"cut off":      {"zstd", packed[:len(packed)-3], http.StatusBadRequest},
		"empty":        {"zstd", nil, http.StatusBadRequest},
		"plain":        {"zstd", good, http.StatusBadRequest},
		"a bomb":       {"zstd", pack.Pack(nil, make([]byte, maxPush+1)), http.StatusRequestEntityTooLarge},
		"a short bomb": {"zstd1", pack.Pack1(nil, make([]byte, maxPush+1)), http.StatusRequestEntityTooLarge},
		"cut off too":  {"zstd1", pack.Pack1(nil, good)[:40], http.StatusBadRequest},
		"another way":  {"gzip", packed, http.StatusBadRequest},
		"no such JSON": {"zstd", pack.Pack(nil, []byte("{")), http.StatusBadRequest},
	} {
		if code, p := c.send(x.coding, x.body); code != x.want || p.Code != sync.ProblemInvalid || p.Hint == "" {
			t.Errorf("%s: %d %+v", name, code, p)
		}
	}
	if head() != was {
		t.Error("something of it was taken")
	}
	for coding, b := range map[string][]byte{"zstd": packed, "zstd1": pack.Pack1(nil, good)} {
		if code, _ := c.send(coding, b); code != http.StatusOK || head() == was {
			t.Errorf("the good one, %s: %d", coding, code)
		}
	}
}

// TestAnswersAsTheyAreTaken: with the dictionary only to who names it.
func TestAnswersAsTheyAreTaken(t *testing.T) {
	c := newCentre(t)
	for takes, want := range map[string]string{"": "", "gzip": "", "zstd": "zstd", "zstd, zstd1": "zstd1", "zstd1, zstd": "zstd1"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/sync/v1/rows?lane=shared&feed=catalogue&limit=2", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer kiosk-1")
		req.Header.Set("Accept-Encoding", takes)
		resp, err := c.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // it was read
		got := resp.Header.Get("Content-Encoding")
		if err == nil && got != "" {
			b, err = pack.Open(b, 1<<20)
		}
		var page sync.Page
		if err == nil {
			err = json.Unmarshal(b, &page)
		}
		if err != nil || got != want || len(page.Rows) != 2 || page.Rows[1].PrevHash != page.Rows[0].Hash {
			t.Errorf("%q: %q %v %+v", takes, got, err, page)
		}
	}
}

// FuzzPackedPush: whatever comes as a packed request is a push or a Problem.
func FuzzPackedPush(f *testing.F) {
	for _, s := range []string{``, `{}`, `{"ops":[]}`, `{"terminal":"K1","ops":[{"seq":1,"body":{}}]}`} {
		f.Add(pack.Pack(nil, []byte(s)))
		f.Add([]byte(s))
	}
	fuzz.Run(f, func(t *testing.T, b []byte) {
		_, err := DecodePush(&codedBody{io.NopCloser(bytes.NewReader(b)), pack.Name})
		var p *sync.Problem
		if err != nil && (!errors.As(err, &p) || p.Code != sync.ProblemInvalid) {
			t.Fatalf("%q: %v", b, err)
		}
	}, func(b []byte) []byte { return pack.Pack(nil, b) })
}
