package central

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
	"regexp"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const demoHall = "../../build/demo/hall"

// monday is a working day of the demo hall; the 18th of May 2026.
var monday = time.Date(2026, 5, 18, 9, 5, 0, 0, hall.Zone)

// testClock is a machine's clock that a test can put forward.
type testClock struct {
	mu    gosync.Mutex
	base  time.Time
	began time.Time
}

func newTestClock(at time.Time) *testClock { return &testClock{base: at, began: time.Now()} }

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Since(c.began))
}

func (c *testClock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = c.base.Add(d)
}

// bed is a whole centre with its address.
type bed struct {
	t     testing.TB
	cfg   Config
	clock *testClock
	logs  *bytes.Buffer
	c     *Centre
	srv   *httptest.Server
}

const testPassword = "Only-for-tests-1"

// testHash is made once: hashing is slow on purpose.
var testHash = gosync.OnceValue(func() string {
	hash, err := hashPassword(testPassword)
	if err != nil {
		panic(err)
	}
	return hash
})

// newBed starts a centre over a fresh folder; inside TestOnPostgres over an
// empty PostgreSQL database.
func newBed(t testing.TB, change ...func(*Config)) *bed {
	t.Helper()
	dir := t.TempDir()
	hallDir, err := filepath.Abs(demoHall)
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{t: t, clock: newTestClock(monday), logs: &bytes.Buffer{}}
	b.cfg = Config{
		Version: 1, Listen: "127.0.0.1:0", Database: "sqlite:" + filepath.Join(dir, "central.db"),
		Keys: filepath.Join(dir, "keys"), HallFiles: hallDir,
		Terminals: []TerminalConfig{
			{ID: "kiosk-1", Role: "kiosk", Letter: "K", TokenSHA256: tokenHash("token-kiosk-1")},
			{ID: "counter-1", Role: "counter", Letter: "P", Window: "1", TokenSHA256: tokenHash("token-counter-1")},
			{ID: "counter-2", Role: "counter", Letter: "Q", Window: "2", TokenSHA256: tokenHash("token-counter-2")},
			{ID: "counter-3", Role: "counter", Letter: "R", Window: "1", TokenSHA256: tokenHash("token-counter-3")},
			{ID: "display-1", Role: "display", TokenSHA256: tokenHash("token-display-1")},
		},
	}
	if strings.HasPrefix(t.Name(), "TestOnPostgres/") {
		b.cfg.Database = postgresOf(t)
	}
	b.cfg.Sessions.fill()
	for _, f := range change {
		f(&b.cfg)
	}
	b.open()
	for _, id := range []string{"1001", "1002", "1003", "9001", "9002", "9003"} {
		if _, err := b.c.store.db.ExecContext(t.Context(), `INSERT INTO central_credential (staff, hash, failures, locked_until, changed_at) VALUES ($1, $2, 0, 0, 0)`,
			id, testHash()); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(b.close)
	return b
}

func (b *bed) open() {
	b.t.Helper()
	c, err := Open(context.Background(), Options{Config: b.cfg, Real: b.clock.now, Logger: NewLogger(b.logs, slog.LevelDebug)})
	if err != nil {
		b.t.Fatal(err)
	}
	b.c, b.srv = c, httptest.NewServer(c.Handler())
}

func (b *bed) close() {
	if b.c == nil {
		return
	}
	b.c.stop()
	b.srv.CloseClientConnections()
	b.srv.Close()
	if err := b.c.Close(); err != nil {
		b.t.Error(err)
	}
	b.c = nil
}

// restart stops the centre and starts it over the same folder.
func (b *bed) restart() {
	b.close()
	b.open()
}

// call does one request; headers are name, value, name, value …
func (b *bed) call(method, path string, in any, headers ...string) (int, []byte) {
	b.t.Helper()
	var body io.Reader
	switch v := in.(type) {
	case nil:
	case string:
		body = strings.NewReader(v)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			b.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.srv.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: b.srv.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, raw
}

// want calls and checks the status; the answer goes into out.
func (b *bed) want(status int, method, path string, in, out any, headers ...string) {
	b.t.Helper()
	got, raw := b.call(method, path, in, headers...)
	if got != status {
		b.t.Fatalf("%s %s: %d %s, want %d", method, path, got, raw, status)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			b.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
}

// refused calls and checks the code of the refusal.
func (b *bed) refused(status int, code, method, path string, in any, headers ...string) Problem {
	b.t.Helper()
	var p Problem
	b.want(status, method, path, in, &p, headers...)
	if p.Code != code || p.Status != status {
		b.t.Fatalf("%s %s: %+v, want %d %s", method, path, p, status, code)
	}
	return p
}

// signIn gives a session; terminal "" is a page of the centre.
func (b *bed) signIn(staff, terminal string) Session {
	b.t.Helper()
	var s Session
	in := SignIn{Staff: staff, Password: testPassword, Terminal: terminal}
	if terminal == "" {
		b.want(200, "POST", "/central/v1/sessions", in, &s)
	} else {
		b.want(200, "POST", "/central/v1/sessions", in, &s, "Authorization", "Bearer token-"+terminal)
	}
	return s
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// person is a synthetic person.
type person struct{ name, number, phone string }

var (
	personA = person{"测试甲乙", "370102199002280011", "13800138000"}
	personB = person{"测试丙", "11010519491231002X", "13900139000"}
)

func request(p person, item, day, slot, key string) BookingRequest {
	return BookingRequest{Item: item, Day: day, Slot: slot, Name: p.name, DocKind: "111", DocNo: p.number, Phone: p.phone, Key: key}
}

func key(n int) string { return fmt.Sprintf("test-key-%016d", n) }

// term pushes operations as a terminal.
type term struct {
	b    *bed
	id   string
	seq  int64
	prev string
	n    int
}

// do pushes one operation and wants it applied.
func (d *term) do(kind hall.Kind, entity string, actor hall.Actor, body any) sync.Verdict {
	d.b.t.Helper()
	v := d.try(kind, entity, actor, body)
	if v.Status != hall.Applied {
		d.b.t.Fatalf("%s of %s: %+v", kind, entity, v)
	}
	return v
}

// try pushes one operation.
func (d *term) try(kind hall.Kind, entity string, actor hall.Actor, body any) sync.Verdict {
	d.b.t.Helper()
	return d.trySealed(kind, entity, actor, body, nil)
}

// trySealed pushes one operation with what only the centre can open.
func (d *term) trySealed(kind hall.Kind, entity string, actor hall.Actor, body any, sealed func(hall.OpID) []byte) sync.Verdict {
	d.b.t.Helper()
	return d.push(d.batch(kind, entity, actor, body, sealed))
}

// batch is one operation as it is pushed next.
func (d *term) batch(kind hall.Kind, entity string, actor hall.Actor, body any, sealed func(hall.OpID) []byte) sync.Push {
	d.b.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		d.b.t.Fatal(err)
	}
	d.n++
	d.seq++
	lane := sync.HallLane("37010001")
	one := hall.Op{ID: hall.OpID(fmt.Sprintf("%s-op-%d", d.id, d.n)), Kind: kind, Schema: 1, Lane: lane, Hall: "37010001", Entity: entity,
		Actor: actor, Terminal: d.id, Stamp: hall.Stamp{At: d.b.c.now(), Trust: hall.TrustSynced}, Body: raw}
	if sealed != nil {
		one.Sealed = sealed(one.ID)
	}
	op, err := json.Marshal(one)
	if err != nil {
		d.b.t.Fatal(err)
	}
	e := sync.Envelope{Terminal: d.id, Incarnation: "i1", Lane: lane, Seq: d.seq, PrevHash: d.prev, Body: op}
	e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
	d.prev = e.Hash
	return sync.Push{Terminal: d.id, Incarnation: "i1", Lane: lane, Ops: []sync.Envelope{e}}
}

func (d *term) push(p sync.Push) sync.Verdict {
	d.b.t.Helper()
	var reply sync.PushReply
	d.b.want(200, "POST", "/sync/v1/ops", p, &reply, bearer("token-"+d.id)...)
	if reply.Problem != nil || len(reply.Verdicts) != 1 {
		d.b.t.Fatalf("%s: %+v", p.Ops[0].Body, reply)
	}
	return reply.Verdicts[0]
}

var (
	deviceActor  = hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice}
	citizenActor = hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen}
)

// lease gets one number of a group for today.
func (d *term) lease(group, prefix string) hall.Lease {
	d.b.t.Helper()
	day := hall.DayOf(d.b.c.now())
	series := hall.SeriesID(prefix, day)
	v := d.do(hall.LeaseNumbers, series, deviceActor, hall.LeaseNumbersBody{Series: series, Group: group, Day: day, Count: 1})
	var r hall.LeaseResult
	if err := json.Unmarshal(v.Result, &r); err != nil {
		d.b.t.Fatal(err)
	}
	return r.Lease
}

// ticket takes a ticket of a group.
func (d *term) ticket(id, group, prefix string) {
	d.b.t.Helper()
	d.do(hall.TakeTicket, id, citizenActor, ticketBody(d.lease(group, prefix)))
}

func ticketBody(l hall.Lease) hall.TakeTicketBody {
	return hall.TakeTicketBody{Number: hall.FormatNumber(l.Prefix, l.From), Lease: l.ID, Seq: l.From, Day: l.Day, Group: l.Group, Class: hall.ClassOrdinary}
}

// checkIn takes the ticket of an appointment.
func (d *term) checkIn(id, appointment, group, prefix string) {
	d.b.t.Helper()
	d.do(hall.CheckIn, id, citizenActor, hall.CheckInBody{TakeTicketBody: ticketBody(d.lease(group, prefix)), Appointment: appointment, Way: "card"})
}

func clerk(s Session) hall.Actor {
	return hall.Actor{Kind: hall.ActorStaff, ID: s.Staff, Role: hall.RoleClerk, Session: s.ID}
}

// eventually waits for something to become true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// tells says whether a short secret stands anywhere in the values of the centre's
// database or in its log, as a word of its own: as a part of a longer one, such as
// a hash, any six digits come up by chance.
func (b *bed) tells(secret string) bool {
	b.t.Helper()
	tables := `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	if strings.HasPrefix(b.cfg.Database, "sqlite:") {
		tables = `SELECT name FROM sqlite_master WHERE type = 'table'`
	}
	word := regexp.MustCompile(`(^|[^0-9A-Za-z])` + regexp.QuoteMeta(secret) + `($|[^0-9A-Za-z])`)
	return word.Match(valuesOf(b.t, b.c.store.read, tables)) || word.Match(b.logs.Bytes())
}

// bytesOf reads every file of the database; of PostgreSQL, every value.
func bytesOf(t testing.TB, cfg Config) []byte {
	t.Helper()
	if !strings.HasPrefix(cfg.Database, "sqlite:") {
		return bytesOfPostgres(t, cfg.Database)
	}
	files, err := filepath.Glob(strings.TrimPrefix(cfg.Database, "sqlite:") + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("database files: %v %v", files, err)
	}
	var all []byte
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw...)
	}
	return all
}
