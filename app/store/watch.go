package store

import gosync "sync"

// bell wakes everybody who waits for the next change.
type bell struct {
	mu gosync.Mutex
	ch chan struct{}
}

// next is closed at the next change.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}

// Watch calls f after every change of state, from the goroutine that made it;
// f must not block and must not write to the store.
func (s *Store) Watch(f func()) (stop func()) {
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	s.watchN++
	n := s.watchN
	s.watchers[n] = f
	return func() {
		s.watchMu.Lock()
		defer s.watchMu.Unlock()
		delete(s.watchers, n)
	}
}

func (s *Store) changed() {
	s.bell.ring()
	s.watchMu.Lock()
	fs := make([]func(), 0, len(s.watchers))
	for _, f := range s.watchers {
		fs = append(fs, f)
	}
	s.watchMu.Unlock()
	for _, f := range fs {
		f()
	}
}
