package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"hallway/app/api"
	"hallway/app/terminal"
	"hallway/frontend"
)

// withoutPage is how long the terminal waits for its window to ask for the page: it
// works without one as well.
const withoutPage = 3 * time.Second

// serveWindow opens the window at once, and makes the terminal when the webview asks for
// the page: until then the webview's own programs need the processors, and while the
// page is read one of them is free. What asks the terminal waits until it is there. The
// window closes when the terminal fails, and the terminal stops when the window closes.
func serveWindow(ctx context.Context, config terminal.Config, say func(string), log *slog.Logger) error {
	startWithoutGC()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	door := newLateDoor(api.Pages(frontend.Dist(), config.Role), ctx.Done())
	ended := make(chan error, 1)
	go func() {
		defer cancel() // without the terminal no window
		select {
		case <-door.asked:
		case <-time.After(withoutPage):
		case <-ctx.Done(): // nothing was begun
			ended <- nil
			return
		}
		ended <- runBehind(ctx, config, door, log)
	}()
	err := openWindow(ctx, door, config.Role != terminal.RoleCounter, func() { say("window:" + config.Terminal) }, log)
	cancel()
	if h := door.handler.Load(); h != nil {
		h.Stop()
	}
	return errors.Join(err, <-ended)
}

// runBehind makes the terminal, gives its handler to the door and runs it.
func runBehind(ctx context.Context, config terminal.Config, door *lateDoor, log *slog.Logger) error {
	w, err := wire(ctx, config, log)
	if err != nil {
		return err
	}
	door.handler.Store(api.New(w.options))
	close(door.made)
	return errors.Join(w.run(ctx, func(ctx context.Context) error {
		return serveMetrics(ctx, config, w.options, log)
	}), w.close())
}

// earlyWithin is how long the page waits for its first answers before it says that the
// terminal opens.
const earlyWithin = time.Second

// lateDoor serves the pages while the terminal behind them is still being made.
type lateDoor struct {
	pages   http.Handler
	asked   chan struct{} // closed when something was asked
	ask     sync.Once
	made    chan struct{}
	gone    <-chan struct{}
	handler atomic.Pointer[api.Handler]
}

func newLateDoor(pages http.Handler, gone <-chan struct{}) *lateDoor {
	return &lateDoor{pages: pages, asked: make(chan struct{}), made: make(chan struct{}), gone: gone}
}

// ServeHTTP serves a page at once; anything else waits for the terminal.
func (d *lateDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.ask.Do(func() { close(d.asked) })
	if h := d.handler.Load(); h != nil {
		h.ServeHTTP(w, r)
		return
	}
	if api.IsPage(r) {
		d.pages.ServeHTTP(w, r)
		return
	}
	var late <-chan time.Time
	if r.URL.Path == api.EarlyScript {
		late = time.After(earlyWithin)
	}
	select {
	case <-d.made:
		d.handler.Load().ServeHTTP(w, r)
	case <-late:
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.WriteHeader(http.StatusOK)
	case <-d.gone:
		http.Error(w, "stopping", http.StatusServiceUnavailable)
	case <-r.Context().Done():
	}
}
