package writer

import (
	"context"
	gosync "sync"
	"time"
)

// hub tells subscribers that a lane has more rows. It may lose everything but
// the latest: a slow poll stands behind it.
type hub struct {
	mu     gosync.Mutex
	closed bool
	subs   map[string]map[chan int64]bool
	heads  map[string]int64
}

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
		h.subs, h.heads = map[string]map[chan int64]bool{}, map[string]int64{}
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

func (h *hub) notify(lane string, row int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.subs[lane]) == 0 || h.heads[lane] == row {
		return
	}
	h.heads[lane] = row
	for ch := range h.subs[lane] {
		select {
		case <-ch: // an older row that nobody took
		default:
		}
		ch <- row // only this goroutine sends, under the lock
	}
}

// lanes lists the lanes that somebody listens to.
func (h *hub) lanes() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for lane, s := range h.subs {
		if len(s) > 0 {
			out = append(out, lane)
		}
	}
	return out
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
const othersEvery = time.Second

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
			for _, lane := range w.hub.lanes() {
				if row, _, err := headOf(ctx, reader{w}, lane); err == nil && row > 0 {
					w.hub.notify(lane, row)
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}
