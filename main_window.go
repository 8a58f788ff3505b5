package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"hallway/app/api"
	"hallway/app/terminal"
	"hallway/frontend"
)

// serveWindow opens the window at once and makes the terminal meanwhile: the
// webview needs its time to start, and so does the store. Pages are served from
// the first moment; what asks the terminal waits until it is there. The window
// closes when the terminal fails, and the terminal stops when the window closes.
func serveWindow(ctx context.Context, config terminal.Config, say func(string), log *slog.Logger) error {
	startWithoutGC()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	door := &lateDoor{pages: api.Pages(frontend.Dist(), config.Role), made: make(chan struct{}), gone: ctx.Done()}
	ended := make(chan error, 1)
	go func() {
		defer cancel() // without the terminal no window
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

// lateDoor serves the pages while the terminal behind them is still being made.
type lateDoor struct {
	pages   http.Handler
	made    chan struct{}
	gone    <-chan struct{}
	handler atomic.Pointer[api.Handler]
}

// ServeHTTP serves a page at once; anything else waits for the terminal.
func (d *lateDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := d.handler.Load(); h != nil {
		h.ServeHTTP(w, r)
		return
	}
	if api.IsPage(r) {
		d.pages.ServeHTTP(w, r)
		return
	}
	select {
	case <-d.made:
		d.handler.Load().ServeHTTP(w, r)
	case <-d.gone:
		http.Error(w, "stopping", http.StatusServiceUnavailable)
	case <-r.Context().Done():
	}
}
