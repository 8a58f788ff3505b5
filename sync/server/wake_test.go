package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/build/fuzz"
	"hallway/sync"
	"hallway/sync/pack"
	"hallway/sync/writer"
)

// wake opens a wake stream of a display.
func (c *centre) wake(query string) *http.Response {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "GET", c.url+"/sync/v1/wake"+query, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer display-1")
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = resp.Body.Close() }) // it is read to its end, or the test is over
	return resp
}

func TestWake(t *testing.T) {
	c := newCentre(t)
	resp := c.wake("?lane=shared&lane=" + hallLane)
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

// TestRowsRide: who asks for it gets the rows of small commits in the stream, those
// of its feeds only, in brief form and packed; large ones it is only told of.
func TestRowsRide(t *testing.T) {
	c := newCentre(t)
	resp := c.wake("?rows=1&lane=shared&lane=" + hallLane)
	stream := bufio.NewReader(resp.Body)
	next := func() (name string, data []byte) {
		t.Helper()
		for {
			line, err := stream.ReadBytes('\n')
			if err != nil {
				t.Fatal(err)
			}
			line = bytes.TrimSuffix(line, []byte("\n"))
			if n, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
				name = string(n)
			} else if d, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				return name, d
			}
		}
	}
	var told []sync.LaneFeeds
	if name, data := next(); name != "feeds" || json.Unmarshal(data, &told) != nil || len(told) != 2 || !slices.Equal(told[1].Feeds, []hall.Feed{hall.FeedQueue}) {
		t.Fatalf("%s %s", name, data)
	}
	for range 2 {
		if name, _ := next(); name != "wake" {
			t.Fatalf("head: %s", name)
		}
	}
	commit := func() sync.Commit {
		t.Helper()
		name, data := next()
		b, err := sync.Unescape(data)
		if err == nil {
			b, err = pack.Open(b, 1<<20)
		}
		var got sync.Commit
		if err == nil {
			err = json.Unmarshal(b, &got)
		}
		if name != "rows" || err != nil {
			t.Fatalf("%s %q %v", name, data, err)
		}
		return got
	}
	lease := envelope(t, "kiosk-1", 1, "", leaseOp("kiosk-1", "l"))
	var reply sync.PushReply
	c.call("POST", "/sync/v1/ops", "kiosk-1", sync.Push{Terminal: "kiosk-1", Incarnation: "i", Lane: hallLane, Ops: []sync.Envelope{lease}}, &reply)
	var granted hall.LeaseResult
	if err := json.Unmarshal(reply.Verdicts[0].Result, &granted); err != nil {
		t.Fatal(err)
	}
	if got := commit(); got.Lane != hallLane || got.From != 0 || got.To != 2 || len(got.Rows) != 0 { // leases are nobody's feed
		t.Errorf("a commit of other feeds: %+v", got)
	}
	ticket := envelope(t, "kiosk-1", 2, lease.Hash, ticketOp(t, granted.Lease))
	c.call("POST", "/sync/v1/ops", "kiosk-1", sync.Push{Terminal: "kiosk-1", Incarnation: "i", Lane: hallLane, Ops: []sync.Envelope{ticket}}, nil)
	got := commit()
	page, err := c.w.Rows(t.Context(), sync.Cursor{Lane: hallLane, Feed: hall.FeedQueue}, 0)
	if err != nil || len(page.Rows) != 1 || len(got.Rows) != 1 {
		t.Fatalf("%v %+v %+v", err, page.Rows, got)
	}
	if r := got.Rows[0]; r.Lane != "" || r.PrevHash != "" || r.Hash != page.Rows[0].Hash || r.MAC != page.Rows[0].MAC {
		t.Errorf("not brief: %+v", r)
	}
	whole := got.Pages([]sync.Cursor{{Lane: hallLane, Feed: hall.FeedQueue}})[0].Rows[0]
	if sync.RowHash(whole) != whole.Hash || whole.Lane != hallLane || whole.Epoch != 1 {
		t.Errorf("it cannot be made whole: %+v", whole)
	}
}

func ticketOp(t *testing.T, l hall.Lease) hall.Op {
	t.Helper()
	body, err := json.Marshal(hall.TakeTicketBody{Number: hall.FormatNumber(l.Prefix, l.From), Lease: l.ID, Seq: l.From, Day: l.Day, Group: "g", Item: "i", Class: hall.ClassOrdinary, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	op := leaseOp("kiosk-1", "t")
	op.Kind, op.Entity, op.Actor, op.Body = hall.TakeTicket, "ticket-1", hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}, body
	return op
}

// The wake stream ends with the writer too.
func TestWakeEndsWithTheWriter(t *testing.T) {
	c := newCentre(t)
	resp := c.wake("?lane=" + hallLane)
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
	fuzz.Run(f, func(t *testing.T, b []byte) {
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
