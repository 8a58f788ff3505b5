package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	gosync "sync"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/pgtest/pgserver"
	"hallway/sync/server"
	"hallway/sync/writer"
)

// How much is pushed: by 64 senders one operation at a time, by 4 in batches of
// 500; five rounds each.
const (
	pushRounds  = 5
	pushSingles = 60
	pushBatches = 6
	batchSize   = 500
)

// pushFigures are durable pushes through the real handler, with auth, the rules
// of the hall and everything that is kept, against the same handler that only
// reads the push and answers.
func pushFigures(ctx context.Context, _ string) ([]Figure, error) {
	dir, err := os.MkdirTemp("", "hallway-push")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	figures, err := pushOn(ctx, "SQLite", "sqlite:"+filepath.Join(dir, "c.db"))
	if err != nil {
		return nil, err
	}
	if !pgserver.Installed() {
		fmt.Fprintln(os.Stderr, "no PostgreSQL is installed: its figures are left out")
		return figures, nil
	}
	dsn, stop, err := pgserver.Start(true)
	if err != nil {
		return nil, err
	}
	defer stop()
	more, err := pushOn(ctx, "PostgreSQL", dsn)
	return append(figures, more...), err
}

func pushOn(ctx context.Context, database, dsn string) (figures []Figure, err error) {
	b, err := newPushBench(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, c := range []struct {
		name                    string
		senders, pushes, inEach int
	}{
		{"durable push with 64 in flight, " + database, 64, pushSingles, 1},
		{fmt.Sprintf("batch push of %d, %s", batchSize, database), 4, pushBatches, batchSize},
	} {
		var real, empty []float64
		for range pushRounds {
			for _, way := range []struct {
				base string
				into *[]float64
			}{{b.empty, &empty}, {b.real, &real}} {
				rate, err := b.round(way.base, c.senders, c.pushes, c.inEach)
				if err != nil {
					return nil, err
				}
				*way.into = append(*way.into, rate)
			}
		}
		figures = append(figures, amount(c.name, "op/s", "the same handler doing nothing", real, empty))
	}
	return figures, nil
}

// pushBench is a centre's sync door over a writer, and beside it one that does
// nothing.
type pushBench struct {
	w           *writer.Writer
	servers     []*http.Server
	real, empty string
	client      *http.Client
	sent        int    // senders so far: each round has fresh ones
	run         string // before their names, where the database outlives this run
}

const pushHall = "37010001"

func newPushBench(ctx context.Context, dsn string) (*pushBench, error) {
	keys, err := writer.NewKeys()
	if err != nil {
		return nil, err
	}
	b, err := openPushBench(ctx, dsn, keys)
	if err != nil {
		return nil, err
	}
	if err := b.furnish(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// openPushBench is newPushBench over a database that may be furnished already.
func openPushBench(ctx context.Context, dsn string, keys writer.Keys) (*pushBench, error) {
	w, err := writer.Open(ctx, writer.Options{DSN: dsn, Keys: keys})
	if err != nil {
		return nil, err
	}
	b := &pushBench{w: w, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	auth := func(_ context.Context, token string) (server.Principal, bool, error) {
		return server.Principal{Terminal: token, Role: "kiosk", Hall: pushHall}, true, nil
	}
	b.real, err = b.serve(server.Handler(server.Options{Writer: w, Auth: auth}))
	if err == nil {
		b.empty, err = b.serve(doNothing(auth))
	}
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *pushBench) serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	b.servers = append(b.servers, s)
	go func() { _ = s.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String(), nil
}

func (b *pushBench) close() error {
	b.client.CloseIdleConnections()
	var errs []error
	for _, s := range b.servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, b.w.Close())...)
}

// doNothing authenticates, reads the push, and answers as many verdicts.
func doNothing(auth func(context.Context, string) (server.Principal, bool, error)) http.Handler {
	at := time.Now().UTC().Truncate(time.Microsecond)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok, err := auth(r.Context(), r.Header.Get("Authorization")); err != nil || !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		p, err := server.DecodePush(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		reply := sync.PushReply{Verdicts: make([]sync.Verdict, len(p.Ops))}
		for i, e := range p.Ops {
			reply.Verdicts[i] = sync.Verdict{OpID: "01J00000000000000000000000", Seq: e.Seq, Status: hall.Applied, Row: int64(i), At: at}
		}
		raw, err := json.Marshal(reply)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(raw) // a client that went away is seen there
	})
}

// furnish opens a hall with one kiosk and its 500 tickets.
func (b *pushBench) furnish(ctx context.Context) error {
	cat := hall.Catalogue{
		Version: "1", Code: pushHall, Area: "370100", Name: hall.Names{"zh-Hans": "示例"},
		Groups: []hall.Group{{ID: "g", Prefix: "A", Name: hall.Names{"zh-Hans": "综合"}, ServiceMinutes: 5}},
		Items: []hall.Item{{ID: "i", Group: "g", Name: hall.Names{"zh-Hans": "事项"},
			Versions: []hall.ItemVersion{{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5, Materials: []hall.ItemMaterial{{Code: "M0", Required: true}}}}}},
		Materials: []hall.MaterialDef{{Code: "M0", Name: hall.Names{"zh-Hans": "材料"}}},
		Hours:     []hall.OpenHours{{From: "09:00", To: "17:00"}},
		Cases:     hall.CaseRules{Service: "01", NumberBlock: 20},
		Queue:     hall.QueueRules{Policy: "first_come", MaxCalls: 3, RecallSeconds: 1, RequeueBehind: 3, MaxRequeues: 2, OfflineBlock: 50},
	}
	for _, o := range []struct {
		kind   hall.Kind
		entity string
		body   any
	}{
		{hall.PublishCatalogue, pushHall, hall.PublishCatalogueBody{Catalogue: cat}},
		{hall.EnrolTerminal, "K1", hall.EnrolTerminalBody{Role: "kiosk", Letter: "K"}},
		{hall.EnrolTerminal, "C1", hall.EnrolTerminalBody{Role: "counter", Letter: "C", Window: "1"}},
	} {
		raw, err := json.Marshal(o.body)
		if err != nil {
			return err
		}
		v, err := b.w.Propose(ctx, hall.Op{ID: hall.OpID(string(o.kind) + o.entity), Kind: o.kind, Hall: pushHall, Entity: o.entity, Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw})
		if err != nil || v.Status != hall.Applied {
			return fmt.Errorf("furnish: %+v %w", v, err)
		}
	}
	k := pusher{id: "K1"}
	day := hall.DayOf(b.w.Now())
	lease, err := k.seal(hall.LeaseNumbers, "AK/"+day, hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice},
		hall.LeaseNumbersBody{Series: "AK/" + day, Group: "g", Day: day, Count: 500, Offline: true})
	if err != nil {
		return err
	}
	reply, err := b.push(b.real, k.id, lease)
	if err != nil {
		return err
	}
	var r hall.LeaseResult
	if err := json.Unmarshal(reply.Verdicts[0].Result, &r); err != nil {
		return fmt.Errorf("lease: %+v %w", reply, err)
	}
	var tickets []sync.Envelope
	for i := r.Lease.From; i <= r.Lease.To; i++ {
		number := hall.FormatNumber(r.Lease.Prefix, i)
		e, err := k.seal(hall.TakeTicket, "t-"+number, hall.Actor{Kind: hall.ActorCitizen, Role: hall.RoleCitizen},
			hall.TakeTicketBody{Number: number, Lease: r.Lease.ID, Seq: i, Day: day, Group: "g", Item: "i", Class: hall.ClassOrdinary, Offline: true})
		if err != nil {
			return err
		}
		tickets = append(tickets, e[0])
	}
	_, err = b.push(b.real, k.id, tickets)
	return err
}

// pusher is a terminal with its sequence.
type pusher struct {
	id   string
	seq  int64
	last string
}

func (k *pusher) seal(kind hall.Kind, entity string, actor hall.Actor, body any) ([]sync.Envelope, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	k.seq++
	lane := sync.HallLane(pushHall)
	op, err := json.Marshal(hall.Op{
		ID: hall.OpID(fmt.Sprintf("%s-%d", k.id, k.seq)), Kind: kind, Schema: 1, Lane: lane, Hall: pushHall, Entity: entity, Actor: actor,
		Terminal: k.id, Stamp: hall.Stamp{At: time.Now(), Trust: hall.TrustSynced}, Body: raw,
	})
	if err != nil {
		return nil, err
	}
	e := sync.Envelope{Terminal: k.id, Incarnation: "i1", Lane: lane, Seq: k.seq, PrevHash: k.last, Body: op}
	e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
	k.last = e.Hash
	return []sync.Envelope{e}, nil
}

func (b *pushBench) push(base, id string, es []sync.Envelope) (reply sync.PushReply, err error) {
	raw, err := json.Marshal(sync.Push{Terminal: id, Incarnation: "i1", Lane: sync.HallLane(pushHall), Ops: es})
	if err != nil {
		return reply, err
	}
	answer, err := b.post(base, id, raw)
	if err == nil {
		err = json.Unmarshal(answer, &reply)
	}
	if err == nil && (reply.Problem != nil || len(reply.Verdicts) != len(es)) {
		err = fmt.Errorf("push: %+v", reply)
	}
	return reply, err
}

func (b *pushBench) post(base, id string, body []byte) ([]byte, error) {
	req, err := http.NewRequest("POST", base+"/sync/v1/ops", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+id)
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("push: %d %s", res.StatusCode, answer)
	}
	return answer, err
}

// round pushes what was made before, and gives operations a second.
func (b *pushBench) round(base string, senders, pushes, inEach int) (float64, error) {
	bodies := make([][][]byte, senders)
	ids := make([]string, senders)
	for i := range senders {
		b.sent++
		k := pusher{id: fmt.Sprint("S", b.run, b.sent)}
		ids[i] = k.id
		for range pushes {
			var es []sync.Envelope
			for range inEach {
				ticket := "t-" + hall.FormatNumber("AK", 1+int(k.seq)%500)
				e, err := k.seal(hall.SlipPrinted, ticket, hall.Actor{Kind: hall.ActorDevice, Role: hall.RoleDevice},
					hall.SlipPrintedBody{Job: fmt.Sprint(k.id, k.seq), Outcome: "confirmed"})
				if err != nil {
					return 0, err
				}
				es = append(es, e...)
			}
			raw, err := json.Marshal(sync.Push{Terminal: k.id, Incarnation: "i1", Lane: sync.HallLane(pushHall), Ops: es})
			if err != nil {
				return 0, err
			}
			bodies[i] = append(bodies[i], raw)
		}
	}
	errs := make([]error, senders)
	var wg gosync.WaitGroup
	began := time.Now()
	for i := range senders {
		wg.Go(func() {
			for _, body := range bodies[i] {
				answer, err := b.post(base, ids[i], body)
				if err == nil && bytes.Contains(answer, []byte(`"problem"`)) {
					err = fmt.Errorf("push: %.200s", answer)
				}
				if err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	return float64(senders*pushes*inEach) / took.Seconds(), errors.Join(errs...)
}
