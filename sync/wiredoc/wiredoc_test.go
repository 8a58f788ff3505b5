package wiredoc_test

import (
	"context"
	"crypto/ecdh"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/server"
	"hallway/sync/writer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	code = "37010001"
	lane = "hall/" + code
	day  = "2026-03-02"
)

// page is the text of the documentation, without the comment signs.
func page(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.ReplaceAll(string(raw), "\n// ", "\n"), "\n//", "\n")
}

// start serves a hall, and makes lines to it.
func start(t *testing.T) (*writer.Writer, func(terminal string) *line) {
	t.Helper()
	keys, err := writer.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 3, 2, 10, 0, 0, 0, hall.Zone)
	w, err := writer.Open(t.Context(), writer.Options{DSN: "sqlite:" + t.TempDir() + "/c.db", Keys: keys, Clock: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	srv := httptest.NewServer(server.Handler(server.Options{Writer: w, Done: done,
		Auth: func(_ context.Context, token string) (server.Principal, bool, error) {
			role, _, ok := strings.Cut(token, "-")
			return server.Principal{Terminal: token, Role: role, Hall: code}, ok, nil
		}}))
	t.Cleanup(func() {
		close(done)
		srv.CloseClientConnections()
		srv.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	own(t, w, hall.PublishCatalogue, code, hall.PublishCatalogueBody{Catalogue: hall.Catalogue{
		Version: "1", Code: code, Area: "370100", Name: hall.Names{"zh-Hans": "厅"},
		Groups:  []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5}},
		Windows: []hall.WindowDef{{ID: "1", Name: hall.Names{"zh-Hans": "1号"}, Groups: []string{"g"}}},
		Staff:   []hall.Staff{{ID: "s1", Name: "员工", Roles: []hall.Role{hall.RoleClerk}}},
		Hours:   []hall.OpenHours{{From: "09:00", To: "17:00"}},
		Booking: hall.BookingRules{MaxDaysAhead: 5, PerPersonDay: 1, EarlyMinutes: 30, LateMinutes: 15, Slots: []string{"11:00"}, SlotMinutes: 60},
		Queue:   hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 50},
	}})
	for _, id := range []string{"kiosk-1", "kiosk-2", "display-1"} {
		own(t, w, hall.EnrolTerminal, id, hall.EnrolTerminalBody{Role: strings.TrimSuffix(id, id[len(id)-2:]), Letter: map[string]string{"kiosk-1": "K", "kiosk-2": "L"}[id]})
	}
	return w, func(terminal string) *line {
		return &line{base: srv.URL, token: terminal, terminal: terminal, incarnation: "i1", http: srv.Client()}
	}
}

func own(t *testing.T, w *writer.Writer, kind hall.Kind, entity string, body any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	v, err := w.Propose(t.Context(), hall.Op{ID: hall.OpID(string(kind) + "-" + entity), Kind: kind, Hall: code, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: b})
	if err != nil || v.Status != hall.Applied {
		t.Fatalf("%s %s: %+v %v", kind, entity, v, err)
	}
}

// public is the key of a private one.
func public(t *testing.T, private []byte) []byte {
	t.Helper()
	k, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return k.PublicKey().Bytes()
}

// lease is an operation that a kiosk may do, as bytes.
func lease(terminal, id string) string {
	series := map[string]string{"kiosk-1": "AK/", "kiosk-2": "AL/"}[terminal] + day
	return fmt.Sprintf(`{"op_id":%q,"kind":"lease_numbers","schema":1,"lane":%q,"hall":%q,"entity":%q,"actor":{"kind":"device","role":"device"},`+
		`"terminal":%q,"stamp":{"at":"2026-03-02T02:00:00Z","bound_ms":0,"trust":"synced"},"body":{"series":%q,"group":"g","day":%q,"count":5,"offline":true}}`,
		id, lane, code, series, terminal, series, day)
}

// TestVectors: the page's hashes are what its formulas give, and the program's.
func TestVectors(t *testing.T) {
	text := page(t)
	h1 := envelopeHash("kiosk-1", "i1", lane, 1, "", `{"op_id":"o1"}`)
	h2 := envelopeHash("kiosk-1", "i1", lane, 2, h1, `{"op_id":"o1"}`)
	r := row{Lane: lane, Row: 7, Feed: "queue", Event: "ticket.issued", Kind: "ticket", ID: "t1", Value: json.RawMessage(`{"n":1}`), OpID: "o1",
		At: time.Date(2026, 3, 2, 1, 2, 3, 456789000, time.UTC), Epoch: 2}
	r1 := r.sum()
	gone := r
	gone.Row, gone.Value, gone.PrevHash = 9, json.RawMessage("null"), r1
	one := map[entity]string{{"ticket", "t1"}: `{"n":1}`}
	two := map[entity]string{{"ticket", "t1"}: `{"n":1}`, {"ticket", "t2"}: `{"n":2}`}
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	for name, v := range map[string]string{
		"seq 1": h1, "seq 2": h2, "row": r1, "row that is gone": gone.sum(), "one entity": stateSum(one), "two entities": stateSum(two),
		"info": hex.EncodeToString(s4("hallway/op/1", "o1", "rate")), "look-up": lookup(key, "phone", "13800000000", "123456"),
		"key id": sha(public(t, key))[:16], "place": strconv.Itoa((2-1)<<30 + 7),
	} {
		if !strings.Contains(text, v) {
			t.Errorf("the page does not have %s: %s", name, v)
		}
	}
	if got := sync.EnvelopeHash("kiosk-1", "i1", lane, 2, h1, []byte(`{"op_id":"o1"}`)); got != h2 {
		t.Errorf("the program's envelope: %s", got)
	}
	if got := sync.RowHash(sync.Row{Lane: lane, Row: 7, Feed: "queue", Event: "ticket.issued", Kind: "ticket", ID: "t1", Value: r.Value, OpID: "o1", At: r.At, Epoch: 2}); got != r1 {
		t.Errorf("the program's row: %s", got)
	}
}

// TestAnotherClient speaks with a centre as the page says.
func TestAnotherClient(t *testing.T) {
	_, dial := start(t)
	k := dial("kiosk-1")
	next, end, err := k.listen(lane)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	if name, data, err := next(); err != nil || name != "wake" || !strings.Contains(data, lane) {
		t.Fatal(name, data, err)
	}
	var hello struct {
		Hall      string `json:"hall"`
		SealKey   []byte `json:"seal_key"`
		SealKeyID string `json:"seal_key_id"`
		Lanes     []struct {
			Lane  string   `json:"lane"`
			Feeds []string `json:"feeds"`
		} `json:"lanes"`
	}
	if err := k.ask("POST", "hello", nil, obj{"terminal": "kiosk-1", "incarnation": "i1", "version": "another"}, &hello); err != nil || hello.Hall != code {
		t.Fatal(hello, err)
	}
	if !k.packed || sha(hello.SealKey)[:16] != hello.SealKeyID {
		t.Errorf("packed %v, key %s", k.packed, hello.SealKeyID)
	}
	ops := k.chain(lane, lease("kiosk-1", "l1"), lease("kiosk-1", "l2"), `{"op_id":"odd"}`, lease("kiosk-1", "l3"))
	first, err := k.push(lane, ops, nil)
	if err != nil || first.Problem != nil || len(first.Verdicts) != 4 {
		t.Fatalf("%+v %v", first, err)
	}
	for i, v := range first.Verdicts {
		want := "applied"
		if i == 2 {
			want = "rejected"
		}
		if v.Seq != int64(i+1) || v.Status != want || v.MAC == "" {
			t.Errorf("%+v", v)
		}
	}
	again, err := k.push(lane, ops, nil)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("the same bytes again: %+v %v", again, err)
	}
	if name, data, err := next(); err != nil || name != "wake" || !strings.Contains(data, lane) {
		t.Error(name, data, err)
	}
	sequence(t, dial)
	for _, lf := range hello.Lanes {
		for _, feed := range lf.Feeds {
			f, s := follow(lf.Lane, feed), follow(lf.Lane, feed)
			for more := true; more; {
				if more, err = f.pull(k, "2"); err != nil {
					t.Fatalf("%s %s: %v", lf.Lane, feed, err)
				}
			}
			if err := s.snapshot(k); err != nil || s.row != f.row || s.hash != f.hash || fmt.Sprint(s.state) != fmt.Sprint(f.state) {
				t.Errorf("%s %s: the snapshot is another: %v", lf.Lane, feed, err)
			}
			if _, err := s.pull(k, "10"); err != nil {
				t.Errorf("behind a snapshot: %v", err)
			}
		}
	}
}

// sequence: GAP, HOLE and FORK.
func sequence(t *testing.T, dial func(string) *line) {
	t.Helper()
	k := dial("kiosk-2")
	ops := k.chain(lane, lease("kiosk-2", "m1"), lease("kiosk-2", "m2"), lease("kiosk-2", "m3"))
	out, err := k.push(lane, ops[2:], nil)
	if err != nil || out.Problem == nil || out.Problem.Code != "GAP" || out.Problem.ResendFrom != 1 {
		t.Fatalf("GAP: %+v %v", out, err)
	}
	if out, err = k.push(lane, ops[2:], obj{"hole_from": 1}); err != nil || out.Problem != nil || len(out.Verdicts) != 1 {
		t.Fatalf("HOLE: %+v %v", out, err)
	}
	other := k.chain(lane, lease("kiosk-2", "n1"), lease("kiosk-2", "n2"), lease("kiosk-2", "n3"))
	if out, err = k.push(lane, other[2:], nil); err != nil || out.Problem == nil || out.Problem.Code != "FORK" {
		t.Fatalf("FORK: %+v %v", out, err)
	}
	k.incarnation = "i2"
	if out, err = k.push(lane, k.chain(lane, lease("kiosk-2", "m3"), lease("kiosk-2", "n1")), nil); err != nil || out.Problem != nil || len(out.Verdicts) != 2 {
		t.Fatalf("a new incarnation: %+v %v", out, err)
	}
}

// TestStateIsCompared: every 1,000 rows the page ends with a hash of the state
// that this client finds too.
func TestStateIsCompared(t *testing.T) {
	w, dial := start(t)
	for i := range 1000 {
		own(t, w, hall.EnrolTerminal, fmt.Sprint("display-x", i), hall.EnrolTerminalBody{Role: "display"})
	}
	k, f := dial("kiosk-1"), follow("shared", "catalogue")
	for more := true; more; {
		var err error
		if more, err = f.pull(k, "300"); err != nil {
			t.Fatal(err)
		}
	}
	if f.compared != 1 || len(f.state) < 1000 {
		t.Errorf("%d hashes over %d entities", f.compared, len(f.state))
	}
	rewind := follow("shared", "catalogue")
	rewind.epoch, rewind.row, rewind.hash = f.epoch, f.row+5, f.hash
	var p *problem
	if _, err := rewind.pull(k, "1"); !errors.As(err, &p) || p.Code != "REWIND" || p.Status != 409 {
		t.Errorf("a follower that is ahead: %v", err)
	}
}

// TestErrorsOfThePage: codes and statuses as the table says.
func TestErrorsOfThePage(t *testing.T) {
	_, dial := start(t)
	k, d, nobody := dial("kiosk-1"), dial("display-1"), dial("x")
	nobody.token = "nobody"
	for _, one := range []struct {
		name, method, path string
		l                  *line
		q                  url.Values
		in                 any
		status             int
		code               string
	}{
		{"unknown token", "POST", "hello", nobody, nil, obj{}, 401, "AUTH"},
		{"another's name", "POST", "hello", k, nil, obj{"terminal": "kiosk-2"}, 403, "AUTH"},
		{"unknown field", "POST", "hello", k, nil, obj{"terminal": "kiosk-1", "new": 1}, 400, "INVALID"},
		{"unknown field of a push", "POST", "ops", k, nil, obj{"terminal": "kiosk-1", "new": 1}, 400, "INVALID"},
		{"unknown field of a status", "POST", "status", k, nil, obj{"terminal": "kiosk-1", "new": 1}, 400, "INVALID"},
		{"unknown field of held", "POST", "held", k, nil, obj{"terminal": "kiosk-1", "new": 1}, 400, "INVALID"},
		{"another lane", "POST", "ops", k, nil, obj{"terminal": "kiosk-1", "incarnation": "i1", "lane": "hall/9", "ops": []obj{}}, 403, "AUTH"},
		{"no operations", "POST", "ops", k, nil, obj{"terminal": "kiosk-1", "incarnation": "i1", "lane": lane, "ops": []obj{}}, 400, "INVALID"},
		{"half a body", "POST", "ops", k, nil, []byte(`{"terminal":"kiosk-1","ops":[`), 400, "INVALID"},
		{"two bodies", "POST", "ops", k, nil, []byte(`{}{}`), 400, "INVALID"},
		{"no such address", "GET", "nowhere", k, nil, nil, 404, "INVALID"},
		{"a feed of others", "GET", "rows", d, url.Values{"lane": {lane}, "feed": {"case"}}, nil, 403, "AUTH"},
		{"no feed", "GET", "rows", d, url.Values{"lane": {lane}}, nil, 400, "INVALID"},
		{"an unknown piece", "GET", "chunk/" + strings.Repeat("0", 64), d, url.Values{"lane": {"shared"}, "feed": {"catalogue"}}, nil, 410, "GONE"},
		{"a push too long", "POST", "ops", k, nil, []byte(strings.Repeat(" ", writer.MaxBytes+1)), 413, "INVALID"},
		{"a hello too long", "POST", "hello", k, nil, []byte(strings.Repeat(" ", 16384+1)), 413, "INVALID"},
		{"a status too long", "POST", "status", k, nil, []byte(strings.Repeat(" ", 262144+1)), 413, "INVALID"},
		{"held too long", "POST", "held", k, nil, []byte(strings.Repeat(" ", 4194304+1)), 413, "INVALID"},
	} {
		for _, packed := range []bool{false, true} { // also what is a bomb then
			one.l.packed = packed
			var p *problem
			if _, err := one.l.do(one.method, one.path, one.q, one.in); !errors.As(err, &p) || p.Status != one.status || p.Code != one.code || p.Message == "" || p.Hint == "" {
				t.Errorf("%s (packed %v): %v", one.name, packed, err)
			}
		}
	}
	if out, err := k.push(lane, k.chain(lane, lease("kiosk-1", "after")), nil); err != nil || len(out.Verdicts) != 1 || out.Verdicts[0].Seq != 1 {
		t.Errorf("something of what was refused was taken: %+v %v", out, err)
	}
}

// TestThePageIsWhole: every route, code, field and limit of the program is in it.
func TestThePageIsWhole(t *testing.T) {
	text := page(t)
	files := token.NewFileSet()
	for _, f := range []string{"../server/server.go", "../server/files.go"} {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"([A-Z]+) +(/sync/v1/[^"]+)":`).FindAllStringSubmatch(string(raw), -1) {
			if !regexp.MustCompile(`(?m)^\t` + m[1] + ` +` + regexp.QuoteMeta(m[2]) + `\s`).MatchString(text) {
				t.Errorf("no route %s %s", m[1], m[2])
			}
		}
	}
	codes := 0
	for _, f := range []string{"../wire.go", "../upload.go"} {
		tree, err := parser.ParseFile(files, f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 || !strings.HasPrefix(v.Names[0].Name, "Problem") || strings.HasPrefix(v.Names[0].Name, "ProblemCentre") {
				return true
			}
			code, _ := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value) // a text of the source
			codes++
			if !regexp.MustCompile(`(?m)^\t` + code + ` `).MatchString(text) {
				t.Errorf("no code %s", code)
			}
			return true
		})
	}
	if codes < 15 {
		t.Errorf("%d codes were found", codes)
	}
	seen := map[reflect.Type]bool{}
	for _, v := range []any{sync.Hello{}, sync.HelloReply{}, sync.Push{}, sync.PushReply{}, sync.Problem{}, sync.Page{}, sync.Snapshot{}, sync.Manifest{},
		sync.Commit{}, sync.Wake{}, sync.Heads{}, sync.TerminalStatus{}, sync.Held{}, sync.HeldReply{}, hall.Op{}} {
		fields(t, text, reflect.TypeOf(v), seen)
	}
	for name, v := range map[string]int{"push.ops": writer.MaxOps, "push.bytes": writer.MaxBytes, "rows.limit": writer.MaxRows, "chunk.open": sync.MaxChunk,
		"file.piece": sync.FileChunk, "ride.rows": sync.MaxRide} {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^\t%s %d\b`, regexp.QuoteMeta(name), v)).MatchString(text) {
			t.Errorf("the limit %s is %d", name, v)
		}
	}
}

// fields wants the name of each field of a wire type in the text.
func fields(t *testing.T, text string, of reflect.Type, seen map[reflect.Type]bool) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || seen[of] || of == reflect.TypeFor[time.Time]() || of == reflect.TypeFor[hall.Terminal]() {
		return
	}
	seen[of] = true
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !regexp.MustCompile(`(?m)(^|[^a-z_])` + regexp.QuoteMeta(name) + `($|[^a-z_])`).MatchString(text) {
			t.Errorf("no word of %s of %s", name, of)
		}
		fields(t, text, f.Type, seen)
	}
}
