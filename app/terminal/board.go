package terminal

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"
)

// board holds the newest view of a role, which embeds it, and wakes whoever
// waits for a newer one. A view that says the same as the last is not published
// again; the clock alone is no change.
type board[V any] struct {
	stamp func(v *V, rev int64, now time.Time)

	mu    sync.Mutex
	view  V
	rev   int64
	key   []byte
	newer chan struct{}
}

// newBoard starts at a revision that rises across restarts.
func newBoard[V any](start time.Time, stamp func(*V, int64, time.Time)) *board[V] {
	return &board[V]{stamp: stamp, rev: start.UnixMilli(), newer: make(chan struct{})}
}

// publish takes a view whose revision and clock are still zero.
func (b *board[V]) publish(v V, now time.Time) (changed bool) {
	key, err := json.Marshal(v)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil && bytes.Equal(key, b.key) {
		b.stamp(&b.view, b.rev, now) // the clock goes on for the next reader
		return false
	}
	b.key = key
	b.rev++
	b.stamp(&v, b.rev, now)
	b.view = v
	close(b.newer)
	b.newer = make(chan struct{})
	return true
}

// put publishes a view that certainly says something new, without comparing.
func (b *board[V]) put(v V, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.key = nil
	b.rev++
	b.stamp(&v, b.rev, now)
	b.view = v
	close(b.newer)
	b.newer = make(chan struct{})
}

// View is the newest view.
func (b *board[V]) View() V {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.view
}

// Snapshot is the newest view and the channel that closes at the next.
func (b *board[V]) Snapshot() (int64, any, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rev, b.view, b.newer
}
