package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hallway/sync"
	"hallway/sync/writer"
)

func TestWake(t *testing.T) {
	c := newCentre(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/sync/v1/wake?lane=shared&lane="+hallLane, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer display-1")
	resp, err := c.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	sc := bufio.NewScanner(resp.Body)
	event := func() (name string, w sync.Wake) {
		t.Helper()
		for sc.Scan() {
			line := sc.Text()
			if n, ok := strings.CutPrefix(line, "event: "); ok {
				name = n
			} else if d, ok := strings.CutPrefix(line, "data: "); ok {
				if err := json.Unmarshal([]byte(d), &w); err != nil {
					t.Fatal(err)
				}
			} else if line == ":" {
				name = "ping"
			} else if line == "" {
				return name, w
			}
		}
		return "end", w
	}
	for _, want := range []sync.Wake{{Lane: "shared", Row: 9}, {Lane: hallLane, Row: 0}} {
		if name, w := event(); name != "wake" || w.Lane != want.Lane || (w.Row == 0) != (want.Row == 0) {
			t.Fatalf("head: %s %+v, want %+v", name, w, want)
		}
	}
	if name, _ := event(); name != "ping" {
		t.Fatalf("no heartbeat but %s", name)
	}
	push := sync.Push{Terminal: "kiosk-1", Incarnation: "i", Lane: hallLane, Ops: []sync.Envelope{envelope(t, "kiosk-1", 1, "", leaseOp("kiosk-1", "l"))}}
	c.call("POST", "/sync/v1/ops", "kiosk-1", push, nil)
	for {
		name, w := event()
		if name == "ping" {
			continue
		}
		if name != "wake" || w.Lane != hallLane || w.Row != 2 {
			t.Fatalf("%s %+v", name, w)
		}
		break
	}
	close(c.done)
	for {
		if name, _ := event(); name == "end" {
			break
		} else if name != "ping" {
			t.Fatalf("after the end: %s", name)
		}
	}
}

// The wake stream ends with the writer too.
func TestWakeEndsWithTheWriter(t *testing.T) {
	c := newCentre(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/sync/v1/wake?lane="+hallLane, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer display-1")
	resp, err := c.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := c.w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Errorf("the stream did not end cleanly: %v", err)
	}
}

// FuzzDecodePush: whatever comes over the wire is a push or a Problem, and what
// is a push can be submitted without harm.
func FuzzDecodePush(f *testing.F) {
	for _, s := range []string{
		``, `{}`, `null`, `[]`, `{"ops":[{}]}`, `{"ops":null}`, `{"terminal":"K1","incarnation":"i","lane":"hall/1","ops":[{"seq":1,"body":{}}]}`,
		`{"ops":[{"seq":-1,"body":null}],"hole_from":-9}`, `{"ops":[{"seq":1e99}]}`, "{\"terminal\":\"\x00\"}", `{"terminal":"\ud800"}`, `{}{}`,
	} {
		f.Add([]byte(s))
	}
	keys, err := writer.NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	w, err := writer.Open(f.Context(), writer.Options{DSN: "sqlite:" + f.TempDir() + "/c.db", Keys: keys, Clock: func() time.Time { return noon }})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := w.Close(); err != nil {
			f.Error(err)
		}
	})
	n := 0
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePush(bytes.NewReader(b))
		var problem *sync.Problem
		if err != nil {
			if !errors.As(err, &problem) || problem.Code != sync.ProblemInvalid {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		// As if the sender had sealed these bodies properly.
		n++
		p.Terminal, p.Lane, p.Incarnation = "K1", hallLane, fmt.Sprint(n)
		prev := ""
		for i := range p.Ops {
			e := &p.Ops[i]
			e.Terminal, e.Lane, e.Incarnation, e.Seq, e.PrevHash = p.Terminal, p.Lane, p.Incarnation, int64(i+1), prev
			e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
			prev = e.Hash
		}
		reply, err := w.Submit(t.Context(), p, writer.Origin{Terminal: "K1", Role: "kiosk", Lanes: []string{hallLane}})
		if err != nil {
			if !errors.As(err, &problem) || problem.Code != sync.ProblemInvalid {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		if reply.Problem != nil || len(reply.Verdicts) != len(p.Ops) {
			t.Fatalf("%q: %+v", b, reply)
		}
		for _, v := range reply.Verdicts {
			if v.Status == "" || v.OpID == "" {
				t.Fatalf("%q: %+v", b, v)
			}
		}
	})
}
