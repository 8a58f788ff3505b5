package writer

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	gosync "sync"
	"sync/atomic"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// Centre is the terminal id under which the centre proposes its own
// operations.
const Centre = "centre"

// StepFunc decides one operation: hall.Step, or the rules of a test.
type StepFunc func(w hall.World, op hall.Op, ctx hall.Context) (hall.Outcome, error)

// Options of Open.
type Options struct {
	// DSN is "sqlite:PATH" or "postgres://…".
	DSN string
	// Clock is the hall's clock; nil is the machine's.
	Clock func() time.Time
	Keys  Keys
	// Logger gets what an operator must know; nil drops it.
	Logger *slog.Logger
	// Generation is a file outside of the database that remembers how far it had
	// come, so that a database that was put back is noticed; "" keeps none.
	Generation string
	// Node names this process among several over one database, the same after a
	// restart; "" where it is the only one.
	Node string
	// Step replaces hall.Step; nil is hall.Step.
	Step StepFunc
	// kindOf replaces hall.KindOf in tests of an update.
	kindOf func(hall.Kind) (hall.KindInfo, bool)
}

// Writer appends to the logs of all lanes. All methods may be called at once
// from many goroutines.
type Writer struct {
	opts   Options
	clock  func() time.Time
	log    *slog.Logger
	step   StepFunc
	centre string // incarnation of the centre's own lane sequence

	mu gosync.RWMutex // over db: it is replaced after an I/O error
	db *handle

	queue *queue
	stop  context.CancelFunc
	ctx   context.Context
	done  chan struct{}
	aside gosync.WaitGroup // small work beside the run goroutine
	keeps gosync.WaitGroup // what goes on until Close

	hot       *hotState // owned by the run goroutine
	views     viewCache
	hub       hub
	snapshots snapshots
	stats     counters
}

// Open opens the database, brings its tables up to date and starts the writer.
// Close it with Close.
func Open(ctx context.Context, o Options) (*Writer, error) {
	if err := o.Keys.check(); err != nil {
		return nil, err
	}
	w := &Writer{opts: o, clock: o.Clock, log: o.Logger, step: o.Step, queue: newQueue(), done: make(chan struct{})}
	if w.clock == nil {
		w.clock = time.Now
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.step == nil {
		w.step = hall.Step
	}
	if w.opts.kindOf == nil {
		w.opts.kindOf = hall.KindOf
	}
	db, err := openDB(ctx, o.DSN)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(schema, "sql")
	if err == nil {
		err = migrate(ctx, db.write, "writer", files, w.now())
	}
	if err == nil {
		w.centre, err = centreIncarnation(ctx, db.write)
	}
	if err != nil {
		return nil, errors.Join(err, db.close())
	}
	w.db = db
	w.hot = newHotState()
	w.ctx, w.stop = context.WithCancel(context.Background())
	back, err := w.lookBack(ctx, db.write)
	if err != nil {
		w.stop()
		return nil, errors.Join(err, db.close())
	}
	go w.run()
	if err := w.noticeRestore(ctx, back); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.keeps.Go(func() { w.keepGeneration(w.centre) })
	return w, nil
}

// Close stops the writer after the transaction that is under way. Requests
// that still wait are answered with BUSY.
func (w *Writer) Close() error {
	w.stop()
	<-w.done
	w.aside.Wait()
	w.keeps.Wait()
	w.hub.close()
	w.snapshots.end()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.db == nil {
		return nil
	}
	err := w.db.close()
	w.db = nil
	return err
}

// Quiet waits for what the writer does by itself after it has answered: a restore
// that it noticed, rows that followers brought.
func (w *Writer) Quiet() { w.aside.Wait() }

func (w *Writer) now() time.Time { return w.clock().UTC().Truncate(time.Microsecond) }

// Keys returns the keys that it was opened with.
func (w *Writer) Keys() Keys { return w.opts.Keys }

// Now is the centre's clock.
func (w *Writer) Now() time.Time { return w.now() }

// centreIncarnation names the centre's own sequence; it is made once per
// database.
func centreIncarnation(ctx context.Context, db *sql.DB) (string, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("writer: random: %w", err)
	}
	if _, err := db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('centre', $1) ON CONFLICT DO NOTHING`, hex.EncodeToString(b[:])); err != nil {
		return "", fmt.Errorf("writer: meta: %w", err)
	}
	var v string
	if err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'centre'`).Scan(&v); err != nil {
		return "", fmt.Errorf("writer: meta: %w", err)
	}
	return v, nil
}

// Origin is who sends a push, as the transport authenticated them.
type Origin struct {
	Terminal string
	// Role of the terminal: kiosk, counter, station, display, manager.
	Role string
	// Lanes that it may write; empty = none.
	Lanes []string
	// Session says whether a staff actor's session is live and carries the
	// role. It is asked for claims only: what was witnessed is never refused
	// because somebody signed out since. nil refuses all staff claims.
	Session func(ctx context.Context, actor hall.Actor) (bool, error)
	// Witnessed says whether a staff actor ever had that session at this
	// terminal, live or not. It is asked for what was witnessed, which is kept in
	// any case: the rules are told, so that nobody moves paper in the name of a
	// person who was never there. nil attests everything.
	Witnessed func(ctx context.Context, actor hall.Actor) (bool, error)
}

// Submit takes a batch of envelopes and answers when everything in it is
// durable. The error, if any, is or wraps a *sync.Problem; a Problem of the
// sequence (GAP, FORK) is in the reply, after the verdicts that could be given.
func (w *Writer) Submit(ctx context.Context, p sync.Push, from Origin) (sync.PushReply, error) {
	ops, err := w.admit(ctx, p, from)
	if err != nil {
		return sync.PushReply{}, err
	}
	r := &request{lane: p.Lane, push: &p, ops: ops, reply: make(chan result, 1)}
	res, err := w.send(ctx, r)
	for i := range res.push.Verdicts { // here, where it keeps nobody waiting
		v := &res.push.Verdicts[i]
		v.MAC = sync.VerdictMAC(w.opts.Keys.MAC, p.Ops[i].Body, *v)
	}
	return res.push, err
}

// Propose decides one of the centre's own operations: deadlines, web bookings,
// administrators' acts. The same op_id again gets the same verdict. Empty
// fields (lane, schema, stamp) are filled in.
func (w *Writer) Propose(ctx context.Context, op hall.Op) (sync.Verdict, error) {
	info, ok := hall.KindOf(op.Kind)
	if !ok || !goodID(string(op.ID)) {
		return sync.Verdict{}, &sync.Problem{Code: sync.ProblemInvalid, Message: "an operation of the centre needs an op_id and a known kind", Hint: "correct the program that proposes it"}
	}
	op.Terminal = Centre
	if op.Lane == "" {
		op.Lane = sync.SharedLane
		if info.Lane != laneShared {
			op.Lane = sync.HallLane(op.Hall)
		}
	}
	if op.Schema == 0 {
		op.Schema = info.Schema
	}
	if op.Stamp.At.IsZero() {
		op.Stamp = hall.Stamp{At: w.now(), Trust: hall.TrustSynced}
	}
	body, err := json.Marshal(op)
	if err != nil {
		return sync.Verdict{}, fmt.Errorf("writer: operation %s: %w", op.ID, err)
	}
	a := admitted{op: op, ok: true}
	a.weigh(body)
	if !permitted(op, Centre) {
		a.denied = hall.Text{Code: "forbidden"}
	}
	r := &request{lane: op.Lane, own: body, ops: []admitted{a}, reply: make(chan result, 1)}
	res, err := w.send(ctx, r)
	if err != nil {
		return sync.Verdict{}, err
	}
	if res.push.Problem != nil {
		return sync.Verdict{}, res.push.Problem
	}
	return res.push.Verdicts[0], nil
}

// Private runs fn in a transaction on the write connection, for tables of the
// centre that are not the state of a hall (credentials, sessions, statistics).
// It must be quick, and must not touch the writer's tables.
func (w *Writer) Private(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	_, err := w.send(ctx, &request{task: fn, reply: make(chan result, 1)})
	return err
}

// Reader is the pool of reading connections, for the centre's own tables.
func (w *Writer) Reader() *sql.DB {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.db == nil {
		return nil
	}
	return w.db.read
}

// Migrate applies the numbered *.sql files of a set of the centre's own tables
// that were not applied yet. Statements end with ";" at the end of a line.
func (w *Writer) Migrate(ctx context.Context, set string, files fs.FS) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.db == nil {
		return errClosed()
	}
	return migrate(ctx, w.db.write, set, files, w.now())
}

// Stats of the writer since it was opened.
type Stats struct {
	Ops          int64 // verdicts given for the first time
	Resent       int64 // verdicts given again
	Rejected     int64
	Forks        int64 // pushes of a disk that was copied or put back
	Transactions int64
	Failures     int64 // transactions that failed
}

type counters struct{ ops, resent, rejected, forks, transactions, failures atomic.Int64 }

// Stats returns counters for /metrics.
func (w *Writer) Stats() Stats {
	return Stats{
		Ops: w.stats.ops.Load(), Resent: w.stats.resent.Load(), Rejected: w.stats.rejected.Load(), Forks: w.stats.forks.Load(),
		Transactions: w.stats.transactions.Load(), Failures: w.stats.failures.Load(),
	}
}

func errClosed() *sync.Problem {
	return &sync.Problem{Code: sync.ProblemBusy, Message: "the centre is stopping", Hint: "try again when it is back; nothing is lost", RetryMS: 1000}
}
