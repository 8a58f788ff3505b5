package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/seal"
	"hallway/sync/writer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	hallCode = "37010001"
	hallLane = "hall/" + hallCode
	today    = "2026-03-02"
)

var noon = time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)

// centre is a server under test.
type centre struct {
	t      *testing.T
	w      *writer.Writer
	url    string
	client *http.Client
	done   chan struct{}
	status []sync.TerminalStatus
}

func newCentre(t *testing.T) *centre {
	t.Helper()
	keys, err := writer.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	w, err := writer.Open(t.Context(), writer.Options{DSN: "sqlite:" + t.TempDir() + "/c.db", Keys: keys, Clock: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{t: t, w: w, done: make(chan struct{})}
	srv := httptest.NewServer(Handler(Options{
		Writer: w,
		Auth: func(_ context.Context, token string) (Principal, bool, error) {
			if token == "broken" {
				return Principal{}, false, errors.New("down")
			}
			role, _, ok := strings.Cut(token, "-")
			p := Principal{Terminal: token, Role: role, Hall: hallCode}
			if strings.HasPrefix(token, "station-civil") {
				p.Department = "civil"
			}
			return p, ok, nil
		},
		Session: func(_ context.Context, terminal string, a hall.Actor) (bool, error) {
			return a.Session == "live@"+terminal, nil
		},
		Status:    func(_ context.Context, s sync.TerminalStatus) { c.status = append(c.status, s) },
		Done:      c.done,
		Heartbeat: 50 * time.Millisecond,
	}))
	c.url, c.client = srv.URL, srv.Client()
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	c.own(hall.PublishCatalogue, hallCode, hall.PublishCatalogueBody{Catalogue: hall.Catalogue{
		Version: "1", Code: hallCode, Area: "370100", Name: hall.Names{"zh-Hans": "厅"},
		Groups:      []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5}},
		Windows:     []hall.WindowDef{{ID: "1", Name: hall.Names{"zh-Hans": "1号"}, Groups: []string{"g"}}},
		Staff:       []hall.Staff{{ID: "s1", Name: "员工", Roles: []hall.Role{hall.RoleClerk}}},
		Hours:       []hall.OpenHours{{From: "09:00", To: "17:00"}},
		Booking:     hall.BookingRules{MaxDaysAhead: 5, PerPersonDay: 1, EarlyMinutes: 30, LateMinutes: 15, Slots: []string{"11:00"}, SlotMinutes: 60},
		Departments: []hall.Department{{ID: "civil", Name: hall.Names{"zh-Hans": "民政"}}, {ID: "police", Name: hall.Names{"zh-Hans": "公安"}}},
		Queue:       hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 50},
	}})
	for i, role := range []string{"kiosk", "counter", "display", "manager"} {
		c.own(hall.EnrolTerminal, role+"-1", hall.EnrolTerminalBody{Role: role, Letter: string(rune('K' + i))})
	}
	c.own(hall.EnrolTerminal, "station-1", hall.EnrolTerminalBody{Role: "station"})
	c.own(hall.EnrolTerminal, "station-civil-1", hall.EnrolTerminalBody{Role: "station", Department: "civil"})
	return c
}

func (c *centre) own(kind hall.Kind, entity string, body any) {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	v, err := c.w.Propose(c.t.Context(), hall.Op{ID: hall.OpID(string(kind) + "-" + entity), Kind: kind, Hall: hallCode, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: b})
	if err != nil || v.Status != hall.Applied {
		c.t.Fatalf("%s %s: %+v %v", kind, entity, v, err)
	}
}

// call does a request and decodes the answer into out; it returns the status.
func (c *centre) call(method, path, token string, in, out any) int {
	c.t.Helper()
	var body io.Reader
	switch v := in.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(v)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			c.t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if out != nil {
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			c.t.Fatalf("%s %s: %d: %v", method, path, resp.StatusCode, err)
		}
	}
	if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "" {
		c.t.Errorf("%s %s: busy without Retry-After", method, path)
	}
	return resp.StatusCode
}

func envelope(t *testing.T, terminal string, seq int64, prev string, op hall.Op) sync.Envelope {
	t.Helper()
	b, err := json.Marshal(op)
	if err != nil {
		t.Fatal(err)
	}
	return sync.Envelope{Terminal: terminal, Incarnation: "i", Lane: hallLane, Seq: seq, PrevHash: prev, Body: b, Hash: sync.EnvelopeHash(terminal, "i", hallLane, seq, prev, b)}
}

func leaseOp(terminal, id string) hall.Op {
	return hall.Op{
		ID: hall.OpID(id), Kind: hall.LeaseNumbers, Schema: 1, Lane: hallLane, Hall: hallCode, Entity: "AK/" + today, Terminal: terminal,
		Actor: hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice}, Stamp: hall.Stamp{At: noon, Trust: hall.TrustSynced},
		Body: json.RawMessage(`{"series":"AK/` + today + `","group":"g","day":"` + today + `","count":5,"offline":true}`),
	}
}

func TestHello(t *testing.T) {
	c := newCentre(t)
	for _, want := range []struct {
		token string
		feeds []hall.Feed
		key   bool
	}{
		{"kiosk-1", []hall.Feed{hall.FeedQueue, hall.FeedCheckIn}, true},
		{"counter-1", []hall.Feed{hall.FeedQueue, hall.FeedCheckIn, hall.FeedCase, "custody/civil", "custody/police", "custody/-"}, true},
		{"display-1", []hall.Feed{hall.FeedQueue}, false},
		{"manager-1", []hall.Feed{hall.FeedQueue}, false},
	} {
		var r sync.HelloReply
		if got := c.call("POST", "/sync/v1/hello", want.token, sync.Hello{Terminal: want.token, Incarnation: "i"}, &r); got != 200 {
			t.Fatalf("%s: %d", want.token, got)
		}
		if !r.ServerTime.Equal(noon) || r.Hall != hallCode || r.Terminal.ID != want.token || r.Epoch != 1 || len(r.Lanes) != 2 ||
			fmt.Sprint(r.Lanes[1].Feeds) != fmt.Sprint(want.feeds) || r.SealKeyID != seal.KeyID(r.SealKey) {
			t.Errorf("%s: %+v", want.token, r)
		}
		if (len(r.LookupKey) > 0) != want.key {
			t.Errorf("%s: look-up key given: %v", want.token, len(r.LookupKey) > 0)
		}
		if want.key && (r.LookupDay != today || !bytes.Equal(r.LookupKey, seal.DayKey(c.w.Keys().Lookup, hallCode, today))) {
			t.Errorf("%s: look-up key of %s", want.token, r.LookupDay)
		}
	}
	var r sync.HelloReply
	if got := c.call("POST", "/sync/v1/hello", "kiosk-1", sync.Hello{Terminal: "kiosk-1", Day: "2026-03-03"}, &r); got != 200 || r.LookupDay != "2026-03-03" {
		t.Errorf("tomorrow: %d %s", got, r.LookupDay)
	}
}

func TestDefaultDeny(t *testing.T) {
	c := newCentre(t)
	lease := func(terminal string) sync.Push {
		return sync.Push{Terminal: terminal, Incarnation: "i", Lane: hallLane, Ops: []sync.Envelope{envelope(t, terminal, 1, "", leaseOp(terminal, "o"))}}
	}
	shared := lease("kiosk-1")
	shared.Lane = sync.SharedLane
	unknown := func(p sync.Push, before string) []byte { // the push with one field more
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Replace(raw, []byte(before), []byte(`"colour":"red",`+before), 1)
	}
	head, _, err := c.w.Head(t.Context(), hallLane)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]struct {
		method, path, token string
		in                  any
		status              int
		code                string
	}{
		"no token":         {"GET", "/sync/v1/rows?lane=shared&feed=catalogue", "", nil, 401, sync.ProblemAuth},
		"unknown token":    {"GET", "/sync/v1/rows?lane=shared&feed=catalogue", "nobody", nil, 401, sync.ProblemAuth},
		"auth is down":     {"GET", "/sync/v1/rows?lane=shared&feed=catalogue", "broken", nil, 503, sync.ProblemBusy},
		"hello as other":   {"POST", "/sync/v1/hello", "kiosk-1", sync.Hello{Terminal: "kiosk-2"}, 403, sync.ProblemAuth},
		"not enrolled":     {"POST", "/sync/v1/hello", "kiosk-9", sync.Hello{Terminal: "kiosk-9"}, 403, sync.ProblemAuth},
		"key of any day":   {"POST", "/sync/v1/hello", "kiosk-1", sync.Hello{Terminal: "kiosk-1", Day: "2026-04-01"}, 403, sync.ProblemAuth},
		"push as other":    {"POST", "/sync/v1/ops", "kiosk-1", lease("counter-1"), 403, sync.ProblemAuth},
		"push to shared":   {"POST", "/sync/v1/ops", "kiosk-1", shared, 403, sync.ProblemAuth},
		"other hall":       {"GET", "/sync/v1/rows?lane=hall/11010001&feed=queue", "kiosk-1", nil, 403, sync.ProblemAuth},
		"feed of centre":   {"GET", "/sync/v1/rows?lane=" + hallLane + "&feed=lease", "kiosk-1", nil, 403, sync.ProblemAuth},
		"check-in at show": {"GET", "/sync/v1/rows?lane=" + hallLane + "&feed=checkin", "display-1", nil, 403, sync.ProblemAuth},
		"other role":       {"GET", "/sync/v1/rows?lane=" + hallLane + "&feed=queue", "station-1", nil, 403, sync.ProblemAuth},
		"snapshot of":      {"GET", "/sync/v1/snapshot?lane=" + hallLane + "&feed=rating", "kiosk-1", nil, 403, sync.ProblemAuth},
		"wake of other":    {"GET", "/sync/v1/wake?lane=hall/11010001", "kiosk-1", nil, 403, sync.ProblemAuth},
		"wake of none":     {"GET", "/sync/v1/wake", "kiosk-1", nil, 400, sync.ProblemInvalid},
		"no feed":          {"GET", "/sync/v1/rows?lane=" + hallLane, "kiosk-1", nil, 400, sync.ProblemInvalid},
		"no snapshot feed": {"GET", "/sync/v1/snapshot?lane=" + hallLane, "kiosk-1", nil, 400, sync.ProblemInvalid},
		"bad cursor":       {"GET", "/sync/v1/rows?lane=" + hallLane + "&feed=queue&after=x", "kiosk-1", nil, 400, sync.ProblemInvalid},
		"negative":         {"GET", "/sync/v1/rows?lane=" + hallLane + "&feed=queue&after=-1", "kiosk-1", nil, 400, sync.ProblemInvalid},
		"ahead":            {"GET", "/sync/v1/rows?lane=" + hallLane + "&feed=queue&epoch=1&after=99", "kiosk-1", nil, 409, sync.ProblemRewind},
		"status as other":  {"POST", "/sync/v1/status", "kiosk-1", sync.TerminalStatus{Terminal: "kiosk-2"}, 403, sync.ProblemAuth},
		"garbage":          {"POST", "/sync/v1/ops", "kiosk-1", []byte("{\x00"), 400, sync.ProblemInvalid},
		"unknown field":    {"POST", "/sync/v1/ops", "kiosk-1", unknown(lease("kiosk-1"), `"lane":`), 400, sync.ProblemInvalid},
		"unknown inside":   {"POST", "/sync/v1/ops", "kiosk-1", unknown(lease("kiosk-1"), `"seq":`), 400, sync.ProblemInvalid},
		"unknown in hello": {"POST", "/sync/v1/hello", "kiosk-1", []byte(`{"terminal":"kiosk-1","colour":"red"}`), 400, sync.ProblemInvalid},
		"unknown status":   {"POST", "/sync/v1/status", "kiosk-1", []byte(`{"terminal":"kiosk-1","colour":"red"}`), 400, sync.ProblemInvalid},
		"half a batch":     {"POST", "/sync/v1/ops", "kiosk-1", unknown(lease("kiosk-1"), "nowhere")[:200], 400, sync.ProblemInvalid},
		"two values":       {"POST", "/sync/v1/hello", "kiosk-1", []byte(`{}{}`), 400, sync.ProblemInvalid},
		"too large":        {"POST", "/sync/v1/status", "kiosk-1", make([]byte, maxStatus+1), 413, sync.ProblemInvalid},
		"no address":       {"GET", "/sync/v1/none", "kiosk-1", nil, 404, sync.ProblemInvalid},
		"no method":        {"DELETE", "/sync/v1/ops", "kiosk-1", nil, 404, sync.ProblemInvalid},
	} {
		var p sync.Problem
		if got := c.call(r.method, r.path, r.token, r.in, &p); got != r.status || p.Code != r.code || p.Message == "" || p.Hint == "" {
			t.Errorf("%s: %d %+v, want %d %s", name, got, p, r.status, r.code)
		}
	}
	if len(c.status) != 0 {
		t.Error("a status was taken that should not be")
	}
	if row, _, err := c.w.Head(t.Context(), hallLane); err != nil || row != head {
		t.Errorf("something of them was taken: row %d, before %d, %v", row, head, err)
	}
}

func TestPushAndFollow(t *testing.T) {
	c := newCentre(t)
	lease := envelope(t, "kiosk-1", 1, "", leaseOp("kiosk-1", "lease-1"))
	push := sync.Push{Terminal: "kiosk-1", Incarnation: "i", Lane: hallLane, Ops: []sync.Envelope{lease}}
	var first, again sync.PushReply
	if got := c.call("POST", "/sync/v1/ops", "kiosk-1", push, &first); got != 200 || first.Problem != nil || first.Verdicts[0].Status != hall.Applied {
		t.Fatalf("%d %+v", got, first)
	}
	c.call("POST", "/sync/v1/ops", "kiosk-1", push, &again)
	if fmt.Sprintf("%+v", first) != fmt.Sprintf("%+v", again) {
		t.Errorf("again %+v, first %+v", again, first)
	}
	push.Ops = []sync.Envelope{envelope(t, "kiosk-1", 3, "x", leaseOp("kiosk-1", "lease-3"))}
	var gap sync.PushReply
	if got := c.call("POST", "/sync/v1/ops", "kiosk-1", push, &gap); got != 200 || gap.Problem == nil || gap.Problem.Code != sync.ProblemGap || gap.Problem.ResendFrom != 2 {
		t.Errorf("gap: %d %+v", got, gap.Problem)
	}

	ticket := leaseOp("kiosk-1", "take-1")
	ticket.Kind, ticket.Entity, ticket.Actor = hall.TakeTicket, "t1", hall.Actor{Kind: hall.ActorCitizen}
	ticket.Body = json.RawMessage(`{"number":"AK001","lease":"lease-1","seq":1,"day":"` + today + `","group":"g","class":"ordinary","offline":true}`)
	push.Ops = []sync.Envelope{envelope(t, "kiosk-1", 2, lease.Hash, ticket)}
	var reply sync.PushReply
	if c.call("POST", "/sync/v1/ops", "kiosk-1", push, &reply); reply.Problem != nil || reply.Verdicts[0].Status != hall.Applied {
		t.Fatalf("%+v", reply)
	}
	var page sync.Page
	if got := c.call("GET", "/sync/v1/rows?lane="+hallLane+"&feed=queue&limit=10", "display-1", nil, &page); got != 200 || len(page.Rows) != 1 || page.To != reply.Verdicts[0].Row {
		t.Fatalf("%d %+v", got, page)
	}
	r := page.Rows[0]
	if sync.RowHash(r) != r.Hash || r.ID != "t1" {
		t.Errorf("row %+v", r)
	}
	path := fmt.Sprintf("/sync/v1/rows?lane=%s&feed=queue&epoch=%d&after=%d&hash=%s", hallLane, page.Epoch, page.To, r.Hash)
	var next sync.Page
	if got := c.call("GET", path, "display-1", nil, &next); got != 200 || len(next.Rows) != 0 || next.More {
		t.Errorf("%d %+v", got, next)
	}
	var snap sync.Snapshot
	if got := c.call("GET", "/sync/v1/snapshot?lane="+hallLane+"&feed=queue", "display-1", nil, &snap); got != 200 || len(snap.Entities) != 1 || snap.Hash != r.Hash {
		t.Errorf("%d %+v", got, snap)
	}

	// The session is asked for with the terminal that the staff member sits at.
	for i, session := range []string{"live@counter-1", "live@counter-2"} {
		op := leaseOp("counter-1", fmt.Sprint("open-", i))
		op.Kind, op.Entity, op.Body = hall.OpenWindow, "1", json.RawMessage(`{}`)
		op.Actor = hall.Actor{Kind: hall.ActorStaff, ID: "s1", Role: hall.RoleClerk, Session: session}
		e := envelope(t, "counter-1", 1, "", op)
		e.Incarnation = fmt.Sprint("i", i)
		e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
		var reply sync.PushReply
		c.call("POST", "/sync/v1/ops", "counter-1", sync.Push{Terminal: "counter-1", Incarnation: e.Incarnation, Lane: hallLane, Ops: []sync.Envelope{e}}, &reply)
		if len(reply.Verdicts) != 1 || (reply.Verdicts[0].Reason.Code == "session_ended") != (i == 1) {
			t.Errorf("session %s: %+v", session, reply)
		}
	}
	status := sync.TerminalStatus{Terminal: "kiosk-1", Outbox: 3}
	if got := c.call("POST", "/sync/v1/status", "kiosk-1", status, nil); got != 204 || len(c.status) != 1 || c.status[0].Outbox != 3 {
		t.Errorf("status: %d %+v", got, c.status)
	}
}
