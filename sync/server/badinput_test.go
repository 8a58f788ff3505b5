package server

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pack"
)

// TestBadInput: every address that takes a body refuses everything that is wrong
// with it by a code and what to do, plain and packed in both codings, and takes
// nothing of it.
func TestBadInput(t *testing.T) {
	c := newCentre(t)
	good := map[string]map[string]any{
		"hello":  {"terminal": "kiosk-1", "incarnation": "i"},
		"ops":    fieldsOf(t, sync.Push{Terminal: "kiosk-1", Incarnation: "i", Lane: hallLane, Ops: []sync.Envelope{envelope(t, "kiosk-1", 1, "", leaseOp("kiosk-1", "l"))}}),
		"status": fieldsOf(t, sync.TerminalStatus{Terminal: "kiosk-1", Role: "kiosk"}),
		"held":   fieldsOf(t, sync.Held{Terminal: "kiosk-1", Lane: hallLane}),
	}
	limits := map[string]int{"hello": maxHello, "ops": maxPush, "status": maxStatus, "held": maxHeld}
	changed := func(path string, more map[string]any) []byte {
		in := maps.Clone(good[path])
		maps.Copy(in, more)
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before, _, err := c.w.Head(t.Context(), hallLane)
	if err != nil {
		t.Fatal(err)
	}
	for path := range good {
		whole := changed(path, nil)
		for _, one := range []struct {
			name   string
			body   []byte
			status int
			code   string
			only   string // of this address
		}{
			{"nothing", []byte(" "), 400, sync.ProblemInvalid, ""},
			{"half a body", whole[:len(whole)/2], 400, sync.ProblemInvalid, ""},
			{"two bodies", append(append([]byte{}, whole...), whole...), 400, sync.ProblemInvalid, ""},
			{"another type", []byte(`["` + strings.Repeat("x", 300) + `"]`), 400, sync.ProblemInvalid, ""},
			{"an unknown field", changed(path, map[string]any{"colour": "red"}), 400, sync.ProblemInvalid, ""},
			{"a field of another type", changed(path, map[string]any{"terminal": 7}), 400, sync.ProblemInvalid, ""},
			{"a forged terminal", changed(path, map[string]any{"terminal": "kiosk-2"}), 403, sync.ProblemAuth, ""},
			{"no terminal", changed(path, map[string]any{"terminal": ""}), 403, sync.ProblemAuth, ""},
			{"too long, or a bomb", bytes.Repeat([]byte(" "), limits[path]+1), 413, sync.ProblemInvalid, ""},
			{"another hall", changed(path, map[string]any{"lane": "hall/99999999"}), 403, sync.ProblemAuth, "ops held"},
			{"the lane of all halls", changed(path, map[string]any{"lane": "shared"}), 403, sync.ProblemAuth, "ops held"},
			{"another day's key", changed(path, map[string]any{"day": "2031-01-01"}), 403, sync.ProblemAuth, "hello"},
			{"an unknown field inside", changed(path, map[string]any{"ops": []any{map[string]any{"terminal": "kiosk-1", "colour": "red"}}}), 400, sync.ProblemInvalid, "ops"},
			{"no operations", changed(path, map[string]any{"ops": []any{}}), 400, sync.ProblemInvalid, "ops"},
			{"a row of another feed", changed(path, map[string]any{"newest": []any{map[string]any{"feed": "case"}}}), 403, sync.ProblemAuth, "held"},
		} {
			if one.only != "" && !strings.Contains(one.only, path) {
				continue
			}
			for coding, body := range map[string][]byte{"": one.body, pack.Name: pack.Pack(nil, one.body), pack.Name1: pack.Pack1(nil, one.body)} {
				if status, p := c.post(path, coding, body); status != one.status || p.Code != one.code || p.Message == "" || p.Hint == "" {
					t.Errorf("%s, %s, coding %q: %d %+v", path, one.name, coding, status, p)
				}
			}
		}
		cut := pack.Pack(nil, whole)
		if status, p := c.post(path, pack.Name, cut[:len(cut)-2]); status != 400 || p.Code != sync.ProblemInvalid {
			t.Errorf("%s, broken packing: %d %+v", path, status, p)
		}
	}
	if after, _, err := c.w.Head(t.Context(), hallLane); err != nil || after != before || len(c.status) != 0 {
		t.Errorf("something of it was taken: row %d, was %d, %d statuses, %v", after, before, len(c.status), err)
	}
	for path := range good {
		if status, p := c.post(path, "", changed(path, nil)); status/100 != 2 {
			t.Errorf("%s, all is well: %d %+v", path, status, p)
		}
	}
	if after, _, err := c.w.Head(t.Context(), hallLane); err != nil || after == before || len(c.status) != 1 {
		t.Errorf("what was good was not taken: row %d, %d statuses, %v", after, len(c.status), err)
	}
}

// TestBadBatches: what is wrong inside a batch stops it there or is one
// operation's own fault; what is before it has its verdict, and the same batch
// put right goes on.
func TestBadBatches(t *testing.T) {
	c := newCentre(t)
	var ops []sync.Envelope
	prev := ""
	for i, id := range []string{"a", "b", "c", "d"} {
		e := envelope(t, "kiosk-1", int64(i+1), prev, leaseOp("kiosk-1", id))
		ops, prev = append(ops, e), e.Hash
	}
	damaged := ops[2]
	damaged.Body = bytes.Replace(damaged.Body, []byte(`"count":5`), []byte(`"count":6`), 1)
	foreign := envelope(t, "kiosk-2", 3, ops[1].Hash, leaseOp("kiosk-2", "x"))
	push := func(es ...sync.Envelope) (r sync.PushReply) {
		t.Helper()
		in := sync.Push{Terminal: "kiosk-1", Incarnation: "i", Lane: hallLane, Ops: es}
		if status := c.call("POST", "/sync/v1/ops", "kiosk-1", in, &r); status != http.StatusOK {
			t.Fatalf("%d", status)
		}
		return r
	}
	for _, one := range []struct {
		name     string
		ops      []sync.Envelope
		verdicts int
		problem  string
	}{
		{"reordered", []sync.Envelope{ops[1], ops[0]}, 0, sync.ProblemGap},
		{"damaged in the middle", []sync.Envelope{ops[0], ops[1], damaged, ops[3]}, 2, sync.ProblemInvalid},
		{"another terminal's in the middle", []sync.Envelope{ops[0], ops[1], foreign}, 2, sync.ProblemInvalid},
		{"one is missing", []sync.Envelope{ops[1], ops[3]}, 1, sync.ProblemGap},
		{"again, and on", ops, 4, ""},
		{"one twice", []sync.Envelope{ops[3], ops[3]}, 2, ""},
		{"another under a known number", []sync.Envelope{envelope(t, "kiosk-1", 2, ops[0].Hash, leaseOp("kiosk-1", "y"))}, 0, sync.ProblemFork},
	} {
		r := push(one.ops...)
		code := ""
		if r.Problem != nil {
			code = r.Problem.Code
		}
		if len(r.Verdicts) != one.verdicts || code != one.problem {
			t.Errorf("%s: %d verdicts, %q", one.name, len(r.Verdicts), code)
		}
		for i, v := range r.Verdicts {
			if v.Status != hall.Applied || v.Seq != one.ops[i].Seq {
				t.Errorf("%s: %+v", one.name, v)
			}
		}
	}
}

// post does a request of kiosk-1 in a coding.
func (c *centre) post(path, coding string, body []byte) (status int, p sync.Problem) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "POST", c.url+"/sync/v1/"+path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer kiosk-1")
	if coding != "" {
		req.Header.Set("Content-Encoding", coding)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode/100 != 2 {
		if err := json.Unmarshal(b, &p); err != nil {
			c.t.Fatalf("%s: %d %s", path, resp.StatusCode, b)
		}
	}
	return resp.StatusCode, p
}

// fieldsOf is a message as its fields.
func fieldsOf(t *testing.T, v any) (out map[string]any) {
	t.Helper()
	b, err := json.Marshal(v)
	parts := map[string]json.RawMessage{} // as they are: an operation's bytes count
	if err == nil {
		err = json.Unmarshal(b, &parts)
	}
	if err != nil {
		t.Fatal(err)
	}
	out = map[string]any{}
	for name, part := range parts {
		out[name] = part
	}
	return out
}
