package writer

import (
	"context"
	"database/sql"
	"slices"
	gosync "sync"
	"time"

	"hallway/sync"
)

// hub tells subscribers that a lane has more rows, and of a small commit of this
// process also which. It may lose everything but that there are more: a slow poll
// stands behind it.
type hub struct {
	mu     gosync.Mutex
	closed bool
	subs   map[string]map[subscriber]bool
	heads  map[string]laneHead
}

// laneHead is the end of a lane: after a restore the same row may come again in
// another term.
type laneHead struct{ row, epoch int64 }

// subscriber is one channel, of capacity 1. Only notify sends, under the lock.
type subscriber interface {
	tell(c sync.Commit)
	end()
}

// rowsOf only wants the latest row.
type rowsOf chan int64

func (ch rowsOf) tell(c sync.Commit) {
	select {
	case <-ch: // an older row that nobody took
	default:
	}
	ch <- c.To
}

func (ch rowsOf) end() { close(ch) }

// commitsOf wants the rows too, as long as they are few.
type commitsOf chan sync.Commit

func (ch commitsOf) tell(c sync.Commit) {
	select {
	case old := <-ch: // nobody took it: they go together
		together := sync.Commit{Lane: c.Lane, Epoch: c.Epoch, From: old.From, To: c.To, Rows: slices.Concat(old.Rows, c.Rows)}
		if old.To != c.From || old.Epoch != c.Epoch || old.Rows == nil || c.Rows == nil || !together.Rides() {
			together.From, together.Rows = c.To, nil
		}
		c = together
	default:
	}
	ch <- c
}

func (ch commitsOf) end() { close(ch) }

// Subscribe gives the last row of a lane whenever it moves; only the latest is
// kept for a slow reader. The channel is closed by stop and by Close.
func (w *Writer) Subscribe(lane string) (<-chan int64, func()) {
	ch := make(rowsOf, 1)
	return ch, w.hub.subscribe(lane, ch)
}

// Commits gives what becomes of a lane. A commit without rows only says where the
// lane ends: it was large, came from another process, or somebody was slow. The
// channel is closed by stop and by Close.
func (w *Writer) Commits(lane string) (<-chan sync.Commit, func()) {
	ch := make(commitsOf, 1)
	return ch, w.hub.subscribe(lane, ch)
}

func (h *hub) subscribe(lane string, s subscriber) (stop func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		s.end()
		return func() {}
	}
	if h.subs == nil {
		h.subs, h.heads = map[string]map[subscriber]bool{}, map[string]laneHead{}
	}
	if h.subs[lane] == nil {
		h.subs[lane] = map[subscriber]bool{}
	}
	h.subs[lane][s] = true
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.subs[lane][s] {
			delete(h.subs[lane], s)
			s.end()
		}
	}
}

func (h *hub) notify(c sync.Commit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	head := laneHead{c.To, c.Epoch}
	if h.closed || len(h.subs[c.Lane]) == 0 || h.heads[c.Lane] == head {
		return
	}
	h.heads[c.Lane] = head
	for s := range h.subs[c.Lane] {
		s.tell(c)
	}
}

// listened says whether anybody listens.
func (h *hub) listened() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.subs {
		if len(s) > 0 {
			return true
		}
	}
	return false
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, s := range h.subs {
		for sub := range s {
			sub.end()
		}
	}
	h.subs = nil
}

// othersEvery is how often a writer on PostgreSQL looks for rows that another
// writer of the same database appended.
const othersEvery = 200 * time.Millisecond

// pollOthers starts that look-out, where it is needed, and returns its end.
func (w *Writer) pollOthers() (stop func()) {
	if !w.db.postgres {
		return func() {}
	}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(othersEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if w.hub.listened() {
				w.lookAtOthers(ctx)
			}
		}
	}()
	return func() { cancel(); <-done }
}

// lookAtOthers tells of every lane that moved. An error is told by whoever reads
// next; the look-out comes again.
func (w *Writer) lookAtOthers(ctx context.Context) {
	rows, err := reader{w}.QueryContext(ctx, `SELECT lane, last_row, epoch FROM lane WHERE last_row > 0`)
	if err != nil {
		return
	}
	_, _ = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var lane string
		var row, epoch int64
		err := r.Scan(&lane, &row, &epoch)
		if err == nil {
			w.hub.notify(sync.Commit{Lane: lane, Epoch: epoch, From: row, To: row})
		}
		return struct{}{}, err
	})
}
