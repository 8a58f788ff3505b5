package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
)

// fate is what a line does with one request.
type fate int

const (
	arrives fate = iota
	requestLost
	replyLost
	arrivesTwice
	arrivesLate // after the next one that arrives; the caller sees a broken line
)

func (f fate) String() string {
	return [...]string{"arrives", "request lost", "reply lost", "arrives twice", "arrives late"}[f]
}

var errLine = errors.New("the line broke")

// handLine is a line without a network: what becomes of a request is said
// before it is made.
type handLine struct {
	door http.Handler
	next fate
	late []func()
	busy bool // answers BUSY
}

func (l *handLine) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte(nil)
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = b
		_ = r.Body.Close() // bytes.Reader
	}
	serve := func() *http.Response {
		again := r.Clone(context.Background())
		again.Body = io.NopCloser(bytes.NewReader(body))
		w := httptest.NewRecorder()
		l.door.ServeHTTP(w, again)
		return w.Result()
	}
	if l.busy {
		w := httptest.NewRecorder()
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.WriteString(`{"code":"BUSY","message":"later","retry_ms":4321}`) // a recorder takes all
		return w.Result(), nil
	}
	what := l.next
	l.next = arrives
	switch what {
	case requestLost:
		return nil, errLine
	case replyLost:
		serve()
		return nil, errLine
	case arrivesLate:
		l.late = append(l.late, func() { serve() })
		return nil, errLine
	case arrivesTwice:
		serve()
	}
	answer := serve()
	late := l.late
	l.late = nil
	for _, f := range late {
		f()
	}
	return answer, nil
}

// byHand is a terminal whose every step is made by the test.
type byHand struct {
	*store.Store
	t    testing.TB
	line *handLine
	step *Step
}

func (c *centre) byHand(t testing.TB, id, dir string) *byHand {
	s, err := store.Open(context.Background(), store.Options{Dir: dir, Terminal: id, Machine: "machine-1", Clock: c.opts.Clock})
	if err != nil {
		t.Fatal(err)
	}
	x := &byHand{Store: s, t: t, line: &handLine{door: c}}
	x.step = NewStep(StepOptions{URL: "http://centre", Token: "token-" + id, Version: "test", Store: s, Transport: x.line,
		Within: func(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
			return ctx, func() {}
		}})
	return x
}

// settle makes steps over a good line until none has anything to do.
func (x *byHand) settle() {
	ctx := context.Background()
	x.SetLine(true) // numbers are asked for
	defer x.SetLine(false)
	x.must(x.step.Greet(ctx))
	x.must(x.step.Offer(ctx))
	for range 200 {
		x.must(x.step.Numbers(ctx))
		sent, err := x.step.PushOnce(ctx)
		x.must(err)
		if !x.pullAll() && sent.Ops == 0 {
			return
		}
	}
	x.t.Fatal("it never comes to rest")
}

func (x *byHand) must(err error) {
	if err != nil {
		x.t.Fatal(err)
	}
}

// pullAll makes one pull of every feed; moved: one had something.
func (x *byHand) pullAll() (moved bool) {
	for _, lf := range x.Follows() {
		for _, feed := range lf.Feeds {
			was := x.Cursor(lf.Lane, feed)
			more, err := x.step.PullOnce(context.Background(), lf.Lane, feed)
			x.must(err)
			moved = moved || more || x.Cursor(lf.Lane, feed) != was
		}
	}
	return moved
}

// tickets are the numbers that the replica holds.
func (x *byHand) tickets() []string {
	q, err := x.Confirmed().Queue("2026-03-02")
	x.must(err)
	var out []string
	for _, tk := range q.Tickets() {
		out = append(out, tk.Number)
	}
	slices.Sort(out)
	return out
}

// TestEveryFateOfAPush: whatever becomes of a push and of the pull behind it, the
// ticket is once at the centre and once here.
func TestEveryFateOfAPush(t *testing.T) {
	for push := arrives; push <= arrivesLate; push++ {
		for pull := arrives; pull <= arrivesLate; pull++ {
			t.Run(fmt.Sprint(push, ", ", pull), func(t *testing.T) {
				c := startCentre(t)
				x := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
				defer x.Close()
				x.settle()
				out, err := x.Issue(t.Context(), store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
				x.must(err)
				x.line.next = push
				if _, err := x.step.PushOnce(t.Context()); (err == nil) != (push == arrives || push == arrivesTwice) {
					t.Fatalf("push: %v", err)
				}
				if arrived := push == arrives || push == arrivesTwice; (x.Outbox() == 0) != arrived {
					t.Fatalf("outbox %d", x.Outbox())
				}
				x.line.next = pull
				if _, err := x.step.PullOnce(t.Context(), hallLane, hall.FeedQueue); (err == nil) != (pull == arrives || pull == arrivesTwice) {
					t.Fatalf("pull: %v", err)
				}
				x.settle()
				if got := x.tickets(); !slices.Equal(got, []string{out.Number}) {
					t.Errorf("here: %v", got)
				}
				if at := c.tickets(); len(at) != 1 || len(at[out.Number]) != 1 {
					t.Errorf("at the centre: %v", at)
				}
			})
		}
	}
}

// TestStepsInAnyOrder: any steps in any order over a line that loses, repeats and
// reorders; after that a good line brings both to the same.
func TestStepsInAnyOrder(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			c := startCentre(t)
			k := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
			defer k.Close()
			k.settle()
			var printed []string
			for range 80 {
				k.line.next = fate(rnd.IntN(int(arrivesLate) + 1))
				printed = append(printed, k.anyStep(rnd.IntN(9))...)
			}
			k.line.next = arrives
			k.settle()
			slices.Sort(printed)
			at := c.tickets()
			for _, n := range printed {
				if len(at[n]) != 1 {
					t.Errorf("%s is %d times at the centre", n, len(at[n]))
				}
			}
			if got := k.tickets(); !slices.Equal(got, printed) || len(at) != len(printed) || len(printed) == 0 {
				t.Errorf("printed %v, here %v, %d at the centre", printed, got, len(at))
			}
			snap, err := c.w.Load().Snapshot(t.Context(), hallLane, hall.FeedQueue)
			k.must(err)
			if cur := k.Cursor(hallLane, hall.FeedQueue); cur.Hash != snap.Hash {
				t.Errorf("the replica is at %+v, the writer at %d %s", cur, snap.Row, snap.Hash)
			}
		})
	}
}

// anyStep makes one step; it gives the number that was printed in it.
func (x *byHand) anyStep(n int) (printed []string) {
	ctx := context.Background()
	var err error
	switch n {
	case 0, 1:
		out, err := x.Issue(ctx, store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
		if store.CodeOf(err) == store.CodeNoNumbers {
			return nil
		}
		x.must(err)
		return []string{out.Number}
	case 2, 3:
		_, err = x.step.PushOnce(ctx)
	case 4:
		_, err = x.step.PullOnce(ctx, hallLane, hall.FeedQueue)
	case 5:
		err = x.step.Greet(ctx)
	case 6:
		err = x.step.Offer(ctx)
	case 7:
		err = x.step.Numbers(ctx)
	case 8:
		err = x.step.SnapshotOnce(ctx, hallLane, hall.FeedQueue)
	}
	if err != nil && !errors.Is(err, errLine) {
		x.t.Fatal(err)
	}
	return nil
}

// TestPatienceIsAValue: BUSY comes back with its time and nobody sleeps on it.
func TestPatienceIsAValue(t *testing.T) {
	c := startCentre(t)
	x := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
	defer x.Close()
	x.settle()
	_, err := x.Issue(t.Context(), store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
	x.must(err)
	x.line.busy = true
	steps := map[string]func() error{
		"greet":    func() error { return x.step.Greet(t.Context()) },
		"push":     func() error { _, err := x.step.PushOnce(t.Context()); return err },
		"pull":     func() error { _, err := x.step.PullOnce(t.Context(), hallLane, hall.FeedQueue); return err },
		"offer":    func() error { return x.step.Offer(t.Context()) },
		"snapshot": func() error { return x.step.SnapshotOnce(t.Context(), hallLane, hall.FeedQueue) },
		"status":   func() error { return x.step.Status(t.Context(), sync.TerminalStatus{Terminal: "K1"}) },
	}
	for name, step := range steps {
		var busy *Busy
		if err := step(); !errors.As(err, &busy) || busy.RetryAfter != 4321*time.Millisecond {
			t.Errorf("%s: %v", name, err)
		}
	}
	x.line.busy = false
	x.settle()
	if x.Outbox() != 0 || len(x.tickets()) != 1 {
		t.Errorf("outbox %d, tickets %v", x.Outbox(), x.tickets())
	}
}

// TestOwnFaultIsNotTheLines: a store that is closed is told apart from a line.
func TestOwnFaultIsNotTheLines(t *testing.T) {
	c := startCentre(t)
	x := c.byHand(t, "K1", filepath.Join(t.TempDir(), "k1"))
	x.settle()
	x.must(x.Close())
	var own *LocalError
	if err := x.step.Greet(t.Context()); !errors.As(err, &own) || !strings.Contains(err.Error(), own.Doing) {
		t.Errorf("%v", err)
	}
}

// TestNewIncarnationIsMetFirst: after FORK nothing is pushed before the centre
// has met the new incarnation, also when the hello is lost.
func TestNewIncarnationIsMetFirst(t *testing.T) {
	c := startCentre(t)
	root := t.TempDir()
	a := c.byHand(t, "K1", filepath.Join(root, "a", "k1"))
	a.settle()
	a.must(a.Close())
	copyFiles(t, filepath.Join(root, "a"), filepath.Join(root, "b"))
	a = c.byHand(t, "K1", filepath.Join(root, "a", "k1"))
	defer a.Close()
	b := c.byHand(t, "K1", filepath.Join(root, "b", "k1"))
	defer b.Close()
	was := b.Incarnation()
	for _, x := range []*byHand{a, b} {
		x.must(x.step.Greet(t.Context()))
		_, err := x.Issue(t.Context(), store.TicketDraft{Actor: citizen, Group: "g", Class: hall.ClassOrdinary})
		x.must(err)
	}
	_, err := a.step.PushOnce(t.Context())
	a.must(err)
	paths := &pathLine{next: b.line, lose: "/hello"}
	b.step = NewStep(StepOptions{URL: "http://centre", Token: "token-K1", Store: b.Store, Transport: paths, Logger: slog.New(slog.DiscardHandler)})
	if _, err := b.step.PushOnce(t.Context()); !errors.Is(err, errLine) || b.Incarnation() == was {
		t.Fatalf("%v, incarnation %s, was %s", err, b.Incarnation(), was)
	}
	paths.seen = nil
	if _, err := b.step.PushOnce(t.Context()); !errors.Is(err, errLine) || !slices.Equal(paths.seen, []string{"/sync/v1/hello"}) {
		t.Fatalf("%v, asked %v", err, paths.seen)
	}
	paths.lose = ""
	b.settle()
	a.settle()
	if a.Outbox()+b.Outbox() != 0 {
		t.Errorf("outboxes %d and %d", a.Outbox(), b.Outbox())
	}
}

// pathLine loses the requests to one address.
type pathLine struct {
	next http.RoundTripper
	lose string
	seen []string
}

func (l *pathLine) RoundTrip(r *http.Request) (*http.Response, error) {
	l.seen = append(l.seen, r.URL.Path)
	if l.lose != "" && strings.HasSuffix(r.URL.Path, l.lose) {
		return nil, errLine
	}
	return l.next.RoundTrip(r)
}
