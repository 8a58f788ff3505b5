package central

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	gosync "sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hallway/app/hall"
	"hallway/sync"
)

// Pace of the manager's view: it is made anew at most this often, and at least
// this often, because waits grow without any event.
const (
	boardAtMost  = 100 * time.Millisecond
	boardAtLeast = 10 * time.Second
	pingEvery    = 5 * time.Second
	sweepEvery   = time.Second
	writeTimeout = 10 * time.Second
)

// board holds the latest manager's view for all who watch.
type board struct {
	dirty chan struct{} // something may have changed

	mu      gosync.Mutex
	rev     int64
	body    []byte // without Rev and Now, to see whether anything changed
	view    ManagerView
	changed chan struct{} // closed when there is a newer one
}

// newBoard begins its revisions at first, so that they go on over a restart.
func newBoard(first int64) *board {
	return &board{dirty: make(chan struct{}, 1), rev: first, changed: make(chan struct{})}
}

// touch says that something may have changed.
func (b *board) touch() {
	select {
	case b.dirty <- struct{}{}:
	default:
	}
}

// put takes a computed view; the same content again is no change.
func (b *board) put(v ManagerView) (ManagerView, error) {
	bare := v
	bare.Rev, bare.Now = 0, time.Time{}
	body, err := json.Marshal(bare)
	if err != nil {
		return ManagerView{}, fmt.Errorf("manager's view: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if string(body) != string(b.body) {
		b.rev++
		b.body = body
		close(b.changed)
		b.changed = make(chan struct{})
	}
	v.Rev = b.rev
	b.view = v
	return v, nil
}

// get gives the latest view and a channel that closes when it is outdated.
func (b *board) get() (ManagerView, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.view, b.changed
}

// watch keeps the board, until the centre stops.
func (c *Centre) watch() {
	hallRows, stopHall := c.writer.Subscribe(c.hallLane())
	defer stopHall()
	shared, stopShared := c.writer.Subscribe(sync.SharedLane)
	defer stopShared()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	refresh := time.NewTicker(boardAtLeast)
	defer refresh.Stop()
	c.refresh()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-hallRows:
		case <-shared:
			c.refreshCatalogue()
		case <-c.board.dirty:
		case <-refresh.C:
		case <-sweep.C:
			if !c.tele.sweep() {
				continue
			}
		}
		c.refresh()
		select { // let a burst of changes become one view
		case <-c.ctx.Done():
			return
		case <-time.After(boardAtMost):
		}
	}
}

// refresh computes the view.
func (c *Centre) refresh() {
	if _, err := c.computeView(c.ctx); err != nil && c.ctx.Err() == nil {
		c.log.Error("the manager's view could not be made", "error", err)
	}
}

// refreshCatalogue takes over a newly published catalogue.
func (c *Centre) refreshCatalogue() {
	cat, err := c.catalogue(c.ctx)
	switch {
	case err == nil && cat.Version != "":
		c.cat.Store(cat)
	case err != nil && c.ctx.Err() == nil:
		c.log.Error("the catalogue could not be read", "error", err)
	}
}

// computeView reads the hall's state and puts the view on the board.
func (c *Centre) computeView(ctx context.Context) (ManagerView, error) {
	s, err := c.snapshot(ctx)
	if err != nil {
		return ManagerView{}, err
	}
	if s.cases, err = c.managerCases(ctx, s.cat, s.now); err != nil {
		return ManagerView{}, err
	}
	if s.board, _, err = hall.Load[hall.NoticeBoard](c.writer.HallWorld(ctx, c.hallCode), hall.EntityNoticeBoard, c.hallCode); err != nil {
		return ManagerView{}, err
	}
	return c.board.put(s.managerView())
}

// managerView answers with the view as it is now.
func (c *Centre) managerView(ctx context.Context, _ *emptyInput) (*managerOutput, error) {
	v, err := c.computeView(ctx)
	if err != nil {
		return nil, c.fail(ctx, "manager's view", err)
	}
	return &managerOutput{CacheControl: "no-store", Body: v}, nil
}

// managerEvents streams the view whole on every change. It ends when the
// session does.
func (c *Centre) managerEvents(ctx context.Context, _ *eventsInput) (*huma.StreamResponse, error) {
	p := principalOf(ctx)
	if p.session == nil {
		return nil, problem(http.StatusUnauthorized, "signed_out")
	}
	session := p.session.id
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "text/event-stream")
		hc.SetHeader("Cache-Control", "no-store")
		hc.SetHeader("X-Accel-Buffering", "no")
		w, ok := hc.BodyWriter().(http.ResponseWriter)
		if !ok {
			return
		}
		c.metrics.streams.Inc()
		defer c.metrics.streams.Dec()
		c.stream(ctx, w, session)
	}}, nil
}

// stream writes views and pings until somebody ends it.
func (c *Centre) stream(ctx context.Context, w http.ResponseWriter, session string) {
	out := http.NewResponseController(w)
	send := func(format string, args ...any) bool {
		// A connection that does not know deadlines simply has none.
		_ = out.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var sent int64
	for {
		view, changed := c.board.get()
		if view.Rev != sent && view.Rev != 0 {
			data, err := json.Marshal(view)
			if err != nil || !send("event: view\nid: %d\ndata: %s\n\n", view.Rev, data) {
				return
			}
			sent = view.Rev
		}
		select {
		case <-ctx.Done():
			return
		case <-c.ctx.Done():
			return
		case <-changed:
		case <-ping.C:
			if live, err := c.sessions.still(ctx, session); err != nil || !live {
				send("event: end\ndata: {\"code\":\"signed_out\"}\n\n")
				return
			}
			if !send("event: ping\ndata: {}\n\n") {
				return
			}
		}
	}
}

// ofDay lists the entities of a day.
func ofDay[T any](ctx context.Context, c *Centre, kind hall.EntityKind, day string) ([]T, error) {
	list, err := c.entities(ctx, kind, day)
	if err != nil {
		return nil, err
	}
	out := make([]T, 0, len(list))
	for _, raw := range list {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return nil, fmt.Errorf("stored %s cannot be read: %w", kind, err)
		}
		out = append(out, v)
	}
	return out, nil
}
