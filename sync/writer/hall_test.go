package writer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"testing/fstest"

	"hallway/app/hall"
	"hallway/sync"
)

// Fifty windows press «next» at once for as long as somebody waits: nobody is
// called twice, nobody is left.
func TestFiftyWindows(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		const windows = 50
		tickets := 2000
		if testing.Short() {
			tickets = 500
		}
		if strings.HasPrefix(dsn, "postgres") {
			tickets = 200
		}
		n := start(t, dsn)
		n.furnish(windows)
		k := kiosk(t)
		for left := tickets; left > 0; left -= min(left, 500) {
			l := k.lease(n, min(left, 500))
			var es []sync.Envelope
			for i := l.From; i <= l.To; i++ {
				es = append(es, k.seal(k.ticket(l, i)))
			}
			for b := range slices.Chunk(es, 250) {
				k.submit(n, b...)
			}
		}
		called := make([][]string, windows)
		var wg gosync.WaitGroup
		for i := range windows {
			wg.Go(func() { called[i] = serve(t, n, i+1) })
		}
		wg.Wait()
		by := map[string]int{}
		for w, ids := range called {
			for _, id := range ids {
				if other, ok := by[id]; ok {
					t.Errorf("%s was called to windows %d and %d", id, other, w+1)
				}
				by[id] = w + 1
			}
		}
		if len(by) != tickets {
			t.Errorf("%d of %d were called", len(by), tickets)
		}
		q, err := n.World(t.Context(), hallLane).Queue(today)
		if err != nil {
			t.Fatal(err)
		}
		for _, tk := range q.Tickets() {
			if tk.State != hall.TicketDone {
				t.Errorf("%s is %s", tk.Number, tk.State)
			}
		}
		n.verify()
	})
}

// serve calls, serves and finishes until nobody waits.
func serve(t *testing.T, n *node, window int) []string {
	c := counter(t, window)
	id := fmt.Sprint(window)
	do := func(kind hall.Kind, entity string, body any) sync.Verdict {
		e := c.seal(c.op(kind, entity, body))
		reply, err := n.Submit(context.Background(), c.push(e), c.origin())
		if err != nil || len(reply.Verdicts) != 1 {
			t.Errorf("window %d %s: %v %+v", window, kind, err, reply)
			return sync.Verdict{Status: hall.Rejected}
		}
		return reply.Verdicts[0]
	}
	if v := do(hall.OpenWindow, id, hall.OpenWindowBody{}); v.Status != hall.Applied {
		t.Errorf("open %d: %+v", window, v)
	}
	var called []string
	for {
		v := do(hall.CallNext, id, hall.CallNextBody{})
		if v.Status != hall.Applied {
			if v.Reason.Code != "nobody_waiting" {
				t.Errorf("window %d: %+v", window, v)
			}
			return called
		}
		var r hall.CallResult
		if err := json.Unmarshal(v.Result, &r); err != nil {
			t.Error(err)
			return called
		}
		called = append(called, r.Ticket.ID)
		for _, kind := range []hall.Kind{hall.StartService, hall.FinishService} {
			if v := do(kind, r.Ticket.ID, hall.TicketActBody{Window: id}); v.Status != hall.Applied {
				t.Errorf("%s at %d: %+v", kind, window, v)
				return called
			}
		}
	}
}

// Two writers on one database: each catches up with the other before it
// decides. (SQLite: two processes on one file; PostgreSQL: two centres.)
func TestTwoWriters(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		a := start(t, dsn)
		a.furnish(4)
		b := start(t, dsn, func(o *Options) { o.Keys = a.opts.Keys })
		k := kiosk(t)
		l := k.lease(a, 60)
		for i := l.From; i <= l.To; i++ {
			k.submit([]*node{a, b}[i%2], k.seal(k.ticket(l, i)))
		}
		var mu gosync.Mutex
		seen := map[string]int{}
		var wg gosync.WaitGroup
		for w := 1; w <= 4; w++ {
			wg.Go(func() {
				ids := serve(t, []*node{a, b}[w%2], w)
				mu.Lock()
				defer mu.Unlock()
				for _, id := range ids {
					seen[id]++
				}
			})
		}
		wg.Wait()
		if len(seen) != 60 {
			t.Errorf("%d of 60 were called", len(seen))
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("%s was called %d times", id, times)
			}
		}
		a.verify()
	})
}

func TestPermissionMatrix(t *testing.T) {
	roles := []hall.Role{"", hall.RoleCitizen, hall.RoleClerk, hall.RoleHallManager, hall.RoleSysAdmin, hall.RoleDevice, hall.RoleSystem, "nobody"}
	terminals := []string{"kiosk", "counter", "station", "display", "evaluator", "manager", Centre, "", "other"}
	own := map[hall.ActorKind]hall.Role{hall.ActorCitizen: hall.RoleCitizen, hall.ActorDevice: hall.RoleDevice, hall.ActorSystem: hall.RoleSystem}
	kinds := append(hall.Kinds(), hall.KindInfo{Kind: "burn"})
	allowed := 0
	for _, k := range kinds {
		for _, term := range terminals {
			for _, actor := range []hall.ActorKind{hall.ActorCitizen, hall.ActorStaff, hall.ActorDevice, hall.ActorSystem, "", "robot"} {
				for _, role := range roles {
					terminal := "X"
					if term == Centre {
						terminal = Centre
					}
					op := hall.Op{Kind: k.Kind, Terminal: terminal, Actor: hall.Actor{Kind: actor, Role: role, ID: "s1"}}
					got := permitted(op, term)
					effective, fits := role, false
					if actor == hall.ActorStaff {
						fits = role == hall.RoleClerk || role == hall.RoleHallManager || role == hall.RoleSysAdmin || role == "nobody"
					} else if o, ok := own[actor]; ok {
						fits = (role == "" || role == o) && (actor != hall.ActorSystem || term == Centre)
						effective = o
					}
					want := fits && slices.Contains(k.Roles, effective) && slices.Contains(k.Terminals, term)
					if got != want {
						t.Errorf("%s by %s/%s at %q: %v, want %v", k.Kind, actor, role, term, got, want)
					}
					if got {
						allowed++
					}
				}
			}
		}
	}
	if allowed == 0 {
		t.Error("nobody may do anything")
	}
	if permitted(hall.Op{Kind: hall.CallNext, Actor: hall.Actor{Kind: hall.ActorStaff, Role: hall.RoleClerk}}, "counter") {
		t.Error("staff without a number")
	}
}

func TestForbiddenIsAVerdict(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db")
	n.furnish(1)
	k, c := kiosk(t), counter(t, 1)
	call := k.op(hall.CallNext, "1", hall.CallNextBody{})
	if v := k.submit(n, k.seal(call))[0]; v.Status != hall.Rejected || v.Reason.Code != "forbidden" {
		t.Errorf("a kiosk calls: %+v", v)
	}
	publish := c.op(hall.PublishCatalogue, hallCode, struct{}{})
	if v := c.submit(n, c.seal(publish))[0]; v.Status != hall.Rejected {
		t.Errorf("a counter publishes: %+v", v)
	}
	ended := c.op(hall.OpenWindow, "1", hall.OpenWindowBody{})
	ended.Actor.Session = "old"
	if v := c.submit(n, c.seal(ended))[0]; v.Status != hall.Rejected || v.Reason.Code != "session_ended" {
		t.Errorf("ended session: %+v", v)
	}
	// What was witnessed counts, also after the clerk signed out.
	witness := c.op(hall.TakeTicket, "t", struct{}{})
	witness.Actor = hall.Actor{Kind: hall.ActorStaff, ID: "s1", Role: hall.RoleClerk, Session: "old"}
	if v := c.submit(n, c.seal(witness))[0]; v.Reason.Code == "session_ended" || v.Reason.Code == "forbidden" {
		t.Errorf("witness: %+v", v)
	}
	// Who was never there is told to the rules, and nothing is refused for it.
	from := c.origin()
	asked := 0
	from.Witnessed = func(_ context.Context, a hall.Actor) (bool, error) { asked++; return a.Session == "old", nil }
	for i, session := range []string{"old", "never", "never"} {
		op := witness
		op.ID, op.Actor.Session = hall.OpID(fmt.Sprintf("w%d", i)), session
		strange, err := unattested(t.Context(), op, from, map[hall.Actor]bool{})
		if err != nil || strange != (session == "never") {
			t.Errorf("session %s: unattested %t %v", session, strange, err)
		}
	}
	seen := map[hall.Actor]bool{}
	asked = 0
	for range 3 {
		if _, err := unattested(t.Context(), witness, from, seen); err != nil {
			t.Error(err)
		}
	}
	if asked != 1 {
		t.Errorf("one person's push asks %d times", asked)
	}
	if strange, _ := unattested(t.Context(), ended, from, seen); strange {
		t.Error("a claim is no matter of witnesses")
	}
	from.Session = nil
	reply, err := n.Submit(t.Context(), c.push(c.seal(c.op(hall.OpenWindow, "1", hall.OpenWindowBody{}))), from)
	if err != nil || reply.Verdicts[0].Reason.Code != "session_ended" {
		t.Errorf("nobody to ask: %+v %v", reply, err)
	}
	from.Session = func(context.Context, hall.Actor) (bool, error) { return false, errors.New("down") }
	var p *sync.Problem
	if _, err := n.Submit(t.Context(), c.push(c.seal(c.op(hall.OpenWindow, "1", hall.OpenWindowBody{}))), from); !errors.As(err, &p) || p.Code != sync.ProblemBusy {
		t.Errorf("cannot ask: %v", err)
	}
	// The centre is held to the table too.
	v, err := n.Propose(t.Context(), centreOp(t, hall.CallNext, "x", "1", hall.CallNextBody{}))
	if err != nil || v.Reason.Code != "forbidden" {
		t.Errorf("the centre calls: %+v %v", v, err)
	}
}

// A booking: sealed person, deadline as an effect that fires once, erasure.
func TestBookingSealedAndDeadline(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		person := hall.PersonSealed{Name: "测试甲", DocKind: "111", DocNo: "11010519491231002X", Phone: "13800000000"}
		op := centreOp(t, hall.Book, "book-1", "ap-1", hall.BookBody{Item: "i", Day: today, Slot: "11:00", IDLookup: "a", PhoneLook: "b", CodeLook: "c", PersonLook: "d"})
		op.Sealed = sealPerson(t, n, op.ID, op.Kind, person)
		if v, err := n.Propose(t.Context(), op); err != nil || v.Status != hall.Applied {
			t.Fatalf("book: %+v %v", v, err)
		}
		n.restart()
		b, err := n.OpenSealed(t.Context(), "book-1")
		var got hall.PersonSealed
		if err != nil || json.Unmarshal(b, &got) != nil || got != person {
			t.Fatalf("opened %+v %v", got, err)
		}
		slots, err := n.Entities(t.Context(), hallLane, hall.EntitySlot, Filter{Day: today, Prefix: today + "/i/"})
		if err != nil || len(slots) != 1 || !strings.Contains(string(slots[0].Value), `"taken":1`) {
			t.Fatalf("slots %+v %v", slots, err)
		}
		if none, err := n.Entities(t.Context(), hallLane, hall.EntitySlot, Filter{Day: "2026-03-03"}); err != nil || len(none) != 0 {
			t.Fatalf("other day %+v %v", none, err)
		}

		if due, err := n.DueEffects(t.Context(), noon, 10); err != nil || len(due) != 0 {
			t.Fatalf("due now: %+v %v", due, err)
		}
		at, ok, err := n.NextEffect(t.Context())
		if err != nil || !ok || !at.After(noon) {
			t.Fatalf("next effect %v %v %v", at, ok, err)
		}
		due, err := n.DueEffects(t.Context(), at, 10)
		if err != nil || len(due) != 1 || due[0].Kind != hall.EffectDeadline || !due[0].Due.Equal(at) {
			t.Fatalf("deadline: %+v %v", due, err)
		}
		if err := n.DeferEffect(t.Context(), due[0].ID, at.Add(1), "tried"); err != nil {
			t.Fatal(err)
		}
		if due, err = n.DueEffects(t.Context(), at.Add(1000), 10); err != nil || len(due) != 1 || due[0].Attempts != 1 {
			t.Fatalf("deferred: %+v %v", due, err)
		}
		if err := n.CompleteEffect(t.Context(), due[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := n.NextEffect(t.Context()); ok || err != nil {
			t.Fatalf("after completion: %v %v", ok, err)
		}

		if strings.HasPrefix(dsn, "sqlite:") != inFiles(t, dsn, op) {
			t.Error("the sealed part is not where it is looked for")
		}
		if err := n.EraseSealed(t.Context(), "book-1"); err != nil {
			t.Fatal(err)
		}
		if _, err := n.OpenSealed(t.Context(), "book-1"); !errors.Is(err, ErrErased) {
			t.Errorf("erased: %v", err)
		}
		if _, err := n.OpenSealed(t.Context(), "none"); !errors.Is(err, ErrNoOp) {
			t.Errorf("unknown: %v", err)
		}
		if again, err := n.Propose(t.Context(), op); err != nil || again.Status != hall.Applied {
			t.Errorf("the booking after erasure: %+v %v", again, err)
		}
		if got := inFiles(t, dsn, op); got {
			t.Error("the sealed part is still in a file")
		}
		n.verify()
	})
}

// inFiles says whether the sealed part of an operation is in a SQLite file.
func inFiles(t *testing.T, dsn string, op hall.Op) bool {
	t.Helper()
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	if !ok {
		return false
	}
	var all []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return strings.Contains(string(all), string(raw(t, op.Sealed)[1:40]))
}

// The reading side follows the log by itself.
func TestWorldFollows(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		if c, err := n.HallWorld(t.Context(), hallCode).Catalogue(); err != nil || c != nil {
			t.Fatalf("catalogue before publishing: %v %v", c, err)
		}
		n.furnish(2)
		w := n.HallWorld(t.Context(), hallCode)
		c, err := w.Catalogue()
		if err != nil || c == nil || len(c.Windows) != 2 {
			t.Fatalf("catalogue %+v %v", c, err)
		}
		k, one := kiosk(t), counter(t, 1)
		l := k.lease(n, 10)
		empty, err := w.Queue(today)
		if err != nil {
			t.Fatal(err)
		}
		for i := l.From; i <= l.To; i++ {
			k.submit(n, k.seal(k.ticket(l, i)))
			q, err := w.Queue(today)
			if err != nil || q.WaitingIn("g") != i {
				t.Fatalf("%d waiting after %d tickets, %v", q.WaitingIn("g"), i, err)
			}
		}
		one.do(n, hall.OpenWindow, "1", hall.OpenWindowBody{})
		one.do(n, hall.CallNext, "1", hall.CallNextBody{})
		q, err := w.Queue(today)
		if win, ok := q.Window("1"); err != nil || !ok || win.Number != "AK001" || q.WaitingIn("g") != 9 {
			t.Errorf("window %+v %v %v", win, ok, err)
		}
		if empty.WaitingIn("g") != 0 {
			t.Error("a queue that was given away changed")
		}
		if term, ok, err := hall.Load[hall.Terminal](w, hall.EntityTerminal, "K1"); err != nil || !ok || term.Letter != "K" {
			t.Errorf("terminal %+v %v %v", term, ok, err)
		}
	})
}

func TestPrivateTables(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		files := fstest.MapFS{"0001_a.sql": {Data: []byte("CREATE TABLE a (id TEXT PRIMARY KEY);\nINSERT INTO a VALUES ('x');\n")}}
		for range 2 {
			if err := n.Migrate(t.Context(), "test", files); err != nil {
				t.Fatal(err)
			}
			files["0002_b.sql"] = &fstest.MapFile{Data: []byte("INSERT INTO a VALUES ('y');\n")}
		}
		mine := errors.New("mine")
		err := n.Private(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO a VALUES ('z')`); err != nil {
				return err
			}
			return mine
		})
		if !errors.Is(err, mine) {
			t.Errorf("error of the task: %v", err)
		}
		var count int
		if err := n.Reader().QueryRow(`SELECT COUNT(*) FROM a`).Scan(&count); err != nil || count != 2 {
			t.Errorf("%d rows %v", count, err)
		}
	})
}
