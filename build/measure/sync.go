package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
	"hallway/sync/client"
	"hallway/sync/seal"
	"hallway/sync/server"
	"hallway/sync/writer"
)

// What is synced.
const (
	firstCases   = 50_000
	firstRounds  = 3
	changes      = 100
	changePace   = 150 * time.Millisecond // so that each comes alone
	idleFor      = 40 * time.Second
	idleFaster   = 60 // a minute of idling takes a second
	bytesPerDay  = 24 * 3600
	caseMaterial = 6
)

// syncFigures are the first sync of a new counter of a hall with 50,000 cases,
// and what a terminal and its centre say to each other, in bytes of both
// directions.
func syncFigures(ctx context.Context, _ string) (figures []Figure, err error) {
	dir, err := os.MkdirTemp("", "hallway-sync")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b := &syncBench{dir: dir}
	if err := b.open(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	traffic, err := b.traffic(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.cases(ctx); err != nil {
		return nil, err
	}
	first, err := b.firstSync(ctx)
	return append(first, traffic...), err
}

// syncBench is a centre whose connections are counted.
type syncBench struct {
	dir    string
	w      *writer.Writer
	srv    *http.Server
	done   chan struct{}
	base   string
	bytes  atomic.Int64
	sender pusher
	n      int
}

func (b *syncBench) open(ctx context.Context) error {
	keys, err := writer.NewKeys()
	if err != nil {
		return err
	}
	b.w, err = writer.Open(ctx, writer.Options{DSN: "sqlite:" + filepath.Join(b.dir, "c.db"), Keys: keys})
	if err != nil {
		return err
	}
	b.done = make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, b.w.Close())
	}
	b.base, b.sender = "http://"+l.Addr().String(), pusher{id: "C1"}
	b.srv = &http.Server{ReadHeaderTimeout: time.Minute, Handler: server.New(server.Options{
		Writer: b.w, Done: b.done, Heartbeat: 20 * time.Second / idleFaster,
		Auth: func(_ context.Context, token string) (server.Principal, bool, error) {
			role := map[byte]string{'K': "kiosk", 'C': "counter", 'D': "display"}[token[0]]
			return server.Principal{Terminal: token[:2], Role: role, Hall: pushHall}, true, nil
		},
		Session: func(context.Context, string, hall.Actor) (bool, error) { return true, nil },
	})}
	go func() { _ = b.srv.Serve(counted{l, &b.bytes}) }() // ends with Close
	return b.furnish(ctx)
}

func (b *syncBench) close() error {
	close(b.done)
	return errors.Join(b.srv.Close(), b.w.Close())
}

func (b *syncBench) furnish(ctx context.Context) error {
	cat := hall.Catalogue{
		Version: "1", Code: pushHall, Area: "370100", Name: hall.Names{"zh-Hans": "示例"},
		Groups:  []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5}},
		Windows: []hall.WindowDef{{ID: "1", Name: hall.Names{"zh-Hans": "1号窗口"}, Groups: []string{"g"}}},
		Staff:   []hall.Staff{{ID: "s1", Name: "员工", Roles: []hall.Role{hall.RoleClerk}}},
		Hours:   []hall.OpenHours{{From: "00:00", To: "23:59"}},
		Queue:   hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 50},
		Cases:   hall.CaseRules{Service: "01", NumberBlock: 20},
	}
	v := hall.ItemVersion{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5}
	for i := range caseMaterial {
		code := fmt.Sprint("M", i)
		cat.Materials = append(cat.Materials, hall.MaterialDef{Code: code, Name: hall.Names{"zh-Hans": "材料"}})
		v.Materials = append(v.Materials, hall.ItemMaterial{Code: code, Required: true})
	}
	cat.Items = []hall.Item{{ID: "licence", Group: "g", Name: hall.Names{"zh-Hans": "许可"}, Versions: []hall.ItemVersion{v}}}
	for _, o := range []struct {
		kind   hall.Kind
		entity string
		body   any
	}{
		{hall.PublishCatalogue, pushHall, hall.PublishCatalogueBody{Catalogue: cat}},
		{hall.EnrolTerminal, "K1", hall.EnrolTerminalBody{Role: "kiosk", Letter: "K"}},
		{hall.EnrolTerminal, "C1", hall.EnrolTerminalBody{Role: "counter", Letter: "C", Window: "1"}},
		{hall.EnrolTerminal, "D1", hall.EnrolTerminalBody{Role: "display"}},
	} {
		if err := b.own(ctx, o.kind, o.entity, o.body); err != nil {
			return err
		}
	}
	return nil
}

func (b *syncBench) own(ctx context.Context, kind hall.Kind, entity string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	b.n++
	v, err := b.w.Propose(ctx, hall.Op{ID: hall.OpID(fmt.Sprint("own-", b.n)), Kind: kind, Hall: pushHall, Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw})
	if err != nil || v.Status != hall.Applied {
		return fmt.Errorf("%s: %+v %w", kind, v, err)
	}
	return nil
}

// push sends operations of a terminal to the writer.
func (b *syncBench) push(ctx context.Context, role string, ops []sync.Envelope) ([]sync.Verdict, error) {
	lane, id := sync.HallLane(pushHall), ops[0].Terminal
	reply, err := b.w.Submit(ctx, sync.Push{Terminal: id, Incarnation: "i1", Lane: lane, Ops: ops}, writer.Origin{Terminal: id, Role: role, Lanes: []string{lane},
		Session: func(context.Context, hall.Actor) (bool, error) { return true, nil }})
	if err != nil {
		return nil, err
	}
	if reply.Problem != nil {
		return nil, reply.Problem
	}
	for _, v := range reply.Verdicts {
		if v.Status != hall.Applied {
			return nil, fmt.Errorf("%s: %s %v", v.OpID, v.Status, v.Reason)
		}
	}
	return reply.Verdicts, nil
}

// tickets are operations that print a ticket each.
func (b *syncBench) tickets(ctx context.Context, n int) (out []sync.Envelope, err error) {
	k, day := pusher{id: "K1"}, hall.DayOf(b.w.Now())
	lease, err := k.seal(hall.LeaseNumbers, "AK/"+day, hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice},
		hall.LeaseNumbersBody{Series: "AK/" + day, Group: "g", Day: day, Count: n, Offline: true})
	if err != nil {
		return nil, err
	}
	verdicts, err := b.push(ctx, "kiosk", lease)
	if err != nil {
		return nil, err
	}
	var r hall.LeaseResult
	if err := json.Unmarshal(verdicts[0].Result, &r); err != nil {
		return nil, err
	}
	for i := r.Lease.From; i < r.Lease.From+n; i++ {
		number := hall.FormatNumber(r.Lease.Prefix, i)
		e, err := k.seal(hall.TakeTicket, name(), hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen},
			hall.TakeTicketBody{Number: number, Lease: r.Lease.ID, Seq: i, Day: day, Group: "g", Item: "licence", Class: hall.ClassOrdinary, Offline: true})
		if err != nil {
			return nil, err
		}
		out = append(out, e[0])
	}
	return out, nil
}

// name is one as terminals make them: nothing about it repeats.
func name() string { return rand.Text() }

// cases opens 50,000.
func (b *syncBench) cases(ctx context.Context) error {
	pub, _, err := b.w.Keys().Public()
	if err != nil {
		return err
	}
	clerk := hall.Actor{Kind: hall.ActorStaff, ID: "s1", Role: hall.RoleClerk, Session: "x"}
	for done := 0; done < firstCases; done += batchSize {
		var ops []sync.Envelope
		for i := done; i < done+batchSize; i++ {
			e, err := b.sender.sealed(hall.OpenCase, name(), clerk, hall.OpenCaseBody{Item: "licence", ItemVersion: 1, Window: "1", Owner: fmt.Sprintf("%064d", i)}, pub)
			if err != nil {
				return err
			}
			ops = append(ops, e)
		}
		if _, err := b.push(ctx, "counter", ops); err != nil {
			return err
		}
	}
	return nil
}

// sealed makes an operation with a sealed part.
func (k *pusher) sealed(kind hall.Kind, entity string, actor hall.Actor, body any, pub []byte) (e sync.Envelope, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return e, err
	}
	k.seq++
	op := hall.Op{ID: hall.OpID(fmt.Sprintf("%s-%d", k.id, k.seq)), Kind: kind, Schema: 1, Lane: sync.HallLane(pushHall), Hall: pushHall, Entity: entity,
		Actor: actor, Terminal: k.id, Stamp: hall.Stamp{At: time.Now(), Trust: hall.TrustSynced}, Body: raw}
	if op.Sealed, err = seal.Seal(pub, seal.Info(op.ID, kind), []byte(`{"name":"测试甲"}`)); err != nil {
		return e, err
	}
	text, err := json.Marshal(op)
	if err != nil {
		return e, err
	}
	e = sync.Envelope{Terminal: k.id, Incarnation: "i1", Lane: op.Lane, Seq: k.seq, PrevHash: k.last, Body: text}
	e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
	k.last = e.Hash
	return e, nil
}

// terminal is a real one with its client; stop ends it.
func (b *syncBench) terminal(ctx context.Context, id, dir string, o client.Options) (st *store.Store, stop func() error, err error) {
	quiet := slog.New(slog.DiscardHandler)
	st, err = store.Open(ctx, store.Options{Dir: dir, Terminal: id, Logger: quiet})
	if err != nil {
		return nil, nil, err
	}
	o.URL, o.Token, o.Store, o.Version, o.Logger = b.base, id+" a token as long as they are, in 43 letters", st, "measure", quiet
	line := client.New(o)
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- line.Run(ctx) }()
	return st, func() error { cancel(); return errors.Join(<-ended, st.Close()) }, nil
}

// follows waits until a terminal is where the writer is, in all that it follows.
func (b *syncBench) follows(ctx context.Context, st *store.Store) error {
	return wait("a terminal has it all", func() (bool, error) {
		lanes := st.Follows()
		for _, lf := range lanes {
			row, _, err := b.w.Head(ctx, lf.Lane)
			if err != nil {
				return false, err
			}
			for _, feed := range lf.Feeds {
				if st.Cursor(lf.Lane, feed).Row < row {
					return false, nil
				}
			}
		}
		return len(lanes) > 0, nil
	})
}

// firstSync is how long a new counter takes, against the same values written to
// a bare table in one transaction.
func (b *syncBench) firstSync(ctx context.Context) ([]Figure, error) {
	snap, err := b.w.Snapshot(ctx, sync.HallLane(pushHall), hall.FeedCase)
	if err != nil {
		return nil, err
	}
	var took, bare []time.Duration
	var bytes []float64
	length := 0
	for _, e := range snap.Entities {
		length += len(e.Value)
	}
	for i := range firstRounds {
		sent := b.bytes.Load()
		began := time.Now()
		st, stop, err := b.terminal(ctx, "C1", filepath.Join(b.dir, fmt.Sprint("first", i)), client.Options{})
		if err != nil {
			return nil, err
		}
		if err := errors.Join(b.follows(ctx, st), stop()); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
		bytes = append(bytes, float64(b.bytes.Load()-sent)/float64(len(snap.Entities)))
		d, err := written(filepath.Join(b.dir, fmt.Sprint("bare", i)), snap.Entities)
		if err != nil {
			return nil, err
		}
		bare = append(bare, d)
	}
	return []Figure{
		figure(fmt.Sprintf("first sync of %d cases", firstCases), "the same values into a bare SQLite table", took, bare),
		amount("first sync, on the wire", "B/case", "a case as it is stored", bytes, []float64{float64(length) / float64(len(snap.Entities))}),
	}, nil
}

// written puts values into a table, durably.
func written(file string, all []sync.EntityValue) (took time.Duration, err error) {
	db, err := sql.Open("sqlite3", "file:"+file+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Exec("CREATE TABLE value (kind TEXT, id TEXT, value BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID"); err != nil {
		return 0, err
	}
	began := time.Now()
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() // after Commit it does nothing
	st, err := tx.Prepare("INSERT INTO value VALUES (?, ?, ?)")
	if err != nil {
		return 0, err
	}
	for _, e := range all {
		if _, err := st.Exec(string(e.Kind), e.ID, []byte(e.Value)); err != nil {
			return 0, err
		}
	}
	err = tx.Commit()
	return time.Since(began), err
}

// traffic is what a change costs a display on the wire, against the row as it is;
// and what a kiosk on which nothing happens costs in a day, lived sixty times as
// fast, against its heartbeats.
func (b *syncBench) traffic(ctx context.Context) ([]Figure, error) {
	st, stop, err := b.terminal(ctx, "D1", filepath.Join(b.dir, "display"), client.Options{Poll: time.Hour})
	if err != nil {
		return nil, err
	}
	tickets, err := b.tickets(ctx, changes)
	if err = errors.Join(err, b.follows(ctx, st)); err != nil {
		return nil, errors.Join(err, stop())
	}
	time.Sleep(time.Second) // what a session begins with is over
	sent := b.bytes.Load()
	row, _, err := b.w.Head(ctx, sync.HallLane(pushHall))
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	for i := range tickets {
		if _, err := b.push(ctx, "kiosk", tickets[i:i+1]); err != nil {
			return nil, errors.Join(fmt.Errorf("change %d: %w", i, err), stop())
		}
		time.Sleep(changePace)
	}
	if err := b.follows(ctx, st); err != nil {
		return nil, errors.Join(err, stop())
	}
	beats := changes * float64(changePace) / float64(20*time.Second/idleFaster) * 3
	each := (float64(b.bytes.Load()-sent) - beats) / changes
	page, err := b.w.Rows(ctx, sync.Cursor{Lane: sync.HallLane(pushHall), Feed: hall.FeedQueue, Row: 0}, 0)
	if err := errors.Join(err, stop()); err != nil {
		return nil, err
	}
	length := 0.0
	for _, r := range page.Rows {
		if r.Row > row {
			length += float64(len(r.Value))
		}
	}
	idle, err := b.idle(ctx)
	return []Figure{
		amount("bytes per state change at a display", "B", "its value alone", []float64{each}, []float64{length / changes}),
		idle,
	}, err
}

// idle lives a part of a day.
func (b *syncBench) idle(ctx context.Context) (Figure, error) {
	status := sync.TerminalStatus{Terminal: "K1", Role: "kiosk", Version: "measure", Leased: map[string]int{"A": 50},
		Devices: []sync.DeviceStatus{{ID: "kiosk-1/printer", Kind: "printer", Model: "escpos", State: "ready"}, {ID: "kiosk-1/card", Kind: "idcard", Model: "sdt", State: "ready"}}}
	st, stop, err := b.terminal(ctx, "K1", filepath.Join(b.dir, "kiosk"), client.Options{Status: func() sync.TerminalStatus { return status },
		Poll: time.Minute / idleFaster, StatusEvery: 5 * time.Minute / idleFaster, HelloEvery: 15 * time.Minute / idleFaster})
	if err != nil {
		return Figure{}, err
	}
	if err := b.follows(ctx, st); err != nil {
		return Figure{}, errors.Join(err, stop())
	}
	time.Sleep(3 * time.Second) // it has its numbers
	sent := b.bytes.Load()
	time.Sleep(idleFor)
	day := float64(b.bytes.Load()-sent) * bytesPerDay / (idleFor.Seconds() * idleFaster)
	return amount("idle bytes of a terminal per day", "MB", "its heartbeats alone", []float64{day / 1e6}, []float64{3 * bytesPerDay / 20 / 1e6}), stop()
}

// counted counts what goes over the connections of a listener.
type counted struct {
	net.Listener
	bytes *atomic.Int64
}

func (l counted) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countedConn{conn, l.bytes}, nil
}

type countedConn struct {
	net.Conn
	bytes *atomic.Int64
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.bytes.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.bytes.Add(int64(n))
	return n, err
}
