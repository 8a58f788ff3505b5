package fuzz

import (
	"sync"
	"time"
)

// tooLong is how long one input may take.
const tooLong = time.Minute

// watch knows the input that is being tried, and ends the program when one takes
// too long.
type watch struct {
	mu    sync.Mutex
	in    []any
	tried int
}

func (w *watch) set(in []any) {
	w.mu.Lock()
	w.in = in
	w.tried++
	w.mu.Unlock()
}

// begin watches until the returned function is called.
func (w *watch) begin(name string) (end func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(tooLong)
		defer t.Stop()
		for last := -1; ; {
			select {
			case <-over:
				return
			case <-t.C:
			}
			w.mu.Lock()
			tried := w.tried
			w.mu.Unlock()
			if tried == last {
				panic("this input takes more than a minute: " + w.keep(name))
			}
			last = tried
		}
	}()
	return func() {
		close(over)
		<-done
	}
}

// keep writes the input down where go test finds it, and says where.
func (w *watch) keep(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	path, err := writeCorpus("testdata/fuzz/"+name, w.in)
	if err != nil {
		return err.Error()
	}
	return path
}
