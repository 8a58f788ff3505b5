package writer

import (
	"context"
	"database/sql"
	gosync "sync"
	"time"
)

// hub tells subscribers that a lane has more rows. It may lose everything but
// the latest: a slow poll stands behind it.
type hub struct {
	mu     gosync.Mutex
	closed bool
	subs   map[string]map[chan int64]bool
	heads  map[string]laneHead
}

// laneHead is the end of a lane: after a restore the same row may come again in
// another term.
type laneHead struct{ row, epoch int64 }

// Subscribe gives the last row of a lane whenever it moves; only the latest is
// kept for a slow reader. The channel is closed by stop and by Close.
func (w *Writer) Subscribe(lane string) (<-chan int64, func()) {
	ch := make(chan int64, 1)
	h := &w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(ch)
		return ch, func() {}
	}
	if h.subs == nil {
		h.subs, h.heads = map[string]map[chan int64]bool{}, map[string]laneHead{}
	}
	if h.subs[lane] == nil {
		h.subs[lane] = map[chan int64]bool{}
	}
	h.subs[lane][ch] = true
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.subs[lane][ch] {
			delete(h.subs[lane], ch)
			close(ch)
		}
	}
}

func (h *hub) notify(lane string, row, epoch int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.subs[lane]) == 0 || h.heads[lane] == (laneHead{row, epoch}) {
		return
	}
	h.heads[lane] = laneHead{row, epoch}
	for ch := range h.subs[lane] {
		select {
		case <-ch: // an older row that nobody took
		default:
		}
		ch <- row // only this goroutine sends, under the lock
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
		for ch := range s {
			close(ch)
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
			w.hub.notify(lane, row, epoch)
		}
		return struct{}{}, err
	})
}
