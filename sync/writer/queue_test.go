package writer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	gosync "sync"
	"sync/atomic"
	"testing"

	"hallway/app/hall"
	"hallway/sync"
)

func TestQueueMixesBigAndSmall(t *testing.T) {
	q := newQueue()
	enter := func(terminal string, ops int) {
		t.Helper()
		if err := q.enter(&request{push: &sync.Push{Terminal: terminal}, ops: make([]admitted, ops)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		enter(fmt.Sprint("big", i), 256)
	}
	for i := range 600 {
		enter(fmt.Sprint("small", i), 1)
	}
	enter("small and many", smallPush)
	var order []string
	for range 5 {
		<-q.more // each time: something is left
		_, ops := q.take()
		big, n := 0, 0
		for _, r := range ops {
			n += len(r.ops)
			if len(r.ops) > smallPush {
				big++
				order = append(order, r.push.Terminal)
			}
			q.left(r)
		}
		if big != 1 || n > maxBatchOps+256 {
			t.Errorf("%d big pushes and %d operations in one transaction", big, n)
		}
	}
	if fmt.Sprint(order) != "[big0 big1 big2 big3 big4]" || len(q.small)+len(q.big)+q.waiting+len(q.flying) != 0 {
		t.Errorf("order %v, left %d %d %d %d", order, len(q.small), len(q.big), q.waiting, len(q.flying))
	}
}

// hold keeps the writer busy until the function that it gives is called.
func hold(t *testing.T, n *node) (release func()) {
	t.Helper()
	began, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- n.Private(context.Background(), func(context.Context, *sql.Tx) error {
			close(began)
			<-end
			return nil
		})
	}()
	<-began
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// entered waits until so many operations wait.
func entered(n *node, ops int) {
	for {
		n.queue.mu.Lock()
		waiting := n.queue.waiting
		n.queue.mu.Unlock()
		if waiting >= ops {
			return
		}
	}
}

func wantBusy(t *testing.T, err error, least int64) {
	t.Helper()
	var p *sync.Problem
	if !errors.As(err, &p) || p.Code != sync.ProblemBusy || p.RetryMS < least || p.RetryMS > 30_000 || p.Message == "" || p.Hint == "" {
		t.Errorf("not BUSY with a time: %v %+v", err, p)
	}
}

func TestOnePushOfATerminalAtOnce(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db", func(o *Options) { o.Step = counting })
	release := hold(t, n)
	k := kiosk(t)
	first, second := k.seal(countOp(k, 1)), k.seal(countOp(k, 1))
	done := make(chan error, 1)
	go func() {
		_, err := n.Submit(context.Background(), k.push(first), k.origin())
		done <- err
	}()
	entered(n, 1)
	_, err := n.Submit(t.Context(), k.push(first, second), k.origin())
	wantBusy(t, err, 200)
	other := kiosk(t)
	other.id = "K2"
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := n.Submit(ctx, other.push(other.seal(countOp(other, 1))), other.origin())
		gone <- err
	}()
	entered(n, 2)
	cancel() // it went away; its push is decided all the same
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("gone: %v", err)
	}
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if v := k.submit(n, first, second); v[0].Row != 1 || v[1].Row == 0 {
		t.Errorf("%+v", v)
	}
	if v := other.submit(n, other.sent[0]); v[0].Status != hall.Applied {
		t.Errorf("%+v", v)
	}
	n.verify()
}

func TestAFullQueueSaysWhen(t *testing.T) {
	n := start(t, "sqlite:"+t.TempDir()+"/c.db", func(o *Options) { o.Step = counting })
	release := hold(t, n)
	var wg gosync.WaitGroup
	push := func(i, ops int) (*device, []sync.Envelope) {
		d := kiosk(t)
		d.id = fmt.Sprint("K", i)
		for range ops {
			d.seal(countOp(d, 1))
		}
		return d, d.sent
	}
	for i := range maxWaiting / 256 {
		d, es := push(i, 256)
		wg.Go(func() {
			if _, err := n.Submit(context.Background(), d.push(es...), d.origin()); err != nil {
				t.Error(err)
			}
		})
	}
	entered(n, maxWaiting)
	late, es := push(99, 1)
	_, err := n.Submit(t.Context(), late.push(es...), late.origin())
	wantBusy(t, err, 500)
	wg.Go(func() { // the centre's own deadlines are not turned away
		if _, err := n.Propose(context.Background(), centreOp(t, hall.EnrolTerminal, "own", "K1", struct{}{})); err != nil {
			t.Error(err)
		}
	})
	release()
	wg.Wait()
	if v := late.submit(n, es...); v[0].Status != hall.Applied {
		t.Errorf("%+v", v)
	}
	n.verify()
}

// A terminal that was away for a month sends 20 batches of 256; 50 others go on
// with one operation at a time. Theirs wait for the batch that is being decided
// and hardly ever for more, and the batches all get through.
func TestAReturnerStarvesNobody(t *testing.T) {
	var ofReturner atomic.Int64
	var mu gosync.Mutex
	asked, waited := map[hall.OpID]int64{}, []int64{}
	n := start(t, "sqlite:"+t.TempDir()+"/c.db", func(o *Options) {
		o.Step = func(w hall.World, op hall.Op, c hall.Context) (hall.Outcome, error) {
			if op.Terminal == "R" {
				ofReturner.Add(1)
			} else {
				mu.Lock()
				waited = append(waited, ofReturner.Load()-asked[op.ID])
				mu.Unlock()
			}
			return counting(w, op, c)
		}
	})
	var wg gosync.WaitGroup
	stop := make(chan struct{})
	for i := range 50 {
		wg.Go(func() {
			d := kiosk(t)
			d.id = fmt.Sprint("K", i)
			for {
				select {
				case <-stop:
					return
				default:
				}
				op := countOp(d, 1)
				e := d.seal(op)
				mu.Lock()
				asked[op.ID] = ofReturner.Load()
				mu.Unlock()
				if _, err := n.Submit(context.Background(), d.push(e), d.origin()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	r := kiosk(t)
	r.id = "R"
	for range 20 {
		mark := len(r.sent)
		for range 256 {
			r.seal(countOp(r, 1))
		}
		r.submit(n, r.sent[mark:]...)
	}
	close(stop)
	wg.Wait()
	long := 0
	for _, w := range waited {
		if w > 2*256 {
			long++
		}
	}
	if len(waited) < 200 || long*20 > len(waited) {
		t.Errorf("%d of %d operations waited for more than two batches", long, len(waited))
	}
	n.verify()
}
