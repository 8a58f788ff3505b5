package writer

import (
	"fmt"
	gosync "sync"
	"time"

	"hallway/sync"
)

// What may wait, and what goes into one transaction. A terminal that comes back
// after a month sends batch after batch: it may not hold up those that send one
// operation at a time, and they may not hold it up for ever.
const (
	maxBatchOps = 512  // of one transaction, besides one big push
	maxTasks    = 16   // before the next transaction of operations
	smallPush   = 16   // operations; a push of more is a big one
	maxWaiting  = 4096 // operations
	maxOwn      = 4096 // operations of the centre itself, and tasks
)

// queue holds what waits for the writer. From each terminal one push at most is
// in it or being decided: the next is answered BUSY at once.
type queue struct {
	mu         gosync.Mutex
	tasks      []*request
	small, big []*request
	waiting    int             // operations in pushes
	own        int             // requests of the centre
	flying     map[string]bool // terminals
	rate       float64         // operations a second, as of late
	more       chan struct{}   // of capacity 1: there is something
}

func newQueue() *queue {
	return &queue{flying: map[string]bool{}, rate: 1000, more: make(chan struct{}, 1)}
}

// enter takes a request in, or says BUSY.
func (q *queue) enter(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case r.push == nil && q.own >= maxOwn:
		return busy("the centre has too much of its own to do now")
	case r.push == nil:
		q.own++
	case q.flying[r.push.Terminal]:
		return &sync.Problem{
			Code: sync.ProblemBusy, Message: "another push of this terminal is still being decided",
			Hint: "send one batch at a time; this one is sent again by itself", RetryMS: q.drain(q.waiting, 200),
		}
	case q.waiting > 0 && q.waiting+len(r.ops) > maxWaiting:
		return &sync.Problem{
			Code: sync.ProblemBusy, Message: fmt.Sprintf("%d operations wait for the writer already", q.waiting),
			Hint: "nothing is lost; the terminal sends again by itself", RetryMS: q.drain(q.waiting, 500),
		}
	default:
		q.flying[r.push.Terminal] = true
		q.waiting += len(r.ops)
	}
	switch {
	case r.task != nil || r.rows:
		q.tasks = append(q.tasks, r)
	case len(r.ops) > smallPush:
		q.big = append(q.big, r)
	default:
		q.small = append(q.small, r)
	}
	select {
	case q.more <- struct{}{}:
	default:
	}
	return nil
}

// drain is how many milliseconds so many operations need.
func (q *queue) drain(ops int, least int64) int64 {
	return min(max(int64(float64(ops)/q.rate*1000), least), 30_000)
}

// take gives what is done next: the tasks, each of which is a transaction of its
// own, and the operations of one transaction, in which at most one push is big.
// The oldest big one is in every transaction, so that it waits for none.
func (q *queue) take() (tasks, ops []*request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.tasks), maxTasks)
	tasks, q.tasks = q.tasks[:n:n], q.tasks[n:]
	n = 0
	for len(q.small) > 0 && n+len(q.small[0].ops) <= maxBatchOps {
		r := q.small[0]
		ops, q.small = append(ops, r), q.small[1:]
		n += len(r.ops)
	}
	if len(q.big) > 0 {
		ops, q.big = append(ops, q.big[0]), q.big[1:]
	}
	if len(q.tasks)+len(q.small)+len(q.big) > 0 {
		select {
		case q.more <- struct{}{}:
		default:
		}
	}
	return tasks, ops
}

// left notes that a request has its answer.
func (q *queue) left(r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.push == nil {
		q.own--
		return
	}
	delete(q.flying, r.push.Terminal)
	q.waiting -= len(r.ops)
}

// took notes how long so many operations took.
func (q *queue) took(ops int, d time.Duration) {
	if ops == 0 || d <= 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rate += 0.1 * (float64(ops)/d.Seconds() - q.rate)
	q.rate = max(q.rate, 10)
}
