package port

import (
	"sync"
	"time"
)

// expire lets who waits on a condition, with its lock held, wait for so long at
// most: *over is true from then on, and whoever waits is woken to see it. A time
// of 0 or less has no end.
func expire(cond *sync.Cond, after time.Duration) (over *bool, stop func()) {
	over = new(bool)
	if after <= 0 {
		return over, func() {}
	}
	t := time.AfterFunc(after, func() {
		cond.L.Lock()
		*over = true
		cond.L.Unlock()
		cond.Broadcast()
	})
	return over, func() { t.Stop() }
}
