package central

import (
	"context"
	"net"
	gosync "sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter is a set of token buckets, one per key (an address, a booking). It
// forgets everything when it holds too many keys, which is kinder than to
// refuse everybody, and bounds its memory.
type limiter struct {
	every rate.Limit
	burst int

	mu     gosync.Mutex
	keys   map[string]*rate.Limiter
	shared *bucket // the same bucket for all centres over one database; nil: there is one
}

const maxLimiterKeys = 20_000

func newLimiter(every rate.Limit, burst int) *limiter {
	return &limiter{every: every, burst: burst, keys: map[string]*rate.Limiter{}}
}

// allow takes one token of key. A database that does not answer leaves each centre
// to its own memory.
func (l *limiter) allow(ctx context.Context, key string) bool {
	if l.shared != nil {
		if ok, err := l.shared.take(ctx, tokenHash(key)); err == nil {
			return ok
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.keys[key]
	if b == nil {
		if len(l.keys) >= maxLimiterKeys {
			clear(l.keys)
		}
		b = rate.NewLimiter(l.every, l.burst)
		l.keys[key] = b
	}
	return b.Allow()
}

// limits of the public routes.
type limits struct {
	signIn, slots, book, cancelAddress, cancelBooking, availability, progress *limiter
}

func newLimits() limits {
	return limits{
		signIn:        newLimiter(1, 20),
		slots:         newLimiter(20, 100),
		book:          newLimiter(0.5, 30),
		cancelAddress: newLimiter(0.2, 15),
		availability:  newLimiter(1, 10),
		progress:      newLimiter(1, 30),
		// Six digits and five tries an hour: guessing a code takes years.
		cancelBooking: newLimiter(5.0/3600, 5),
	}
}

// share makes one bucket of those that guard something, for all centres over a
// database. The others only keep a program from being asked too much.
func (l limits) share(store *ownStore, real func() time.Time) {
	for name, one := range map[string]*limiter{"sign_in": l.signIn, "book": l.book, "cancel_address": l.cancelAddress, "cancel_booking": l.cancelBooking} {
		one.shared = &bucket{store: store, name: name, each: eachToken(float64(one.every)), burst: one.burst, real: real}
	}
}

// clientAddress is the address without the port.
func clientAddress(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}
