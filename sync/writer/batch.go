package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hallway/sync"
)

// batchTimeout is how long a transaction on PostgreSQL may last.
const batchTimeout = 30 * time.Second

// request waits for the writer: a push, an operation of the centre, or a task.
type request struct {
	lane  string
	push  *sync.Push
	own   []byte // body of an operation of the centre
	ops   []admitted
	late  *sync.Envelope // one that was kept, see kept.go
	rows  bool           // what followers brought is written, see putback.go
	task  func(ctx context.Context, tx *sql.Tx) error
	reply chan result // of capacity 1
	res   result
}

type result struct {
	push sync.PushReply
	err  error
}

// send queues a request and waits for its answer. When ctx ends first, the
// request may still be done; a resend gets the stored verdict.
func (w *Writer) send(ctx context.Context, r *request) (result, error) {
	select {
	case <-ctx.Done():
		return result{}, ctx.Err()
	case <-w.done:
		return result{}, errClosed()
	default:
	}
	if err := w.queue.enter(r); err != nil {
		return result{}, err
	}
	select {
	case res := <-r.reply:
		return res, res.err
	case <-ctx.Done():
		return result{}, ctx.Err()
	case <-w.done:
		select { // answered just before the end
		case res := <-r.reply:
			return res, res.err
		default:
			return result{}, errClosed()
		}
	}
}

// run owns the write connection until Close.
func (w *Writer) run() {
	defer close(w.done)
	w.decideKept()
	poll := w.pollOthers()
	defer poll()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-w.queue.more:
			tasks, ops := w.queue.take()
			w.commitBatch(tasks, ops)
		}
	}
}

// commitBatch does the tasks of a batch each in its own transaction, because
// one that fails is nothing unusual, and the operations in one together; when
// that fails, each request in its own, so that one that cannot be stored holds
// up nobody else. What was decided keeps its verdict, so that operations may
// always be tried again; a task is not.
func (w *Writer) commitBatch(tasks, ops []*request) {
	for _, r := range tasks {
		w.answer(r, w.attempt([]*request{r}))
	}
	if len(ops) == 0 {
		return
	}
	n, began := 0, time.Now()
	err := w.attempt(ops)
	if err != nil && !errors.As(err, new(*sync.Problem)) {
		w.log.Warn("a transaction could not be stored; each of its requests is tried alone", "requests", len(ops), "error", err)
	}
	for _, r := range ops {
		failed := err
		if err != nil {
			failed = w.attempt([]*request{r})
		}
		n += len(r.ops)
		w.answer(r, failed)
	}
	w.queue.took(n, time.Since(began))
}

// answer gives a request what became of it.
func (w *Writer) answer(r *request, failed error) {
	if failed != nil {
		r.res = result{err: w.problem(failed)}
	}
	w.queue.left(r)
	r.reply <- r.res
}

// problem logs a failure and makes of it what the sender may see.
func (w *Writer) problem(err error) error {
	var p *sync.Problem
	if errors.As(err, &p) {
		return p
	}
	var t taskError
	if errors.As(err, &t) {
		return t.error
	}
	w.log.Error("the writer could not store a transaction", "error", err)
	if diskFull(err) {
		return full()
	}
	return busy("the centre could not store this now")
}

// taskError is an error that a task returned; it is the caller's own.
type taskError struct{ error }

func (e taskError) Unwrap() error { return e.error }

// attempt does a batch in one transaction. On any failure everything in memory
// is forgotten.
func (w *Writer) attempt(batch []*request) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTimeout)
	defer cancel()
	defer func() {
		if errors.As(err, new(taskError)) {
			return // the caller's own error, and no operation was in it
		}
		if err == nil {
			w.stats.transactions.Add(1)
			return
		}
		w.hot = newHotState()
		w.stats.failures.Add(1)
		if broken(err) {
			w.reopen(ctx)
		}
	}()
	w.mu.RLock()
	db := w.db
	w.mu.RUnlock()
	if db == nil {
		w.reopen(ctx)
		if db = w.db; db == nil { // only this goroutine sets it
			return busy("the centre's database cannot be opened")
		}
	}
	if len(batch) == 1 && batch[0].task != nil {
		return task(ctx, db, batch[0])
	}
	c, err := db.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t := &txn{pending: newPending(c, w.hot.known), w: w, hot: w.hot, now: w.now()}
	if err := t.all(batch); err != nil {
		c.rollback()
		return err
	}
	if err := c.commit(t.bulks(t)); err != nil {
		return err
	}
	t.committed()
	return nil
}

// task does what Private was given, in a transaction of its own.
func task(ctx context.Context, db *handle, r *request) error {
	r.res = result{}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := r.task(ctx, tx); err != nil {
		return errors.Join(taskError{err}, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), ignoreDone(tx.Rollback()))
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// reopen replaces a database handle that must not be trusted any more.
func (w *Writer) reopen(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.db != nil {
		w.log.Error("the database is closed and opened again after an I/O error", "close", w.db.close())
		w.db = nil
	}
	db, err := openDB(ctx, w.opts.DSN)
	if err == nil && !db.postgres {
		var ok string
		if err = db.read.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&ok); err == nil && ok != "ok" {
			err = errors.New("integrity check: " + ok)
		}
		if err != nil {
			err = errors.Join(err, db.close())
		}
	}
	if err != nil {
		w.log.Error("the database cannot be used; check the disk, restore the last backup if it stays so", "error", err)
		return
	}
	w.db = db
}

// all does the requests of one transaction.
func (t *txn) all(batch []*request) error {
	lanes := map[string]bool{}
	for _, r := range batch {
		lanes[r.lane] = true
	}
	// In one order on every node, so that two writers never wait for each other.
	for _, lane := range slices.Sorted(maps.Keys(lanes)) {
		if err := t.lock(lane); err != nil {
			return fmt.Errorf("lane %s: %w", lane, err)
		}
	}
	if err := t.prefetch(batch, t.w.centre); err != nil {
		return err
	}
	for _, r := range batch {
		r.res = result{}
		var err error
		if r.push != nil {
			r.res.push, err = t.push(r)
		} else if r.late != nil {
			err = t.late(r)
		} else if r.rows {
			err = t.lateRows(r.lane)
		} else {
			r.res.push, err = t.propose(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sender is whose sequence a request goes on with.
func (r *request) sender(centre string) senderKey {
	if r.push != nil {
		return senderKey{r.push.Terminal, r.push.Incarnation, r.push.Lane}
	}
	return senderKey{Centre, centre, r.lane}
}
